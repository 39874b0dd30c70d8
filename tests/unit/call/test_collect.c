/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "core/call/collect.h"

#define T0 1000000 /* sample at which everything starts here */

static const struct collect_cfg plain = {
	.min = 1, .max = 4, .terminators = "#", .first = 40000, .inter = 24000, .total = 0};

static struct collect c;

static unsigned start(const struct collect_cfg *cfg, const char *typed_ahead)
{
	unsigned acts = 99;

	assert_int_equal(collect_start(&c, cfg, T0, typed_ahead, &acts), 0);
	return acts;
}

static unsigned digit(char d, int64_t at)
{
	return collect_step(&c, &(struct collect_ev){COLLECT_EV_DIGIT, d, T0 + at});
}

static unsigned event(enum collect_ev_type type, int64_t at)
{
	return collect_step(&c, &(struct collect_ev){type, 0, T0 + at});
}

static void assert_done(enum collect_reason reason, const char *digits, int64_t ended)
{
	assert_int_equal(c.reason, reason);
	assert_string_equal(c.digits, digits);
	assert_int_equal(c.n, strlen(digits));
	assert_true(c.ended == T0 + ended);
	assert_true(collect_next(&c) == INT64_MAX);
	/* The end is final. */
	assert_int_equal(digit('9', 9000000), 0);
	assert_int_equal(event(COLLECT_EV_TIME, 9000001), 0);
	assert_int_equal(event(COLLECT_EV_CANCEL, 9000002), 0);
	assert_string_equal(c.digits, digits);
	assert_int_equal(c.reason, reason);
}

static void test_max(void **state)
{
	(void)state;
	assert_int_equal(start(&plain, NULL), 0);
	assert_int_equal(digit('1', 100), 0);
	assert_int_equal(digit('A', 200), 0);
	assert_int_equal(digit('*', 300), 0);
	assert_int_equal(digit('0', 400), COLLECT_DONE);
	assert_done(COLLECT_MAX, "1A*0", 400);
}

static void test_terminator(void **state)
{
	struct collect_cfg cfg = plain;

	(void)state;
	start(&plain, "");
	digit('1', 100);
	assert_int_equal(digit('#', 200), COLLECT_DONE);
	assert_int_equal(c.terminator, '#');
	assert_true(collect_enough(&c));
	assert_done(COLLECT_TERMINATOR, "1", 200);
	/* Alone: an empty answer, fewer than wanted. */
	start(&plain, "");
	assert_int_equal(digit('#', 200), COLLECT_DONE);
	assert_false(collect_enough(&c));
	assert_done(COLLECT_TERMINATOR, "", 200);
	/* Without terminators # is a digit. */
	cfg.terminators[0] = 0;
	start(&cfg, "");
	assert_int_equal(digit('#', 200), 0);
	assert_string_equal(c.digits, "#");
}

static void test_rubbish_is_no_digit(void **state)
{
	static const char rubbish[] = {0, 'a', 'E', ' ', '\n', '+', (char)0xff};

	(void)state;
	start(&plain, "x1y");
	assert_string_equal(c.digits, "1");
	for (size_t i = 0; i < sizeof(rubbish); i++)
		assert_int_equal(digit(rubbish[i], 1), 0);
	assert_string_equal(c.digits, "1");
	assert_true(collect_next(&c) == T0 + 24000);
}

/* t < deadline is in time, t == deadline is not. */
static void test_first_timeout_exact(void **state)
{
	(void)state;
	start(&plain, NULL);
	assert_true(collect_next(&c) == T0 + 40000);
	assert_int_equal(event(COLLECT_EV_TIME, 39999), 0);
	assert_int_equal(event(COLLECT_EV_TIME, 40000), COLLECT_DONE);
	assert_false(collect_enough(&c));
	assert_done(COLLECT_FIRST_TIMEOUT, "", 40000);

	start(&plain, NULL);
	assert_int_equal(digit('5', 39999), 0);
	assert_string_equal(c.digits, "5");

	start(&plain, NULL);
	assert_int_equal(digit('5', 40000), COLLECT_DONE);
	assert_done(COLLECT_FIRST_TIMEOUT, "", 40000);
}

