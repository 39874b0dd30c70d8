/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/call/cause.h"
#include "exchange/office_parts.h"

#define NPI_ISDN  1 /* Q.931 table 4-10: E.164 */
#define RATE_64K  0x10
#define LAW_A     3
#define FNV_START 2166136261u

/* ---- slots and channels ---- */

static struct slot *new_slot(struct office *o, unsigned int class, int trunk, int timeslot)
{
	int i = 0;

	while (i < o->n_slots && o->slots[i].used)
		i++;
	assert(i < o->n_slots); /* there are as many as timeslots, and each has its own */
	memset(&o->slots[i], 0, sizeof(o->slots[i]));
	o->slots[i].used = true;
	o->slots[i].class = (uint16_t) class;
	o->slots[i].trunk = trunk;
	o->slots[i].timeslot = timeslot;
	o->slots[i].heard = FNV_START;
	o->slots[i].traced_step = (size_t)-1;
	o->at[trunk][timeslot] = (int16_t)i;
	o->active[o->n_active++] = (int16_t)i;
	if (o->n_active > o->most)
		o->most = o->n_active;
	report_offered(&o->report);
	return &o->slots[i];
}

static bool carries_calls(const struct span_def *def, int timeslot)
{
	size_t i;

	if (timeslot < 1 || timeslot > 31 || timeslot == def->dchannel ||
	    (def->cas && timeslot == 16))
		return false;
	for (i = 0; i < def->n_blocked; i++)
		if (def->blocked[i] == timeslot)
			return false;
	return true;
}

static uint32_t idle_channels(const struct office *o, int trunk)
{
	uint32_t idle = 0;
	int ts;

	for (ts = 1; ts < E1_OCTETS; ts++)
		if (o->at[trunk][ts] == SLOT_NONE && carries_calls(&o->sc->spans[trunk], ts))
			idle |= 1u << ts;
	return idle;
}

/* A channel for a call of ours; false: none. */
static bool find_channel(const struct office *o, const struct class_def *def,
			 struct hunt_channel *ch)
{
	struct hunt_span spans[SCENARIO_SPANS] = {0};
	size_t i;

	for (i = 0; i < o->sc->n_spans; i++) {
		if (def->span[0] && strcmp(def->span, o->sc->spans[i].name) != 0)
			continue;
		if (!trunk_in_service(&o->trunks[i]))
			continue;
		spans[i].weight = 1;
		spans[i].descending = o->sc->spans[i].side == ISDN_USER;
		spans[i].idle = idle_channels(o, (int)i);
		if (def->channel)
			spans[i].idle &= 1u << def->channel;
	}
	return hunt_pick(HUNT_MOST_IDLE, spans, (unsigned int)o->sc->n_spans, ch) == 0;
}

static struct slot *slot_of_call(struct office *o, const struct trunk *t, uint32_t call)
{
	int i;

	for (i = 0; i < o->n_active; i++) {
		struct slot *s = &o->slots[o->active[i]];

		if (s->trunk == t->index && s->call == call && call)
			return s;
	}
	return NULL;
}

/* The far end chose another channel than the one we preferred, Q.931 5.1.2. */
static void move_channel(struct office *o, struct trunk *t, struct slot *s, int timeslot)
{
	if (timeslot <= 0 || timeslot == s->timeslot)
		return;
	if (timeslot >= E1_OCTETS || o->at[t->index][timeslot] != SLOT_NONE) {
		office_note(o, t, s, "cannot move to timeslot %d", timeslot);
		return;
	}
	o->at[t->index][timeslot] = o->at[t->index][s->timeslot];
	o->at[t->index][s->timeslot] = SLOT_NONE;
	s->timeslot = timeslot;
}

static bool class_is_ours(const struct office *o, unsigned int class)
{
	return class < o->sc->n_classes;
}

