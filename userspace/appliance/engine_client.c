/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "appliance/engine_client.h"
#include "base/jsonline.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* docs/engine-protocol.md, "Transport and framing" */
#define PROTOCOL             1
#define REQUEST_MAX          65536
#define REQUEST_MAX_OBSERVER 4096
#define LINE_MAX_IN          (4 << 20)
#define UNANSWERED           64
#define BACKLOG_MAX          (16 << 20) /* the queue is bounded already: this is for commits */
#define LINE_MS              10000

/* A request that has no answer yet; its text only as long as it was not sent. */
struct pending {
	struct pending *next;
	int64_t id;
	engine_answer_cb cb;
	void *ctx;
	char *text;
	size_t len;
};

struct pending_list {
	struct pending *head, *tail;
	unsigned int n;
};

struct engine_client {
	uv_timer_t retry;
	struct engine_client_callbacks cb;
	char *socket, *name;
	bool controller;
	int reconnect_ms;
	char instance[64]; /* last known; empty: none */
	uint64_t committed;
	struct jsonline *line; /* NULL between two attempts */
	bool connected; /* the hello was answered */
	bool replaced;
	bool closed;
	uint64_t last_event; /* on this connection */
	uint64_t highest; /* event of this instance that was ever seen here */
	int64_t last_id;
	char why[256]; /* what the engine said before it cut us off */
	struct pending_list sent, queued;
};

/* ---- pending requests ---- */

static void list_add(struct pending_list *l, struct pending *p)
{
	p->next = NULL;
	if (l->tail)
		l->tail->next = p;
	else
		l->head = p;
	l->tail = p;
	l->n++;
}

static struct pending *list_take(struct pending_list *l, int64_t id)
{
	struct pending *before = NULL, *p = l->head;

	while (p && id && p->id != id) {
		before = p;
		p = p->next;
	}
	if (!p)
		return NULL;
	if (before)
		before->next = p->next;
	else
		l->head = p->next;
	if (l->tail == p)
		l->tail = before;
	l->n--;
	return p;
}

static void pending_free(struct pending *p)
{
	free(p->text);
	free(p);
}

/* A callback may close the client, which comes here again and leaves nothing for us. */
static void fail_pending(struct engine_client *c, const char *why)
{
	struct pending *p;

	while ((p = list_take(&c->sent, 0)) || (p = list_take(&c->queued, 0))) {
		if (p->cb)
			p->cb(p->ctx, false, "gone", why, NULL);
		pending_free(p);
	}
}

static void send_queued(struct engine_client *c)
{
	struct pending *p;

	while (c->connected && c->sent.n < UNANSWERED && (p = list_take(&c->queued, 0))) {
		jsonline_send(c->line, p->text, p->len);
		free(p->text);
		p->text = NULL;
		list_add(&c->sent, p);
	}
}

/* ---- the connection ---- */

static void connect_now(struct engine_client *c);

static void on_retry(uv_timer_t *timer)
{
	connect_now(timer->data);
}

/* The connection is over, whoever ended it: tell everybody, then try again. */
static void disconnect(struct engine_client *c, const char *why)
{
	char text[sizeof(c->why)];

	snprintf(text, sizeof(text), "%s", c->why[0] ? c->why : why);
	if (c->line)
		jsonline_close(c->line);
	c->line = NULL;
	c->connected = false;
	c->why[0] = '\0';
	/* Before the callbacks: they may close. */
	if (c->reconnect_ms && !c->replaced)
		uv_timer_start(&c->retry, on_retry, (uint64_t)c->reconnect_ms, 0);
	fail_pending(c, text);
	if (!c->closed && c->cb.gone)
		c->cb.gone(c->cb.ctx, text);
}

static void on_gone(void *ctx, int err, const char *why)
{
	(void)err;
	disconnect(ctx, why);
}

static void on_connected(void *ctx)
{
	struct engine_client *c = ctx;
	json_t *hello = json_pack("{s:{s:[i],s:s,s:s}}", "hello", "protocol", PROTOCOL, "role",
				  c->controller ? "controller" : "observer", "client", c->name);
	json_t *inner = json_object_get(hello, "hello");

	if (c->instance[0]) {
		json_object_set_new(inner, "instance", json_string(c->instance));
		json_object_set_new(inner, "committed", json_integer((json_int_t)c->committed));
	}
	jsonline_send_json(c->line, hello, REQUEST_MAX);
	json_decref(hello);
}