static void test_inter_timeout_exact(void **state)
{
	(void)state;
	start(&plain, NULL);
	digit('5', 100);
	assert_true(collect_next(&c) == T0 + 24100);
	assert_int_equal(digit('6', 24099), 0);
	assert_true(collect_next(&c) == T0 + 48099);
	assert_int_equal(event(COLLECT_EV_TIME, 48098), 0);
	assert_int_equal(event(COLLECT_EV_TIME, 60000), COLLECT_DONE); /* called late */
	assert_done(COLLECT_INTER_TIMEOUT, "56", 48099);
}

static void test_total_timeout_exact(void **state)
{
	struct collect_cfg cfg = plain;

	(void)state;
	cfg.total = 50000;
	start(&cfg, NULL);
	digit('1', 30000);
	assert_true(collect_next(&c) == T0 + 50000);
	assert_int_equal(digit('2', 49999), 0);
	assert_int_equal(digit('3', 50000), COLLECT_DONE);
	assert_done(COLLECT_TOTAL_TIMEOUT, "12", 50000);
	/* The one that is due first counts, also when both have passed. */
	start(&cfg, NULL);
	digit('1', 10000);
	assert_int_equal(event(COLLECT_EV_TIME, 99999), COLLECT_DONE);
	assert_done(COLLECT_INTER_TIMEOUT, "1", 34000);
	cfg.first = 0;
	start(&cfg, NULL);
	assert_int_equal(event(COLLECT_EV_TIME, 99999), COLLECT_DONE);
	assert_done(COLLECT_TOTAL_TIMEOUT, "", 50000);
}

static void test_no_timeouts(void **state)
{
	struct collect_cfg cfg = {.max = 2};

	(void)state;
	start(&cfg, NULL);
	assert_true(collect_next(&c) == INT64_MAX);
	assert_int_equal(event(COLLECT_EV_TIME, 1ll << 40), 0);
	assert_int_equal(digit('1', 1ll << 41), 0);
	assert_int_equal(digit('1', 1ll << 42), COLLECT_DONE);
}

static void test_timeouts_wait_for_the_prompt(void **state)
{
	struct collect_cfg cfg = plain;

	(void)state;
	cfg.prompt = cfg.barge_in = true;
	cfg.total = 100000;
	start(&cfg, NULL);
	assert_true(collect_next(&c) == INT64_MAX);
	assert_int_equal(event(COLLECT_EV_TIME, 7000000), 0);
	assert_int_equal(event(COLLECT_EV_PROMPT_END, 7000000), 0);
	assert_true(collect_next(&c) == T0 + 7040000);
	/* A second report changes nothing. */
	assert_int_equal(event(COLLECT_EV_PROMPT_END, 7000100), 0);
	assert_true(collect_next(&c) == T0 + 7040000);
	digit('1', 7039000);
	digit('2', 7060000);
	digit('3', 7080000);
	assert_int_equal(event(COLLECT_EV_TIME, 7100000), COLLECT_DONE);
	assert_int_equal(c.reason, COLLECT_TOTAL_TIMEOUT);
}

static void test_barge_in(void **state)
{
	struct collect_cfg cfg = plain;

	(void)state;
	cfg.prompt = cfg.barge_in = true;
	cfg.total = 100000;
	start(&cfg, NULL);
	assert_int_equal(digit('1', 5000), COLLECT_STOP_PROMPT);
	assert_true(collect_next(&c) == T0 + 5000 + 24000);
	assert_int_equal(digit('2', 6000), 0);
	/* The report that the stopped prompt has ended comes afterwards. */
	assert_int_equal(event(COLLECT_EV_PROMPT_END, 6001), 0);
	assert_true(c.total_by == T0 + 5000 + 100000);
	assert_true(collect_next(&c) == T0 + 6000 + 24000);
	start(&cfg, NULL);
	assert_int_equal(digit('#', 5000), COLLECT_STOP_PROMPT | COLLECT_DONE);
	cfg.max = 1;
	start(&cfg, NULL);
	assert_int_equal(digit('3', 5000), COLLECT_STOP_PROMPT | COLLECT_DONE);
	assert_done(COLLECT_MAX, "3", 5000);
}

