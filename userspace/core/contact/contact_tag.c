/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/contact/contact_tag.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/contact/text.h"

/*
 * Writing: one member after the other. Reading: the same order, each function takes
 * what it expects or makes the cursor bad, and nothing is kept unless all was good.
 */

static void write_text(struct text *t, const char *key, const char *value)
{
	text_addf(t, "%s%zu:", key, strlen(value));
	text_add(t, value);
}

static void write_trace(struct text *t, const struct contact *c)
{
	text_add(t, " i=");
	for (uint8_t i = 0; i < c->n_trace; i++)
		text_addf(t, "%s%u", i ? "." : "", c->trace[i]);
}

static void write_flags(struct text *t, const struct contact *c)
{
	text_addf(t, " g=%s%s%s%s%s", c->answered ? "a" : "", c->party ? "p" : "",
		  c->lead ? "l" : "", c->sounding ? "s" : "", c->rushed ? "r" : "");
}

int contact_tag_write(const struct contact *c, uint64_t event, char *buf)
{
	struct text t;

	text_init(&t, buf, TAG_MAX);
	write_text(&t, "1 f=", c->flow->name);
	text_addf(&t, " k=%08" PRIx32, c->flow->mark);
	write_text(&t, " s=", contact_step_name(c));
	text_addf(&t, " w=%u t=%u r=%u o=%" PRIu32 " d=%" PRId64 " b=%" PRId64, c->wait, c->tries,
		  c->recordings, c->token, c->deadline, c->entered);
	text_addf(&t, " c=%u p=%" PRIu64, c->cause, c->partner);
	write_flags(&t, c);
	text_addf(&t, " e=%" PRIu64, event);
	write_trace(&t, c);
	text_addf(&t, " n=%" PRIu32 " v=", c->visited);
	for (uint8_t i = 0; i < c->vars.n; i++) {
		write_text(&t, "", c->vars.list[i].name);
		write_text(&t, "", c->vars.list[i].value);
	}
	return (int)t.len;
}

int contact_tag_party(uint64_t owner, char *buf)
{
	return snprintf(buf, TAG_MAX, "1 party of=%" PRIu64, owner);
}

/* ---- reading -------------------------------------------------------------------------------- */

struct cursor {
	const char *at;
	bool bad;
};

static void take(struct cursor *in, const char *word)
{
	size_t n = strlen(word);

	if (in->bad || strncmp(in->at, word, n) != 0)
		in->bad = true;
	else
		in->at += n;
}

/* A number of [0-9a-f] or -[0-9] after @key, from @min to @max. */
static int64_t take_number(struct cursor *in, const char *key, int base, int64_t min, int64_t max)
{
	char *end;
	long long n;

	take(in, key);
	if (in->bad || !strchr("-0123456789abcdef", *in->at) || !*in->at) {
		in->bad = true;
		return min;
	}
	n = strtoll(in->at, &end, base);
	in->bad = end == in->at || n < min || n > max;
	in->at = end;
	return in->bad ? min : n;
}

static void take_text(struct cursor *in, const char *key, char *out, size_t size)
{
	int64_t n = take_number(in, key, 10, 0, (int64_t)size - 1);

	take(in, ":");
	if (in->bad || strnlen(in->at, (size_t)n) < (size_t)n) {
		in->bad = true;
		return;
	}
	memcpy(out, in->at, (size_t)n);
	out[n] = 0;
	in->at += n;
}

static void read_flags(struct cursor *in, struct contact *c)
{
	take(in, " g=");
	for (; !in->bad && *in->at && *in->at != ' '; in->at++)
		switch (*in->at) {
		case 'a': c->answered = true; break;
		case 'p': c->party = true; break;
		case 'l': c->lead = true; break;
		case 's': c->sounding = true; break;
		case 'r': c->rushed = true; break;
		default: in->bad = true; break;
		}
}

static void read_trace(struct cursor *in, struct contact *c)
{
	take(in, " i=");
	while (!in->bad && *in->at != ' ') {
		if (c->n_trace)
			take(in, ".");
		if (c->n_trace == CONTACT_TRACE_MAX)
			in->bad = true;
		if (!in->bad)
			c->trace[c->n_trace++] =
				(uint8_t)take_number(in, "", 10, 0, FLOW_STEPS_MAX - 1);
	}
}

