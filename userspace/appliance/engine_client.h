/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Client library for the engine's control socket (docs/engine-protocol.md).
 * Asynchronous, on the caller's libuv loop; reconnects by itself.
 *
 * Each function may be called from each callback. Nothing is called back from
 * within engine_client_request(), _committed() and _synced().
 */
#ifndef APPLIANCE_ENGINE_CLIENT_H
#define APPLIANCE_ENGINE_CLIENT_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

#define ENGINE_CLIENT_QUEUE 1024 /* requests that wait behind the 64 unanswered ones */

struct engine_client; /* opaque */

struct engine_client_cfg {
	const char *socket;
	const char *client; /* name in the hello */
	bool controller; /* else observer */
	int reconnect_ms; /* pause before a new attempt; 0: no reconnection */
	const char
		*instance; /* last known instance or NULL, with the last committed event number */
	uint64_t committed;
};

struct engine_client_callbacks {
	/*
	 * Connected: the engine's hello object (borrowed). same_instance: the engine lived on
	 * since the last hello, or is the one named in the configuration.
	 */
	void (*hello)(void *ctx, json_t *hello, bool same_instance);
	void (*snapshot)(void *ctx, json_t *snapshot); /* borrowed */
	/*
	 * One event, in order, each number once per connection (replayed ones too: what was not
	 * committed comes again on the next connection). Borrowed.
	 */
	void (*event)(void *ctx, uint64_t number, int64_t sample, const char *type, json_t *event);
	void (*sync)(void *ctx,
		     uint64_t n); /* answer with engine_client_synced() when all is sent */
	/*
	 * Connection lost; pending requests were failed with code "gone". Also called when an
	 * attempt to connect failed. @why "replaced": another controller took over; no
	 * reconnection is tried any more.
	 */
	void (*gone)(void *ctx, const char *why);
	void *ctx; /* any callback may be NULL */
};

/*
 * Answer to one request, exactly once; @answer is borrowed and NULL with code "gone";
 * ok false: code and error say why, both NULL if ok.
 */
typedef void (*engine_answer_cb)(void *ctx, bool ok, const char *code, const char *error,
				 json_t *answer);

/**
 * engine_client_open() - begin to connect; hello() or gone() follows
 * @cfg, @cb: copied
 * Return: 0, -ENAMETOOLONG, -ENOMEM.
 */
int engine_client_open(struct engine_client **out, uv_loop_t *loop,
		       const struct engine_client_cfg *cfg,
		       const struct engine_client_callbacks *cb);
/**
 * engine_client_close() - disconnect
 * Unanswered requests are failed with code "gone" before it returns; no other callback
 * comes. What was sent before is still written, if the engine reads within a second. The
 * memory goes once the loop has run again. @c may be NULL.
 */
void engine_client_close(struct engine_client *c);
/** engine_client_connected() - true from hello() to gone() */
bool engine_client_connected(const struct engine_client *c);

/**
 * engine_client_request() - send {"id":…,"do":what, members…}
 * @members: object or NULL; reference is taken over
 * @cb: may be NULL
 * Return: 0, -ENOTCONN, -ENOBUFS (64 requests without answer are with the engine, further
 * 1024 are queued here), -EMSGSIZE (longer than 65,536 octets, an observer's 4,096), -ENOMEM; @cb is called on 0
 * only.
 */
int engine_client_request(struct engine_client *c, const char *what, json_t *members,
			  engine_answer_cb cb, void *ctx);
/**
 * engine_client_committed() - all events up to @number are safe here
 * @number: of the instance that the last hello named; above its last event it is ignored
 * Without a connection it is said in the next hello, if the engine is still the same.
 */
void engine_client_committed(struct engine_client *c, uint64_t number);
void engine_client_synced(struct engine_client *c, uint64_t n);

#endif
