/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "core/call/cause.h"
#include "core/contact/contact_hear.h"
#include "core/contact/contact_run.h"
#include "core/contact/text.h"

#define RING_MARGIN_MS 5000 /* the engine's own time-out comes after ours */

static const struct flow_step *at(const struct run *r)
{
	return &r->c->flow->steps[r->c->step];
}

void contact_talked(struct run *r, int cause)
{
	contact_cause(r->c, cause);
	if (at(r)->next.step >= 0)
		contact_go(r, at(r)->next.step);
	else
		contact_hangup(r, cause);
}

/* ---- a party that we call ------------------------------------------------------------------- */

/* Repeats @items; without any, @tone for ever. */
static void sound(struct run *r, const struct flow_items *items, const char *tone)
{
	struct contact_action *a;

	r->acts->n_items = 0;
	contact_hear(r->c, items, &r->ev->now, r->acts);
	if (!r->acts->n_items && tone) {
		r->acts->items[0] = (struct contact_item){.kind = CONTACT_TONE};
		text_copy(r->acts->items[0].text, CONTACT_TEXT_MAX, tone);
		r->acts->n_items = 1;
	}
	if (!r->acts->n_items)
		return;
	a = contact_act(r, CONTACT_DO_PLAY);
	a->token = ++r->c->token;
	a->u.play.loop = true;
	r->c->sounding = true;
}

/* No talk came of it: the branch for this cause, a more general one, or the end. */
static void not_reached(struct run *r, int cause)
{
	const struct flow_connect *connect = &at(r)->u.connect;
	int16_t branch = connect->failed.step;

	if (cause == CAUSE_USER_BUSY && connect->busy.step >= 0)
		branch = connect->busy.step;
	if ((cause == CAUSE_NO_USER_RESPONDING || cause == CAUSE_NO_ANSWER) &&
	    connect->no_answer.step >= 0)
		branch = connect->no_answer.step;
	r->c->party = false;
	contact_cause(r->c, cause);
	contact_quiet(r);
	if (branch >= 0)
		contact_go(r, branch);
	else
		contact_hangup(r, cause);
}

/* Keep what can be dialled of an expanded template. */
static void only_digits(char *s)
{
	char *out = s;

	for (; *s; s++)
		if (strchr("0123456789*#", *s))
			*out++ = *s;
	*out = 0;
}

static void dialable(struct run *r, const char *template, char *out)
{
	template_expand(template, contact_lookup, r->c, out, NUMBER_MAX);
	only_digits(out);
}

void contact_dial(struct run *r)
{
	const struct flow_connect *connect = &at(r)->u.connect;
	struct contact_action *a;
	char called[NUMBER_MAX];

	dialable(r, connect->number, called);
	if (!called[0]) {
		not_reached(r, CAUSE_INVALID_NUMBER_FORMAT);
		return;
	}
	a = contact_act(r, CONTACT_DO_ORIGINATE);
	memcpy(a->u.originate.called, called, sizeof(called));
	dialable(r, connect->calling, a->u.originate.calling);
	text_copy(a->u.originate.group, FLOW_NAME_MAX, connect->group);
	text_copy(a->u.originate.span, FLOW_NAME_MAX, connect->span);
	a->u.originate.timeout_ms = connect->ring_s * 1000 + RING_MARGIN_MS;
	r->c->party = true;
	r->c->wait = CONTACT_DIALLING;
	r->c->deadline = r->ev->sample + (int64_t)connect->ring_s * CONTACT_RATE;
}

static void party_rings(struct run *r)
{
	if (!r->c->answered)
		contact_act(r, CONTACT_DO_ALERT);
	else if (!r->c->sounding)
		sound(r, &at(r)->u.connect.ringing, "ringback");
}

static void join(struct run *r)
{
	contact_quiet(r);
	contact_act(r, CONTACT_DO_BRIDGE_PARTY);
	r->c->wait = CONTACT_TALKING;
	r->c->deadline = -1;
}

static void party_answered(struct run *r)
{
	if (r->c->answered) {
		join(r);
		return;
	}
	contact_act(r, CONTACT_DO_ANSWER);
	r->c->wait = CONTACT_JOINING;
	r->c->deadline = -1;
}

static void dialling_again(struct run *r)
{
	if (!r->ev->u.resume.party) {
		r->c->sounding = false;
		contact_dial(r);
		return;
	}
	r->c->sounding = r->c->sounding && r->ev->u.resume.media;
	if (r->ev->u.resume.party_answered)
		party_answered(r);
	else if (r->ev->u.resume.party_rings)
		party_rings(r);
}

void contact_on_dialling(struct run *r)
{
	switch (r->ev->type) {
	case CONTACT_PARTY_RINGS: party_rings(r); break;
	case CONTACT_PARTY_ANSWERED: party_answered(r); break;
	case CONTACT_PARTY_ENDED: not_reached(r, r->ev->u.cause); break;
	case CONTACT_RESUME: dialling_again(r); break;
	case CONTACT_TIME:
		if (r->ev->sample < r->c->deadline)
			break;
		contact_act(r, CONTACT_DO_HANGUP_PARTY)->u.cause = CAUSE_NORMAL_CLEARING;
		not_reached(r, CAUSE_NO_ANSWER);
		break;
	default: break;
	}
}

void contact_on_joining(struct run *r)
{
	bool resume = r->ev->type == CONTACT_RESUME;

	if (r->ev->type == CONTACT_PARTY_ENDED)
		not_reached(r, r->ev->u.cause);
	else if (resume && !r->ev->u.resume.party)
		not_reached(r, CAUSE_TEMPORARY_FAILURE);
	else if (r->c->answered)
		join(r);
	else if (resume)
		contact_act(r, CONTACT_DO_ANSWER);
}

void contact_on_talking(struct run *r)
{
	bool resume = r->ev->type == CONTACT_RESUME;

	if (r->ev->type == CONTACT_PARTY_ENDED || (resume && !r->ev->u.resume.party)) {
		r->c->party = false;
		contact_talked(r, resume ? CAUSE_NORMAL_CLEARING : r->ev->u.cause);
	} else if (resume && !r->ev->u.resume.bridged) {
		contact_act(r, CONTACT_DO_BRIDGE_PARTY);
	}
}

/* ---- a partner from a meeting room ---------------------------------------------------------- */

void contact_enter_room(struct run *r)
{
	struct contact_action *a = contact_act(r, CONTACT_DO_MEET);

	text_copy(a->u.room, sizeof(a->u.room), at(r)->u.meet.room);
	r->c->wait = CONTACT_ENTERING;
	r->c->deadline = -1;
}

void contact_alone(struct run *r)
{
	const struct flow_meet *meet = &at(r)->u.meet;

	sound(r, &meet->waiting, NULL);
	r->c->wait = CONTACT_ALONE;
	/* Counted from entering the step, also when an interruption let it begin again. */
	r->c->deadline = r->c->entered + (int64_t)meet->max_wait_s * CONTACT_RATE;
}

void contact_paired(struct run *r)
{
	struct contact *c = r->c;

	contact_quiet(r);
	c->partner = r->ev->u.partner.leg;
	c->lead = r->ev->u.partner.lead;
	c->wait = CONTACT_PAIRED;
	c->deadline = -1;
	if (c->lead)
		contact_act(r, CONTACT_DO_BRIDGE)->u.leg = c->partner;
}
