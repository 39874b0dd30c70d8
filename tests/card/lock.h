/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The card's end of a cable in lockstep (engine/wire.h, core/line/lockstep.h): whose turn it is.
 *
 * From a far end's greeting on until it has gone each tick of the card waits for the far end's tick
 * before. A far end that greets again has begun anew, and so has the numbering.
 *
 * Pure: the owner has the socket.
 */
#ifndef CARD_LOCK_H
#define CARD_LOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * struct lock - one end
 * @on: a far end in lockstep is there
 * @mine, @theirs: ticks that are complete
 * @packets: got since @theirs; @announced: with the token that came, -1 = none
 * @sessions: far ends that have greeted
 */
struct lock {
	bool on;
	uint64_t mine, theirs;
	int32_t packets, announced;
	uint64_t sessions;
};

enum lock_kind {
	LOCK_PACKET, /* for the line */
	LOCK_TOKEN, /* taken */
	LOCK_GREETING, /* to be answered with token 0 */
};

/**
 * lock_take() - a datagram has come; not to be called while lock_due()
 * Return: what it was, -EPROTO for a token that has no place here.
 */
int lock_take(struct lock *l, const uint8_t *datagram, size_t n);

/** lock_due() - may the next tick run? */
bool lock_due(const struct lock *l);

/** lock_ticked() - it has. Return: its number, to be announced */
uint64_t lock_ticked(struct lock *l);

/** lock_gone() - the far end is no longer there */
void lock_gone(struct lock *l);

#endif
