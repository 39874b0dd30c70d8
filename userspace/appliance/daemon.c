/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "appliance/daemon_private.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "core/contact/text.h"

#define NS_PER_SAMPLE   125000
#define CLIENT_NAME     "strowgerd 0.1"
#define LOCKSTEP_BEHIND 64 /* records waiting for the disk at which lockstep waits too */

/* ---- time ----------------------------------------------------------------------------------- */

static void note_sample(struct daemon *d, int64_t sample)
{
	if (sample < d->sample)
		return;
	d->sample = sample;
	d->sample_ns = uv_hrtime();
}

int64_t daemon_sample(const struct daemon *d)
{
	/* In lockstep and in a simulation time is what the engine says, nothing else. */
	if (d->lockstep || !d->live)
		return d->sample;
	return d->sample + (int64_t)((uv_hrtime() - d->sample_ns) / NS_PER_SAMPLE);
}

static void on_deadline(uv_timer_t *timer);

void daemon_arm(struct daemon *d)
{
	int64_t next = daemon_next(d), now;

	if (d->lockstep && d->live && next != d->wake) {
		/* The engine's clock is the only one: it wakes us. */
		d->wake = next;
		engine_client_request(d->client, "wake",
				      json_pack("{s:I}", "sample", (json_int_t)next), NULL, NULL);
	}
	if (d->lockstep || !d->live || next < 0) {
		uv_timer_stop(d->deadline);
		return;
	}
	now = daemon_sample(d);
	uv_timer_start(d->deadline, on_deadline,
		       next > now ? (uint64_t)(next - now + 7) / (CONTACT_RATE / 1000) : 0, 0);
}

static void run_time(struct daemon *d)
{
	note_sample(d, daemon_sample(d));
	daemon_time(d, d->sample);
	daemon_arm(d);
}

static void on_deadline(uv_timer_t *timer)
{
	run_time(timer->data);
}

/* ---- the engine ----------------------------------------------------------------------------- */

static void on_hello(void *ctx, json_t *hello, bool same)
{
	struct daemon *d = ctx;
	const char *instance = json_string_value(json_object_get(hello, "instance"));

	instance = instance ? instance : "";
	if (d->instance[0] && strcmp(d->instance, instance) != 0) {
		daemon_engine_died(d);
		d->event = d->sample = 0;
	}
	/* Another engine, or we are new ourselves: the snapshot will tell what there is. */
	d->holding = strcmp(d->instance, instance) != 0;
	text_copy(d->instance, sizeof(d->instance), instance);
	d->lockstep = json_is_true(json_object_get(hello, "lockstep"));
	for (struct dleg *leg = d->legs.first; leg; leg = leg->next)
		leg->touched = false;
	note_sample(d, json_integer_value(json_object_get(hello, "sample")));
	d->wake = -1; /* what a controller asked for went with it */
	d->hellos++;
	log_info("engine", "connected to instance %.8s, %s, next event %lld", instance,
		 same ? "the one we know" : "new to us",
		 (long long)json_integer_value(json_object_get(hello, "next")));
	if (json_integer_value(json_object_get(hello, "lost")) > 0)
		log_warn("engine", "%lld events were lost while nobody took them",
			 (long long)json_integer_value(json_object_get(hello, "lost")));
}

/* An event that was taken in before comes again: only its record may still be missing. */
static void again(struct daemon *d, const char *type, json_t *ev)
{
	json_int_t leg = json_integer_value(json_object_get(ev, "leg"));

	if (!strcmp(type, "leg.ended") && leg > 0)
		daemon_record(d, NULL, (uint64_t)leg, ev, CONTACT_WAITS);
}

static void on_event(void *ctx, uint64_t number, int64_t sample, const char *type, json_t *ev)
{
	struct daemon *d = ctx;

	if (number <= d->event) {
		again(d, type, ev);
		return;
	}
	note_sample(d, sample);
	if (d->live)
		daemon_time(d, d->sample); /* what was due before this event comes before it */
	d->event = number;
	if (d->holding)
		json_array_append(d->held, ev);
	else
		daemon_event(d, number, type, ev);
	daemon_acknowledge(d);
	daemon_arm(d);
}

static void on_snapshot(void *ctx, json_t *snapshot)
{
	struct daemon *d = ctx;

	json_int_t next = json_integer_value(json_object_get(snapshot, "next"));

	note_sample(d, json_integer_value(json_object_get(snapshot, "sample")));
	if (next > 0 && (uint64_t)next > d->event + 1)
		d->event = (uint64_t)next - 1; /* those that were committed before we were born */
	daemon_snapshot(d, snapshot);
	d->live = true;
	log_info("engine", "%zu legs are known", d->legs.n);
	daemon_acknowledge(d);
	daemon_arm(d);
}

/* Line time may run faster than the disk: then it waits for it, unless the disk has failed. */
static bool store_behind(const struct daemon *d)
{
	struct writer_news news;

	writer_news(d->writer, &news);
	return !news.error && news.put - news.done > LOCKSTEP_BEHIND;
}

void daemon_settled(struct daemon *d)
{
	uint64_t n = d->syncing;

	if (!n || d->outstanding || store_behind(d))
		return;
	d->syncing = 0;
	daemon_acknowledge(d);
	engine_client_synced(d->client, n);
}

static void on_sync(void *ctx, uint64_t n)
{
	struct daemon *d = ctx;

	d->syncing = n;
	daemon_settled(d);
}

static void on_gone(void *ctx, const char *why)
{
	struct daemon *d = ctx;

	if (d->live)
		log_warn("engine", "connection lost: %s", why);
	d->live = false;
	d->syncing = 0;
	d->acks.told = 0;
	json_array_clear(d->held);
	if (d->holding) { /* nothing of this engine was taken in: begin again */
		d->instance[0] = 0;
		d->event = 0;
	}
	uv_timer_stop(d->deadline);
}

