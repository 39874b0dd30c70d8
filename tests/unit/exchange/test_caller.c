/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One caller on a desk: scripted signalling and octets, no span. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/channel/g711.h"
#include "exchange/caller.h"

static struct caller c;
static struct caller_out out;
static uint8_t tx[CALLER_TICK];
static int64_t now;

static void start(const struct step *steps, size_t n, bool answering)
{
	struct caller_cfg cfg = {
		.id = 7, .answering = answering, .steps = steps, .n_steps = n, .called = "200"};

	now = 800;
	caller_init(&c, &cfg, now);
}

static void event(enum isdn_event_type type, int cause)
{
	const struct isdn_event ev = {.type = type, .cause = cause};

	caller_event(&c, &ev, now);
}

static void tick_with(const uint8_t *rx)
{
	caller_tick(&c, now, rx, tx, &out);
	now += CALLER_TICK;
}

static void tick(void)
{
	uint8_t idle[CALLER_TICK];

	memset(idle, ALAW_IDLE, sizeof(idle));
	tick_with(idle);
}

/* Tick until a request comes, at most @ms. Return: it, or -1 */
static int tick_until(int ms)
{
	while (ms-- > 0) {
		tick();
		if (out.n)
			return (int)out.request[0].ask;
	}
	return -1;
}

static void released(void)
{
	event(ISDN_RELEASED, 16);
	tick();
	assert_true(caller_done(&c));
}

static void test_good_call(void **state)
{
	static const struct step steps[] = {
		{.what = STEP_CONNECTED, .within_ms = 100},
		{.what = STEP_DIAL,
		 .dial = {.digits = "42", .on_ms = 10, .off_ms = 5, .level = -9}},
		{.what = STEP_WAIT, .ms = 5},
		{.what = STEP_HANGUP, .cause = 17},
	};
	int sounding = 0, i;

	(void)state;
	start(steps, 4, false);
	tick();
	assert_int_equal(out.n, 1);
	assert_int_equal(out.request[0].ask, CALLER_SETUP);
	assert_string_equal(out.request[0].digits, "200");
	assert_int_equal(tick_until(50), -1);
	event(ISDN_CONNECTED, 0);
	for (i = 0; i < 35; i++) {
		tick();
		assert_int_equal(out.n, 0);
		sounding += memcmp(tx, "\xd5\xd5\xd5\xd5\xd5\xd5\xd5\xd5", 8) != 0;
	}
	assert_int_equal(sounding, 20);
	assert_int_equal(tick_until(5), CALLER_HANGUP);
	assert_int_equal(out.request[0].cause, 17);
	assert_false(caller_done(&c));
	released();
	assert_int_equal(c.result.fault, CALLER_GOOD);
	assert_string_equal(c.result.digits, "42");
	assert_int_equal((c.result.connected - c.result.setup) / 8, 51);
	assert_int_equal(c.result.cause, 0); /* the release answered ours */
}

static void test_not_answered(void **state)
{
	static const struct step steps[] = {{.what = STEP_CONNECTED, .within_ms = 100}};

	(void)state;
	start(steps, 1, false);
	tick();
	assert_int_equal(tick_until(99), -1);
	assert_int_equal(tick_until(1), CALLER_HANGUP);
	released();
	assert_int_equal(c.result.fault, CALLER_NO_PROGRESS);
	assert_int_equal(c.result.step, 1);
	assert_non_null(strstr(c.result.reason, "step 1 (connected): "));
	assert_non_null(strstr(c.result.reason, "100 ms"));
}

