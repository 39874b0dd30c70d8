/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <math.h>

#include "core/channel/g711.h"
#include "core/channel/level.h"

#define N 8000

static int16_t wave[N];

static void fill_sine(double hz, double peak)
{
	for (int i = 0; i < N; i++)
		wave[i] = (int16_t)lrint(peak * sin(2 * M_PI * hz * (i + 0.5) / 8000));
}

static void assert_near(double got, double want, double tolerance)
{
	if (!(fabs(got - want) <= tolerance))
		fail_msg("%g, expected %g within %g", got, want, tolerance);
}

static void test_reference_levels(void **state)
{
	static const uint8_t milliwatt[] = {0x34, 0x21, 0x21, 0x34, 0xb4, 0xa1, 0xa1, 0xb4};
	int16_t square[2] = {32767, -32767};

	(void)state;
	fill_sine(1004, 22828);
	assert_near(level_block(wave, N), 0, 0.005);
	assert_near(level_amplitude(0), 22828, 1);
	assert_near(level_amplitude(3.14f), 32768, 3);
	assert_near(level_block(square, 2), 6.15, 0.001);
	assert_near(level_block_alaw(milliwatt, 8), 0, 0.03);
}

static void test_silence(void **state)
{
	const uint8_t idle[4] = {ALAW_IDLE, ALAW_IDLE, ALAW_IDLE, ALAW_IDLE};
	int16_t zero[4] = {0};

	(void)state;
	assert_true(level_block(zero, 4) == LEVEL_FLOOR);
	assert_true(level_block(zero, 0) == LEVEL_FLOOR);
	assert_true(level_block_alaw(idle, 0) == LEVEL_FLOOR);
	assert_true(level_dbm0(1e-30) == LEVEL_FLOOR);
	assert_near(level_block_alaw(idle, 4), -66, 0.2);
}

static void test_extremes(void **state)
{
	int16_t low[3] = {-32768, -32768, -32768};

	(void)state;
	assert_near(level_block(low, 3), 6.15, 0.001);
}

static void test_meter_follows(void **state)
{
	struct level_meter m;
	float before;

	(void)state;
	level_meter_init(&m, 8);
	assert_true(level_meter_dbm0(&m) == LEVEL_FLOOR);
	fill_sine(1000, 22828);
	level_meter_feed(&m, wave, N);
	assert_near(level_meter_dbm0(&m), 0, 0.1);
	before = level_meter_dbm0(&m);
	/* One time constant of silence: 4.34 dB lower. */
	fill_sine(1000, 0);
	level_meter_feed(&m, wave, 256);
	assert_near(before - level_meter_dbm0(&m), 4.34, 0.02);
	for (int i = 0; i < 10; i++)
		level_meter_feed(&m, wave, N);
	assert_true(level_meter_dbm0(&m) == LEVEL_FLOOR);
}

static void test_meter_cut_does_not_matter(void **state)
{
	struct level_meter a, b;

	(void)state;
	level_meter_init(&a, 10);
	level_meter_init(&b, 10);
	fill_sine(440, 9000);
	level_meter_feed(&a, wave, N);
	for (int i = 0; i < N; i += 8)
		level_meter_feed(&b, wave + i, 8);
	assert_true(a.power == b.power);
}

static void test_meter_full_scale(void **state)
{
	static const unsigned shifts[] = {0, 1, 20, 99};

	(void)state;
	for (int i = 0; i < N; i++)
		wave[i] = INT16_MIN;
	for (int s = 0; s < 4; s++) {
		struct level_meter m;

		level_meter_init(&m, shifts[s]);
		assert_in_range(m.shift, 1, 20);
		for (int i = 0; i < 2000; i++)
			level_meter_feed(&m, wave, N);
		assert_near(level_meter_dbm0(&m), 6.15, 0.01);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_reference_levels),
		cmocka_unit_test(test_silence),
		cmocka_unit_test(test_extremes),
		cmocka_unit_test(test_meter_follows),
		cmocka_unit_test(test_meter_cut_does_not_matter),
		cmocka_unit_test(test_meter_full_scale),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
