/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The control socket seen by its clients: hello, roles, requests, events, replay.
 * Hostile clients are in test_control_limits.c.
 */
#include "control_rig.h"

/* ---- hello ---- */

static void controller_hello(void **state)
{
	struct rig r;
	struct peer p;

	(void)state;
	rig_open(&r);
	peer_connect(&p, &r);
	peer_say(&p, "{\"hello\":{\"protocol\":[7,1],\"role\":\"controller\",\"later\":true}}");
	peer_expect(&p, "{\"hello\":{\"protocol\":1,\"engine\":\"strowger-engine\",\"instance\":"
			"\"" INSTANCE "\",\"sample\":4242,\"utc\":1795000000.125,\"first\":1,"
			"\"next\":1,\"lost\":0,\"lockstep\":false}}");
	peer_expect(&p, "{\"snapshot\":{\"sample\":4242,\"next\":1}}");
	assert_string_equal(r.presence, "+");
	peer_close(&p);
	while (control_has_controller(r.control))
		rig_turn(&r);
	assert_string_equal(r.presence, "+-");
	rig_close(&r);
}

static void bad_hellos(void **state)
{
	static const struct {
		const char *line, *why;
	} cases[] = {
		{"{\"id\":1,\"do\":\"spans\"}", "the first line must be"},
		{"{\"hello\":1}", "\"protocol\" must be"},
		{"{\"hello\":{\"protocol\":1,\"role\":\"observer\"}}", "\"protocol\" must be"},
		{"{\"hello\":{\"protocol\":[2,3],\"role\":\"observer\"}}",
		 "protocol: this engine speaks 1"},
		{"{\"hello\":{\"protocol\":[\"1\"],\"role\":\"observer\"}}",
		 "this engine speaks 1"},
		{"{\"hello\":{\"protocol\":[1]}}", "\"role\" must be"},
		{"{\"hello\":{\"protocol\":[1],\"role\":\"king\"}}", "\"role\" must be"},
		{"{\"hello\":{\"protocol\":[1],\"role\":\"observer\",\"client\":5}}",
		 "\"client\" must be"},
		{"{\"hello\":{\"protocol\":[1],\"role\":\"controller\",\"instance\":5}}",
		 "\"instance\" must be"},
		{"{\"hello\":{\"protocol\":[1],\"role\":\"controller\",\"instance\":\"a\","
		 "\"committed\":-1}}",
		 "\"committed\" must be"},
		{"{\"hello\":{\"protocol\":[1],\"role\":\"controller\",\"instance\":\"a\","
		 "\"committed\":1.5}}",
		 "\"committed\" must be"},
		{"GET / HTTP/1.1", "not JSON"},
		{"", "not JSON"},
		{"[1,2]", "not a JSON object"},
		{"{\"hello\":{},\"hello\":{}}", "not JSON: duplicate"},
		{"{\"\xff\":1}", "not JSON"},
	};
	struct control_stats st;
	struct rig r;
	struct peer p;

	(void)state;
	rig_open(&r);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		peer_connect(&p, &r);
		peer_say(&p, "%s", cases[i].line);
		peer_expect_cut_off(&p, cases[i].why);
		peer_close(&p);
	}
	control_stats(r.control, &st);
	assert_int_equal(st.clients, 0);
	assert_int_equal(st.refused, sizeof(cases) / sizeof(cases[0]));
	assert_int_equal(st.cut_off, sizeof(cases) / sizeof(cases[0]));
	assert_string_equal(r.presence, "");
	rig_close(&r);
}

static void replaced_controller(void **state)
{
	struct rig r;
	struct peer a, b;

	(void)state;
	rig_open(&r);
	peer_control(&a, &r, "", 0);
	peer_expect_snapshot(&a, 1);
	peer_say(&a, "{\"id\":1,\"do\":\"hold\"}");
	while (!r.held)
		rig_turn(&r);
	peer_control(&b, &r, "", 0);
	peer_expect(&a, "{\"bye\":\"replaced\"}");
	peer_expect_end(&a);
	peer_expect_snapshot(&b, 1);
	assert_string_equal(r.presence, "+-+");
	/* The answer to one who is gone is nobody's, whatever the other one asked. */
	peer_say(&b, "{\"id\":1,\"do\":\"hold\"}");
	while (r.held < 2)
		rig_turn(&r);
	control_fail(r.control, r.held_client[0], 1, "no-leg", "for a");
	control_ok(r.control, r.held_client[1], 1, NULL);
	peer_expect(&b, "{\"id\":1,\"ok\":true}");
	peer_close(&a);
	peer_close(&b);
	rig_close(&r);
}

