/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/listener.h"
#include "base/jsonline.h"
#include "base/log.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define BACKLOG 32

struct listener {
	uv_pipe_t pipe;
	uv_idle_t turn; /* active while somebody waits to be accepted */
	void (*ready)(void *ctx, uv_stream_t *server);
	void *ctx;
	int open_handles;
};

/* Return: 0 somebody listens at @path, else why connecting failed. */
static int knock(const char *path)
{
	struct sockaddr_un to = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	int err = 0;

	if (fd < 0)
		return -errno;
	snprintf(to.sun_path, sizeof(to.sun_path), "%s", path);
	if (connect(fd, (struct sockaddr *)&to, sizeof(to)) < 0 && errno != EAGAIN)
		err = -errno;
	close(fd);
	return err;
}

static int clear_path(const char *path, const char *who)
{
	struct stat st;
	int err;

	if (lstat(path, &st) < 0)
		return 0; /* nothing there, or bind() will say what is wrong */
	if (!S_ISSOCK(st.st_mode)) {
		log_error(who, "%s is there and is not a socket: remove it or configure another",
			  path);
		return -EEXIST;
	}
	err = knock(path);
	if (err == -ECONNREFUSED) {
		log_info(who, "%s was left behind by a process that ended: replaced", path);
		err = unlink(path) < 0 ? -errno : 0;
		if (err)
			log_error(who, "%s cannot be removed: %s", path, strerror(-err));
		return err;
	}
	if (err) {
		log_error(who, "%s cannot be looked at: %s", path, strerror(-err));
		return err;
	}
	log_error(who, "another process listens at %s: stop it or configure another", path);
	return -EADDRINUSE;
}

static void on_turn(uv_idle_t *turn)
{
	struct listener *l = turn->data;

	uv_idle_stop(turn);
	l->ready(l->ctx, (uv_stream_t *)&l->pipe);
}

/* libuv looks for no further connection until this one was accepted. */
static void on_connection(uv_stream_t *server, int status)
{
	struct listener *l = server->data;

	if (!status)
		uv_idle_start(&l->turn, on_turn);
}

static void on_closed(uv_handle_t *handle)
{
	struct listener *l = handle->data;

	if (--l->open_handles == 0)
		free(l);
}

int listener_open(struct listener **out, uv_loop_t *loop, const char *path, unsigned int mode,
		  const char *who, void (*ready)(void *ctx, uv_stream_t *server), void *ctx)
{
	struct listener *l;
	int err = jsonline_path_check(path);

	if (err) {
		log_error(who, "%s is too long for a socket", path);
		return err;
	}
	err = clear_path(path, who);
	if (err)
		return err;
	l = calloc(1, sizeof(*l));
	if (!l)
		return -ENOMEM;
	l->ready = ready;
	l->ctx = ctx;
	l->open_handles = 2;
	uv_pipe_init(loop, &l->pipe, 0);
	uv_idle_init(loop, &l->turn);
	l->pipe.data = l->turn.data = l;
	err = uv_pipe_bind(&l->pipe, path);
	if (!err && chmod(path, mode) < 0)
		err = -errno;
	if (!err)
		err = uv_listen((uv_stream_t *)&l->pipe, BACKLOG, on_connection);
	if (err) {
		log_error(who, "cannot listen at %s: %s", path, strerror(-err));
		if (err == -EACCES) /* which is what libuv makes of ENOENT, too */
			log_error(who, "is its directory there, and writable for user %u?",
				  (unsigned int)geteuid());
		listener_close(l);
		return err;
	}
	*out = l;
	return 0;
}

void listener_close(struct listener *l)
{
	uv_close((uv_handle_t *)&l->pipe, on_closed);
	uv_close((uv_handle_t *)&l->turn, on_closed);
}
