/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The cable at the card: an E1 pseudowire (RFC 4553) as milliseconds of the line's bit stream, and
 * what can happen to the copper: either pair cut. Framing is the framer's.
 *
 * Pure: the owner has the socket.
 */
#ifndef CARD_LINE_H
#define CARD_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/line/jitter.h"
#include "core/line/satop.h"
#include "framer.h"

#define LINE_PAUSE_MS 100 /* nothing to play for longer: no signal, as in core/line/pw_port.h */

/**
 * struct line - one end of the cable
 * @rx_cut, @tx_cut: no signal on this pair
 */
struct line {
	struct jitter jitter;
	uint32_t none_ms;
	uint16_t seq;
	bool rx_cut, tx_cut;
	uint64_t refused[SATOP_REFUSALS];
	uint64_t sent, l_packets;
};

/** line_init() - @jitter_ms, @jitter_max_ms: depth of the buffer. Return: 0, -EINVAL out of range */
int line_init(struct line *l, uint16_t jitter_ms, uint16_t jitter_max_ms);

/** line_datagram() - a datagram has come. Return: 0 kept, else counted and dropped: negative errno */
int line_datagram(struct line *l, const uint8_t *datagram, size_t n);

unsigned int line_waiting(const struct line *l);
unsigned int line_target(const struct line *l);
/* Is something coming in at all? What comes decides whether the clock can follow it. */
bool line_alive(const struct line *l);

/**
 * line_take() - the next millisecond from the line
 * Return: false when line time stands still: what belongs here is late.
 */
bool line_take(struct line *l, struct framer_line *out);

/** line_send() - build the datagram. Return: its octets, 0 when the pair is cut */
size_t line_send(struct line *l, const struct framer_line *in, uint8_t datagram[SATOP_MAX]);

#endif
