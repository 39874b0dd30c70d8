/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A daemon in a process of its own (so that it can be killed), and an engine that is
 * played by the test: it owns the real control socket, answers requests as the engine
 * does, keeps the legs' tags, and writes every request down.
 *
 * Nothing here waits for time: rig_sync() turns the loop until the daemon has said that
 * everything which was told to it is done (lockstep). An alarm ends what hangs.
 */
#ifndef TEST_DAEMON_RIG_H
#define TEST_DAEMON_RIG_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "appliance/daemon.h"
#include "base/log.h"
#include "engine/control.h"
#include "store/calls.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#define HANG_S     300
#define LEGS       20000
#define TRACE_SIZE (1 << 20)

struct fake_leg {
	bool here, out, answered;
	char called[32], calling[32], tag[1024], kind[16], file[64];
	uint32_t op; /* 0 none */
	uint64_t peer;
	int64_t offered;
};

struct rig {
	uv_loop_t loop;
	char dir[64], engine[96], conf[96], flow[96], store[96], socket[96];
	struct control *control;
	pid_t pid;
	bool present;
	uint64_t sync, synced, events, last_leg;
	int64_t sample;
	int64_t wake; /* as the daemon asked */
	uint32_t next_op;
	struct fake_leg *legs; /* by number */
	char *trace;
	size_t trace_len;
	bool refuse_originate, quiet; /* quiet: no trace */
};

/* ---- the engine's side ---- */

static inline void rig_event(struct rig *r, const char *type, json_t *members)
{
	control_event(r->control, r->sample, type, members);
	r->events++;
}

static inline json_t *rig_head(const struct rig *r, uint64_t n)
{
	const struct fake_leg *leg = &r->legs[n];

	return json_pack("{s:I, s:s, s:s, s:i, s:s, s:s, s:s, s:s}", "leg", (json_int_t)n,
			 "direction", leg->out ? "out" : "in", "span", "E1-1", "channel",
			 (int)(n % 30 + 1), "called", leg->called, "calling", leg->calling,
			 "presentation", "allowed", "name", "");
}

static inline void rig_op_done(struct rig *r, uint64_t n, const char *reason, const char *digits)
{
	struct fake_leg *leg = &r->legs[n];
	json_t *m = json_pack("{s:I, s:I, s:s, s:s, s:i}", "leg", (json_int_t)n, "op",
			      (json_int_t)leg->op, "kind", leg->kind, "reason", reason, "ms", 1);

	if (!strcmp(leg->kind, "collect"))
		json_object_set_new(m, "digits", json_string(digits));
	leg->op = 0;
	rig_event(r, "op.done", m);
}

static inline void rig_end(struct rig *r, uint64_t n, int cause, const char *by)
{
	struct fake_leg *leg = &r->legs[n];
	json_t *m = rig_head(r, n);

	if (leg->op)
		rig_op_done(r, n, "hangup", "");
	if (leg->peer) {
		rig_event(r, "unbridged",
			  json_pack("{s:i, s:[I, I]}", "bridge", 1, "legs", (json_int_t)n,
				    (json_int_t)leg->peer));
		r->legs[leg->peer].peer = 0;
	}
	json_object_set_new(m, "offered_sample", json_integer(leg->offered));
	json_object_set_new(m, "offered_utc", json_real(1795000000.0 + (double)n));
	json_object_set_new(m, "ended_utc", json_real(1795000100.0 + (double)n));
	json_object_set_new(m, "ended_sample", json_integer(r->sample));
	json_object_set_new(m, "cause", json_integer(cause));
	json_object_set_new(m, "location", json_integer(0));
	json_object_set_new(m, "by", json_string(by));
	json_object_set_new(m, "digits", json_string(""));
	json_object_set_new(m, "recordings",
			    leg->file[0] ? json_pack("[s]", leg->file) : json_array());
	json_object_set_new(m, "tag", json_string(leg->tag));
	leg->here = false;
	leg->peer = 0;
	rig_event(r, "leg.ended", m);
}

static inline void rig_offer(struct rig *r, uint64_t n, const char *called)
{
	struct fake_leg *leg = &r->legs[n];
	json_t *m;

	*leg = (struct fake_leg){.here = true, .offered = r->sample};
	snprintf(leg->called, sizeof(leg->called), "%s", called);
	snprintf(leg->calling, sizeof(leg->calling), "010%05u", (unsigned int)n);
	r->last_leg = n > r->last_leg ? n : r->last_leg;
	m = rig_head(r, n);
	json_object_del(m, "direction");
	json_object_set_new(m, "complete", json_true());
	json_object_set_new(m, "utc", json_real(1795000000.0 + (double)n));
	rig_event(r, "leg.offered", m);
}

