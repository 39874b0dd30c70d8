/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * doubt.h: is the canceller set up for the line that it is on? Two things that a technician has to be
 * told, found out of blocks of 64 samples, for next to nothing.
 *
 *   wrong law    Quiet sound decoded with the other law lies in two chords of it and never near zero:
 *                the codes differ in bits that neither law has there (A-law inverts 0x55, mu-law 0xff).
 *                It has both signs, or is digital silence: the code next to zero all the time.
 *                A fifth of a second of such blocks says so, one block of true quiet takes it back.
 *   beyond tail  What is left after cancelling rises and falls as the far end did, longer ago than the
 *                tail. Levels in dB are correlated over 4 s, for each 8 ms up to half a second.
 *
 * Source: ITU-T G.711 tables 1 and 2 for the codes.
 */
#ifndef STROWGER_ECHOCAN_DOUBT_H
#define STROWGER_ECHOCAN_DOUBT_H

#include "types.h"

#define DOUBT_LAGS 64 /* blocks of 8 ms */

struct doubt {
	/* samples of the block under way: true quiet, the other law's, its silence */
	uint8_t quiet, odd, silent;
	bool below, above; /* of both signs */
	uint8_t odd_blocks;
	uint8_t blocks, agree; /* until the next look; looks in a row that found an echo */
	int32_t far[DOUBT_LAGS]; /* levels, latest at far_at */
	int far_at;
	int active; /* blocks until the far end has left the lags */
	int32_t far_mean, left_mean; /* levels, Q9 */
	int64_t far_var, left_var, both[DOUBT_LAGS]; /* Q9 */
	bool wrong_law, beyond_tail;
};

/** doubt_sample() - one sample of Sin, as decoded */
void doubt_sample(struct doubt *d, int16_t sin);

#define DOUBT_FEW 8

/** doubt_few() - the same for DOUBT_FEW samples at once */
void doubt_few(struct doubt *d, const int16_t *sin);

/**
 * doubt_block() - 64 samples are over
 * @far, @left: power of the far end and of what is left after cancelling, sums of squares
 * @least: power below which nothing is a signal
 * @parts: tail in blocks
 */
void doubt_block(struct doubt *d, uint64_t far, uint64_t left, uint64_t least, int parts);

#endif
