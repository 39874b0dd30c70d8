/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The client library against the real control socket, in one loop, and against an
 * engine that talks nonsense.
 */
#include "../engine/control_rig.h"

#include "appliance/engine_client.h"

enum moment { NEVER, AT_HELLO, AT_SNAPSHOT, AT_EVENT, AT_ANSWER, AT_GONE };

/* What a client was told. */
struct log {
	struct engine_client *client;
	unsigned int hellos, same, snapshots, gone, ok, failed, syncs;
	uint64_t first, last, events, repeats; /* numbers; how many; not rising by one */
	char why[256], code[32], error[256];
	enum moment close_at;
	unsigned int commit_every;
};

static void close_if(struct log *l, enum moment now)
{
	if (l->close_at == now && l->client) {
		engine_client_close(l->client);
		l->client = NULL;
	}
}

static void on_hello(void *ctx, json_t *hello, bool same)
{
	struct log *l = ctx;

	assert_non_null(json_object_get(hello, "instance"));
	l->hellos++;
	l->same += same;
	close_if(l, AT_HELLO);
}

static void on_snapshot(void *ctx, json_t *snapshot)
{
	struct log *l = ctx;

	assert_int_equal(json_integer_value(json_object_get(snapshot, "sample")), 4242);
	l->snapshots++;
	close_if(l, AT_SNAPSHOT);
}

static void on_event(void *ctx, uint64_t number, int64_t sample, const char *type, json_t *event)
{
	struct log *l = ctx;

	assert_int_equal(json_integer_value(json_object_get(event, "sample")), sample);
	assert_string_equal(json_string_value(json_object_get(event, "type")), type);
	if (!l->events++)
		l->first = number;
	else if (number != l->last + 1)
		l->repeats++;
	l->last = number;
	if (l->commit_every && number % l->commit_every == 0)
		engine_client_committed(l->client, number);
	close_if(l, AT_EVENT);
}

static void on_sync(void *ctx, uint64_t n)
{
	struct log *l = ctx;

	l->syncs++;
	engine_client_synced(l->client, n);
}

static void on_gone(void *ctx, const char *why)
{
	struct log *l = ctx;

	l->gone++;
	snprintf(l->why, sizeof(l->why), "%s", why);
	if (l->client)
		assert_false(engine_client_connected(l->client));
	close_if(l, AT_GONE);
}

static void on_answer(void *ctx, bool ok, const char *code, const char *error, json_t *answer)
{
	struct log *l = ctx;

	if (ok) {
		l->ok++;
		assert_null(code);
		assert_non_null(answer);
	} else {
		l->failed++;
		snprintf(l->code, sizeof(l->code), "%s", code);
		snprintf(l->error, sizeof(l->error), "%s", error);
	}
	close_if(l, AT_ANSWER);
}

static void client_open_cfg(struct log *l, struct rig *r, const struct engine_client_cfg *cfg)
{
	const struct engine_client_callbacks cb = {
		.hello = on_hello,
		.snapshot = on_snapshot,
		.event = on_event,
		.sync = on_sync,
		.gone = on_gone,
		.ctx = l,
	};

	assert_int_equal(engine_client_open(&l->client, &r->loop, cfg, &cb), 0);
}

static void client_open(struct log *l, struct rig *r, bool controller, int reconnect_ms)
{
	const struct engine_client_cfg cfg = {.socket = r->path,
					      .client = "test",
					      .controller = controller,
					      .reconnect_ms = reconnect_ms};

	*l = (struct log){0};
	client_open_cfg(l, r, &cfg);
}

/* Turn the loop until this holds. */
#define turn_until(r, condition)                                                                   \
	do {                                                                                       \
		while (!(condition))                                                               \
			rig_turn(r);                                                               \
	} while (0)

static int ask(struct log *l, const char *what)
{
	return engine_client_request(l->client, what, NULL, on_answer, l);
}

/* Ends the connections of both sides under them, as no program does of itself. */
static void cut_wires(const struct rig *r)
{
	for (int fd = 3; fd < 200; fd++) {
		struct sockaddr_un at = {0};
		socklen_t len = sizeof(at), size = sizeof(int);
		int listening = 0;

		if (getsockname(fd, (struct sockaddr *)&at, &len) < 0 || at.sun_family != AF_UNIX ||
		    strcmp(at.sun_path, r->path) != 0)
			continue;
		if (!getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listening, &size) && !listening)
			shutdown(fd, SHUT_RDWR);
	}
}

/* ---- the ordinary course ---- */

