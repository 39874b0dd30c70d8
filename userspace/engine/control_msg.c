/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "engine/control_msg.h"
#include "base/jsonline.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NUMBER_EXACT (INT64_C(1) << 53) /* a double, JavaScript's for instance, holds it exactly */

__attribute__((format(printf, 4, 5))) static int refuse(char *why, size_t size, int err,
							const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(why, size, fmt, ap);
	va_end(ap);
	return err;
}

/* ---- hello ---- */

static bool speaks_our_version(const json_t *versions)
{
	const json_t *v;
	size_t i;

	json_array_foreach(versions, i, v)
	{
		if (json_is_integer(v) && json_integer_value(v) == CONTROL_PROTOCOL)
			return true;
	}
	return false;
}

static int hello_role(struct control_hello *h, const json_t *role)
{
	const char *name = json_string_value(role);

	if (name && !strcmp(name, "controller"))
		h->role = CONTROL_CONTROLLER;
	else if (name && !strcmp(name, "observer"))
		h->role = CONTROL_OBSERVER;
	else
		return -EINVAL;
	return 0;
}

/* Members that are not known here are what a later version adds: they are passed over. */
static int parse_hello(struct control_hello *h, const json_t *hello, char *why, size_t size)
{
	const json_t *versions = json_object_get(hello, "protocol");
	const json_t *client = json_object_get(hello, "client");
	const json_t *instance = json_object_get(hello, "instance");
	const json_t *committed = json_object_get(hello, "committed");

	*h = (struct control_hello){.client = "?"};
	if (!json_is_object(hello) || !json_is_array(versions))
		return refuse(why, size, -EINVAL,
			      "hello: \"protocol\" must be a list of versions, like [1]");
	if (!speaks_our_version(versions))
		return refuse(why, size, -EPROTONOSUPPORT, "protocol: this engine speaks %d",
			      CONTROL_PROTOCOL);
	if (hello_role(h, json_object_get(hello, "role")) < 0)
		return refuse(why, size, -EINVAL,
			      "hello: \"role\" must be \"controller\" or \"observer\"");
	if (client && !json_is_string(client))
		return refuse(why, size, -EINVAL, "hello: \"client\" must be a string");
	if (client)
		snprintf(h->client, sizeof(h->client), "%s", json_string_value(client));
	if (!instance || json_is_null(instance))
		return 0; /* committed means nothing without it */
	if (!json_is_string(instance) || json_string_length(instance) >= sizeof(h->instance))
		return refuse(why, size, -EINVAL,
			      "hello: \"instance\" must be a string of at most %zu octets",
			      sizeof(h->instance) - 1);
	if (committed && (!json_is_integer(committed) || json_integer_value(committed) < 0))
		return refuse(why, size, -EINVAL,
			      "hello: \"committed\" must be the number of an event");
	strcpy(h->instance, json_string_value(instance));
	h->committed = (uint64_t)json_integer_value(committed);
	return 0;
}

/* ---- after the hello ---- */

static int parse_request(struct control_msg *m, const json_t *id, char *why, size_t size)
{
	m->kind = CONTROL_REQUEST;
	m->id = json_integer_value(id);
	if (!json_is_integer(id) || m->id < 1 || m->id > NUMBER_EXACT)
		return refuse(why, size, -EINVAL, "\"id\" must be an integer from 1 to 2^53");
	m->what = json_string_value(json_object_get(m->object, "do"));
	return 0;
}

/* {"committed":N} or {"synced":N} and nothing else */
static int parse_number(struct control_msg *m, enum control_kind kind, const char *name, char *why,
			size_t size)
{
	const json_t *n = json_object_get(m->object, name);

	m->kind = kind;
	if (json_object_size(m->object) != 1 || !json_is_integer(n) || json_integer_value(n) < 0)
		return refuse(why, size, -EINVAL, "must be {\"%s\":number} and nothing else", name);
	m->number = (uint64_t)json_integer_value(n);
	return 0;
}

