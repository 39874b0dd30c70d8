/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "engine/control.h"
#include "base/jsonline.h"
#include "base/listener.h"
#include "base/log.h"
#include "engine/journal.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define WHO               "control"
#define JOURNAL_EVENTS    65536
#define JOURNAL_OCTETS    ((size_t)128 << 20)
#define LINE_MS           5000
#define REPLAY_AHEAD      (256 << 10) /* octets of replay that may wait to be written */
#define CONTROLLER_LINES  16 /* in one iteration of the loop */
#define WARNINGS_A_SECOND 10

struct client {
	struct control *control;
	struct client *next; /* the youngest first */
	struct jsonline *line;
	uint64_t serial;
	enum control_role role;
	bool maintainer;
	bool live; /* gets events as they happen */
	bool replaying; /* gets events from the journal's cursor */
	char name[64];
	int64_t unanswered[CONTROL_UNANSWERED];
	size_t n_unanswered;
};

struct control {
	uv_loop_t *loop;
	struct listener *listener;
	struct control_callbacks cb;
	char *instance, *engine;
	bool lockstep;
	int line_ms;
	struct journal journal;
	struct client *clients;
	struct client *controller; /* one of clients or NULL; also while it is replaying */
	bool present; /* what the owner was told */
	bool sync_wanted;
	uint64_t sync_n;
	uint64_t last_serial;
	uint64_t requests, refused;
	uint32_t cut_off;
	uint64_t warn_second; /* second of the loop's clock, and warnings in it */
	unsigned int warned;
};

/* ---- connections ---- */

static void unlink_client(struct client *c)
{
	struct client **at = &c->control->clients;

	while (*at != c)
		at = &(*at)->next;
	*at = c->next;
}

/* The connection itself was ended before; tells the owner if this was the controller. */
static void forget(struct client *c)
{
	struct control *k = c->control;
	bool was_present = k->controller == c && k->present;

	unlink_client(c);
	if (k->controller == c) {
		k->controller = NULL;
		k->present = false;
		k->sync_wanted = false;
	}
	free(c);
	if (was_present)
		k->cb.controller(k->cb.ctx, false);
}

static void send_object(struct client *c, json_t *object)
{
	int err = object ? jsonline_send_json(c->line, object, CONTROL_ANSWER_MAX) : -ENOMEM;

	json_decref(object);
	if (err == -EMSGSIZE || err == -ENOMEM)
		log_error(WHO, "client %s: a line could not be sent: %s", c->name, strerror(-err));
}

/* Words that may quote what a client sent, and were cut somewhere. */
static json_t *words(const char *text)
{
	json_t *value = json_string(text);
	char plain[512];

	if (value)
		return value;
	snprintf(plain, sizeof(plain), "%s", text);
	for (char *p = plain; *p; p++) {
		if (*p & 0x80)
			*p = '?';
	}
	return json_string(plain);
}

/* A client that misbehaves without end must not fill the log. */
static bool may_warn(struct control *k)
{
	uint64_t second = uv_now(k->loop) / 1000;

	if (second != k->warn_second) {
		k->warn_second = second;
		k->warned = 0;
	}
	return k->warned++ < WARNINGS_A_SECOND;
}

static void log_cut_off(struct client *c, const char *why)
{
	c->control->cut_off++;
	if (may_warn(c->control))
		log_warn(WHO, "client %s: cut off: %s", c->name, why);
}

__attribute__((format(printf, 2, 3))) static void cut_off(struct client *c, const char *fmt, ...)
{
	char why[256];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(why, sizeof(why), fmt, ap);
	va_end(ap);
	log_cut_off(c, why);
	send_object(c, json_pack("{s:o}", "error", words(why)));
	jsonline_end(c->line);
	forget(c);
}

static void on_gone(void *ctx, int err, const char *why)
{
	struct client *c = ctx;

	if (err == -EMSGSIZE || err == -ETIMEDOUT) {
		cut_off(c, "%s", why);
		return;
	}
	if (err == -ENOBUFS)
		log_cut_off(c, why);
	else if (c->role == CONTROL_CONTROLLER)
		log_info(WHO, "controller %s: gone: %s", c->name, why);
	jsonline_close(c->line);
	forget(c);
}

static size_t count_role(const struct control *k, enum control_role role)
{
	size_t n = 0;

	for (const struct client *c = k->clients; c; c = c->next)
		n += c->role == role;
	return n;
}

static struct client *oldest_stranger(struct control *k)
{
	struct client *oldest = NULL;

