/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "appliance/daemon_private.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "core/call/cause.h"
#include "core/contact/contact_tag.h"
#include "core/contact/text.h"

/*
 * Actions become requests. The answer finds its leg by number: the leg may be gone by
 * then. Order: exactly that of the actions; answers may come in another.
 */

struct asked {
	struct daemon *d;
	uint64_t leg;
	const char *what;
	uint32_t token; /* media: the contact's; originate: count of dials */
};

static void refused(const struct asked *a, const char *code, const char *error)
{
	a->d->refused_requests++;
	log_warn("engine", "leg %llu: %s refused: %s (%s)", (unsigned long long)a->leg, a->what,
		 error, code);
}

static void media_ended(struct daemon *d, struct dleg *leg, uint32_t token,
			enum contact_reason reason, const char *digits)
{
	struct contact_event ev = {.type = CONTACT_MEDIA_DONE, .u.media = {token, reason, digits}};

	daemon_step(d, leg, &ev);
}

static void media_answered(struct asked *a, struct dleg *leg, bool ok, json_t *answer)
{
	char digits[DIGITS_MAX];
	uint64_t op;

	if (!ok) {
		media_ended(a->d, leg, a->token, CONTACT_R_ERROR, "");
		return;
	}
	op = (uint64_t)json_integer_value(json_object_get(answer, "op"));
	if (leg->early.op != op) {
		dleg_op_add(leg, op, a->token);
		return;
	}
	leg->early.op = 0;
	memcpy(digits, leg->early.digits, sizeof(digits));
	media_ended(a->d, leg, a->token, leg->early.reason, digits);
}

/* Why no call could be begun, as the cause that a caller would have got. */
static int cause_of(const char *code)
{
	static const struct {
		const char *code;
		int cause;
	} causes[] = {
		{"no-channel", CAUSE_NO_CIRCUIT},
		{"no-span", CAUSE_NO_ROUTE},
		{"link-down", CAUSE_NETWORK_OUT_OF_ORDER},
		{"overload", CAUSE_SWITCH_CONGESTION},
		{"draining", CAUSE_SWITCH_CONGESTION},
		{"limit", CAUSE_SWITCH_CONGESTION},
		{"bad-request", CAUSE_INVALID_NUMBER_FORMAT},
	};

	for (size_t i = 0; i < sizeof(causes) / sizeof(causes[0]); i++)
		if (!strcmp(code, causes[i].code))
			return causes[i].cause;
	return CAUSE_TEMPORARY_FAILURE;
}

static void originate_answered(struct asked *a, struct dleg *leg, bool ok, const char *code,
			       json_t *answer)
{
	struct contact_event ended = {.type = CONTACT_PARTY_ENDED};
	uint64_t number = (uint64_t)json_integer_value(json_object_get(answer, "leg"));
	bool wanted = leg && leg->role == DLEG_CALLER && leg->dials == a->token;
	struct dleg *party;

	if (!ok) {
		ended.u.cause = cause_of(code);
		if (wanted)
			daemon_step(a->d, leg, &ended);
		return;
	}
	party = dleg_find(&a->d->legs, number);
	if (!party)
		party = dleg_add(&a->d->legs, number, DLEG_PARTY, answer);
	if (!party || !wanted) {
		daemon_hangup(a->d, number, CAUSE_NORMAL_CLEARING);
		return;
	}
	party->owner = leg->number;
	leg->party = number;
}

static bool is_media(const char *what)
{
	return !strcmp(what, "play") || !strcmp(what, "collect") || !strcmp(what, "record");
}

static void on_answer(void *ctx, bool ok, const char *code, const char *error, json_t *answer)
{
	struct asked *a = ctx;
	struct daemon *d = a->d;
	struct dleg *leg = dleg_find(&d->legs, a->leg);
	bool gone = !ok && !strcmp(code, "gone");
	bool late = !ok && !strcmp(code, "state") && !strcmp(a->what, "hangup");

	d->outstanding--;
	/*
	 * A connection that broke is mended by the next snapshot; a leg that ended meanwhile
	 * by its end record, and one that is ending needs no hanging up.
	 */
	if (!ok && !gone && !late && strcmp(code, "no-leg") != 0)
		refused(a, code, error);
	if (gone)
		;
	else if (!strcmp(a->what, "originate"))
		originate_answered(a, leg, ok, code, answer);
	else if (leg && leg->role == DLEG_CALLER && is_media(a->what))
		media_answered(a, leg, ok, answer);
	free(a);
	if (gone)
		return;
	daemon_arm(d); /* a refusal may have led to another step */
	daemon_settled(d);
}

