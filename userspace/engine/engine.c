/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The engine as a whole: make everything, run the call thread's loop, take it apart.
 */
#include "engine/engine.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "engine/items.h"
#include "engine/tones.h"

#define LEG_SLOTS 8192 /* above capacity.legs */
#define OP_SLOTS  32768

/* Lockstep lives in simulated time: 2026-01-01 00:00:00 UTC is its sample 0. */
#define LOCKSTEP_UTC_US    (1767225600LL * 1000000)
/* And hurries nobody: as good as no limit. */
#define LOCKSTEP_SPEECH_MS 300000

double engine_utc(const struct engine *e)
{
	struct timespec t;

	if (e->lockstep)
		return (double)e->utc0_us / 1e6 + (double)e->now / 8000;
	clock_gettime(CLOCK_REALTIME, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

void engine_event(struct engine *e, const char *type, json_t *members)
{
	e->events_since_sync++;
	control_event(e->control, e->now, type, members);
}

/* ---- callbacks of the loop ---- */

static void on_wake(uv_poll_t *poll, int status, int events)
{
	struct engine *e = poll->data;
	uint64_t count;

	(void)status;
	(void)events;
	if (read(e->wake_fd, &count, sizeof(count)) < 0)
		return;
	turn_take(e);
	turn_settle(e);
	if (media_broken(e->media)) {
		log_error("engine", "lockstep: a far end is at another tick, it cannot go on");
		uv_stop(&e->loop);
	}
}

static void on_recorded(uv_async_t *async)
{
	struct engine *e = async->data;

	if (e->lockstep)
		return; /* results are fetched when they are due */
	turn_now(e);
	ops_recorded(e);
	turn_settle(e);
}

static void wake_recorded(void *ctx)
{
	uv_async_send(&((struct engine *)ctx)->recorded);
}

static void on_signal(uv_signal_t *sig, int number)
{
	struct engine *e = sig->data;

	log_info("engine", "signal %d: ending, %u legs up", number, e->n_legs);
	uv_stop(&e->loop);
}

static json_t *on_snapshot(void *ctx)
{
	return describe_snapshot(ctx);
}

static void on_controller(void *ctx, bool present)
{
	struct engine *e = ctx;

	e->syncing = false;
	e->controller_wake = INT64_MAX;
	e->events_since_sync += present; /* the snapshot is news, too */
	turn_now(e);
	legs_controller(e, present);
	turn_settle(e);
}

static void on_synced(void *ctx, uint64_t n)
{
	(void)n;
	turn_synced(ctx);
	turn_settle(ctx);
}

static int64_t on_now(void *ctx)
{
	return ((struct engine *)ctx)->now;
}

static double on_utc(void *ctx)
{
	return engine_utc(ctx);
}

/* Sounds that arrive do so in callbacks of their own; the tick may be complete after them. */
static void on_check(uv_check_t *check)
{
	turn_settle(check->data);
}

/* ---- making ---- */

static void make_instance(struct engine *e)
{
	static const char hex[] = "0123456789abcdef";
	uint8_t r[16] = {0};
	FILE *f = e->lockstep ? NULL : fopen("/dev/urandom", "re");
	size_t n = f ? fread(r, 1, sizeof(r), f) : 0;
	char *out = e->instance;

	if (f)
		fclose(f);
	for (size_t i = 0; i < sizeof(r); i++) {
		if (i == 4 || i == 6 || i == 8 || i == 10)
			*out++ = '-';
		*out++ = hex[n == sizeof(r) ? r[i] >> 4 : 0];
		*out++ = hex[n == sizeof(r) ? r[i] & 15 : 0];
	}
	*out = 0;
}

static int open_tones(struct engine *e)
{
	static struct conf_errors errs;
	int err = tones_load(e->cfg.tones, &e->tones, &errs);

	if (err) {
		conf_errors_print(&errs, stderr);
		return err;
	}
	return detect_compile(&e->tones, &e->listen);
}

static int open_sounds(struct engine *e)
{
	struct prompt_cfg prompts = {.n_dirs = e->cfg.n_prompt_dirs};
	struct speech_cfg speech = {.cache_dir =
					    e->cfg.speech_cache[0] ? e->cfg.speech_cache : NULL,
				    .timeout_ms = e->lockstep ? LOCKSTEP_SPEECH_MS : 0};

	for (size_t i = 0; i < e->cfg.n_prompt_dirs; i++)
		prompts.dirs[i] = e->cfg.prompt_dirs[i];
	e->clips = clip_store_new((size_t)e->cfg.capacity.prompt_cache_mb << 20);
	if (!e->clips)
		return -ENOMEM;
	e->prompts = prompts_new(&e->loop, e->clips, &prompts);
	e->speech = speech_new(&e->loop, e->clips, &speech);
	e->recorder = recorder_new(wake_recorded, e);
	return e->prompts && e->speech && e->recorder ? 0 : -ENOMEM;
}

static int open_media(struct engine *e)
{
	struct media_cfg cfg = {.listen = &e->listen,
				.spans = e->cfg.spans,
				.n_spans = e->cfg.n_spans,
				.load_percent = e->cfg.capacity.load_percent,
				.lockstep = e->lockstep};
	char why[256];
	int err;

	e->wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	if (e->wake_fd < 0)
		return -errno;
	err = media_new(&e->media, &cfg, e->wake_fd, why, sizeof(why));
	if (err)
		log_error("engine", "spans: %s", why);
	return err;
}

static int open_control(struct engine *e)
{
	struct control_cfg cfg = {.socket = e->cfg.socket,
				  .mode = 0660,
				  .instance = e->instance,
				  .lockstep = e->lockstep};
	struct control_callbacks cb = {.request = requests_handle,
				       .snapshot = on_snapshot,
				       .controller = on_controller,
				       .synced = on_synced,
				       .now = on_now,
				       .utc = on_utc,
				       .ctx = e};

	return control_open(&e->control, &e->loop, &cfg, &cb);
}

static void open_loop(struct engine *e)
{
	uv_loop_init(&e->loop);
	uv_async_init(&e->loop, &e->recorded, on_recorded);
	e->recorded.data = e;
	uv_signal_init(&e->loop, &e->sigterm);
	uv_signal_init(&e->loop, &e->sigint);
	uv_check_init(&e->loop, &e->check);
	e->sigterm.data = e->sigint.data = e->check.data = e;
	uv_signal_start(&e->sigterm, on_signal, SIGTERM);
	uv_signal_start(&e->sigint, on_signal, SIGINT);
}

static void set_time_zero(struct engine *e)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	e->utc0_us = e->lockstep ? LOCKSTEP_UTC_US : t.tv_sec * 1000000LL + t.tv_nsec / 1000;
	isdn_set_now(0);
}

int engine_open(struct engine *e, const struct engine_cfg *cfg, bool lockstep)
{
	int err;

	memset(e, 0, sizeof(*e));
	e->cfg = *cfg;
	e->lockstep = lockstep;
	e->wake_fd = e->uevent_fd = -1;
	e->controller_wake = INT64_MAX;
	set_time_zero(e);
	make_instance(e);
	open_loop(e);
	err = idtab_init(&e->legs, LEG_SLOTS);
	if (!err)
		err = idtab_init(&e->ops, OP_SLOTS);
	if (!err)
		err = open_tones(e);
	if (!err)
		err = open_sounds(e);
	if (!err)
		err = open_media(e);
	if (!err)
		err = lines_open(e);
	if (!err)
		err = open_control(e);
	if (!err)
		attach_open(e);
	if (err) {
		log_error("engine", "cannot start: %s", strerror(-err));
		engine_close(e);
		return err;
	}
	uv_poll_init(&e->loop, &e->wake, e->wake_fd);
	e->wake.data = e;
	uv_poll_start(&e->wake, UV_READABLE, on_wake);
	if (e->lockstep)
		uv_check_start(&e->check, on_check);
	return 0;
}

int engine_run(struct engine *e)
{
	int err = media_start(e->media);

	if (err) {
		log_error("engine", "media thread: %s", strerror(-err));
		return err;
	}
	log_info("engine", "running, instance %s%s", e->instance, e->lockstep ? ", lockstep" : "");
	uv_run(&e->loop, UV_RUN_DEFAULT);
	return media_broken(e->media);
}

/* ---- taking apart ---- */

static void close_handle(uv_handle_t *h, void *ctx)
{
	(void)ctx;
	if (!uv_is_closing(h))
		uv_close(h, NULL);
}

static void free_leg(struct engine *e, uint32_t i)
{
	struct call_leg *leg = idtab_at(&e->legs, i);

	free(leg);
}

static void free_op(struct engine *e, uint32_t i)
{
	struct op *op = idtab_at(&e->ops, i);

	if (op && op->list)
		playlist_free(op->list);
	free(op);
}

/*
 * The media thread has stopped: what it holds is fetched from its events. The loop runs until
 * sounds under way have come, so that their waiters find their operations alive; what these then
 * lend to the media thread is fetched, too.
 */
static void settle_all(struct engine *e)
{
	if (!e->media || !e->control)
		return;
	e->ending = true;
	media_stop(e->media);
	while (ops_outstanding(e) || attach_busy(e))
		uv_run(&e->loop, UV_RUN_ONCE);
	media_stop(e->media);
	turn_take(e);
}

void engine_close(struct engine *e)
{
	uv_check_stop(&e->check);
	settle_all(e);
	if (e->recorder)
		recorder_free(e->recorder);
	lines_close(e);
	media_free(e->media);
	for (uint32_t i = 0; e->ops.slot && i <= e->ops.mask; i++)
		free_op(e, i);
	for (uint32_t i = 0; e->legs.slot && i <= e->legs.mask; i++)
		free_leg(e, i);
	idtab_free(&e->ops);
	idtab_free(&e->legs);
	if (e->prompts)
		prompts_free(e->prompts);
	if (e->speech)
		speech_free(e->speech);
	control_close(e->control);
	uv_walk(&e->loop, close_handle, NULL);
	uv_run(&e->loop, UV_RUN_DEFAULT);
	if (e->clips)
		clip_store_free(e->clips);
	uv_loop_close(&e->loop);
	attach_close(e);
	if (e->wake_fd >= 0)
		close(e->wake_fd);
}
