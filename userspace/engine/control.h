/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The engine's control socket: framing, roles, event journal, replay. See
 * docs/engine-protocol.md. Everything here runs on the call thread's libuv loop.
 *
 * What a request means is decided by the owner (calls.c) through the callbacks;
 * this file owns connections, limits, hello, ids, acknowledgements, the journal.
 */
#ifndef ENGINE_CONTROL_H
#define ENGINE_CONTROL_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

struct control;        /* opaque */
struct control_client; /* opaque; valid until its connection ends */

struct control_callbacks {
	/*
	 * One request, already known to be an object with a valid "id" and "do".
	 * Answer with control_ok()/control_fail() now or later (by client serial and id:
	 * a client that is gone by then is no error).
	 */
	void (*request)(void *ctx, uint64_t client, bool controller, int64_t id, const char *what,
			json_t *request);
	/* New reference: the snapshot object without "next". */
	json_t *(*snapshot)(void *ctx);
	/* A controller is there (after replay and snapshot were queued) or has gone. */
	void (*controller)(void *ctx, bool present);
	/* {"synced":n} of the controller, lockstep only. */
	void (*synced)(void *ctx, uint64_t n);
	int64_t (*now)(void *ctx); /* sample */
	void *ctx;
};

struct control_cfg {
	const char *socket;     /* path; an old socket file nobody listens on is replaced */
	unsigned int mode;      /* file mode of the socket, e.g. 0660 */
	const char *instance;   /* engine instance id */
	bool lockstep;
	uint32_t journal_max;   /* events, default 65536 */
};

/**
 * control_open() - listen
 * Return: 0, or negative errno with a message logged (path, reason, what to do).
 */
int control_open(struct control **out, uv_loop_t *loop, const struct control_cfg *cfg,
		 const struct control_callbacks *cb);
void control_close(struct control *c);

/**
 * control_event() - number, keep and send one event
 * @type: "leg.offered" ...
 * @members: object with the event's members; reference is taken over
 * Return: the event number.
 */
uint64_t control_event(struct control *c, int64_t sample, const char *type, json_t *members);

/** control_ok() - @members: object with the answer's members or NULL; reference is taken over */
void control_ok(struct control *c, uint64_t client, int64_t id, json_t *members);
void control_fail(struct control *c, uint64_t client, int64_t id, const char *code, const char *fmt, ...)
	__attribute__((format(printf, 5, 6)));

/** control_sync() - lockstep: send {"sync":n} to the controller. Return: false if there is none */
bool control_sync(struct control *c, uint64_t n);
bool control_has_controller(const struct control *c);

struct control_stats {
	uint64_t next, first, lost;   /* event numbers, events dropped */
	uint32_t kept, kept_ended;    /* events in the journal, leg.ended among them */
	uint32_t clients, cut_off;    /* connected, cut off so far */
	uint64_t requests, refused;   /* refused: lines that were no valid request */
};
void control_stats(const struct control *c, struct control_stats *st);

#endif