static void requests(void **state)
{
	struct log l;
	struct rig r;

	(void)state;
	rig_open(&r);
	client_open(&l, &r, true, 0);
	assert_false(engine_client_connected(l.client));
	assert_int_equal(ask(&l, "answer"), -ENOTCONN);
	turn_until(&r, l.snapshots);
	assert_int_equal(l.hellos, 1);
	assert_int_equal(l.same, 0);
	assert_int_equal(ask(&l, "answer"), 0);
	assert_int_equal(engine_client_request(l.client, "hangup", json_pack("{s:i}", "leg", 5),
					       on_answer, &l),
			 0);
	assert_int_equal(engine_client_request(l.client, "event", NULL, NULL, NULL), 0);
	turn_until(&r, l.ok && l.failed && l.events);
	assert_string_equal(l.code, "no-leg");
	assert_string_equal(l.error, "no leg 99");
	assert_int_equal(l.last, 1);
	engine_client_close(l.client);
	assert_int_equal(l.gone, 0);
	rig_close(&r);
}

static void longest_request(void **state)
{
	char *text = calloc(1, 70000);
	struct log l;
	struct rig r;

	(void)state;
	rig_open(&r);
	client_open(&l, &r, true, 0);
	turn_until(&r, l.snapshots);
	memset(text, 'x', 65536 - 30);
	assert_int_equal(engine_client_request(l.client, "answer", json_pack("{s:s}", "x", text),
					       on_answer, &l),
			 0);
	turn_until(&r, l.failed);
	assert_string_equal(l.code, "bad-request");
	memset(text, 'x', 65537);
	assert_int_equal(engine_client_request(l.client, "answer", json_pack("{s:s}", "x", text),
					       on_answer, &l),
			 -EMSGSIZE);
	assert_int_equal(ask(&l, "answer"), 0);
	turn_until(&r, l.ok);
	free(text);
	engine_client_close(l.client);
	rig_close(&r);
}

static void queue_behind_the_unanswered(void **state)
{
	unsigned int answered = 0;
	struct log l;
	struct rig r;

	(void)state;
	rig_open(&r);
	client_open(&l, &r, true, 0);
	turn_until(&r, l.snapshots);
	for (int i = 0; i < 64; i++)
		assert_int_equal(ask(&l, "hold"), 0);
	for (int i = 0; i < ENGINE_CLIENT_QUEUE; i++)
		assert_int_equal(ask(&l, i < 60 ? "hold" : "answer"), 0);
	assert_int_equal(ask(&l, "answer"), -ENOBUFS);
	while (answered < 124) {
		turn_until(&r, r.held > answered);
		assert_true(r.held - answered <= 64);
		control_ok(r.control, r.held_client[answered], r.held_id[answered], NULL);
		answered++;
	}
	turn_until(&r, l.ok == 64 + ENGINE_CLIENT_QUEUE);
	assert_int_equal(l.failed, 0);
	assert_int_equal(l.gone, 0);
	engine_client_close(l.client);
	rig_close(&r);
}

static void observer(void **state)
{
	char text[4097] = "";
	struct log l;
	struct rig r;

	(void)state;
	rig_open(&r);
	client_open(&l, &r, false, 0);
	turn_until(&r, l.snapshots);
	ask(&l, "answer");
	turn_until(&r, l.failed);
	assert_string_equal(l.code, "not-allowed");
	memset(text, 'x', sizeof(text) - 1);
	assert_int_equal(engine_client_request(l.client, "legs", json_pack("{s:s}", "x", text),
					       on_answer, &l),
			 -EMSGSIZE);
	ask(&l, "legs");
	engine_client_request(l.client, "events", json_pack("{s:b}", "on", 1), on_answer, &l);
	turn_until(&r, l.ok == 2);
	rig_event(&r, "digit");
	turn_until(&r, l.events);
	assert_string_equal(r.presence, "");
	engine_client_close(l.client);
	rig_close(&r);
}

/* Its event says "error", which alone on a line is a goodbye. */
static void operation_that_failed(void **state)
{
	struct log l;
	struct rig r;

	(void)state;
	rig_open(&r);
	client_open(&l, &r, true, 0);
	turn_until(&r, l.snapshots);
	control_event(r.control, 1, "op.done",
		      json_pack("{s:i, s:s}", "leg", 5, "error", "no result after 10000 ms"));
	turn_until(&r, l.events || l.gone);
	assert_int_equal(l.events, 1);
	assert_true(engine_client_connected(l.client));
	engine_client_close(l.client);
	rig_close(&r);
}