/* ---- requests ---- */

static void answers(void **state)
{
	struct rig r;
	struct peer p;

	(void)state;
	rig_open(&r);
	peer_control(&p, &r, "", 0);
	peer_expect_snapshot(&p, 1);
	peer_say(&p, "{\"id\":17,\"do\":\"answer\",\"leg\":5}");
	peer_expect(&p, "{\"id\":17,\"ok\":true}");
	peer_say(&p, "{\"do\":\"hangup\",\"id\":9007199254740992,\"leg\":5}");
	peer_expect(&p, "{\"id\":9007199254740992,\"ok\":false,\"code\":\"no-leg\","
			"\"error\":\"no leg 99\"}");
	peer_say(&p, "{\"id\":18,\"do\":\"answer\",\"leg\":5,\"cuase\":16}");
	peer_expect(&p, "{\"id\":18,\"ok\":false,\"code\":\"bad-request\",\"error\":"
			"\"unknown member \\\"cuase\\\" (known: leg,cause)\"}");
	peer_say(&p, "{\"id\":19,\"do\":5}");
	peer_expect(&p, "{\"id\":19,\"ok\":false,\"code\":\"bad-request\",\"error\":"
			"\"\\\"do\\\" must be a string\"}");
	/* An event that a request causes before it is answered comes before the answer. */
	peer_say(&p, "{\"id\":20,\"do\":\"event\"}");
	peer_expect(&p, "{\"event\":1,\"sample\":77,\"type\":\"digit\",\"leg\":1}");
	peer_expect(&p, "{\"id\":20,\"ok\":true,\"controller\":true}");
	peer_say(&p, "{\"id\":21,\"do\":\"huge\"}");
	peer_expect_in(&p, "code", "limit");
	/* In another order, and an id may be used again after its answer. */
	peer_say(&p, "{\"id\":1,\"do\":\"hold\"}\n{\"id\":2,\"do\":\"hold\"}");
	while (r.held < 2)
		rig_turn(&r);
	control_ok(r.control, r.held_client[1], 2, json_pack("{s:i}", "leg", 12));
	control_ok(r.control, r.held_client[0], 1, NULL);
	control_ok(r.control, r.held_client[0], 1, NULL); /* twice: no second line */
	peer_expect(&p, "{\"id\":2,\"ok\":true,\"leg\":12}");
	peer_expect(&p, "{\"id\":1,\"ok\":true}");
	peer_say(&p, "{\"id\":1,\"do\":\"answer\"}");
	peer_expect(&p, "{\"id\":1,\"ok\":true}");
	peer_close(&p);
	rig_close(&r);
}

static void words_of_strangers(void **state)
{
	struct rig r;
	struct peer p;

	(void)state;
	rig_open(&r);
	peer_control(&p, &r, "", 0);
	peer_expect_snapshot(&p, 1);
	/* The quoted name is cut within a character: the answer must be UTF-8 all the same. */
	peer_say(&p, "{\"id\":1,\"do\":\"answer\",\"x%s\":1}",
		 "号号号号号号号号号号号号号号号号号号号号号号号号号号号号号号号号号号号");
	peer_expect_in(&p, "error", "unknown member");
	peer_close(&p);
	rig_close(&r);
}

static void bad_requests(void **state)
{
	static const struct {
		const char *line, *why;
	} cases[] = {
		{"{\"id\":0,\"do\":\"answer\"}", "\"id\" must be"},
		{"{\"id\":-5,\"do\":\"answer\"}", "\"id\" must be"},
		{"{\"id\":9007199254740993,\"do\":\"answer\"}", "\"id\" must be"},
		{"{\"id\":1.0,\"do\":\"answer\"}", "\"id\" must be"},
		{"{\"id\":\"1\",\"do\":\"answer\"}", "\"id\" must be"},
		{"{\"id\":null,\"do\":\"answer\"}", "\"id\" must be"},
		{"{\"id\":99999999999999999999,\"do\":\"answer\"}", "not JSON"},
		{"{\"do\":\"answer\"}", "neither"},
		{"{}", "neither"},
		{"{\"hello\":{\"protocol\":[1],\"role\":\"controller\"}}", "a second hello"},
		{"{\"committed\":\"5\"}", "must be {\"committed\":number}"},
		{"{\"committed\":-5}", "must be {\"committed\":number}"},
		{"{\"committed\":0,\"leg\":1}", "and nothing else"},
		{"{\"committed\":1}", "committed 1: the last event is 0"},
		{"{\"synced\":0}", "synced 0: not asked for"},
		{"{\"id\":1,\"do\":\"hold\"}\n{\"id\":1,\"do\":\"hold\"}",
		 "request 1 has no answer yet and comes again"},
		{"nonsense", "not JSON"},
	};
	struct rig r;
	struct peer p;

	(void)state;
	rig_open(&r);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		peer_control(&p, &r, "", 0);
		peer_expect_snapshot(&p, 1);
		peer_say(&p, "%s", cases[i].line);
		peer_expect_cut_off(&p, cases[i].why);
		peer_close(&p);
	}
	assert_false(control_has_controller(r.control));
	rig_close(&r);
}

