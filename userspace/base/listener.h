/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A listening Unix socket with a file that has the right mode from the start and
 * does not get in the way when its process was killed.
 */
#ifndef BASE_LISTENER_H
#define BASE_LISTENER_H

#include <uv.h>

struct listener; /* opaque */

/**
 * listener_open() - listen at @path
 * @mode: of the socket file; nobody can connect before it is set
 * @who: path of log lines, for instance "control"; must outlive the listener
 * @ready: somebody has connected; accept him on @server exactly once. Called at most once in a
 *         loop iteration, so that a flood of connections leaves time for the rest.
 *
 * A socket file that nobody listens on is replaced.
 *
 * Return: 0, or negative errno with a message logged (path, reason, what to do): -EADDRINUSE
 * somebody listens there, -EEXIST a file that is no socket, -ENAMETOOLONG, -ENOMEM, or what
 * bind(2) and chmod(2) say.
 */
int listener_open(struct listener **out, uv_loop_t *loop, const char *path, unsigned int mode,
		  const char *who, void (*ready)(void *ctx, uv_stream_t *server), void *ctx);

/** listener_close() - listen no more, remove the file; frees itself once the loop has run */
void listener_close(struct listener *l);

#endif
