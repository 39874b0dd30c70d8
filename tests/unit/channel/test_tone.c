/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <errno.h>
#include <math.h>
#include <string.h>

#include "core/channel/g711.h"
#include "core/channel/level.h"
#include "core/channel/tone.h"

#define N 80000

static int16_t wave[N];

static const struct tone_def busy = {
	.freq = {{450, -10}},
	.n_freqs = 1,
	.step = {{.on_ms = 350, .off_ms = 350, .freqs = 1}},
	.n_steps = 1,
};

static struct tone_prog compiled(const struct tone_def *def)
{
	struct tone_prog p;

	assert_int_equal(tone_compile(def, &p), 0);
	return p;
}

static struct tone_prog continuous(float hz, float dbm0)
{
	struct tone_def def = {.freq = {{hz, dbm0}}, .n_freqs = 1};

	return compiled(&def);
}

static void assert_near(double got, double want, double tolerance)
{
	if (!(fabs(got - want) <= tolerance))
		fail_msg("%g, expected %g within %g", got, want, tolerance);
}

static void test_digital_milliwatt(void **state)
{
	/* G.711 table 5, from the positive half wave on */
	static const uint8_t want[] = {0xb4, 0xa1, 0xa1, 0xb4, 0x34, 0x21, 0x21, 0x34};
	struct tone_prog p = continuous(1000, 0);
	struct tone t;
	uint8_t got[8];

	(void)state;
	tone_start(&t, &p);
	for (int i = 0; i < 100000; i++) {
		assert_int_equal(tone_alaw(&t, got, 8), 8);
		assert_memory_equal(got, want, 8);
	}
}

static void test_against_libm(void **state)
{
	static const double hz[] = {20, 425, 450, 1400, 2600, 3980};
	/* Half of 2^-32 of a period, each sample: less than 1 microhertz. */
	const double slip = 2 * M_PI * 0x1p-33;
	struct tone t;

	(void)state;
	for (int f = 0; f < 6; f++) {
		struct tone_prog p = continuous((float)hz[f], 3);
		double amp = level_amplitude(3);

		tone_start(&t, &p);
		assert_int_equal(tone_linear(&t, wave, N), N);
		for (int i = 0; i < N; i++)
			assert_near(wave[i], amp * sin(2 * M_PI * hz[f] * (i + 0.5) / 8000),
				    0.6 + i * slip * amp);
	}
}

/* Ten hours later, and past 2^32 samples, it is the same pure sine. */
static void test_does_not_drift(void **state)
{
	static const uint64_t later[] = {10ull * 3600 * 8000, (1ull << 32) - 40000};
	struct tone_prog p = continuous(450, -10);
	double k = 2 * cos(2 * M_PI * 450 / 8000);
	struct tone t;

	(void)state;
	for (int l = 0; l < 2; l++) {
		tone_start(&t, &p);
		t.n = later[l];
		assert_int_equal(tone_linear(&t, wave, N), N);
		assert_near(level_block(wave, N), -10, 0.001);
		/* x[n+1] + x[n-1] = 2 cos(w) x[n], up to rounding */
		for (int i = 1; i < N - 1; i++)
			assert_near(wave[i + 1] + wave[i - 1], k * wave[i], 2.1);
	}
}

static void test_cadence_to_the_sample(void **state)
{
	struct tone_prog p = compiled(&busy);
	struct tone t;
	int n = 0;

	(void)state;
	tone_start(&t, &p);
	assert_int_equal(tone_linear(&t, wave, N), N);
	for (int i = 0; i < N; i++) {
		bool on = i % 5600 < 2800;

		if (!on)
			assert_int_equal(wave[i], 0);
		else if (wave[i] != 0)
			n++;
	}
	assert_true(n > N / 2 * 9 / 10);
	assert_true(wave[0] != 0 && wave[2799] != 0 && wave[5600] != 0);
	/* Keyed, not restarted: the phase runs on through the pause. */
	assert_near(wave[5600], level_amplitude(-10) * sin(2 * M_PI * 450 * 5600.5 / 8000), 0.6);
}

static void test_cut_does_not_matter(void **state)
{
	static const size_t cuts[] = {1, 7, 8, 160, 2799, 2801};
	struct tone_prog p = compiled(&busy);
	static uint8_t whole[N], cut[N];
	struct tone t;

	(void)state;
	tone_start(&t, &p);
	tone_alaw(&t, whole, N);
	assert_int_equal(whole[2800], ALAW_IDLE);
	for (int c = 0; c < 6; c++) {
		tone_start(&t, &p);
		for (size_t at = 0; at < N; at += cuts[c])
			tone_alaw(&t, cut + at, at + cuts[c] > N ? N - at : cuts[c]);
		assert_memory_equal(whole, cut, N);
	}
}

static void test_repeat_ends(void **state)
{
	struct tone_def def = busy;
	struct tone_prog p;
	struct tone t;

	(void)state;
	def.repeat = 2;
	p = compiled(&def);
	tone_start(&t, &p);
	assert_int_equal(tone_linear(&t, wave, 11199), 11199);
	assert_false(t.done);
	assert_int_equal(tone_linear(&t, wave, 100), 1);
	assert_true(t.done);
	assert_int_equal(tone_linear(&t, wave, 100), 0);
	assert_int_equal(tone_alaw(&t, (uint8_t *)wave, 100), 0);
}

