/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A control socket on a loop of its own, an owner that answers a few requests, and
 * raw peers on plain sockets in the same process. The loop is turned by hand: each
 * wait below turns it until what it waits for is there. An alarm ends what hangs.
 */
#ifndef TEST_CONTROL_RIG_H
#define TEST_CONTROL_RIG_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/log.h"
#include "engine/control.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define HANG_S   300
#define NO_HURRY 3600000 /* line_ms of rigs that do not test it */
#define HELD_MAX 128
#define INSTANCE "test-instance-1"

struct rig {
	uv_loop_t loop;
	char dir[64], path[96];
	struct control *control;
	struct control_cfg cfg;
	unsigned int requests; /* that the owner has seen */
	uint64_t held_client[HELD_MAX];
	int64_t held_id[HELD_MAX];
	unsigned int held;
	char presence[64]; /* '+' controller(true), '-' controller(false) */
	uint64_t synced;
	json_t *snapshot_legs; /* NULL: an empty list */
};

struct peer {
	struct rig *rig;
	int fd;
	char *in;
	size_t start, end, cap;
	bool eof;
};

static inline void rig_request(void *ctx, uint64_t client, bool controller, int64_t id,
			       const char *what, json_t *request)
{
	struct rig *r = ctx;

	r->requests++;
	if (!strcmp(what, "hold")) {
		assert_true(r->held < HELD_MAX);
		r->held_client[r->held] = client;
		r->held_id[r->held++] = id;
	} else if (!strcmp(what, "answer")) {
		if (control_members_ok(r->control, client, id, request, "leg,cause"))
			control_ok(r->control, client, id, NULL);
	} else if (!strcmp(what, "event")) {
		control_event(r->control, 77, "digit", json_pack("{s:i}", "leg", 1));
		control_ok(r->control, client, id, json_pack("{s:b}", "controller", controller));
	} else if (!strcmp(what, "legs")) {
		control_ok(r->control, client, id, json_pack("{s:[]}", "legs"));
	} else if (!strcmp(what, "huge")) {
		char *text = malloc(CONTROL_ANSWER_MAX + 1);

		memset(text, 'x', CONTROL_ANSWER_MAX);
		text[CONTROL_ANSWER_MAX] = '\0';
		control_ok(r->control, client, id, json_pack("{s:s}", "text", text));
		free(text);
	} else {
		control_fail(r->control, client, id, "no-leg", "no leg %d", 99);
	}
}

static inline json_t *rig_snapshot(void *ctx)
{
	struct rig *r = ctx;

	return json_pack("{s:I,s:O*}", "sample", (json_int_t)4242, "legs", r->snapshot_legs);
}

static inline void rig_controller(void *ctx, bool present)
{
	struct rig *r = ctx;
	size_t n = strlen(r->presence);

	assert_true(n + 1 < sizeof(r->presence));
	assert_int_equal(present, control_has_controller(r->control));
	r->presence[n] = present ? '+' : '-';
	r->presence[n + 1] = '\0';
}

static inline void rig_synced(void *ctx, uint64_t n)
{
	((struct rig *)ctx)->synced = n;
}

static inline int64_t rig_now(void *ctx)
{
	(void)ctx;
	return 4242;
}

static inline double rig_utc(void *ctx)
{
	(void)ctx;
	return 1795000000.125;
}

static inline int rig_listen(struct rig *r)
{
	const struct control_callbacks cb = {
		.request = rig_request,
		.snapshot = rig_snapshot,
		.controller = rig_controller,
		.synced = rig_synced,
		.now = rig_now,
		.utc = rig_utc,
		.ctx = r,
	};

	return control_open(&r->control, &r->loop, &r->cfg, &cb);
}

/* Settings may be changed in r->cfg between rig_prepare() and rig_listen(). */
static inline void rig_prepare(struct rig *r)
{
	alarm(HANG_S);
	log_set_level(LOG_ERROR_ + 1); /* the tests provoke what is logged */
	*r = (struct rig){0};
	strcpy(r->dir, "/tmp/strowger-control-XXXXXX");
	assert_non_null(mkdtemp(r->dir));
	snprintf(r->path, sizeof(r->path), "%s/engine.sock", r->dir);
	r->cfg = (struct control_cfg){.socket = r->path, .instance = INSTANCE, .line_ms = NO_HURRY};
	assert_int_equal(uv_loop_init(&r->loop), 0);
}

static inline void rig_open(struct rig *r)
{
	rig_prepare(r);
	assert_int_equal(rig_listen(r), 0);
}

static inline void rig_turn(struct rig *r)
{
	uv_run(&r->loop, UV_RUN_NOWAIT);
}

static inline void rig_close(struct rig *r)
{
	control_close(r->control);
	uv_run(&r->loop, UV_RUN_DEFAULT); /* ends: nothing may be left on the loop */
	assert_int_equal(uv_loop_close(&r->loop), 0);
	assert_int_equal(access(r->path, F_OK), -1);
	assert_int_equal(rmdir(r->dir), 0);
	json_decref(r->snapshot_legs);
	alarm(0);
}

/* ---- peers ---- */

static inline void peer_connect(struct peer *p, struct rig *r)
{
	struct sockaddr_un to = {.sun_family = AF_UNIX};

	*p = (struct peer){.rig = r, .fd = socket(AF_UNIX, SOCK_STREAM, 0)};
	snprintf(to.sun_path, sizeof(to.sun_path), "%s", r->path);
	assert_int_equal(connect(p->fd, (struct sockaddr *)&to, sizeof(to)), 0);
	assert_int_equal(fcntl(p->fd, F_SETFL, O_NONBLOCK), 0);
}

