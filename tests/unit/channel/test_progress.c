/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Every tone of every plan in configs/tones is recognised as what it is; run from the root. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <stdbool.h>
#include <stdio.h>

#include "base/conf.h"
#include "engine/tones.h"
#include "tone_rig.h"

static struct tone_plan plan;

static void load(const char *country)
{
	static struct conf_errors errs;
	char file[64];

	snprintf(file, sizeof(file), "configs/tones/%s.conf", country);
	if (tones_load(file, &plan, &errs) != 0) {
		conf_errors_print(&errs, stderr);
		fail_msg("%s", file);
	}
	assert_int_equal(dtmf_compile(&plan.digits, &rig.rule), 0);
	progress_compile(&plan, &rig.plan);
}

static int setup(void **state)
{
	(void)state;
	rig.seed = 3;
	return 0;
}

/* Adds a tone of the plan, @db louder, in @speed times its tempo. */
static void play(enum tone_name name, double db, double speed, size_t from, size_t n)
{
	static int16_t pcm[RIG_MAX];
	struct tone_prog p = plan.tone[name];
	struct tone t;

	for (unsigned i = 0; i < p.n_steps; i++) {
		p.step[i].on = (uint32_t)lrint(p.step[i].on / speed);
		p.step[i].off = (uint32_t)lrint(p.step[i].off / speed);
	}
	tone_start(&t, &p);
	n = tone_linear(&t, pcm, n);
	for (size_t i = 0; i < n; i++)
		rig.x[from + i] += pcm[i] * pow(10, db / 20);
}

/* Samples of two cycles, or what a continuous tone takes. */
static size_t two_cycles(enum tone_name name)
{
	const struct progress_tone *t = &rig.plan.tone[name];
	size_t n = 0;

	if (t->lasts)
		return (size_t)t->lasts + 400;
	for (unsigned i = 0; i < t->n_steps; i++)
		n += 2 * (size_t)(t->step[i].on + t->step[i].off);
	return n + 400;
}

/* The only tone told is @name, within two cycles; its end follows. */
static void assert_told(const char *country, enum tone_name name, size_t within)
{
	if (rig.n_ev == 0 || rig.ev[0].progress.tone != name || rig.ev[0].progress.over)
		fail_msg("%s: %s is %s", country, tone_name_str(name),
			 rig.n_ev ? tone_name_str(rig.ev[0].progress.tone) : "not told");
	if (rig.ev[0].at > (int64_t)within)
		fail_msg("%s: %s told after %d ms of %d", country, tone_name_str(name),
			 (int)rig.ev[0].at / 8, (int)within / 8);
	if (rig.n_ev != 2 || !rig.ev[1].progress.over || rig.ev[1].progress.tone != name)
		fail_msg("%s: %s, %u events", country, tone_name_str(name), rig.n_ev);
}

static void test_every_plan(void **state)
{
	static const char *const countries[] = {"CN", "ETSI", "US", "JP", "DK", "BR", "AU"};

	(void)state;
	for (int c = 0; c < 7; c++) {
		load(countries[c]);
		for (int name = 0; name < TONE_COUNT; name++) {
			size_t n = two_cycles(name);

			if (rig.plan.tone[name].n_steps == 0)
				continue;
			assert_true(n * 5 / 2 < RIG_MAX - 60000);
			rig_clear(800 + n * 5 / 2 + 60000);
			play(name, 0, 1, 800, n * 5 / 2);
			rig_hear(TONESET_PROGRESS);
			assert_told(countries[c], name, 800 + n);
		}
	}
	/* What must be there: nothing is left out by mistake. */
	load("CN");
	for (int name = 0; name < TONE_COUNT; name++)
		assert_int_equal(rig.plan.tone[name].n_steps == 0, name == TONE_HOWLER);
}

