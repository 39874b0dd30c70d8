/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/contact/contact.h"

#include <stdio.h>
#include <string.h>

#include "core/call/cause.h"
#include "core/contact/contact_hear.h"
#include "core/contact/contact_run.h"
#include "core/contact/text.h"

static const char *const wait_names[CONTACT_WAITS] = {
	"new",     "answering", "playing", "collecting", "recording", "dialling", "joining",
	"talking", "entering",  "alone",   "paired",     "clearing",  "over",
};

const char *contact_wait_name(enum contact_wait w)
{
	return w < CONTACT_WAITS ? wait_names[w] : "?";
}

const char *contact_step_name(const struct contact *c)
{
	return c->step >= 0 ? c->flow->steps[c->step].name : "";
}

int64_t contact_deadline(const struct contact *c)
{
	return c->deadline;
}

bool contact_builtin(const char *name)
{
	return !strcmp(name, "called") || !strcmp(name, "calling") || !strcmp(name, "name") ||
	       !strcmp(name, "cause");
}

const char *contact_lookup(const void *contact, const char *name)
{
	const struct contact *c = contact;

	if (!strcmp(name, "called"))
		return c->called;
	if (!strcmp(name, "calling"))
		return c->calling;
	if (!strcmp(name, "name"))
		return c->name;
	if (!strcmp(name, "cause"))
		return c->cause_text;
	return vars_get(&c->vars, name);
}

void contact_init(struct contact *c, const struct flow *flow, const struct contact_who *who)
{
	*c = (struct contact){.flow = flow, .step = -1, .deadline = -1, .answered = who->answered};
	text_copy(c->called, sizeof(c->called), who->called ? who->called : "");
	text_copy(c->calling, sizeof(c->calling), who->calling ? who->calling : "");
	text_copy(c->name, sizeof(c->name), who->name ? who->name : "");
	text_copy(c->id, sizeof(c->id), who->id ? who->id : "");
}

/* ---- moving through the flow ---------------------------------------------------------------- */

struct contact_action *contact_act(struct run *r, enum contact_action_type type)
{
	struct contact_actions *acts = r->acts;
	/* No event leads to more than seven actions: room is left. */
	struct contact_action *a = &acts->list[acts->n];

	if (acts->n < CONTACT_ACTIONS_MAX - 1)
		acts->n++;
	*a = (struct contact_action){.type = type};
	return a;
}

void contact_cause(struct contact *c, int cause)
{
	c->cause = (uint8_t)(cause & 0x7F);
	snprintf(c->cause_text, sizeof(c->cause_text), "%u", c->cause);
}

void contact_hangup(struct run *r, int cause)
{
	if (cause < 1 || cause > 127)
		cause = CAUSE_NORMAL_UNSPECIFIED; /* the far end gave none */
	contact_cause(r->c, cause);
	contact_act(r, CONTACT_DO_HANGUP)->u.cause = cause;
	r->c->wait = CONTACT_CLEARING;
	r->c->deadline = -1;
}

void contact_quiet(struct run *r)
{
	if (r->c->sounding)
		contact_act(r, CONTACT_DO_STOP);
	r->c->sounding = false;
}

static void visit(struct run *r, int step)
{
	struct contact *c = r->c;

	if (r->ev->sample - c->entered >= CONTACT_RATE / 10)
		c->rush = 0;
	c->rush++;
	c->entered = r->ev->sample;
	c->step = (int16_t)step;
	c->tries = 0;
	c->deadline = -1;
	c->visited++;
	if (c->n_trace == CONTACT_TRACE_MAX)
		memmove(c->trace, c->trace + 1, --c->n_trace);
	c->trace[c->n_trace++] = (uint8_t)step;
}

void contact_go(struct run *r, int step)
{
	while (step >= 0) {
		if (r->c->rush >= CONTACT_RUSH_MAX &&
		    r->ev->sample - r->c->entered < CONTACT_RATE / 10) {
			r->c->rushed = true;
			contact_hangup(r, CAUSE_TEMPORARY_FAILURE);
			return;
		}
		visit(r, step);
		step = contact_begin(r);
	}
}

/* ---- the events, by what is waited for ------------------------------------------------------ */

static const struct flow_step *at(const struct run *r)
{
	return &r->c->flow->steps[r->c->step];
}

/* Has the awaited playing, collecting or recording ended? */
static bool media_ended(const struct run *r)
{
	return r->ev->type == CONTACT_MEDIA_DONE && r->ev->u.media.token == r->c->token;
}

/* After an interruption: what we waited for is not there (any more), begin it again. */
static bool media_lost(const struct run *r)
{
	return r->ev->type == CONTACT_RESUME && !r->ev->u.resume.media;
}

static void on_new(struct run *r)
{
	if (r->ev->type == CONTACT_START)
		contact_go(r, 0);
}

