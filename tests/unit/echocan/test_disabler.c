/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The tone disabler: what acts and when, what does not, what releases and what holds; limits of
 * docs/performance.md's table "tone disabler" (G.164, G.165, G.168).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <string.h>

#include "echocan/disabler.h"
#include "waves.h"

#define N (4 * RATE)

static int16_t signal[N], silence[N];

struct tone {
	double hz, dbm0;
	double degrees; /* of a reversal */
	double spacing_ms, first_ms; /* of reversals */
	double am; /* 15 Hz, share */
	double noise; /* dB below the tone */
};

static void put_tone(const struct tone *t, int n)
{
	double phase = wave_random() * 6, next = t->first_ms;

	for (int i = 0; i < n; i++) {
		double peak = wave_peak(t->dbm0) * (1 + t->am * sin(2 * M_PI * 15 * i / RATE));

		if (t->spacing_ms > 0 && i >= next * 8) {
			phase += t->degrees * M_PI / 180;
			next += t->spacing_ms;
		}
		phase += 2 * M_PI * t->hz / RATE;
		signal[i] =
			wave_alaw(peak * sin(phase) +
				  (t->noise > 0 ? wave_gauss() * wave_rms(t->dbm0 - t->noise) : 0));
	}
}

struct heard {
	int fax, off, on; /* samples until that state, -1: never */
};

static struct heard hear(int n, bool from_near)
{
	struct heard h = {-1, -1, -1};
	struct disabler d;

	disabler_init(&d);
	for (int i = 0; i < n; i++) {
		enum disabler_state s = disabler_process(&d, (from_near ? silence : signal) + i,
							 (from_near ? signal : silence) + i, 1);

		if (s == DISABLER_FAX && h.fax < 0)
			h.fax = i;
		if (s == DISABLER_OFF && h.off < 0)
			h.off = i;
		if (s == DISABLER_ON && (h.fax >= 0 || h.off >= 0) && h.on < 0)
			h.on = i;
	}
	return h;
}

static void test_acts(void **state)
{
	static const double degrees[] = {180, 155, 205, -180}, levels[] = {0, -6, -31};

	(void)state;
	for (int i = 0; i < 240; i++) {
		struct tone t = {.hz = 2079 + 42 * wave_random(),
				 .dbm0 = levels[i % 3],
				 .degrees = degrees[i / 3 % 4],
				 .spacing_ms = 425 + 50 * wave_random(),
				 .first_ms = 200 + 250 * wave_random(),
				 .am = i % 2 ? 0.2 : 0};
		struct heard h;

		put_tone(&t, 2 * RATE);
		h = hear(2 * RATE, i % 5 == 0);
		/* Within a second of the first, and not before the second is there. */
		if (h.off < 8 * (t.first_ms + t.spacing_ms) ||
		    h.off > 8 * (t.first_ms + t.spacing_ms + 25))
			fail_msg("%g Hz, %g degrees each %g ms: off at %g, reversals at %g, %g",
				 t.hz, t.degrees, t.spacing_ms, h.off / 8.0, t.first_ms,
				 t.first_ms + t.spacing_ms);
	}
}

static void test_in_noise(void **state)
{
	struct tone t = {
		.hz = 2100, .dbm0 = -20, .degrees = 180, .spacing_ms = 450, .first_ms = 450};

	(void)state;
	t.noise = 11;
	for (int i = 0; i < 50; i++) {
		put_tone(&t, 2 * RATE);
		assert_in_range(hear(2 * RATE, i % 2).off, 900 * 8, 1000 * 8);
	}
}

static void test_small_turns(void **state)
{
	static const double degrees[] = {110, -110, 90, 45, 0};

	(void)state;
	for (int i = 0; i < 100; i++) {
		struct tone t = {.hz = 2085 + 30 * wave_random(),
				 .dbm0 = -6 - 20 * wave_random(),
				 .degrees = degrees[i % 5],
				 .spacing_ms = 450,
				 .first_ms = 450};
		struct heard h;

		put_tone(&t, N);
		h = hear(N, i % 2);
		assert_int_equal(h.off, -1);
		assert_in_range(h.fax, 190 * 8, 260 * 8);
	}
}

/* One reversal, or a row with another rhythm, is no modem. */
static void test_rhythm(void **state)
{
	static const double spacing[] = {250, 300, 380, 530, 600, 5000};
	struct tone t = {.hz = 2100, .dbm0 = -12, .degrees = 180, .first_ms = 600};

	(void)state;
	for (int i = 0; i < 6; i++) {
		t.spacing_ms = spacing[i];
		put_tone(&t, N);
		assert_int_equal(hear(N, false).off, -1);
	}
}

static void test_other_frequencies(void **state)
{
	static const double hz[] = {1300, 1650, 1850, 2000, 2040, 2160, 2200, 2225, 2400};
	struct tone t = {.dbm0 = -12, .degrees = 180, .spacing_ms = 450, .first_ms = 450};

	(void)state;
	for (int i = 0; i < 9; i++) {
		struct heard h;

		t.hz = hz[i];
		put_tone(&t, N);
		h = hear(N, i % 2);
		assert_int_equal(h.off, -1);
		assert_int_equal(h.fax, -1);
	}
}

