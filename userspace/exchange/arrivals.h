/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * When callers come, and what numbers they have. Pure: time is the sample count.
 *
 * All chance comes from struct dice, seeded by the scenario: the same scenario has the
 * same callers at the same samples, on every machine.
 */
#ifndef EXCHANGE_ARRIVALS_H
#define EXCHANGE_ARRIVALS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* xorshift64*, never zero inside */
struct dice {
	uint64_t state;
};

void dice_init(struct dice *d, uint64_t seed);
/** dice_throw() - 64 random bits */
uint64_t dice_throw(struct dice *d);
/** dice_unit() - uniform in (0, 1] */
double dice_unit(struct dice *d);

enum arrivals_kind {
	ARRIVALS_FIXED, /* one every interval_ms */
	ARRIVALS_POISSON, /* rate a second on average, independent of each other */
	ARRIVALS_BURST, /* burst at once, every interval_ms */
	ARRIVALS_KEEP, /* as many as it takes to have keep up, at least interval_ms apart */
};

struct arrivals_cfg {
	int kind; /* enum arrivals_kind */
	int calls; /* offered in all; 0: no limit */
	int start_ms; /* first arrival */
	int interval_ms;
	double rate; /* [calls/s] */
	int burst;
	int keep;
};

struct arrivals {
	struct arrivals_cfg cfg;
	struct dice dice;
	double next; /* sample of the next arrival; a fraction, so that rates are exact */
	uint32_t made;
};

void arrivals_init(struct arrivals *a, const struct arrivals_cfg *cfg, uint64_t seed);

/**
 * arrivals_due() - callers that come in the tick that ends at @now
 * @now: sample, never goes back
 * @up: callers of this process that are there (ARRIVALS_KEEP only)
 * Return: how many, each counted as made.
 */
unsigned int arrivals_due(struct arrivals *a, int64_t now, unsigned int up);

/** arrivals_over() - true once no more will come */
bool arrivals_over(const struct arrivals *a);

/**
 * series_check() - is this a pattern of numbers?
 * A pattern is digits (0-9 * #), "X" for a random digit, or a range "62001000-62001999" of two
 * numbers of the same length, used one after the other and then again.
 * Return: NULL, or what is wrong.
 */
const char *series_check(const char *pattern);

/**
 * series_make() - the number of caller @n (from 0)
 * @out: @size octets, terminated; a good pattern is at most 63 characters
 */
void series_make(const char *pattern, uint32_t n, struct dice *d, char *out, size_t size);

#endif