static void on_answering(struct run *r)
{
	if (r->c->answered)
		contact_go(r, at(r)->next.step);
	else if (r->ev->type == CONTACT_RESUME)
		contact_act(r, CONTACT_DO_ANSWER);
}

static void on_playing(struct run *r)
{
	const struct flow_step *s = at(r);

	if (media_ended(r)) {
		bool failed = r->ev->u.media.reason == CONTACT_R_ERROR;

		contact_go(r, failed && s->u.play.failed.step >= 0 ? s->u.play.failed.step
								   : s->next.step);
	} else if (media_lost(r)) {
		contact_go(r, contact_begin(r));
	}
}

static void on_collecting(struct run *r)
{
	if (media_ended(r))
		contact_go(r, contact_digits(r));
	else if (media_lost(r))
		contact_ask(r);
}

static void on_recording(struct run *r)
{
	const struct flow_record *rec = &at(r)->u.record;
	char file[sizeof(((struct contact_action *)0)->u.record.file)];

	if (media_lost(r)) {
		contact_go(r, contact_begin(r));
		return;
	}
	if (!media_ended(r))
		return;
	if (r->ev->u.media.reason == CONTACT_R_ERROR && rec->failed.step >= 0) {
		contact_go(r, rec->failed.step);
		return;
	}
	contact_file(r->c, file, sizeof(file));
	if (rec->into[0])
		vars_set(&r->c->vars, rec->into, file);
	contact_go(r, at(r)->next.step);
}

static void on_entering(struct run *r)
{
	switch (r->ev->type) {
	case CONTACT_NOBODY: contact_alone(r); break;
	case CONTACT_PARTNER: contact_paired(r); break;
	case CONTACT_RESUME: contact_enter_room(r); break;
	default: break;
	}
}

static void on_alone(struct run *r)
{
	switch (r->ev->type) {
	case CONTACT_PARTNER: contact_paired(r); break;
	case CONTACT_RESUME: contact_enter_room(r); break;
	case CONTACT_TIME:
		if (r->ev->sample < r->c->deadline)
			break;
		contact_quiet(r);
		contact_act(r, CONTACT_DO_LEAVE);
		contact_go(r, at(r)->u.meet.timeout.step);
		break;
	default: break;
	}
}

static void on_paired(struct run *r)
{
	bool resume = r->ev->type == CONTACT_RESUME;

	if (r->ev->type == CONTACT_PARTED || (resume && !r->ev->u.resume.party))
		contact_talked(r, CAUSE_NORMAL_CLEARING);
	else if (resume && !r->ev->u.resume.bridged && r->c->lead)
		contact_act(r, CONTACT_DO_BRIDGE)->u.leg = r->c->partner;
}

static void on_clearing(struct run *r)
{
	if (r->ev->type == CONTACT_RESUME)
		contact_act(r, CONTACT_DO_HANGUP)->u.cause = r->c->cause;
}

/* The caller is gone: let go of everything. */
static void on_ended(struct run *r)
{
	struct contact *c = r->c;

	if (c->wait == CONTACT_ENTERING || c->wait == CONTACT_ALONE)
		contact_act(r, CONTACT_DO_LEAVE);
	if (c->party)
		contact_act(r, CONTACT_DO_HANGUP_PARTY)->u.cause = CAUSE_NORMAL_CLEARING;
	c->party = false;
	c->deadline = -1;
	c->wait = CONTACT_OVER;
}

static void on_nothing(struct run *r)
{
	(void)r;
}

int contact_step(struct contact *c, const struct contact_event *ev, struct contact_actions *acts)
{
	static void (*const on[CONTACT_WAITS])(struct run *) = {
		[CONTACT_NEW] = on_new,
		[CONTACT_ANSWERING] = on_answering,
		[CONTACT_PLAYING] = on_playing,
		[CONTACT_COLLECTING] = on_collecting,
		[CONTACT_RECORDING] = on_recording,
		[CONTACT_DIALLING] = contact_on_dialling,
		[CONTACT_JOINING] = contact_on_joining,
		[CONTACT_TALKING] = contact_on_talking,
		[CONTACT_ENTERING] = on_entering,
		[CONTACT_ALONE] = on_alone,
		[CONTACT_PAIRED] = on_paired,
		[CONTACT_CLEARING] = on_clearing,
		[CONTACT_OVER] = on_nothing,
	};
	struct run r = {.c = c, .ev = ev, .acts = acts};

	acts->n = acts->n_items = 0;
	if (ev->type == CONTACT_ANSWERED || (ev->type == CONTACT_RESUME && ev->u.resume.answered))
		c->answered = true;
	if (ev->type == CONTACT_ENDED && c->wait != CONTACT_OVER)
		on_ended(&r);
	else
		on[c->wait](&r);
	return (int)acts->n;
}
