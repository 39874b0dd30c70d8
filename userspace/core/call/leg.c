/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/call/leg.h"

#include <errno.h>
#include <string.h>

#define IN(s) (1u << (s))

#define BEFORE_ANSWER_IN  (IN(LEG_OFFERED) | IN(LEG_OVERLAP) | IN(LEG_PROCEEDING) | IN(LEG_ALERTING))
#define BEFORE_ANSWER_OUT (IN(LEG_DIALLING) | IN(LEG_PROCEEDING) | IN(LEG_ALERTING))
#define LIVING            (BEFORE_ANSWER_IN | BEFORE_ANSWER_OUT | IN(LEG_ANSWERED))

enum direction { INCOMING = 1, OUTGOING = 2, EITHER = 3 };

/* Which event is accepted in which states, by a leg of which direction. */
static const struct {
	const char *name;
	uint32_t states;
	enum direction direction;
} accepts[LEG_EVENTS] = {
	[LEG_EV_SETUP] = {"setup", IN(LEG_IDLE), EITHER},
	[LEG_EV_DIGITS] = {"digits", IN(LEG_OFFERED) | IN(LEG_OVERLAP), INCOMING},
	[LEG_EV_MORE] = {"setup-ack", IN(LEG_DIALLING), OUTGOING},
	[LEG_EV_PROCEEDING] = {"proceeding", IN(LEG_DIALLING), OUTGOING},
	[LEG_EV_ALERTING] = {"alerting", IN(LEG_DIALLING) | IN(LEG_PROCEEDING), OUTGOING},
	[LEG_EV_PROGRESS] = {"progress", BEFORE_ANSWER_OUT, OUTGOING},
	[LEG_EV_CONNECTED] = {"connected", BEFORE_ANSWER_OUT, OUTGOING},
	[LEG_EV_DISCONNECT] = {"disconnect", LIVING, EITHER},
	[LEG_EV_RELEASED] = {"released", LIVING | IN(LEG_CLEARING), EITHER},
	[LEG_RQ_ORIGINATE] = {"originate", IN(LEG_IDLE), EITHER},
	[LEG_RQ_PROCEED] = {"proceed", IN(LEG_OFFERED) | IN(LEG_OVERLAP), INCOMING},
	[LEG_RQ_MORE] = {"more", IN(LEG_OFFERED), INCOMING},
	[LEG_RQ_ALERT] = {"alert", IN(LEG_OFFERED) | IN(LEG_OVERLAP) | IN(LEG_PROCEEDING),
			  INCOMING},
	[LEG_RQ_PROGRESS] = {"progress", BEFORE_ANSWER_IN, INCOMING},
	[LEG_RQ_ANSWER] = {"answer", BEFORE_ANSWER_IN, INCOMING},
	[LEG_RQ_DIGITS] = {"digits", IN(LEG_DIALLING), OUTGOING},
	[LEG_RQ_HANGUP] = {"hangup", LIVING, EITHER},
	[LEG_EV_TIME] = {"time", LIVING | IN(LEG_CLEARING), EITHER},
	[LEG_EV_FAILED] = {"failed", LIVING | IN(LEG_CLEARING), EITHER},
};

static const char *const state_names[LEG_STATES] = {
	[LEG_IDLE] = "idle",         [LEG_OFFERED] = "offered",
	[LEG_OVERLAP] = "overlap",   [LEG_PROCEEDING] = "proceeding",
	[LEG_ALERTING] = "alerting", [LEG_DIALLING] = "dialling",
	[LEG_ANSWERED] = "answered", [LEG_CLEARING] = "clearing",
	[LEG_ENDED] = "ended",
};

const char *leg_state_name(enum leg_state s)
{
	return s < LEG_STATES ? state_names[s] : "?";
}

const char *leg_event_name(enum leg_event_type t)
{
	return t < LEG_EVENTS ? accepts[t].name : "?";
}

const char *leg_by_name(enum leg_by by)
{
	static const char *const names[] = {"nobody", "far", "us", "line", "timeout"};

	return by <= LEG_BY_TIMEOUT ? names[by] : "?";
}

void leg_init(struct leg *l)
{
	memset(l, 0, sizeof(*l));
	l->answered = -1;
	l->ended = -1;
	l->deadline = INT64_MAX;
}