/* ---- what the engine says ---- */

static void take_hello(struct engine_client *c, json_t *hello)
{
	const char *instance = json_string_value(json_object_get(hello, "instance"));
	bool same;

	if (c->connected || !instance || strlen(instance) >= sizeof(c->instance) ||
	    json_integer_value(json_object_get(hello, "protocol")) != PROTOCOL) {
		disconnect(c, "the engine's hello is not understood");
		return;
	}
	same = !strcmp(instance, c->instance);
	if (!same) {
		strcpy(c->instance, instance);
		c->committed = c->highest = 0;
	}
	c->connected = true;
	c->last_event = 0;
	if (c->cb.hello)
		c->cb.hello(c->cb.ctx, hello, same);
}

static void take_answer(struct engine_client *c, json_t *answer)
{
	struct pending *p = list_take(&c->sent, json_integer_value(json_object_get(answer, "id")));
	bool ok = json_is_true(json_object_get(answer, "ok"));
	const char *code = json_string_value(json_object_get(answer, "code"));
	const char *error = json_string_value(json_object_get(answer, "error"));

	if (!p) {
		disconnect(c, "the engine answered what was not asked");
		return;
	}
	send_queued(c);
	if (p->cb)
		p->cb(p->ctx, ok,
		      ok     ? NULL
		      : code ? code
			     : "?",
		      ok      ? NULL
		      : error ? error
			      : "?",
		      answer);
	pending_free(p);
}

static void take_event(struct engine_client *c, json_t *event)
{
	uint64_t number = (uint64_t)json_integer_value(json_object_get(event, "event"));
	const char *type = json_string_value(json_object_get(event, "type"));

	if (!type) {
		disconnect(c, "the engine sent an event without a type");
		return;
	}
	if (number <= c->last_event)
		return; /* once per connection */
	c->last_event = number;
	if (number > c->highest)
		c->highest = number;
	if (c->cb.event)
		c->cb.event(c->cb.ctx, number, json_integer_value(json_object_get(event, "sample")),
			    type, event);
}

static void take_goodbye(struct engine_client *c, json_t *line)
{
	const char *bye = json_string_value(json_object_get(line, "bye"));
	const char *error = json_string_value(json_object_get(line, "error"));

	c->replaced = bye && !strcmp(bye, "replaced");
	snprintf(c->why, sizeof(c->why), "%s", bye ? bye : error ? error : "?");
	disconnect(c, c->why);
}

/* The event of an operation that has failed says "error", too. */
static bool is_goodbye(const json_t *line)
{
	return json_object_get(line, "bye") ||
	       (json_object_get(line, "error") && !json_object_get(line, "event"));
}

static void take_line(struct engine_client *c, json_t *line)
{
	json_t *value;

	if (json_object_get(line, "id")) {
		take_answer(c, line);
	} else if (is_goodbye(line)) {
		take_goodbye(c, line);
	} else if ((value = json_object_get(line, "hello"))) {
		take_hello(c, value);
	} else if (!c->connected) {
		disconnect(c, "the engine's first line is no hello");
	} else if (json_object_get(line, "event")) {
		take_event(c, line);
	} else if ((value = json_object_get(line, "snapshot"))) {
		if (c->cb.snapshot)
			c->cb.snapshot(c->cb.ctx, value);
	} else if ((value = json_object_get(line, "sync"))) {
		if (c->cb.sync)
			c->cb.sync(c->cb.ctx, (uint64_t)json_integer_value(value));
	} else {
		disconnect(c, "the engine sent a line that is not understood");
	}
}

static void on_line(void *ctx, char *text, size_t len)
{
	struct engine_client *c = ctx;
	json_t *line = json_loadb(text, len, 0, NULL);

	if (json_is_object(line))
		take_line(c, line);
	else
		disconnect(c, "the engine sent a line that is not a JSON object");
	json_decref(line);
}

/* ---- begin and end ---- */

