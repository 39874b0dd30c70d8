/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "appliance/plan.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "appliance/flowfile.h"

/* Checks get a pointer to the value: for a string that is the text itself. */
static const char *check_date(const void *value)
{
	return clock_date_ok(value);
}

static const char *check_zone(const void *value)
{
	return clock_zone_ok(value);
}

static const char *check_pattern(const void *value)
{
	return route_pattern_ok(value);
}

static const struct conf_field route_fields[] = {
	{"called", CONF_STRING, conf_at(route, called), .required = true, .min = 1,
	 .check = check_pattern, .help = "digits, x for any digit, * at the end for the rest"},
	{"flow", CONF_STRING, conf_at(route, flow), .required = true, .min = 1,
	 .help = "the name of a flow"},
	{0}};

static const struct conf_group route_group = {.size = sizeof(struct route), .fields = route_fields};

static const struct conf_field engine_fields[] = {
	{"socket", CONF_STRING, conf_at(plan_engine, socket), .def = "/run/strowger/engine.sock",
	 .min = 1, .help = "the engine's control socket"},
	{"reconnect_ms", CONF_INT, conf_at(plan_engine, reconnect_ms), .def = "250", .min = 10,
	 .max = 60000, .help = "pause before it is called again"},
	{0}};

static const struct conf_field store_fields[] = {
	{"dir", CONF_STRING, conf_at(plan_store, dir), .def = "/var/lib/strowger/store", .min = 1,
	 .help = "folder of the store; made if it is not there"},
	{"map_mb", CONF_INT, conf_at(plan_store, map_mb), .def = "1024", .min = 1, .max = 1048576,
	 .help = "most that the store may grow to [MiB]"},
	{0}};

static const struct conf_group engine_group = {.size = sizeof(struct plan_engine),
					       .fields = engine_fields};
static const struct conf_group store_group = {.size = sizeof(struct plan_store),
					      .fields = store_fields};

static const char *check_flow_file(const void *value);
static void check_plan(void *group, struct conf_place *at);

static const struct conf_field plan_fields[] = {
	{"site", CONF_INT, conf_at(plan, site), .required = true, .min = 1, .max = 65535,
	 .help = "this site's number, part of each call's"},
	{"time_zone", CONF_STRING, conf_at(plan, time_zone), .required = true, .min = 1,
	 .check = check_zone, .help = "a name such as \"Asia/Shanghai\""},
	{"socket", CONF_STRING, conf_at(plan, socket), .def = "/run/strowger/strowgerd.sock",
	 .min = 1, .help = "our own control socket"},
	{"engine", CONF_GROUP, conf_at(plan, engine), .group = &engine_group},
	{"store", CONF_GROUP, conf_at(plan, store), .group = &store_group},
	{"flows", CONF_STRINGS, conf_items(plan, files, n_flows), .required = true, .min_items = 1,
	 .min = 1, .check = check_flow_file, .help = "files with call flows"},
	{"routes", CONF_LIST, conf_items(plan, routes, n_routes), .group = &route_group,
	 .required = true, .min_items = 1},
	{"holidays", CONF_STRINGS, conf_items(plan, holidays, days.n_holidays), .check = check_date,
	 .help = "dates such as \"2026-10-01\""},
	{"workdays", CONF_STRINGS, conf_items(plan, workdays, days.n_workdays), .check = check_date,
	 .help = "working days moved to a weekend, such as \"2026-10-10\""},
	{0}};

static const struct conf_group plan_group = {
	.size = sizeof(struct plan), .fields = plan_fields, .check = check_plan};

/* ---- the flows that a configuration names --------------------------------------------------- */

/*
 * A check gets the value and nothing else, but a flow's file has to be found beside
 * ours, and its errors have to go somewhere. Loading happens on one thread only.
 */
static struct {
	const char *file;
	struct flow flows[PLAN_FLOWS_MAX];
	size_t n;
	struct conf_errors *errors, *one; /* of all flow files, of one */
} loading;

static void append_errors(struct conf_errors *to, const struct conf_errors *from)
{
	for (size_t i = 0; i < from->n; i++)
		if (to->n < CONF_ERRORS_MAX)
			to->items[to->n++] = from->items[i];
		else
			to->more++;
	to->more += from->more;
}

static const struct flow *find_flow(const struct flow *flows, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (!strcmp(flows[i].name, name))
			return &flows[i];
	return NULL;
}

static const char *check_flow_file(const void *value)
{
	const char *slash = strrchr(loading.file, '/'), *name = value;
	int folder = name[0] != '/' && slash ? (int)(slash + 1 - loading.file) : 0;
	char path[2 * PATH_MAX_LEN];
	struct flow *f;

	if (loading.n == PLAN_FLOWS_MAX)
		return "is one file too many";
	f = &loading.flows[loading.n];
	snprintf(path, sizeof(path), "%.*s%s", folder, loading.file, name);
	if (flowfile_load(path, f, loading.one) < 0) {
		append_errors(loading.errors, loading.one);
		return "cannot be used: see the errors of that file";
	}
	if (find_flow(loading.flows, loading.n, f->name)) {
		flowfile_free(f);
		return "has the name of another flow";
	}
	loading.n++;
	return NULL;
}

static void check_routes(const struct plan *p, struct conf_place *at)
{
	char setting[48];

	for (size_t i = 0; i < p->n_routes; i++) {
		snprintf(setting, sizeof(setting), "routes[%zu].flow", i);
		if (!find_flow(loading.flows, loading.n, p->routes[i].flow))
			conf_fail(at, setting, "the \"name\" in one of the files of \"flows\"",
				  "there is no flow \"%s\"", p->routes[i].flow);
		for (size_t k = 0; k < i; k++) {
			if (strcmp(p->routes[k].called, p->routes[i].called) != 0)
				continue;
			snprintf(setting, sizeof(setting), "routes[%zu].called", i);
			conf_fail(at, setting, "each number once", "\"%s\" is there twice",
				  p->routes[i].called);
			break;
		}
	}
}

static void check_plan(void *group, struct conf_place *at)
{
	check_routes(group, at);
}

static void take_flows(struct plan *p)
{
	memcpy(p->flows, loading.flows, sizeof(p->flows));
	p->n_flows = loading.n;
	p->days.holidays = p->holidays;
	p->days.workdays = p->workdays;
	p->refs = 1;
}

static void forget_flows(void)
{
	for (size_t i = 0; i < loading.n; i++)
		flowfile_free(&loading.flows[i]);
}

struct plan *plan_load(const char *file, struct conf_errors *errs)
{
	struct plan *p = calloc(1, sizeof(*p));
	int rc = -ENOMEM;

	memset(&loading, 0, sizeof(loading));
	loading.file = file;
	loading.errors = calloc(1, sizeof(*loading.errors));
	loading.one = calloc(1, sizeof(*loading.one));
	errs->n = errs->more = 0;
	if (p && loading.errors && loading.one) {
		rc = conf_load(file, &plan_group, p, errs);
		append_errors(errs, loading.errors);
	}
	free(loading.errors);
	free(loading.one);
	if (rc == 0) {
		take_flows(p);
		return p;
	}
	forget_flows();
	free(p);
	return NULL;
}

struct plan *plan_get(struct plan *p)
{
	p->refs++;
	return p;
}

void plan_put(struct plan *p)
{
	if (!p || --p->refs)
		return;
	for (size_t i = 0; i < p->n_flows; i++)
		flowfile_free(&p->flows[i]);
	free(p);
}

const struct flow *plan_flow(const struct plan *p, const char *name)
{
	return find_flow(p->flows, p->n_flows, name);
}
