/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/contact/route.h"

#include <string.h>

static bool is_digit(char ch)
{
	return (ch >= '0' && ch <= '9') || ch == '#';
}

const char *route_pattern_ok(const char *pattern)
{
	size_t n = strlen(pattern);

	if (!n)
		return "is empty";
	for (size_t i = 0; i < n; i++) {
		if (pattern[i] == '*' && i + 1 < n)
			return "has a * that is not at the end";
		if (pattern[i] != '*' && pattern[i] != 'x' && !is_digit(pattern[i]))
			return "has a character that is no digit, x or *";
	}
	return NULL;
}

enum match { NO, MORE, FULL };

/* Do the digits fit, or could they with more of them? */
static enum match match(const char *pattern, const char *digits)
{
	for (; *pattern && *pattern != '*' && *digits; pattern++, digits++)
		if (*pattern != 'x' && *pattern != *digits)
			return NO;
		else if (*pattern == 'x' && !is_digit(*digits))
			return NO;
	if (*pattern == '*')
		return FULL;
	if (*pattern)
		return MORE;
	return *digits ? NO : FULL;
}

static bool is_open(const char *pattern)
{
	return pattern[strlen(pattern) - 1] == '*';
}

/* Exact digits count most, then not being open. */
static int rank(const char *pattern)
{
	int exact = 0;

	for (const char *p = pattern; *p; p++)
		exact += is_digit(*p);
	return exact * 2 + !is_open(pattern);
}

int route_find(const struct route *routes, size_t n, const char *called, bool complete)
{
	int best = ROUTE_NONE;
	bool more = false;

	for (size_t i = 0; i < n; i++) {
		enum match m = match(routes[i].called, called);

		/* A further digit may make it fit, or keeps it fitting. */
		if (m == MORE || (m == FULL && is_open(routes[i].called)))
			more = true;
		if (m != FULL)
			continue;
		if (best < 0 || rank(routes[i].called) > rank(routes[best].called))
			best = (int)i;
	}
	if (complete)
		return best;
	return more ? ROUTE_MORE : best;
}
