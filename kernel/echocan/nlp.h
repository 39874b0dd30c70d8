/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * nlp.h: the non-linear processor: what the linear canceller leaves of the echo is replaced by comfort
 * noise, sample by sample and without delay, and the near end passes.
 *
 * It bounds the residual echo by what it can see: the far end, the near end before and after linear
 * cancelling, hence also the echo estimate. Two bounds:
 *
 *   lost     nothing is known of the path (start, path change): echo is at most the far end's peak over
 *            the tail, less the loss that the path has been seen to have
 *   leak     the canceller works: residual echo is the echo estimate times ten times the least ratio
 *            of the two seen lately; the estimate counts as a quarter of what the far end usually gives
 *            as long as that is in the tail, because residual echo may begin before the echo does
 *
 * Whether the canceller works is told from how much of its output still goes with the echo estimate: next
 * to nothing when the estimate is right, whatever the near end says; half when the path has changed.
 *
 * A sample beyond the bound is the near end's: it opens at once, for a while, so the onset of a word is
 * not lost; after that it closes softly into comfort noise.
 *
 * Integer arithmetic, no call but memset() and the like. Samples are 16 bit linear at 8 kHz, a sine of
 * 0 dBm0 has the peak 22828.
 */
#ifndef STROWGER_ECHOCAN_NLP_H
#define STROWGER_ECHOCAN_NLP_H

#include "echocan/comfort.h"
#include "types.h"

#define NLP_BLOCK   8 /* samples: envelopes, bound */
#define NLP_STRETCH 16 /* blocks: is the path lost, how much leaks */
#define NLP_PEAKS   17 /* peaks of 16 ms that span the longest tail */
#define NLP_LEAST   8 /* groups of stretches that a least ratio is taken over */

/* The least of a ratio over the last NLP_LEAST groups of eight. */
struct nlp_least {
	uint32_t groups[NLP_LEAST]; /* latest first; Q15 */
	uint8_t n; /* ratios in the latest */
};

struct nlp {
	struct comfort noise;
	int16_t errs[NLP_BLOCK]; /* of the block under way */
	uint8_t n, blocks; /* samples in the block, blocks in the stretch under way */
	/* stretch under way: products of every other sample, peaks */
	int64_t echo_echo, echo_err, err_err;
	int32_t far_most, sin_most, err_most, echo_most;
	/* smoothed over stretches */
	int64_t mean_echo, mean_both, mean_err;
	/* envelopes and bounds */
	int32_t far_peaks[NLP_PEAKS]; /* of stretches, latest first */
	int32_t far_tail; /* the greatest of them */
	int32_t echo_env; /* peak of the echo estimate, decaying */
	struct nlp_least leak; /* residual echo to echo estimate */
	struct nlp_least loss; /* near end to far end */
	int32_t back; /* echo estimate to far end, peaks, Q15 */
	int32_t expected; /* echo that may come at any time: a quarter of what the far end gives */
	int32_t ratio; /* of residual echo to echo estimate or far end, Q15 */
	int32_t least_bound; /* below it is background */
	int32_t least_over; /* of far end or echo estimate: what less of it leaves needs no hiding */
	uint16_t tail_peaks; /* stretches in the tail */
	uint8_t well; /* stretches that the estimate was right */
	bool lost;
	bool idle; /* there is nothing to hide */
	bool spoilt; /* there was, in this block */
	bool comfort;
	uint8_t alert; /* samples since one was beyond the bound, down to 0 */
	uint16_t hold; /* samples to stay open */
	int16_t gain, fall; /* Q10 */
};

/** struct nlp_config - what the non-linear processor is told at the start */
struct nlp_config {
	uint16_t tail_ms; /* longest echo, 1..256 */
	bool comfort; /* noise in place of silence */
	uint32_t seed; /* of the noise */
};

/** nlp_init() - path unknown, open */
void nlp_init(struct nlp *p, const struct nlp_config *config);

/**
 * nlp_process() - from the linear canceller's output to the line
 * @out: @n samples; may be @err or @sin
 * @far: Rin
 * @sin: Sin
 * @err: Sin less the echo estimate
 * @n: any
 * @pass: leave the signal alone (disabler, line signals, switched off): @out is @err. It goes on
 *	measuring.
 *
 * What comes out does not depend on how the samples are cut into calls.
 * Context: any; no lock, no allocation, no clock.
 * Source: ITU-T G.168 tests 2A, 3C, 9, 10.
 */
void nlp_process(struct nlp *p, int16_t *out, const int16_t *far, const int16_t *sin,
		 const int16_t *err, int n, bool pass);

/** nlp_path_lost() - the caller knows that the echo path has changed or that its filter was cleared */
void nlp_path_lost(struct nlp *p);

#endif
