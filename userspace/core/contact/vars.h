/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The variables of a contact: a few short texts, and templates that use them.
 *
 * A template is text with {name} in it; "{{" is a brace. Bounded so that all of
 * it fits into the words that the engine keeps for us (contact_tag.h).
 */
#ifndef CORE_CONTACT_VARS_H
#define CORE_CONTACT_VARS_H

#include <stddef.h>
#include <stdint.h>

#include "core/contact/flow.h"

#define VARS_MAX       16 /* variables */
#define VAR_VALUE_MAX  64 /* octets of a value, with its 0 */
#define VARS_TOTAL_MAX 480 /* octets of all names and values together */

struct var {
	char name[FLOW_VAR_MAX];
	char value[VAR_VALUE_MAX];
};

struct vars {
	struct var list[VARS_MAX];
	uint8_t n;
};

/**
 * vars_set() - set or replace
 * @value: a longer one is cut at a whole UTF-8 character
 * Return: 0; 1 the value was cut; -ENOSPC no room (nothing is changed); -EINVAL bad name.
 */
int vars_set(struct vars *v, const char *name, const char *value);

/** vars_get() - Return: the value, or NULL if there is no such variable. */
const char *vars_get(const struct vars *v, const char *name);

/** var_name_ok() - a..z, then a..z 0..9 _, at most FLOW_VAR_MAX - 1 */
int var_name_ok(const char *name);

/* Looks a name up: value or NULL. */
typedef const char *var_lookup_fn(const void *ctx, const char *name);

/**
 * template_expand() - text with its variables filled in
 * @out: @size octets, always ended by 0; what does not fit is cut at a whole character
 * A variable without a value becomes nothing; so does the rest after a brace that is
 * never closed (flow_link() does not let such a template through).
 * Return: octets written without the 0.
 */
size_t template_expand(const char *template, var_lookup_fn *lookup, const void *ctx, char *out,
		       size_t size);

/**
 * template_next() - walk through the names in a template
 * @at: where to go on, the template itself at first; moved behind the name
 * Return: 1 and the name; 0 at the end; -EBADMSG for a brace not closed, an empty or
 * bad name.
 */
int template_next(const char **at, char name[FLOW_VAR_MAX]);

#endif