static inline void peer_close(struct peer *p)
{
	close(p->fd);
	free(p->in);
	*p = (struct peer){.fd = -1};
}

/* Writes all, turning the loop when the socket is full; false if the other side closed. */
static inline bool peer_write(struct peer *p, const char *text, size_t len)
{
	while (len) {
		ssize_t n = send(p->fd, text, len, MSG_NOSIGNAL);

		if (n > 0) {
			text += n;
			len -= (size_t)n;
		} else if (errno == EAGAIN) {
			rig_turn(p->rig);
		} else {
			return false;
		}
	}
	return true;
}

__attribute__((format(printf, 2, 3))) static inline void peer_say(struct peer *p, const char *fmt,
								  ...)
{
	char text[4096];
	va_list ap;
	int len;

	va_start(ap, fmt);
	len = vsnprintf(text, sizeof(text) - 1, fmt, ap);
	va_end(ap);
	assert_true(len >= 0 && len < (int)sizeof(text) - 1);
	text[len] = '\n';
	assert_true(peer_write(p, text, (size_t)len + 1));
}

static inline void peer_fill(struct peer *p)
{
	ssize_t n;

	if (p->start) {
		memmove(p->in, p->in + p->start, p->end - p->start);
		p->end -= p->start;
		p->start = 0;
	}
	if (p->cap - p->end < 65536) {
		p->cap = p->cap ? 2 * p->cap : 131072;
		p->in = realloc(p->in, p->cap);
		assert_non_null(p->in);
	}
	n = recv(p->fd, p->in + p->end, p->cap - p->end, 0);
	if (n > 0)
		p->end += (size_t)n;
	else if (n == 0 || errno == ECONNRESET)
		p->eof = true;
	else
		assert_int_equal(errno, EAGAIN);
}

/* A line that has already been sent to the peer, or NULL; new reference. */
static inline json_t *peer_look(struct peer *p)
{
	char *nl = p->end > p->start ? memchr(p->in + p->start, '\n', p->end - p->start) : NULL;
	json_t *line;

	if (!nl) {
		peer_fill(p);
		nl = memchr(p->in + p->start, '\n', p->end - p->start);
	}
	if (!nl)
		return NULL;
	line = json_loadb(p->in + p->start, (size_t)(nl - p->in) - p->start, 0, NULL);
	p->start = (size_t)(nl + 1 - p->in);
	assert_non_null(line);
	return line;
}

/* The next line, turning the loop until it is there; NULL once the connection has ended. */
static inline json_t *peer_line(struct peer *p)
{
	json_t *line;

	while (!(line = peer_look(p)) && !p->eof)
		rig_turn(p->rig);
	return line;
}

/* The next line must be exactly this one. */
static inline void peer_expect(struct peer *p, const char *expected)
{
	json_t *line = peer_line(p);
	char *text;

	assert_non_null(line);
	text = json_dumps(line, JSON_COMPACT | JSON_REAL_PRECISION(16));
	assert_string_equal(text, expected);
	free(text);
	json_decref(line);
}

/* The next line must have this text in the string member @name. */
static inline void peer_expect_in(struct peer *p, const char *name, const char *part)
{
	json_t *line = peer_line(p);
	const char *text = json_string_value(json_object_get(line, name));

	if (!text || !strstr(text, part))
		fail_msg("member \"%s\" is \"%s\", without \"%s\"", name, text ? text : "-", part);
	json_decref(line);
}

static inline void peer_expect_end(struct peer *p)
{
	json_t *line = peer_line(p);

	assert_null(line);
}

/* What follows a mistake: the reason, and the end. */
static inline void peer_expect_cut_off(struct peer *p, const char *why)
{
	peer_expect_in(p, "error", why);
	peer_expect_end(p);
}

static inline uint64_t peer_expect_event(struct peer *p)
{
	json_t *line = peer_line(p);
	json_t *number = json_object_get(line, "event");
	uint64_t n;

	assert_true(json_is_integer(number));
	n = (uint64_t)json_integer_value(number);
	json_decref(line);
	return n;
}

/* Says hello and reads hello and, for an observer, snapshot. */
static inline void peer_observe(struct peer *p, struct rig *r)
{
	json_t *line;

	peer_connect(p, r);
	peer_say(p, "{\"hello\":{\"protocol\":[1],\"role\":\"observer\",\"client\":\"o\"}}");
	line = peer_line(p);
	assert_non_null(json_object_get(line, "hello"));
	json_decref(line);
	line = peer_line(p);
	assert_non_null(json_object_get(line, "snapshot"));
	json_decref(line);
}

/* The controller's hello; its answer is read, replay and snapshot are not. */
static inline void peer_control(struct peer *p, struct rig *r, const char *instance,
				unsigned int committed)
{
	json_t *line;

	peer_connect(p, r);
	peer_say(p,
		 "{\"hello\":{\"protocol\":[1],\"role\":\"controller\",\"client\":\"c\","
		 "\"instance\":\"%s\",\"committed\":%u}}",
		 instance, committed);
	line = peer_line(p);
	assert_non_null(json_object_get(line, "hello"));
	json_decref(line);
}

static inline void peer_expect_snapshot(struct peer *p, unsigned int next)
{
	json_t *line = peer_line(p);
	json_t *snapshot = json_object_get(line, "snapshot");

	assert_non_null(snapshot);
	assert_int_equal(json_integer_value(json_object_get(snapshot, "next")), next);
	json_decref(line);
}

static inline void rig_event(struct rig *r, const char *type)
{
	control_event(r->control, 1, type, json_pack("{s:i}", "leg", 5));
}

#endif
