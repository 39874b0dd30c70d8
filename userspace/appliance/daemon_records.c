/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "appliance/daemon_private.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "base/log.h"
#include "core/call/cause.h"
#include "core/contact/contact_tag.h"
#include "core/contact/text.h"

/* ---- from the engine's words to a record ---------------------------------------------------- */

static void copy_text(char *out, size_t size, json_t *m, const char *member)
{
	const char *s = json_string_value(json_object_get(m, member));

	text_copy(out, size, s ? s : "");
}

static int64_t copy_us(json_t *m, const char *member)
{
	double utc = json_number_value(json_object_get(m, member));

	return utc > 0 && utc < 1e12 ? llround(utc * 1e6) : 0;
}

static int64_t copy_sample(json_t *m, const char *member)
{
	json_t *n = json_object_get(m, member);

	return json_is_integer(n) ? json_integer_value(n) : -1;
}

static uint64_t copy_number(json_t *m, const char *member, uint64_t max)
{
	json_int_t n = json_integer_value(json_object_get(m, member));

	return n > 0 && (uint64_t)n <= max ? (uint64_t)n : 0;
}

static void copy_head(struct cdr *c, json_t *m)
{
	const char *direction = json_string_value(json_object_get(m, "direction"));

	c->outgoing = direction && !strcmp(direction, "out");
	c->channel = (uint16_t)copy_number(m, "channel", UINT16_MAX);
	copy_text(c->span, sizeof(c->span), m, "span");
	copy_text(c->called, sizeof(c->called), m, "called");
	copy_text(c->calling, sizeof(c->calling), m, "calling");
	copy_text(c->presentation, sizeof(c->presentation), m, "presentation");
	copy_text(c->name, sizeof(c->name), m, "name");
	copy_text(c->redirecting, sizeof(c->redirecting), json_object_get(m, "redirecting"),
		  "number");
	c->offered_sample = copy_sample(m, "offered_sample");
	c->answered_sample = copy_sample(m, "answered_sample");
	copy_text(c->digits, sizeof(c->digits), m, "digits");
}

static void copy_end(struct cdr *c, json_t *ended)
{
	json_t *file;
	size_t i;

	c->offered_us = copy_us(ended, "offered_utc");
	c->answered_us = copy_us(ended, "answered_utc");
	c->ended_us = copy_us(ended, "ended_utc");
	c->ended_sample = copy_sample(ended, "ended_sample");
	c->cause = (uint8_t)copy_number(ended, "cause", 127);
	c->location = (uint8_t)copy_number(ended, "location", 15);
	copy_text(c->by, sizeof(c->by), ended, "by");
	c->event = copy_number(ended, "event", INT64_MAX);
	json_array_foreach(json_object_get(ended, "recordings"), i, file)
	{
		if (c->n_recordings == CDR_RECORDINGS || !json_is_string(file))
			break;
		text_copy(c->recordings[c->n_recordings++], PATH_MAX_LEN, json_string_value(file));
	}
}

static void copy_contact(struct cdr *c, const struct contact *contact, enum contact_wait outcome)
{
	const struct flow *f = contact->flow;

	text_copy(c->flow, sizeof(c->flow), f->name);
	text_copy(c->outcome, sizeof(c->outcome), contact_wait_name(outcome));
	c->visited = contact->visited;
	for (c->n_steps = 0; c->n_steps < contact->n_trace; c->n_steps++)
		text_copy(c->steps[c->n_steps], CDR_WORD_MAX,
			  f->steps[contact->trace[c->n_steps]].name);
}

/* A leg that ended while we were away: its tag knows the flow, an event before it the partner. */
static void copy_tag(struct daemon *d, struct cdr *c, json_t *ended)
{
	const char *words = json_string_value(json_object_get(ended, "tag"));
	struct contact_who nobody = {0};
	const struct flow *flow;
	struct contact contact;
	struct contact_tag tag;

	if (!words || contact_tag_peek(words, &tag) < 0)
		return;
	if (tag.kind == 'p') {
		c->partner = tag.owner;
		return;
	}
	text_copy(c->flow, sizeof(c->flow), tag.flow);
	flow = plan_flow(d->plan, tag.flow);
	if (!flow)
		return;
	contact_init(&contact, flow, &nobody);
	if (contact_tag_read(&contact, words) < 0)
		return;
	copy_contact(c, &contact, contact.wait);
	c->partner = contact.partner;
}