static void ask(struct daemon *d, uint64_t leg, const char *what, json_t *members, uint32_t token)
{
	struct asked *a = malloc(sizeof(*a));
	int rc = -ENOMEM;

	if (!a) {
		json_decref(members);
		return;
	}
	*a = (struct asked){d, leg, what, token};
	d->outstanding++;
	rc = engine_client_request(d->client, what, members, on_answer, a);
	if (rc == 0)
		return;
	if (rc == -ENOTCONN)
		on_answer(a, false, "gone", "", NULL);
	else
		on_answer(a, false, "limit", strerror(-rc), NULL);
}

static json_t *of_leg(uint64_t leg)
{
	return json_pack("{s:I}", "leg", (json_int_t)leg);
}

void daemon_hangup(struct daemon *d, uint64_t leg, int cause)
{
	ask(d, leg, "hangup", json_pack("{s:I, s:i}", "leg", (json_int_t)leg, "cause", cause), 0);
}

/* ---- the tag -------------------------------------------------------------------------------- */

void daemon_tag(struct daemon *d, struct dleg *leg)
{
	char tag[TAG_MAX];

	if (leg->contact.wait == CONTACT_OVER)
		return;
	contact_tag_write(&leg->contact, 0, tag);
	if (!strcmp(tag, leg->tag))
		return;
	memcpy(leg->tag, tag, sizeof(tag));
	contact_tag_write(&leg->contact, d->event, tag);
	ask(d, leg->number, "tag",
	    json_pack("{s:I, s:s}", "leg", (json_int_t)leg->number, "tag", tag), 0);
}

/* ---- media ---------------------------------------------------------------------------------- */

static json_t *item(const struct contact_item *it)
{
	switch (it->kind) {
	case CONTACT_FILE: return json_pack("{s:s}", "file", it->text);
	case CONTACT_SAY: return json_pack("{s:s, s:s}", "say", it->text, "lang", it->lang);
	case CONTACT_TONE:
		return it->ms ? json_pack("{s:s, s:I}", "tone", it->text, "ms", (json_int_t)it->ms)
			      : json_pack("{s:s}", "tone", it->text);
	default: return json_pack("{s:I}", "silence_ms", (json_int_t)it->ms);
	}
}

static json_t *items(const struct contact_actions *acts)
{
	json_t *list = json_array();

	for (size_t i = 0; i < acts->n_items; i++)
		json_array_append_new(list, item(&acts->items[i]));
	return list;
}

static json_t *play(const struct dleg *leg, const struct contact_action *a,
		    const struct contact_actions *acts)
{
	return json_pack("{s:I, s:o, s:b, s:b}", "leg", (json_int_t)leg->number, "items",
			 items(acts), "loop", a->u.play.loop, "barge", a->u.play.barge);
}

static json_t *collect(const struct dleg *leg, const struct contact_action *a,
		       const struct contact_actions *acts)
{
	json_int_t first = a->u.collect.first_ms, inter = a->u.collect.inter_ms;
	json_t *m = json_pack("{s:I, s:i, s:i, s:s, s:I, s:I, s:I}", "leg", (json_int_t)leg->number,
			      "min", a->u.collect.min, "max", a->u.collect.max, "terminators",
			      a->u.collect.terminators, "first_ms", first, "inter_ms", inter,
			      "total_ms", first + inter * a->u.collect.max);

	if (a->u.collect.is_private)
		json_object_set_new(m, "private", json_true());
	if (acts->n_items)
		json_object_set_new(m, "items", items(acts));
	return m;
}

static json_t *record(const struct dleg *leg, const struct contact_action *a)
{
	json_t *m = json_pack("{s:I, s:s, s:I, s:I, s:s, s:b}", "leg", (json_int_t)leg->number,
			      "file", a->u.record.file, "max_ms", (json_int_t)a->u.record.max_ms,
			      "silence_ms", (json_int_t)a->u.record.silence_ms, "terminators",
			      a->u.record.terminators, "beep", a->u.record.beep);

	if (!a->u.record.keep_digits)
		json_object_set_new(m, "keep_digits", json_false());
	return m;
}

