/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/channel/level.h"
#include "core/channel/spectrum.h"

#define N 4096

static int16_t wave[N];
static struct spectrum s;

static void assert_close(double got, double want, double tolerance)
{
	if (!(fabs(got - want) <= tolerance))
		fail_msg("%g, expected %g within %g", got, want, tolerance);
}

static void sine(double hz, double dbm0, int from, int to)
{
	for (int i = from; i < to; i++)
		wave[i] = (int16_t)(wave[i] + lrint(level_amplitude((float)dbm0) *
						    sin(2 * M_PI * hz * i / 8000 + 0.3)));
}

/* All of it; the last look is left in s. Return: looks. */
static unsigned feed(int from, int to, size_t block)
{
	unsigned looks = 0;

	for (const int16_t *at = wave + from; at < wave + to;) {
		size_t n = (size_t)(wave + to - at);
		int look;

		at += spectrum_feed(&s, at, n < block ? n : block, &look);
		looks += (unsigned)look;
	}
	return looks;
}

static int setup(void **state)
{
	(void)state;
	memset(wave, 0, sizeof(wave));
	spectrum_init(&s, 0);
	return 0;
}

/* Every bin against the sum that defines it, for noise. */
static void test_is_the_transform(void **state)
{
	unsigned now;

	(void)state;
	srand(1);
	for (int i = 0; i < SPECTRUM_WINDOW; i++)
		wave[i] = (int16_t)(rand() % 65536 - 32768);
	assert_int_equal(feed(0, SPECTRUM_WINDOW, 128), 4);
	now = s.looks & 1;
	for (unsigned k = 0; k < SPECTRUM_BINS; k++) {
		double re = 0, im = 0;

		for (int i = 0; i < SPECTRUM_WINDOW; i++) {
			double w = 0.5 - 0.5 * cos(2 * M_PI * (i + 0.5) / SPECTRUM_WINDOW);
			double x = w * wave[i] / (32 * 22828.0);

			re += x * cos(2 * M_PI * k * i / SPECTRUM_WINDOW);
			im -= x * sin(2 * M_PI * k * i / SPECTRUM_WINDOW);
		}
		if (k < SPECTRUM_FIRST || k > SPECTRUM_LAST)
			re = im = 0;
		assert_close(s.re[now][k], re, 1e-5);
		assert_close(s.im[now][k], im, 1e-5);
		assert_close(spectrum_power(&s, 0)[k], re * re + im * im, 1e-5);
	}
}

static void test_level_and_frequency(void **state)
{
	(void)state;
	for (double hz = 300; hz < 3600; hz += 7.3) {
		unsigned peak;
		float re, im, off;

		setup(NULL);
		sine(hz, -10, 0, 1024);
		feed(0, 1024, 8);
		peak = spectrum_peak(spectrum_power(&s, 0), SPECTRUM_FIRST, SPECTRUM_LAST);
		assert_close(peak, hz / 62.5, 0.51);
		spectrum_turn(&s, peak, &re, &im);
		off = spectrum_turn_hz(re, im);
		assert_close(peak * 62.5 + off, hz, 0.3);
		assert_close(spectrum_dbm0(spectrum_power(&s, 0)[peak] * spectrum_gain(off)), -10,
			     0.05);
		assert_close(spectrum_sum(spectrum_power(&s, 0), SPECTRUM_FIRST, SPECTRUM_LAST),
			     SPECTRUM_TONE * 0.1, 0.001);
	}
}

/* The edge of a tone, wherever it lies between two looks. */
static void test_edges(void **state)
{
	(void)state;
	for (int edge = 1000; edge < 1064; edge++) {
		float full, at = -1, end = -1;
		int from = edge, to = edge + 400;

		setup(NULL);
		sine(770, -10, from, to);
		full = 0.1f / spectrum_gain(20);
		for (int i = 0; i < 2000; i += SPECTRUM_HOP) {
			float was = spectrum_power(&s, 0)[12], is;

			assert_int_equal(feed(i, i + SPECTRUM_HOP, 32), 1);
			is = spectrum_power(&s, 0)[12];
			if (was < full / 4 && is >= full / 4)
				at = (float)i - SPECTRUM_MIDDLE + spectrum_edge(was, is, full);
			if (was >= full / 4 && is < full / 4)
				end = (float)i - SPECTRUM_MIDDLE + spectrum_edge(was, is, full);
		}
		assert_close(at, from, 4);
		assert_close(end, to, 4);
	}
}

static void test_cut_and_phase(void **state)
{
	static const size_t blocks[] = {1, 7, 8, 33, 160};
	struct spectrum want;

	(void)state;
	sine(1336, -12, 0, N);
	feed(0, N, 32);
	want = s;
	for (unsigned i = 0; i < 5; i++) {
		spectrum_init(&s, 0);
		assert_int_equal(feed(0, N, blocks[i]), N / SPECTRUM_HOP);
		assert_memory_equal(&s, &want, sizeof(s));
	}
	spectrum_init(&s, 24);
	assert_int_equal(feed(0, 7, 8), 0);
	assert_int_equal(feed(7, 8, 8), 1);
	assert_int_equal(feed(8, 39, 8), 0);
	assert_int_equal(feed(39, 40, 8), 1);
}

/* Full scale of every kind stays finite; silence is nothing. */
static void test_extremes(void **state)
{
	(void)state;
	for (int i = 0; i < N; i++)
		wave[i] = i / 4 % 2 ? INT16_MIN : INT16_MAX;
	feed(0, N, 32);
	/* the sine in a square wave of 1000 Hz is 1 / (2 sin(pi / 8)) of it */
	assert_close(spectrum_dbm0(spectrum_power(&s, 0)[16]),
		     20 * log10(32767 / 22828.0 / (2 * sin(M_PI / 8))), 0.1);
	memset(wave, 0, sizeof(wave));
	feed(0, N, 32);
	assert_true(spectrum_sum(spectrum_power(&s, 0), 0, 63) == 0);
	assert_true(spectrum_dbm0(0) == LEVEL_FLOOR);
	assert_close(spectrum_from_dbm0(-20), 0.01, 1e-6);
	assert_int_equal((int)spectrum_edge(0, 0, 0), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_is_the_transform, setup),
		cmocka_unit_test_setup(test_level_and_frequency, setup),
		cmocka_unit_test_setup(test_edges, setup),
		cmocka_unit_test_setup(test_cut_and_phase, setup),
		cmocka_unit_test_setup(test_extremes, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