	for (struct client *c = k->clients; c; c = c->next) {
		if (c->role == CONTROL_STRANGER)
			oldest = c;
	}
	return oldest;
}

static bool peer_is_maintainer(const struct client *c)
{
	struct ucred peer;
	socklen_t len = sizeof(peer);

	if (getsockopt(jsonline_fd(c->line), SOL_SOCKET, SO_PEERCRED, &peer, &len) < 0)
		return false;
	return peer.uid == 0 || peer.uid == geteuid();
}

/* ---- replay and snapshot ---- */

static void send_snapshot(struct client *c)
{
	struct control *k = c->control;
	json_t *snapshot = k->cb.snapshot(k->cb.ctx);

	json_object_set_new(snapshot, "next", json_integer((json_int_t)k->journal.next));
	send_object(c, json_pack("{s:o}", "snapshot", snapshot));
}

/* Some of the journal at a time: the whole may be more than a client's backlog. */
static void replay_more(struct client *c)
{
	struct control *k = c->control;
	const struct journal_entry *e;

	while (jsonline_waiting(c->line) < REPLAY_AHEAD) {
		e = journal_read(&k->journal);
		if (!e) {
			send_snapshot(c);
			c->replaying = false;
			c->live = true;
			k->present = true;
			k->cb.controller(k->cb.ctx, true);
			return;
		}
		jsonline_send(c->line, e->line, e->len);
	}
}

static void on_drained(void *ctx)
{
	struct client *c = ctx;

	if (c->replaying)
		replay_more(c);
}

/* ---- hello ---- */

static double utc_now(const struct control *k)
{
	struct timespec now;

	if (k->cb.utc)
		return k->cb.utc(k->cb.ctx);
	clock_gettime(CLOCK_REALTIME, &now);
	return (double)now.tv_sec + (double)(now.tv_nsec / 1000) / 1e6;
}

static void send_hello(struct client *c)
{
	struct control *k = c->control;

	send_object(c, json_pack("{s:{s:i,s:s,s:s,s:I,s:f,s:I,s:I,s:I,s:b}}", "hello", "protocol",
				 CONTROL_PROTOCOL, "engine", k->engine, "instance", k->instance,
				 "sample", (json_int_t)k->cb.now(k->cb.ctx), "utc", utc_now(k),
				 "first", (json_int_t)journal_first(&k->journal), "next",
				 (json_int_t)k->journal.next, "lost", (json_int_t)k->journal.lost,
				 "lockstep", k->lockstep));
}

static void commit_what_it_knows(struct client *c, const struct control_hello *hello)
{
	struct journal *j = &c->control->journal;

	if (strcmp(hello->instance, c->control->instance) != 0)
		return;
	/* Wrong, but of the two mistakes to give everything again is the harmless one. */
	if (journal_commit(j, hello->committed) < 0)
		log_warn(WHO, "client %s: says it has event %llu, the last is %llu: all are sent",
			 c->name, (unsigned long long)hello->committed,
			 (unsigned long long)j->next - 1);
}

static void begin_controller(struct client *c, const struct control_hello *hello)
{
	struct control *k = c->control;
	struct client *old = k->controller;

	if (old) {
		log_info(WHO, "controller %s is replaced by %s", old->name, c->name);
		send_object(old, json_pack("{s:s}", "bye", "replaced"));
		jsonline_end(old->line);
		forget(old);
	}
	k->controller = c;
	jsonline_trust(c->line, CONTROL_LINE_MAX, CONTROLLER_LINES);
	commit_what_it_knows(c, hello);
	send_hello(c);
	journal_rewind(&k->journal);
	c->replaying = true;
	replay_more(c);
}

static void take_hello(struct client *c, const struct control_hello *hello)
{
	snprintf(c->name, sizeof(c->name), "%s", hello->client);
	if (hello->role == CONTROL_OBSERVER &&
	    count_role(c->control, CONTROL_OBSERVER) >= CONTROL_OBSERVERS) {
		cut_off(c, "limit: %d observers are connected already", CONTROL_OBSERVERS);
		return;
	}
	c->role = hello->role;
	c->maintainer = peer_is_maintainer(c);
	if (c->role == CONTROL_CONTROLLER) {
		begin_controller(c, hello);
	} else {
		send_hello(c);
		send_snapshot(c);
	}
}

/* ---- requests and answers ---- */

static struct client *find_client(struct control *k, uint64_t serial)
{
	struct client *c = k->clients;

	while (c && c->serial != serial)
		c = c->next;
	return c;
}