static void read_vars(struct cursor *in, struct vars *v)
{
	char name[FLOW_VAR_MAX] = "", value[VAR_VALUE_MAX] = "";

	v->n = 0;
	while (!in->bad && *in->at) {
		take_text(in, "", name, sizeof(name));
		take_text(in, "", value, sizeof(value));
		if (!in->bad && vars_set(v, name, value) != 0)
			in->bad = true;
	}
}

static void read_head(struct cursor *in, struct contact_tag *tag)
{
	take_text(in, "1 f=", tag->flow, sizeof(tag->flow));
	tag->mark = (uint32_t)take_number(in, " k=", 16, 0, UINT32_MAX);
}

static void read_state(struct cursor *in, struct contact *c)
{
	c->wait = (enum contact_wait)take_number(in, " w=", 10, 0, CONTACT_WAITS - 1);
	c->tries = (uint8_t)take_number(in, " t=", 10, 0, UINT8_MAX);
	c->recordings = (uint8_t)take_number(in, " r=", 10, 0, UINT8_MAX);
	c->token = (uint32_t)take_number(in, " o=", 10, 0, UINT32_MAX);
	c->deadline = take_number(in, " d=", 10, -1, INT64_MAX);
	c->entered = take_number(in, " b=", 10, 0, INT64_MAX);
	c->cause = (uint8_t)take_number(in, " c=", 10, 0, 127);
	c->partner = (uint64_t)take_number(in, " p=", 10, 0, INT64_MAX);
	c->answered = c->party = c->lead = c->sounding = c->rushed = false;
	read_flags(in, c);
}

/* The whole tag into @c (flow set) and @tag; the step's name apart. */
static bool read_all(const char *text, struct contact *c, struct contact_tag *tag, char *step)
{
	struct cursor in = {.at = text};

	read_head(&in, tag);
	take_text(&in, " s=", step, FLOW_NAME_MAX);
	read_state(&in, c);
	tag->event = (uint64_t)take_number(&in, " e=", 10, 0, INT64_MAX);
	c->n_trace = 0;
	read_trace(&in, c);
	c->visited = (uint32_t)take_number(&in, " n=", 10, 0, UINT32_MAX);
	take(&in, " v=");
	read_vars(&in, &c->vars);
	return !in.bad;
}

int contact_tag_peek(const char *text, struct contact_tag *out)
{
	struct cursor in = {.at = text};
	struct contact_tag tag = {.kind = 'p'};
	struct contact scratch = {0};
	char step[FLOW_NAME_MAX];

	tag.owner = (uint64_t)take_number(&in, "1 party of=", 10, 0, INT64_MAX);
	if (in.bad || *in.at) {
		tag = (struct contact_tag){.kind = 'c'};
		if (!read_all(text, &scratch, &tag, step))
			return -EBADMSG;
	}
	*out = tag;
	return 0;
}

/* Does what it waits for fit the step it is at? A flow that was changed may differ. */
static bool fits(const struct contact *c)
{
	enum flow_op op;

	if (c->step < 0)
		return c->wait == CONTACT_NEW;
	op = c->flow->steps[c->step].op;
	switch (c->wait) {
	case CONTACT_NEW: return false;
	case CONTACT_ANSWERING: return op == FLOW_ANSWER;
	case CONTACT_PLAYING: return op == FLOW_PLAY;
	case CONTACT_COLLECTING: return op == FLOW_MENU || op == FLOW_COLLECT;
	case CONTACT_RECORDING: return op == FLOW_RECORD;
	case CONTACT_DIALLING:
	case CONTACT_JOINING:
	case CONTACT_TALKING: return op == FLOW_CONNECT;
	case CONTACT_ENTERING:
	case CONTACT_ALONE:
	case CONTACT_PAIRED: return op == FLOW_MEET;
	default: return true;
	}
}

int contact_tag_read(struct contact *c, const char *text)
{
	struct contact back = *c;
	struct contact_tag tag;
	char step[FLOW_NAME_MAX];

	if (!read_all(text, &back, &tag, step))
		return -EBADMSG;
	back.step = step[0] ? (int16_t)flow_find(c->flow, step) : -1;
	if ((step[0] && back.step < 0) || !fits(&back))
		return -ENOENT;
	if (tag.mark != c->flow->mark)
		back.n_trace = 0;
	for (uint8_t i = 0; i < back.n_trace; i++)
		if (back.trace[i] >= c->flow->n_steps)
			return -EBADMSG;
	snprintf(back.cause_text, sizeof(back.cause_text), "%u", back.cause);
	if (!back.cause)
		back.cause_text[0] = 0;
	*c = back;
	return 0;
}
