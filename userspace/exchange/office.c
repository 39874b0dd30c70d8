/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "exchange/office.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "exchange/office_parts.h"

void office_note(struct office *o, const struct trunk *t, const struct slot *s, const char *fmt,
		 ...)
{
	va_list ap;

	if (!o->cfg.events)
		return;
	fprintf(o->cfg.events, "%lld", (long long)o->tick);
	if (t)
		fprintf(o->cfg.events, " %s", t->def->name);
	if (s)
		fprintf(o->cfg.events, "/%d #%u %s", s->timeslot, s->caller.cfg.id,
			report_class_name(&o->report, s->class));
	fputc(' ', o->cfg.events);
	va_start(ap, fmt);
	vfprintf(o->cfg.events, fmt, ap);
	va_end(ap);
	fputc('\n', o->cfg.events);
}

/* ---- birth and death ---- */

static void hook_send(void *ctx, struct trunk *t, const uint8_t *datagram, size_t len)
{
	struct office *o = ctx;

	o->cfg.send(o->cfg.ctx, t->index, datagram, len);
}

static void hook_alarms(void *ctx, struct trunk *t, uint32_t alarms)
{
	struct office *o = ctx;
	char names[128] = "";
	size_t len = 0;
	unsigned int bit;

	o->alarm_changes[t->index]++;
	for (bit = 0; bit < E1_ALARMS; bit++)
		if (alarms >> bit & 1)
			len += (size_t)snprintf(names + len, sizeof(names) - len, " %s",
						e1_alarm_name(bit));
	office_note(o, t, NULL, "alarms:%s", names[0] ? names : " none");
}

static void hook_restart(void *ctx, struct trunk *t)
{
	struct office *o = ctx;

	calls_forget(o, t);
	if (trunk_restart(t) < 0)
		office_note(o, t, NULL, "restart failed, the span stays down");
}

static void hook_fault(void *ctx, const struct fault_def *f, bool on)
{
	office_note(ctx, NULL, NULL, "fault %s %s%s%s", fault_name((enum fault_kind)f->kind),
		    on ? "begins" : "ends", f->span[0] ? " on " : "", f->span);
}

static int open_trunks(struct office *o, char *why, size_t size)
{
	const struct trunk_hooks hooks = {
		.event = calls_event, .send = hook_send, .alarms = hook_alarms, .ctx = o};
	size_t i;
	int err;

	o->trunks = calloc(o->sc->n_spans, sizeof(*o->trunks));
	if (!o->trunks)
		return -ENOMEM;
	for (i = 0; i < o->sc->n_spans; i++) {
		err = trunk_init(&o->trunks[i], &o->sc->spans[i], (int)i,
				 (uint64_t)o->sc->seed * 1000 + i, o->cfg.trace_dir, &hooks);
		if (err) {
			snprintf(why, size, "span %s: %s", o->sc->spans[i].name, strerror(-err));
			return err;
		}
	}
	return 0;
}

static int make_slots(struct office *o)
{
	o->n_slots = (int)(E1_OCTETS * o->sc->n_spans);
	o->slots = calloc((size_t)o->n_slots, sizeof(*o->slots));
	o->active = calloc((size_t)o->n_slots, sizeof(*o->active));
	if (!o->slots || !o->active)
		return -ENOMEM;
	/* All of it now, so that the process does not grow with the callers. */
	memset(o->slots, 0xff, (size_t)o->n_slots * sizeof(*o->slots));
	memset(o->slots, 0, (size_t)o->n_slots * sizeof(*o->slots));
	memset(o->at, 0xff, sizeof(o->at)); /* SLOT_NONE */
	return 0;
}

static void init_classes(struct office *o)
{
	size_t i;

	for (i = 0; i < o->sc->n_classes; i++) {
		const struct class_def *def = &o->sc->classes[i];
		uint64_t seed = (uint64_t)o->sc->seed << 32 ^ (uint64_t)def->seed << 8 ^ i;

		arrivals_init(&o->classes[i].arrivals, &def->arrivals, seed);
		dice_init(&o->classes[i].dice, ~seed);
	}
	for (i = 0; i < o->sc->n_answers; i++)
		o->patterns[i] = o->sc->answers[i].pattern;
}

int office_new(struct office **out, const struct office_cfg *cfg, char *why, size_t size)
{
	struct office *o = calloc(1, sizeof(*o));
	int err = -ENOMEM;

	snprintf(why, size, "no memory");
	if (!o)
		return err;
	o->cfg = *cfg;
	o->sc = cfg->scenario;
	o->stopped = o->idle = -1;
	o->tick = -1;
	err = report_init(&o->report, o->sc);
	if (!err)
		err = make_slots(o);
	if (!err)
		err = timeline_init(&o->timeline, o->sc, why, size);
	if (!err)
		err = open_trunks(o, why, size);
	if (err) {
		office_free(o);
		return err;
	}
	o->timeline.restart = hook_restart;
	o->timeline.begun = hook_fault;
	o->timeline.ctx = o;
	init_classes(o);
	*out = o;
	return 0;
}

void office_free(struct office *o)
{
	int i;

	if (!o)
		return;
	for (i = 0; i < o->n_active; i++)
		taper_close(o->slots[o->active[i]].taper);
	for (i = 0; o->trunks && i < (int)o->sc->n_spans; i++)
		if (o->trunks[i].def)
			trunk_free(&o->trunks[i]);
	timeline_free(&o->timeline);
	report_free(&o->report);
	free(o->trunks);
	free(o->slots);
	free(o->active);
	free(o);
}

