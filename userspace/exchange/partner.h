/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Proof that two bridged callers hear each other transparently.
 *
 * Each sends an endless row of blocks of PARTNER_BLOCK octets that say who sends them and
 * at which sample of line time, filled up with noise that follows from both. The other
 * finds a block, from then on knows every octet to come, compares them all, and measures
 * how long they were under way. The octets are any of the 256: a path that converts,
 * mixes, attenuates or cancels shows at once.
 *
 * Pure. Time is the sample count of the exchange, the same for both.
 */
#ifndef EXCHANGE_PARTNER_H
#define EXCHANGE_PARTNER_H

#include <stddef.h>
#include <stdint.h>

#include "exchange/hear.h"

#define PARTNER_BLOCK 160 /* [octets], 20 ms */

struct partner_talk {
	uint32_t id;
	unsigned int used; /* octets of the block that were given out */
	uint8_t block[PARTNER_BLOCK];
};

/** partner_talk_begin() - @id: of the caller, unlike those of all others */
void partner_talk_begin(struct partner_talk *t, uint32_t id);
/** partner_talk_read() - the octets for the @n samples from @now on */
void partner_talk_read(struct partner_talk *t, int64_t now, uint8_t *out, size_t n);

struct partner_watch {
	uint32_t own, id; /* id: whom we hear; 0: nobody yet */
	int64_t at; /* cursor */
	int64_t skew; /* now minus position in the ear: turns positions into line time */
	int64_t block; /* sample that the block at the cursor was sent; -1: looking for one */
	int64_t same, differ; /* octets compared since the first block */
	int64_t delay; /* [samples], of the last block found */
	unsigned int found; /* times a block had to be looked for and was found */
};

/** partner_watch_begin() - @own: id of the listener; @now: line time of the ear's next octet */
void partner_watch_begin(struct partner_watch *w, const struct ear *e, int64_t from, uint32_t own,
			 int64_t now);
/**
 * partner_watch_run() - compare what was heard since
 * A block with more than half of its octets wrong is given up, and another one looked for.
 * Return: HEAR_WRONG: the listener hears itself; else HEAR_WAIT. Never HEAR_DONE: the
 * caller decides on same and differ.
 */
enum hear_result partner_watch_run(struct partner_watch *w, const struct ear *e);

#endif
