/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Lockstep token: the datagram by which two ends of a cable advance together, without timers.
 *
 * An end sends all pseudowire packets of its tick n, then a token that says "tick n is complete and
 * carried so many packets". The other end runs its tick n + 1 (or its own n, as the shells agree)
 * only once the token and that many packets are there; UDP may deliver them in any order. The token
 * shares the socket with the packets: its first octet has a bit set in the upper nibble, so that
 * satop_parse() refuses it, and lockstep_parse() refuses every SAToP packet.
 *
 * Layout, 16 octets, network order: magic "SWLK" (4), version (1), zero (1), packets (2), tick (8).
 */
#ifndef STROWGER_CORE_LINE_LOCKSTEP_H
#define STROWGER_CORE_LINE_LOCKSTEP_H

#include <stddef.h>
#include <stdint.h>

#define LOCKSTEP_SIZE    16
#define LOCKSTEP_VERSION 1

struct lockstep_token {
	uint64_t tick; /* milliseconds of line time since the start, from 0 */
	uint16_t packets; /* pseudowire packets sent in this tick over this socket pair */
};

/**
 * lockstep_build() - write a token
 * Return: LOCKSTEP_SIZE.
 */
int lockstep_build(const struct lockstep_token *t, uint8_t out[LOCKSTEP_SIZE]);

/**
 * lockstep_parse() - read a token
 * @d: datagram, @n octets
 * @t: result, written only on success
 *
 * Return: 0, -EBADMSG if this is no token (then it is perhaps a packet), -EPROTO if it is a token of
 * another version.
 */
int lockstep_parse(const uint8_t *d, size_t n, struct lockstep_token *t);

#endif
