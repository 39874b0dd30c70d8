/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Legs: what core/call/leg.c decides is carried out here, on ISDN, media and controller.
 */
#include "engine/engine.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "core/call/cause.h"
#include "engine/detect.h"
#include "engine/legs_private.h"

struct call_leg *leg_find(struct engine *e, int64_t id)
{
	return id > 0 ? idtab_find(&e->legs, (uint64_t)id) : NULL;
}

struct call_leg *leg_new(struct line *l, const struct isdn_party *party)
{
	struct engine *e = l->e;
	struct call_leg *leg = calloc(1, sizeof(*leg));

	if (!leg)
		return NULL;
	leg->id = idtab_add(&e->legs, leg);
	if (!leg->id) {
		free(leg);
		return NULL;
	}
	leg_init(&leg->fsm);
	leg->line = l;
	leg->party = *party;
	leg->detect = DETECT_DTMF;
	leg->hold_until = INT64_MAX;
	leg->older = e->newest;
	*(e->newest ? &e->newest->newer : &e->oldest) = leg;
	e->newest = leg;
	e->n_legs++;
	return leg;
}

void leg_drop(struct call_leg *leg)
{
	struct engine *e = leg->line->e;

	line_release(leg->line, leg->channel, leg);
	idtab_remove(&e->legs, leg->id);
	*(leg->older ? &leg->older->newer : &e->oldest) = leg->newer;
	*(leg->newer ? &leg->newer->older : &e->newest) = leg->older;
	e->n_legs--;
	free(leg);
}

void legs_reap(struct engine *e)
{
	struct call_leg **at = &e->ended;
	bool some = false;

	while (*at) {
		struct call_leg *leg = *at;

		if (leg->media || leg->ops) {
			at = &leg->next_ended;
			continue;
		}
		*at = leg->next_ended;
		engine_event(e, "leg.ended", describe_record(leg));
		leg_drop(leg);
		some = true;
	}
	if (e->overload_told && e->now >= e->overload_until && !setup_full(e))
		setup_overload(e, NULL);
	if (some && e->draining && e->n_legs == 0)
		engine_event(e, "drained", json_object());
}

/* ---- bridges ---- */

static int command(struct call_leg *leg, struct media_cmd cmd)
{
	cmd.chan = (struct chan_id){.span = leg->line->index, .ts = (uint8_t)leg->channel};
	cmd.op = leg->id;
	return media_command(leg->line->e->media, &cmd, NULL, 0);
}

static void tell_bridge(struct call_leg *a, struct call_leg *b, const char *what)
{
	engine_event(a->line->e, what,
		     json_pack("{s:I, s:[I, I]}", "bridge", (json_int_t)a->bridge, "legs",
			       (json_int_t)a->id, (json_int_t)b->id));
}

static void tell_parted(struct call_leg *leg)
{
	struct call_leg *peer = leg->peer;

	if (!peer)
		return;
	tell_bridge(leg, peer, "unbridged");
	leg->peer = peer->peer = NULL;
	leg->bridge = peer->bridge = 0;
}

void leg_unbridge(struct call_leg *leg)
{
	if (leg->peer)
		command(leg, (struct media_cmd){.type = MCMD_DISCONNECT});
	tell_parted(leg);
}

int leg_bridge(struct call_leg *a, struct call_leg *b)
{
	struct media_cmd connect = {.type = MCMD_CONNECT,
				    .peer = {.span = b->line->index, .ts = (uint8_t)b->channel}};
	struct engine *e = a->line->e;

	if (a == b)
		return -EINVAL;
	if (!a->fsm.open || !b->fsm.open)
		return -EPROTO;
	/* It takes both channels out of what they were in before. */
	if (command(a, connect))
		return -ENOBUFS;
	tell_parted(a);
	tell_parted(b);
	a->peer = b;
	b->peer = a;
	a->bridge = b->bridge = ++e->next_bridge;
	tell_bridge(a, b, "bridged");
	return 0;
}

int leg_detect(struct call_leg *leg)
{
	return command(leg, (struct media_cmd){.type = MCMD_DETECT, .flags = leg->detect});
}

/* ---- actions ---- */

static bool is_data(const struct call_leg *leg)
{
	return leg->party.bearer == ISDN_BEARER_UNRESTRICTED ||
	       leg->party.bearer == ISDN_BEARER_RESTRICTED ||
	       leg->party.bearer == ISDN_BEARER_VIDEO;
}

