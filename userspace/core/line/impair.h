/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A bad network between sender and cable: loses, reorders, doubles and delays datagrams.
 *
 * A datagram is put in the tick in which it was made and comes out in the tick in which the network
 * would deliver it. Deterministic: an own generator (xorshift, seeded), so that a scenario behaves the
 * same each time. Holds at most IMPAIR_SLOTS; what does not fit is lost and counted.
 */
#ifndef STROWGER_CORE_LINE_IMPAIR_H
#define STROWGER_CORE_LINE_IMPAIR_H

#include <stddef.h>
#include <stdint.h>

#define IMPAIR_SLOTS 256
#define IMPAIR_BYTES 264 /* [octets] largest datagram taken */

/* All zero is a clean network. Probabilities in parts per million of the datagrams. */
struct impair_cfg {
	uint32_t loss_ppm; /* single, independent */
	uint32_t burst_ppm; /* a burst of loss begins ... */
	uint16_t burst_len; /* ... and takes so many in a row */
	uint32_t reorder_ppm; /* delayed by reorder_ms, so that later ones overtake it */
	uint16_t reorder_ms;
	uint32_t duplicate_ppm; /* comes a second time, right behind itself */
	uint16_t delay_ms; /* all of them; may be changed at any time (a delay jump); the order is
				   kept, and when it falls what is overdue comes at once */
};

struct impair_counters {
	uint64_t in, out, lost, reordered, duplicated, overflow;
};

struct impair_item {
	uint64_t due; /* tick */
	uint64_t order;
	uint16_t len; /* 0 = slot free */
	uint8_t data[IMPAIR_BYTES];
};

struct impair {
	struct impair_cfg cfg;
	struct impair_item item[IMPAIR_SLOTS];
	unsigned int waiting;
	uint64_t tick, order;
	uint64_t random;
	unsigned int burst_left;
	struct impair_counters n;
};

/* @seed: any; the same seed gives the same misfortunes. */
void impair_init(struct impair *im, uint64_t seed);

/* Change the network from the current tick on. */
void impair_set(struct impair *im, const struct impair_cfg *cfg);

/**
 * impair_put() - a datagram enters the network in the current tick
 * Return: 0 (also if it is going to be lost), -EMSGSIZE, -ENOBUFS if IMPAIR_SLOTS are waiting.
 */
int impair_put(struct impair *im, const uint8_t *d, size_t len);

/**
 * impair_get() - the next datagram that is delivered in the current tick
 * @out: room for IMPAIR_BYTES
 *
 * Return: its length; 0 if this tick delivers nothing more.
 */
size_t impair_get(struct impair *im, uint8_t *out);

/* The current tick is over. */
void impair_tick(struct impair *im);

#endif
