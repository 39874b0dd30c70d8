/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "exchange/arrivals.h"

#define SECOND 8000

static void test_fixed(void **state)
{
	const struct arrivals_cfg cfg = {
		.kind = ARRIVALS_FIXED, .calls = 3, .start_ms = 10, .interval_ms = 5};
	struct arrivals a;

	(void)state;
	arrivals_init(&a, &cfg, 1);
	assert_int_equal(arrivals_due(&a, 79, 0), 0);
	assert_int_equal(arrivals_due(&a, 80, 0), 1);
	assert_int_equal(arrivals_due(&a, 80, 0), 0);
	assert_int_equal(arrivals_due(&a, 119, 0), 0);
	assert_false(arrivals_over(&a));
	/* Late: both that were missed, and no more than there are. */
	assert_int_equal(arrivals_due(&a, 100000, 0), 2);
	assert_true(arrivals_over(&a));
	assert_int_equal(arrivals_due(&a, 200000, 0), 0);
}

static void test_burst(void **state)
{
	const struct arrivals_cfg cfg = {
		.kind = ARRIVALS_BURST, .calls = 25, .interval_ms = 1000, .burst = 10};
	struct arrivals a;

	(void)state;
	arrivals_init(&a, &cfg, 1);
	assert_int_equal(arrivals_due(&a, 0, 0), 10);
	assert_int_equal(arrivals_due(&a, SECOND - 1, 0), 0);
	assert_int_equal(arrivals_due(&a, SECOND, 0), 10);
	assert_int_equal(arrivals_due(&a, 2 * SECOND, 0), 5);
	assert_true(arrivals_over(&a));
}

static void test_keep(void **state)
{
	const struct arrivals_cfg cfg = {.kind = ARRIVALS_KEEP, .keep = 3, .interval_ms = 100};
	const struct arrivals_cfg at_once = {.kind = ARRIVALS_KEEP, .keep = 3};
	struct arrivals a;

	(void)state;
	arrivals_init(&a, &cfg, 1);
	assert_int_equal(arrivals_due(&a, 0, 0), 1);
	assert_int_equal(arrivals_due(&a, 799, 1), 0);
	assert_int_equal(arrivals_due(&a, 800, 1), 1);
	assert_int_equal(arrivals_due(&a, 1600, 3), 0);
	assert_int_equal(arrivals_due(&a, 1601, 2), 1);
	assert_false(arrivals_over(&a));
	arrivals_init(&a, &at_once, 1);
	assert_int_equal(arrivals_due(&a, 0, 0), 3);
	assert_int_equal(arrivals_due(&a, 8, 3), 0);
}

/* 20,000 arrivals: the mean gap within 2 %, and as many short gaps as the distribution has. */
static void test_poisson(void **state)
{
	const struct arrivals_cfg cfg = {.kind = ARRIVALS_POISSON, .rate = 2.0, .calls = 20000};
	struct arrivals a, b;
	int64_t now = 0, last = 0;
	unsigned int n, short_gaps = 0;

	(void)state;
	arrivals_init(&a, &cfg, 7);
	arrivals_init(&b, &cfg, 7);
	while (!arrivals_over(&a)) {
		n = arrivals_due(&a, now, 0);
		assert_int_equal(n, arrivals_due(&b, now, 0));
		if (n && now - last < SECOND / 2)
			short_gaps++;
		if (n)
			last = now;
		now += 8;
	}
	assert_in_range(now, 9800 * SECOND, 10200 * SECOND);
	/* P(gap < mean) = 1 - 1/e = 0.632 */
	assert_in_range(short_gaps, 12000, 13200);
}

static void test_dice(void **state)
{
	struct dice a, b;
	double u;
	int i;

	(void)state;
	dice_init(&a, 0);
	dice_init(&b, 1);
	assert_true(dice_throw(&a) != dice_throw(&b));
	for (i = 0; i < 100000; i++) {
		u = dice_unit(&a);
		assert_true(u > 0.0 && u <= 1.0);
	}
}

static void test_series(void **state)
{
	static const char *const bad[] = {
		"12a", "1-2-3", "12-345", "-12",
		"9-1", "1X-2X", "12-",    "1000000000000000000-1000000000000000001"};
	struct dice d;
	char out[32], small[4];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_non_null(series_check(bad[i]));
	assert_null(series_check(""));
	assert_null(series_check("0123456789*#X"));
	assert_null(series_check("62000998-62001001"));
	dice_init(&d, 3);
	series_make("62000998-62001001", 0, &d, out, sizeof(out));
	assert_string_equal(out, "62000998");
	series_make("62000998-62001001", 2, &d, out, sizeof(out));
	assert_string_equal(out, "62001000");
	series_make("62000998-62001001", 4, &d, out, sizeof(out));
	assert_string_equal(out, "62000998");
	series_make("007-009", UINT32_MAX, &d, out, sizeof(out));
	assert_string_equal(out, "007");
	series_make("5X5X", 0, &d, out, sizeof(out));
	assert_int_equal(strlen(out), 4);
	assert_int_equal(strspn(out, "0123456789"), 4);
	assert_true(out[0] == '5' && out[2] == '5');
	series_make("12345", 0, &d, small, sizeof(small));
	assert_string_equal(small, "123");
	series_make("12345-12346", 0, &d, small, sizeof(small));
	assert_int_equal(strlen(small), 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fixed), cmocka_unit_test(test_burst),
		cmocka_unit_test(test_keep),  cmocka_unit_test(test_poisson),
		cmocka_unit_test(test_dice),  cmocka_unit_test(test_series),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
