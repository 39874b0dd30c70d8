/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One SAToP packet: structure-agnostic TDM over packet, RFC 4553, over UDP and without RTP.
 *
 * The datagram is a control word of 4 octets and, of an E1, 256 octets of the line's bit stream
 * (1 ms), most significant bit first, with no relation to frame boundaries:
 *
 *   0000 L R RSV(2) FRG(2) LEN(6)   sequence number (16)
 *
 * L: what the sender has from its own line is not valid, the payload may be omitted. R: the sender
 * is losing our packets. LEN is the length of control word and payload where that is below 64,
 * else 0. RSV is ignored as the RFC asks. A fragment (FRG not 0) is refused rather than played as
 * if it were whole: an E1 packet never needs to be fragmented.
 *
 * Source: RFC 4553 4.2, 4.3, 5.1.
 */
#ifndef STROWGER_CORE_LINE_SATOP_H
#define STROWGER_CORE_LINE_SATOP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SATOP_CONTROL 4 /* [octets] control word */
#define SATOP_PAYLOAD 256 /* [octets] 1 ms of an E1 */
#define SATOP_MAX     (SATOP_CONTROL + SATOP_PAYLOAD)

/* Why a datagram was refused; names in satop_refusal_names[]. */
enum satop_refusal {
	SATOP_SHORT, /* less than a control word */
	SATOP_VERSION, /* first four bits not 0: not a pseudowire of this kind */
	SATOP_FRAGMENT, /* FRG not 0 */
	SATOP_LENGTH, /* LEN contradicts the datagram */
	SATOP_SIZE, /* payload is not 256 octets (nor omitted under L) */
	SATOP_REFUSALS
};

extern const char *const satop_refusal_names[SATOP_REFUSALS];

struct satop_packet {
	uint16_t seq;
	bool l; /* payload invalid: the sender's line has failed */
	bool r; /* the sender loses packets */
	const uint8_t *payload; /* 256 octets, or NULL if omitted under L */
};

/**
 * satop_build() - write one packet
 * @p: what to send; payload NULL omits it, which is only allowed with @p->l
 * @out: room for SATOP_MAX octets
 *
 * Context: any; O(1), no lock, no allocation, no clock.
 * Return: octets written (4 or 260), -EINVAL if payload is missing without L.
 */
int satop_build(const struct satop_packet *p, uint8_t out[SATOP_MAX]);

/**
 * satop_parse() - read one datagram
 * @d: datagram, @n octets; stays the caller's
 * @p: result; its payload points into @d
 * @why: set to the reason if refused
 *
 * Return: 0, or -EBADMSG with @why set and @p untouched.
 */
int satop_parse(const uint8_t *d, size_t n, struct satop_packet *p, enum satop_refusal *why);

#endif