/* What a leg of the far end's answers to originate. */
static inline void rig_far(struct rig *r, uint64_t n, const char *type)
{
	r->legs[n].answered = !strcmp(type, "leg.answered");
	rig_event(r, type, json_pack("{s:I, s:i}", "leg", (json_int_t)n, "channel", 1));
}

static inline void rig_write(struct rig *r, const char *what, json_t *request)
{
	json_t *copy = json_copy(request);
	char *text;
	int n;

	json_object_del(copy, "id");
	json_object_del(copy, "do");
	if (!strcmp(what, "tag"))
		json_object_del(copy, "tag");
	text = json_dumps(copy, JSON_COMPACT | JSON_SORT_KEYS);
	n = snprintf(r->trace + r->trace_len, TRACE_SIZE - r->trace_len, "%s %s\n", what, text);
	assert_true(n < (int)(TRACE_SIZE - r->trace_len));
	r->trace_len += (size_t)n;
	free(text);
	json_decref(copy);
}

static inline void rig_media(struct rig *r, uint64_t client, int64_t id, uint64_t n,
			     const char *what, json_t *request)
{
	struct fake_leg *leg = &r->legs[n];
	const char *file = json_string_value(json_object_get(request, "file"));

	if (leg->op)
		rig_op_done(r, n, "replaced", "");
	leg->op = ++r->next_op;
	snprintf(leg->kind, sizeof(leg->kind), "%s", what);
	if (file)
		snprintf(leg->file, sizeof(leg->file), "%s", file);
	control_ok(r->control, client, id, json_pack("{s:I}", "op", (json_int_t)leg->op));
}

static inline void rig_originate(struct rig *r, uint64_t client, int64_t id, json_t *request)
{
	uint64_t n = r->last_leg + 1;
	struct fake_leg *leg = &r->legs[n];

	if (r->refuse_originate) {
		control_fail(r->control, client, id, "no-channel", "none is idle");
		return;
	}
	r->last_leg = n;
	*leg = (struct fake_leg){.here = true, .out = true, .offered = r->sample};
	snprintf(leg->called, sizeof(leg->called), "%s",
		 json_string_value(json_object_get(request, "called")));
	snprintf(leg->tag, sizeof(leg->tag), "%s",
		 json_string_value(json_object_get(request, "tag")));
	control_ok(
		r->control, client, id,
		json_pack("{s:I, s:s, s:i}", "leg", (json_int_t)n, "span", "E1-1", "channel", 1));
}

static inline void rig_bridge(struct rig *r, uint64_t client, int64_t id, json_t *request)
{
	json_t *legs = json_object_get(request, "legs");
	uint64_t a = (uint64_t)json_integer_value(json_array_get(legs, 0));
	uint64_t b = (uint64_t)json_integer_value(json_array_get(legs, 1));

	if (!r->legs[a].here || !r->legs[b].here) {
		control_fail(r->control, client, id, "no-leg", "one is gone");
		return;
	}
	r->legs[a].peer = b;
	r->legs[b].peer = a;
	control_ok(r->control, client, id, json_pack("{s:i}", "bridge", 1));
	rig_event(r, "bridged",
		  json_pack("{s:i, s:[I, I]}", "bridge", 1, "legs", (json_int_t)a, (json_int_t)b));
}

static inline void rig_on_leg(struct rig *r, uint64_t client, int64_t id, uint64_t n,
			      const char *what, json_t *request)
{
	struct fake_leg *leg = &r->legs[n];

	if (!leg->here) {
		control_fail(r->control, client, id, "no-leg", "no leg %d", (int)n);
		return;
	}
	if (!strcmp(what, "play") || !strcmp(what, "collect") || !strcmp(what, "record")) {
		rig_media(r, client, id, n, what, request);
		return;
	}
	control_ok(r->control, client, id, NULL);
	if (!strcmp(what, "tag")) {
		snprintf(leg->tag, sizeof(leg->tag), "%s",
			 json_string_value(json_object_get(request, "tag")));
	} else if (!strcmp(what, "answer")) {
		leg->answered = true;
		rig_event(r, "leg.answered",
			  json_pack("{s:I, s:i}", "leg", (json_int_t)n, "channel", 1));
	} else if (!strcmp(what, "stop") && leg->op) {
		rig_op_done(r, n, "stopped", "");
	} else if (!strcmp(what, "hangup")) {
		rig_end(r, n, (int)json_integer_value(json_object_get(request, "cause")), "us");
	}
}