static void open_media(struct call_leg *leg)
{
	leg->media = true;
	command(leg, (struct media_cmd){.type = MCMD_OPEN,
					.flags = leg->detect | (is_data(leg) ? OPEN_DATA : 0)});
}

static void close_media(struct call_leg *leg)
{
	leg_unbridge(leg);
	ops_stop_leg(leg, "hangup");
	command(leg, (struct media_cmd){.type = MCMD_CLOSE});
}

static void tell(struct call_leg *leg, const char *type, const struct leg_action *a)
{
	json_t *m = json_pack("{s:I, s:s, s:i, s:b}", "leg", (json_int_t)leg->id, "span",
			      leg->line->cfg->name, "channel", leg->channel, "inband", a->inband);

	if (a->cause)
		json_object_set_new(m, "cause", json_integer(a->cause));
	if (a->type == LEG_TELL_ANSWERED)
		json_object_set_new(m, "utc", json_real(leg->answered_utc));
	engine_event(leg->line->e, type, m);
}

static void ended(struct call_leg *leg)
{
	struct engine *e = leg->line->e;
	struct call_leg **at = &e->ended;

	leg->ended_utc = engine_utc(e);
	leg->hold_until = INT64_MAX;
	line_release(leg->line, leg->channel, leg);
	/* A reference that was given up before the line forgot it must not find us again. */
	leg->isdn_call = 0;
	/* In the order of their ends: a leg is told when nothing of it is out any more. */
	while (*at)
		at = &(*at)->next_ended;
	*at = leg;
}

int64_t leg_dial_tone(struct call_leg *leg, char *why, size_t n)
{
	json_t *items = json_pack("[{s:s}]", "tone", tone_name_str(TONE_DIAL));
	int64_t op = op_play(leg, items, false, false, why, n);

	json_decref(items);
	if (op > 0)
		leg->dial_tone = (uint32_t)op;
	return op;
}

static void end_dial_tone(struct call_leg *leg)
{
	struct op *op = idtab_find(&leg->line->e->ops, leg->dial_tone);

	leg->dial_tone = 0;
	if (op)
		op_stop(op, "digit");
}

/* Return: 0, or negative when the line did not take the message. */
static int signal_line(struct call_leg *leg, const struct leg_action *a)
{
	struct isdn_link *link = leg->line->link;
	uint32_t call = leg->isdn_call;

	if (leg->dial_tone && a->type != LEG_DO_MORE)
		end_dial_tone(leg);
	switch (a->type) {
	case LEG_DO_PROCEEDING: return isdn_proceeding(link, call, leg->channel);
	case LEG_DO_MORE: return isdn_need_more(link, call, leg->channel);
	case LEG_DO_ALERTING: return isdn_alerting(link, call, leg->channel, a->inband);
	case LEG_DO_PROGRESS: return isdn_progress(link, call, leg->channel, a->inband, a->cause);
	case LEG_DO_CONNECT: return isdn_connect(link, call, leg->channel);
	default: isdn_hangup(link, call, a->cause); return 0; /* gone already: RELEASED comes */
	}
}

static void tell_digits(struct call_leg *leg)
{
	json_t *m = json_pack("{s:I, s:s, s:b}", "leg", (json_int_t)leg->id, "called",
			      leg->party.called.digits, "complete", leg->fsm.complete);

	if (leg->dial_tone)
		end_dial_tone(leg);
	engine_event(leg->line->e, "leg.digits", m);
}

static int carry_out(struct call_leg *leg, const struct leg_action *a)
{
	struct engine *e = leg->line->e;

	switch (a->type) {
	case LEG_DO_PROCEEDING:
	case LEG_DO_MORE:
	case LEG_DO_ALERTING:
	case LEG_DO_PROGRESS:
	case LEG_DO_CONNECT:
	case LEG_DO_HANGUP: return signal_line(leg, a);
	case LEG_DO_OPEN: open_media(leg); break;
	case LEG_DO_CLOSE: close_media(leg); break;
	case LEG_TELL_OFFERED: engine_event(e, "leg.offered", describe_offer(leg)); break;
	case LEG_TELL_DIGITS: tell_digits(leg); break;
	case LEG_TELL_PROCEEDING: tell(leg, "leg.proceeding", a); break;
	case LEG_TELL_ALERTING: tell(leg, "leg.alerting", a); break;
	case LEG_TELL_PROGRESS: tell(leg, "leg.progress", a); break;
	case LEG_TELL_ANSWERED:
		leg->answered_utc = engine_utc(e);
		leg->hold_until = INT64_MAX;
		tell(leg, "leg.answered", a);
		break;
	case LEG_TELL_ENDED: ended(leg); break;
	}
	return 0;
}