static void leave(struct office *o, int n)
{
	struct slot *s = &o->slots[o->active[n]];
	struct caller_result *r = &s->caller.result;
	struct call_record rec = {.id = s->caller.cfg.id,
				  .class = s->class,
				  .span = (uint8_t)s->trunk,
				  .timeslot = (uint8_t)s->timeslot,
				  .heard = s->heard};

	snprintf(rec.called, sizeof(rec.called), "%.23s", s->called);
	snprintf(rec.calling, sizeof(rec.calling), "%.23s", s->calling);
	if (taper_close(s->taper) < 0)
		office_note(o, &o->trunks[s->trunk], s, "the recording is not complete");
	office_note(o, &o->trunks[s->trunk], s, "done %s cause=%d prompts=%u heard=%08x%s%s",
		    caller_fault_name(r->fault), r->cause, r->prompts, s->heard,
		    r->reason[0] ? " " : "", r->reason);
	report_call(&o->report, &rec, r);
	if (class_is_ours(o, s->class))
		o->classes[s->class].up--;
	o->at[s->trunk][s->timeslot] = SLOT_NONE;
	s->used = false;
	o->n_active--;
	memmove(&o->active[n], &o->active[n + 1], (size_t)(o->n_active - n) * sizeof(o->active[0]));
}

/* ---- requests of a caller to signalling ---- */

static void fill_party(const struct class_def *def, const struct slot *s, struct isdn_party *p)
{
	p->called.npi = NPI_ISDN;
	p->calling.npi = NPI_ISDN;
	p->calling.presentation = (uint8_t)def->presentation;
	p->calling.screening = (uint8_t)def->screening;
	snprintf(p->calling.digits, sizeof(p->calling.digits), "%s", s->calling);
	snprintf(p->name, sizeof(p->name), "%s", def->display);
	snprintf(p->redirecting.from.digits, sizeof(p->redirecting.from.digits), "%s",
		 def->redirecting);
	p->redirecting.from.npi = NPI_ISDN;
	p->redirecting.reason = (uint8_t)def->redirecting_reason;
	p->redirecting.count = def->redirecting[0] ? 1 : 0;
	p->bearer = (uint8_t)def->bearer;
	p->bearer_rate = RATE_64K;
	/* Octet 5 names the law of speech and audio only, Q.931 4.5.5. */
	if (def->bearer == ISDN_BEARER_SPEECH || def->bearer == ISDN_BEARER_3K1_AUDIO)
		p->law = LAW_A;
}

static void offer(struct office *o, struct trunk *t, struct slot *s, const char *digits)
{
	const struct class_def *def = &o->sc->classes[s->class];
	struct isdn_setup setup = {
		.channel = s->timeslot, .exclusive = def->exclusive, .complete = !def->overlap};
	int64_t call;

	fill_party(def, s, &setup.party);
	snprintf(setup.party.called.digits, sizeof(setup.party.called.digits), "%s", digits);
	call = isdn_setup(t->isdn, &setup);
	if (call < 0) {
		caller_fail(&s->caller, CALLER_NO_LINK, "SETUP could not be sent: %s",
			    strerror((int)-call));
		return;
	}
	s->call = (uint32_t)call;
	office_note(o, t, s, "setup called=%s calling=%s", digits, s->calling);
}

static void carry_out(struct office *o, struct trunk *t, struct slot *s,
		      const struct caller_request *r)
{
	int err = 0;

	switch (r->ask) {
	case CALLER_SETUP: offer(o, t, s, r->digits); break;
	case CALLER_MORE_DIGITS: err = isdn_digits(t->isdn, s->call, r->digits); break;
	case CALLER_ALERT: err = isdn_alerting(t->isdn, s->call, s->timeslot, r->inband); break;
	case CALLER_PROGRESS:
		err = isdn_progress(t->isdn, s->call, s->timeslot, r->inband, 0);
		break;
	case CALLER_CONNECT: err = isdn_connect(t->isdn, s->call, s->timeslot); break;
	case CALLER_HANGUP:
		office_note(o, t, s, "hangup cause=%d", r->cause);
		err = isdn_hangup(t->isdn, s->call, r->cause);
		break;
	}
	/* Refused because the far end has just cleared: its event says so. */
	if (err)
		office_note(o, t, s, "signalling refused: %s", strerror(-err));
}

