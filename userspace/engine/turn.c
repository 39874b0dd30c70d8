/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One turn of the call thread: news of the media thread, timers, and in lockstep the
 * hand-over of the tick.
 */
#include "engine/engine.h"

#include <errno.h>
#include <string.h>

static void take_event(struct engine *e, const struct media_event *ev, const uint8_t *frame,
		       size_t len)
{
	if (ev->sample > e->now) {
		e->now = ev->sample;
		isdn_set_now(e->now);
	}
	switch (ev->type) {
	case MEV_DCHAN_FRAME: line_frame(&e->lines[ev->chan.span], frame, len); break;
	case MEV_ALARMS: line_alarms(&e->lines[ev->chan.span], (uint32_t)ev->value); break;
	case MEV_SECOND: line_second(&e->lines[ev->chan.span], ev->sample, frame); break;
	case MEV_CAS: line_cas(&e->lines[ev->chan.span], ev->chan.ts, (uint8_t)ev->value); break;
	case MEV_OVERLOAD:
		e->overloaded = ev->value != 0;
		if (e->overloaded)
			setup_overload(e, "processor");
		break;
	default: legs_media(e, ev); break;
	}
}

static void run_timers(struct engine *e)
{
	for (size_t i = 0; i < e->cfg.n_spans; i++) {
		struct line *l = &e->lines[i];

		if (l->link && isdn_link_next(l->link) <= e->now)
			isdn_link_run(l->link);
	}
	if (legs_next(e) <= e->now)
		legs_time(e);
	if (e->controller_wake <= e->now) {
		e->controller_wake = INT64_MAX;
		engine_event(e, "wake", json_object());
	}
}

void turn_take(struct engine *e)
{
	struct media_event ev;
	uint8_t frame[ISDN_FRAME_MAX];
	int n;

	/* Before its news: what comes with a later tick must not be taken for this one's. */
	e->lock_tick = media_lock_pending(e->media);
	while ((n = media_event(e->media, &ev, frame)) >= 0)
		take_event(e, &ev, frame, (size_t)n);
	e->now = media_sample(e->media);
	isdn_set_now(e->now);
	run_timers(e);
}

static int64_t next_time(struct engine *e)
{
	int64_t next = legs_next(e);

	if (e->controller_wake < next)
		next = e->controller_wake;
	for (size_t i = 0; i < e->cfg.n_spans; i++) {
		struct isdn_link *link = e->lines[i].link;
		int64_t t = link ? isdn_link_next(link) : INT64_MAX;

		if (t < next)
			next = t;
	}
	return next;
}

/*
 * Lockstep: the media thread waits for us. Slow work enters at this tick; what was told to the
 * controller is answered before the next one.
 */
static void settle_lockstep(struct engine *e)
{
	if (!e->lock_tick || e->syncing || ops_outstanding(e))
		return;
	if (!control_has_controller(e->control))
		return; /* nothing moves without a controller */
	if (e->events_since_sync) {
		e->events_since_sync = 0;
		e->syncing = control_sync(e->control, e->lock_tick);
		return;
	}
	e->lock_tick = 0;
	media_lock_done(e->media);
}

void turn_now(struct engine *e)
{
	if (!e->lockstep)
		turn_take(e);
}

void turn_synced(struct engine *e)
{
	e->syncing = false;
}

void turn_settle(struct engine *e)
{
	if (e->lockstep && e->files_open) {
		recorder_flush(e->recorder);
		ops_recorded(e);
	}
	ops_reap(e);
	legs_reap(e);
	media_wake_at(e->media, next_time(e));
	if (e->lockstep)
		settle_lockstep(e);
}