/* Line and leg disagree about the state of the call: it cannot go on. */
static void line_refused(struct call_leg *leg, int err)
{
	char path[24];

	snprintf(path, sizeof(path), "leg %u", leg->id);
	log_error(path, "span %s ts %d did not take a message: %s", leg->line->cfg->name,
		  leg->channel, strerror(-err));
	leg_request(leg, LEG_RQ_HANGUP, false, CAUSE_TEMPORARY_FAILURE);
}

int leg_do(struct call_leg *leg, const struct leg_event *ev)
{
	struct leg_actions acts;
	int err = leg_step(&leg->fsm, ev, &acts), refused = 0;

	if (err)
		return err;
	for (int i = 0; i < acts.n; i++) {
		err = carry_out(leg, &acts.a[i]);
		refused = refused ? refused : err;
	}
	if (refused)
		line_refused(leg, refused);
	return 0;
}

int leg_request(struct call_leg *leg, enum leg_event_type type, bool inband, int cause)
{
	struct leg_event ev = {
		.type = type, .sample = leg->line->e->now, .inband = inband, .cause = cause};

	return leg_do(leg, &ev);
}

/* ---- time ---- */

static void overflow(struct call_leg *leg)
{
	struct engine *e = leg->line->e;
	json_t *items;
	char why[200];
	int64_t op;

	leg->hold_until = INT64_MAX;
	e->overflowed++;
	if (!e->cfg.no_controller.announcement[0] || leg_request(leg, LEG_RQ_PROGRESS, true, 0)) {
		leg_request(leg, LEG_RQ_HANGUP, false, e->cfg.no_controller.cause);
		return;
	}
	items = json_pack("[{s:s}]", "file", e->cfg.no_controller.announcement);
	op = op_play(leg, items, false, false, why, sizeof(why));
	json_decref(items);
	if (op < 0)
		leg_request(leg, LEG_RQ_HANGUP, false, e->cfg.no_controller.cause);
	else
		leg->announcement = (uint32_t)op;
}

static void leg_time(struct call_leg *leg)
{
	struct engine *e = leg->line->e;

	ops_time(leg);
	if (leg->hold_until <= e->now)
		overflow(leg);
	else if (leg_next(&leg->fsm) <= e->now)
		leg_request(leg, LEG_EV_TIME, false, 0);
}

void legs_time(struct engine *e)
{
	for (struct call_leg *leg = e->oldest; leg; leg = leg->newer)
		leg_time(leg);
}

int64_t legs_next(struct engine *e)
{
	int64_t next = INT64_MAX;

	for (const struct call_leg *leg = e->oldest; leg; leg = leg->newer) {
		int64_t t = ops_next(leg);

		if (leg_next(&leg->fsm) < t)
			t = leg_next(&leg->fsm);
		if (leg->hold_until < t)
			t = leg->hold_until;
		if (t < next)
			next = t;
	}
	return next;
}

/* ---- the controller comes and goes ---- */

static bool unanswered_incoming(const struct call_leg *leg)
{
	enum leg_state s = leg->fsm.state;

	return !leg->fsm.outgoing &&
	       (s == LEG_OFFERED || s == LEG_OVERLAP || s == LEG_PROCEEDING || s == LEG_ALERTING);
}

void leg_hold(struct call_leg *leg)
{
	struct engine *e = leg->line->e;

	e->held++;
	leg->hold_until = e->now + (int64_t)e->cfg.no_controller.hold_ms * 8;
}

void legs_controller(struct engine *e, bool present)
{
	for (struct call_leg *leg = e->oldest; leg; leg = leg->newer) {
		if (present)
			leg->hold_until = INT64_MAX;
		else if (unanswered_incoming(leg) && !leg->announcement)
			leg_hold(leg);
	}
	if (present && (e->held || e->overflowed)) {
		engine_event(e, "no-controller",
			     json_pack("{s:I, s:I}", "held", (json_int_t)e->held, "overflowed",
				       (json_int_t)e->overflowed));
		e->held = e->overflowed = 0;
	}
}

