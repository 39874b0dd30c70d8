/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "line.h"

#include <errno.h>
#include <string.h>

int line_init(struct line *l, uint16_t jitter_ms, uint16_t jitter_max_ms)
{
	memset(l, 0, sizeof(*l));
	l->none_ms = LINE_PAUSE_MS; /* no signal from the first millisecond on */
	return jitter_init(&l->jitter, jitter_ms, jitter_max_ms);
}

int line_datagram(struct line *l, const uint8_t *datagram, size_t n)
{
	struct satop_packet packet;
	enum satop_refusal why;

	if (satop_parse(datagram, n, &packet, &why) < 0) {
		l->refused[why]++;
		return -EBADMSG;
	}
	l->l_packets += packet.l;
	return jitter_put(&l->jitter, &packet);
}

unsigned int line_waiting(const struct line *l)
{
	return jitter_depth(&l->jitter);
}

unsigned int line_target(const struct line *l)
{
	return l->jitter.target;
}

bool line_alive(const struct line *l)
{
	return l->none_ms < LINE_PAUSE_MS;
}

static void take_packet(const struct jitter_out *got, struct framer_line *out)
{
	out->in = got->kind == JITTER_DATA ? E1_IN_DATA : E1_IN_ERASED;
	if (got->kind != JITTER_DATA || got->l)
		memset(out->octets, 0xff, sizeof(out->octets));
	else
		memcpy(out->octets, got->payload, sizeof(out->octets));
}

bool line_take(struct line *l, struct framer_line *out)
{
	struct jitter_out got;

	jitter_get(&l->jitter, &got);
	if (got.kind != JITTER_NONE) {
		l->none_ms = 0;
		take_packet(&got, out);
	} else if (l->none_ms < LINE_PAUSE_MS) {
		l->none_ms++;
		if (!l->rx_cut)
			return false;
	}
	if (l->rx_cut || l->none_ms >= LINE_PAUSE_MS) {
		out->in = E1_IN_NONE;
		memset(out->octets, 0, sizeof(out->octets));
	}
	return true;
}

static bool all_ones(const uint8_t *octets, size_t n)
{
	while (n && *octets == 0xff)
		octets++, n--;
	return !n;
}

size_t line_send(struct line *l, const struct framer_line *in, uint8_t datagram[SATOP_MAX])
{
	struct satop_packet packet = {.seq = l->seq++, .payload = in->octets};

	if (l->tx_cut)
		return 0;
	packet.l = all_ones(in->octets, sizeof(in->octets));
	packet.r = jitter_lops(&l->jitter);
	l->sent++;
	return (size_t)satop_build(&packet, datagram);
}
