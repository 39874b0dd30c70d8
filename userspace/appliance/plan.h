/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The site's plan: strowgerd's configuration and all its call flows, read together and
 * good as a whole. A call keeps the plan that it began with; a reload only decides for
 * the calls that come after it.
 */
#ifndef APPLIANCE_PLAN_H
#define APPLIANCE_PLAN_H

#include <stdint.h>

#include "appliance/clock.h"
#include "base/conf.h"
#include "base/names.h"
#include "core/contact/flow.h"
#include "core/contact/route.h"

#define PLAN_FLOWS_MAX  32
#define PLAN_ROUTES_MAX 256
#define PLAN_DAYS_MAX   400
#define SOCKET_PATH_MAX 108 /* sun_path */

struct plan_engine {
	char socket[SOCKET_PATH_MAX];
	int reconnect_ms;
};

struct plan_store {
	char dir[PATH_MAX_LEN];
	int map_mb;
};

struct plan {
	unsigned int refs; /* plan_get(), plan_put() */
	uint32_t site;
	char socket[SOCKET_PATH_MAX];
	struct plan_engine engine;
	struct plan_store store;
	char time_zone[64];
	char holidays[PLAN_DAYS_MAX][DATE_LEN], workdays[PLAN_DAYS_MAX][DATE_LEN];
	struct special_days days; /* the two lists above */
	char files[PLAN_FLOWS_MAX][PATH_MAX_LEN]; /* as written, relative to our file */
	struct flow flows[PLAN_FLOWS_MAX];
	size_t n_flows;
	struct route routes[PLAN_ROUTES_MAX];
	size_t n_routes;
};

/**
 * plan_load() - read configuration and flows
 * @errs: all errors of all files
 * Return: a plan with one reference, or NULL.
 */
struct plan *plan_load(const char *file, struct conf_errors *errs);

struct plan *plan_get(struct plan *p);
/** plan_put() - the last one frees it; NULL does nothing */
void plan_put(struct plan *p);

/** plan_flow() - by name, NULL if there is none */
const struct flow *plan_flow(const struct plan *p, const char *name);

#endif
