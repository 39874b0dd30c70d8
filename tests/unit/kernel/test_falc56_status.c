/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Status octets to defects for every octet there is, persistence of alarms around its limits and
 * where the millisecond counter wraps, errored seconds.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "framer/falc56.h"

static const struct falc_config plain = {.hdb3 = true};
static const struct falc_config full = {.hdb3 = true, .crc4 = true, .cas = true};

static void test_defects(void **state)
{
	(void)state;
	assert_int_equal(falc_defects(&plain, 0x00, 0x00), 0);
	assert_int_equal(falc_defects(&plain, 0x80, 0x00), FALC_LOS);
	assert_int_equal(falc_defects(&plain, 0xa0, 0x00), FALC_LOS);
	assert_int_equal(falc_defects(&plain, 0x60, 0x00), FALC_AIS); /* AIS hides LFA */
	assert_int_equal(falc_defects(&plain, 0x20, 0x00), FALC_LFA);
	assert_int_equal(falc_defects(&plain, 0x30, 0x00), FALC_LFA); /* RAI is not known then */
	assert_int_equal(falc_defects(&plain, 0x10, 0x00), FALC_RAI);
	assert_int_equal(falc_defects(&plain, 0xff, 0xff), FALC_DEAD);
	/* multiframes count only where they are configured */
	assert_int_equal(falc_defects(&plain, 0x02, 0xff), 0);
	assert_int_equal(falc_defects(&full, 0x02, 0x00), FALC_LMFA);
	assert_int_equal(falc_defects(&full, 0x06, 0x00), 0); /* far end without CRC-4 */
	assert_int_equal(falc_defects(&full, 0x04, 0x00), 0);
	assert_int_equal(falc_defects(&full, 0x00, 0x08), FALC_LFA16);
	assert_int_equal(falc_defects(&full, 0x00, 0x10), FALC_LFA16);
	assert_int_equal(falc_defects(&full, 0x00, 0x40), FALC_RAI16);
	assert_int_equal(falc_defects(&full, 0x00, 0x48), FALC_LFA16);
	assert_int_equal(falc_defects(&full, 0x12, 0x40), FALC_RAI | FALC_LMFA | FALC_RAI16);
	assert_int_equal(falc_defects(&full, 0x20, 0x48), FALC_LFA);
}

static void test_one_cause_at_a_time(void **state)
{
	(void)state;
	for (unsigned int frs0 = 0; frs0 < 256; frs0++)
		for (unsigned int frs1 = 0; frs1 < 256; frs1++) {
			uint8_t d = falc_defects(&full, frs0, frs1);
			uint8_t cause = d & (FALC_LOS | FALC_AIS | FALC_LFA | FALC_DEAD);

			assert_int_equal(cause & (cause - 1), 0);
			if (cause)
				assert_int_equal(d, cause);
		}
}

/* Time from a defect to its declaration and back, in steps of @step ms from @start on. */
static void raise_and_clear(uint8_t bit, uint32_t start, unsigned int step, unsigned int expected)
{
	struct falc_alarm a = {.last_ms = start};
	unsigned int ms = 0;
	uint8_t changed;

	assert_int_equal(falc_alarm_step(&a, bit, start), 0);
	while (!a.declared && ms < 5000) {
		ms += step;
		changed = falc_alarm_step(&a, bit, start + ms);
		assert_int_equal(changed, a.declared);
	}
	assert_int_equal(a.declared, bit);
	assert_in_range(ms, expected, expected + step - 1);
	start += ms;
	assert_int_equal(falc_alarm_step(&a, 0, start), 0);
	for (ms = 0; a.declared && ms < 5000;) {
		ms += step;
		falc_alarm_step(&a, 0, start + ms);
	}
	assert_int_equal(a.declared, 0);
	assert_in_range(ms, FALC_CLEAR_MS, FALC_CLEAR_MS + step - 1);
}

static void test_persistence(void **state)
{
	static const uint32_t starts[] = {0, 1, UINT32_MAX - 300, UINT32_MAX};
	static const unsigned int steps[] = {1, 5, 16, 64};

	(void)state;
	for (unsigned int i = 0; i < 4; i++)
		for (unsigned int j = 0; j < 4; j++)
			for (unsigned int n = 0; n < FALC_ALARMS; n++)
				raise_and_clear(1u << n, starts[i], steps[j],
						1u << n == FALC_LMFA ? 500 : 100);
}

static void test_short_defect_is_no_alarm(void **state)
{
	struct falc_alarm a = {0};

	(void)state;
	falc_alarm_step(&a, FALC_LFA, 1000);
	falc_alarm_step(&a, 0, 1099);
	assert_int_equal(falc_alarm_step(&a, 0, 5000), 0);
	assert_int_equal(a.declared, 0);
}