/* ---- calls from us ---- */

static void start_caller(struct office *o, size_t class, const struct hunt_channel *ch)
{
	const struct class_def *def = &o->sc->classes[class];
	struct class_state *st = &o->classes[class];
	struct slot *s = new_slot(o, (unsigned int)class, ch->span, ch->timeslot);
	struct caller_cfg cfg = {.id = ++o->next_id,
				 .steps = def->steps,
				 .n_steps = def->n_steps,
				 .overlap = def->overlap,
				 .overlap_first = def->overlap_first,
				 .overlap_gap_ms = def->overlap_gap_ms,
				 .analog = def->analog,
				 .hybrid = def->hybrid};

	series_make(def->called, st->made, &st->dice, s->called, sizeof(s->called));
	series_make(def->calling, st->made, &st->dice, s->calling, sizeof(s->calling));
	st->made++;
	memcpy(cfg.called, s->called, sizeof(cfg.called));
	caller_init(&s->caller, &cfg, office_now(o));
	st->up++;
}

/* A call that finds no channel and does not wait has failed. */
static void lose_caller(struct office *o, size_t class)
{
	struct call_record rec = {.id = ++o->next_id, .class = (uint16_t) class};
	struct caller_cfg cfg = {.id = rec.id};
	struct caller *c = malloc(sizeof(*c));

	report_offered(&o->report);
	o->classes[class].made++;
	if (!c)
		return;
	caller_init(c, &cfg, office_now(o));
	caller_fail(c, CALLER_NO_CHANNEL, "no channel was free");
	report_call(&o->report, &rec, &c->result);
	free(c);
}

static void arrive_class(struct office *o, size_t class, bool new_ones)
{
	const struct class_def *def = &o->sc->classes[class];
	struct class_state *st = &o->classes[class];
	int64_t now = office_now(o) - o->start * TRUNK_TICK;
	struct hunt_channel ch = {0};

	if (new_ones)
		st->waiting += arrivals_due(&st->arrivals, now, st->up + st->waiting);
	while (st->waiting && find_channel(o, def, &ch)) {
		start_caller(o, class, &ch);
		st->waiting--;
	}
	while (st->waiting && !def->wait_channel) {
		lose_caller(o, class);
		st->waiting--;
	}
}

void calls_arrive(struct office *o, bool new_ones)
{
	size_t i;

	for (i = 0; i < o->sc->n_classes; i++)
		arrive_class(o, i, new_ones);
}

/* ---- calls to us ---- */

static void begin_answer(struct office *o, struct trunk *t, struct slot *s, int answer)
{
	const struct answer_def *def = &o->sc->answers[answer];
	struct caller_cfg cfg = {.id = s->caller.cfg.id,
				 .answering = true,
				 .steps = def->steps,
				 .n_steps = def->n_steps,
				 .analog = def->analog,
				 .hybrid = def->hybrid};

	s->collecting = false;
	s->class = (uint16_t)(o->sc->n_classes + (size_t)answer);
	memcpy(cfg.called, s->called, sizeof(cfg.called));
	caller_init(&s->caller, &cfg, office_now(o));
	isdn_proceeding(t->isdn, s->call, s->timeslot);
}

