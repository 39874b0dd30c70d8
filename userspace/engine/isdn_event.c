/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "engine/isdn_private.h"

#include "base/log.h"
#include "core/call/cause.h"
#include "engine/isdn_text.h"

#define T316 (120 * SAMPLES_PER_S) /* RESTART is repeated after this, Q.931 table 9-2 */
#define N316 2

/* ---- calls ------------------------------------------------------------------------------------ */

/* Of the message that is being received: what libpri's events do not have. */
static struct isdn_event peek(const struct isdn_link *l)
{
	struct isdn_event ev = {.type = ISDN_NOTIFY};

	if (l->frame)
		isdn_peek(l->frame, l->frame_len, &ev);
	return ev;
}

static void note_cause(struct isdn_link *l, struct isdn_call *c, int cause)
{
	isdn_call_cause(c, cause, peek(l).location);
}

static void call_gone(struct isdn_link *l, struct isdn_call *c, int cause)
{
	note_cause(l, c, cause);
	isdn_call_gone(c, 0, 0);
	l->gone = true;
}

void link_reap(struct isdn_link *l)
{
	for (int i = 0; i < ISDN_CALLS_MAX; i++) {
		struct isdn_call *c = &l->calls.call[i];

		if (c->record && link_reference(l, c->record) < 0)
			call_gone(l, c, 0);
	}
}

/* ---- events to the user ----------------------------------------------------------------------- */

static void emit(struct isdn_link *l, const struct isdn_event *ev)
{
	l->cb.event(l->cb.ctx, ev);
}

static void emit_link(struct isdn_link *l, bool up)
{
	struct isdn_event ev = {.type = up ? ISDN_LINK_UP : ISDN_LINK_DOWN};

	if (l->up == up)
		return;
	l->up = up;
	l->same_side = false;
	link_trace(l, up ? "data link is up" : "data link is down");
	emit(l, &ev);
}

static struct isdn_event call_event(const struct isdn_link *l, const struct isdn_call *c,
				    enum isdn_event_type type)
{
	struct isdn_event ev = peek(l);

	ev.type = type;
	ev.call = c->id;
	ev.channel = c->channel;
	return ev;
}

/* Tell the calls that are gone. The slot is free before the user hears of it. */
void link_tell_gone(struct isdn_link *l)
{
	l->gone = false;
	for (int i = 0; i < ISDN_CALLS_MAX; i++) {
		struct isdn_call *c = &l->calls.call[i];
		struct isdn_event ev = {.type = ISDN_RELEASED};

		if (c->state != CALL_GONE)
			continue;
		ev.call = c->id;
		ev.channel = c->channel;
		ev.cause = c->cause ? c->cause : CAUSE_NORMAL_UNSPECIFIED;
		ev.location = c->location;
		c->state = CALL_FREE;
		emit(l, &ev);
	}
}

/* ---- clearing --------------------------------------------------------------------------------- */

/* libpri answers an offered call with RELEASE COMPLETE for these only (Q.931 5.3.2 a) */
static bool refuses_at_once(int cause)
{
	return cause == CAUSE_UNALLOCATED_NUMBER || cause == CAUSE_NO_CIRCUIT ||
	       cause == CAUSE_CHANNEL_NOT_AVAILABLE || cause == CAUSE_INVALID_CALL_REFERENCE ||
	       cause == CAUSE_CHANNEL_NONEXISTENT || cause == CAUSE_INCOMPATIBLE_DESTINATION;
}

void link_clear_call(struct isdn_link *l, struct isdn_call *c, int cause)
{
	if (c->state == CALL_OFFERED && !refuses_at_once(cause)) {
		int channel = c->channel ? c->channel : isdn_channel_free(&l->calls);

		if (channel)
			pri_proceeding(l->pri, c->record, channel, 0);
		else
			cause = CAUSE_NO_CIRCUIT;
	}
	note_cause(l, c, cause);
	c->state = CALL_CLEARING;
	pri_hangup(l->pri, c->record, cause);
	if (link_reference(l, c->record) < 0)
		call_gone(l, c, cause);
}

/* RESTART: both sides forget the call, no message is sent (Q.931 5.5). 0: all channels */
void link_clear_channel(struct isdn_link *l, int channel)
{
	for (int i = 0; i < ISDN_CALLS_MAX; i++) {
		struct isdn_call *c = &l->calls.call[i];

		if (!c->record || (channel && c->channel != channel))
			continue;
		pri_destroycall(l->pri, c->record);
		call_gone(l, c, CAUSE_TEMPORARY_FAILURE);
	}
}

/* ---- RESTART by us ---------------------------------------------------------------------------- */

