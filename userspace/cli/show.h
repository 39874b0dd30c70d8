/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Members of answers as text, whether they are there or not.
 */
#ifndef CLI_SHOW_H
#define CLI_SHOW_H

#include <jansson.h>
#include <stddef.h>

/** show_text() - string member. Return: it, or "-" if absent or empty; lives with @object */
const char *show_text(const json_t *object, const char *name);
/** show_int() - integer member, 0 if absent */
long long show_int(const json_t *object, const char *name);
/** show_list() - strings of an array member with @between; "-" if none. Return: @buf */
const char *show_list(const json_t *object, const char *name, const char *between, char *buf,
		      size_t size);
/** show_utc() - seconds since 1970 as local "2026-11-22 13:05:09"; "-" if absent. Return: @buf */
const char *show_utc(const json_t *object, const char *name, char *buf, size_t size);
/** show_duration() - seconds as "1:02:03" or "2:03". Return: @buf */
const char *show_duration(double seconds, char *buf, size_t size);

#endif
