/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Error performance of one direction of an E1: ES, SES, BBE, UAS, second by second.
 *
 * The caller judges each second of line time by what was counted in it; one struct g826 for the near
 * end (what we receive) and one for the far end (what the far end says that it receives: E-bits, RAI).
 *
 *   errored second (ES)		at least one errored block, or a defect
 *   severely errored second (SES)	30 % errored blocks, or a defect (is an ES as well)
 *   background block error (BBE)	errored block outside SES
 *   unavailable second (UAS)		from the first of 10 consecutive SES, up to the first of 10
 *					consecutive seconds that are not SES; nothing else counts then
 *
 * A block is a CRC-4 sub-multiframe: 1000 a second. On a line without CRC-4 the caller gives errored
 * frame alignment signals; 28 of them are then severe (M.2100).
 *
 * Seconds whose availability is not decided yet (at most 9) are held back and counted where they
 * belong once it is; g826_read() counts them as things stand, so a reader sees the standard's
 * retroactive adjustment.
 *
 * Source: ITU-T G.826 (12/2002) 3.1, 3.5, annex A (availability), annex B (2048 kbit/s); M.2100.
 */
#ifndef STROWGER_CORE_LINE_G826_H
#define STROWGER_CORE_LINE_G826_H

#include <stdbool.h>
#include <stdint.h>

#include "core/span/e1.h"

#define G826_SES_CRC   300 /* of 1000 blocks */
#define G826_SES_FAS   28
#define G826_UNDECIDED 10
#define G826_QUARTERS  97 /* the current 15 minutes and 24 hours before */
#define G826_DAYS      8 /* today and a week before */

struct g826_second {
	uint32_t errors; /* errored blocks (CRC-4 errors or E-bits), or FAS errors */
	bool crc; /* true: they are CRC-4 blocks */
	bool defect; /* LOS, LFA, AIS, loss of packets (near); RAI (far) at any time in it */
};

struct g826_count {
	uint32_t seconds; /* seen, available or not */
	uint32_t es, ses, uas;
	uint64_t bbe;
};

struct g826_bin {
	int64_t index; /* second / 900 or second / 86400; -1 = never used */
	struct g826_count n;
};

struct g826 {
	struct g826_bin quarter[G826_QUARTERS]; /* by index % G826_QUARTERS */
	struct g826_bin day[G826_DAYS];
	struct g826_count total;
	bool unavailable;
	bool begun;
	int64_t last; /* second of the last step */
	unsigned int run_len;
	struct g826_second run[G826_UNDECIDED];
};

void g826_init(struct g826 *g);

/**
 * g826_judge() - what a second was, from the framer's counters
 * @before: counters when it began, @now: when it ended
 * @defects: every defect (E1_*, PW_LOPS) that was there at any time in it
 * @crc: in CRC-4 multiframe alignment, or meant to be
 * @near: the second of the near end
 * @far: the second of the far end, as far as it could be heard: while our own reception fails nothing is
 *	known about it, which counts as no error
 */
void g826_judge(const struct e1_counters *before, const struct e1_counters *now, uint32_t defects,
		bool crc, struct g826_second *near, struct g826_second *far);

/**
 * g826_step() - a second has ended
 * @second: its number, rising by 1 (bins of 15 minutes begin at multiples of 900: count from midnight
 *	if they are to be the clock's quarters). A gap closes the undecided seconds as they stand.
 *
 * Return: 1 if this second decided a change of availability, 0 otherwise, -EINVAL if @second is not
 * after the last one.
 */
int g826_step(struct g826 *g, int64_t second, const struct g826_second *s);

/* Available now, as far as decided? */
bool g826_unavailable(const struct g826 *g);

/**
 * g826_read() - the counts as they stand, undecided seconds included
 * @out: caller's memory; a copy in which nothing is undecided
 *
 * Source: the totals are in out->total, the bins found with g826_quarter() and g826_day().
 */
void g826_read(const struct g826 *g, struct g826 *out);

/**
 * g826_quarter() - a bin of 15 minutes (g826_day(): of 24 hours)
 * @ago: 0 = the one of @second, 1 = the one before, ...
 *
 * Return: its counts, or NULL if nothing was counted then.
 */
const struct g826_count *g826_quarter(const struct g826 *g, int64_t second, unsigned int ago);
const struct g826_count *g826_day(const struct g826 *g, int64_t second, unsigned int ago);

#endif