static void test_cleared(void **state)
{
	static const struct step right[] = {{.what = STEP_CLEARED, .cause = 21, .within_ms = 100}};
	static const struct step waits[] = {{.what = STEP_WAIT, .ms = 1000}};
	static const struct step either[] = {
		{.what = STEP_WAIT, .ms = 1},
		{.what = STEP_HANGUP, .cause = 16, .or_cleared = true}};

	(void)state;
	start(right, 1, false);
	tick();
	event(ISDN_DISCONNECT, 21);
	assert_int_equal(tick_until(1), CALLER_HANGUP); /* the release that clearing needs */
	released();
	assert_int_equal(c.result.fault, CALLER_GOOD);
	assert_int_equal(c.result.cause, 21);

	start(right, 1, false);
	tick();
	event(ISDN_DISCONNECT, 16);
	tick();
	released();
	assert_int_equal(c.result.fault, CALLER_CAUSE);
	assert_non_null(strstr(c.result.reason, "expected cause 21 (call rejected), got 16"));

	start(waits, 1, false);
	tick();
	event(ISDN_RELEASED, 38);
	tick();
	assert_int_equal(out.n, 0); /* nothing is left to hang up */
	assert_true(caller_done(&c));
	assert_int_equal(c.result.fault, CALLER_CLEARED);

	start(either, 2, false);
	tick();
	tick();
	event(ISDN_RELEASED, 16);
	tick();
	assert_true(caller_done(&c));
	assert_int_equal(c.result.fault, CALLER_GOOD);
}

/* Tones that come with the DISCONNECT are still heard; silence then is not forgiven. */
static void test_inband_after_disconnect(void **state)
{
	static const struct step steps[] = {
		{.what = STEP_HEAR_SILENCE, .ms = 100, .level = -45, .within_ms = 1000},
		{.what = STEP_CLEARED, .cause = 17, .within_ms = 10}};
	const struct isdn_event ev = {.type = ISDN_DISCONNECT, .cause = 17, .inband = true};

	(void)state;
	start(steps, 2, false);
	tick();
	caller_event(&c, &ev, now);
	assert_int_equal(tick_until(110), CALLER_HANGUP);
	released();
	assert_int_equal(c.result.fault, CALLER_GOOD);
}

static void test_refused_is_right_too(void **state)
{
	static const struct step steps[] = {
		{.what = STEP_CONNECTED, .within_ms = 100, .or_cause = 42},
		{.what = STEP_WAIT, .ms = 1000}};

	(void)state;
	start(steps, 2, false);
	tick();
	event(ISDN_DISCONNECT, 42);
	assert_int_equal(tick_until(1), CALLER_HANGUP);
	released();
	assert_int_equal(c.result.fault, CALLER_GOOD);
	start(steps, 2, false);
	tick();
	event(ISDN_DISCONNECT, 41);
	tick();
	assert_int_equal(c.result.fault, CALLER_CLEARED);
}

static void test_overlap(void **state)
{
	static const struct step steps[] = {{.what = STEP_CONNECTED, .within_ms = 10000}};
	struct caller_cfg cfg = {.id = 1,
				 .steps = steps,
				 .n_steps = 1,
				 .called = "4711",
				 .overlap = true,
				 .overlap_first = 1,
				 .overlap_gap_ms = 20};

	(void)state;
	now = 0;
	caller_init(&c, &cfg, now);
	tick();
	assert_string_equal(out.request[0].digits, "4");
	assert_int_equal(tick_until(100), -1); /* not before they are asked for */
	event(ISDN_SETUP_ACK, 0);
	assert_int_equal(tick_until(1), CALLER_MORE_DIGITS);
	assert_string_equal(out.request[0].digits, "7");
	assert_int_equal(tick_until(19), -1);
	assert_int_equal(tick_until(1), CALLER_MORE_DIGITS);
	assert_string_equal(out.request[0].digits, "1");
	assert_int_equal(tick_until(20), CALLER_MORE_DIGITS);
	assert_int_equal(tick_until(100), -1);
}

/* Two wires: what is heard comes back, 10 dB down and 5 ms later; with four wires it does not. */
static void test_hybrid(void **state)
{
	static const struct step steps[] = {{.what = STEP_WAIT, .ms = 1000}};
	struct caller_cfg cfg = {.id = 1,
				 .answering = true,
				 .steps = steps,
				 .n_steps = 1,
				 .hybrid = {.model = 0, .erl_db = 10, .delay_ms = 5}};
	uint8_t loud[CALLER_TICK] = {0x34, 0x21, 0x21, 0x34, 0xB4, 0xA1, 0xA1, 0xB4};
	uint8_t idle[CALLER_TICK];

	(void)state;
	memset(idle, ALAW_IDLE, sizeof(idle));
	for (int analog = 0; analog < 2; analog++) {
		cfg.analog = analog;
		caller_init(&c, &cfg, 0);
		now = 0;
		for (int i = 0; i < 5; i++) {
			tick_with(loud);
			assert_memory_equal(tx, idle, CALLER_TICK);
		}
		for (int i = 0; i < 5; i++)
			tick_with(loud);
		if (analog)
			assert_memory_not_equal(tx, idle, CALLER_TICK);
		else
			assert_memory_equal(tx, idle, CALLER_TICK);
	}
}