/* Is the number whole, and whose is it? */
static void route(struct office *o, struct trunk *t, struct slot *s, bool complete)
{
	int partial = 0;
	int answer = number_route(o->patterns, o->sc->n_answers, s->called, &partial);
	size_t want = answer >= 0 ? (size_t)o->sc->answers[answer].digits : 0;

	if (!complete && (partial || strlen(s->called) < want)) {
		isdn_need_more(t->isdn, s->call, s->timeslot);
		return;
	}
	if (answer >= 0) {
		begin_answer(o, t, s, answer);
		return;
	}
	s->collecting = false;
	caller_fail(&s->caller, CALLER_NO_PROGRESS, "nobody has the number %s", s->called);
	s->caller.hung_up = true;
	s->caller.result.ended = office_now(o);
	isdn_hangup(t->isdn, s->call, CAUSE_UNALLOCATED_NUMBER);
}

static int channel_for(const struct office *o, const struct trunk *t, const struct isdn_event *ev)
{
	uint32_t idle = idle_channels(o, t->index);

	if (ev->channel > 0 && ev->channel < E1_OCTETS && (idle >> ev->channel & 1))
		return ev->channel;
	if ((ev->channel && ev->exclusive) || !idle)
		return -EBUSY;
	return __builtin_ctz(idle);
}

static void call_comes(struct office *o, struct trunk *t, const struct isdn_event *ev)
{
	const struct caller_cfg cfg = {.id = o->next_id + 1, .answering = true};
	int timeslot = o->state == OFFICE_RUNNING ? channel_for(o, t, ev) : -EBUSY;
	struct slot *s;

	if (timeslot < 0) {
		office_note(o, t, NULL, "call for %s refused, channel %d is not free",
			    ev->party.called.digits, ev->channel);
		isdn_hangup(t->isdn, ev->call, CAUSE_CHANNEL_NOT_AVAILABLE);
		return;
	}
	o->next_id++;
	s = new_slot(o, (unsigned int)(o->sc->n_classes + o->sc->n_answers), t->index, timeslot);
	s->call = ev->call;
	s->collecting = true;
	caller_init(&s->caller, &cfg, office_now(o));
	snprintf(s->called, sizeof(s->called), "%s", ev->party.called.digits);
	snprintf(s->calling, sizeof(s->calling), "%s", ev->party.calling.digits);
	office_note(o, t, s, "call for %s from %s", s->called, s->calling);
	route(o, t, s, ev->complete);
}

static void more_digits(struct office *o, struct trunk *t, struct slot *s,
			const struct isdn_event *ev)
{
	size_t len = strlen(s->called);

	if (!s->collecting)
		return;
	snprintf(s->called + len, sizeof(s->called) - len, "%s", ev->party.called.digits);
	route(o, t, s, ev->complete);
}

/* ---- events ---- */

static const char *event_name(enum isdn_event_type type)
{
	static const char *const names[] = {
		[ISDN_LINK_UP] = "link up",
		[ISDN_LINK_DOWN] = "link down",
		[ISDN_SETUP] = "setup",
		[ISDN_DIGITS] = "digits",
		[ISDN_SETUP_ACK] = "setup acknowledged",
		[ISDN_PROCEEDING] = "proceeding",
		[ISDN_ALERTING] = "alerting",
		[ISDN_PROGRESS] = "progress",
		[ISDN_CONNECTED] = "connected",
		[ISDN_CONNECT_ACK] = "connect acknowledged",
		[ISDN_DISCONNECT] = "disconnect",
		[ISDN_RELEASED] = "released",
		[ISDN_RESTART] = "restart",
		[ISDN_RESTART_ACK] = "restart acknowledged",
		[ISDN_SERVICE] = "service",
		[ISDN_NOTIFY] = "notify",
	};

	return (size_t)type < sizeof(names) / sizeof(names[0]) ? names[type] : "?";
}

static void call_event(struct office *o, struct trunk *t, struct slot *s,
		       const struct isdn_event *ev)
{
	office_note(o, t, s, "%s%s", event_name(ev->type), ev->inband ? " inband" : "");
	if (ev->type == ISDN_SETUP_ACK || ev->type == ISDN_PROCEEDING ||
	    ev->type == ISDN_ALERTING || ev->type == ISDN_CONNECTED)
		move_channel(o, t, s, ev->channel);
	if (ev->type == ISDN_DIGITS)
		more_digits(o, t, s, ev);
	if (ev->type == ISDN_RELEASED)
		s->call = 0;
	caller_event(&s->caller, ev, office_now(o));
}

