/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "core/call/number.h"

static const struct number_plan china = {"0", "00"};
static const struct number_plan denmark = {"", "00"};

#define LONGEST "1234567890123456789012345678901" /* NUMBER_MAX - 1 digits */

static void test_clean(void **state)
{
	static const struct {
		const char *in, *out;
		int rc;
	} cases[] = {
		{"021-6100 1234", "02161001234", 0},
		{"+86 (21) 6100.1234", "00862161001234", 0},
		{" +49/911", "0049911", 0},
		{"*72#", "*72#", 0},
		{"", "", 0},
		{"( )", "", 0},
		{"12+3", NULL, -EINVAL},
		{"++3", NULL, -EINVAL},
		{"12a", NULL, -EINVAL},
		{"\xef\xbc\x91", NULL, -EINVAL},
		{LONGEST, LONGEST, 0},
		{LONGEST "2", NULL, -EMSGSIZE},
		{"+" LONGEST, NULL, -EMSGSIZE},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char out[NUMBER_MAX] = "before";
		int rc = number_clean(&china, cases[i].in, out);

		if (cases[i].out) {
			assert_string_equal(out, cases[i].out);
			assert_int_equal(rc, strlen(out));
		} else {
			assert_int_equal(rc, cases[i].rc);
			assert_string_equal(out, "before");
		}
	}
}

static void test_dialled(void **state)
{
	char out[NUMBER_MAX] = "before";

	(void)state;
	assert_int_equal(number_dialled(&china, NUMBER_TON_NATIONAL, "2161001234", out), 11);
	assert_string_equal(out, "02161001234");
	assert_int_equal(number_dialled(&china, NUMBER_TON_INTERNATIONAL, "49911", out), 7);
	assert_string_equal(out, "0049911");
	number_dialled(&denmark, NUMBER_TON_NATIONAL, "33445566", out);
	assert_string_equal(out, "33445566");
	static const int as_is[] = {NUMBER_TON_UNKNOWN,
				    NUMBER_TON_NETWORK,
				    NUMBER_TON_SUBSCRIBER,
				    NUMBER_TON_ABBREVIATED,
				    5,
				    7};
	for (int i = 0; i < 6; i++) {
		assert_int_equal(number_dialled(&china, (uint8_t)as_is[i], "95588", out), 5);
		assert_string_equal(out, "95588");
	}
	assert_int_equal(number_dialled(&china, NUMBER_TON_NATIONAL, "", out), 0);
	assert_string_equal(out, "");
	strcpy(out, "before");
	assert_int_equal(number_dialled(&china, 8, "1", out), -EINVAL);
	assert_int_equal(number_dialled(&china, 0, "+1", out), -EINVAL);
	assert_int_equal(number_dialled(&china, NUMBER_TON_NATIONAL, LONGEST, out), -EMSGSIZE);
	assert_int_equal(number_dialled(&china, 0, LONGEST "3", out), -EMSGSIZE);
	assert_string_equal(out, "before");
	assert_int_equal(number_dialled(&china, 0, LONGEST, out), NUMBER_MAX - 1);
}

