/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Signals for the tests of the canceller's units: levels in dBm0, through A-law as on the line. The noise
 * is the same on every machine.
 */
#ifndef TEST_ECHOCAN_WAVES_H
#define TEST_ECHOCAN_WAVES_H

#include <math.h>
#include <stdint.h>

#include "core/channel/g711.h"

#define RATE 8000

static uint32_t wave_seed = 1;

static inline double wave_random(void)
{
	wave_seed = wave_seed * 1664525 + 1013904223;
	return (wave_seed >> 8) / 16777216.0;
}

/* Power 1. */
static inline double wave_gauss(void)
{
	double sum = 0;

	for (int n = 0; n < 12; n++)
		sum += wave_random();
	return sum - 6;
}

static inline double wave_peak(double dbm0)
{
	return 22828 * pow(10, dbm0 / 20);
}

static inline double wave_rms(double dbm0)
{
	return 16142 * pow(10, dbm0 / 20);
}

static inline double wave_dbm0(double mean_square)
{
	return 10 * log10(mean_square + 1e-9) - 20 * log10(16142);
}

static inline int16_t wave_alaw(double x)
{
	return alaw_decode(alaw_encode((int16_t)lrint(fmax(-32768, fmin(32767, x)))));
}

static inline double wave_mean_square(const int16_t *x, int n)
{
	double sum = 0;

	for (int i = 0; i < n; i++)
		sum += (double)x[i] * x[i];
	return sum / n;
}

#endif