void calls_event(void *ctx, struct trunk *t, const struct isdn_event *ev)
{
	struct office *o = ctx;
	struct slot *s;

	if (ev->type == ISDN_SETUP) {
		call_comes(o, t, ev);
		return;
	}
	s = slot_of_call(o, t, ev->call);
	if (s)
		call_event(o, t, s, ev);
	else
		office_note(o, t, NULL, "%s", event_name(ev->type));
}

/* ---- each millisecond ---- */

static void start_recording(struct office *o, struct trunk *t, struct slot *s)
{
	char path[2 * PATH_MAX_LEN];

	snprintf(path, sizeof(path), "%s/%s-%u.wav", o->cfg.record_dir, s->caller.record,
		 s->caller.cfg.id);
	s->taper = taper_open(path);
	office_note(o, t, s, s->taper ? "recording %s-%u.wav" : "cannot record %s-%u.wav",
		    s->caller.record, s->caller.cfg.id);
	s->caller.record = NULL;
}

static void note_step(struct office *o, struct trunk *t, struct slot *s)
{
	const struct caller *c = &s->caller;

	if (c->step == s->traced_step || c->step >= c->cfg.n_steps)
		return;
	s->traced_step = c->step;
	office_note(o, t, s, "step %zu %s", c->step + 1,
		    step_name((enum step_do)c->cfg.steps[c->step].what));
}

static void tick_slot(struct office *o, struct slot *s)
{
	struct trunk *t = &o->trunks[s->trunk];
	uint8_t *rx = t->rx[s->timeslot], *tx = t->tx[s->timeslot];
	struct caller_out out;
	unsigned int i;

	for (i = 0; i < TRUNK_TICK; i++)
		s->heard = (s->heard ^ rx[i]) * 16777619u;
	/* A call whose number is not whole yet has no script; it ends only from outside. */
	if (s->collecting && !s->caller.released)
		return;
	caller_tick(&s->caller, office_now(o), rx, tx, &out);
	for (i = 0; i < out.n; i++)
		carry_out(o, t, s, &out.request[i]);
	note_step(o, t, s);
	if (s->caller.record && o->cfg.record_dir && !s->taper)
		start_recording(o, t, s);
	if (s->taper)
		taper_write(s->taper, rx, tx, TRUNK_TICK);
}

void calls_tick(struct office *o)
{
	int i = 0;

	while (i < o->n_active) {
		tick_slot(o, &o->slots[o->active[i]]);
		if (caller_done(&o->slots[o->active[i]].caller))
			leave(o, i);
		else
			i++;
	}
}

void calls_fail(struct office *o, const char *why)
{
	size_t i;

	for (i = 0; i < o->sc->n_classes; i++)
		for (; o->classes[i].waiting; o->classes[i].waiting--)
			lose_caller(o, i);
	while (o->n_active) {
		struct slot *s = &o->slots[o->active[0]];

		caller_fail(&s->caller, CALLER_UNFINISHED, "%s", why);
		if (s->call && !s->caller.hung_up)
			isdn_hangup(o->trunks[s->trunk].isdn, s->call, CAUSE_NORMAL_CLEARING);
		leave(o, 0);
	}
}

void calls_forget(struct office *o, const struct trunk *t)
{
	const struct isdn_event ev = {.type = ISDN_RELEASED, .cause = CAUSE_TEMPORARY_FAILURE};
	int i;

	for (i = 0; i < o->n_active; i++) {
		struct slot *s = &o->slots[o->active[i]];

		if (s->trunk != t->index)
			continue;
		s->call = 0;
		caller_event(&s->caller, &ev, office_now(o));
	}
}