static void lockstep(void **state)
{
	struct log l;
	struct rig r;

	(void)state;
	rig_prepare(&r);
	r.cfg.lockstep = true;
	assert_int_equal(rig_listen(&r), 0);
	client_open(&l, &r, true, 0);
	turn_until(&r, l.snapshots);
	for (uint64_t tick = 1; tick < 200; tick++) {
		rig_event(&r, "digit");
		assert_true(control_sync(r.control, tick));
		turn_until(&r, r.synced == tick);
		assert_int_equal(l.events, tick); /* all before the sync */
	}
	assert_int_equal(l.syncs, 199);
	engine_client_close(l.client);
	rig_close(&r);
}

static void hundred_thousand_events(void **state)
{
	const uint64_t all = 100000;
	struct control_stats st;
	struct log l;
	struct rig r;
	uint64_t made = 0;

	(void)state;
	rig_open(&r);
	client_open(&l, &r, true, 0);
	l.commit_every = 100;
	turn_until(&r, l.snapshots);
	while (l.events < all) {
		for (int i = 0; i < 50 && made < all && made - l.events < 5000; i++, made++)
			rig_event(&r, made % 10 ? "digit" : "leg.ended");
		rig_turn(&r);
	}
	do {
		rig_turn(&r);
		control_stats(r.control, &st);
	} while (st.kept);
	assert_int_equal(l.first, 1);
	assert_int_equal(l.last, all);
	assert_int_equal(l.events, all);
	assert_int_equal(l.repeats, 0);
	assert_int_equal(st.lost, 0);
	assert_int_equal(st.cut_off, 0);
	assert_int_equal(l.gone, 0);
	engine_client_close(l.client);
	rig_close(&r);
}

/* ---- interruptions ---- */

static void replay_after_reconnecting(void **state)
{
	struct log l;
	struct rig r;

	(void)state;
	rig_open(&r);
	client_open(&l, &r, true, 1);
	turn_until(&r, l.snapshots);
	for (int i = 0; i < 10; i++)
		rig_event(&r, "digit");
	turn_until(&r, l.events == 10);
	engine_client_committed(l.client, 4);
	ask(&l, "hold");
	turn_until(&r, r.held);
	cut_wires(&r);
	turn_until(&r, l.gone);
	assert_int_equal(l.failed, 1);
	assert_string_equal(l.code, "gone");
	engine_client_committed(l.client, 6); /* said with the next hello */
	engine_client_committed(l.client, 5); /* less than before: nothing */
	rig_event(&r, "digit");
	l.events = 0;
	turn_until(&r, l.snapshots == 2);
	assert_int_equal(l.same, 1);
	assert_int_equal(l.first, 7);
	assert_int_equal(l.last, 11);
	assert_int_equal(l.events, 5);
	assert_int_equal(l.repeats, 0);
	assert_string_equal(r.presence, "+-+");
	/* The answer to what was asked before the cut is nobody's now. */
	control_ok(r.control, r.held_client[0], r.held_id[0], NULL);
	ask(&l, "answer");
	turn_until(&r, l.ok);
	assert_int_equal(l.ok, 1);
	assert_int_equal(l.gone, 1);
	engine_client_close(l.client);
	rig_close(&r);
}

/* A daemon that was killed and starts anew with what its store says. */
static void replay_to_a_new_client(void **state)
{
	struct engine_client_cfg cfg = {
		.client = "test", .controller = true, .instance = INSTANCE, .committed = 20};
	struct log l = {0};
	struct rig r;

	(void)state;
	rig_open(&r);
	for (int i = 0; i < 50; i++)
		rig_event(&r, i % 3 ? "digit" : "leg.ended");
	cfg.socket = r.path;
	client_open_cfg(&l, &r, &cfg);
	turn_until(&r, l.snapshots);
	assert_int_equal(l.same, 1);
	assert_int_equal(l.events, 30);
	assert_int_equal(l.first, 21);
	assert_int_equal(l.last, 50);
	assert_int_equal(l.repeats, 0);
	engine_client_close(l.client);
	rig_close(&r);
}

