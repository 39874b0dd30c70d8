/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "appliance/daemon_private.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/jsonline.h"
#include "base/listener.h"
#include "base/log.h"

/*
 * The daemon's control socket (docs/strowgerd-protocol.md): connections, hello, rights.
 * Every request is answered at once, so nothing has to be kept between lines.
 */

#define WHO         "strowgerd socket"
#define DAEMON_NAME "strowgerd 0.1"
#define PROTOCOL    1
#define MODE        0660
#define LINE_MAX_   65536
#define BACKLOG     (1 << 20)
#define LINE_MS     5000
#define TURN_LINES  4
#define GUESTS_MAX  32
#define ID_MAX      (1LL << 53)

struct guest {
	struct server *server;
	struct guest *next;
	struct jsonline *line;
	bool greeted, may_change;
};

struct server {
	struct daemon *daemon;
	struct listener *listener;
	struct guest *guests;
	unsigned int n;
};

static void forget(struct guest *g)
{
	struct guest **at = &g->server->guests;

	while (*at != g)
		at = &(*at)->next;
	*at = g->next;
	g->server->n--;
	free(g);
}

static void say(struct guest *g, json_t *object)
{
	if (object && jsonline_send_json(g->line, object, LINE_MAX_) == -EMSGSIZE)
		log_error(WHO, "an answer is longer than a line may be");
	json_decref(object);
}

/* Told why, then cut off. */
static void cut_off(struct guest *g, const char *why)
{
	say(g, json_pack("{s:s}", "error", why));
	jsonline_end(g->line);
	forget(g);
}

static bool speaks(json_t *hello)
{
	json_t *versions = json_object_get(hello, "protocol"), *v;
	size_t i;

	json_array_foreach(versions, i, v)
	{
		if (json_integer_value(v) == PROTOCOL)
			return true;
	}
	return false;
}

static void greet(struct guest *g, json_t *object)
{
	struct daemon *d = g->server->daemon;
	json_t *hello = json_object_get(object, "hello");

	if (!json_is_object(hello)) {
		cut_off(g, "hello: say {\"hello\":{\"protocol\":[1],\"client\":\"...\"}} first");
		return;
	}
	if (!speaks(hello)) {
		cut_off(g, "protocol: this daemon speaks 1");
		return;
	}
	g->greeted = true;
	say(g, json_pack("{s:{s:i, s:s, s:i, s:f}}", "hello", "protocol", PROTOCOL, "daemon",
			 DAEMON_NAME, "site", (int)d->plan->site, "utc",
			 (double)clock_utc(&d->clock, daemon_sample(d)) / 1e6));
}

static void request(struct guest *g, json_t *object)
{
	json_t *id = json_object_get(object, "id"), *answer;
	const char *what = json_string_value(json_object_get(object, "do"));
	struct server_answer a = {.may_change = g->may_change, .code = "bad-request"};

	if (!json_is_integer(id) || json_integer_value(id) < 1 || json_integer_value(id) > ID_MAX) {
		cut_off(g, "request: \"id\" must be an integer from 1 to 2^53");
		return;
	}
	answer = server_answer(g->server->daemon, what ? what : "", object, &a);
	if (answer) {
		json_object_set(answer, "id", id);
		json_object_set_new(answer, "ok", json_true());
	} else {
		answer = json_pack("{s:O, s:b, s:s, s:s}", "id", id, "ok", false, "code", a.code,
				   "error", a.error);
		if (answer && a.members)
			json_object_update(answer, a.members);
	}
	json_decref(a.members);
	say(g, answer);
}

static void on_line(void *ctx, char *text, size_t len)
{
	struct guest *g = ctx;
	json_t *object = json_loadb(text, len, JSON_REJECT_DUPLICATES, NULL);

	if (!json_is_object(object))
		cut_off(g, "line: not a JSON object");
	else if (!g->greeted)
		greet(g, object);
	else
		request(g, object);
	json_decref(object);
}

static void on_gone(void *ctx, int err, const char *why)
{
	struct guest *g = ctx;

	if (err) {
		cut_off(g, why);
		return;
	}
	jsonline_close(g->line);
	forget(g);
}

static bool may_change(const struct jsonline *line)
{
	struct ucred peer;
	socklen_t len = sizeof(peer);

	if (getsockopt(jsonline_fd(line), SOL_SOCKET, SO_PEERCRED, &peer, &len) < 0)
		return false;
	return peer.uid == 0 || peer.uid == geteuid();
}

static void on_guest(void *ctx, uv_stream_t *listening)
{
	static const struct jsonline_limits limits = {.line_max = LINE_MAX_,
						      .backlog_max = BACKLOG,
						      .line_ms = LINE_MS,
						      .turn_lines = TURN_LINES};
	struct server *s = ctx;
	struct guest *g = calloc(1, sizeof(*g));
	struct jsonline_callbacks cb = {.line = on_line, .gone = on_gone, .ctx = g};

	if (!g || jsonline_open(&g->line, s->daemon->loop, &limits, &cb) < 0) {
		log_error(WHO, "no memory for a client");
		free(g);
		return;
	}
	g->server = s;
	g->next = s->guests;
	s->guests = g;
	s->n++;
	if (jsonline_accept(g->line, listening) < 0) {
		jsonline_close(g->line);
		forget(g);
		return;
	}
	g->may_change = may_change(g->line);
	if (s->n > GUESTS_MAX)
		cut_off(g, "clients: 32 are connected already");
}

int server_open(struct server **out, struct daemon *d, const char *path)
{
	struct server *s = calloc(1, sizeof(*s));
	int rc;

	if (!s)
		return -ENOMEM;
	s->daemon = d;
	rc = listener_open(&s->listener, d->loop, path, MODE, WHO, on_guest, s);
	if (rc < 0) {
		free(s);
		return rc;
	}
	*out = s;
	return 0;
}

void server_close(struct server *s)
{
	if (!s)
		return;
	listener_close(s->listener);
	while (s->guests) {
		struct guest *g = s->guests;

		s->guests = g->next;
		jsonline_end(g->line);
		free(g);
	}
	free(s);
}