static void observer_rights(void **state)
{
	struct rig r;
	struct peer p;

	(void)state;
	rig_open(&r);
	rig_event(&r, "digit");
	peer_observe(&p, &r); /* no replay */
	assert_string_equal(r.presence, "");
	peer_say(&p, "{\"id\":1,\"do\":\"legs\"}");
	peer_expect(&p, "{\"id\":1,\"ok\":true,\"legs\":[]}");
	peer_say(&p, "{\"id\":2,\"do\":\"answer\",\"leg\":5}");
	peer_expect(&p, "{\"id\":2,\"ok\":false,\"code\":\"not-allowed\",\"error\":"
			"\"an observer may not \\\"answer\\\"\"}");
	/* We run as the engine's own user: maintaining is allowed, and reaches the owner. */
	peer_say(&p, "{\"id\":3,\"do\":\"drain\",\"on\":true}");
	peer_expect_in(&p, "code", "no-leg");
	peer_say(&p, "{\"committed\":1}");
	peer_expect_cut_off(&p, "an observer may send requests only");
	peer_close(&p);
	rig_close(&r);
}

static void rights_table(void **state)
{
	static const char *const looking[] = {"spans", "channels", "legs",
					      "stats", "trace",    "events"};
	static const char *const maintaining[] = {"block", "unblock", "restart", "drain"};

	(void)state;
	for (size_t i = 0; i < 6; i++) {
		assert_true(control_may(CONTROL_OBSERVER, false, looking[i]));
		assert_true(control_may(CONTROL_CONTROLLER, false, looking[i]));
		assert_false(control_may(CONTROL_STRANGER, true, looking[i]));
	}
	for (size_t i = 0; i < 4; i++) {
		assert_false(control_may(CONTROL_OBSERVER, false, maintaining[i]));
		assert_true(control_may(CONTROL_OBSERVER, true, maintaining[i]));
		assert_true(control_may(CONTROL_CONTROLLER, false, maintaining[i]));
	}
	assert_false(control_may(CONTROL_OBSERVER, true, "hangup"));
	assert_false(control_may(CONTROL_OBSERVER, true, ""));
	assert_true(control_may(CONTROL_CONTROLLER, false, "hangup"));
}

static void live_events_of_an_observer(void **state)
{
	struct rig r;
	struct peer p;

	(void)state;
	rig_open(&r);
	peer_observe(&p, &r);
	rig_event(&r, "digit");
	peer_say(&p, "{\"id\":1,\"do\":\"events\",\"on\":1}");
	peer_expect_in(&p, "error", "\"on\" must be true or false");
	peer_say(&p, "{\"id\":2,\"do\":\"events\",\"on\":true,\"all\":true}");
	peer_expect_in(&p, "error", "unknown member \"all\" (known: on)");
	peer_say(&p, "{\"id\":3,\"do\":\"events\",\"on\":true}");
	peer_expect(&p, "{\"id\":3,\"ok\":true}");
	rig_event(&r, "digit");
	assert_int_equal(peer_expect_event(&p), 2);
	peer_say(&p, "{\"id\":4,\"do\":\"events\",\"on\":false}");
	peer_expect(&p, "{\"id\":4,\"ok\":true}");
	rig_event(&r, "digit");
	peer_say(&p, "{\"id\":5,\"do\":\"legs\"}");
	peer_expect(&p, "{\"id\":5,\"ok\":true,\"legs\":[]}");
	peer_close(&p);
	peer_control(&p, &r, "", 0);
	for (unsigned int i = 1; i <= 3; i++) /* an observer acknowledges nothing */
		assert_int_equal(peer_expect_event(&p), i);
	peer_expect_snapshot(&p, 4);
	peer_say(&p, "{\"id\":6,\"do\":\"events\",\"on\":false}");
	peer_expect_in(&p, "code", "not-allowed");
	peer_close(&p);
	rig_close(&r);
}