static void test_loop_from(void **state)
{
	/* Louder once, then the last step for ever. */
	struct tone_def def = {
		.freq = {{950, -15}},
		.n_freqs = 1,
		.n_steps = 2,
		.loop_from = 1,
		.step = {{.on_ms = 1000, .freqs = 1}, {.on_ms = 1000, .freqs = 1, .gain_db = 18}}};
	struct tone_prog p = compiled(&def);
	struct tone t;

	(void)state;
	tone_start(&t, &p);
	tone_linear(&t, wave, 8000);
	assert_near(level_block(wave, 8000), -15, 0.02);
	for (int i = 0; i < 5; i++) {
		tone_linear(&t, wave, 8000);
		assert_near(level_block(wave, 8000), 3, 0.02);
	}
}

static void test_frequencies_in_turn(void **state)
{
	struct tone_def def = {.freq = {{950, -10}, {1400, -10}, {1800, -10}},
			       .n_freqs = 3,
			       .n_steps = 3,
			       .step = {{330, 30, 1, 0}, {330, 30, 2, 0}, {330, 1000, 4, 0}}};
	static const double hz[] = {950, 1400, 1800};
	struct tone_prog p = compiled(&def);
	struct tone t;

	(void)state;
	tone_start(&t, &p);
	tone_linear(&t, wave, 16400);
	for (int s = 0; s < 3; s++) {
		for (int i = s * 2880; i < s * 2880 + 2640; i++)
			assert_near(wave[i],
				    level_amplitude(-10) * sin(2 * M_PI * hz[s] * (i + 0.5) / 8000),
				    0.6);
		assert_int_equal(wave[s * 2880 + 2640], 0);
	}
	for (int i = 2 * 2880 + 2640; i < 16400; i++)
		assert_int_equal(wave[i], 0);
}

static void test_mixture(void **state)
{
	struct tone_def def = {.freq = {{350, -13}, {440, -13}}, .n_freqs = 2};
	struct tone_prog p = compiled(&def);
	struct tone t;

	(void)state;
	tone_start(&t, &p);
	tone_linear(&t, wave, N);
	assert_near(level_block(wave, N), -10, 0.05);
}

static void assert_refused(struct tone_def def)
{
	struct tone_prog p;

	memset(&p, 0x5a, sizeof(p));
	assert_int_equal(tone_compile(&def, &p), -EINVAL);
	assert_int_equal(p.inc[0], 0x5a5a5a5a);
}

static void test_bad_definitions(void **state)
{
	struct tone_def d;

	(void)state;
#define REFUSED(change)                                                                            \
	do {                                                                                       \
		d = busy;                                                                          \
		change;                                                                            \
		assert_refused(d);                                                                 \
	} while (0)
	REFUSED(d.n_freqs = 0);
	REFUSED(d.n_freqs = 5);
	REFUSED(d.n_steps = 17);
	REFUSED(d.freq[0].hz = 19);
	REFUSED(d.freq[0].hz = 3981);
	REFUSED(d.freq[0].hz = NAN);
	REFUSED(d.freq[0].dbm0 = 3.2f);
	REFUSED(d.freq[0].dbm0 = -61);
	REFUSED(d.step[0].freqs = 2);
	REFUSED(d.step[0].freqs = 0);
	REFUSED(d.step[0].on_ms = d.step[0].off_ms = 0);
	REFUSED(d.step[0].on_ms = 60001);
	REFUSED(d.step[0].off_ms = UINT32_MAX);
	REFUSED(d.step[0].gain_db = 14);
	REFUSED(d.step[0].gain_db = NAN);
	REFUSED(d.loop_from = 1);
	REFUSED((d.n_steps = 0, d.loop_from = 1));
	/* Each is allowed, together they are more than 16 bits. */
	REFUSED((d.freq[1] = (struct tone_freq){600, 0}, d.freq[0].dbm0 = 0, d.n_freqs = 2,
		 d.n_steps = 0));
}

static void test_names(void **state)
{
	(void)state;
	for (int i = 0; i < TONE_COUNT; i++)
		assert_int_equal(tone_name_find(tone_name_str(i)), i);
	assert_int_equal(tone_name_find("howl"), -ENOENT);
	assert_string_equal(tone_name_str(TONE_COUNT), "?");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_digital_milliwatt),
		cmocka_unit_test(test_against_libm),
		cmocka_unit_test(test_does_not_drift),
		cmocka_unit_test(test_cadence_to_the_sample),
		cmocka_unit_test(test_cut_does_not_matter),
		cmocka_unit_test(test_repeat_ends),
		cmocka_unit_test(test_loop_from),
		cmocka_unit_test(test_frequencies_in_turn),
		cmocka_unit_test(test_mixture),
		cmocka_unit_test(test_bad_definitions),
		cmocka_unit_test(test_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
