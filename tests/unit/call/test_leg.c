/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "core/call/leg.h"

/* One step and its actions as text: "connect answered". */
static const char *step(struct leg *l, struct leg_event ev)
{
	static const char *const names[] = {
		[LEG_DO_PROCEEDING] = "proceeding",
		[LEG_DO_MORE] = "more",
		[LEG_DO_ALERTING] = "alerting",
		[LEG_DO_PROGRESS] = "progress",
		[LEG_DO_CONNECT] = "connect",
		[LEG_DO_HANGUP] = "hangup",
		[LEG_DO_OPEN] = "open",
		[LEG_DO_CLOSE] = "close",
		[LEG_TELL_OFFERED] = "+offered",
		[LEG_TELL_DIGITS] = "+digits",
		[LEG_TELL_PROCEEDING] = "+proceeding",
		[LEG_TELL_ALERTING] = "+alerting",
		[LEG_TELL_PROGRESS] = "+progress",
		[LEG_TELL_ANSWERED] = "+answered",
		[LEG_TELL_ENDED] = "+ended",
	};
	static char out[256];
	struct leg_actions acts;
	size_t n = 0;

	out[0] = 0;
	if (leg_step(l, &ev, &acts))
		return "refused";
	for (int i = 0; i < acts.n; i++) {
		n += (size_t)snprintf(out + n, sizeof(out) - n, "%s%s", i ? " " : "",
				      names[acts.a[i].type]);
		if (acts.a[i].type == LEG_DO_HANGUP)
			n += (size_t)snprintf(out + n, sizeof(out) - n, "(%d)", acts.a[i].cause);
	}
	return out;
}

#define is(l, text, ...) assert_string_equal(step(l, (struct leg_event){__VA_ARGS__}), text)

static void incoming_answered_and_cleared_by_far(void **state)
{
	struct leg l;

	(void)state;
	leg_init(&l);
	is(&l, "+offered", .type = LEG_EV_SETUP, .sample = 100, .complete = true);
	assert_int_equal(leg_next(&l), 100 + LEG_AUTO_PROCEED);
	is(&l, "alerting open", .type = LEG_RQ_ALERT, .inband = true);
	is(&l, "connect +answered", .type = LEG_RQ_ANSWER, .sample = 900);
	assert_int_equal(l.answered, 900);
	assert_int_equal(leg_next(&l), INT64_MAX);
	is(&l, "close hangup(17)", .type = LEG_EV_DISCONNECT, .cause = 17, .location = 4);
	is(&l, "+ended", .type = LEG_EV_RELEASED, .sample = 2000, .cause = 16);
	assert_int_equal(l.cause, 17);
	assert_int_equal(l.location, 4);
	assert_int_equal(l.by, LEG_BY_FAR);
	assert_int_equal(l.ended, 2000);
	is(&l, "refused", .type = LEG_EV_RELEASED);
}

static void proceeding_by_itself(void **state)
{
	struct leg l;

	(void)state;
	leg_init(&l);
	is(&l, "+offered", .type = LEG_EV_SETUP, .sample = 0, .complete = true);
	is(&l, "", .type = LEG_EV_TIME, .sample = LEG_AUTO_PROCEED - 1);
	is(&l, "proceeding", .type = LEG_EV_TIME, .sample = LEG_AUTO_PROCEED);
	is(&l, "refused", .type = LEG_RQ_PROCEED);
	assert_int_equal(l.state, LEG_PROCEEDING);
}

static void overlap(void **state)
{
	struct leg l;

	(void)state;
	leg_init(&l);
	is(&l, "+offered", .type = LEG_EV_SETUP, .sample = 0);
	is(&l, "more open", .type = LEG_RQ_MORE, .inband = true);
	assert_int_equal(leg_next(&l), INT64_MAX);
	is(&l, "+digits", .type = LEG_EV_DIGITS, .sample = 500);
	assert_int_equal(leg_next(&l), INT64_MAX);
	is(&l, "+digits", .type = LEG_EV_DIGITS, .sample = 900, .complete = true);
	assert_int_equal(leg_next(&l), 900 + LEG_AUTO_PROCEED);
	is(&l, "proceeding", .type = LEG_RQ_PROCEED);
	is(&l, "progress", .type = LEG_RQ_PROGRESS, .inband = true);
}

static void progress_settles_the_channel_first(void **state)
{
	struct leg l;

	(void)state;
	leg_init(&l);
	is(&l, "+offered", .type = LEG_EV_SETUP, .complete = true);
	is(&l, "proceeding progress open", .type = LEG_RQ_PROGRESS, .inband = true, .cause = 17);
	is(&l, "close hangup(17)", .type = LEG_RQ_HANGUP, .cause = 17);
	assert_int_equal(l.by, LEG_BY_US);
}

static void refused_at_once(void **state)
{
	struct leg l;

	(void)state;
	leg_init(&l);
	is(&l, "+offered", .type = LEG_EV_SETUP, .complete = true);
	is(&l, "hangup(21)", .type = LEG_RQ_HANGUP, .cause = 21);
	is(&l, "refused", .type = LEG_RQ_ANSWER);
	/* The far end never confirms: the watch ends the leg. */
	is(&l, "", .type = LEG_EV_TIME, .sample = LEG_CLEAR_WATCH - 1);
	is(&l, "+ended", .type = LEG_EV_TIME, .sample = LEG_CLEAR_WATCH);
	assert_int_equal(l.cause, 21);
	assert_int_equal(l.answered, -1);
}

