/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "appliance/daemon_private.h"

#include <string.h>

#include "base/log.h"
#include "core/call/cause.h"
#include "core/contact/contact_tag.h"
#include "core/contact/text.h"

#define ROUTE_WAIT_S 10 /* a number that is not complete is taken as it is after so long */

static uint64_t number_of(json_t *ev, const char *member)
{
	json_int_t n = json_integer_value(json_object_get(ev, member));

	return n > 0 ? (uint64_t)n : 0;
}

static const char *text_of(json_t *ev, const char *member)
{
	const char *s = json_string_value(json_object_get(ev, member));

	return s ? s : "";
}

void daemon_step(struct daemon *d, struct dleg *leg, struct contact_event *ev)
{
	struct contact_actions acts;
	bool rushed = leg->contact.rushed;

	/* Replayed after a restart, of its party or partner: its tag was written after that. */
	if (d->holding && d->event <= leg->seen)
		return;
	ev->sample = d->sample;
	clock_moment(clock_utc(&d->clock, d->sample), &leg->plan->days, &ev->now);
	contact_step(&leg->contact, ev, &acts);
	leg->touched = true;
	if (leg->contact.rushed && !rushed) {
		d->failed_flows++;
		log_warn("flow",
			 "%s: leg %llu ran through %d steps without a pause, cleared at \"%s\"",
			 leg->contact.flow->name, (unsigned long long)leg->number, CONTACT_RUSH_MAX,
			 contact_step_name(&leg->contact));
	}
	/* First the tag: if we die in between, the state is known and is begun again. */
	daemon_tag(d, leg);
	daemon_act(d, leg, &acts);
}

static void step(struct daemon *d, struct dleg *leg, enum contact_event_type type)
{
	struct contact_event ev = {.type = type};

	if (leg && leg->role == DLEG_CALLER)
		daemon_step(d, leg, &ev);
}

/* ---- a call comes in ------------------------------------------------------------------------ */

static void begin(struct daemon *d, struct dleg *leg, const struct flow *flow)
{
	struct contact_event ev = {.type = CONTACT_START};
	char id[32];
	struct contact_who who = {.called = leg->called,
				  .calling = text_of(leg->about, "calling"),
				  .name = text_of(leg->about, "name"),
				  .id = id};

	snprintf(id, sizeof(id), "%.8s-%llu", d->instance, (unsigned long long)leg->number);
	leg->role = DLEG_CALLER;
	leg->route_at = -1;
	leg->plan = plan_get(d->plan);
	contact_init(&leg->contact, flow, &who);
	daemon_step(d, leg, &ev);
}

void daemon_start(struct daemon *d, struct dleg *leg, bool complete)
{
	int route = route_find(d->plan->routes, d->plan->n_routes, leg->called, complete);

	if (route >= 0) {
		begin(d, leg, plan_flow(d->plan, d->plan->routes[route].flow));
		return;
	}
	if (route == ROUTE_NONE) {
		leg->route_at = -1;
		daemon_hangup(d, leg->number, CAUSE_UNALLOCATED_NUMBER);
		return;
	}
	if (leg->route_at < 0 && engine_client_connected(d->client))
		engine_client_request(d->client, "more",
				      json_pack("{s:I, s:b}", "leg", (json_int_t)leg->number,
						"tone", leg->called[0] == 0),
				      NULL, NULL);
	leg->route_at = d->sample + ROUTE_WAIT_S * CONTACT_RATE;
}

static void on_offered(struct daemon *d, uint64_t number, json_t *ev)
{
	struct dleg *leg = dleg_find(&d->legs, number);

	if (!leg)
		leg = dleg_add(&d->legs, number, DLEG_OFFERED, ev);
	if (!leg || leg->role != DLEG_OFFERED)
		return;
	text_copy(leg->called, sizeof(leg->called), text_of(ev, "called"));
	daemon_start(d, leg, json_is_true(json_object_get(ev, "complete")));
}

static void on_digits(struct daemon *d, uint64_t number, json_t *ev)
{
	struct dleg *leg = dleg_find(&d->legs, number);

	if (!leg || leg->role != DLEG_OFFERED)
		return;
	text_copy(leg->called, sizeof(leg->called), text_of(ev, "called"));
	daemon_start(d, leg, json_is_true(json_object_get(ev, "complete")));
}

