/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "core/channel/resample.h"

static const uint32_t rates[] = {4000,  6000,  8000,  11025, 12000, 16000, 22050,
				 24000, 32000, 44100, 48000, 96000, 192000};
#define RATES (sizeof(rates) / sizeof(rates[0]))

/* A second of a sine at @rate through the filter; returns output samples, in *out. */
static size_t run_sine(uint32_t rate, double hz, double amp, size_t chunk, int16_t **out)
{
	float *mem = malloc(sizeof(float) * (size_t)resample_size(rate));
	float *in = malloc(sizeof(float) * rate);
	struct resample r;
	size_t n = 0;

	assert_int_equal(resample_init(&r, rate, mem), 0);
	*out = malloc(2 * (resample_room(&r, rate) + 8));
	for (uint32_t i = 0; i < rate; i++)
		in[i] = (float)(amp * sin(2 * M_PI * hz * i / rate));
	for (size_t at = 0; at < rate; at += chunk) {
		size_t now = rate - at < chunk ? rate - at : chunk;
		size_t made = resample_feed(&r, in + at, now, *out + n);

		assert_true(made <= resample_room(&r, now));
		n += made;
	}
	n += resample_end(&r, *out + n);
	free(in);
	free(mem);
	return n;
}

/* Largest difference from the wanted sine, away from both ends. */
static double worst(const int16_t *got, size_t n, double hz, double amp)
{
	double max = 0;

	for (size_t i = 100; i < n - 100; i++) {
		double want = 32768 * amp * sin(2 * M_PI * hz * (double)i / 8000);

		max = fmax(max, fabs(got[i] - want));
	}
	return max;
}

/* In the pass band the samples are those of the same sine at 8 kHz: level, phase, delay 0. */
static void test_pass_band(void **state)
{
	(void)state;
	for (size_t i = 0; i < RATES; i++) {
		static const double hz[] = {50, 1000, 3400};

		for (int f = 0; f < 3; f++) {
			double tone = rates[i] < 8000 ? hz[f] * rates[i] / 8000 : hz[f];
			int16_t *got;
			size_t n = run_sine(rates[i], tone, 0.5, 4096, &got);

			assert_int_equal(n, 8000);
			/* 0.01 dB of 16384 is 19 */
			if (!(worst(got, n, tone, 0.5) < 20))
				fail_msg("%u Hz: %g Hz is off by %g", rates[i], tone,
					 worst(got, n, tone, 0.5));
			free(got);
		}
	}
}

static void test_stop_band(void **state)
{
	static const double hz[] = {4010, 4600, 5200, 7000, 7990};

	(void)state;
	for (size_t i = 0; i < RATES; i++) {
		for (int f = 0; f < 5; f++) {
			int16_t *got;
			size_t n;

			if (rates[i] <= 2 * hz[f])
				continue;
			n = run_sine(rates[i], hz[f], 0.9, 4096, &got);
			/* -80 dB of 29491 is 3, and half a step of rounding */
			if (!(worst(got, n, 0, 0) <= 4))
				fail_msg("%u Hz: %g Hz leaves %g", rates[i], hz[f],
					 worst(got, n, 0, 0));
			free(got);
		}
	}
}

static void test_cut_does_not_matter(void **state)
{
	static const size_t cuts[] = {1, 3, 160};
	int16_t *whole, *cut;
	size_t n = run_sine(22050, 440, 0.7, 22050, &whole);

	(void)state;
	for (int c = 0; c < 3; c++) {
		assert_int_equal(run_sine(22050, 440, 0.7, cuts[c], &cut), n);
		assert_memory_equal(whole, cut, n * 2);
		free(cut);
	}
	free(whole);
}

static void test_length_is_exact(void **state)
{
	static const uint32_t some[] = {4000, 5000, 11025, 22050, 44100, 48000};
	static const size_t lengths[] = {0, 1, 2, 5, 6, 7, 441, 1000, 4409};
	static const float in[5000];
	static int16_t out[20000];

	(void)state;
	for (int i = 0; i < 6; i++) {
		float *mem = malloc(sizeof(float) * (size_t)resample_size(some[i]));

		for (int l = 0; l < 9; l++) {
			struct resample r;
			size_t n, want = (lengths[l] * 8000 + some[i] - 1) / some[i];

			resample_init(&r, some[i], mem);
			n = resample_feed(&r, in, lengths[l], out);
			n += resample_end(&r, out + n);
			assert_int_equal(n, want);
		}
		free(mem);
	}
}

static void test_clips(void **state)
{
	float *mem = malloc(sizeof(float) * (size_t)resample_size(16000));
	struct resample r;
	float in[400];
	int16_t out[400];
	int high = 0, low = 0;
	size_t n;

	(void)state;
	/* A full-scale square wave overshoots behind the filter. */
	for (int i = 0; i < 400; i++)
		in[i] = i / 50 % 2 ? 1 : -1;
	resample_init(&r, 16000, mem);
	n = resample_feed(&r, in, 400, out);
	n += resample_end(&r, out + n);
	for (size_t i = 0; i < n; i++) {
		high += out[i] == 32767;
		low += out[i] == -32768;
	}
	assert_true(high > 5 && low > 5);
	free(mem);
}

static void test_odd_rates(void **state)
{
	struct resample r;

	(void)state;
	assert_int_equal(resample_size(0), -EINVAL);
	assert_int_equal(resample_size(3999), -EINVAL);
	assert_int_equal(resample_size(384001), -EINVAL);
	assert_int_equal(resample_size(UINT32_MAX), -EINVAL);
	assert_int_equal(resample_size(44101), -EINVAL);
	assert_int_equal(resample_init(&r, 44101, NULL), -EINVAL);
	assert_true(resample_size(22254) > 0);
	for (uint32_t rate = 1; rate < 400000; rate += 7)
		assert_true(resample_size(rate) <= (1 << 20) + (1 << 18));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pass_band),
		cmocka_unit_test(test_stop_band),
		cmocka_unit_test(test_cut_does_not_matter),
		cmocka_unit_test(test_length_is_exact),
		cmocka_unit_test(test_clips),
		cmocka_unit_test(test_odd_rates),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
