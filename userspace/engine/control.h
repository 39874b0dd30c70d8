/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The engine's control socket: framing, roles, event journal, replay. See
 * docs/engine-protocol.md. Everything here runs on the call thread's libuv loop.
 *
 * What a request means is decided by the owner (calls.c) through the callbacks;
 * this file owns connections, limits, hello, ids, rights, acknowledgements, the
 * journal, and answers the request "events" itself.
 *
 * Work per loop iteration is bounded, so that signalling on the same loop goes on:
 * one new connection, of the controller 16 lines or 16 KiB, of each other client one
 * line of at most 4 KiB (or twice that, when they come at the end of a turn).
 */
#ifndef ENGINE_CONTROL_H
#define ENGINE_CONTROL_H

#include "engine/control_msg.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

#define CONTROL_OTHERS_LINE_MAX 4096 /* octets of another client's line, and of a hello */
#define CONTROL_ANSWER_MAX      (4 << 20) /* octets of an answer or a snapshot */
#define CONTROL_BACKLOG_MAX     (4 << 20) /* octets that may wait for a client that does not read */
#define CONTROL_UNANSWERED      64 /* requests of one client without an answer */
#define CONTROL_OBSERVERS       16
#define CONTROL_STRANGERS       8 /* connections without a hello; the oldest gives way */
#define CONTROL_ENDED_FULL      32768 /* leg.ended in the journal: refuse new calls from here on */

struct control; /* opaque */

struct control_callbacks {
	/*
	 * One request, already known to be an object with a valid "id" and "do", from a
	 * client that has the right to it (control_msg.h): an owner need not look at
	 * @controller. Answer with control_ok()/control_fail() now or later, exactly once
	 * (by client serial and id: a client that is gone by then is no error).
	 * @request and @what are borrowed.
	 */
	void (*request)(void *ctx, uint64_t client, bool controller, int64_t id, const char *what,
			json_t *request);
	/* New reference: the snapshot object without "next". */
	json_t *(*snapshot)(void *ctx);
	/* A controller is there (after replay and snapshot were queued) or has gone. */
	void (*controller)(void *ctx, bool present);
	/* {"synced":n} of the controller, lockstep only; n is that of the last control_sync(). */
	void (*synced)(void *ctx, uint64_t n);
	int64_t (*now)(void *ctx); /* sample */
	double (*utc)(void *ctx); /* seconds since 1970; NULL: the machine's clock */
	void *ctx;
};

struct control_cfg {
	const char *socket; /* path; an old socket file nobody listens on is replaced */
	unsigned int mode; /* file mode of the socket; 0: 0660 */
	const char *instance; /* engine instance id */
	bool lockstep;
	uint32_t journal_max; /* events; 0: 65536 */
	const char *engine; /* name and version in the hello; NULL: "strowger-engine" */
	int line_ms; /* the hello, and a line once begun, must be whole by then; 0: 5000 */
};

/**
 * control_open() - listen
 * @cfg: copied
 * Return: 0, or negative errno with a message logged (path, reason, what to do):
 * -EADDRINUSE (another engine listens there), -EEXIST (a file that is no socket),
 * -ENAMETOOLONG, -ENOMEM, or what bind(2) and chmod(2) say.
 */
int control_open(struct control **out, uv_loop_t *loop, const struct control_cfg *cfg,
		 const struct control_callbacks *cb);

/**
 * control_close() - end all connections, forget the journal, remove the socket file
 * @c: may be NULL; no callback is called any more. Not from within a callback. Its memory
 *     goes once the loop has run again.
 */
void control_close(struct control *c);

/**
 * control_event() - number, keep and send one event
 * @type: "leg.offered" ...; "leg.ended" is never dropped from the journal
 * @members: object with the event's members or NULL; reference is taken over. Made to fit
 *           CONTROL_LINE_MAX as control_event_line() does.
 * Return: the event number.
 */
uint64_t control_event(struct control *c, int64_t sample, const char *type, json_t *members);

/** control_ok() - @members: object with the answer's members or NULL; reference is taken over */
void control_ok(struct control *c, uint64_t client, int64_t id, json_t *members);
void control_fail(struct control *c, uint64_t client, int64_t id, const char *code, const char *fmt,
		  ...) __attribute__((format(printf, 5, 6)));

/**
 * control_members_ok() - refuse a request that has members it should not have
 * @allowed: the members besides "id" and "do", "leg,cause"; "" for none
 * Return: true; or false when the client was answered "bad-request", naming the member.
 */
bool control_members_ok(struct control *c, uint64_t client, int64_t id, json_t *request,
			const char *allowed);

/**
 * control_sync() - lockstep: send {"sync":n} to the controller
 * Return: false if there is none. Should the controller go before it answers, the callback
 * controller(false) says so and synced() does not come.
 */
bool control_sync(struct control *c, uint64_t n);
/** control_has_controller() - true from controller(true) to controller(false) */
bool control_has_controller(const struct control *c);

struct control_stats {
	uint64_t next, first, lost; /* event numbers, events dropped since the start */
	uint32_t kept, kept_ended; /* events in the journal, leg.ended among them */
	uint32_t clients, cut_off; /* connected, cut off so far */
	uint64_t requests, refused; /* refused: lines that were no valid request */
};
void control_stats(const struct control *c, struct control_stats *st);

#endif