/* ---- a call goes on ------------------------------------------------------------------------- */

static struct dleg *owner_of(const struct daemon *d, const struct dleg *leg)
{
	return leg && leg->role == DLEG_PARTY ? dleg_find(&d->legs, leg->owner) : NULL;
}

static void on_answered(struct daemon *d, uint64_t number, json_t *ev)
{
	struct dleg *leg = dleg_find(&d->legs, number);

	(void)ev;
	step(d, leg, CONTACT_ANSWERED);
	step(d, owner_of(d, leg), CONTACT_PARTY_ANSWERED);
}

static void on_alerting(struct daemon *d, uint64_t number, json_t *ev)
{
	(void)ev;
	step(d, owner_of(d, dleg_find(&d->legs, number)), CONTACT_PARTY_RINGS);
}

static enum contact_reason reason_of(const char *word)
{
	static const struct {
		const char *word;
		enum contact_reason reason;
	} words[] = {
		{"end", CONTACT_R_END},
		{"digit", CONTACT_R_DIGIT},
		{"max", CONTACT_R_MAX},
		{"terminator", CONTACT_R_TERMINATOR},
		{"first-timeout", CONTACT_R_FIRST},
		{"inter-timeout", CONTACT_R_INTER},
		{"total-timeout", CONTACT_R_INTER},
		{"silence", CONTACT_R_SILENCE},
		{"error", CONTACT_R_ERROR},
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (!strcmp(word, words[i].word))
			return words[i].reason;
	return CONTACT_R_STOPPED;
}

/*
 * After a restart the numbers of operations that ended meanwhile are not known. One
 * that ended by itself was the one the contact waits for: others would have been
 * replaced or stopped.
 */
static bool adopted_op(const struct daemon *d, const struct dleg *leg, const char *kind,
		       enum contact_reason reason)
{
	static const char *const kinds[CONTACT_WAITS] = {
		[CONTACT_PLAYING] = "play",
		[CONTACT_COLLECTING] = "collect",
		[CONTACT_RECORDING] = "record",
	};
	const char *awaited = kinds[leg->contact.wait];

