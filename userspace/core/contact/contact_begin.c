/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>
#include <string.h>

#include "core/contact/contact_hear.h"
#include "core/contact/contact_run.h"
#include "core/contact/text.h"

static const struct flow_step *at(const struct run *r)
{
	return &r->c->flow->steps[r->c->step];
}

static int wait_for(struct run *r, enum contact_wait wait)
{
	r->c->wait = wait;
	return -1;
}

/* ---- one function a kind of step ------------------------------------------------------------ */

static int begin_answer(struct run *r)
{
	if (r->c->answered)
		return at(r)->next.step;
	contact_act(r, CONTACT_DO_ANSWER);
	return wait_for(r, CONTACT_ANSWERING);
}

static int begin_play(struct run *r)
{
	const struct flow_play *play = &at(r)->u.play;
	struct contact_action *a;

	r->acts->n_items = 0;
	contact_hear(r->c, &play->items, &r->ev->now, r->acts);
	if (!r->acts->n_items)
		return at(r)->next.step; /* every variable in it is empty */
	a = contact_act(r, CONTACT_DO_PLAY);
	a->token = ++r->c->token;
	a->u.play.barge = play->barge;
	return wait_for(r, CONTACT_PLAYING);
}

static int begin_ask(struct run *r)
{
	contact_ask(r);
	return -1;
}

void contact_file(const struct contact *c, char *buf, size_t size)
{
	snprintf(buf, size, "%s-%u", c->id, c->recordings);
}

static int begin_record(struct run *r)
{
	const struct flow_record *rec = &at(r)->u.record;
	struct contact_action *a = contact_act(r, CONTACT_DO_RECORD);

	r->c->recordings++;
	a->token = ++r->c->token;
	contact_file(r->c, a->u.record.file, sizeof(a->u.record.file));
	a->u.record.max_ms = rec->max_ms;
	a->u.record.silence_ms = rec->silence_ms;
	a->u.record.beep = rec->beep;
	a->u.record.keep_digits = rec->keep_digits;
	text_copy(a->u.record.terminators, sizeof(a->u.record.terminators), rec->terminators);
	return wait_for(r, CONTACT_RECORDING);
}

static bool begins(const char *value, const char *prefix)
{
	return !strncmp(value, prefix, strlen(prefix));
}

static bool in_hours(const struct flow_case *k, const struct moment *now)
{
	int minute = now->hour * 60 + now->minute;

	if (k->from < 0)
		return true;
	if (k->from <= k->until)
		return minute >= k->from && minute < k->until;
	return minute >= k->from || minute < k->until;
}

static bool is_day(enum flow_tristate wanted, bool day)
{
	return wanted == FLOW_ANY || (wanted == FLOW_YES) == day;
}

static bool holds(const struct contact *c, const struct flow_case *k, const struct moment *now)
{
	const char *value = k->variable[0] ? contact_lookup(c, k->variable) : "";

	if (!value)
		value = "";
	return begins(c->called, k->called) && begins(c->calling, k->calling) &&
	       (!k->has_is || !strcmp(value, k->is)) &&
	       (!k->has_prefix || begins(value, k->prefix)) &&
	       (!k->weekdays || k->weekdays >> now->weekday & 1) && in_hours(k, now) &&
	       is_day(k->holiday, now->holiday) && is_day(k->workday, now->workday);
}

static int begin_switch(struct run *r)
{
	const struct flow_switch *choice = &at(r)->u.choice;

	for (size_t i = 0; i < choice->n_cases; i++)
		if (holds(r->c, &choice->cases[i], &r->ev->now))
			return choice->cases[i].to.step;
	return choice->otherwise.step;
}

static int begin_connect(struct run *r)
{
	contact_dial(r);
	return -1;
}

static int begin_meet(struct run *r)
{
	contact_enter_room(r);
	return -1;
}

static int begin_hangup(struct run *r)
{
	contact_hangup(r, at(r)->u.cause);
	return -1;
}

static int begin_goto(struct run *r)
{
	return at(r)->next.step;
}

static int begin_set(struct run *r)
{
	const struct flow_set *set = &at(r)->u.set;
	char value[VAR_VALUE_MAX];

	/* Without room the variable keeps what it had; VARS_TOTAL_MAX is documented. */
	template_expand(set->value, contact_lookup, r->c, value, sizeof(value));
	vars_set(&r->c->vars, set->variable, value);
	return at(r)->next.step;
}

int contact_begin(struct run *r)
{
	static int (*const begin[FLOW_OPS])(struct run *) = {
		[FLOW_ANSWER] = begin_answer,   [FLOW_PLAY] = begin_play,
		[FLOW_MENU] = begin_ask,        [FLOW_COLLECT] = begin_ask,
		[FLOW_RECORD] = begin_record,   [FLOW_SWITCH] = begin_switch,
		[FLOW_CONNECT] = begin_connect, [FLOW_MEET] = begin_meet,
		[FLOW_HANGUP] = begin_hangup,   [FLOW_GOTO] = begin_goto,
		[FLOW_SET] = begin_set,
	};

	return begin[at(r)->op](r);
}

/* ---- questions ------------------------------------------------------------------------------ */

void contact_ask(struct run *r)
{
	const struct flow_step *s = at(r);
	const struct flow_ask *ask = &s->u.ask;
	bool menu = s->op == FLOW_MENU;
	struct contact_action *a = contact_act(r, CONTACT_DO_COLLECT);

	r->acts->n_items = 0;
	if (r->c->tries)
		contact_hear(r->c, &ask->sorry, &r->ev->now, r->acts);
	contact_hear(r->c, &ask->items, &r->ev->now, r->acts);
	a->token = ++r->c->token;
	a->u.collect.min = menu ? 1 : ask->min;
	a->u.collect.max = menu ? 1 : ask->max;
	a->u.collect.first_ms = ask->first_ms;
	a->u.collect.inter_ms = ask->inter_ms;
	a->u.collect.is_private = ask->is_private;
	/* In a menu # is a choice like any other. */
	text_copy(a->u.collect.terminators, sizeof(a->u.collect.terminators),
		  menu ? "" : ask->terminators);
	r->c->wait = CONTACT_COLLECTING;
}

/* Ask again, or when that was the last time go where the flow says. */
static int again(struct run *r, int16_t branch)
{
	const struct flow_ask *ask = &at(r)->u.ask;

	if (r->c->tries < ask->retries) {
		r->c->tries++;
		contact_ask(r);
		return -1;
	}
	return branch >= 0 ? branch : ask->timeout.step;
}

int contact_digits(struct run *r)
{
	const struct flow_step *s = at(r);
	const struct flow_ask *ask = &s->u.ask;
	const char *digits = r->ev->u.media.digits ? r->ev->u.media.digits : "";

	if (r->ev->u.media.reason == CONTACT_R_ERROR)
		return ask->timeout.step;
	if (s->op == FLOW_MENU) {
		for (size_t i = 0; i < ask->n_options; i++)
			if (digits[0] && digits[0] == ask->options[i].digit[0])
				return ask->options[i].to.step;
	} else if (strlen(digits) >= ask->min && r->ev->u.media.reason != CONTACT_R_STOPPED &&
		   (digits[0] || r->ev->u.media.reason != CONTACT_R_FIRST)) {
		vars_set(&r->c->vars, ask->into, digits);
		return s->next.step;
	}
	return again(r, digits[0] ? ask->invalid.step : ask->timeout.step);
}
