/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Comfort noise: level within 1 dB and spectrum of white, coloured and resonant backgrounds, after the
 * level falls and rises; speech on top of it and spoilt frames leave it alone.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <string.h>

#include "echocan/comfort.h"
#include "waves.h"

#define N (10 * RATE)

static int16_t in[N], out[N];

enum colour { WHITE, HOTH, RESONANT, COLOURS };

static void put_noise(int16_t *x, int n, enum colour colour, double dbm0)
{
	double past[2] = {0}, y = 0;

	for (int i = 0; i < n; i++) {
		double w = wave_gauss();

		switch (colour) {
		case WHITE: y = w; break;
		case HOTH: y = 0.625 * past[0] + 0.375 * w * 2.0817; break;
		/* A fan: one resonance. */
		default: y = 1.6 * past[0] - 0.9 * past[1] + 0.2345 * w; break;
		}
		past[1] = past[0];
		past[0] = y;
		x[i] = wave_alaw(y * wave_rms(dbm0));
	}
}

static void listen(struct comfort *c, const int16_t *x, int n, bool clean)
{
	for (int i = 0; i + COMFORT_CHUNK <= n; i += COMFORT_CHUNK)
		comfort_listen(c, x + i, clean);
}

static int16_t make(struct comfort *c)
{
	int16_t x;

	comfort_make(c, &x, 1);
	return x;
}

/* Level as it goes onto the line. */
static double made(struct comfort *c, int n)
{
	for (int i = 0; i < n; i++)
		out[i] = wave_alaw(make(c));
	return wave_dbm0(wave_mean_square(out, n));
}

static double correlation(const int16_t *x, int n, int lag)
{
	double sum = 0, power = 0;

	for (int i = lag; i < n; i++) {
		sum += (double)x[i] * x[i - lag];
		power += (double)x[i] * x[i];
	}
	return sum / power;
}

static void assert_near(double got, double want, double tolerance)
{
	if (!(fabs(got - want) <= tolerance))
		fail_msg("%g, expected %g within %g", got, want, tolerance);
}

static void test_unknown(void **state)
{
	struct comfort c;

	(void)state;
	comfort_init(&c, 1);
	assert_int_equal(comfort_power(&c), 0);
	for (int i = 0; i < 100; i++)
		assert_int_equal(make(&c), 0);
}

static void test_level_and_spectrum(void **state)
{
	static const double levels[] = {-25, -35, -45, -55, -60};
	struct comfort c;

	(void)state;
	for (int colour = 0; colour < COLOURS; colour++) {
		for (int l = 0; l < 5; l++) {
			put_noise(in, N, colour, levels[l]);
			comfort_init(&c, 7);
			listen(&c, in, N, true);
			assert_near(made(&c, N), wave_dbm0(wave_mean_square(in, N)), 1);
			for (int lag = 1; lag <= COMFORT_ORDER; lag++)
				assert_near(correlation(out, N, lag), correlation(in, N, lag),
					    0.12);
		}
	}
}

/* Of an idle line only A-law's own constant is left; it goes on, and no noise is made of it. */
static void test_idle_line(void **state)
{
	struct comfort c;

	(void)state;
	comfort_init(&c, 7);
	for (int i = 0; i < N; i++)
		in[i] = 8;
	listen(&c, in, N, true);
	for (int i = 0; i < 1000; i++)
		assert_int_equal(make(&c), 8);
}

/* G.168 test 9: it follows. */
static void test_follows(void **state)
{
	struct comfort c;

	(void)state;
	comfort_init(&c, 7);
	put_noise(in, N, WHITE, -45);
	listen(&c, in, N, true);
	assert_near(made(&c, 5600), -45, 1);
	put_noise(in, N, WHITE, -55);
	listen(&c, in, N, true);
	assert_near(made(&c, 5600), -55, 1);
	put_noise(in, N, WHITE, -45);
	listen(&c, in, N, true);
	assert_near(made(&c, 5600), -45, 1);
	/* A louder background is believed after a second and a half, not before. */
	put_noise(in, RATE, WHITE, -30);
	listen(&c, in, RATE, true);
	assert_near(made(&c, 5600), -45, 1);
	put_noise(in, N, WHITE, -30);
	listen(&c, in, N, true);
	assert_near(made(&c, 5600), -30, 1);
}

static void test_speech_and_echo(void **state)
{
	struct comfort c;

	(void)state;
	/* Words of 400 ms, pauses of 200 ms. */
	put_noise(in, N, HOTH, -50);
	for (int i = 0; i < N; i++)
		if (i % 4800 < 3200)
			in[i] = wave_alaw(in[i] + wave_peak(-18) * sin(i * 0.1 + sin(i * 0.003)));
	comfort_init(&c, 7);
	listen(&c, in, N, true);
	assert_near(made(&c, N), -50, 1);
	/* What the caller calls echo does not count, whatever it is. */
	put_noise(in, N, WHITE, -20);
	listen(&c, in, N, false);
	assert_near(made(&c, N), -50, 1);
}

static void test_extremes(void **state)
{
	struct comfort c;

	(void)state;
	for (int period = 1; period <= 1024; period *= 2) {
		comfort_init(&c, 7);
		for (int i = 0; i < N; i++)
			in[i] = i / period % 2 ? 32767 : -32768;
		listen(&c, in, N, true);
		made(&c, N);
	}
	/* The sharpest resonance that the coefficients allow stays within bounds. */
	for (int i = 0; i < N; i++)
		in[i] = (int16_t)(32767 * sin(2 * M_PI * 50 * i / RATE));
	comfort_init(&c, 7);
	listen(&c, in, N, true);
	assert_true(made(&c, N) < 7);
	put_noise(in, N, WHITE, -45);
	listen(&c, in, N, true);
	made(&c, 1000);
	assert_near(made(&c, 5600), -45, 1);
}

static void test_seeds(void **state)
{
	struct comfort a, b, same;
	int differ = 0;

	(void)state;
	put_noise(in, N, WHITE, -40);
	comfort_init(&a, 1);
	comfort_init(&b, 2);
	comfort_init(&same, 1);
	listen(&a, in, N, true);
	listen(&b, in, N, true);
	listen(&same, in, N, true);
	for (int i = 0; i < 1000; i++) {
		int16_t x = make(&a);

		assert_int_equal(make(&same), x);
		differ += make(&b) != x;
	}
	assert_true(differ > 900);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_unknown),         cmocka_unit_test(test_level_and_spectrum),
		cmocka_unit_test(test_idle_line),       cmocka_unit_test(test_follows),
		cmocka_unit_test(test_speech_and_echo), cmocka_unit_test(test_extremes),
		cmocka_unit_test(test_seeds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