	return !d->live && !leg->touched && awaited && !strcmp(awaited, kind) &&
	       reason != CONTACT_R_STOPPED;
}

static void on_op_done(struct daemon *d, uint64_t number, json_t *ev)
{
	struct contact_event done = {.type = CONTACT_MEDIA_DONE};
	struct dleg *leg = dleg_find(&d->legs, number);
	const char *error = text_of(ev, "error"), *reason = text_of(ev, "reason");

	/* Of a call that is ending leg.ended tells: its flow ends where the caller left it. */
	if (!leg || leg->role != DLEG_CALLER || !strcmp(reason, "hangup"))
		return;
	if (*error)
		log_warn("engine", "leg %llu: %s", (unsigned long long)number, error);
	done.u.media.reason = reason_of(reason);
	done.u.media.digits = text_of(ev, "digits");
	if (dleg_op_take(leg, number_of(ev, "op"), &done.u.media.token)) {
		daemon_step(d, leg, &done);
	} else if (adopted_op(d, leg, text_of(ev, "kind"), done.u.media.reason)) {
		done.u.media.token = leg->contact.token;
		daemon_step(d, leg, &done);
	} else { /* it ended before it was answered: the answer will ask for it */
		leg->early.op = number_of(ev, "op");
		leg->early.reason = done.u.media.reason;
		text_copy(leg->early.digits, sizeof(leg->early.digits), done.u.media.digits);
	}
}

static void on_bridge(struct daemon *d, json_t *ev, bool bridged)
{
	json_t *legs = json_object_get(ev, "legs");
	uint64_t a = (uint64_t)json_integer_value(json_array_get(legs, 0));
	uint64_t b = (uint64_t)json_integer_value(json_array_get(legs, 1));
	struct dleg *first = dleg_find(&d->legs, a), *second = dleg_find(&d->legs, b);

	if (first) {
		first->partner = b;
		first->bridged = bridged;
	}
	if (second) {
		second->partner = a;
		second->bridged = bridged;
	}
}

/* ---- a call ends ---------------------------------------------------------------------------- */

/* Its party or partner is told; @owner is known from the leg or from its tag. */
static void tell_others(struct daemon *d, uint64_t number, uint64_t owner, int cause)
{
	struct contact_event gone = {.type = CONTACT_PARTY_ENDED, .u.cause = cause};
	struct dleg *leg = owner ? dleg_find(&d->legs, owner) : NULL;

	if (leg && leg->role == DLEG_CALLER && leg->party == number) {
		leg->party = 0;
		daemon_step(d, leg, &gone);
	}
	for (leg = d->legs.first; leg; leg = leg->next)
		if (leg->role == DLEG_CALLER && leg->contact.wait == CONTACT_PAIRED &&
		    leg->contact.partner == number)
			step(d, leg, CONTACT_PARTED);
}

static void on_ended(struct daemon *d, uint64_t number, json_t *ev)
{
	int cause = (int)json_integer_value(json_object_get(ev, "cause"));
	struct contact_event end = {.type = CONTACT_ENDED, .u.cause = cause};
	struct dleg *leg = dleg_find(&d->legs, number);
	struct contact_tag tag;
	uint64_t owner = 0;

	if (leg && leg->role == DLEG_PARTY)
		owner = leg->owner;
	else if (!leg && contact_tag_peek(text_of(ev, "tag"), &tag) == 0 && tag.kind == 'p')
		owner = tag.owner;
	daemon_record(d, leg, number, ev,
		      leg && leg->role == DLEG_CALLER ? leg->contact.wait : CONTACT_WAITS);
	if (leg && leg->role == DLEG_CALLER)
		daemon_step(d, leg, &end);
	if (leg)
		dleg_remove(&d->legs, leg);
	tell_others(d, number, owner, cause);
}

/* ---- all of them ---------------------------------------------------------------------------- */

static void tell_no_controller(json_t *ev)
{
	log_warn("engine", "while we were away %lld calls were held and %lld sent away",
		 (long long)json_integer_value(json_object_get(ev, "held")),
		 (long long)json_integer_value(json_object_get(ev, "overflowed")));
}

void daemon_event(struct daemon *d, uint64_t number, const char *type, json_t *ev)
{
	static const struct {
		const char *type;
		void (*on)(struct daemon *d, uint64_t leg, json_t *ev);
	} handlers[] = {
		{"leg.offered", on_offered},   {"leg.digits", on_digits},
		{"leg.answered", on_answered}, {"leg.alerting", on_alerting},
		{"op.done", on_op_done},       {"leg.ended", on_ended},
	};
	uint64_t leg = number_of(ev, "leg");

	(void)number;
	if (!strcmp(type, "bridged") || !strcmp(type, "unbridged"))
		on_bridge(d, ev, type[0] == 'b');
	else if (!strcmp(type, "no-controller"))
		tell_no_controller(ev);
	for (size_t i = 0; leg && i < sizeof(handlers) / sizeof(handlers[0]); i++)
		if (!strcmp(type, handlers[i].type))
			handlers[i].on(d, leg, ev);
}

/* ---- time ----------------------------------------------------------------------------------- */

static int64_t due(const struct dleg *leg)
{
	return leg->role == DLEG_CALLER ? contact_deadline(&leg->contact) : leg->route_at;
}

int64_t daemon_next(const struct daemon *d)
{
	int64_t next = -1;

	for (const struct dleg *leg = d->legs.first; leg; leg = leg->next)
		if (due(leg) >= 0 && (next < 0 || due(leg) < next))
			next = due(leg);
	return next;
}

/* The one that is due first, of several the lowest number; NULL: nothing before @sample. */
static struct dleg *first_due(struct daemon *d, int64_t sample)
{
	struct dleg *first = NULL;

	for (struct dleg *leg = d->legs.first; leg; leg = leg->next)
		if (due(leg) >= 0 && due(leg) <= sample && (!first || due(leg) < due(first)))
			first = leg;
	return first;
}

void daemon_time(struct daemon *d, int64_t sample)
{
	struct dleg *leg;

	/* Each one moves its own deadline: a contact leaves the step, a number is taken. */
	while ((leg = first_due(d, sample))) {
		if (leg->role == DLEG_CALLER)
			step(d, leg, CONTACT_TIME);
		else
			daemon_start(d, leg, true);
	}
}
