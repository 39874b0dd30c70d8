/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a client may say on the control socket, and who may say it
 * (docs/engine-protocol.md): one line in, one checked message out. Pure apart
 * from jansson's allocation.
 */
#ifndef ENGINE_CONTROL_MSG_H
#define ENGINE_CONTROL_MSG_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CONTROL_PROTOCOL 1
#define CONTROL_LINE_MAX 65536 /* octets of a controller's line or an event, without '\n' */

enum control_role { CONTROL_STRANGER, CONTROL_OBSERVER, CONTROL_CONTROLLER };

struct control_hello {
	enum control_role role;
	char client[64]; /* name for the log; "?" if none; cut if longer */
	char instance[64]; /* empty if none */
	uint64_t committed;
};

enum control_kind { CONTROL_HELLO, CONTROL_REQUEST, CONTROL_COMMITTED, CONTROL_SYNCED };

struct control_msg {
	enum control_kind kind;
	json_t *object; /* the line; whoever called control_parse() owns the reference */
	int64_t id; /* CONTROL_REQUEST */
	const char *what; /* CONTROL_REQUEST: "do", lives with object; NULL if it is missing */
	uint64_t number; /* CONTROL_COMMITTED, CONTROL_SYNCED */
	struct control_hello hello;
};

/**
 * control_parse() - one line of a client
 * @role: CONTROL_STRANGER takes a hello only, the others anything but a hello
 * @why: filled with what is wrong, for people, when refused
 *
 * A request without "do" is no error here: it has an id and can be answered.
 *
 * Return: 0; -EBADMSG not JSON or not an object; -EINVAL a member is wrong; -EPROTO not what
 * this role may say; -EPROTONOSUPPORT no common version. @m->object is NULL then.
 */
int control_parse(struct control_msg *m, enum control_role role, const char *line, size_t len,
		  char *why, size_t why_size);

/**
 * control_may() - has this client the right to this request?
 * @maintainer: peer is root or runs as the engine's own user
 */
bool control_may(enum control_role role, bool maintainer, const char *what);

/**
 * control_unknown_member() - look for a typing error
 * @allowed: member names besides "id" and "do", separated by commas without spaces
 * Return: a member of @request that is not allowed (lives with @request), or NULL.
 */
const char *control_unknown_member(const json_t *request, const char *allowed);

/**
 * control_event_line() - an event as it is sent and kept
 * @members: borrowed; an object or NULL. Members that would make the line longer than
 *           CONTROL_LINE_MAX are left out, the longest first, and named in "left_out".
 * @len: octets of the line with its '\n'
 * Return: to be given to free(), without a 0 at the end; NULL without memory.
 */
char *control_event_line(uint64_t number, int64_t sample, const char *type, json_t *members,
			 size_t *len);

#endif