static void test_parse(void **state)
{
	static const struct {
		const char *text;
		int rc;
		enum number_kind kind;
	} cases[] = {
		{"4711", 0, NUMBER_EXACT},
		{"*21#", 0, NUMBER_EXACT},
		{"021*", 0, NUMBER_PREFIX},
		{"*", 0, NUMBER_PREFIX},
		{"**", 0, NUMBER_PREFIX}, /* numbers that begin with a star */
		{"100-199", 0, NUMBER_RANGE},
		{"5-5", 0, NUMBER_RANGE},
		{LONGEST, 0, NUMBER_EXACT},
		{LONGEST "*", 0, NUMBER_PREFIX},
		{LONGEST "-" LONGEST, 0, NUMBER_RANGE},
		{"", -EINVAL, 0},
		{"12a", -EINVAL, 0},
		{"-", -EINVAL, 0},
		{"1-", -EINVAL, 0},
		{"-1", -EINVAL, 0},
		{"12-3", -EINVAL, 0},
		{"199-100", -EINVAL, 0},
		{"1*-19", -EINVAL, 0},
		{"1-2-3", -EINVAL, 0},
		{"10-1*", -EINVAL, 0},
		{LONGEST "1", -EMSGSIZE, 0},
		{LONGEST "1-" LONGEST "1", -EMSGSIZE, 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct number_pattern p = {.len = 77};
		int rc = number_pattern_parse(cases[i].text, &p);

		if (rc != cases[i].rc)
			fail_msg("\"%s\": %d", cases[i].text, rc);
		if (rc == 0)
			assert_int_equal(p.kind, cases[i].kind);
		else
			assert_int_equal(p.len, 77);
	}
}

static void test_match(void **state)
{
	static const struct {
		const char *pattern, *digits;
		enum number_match want;
	} cases[] = {
		{"4711", "", NUMBER_PARTIAL},
		{"4711", "471", NUMBER_PARTIAL},
		{"4711", "4711", NUMBER_FULL},
		{"4711", "47110", NUMBER_NO},
		{"4711", "472", NUMBER_NO},
		{"021*", "02", NUMBER_PARTIAL},
		{"021*", "021", NUMBER_FULL},
		{"021*", "02199999", NUMBER_FULL},
		{"021*", "022", NUMBER_NO},
		{"*", "", NUMBER_FULL},
		{"*", "*1#", NUMBER_FULL},
		{"1050-1149", "1050", NUMBER_FULL},
		{"1050-1149", "1149", NUMBER_FULL},
		{"1050-1149", "1049", NUMBER_NO},
		{"1050-1149", "1150", NUMBER_NO},
		{"1050-1149", "10", NUMBER_PARTIAL},
		{"1050-1149", "104", NUMBER_NO},
		{"1050-1149", "105", NUMBER_PARTIAL},
		{"1050-1149", "114", NUMBER_PARTIAL},
		{"1050-1149", "115", NUMBER_NO},
		{"1050-1149", "10501", NUMBER_NO},
		{"1050-1149", "10#0", NUMBER_NO},
		{LONGEST, LONGEST, NUMBER_FULL},
		{LONGEST, LONGEST "1", NUMBER_NO},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct number_pattern p;

		assert_int_equal(number_pattern_parse(cases[i].pattern, &p), 0);
		if (number_match(&p, cases[i].digits) != cases[i].want)
			fail_msg("%s, %s", cases[i].pattern, cases[i].digits);
	}
}

static void test_route(void **state)
{
	static const char *const table[] = {"*",           "02161*",
					    "021*",        "02161000000-02161009999",
					    "02161001234", "02161001200-02161001299",
					    "021*"};
	static const struct {
		const char *digits;
		int want, partial;
	} cases[] = {
		{"95588", 0, 0},        {"02", 0, 1},          {"021", 2, 1},
		{"02199", 2, 0},        {"02161", 1, 1},       {"02161005555", 3, 0},
		{"02161001255", 5, 0},  {"02161001234", 4, 0}, {"0216100123", 1, 1},
		{"021610012345", 1, 0},
	};
	struct number_pattern p[7];
	int partial;

	(void)state;
	for (int i = 0; i < 7; i++)
		assert_int_equal(number_pattern_parse(table[i], &p[i]), 0);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		if (number_route(p, 7, cases[i].digits, &partial) != cases[i].want ||
		    partial != cases[i].partial)
			fail_msg("%s", cases[i].digits);
	}
	assert_int_equal(number_route(p, 0, "1", &partial), -ENOENT);
	assert_int_equal(partial, 0);
	assert_int_equal(number_route(p + 4, 1, "021", &partial), -ENOENT);
	assert_int_equal(partial, 1);
	assert_int_equal(number_route(p + 4, 1, "1", NULL), -ENOENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_clean), cmocka_unit_test(test_dialled),
		cmocka_unit_test(test_parse), cmocka_unit_test(test_match),
		cmocka_unit_test(test_route),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