/* ---- each millisecond ---- */

void office_receive(struct office *o, int span, const uint8_t *datagram, size_t len)
{
	trunk_receive(&o->trunks[span], datagram, len);
}

static bool all_in_service(const struct office *o)
{
	size_t i;

	for (i = 0; i < o->sc->n_spans; i++)
		if (o->trunks[i].isdn && !trunk_in_service(&o->trunks[i]))
			return false;
	return true;
}

static unsigned int callers_waiting(const struct office *o)
{
	unsigned int n = 0;
	size_t i;

	for (i = 0; i < o->sc->n_classes; i++)
		n += o->classes[i].waiting;
	return n;
}

static bool arrivals_ended(const struct office *o)
{
	size_t i;

	if (!o->sc->n_classes && !o->cfg.seconds && !o->sc->seconds)
		return false; /* only answers, and nobody said for how long */
	for (i = 0; i < o->sc->n_classes; i++)
		if (!arrivals_over(&o->classes[i].arrivals))
			return false;
	return callers_waiting(o) == 0 && timeline_over(&o->timeline) && o->sc->n_classes;
}

/* Has the time come after which nobody new calls? */
static bool time_is_up(const struct office *o)
{
	int64_t seconds = o->cfg.seconds ? o->cfg.seconds : o->sc->seconds;

	return o->stop || (seconds && o->tick - o->start >= seconds * 1000) || arrivals_ended(o);
}

static void end_of_run(struct office *o)
{
	if (o->stopped < 0 && time_is_up(o)) {
		o->stopped = o->tick;
		office_note(o, NULL, NULL, "no new calls from now on");
	}
	if (o->stopped < 0)
		return;
	if (o->tick - o->stopped >= o->sc->finish_ms)
		calls_fail(o, "the run ended first");
	if (o->n_active || callers_waiting(o))
		o->idle = -1;
	else if (o->idle < 0)
		o->idle = o->tick;
	if (o->idle >= 0 && o->tick - o->idle >= o->sc->quiet_ms)
		o->state = OFFICE_OVER;
}

static void starting(struct office *o)
{
	if (all_in_service(o)) {
		o->state = OFFICE_RUNNING;
		o->start = o->tick + o->sc->quiet_ms;
		office_note(o, NULL, NULL, "all D-channels are up");
	} else if (o->tick >= OFFICE_LINK_MS || o->stop) {
		o->state = OFFICE_DEAD;
	}
}

void office_tick(struct office *o)
{
	size_t i;

	o->tick++;
	isdn_set_now(office_now(o));
	if (o->state == OFFICE_RUNNING)
		timeline_tick(&o->timeline, o->tick - o->start, o->trunks);
	for (i = 0; i < o->sc->n_spans; i++)
		trunk_tick_rx(&o->trunks[i], office_now(o));
	if (o->state == OFFICE_STARTING)
		starting(o);
	if (o->state == OFFICE_RUNNING) {
		if (o->tick >= o->start)
			calls_arrive(o, o->stopped < 0);
		calls_tick(o);
		end_of_run(o);
	}
	for (i = 0; i < o->sc->n_spans; i++)
		trunk_tick_tx(&o->trunks[i]);
}

void office_stop(struct office *o)
{
	o->stop = true;
}

void office_abort(struct office *o)
{
	o->stop = true;
	calls_fail(o, "the run was ended");
}

/* ---- what is known ---- */

void office_status(const struct office *o, struct office_status *st)
{
	*st = (struct office_status){.state = o->state,
				     .tick = o->tick,
				     .up = (unsigned int)o->n_active,
				     .waiting = callers_waiting(o),
				     .most = (unsigned int)o->most};
}

static void count_channels(const struct office *o, int span, struct office_span_status *st)
{
	const struct span_def *def = &o->sc->spans[span];
	int ts;

	st->channels = 31 - (def->dchannel != 0) - (def->cas && def->dchannel != 16) -
		       (unsigned int)def->n_blocked;
	for (ts = 1; ts < E1_OCTETS; ts++)
		st->busy += o->at[span][ts] != SLOT_NONE;
}

int office_span(const struct office *o, int span, struct office_span_status *st)
{
	const struct trunk *t;

	if (span < 0 || span >= (int)o->sc->n_spans)
		return -ENOENT;
	t = &o->trunks[span];
	memset(st, 0, sizeof(*st));
	st->name = t->def->name;
	st->in_service = trunk_in_service(t);
	st->link_up = t->link_up;
	st->alarms = e1_alarm_declared(&t->alarm);
	st->alarm_changes = o->alarm_changes[span];
	st->received = t->received;
	st->cut = t->cut;
	st->lost_frames = t->lost_frames;
	count_channels(o, span, st);
	pw_port_status(&t->port, &st->line);
	st->network = t->impair.n;
	if (t->isdn) {
		hdlc_link_stats(t->hdlc, &st->hdlc);
		isdn_link_stats(t->isdn, &st->isdn);
	}
	return 0;
}

void office_news(const struct office *o, int span, struct pace_news *news)
{
	const struct trunk *t = &o->trunks[span];

	news->received = t->received;
	news->waiting = pw_port_waiting(&t->port);
	/* Who gets nothing from us, or gets it late, has nothing to answer. */
	news->counts =
		!t->def->slips && !t->cut && !t->port.fault.cfg.no_signal && !t->impair.waiting;
}

const struct report *office_report(const struct office *o)
{
	return &o->report;
}