static void engine_that_died(void **state)
{
	struct control_stats st;
	struct log l;
	struct rig r;

	(void)state;
	rig_open(&r);
	client_open(&l, &r, true, 1);
	turn_until(&r, l.snapshots);
	for (int i = 0; i < 10; i++)
		rig_event(&r, "digit");
	turn_until(&r, l.events == 10);
	control_close(r.control);
	turn_until(&r, l.gone >= 2); /* tries in vain, and says so */
	r.cfg.instance = "another";
	assert_int_equal(rig_listen(&r), 0);
	rig_event(&r, "leg.ended");
	rig_event(&r, "leg.ended");
	l.events = 0;
	turn_until(&r, l.snapshots == 2);
	assert_int_equal(l.hellos, 2);
	assert_int_equal(l.same, 0);
	assert_int_equal(l.first, 1);
	assert_int_equal(l.last, 2);
	/* What is stored late of the old engine's events says nothing about the new one's. */
	engine_client_committed(l.client, 10);
	ask(&l, "answer");
	turn_until(&r, l.ok);
	control_stats(r.control, &st);
	assert_int_equal(st.kept, 2);
	assert_int_equal(st.cut_off, 0);
	engine_client_committed(l.client, 2);
	do {
		rig_turn(&r);
		control_stats(r.control, &st);
	} while (st.kept);
	engine_client_close(l.client);
	rig_close(&r);
}

static void engine_that_comes_late(void **state)
{
	struct log l;
	struct rig r;

	(void)state;
	rig_prepare(&r);
	client_open(&l, &r, true, 1);
	turn_until(&r, l.gone == 3);
	assert_int_equal(l.hellos, 0);
	assert_int_equal(rig_listen(&r), 0);
	turn_until(&r, l.snapshots);
	engine_client_close(l.client);
	rig_close(&r);
}

static void no_reconnection(void **state)
{
	struct engine_client_cfg cfg = {.client = "test"};
	char path[200];
	struct log l;
	struct rig r;

	(void)state;
	rig_prepare(&r);
	client_open(&l, &r, false, 0);
	uv_run(&r.loop, UV_RUN_DEFAULT); /* ends: nothing is left to wait for */
	assert_int_equal(l.gone, 1);
	assert_string_equal(l.why, "no such file or directory");
	engine_client_close(l.client);
	memset(path, 'p', sizeof(path) - 1);
	path[sizeof(path) - 1] = '\0';
	cfg.socket = path;
	assert_int_equal(
		engine_client_open(&l.client, &r.loop, &cfg, &(struct engine_client_callbacks){0}),
		-ENAMETOOLONG);
	rig_close(&r);
}

static void replaced(void **state)
{
	struct log a, b;
	struct rig r;

	(void)state;
	rig_open(&r);
	client_open(&a, &r, true, 1);
	turn_until(&r, a.snapshots);
	ask(&a, "hold");
	client_open(&b, &r, true, 1);
	turn_until(&r, b.snapshots && a.gone);
	assert_string_equal(a.why, "replaced");
	assert_int_equal(a.failed, 1);
	for (int i = 0; i < 20; i++) { /* it does not fight for its place */
		usleep(1000);
		rig_turn(&r);
	}
	assert_int_equal(a.gone, 1);
	assert_int_equal(a.hellos, 1);
	assert_int_equal(b.gone, 0);
	engine_client_close(a.client);
	engine_client_close(b.client);
	rig_close(&r);
}

/* Closing from within whatever callback must be safe, and the last one. */
static void close_within_callbacks(void **state)
{
	struct log l;
	struct rig r;

	(void)state;
	rig_open(&r);
	rig_event(&r, "digit");
	rig_event(&r, "digit");
	for (enum moment m = AT_HELLO; m <= AT_GONE; m++) {
		client_open(&l, &r, true, 1);
		l.close_at = m;
		if (m >= AT_ANSWER) {
			turn_until(&r, l.snapshots);
			for (int i = 0; i < 3; i++)
				ask(&l, m == AT_ANSWER ? "answer" : "hold");
			if (m == AT_GONE) {
				turn_until(&r, r.held == 3);
				cut_wires(&r);
			}
		}
		turn_until(&r, !l.client);
		for (int i = 0; i < 5; i++)
			rig_turn(&r);
		assert_int_equal(l.hellos, 1);
		assert_int_equal(l.events, m == AT_HELLO ? 0 : m == AT_EVENT ? 1 : 2);
		assert_int_equal(l.ok, m == AT_ANSWER ? 1 : 0);
		assert_int_equal(l.failed, m == AT_ANSWER ? 2 : m == AT_GONE ? 3 : 0);
	}
	rig_close(&r);
}

static void close_while_requests_fail(void **state)
{
	struct log l;
	struct rig r;

	(void)state;
	rig_open(&r);
	client_open(&l, &r, true, 1);
	turn_until(&r, l.snapshots);
	for (int i = 0; i < 70; i++)
		ask(&l, "hold");
	turn_until(&r, r.held == 64);
	l.close_at = AT_ANSWER;
	cut_wires(&r);
	turn_until(&r, !l.client);
	assert_int_equal(l.failed, 70);
	assert_int_equal(l.gone, 0);
	rig_close(&r);
}