/* ---- two parties ---------------------------------------------------------------------------- */

static void set_text(json_t *m, const char *name, const char *value)
{
	if (*value)
		json_object_set_new(m, name, json_string(value));
}

static void originate(struct daemon *d, struct dleg *leg, const struct contact_action *a)
{
	char tag[TAG_MAX];
	json_t *m;

	contact_tag_party(leg->number, tag);
	m = json_pack("{s:s, s:I, s:s}", "called", a->u.originate.called, "timeout_ms",
		      (json_int_t)a->u.originate.timeout_ms, "tag", tag);
	set_text(m, "calling", a->u.originate.calling);
	set_text(m, "group", a->u.originate.group);
	set_text(m, "span", a->u.originate.span);
	leg->party = 0;
	ask(d, leg->number, "originate", m, ++leg->dials);
}

static void hangup_party(struct daemon *d, struct dleg *leg, int cause)
{
	struct dleg *party = dleg_find(&d->legs, leg->party);

	leg->dials++; /* a call whose answer is still to come is not wanted any more */
	if (!leg->party)
		return;
	if (party)
		party->owner = 0;
	daemon_hangup(d, leg->party, cause);
	leg->party = 0;
}

static void bridge(struct daemon *d, const struct dleg *leg, uint64_t other)
{
	ask(d, leg->number, "bridge",
	    json_pack("{s:[I, I]}", "legs", (json_int_t)leg->number, (json_int_t)other), 0);
}

static void tell_partner(struct daemon *d, struct dleg *leg, uint64_t partner, bool lead)
{
	struct contact_event ev = {.type = CONTACT_PARTNER, .u.partner = {partner, lead}};

	daemon_step(d, leg, &ev);
}

static void meet(struct daemon *d, struct dleg *leg, const char *room)
{
	struct contact_event nobody = {.type = CONTACT_NOBODY};
	struct dleg *other;
	uint64_t partner;
	int rc;

	meeting_leave(&d->rooms, leg->number); /* after an interruption it may be there still */
	rc = meeting_enter(&d->rooms, leg->number, room, &partner);
	if (rc < 0)
		log_warn("rooms", "leg %llu cannot wait in \"%s\": %d callers wait",
			 (unsigned long long)leg->number, room, MEETING_MAX);
	other = rc == 1 ? dleg_find(&d->legs, partner) : NULL;
	if (!other) {
		daemon_step(d, leg, &nobody);
		return;
	}
	/* The one who waited stops its music first, then the other one makes the bridge. */
	tell_partner(d, other, leg->number, false);
	tell_partner(d, leg, partner, true);
}

static void act(struct daemon *d, struct dleg *leg, const struct contact_action *a,
		const struct contact_actions *acts)
{
	uint64_t n = leg->number;

	switch (a->type) {
	case CONTACT_DO_ALERT: ask(d, n, "alert", of_leg(n), 0); break;
	case CONTACT_DO_ANSWER: ask(d, n, "answer", of_leg(n), 0); break;
	case CONTACT_DO_PLAY: ask(d, n, "play", play(leg, a, acts), a->token); break;
	case CONTACT_DO_COLLECT: ask(d, n, "collect", collect(leg, a, acts), a->token); break;
	case CONTACT_DO_RECORD: ask(d, n, "record", record(leg, a), a->token); break;
	case CONTACT_DO_STOP: ask(d, n, "stop", of_leg(n), 0); break;
	case CONTACT_DO_ORIGINATE: originate(d, leg, a); break;
	case CONTACT_DO_BRIDGE_PARTY: bridge(d, leg, leg->party); break;
	case CONTACT_DO_BRIDGE: bridge(d, leg, a->u.leg); break;
	case CONTACT_DO_HANGUP_PARTY: hangup_party(d, leg, a->u.cause); break;
	case CONTACT_DO_HANGUP: daemon_hangup(d, n, a->u.cause); break;
	case CONTACT_DO_MEET: meet(d, leg, a->u.room); break;
	case CONTACT_DO_LEAVE: meeting_leave(&d->rooms, n); break;
	case CONTACT_DO_TYPES: break;
	}
}

void daemon_act(struct daemon *d, struct dleg *leg, const struct contact_actions *acts)
{
	for (size_t i = 0; i < acts->n; i++)
		act(d, leg, &acts->list[i], acts);
}
