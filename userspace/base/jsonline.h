/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One JSON object a line over a Unix socket: the connection below the control
 * sockets of the engine and of strowgerd, either side, on the owner's libuv loop.
 *
 * Bounded in every direction: the length of a line, the time that a line may take
 * to become whole, the lines per loop iteration (then the others have their turn),
 * and the octets that wait for a peer that does not read.
 *
 *	jsonline_open(&j, loop, &limits, &callbacks);
 *	jsonline_accept(j, server);	or jsonline_connect(j, path)
 *	...
 *	jsonline_end(j) or jsonline_close(j), once, also after gone()
 *
 * Writing to a peer that has gone must not kill the process: jsonline_open() lets
 * the process ignore SIGPIPE.
 */
#ifndef BASE_JSONLINE_H
#define BASE_JSONLINE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <uv.h>

#define JSONLINE_TURN_OCTETS 16384 /* after so many octets of lines a turn ends, too */

struct jsonline; /* opaque */

struct jsonline_limits {
	size_t line_max; /* longest line taken, without its '\n' [octets] */
	size_t backlog_max; /* most octets that may wait to be sent when a line is added */
	int line_ms; /* first line, and a line once begun, must be whole by then; 0: no limit */
	int turn_lines; /* lines handled in one loop iteration, or twice that; 0: 16 */
};

struct jsonline_callbacks {
	void (*connected)(void *ctx); /* after jsonline_connect(); else gone() says why not */
	/*
	 * One line, @len octets without '\n', followed by a 0. It is not known to be JSON.
	 * The owner may send, end and close from here.
	 */
	void (*line)(void *ctx, char *text, size_t len);
	/*
	 * The connection ended, once, not after jsonline_end() or jsonline_close(). @err:
	 * 0 the peer closed, -EMSGSIZE line too long, -ETIMEDOUT line not whole in time,
	 * -ENOBUFS peer does not read, or what read(2) said. @why: the same for people.
	 * Nothing is read any more; the owner may still send a last word and jsonline_end(),
	 * or jsonline_close().
	 */
	void (*gone)(void *ctx, int err, const char *why);
	/* Everything sent so far is written; may be NULL. */
	void (*drained)(void *ctx);
	void *ctx;
};

/** jsonline_open() - a connection that is not connected yet. Return: 0, -ENOMEM */
int jsonline_open(struct jsonline **out, uv_loop_t *loop, const struct jsonline_limits *limits,
		  const struct jsonline_callbacks *cb);
/** jsonline_accept() - take a waiting connection of @server and read. Return: 0, negative errno */
int jsonline_accept(struct jsonline *j, uv_stream_t *server);
/** jsonline_connect() - connect, then read. Return: 0, -ENAMETOOLONG; connected() or gone() follows */
int jsonline_connect(struct jsonline *j, const char *path);
/**
 * jsonline_trust() - other limits for what is read from now on
 * May be called from line(), for what follows this line.
 */
void jsonline_trust(struct jsonline *j, size_t line_max, int turn_lines);
/** jsonline_fd() - the socket, for its peer's credentials; still owned by @j */
int jsonline_fd(const struct jsonline *j);

/**
 * jsonline_send() - queue @len octets of @text, which end in '\n' and hold no other
 * Return: 0; -ENOBUFS: more than backlog_max wait already, and -ENOMEM: gone() follows in the
 * next loop iteration; -EPIPE: nobody will read it, gone() follows once all that came is read.
 */
int jsonline_send(struct jsonline *j, const char *text, size_t len);
/**
 * jsonline_send_json() - queue one object as a line
 * @object: borrowed
 * @max: longest line, without its '\n' [octets]
 * Return: as jsonline_send(), or -EMSGSIZE: not sent, and nothing else happens.
 */
int jsonline_send_json(struct jsonline *j, const json_t *object, size_t max);
/**
 * jsonline_text() - an object as a line
 * @len: its octets, with the '\n'; no 0 follows
 * Return: to be given to free(); NULL without memory.
 */
char *jsonline_text(const json_t *object, size_t *len);
/** jsonline_waiting() - octets not written yet, and what a peer that reads no more was sent */
size_t jsonline_waiting(const struct jsonline *j);

/**
 * jsonline_end() - read no more, write what waits (for at most a second), then close
 * No callback comes any more; the object frees itself.
 */
void jsonline_end(struct jsonline *j);
/** jsonline_close() - close at once; no callback comes any more, the object frees itself */
void jsonline_close(struct jsonline *j);

/**
 * jsonline_path_check() - is @path short enough for a socket address?
 * Return: 0 or -ENAMETOOLONG (libuv would cut it off silently).
 */
int jsonline_path_check(const char *path);

#endif