/* ---- events and replay ---- */

static void replay_to_who_returns(void **state)
{
	struct control_stats st;
	struct rig r;
	struct peer p;

	(void)state;
	rig_open(&r);
	peer_control(&p, &r, "", 0);
	peer_expect_snapshot(&p, 1);
	for (int i = 0; i < 10; i++)
		rig_event(&r, i % 2 ? "leg.ended" : "digit");
	for (unsigned int i = 1; i <= 10; i++)
		assert_int_equal(peer_expect_event(&p), i);
	peer_say(&p, "{\"committed\":4}");
	do {
		rig_turn(&r);
		control_stats(r.control, &st);
	} while (st.first != 5);
	assert_int_equal(st.kept, 6);
	assert_int_equal(st.kept_ended, 3);
	peer_close(&p);
	while (control_has_controller(r.control))
		rig_turn(&r);
	rig_event(&r, "no-controller");

	peer_control(&p, &r, INSTANCE, 7); /* it had stored more than it had time to say */
	for (unsigned int i = 8; i <= 11; i++)
		assert_int_equal(peer_expect_event(&p), i);
	peer_expect_snapshot(&p, 12);
	rig_event(&r, "digit");
	assert_int_equal(peer_expect_event(&p), 12);
	peer_close(&p);

	peer_control(&p, &r, "of last week", 11); /* knows nothing of this engine */
	for (unsigned int i = 8; i <= 12; i++)
		assert_int_equal(peer_expect_event(&p), i);
	peer_expect_snapshot(&p, 13);
	peer_close(&p);

	peer_control(&p, &r, INSTANCE, 4711); /* more than there is: everything again */
	for (unsigned int i = 8; i <= 12; i++)
		assert_int_equal(peer_expect_event(&p), i);
	peer_expect_snapshot(&p, 13);
	peer_close(&p);

	peer_control(&p, &r, INSTANCE, 12);
	peer_expect_snapshot(&p, 13);
	peer_close(&p);
	rig_close(&r);
}

/* 20 MB of replay is five times what may wait for a client, and events go on meanwhile. */
static void long_replay(void **state)
{
	char tag[1001];
	struct rig r;
	struct peer p;
	unsigned int next = 20000, seen;

	(void)state;
	rig_open(&r);
	memset(tag, 't', sizeof(tag) - 1);
	tag[sizeof(tag) - 1] = '\0';
	for (unsigned int i = 1; i < next; i++)
		control_event(r.control, i, "leg.ended", json_pack("{s:s}", "tag", tag));
	peer_control(&p, &r, "", 0);
	for (seen = 1; seen < next; seen++) {
		assert_int_equal(peer_expect_event(&p), seen);
		if (seen == 100 || seen == 10000) { /* while the replay is under way */
			assert_string_equal(r.presence, "");
			rig_event(&r, "digit");
			next++;
			peer_say(&p, "{\"committed\":%u}", seen + 50);
		}
	}
	peer_expect_snapshot(&p, next);
	assert_string_equal(r.presence, "+");
	rig_event(&r, "digit");
	assert_int_equal(peer_expect_event(&p), next);
	peer_close(&p);
	rig_close(&r);
}

static void full_journal(void **state)
{
	struct control_stats st;
	struct rig r;
	struct peer p;

	(void)state;
	rig_prepare(&r);
	r.cfg.journal_max = 4;
	assert_int_equal(rig_listen(&r), 0);
	for (int i = 0; i < 5; i++)
		rig_event(&r, "digit");
	for (int i = 0; i < 5; i++)
		rig_event(&r, "leg.ended");
	control_stats(r.control, &st);
	assert_int_equal(st.next, 11);
	assert_int_equal(st.first, 6);
	assert_int_equal(st.lost, 5);
	assert_int_equal(st.kept_ended, 5);
	peer_connect(&p, &r);
	peer_say(&p, "{\"hello\":{\"protocol\":[1],\"role\":\"controller\"}}");
	peer_expect(&p, "{\"hello\":{\"protocol\":1,\"engine\":\"strowger-engine\",\"instance\":"
			"\"" INSTANCE "\",\"sample\":4242,\"utc\":1795000000.125,\"first\":6,"
			"\"next\":11,\"lost\":5,\"lockstep\":false}}");
	for (unsigned int i = 6; i <= 10; i++)
		assert_int_equal(peer_expect_event(&p), i);
	peer_expect_snapshot(&p, 11);
	peer_close(&p);
	rig_close(&r);
}