static int parse_object(struct control_msg *m, enum control_role role, char *why, size_t size)
{
	const json_t *hello = json_object_get(m->object, "hello");
	const json_t *id = json_object_get(m->object, "id");

	if (role == CONTROL_STRANGER && !hello)
		return refuse(why, size, -EPROTO, "the first line must be {\"hello\":{...}}");
	if (role != CONTROL_STRANGER && hello)
		return refuse(why, size, -EPROTO, "a second hello");
	if (hello) {
		m->kind = CONTROL_HELLO;
		return parse_hello(&m->hello, hello, why, size);
	}
	if (id)
		return parse_request(m, id, why, size);
	if (role != CONTROL_CONTROLLER)
		return refuse(why, size, -EPROTO,
			      "an observer may send requests only, with \"id\"");
	if (json_object_get(m->object, "committed"))
		return parse_number(m, CONTROL_COMMITTED, "committed", why, size);
	if (json_object_get(m->object, "synced"))
		return parse_number(m, CONTROL_SYNCED, "synced", why, size);
	return refuse(why, size, -EPROTO, "neither \"id\" nor \"committed\" nor \"synced\"");
}

int control_parse(struct control_msg *m, enum control_role role, const char *line, size_t len,
		  char *why, size_t why_size)
{
	json_error_t error;
	int err;

	*m = (struct control_msg){0};
	m->object = json_loadb(line, len, JSON_REJECT_DUPLICATES, &error);
	if (!m->object)
		return refuse(why, why_size, -EBADMSG, "not JSON: %s (octet %d)", error.text,
			      error.position);
	err = json_is_object(m->object) ? parse_object(m, role, why, why_size)
					: refuse(why, why_size, -EBADMSG, "not a JSON object");
	if (err) {
		json_decref(m->object);
		m->object = NULL;
	}
	return err;
}

/* ---- rights ---- */

/* Rows as in the table "Looking and maintaining" of docs/engine-protocol.md. */
static const struct right {
	const char *what;
	bool maintainer; /* needs root or the engine's own user */
} observer_rights[] = {
	{"spans", false},  {"channels", false}, {"legs", false}, {"stats", false},
	{"trace", false},  {"events", false},   {"block", true}, {"unblock", true},
	{"restart", true}, {"drain", true},
};

bool control_may(enum control_role role, bool maintainer, const char *what)
{
	if (role == CONTROL_CONTROLLER)
		return true;
	for (size_t i = 0; i < sizeof(observer_rights) / sizeof(observer_rights[0]); i++) {
		if (!strcmp(observer_rights[i].what, what))
			return role == CONTROL_OBSERVER &&
			       (maintainer || !observer_rights[i].maintainer);
	}
	return false;
}

static bool in_list(const char *name, const char *list)
{
	size_t len = strlen(name);

	while (*list) {
		size_t n = strcspn(list, ",");

		if (n == len && !memcmp(list, name, n))
			return true;
		list += n + (list[n] == ',');
	}
	return false;
}

const char *control_unknown_member(const json_t *request, const char *allowed)
{
	const char *name;
	json_t *value;

	/* jansson has no const iteration; nothing is changed. */
	json_object_foreach((json_t *)request, name, value)
	{
		if (strcmp(name, "id") != 0 && strcmp(name, "do") != 0 && !in_list(name, allowed))
			return name;
	}
	return NULL;
}

/* ---- events ---- */

static size_t json_octets(const json_t *value)
{
	return json_dumpb(value, NULL, 0, JSON_COMPACT | JSON_ENCODE_ANY);
}

/* Take the longest member out. Return: false if there is nothing that may go. */
static bool leave_out_longest(json_t *event)
{
	static const char *const keep[] = {"event", "sample", "type", "left_out"};
	json_t *left_out = json_object_get(event, "left_out");
	const char *name, *longest = NULL;
	size_t octets, most = 0;
	json_t *value;

	json_object_foreach(event, name, value)
	{
		bool kept = false;

		for (size_t i = 0; i < sizeof(keep) / sizeof(keep[0]); i++)
			kept |= !strcmp(name, keep[i]);
		octets = json_octets(value);
		if (!kept && octets > most) {
			most = octets;
			longest = name;
		}
	}
	if (!longest)
		return false;
	if (!left_out) {
		left_out = json_array();
		json_object_set_new(event, "left_out", left_out);
	}
	json_array_append_new(left_out, json_string(longest));
	json_object_del(event, longest);
	return true;
}

char *control_event_line(uint64_t number, int64_t sample, const char *type, json_t *members,
			 size_t *len)
{
	json_t *event = json_pack("{s:I,s:I,s:s}", "event", (json_int_t)number, "sample",
				  (json_int_t)sample, "type", type);
	char *line;

	json_object_update_missing(event, members);
	line = jsonline_text(event, len);
	while (line && *len - 1 > CONTROL_LINE_MAX && leave_out_longest(event)) {
		free(line);
		line = jsonline_text(event, len);
	}
	json_decref(event);
	return line;
}
