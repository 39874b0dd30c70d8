/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How legs come into being: incoming SETUP, originate, channel choice, glare; and the ISDN
 * events of living legs.
 */
#include <errno.h>
#include <string.h>

#include "base/log.h"
#include "core/call/cause.h"
#include "engine/engine.h"
#include "engine/legs_private.h"

#define OVERLOAD_QUIET 8000 /* samples without a refusal until overload is told to be over */

#define LOG_WINDOW 8000 /* samples */
#define LOG_LINES  10 /* refusals logged in one */

/* ---- may a new call come? ---- */

const char *setup_full(struct engine *e)
{
	struct control_stats st;

	if (e->draining)
		return "draining";
	if (e->overloaded)
		return "processor";
	if (e->n_legs >= (uint32_t)e->cfg.capacity.legs)
		return "channels";
	control_stats(e->control, &st);
	return st.kept_ended >= CONTROL_ENDED_FULL ? "journal" : NULL;
}

/* Strangers may call at any rate: they do not fill the log. */
static bool may_log(struct engine *e)
{
	if (e->now - e->refusals_since >= LOG_WINDOW) {
		e->refusals_since = e->now;
		e->refusals_logged = 0;
	}
	return e->refusals_logged++ < LOG_LINES;
}

static void refuse(struct line *l, const struct isdn_event *ev, int cause, const char *why)
{
	char path[SPAN_NAME_MAX + 24];

	snprintf(path, sizeof(path), "span %s ts %d", l->cfg->name, ev->channel);
	if (may_log(l->e))
		log_warn(path, "call to %s refused with cause %d: %s", ev->party.called.digits,
			 cause, why);
	isdn_hangup(l->link, ev->call, cause);
	if (cause != CAUSE_SWITCH_CONGESTION)
		return;
	l->e->refused_calls++;
	l->e->overload_until = l->e->now + OVERLOAD_QUIET;
	if (!l->e->draining)
		setup_overload(l->e, why);
}

void setup_overload(struct engine *e, const char *why)
{
	bool on = why != NULL;

	if (on == e->overload_told)
		return;
	e->overload_told = on;
	engine_event(e, "overload",
		     json_pack("{s:b, s:s, s:I}", "on", on, "why", on ? why : "over", "refused",
			       (json_int_t)e->refused_calls));
}

/* ---- incoming ---- */

static bool usable(const struct line *l, int channel)
{
	return channel >= 1 && channel <= 31 && channel != l->cfg->dchannel &&
	       !(l->cfg->cas && channel == 16) && !l->blocked && !l->channel[channel].blocked &&
	       !l->channel[channel].leg;
}

static int any_channel(const struct line *l)
{
	bool down = l->cfg->signalling == SIG_PRI_USER;

	for (int i = 1; i < E1_OCTETS; i++) {
		int ts = down ? E1_OCTETS - i : i;

		if (usable(l, ts))
			return ts;
	}
	return 0;
}

/*
 * Both ends took the same channel, Q.931 5.7: the network's call stays, the user's own one looks
 * for another channel (see glare_lost()).
 */
static bool yield(struct line *l, int channel)
{
	struct call_leg *ours = l->channel[channel].leg;

	if (!ours || !ours->fsm.outgoing || ours->fsm.state != LEG_DIALLING || ours->media ||
	    l->blocked || l->channel[channel].blocked || l->cfg->signalling != SIG_PRI_USER)
		return false;
	line_release(l, channel, ours);
	ours->channel = 0;
	return true;
}

/* Return: timeslot, or 0 with the cause to refuse with */
static int incoming_channel(struct line *l, const struct isdn_event *ev, int *cause)
{
	int channel;

	if (ev->channel && (usable(l, ev->channel) || yield(l, ev->channel)))
		return ev->channel;
	*cause = CAUSE_CHANNEL_NOT_AVAILABLE;
	if ((ev->channel && ev->exclusive) || l->blocked)
		return 0;
	*cause = CAUSE_SWITCH_CONGESTION;
	channel = any_channel(l);
	return channel;
}

void legs_incoming(struct line *l, const struct isdn_event *ev)
{
	struct engine *e = l->e;
	struct leg_event setup = {.type = LEG_EV_SETUP, .sample = e->now, .complete = ev->complete};
	int cause = bearer_cause(ev->party.bearer, ev->party.bearer_rate);
	const char *why;
	struct call_leg *leg;
	int channel;

	if (cause) {
		e->refused_bearer++;
		refuse(l, ev, cause, "bearer capability not served");
		return;
	}
	why = setup_full(e);
	if (why) {
		refuse(l, ev, CAUSE_SWITCH_CONGESTION, why);
		return;
	}
	channel = incoming_channel(l, ev, &cause);
	why = l->blocked ? "span is blocked" : "channels";
	leg = channel ? leg_new(l, &ev->party) : NULL;
	if (!leg) {
		refuse(l, ev, channel ? CAUSE_SWITCH_CONGESTION : cause, why);
		return;
	}
	leg->isdn_call = ev->call;
	leg->exclusive = ev->exclusive;
	leg->offered_utc = engine_utc(e);
	line_seize(l, channel, leg);
	if (!control_has_controller(e->control))
		leg_hold(leg);
	leg_do(leg, &setup);
}

/* ---- outgoing ---- */

