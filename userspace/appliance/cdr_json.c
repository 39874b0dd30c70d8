/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "appliance/cdr_json.h"

static void add_text(json_t *m, const char *name, const char *value)
{
	json_t *text = *value ? json_string(value) : NULL;

	if (text)
		json_object_set_new(m, name, text);
}

static void add_number(json_t *m, const char *name, uint64_t value)
{
	if (value)
		json_object_set_new(m, name, json_integer((json_int_t)value));
}

static void add_utc(json_t *m, const char *name, int64_t us)
{
	if (us)
		json_object_set_new(m, name, json_real((double)us / 1e6));
}

static void add_sample(json_t *m, const char *name, int64_t sample)
{
	if (sample >= 0)
		json_object_set_new(m, name, json_integer(sample));
}

static void add_who(json_t *m, const struct cdr *c)
{
	json_object_set_new(m, "direction", json_string(c->outgoing ? "out" : "in"));
	add_text(m, "span", c->span);
	add_number(m, "channel", c->channel);
	add_text(m, "called", c->called);
	add_text(m, "calling", c->calling);
	add_text(m, "presentation", c->presentation);
	add_text(m, "name", c->name);
	add_text(m, "redirecting", c->redirecting);
}

static void add_when(json_t *m, const struct cdr *c)
{
	add_utc(m, "offered_utc", c->offered_us);
	add_utc(m, "answered_utc", c->answered_us);
	add_utc(m, "ended_utc", c->ended_us);
	add_sample(m, "offered_sample", c->offered_sample);
	add_sample(m, "answered_sample", c->answered_sample);
	add_sample(m, "ended_sample", c->ended_sample);
}

static void add_what(json_t *m, const struct cdr *c)
{
	json_t *steps = json_array(), *files = json_array();

	for (uint8_t i = 0; i < c->n_steps; i++)
		json_array_append_new(steps, json_string(c->steps[i]));
	for (uint8_t i = 0; i < c->n_recordings; i++)
		json_array_append_new(files, json_string(c->recordings[i]));
	add_text(m, "digits", c->digits);
	add_text(m, "flow", c->flow);
	add_text(m, "outcome", c->outcome);
	if (c->n_steps)
		json_object_set(m, "steps", steps);
	add_number(m, "visited", c->visited);
	if (c->n_recordings)
		json_object_set(m, "recordings", files);
	add_number(m, "partner", c->partner);
	json_decref(steps);
	json_decref(files);
}

json_t *cdr_json(const struct cdr *c)
{
	json_t *m = json_object();
	char id[32];

	cdr_id_text(c->id, id, sizeof(id));
	add_text(m, "call", id);
	add_text(m, "instance", c->instance);
	add_number(m, "leg", c->leg);
	add_who(m, c);
	add_when(m, c);
	add_number(m, "cause", c->cause);
	if (c->cause)
		json_object_set_new(m, "location", json_integer(c->location));
	add_text(m, "by", c->by);
	add_what(m, c);
	add_number(m, "event", c->event);
	return m;
}