static void outgoing(void **state)
{
	struct leg l;

	(void)state;
	leg_init(&l);
	is(&l, "", .type = LEG_RQ_ORIGINATE, .sample = 0, .timeout = 8000);
	is(&l, "refused", .type = LEG_RQ_ANSWER);
	is(&l, "", .type = LEG_RQ_DIGITS);
	is(&l, "", .type = LEG_EV_MORE);
	is(&l, "+proceeding", .type = LEG_EV_PROCEEDING);
	is(&l, "refused", .type = LEG_RQ_DIGITS);
	is(&l, "open +alerting", .type = LEG_EV_ALERTING, .inband = true);
	is(&l, "+answered", .type = LEG_EV_CONNECTED, .sample = 400);
	is(&l, "close hangup(16)", .type = LEG_RQ_HANGUP);
	is(&l, "+ended", .type = LEG_EV_RELEASED, .cause = 16);
	assert_int_equal(l.by, LEG_BY_US);
}

static void outgoing_not_answered_in_time(void **state)
{
	struct leg l;

	(void)state;
	leg_init(&l);
	is(&l, "", .type = LEG_RQ_ORIGINATE, .sample = 1000, .timeout = 8000);
	assert_int_equal(leg_next(&l), 9000);
	is(&l, "hangup(16)", .type = LEG_EV_TIME, .sample = 9000);
	is(&l, "+ended", .type = LEG_EV_RELEASED, .cause = 16);
	assert_int_equal(l.by, LEG_BY_TIMEOUT);
	assert_int_equal(l.cause, 102);
}

static void line_fails(void **state)
{
	struct leg l;

	(void)state;
	leg_init(&l);
	is(&l, "+offered", .type = LEG_EV_SETUP, .complete = true);
	is(&l, "open connect +answered", .type = LEG_RQ_ANSWER);
	is(&l, "close +ended", .type = LEG_EV_FAILED, .cause = 27);
	assert_int_equal(l.by, LEG_BY_LINE);
}

static void bad_causes(void **state)
{
	struct leg l;
	struct leg_actions acts;
	struct leg_event ev = {.type = LEG_RQ_HANGUP, .cause = 128};

	(void)state;
	leg_init(&l);
	is(&l, "+offered", .type = LEG_EV_SETUP);
	assert_int_equal(leg_step(&l, &ev, &acts), -EINVAL);
	ev.cause = -1;
	assert_int_equal(leg_step(&l, &ev, &acts), -EINVAL);
	assert_int_equal(l.state, LEG_OFFERED);
	ev.type = (enum leg_event_type)LEG_EVENTS;
	assert_int_equal(leg_step(&l, &ev, &acts), -EPROTO);
}

/*
 * Every event in every state that random walks reach: a refusal changes nothing, an open channel is
 * closed exactly once, an end is told exactly once and nothing comes after it.
 */
static void random_walks(void **state)
{
	uint32_t seed = 1;
	unsigned int seen = 0;

	(void)state;
	for (int walk = 0; walk < 20000; walk++) {
		struct leg l;
		int open = 0, ended = 0;

		leg_init(&l);
		for (int i = 0; i < 30; i++) {
			struct leg before = l;
			struct leg_actions acts;
			struct leg_event ev;

			seed = seed * 1664525 + 1013904223;
			ev = (struct leg_event){
				.type = (enum leg_event_type)((seed >> 16) % LEG_EVENTS),
				.sample = i * 100000,
				.inband = seed >> 31,
				.cause = (int)(seed >> 24) & 127,
				.timeout = 200000};
			seen |= 1u << l.state;
			if (leg_step(&l, &ev, &acts)) {
				assert_memory_equal(&before, &l, sizeof(l));
				continue;
			}
			assert_true(acts.n <= LEG_ACTIONS_MAX);
			assert_int_equal(ended, 0);
			for (int a = 0; a < acts.n; a++) {
				open += acts.a[a].type == LEG_DO_OPEN;
				open -= acts.a[a].type == LEG_DO_CLOSE;
				ended += acts.a[a].type == LEG_TELL_ENDED;
				assert_in_range(open, 0, 1);
			}
			assert_int_equal(open, l.open);
			assert_int_equal(ended, l.state == LEG_ENDED);
			if (l.state == LEG_CLEARING || l.state == LEG_ENDED)
				assert_int_equal(open, 0);
		}
	}
	assert_int_equal(seen, (1u << LEG_STATES) - 1); /* every state is reachable */
}

static void names(void **state)
{
	(void)state;
	for (int s = 0; s < LEG_STATES; s++)
		assert_non_null(leg_state_name((enum leg_state)s));
	for (int t = 0; t < LEG_EVENTS; t++)
		assert_non_null(leg_event_name((enum leg_event_type)t));
	assert_string_equal(leg_by_name(LEG_BY_TIMEOUT), "timeout");
	assert_string_equal(leg_state_name((enum leg_state)99), "?");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(incoming_answered_and_cleared_by_far),
		cmocka_unit_test(proceeding_by_itself),
		cmocka_unit_test(overlap),
		cmocka_unit_test(progress_settles_the_channel_first),
		cmocka_unit_test(refused_at_once),
		cmocka_unit_test(outgoing),
		cmocka_unit_test(outgoing_not_answered_in_time),
		cmocka_unit_test(line_fails),
		cmocka_unit_test(bad_causes),
		cmocka_unit_test(random_walks),
		cmocka_unit_test(names),
	};

	return cmocka_run_group_tests_name("leg", tests, NULL, NULL);
}
