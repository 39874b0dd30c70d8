/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "core/call/hunt.h"

#define BEARERS 0xfffefffeu /* timeslots 1..15 and 17..31 */

static struct hunt_span spans[3];

static int setup(void **state)
{
	(void)state;
	memset(spans, 0, sizeof(spans));
	for (int i = 0; i < 3; i++)
		spans[i] = (struct hunt_span){.idle = BEARERS, .weight = 1};
	return 0;
}

static void assert_pick(enum hunt_rule rule, struct hunt_channel *last, int span, int timeslot)
{
	assert_int_equal(hunt_pick(rule, spans, 3, last), 0);
	assert_int_equal(last->span, span);
	assert_int_equal(last->timeslot, timeslot);
}

static void take(const struct hunt_channel *ch)
{
	spans[ch->span].idle &= ~(1u << ch->timeslot);
}

static void test_ascending_takes_all_in_order(void **state)
{
	struct hunt_channel ch = {0, 0};

	(void)state;
	for (int s = 0; s < 3; s++) {
		for (int t = 1; t < 32; t++) {
			if (t == 16)
				continue;
			assert_pick(HUNT_ASCENDING, &ch, s, t);
			take(&ch);
		}
	}
	assert_int_equal(hunt_pick(HUNT_ASCENDING, spans, 3, &ch), -EBUSY);
	assert_int_equal(ch.timeslot, 31); /* untouched */
}

static void test_descending_takes_all_in_order(void **state)
{
	struct hunt_channel ch = {0, 0};

	(void)state;
	for (int s = 2; s >= 0; s--) {
		for (int t = 31; t > 0; t--) {
			if (t == 16)
				continue;
			assert_pick(HUNT_DESCENDING, &ch, s, t);
			take(&ch);
		}
	}
	assert_int_equal(hunt_pick(HUNT_DESCENDING, spans, 3, &ch), -EBUSY);
}

/* Both ends of one span meet on one channel only. */
static void test_glare(void **state)
{
	struct hunt_channel net = {0, 0}, user = {0, 0};

	(void)state;
	assert_int_equal(hunt_glare_rule(true), HUNT_ASCENDING);
	assert_int_equal(hunt_glare_rule(false), HUNT_DESCENDING);
	for (int i = 0; i < 15; i++) {
		assert_int_equal(hunt_pick(hunt_glare_rule(true), spans, 1, &net), 0);
		assert_int_equal(hunt_pick(hunt_glare_rule(false), spans, 1, &user), 0);
		assert_true(net.timeslot < user.timeslot);
		take(&net);
		take(&user);
	}
	assert_int_equal(hunt_pick(HUNT_ASCENDING, spans, 1, &net), -EBUSY);
}

static void test_round_robin(void **state)
{
	struct hunt_channel ch = {0, 0};

	(void)state;
	spans[0].idle = 1u << 3 | 1u << 31;
	spans[1].idle = 0;
	spans[2].idle = 1u << 1 | 1u << 30;
	assert_pick(HUNT_ROUND_ROBIN, &ch, 0, 3);
	assert_pick(HUNT_ROUND_ROBIN, &ch, 0, 31);
	assert_pick(HUNT_ROUND_ROBIN, &ch, 2, 1);
	assert_pick(HUNT_ROUND_ROBIN, &ch, 2, 30);
	assert_pick(HUNT_ROUND_ROBIN, &ch, 0, 3);
	/* Only the last choice itself is left: around once. */
	spans[0].idle = 1u << 3;
	spans[2].idle = 0;
	assert_pick(HUNT_ROUND_ROBIN, &ch, 0, 3);
	/* A last choice that is no channel of today. */
	ch = (struct hunt_channel){9, 5};
	assert_pick(HUNT_ROUND_ROBIN, &ch, 0, 3);
	ch = (struct hunt_channel){0, 77};
	assert_pick(HUNT_ROUND_ROBIN, &ch, 0, 3);
}

static void test_least_recent(void **state)
{
	struct hunt_channel ch = {0, 0};

	(void)state;
	for (int s = 0; s < 3; s++) {
		for (int t = 0; t < 32; t++)
			spans[s].released[t] = 1000 + s * 100 + t;
	}
	spans[1].released[20] = 999;
	spans[2].released[16] = 1; /* the D-channel is not idle */
	assert_pick(HUNT_LEAST_RECENT, &ch, 1, 20);
	take(&ch);
	assert_pick(HUNT_LEAST_RECENT, &ch, 0, 1);
	/* Never used comes first; equals from the lowest. */
	spans[2].released[7] = spans[2].released[5] = 0;
	assert_pick(HUNT_LEAST_RECENT, &ch, 2, 5);
	/* Times far apart, also before sample 0. */
	spans[2].released[9] = INT64_MIN;
	spans[0].released[9] = INT64_MAX;
	assert_pick(HUNT_LEAST_RECENT, &ch, 2, 9);
}

static void test_most_idle(void **state)
{
	struct hunt_channel ch = {0, 0};

	(void)state;
	assert_pick(HUNT_MOST_IDLE, &ch, 0, 1);
	take(&ch);
	assert_pick(HUNT_MOST_IDLE, &ch, 1, 1);
	spans[0].weight = 2;
	spans[0].descending = true;
	assert_pick(HUNT_MOST_IDLE, &ch, 0, 31);
	spans[0].idle = 0x7ffe; /* 14 x 2 < 30 x 1 */
	assert_pick(HUNT_MOST_IDLE, &ch, 1, 1);
	spans[0].weight = UINT16_MAX;
	assert_pick(HUNT_MOST_IDLE, &ch, 0, 14);
}

static void test_weight_zero_and_timeslot_zero_are_out(void **state)
{
	(void)state;
	for (int rule = 0; rule < HUNT_RULES; rule++) {
		struct hunt_channel ch = {0, 0};

		setup(NULL);
		spans[0].weight = spans[2].weight = 0;
		spans[1].idle = 1u << 17 | 1;
		assert_pick(rule, &ch, 1, 17);
		spans[1].idle = 1;
		assert_int_equal(hunt_pick(rule, spans, 3, &ch), -EBUSY);
		assert_int_equal(hunt_pick(rule, spans, 0, &ch), -EBUSY);
		assert_int_equal(hunt_pick(rule, spans, HUNT_SPANS_MAX + 1, &ch), -EINVAL);
	}
}

static void test_names(void **state)
{
	struct hunt_channel ch = {0, 0};

	(void)state;
	for (int rule = 0; rule < HUNT_RULES; rule++)
		assert_int_equal(hunt_rule_find(hunt_rule_str(rule)), rule);
	assert_int_equal(hunt_rule_find("up"), -ENOENT);
	assert_string_equal(hunt_rule_str(HUNT_RULES), "?");
	assert_int_equal(hunt_pick(HUNT_RULES, spans, 3, &ch), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_ascending_takes_all_in_order, setup),
		cmocka_unit_test_setup(test_descending_takes_all_in_order, setup),
		cmocka_unit_test_setup(test_glare, setup),
		cmocka_unit_test_setup(test_round_robin, setup),
		cmocka_unit_test_setup(test_least_recent, setup),
		cmocka_unit_test_setup(test_most_idle, setup),
		cmocka_unit_test_setup(test_weight_zero_and_timeslot_zero_are_out, setup),
		cmocka_unit_test_setup(test_names, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
