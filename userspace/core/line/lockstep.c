/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>

#include "base/reader.h"
#include "core/line/lockstep.h"

#define MAGIC 0x53574c4b /* "SWLK": upper nibble 5, never a control word */

int lockstep_build(const struct lockstep_token *t, uint8_t out[LOCKSTEP_SIZE])
{
	struct writer w;

	wr_init(&w, out, LOCKSTEP_SIZE);
	wr_be32(&w, MAGIC);
	wr_u8(&w, LOCKSTEP_VERSION);
	wr_u8(&w, 0);
	wr_be16(&w, t->packets);
	wr_be32(&w, (uint32_t)(t->tick >> 32));
	wr_be32(&w, (uint32_t)t->tick);
	return wr_len(&w);
}

int lockstep_parse(const uint8_t *d, size_t n, struct lockstep_token *t)
{
	struct reader r;
	uint8_t version;
	uint16_t packets;
	uint64_t tick;

	rd_init(&r, d, n);
	if (rd_be32(&r) != MAGIC)
		return -EBADMSG;
	version = rd_u8(&r);
	if (rd_bad(&r))
		return -EBADMSG;
	if (version != LOCKSTEP_VERSION)
		return -EPROTO;
	rd_skip(&r, 1);
	packets = rd_be16(&r);
	tick = (uint64_t)rd_be32(&r) << 32;
	tick |= rd_be32(&r);
	if (rd_bad(&r) || rd_left(&r))
		return -EBADMSG;
	t->tick = tick;
	t->packets = packets;
	return 0;
}