static bool settle(struct client *c, int64_t id)
{
	for (size_t i = 0; i < c->n_unanswered; i++) {
		if (c->unanswered[i] == id) {
			c->unanswered[i] = c->unanswered[--c->n_unanswered];
			return true;
		}
	}
	log_error(WHO, "client %s: request %lld is answered twice", c->name, (long long)id);
	return false;
}

void control_ok(struct control *k, uint64_t client, int64_t id, json_t *members)
{
	struct client *c = find_client(k, client);
	json_t *answer;

	if (c && settle(c, id)) {
		answer = json_pack("{s:I,s:b}", "id", (json_int_t)id, "ok", 1);
		json_object_update_missing(answer, members);
		if (jsonline_send_json(c->line, answer, CONTROL_ANSWER_MAX) == -EMSGSIZE)
			send_object(c, json_pack("{s:I,s:b,s:s,s:s}", "id", (json_int_t)id, "ok", 0,
						 "code", "limit", "error",
						 "the answer would be too long"));
		json_decref(answer);
	}
	json_decref(members);
}

void control_fail(struct control *k, uint64_t client, int64_t id, const char *code, const char *fmt,
		  ...)
{
	struct client *c = find_client(k, client);
	char why[256];
	va_list ap;

	if (!c || !settle(c, id))
		return;
	va_start(ap, fmt);
	vsnprintf(why, sizeof(why), fmt, ap);
	va_end(ap);
	send_object(c, json_pack("{s:I,s:b,s:s,s:o}", "id", (json_int_t)id, "ok", 0, "code", code,
				 "error", words(why)));
}

bool control_members_ok(struct control *k, uint64_t client, int64_t id, json_t *request,
			const char *allowed)
{
	const char *name = control_unknown_member(request, allowed);

	if (name)
		control_fail(k, client, id, "bad-request", "unknown member \"%.60s\" (known: %s)",
			     name, *allowed ? allowed : "none");
	return !name;
}

/* The one request that is about the connection itself. */
static void do_events(struct client *c, int64_t id, json_t *request)
{
	struct control *k = c->control;
	const json_t *on = json_object_get(request, "on");

	if (!control_members_ok(k, c->serial, id, request, "on"))
		return;
	if (!json_is_boolean(on)) {
		control_fail(k, c->serial, id, "bad-request", "\"on\" must be true or false");
	} else if (c->role == CONTROL_CONTROLLER) {
		control_fail(k, c->serial, id, "not-allowed", "a controller gets all events");
	} else {
		c->live = json_is_true(on);
		control_ok(k, c->serial, id, NULL);
	}
}

static void take_request(struct client *c, const struct control_msg *m)
{
	struct control *k = c->control;

	for (size_t i = 0; i < c->n_unanswered; i++) {
		if (c->unanswered[i] == m->id) {
			cut_off(c, "request %lld has no answer yet and comes again",
				(long long)m->id);
			return;
		}
	}
	if (c->n_unanswered == CONTROL_UNANSWERED) {
		cut_off(c, "limit: more than %d requests without an answer", CONTROL_UNANSWERED);
		return;
	}
	k->requests++;
	c->unanswered[c->n_unanswered++] = m->id;
	if (!m->what)
		control_fail(k, c->serial, m->id, "bad-request", "\"do\" must be a string");
	else if (!control_may(c->role, c->maintainer, m->what))
		control_fail(k, c->serial, m->id, "not-allowed", "an observer may not \"%.60s\"",
			     m->what);
	else if (!strcmp(m->what, "events"))
		do_events(c, m->id, m->object);
	else
		k->cb.request(k->cb.ctx, c->serial, c->role == CONTROL_CONTROLLER, m->id, m->what,
			      m->object);
}

static void take_committed(struct client *c, uint64_t number)
{
	struct journal *j = &c->control->journal;

	if (journal_commit(j, number) < 0)
		cut_off(c, "committed %llu: the last event is %llu", (unsigned long long)number,
			(unsigned long long)j->next - 1);
}

static void take_synced(struct client *c, uint64_t number)
{
	struct control *k = c->control;

	if (!k->sync_wanted || number != k->sync_n) {
		cut_off(c, "synced %llu: not asked for", (unsigned long long)number);
		return;
	}
	k->sync_wanted = false;
	k->cb.synced(k->cb.ctx, number);
}