static void test_no_barge_in(void **state)
{
	struct collect_cfg cfg = plain;

	(void)state;
	cfg.prompt = true;
	assert_int_equal(start(&cfg, "12"), 0);
	assert_int_equal(digit('1', 5000), 0);
	assert_int_equal(digit('#', 5000), 0);
	assert_string_equal(c.digits, "");
	event(COLLECT_EV_PROMPT_END, 8000);
	digit('7', 8001);
	assert_string_equal(c.digits, "7");
}

static void test_typed_ahead(void **state)
{
	struct collect_cfg cfg = plain;

	(void)state;
	assert_int_equal(start(&plain, "12"), 0);
	assert_true(collect_next(&c) == T0 + 24000);
	assert_int_equal(start(&plain, "12345"), COLLECT_DONE);
	assert_done(COLLECT_MAX, "1234", 0);
	assert_int_equal(start(&plain, "1#2"), COLLECT_DONE);
	assert_done(COLLECT_TERMINATOR, "1", 0);
	cfg.prompt = cfg.barge_in = true;
	assert_int_equal(start(&cfg, "1"), COLLECT_STOP_PROMPT);
	assert_int_equal(start(&cfg, "12345"), COLLECT_STOP_PROMPT | COLLECT_DONE);
}

static void test_cancel(void **state)
{
	struct collect_cfg cfg = plain;

	(void)state;
	start(&plain, "4");
	assert_int_equal(event(COLLECT_EV_CANCEL, 10), COLLECT_DONE);
	assert_done(COLLECT_CANCELLED, "4", 10);
	cfg.prompt = true;
	start(&cfg, NULL);
	assert_int_equal(event(COLLECT_EV_CANCEL, 10), COLLECT_DONE | COLLECT_STOP_PROMPT);
	/* Over already when the cancel came. */
	start(&plain, NULL);
	assert_int_equal(event(COLLECT_EV_CANCEL, 50000), COLLECT_DONE);
	assert_done(COLLECT_FIRST_TIMEOUT, "", 40000);
}

static void assert_refused(struct collect_cfg cfg)
{
	unsigned acts = 77;

	memset(&c, 0x5a, sizeof(c));
	assert_int_equal(collect_start(&c, &cfg, 0, NULL, &acts), -EINVAL);
	assert_int_equal(acts, 77);
	assert_int_equal(c.n, 0x5a);
}

static void test_bad_configuration(void **state)
{
	struct collect_cfg d = plain;

	(void)state;
#define REFUSED(change)                                                                            \
	do {                                                                                       \
		d = plain;                                                                         \
		change;                                                                            \
		assert_refused(d);                                                                 \
	} while (0)
	REFUSED(d.max = 0);
	REFUSED(d.max = DIGITS_MAX);
	REFUSED(d.min = 5);
	REFUSED(d.first = -1);
	REFUSED(d.inter = -1);
	REFUSED(d.total = -1);
	REFUSED(d.terminators[0] = 'x');
	REFUSED(memset(d.terminators, '1', sizeof(d.terminators)));
}

static void test_longest(void **state)
{
	struct collect_cfg cfg = {.max = DIGITS_MAX - 1};

	(void)state;
	start(&cfg, NULL);
	for (int i = 0; i < DIGITS_MAX - 2; i++)
		assert_int_equal(digit('8', i), 0);
	assert_int_equal(digit('9', 100), COLLECT_DONE);
	assert_int_equal(strlen(c.digits), DIGITS_MAX - 1);
}

static void test_names(void **state)
{
	(void)state;
	for (int i = 0; i < COLLECT_REASONS; i++)
		assert_string_not_equal(collect_reason_str(i), "?");
	assert_string_equal(collect_reason_str(COLLECT_REASONS), "?");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_max),
		cmocka_unit_test(test_terminator),
		cmocka_unit_test(test_rubbish_is_no_digit),
		cmocka_unit_test(test_first_timeout_exact),
		cmocka_unit_test(test_inter_timeout_exact),
		cmocka_unit_test(test_total_timeout_exact),
		cmocka_unit_test(test_no_timeouts),
		cmocka_unit_test(test_timeouts_wait_for_the_prompt),
		cmocka_unit_test(test_barge_in),
		cmocka_unit_test(test_no_barge_in),
		cmocka_unit_test(test_typed_ahead),
		cmocka_unit_test(test_cancel),
		cmocka_unit_test(test_bad_configuration),
		cmocka_unit_test(test_longest),
		cmocka_unit_test(test_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