int64_t leg_next(const struct leg *l)
{
	return l->deadline;
}

static void act(struct leg_actions *acts, enum leg_action_type type, bool inband, int cause)
{
	acts->a[acts->n++] = (struct leg_action){.type = type, .inband = inband, .cause = cause};
}

static void open_channel(struct leg *l, struct leg_actions *acts)
{
	if (!l->open)
		act(acts, LEG_DO_OPEN, false, 0);
	l->open = true;
}

static void close_channel(struct leg *l, struct leg_actions *acts)
{
	if (l->open)
		act(acts, LEG_DO_CLOSE, false, 0);
	l->open = false;
}

static void end(struct leg *l, const struct leg_event *ev, struct leg_actions *acts)
{
	close_channel(l, acts);
	l->state = LEG_ENDED;
	l->ended = ev->sample;
	l->deadline = INT64_MAX;
	act(acts, LEG_TELL_ENDED, false, 0);
}

/* The first reason given is the reason of the end. */
static void blame(struct leg *l, enum leg_by by, int cause, int location)
{
	if (l->by != LEG_BY_NOBODY)
		return;
	l->by = by;
	l->cause = cause;
	l->location = location;
}

static void hang_up(struct leg *l, const struct leg_event *ev, int cause, struct leg_actions *acts)
{
	close_channel(l, acts);
	act(acts, LEG_DO_HANGUP, false, cause);
	l->state = LEG_CLEARING;
	l->deadline = ev->sample + LEG_CLEAR_WATCH;
}

static void offered(struct leg *l, const struct leg_event *ev, struct leg_actions *acts)
{
	l->state = LEG_OFFERED;
	l->complete = ev->complete;
	l->started = ev->sample;
	l->deadline = ev->sample + LEG_AUTO_PROCEED;
	act(acts, LEG_TELL_OFFERED, false, 0);
}

static void more_digits(struct leg *l, const struct leg_event *ev, struct leg_actions *acts)
{
	l->complete = ev->complete;
	/* In overlap the number's end is the controller's matter, unless the far end states it. */
	l->deadline =
		ev->complete || l->state == LEG_OFFERED ? ev->sample + LEG_AUTO_PROCEED : INT64_MAX;
	act(acts, LEG_TELL_DIGITS, false, 0);
}

static void proceed(struct leg *l, struct leg_actions *acts)
{
	act(acts, LEG_DO_PROCEEDING, false, 0);
	l->progressed = true;
	l->state = LEG_PROCEEDING;
	l->deadline = INT64_MAX;
}

static void alert(struct leg *l, const struct leg_event *ev, struct leg_actions *acts)
{
	act(acts, LEG_DO_ALERTING, ev->inband, 0);
	if (ev->inband)
		open_channel(l, acts);
	l->progressed = true;
	l->state = LEG_ALERTING;
	l->deadline = INT64_MAX;
}

static void progress(struct leg *l, const struct leg_event *ev, struct leg_actions *acts)
{
	/* PROGRESS needs a settled channel: CALL PROCEEDING comes first, Q.931 5.1.6 */
	if (!l->progressed)
		proceed(l, acts);
	act(acts, LEG_DO_PROGRESS, ev->inband, ev->cause);
	if (ev->inband)
		open_channel(l, acts);
}

static void answer(struct leg *l, const struct leg_event *ev, struct leg_actions *acts)
{
	open_channel(l, acts);
	act(acts, LEG_DO_CONNECT, false, 0);
	act(acts, LEG_TELL_ANSWERED, false, 0);
	l->state = LEG_ANSWERED;
	l->answered = ev->sample;
	l->deadline = INT64_MAX;
}

static void originate(struct leg *l, const struct leg_event *ev)
{
	l->outgoing = true;
	l->state = LEG_DIALLING;
	l->started = ev->sample;
	l->deadline = ev->timeout ? ev->sample + ev->timeout : INT64_MAX;
}

