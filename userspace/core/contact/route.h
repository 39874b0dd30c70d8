/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which flow answers which called number.
 */
#ifndef CORE_CONTACT_ROUTE_H
#define CORE_CONTACT_ROUTE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/names.h"
#include "core/contact/flow.h"

/*
 * A pattern: digits stand for themselves, x for any digit, a last "*" for any further
 * digits (none included).
 */
struct route {
	char called[NUMBER_MAX];
	char flow[FLOW_NAME_MAX];
};

#define ROUTE_NONE (-1) /* no route, and no further digit can change that */
#define ROUTE_MORE (-2) /* further digits decide */

/**
 * route_find() - the most special route of a called number
 * @called: digits received so far
 * @complete: no further digits will come
 *
 * Of several that match the one with the most exact digits wins, then the one without
 * "*", then the first. While the number is not complete a route is taken only when
 * further digits cannot lead to another one and its pattern has no "*".
 *
 * Return: index, ROUTE_NONE or ROUTE_MORE.
 */
int route_find(const struct route *routes, size_t n, const char *called, bool complete);

/** route_pattern_ok() - NULL, or what is wrong with a pattern */
const char *route_pattern_ok(const char *pattern);

#endif