/* ---- the device of a line is gone ---- */

void legs_line_gone(struct line *l)
{
	struct leg_event ev = {.type = LEG_EV_FAILED,
			       .sample = l->e->now,
			       .cause = CAUSE_DESTINATION_OUT_OF_ORDER};

	for (struct call_leg *leg = l->e->oldest; leg; leg = leg->newer) {
		uint32_t call = leg->isdn_call;

		if (leg->line != l)
			continue;
		if (!leg_do(leg, &ev) && call)
			isdn_hangup(l->link, call, CAUSE_DESTINATION_OUT_OF_ORDER);
	}
}

/* ---- media ---- */

/* To a tenth: what is measured is not better, and the text stays short. */
static double tenth(double value)
{
	return round(value * 10) / 10 + 0.0; /* and no -0.0 */
}

static json_t *digit_json(const struct call_leg *leg, const struct media_event *ev)
{
	const struct media_heard *h = &ev->heard;

	return json_pack(
		"{s:I, s:s#, s:I, s:[f, f], s:f, s:[f, f], s:f}", "leg", (json_int_t)leg->id,
		"digit", &ev->digit, 1, "at", (json_int_t)ev->at, "dbm0", tenth(h->dbm0[0]),
		tenth(h->dbm0[1]), "twist_db", tenth(h->dbm0[1] - h->dbm0[0]), "offset_percent",
		tenth(100 * h->offset[0]), tenth(100 * h->offset[1]), "snr_db", tenth(h->snr_db));
}

static void digit_heard(struct call_leg *leg, const struct media_event *ev)
{
	size_t n = strlen(leg->digits);

	if (n + 1 < sizeof(leg->digits) && !(leg->gather && leg->gather->is_private)) {
		leg->digits[n] = ev->digit;
		leg->digits[n + 1] = 0;
	}
	engine_event(leg->line->e, "digit", digit_json(leg, ev));
	ops_digit(leg, ev->digit, ev->sample);
}

static void digit_ended(struct call_leg *leg, const struct media_event *ev)
{
	json_t *json = digit_json(leg, ev);

	json_object_set_new(json, "ms", json_integer((ev->value - ev->at + 4) / 8));
	engine_event(leg->line->e, "digit.end", json);
}

static void fax_heard(struct call_leg *leg, const struct media_event *ev)
{
	static const struct {
		char code;
		const char *name;
	} tones[] = {{'c', "cng"}, {'a', "ced"}, {'m', "ansam"}, {'r', "reversal"}, {'v', "v21"}};
	const char *name = "?";

	for (size_t i = 0; i < sizeof(tones) / sizeof(tones[0]); i++) {
		if (tones[i].code == ev->digit)
			name = tones[i].name;
	}
	engine_event(leg->line->e, "fax",
		     json_pack("{s:I, s:s, s:I, s:f}", "leg", (json_int_t)leg->id, "tone", name,
			       "at", (json_int_t)ev->at, "dbm0", tenth(ev->heard.dbm0[0])));
}

static void tone_heard(struct call_leg *leg, const struct media_event *ev)
{
	json_t *json = json_pack("{s:I, s:s, s:b, s:I}", "leg", (json_int_t)leg->id, "tone",
				 tone_name_str((enum tone_name)ev->value), "on", !ev->stopped, "at",
				 (json_int_t)ev->at);

	if (!ev->stopped) {
		json_object_set_new(json, "hz", json_real(tenth(ev->heard.hz)));
		json_object_set_new(json, "dbm0", json_real(tenth(ev->heard.dbm0[0])));
	}
	engine_event(leg->line->e, "tone", json);
}

void legs_media(struct engine *e, const struct media_event *ev)
{
	static void (*const heard[])(struct call_leg *, const struct media_event *) = {
		[MEV_DIGIT] = digit_heard,
		[MEV_DIGIT_END] = digit_ended,
		[MEV_FAX] = fax_heard,
		[MEV_TONE] = tone_heard,
	};
	bool detected = (size_t)ev->type < sizeof(heard) / sizeof(heard[0]) && heard[ev->type];
	struct call_leg *leg;

	if (ev->type != MEV_CLOSED && !detected) {
		ops_media(e, ev);
		return;
	}
	leg = leg_find(e, ev->op);
	if (!leg)
		return;
	if (ev->type == MEV_CLOSED)
		leg->media = false;
	else
		heard[ev->type](leg, ev);
}
