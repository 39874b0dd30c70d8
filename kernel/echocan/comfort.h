/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * comfort.h: background noise of the near end: measured while nobody speaks, made while the non-linear
 * processor hides the residual echo, so that the line does not seem to die with every word.
 *
 * Measured: power of what the linear canceller leaves, in frames of 20 ms; its floor over a second and
 * a half; over the frames near the floor the autocorrelation. Made: white noise of a seeded generator,
 * coloured by the all-pole filter of order COMFORT_ORDER that belongs to the autocorrelation, as a
 * lattice: stable as long as its coefficients are below one, which they are.
 *
 * Integer arithmetic, no call but memset() and the like. Samples are 16 bit linear at 8 kHz.
 */
#ifndef STROWGER_ECHOCAN_COMFORT_H
#define STROWGER_ECHOCAN_COMFORT_H

#include "types.h"

#define COMFORT_ORDER 4
#define COMFORT_CHUNK 8 /* samples that are taken at a time */
#define COMFORT_FRAME 20 /* chunks */
#define COMFORT_MINS  6 /* stretches of 12 frames for the floor */

struct comfort {
	/* measuring */
	int16_t past[COMFORT_ORDER + COMFORT_CHUNK]; /* the last chunk is at the end */
	int64_t sums[COMFORT_ORDER + 1]; /* autocorrelation of the frame under way */
	int32_t total; /* sum of its samples, for the mean */
	uint16_t chunks; /* of the frame under way */
	bool spoilt; /* something else than background is in it */
	uint32_t mins[COMFORT_MINS]; /* least power of each stretch, latest first */
	uint16_t frames; /* in the stretch under way */
	uint16_t weight; /* frames in @mean, up to 16 */
	int32_t mean[COMFORT_ORDER + 1]; /* autocorrelation per sample, smoothed */
	int32_t offset; /* DC, Q8, smoothed */
	/* making */
	int16_t k[COMFORT_ORDER]; /* reflection coefficients, Q15 */
	int32_t gain; /* of the excitation, Q8 */
	int64_t lattice[COMFORT_ORDER]; /* Q8 */
	uint32_t seed;
};

/**
 * comfort_init() - background unknown: the noise is silence
 * @seed: of the generator; channels with different seeds do not hiss in unison
 */
void comfort_init(struct comfort *c, uint32_t seed);

/**
 * comfort_listen() - measure COMFORT_CHUNK samples
 * @err: what the linear canceller left
 * @clean: false if echo may be in it: the frame is not used
 *
 * Context: any; O(1), no lock, no allocation, no clock.
 */
void comfort_listen(struct comfort *c, const int16_t *err, bool clean);

/** comfort_power() - mean square of the background; 0 while it is unknown */
uint32_t comfort_power(const struct comfort *c);

/**
 * comfort_make() - noise about the background's mean
 * @out: @n samples
 *
 * What comes out does not depend on how the samples are cut into calls.
 */
void comfort_make(struct comfort *c, int16_t *out, int n);

#endif