static void test_answering(void **state)
{
	static const struct step steps[] = {{.what = STEP_ALERT, .inband = true},
					    {.what = STEP_WAIT, .ms = 50},
					    {.what = STEP_ANSWER},
					    {.what = STEP_CLEARED, .within_ms = 1000}};

	(void)state;
	start(steps, 4, true);
	tick();
	assert_int_equal(out.n, 1);
	assert_int_equal(out.request[0].ask, CALLER_ALERT);
	assert_true(out.request[0].inband);
	assert_int_equal(tick_until(49), -1);
	assert_int_equal(tick_until(1), CALLER_CONNECT);
	event(ISDN_CONNECT_ACK, 0);
	tick();
	assert_true(c.result.connected > 0);
	event(ISDN_DISCONNECT, 16);
	assert_int_equal(tick_until(1), CALLER_HANGUP);
	released();
	assert_int_equal(c.result.fault, CALLER_GOOD);
}

static void test_never_released(void **state)
{
	static const struct step steps[] = {{.what = STEP_HANGUP, .cause = 16}};

	(void)state;
	start(steps, 1, false);
	tick();
	assert_int_equal(out.n, 2);
	assert_int_equal(tick_until(CALLER_RELEASE_MS), -1);
	assert_false(caller_done(&c));
	tick();
	assert_true(caller_done(&c));
	assert_int_equal(c.result.fault, CALLER_NOT_RELEASED);
}

/* A prompt that starts while digits are still being sent is found from its first octet. */
static void test_prompt_begins_during_digits(void **state)
{
	static uint8_t clip[4000];
	static struct step steps[] = {
		{.what = STEP_DIAL, .dial = {.digits = "1", .on_ms = 70, .off_ms = 70}},
		{.what = STEP_HEAR_PROMPT, .within_ms = 500, .clip = clip, .clip_n = sizeof(clip)},
		{.what = STEP_HANGUP, .cause = 16}};
	struct dice d;
	size_t i;

	(void)state;
	dice_init(&d, 1);
	for (i = 0; i < sizeof(clip); i++)
		clip[i] = (uint8_t)dice_throw(&d);
	start(steps, 3, true);
	for (i = 0; i < 60; i++)
		tick();
	for (i = 0; i < sizeof(clip); i += 8) {
		assert_int_equal(out.n, 0);
		tick_with(clip + i);
	}
	assert_int_equal(out.n, 1);
	assert_int_equal(out.request[0].ask, CALLER_HANGUP);
	assert_int_equal(c.result.prompts, 1);
	assert_int_equal(c.result.prompt_octets, sizeof(clip));
	/* It does not come. */
	start(steps, 3, true);
	assert_int_equal(tick_until(140 + 501), CALLER_HANGUP);
	assert_int_equal(c.result.fault, CALLER_NOT_HEARD);
}

static void test_outside_failures(void **state)
{
	static const struct step steps[] = {{.what = STEP_WAIT, .ms = 1000}};

	(void)state;
	start(steps, 1, false);
	caller_fail(&c, CALLER_NO_CHANNEL, "none of %d", 30);
	caller_fail(&c, CALLER_NO_LINK, "the first reason stays");
	assert_true(caller_done(&c));
	tick();
	assert_int_equal(out.n, 0);
	assert_non_null(strstr(c.result.reason, "none of 30"));
	assert_string_equal(caller_fault_name(c.result.fault), "no-channel");
	assert_string_equal(caller_fault_name(CALLER_FAULTS), "?");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good_call),
		cmocka_unit_test(test_not_answered),
		cmocka_unit_test(test_cleared),
		cmocka_unit_test(test_inband_after_disconnect),
		cmocka_unit_test(test_refused_is_right_too),
		cmocka_unit_test(test_overlap),
		cmocka_unit_test(test_hybrid),
		cmocka_unit_test(test_answering),
		cmocka_unit_test(test_never_released),
		cmocka_unit_test(test_prompt_begins_during_digits),
		cmocka_unit_test(test_outside_failures),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