static uint64_t held_partner(const struct daemon *d, uint64_t number)
{
	uint64_t partner = 0;
	json_t *ev;
	size_t i;

	json_array_foreach(d->held, i, ev)
	{
		json_t *legs = json_object_get(ev, "legs");
		uint64_t a = (uint64_t)json_integer_value(json_array_get(legs, 0));
		uint64_t b = (uint64_t)json_integer_value(json_array_get(legs, 1));

		if (a && b && (a == number || b == number))
			partner = a == number ? b : a;
	}
	return partner;
}

/* ---- to the store --------------------------------------------------------------------------- */

static void hand_over(struct daemon *d, const struct cdr *c)
{
	struct acks *a = &d->acks;
	int rc = writer_put(d->writer, c);

	if (rc == 0) {
		a->waiting[a->put++ % WRITER_QUEUE_MAX] = c->event;
		return;
	}
	/* The engine keeps what is not acknowledged; it will be asked for it again. */
	if (!a->missed || c->event < a->missed)
		a->missed = c->event;
	log_error("store", "no room for the record of leg %llu: event %llu stays with the engine",
		  (unsigned long long)c->leg, (unsigned long long)c->event);
}

void daemon_record(struct daemon *d, const struct dleg *leg, uint64_t number, json_t *ended,
		   enum contact_wait outcome)
{
	struct cdr c = {.leg = number};

	text_copy(c.instance, sizeof(c.instance), d->instance);
	copy_head(&c, ended);
	copy_end(&c, ended);
	if (!leg)
		copy_tag(d, &c, ended);
	else if (leg->role == DLEG_CALLER)
		copy_contact(&c, &leg->contact, outcome);
	if (leg && leg->partner)
		c.partner = leg->partner;
	if (!c.partner || !leg) {
		uint64_t partner = held_partner(d, number);

		c.partner = partner ? partner : c.partner;
	}
	hand_over(d, &c);
}

void daemon_engine_died(struct daemon *d)
{
	int64_t now = clock_utc(&d->clock, d->sample);
	struct acks *a = &d->acks;

	for (uint64_t i = a->done; i < a->put; i++)
		a->waiting[i % WRITER_QUEUE_MAX] = 0; /* numbers of an engine that is no more */
	a->missed = a->told = 0;
	if (d->legs.n)
		log_error("engine", "it died and took %zu legs with it", d->legs.n);
	while (d->legs.first) {
		struct dleg *leg = d->legs.first;
		struct cdr c = {.leg = leg->number, .cause = CAUSE_TEMPORARY_FAILURE};

		text_copy(c.instance, sizeof(c.instance), d->instance);
		copy_head(&c, leg->about);
		c.ended_us = now;
		c.ended_sample = -1;
		c.offered_us = copy_us(leg->about, "utc");
		if (!c.offered_us)
			c.offered_us = now;
		c.partner = leg->partner;
		text_copy(c.by, sizeof(c.by), "engine");
		if (leg->role == DLEG_CALLER)
			copy_contact(&c, &leg->contact, leg->contact.wait);
		hand_over(d, &c);
		dleg_remove(&d->legs, leg);
	}
	meeting_init(&d->rooms);
}

/* ---- what is safe here ---------------------------------------------------------------------- */

uint64_t daemon_safe(const struct daemon *d)
{
	const struct acks *a = &d->acks;
	uint64_t safe = d->event;

	for (uint64_t i = a->done; i < a->put; i++)
		if (a->waiting[i % WRITER_QUEUE_MAX]) {
			safe = a->waiting[i % WRITER_QUEUE_MAX] - 1;
			break;
		}
	if (a->missed && a->missed <= safe)
		safe = a->missed - 1;
	return safe;
}

static void tell_trouble(struct daemon *d, const struct writer_news *news)
{
	struct acks *a = &d->acks;

	if (news->error && !a->full)
		log_error("store",
			  "%s; %" PRIu64 " records wait, calls go on, nothing is acknowledged",
			  db_strerror(news->error), news->put - news->done);
	else if (!news->error && a->full)
		log_info("store", "writes again");
	a->full = news->error != 0;
}

void daemon_acknowledge(struct daemon *d)
{
	struct acks *a = &d->acks;
	struct writer_news news;
	uint64_t safe;

	writer_news(d->writer, &news);
	a->done = news.done;
	tell_trouble(d, &news);
	if (d->holding || !engine_client_connected(d->client))
		return; /* what is held has not been taken in */
	safe = daemon_safe(d);
	if (safe > a->told) {
		engine_client_committed(d->client, safe);
		a->told = safe;
	}
	/* Records that found no room before: have their events told again. */
	if (a->missed && news.done == news.put && !news.error) {
		a->missed = 0;
		a->told = 0;
		daemon_call_engine(d);
	}
}
