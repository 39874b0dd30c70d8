/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Hunting: which channel of which span takes the next outgoing call.
 *
 * Pure on a picture of the spans. Both ends of an interface should hunt towards each
 * other, so that they meet (glare, Q.931 5.7) only on the last channel: the network
 * side upwards, the user side downwards; hunt_glare_rule().
 */
#ifndef CORE_CALL_HUNT_H
#define CORE_CALL_HUNT_H

#include <stdbool.h>
#include <stdint.h>

#define HUNT_SPANS_MAX 64

enum hunt_rule {
	HUNT_ASCENDING, /* first idle channel: span 0 first, timeslot 1 upwards */
	HUNT_DESCENDING, /* last idle channel: last span first, timeslot 31 downwards */
	HUNT_ROUND_ROBIN, /* the next idle one after the last choice, upwards, around */
	HUNT_LEAST_RECENT, /* released the longest time ago; equals: lowest span and timeslot */
	HUNT_MOST_IDLE, /* span with the largest idle channels x weight, equals: lowest */
	HUNT_RULES
};

/** hunt_rule_str() - "ascending", ...; "?" when out of range */
const char *hunt_rule_str(enum hunt_rule rule);
/** hunt_rule_find() - Return: enum hunt_rule, or -ENOENT */
int hunt_rule_find(const char *text);

struct hunt_span {
	uint32_t idle; /* bit t: timeslot t is idle, not blocked, carries calls; bit 0 is ignored */
	uint16_t weight; /* HUNT_MOST_IDLE: share of the traffic; 0: no rule takes the span */
	bool descending; /* HUNT_MOST_IDLE: direction within the span; user side */
	int64_t released[32]; /* HUNT_LEAST_RECENT: sample of the last release, 0 never used */
};

struct hunt_channel {
	uint8_t span; /* index into the array, 0-based */
	uint8_t timeslot; /* 1..31; 0: none yet */
};

/**
 * hunt_pick() - choose a channel
 * @spans: @n spans, 0..HUNT_SPANS_MAX
 * @last: the choice before (HUNT_ROUND_ROBIN starts after it; timeslot 0: at the
 *        beginning); receives the new one on success. May not be NULL.
 * Return: 0; -EBUSY: no idle channel; -EINVAL: unknown rule or @n too large.
 */
int hunt_pick(enum hunt_rule rule, const struct hunt_span *spans, unsigned n,
	      struct hunt_channel *last);

/** hunt_glare_rule() - HUNT_ASCENDING for the network side, HUNT_DESCENDING for the user side */
enum hunt_rule hunt_glare_rule(bool network_side);

#endif
