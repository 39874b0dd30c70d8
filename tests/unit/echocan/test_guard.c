/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The guard: every tone and pair of G.168 test 6 and of the country at once and over at once, noise and
 * speech-like signals not, hum after a while, line signals only when they are there both ways.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <string.h>

#include "echocan/guard.h"
#include "waves.h"

#define N (2 * RATE)

static int16_t far[N], near[N];

static void put_tones(int16_t *x, int n, double hz, double second, double dbm0)
{
	double peak = wave_peak(dbm0), p = wave_random() * 6, q = wave_random() * 6;

	for (int i = 0; i < n; i++)
		x[i] = wave_alaw(peak * sin(2 * M_PI * hz * i / RATE + p) +
				 (second > 0 ? peak * sin(2 * M_PI * second * i / RATE + q) : 0));
}

static void put_noise(int16_t *x, int n, double dbm0)
{
	for (int i = 0; i < n; i++)
		x[i] = wave_alaw(wave_gauss() * wave_rms(dbm0));
}

/* Samples with any of @mask among the first @n; when it first was and when it last was. */
static int count(int n, unsigned int mask, int *first, int *last)
{
	struct guard g;
	int sum = 0;

	*first = *last = -1;
	guard_init(&g);
	for (int i = 0; i < n; i++) {
		if (!(guard_process(&g, far + i, near + i, 1) & mask))
			continue;
		if (*first < 0)
			*first = i;
		*last = i;
		sum++;
	}
	return sum;
}

static const struct {
	double hz, second;
} tones[] = {
	{697, 0},    {941, 0},    {1336, 0},  {1633, 0},    {697, 1209}, {770, 1336},
	{852, 1477}, {941, 1633}, {1004, 0},  {425, 0},     {450, 0},    {300, 0},
	{3000, 0},   {2100, 0},   {440, 480}, {2400, 2600}, {0, 0},
};

static void test_tones(void **state)
{
	static const double levels[] = {-4, -15, -25};
	int first, last;

	(void)state;
	for (int i = 0; tones[i].hz > 0; i++) {
		for (int l = 0; l < 3; l++) {
			double back = tones[i].second > 0 ? 6 : 0;
			int sum, n = RATE / 2;

			/* The emphasis takes 12 dB from it. */
			if (tones[i].hz < 400 && levels[l] < -15)
				continue;
			put_noise(far, 400, levels[l]);
			put_tones(far + 400, n, tones[i].hz, tones[i].second, levels[l] - back);
			put_noise(far + 400 + n, 400, levels[l]);
			sum = count(n + 800, GUARD_TONES, &first, &last);
			if (first < 400 || first > 400 + 80)
				fail_msg("%g Hz: told after %d", tones[i].hz, first - 400);
			if (last - 400 - n > 32)
				fail_msg("%g Hz: over after %d", tones[i].hz, last - 400 - n);
			if (sum < n * 94 / 100)
				fail_msg("%g + %g Hz at %g: %d of %d", tones[i].hz, tones[i].second,
					 levels[l], sum, n);
		}
	}
}

/* The voiced part of speech: pulses at a pitch that moves, through three damped resonances. */
static void put_voice(int16_t *x, int n)
{
	static const double formants[] = {600, 1250, 2500};
	double past[3][2] = {{0}}, phase = 0;

	for (int i = 0; i < n; i++) {
		double y = 0.02 * wave_gauss();

		phase += (120 + 30 * sin(2 * M_PI * 3 * i / RATE)) / RATE;
		if (phase >= 1) {
			phase -= 1;
			y += 1;
		}
		for (int f = 0; f < 3; f++) {
			y += 2 * 0.96 * cos(2 * M_PI * formants[f] / RATE) * past[f][0] -
			     0.96 * 0.96 * past[f][1];
			past[f][1] = past[f][0];
			past[f][0] = y;
		}
		x[i] = wave_alaw(y * 2000);
	}
}

static void test_not_tones(void **state)
{
	int first, last;

	(void)state;
	put_noise(far, N, -15);
	assert_int_equal(count(N, GUARD_TONES | GUARD_PERIODIC | GUARD_LINE, &first, &last), 0);
	put_voice(far, N);
	assert_in_range(wave_mean_square(far, N), 1000 * 1000, 8000 * 8000);
	assert_in_range(count(N, GUARD_TONES | GUARD_PERIODIC, &first, &last), 0, N / 50);
	memset(far, 0, sizeof(far));
	assert_int_equal(count(N, ~0u, &first, &last), 0);
}

