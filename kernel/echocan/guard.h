/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * guard.h: says while the far end sends what an echo path cannot be learnt from.
 *
 * A tone or a pair of tones tells the echo path at one or two frequencies and nothing elsewhere: what a
 * filter learns from it is wrong for the speech after it (G.168 test 6). Periodic signals with many
 * harmonics (hum, buzzers, horns) are little better. Two independent tests:
 *
 *   tones    one or two steady sinusoids satisfy a symmetric difference equation of order two or four.
 *            Its coefficients are fitted over the last 6 ms; the misfit, referred to the input, is
 *            compared with the signal. Resonances of speech are damped and do not fit.
 *   periodic an adaptive predictor that looks 12 ms ahead: what can still be predicted so far ahead is
 *            periodic; noise is not, and speech not for long.
 *
 * The first fit also tells the frequency of a lone tone: the line signals and continuity tones of the
 * signalling systems No. 5, 6 and 7 are known by it when they are present both ways (G.168 test 8).
 *
 * Integer arithmetic, no call but memset(), memmove(). Samples are 16 bit linear at 8 kHz, a sine of
 * 0 dBm0 has the peak 22828.
 */
#ifndef STROWGER_ECHOCAN_GUARD_H
#define STROWGER_ECHOCAN_GUARD_H

#include "types.h"

#define GUARD_BLOCK   16 /* samples from one decision to the next: 2 ms */
#define GUARD_BLOCKS  3 /* blocks in the window */
#define GUARD_TAPS    24 /* of the periodic predictor */
#define GUARD_DELAY   96 /* how far ahead it looks [samples] */
#define GUARD_HISTORY (GUARD_DELAY + 96) /* what it looks at */

/* What guard_process() answers, or'ed. */
#define GUARD_TONES    1 /* far end: one or two tones, or DC */
#define GUARD_PERIODIC 2 /* far end: periodic, many harmonics */
#define GUARD_LINE     4 /* line signals or continuity tones both ways: pass them on untouched */

/* Products over a block, u = x[n] + x[n-4], v = x[n-1] + x[n-3], w = x[n-2]. */
struct guard_sums {
	int32_t uu, uv, uw, vv, vw, ww;
};

/* One direction. */
struct guard_side {
	struct guard_sums blocks[GUARD_BLOCKS]; /* latest first */
	int16_t raw[1 + GUARD_BLOCK]; /* samples of the block under way, after the last before */
};

struct guard {
	struct guard_side far, near;
	/* emphasized, at 1/8: what was, and the last block */
	int16_t far_past[GUARD_HISTORY + GUARD_BLOCK];
	int16_t near_past[4 + GUARD_BLOCK];
	int16_t taps[GUARD_TAPS]; /* Q14 */
	int32_t signal, misfit; /* of the predictor: powers, smoothed over 16 errors */
	uint16_t n; /* samples in the block under way */
	uint16_t line_hold; /* blocks until line signals are over */
	uint16_t periodic; /* blocks that the signal has been periodic */
	uint8_t state;
};

/** guard_init() - nothing heard yet */
void guard_init(struct guard *g);

/**
 * guard_process() - hear @n samples of both directions
 * @far: what goes to the echo path (Rin)
 * @near: what comes back (Sin)
 * @n: any
 *
 * The answer changes only each GUARD_BLOCK samples, and does not depend on how the samples are cut into
 * calls. Tones are told within 8 ms of their start and 4 ms of their end, periodic signals after about
 * a tenth of a second; what the canceller's tail still holds of them is the caller's to wait for.
 *
 * Context: any; no lock, no allocation, no clock.
 * Source: ITU-T G.168 tests 6, 7, 8; Q.141, Q.271, Q.724 (line signals, continuity tones).
 * Return: GUARD_* that hold after the last sample
 */
unsigned int guard_process(struct guard *g, const int16_t *far, const int16_t *near, int n);

#endif
