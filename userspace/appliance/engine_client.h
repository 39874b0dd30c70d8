/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Client library for the engine's control socket (docs/engine-protocol.md).
 * Asynchronous, on the caller's libuv loop; reconnects by itself.
 */
#ifndef APPLIANCE_ENGINE_CLIENT_H
#define APPLIANCE_ENGINE_CLIENT_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

struct engine_client; /* opaque */

struct engine_client_cfg {
	const char *socket;
	const char *client;   /* name in the hello */
	bool controller;      /* else observer */
	int reconnect_ms;     /* pause before a new attempt; 0: no reconnection */
	const char *instance; /* last known instance or NULL, with the last committed event number */
	uint64_t committed;
};

struct engine_client_callbacks {
	/* Connected: the engine's hello object (borrowed). same_instance: the engine lived on. */
	void (*hello)(void *ctx, json_t *hello, bool same_instance);
	void (*snapshot)(void *ctx, json_t *snapshot);
	/* One event, in order, each number once per connection (replayed ones too). Borrowed. */
	void (*event)(void *ctx, uint64_t number, int64_t sample, const char *type, json_t *event);
	void (*sync)(void *ctx, uint64_t n); /* answer with engine_client_synced() when all is sent */
	void (*gone)(void *ctx, const char *why); /* connection lost; pending requests were failed with code "gone" */
	void *ctx;
};

/* Answer to one request; @answer is borrowed; ok false: code and error say why. */
typedef void (*engine_answer_cb)(void *ctx, bool ok, const char *code, const char *error, json_t *answer);

int engine_client_open(struct engine_client **out, uv_loop_t *loop, const struct engine_client_cfg *cfg,
		       const struct engine_client_callbacks *cb);
void engine_client_close(struct engine_client *c);
bool engine_client_connected(const struct engine_client *c);

/**
 * engine_client_request() - send {"id":…,"do":what, members…}
 * @members: object or NULL; reference is taken over
 * @cb: may be NULL
 * Return: 0, -ENOTCONN, -ENOBUFS (64 requests without answer are queued here, up to 1024)
 */
int engine_client_request(struct engine_client *c, const char *what, json_t *members, engine_answer_cb cb, void *ctx);
/** engine_client_committed() - all events up to @number are safe here */
void engine_client_committed(struct engine_client *c, uint64_t number);
void engine_client_synced(struct engine_client *c, uint64_t n);

#endif