static void connect_now(struct engine_client *c)
{
	static const struct jsonline_limits limits = {.line_max = LINE_MAX_IN,
						      .backlog_max = BACKLOG_MAX,
						      .line_ms = LINE_MS,
						      .turn_lines = 64};
	const struct jsonline_callbacks cb = {
		.connected = on_connected, .line = on_line, .gone = on_gone, .ctx = c};

	if (jsonline_open(&c->line, c->retry.loop, &limits, &cb) < 0) {
		c->line = NULL;
		disconnect(c, strerror(ENOMEM));
		return;
	}
	jsonline_connect(c->line, c->socket);
}

static void on_closed(uv_handle_t *handle)
{
	struct engine_client *c = handle->data;

	free(c->socket);
	free(c->name);
	free(c);
}

int engine_client_open(struct engine_client **out, uv_loop_t *loop,
		       const struct engine_client_cfg *cfg,
		       const struct engine_client_callbacks *cb)
{
	int err = jsonline_path_check(cfg->socket);
	struct engine_client *c;

	if (err)
		return err;
	c = calloc(1, sizeof(*c));
	if (!c)
		return -ENOMEM;
	uv_timer_init(loop, &c->retry);
	c->retry.data = c;
	c->cb = *cb;
	c->controller = cfg->controller;
	c->reconnect_ms = cfg->reconnect_ms;
	c->socket = strdup(cfg->socket);
	c->name = strdup(cfg->client);
	if (!c->socket || !c->name) {
		engine_client_close(c);
		return -ENOMEM;
	}
	if (cfg->instance && strlen(cfg->instance) < sizeof(c->instance)) {
		strcpy(c->instance, cfg->instance);
		c->committed = c->highest = cfg->committed;
	}
	/* Not before the loop runs: the caller has no pointer yet. */
	uv_timer_start(&c->retry, on_retry, 0, 0);
	*out = c;
	return 0;
}

void engine_client_close(struct engine_client *c)
{
	if (!c || c->closed)
		return;
	c->closed = true;
	c->connected = false;
	if (c->line)
		jsonline_end(c->line);
	fail_pending(c, "closed");
	uv_close((uv_handle_t *)&c->retry, on_closed);
}

bool engine_client_connected(const struct engine_client *c)
{
	return c->connected;
}

/* ---- what we say ---- */

static int request_text(struct pending *p, size_t max, const char *what, json_t *members)
{
	json_t *request = json_pack("{s:I,s:s}", "id", (json_int_t)p->id, "do", what);

	json_object_update_missing(request, members);
	p->text = request ? jsonline_text(request, &p->len) : NULL;
	json_decref(request);
	if (!p->text)
		return -ENOMEM;
	return p->len - 1 > max ? -EMSGSIZE : 0;
}

static int request(struct engine_client *c, const char *what, json_t *members, engine_answer_cb cb,
		   void *ctx)
{
	struct pending *p;
	int err;

	if (!c->connected)
		return -ENOTCONN;
	if (c->sent.n >= UNANSWERED && c->queued.n >= ENGINE_CLIENT_QUEUE)
		return -ENOBUFS;
	p = calloc(1, sizeof(*p));
	if (!p)
		return -ENOMEM;
	*p = (struct pending){.id = c->last_id + 1, .cb = cb, .ctx = ctx};
	err = request_text(p, c->controller ? REQUEST_MAX : REQUEST_MAX_OBSERVER, what, members);
	if (err) {
		pending_free(p);
		return err;
	}
	c->last_id++;
	list_add(&c->queued, p);
	send_queued(c);
	return 0;
}

int engine_client_request(struct engine_client *c, const char *what, json_t *members,
			  engine_answer_cb cb, void *ctx)
{
	int err = request(c, what, members, cb, ctx);

	json_decref(members);
	return err;
}

static void send_number(struct engine_client *c, const char *name, uint64_t number)
{
	json_t *line = json_pack("{s:I}", name, (json_int_t)number);

	jsonline_send_json(c->line, line, REQUEST_MAX);
	json_decref(line);
}

void engine_client_committed(struct engine_client *c, uint64_t number)
{
	/* A number of an engine that died, said late, must not reach its successor. */
	if (number <= c->committed || number > c->highest)
		return;
	c->committed = number;
	if (c->connected)
		send_number(c, "committed", number);
}

void engine_client_synced(struct engine_client *c, uint64_t n)
{
	if (c->connected)
		send_number(c, "synced", n);
}
