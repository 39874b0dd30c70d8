/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/call/hunt.h"

#include <errno.h>
#include <string.h>

#define TIMESLOTS 0xfffffffeu /* timeslot 0 is framing */

static const char *const rules[HUNT_RULES] = {
	[HUNT_ASCENDING] = "ascending",     [HUNT_DESCENDING] = "descending",
	[HUNT_ROUND_ROBIN] = "round_robin", [HUNT_LEAST_RECENT] = "least_recent",
	[HUNT_MOST_IDLE] = "most_idle",
};

const char *hunt_rule_str(enum hunt_rule rule)
{
	return (unsigned)rule < HUNT_RULES ? rules[rule] : "?";
}

int hunt_rule_find(const char *text)
{
	for (int i = 0; i < HUNT_RULES; i++) {
		if (strcmp(rules[i], text) == 0)
			return i;
	}
	return -ENOENT;
}

enum hunt_rule hunt_glare_rule(bool network_side)
{
	return network_side ? HUNT_ASCENDING : HUNT_DESCENDING;
}

static uint32_t idle_of(const struct hunt_span *s)
{
	return s->weight ? s->idle & TIMESLOTS : 0;
}

static uint8_t lowest(uint32_t idle)
{
	return (uint8_t)__builtin_ctz(idle);
}

static uint8_t highest(uint32_t idle)
{
	return (uint8_t)(31 - __builtin_clz(idle));
}

static struct hunt_channel ascending(const struct hunt_span *spans, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		if (idle_of(&spans[i]))
			return (struct hunt_channel){(uint8_t)i, lowest(idle_of(&spans[i]))};
	}
	return (struct hunt_channel){0, 0};
}

static struct hunt_channel descending(const struct hunt_span *spans, unsigned n)
{
	for (unsigned i = n; i-- > 0;) {
		if (idle_of(&spans[i]))
			return (struct hunt_channel){(uint8_t)i, highest(idle_of(&spans[i]))};
	}
	return (struct hunt_channel){0, 0};
}

static struct hunt_channel round_robin(const struct hunt_span *spans, unsigned n,
				       struct hunt_channel last)
{
	if (last.timeslot >= 1 && last.timeslot <= 31 && last.span < n) {
		/* What is left of the last span, then the spans after it. */
		uint32_t rest =
			idle_of(&spans[last.span]) & (uint32_t)(~0ull << (last.timeslot + 1));
		struct hunt_channel later;

		if (rest)
			return (struct hunt_channel){last.span, lowest(rest)};
		later = ascending(spans + last.span + 1, n - last.span - 1);
		if (later.timeslot) {
			later.span = (uint8_t)(later.span + last.span + 1);
			return later;
		}
	}
	return ascending(spans, n);
}

static struct hunt_channel least_recent(const struct hunt_span *spans, unsigned n)
{
	struct hunt_channel best = {0, 0};
	int64_t oldest = 0;

	for (unsigned i = 0; i < n; i++) {
		for (uint32_t idle = idle_of(&spans[i]); idle; idle &= idle - 1) {
			uint8_t ts = lowest(idle);

			if (best.timeslot == 0 || spans[i].released[ts] < oldest) {
				best = (struct hunt_channel){(uint8_t)i, ts};
				oldest = spans[i].released[ts];
			}
		}
	}
	return best;
}

static uint32_t count(uint32_t idle)
{
	uint32_t n = 0;

	for (; idle; idle &= idle - 1)
		n++;
	return n;
}

static struct hunt_channel most_idle(const struct hunt_span *spans, unsigned n)
{
	uint32_t most = 0;
	unsigned at = 0;

	for (unsigned i = 0; i < n; i++) {
		uint32_t score = count(idle_of(&spans[i])) * spans[i].weight;

		if (score > most) {
			most = score;
			at = i;
		}
	}
	if (most == 0)
		return (struct hunt_channel){0, 0};
	return (struct hunt_channel){(uint8_t)at, spans[at].descending
							  ? highest(idle_of(&spans[at]))
							  : lowest(idle_of(&spans[at]))};
}

int hunt_pick(enum hunt_rule rule, const struct hunt_span *spans, unsigned n,
	      struct hunt_channel *last)
{
	struct hunt_channel got = {0, 0};

	if (n > HUNT_SPANS_MAX)
		return -EINVAL;
	switch (rule) {
	case HUNT_ASCENDING: got = ascending(spans, n); break;
	case HUNT_DESCENDING: got = descending(spans, n); break;
	case HUNT_ROUND_ROBIN: got = round_robin(spans, n, *last); break;
	case HUNT_LEAST_RECENT: got = least_recent(spans, n); break;
	case HUNT_MOST_IDLE: got = most_idle(spans, n); break;
	default: return -EINVAL;
	}
	if (got.timeslot == 0)
		return -EBUSY;
	*last = got;
	return 0;
}
