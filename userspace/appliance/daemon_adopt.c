/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "appliance/daemon_private.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "core/call/cause.h"
#include "core/contact/contact_tag.h"
#include "core/contact/text.h"

/*
 * After a connection was made: the snapshot says what is, the tags in it say what we
 * were doing, the events before it say what has happened since. Rules (they are in
 * docs/strowgerd-protocol.md):
 *
 *	tag of a caller		its contact goes on at its step
 *	its flow or step gone	left alone while bridged, otherwise cleared, cause 41
 *	tag of a party		belongs to its caller; without one cleared, cause 16
 *	no tag, not answered	a new call
 *	anything else		somebody else's: left alone
 */

static const char *text_of(json_t *m, const char *member)
{
	const char *s = json_string_value(json_object_get(m, member));

	return s ? s : "";
}

static uint64_t number_of(json_t *m, const char *member)
{
	json_int_t n = json_integer_value(json_object_get(m, member));

	return n > 0 ? (uint64_t)n : 0;
}

/* ---- legs that we do not know: make them from the snapshot ---------------------------------- */

static int restore(struct daemon *d, struct dleg *leg, const struct contact_tag *tag, json_t *about)
{
	const struct flow *flow = plan_flow(d->plan, tag->flow);
	struct contact_who who = {.called = text_of(about, "called"),
				  .calling = text_of(about, "calling"),
				  .name = text_of(about, "name")};
	char id[32];

	if (!flow)
		return -1;
	snprintf(id, sizeof(id), "%.8s-%llu", d->instance, (unsigned long long)leg->number);
	who.id = id;
	contact_init(&leg->contact, flow, &who);
	if (contact_tag_read(&leg->contact, text_of(about, "tag")) < 0)
		return -1;
	leg->role = DLEG_CALLER;
	leg->plan = plan_get(d->plan);
	leg->seen = tag->event;
	return 0;
}

static void adopt(struct daemon *d, json_t *about)
{
	const char *words = text_of(about, "tag");
	struct contact_tag tag;
	struct dleg *leg = dleg_add(&d->legs, number_of(about, "leg"), DLEG_STRANGER, about);

	if (!leg)
		return;
	text_copy(leg->called, sizeof(leg->called), text_of(about, "called"));
	if (!*words && !strcmp(text_of(about, "direction"), "in")) {
		if (strcmp(text_of(about, "state"), "answered") != 0)
			leg->role = DLEG_OFFERED;
		return;
	}
	if (contact_tag_peek(words, &tag) < 0)
		return;
	if (tag.kind == 'p') {
		leg->role = DLEG_PARTY;
		leg->owner = tag.owner;
	} else if (restore(d, leg, &tag, about) < 0) {
		log_warn("flow", "leg %llu: flow \"%s\" or its step is not there any more",
			 (unsigned long long)leg->number, tag.flow);
	}
}

static int by_number(const void *a, const void *b)
{
	uint64_t x = number_of(*(json_t *const *)a, "leg"),
		 y = number_of(*(json_t *const *)b, "leg");

	return x < y ? -1 : x > y;
}

/* In order of their numbers, so that what follows is the same in each run. */
static json_t **sorted(json_t *legs, size_t *n)
{
	json_t **list;

	*n = json_array_size(legs);
	list = calloc(*n + 1, sizeof(*list));
	if (!list) {
		*n = 0;
		return NULL;
	}
	for (size_t i = 0; i < *n; i++)
		list[i] = json_array_get(legs, i);
	qsort(list, *n, sizeof(*list), by_number);
	return list;
}

static void link_parties(struct daemon *d)
{
	for (struct dleg *leg = d->legs.first; leg; leg = leg->next) {
		struct dleg *owner =
			leg->role == DLEG_PARTY ? dleg_find(&d->legs, leg->owner) : NULL;

		if (owner && owner->role == DLEG_CALLER && owner->contact.party && !owner->party)
			owner->party = leg->number;
	}
}

/* What happened before the snapshot and is not in the tags. */
static void replay_held(struct daemon *d)
{
	uint64_t last = d->event;
	size_t i;
	json_t *ev;

	json_array_foreach(d->held, i, ev)
	{
		struct dleg *leg = dleg_find(&d->legs, number_of(ev, "leg"));
		const char *type = text_of(ev, "type");

		d->event = number_of(ev, "event");
		if (leg && d->event <= leg->seen)
			continue;
		if (!leg && !strcmp(type, "leg.offered"))
			continue; /* it has ended since, before anybody served it */
		daemon_event(d, d->event, type, ev);
	}
	json_array_clear(d->held);
	d->event = last;
}

/* ---- all legs: does the engine do what the contact waits for? ------------------------------- */