/* One of two stops reading: the engine cuts it off, the other one misses nothing. */
static void one_stops_reading(void **state)
{
	struct control_stats st;
	struct peer deaf;
	struct log l;
	struct rig r;
	char text[1001];
	uint64_t made = 0;

	(void)state;
	rig_open(&r);
	memset(text, 'e', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	client_open(&l, &r, true, 0);
	l.commit_every = 10;
	turn_until(&r, l.snapshots);
	peer_observe(&deaf, &r);
	peer_say(&deaf, "{\"id\":1,\"do\":\"events\",\"on\":true}");
	peer_expect(&deaf, "{\"id\":1,\"ok\":true}");
	do {
		control_event(r.control, 1, "digit", json_pack("{s:s}", "text", text));
		made++;
		turn_until(&r, l.events == made);
		control_stats(r.control, &st);
	} while (!st.cut_off);
	ask(&l, "answer");
	turn_until(&r, l.ok);
	assert_int_equal(l.repeats, 0);
	assert_int_equal(l.gone, 0);
	peer_close(&deaf);
	engine_client_close(l.client);
	rig_close(&r);
}

/* ---- an engine that is none ---- */

static void nonsense(void **state)
{
	static const char hello[] = "{\"hello\":{\"protocol\":1,\"instance\":\"i\"}}\n";
	static const struct {
		bool hello;
		const char *text, *why;
	} cases[] = {
		{false, "SSH-2.0-OpenSSH\n", "not a JSON object"},
		{false, "[]\n", "not a JSON object"},
		{false, "{\"event\":1,\"sample\":1,\"type\":\"digit\"}\n", "no hello"},
		{false, "{\"hello\":{\"protocol\":2,\"instance\":\"i\"}}\n", "not understood"},
		{false, "{\"hello\":{\"protocol\":1}}\n", "not understood"},
		{false, "{\"error\":\"protocol: this engine speaks 3\"}\n",
		 "protocol: this engine speaks 3"},
		{true, "{\"hello\":{\"protocol\":1,\"instance\":\"i\"}}\n", "not understood"},
		{true, "{\"event\":1,\"sample\":1}\n", "without a type"},
		{true, "{\"id\":1,\"ok\":true}\n", "what was not asked"},
		{true, "{\"what\":1}\n", "not understood"},
		{true, "{\"bye\":7}\n", "?"},
		{true, "", "closed by the other side"},
	};
	struct sockaddr_un at = {.sun_family = AF_UNIX};
	struct log l;
	struct rig r;
	int server, fd;

	(void)state;
	rig_prepare(&r);
	server = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
	snprintf(at.sun_path, sizeof(at.sun_path), "%s", r.path);
	assert_int_equal(bind(server, (struct sockaddr *)&at, sizeof(at)), 0);
	assert_int_equal(listen(server, 4), 0);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		client_open(&l, &r, true, 0);
		turn_until(&r, (fd = accept(server, NULL, NULL)) >= 0);
		if (cases[i].hello)
			assert_int_equal(write(fd, hello, sizeof(hello) - 1), sizeof(hello) - 1);
		assert_int_equal(write(fd, cases[i].text, strlen(cases[i].text)),
				 strlen(cases[i].text));
		if (!cases[i].text[0])
			shutdown(fd, SHUT_WR);
		turn_until(&r, l.gone);
		if (!strstr(l.why, cases[i].why))
			fail_msg("case %zu: \"%s\"", i, l.why);
		assert_int_equal(l.hellos, cases[i].hello);
		engine_client_close(l.client);
		close(fd);
	}
	close(server);
	unlink(r.path);
	rig_close(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(requests),
		cmocka_unit_test(longest_request),
		cmocka_unit_test(queue_behind_the_unanswered),
		cmocka_unit_test(observer),
		cmocka_unit_test(operation_that_failed),
		cmocka_unit_test(lockstep),
		cmocka_unit_test(hundred_thousand_events),
		cmocka_unit_test(replay_after_reconnecting),
		cmocka_unit_test(replay_to_a_new_client),
		cmocka_unit_test(engine_that_died),
		cmocka_unit_test(engine_that_comes_late),
		cmocka_unit_test(no_reconnection),
		cmocka_unit_test(replaced),
		cmocka_unit_test(close_within_callbacks),
		cmocka_unit_test(close_while_requests_fail),
		cmocka_unit_test(one_stops_reading),
		cmocka_unit_test(nonsense),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