static inline void rig_request(void *ctx, uint64_t client, bool controller, int64_t id,
			       const char *what, json_t *request)
{
	struct rig *r = ctx;
	uint64_t n = (uint64_t)json_integer_value(json_object_get(request, "leg"));

	assert_true(controller);
	assert_true(n < LEGS);
	if (!strcmp(what, "wake")) {
		r->wake = json_integer_value(json_object_get(request, "sample"));
		control_ok(r->control, client, id, NULL);
		return;
	}
	if (!r->quiet)
		rig_write(r, what, request);
	if (!strcmp(what, "originate"))
		rig_originate(r, client, id, request);
	else if (!strcmp(what, "bridge"))
		rig_bridge(r, client, id, request);
	else
		rig_on_leg(r, client, id, n, what, request);
}

static inline json_t *rig_snapshot(void *ctx)
{
	struct rig *r = ctx;
	json_t *legs = json_array(), *bridges = json_array();

	for (uint64_t n = r->last_leg; n > 0; n--) { /* the engine has them in no order either */
		const struct fake_leg *leg = &r->legs[n];
		json_t *m;

		if (!leg->here)
			continue;
		m = rig_head(r, n);
		json_object_set_new(m, "state",
				    json_string(leg->answered ? "answered"
						: leg->out    ? "dialling"
							      : "offered"));
		json_object_set_new(m, "complete", json_true());
		json_object_set_new(m, "tag", json_string(leg->tag));
		json_object_set_new(m, "ops",
				    leg->op ? json_pack("[{s:I, s:s}]", "op", (json_int_t)leg->op,
							"kind", leg->kind)
					    : json_array());
		json_array_append_new(legs, m);
		if (leg->peer > n)
			json_array_append_new(bridges,
					      json_pack("{s:i, s:[I, I]}", "bridge", 1, "legs",
							(json_int_t)n, (json_int_t)leg->peer));
	}
	return json_pack("{s:I, s:o, s:o, s:[], s:b}", "sample", (json_int_t)r->sample, "legs",
			 legs, "bridges", bridges, "spans", "draining", 0);
}

static inline void rig_controller(void *ctx, bool present)
{
	((struct rig *)ctx)->present = present;
}

static inline void rig_synced(void *ctx, uint64_t n)
{
	((struct rig *)ctx)->synced = n;
}

static inline int64_t rig_now(void *ctx)
{
	return ((struct rig *)ctx)->sample;
}

static inline double rig_utc(void *ctx)
{
	return 1795000000.0 + (double)((struct rig *)ctx)->sample / 8000;
}

static inline void rig_engine(struct rig *r, const char *instance)
{
	const struct control_callbacks cb = {.request = rig_request,
					     .snapshot = rig_snapshot,
					     .controller = rig_controller,
					     .synced = rig_synced,
					     .now = rig_now,
					     .utc = rig_utc,
					     .ctx = r};
	const struct control_cfg cfg = {
		.socket = r->engine, .mode = 0600, .instance = instance, .lockstep = true};

	assert_int_equal(control_open(&r->control, &r->loop, &cfg, &cb), 0);
}

/* ---- the daemon's side ---- */

static inline void rig_file(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	fputs(text, f);
	assert_int_equal(fclose(f), 0);
}

static inline void rig_config(struct rig *r, int map_mb)
{
	char text[1024];

	snprintf(text, sizeof(text),
		 "site = 7; time_zone = \"UTC\"; socket = \"%s\";"
		 "engine = { socket = \"%s\"; reconnect_ms = 10; };"
		 "store = { dir = \"%s\"; map_mb = %d; };"
		 "flows = [ \"flow.conf\" ]; routes = ({ called = \"2*\"; flow = \"test\"; });",
		 r->socket, r->engine, r->store, map_mb);
	rig_file(r->conf, text);
}

static inline void rig_child(struct rig *r)
{
	static struct conf_errors errs;
	struct daemon_cfg cfg = {.file = r->conf};
	struct daemon *d;
	uv_loop_t loop;

	prctl(PR_SET_PDEATHSIG, SIGKILL); /* a test that hangs leaves nobody behind */
	uv_loop_init(&loop);
	clock_simulated(&cfg.clock, "2026-11-22T13:00:00Z");
	if (daemon_open(&d, &loop, &cfg, &errs) < 0) {
		conf_errors_print(&errs, stderr);
		_exit(1);
	}
	uv_run(&loop, UV_RUN_DEFAULT);
	_exit(0);
}