static void test_weak(void **state)
{
	struct tone t = {
		.hz = 2100, .dbm0 = -37, .degrees = 180, .spacing_ms = 450, .first_ms = 450};
	struct heard h;

	(void)state;
	put_tone(&t, N);
	h = hear(N, false);
	assert_int_equal(h.off, -1);
	assert_int_equal(h.fax, -1);
}

/* V.21 channel 2, preamble: 300 bit/s of 1650 and 1850 Hz. */
static void test_v21(void **state)
{
	double phase = 0;
	struct heard h;

	(void)state;
	for (int i = 0; i < N; i++) {
		phase += 2 * M_PI * ((0x7e >> (i * 3 / 80) % 8) & 1 ? 1650 : 1850) / RATE;
		signal[i] = wave_alaw(wave_peak(-12) * sin(phase));
	}
	h = hear(N, false);
	assert_int_equal(h.off, -1);
	assert_int_equal(h.fax, -1);
}

static void test_noise(void **state)
{
	struct heard h;

	(void)state;
	for (int i = 0; i < N; i++)
		signal[i] = wave_alaw(wave_gauss() * wave_rms(-10));
	h = hear(N, false);
	assert_int_equal(h.off, -1);
	assert_int_equal(h.fax, -1);
}

/* After the disabling tone, @hz at @dbm0 the other way: how long the state lasts [ms], -1: for ever. */
static double lasts(double hz, double dbm0, double gap_ms)
{
	struct tone t = {
		.hz = 2100, .dbm0 = -12, .degrees = 180, .spacing_ms = 450, .first_ms = 450};
	int end = 12 * 1000;
	struct disabler d;
	enum disabler_state s;

	put_tone(&t, end);
	disabler_init(&d);
	s = disabler_process(&d, signal, silence, end);
	assert_int_equal(s, DISABLER_OFF);
	for (int i = end; i < end + 2 * RATE; i++) {
		int16_t x = wave_alaw(wave_peak(dbm0) * sin(2 * M_PI * hz * i / RATE)), none = 8;

		if (i - end < gap_ms * 8)
			x = 8;
		if (disabler_process(&d, &none, &x, 1) != DISABLER_OFF)
			return (i - end) / 8.0;
	}
	return -1;
}

static void test_release(void **state)
{
	static const double band[] = {700, 1000, 1800, 2100, 3000};
	double ms;

	(void)state;
	ms = lasts(1000, -90, 0);
	if (ms < 100 || ms > 400)
		fail_msg("released after %g ms of silence", ms);
	for (int i = 0; i < 5; i++) {
		assert_true(lasts(band[i], -31, 0) < 0);
		ms = lasts(band[i], -36.5, 0);
		if (ms < 100 || ms > 400)
			fail_msg("%g Hz at -36.5: released after %g ms", band[i], ms);
	}
	/* A gap of 100 ms is none; hum does not hold. */
	assert_true(lasts(1800, -20, 100) < 0);
	ms = lasts(50, -15, 0);
	assert_true(ms >= 100 && ms <= 400);
}

/* CED, then silence: back to normal. CED, 75 ms, V.21: the NLP stays out of the way. */
static void test_fax(void **state)
{
	struct tone t = {.hz = 2100, .dbm0 = -12};
	struct heard h;

	(void)state;
	put_tone(&t, N);
	memset(signal + 2 * RATE, 0, 2 * RATE * sizeof(signal[0]));
	h = hear(N, true);
	assert_in_range(h.fax, 190 * 8, 215 * 8);
	assert_int_equal(h.off, -1);
	assert_in_range(h.on, 2 * RATE + 100 * 8, 2 * RATE + 400 * 8);
	for (int i = 2 * RATE + 600; i < N; i++)
		signal[i] = wave_alaw(wave_peak(-12) * sin(2 * M_PI * 1850 * i / RATE));
	assert_int_equal(hear(N, true).on, -1);
}

static void test_extremes(void **state)
{
	(void)state;
	for (int i = 0; i < N; i++)
		signal[i] = sin(2 * M_PI * 2100 * i / RATE) >= 0 ? 32767 : -32768;
	assert_true(hear(N, false).off < 0);
	for (int i = 0; i < N; i++)
		signal[i] = i / 80 % 2 ? 32767 : -32768;
	assert_true(hear(N, true).fax < 0);
}

static void test_any_cut(void **state)
{
	struct tone t = {
		.hz = 2110, .dbm0 = -12, .degrees = 180, .spacing_ms = 450, .first_ms = 450};
	struct disabler whole, cut;

	(void)state;
	put_tone(&t, N);
	disabler_init(&whole);
	disabler_init(&cut);
	for (int i = 0, n; i < N; i += n) {
		n = 1 + (int)(wave_random() * 300);
		if (n > N - i)
			n = N - i;
		disabler_process(&cut, signal + i, silence + i, n);
	}
	assert_int_equal(disabler_process(&whole, signal, silence, N), DISABLER_OFF);
	assert_memory_equal(&whole, &cut, sizeof(cut));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_acts),
		cmocka_unit_test(test_in_noise),
		cmocka_unit_test(test_small_turns),
		cmocka_unit_test(test_rhythm),
		cmocka_unit_test(test_other_frequencies),
		cmocka_unit_test(test_weak),
		cmocka_unit_test(test_v21),
		cmocka_unit_test(test_noise),
		cmocka_unit_test(test_release),
		cmocka_unit_test(test_fax),
		cmocka_unit_test(test_extremes),
		cmocka_unit_test(test_any_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
