/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * runs.h: what came over a channel on which the far end counts: timeslot t carries n * (2 t + 1) modulo
 * 256 in frame n, so its step tells which timeslot it is, and a jump tells by how many frames.
 *
 * The octets are cut into runs: octets that follow each other, or silence (0xd5 is that of A-law, 0xff
 * an idle line). A run of less than RUNS_SHORT octets is noise: neither what was sent nor silence.
 */
#ifndef TESTS_KERNEL_RUNS_H
#define TESTS_KERNEL_RUNS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#define RUNS_SHORT 4

/**
 * struct runs - one channel; zeros but for @step at first
 * @step: 2 * timeslot + 1
 * @good, @silent, @noise: octets of runs that have ended
 * @burst: longest noise in a row
 * @skips, @repeats: runs that followed each other without silence or noise between, but forward by
 *	some frames, or back
 */
struct runs {
	uint8_t step, last;
	bool quiet;
	uint64_t run, good, silent, noise, burst, in_burst, skips, repeats;
	uint8_t before; /* what would have followed the last run of good octets; if @whole */
	bool whole;
};

static inline uint8_t runs_step(unsigned int timeslot)
{
	return (uint8_t)(2 * timeslot + 1);
}

static inline bool runs_is_quiet(uint8_t octet)
{
	return octet == 0xd5 || octet == 0xff;
}

/* By how many frames is @octet after @expected? -128..127; a step is odd, so there is one answer. */
static inline int runs_distance(const struct runs *r, uint8_t expected, uint8_t octet)
{
	int n = 0;

	while ((uint8_t)(expected + n * r->step) != octet)
		n++;
	return (n + 128) % 256 - 128;
}

static inline void runs_end(struct runs *r)
{
	r->in_burst = r->run < RUNS_SHORT ? r->in_burst + r->run : 0;
	if (r->in_burst > r->burst)
		r->burst = r->in_burst;
	if (r->run < RUNS_SHORT)
		r->noise += r->run;
	else if (r->quiet)
		r->silent += r->run;
	else
		r->good += r->run;
	r->before = (uint8_t)(r->last + r->step);
	r->whole = r->run >= RUNS_SHORT && !r->quiet;
}

/* The run has just become long enough to be one: how does it lie to the one before? */
static inline void runs_judge(struct runs *r)
{
	uint8_t first = (uint8_t)(r->last - (RUNS_SHORT - 1) * r->step);
	int distance = runs_distance(r, r->before, first);

	if (!r->whole || r->quiet)
		return;
	r->skips += distance > 0;
	r->repeats += distance < 0;
}

static inline void runs_take(struct runs *r, uint8_t octet)
{
	bool follows = octet == (uint8_t)(r->last + r->step);

	if (r->run == 1 && r->quiet && follows)
		r->quiet = false; /* counting passes the values of silence, too */
	if (!r->run || !(r->quiet ? octet == r->last : follows)) {
		if (r->run)
			runs_end(r);
		r->run = 0;
		r->quiet = runs_is_quiet(octet);
	}
	r->last = octet;
	if (++r->run == RUNS_SHORT)
		runs_judge(r);
}

/* Forget what was counted, not where we are. */
static inline void runs_reset(struct runs *r)
{
	r->good = r->silent = r->noise = r->burst = r->skips = r->repeats = 0;
}

/* Sums over @n channels, with the run under way, as members of a JSON object. */
static inline void runs_print(FILE *f, const struct runs *runs, unsigned int n)
{
	struct runs sum = {0};

	for (unsigned int i = 0; i < n; i++) {
		struct runs r = runs[i];

		if (r.run >= RUNS_SHORT)
			runs_end(&r);
		sum.good += r.good;
		sum.silent += r.silent;
		sum.noise += r.noise;
		sum.burst = r.burst > sum.burst ? r.burst : sum.burst;
		sum.skips += r.skips;
		sum.repeats += r.repeats;
	}
	fprintf(f,
		"\"good\": %llu, \"silent\": %llu, \"noise\": %llu, \"burst\": %llu, \"skips\": "
		"%llu, \"repeats\": "
		"%llu",
		(unsigned long long)sum.good, (unsigned long long)sum.silent,
		(unsigned long long)sum.noise, (unsigned long long)sum.burst,
		(unsigned long long)sum.skips, (unsigned long long)sum.repeats);
}

#endif
