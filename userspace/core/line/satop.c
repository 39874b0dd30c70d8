/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>

#include "base/reader.h"
#include "core/line/satop.h"

#define CONTROL_L       0x08
#define CONTROL_R       0x04
#define CONTROL_FRG     0xc0 /* second octet */
#define CONTROL_LEN     0x3f
#define LEN_UNUSED_FROM 64 /* [octets] RFC 4553 4.3: longer packets carry LEN 0 */

const char *const satop_refusal_names[SATOP_REFUSALS] = {
	[SATOP_SHORT] = "short",   [SATOP_VERSION] = "version", [SATOP_FRAGMENT] = "fragment",
	[SATOP_LENGTH] = "length", [SATOP_SIZE] = "size",
};

int satop_build(const struct satop_packet *p, uint8_t out[SATOP_MAX])
{
	size_t len = SATOP_CONTROL + (p->payload ? SATOP_PAYLOAD : 0);
	struct writer w;

	if (!p->payload && !p->l)
		return -EINVAL;
	wr_init(&w, out, SATOP_MAX);
	wr_u8(&w, (p->l ? CONTROL_L : 0) | (p->r ? CONTROL_R : 0));
	wr_u8(&w, len < LEN_UNUSED_FROM ? (uint8_t)len : 0);
	wr_be16(&w, p->seq);
	if (p->payload)
		wr_copy(&w, p->payload, SATOP_PAYLOAD);
	return wr_len(&w);
}

/*
 * LEN 0 leaves the length to the agreement between the two ends: 256 octets here, or none under L
 * (the text does not say that an omitted payload needs LEN, so it is not asked for).
 */
static int check(const uint8_t control[2], size_t n, enum satop_refusal *why)
{
	size_t len = control[1] & CONTROL_LEN;
	bool l = (control[0] & CONTROL_L) != 0;

	if (control[0] & 0xf0)
		*why = SATOP_VERSION;
	else if (control[1] & CONTROL_FRG)
		*why = SATOP_FRAGMENT;
	else if (len && len != n)
		*why = SATOP_LENGTH;
	else if (n != SATOP_MAX && !(l && n == SATOP_CONTROL))
		*why = SATOP_SIZE;
	else
		return 0;
	return -EBADMSG;
}

int satop_parse(const uint8_t *d, size_t n, struct satop_packet *p, enum satop_refusal *why)
{
	uint8_t control[2];
	struct reader r;
	uint16_t seq;

	rd_init(&r, d, n);
	control[0] = rd_u8(&r);
	control[1] = rd_u8(&r);
	seq = rd_be16(&r);
	if (rd_bad(&r)) {
		*why = SATOP_SHORT;
		return -EBADMSG;
	}
	if (check(control, n, why) < 0)
		return -EBADMSG;
	p->seq = seq;
	p->l = (control[0] & CONTROL_L) != 0;
	p->r = (control[0] & CONTROL_R) != 0;
	p->payload = rd_left(&r) ? d + SATOP_CONTROL : NULL;
	return 0;
}
