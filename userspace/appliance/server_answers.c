/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "appliance/daemon_private.h"

#include <malloc.h>
#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "appliance/cdr_json.h"

#define ANSWER_ROOM  60000 /* octets of a list; the line around it needs some too */
#define LAST_DEFAULT 20
#define LAST_MAX     1000
#define CONTACTS_MAX 200

static json_t *refuse(struct server_answer *a, const char *code, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

static json_t *refuse(struct server_answer *a, const char *code, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(a->error, sizeof(a->error), fmt, ap);
	va_end(ap);
	a->code = code;
	return NULL;
}

/* Octets of @value in a line, with the comma after it. */
static size_t octets(const json_t *value)
{
	return json_dumpb(value, NULL, 0, JSON_COMPACT) + 1;
}

/* ---- call records --------------------------------------------------------------------------- */

struct listing {
	json_t *calls;
	json_int_t last; /* that are wanted */
	size_t room;
	struct cdr_id id; /* of the last one that found room */
	bool more;
};

static int list_call(void *ctx, const struct cdr *c)
{
	struct listing *l = ctx;
	json_t *call = cdr_json(c);
	size_t n = octets(call);

	if ((json_int_t)json_array_size(l->calls) == l->last || n > l->room) {
		json_decref(call);
		l->more = true;
		return 1;
	}
	l->room -= n;
	l->id = c->id;
	json_array_append_new(l->calls, call);
	return 0;
}

static int list_calls(struct daemon *d, const struct calls_query *q, struct listing *l)
{
	struct db_txn *txn;
	int rc = db_begin(d->db, false, &txn);

	if (rc < 0)
		return rc;
	rc = calls_each(txn, q, list_call, l);
	db_abort(txn);
	return rc < 0 ? rc : 0;
}

/* @last and @q from the request. Return: false with the refusal in @a */
static bool read_query(json_t *request, json_int_t *last, struct calls_query *q,
		       struct server_answer *a)
{
	json_t *n = json_object_get(request, "last"), *since = json_object_get(request, "since");
	json_t *before = json_object_get(request, "before");

	*q = (struct calls_query){0};
	*last = n ? json_integer_value(n) : LAST_DEFAULT;
	if (*last < 1 || *last > LAST_MAX)
		refuse(a, "bad-request", "last: an integer from 1 to %d is wanted", LAST_MAX);
	else if (since && (!json_is_number(since) || !(json_number_value(since) >= 0) ||
			   json_number_value(since) > 1e12))
		refuse(a, "bad-request", "since: seconds since 1970 UTC are wanted");
	else if (before && (!json_is_string(before) ||
			    cdr_id_parse(json_string_value(before), &q->before) < 0))
		refuse(a, "bad-request",
		       "before: the number of a call such as \"1-4711\" is wanted");
	else if (since)
		q->since_us = llround(json_number_value(since) * 1e6);
	return !a->error[0];
}

static json_t *answer_calls(struct daemon *d, json_t *request, struct server_answer *a)
{
	struct listing l = {.room = ANSWER_ROOM};
	struct calls_query q;
	char id[32];
	json_t *m;
	int rc;

	if (!read_query(request, &l.last, &q, a))
		return NULL;
	l.calls = json_array();
	rc = list_calls(d, &q, &l);
	if (rc < 0) {
		json_decref(l.calls);
		return refuse(a, rc == -ENOENT ? "no-call" : "store", "%s", db_strerror(rc));
	}
	m = json_pack("{s:o}", "calls", l.calls);
	cdr_id_text(l.id, id, sizeof(id));
	if (l.more)
		json_object_set_new(m, "more", json_string(id));
	return m;
}

static json_t *answer_call(struct daemon *d, json_t *request, struct server_answer *a)
{
	const char *text = json_string_value(json_object_get(request, "call"));
	struct db_txn *txn;
	struct cdr_id id;
	struct cdr c;
	int rc;

	if (!text || cdr_id_parse(text, &id) < 0)
		return refuse(a, "bad-request", "call: a number such as \"1-4711\" is wanted");
	rc = db_begin(d->db, false, &txn);
	if (rc == 0) {
		rc = calls_get(txn, id, &c);
		db_abort(txn);
	}
	if (rc == -ENOENT)
		return refuse(a, "no-call", "no call %s", text);
	if (rc < 0)
		return refuse(a, "store", "%s", db_strerror(rc));
	return json_pack("{s:o}", "call", cdr_json(&c));
}

/* ---- what is now ---------------------------------------------------------------------------- */

static json_t *answer_contacts(struct daemon *d, json_t *request, struct server_answer *a)
{
	json_t *list = json_array();
	size_t total = 0;

	(void)request;
	(void)a;
	for (const struct dleg *leg = d->legs.first; leg; leg = leg->next) {
		const struct contact *c = &leg->contact;

		if (leg->role != DLEG_CALLER || total++ >= CONTACTS_MAX)
			continue;
		json_array_append_new(
			list, json_pack("{s:I, s:s, s:s, s:s, s:s, s:s, s:I, s:I}", "leg",
					(json_int_t)leg->number, "flow", c->flow->name, "step",
					contact_step_name(c), "wait", contact_wait_name(c->wait),
					"called", c->called, "calling", c->calling, "visited",
					(json_int_t)c->visited, "since", (json_int_t)c->entered));
	}
	return json_pack("{s:o, s:I}", "contacts", list, "total", (json_int_t)total);
}

/* Calls in a flow; NULL: in any. */
static json_int_t contacts_in(const struct daemon *d, const char *flow)
{
	json_int_t n = 0;

	for (const struct dleg *leg = d->legs.first; leg; leg = leg->next)
		n += leg->role == DLEG_CALLER && (!flow || !strcmp(leg->contact.flow->name, flow));
	return n;
}

static json_t *answer_flows(struct daemon *d, json_t *request, struct server_answer *a)
{
	json_t *flows = json_array(), *routes = json_array();
	size_t room = ANSWER_ROOM;

	(void)request;
	(void)a;
	for (size_t i = 0; i < d->plan->n_flows; i++) {
		const struct flow *f = &d->plan->flows[i];

		json_array_append_new(flows,
				      json_pack("{s:s, s:s, s:I, s:I}", "flow", f->name, "file",
						d->plan->files[i], "steps", (json_int_t)f->n_steps,
						"contacts", contacts_in(d, f->name)));
	}
	room -= octets(flows);
	for (size_t i = 0; i < d->plan->n_routes; i++) {
		json_t *route = json_pack("{s:s, s:s}", "called", d->plan->routes[i].called, "flow",
					  d->plan->routes[i].flow);
		size_t n = octets(route);

		room -= n < room ? n : room;
		if (room)
			json_array_append(routes, route);
		json_decref(route);
	}
	return json_pack("{s:o, s:o}", "flows", flows, "routes", routes);
}

static json_t *answer_stats(struct daemon *d, json_t *request, struct server_answer *a)
{
	struct writer_news news;
	struct db_fill fill = {0};
	int rc = db_fill(d->db, &fill);

	(void)request;
	if (rc < 0)
		return refuse(a, "store", "%s", db_strerror(rc));
	writer_news(d->writer, &news);
	return json_pack(
		"{s:{s:b, s:s, s:I, s:I, s:I}, s:I, s:{s:I, s:I, s:I, s:I, s:I, s:s},"
		" s:{s:I, s:I, s:I}, s:I, s:I, s:I, s:I}",
		"engine", "connected", d->live, "instance", d->instance, "event",
		(json_int_t)d->event, "committed", (json_int_t)d->acks.told, "reconnects",
		(json_int_t)(d->hellos ? d->hellos - 1 : 0), "contacts", contacts_in(d, NULL),
		"records", "put", (json_int_t)news.put, "done", (json_int_t)news.done, "duplicates",
		(json_int_t)news.duplicates, "commits", (json_int_t)news.commits, "waiting",
		(json_int_t)(news.put - news.done), "error",
		news.error ? db_strerror(news.error) : "", "store", "map", (json_int_t)fill.map,
		"used", (json_int_t)fill.used, "calls", (json_int_t)fill.entries[DB_CALLS], "heap",
		(json_int_t)mallinfo2().uordblks, "refused_requests",
		(json_int_t)d->refused_requests, "failed_flows", (json_int_t)d->failed_flows,
		"uptime_s", (json_int_t)((uv_hrtime() - d->started_ns) / 1000000000));
}

/* ---- changing ------------------------------------------------------------------------------- */

static json_t *error_texts(const struct conf_errors *errs)
{
	json_t *list = json_array();
	size_t room = ANSWER_ROOM;
	char text[1024];

	for (size_t i = 0; i < errs->n; i++) {
		json_t *line;
		size_t n;

		conf_error_text(&errs->items[i], text, sizeof(text));
		line = json_string(text);
		n = octets(line);
		if (line && n < room) {
			json_array_append(list, line);
			room -= n;
		}
		json_decref(line);
	}
	return list;
}

static json_t *answer_reload(struct daemon *d, json_t *request, struct server_answer *a)
{
	struct conf_errors *errs;
	int rc;

	(void)request;
	if (!a->may_change)
		return refuse(a, "not-allowed", "reload: for root and the daemon's own user");
	errs = calloc(1, sizeof(*errs));
	if (!errs)
		return refuse(a, "store", "no memory");
	rc = daemon_reload(d, errs);
	if (rc < 0) {
		a->members = json_pack("{s:o}", "errors", error_texts(errs));
		refuse(a, "bad-config", "%zu errors, nothing was changed", errs->n + errs->more);
	}
	free(errs);
	return rc < 0 ? NULL : json_pack("{s:i}", "flows", rc);
}

/* ---- all of them ---------------------------------------------------------------------------- */

/* A member of @request besides id and do that is not in @allowed, words ended by spaces. */
static const char *unknown_member(json_t *request, const char *allowed)
{
	const char *name, *at;
	json_t *value;

	json_object_foreach(request, name, value)
	{
		size_t n = strlen(name);

		if (!strcmp(name, "id") || !strcmp(name, "do"))
			continue;
		at = n ? strstr(allowed, name) : NULL;
		if (!at || (at != allowed && at[-1] != ' ') || at[n] != ' ')
			return name;
	}
	return NULL;
}

json_t *server_answer(struct daemon *d, const char *what, json_t *request, struct server_answer *a)
{
	static const struct {
		const char *what, *members;
		json_t *(*answer)(struct daemon *d, json_t *request, struct server_answer *a);
	} requests[] = {
		{"calls", "last since before ", answer_calls},
		{"call", "call ", answer_call},
		{"contacts", "", answer_contacts},
		{"flows", "", answer_flows},
		{"stats", "", answer_stats},
		{"reload", "", answer_reload},
	};
	const char *unknown;

	for (size_t i = 0; i < sizeof(requests) / sizeof(requests[0]); i++) {
		if (strcmp(what, requests[i].what) != 0)
			continue;
		unknown = unknown_member(request, requests[i].members);
		if (unknown)
			return refuse(a, "bad-request", "%s: member \"%.60s\" is not known", what,
				      unknown);
		return requests[i].answer(d, request, a);
	}
	return refuse(a, "bad-request", "do: one of calls, call, contacts, flows, stats, reload");
}
