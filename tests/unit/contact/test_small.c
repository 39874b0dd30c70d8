/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Variables and templates, routes, meeting rooms. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "core/contact/meeting.h"
#include "core/contact/route.h"
#include "core/contact/vars.h"

/* ---- variables ---- */

static void variables_are_kept(void **state)
{
	struct vars v = {0};

	(void)state;
	assert_null(vars_get(&v, "a"));
	assert_int_equal(vars_set(&v, "a", "1"), 0);
	assert_int_equal(vars_set(&v, "b_2", ""), 0);
	assert_int_equal(vars_set(&v, "a", "22"), 0);
	assert_string_equal(vars_get(&v, "a"), "22");
	assert_string_equal(vars_get(&v, "b_2"), "");
	assert_int_equal(v.n, 2);
	assert_int_equal(vars_set(&v, "", "x"), -EINVAL);
	assert_int_equal(vars_set(&v, "1a", "x"), -EINVAL);
	assert_int_equal(vars_set(&v, "A", "x"), -EINVAL);
	assert_int_equal(vars_set(&v, "a23456789012345", "x"), 0); /* 15 characters */
	assert_int_equal(vars_set(&v, "a234567890123456", "x"), -EINVAL);
}

static void variables_are_bounded(void **state)
{
	char long_value[200], name[8];
	struct vars v = {0};
	int rc = 0;

	(void)state;
	memset(long_value, 'v', sizeof(long_value));
	long_value[199] = 0;
	assert_int_equal(vars_set(&v, "cut", long_value), 1);
	assert_int_equal(strlen(vars_get(&v, "cut")), VAR_VALUE_MAX - 1);
	for (int i = 0; i < VARS_MAX && rc >= 0; i++) {
		snprintf(name, sizeof(name), "n%d", i);
		rc = vars_set(&v, name, long_value);
	}
	assert_int_equal(rc, -ENOSPC); /* by the sum of their lengths */
	assert_string_equal(vars_get(&v, "cut"), vars_get(&v, "n0"));
	v.n = 0;
	for (int i = 0; i < VARS_MAX; i++) {
		snprintf(name, sizeof(name), "n%d", i);
		assert_int_equal(vars_set(&v, name, "1"), 0);
	}
	assert_int_equal(vars_set(&v, "one", "1"), -ENOSPC); /* by their number */
	assert_int_equal(vars_set(&v, "n3", "2"), 0);
}

static const char *lookup(const void *ctx, const char *name)
{
	return vars_get(ctx, name);
}

static void templates(void **state)
{
	static const struct {
		const char *in, *out;
	} cases[] = {
		{"", ""},
		{"plain", "plain"},
		{"{a}", "1"},
		{"x{a}y{b}z", "x1yzweiz"},
		{"{{a}", "{a}"},
		{"{{{a}", "{1"},
		{"欢{a}迎", "欢1迎"},
		{"{unset}.", "."},
		{"before {a", "before "},
		{"before {}x", "before "},
		{"}", "}"},
	};
	struct vars v = {0};
	char out[64];

	(void)state;
	vars_set(&v, "a", "1");
	vars_set(&v, "b", "zwei");
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		size_t n = template_expand(cases[i].in, lookup, &v, out, sizeof(out));

		assert_string_equal(out, cases[i].out);
		assert_int_equal(n, strlen(out));
	}
	assert_int_equal(template_expand("欢欢", lookup, &v, out, 6), 3);
	assert_int_equal(template_expand("ab{b}", lookup, &v, out, 4), 3);
	assert_string_equal(out, "abz");
}

static void template_names(void **state)
{
	const char *at = "{{x} {a} and {b}";
	char name[FLOW_VAR_MAX];

	(void)state;
	assert_int_equal(template_next(&at, name), 1);
	assert_string_equal(name, "a");
	assert_int_equal(template_next(&at, name), 1);
	assert_string_equal(name, "b");
	assert_int_equal(template_next(&at, name), 0);
	at = "{a";
	assert_int_equal(template_next(&at, name), -EBADMSG);
	at = "{}";
	assert_int_equal(template_next(&at, name), -EBADMSG);
	at = "{A}";
	assert_int_equal(template_next(&at, name), -EBADMSG);
	at = "{a234567890123456}";
	assert_int_equal(template_next(&at, name), -EBADMSG);
}

/* ---- routes ---- */

