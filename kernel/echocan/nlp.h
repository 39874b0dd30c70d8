/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * nlp.h: the non-linear processor: what the linear canceller leaves of the echo is replaced by comfort
 * noise, sample by sample and without delay, and the near end passes.
 *
 * It bounds the residual echo from what it can see: the far end, the near end before and after linear
 * cancelling, hence also the echo estimate. Two bounds:
 *
 *   lost     nothing is known of the path (start, path change): the echo is at most the far end's peak
 *            over the tail, less the echo return loss seen so far (6 dB at the start)
 *   leak     the canceller works: residual echo = echo estimate times the least ratio of the two that
 *            was seen lately
 *
 * Whether the canceller works is told from the regression of the near end on the echo estimate: one when
 * the estimate is right, whatever the near end says; about zero when the path has changed.
 *
 * Samples beyond the bound are the near end's: it opens at once and stays open for a while, so the onset
 * of a word is not lost; below the bound it closes softly into comfort noise.
 *
 * Integer arithmetic, no call but memset(). Samples are 16 bit linear at 8 kHz, a sine of 0 dBm0 has
 * the peak 22828.
 */
#ifndef STROWGER_ECHOCAN_NLP_H
#define STROWGER_ECHOCAN_NLP_H

#include "echocan/comfort.h"
#include "types.h"

struct nlp;

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
 * @out: @n samples, may be @err or @sin
 * @far: Rin
 * @sin: Sin
 * @err: Sin less the echo estimate
 * @n: any
 * @pass: do not touch the signal (disabler, line signals, switched off): @out is @err. It keeps measuring.
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