static const char *awaited_op(const struct contact *c)
{
	switch (c->wait) {
	case CONTACT_COLLECTING: return "collect";
	case CONTACT_RECORDING: return "record";
	case CONTACT_PLAYING: return "play";
	default: return c->sounding ? "play" : "";
	}
}

/* The running operation of the kind that is awaited gets the contact's token. */
static bool find_op(struct dleg *leg, json_t *about)
{
	const char *kind = awaited_op(&leg->contact);
	json_t *op;
	size_t i;

	json_array_foreach(json_object_get(about, "ops"), i, op)
	{
		if (strcmp(text_of(op, "kind"), kind) != 0)
			continue;
		dleg_op_add(leg, number_of(op, "op"), leg->contact.token);
		return true;
	}
	return false;
}

static void resume(struct daemon *d, struct dleg *leg, json_t *about)
{
	struct contact_event ev = {.type = CONTACT_RESUME};
	const struct contact *c = &leg->contact;
	uint64_t other = c->wait == CONTACT_PAIRED ? c->partner : leg->party;
	struct dleg *party = other ? dleg_find(&d->legs, other) : NULL;
	const char *state = party ? text_of(party->about, "state") : "";

	if (c->wait == CONTACT_NEW) {
		ev.type = CONTACT_START;
		daemon_step(d, leg, &ev);
		return;
	}
	ev.u.resume.media = find_op(leg, about);
	ev.u.resume.party = party != NULL;
	ev.u.resume.party_rings = !strcmp(state, "alerting");
	ev.u.resume.party_answered = !strcmp(state, "answered");
	ev.u.resume.bridged = leg->bridged;
	ev.u.resume.answered = !strcmp(text_of(about, "state"), "answered");
	leg->tag[0] = 0; /* the last one may have been lost on its way */
	daemon_step(d, leg, &ev);
}

static void refresh(struct dleg *leg, json_t *about)
{
	json_decref(leg->about);
	leg->about = json_incref(about);
	leg->bridged = false;
}

static void note_bridges(struct daemon *d, json_t *bridges)
{
	json_t *bridge;
	size_t i;

	json_array_foreach(bridges, i, bridge)
	{
		json_t *legs = json_object_get(bridge, "legs");

		for (size_t k = 0; k < 2; k++) {
			uint64_t a = (uint64_t)json_integer_value(json_array_get(legs, k));
			struct dleg *leg = dleg_find(&d->legs, a);

			if (!leg)
				continue;
			leg->bridged = true;
			leg->partner = (uint64_t)json_integer_value(json_array_get(legs, 1 - k));
		}
	}
}

/* Nobody wants this leg, or nobody knows what it is for. */
static void tidy(struct daemon *d, struct dleg *leg)
{
	struct dleg *owner = dleg_find(&d->legs, leg->owner);
	struct contact_tag tag;

	if (leg->role == DLEG_PARTY && (!owner || owner->party != leg->number)) {
		leg->owner = 0;
		daemon_hangup(d, leg->number, CAUSE_NORMAL_CLEARING);
		return;
	}
	if (leg->role != DLEG_STRANGER)
		return;
	if (leg->bridged || contact_tag_peek(text_of(leg->about, "tag"), &tag) < 0) {
		log_warn("engine", "leg %llu is none of ours: left alone",
			 (unsigned long long)leg->number);
		return;
	}
	daemon_hangup(d, leg->number, CAUSE_TEMPORARY_FAILURE);
}

static void settle_leg(struct daemon *d, json_t *about)
{
	struct dleg *leg = dleg_find(&d->legs, number_of(about, "leg"));

	/* A leg that is clearing can do nothing any more: its leg.ended follows. */
	if (!leg || leg->touched || !strcmp(text_of(about, "state"), "clearing"))
		return;
	if (leg->role == DLEG_OFFERED)
		daemon_start(d, leg, json_is_true(json_object_get(about, "complete")));
	else if (leg->role == DLEG_CALLER)
		resume(d, leg, about);
	else
		tidy(d, leg);
}

void daemon_snapshot(struct daemon *d, json_t *snapshot)
{
	size_t n;
	json_t **legs = sorted(json_object_get(snapshot, "legs"), &n);

	for (size_t i = 0; i < n; i++) {
		struct dleg *leg = dleg_find(&d->legs, number_of(legs[i], "leg"));

		if (leg)
			refresh(leg, legs[i]);
		else
			adopt(d, legs[i]);
	}
	link_parties(d);
	note_bridges(d, json_object_get(snapshot, "bridges"));
	if (d->holding)
		replay_held(d);
	d->holding = false;
	for (size_t i = 0; i < n; i++)
		settle_leg(d, legs[i]);
	free(legs);
}