/* Both sides are to forget the call on a channel; libpri takes one RESTART at a time. */
static void restart_send(struct isdn_link *l)
{
	l->restart.sent++;
	l->restart.deadline = isdn_now() + T316;
	link_clear_channel(l, l->restart.channel);
	pri_reset(l->pri, l->restart.channel);
}

void link_restart_next(struct isdn_link *l)
{
	struct restart *r = &l->restart;

	if (r->channel || !r->wanted || !l->up)
		return;
	r->channel = __builtin_ctz(r->wanted);
	r->wanted &= r->wanted - 1;
	r->sent = 0;
	restart_send(l);
}

void link_restart_run(struct isdn_link *l)
{
	if (!l->restart.channel || isdn_now() < l->restart.deadline)
		return;
	if (l->restart.sent < N316) {
		restart_send(l);
		return;
	}
	log_warn(l->name, "RESTART of channel %d was not acknowledged", l->restart.channel);
	l->restart.channel = 0;
	link_restart_next(l);
}

/* ---- events from libpri ----------------------------------------------------------------------- */

/* Return: timeslot as libpri has it, 0 "no channel", -1 "any channel" or a slot map */
static int event_channel(int channel)
{
	return channel < 0 || (channel & 0xff) == 0xff ? -1 : channel & 0xff;
}

static void number_in(struct isdn_number *n, const char *str, int plan, int presentation)
{
	isdn_digits_clean(n->digits, sizeof(n->digits), str);
	n->ton = plan >> 4 & 7;
	n->npi = plan & 0x0f;
	n->presentation = presentation >> 5 & 3;
	n->screening = presentation & 3;
}

static void name_in(struct isdn_link *l, struct isdn_party *p, const struct pri_party_name *n)
{
	if (l->variant != ISDN_QSIG)
		isdn_peek_display(l->frame, l->frame_len, p->name, sizeof(p->name));
	else if (n->valid && (n->presentation & PRI_PRES_RESTRICTION) == PRI_PRES_ALLOWED)
		isdn_name_in(p->name, sizeof(p->name), n->str, n->char_set);
}

static void redirecting_in(struct isdn_redirecting *r, const struct pri_subcommands *subs)
{
	for (int i = 0; subs && i < subs->counter_subcmd; i++) {
		const struct pri_party_redirecting *p = &subs->subcmd[i].u.redirecting;

		if (subs->subcmd[i].cmd != PRI_SUBCMD_REDIRECTING)
			continue;
		number_in(&r->from, p->from.number.str, p->from.number.plan,
			  p->from.number.presentation);
		r->reason = p->reason & 0x0f;
		r->count = p->count;
	}
}

static void party_in(struct isdn_link *l, struct isdn_party *p, const pri_event_ring *e)
{
	number_in(&p->called, e->callednum, e->calledplan, 0);
	number_in(&p->calling, e->calling.number.str, e->calling.number.plan,
		  e->calling.number.valid ? e->calling.number.presentation
					  : PRES_NUMBER_NOT_AVAILABLE);
	name_in(l, p, &e->calling.name);
	redirecting_in(&p->redirecting, e->subcmds);
}

/*
 * Q.931 5.2.3 and 5.7. When both sides take the same channel at once, the network's call has it;
 * ours waits for what the network makes of it: another channel, or cause 44.
 * Return: 0 and c->channel (0: to be chosen), or the cause to refuse with.
 */
static int offered_channel(struct isdn_link *l, struct isdn_call *c, int channel)
{
	struct isdn_call *other;

	if (channel == 0) /* no channel: call waiting, which a trunk has no use for */
		return CAUSE_NO_CIRCUIT;
	if (channel < 0) /* any channel, or the map of several */
		return c->exclusive ? CAUSE_CHANNEL_NONEXISTENT : 0;
	if (!isdn_channel_exists(&l->calls, channel))
		return c->exclusive ? CAUSE_CHANNEL_NONEXISTENT : 0;
	other = isdn_call_on_channel(&l->calls, channel, c);
	if (other && l->side == ISDN_USER && other->state == CALL_SENT) {
		other->channel = 0;
		other = NULL;
	}
	if (other)
		return c->exclusive ? CAUSE_CHANNEL_NOT_AVAILABLE : 0;
	c->channel = channel;
	return 0;
}

