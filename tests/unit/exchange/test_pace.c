/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "exchange/pace.h"

#define MS 1000000

static struct pace p;

static void hear(uint64_t received, unsigned int waiting)
{
	const struct pace_news news = {received, waiting, true};

	pace_heard(&p, 0, &news);
}

static void test_deadlines(void **state)
{
	int64_t now = 5 * MS;
	int i;

	(void)state;
	pace_init(&p, 1, 500, 0.0, now);
	for (i = 0; i < 1000; i++) {
		assert_int_equal(pace_decide(&p, now), 0);
		assert_in_range(pace_decide(&p, now + 1), MS - 1, MS + 1);
		now += MS;
	}
	/* 7 ms late: seven ticks and the one that is due, back to back. */
	now += 7 * MS;
	for (i = 0; i < 8; i++)
		assert_int_equal(pace_decide(&p, now), 0);
	assert_true(pace_decide(&p, now) > 0);
	assert_int_equal(p.ticks, 1008);
}

static void test_offset(void **state)
{
	int64_t now = 0, wait;

	(void)state;
	pace_init(&p, 1, 500, 100.0, 0);
	while (now < (int64_t)100000 * MS) {
		wait = pace_decide(&p, now);
		now += wait;
	}
	/* 100 ppm of 100,000 ticks is ten. */
	assert_in_range(p.ticks, 100009, 100011);
}

static void test_stall_stops_time(void **state)
{
	int64_t now = 0;
	uint64_t ticks;

	(void)state;
	pace_init(&p, 1, 500, 0.0, now);
	/* Nobody there yet: time runs. */
	hear(0, 0);
	assert_int_equal(pace_decide(&p, now), 0);
	hear(1, 1);
	now += MS;
	assert_int_equal(pace_decide(&p, now), 0);
	/* Its octets for the next tick are not there: held, until they are. */
	now += MS;
	hear(1, 0);
	assert_int_equal(pace_decide(&p, now), 500 * MS);
	now += 300 * MS;
	assert_int_equal(pace_decide(&p, now), 200 * MS);
	ticks = p.ticks;
	hear(2, 1);
	assert_int_equal(pace_decide(&p, now), 0);
	/* What was held is not caught up. */
	assert_in_range(pace_decide(&p, now), MS - 1, MS + 1);
	assert_int_equal(p.ticks, ticks + 1);
	assert_int_equal(p.holds, 1);
	assert_int_equal(p.held_ns, 300 * MS);
}

static void test_patience_ends(void **state)
{
	int64_t now = 0;

	(void)state;
	pace_init(&p, 1, 500, 0.0, now);
	hear(1, 1);
	assert_int_equal(pace_decide(&p, now), 0);
	now += MS;
	hear(1, 0);
	assert_int_equal(pace_decide(&p, now), 500 * MS);
	now += 500 * MS;
	assert_int_equal(pace_decide(&p, now), 0);
	assert_int_equal(p.given_up, 1);
	/* Free from now on ... */
	now += MS;
	hear(1, 0);
	assert_int_equal(pace_decide(&p, now), 0);
	/* ... until it is heard again. */
	now += MS;
	hear(2, 1);
	assert_int_equal(pace_decide(&p, now), 0);
	now += MS;
	hear(2, 0);
	assert_true(pace_decide(&p, now) > 0);
}

static void test_never_waits_for_who_gets_nothing(void **state)
{
	const struct pace_news cut = {5, 0, false};
	int64_t now = 0;

	(void)state;
	pace_init(&p, 1, 500, 0.0, now);
	hear(4, 1);
	pace_heard(&p, 0, &cut);
	assert_int_equal(pace_decide(&p, now), 0);
	hear(5, 0); /* connected again, and silent since */
	assert_int_equal(pace_decide(&p, now + MS), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_deadlines),
		cmocka_unit_test(test_offset),
		cmocka_unit_test(test_stall_stops_time),
		cmocka_unit_test(test_patience_ends),
		cmocka_unit_test(test_never_waits_for_who_gets_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
