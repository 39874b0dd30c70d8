/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * comfort.h: background noise of the near end: measured while nobody speaks, made while the non-linear
 * processor hides the residual echo, so that the line does not seem to die with every word.
 *
 * Measured: power of the linear canceller's output in frames of 20 ms, the floor of that by minimum
 * statistics, and over the frames near the floor the autocorrelation. From it a linear predictor of order
 * COMFORT_ORDER; made: white noise of a seeded generator through the predictor's inverse, as a lattice
 * (which is stable as long as its coefficients are below one, and they are kept there).
 *
 * Integer arithmetic, no call but memset(). Samples are 16 bit linear at 8 kHz.
 */
#ifndef STROWGER_ECHOCAN_COMFORT_H
#define STROWGER_ECHOCAN_COMFORT_H

#include "types.h"

#define COMFORT_ORDER 6
#define COMFORT_FRAME 160 /* samples */
#define COMFORT_MINS  6 /* stretches of a quarter of a second for the floor */

struct comfort {
	/* measuring */
	int64_t sums[COMFORT_ORDER + 1]; /* autocorrelation of the frame under way */
	int32_t total; /* sum of its samples, for the mean */
	int16_t past[COMFORT_ORDER]; /* latest first */
	uint16_t n; /* samples of it */
	bool spoilt; /* something else than background was in it */
	uint32_t mins[COMFORT_MINS]; /* least power of each stretch, latest first */
	uint16_t frames; /* in the stretch under way */
	uint32_t floor; /* of the background, 0: not known */
	int64_t mean[COMFORT_ORDER + 1]; /* autocorrelation, smoothed, per sample in 1/256 */
	/* making */
	int16_t k[COMFORT_ORDER]; /* reflection coefficients, Q15 */
	int32_t gain; /* of the excitation, Q8 */
	int32_t lattice[COMFORT_ORDER + 1];
	uint32_t seed;
};

/**
 * comfort_init() - background unknown: no noise is made
 * @seed: of the generator; channels with different seeds do not hum in unison
 */
void comfort_init(struct comfort *c, uint32_t seed);

/**
 * comfort_listen() - measure @n samples
 * @err: what the linear canceller left
 * @clean: false while the far end's echo may be in it: such a frame is not used
 */
void comfort_listen(struct comfort *c, const int16_t *err, int n, bool clean);

/** comfort_level() - mean square of the noise that comfort_make() gives; 0 while it is unknown */
uint32_t comfort_level(const struct comfort *c);

/** comfort_make() - one sample of noise */
int32_t comfort_make(struct comfort *c);

#endif