static void on_ring(struct isdn_link *l, const pri_event_ring *e)
{
	struct isdn_event ev;
	struct isdn_call *c;
	int cause;

	if (e->channel >= 0 && e->channel & 1 << 17) { /* call independent signalling connection */
		pri_destroycall(l->pri, e->call);
		return;
	}
	c = isdn_call_new(&l->calls, e->call, link_reference(l, e->call), false);
	if (!c) {
		pri_hangup(l->pri, e->call, CAUSE_NO_CIRCUIT);
		return;
	}
	c->exclusive = !e->flexible;
	cause = offered_channel(l, c, event_channel(e->channel));
	if (cause) {
		link_clear_call(l, c, cause);
		c->state = CALL_FREE; /* gone with RELEASE COMPLETE, and never told to anybody */
		return;
	}
	ev = call_event(l, c, ISDN_SETUP);
	party_in(l, &ev.party, e);
	ev.exclusive = c->exclusive;
	ev.complete = e->complete || !l->overlap;
	emit(l, &ev);
}

static void on_digits(struct isdn_link *l, q931_call *q, const char *digits, bool complete)
{
	struct isdn_call *c = isdn_call_by_record(&l->calls, q);
	struct isdn_event ev;

	if (!c || c->outgoing || c->state > CALL_OVERLAP_IN)
		return;
	ev = call_event(l, c, ISDN_DIGITS);
	isdn_digits_clean(ev.party.called.digits, sizeof(ev.party.called.digits), digits);
	ev.complete = complete;
	emit(l, &ev);
}

/*
 * The first answer settles the channel of our call. Another call of ours that asked for the same
 * one and has no answer yet will be told its own. Return: false when the far end took one that it
 * may not have (Q.931 5.1.2); then the call is being cleared.
 */
static bool settle_channel(struct isdn_link *l, struct isdn_call *c, int channel)
{
	struct isdn_call *other;

	if (c->settled)
		return true;
	if (isdn_channel_exists(&l->calls, channel)) {
		other = isdn_call_on_channel(&l->calls, channel, c);
		if (other && other->state == CALL_SENT) {
			other->channel = 0;
			other = NULL;
		}
		if (other || (c->exclusive && channel != c->asked)) {
			link_clear_call(l, c, CAUSE_CHANNEL_UNACCEPTABLE);
			return false;
		}
		c->channel = channel;
	}
	c->settled = true;
	return true;
}

/* Progress of a call of ours. PROGRESS itself changes neither state nor channel. */
static void on_outgoing(struct isdn_link *l, q931_call *q, int channel, enum isdn_event_type type,
			enum isdn_call_state state)
{
	struct isdn_call *c = isdn_call_by_record(&l->calls, q);
	struct isdn_event ev;

	if (!c || !c->outgoing || c->state == CALL_CLEARING)
		return;
	if (type != ISDN_PROGRESS) {
		if (!settle_channel(l, c, event_channel(channel)))
			return;
		c->state = state;
	}
	if (type == ISDN_CONNECTED)
		pri_connect_ack(l->pri, q, 0);
	ev = call_event(l, c, type);
	emit(l, &ev);
}

static void on_connect_ack(struct isdn_link *l, q931_call *q)
{
	struct isdn_call *c = isdn_call_by_record(&l->calls, q);
	struct isdn_event ev;

	if (!c || c->state != CALL_CONNECTING)
		return;
	c->state = CALL_ACTIVE;
	ev = call_event(l, c, ISDN_CONNECT_ACK);
	emit(l, &ev);
}

static void on_disconnect(struct isdn_link *l, q931_call *q, int cause)
{
	struct isdn_call *c = isdn_call_by_record(&l->calls, q);
	struct isdn_event ev;

	if (!c || c->state == CALL_CLEARING)
		return;
	c->state = CALL_DISCONNECTED;
	note_cause(l, c, cause);
	ev = call_event(l, c, ISDN_DISCONNECT);
	ev.cause = c->cause ? c->cause : CAUSE_NORMAL_UNSPECIFIED;
	emit(l, &ev);
}

/* RELEASE or RELEASE COMPLETE: libpri wants to be told before it answers and forgets the call. */
static void on_hangup(struct isdn_link *l, q931_call *q, int cause)
{
	struct isdn_call *c = isdn_call_by_record(&l->calls, q);

	pri_hangup(l->pri, q, cause);
	if (c)
		call_gone(l, c, cause);
}

/*
 * DISCONNECT for a call that was offered and not answered: libpri says nothing, answers with
 * RELEASE COMPLETE, and waits for ever for the answer to a RELEASE.
 */
void link_after_message(struct isdn_link *l)
{
	struct isdn_call *c;
	struct q931_message m;

	if (q931_message(l->frame, l->frame_len, &m) < 0 || m.type != Q931_TYPE_DISCONNECT)
		return;
	c = isdn_call_by_reference(&l->calls, m.reference, m.flag);
	if (!c || c->state != CALL_OFFERED)
		return;
	pri_destroycall(l->pri, c->record);
	call_gone(l, c, peek(l).cause);
}

