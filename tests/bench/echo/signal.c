/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Test signals. The composite source signals are computed for 8 kHz from their definition at 44.1 kHz:
 * the voiced period as its Fourier series, the noise as the sum of its lines, both cut off where a
 * telephone channel ends, so that no resampling filter is in the way.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model.h"
#include "signal.h"

#define STUDIO          44100.0 /* sampling rate of Annex C */
#define LINES           8192 /* the noise's lines are STUDIO / LINES apart */
#define BAND            3700.0 /* nothing above it [Hz] */
#define FULL_SCALE_DBM0 6.16

double dbm0(double rms)
{
	return rms > 32767e-6 ? 20 * log10(rms / 32767) + FULL_SCALE_DBM0 : -120 + FULL_SCALE_DBM0;
}

double rms_of(double level)
{
	return 32767 * pow(10, (level - FULL_SCALE_DBM0) / 20);
}

uint32_t xrand(uint32_t *state)
{
	uint32_t x = *state;

	x ^= x << 13;
	x ^= x >> 17;
	x ^= x << 5;
	return *state = x;
}

double gauss(uint32_t *state)
{
	double u = (xrand(state) + 1.0) / 4294967297.0;
	double v = xrand(state) / 4294967296.0;

	return sqrt(-2 * log(u)) * cos(2 * M_PI * v);
}

static struct signal signal_new(size_t n)
{
	struct signal s = {.x = calloc(n, sizeof(float)), .n = n};

	if (!s.x)
		abort();
	return s;
}

static void scale(struct signal *s, double factor)
{
	for (size_t i = 0; i < s->n; i++)
		s->x[i] *= factor;
}

static double power(const float *x, size_t n)
{
	double sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += (double)x[i] * x[i];
	return n ? sum / n : 0;
}

/* A voiced sound: @out[i] = Fourier series of @period (at 44.1 kHz) at i / 8000 s. */
static void voiced(float *out, size_t n, const int16_t *period, int length)
{
	for (int k = 1; k * STUDIO / length < BAND; k++) {
		double re = 0, im = 0, step = 2 * M_PI * k / length;

		for (int i = 0; i < length; i++) {
			re += period[i] * cos(step * i);
			im += period[i] * sin(step * i);
		}
		for (size_t i = 0; i < n; i++) {
			double angle = step * i * STUDIO / RATE;

			out[i] += 2 * (re * cos(angle) + im * sin(angle)) / length;
		}
	}
}

/* Spectrum of the pseudo-noise [dB], G.168 figure C.2. */
static double noise_db(double hz)
{
	static const struct {
		double hz, db;
	} bend[] = {
		{50, -25.8}, {100, -12.8}, {200, 17.4}, {215, 17.8}, {500, 12.2},
		{1000, 7.2}, {2850, 0},    {3600, -2},  {3660, -20}, {3680, -30},
	};
	int i = 0, last = sizeof(bend) / sizeof(bend[0]) - 1;

	if (hz < bend[0].hz || hz > bend[last].hz)
		return -200;
	while (i < last - 1 && hz >= bend[i + 1].hz)
		i++;
	return bend[i].db +
	       (bend[i + 1].db - bend[i].db) * (hz - bend[i].hz) / (bend[i + 1].hz - bend[i].hz);
}

/*
 * The noise as the sum of its lines. @seed gives the signs; for the near end the lines have Gaussian
 * amplitudes, as the spectrum of white noise has.
 */
static void noise(float *out, size_t n, uint32_t seed, int gaussian)
{
	for (int k = 1; k * STUDIO / LINES < BAND; k++) {
		double a = pow(10, noise_db(k * STUDIO / LINES) / 20);
		double step = 2 * M_PI * k * STUDIO / LINES / RATE;
		double re = 0, im = a;

		if (gaussian) {
			re = a * gauss(&seed);
			im = a * gauss(&seed);
		} else if (xrand(&seed) & 0x400) {
			im = -a;
		}
		for (size_t i = 0; i < n; i++)
			out[i] += re * cos(step * i) + im * sin(step * i);
	}
}