static int place(struct call_leg *leg, struct line *l, int channel, bool exclusive, bool complete)
{
	struct isdn_setup s = {.party = leg->party,
			       .channel = channel,
			       .exclusive = exclusive,
			       .complete = complete};
	int64_t call = isdn_setup(l->link, &s);

	if (call < 0)
		return (int)call;
	leg->isdn_call = (uint32_t)call;
	line_seize(l, channel, leg);
	return 0;
}

/* Return: 0, -EINVAL, -EBUSY, -ENETDOWN, -ENOENT */
static int choose(struct engine *e, const struct originate *o, struct line **l, int *channel)
{
	if (!o->channel)
		return line_pick(e, o->group, o->line, o->hunt, l, channel);
	if (!o->line)
		return -EINVAL;
	*l = o->line;
	*channel = o->channel;
	if (!line_in_service(*l))
		return -ENETDOWN;
	return line_idle(*l, *channel) ? 0 : -EBUSY;
}

int64_t legs_originate(struct engine *e, const struct originate *o)
{
	struct leg_event ev = {.type = LEG_RQ_ORIGINATE, .sample = e->now, .timeout = o->timeout};
	struct call_leg *leg;
	struct line *l;
	int channel, err;

	if (setup_full(e))
		return -EAGAIN;
	err = choose(e, o, &l, &channel);
	if (err)
		return err;
	if (!l->link)
		return -ENETDOWN;
	leg = leg_new(l, &o->party);
	if (!leg)
		return -ENOMEM;
	leg->exclusive = o->exclusive;
	leg->fsm.complete = o->complete;
	leg->offered_utc = engine_utc(e);
	if (o->tag)
		snprintf(leg->tag, sizeof(leg->tag), "%s", o->tag);
	err = place(leg, l, channel, o->exclusive, o->complete);
	if (err) {
		leg_drop(leg);
		return err == -EAGAIN ? -ENETDOWN : err;
	}
	leg_do(leg, &ev);
	return leg->id;
}

/* Our call met the far end's on its channel and was sent back: once more, elsewhere. */
static bool glare_lost(struct call_leg *leg, const struct isdn_event *ev)
{
	struct line *l = leg->line;
	int channel = 0;

	if (ev->type != ISDN_RELEASED || ev->cause != CAUSE_CHANNEL_NOT_AVAILABLE ||
	    leg->fsm.state != LEG_DIALLING || leg->retried || leg->exclusive)
		return false;
	leg->retried = true;
	line_release(l, leg->channel, leg);
	leg->channel = 0;
	leg->isdn_call = 0;
	for (int ts = 1; ts < E1_OCTETS && !channel; ts++) {
		if (line_idle(l, ts) && ts != ev->channel)
			channel = ts;
	}
	return channel && place(leg, l, channel, false, leg->fsm.complete) == 0;
}

/* ---- ISDN events of living legs ---- */

static struct call_leg *leg_of_call(struct line *l, uint32_t call)
{
	struct engine *e = l->e;

	struct call_leg *leg = call ? e->oldest : NULL;

	while (leg && (leg->line != l || leg->isdn_call != call))
		leg = leg->newer;
	return leg;
}

/* The far end may settle on another channel than the one we preferred, Q.931 5.1.2. */
static void settle_channel(struct call_leg *leg, int channel)
{
	struct line *l = leg->line;

	if (!channel || channel == leg->channel || leg->media || !usable(l, channel))
		return;
	line_release(l, leg->channel, leg);
	line_seize(l, channel, leg);
}

static void more_called(struct call_leg *leg, const char *digits)
{
	char *have = leg->party.called.digits;
	size_t n = strlen(have);

	snprintf(have + n, sizeof(leg->party.called.digits) - n, "%s", digits);
}

void legs_isdn(struct line *l, const struct isdn_event *ev)
{
	static const enum leg_event_type types[] = {
		[ISDN_DIGITS] = LEG_EV_DIGITS,         [ISDN_SETUP_ACK] = LEG_EV_MORE,
		[ISDN_PROCEEDING] = LEG_EV_PROCEEDING, [ISDN_ALERTING] = LEG_EV_ALERTING,
		[ISDN_PROGRESS] = LEG_EV_PROGRESS,     [ISDN_CONNECTED] = LEG_EV_CONNECTED,
		[ISDN_DISCONNECT] = LEG_EV_DISCONNECT, [ISDN_RELEASED] = LEG_EV_RELEASED,
	};
	struct leg_event le = {.sample = l->e->now,
			       .complete = ev->complete,
			       .inband = ev->inband,
			       .cause = ev->cause,
			       .location = ev->location};
	struct call_leg *leg = leg_of_call(l, ev->call);

	if (!leg || (size_t)ev->type >= sizeof(types) / sizeof(types[0]) || !types[ev->type])
		return;
	if (leg->fsm.outgoing && ev->type != ISDN_RELEASED && ev->type != ISDN_DISCONNECT)
		settle_channel(leg, ev->channel);
	if (ev->type == ISDN_DIGITS)
		more_called(leg, ev->party.called.digits);
	if (glare_lost(leg, ev))
		return;
	if (!leg->channel && (ev->inband || ev->type == ISDN_CONNECTED)) {
		/* Glare took our channel and no other one was agreed on. */
		leg_request(leg, LEG_RQ_HANGUP, false, CAUSE_CHANNEL_UNACCEPTABLE);
		return;
	}
	le.type = types[ev->type];
	/* Without a data link this is no word of the far end: T309 has run out. */
	if (ev->type == ISDN_RELEASED && !l->dchan_up)
		le.type = LEG_EV_FAILED;
	leg_do(leg, &le); /* what the state does not accept is a late message: nothing to do */
}