static void on_hangup_ack(struct isdn_link *l, const q931_call *q, int cause)
{
	struct isdn_call *c = isdn_call_by_record(&l->calls, q);

	if (c)
		call_gone(l, c, cause); /* libpri has freed it already */
}

static void on_notify(struct isdn_link *l, q931_call *q, int info)
{
	struct isdn_call *c = isdn_call_by_record(&l->calls, q);
	struct isdn_event ev;

	if (!c)
		return;
	ev = call_event(l, c, ISDN_NOTIFY);
	ev.notify = info;
	emit(l, &ev);
}

/*
 * No channel identification, or one that names no channel while the restart indicator says that it
 * is about the interface: all of it (Q.931 5.5). A timeslot that carries no calls is no news.
 */
static void on_restart(struct isdn_link *l, int channel)
{
	struct isdn_event ev = {.type = ISDN_RESTART};
	int n = event_channel(channel);

	if (n > 0)
		ev.channel = n;
	if (n > 0 && !isdn_channel_exists(&l->calls, n))
		return;
	if (n == 0 && (!l->frame || !isdn_peek_restart_all(l->frame, l->frame_len)))
		return;
	link_clear_channel(l, ev.channel);
	link_tell_gone(l);
	emit(l, &ev);
}

static void on_restart_ack(struct isdn_link *l, int channel)
{
	struct isdn_event ev = {.type = ISDN_RESTART_ACK, .channel = event_channel(channel)};

	if (!l->restart.channel || ev.channel != l->restart.channel)
		return;
	l->restart.channel = 0;
	emit(l, &ev);
	link_restart_next(l);
}

static void on_same_side(struct isdn_link *l)
{
	if (!l->same_side)
		log_warn(l->name, "both ends are %s side: one must be the other",
			 l->side == ISDN_USER ? "user" : "network");
	l->same_side = true;
}

void link_handle(struct isdn_link *l, const pri_event *e)
{
	switch (e->e) {
	case PRI_EVENT_DCHAN_UP:
		emit_link(l, true);
		link_restart_next(l);
		break;
	case PRI_EVENT_DCHAN_DOWN: emit_link(l, false); break;
	case PRI_EVENT_CONFIG_ERR: on_same_side(l); break;
	case PRI_EVENT_RING: on_ring(l, &e->ring); break;
	case PRI_EVENT_INFO_RECEIVED:
		on_digits(l, e->ring.call, e->ring.callednum, e->ring.complete);
		break;
	case PRI_EVENT_KEYPAD_DIGIT: on_digits(l, e->digit.call, e->digit.digits, false); break;
	case PRI_EVENT_SETUP_ACK:
		on_outgoing(l, e->setup_ack.call, e->setup_ack.channel, ISDN_SETUP_ACK,
			    CALL_OVERLAP_OUT);
		break;
	case PRI_EVENT_PROCEEDING:
		on_outgoing(l, e->proceeding.call, e->proceeding.channel, ISDN_PROCEEDING,
			    CALL_SETTLED_OUT);
		break;
	case PRI_EVENT_PROGRESS:
		on_outgoing(l, e->proceeding.call, e->proceeding.channel, ISDN_PROGRESS,
			    CALL_SETTLED_OUT);
		break;
	case PRI_EVENT_RINGING:
		on_outgoing(l, e->ringing.call, e->ringing.channel, ISDN_ALERTING,
			    CALL_SETTLED_OUT);
		break;
	case PRI_EVENT_ANSWER:
		on_outgoing(l, e->answer.call, e->answer.channel, ISDN_CONNECTED, CALL_ACTIVE);
		break;
	case PRI_EVENT_CONNECT_ACK: on_connect_ack(l, e->connect_ack.call); break;
	case PRI_EVENT_HANGUP_REQ: on_disconnect(l, e->hangup.call, e->hangup.cause); break;
	case PRI_EVENT_HANGUP: on_hangup(l, e->hangup.call, e->hangup.cause); break;
	case PRI_EVENT_HANGUP_ACK: on_hangup_ack(l, e->hangup.call, e->hangup.cause); break;
	case PRI_EVENT_NOTIFY: on_notify(l, e->notify.call, e->notify.info); break;
	case PRI_EVENT_RESTART: on_restart(l, e->restart.channel); break;
	case PRI_EVENT_RESTART_ACK: on_restart_ack(l, e->restartack.channel); break;
	default: break; /* facilities, hold and the like: not offered, not asked for */
	}
}