static void on_line(void *ctx, char *text, size_t len)
{
	struct client *c = ctx;
	struct control_msg m;
	char why[256];

	if (control_parse(&m, c->role, text, len, why, sizeof(why)) < 0) {
		c->control->refused++;
		cut_off(c, "%s", why);
		return;
	}
	switch (m.kind) {
	case CONTROL_HELLO: take_hello(c, &m.hello); break;
	case CONTROL_REQUEST: take_request(c, &m); break;
	case CONTROL_COMMITTED: take_committed(c, m.number); break;
	case CONTROL_SYNCED: take_synced(c, m.number); break;
	}
	json_decref(m.object);
}

/* ---- events ---- */

uint64_t control_event(struct control *k, int64_t sample, const char *type, json_t *members)
{
	uint64_t number = k->journal.next;
	size_t len = 0;
	char *line = control_event_line(number, sample, type, members, &len);

	json_decref(members);
	if (!line || journal_add(&k->journal, !strcmp(type, "leg.ended"), line, len) < 0) {
		log_error(WHO, "no memory for event %llu, %s", (unsigned long long)number, type);
		k->journal.next = number + 1;
	}
	for (struct client *c = k->clients; line && c; c = c->next) {
		if (c->live)
			jsonline_send(c->line, line, len);
	}
	free(line);
	return number;
}

bool control_sync(struct control *k, uint64_t n)
{
	if (!k->present)
		return false;
	k->sync_wanted = true;
	k->sync_n = n;
	send_object(k->controller, json_pack("{s:I}", "sync", (json_int_t)n));
	return true;
}

bool control_has_controller(const struct control *k)
{
	return k->present;
}

void control_stats(const struct control *k, struct control_stats *st)
{
	*st = (struct control_stats){
		.next = k->journal.next,
		.first = journal_first(&k->journal),
		.lost = k->journal.lost,
		.kept = k->journal.kept,
		.kept_ended = k->journal.records,
		.cut_off = k->cut_off,
		.requests = k->requests,
		.refused = k->refused,
	};
	for (const struct client *c = k->clients; c; c = c->next)
		st->clients++;
}

/* ---- begin and end ---- */

static void on_ready(void *ctx, uv_stream_t *server)
{
	struct control *k = ctx;
	const struct jsonline_limits limits = {
		.line_max = CONTROL_OTHERS_LINE_MAX,
		.backlog_max = CONTROL_BACKLOG_MAX,
		.line_ms = k->line_ms,
		.turn_lines = 1,
	};
	struct client *c = calloc(1, sizeof(*c));
	const struct jsonline_callbacks cb = {
		.line = on_line, .gone = on_gone, .drained = on_drained, .ctx = c};

	if (!c || jsonline_open(&c->line, k->loop, &limits, &cb) < 0) {
		log_error(WHO, "no memory for a client");
		free(c);
		return;
	}
	if (jsonline_accept(c->line, server) < 0) {
		jsonline_close(c->line);
		free(c);
		return;
	}
	c->control = k;
	c->serial = ++k->last_serial;
	snprintf(c->name, sizeof(c->name), "#%llu", (unsigned long long)c->serial);
	if (count_role(k, CONTROL_STRANGER) == CONTROL_STRANGERS)
		cut_off(oldest_stranger(k), "too many connections, and no hello yet");
	c->next = k->clients;
	k->clients = c;
}

int control_open(struct control **out, uv_loop_t *loop, const struct control_cfg *cfg,
		 const struct control_callbacks *cb)
{
	struct control *k = calloc(1, sizeof(*k));
	int err = -ENOMEM;

	if (!k)
		return err;
	k->loop = loop;
	k->cb = *cb;
	k->lockstep = cfg->lockstep;
	k->line_ms = cfg->line_ms ? cfg->line_ms : LINE_MS;
	k->instance = strdup(cfg->instance);
	k->engine = strdup(cfg->engine ? cfg->engine : "strowger-engine");
	journal_init(&k->journal, cfg->journal_max ? cfg->journal_max : JOURNAL_EVENTS,
		     JOURNAL_OCTETS);
	if (k->instance && k->engine)
		err = listener_open(&k->listener, loop, cfg->socket, cfg->mode ? cfg->mode : 0660,
				    WHO, on_ready, k);
	if (err) {
		control_close(k);
		return err;
	}
	*out = k;
	return 0;
}

void control_close(struct control *k)
{
	struct client *c, *next;

	if (!k)
		return;
	if (k->listener)
		listener_close(k->listener);
	for (c = k->clients; c; c = next) {
		next = c->next;
		jsonline_end(c->line);
		free(c);
	}
	journal_free(&k->journal);
	free(k->instance);
	free(k->engine);
	free(k);
}