static void routes(void **state)
{
	static const struct route table[] = {
		{"200", "a"}, {"2xx", "b"}, {"20*", "c"}, {"*", "d"}, {"5", "e"}, {"51", "f"},
	};
	static const struct {
		const char *called;
		int complete, open; /* index, or what to do */
	} cases[] = {
		{"200", 0, ROUTE_MORE}, /* "20*" could still become longer */
		{"201", 2, ROUTE_MORE}, /* two exact digits beat one */
		{"211", 1, ROUTE_MORE}, /* "*" may go on */
		{"2001", 2, ROUTE_MORE}, {"", 3, ROUTE_MORE},  {"5", 4, ROUTE_MORE},
		{"51", 5, ROUTE_MORE},   {"9", 3, ROUTE_MORE},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(route_find(table, 6, cases[i].called, true), cases[i].complete);
		assert_int_equal(route_find(table, 6, cases[i].called, false), cases[i].open);
	}
}

static void routes_digit_by_digit(void **state)
{
	static const struct route table[] = {{"200", "a"}, {"2001", "b"}, {"3xx", "c"}};

	(void)state;
	assert_int_equal(route_find(table, 3, "", false), ROUTE_MORE);
	assert_int_equal(route_find(table, 3, "20", false), ROUTE_MORE);
	assert_int_equal(route_find(table, 3, "20", true), ROUTE_NONE);
	assert_int_equal(route_find(table, 3, "200", false), ROUTE_MORE);
	assert_int_equal(route_find(table, 3, "200", true), 0);
	assert_int_equal(route_find(table, 3, "2001", false), 1);
	assert_int_equal(route_find(table, 3, "20011", false), ROUTE_NONE);
	assert_int_equal(route_find(table, 3, "399", false), 2);
	assert_int_equal(route_find(table, 3, "3*9", false), ROUTE_NONE); /* x is a digit */
	assert_int_equal(route_find(table, 3, "4", false), ROUTE_NONE);
	assert_int_equal(route_find(table, 0, "4", true), ROUTE_NONE);
}

static void patterns(void **state)
{
	(void)state;
	assert_null(route_pattern_ok("2xx"));
	assert_null(route_pattern_ok("*"));
	assert_null(route_pattern_ok("010*"));
	assert_non_null(route_pattern_ok(""));
	assert_non_null(route_pattern_ok("0*1"));
	assert_non_null(route_pattern_ok("**"));
	assert_non_null(route_pattern_ok("12a"));
}

/* ---- meeting rooms ---- */

static void pairs_in_order(void **state)
{
	static struct meeting m;
	uint64_t partner = 0;

	(void)state;
	meeting_init(&m);
	assert_int_equal(meeting_enter(&m, 1, "a", &partner), 0);
	assert_int_equal(meeting_enter(&m, 2, "b", &partner), 0);
	assert_int_equal(meeting_enter(&m, 1, "a", &partner), -EEXIST);
	assert_int_equal(meeting_enter(&m, 1, "b", &partner), -EEXIST);
	assert_int_equal(meeting_enter(&m, 3, "a", &partner), 1);
	assert_int_equal(partner, 1);
	assert_int_equal(meeting_leave(&m, 1), -ENOENT);
	assert_int_equal(meeting_leave(&m, 2), 0);
	assert_int_equal(meeting_enter(&m, 4, "b", &partner), 0); /* 2 is not there any more */
	assert_int_equal(m.n, 1);
}

static void rooms_are_bounded(void **state)
{
	static struct meeting m;
	uint64_t partner;
	char room[16];

	(void)state;
	meeting_init(&m);
	for (uint64_t i = 0; i < MEETING_MAX; i++) {
		snprintf(room, sizeof(room), "r%llu", (unsigned long long)i);
		assert_int_equal(meeting_enter(&m, i + 1, room, &partner), 0);
	}
	assert_int_equal(meeting_enter(&m, 5000, "new", &partner), -ENOSPC);
	assert_int_equal(meeting_enter(&m, 5000, "r1023", &partner), 1); /* pairing needs no room */
	assert_int_equal(partner, 1024);
	assert_int_equal(meeting_enter(&m, 5000, "new", &partner), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(variables_are_kept),
		cmocka_unit_test(variables_are_bounded),
		cmocka_unit_test(templates),
		cmocka_unit_test(template_names),
		cmocka_unit_test(routes),
		cmocka_unit_test(routes_digit_by_digit),
		cmocka_unit_test(patterns),
		cmocka_unit_test(pairs_in_order),
		cmocka_unit_test(rooms_are_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
