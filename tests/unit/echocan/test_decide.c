/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which filter is right: two who speak and have no echo, an echo below the near end's noise, a near end
 * that is louder than all echo.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "echocan/echocan.h"
#include "waves.h"

#define SECONDS 12
#define N       (SECONDS * RATE)

static int16_t rin[N], near_end[N], sin_[N], out[N];

/* A voice: a pitch that wanders by at most @wander a sound, two formants for each sound, a pause after some. */
struct voice {
	double phase, pitch, wander, f[2], y[2][2], loud;
	int left;
};

static void next_sound(struct voice *v)
{
	v->left = (int)(RATE * (0.06 + 0.15 * wave_random()));
	v->pitch *= 1 + v->wander * (2 * wave_random() - 1);
	v->pitch = fmin(220, fmax(90, v->pitch));
	v->f[0] = 300 + 500 * wave_random();
	v->f[1] = 900 + 1500 * wave_random();
	v->loud = wave_random() < 0.3 ? 0 : 0.3 + wave_random();
}

static double speak(struct voice *v)
{
	double x = 0.02 * wave_gauss(), sum = 0;

	if (!v->left--)
		next_sound(v);
	v->phase += v->pitch / RATE;
	if (v->phase >= 1) {
		v->phase -= 1;
		x += 1;
	}
	for (int n = 0; n < 2; n++) {
		double r = 0.97, c = 2 * r * cos(2 * M_PI * v->f[n] / RATE);
		double y = v->loud * x + c * v->y[n][0] - r * r * v->y[n][1];

		v->y[n][1] = v->y[n][0];
		v->y[n][0] = y;
		sum += y * (n ? 0.5 : 1);
	}
	return sum;
}

static void put_voice(int16_t *x, unsigned int seed, double wander, double rms)
{
	static double y[N];
	struct voice v = {.pitch = 120, .wander = wander};
	double power = 0;

	wave_seed = seed * 2654435761u;
	for (int i = 0; i < N; i++) {
		y[i] = speak(&v);
		power += y[i] * y[i];
	}
	for (int i = 0; i < N; i++)
		x[i] = wave_alaw(y[i] * rms / sqrt(power / N));
}

static void put_noise(int16_t *x, double rms)
{
	for (int i = 0; i < N; i++)
		x[i] = wave_alaw(wave_gauss() * rms);
}

static double rin_at(int i)
{
	return i < 0 ? 0 : rin[i];
}

/* Near end and echo of the far end, @delay late. */
static void put_line(int delay, double gain)
{
	for (int i = 0; i < N; i++) {
		int at = i - delay;
		double echo = 0.7 * rin_at(at) - 0.5 * rin_at(at - 3) + 0.3 * rin_at(at - 9) -
			      0.2 * rin_at(at - 20);

		sin_[i] = wave_alaw(near_end[i] + gain * echo);
	}
	memcpy(out, sin_, sizeof(out));
}

static struct echocan *create(int tail_ms)
{
	struct echocan_config c = {.tail_ms = (uint16_t)tail_ms, .simd = ECHOCAN_AVX2};
	size_t size = (echocan_size(&c) + 63) / 64 * 64;
	struct echocan *ec = aligned_alloc(64, size);

	assert_non_null(ec);
	assert_int_equal(echocan_init(ec, size, &c), 0);
	return ec;
}

static void run(struct echocan *ec, int from, int to)
{
	echocan_process(ec, out + from, rin + from, to - from);
}

/* What is left of @x besides @what, relative to @what [dB]. */
static double beside(const int16_t *x, const int16_t *what, int from, int to)
{
	double rest = 1, all = 1;

	for (int i = from; i < to; i++) {
		rest += (double)(x[i] - what[i]) * (x[i] - what[i]);
		all += (double)what[i] * what[i];
	}
	return 10 * log10(rest / all);
}

/* Monotonous voices: chance makes them alike now and then, and the filter must not believe it. */
static void two_who_speak_have_no_echo(void **state)
{
	static const double near_rms[] = {600, 2000, 6000};
	struct echocan_stats stats;
	int fooled = 0;

	(void)state;
	for (unsigned int n = 0; n < 40; n++) {
		struct echocan *ec = create(n & 1 ? 64 : 128);

		put_voice(rin, 2 * n + 1, 0.02, 2000);
		put_voice(near_end, 2 * n + 2, 0.02, near_rms[n % 3]);
		put_line(0, 0);
		run(ec, 0, N);
		echocan_read_stats(ec, &stats);
		fooled += stats.copies > 0;
		if (!stats.copies)
			assert_memory_equal(out, sin_, sizeof(out));
		free(ec);
	}
	assert_in_range(fooled, 0, 2);
}

/* As loud as the noise, then 6 dB below it: it is found, and next to no noise is added. */
static void echo_below_the_noise(void **state)
{
	static const int tails[] = {64, 128};

	(void)state;
	for (int n = 0; n < 4; n++) {
		struct echocan *ec = create(tails[n % 2]);
		struct echocan_stats stats;

		wave_seed = 77 + (unsigned int)n;
		put_noise(rin, 3000);
		for (int i = 0; i < N; i++)
			rin[i] = i % 2800 < 2000 ? rin[i] : 8;
		put_noise(near_end, 300);
		put_line(200, n < 2 ? 0.1 : 0.065);
		run(ec, 0, N);
		echocan_read_stats(ec, &stats);
		assert_int_equal(stats.state, ECHOCAN_CANCELLING);
		assert_true(beside(out, near_end, N - 3 * RATE, N) < -9);
		free(ec);
	}
}

/* A filter that has been good stays while the near end is louder than the far end. */
static void loud_near_end(void **state)
{
	const int from = 10 * RATE;

	(void)state;
	for (unsigned int n = 0; n < 12; n++) {
		struct echocan *ec = create(128);

		put_voice(rin, 2 * n + 101, 0.1, 2000);
		put_voice(near_end, 2 * n + 102, 0.1, 5000);
		for (int i = 0; i < N; i++)
			if (i < 4 * RATE || i >= from)
				near_end[i] = 8;
		put_line(150, 0.5);
		run(ec, 0, from);
		echocan_freeze(ec, true);
		run(ec, from, N);
		assert_true(beside(sin_, near_end, from, N) - beside(out, near_end, from, N) > 16);
		free(ec);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(two_who_speak_have_no_echo),
		cmocka_unit_test(echo_below_the_noise),
		cmocka_unit_test(loud_near_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
