/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/jsonline.h"
#include "base/listener.h"
#include "base/log.h"
#include "card.h"

#define ANSWER_MAX 65536
#define CLIENTS    8

struct client {
	struct control *control;
	struct jsonline *line;
};

struct control {
	struct card *card;
	struct listener *listener;
	struct client client[CLIENTS];
};

/* ---- requests; each gives its answer (new reference), or NULL with @why set ---- */

typedef json_t *(*handler)(struct card *c, const json_t *request, const char **why);

static json_t *do_status(struct card *c, const json_t *request, const char **why)
{
	(void)request;
	(void)why;
	return status_json(c);
}

static json_t *do_access(struct card *c, const json_t *request, const char **why)
{
	json_t *answer = access_json(&c->board.access);

	(void)why;
	if (json_is_true(json_object_get(request, "reset")))
		access_reset(&c->board.access);
	return answer;
}

static json_t *do_checks(struct card *c, const json_t *request, const char **why)
{
	json_t *answer = checks_json(&c->board.checks);

	(void)why;
	if (json_is_true(json_object_get(request, "reset")))
		memset(&c->board.checks, 0, sizeof(c->board.checks));
	return answer;
}

static json_t *do_trace(struct card *c, const json_t *request, const char **why)
{
	json_t *answer = trace_json(&c->board.trace);

	(void)why;
	if (json_is_true(json_object_get(request, "reset")))
		c->board.trace.total = 0;
	return answer;
}

/* An optional number or switch. Return: false and @why if it is there, but of the wrong type. */
static bool take_number(const json_t *request, const char *key, uint32_t *out, const char **why)
{
	const json_t *v = json_object_get(request, key);
	json_int_t n = json_integer_value(v);

	if (!v)
		return true;
	if (!json_is_integer(v) || n < 0 || n > 1000000000) {
		*why = "a number from 0 to 1000000000 would be right";
		return false;
	}
	*out = (uint32_t)n;
	return true;
}

static bool take_switch(const json_t *request, const char *key, bool *out, const char **why)
{
	const json_t *v = json_object_get(request, key);

	if (!v)
		return true;
	if (!json_is_boolean(v)) {
		*why = "true or false would be right";
		return false;
	}
	*out = json_is_true(v);
	return true;
}

static json_t *do_line(struct card *c, const json_t *request, const char **why)
{
	struct line *l = &c->board.line;
	uint32_t violations = 0;

	if (!take_switch(request, "rx_cut", &l->rx_cut, why) ||
	    !take_switch(request, "tx_cut", &l->tx_cut, why) ||
	    !take_switch(request, "tx_open", &c->board.framer.xlo, why) ||
	    !take_switch(request, "tx_short", &c->board.framer.xls, why) ||
	    !take_number(request, "violations", &violations, why))
		return NULL;
	framer_violations(&c->board.framer, violations);
	return json_object();
}

static json_t *do_fault(struct card *c, const json_t *request, const char **why)
{
	struct board_faults *f = &c->board.fault;

	if (!take_number(request, "stalled_ms", &f->stalled_ms, why) ||
	    !take_number(request, "silent_ms", &f->silent_ms, why) ||
	    !take_number(request, "late_ms", &f->late_ms, why) ||
	    !take_number(request, "late_by_ms", &f->late_by_ms, why) ||
	    !take_number(request, "lose_lock_ms", &c->board.framer.lose_lock, why) ||
	    !take_switch(request, "all_ones", &f->all_ones, why) ||
	    !take_switch(request, "zeros", &f->zeros, why) ||
	    !take_switch(request, "framer_ones", &f->framer_ones, why))
		return NULL;
	return json_object();
}

/* What a register holds, as the line would have it; the driver's accounts are not touched. */
static json_t *do_register(struct card *c, const json_t *request, const char **why)
{
	const json_t *framer = json_object_get(request, "framer");
	const json_t *bridge = json_object_get(request, "bridge");
	json_int_t at = json_integer_value(framer ? framer : bridge);

	if (!json_is_integer(framer ? framer : bridge) || at < 0 || at > 255) {
		*why = "\"framer\": or \"bridge\": 0 to 255 would be right";
		return NULL;
	}
	return json_pack("{s:i}", "written",
			 framer ? c->board.framer.reg[at] : c->board.bridge.reg[at]);
}

static json_t *do_remove(struct card *c, const json_t *request, const char **why)
{
	(void)request;
	(void)why;
	c->board.fault.all_ones = true;
	vhost_unplug(c->vhost);
	return json_object();
}

static json_t *do_reset(struct card *c, const json_t *request, const char **why)
{
	(void)request;
	(void)why;
	board_reset(&c->board);
	return json_object();
}

static const struct {
	const char *name;
	handler handle;
} requests[] = {
	{"status", do_status},     {"access", do_access}, {"checks", do_checks},
	{"line", do_line},         {"trace", do_trace},   {"fault", do_fault},
	{"register", do_register}, {"reset", do_reset},   {"remove", do_remove},
};

static json_t *answer(struct card *c, const json_t *request)
{
	const char *op = json_string_value(json_object_get(request, "op"));
	const char *why = "no such \"op\"";
	json_t *result = NULL, *id = json_object_get(request, "id");

	for (size_t i = 0; op && i < sizeof(requests) / sizeof(requests[0]); i++)
		if (!strcmp(op, requests[i].name))
			result = requests[i].handle(c, request, &why);
	if (!result)
		result = json_pack("{s:b, s:s}", "ok", 0, "error", why);
	else
		json_object_set_new(result, "ok", json_true());
	if (id)
		json_object_set(result, "id", id);
	return result;
}

/* ---- connections ---- */

static void on_line(void *ctx, char *text, size_t len)
{
	struct client *client = ctx;
	json_t *request = json_loadb(text, len, 0, NULL);
	json_t *result = answer(client->control->card, request);

	jsonline_send_json(client->line, result, ANSWER_MAX);
	json_decref(result);
	json_decref(request);
}

static void on_gone(void *ctx, int err, const char *why)
{
	struct client *client = ctx;

	(void)err;
	(void)why;
	jsonline_close(client->line);
	client->line = NULL;
}

static struct client *free_client(struct control *t)
{
	for (int i = 0; i < CLIENTS; i++)
		if (!t->client[i].line)
			return &t->client[i];
	return NULL;
}

static void on_ready(void *ctx, uv_stream_t *server)
{
	static const struct jsonline_limits limits = {.line_max = 4096,
						      .backlog_max = 4 * ANSWER_MAX};
	struct control *t = ctx;
	struct client *client = free_client(t);
	struct jsonline_callbacks cb = {.line = on_line, .gone = on_gone, .ctx = client};

	if (!client || jsonline_open(&client->line, &t->card->loop, &limits, &cb))
		return;
	client->control = t;
	if (jsonline_accept(client->line, server)) {
		jsonline_close(client->line);
		client->line = NULL;
	}
}

int control_open(struct control **out, struct card *c, const char *path)
{
	struct control *t = calloc(1, sizeof(*t));
	int err;

	if (!t)
		return -ENOMEM;
	t->card = c;
	err = listener_open(&t->listener, &c->loop, path, 0600, "control", on_ready, t);
	if (err) {
		free(t);
		return err;
	}
	*out = t;
	return 0;
}

void control_close(struct control *t)
{
	if (!t)
		return;
	for (int i = 0; i < CLIENTS; i++)
		if (t->client[i].line)
			jsonline_close(t->client[i].line);
	listener_close(t->listener);
	free(t);
}
