/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Order of the filter after Kaiser: A = 80 dB, transition 3400..4000 Hz of 8000 gives
 * (A - 7.95) / (14.36 * 600 / 8000) = 67 taps at 8 kHz, half of them 34; a faster source
 * needs as many more as it is faster. beta = 0.1102 (A - 8.7).
 */
#include "core/channel/resample.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#define RATE_OUT    8000u
#define HALF_AT_8K  34
#define KAISER_BETA 7.857
#define CUT_OFF     3700.0 /* middle of the transition [Hz], for sources from 8 kHz on */
#define BANK_MAX    (1 << 20) /* coefficients */

static uint32_t gcd(uint32_t a, uint32_t b)
{
	while (b) {
		uint32_t rest = a % b;

		a = b;
		b = rest;
	}
	return a;
}

static uint32_t half_of(uint32_t rate)
{
	return rate <= RATE_OUT ? HALF_AT_8K : (HALF_AT_8K * rate + RATE_OUT - 1) / RATE_OUT;
}

int32_t resample_size(uint32_t rate)
{
	uint64_t taps, bank;

	if (rate < RESAMPLE_RATE_MIN || rate > RESAMPLE_RATE_MAX)
		return -EINVAL;
	taps = 2 * half_of(rate);
	bank = taps * (RATE_OUT / gcd(RATE_OUT, rate));
	return bank <= BANK_MAX ? (int32_t)(bank + 2 * taps) : -EINVAL;
}

/* Modified Bessel function of order 0. */
static double bessel_i0(double x)
{
	double sum = 1, term = 1;

	for (int k = 1; term > 1e-12 * sum; k++) {
		term *= x / (2 * k) * (x / (2 * k));
		sum += term;
	}
	return sum;
}

static double sinc(double x)
{
	return fabs(x) < 1e-9 ? 1 : sin(M_PI * x) / (M_PI * x);
}

/* The filter of one phase: the input sample at tap i lies half - 1 - i + phase/l after it. */
static void make_filter(const struct resample *r, float *filter, uint32_t phase, double cut)
{
	double sum = 0;

	for (uint32_t i = 0; i < r->taps; i++) {
		double t = (double)i - (r->half - 1) - (double)phase / r->l;
		double edge = t / r->half;
		double w = bessel_i0(KAISER_BETA * sqrt(fmax(0, 1 - edge * edge)));

		filter[i] = (float)(w * sinc(2 * cut * t));
		sum += filter[i];
	}
	/* Each phase passes direct current alike: no ripple at the rate of the phases. */
	for (uint32_t i = 0; i < r->taps; i++)
		filter[i] = (float)(filter[i] / sum);
}

int resample_init(struct resample *r, uint32_t rate, float *mem)
{
	int32_t size = resample_size(rate);
	uint32_t g = gcd(RATE_OUT, rate);
	double cut = CUT_OFF / (rate < RATE_OUT ? RATE_OUT : rate); /* of the input rate */

	if (size < 0)
		return size;
	memset(r, 0, sizeof(*r));
	r->l = RATE_OUT / g;
	r->m = rate / g;
	r->half = half_of(rate);
	r->taps = 2 * r->half;
	r->bank = mem;
	r->line = mem + (size_t)r->l * r->taps;
	for (uint32_t p = 0; p < r->l; p++)
		make_filter(r, mem + (size_t)p * r->taps, p, cut);
	memset(r->line, 0, 2 * r->taps * sizeof(float));
	/* Output 0 lies on input 0, which has to move to the middle of the line first. */
	r->due = (int64_t)(r->half + 1) * r->l;
	return 0;
}

size_t resample_room(const struct resample *r, size_t n)
{
	return (size_t)((n + r->half + 1) * (uint64_t)r->l / r->m) + 2;
}

static int16_t filter_now(const struct resample *r, uint32_t phase)
{
	const float *filter = r->bank + (size_t)phase * r->taps;
	const float *x = r->line + r->fill; /* oldest first */
	float sum = 0, v;

	for (uint32_t i = 0; i < r->taps; i++)
		sum += filter[i] * x[i];
	v = sum * 32768.0f;
	v += v < 0 ? -0.5f : 0.5f;
	return (int16_t)(v > 32767 ? 32767 : v < -32768 ? -32768 : v);
}

static size_t push(struct resample *r, float sample, int16_t *out)
{
	size_t n = 0;

	r->line[r->fill] = r->line[r->fill + r->taps] = sample;
	r->fill = r->fill + 1 == r->taps ? 0 : r->fill + 1;
	r->due -= r->l;
	/* The newest sample is half samples ahead of the middle: outputs up to the next one. */
	while (r->due < r->l) {
		out[n++] = filter_now(r, (uint32_t)r->due);
		r->due += r->m;
	}
	return n;
}

size_t resample_feed(struct resample *r, const float *in, size_t n, int16_t *out)
{
	size_t made = 0;

	for (size_t i = 0; i < n; i++)
		made += push(r, in[i], out + made);
	r->in += n;
	r->out += made;
	return made;
}

size_t resample_end(struct resample *r, int16_t *out)
{
	uint64_t total = (r->in * r->l + r->m - 1) / r->m;
	size_t made = 0;

	while (r->out + made < total)
		made += push(r, 0, out + made);
	/* One input sample may give several (a slow source): not beyond the end. */
	if (r->out + made > total)
		made = (size_t)(total - r->out);
	r->out += made;
	return made;
}
