/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/conn.h"
#include "base/jsonline.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

int conn_open(struct conn *c, const char *path)
{
	const struct timeval wait = {.tv_sec = CONN_WAIT_MS / 1000};
	struct sockaddr_un to = {.sun_family = AF_UNIX};
	int err = jsonline_path_check(path);

	*c = (struct conn){.fd = -1};
	if (err)
		return err;
	c->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (c->fd < 0)
		return -errno;
	/* Bounds connect() and send() both. */
	setsockopt(c->fd, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof(wait));
	strcpy(to.sun_path, path);
	if (connect(c->fd, (struct sockaddr *)&to, sizeof(to)) < 0) {
		err = errno == EAGAIN ? -ETIMEDOUT : -errno;
		conn_close(c);
	}
	return err;
}

void conn_close(struct conn *c)
{
	if (c->fd >= 0)
		close(c->fd);
	free(c->in);
	*c = (struct conn){.fd = -1};
}

int conn_send(struct conn *c, json_t *object)
{
	size_t len, at = 0;
	char *text = jsonline_text(object, &len);
	int err = text ? 0 : -ENOMEM;

	json_decref(object);
	while (!err && at < len) {
		ssize_t n = send(c->fd, text + at, len - at, MSG_NOSIGNAL);

		if (n > 0)
			at += (size_t)n;
		else if (errno != EINTR)
			err = errno == EAGAIN ? -ETIMEDOUT : -errno;
	}
	free(text);
	return err;
}

static int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static int wait_readable(const struct conn *c, int64_t until)
{
	struct pollfd p = {.fd = c->fd, .events = POLLIN};
	int64_t left;
	int n;

	do {
		left = until < 0 ? -1 : until - now_ms();
		if (until >= 0 && left < 0)
			left = 0;
		n = poll(&p, 1, (int)left);
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	return n ? 0 : -ETIMEDOUT;
}

static int make_room(struct conn *c)
{
	size_t cap = c->cap ? 2 * c->cap : 65536;
	char *in;

	if (c->start) {
		memmove(c->in, c->in + c->start, c->end - c->start);
		c->end -= c->start;
		c->start = 0;
	}
	if (c->end < c->cap)
		return 0;
	if (c->cap > CONN_LINE_MAX)
		return -EMSGSIZE;
	in = realloc(c->in, cap);
	if (!in)
		return -ENOMEM;
	c->in = in;
	c->cap = cap;
	return 0;
}

static int read_more(struct conn *c, int64_t until)
{
	int err = make_room(c);
	ssize_t n;

	if (!err)
		err = wait_readable(c, until);
	if (err)
		return err;
	n = recv(c->fd, c->in + c->end, c->cap - c->end, 0);
	if (n > 0)
		c->end += (size_t)n;
	return n > 0 ? 0 : n == 0 ? -EPIPE : errno == EINTR ? 0 : -errno;
}

int conn_read(struct conn *c, int wait_ms, json_t **line)
{
	int64_t until = wait_ms < 0 ? -1 : now_ms() + wait_ms;
	char *nl;
	json_t *value;
	int err;

	while (c->end == c->start || !(nl = memchr(c->in + c->start, '\n', c->end - c->start))) {
		err = read_more(c, until);
		if (err)
			return err;
	}
	value = json_loadb(c->in + c->start, (size_t)(nl - c->in) - c->start, 0, NULL);
	c->start = (size_t)(nl + 1 - c->in);
	if (!json_is_object(value)) {
		json_decref(value);
		return -EBADMSG;
	}
	*line = value;
	return 0;
}