/* Turns the loop until *flag is @value. */
static inline void rig_until(struct rig *r, const bool *flag, bool value)
{
	while (*flag != value)
		uv_run(&r->loop, UV_RUN_ONCE);
}

static inline void rig_spawn(struct rig *r)
{
	r->pid = fork();
	assert_true(r->pid >= 0);
	if (r->pid == 0)
		rig_child(r);
}

static inline void rig_sync(struct rig *r)
{
	uint64_t events;

	rig_until(r, &r->present, true);
	r->sample += 8;
	do { /* as the engine does: once more if there were further events meanwhile */
		events = r->events;
		assert_true(control_sync(r->control, ++r->sync));
		while (r->synced != r->sync)
			uv_run(&r->loop, UV_RUN_ONCE);
	} while (r->events != events);
}

static inline void rig_start(struct rig *r)
{
	rig_spawn(r);
	rig_sync(r);
}

static inline void rig_kill(struct rig *r)
{
	assert_int_equal(kill(r->pid, SIGKILL), 0);
	waitpid(r->pid, NULL, 0);
	rig_until(r, &r->present, false);
}

/* Everything is on disk and acknowledged: the engine keeps nothing any more. */
static inline void rig_all_committed(struct rig *r)
{
	struct control_stats st;

	control_stats(r->control, &st);
	while (st.kept) {
		uv_run(&r->loop, UV_RUN_ONCE);
		control_stats(r->control, &st);
	}
}

static inline uint64_t rig_records(struct rig *r)
{
	struct db_fill fill;
	struct db *db;

	assert_int_equal(db_open_reader(&db, r->store), 0);
	assert_int_equal(db_fill(db, &fill), 0);
	db_close(db);
	return fill.entries[DB_CALLS];
}

static inline int rig_record_of(struct rig *r, const char *instance, uint64_t leg, struct cdr *c)
{
	struct db_txn *txn;
	struct db *db;
	int rc;

	assert_int_equal(db_open_reader(&db, r->store), 0);
	assert_int_equal(db_begin(db, false, &txn), 0);
	rc = calls_get_leg(txn, instance, leg, c);
	db_abort(txn);
	db_close(db);
	return rc;
}

/* Requests since the last look must be exactly these lines. */
static inline void rig_expect(struct rig *r, const char *lines)
{
	assert_string_equal(r->trace, lines);
	r->trace_len = 0;
	r->trace[0] = 0;
}

static inline void rig_open(struct rig *r, const char *flow_steps)
{
	char text[8192];

	alarm(HANG_S);
	log_set_level(LOG_ERROR_ + 1);
	memset(r, 0, sizeof(*r));
	strcpy(r->dir, "/tmp/strowger-daemon-XXXXXX");
	assert_non_null(mkdtemp(r->dir));
	snprintf(r->engine, sizeof(r->engine), "%s/engine.sock", r->dir);
	snprintf(r->socket, sizeof(r->socket), "%s/daemon.sock", r->dir);
	snprintf(r->conf, sizeof(r->conf), "%s/daemon.conf", r->dir);
	snprintf(r->flow, sizeof(r->flow), "%s/flow.conf", r->dir);
	snprintf(r->store, sizeof(r->store), "%s/store", r->dir);
	r->legs = calloc(LEGS, sizeof(*r->legs));
	r->trace = calloc(1, TRACE_SIZE);
	r->sample = 8000;
	r->wake = -1;
	assert_int_equal(uv_loop_init(&r->loop), 0);
	snprintf(text, sizeof(text), "name = \"test\"; steps = (%s);", flow_steps);
	rig_file(r->flow, text);
	rig_config(r, 64);
	rig_engine(r, "engine-1");
}

static inline void rig_close(struct rig *r)
{
	static const char *const files[] = {"store/data.mdb", "store/lock.mdb", "store/owner",
					    "daemon.sock",    "daemon.conf",    "flow.conf",
					    "engine.sock"};
	char path[128];

	if (r->pid) {
		kill(r->pid, SIGKILL);
		waitpid(r->pid, NULL, 0);
	}
	control_close(r->control);
	uv_run(&r->loop, UV_RUN_DEFAULT);
	assert_int_equal(uv_loop_close(&r->loop), 0);
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", r->dir, files[i]);
		unlink(path);
	}
	snprintf(path, sizeof(path), "%s/store", r->dir);
	rmdir(path);
	assert_int_equal(rmdir(r->dir), 0);
	free(r->legs);
	free(r->trace);
}

#endif