static void far_progress(struct leg *l, const struct leg_event *ev, struct leg_actions *acts)
{
	static const struct {
		enum leg_event_type ev;
		enum leg_state next;
		enum leg_action_type tell;
	} steps[] = {
		{LEG_EV_PROCEEDING, LEG_PROCEEDING, LEG_TELL_PROCEEDING},
		{LEG_EV_ALERTING, LEG_ALERTING, LEG_TELL_ALERTING},
		{LEG_EV_PROGRESS, LEG_STATES, LEG_TELL_PROGRESS},
	};

	if (ev->inband)
		open_channel(l, acts);
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		if (steps[i].ev != ev->type)
			continue;
		if (steps[i].next != LEG_STATES)
			l->state = steps[i].next;
		act(acts, steps[i].tell, ev->inband, ev->cause);
	}
}

static void connected(struct leg *l, const struct leg_event *ev, struct leg_actions *acts)
{
	open_channel(l, acts);
	act(acts, LEG_TELL_ANSWERED, false, 0);
	l->state = LEG_ANSWERED;
	l->answered = ev->sample;
	l->deadline = INT64_MAX;
}

static void time_came(struct leg *l, const struct leg_event *ev, struct leg_actions *acts)
{
	if (ev->sample < l->deadline)
		return;
	if (l->state == LEG_CLEARING) {
		end(l, ev, acts);
	} else if (l->outgoing) {
		/* 102: recovery on timer expiry, Q.850 */
		blame(l, LEG_BY_TIMEOUT, 102, 0);
		hang_up(l, ev, 16, acts);
	} else {
		proceed(l, acts);
	}
}

static void from_line(struct leg *l, const struct leg_event *ev, struct leg_actions *acts)
{
	switch (ev->type) {
	case LEG_EV_SETUP: offered(l, ev, acts); break;
	case LEG_EV_DIGITS: more_digits(l, ev, acts); break;
	case LEG_EV_CONNECTED: connected(l, ev, acts); break;
	case LEG_EV_DISCONNECT:
		blame(l, LEG_BY_FAR, ev->cause, ev->location);
		/* Q.931 5.3.3: answer DISCONNECT with RELEASE; the cause is the far end's own */
		hang_up(l, ev, ev->cause ? ev->cause : 16, acts);
		break;
	case LEG_EV_RELEASED:
		blame(l, l->state == LEG_CLEARING ? LEG_BY_US : LEG_BY_FAR, ev->cause,
		      ev->location);
		end(l, ev, acts);
		break;
	case LEG_EV_FAILED:
		blame(l, LEG_BY_LINE, ev->cause, ev->location);
		end(l, ev, acts);
		break;
	default: far_progress(l, ev, acts); break;
	}
}

static void from_controller(struct leg *l, const struct leg_event *ev, struct leg_actions *acts)
{
	switch (ev->type) {
	case LEG_RQ_ORIGINATE: originate(l, ev); break;
	case LEG_RQ_PROCEED: proceed(l, acts); break;
	case LEG_RQ_MORE:
		act(acts, LEG_DO_MORE, ev->inband, 0);
		if (ev->inband)
			open_channel(l, acts);
		l->progressed = true;
		l->state = LEG_OVERLAP;
		l->deadline = INT64_MAX;
		break;
	case LEG_RQ_ALERT: alert(l, ev, acts); break;
	case LEG_RQ_PROGRESS: progress(l, ev, acts); break;
	case LEG_RQ_ANSWER: answer(l, ev, acts); break;
	case LEG_RQ_HANGUP:
		blame(l, LEG_BY_US, ev->cause ? ev->cause : 16, 0);
		hang_up(l, ev, ev->cause ? ev->cause : 16, acts);
		break;
	default: break; /* LEG_RQ_DIGITS only asks whether it is allowed */
	}
}

int leg_step(struct leg *l, const struct leg_event *ev, struct leg_actions *acts)
{
	enum direction mine = l->outgoing ? OUTGOING : INCOMING;

	acts->n = 0;
	if (ev->type >= LEG_EVENTS || !(accepts[ev->type].states & IN(l->state)) ||
	    !(accepts[ev->type].direction & mine))
		return -EPROTO;
	if (ev->cause < 0 || ev->cause > 127)
		return -EINVAL;
	if (ev->type == LEG_EV_TIME)
		time_came(l, ev, acts);
	else if (ev->type >= LEG_RQ_ORIGINATE && ev->type <= LEG_RQ_HANGUP)
		from_controller(l, ev, acts);
	else
		from_line(l, ev, acts);
	return 0;
}
