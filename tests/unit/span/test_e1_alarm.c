/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From defects to declared alarms: which hide, how long each must last. */
#include "span_rig.h"

#include "core/span/e1_alarm.h"

static const struct e1_alarm_times times = {.raise = 100, .gap = 20, .clear = 50};

static void causes(void **state)
{
	static const struct row {
		uint32_t defects, causes;
	} rows[] = {
		{0, 0},
		{E1_LOS | E1_LFA, E1_LOS},
		{E1_LOS | E1_AIS | E1_LFA, E1_LOS},
		{E1_AIS | E1_LFA, E1_AIS},
		{E1_AIS | E1_RAI | E1_LMFA, E1_AIS},
		{E1_LFA, E1_LFA},
		{E1_LMFA | E1_RAI, E1_LMFA | E1_RAI},
		{E1_TS16_AIS | E1_CAS_LMFA | E1_RAI, E1_TS16_AIS | E1_RAI},
		{E1_CAS_LMFA, E1_CAS_LMFA},
		{E1_CAS_RAI, E1_CAS_RAI},
	};

	(void)state;
	for (unsigned int i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_int_equal(e1_alarm_causes(rows[i].defects), rows[i].causes);
}

static void raise_and_clear(void **state)
{
	struct e1_alarm a;

	(void)state;
	e1_alarm_init(&a, &times, 1000);
	assert_int_equal(e1_alarm_step(&a, E1_LFA, 1000), 0);
	assert_int_equal(e1_alarm_step(&a, E1_LFA, 1099), 0);
	assert_int_equal(e1_alarm_declared(&a), 0);
	assert_int_equal(e1_alarm_step(&a, 0, 1100), E1_LFA);
	assert_int_equal(e1_alarm_declared(&a), E1_LFA);
	assert_int_equal(e1_alarm_step(&a, 0, 1149), 0);
	assert_int_equal(e1_alarm_step(&a, E1_LFA, 1149), 0); /* back within the time: still on */
	assert_int_equal(e1_alarm_step(&a, 0, 1150), 0);
	assert_int_equal(e1_alarm_step(&a, 0, 1199), 0);
	assert_int_equal(e1_alarm_step(&a, 0, 1200), E1_LFA);
	assert_int_equal(e1_alarm_declared(&a), 0);
}

/* A defect that comes and goes adds up, unless it stays away for the gap time. */
static void flicker(void **state)
{
	struct e1_alarm a;
	int64_t now = 0;

	(void)state;
	e1_alarm_init(&a, &times, now);
	for (unsigned int i = 0; i < 9; i++) {
		e1_alarm_step(&a, E1_RAI, now);
		assert_int_equal(e1_alarm_step(&a, 0, now += 10), 0);
		assert_int_equal(e1_alarm_step(&a, 0, now += 19), 0);
	}
	e1_alarm_step(&a, E1_RAI, now);
	assert_int_equal(e1_alarm_step(&a, 0, now += 10), E1_RAI);
	e1_alarm_init(&a, &times, now);
	for (unsigned int i = 0; i < 50; i++) {
		e1_alarm_step(&a, E1_RAI, now);
		assert_int_equal(e1_alarm_step(&a, 0, now += 10), 0);
		assert_int_equal(e1_alarm_step(&a, 0, now += 20), 0);
	}
}

/* The cause changes: the old alarm runs out, the new one comes, each in its own time. */
static void change_of_cause(void **state)
{
	struct e1_alarm a;

	(void)state;
	e1_alarm_init(&a, &times, 0);
	e1_alarm_step(&a, E1_LFA, 0);
	assert_int_equal(e1_alarm_step(&a, E1_LFA | E1_AIS, 100), E1_LFA);
	assert_int_equal(e1_alarm_step(&a, E1_LFA | E1_AIS, 150), E1_LFA);
	assert_int_equal(e1_alarm_step(&a, E1_LFA | E1_AIS, 200), E1_AIS);
	assert_int_equal(e1_alarm_step(&a, E1_LOS | E1_LFA, 210), 0);
	assert_int_equal(e1_alarm_step(&a, E1_LOS | E1_LFA, 310), E1_AIS | E1_LOS);
	assert_int_equal(e1_alarm_declared(&a), E1_LOS);
}

static void presets(void **state)
{
	struct e1_alarm a;

	(void)state;
	e1_alarm_init(&a, &e1_alarm_maintenance, 0);
	e1_alarm_step(&a, E1_LOS, 0);
	assert_int_equal(e1_alarm_step(&a, E1_LOS, 19999), 0);
	assert_int_equal(e1_alarm_step(&a, 0, 20000), E1_LOS);
	assert_int_equal(e1_alarm_step(&a, 0, 20000 + 79999), 0);
	assert_int_equal(e1_alarm_step(&a, 0, 20000 + 80000), E1_LOS);
	e1_alarm_init(&a, &e1_alarm_service, 0);
	e1_alarm_step(&a, E1_LOS, 0);
	assert_int_equal(e1_alarm_step(&a, 0, 800), E1_LOS);
	assert_int_equal(e1_alarm_step(&a, 0, 800 + 4000), E1_LOS);
}

/* Beyond 2^32 samples (six days) nothing wraps. */
static void late_in_life(void **state)
{
	struct e1_alarm a;
	int64_t now = ((int64_t)1 << 32) - 50;

	(void)state;
	e1_alarm_init(&a, &times, 0);
	assert_int_equal(e1_alarm_step(&a, E1_AIS, now), 0);
	assert_int_equal(e1_alarm_step(&a, E1_AIS, now + 99), 0);
	assert_int_equal(e1_alarm_step(&a, E1_AIS, now + 100), E1_AIS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(causes),  cmocka_unit_test(raise_and_clear),
		cmocka_unit_test(flicker), cmocka_unit_test(change_of_cause),
		cmocka_unit_test(presets), cmocka_unit_test(late_in_life),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