int daemon_call_engine(struct daemon *d)
{
	static const struct engine_client_callbacks callbacks = {
		.hello = on_hello,
		.snapshot = on_snapshot,
		.event = on_event,
		.sync = on_sync,
		.gone = on_gone,
	};
	struct engine_client_callbacks cb = callbacks;
	struct engine_client_cfg cfg = {.socket = d->plan->engine.socket,
					.client = CLIENT_NAME,
					.controller = true,
					.reconnect_ms = d->plan->engine.reconnect_ms};
	struct calls_mark mark = {0};
	struct engine_client *old = d->client;
	struct db_txn *txn;
	int rc = db_begin(d->db, false, &txn);

	if (rc == 0) {
		rc = calls_mark(txn, &mark);
		db_abort(txn);
	}
	if (rc < 0)
		log_warn("store", "the engine's mark cannot be read: %s", db_strerror(rc));
	if (mark.instance[0]) {
		cfg.instance = mark.instance;
		cfg.committed = mark.event;
	}
	d->client = NULL;
	d->live = false;
	engine_client_close(old);
	cb.ctx = d;
	return engine_client_open(&d->client, d->loop, &cfg, &cb);
}

/* ---- beginning and end ---------------------------------------------------------------------- */

static void on_stored(uv_async_t *async)
{
	daemon_acknowledge(async->data);
	daemon_settled(async->data);
}

static void wake(void *ctx)
{
	struct daemon *d = ctx;

	uv_async_send(d->stored);
}

static void free_handle(uv_handle_t *h)
{
	free(h);
}

static int open_handles(struct daemon *d)
{
	d->deadline = malloc(sizeof(*d->deadline));
	d->stored = malloc(sizeof(*d->stored));
	d->held = json_array();
	if (!d->deadline || !d->stored || !d->held) {
		free(d->deadline);
		free(d->stored);
		d->deadline = NULL;
		d->stored = NULL;
		return -ENOMEM;
	}
	uv_timer_init(d->loop, d->deadline);
	uv_async_init(d->loop, d->stored, on_stored);
	d->deadline->data = d->stored->data = d;
	return 0;
}

static int open_store(struct daemon *d)
{
	struct writer_cfg cfg = {.site = d->plan->site, .wake = wake, .ctx = d};
	int rc = db_open(&d->db, d->plan->store.dir, (size_t)d->plan->store.map_mb << 20);

	if (rc < 0) {
		log_error("store", "%s: %s", d->plan->store.dir, db_strerror(rc));
		return rc;
	}
	cfg.db = d->db;
	return writer_open(&d->writer, &cfg);
}

int daemon_open(struct daemon **out, uv_loop_t *loop, const struct daemon_cfg *cfg,
		struct conf_errors *errs)
{
	struct daemon *d = calloc(1, sizeof(*d));
	int rc;

	if (!d)
		return -ENOMEM;
	d->loop = loop;
	d->file = cfg->file;
	d->clock = cfg->clock;
	d->started_ns = uv_hrtime();
	d->plan = plan_load(cfg->file, errs);
	if (!d->plan) {
		free(d);
		return -EINVAL;
	}
	clock_zone(d->plan->time_zone);
	rc = open_handles(d);
	if (rc == 0)
		rc = open_store(d);
	if (rc == 0)
		rc = server_open(&d->server, d, d->plan->socket);
	if (rc == 0)
		rc = daemon_call_engine(d);
	if (rc < 0) {
		daemon_close(d);
		return rc;
	}
	*out = d;
	return 0;
}

void daemon_close(struct daemon *d)
{
	struct engine_client *client = d->client;
	size_t left;

	server_close(d->server);
	if (d->writer)
		writer_flush(d->writer);
	if (client) {
		daemon_acknowledge(d);
		d->client = NULL; /* answers that fail now lead to nothing */
		engine_client_close(client);
	}
	left = writer_close(d->writer);
	if (left)
		log_error("store", "%zu records were not written; the engine has them still", left);
	db_close(d->db);
	if (d->deadline) {
		uv_close((uv_handle_t *)d->deadline, free_handle);
		uv_close((uv_handle_t *)d->stored, free_handle);
	}
	while (d->legs.first)
		dleg_remove(&d->legs, d->legs.first);
	json_decref(d->held);
	plan_put(d->plan);
	free(d);
}

static void tell_unchanged(const struct plan *old, const struct plan *fresh)
{
	if (strcmp(old->socket, fresh->socket) != 0 ||
	    strcmp(old->engine.socket, fresh->engine.socket) != 0 ||
	    strcmp(old->store.dir, fresh->store.dir) != 0 || old->site != fresh->site)
		log_warn("config",
			 "sockets, store folder and site change with the next start only");
}

int daemon_reload(struct daemon *d, struct conf_errors *errs)
{
	struct plan *fresh = plan_load(d->file, errs), *old = d->plan;
	int rc;

	if (!fresh)
		return -EINVAL;
	tell_unchanged(old, fresh);
	if (fresh->store.map_mb != old->store.map_mb) {
		rc = writer_resize(d->writer, (size_t)fresh->store.map_mb << 20);
		if (rc < 0)
			log_error("store", "cannot be made %d MiB: %s", fresh->store.map_mb,
				  db_strerror(rc));
	}
	d->plan = fresh;
	plan_put(old);
	clock_zone(fresh->time_zone);
	log_info("config", "reloaded: %zu flows, %zu routes", fresh->n_flows, fresh->n_routes);
	return (int)fresh->n_flows;
}
