/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <stdbool.h>

#include "tone_rig.h"

#define FAX (TONESET_CNG | TONESET_ANSWER)

static const double snrs[] = {0, 10}; /* none, and 10 dB */

static int setup(void **state)
{
	(void)state;
	rig.seed = 2;
	return dtmf_compile(&dtmf_limits_usual, &rig.rule);
}

static void answer(double dbm0, double hz, double am, size_t turn, double degrees, size_t from,
		   size_t n)
{
	double a = level_amplitude((float)dbm0);

	for (size_t i = 0; i < n; i++) {
		double t = (double)i / 8000, shift = turn ? (double)(i / turn) * degrees : 0;

		rig.x[from + i] += a * (1 + am * sin(2 * M_PI * 15 * t)) *
				   sin(2 * M_PI * hz * t + shift * M_PI / 180);
	}
}

static void flags(double dbm0, size_t from, size_t n)
{
	double phase = 0, a = level_amplitude((float)dbm0);

	for (size_t i = 0; i < n; i++) {
		size_t bit = i * 300 / 8000 % 8; /* 01111110 */

		phase += 2 * M_PI * (bit == 0 || bit == 7 ? 1850 : 1650) / 8000;
		rig.x[from + i] += a * sin(phase);
	}
}

/* The first event of a kind has to come within so many ms of @from, and only @others besides. */
static void assert_first(enum faxtone_type type, size_t from, int within_ms, unsigned others)
{
	unsigned found = 0;

	for (unsigned i = 0; i < rig.n_ev; i++) {
		assert_int_equal(rig.ev[i].type, TONESET_FAX);
		if (rig.ev[i].fax.type != type || found++)
			continue;
		if (rig.ev[i].at > (int64_t)from + within_ms * 8)
			fail_msg("%d after %d ms", type, (int)(rig.ev[i].at - (int64_t)from) / 8);
	}
	assert_true(found > 0);
	assert_int_equal(rig.n_ev - found, others);
}

static void test_cng(void **state)
{
	(void)state;
	for (int i = 0; i < 200; i++) {
		size_t from = 1000 + rig_random(320);

		rig_clear(8000);
		rig_sine(1062 + rig_random(77), -12, from, 3400 + rig_random(1200));
		if (snrs[i % 2] > 0)
			rig_noise(-12 - snrs[i % 2]);
		rig_hear(FAX);
		assert_first(FAXTONE_CNG, from, 250, 0);
		assert_int_equal(rig.n_ev, 1);
		if (i % 2 == 0)
			assert_true(llabs(rig.ev[0].fax.at - (int64_t)from) <= 16);
		assert_true(fabsf(rig.ev[0].fax.dbm0 + 12) < 1);
	}
}

static void test_answer(void **state)
{
	(void)state;
	for (int i = 0; i < 60; i++) {
		size_t from = 1000 + rig_random(320), turn = 3400 + rig_random(400);
		bool am = i % 4 >= 2;

		rig_clear(26000);
		answer(-12 - (double)rig_random(20), 2085 + rig_random(31), am ? 0.2 : 0, 0, 0,
		       from, 20000);
		if (snrs[i % 2] > 0)
			rig_noise(-32 - snrs[i % 2]);
		rig_hear(FAX);
		assert_first(am ? FAXTONE_ANSAM : FAXTONE_ANS, from, 300, 0);
		assert_int_equal(rig.n_ev, 1);

		rig_clear(26000);
		answer(-12, 2100, am ? 0.2 : 0, turn, i % 3 ? 180 : 155, from, 20000);
		if (snrs[i % 2] > 0)
			rig_noise(-12 - snrs[i % 2]);
		rig_hear(FAX);
		assert_first(FAXTONE_REVERSAL, from, 700, 1);
		assert_true(rig.n_ev >= 5); /* every one of them */
	}
	/* 110 degrees are no reversal. */
	rig_clear(26000);
	answer(-12, 2100, 0, 3600, 110, 1000, 20000);
	rig_hear(FAX);
	assert_int_equal(rig.n_ev, 1);
}

static void test_v21(void **state)
{
	(void)state;
	for (int i = 0; i < 60; i++) {
		size_t from = 1000 + rig_random(320);

		rig_clear(12000);
		flags(-12, from, 7000);
		if (snrs[i % 2] > 0)
			rig_noise(-12 - snrs[i % 2]);
		rig_hear(FAX);
		assert_first(FAXTONE_V21, from, 300, 0);
		assert_int_equal(rig.n_ev, 1);
	}
}

static void test_what_is_none(void **state)
{
	static const double hz[] = {1000, 1175, 1300, 1500, 1650, 1750,
				    1850, 2000, 2160, 2225, 2400};

	(void)state;
	for (size_t i = 0; i < sizeof(hz) / sizeof(hz[0]); i++) {
		rig_clear(20000);
		rig_sine(hz[i], -12, 1000, 16000);
		rig_hear(FAX);
		assert_int_equal(rig.n_ev, 0);
	}
	rig_clear(20000);
	rig_sine(1100, -12, 1000, 1500); /* too short */
	rig_sine(2100, -12, 8000, 1800);
	rig_sine(1100, -12, 14000, 4000); /* in company */
	rig_sine(700, -14, 14000, 4000);
	rig_hear(FAX);
	assert_int_equal(rig.n_ev, 0);
	rig_clear(80000);
	rig_noise(-10);
	rig_hear(FAX);
	assert_int_equal(rig.n_ev, 0);
}

/* Each burst of CNG is told, a tone without end once. */
static void test_once(void **state)
{
	(void)state;
	rig_clear(200000);
	for (size_t i = 0; i < 3; i++)
		rig_sine(1100, -20, 8000 + 28000 * i, 4000);
	rig_sine(1100, -20, 100000, 80000);
	rig_hear(FAX);
	assert_int_equal(rig.n_ev, 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_cng, setup),
		cmocka_unit_test_setup(test_answer, setup),
		cmocka_unit_test_setup(test_v21, setup),
		cmocka_unit_test_setup(test_what_is_none, setup),
		cmocka_unit_test_setup(test_once, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