/* Flickering: 20 ms of each 100 ms adds up to an alarm, and it stays without flickering. */
static void test_flicker_adds_up(void **state)
{
	struct falc_alarm a = {0};
	unsigned int changes = 0;

	(void)state;
	for (uint32_t ms = 0; ms < 10000; ms += 10)
		changes += !!falc_alarm_step(&a, ms % 100 < 20 ? FALC_LOS : 0, ms);
	assert_int_equal(changes, 1);
	assert_int_equal(a.declared, FALC_LOS);
}

/* One short defect in each second does not: the sum starts anew after the pause. */
static void test_rare_defects_do_not(void **state)
{
	struct falc_alarm a = {0};

	(void)state;
	for (uint32_t ms = 0; ms < 60000; ms += 10) {
		falc_alarm_step(&a, ms % 1000 < 90 ? FALC_LFA : 0, ms);
		assert_int_equal(a.declared, 0);
	}
}

static void test_alarms_are_independent(void **state)
{
	struct falc_alarm a = {0};

	(void)state;
	falc_alarm_step(&a, FALC_RAI, 0);
	assert_int_equal(falc_alarm_step(&a, FALC_LOS, 200), FALC_RAI);
	assert_int_equal(falc_alarm_step(&a, FALC_LOS, 400), FALC_LOS);
	assert_int_equal(a.declared, FALC_RAI | FALC_LOS);
	assert_int_equal(falc_alarm_step(&a, FALC_LOS, 700), FALC_RAI);
	assert_int_equal(a.declared, FALC_LOS);
}

static void test_a_day_without_steps(void **state)
{
	struct falc_alarm a = {0};

	(void)state;
	falc_alarm_step(&a, FALC_LOS, 0);
	assert_int_equal(falc_alarm_step(&a, FALC_LOS, 86400000), FALC_LOS);
	assert_int_equal(falc_alarm_step(&a, 0, 86400001), 0);
	assert_int_equal(falc_alarm_step(&a, 0, 172800000), FALC_LOS);
}

static void test_seconds(void **state)
{
	struct {
		uint16_t counter[5];
		uint32_t slips;
		uint8_t defects;
		unsigned int errored;
	} s[] = {
		{{0, 0, 0, 0, 0}, 0, 0, 0},    {{1, 0, 0, 0, 0}, 0, 0, 1},
		{{0, 1, 0, 0, 0}, 0, 0, 1},    {{0, 0, 1, 0, 0}, 0, 0, 1},
		{{0, 0, 0, 1, 0}, 0, 0, 0}, /* E bits are about the other direction */
		{{0, 0, 0, 0, 7}, 0, 0, 0},    {{0, 0, 0, 0, 0}, 1, 0, 1},
		{{0, 0, 0, 0, 0}, 0, 0x08, 0}, /* so is RAI */
		{{0, 0, 0, 0, 0}, 0, 0x01, 1}, {{0, 0, 0, 0, 0}, 0, 0x04, 1},
	};
	struct falc_totals t = {0};

	(void)state;
	for (size_t i = 0; i < sizeof(s) / sizeof(s[0]); i++) {
		uint32_t before = t.errored_s;

		falc_second(&t, s[i].counter, s[i].slips, s[i].defects);
		assert_int_equal(t.errored_s - before, s[i].errored);
	}
	assert_int_equal(t.fas, 1);
	assert_int_equal(t.code, 1);
	assert_int_equal(t.crc4, 1);
	assert_int_equal(t.ebit, 1);
	assert_int_equal(t.prbs, 7);
	assert_int_equal(t.slips, 1);
}

static void test_ones_are_no_counts(void **state)
{
	static const uint16_t ones[5] = {0xffff, 0xffff, 0xffff, 0xffff, 0xffff};
	struct falc_totals t = {0};

	(void)state;
	falc_second(&t, ones, 0, FALC_DEAD);
	assert_int_equal(t.fas + t.code + t.crc4 + t.ebit + t.prbs, 0);
	assert_int_equal(t.errored_s, 1);
}

static void test_names(void **state)
{
	(void)state;
	assert_string_equal(falc_alarm_name(0), "LOS");
	assert_string_equal(falc_alarm_name(3), "RAI");
	assert_string_equal(falc_alarm_name(8), "?");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_defects),
		cmocka_unit_test(test_one_cause_at_a_time),
		cmocka_unit_test(test_persistence),
		cmocka_unit_test(test_short_defect_is_no_alarm),
		cmocka_unit_test(test_flicker_adds_up),
		cmocka_unit_test(test_rare_defects_do_not),
		cmocka_unit_test(test_alarms_are_independent),
		cmocka_unit_test(test_a_day_without_steps),
		cmocka_unit_test(test_seconds),
		cmocka_unit_test(test_ones_are_no_counts),
		cmocka_unit_test(test_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