static void event_too_long(void **state)
{
	char *text = malloc(70001);
	json_t *line, *members;
	struct rig r;
	struct peer p;

	(void)state;
	rig_open(&r);
	peer_control(&p, &r, "", 0);
	peer_expect_snapshot(&p, 1);
	memset(text, 'x', 70000);
	text[70000] = '\0';
	members = json_pack("{s:i,s:[s],s:s,s:i}", "leg", 5, "recordings", text, "tag",
			    text + 10000, "event", 77);
	control_event(r.control, 1, "leg.ended", members);
	line = peer_line(&p);
	assert_int_equal(json_integer_value(json_object_get(line, "event")), 1);
	assert_int_equal(json_integer_value(json_object_get(line, "leg")), 5);
	assert_int_equal(json_string_length(json_object_get(line, "tag")), 60000);
	assert_string_equal(json_string_value(json_array_get(json_object_get(line, "left_out"), 0)),
			    "recordings");
	assert_null(json_object_get(line, "recordings"));
	json_decref(line);
	control_event(r.control, 1, "leg.ended", NULL);
	peer_expect(&p, "{\"event\":2,\"sample\":1,\"type\":\"leg.ended\"}");
	free(text);
	peer_close(&p);
	rig_close(&r);
}

static void large_snapshot(void **state)
{
	char *text = malloc(3 << 20);
	json_t *line;
	struct rig r;
	struct peer p;

	(void)state;
	rig_open(&r);
	memset(text, 'x', (3 << 20) - 1);
	text[(3 << 20) - 1] = '\0';
	r.snapshot_legs = json_pack("[s]", text);
	peer_control(&p, &r, "", 0);
	line = peer_line(&p);
	assert_int_equal(
		json_array_size(json_object_get(json_object_get(line, "snapshot"), "legs")), 1);
	json_decref(line);
	free(text);
	peer_close(&p);
	rig_close(&r);
}

/* ---- lockstep ---- */

static void lockstep(void **state)
{
	struct rig r;
	struct peer p;

	(void)state;
	rig_prepare(&r);
	r.cfg.lockstep = true;
	assert_int_equal(rig_listen(&r), 0);
	assert_false(control_sync(r.control, 1));
	peer_control(&p, &r, "", 0);
	peer_expect_snapshot(&p, 1);
	rig_event(&r, "digit");
	assert_true(control_sync(r.control, 8000));
	peer_expect_event(&p);
	peer_expect(&p, "{\"sync\":8000}");
	peer_say(&p, "{\"id\":1,\"do\":\"answer\"}\n{\"synced\":8000}");
	while (!r.synced)
		rig_turn(&r);
	assert_int_equal(r.synced, 8000);
	assert_int_equal(r.requests, 1); /* was there before */
	assert_true(control_sync(r.control, 8001));
	peer_expect(&p, "{\"id\":1,\"ok\":true}");
	peer_expect(&p, "{\"sync\":8001}");
	peer_close(&p);
	while (control_has_controller(r.control))
		rig_turn(&r);
	assert_int_equal(r.synced, 8000);
	/* What the one before owed is not the next one's. */
	peer_control(&p, &r, "", 0);
	peer_expect_event(&p);
	peer_expect_snapshot(&p, 2);
	peer_say(&p, "{\"synced\":8001}");
	peer_expect_cut_off(&p, "not asked for");
	peer_close(&p);
	rig_close(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(controller_hello),
		cmocka_unit_test(bad_hellos),
		cmocka_unit_test(replaced_controller),
		cmocka_unit_test(answers),
		cmocka_unit_test(words_of_strangers),
		cmocka_unit_test(bad_requests),
		cmocka_unit_test(observer_rights),
		cmocka_unit_test(rights_table),
		cmocka_unit_test(live_events_of_an_observer),
		cmocka_unit_test(replay_to_who_returns),
		cmocka_unit_test(long_replay),
		cmocka_unit_test(full_journal),
		cmocka_unit_test(event_too_long),
		cmocka_unit_test(large_snapshot),
		cmocka_unit_test(lockstep),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
