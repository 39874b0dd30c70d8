/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "meter.h"
#include "model.h"
#include "signal.h"

#define WINDOW (METER_MS * RATE / 1000)
#define REACH  (METER_HALF - 1) /* of the band-pass to either side */

/* Samples before and after the record are 0. */
static float *filtered(const float *x, size_t from, size_t to)
{
	size_t n = to - from;
	float *padded = calloc(n + 2 * REACH, sizeof(*padded));
	float *y = calloc(n + 1, sizeof(*y));
	float taps[2 * REACH + 1];

	if (!y || !padded)
		abort();
	memcpy(padded + REACH, x + from, n * sizeof(*x));
	for (int k = 0; k <= REACH; k++)
		taps[k] = taps[2 * REACH - k] = meter_taps[k];
	for (int k = 0; k <= 2 * REACH; k++)
		for (size_t i = 0; i < n; i++)
			y[i] += taps[k] * padded[i + k];
	free(padded);
	return y;
}

float *band_pass(const float *x, size_t n)
{
	return filtered(x, 0, n);
}

double level(const float *x, size_t from, size_t to)
{
	float *y = filtered(x, from, to);
	double sum = 0;

	for (size_t i = 0; i < to - from; i++)
		sum += (double)y[i] * y[i];
	free(y);
	return dbm0(to > from ? sqrt(sum / (to - from)) : 0);
}

/* Calls for each reading in turn. */
static double scan(const float *x, size_t from, size_t to, double limit, size_t *last)
{
	float *y = filtered(x, from, to);
	double sum = 0, most = 0, limit_sum = rms_of(limit) * rms_of(limit) * WINDOW;

	*last = 0;
	for (size_t i = 0; i < to - from; i++) {
		sum += (double)y[i] * y[i];
		if (i >= WINDOW)
			sum -= (double)y[i - WINDOW] * y[i - WINDOW];
		if (i + 1 < WINDOW)
			continue;
		if (sum > most)
			most = sum;
		if (sum > limit_sum)
			*last = i + 1;
	}
	free(y);
	return dbm0(sqrt(most / WINDOW));
}

double peak_level(const float *x, size_t from, size_t to)
{
	size_t last;

	return scan(x, from, to, 0, &last);
}

size_t last_above(const float *x, size_t from, size_t to, double limit)
{
	size_t last;

	scan(x, from, to, limit, &last);
	return from + last;
}

static double energy(const float *x, size_t from)
{
	double sum = 0;

	for (size_t i = from; i < from + WINDOW; i++)
		sum += (double)x[i] * x[i];
	return sum;
}

double louder(const float *in, const float *out, size_t from, size_t to)
{
	double worst = 0, quiet = rms_of(-50) * rms_of(-50) * WINDOW;
	size_t blocks = (to - from) / WINDOW;

	for (size_t k = 0; k < blocks; k++) {
		double e = energy(out, from + k * WINDOW), most = 1;

		for (size_t j = k < 5 ? 0 : k - 5; j < blocks && j <= k + 5; j++)
			most = fmax(most, energy(in, from + j * WINDOW));
		if (e > quiet)
			worst = fmax(worst, e / most);
	}
	return worst > 0 ? 10 * log10(worst) : -120;
}

double gain(const float *a, const float *b, size_t from, size_t to, int delay)
{
	float *fa, *fb;
	double ab = 0, aa = 0;

	fa = filtered(a, from, to);
	fb = filtered(b + delay, from, to);
	for (size_t i = 0; i < to - from; i++) {
		ab += (double)fa[i] * fb[i];
		aa += (double)fa[i] * fa[i];
	}
	free(fa);
	free(fb);
	return ab > 0 && aa > 0 ? 20 * log10(ab / aa) : -120;
}