/* Limits of E.180 and the Chinese standard: 15 % of tempo, 25 Hz, -6 to -30 dBm0, noise. */
static void test_limits(void **state)
{
	static const enum tone_name names[] = {TONE_BUSY, TONE_CONGESTION, TONE_RINGBACK, TONE_SIT};

	(void)state;
	load("CN");
	for (int i = 0; i < 4; i++) {
		size_t n = two_cycles(names[i]) * 5 / 2;

		for (int round = 0; round < 6; round++) {
			static const double db[] = {4, -20, 0, 0, 0, -10};
			static const double speed[] = {1, 1, 1.12, 0.88, 1, 1.05};

			rig_clear(n + 60000);
			play(names[i], db[round], speed[round], 1000 + rig_random(64), n);
			if (round >= 4)
				rig_noise(-10 + db[round] - 15);
			rig_hear(TONESET_PROGRESS);
			assert_told("CN", names[i], n);
		}
	}
	for (int off = -25; off <= 25; off += 50) {
		rig_clear(40000);
		for (size_t i = 0; i < 5; i++)
			rig_sine(450 + off * 0.96, -12, 1000 + 5600 * i, 2800);
		rig_hear(TONESET_PROGRESS);
		assert_int_equal(rig.ev[0].progress.tone, TONE_BUSY);
		assert_true(fabs(rig.ev[0].progress.hz - 450 - off * 0.96) < 4);
		assert_true(fabsf(rig.ev[0].progress.dbm0 + 12) < 1);
	}
}

static void test_what_is_none(void **state)
{
	(void)state;
	load("CN");
	rig_clear(200000); /* no cadence of the plan */
	for (size_t i = 0; i < 12; i++)
		rig_sine(450, -10, 1000 + 16000 * i, 4000);
	rig_hear(TONESET_PROGRESS);
	assert_int_equal(rig.n_ev, 0);
	rig_clear(200000); /* other frequencies in the cadence of busy */
	for (size_t i = 0; i < 20; i++)
		rig_sine(520, -10, 1000 + 5600 * i, 2800);
	rig_hear(TONESET_PROGRESS);
	assert_int_equal(rig.n_ev, 0);
	rig_clear(200000); /* too quiet */
	for (size_t i = 0; i < 20; i++)
		rig_sine(450, -44, 1000 + 5600 * i, 2800);
	rig_hear(TONESET_PROGRESS);
	assert_int_equal(rig.n_ev, 0);
	rig_clear(200000); /* busy, but noise is louder */
	play(TONE_BUSY, 0, 1, 1000, 150000);
	rig_noise(-5);
	rig_hear(TONESET_PROGRESS);
	assert_int_equal(rig.n_ev, 0);
}

/* Somebody answers: ringback is over; dial tone gives way to busy. */
static void test_one_after_another(void **state)
{
	(void)state;
	load("CN");
	rig_clear(300000);
	play(TONE_RINGBACK, 0, 1, 1000, 100000);
	play(TONE_DIAL, 0, 1, 170000, 30000);
	play(TONE_BUSY, 0, 1, 220000, 60000);
	rig_hear(TONESET_PROGRESS);
	assert_int_equal(rig.n_ev, 6);
	for (int i = 0; i < 6; i++) {
		static const enum tone_name want[] = {TONE_RINGBACK, TONE_DIAL, TONE_BUSY};

		assert_int_equal(rig.ev[i].progress.tone, want[i / 2]);
		assert_int_equal(rig.ev[i].progress.over, i % 2);
	}
	assert_true(llabs(rig.ev[3].progress.at - 200000) <= 16);
}

static void test_continuity(void **state)
{
	(void)state;
	load("CN");
	for (int i = 0; i < 4; i++) {
		static const double hz[] = {2010, 1780, 2000, 1900};

		rig_clear(16000);
		rig_sine(hz[i], -12, 1000, 4000);
		rig_hear(TONESET_CONTINUITY);
		assert_int_equal(rig.n_ev, i < 3);
		if (i == 3)
			continue;
		assert_int_equal(rig.ev[0].type, TONESET_CHECK);
		assert_true(fabs(rig.ev[0].check.hz - hz[i]) < 1);
		assert_true(llabs(rig.ev[0].check.at - 1000) <= 16);
		assert_true(rig.ev[0].at <= 1000 + 130 * 8);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_every_plan, setup),
		cmocka_unit_test_setup(test_limits, setup),
		cmocka_unit_test_setup(test_what_is_none, setup),
		cmocka_unit_test_setup(test_one_after_another, setup),
		cmocka_unit_test_setup(test_continuity, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