/* Voiced sound, noise of the same power, pause; then all of it inverted. */
static struct signal css(double level, const int16_t *period, int length, int repeats,
			 double half_ms, int gaussian)
{
	size_t half = (size_t)(half_ms * RATE / 1000 + 0.5);
	size_t sound = (size_t)(length * repeats * RATE / STUDIO + 0.5);
	size_t active = sound + RATE / 5;
	struct signal s = signal_new(2 * half);
	double factor;

	voiced(s.x, sound, period, length);
	noise(s.x + sound, active - sound, 0x2545f491, gaussian);
	factor = sqrt(power(s.x, sound) / power(s.x + sound, active - sound));
	for (size_t i = sound; i < active; i++)
		s.x[i] *= factor;
	for (size_t i = 0; i < active; i++)
		s.x[half + i] = -s.x[i];
	scale(&s, rms_of(level) / sqrt(power(s.x, active)));
	return s;
}

struct signal signal_css_far(double level)
{
	return css(level, voiced_far, VOICED_FAR, 16, 350, 0);
}

struct signal signal_css_near(double level)
{
	return css(level, voiced_near, VOICED_NEAR, 14, 400, 1);
}

static struct signal shaped(double level, uint32_t seed, double keep)
{
	struct signal s = signal_new(11 * RATE);
	double y = 0;

	for (size_t i = 0; i < s.n; i++)
		s.x[i] = y = keep * y + (1 - keep) * gauss(&seed);
	scale(&s, rms_of(level) / sqrt(power(s.x, s.n)));
	return s;
}

struct signal signal_white(double level, uint32_t seed)
{
	return shaped(level, seed, 0);
}

struct signal signal_hoth(double level, uint32_t seed)
{
	return shaped(level, seed, 0.625);
}

struct signal signal_tone(double hz1, double hz2, double level, double phase)
{
	struct signal s = signal_new(RATE);

	for (size_t i = 0; i < s.n; i++) {
		s.x[i] = sin(2 * M_PI * hz1 * i / RATE + phase);
		if (hz2 > 0)
			s.x[i] += sin(2 * M_PI * hz2 * i / RATE);
	}
	scale(&s, rms_of(level) / sqrt(power(s.x, s.n)));
	return s;
}

struct signal signal_square(int period)
{
	struct signal s = signal_new(period);

	for (size_t i = 0; i < s.n; i++)
		s.x[i] = 2 * i < s.n ? 32767 : -32768;
	return s;
}

struct signal signal_dc(double value)
{
	struct signal s = signal_new(1);

	s.x[0] = value;
	return s;
}

struct signal signal_ans(double level, double degrees)
{
	struct signal s =
		signal_new(360 * (RATE * 45 / 100)); /* any step of whole degrees comes round */

	for (size_t i = 0; i < s.n; i++) {
		double step = floor(i / (0.45 * RATE)) * degrees * M_PI / 180;

		s.x[i] = sqrt(2) * rms_of(level) * sin(2 * M_PI * 2100 * i / RATE + step);
	}
	return s;
}

static int upwards(const void *a, const void *b)
{
	double d = *(const double *)a - *(const double *)b;

	return (d > 0) - (d < 0);
}

/* Power of the active blocks: those within 30 dB of the 99th percentile. */
static double active_power(const struct signal *s)
{
	size_t block = RATE / 100, blocks = s->n / block, count = 0;
	double *p = calloc(blocks, sizeof(*p)), top, sum = 0;

	if (!p)
		abort();
	for (size_t i = 0; i < blocks; i++)
		p[i] = power(s->x + i * block, block);
	qsort(p, blocks, sizeof(*p), upwards);
	top = p[blocks * 99 / 100];
	for (size_t i = 0; i < blocks; i++) {
		if (p[i] >= top / 1000) {
			sum += p[i];
			count++;
		}
	}
	free(p);
	return count ? sum / count : 0;
}

struct signal signal_speech(const char *path, double level)
{
	struct signal s = {0};
	FILE *f = fopen(path, "rb");
	int16_t sample;
	long size;
	double p;

	if (!f)
		return s;
	fseek(f, 0, SEEK_END);
	size = ftell(f) / 2;
	rewind(f);
	if (size >= RATE) {
		s = signal_new(size);
		for (s.n = 0; s.n < (size_t)size && fread(&sample, 2, 1, f) == 1; s.n++)
			s.x[s.n] = sample;
		p = active_power(&s);
		if (p > 0)
			scale(&s, rms_of(level) / sqrt(p));
		else
			signal_free(&s);
	}
	fclose(f);
	return s;
}

double signal_next(struct signal *s)
{
	double x;

	if (!s || !s->n)
		return 0;
	x = s->x[s->at];
	if (++s->at == s->n)
		s->at = 0;
	return x;
}

void signal_free(struct signal *s)
{
	free(s->x);
	memset(s, 0, sizeof(*s));
}