static void test_tone_in_noise(void **state)
{
	int first, last;

	(void)state;
	put_tones(far, N, 1004, 0, -15);
	for (int i = 0; i < N; i++)
		far[i] = wave_alaw(far[i] + wave_gauss() * wave_rms(-15 - 30));
	assert_in_range(count(N, GUARD_TONES, &first, &last), N * 97 / 100, N);
	/* A filter learns from noise only 12 dB down, and shall. */
	for (int i = 0; i < N; i++)
		far[i] = wave_alaw(far[i] + wave_gauss() * wave_rms(-15 - 12));
	assert_int_equal(count(N, GUARD_TONES, &first, &last), 0);
}

static void put_harmonics(double hz, int step)
{
	for (int i = 0; i < N; i++) {
		double sum = 0;

		for (int h = 1; h * hz < 3400; h += step)
			sum += cos(2 * M_PI * hz * h * i / RATE + h * h) / sqrt(h);
		far[i] = wave_alaw(sum * wave_peak(-20));
	}
}

static void test_periodic(void **state)
{
	static const double pitches[] = {50, 100, 200, 330, 400};
	int first, last;

	(void)state;
	for (int i = 0; i < 5; i++) {
		/* Hum of 50 Hz: the odd harmonics up to 950. */
		put_harmonics(pitches[i], pitches[i] < 60 ? 6 : 1 + (pitches[i] > 300));
		count(N, GUARD_PERIODIC, &first, &last);
		if (first < 0 || first > 4000)
			fail_msg("%g Hz: told after %d", pitches[i], first);
		assert_int_equal(last, N - 1);
	}
	put_noise(far + RATE, RATE, -15);
	count(N, GUARD_PERIODIC, &first, &last);
	assert_in_range(last, RATE - 1, RATE + 240);
}

static void test_line_signals(void **state)
{
	static const double hz[] = {1780, 2000, 2010, 2400, 2600};
	int first, last;

	(void)state;
	for (int i = 0; i < 5; i++) {
		for (int j = 0; j < 5; j++) {
			put_tones(far, N, hz[i], 0, -12);
			put_tones(near, N, hz[j], 0, -18);
			assert_in_range(count(N, GUARD_LINE, &first, &last), N * 98 / 100, N);
			assert_in_range(first, 0, 16 * 8);
		}
		memset(near, 0, sizeof(near));
		assert_int_equal(count(N, GUARD_LINE, &first, &last), 0);
		put_noise(near, N, -18);
		assert_int_equal(count(N, GUARD_LINE, &first, &last), 0);
		put_tones(near, N, 1004, 0, -18);
		assert_int_equal(count(N, GUARD_LINE, &first, &last), 0);
	}
	put_tones(far, N, 1004, 0, -12);
	put_tones(near, N, 1004, 0, -12);
	assert_int_equal(count(N, GUARD_LINE, &first, &last), 0);
	put_tones(far, N, 2100, 0, -12);
	put_tones(near, N, 2100, 0, -12);
	assert_int_equal(count(N, GUARD_LINE, &first, &last), 0);
	memset(near, 0, sizeof(near));
}

/* The extremes of every sum; UBSan watches. Then it has to be itself again. */
static void test_extremes(void **state)
{
	int first, last;

	(void)state;
	for (int period = 1; period <= 64; period *= 2) {
		for (int i = 0; i < N; i++) {
			far[i] = i / period % 2 ? 32767 : -32768;
			near[i] = period % 3 ? far[i] : -32768;
		}
		count(N, ~0u, &first, &last);
	}
	for (int i = 0; i < N; i++)
		far[i] = wave_random() < 0.5 ? 32767 : -32768;
	assert_int_equal(count(N, ~0u, &first, &last), 0);
	for (int i = 0; i < N; i++)
		far[i] = -32768;
	assert_in_range(count(N, GUARD_TONES, &first, &last), N - 80, N);
	memset(near, 0, sizeof(near));
	put_noise(far + RATE, RATE, -15);
	count(N, ~0u, &first, &last);
	assert_in_range(last, RATE - 1, RATE + 240);
}

static void test_any_cut(void **state)
{
	struct guard whole, cut;
	unsigned int answer = 0;

	(void)state;
	put_harmonics(200, 1);
	put_tones(far, RATE, 941, 1633, -15);
	put_noise(near, N, -30);
	guard_init(&whole);
	guard_init(&cut);
	for (int i = 0, n; i < N; i += n) {
		n = 1 + (int)(wave_random() * 300);
		if (n > N - i)
			n = N - i;
		answer = guard_process(&cut, far + i, near + i, n);
	}
	assert_int_equal(guard_process(&whole, far, near, N), answer);
	assert_memory_equal(&whole, &cut, sizeof(cut));
	memset(near, 0, sizeof(near));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_tones),         cmocka_unit_test(test_not_tones),
		cmocka_unit_test(test_tone_in_noise), cmocka_unit_test(test_periodic),
		cmocka_unit_test(test_line_signals),  cmocka_unit_test(test_extremes),
		cmocka_unit_test(test_any_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
