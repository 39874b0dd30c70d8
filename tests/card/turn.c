/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "turn.h"

#include <errno.h>
#include <linux/um_timetravel.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/log.h"

#define MS_NS 1000000

static void lost(struct turn *t, const char *why)
{
	log_error("card", "calendar: %s", why);
	t->gone = true;
	t->mine = false;
	uv_poll_stop(&t->poll);
}

static int say(struct turn *t, const struct um_timetravel_msg *m, int n)
{
	size_t size = sizeof(*m) * (size_t)n;

	return send(t->fd, m, size, MSG_NOSIGNAL) == (ssize_t)size ? 0 : -errno;
}

/* Return: 1 a message has come, 0 none, negative errno. */
static int hear(struct turn *t, struct um_timetravel_msg *m, int flags)
{
	ssize_t n = recv(t->fd, m, sizeof(*m), flags);

	if (n == sizeof(*m))
		return 1;
	if (n < 0 && errno == EAGAIN)
		return 0;
	return n < 0 ? -errno : -ECONNRESET;
}

void turn_done(struct turn *t)
{
	const struct um_timetravel_msg m[2] = {
		{.op = UM_TIMETRAVEL_REQUEST, .time = t->at + MS_NS},
		{.op = UM_TIMETRAVEL_WAIT},
	};
	int err;

	if (t->gone)
		return;
	t->mine = false;
	err = say(t, m, 2);
	if (err)
		lost(t, strerror(-err));
}

static void on_message(uv_poll_t *poll, int status, int events)
{
	struct turn *t = poll->data;
	struct um_timetravel_msg m;
	int got;

	(void)status;
	(void)events;
	/* Answers need no attention; who may run free until some time asks all the same. */
	while ((got = hear(t, &m, MSG_DONTWAIT)) > 0) {
		if (m.op != UM_TIMETRAVEL_RUN)
			continue;
		t->mine = true;
		t->at = m.time;
	}
	if (got < 0)
		lost(t, strerror(-got));
	if (t->mine)
		t->ready(t->ctx);
}

static int join(struct turn *t, const char *path)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX};
	struct um_timetravel_msg m = {.op = UM_TIMETRAVEL_GET};
	int err;

	if (strlen(path) >= sizeof(a.sun_path))
		return -ENAMETOOLONG;
	strcpy(a.sun_path, path);
	t->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (t->fd < 0 || connect(t->fd, (struct sockaddr *)&a, sizeof(a)))
		return -errno;
	err = say(t, &m, 1);
	if (!err)
		err = hear(t, &m, MSG_WAITALL);
	if (err < 0)
		return err;
	/* All cards' milliseconds begin together. */
	t->at = m.time - m.time % MS_NS;
	return 0;
}

int turn_open(struct turn *t, uv_loop_t *loop, const char *path, void (*ready)(void *ctx),
	      void *ctx)
{
	int err = join(t, path);

	if (err) {
		log_error("card", "cannot join the calendar at %s: %s", path, strerror(-err));
		return err;
	}
	t->ready = ready;
	t->ctx = ctx;
	uv_poll_init(loop, &t->poll, t->fd);
	t->poll.data = t;
	uv_poll_start(&t->poll, UV_READABLE, on_message);
	turn_done(t);
	return 0;
}

void turn_close(struct turn *t)
{
	if (t->poll.data)
		uv_close((uv_handle_t *)&t->poll, NULL);
	if (t->fd > 0)
		close(t->fd);
}
