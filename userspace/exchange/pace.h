/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * When the exchange's next millisecond happens in real time. Pure: the clock is an argument.
 *
 * An own clock at absolute deadlines, caught up back to back when late, none skipped. But a
 * tick for which the far end's octets are not there yet, though it normally sends them,
 * is held: line time stands still for up to patience_ms, so that a stall of the far end or
 * of the machine costs no samples. The far end holds its ticks in the same way, so what is under
 * way between the two neither grows nor runs out. After patience_ms the far end is given up, and
 * line time goes on without it until it is heard again.
 *
 * A span whose far end has a clock of its own (slips), or to which a fault keeps us from
 * sending, is never waited for.
 */
#ifndef EXCHANGE_PACE_H
#define EXCHANGE_PACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "exchange/scenario.h"

struct pace_span {
	uint64_t received; /* datagrams, last seen */
	bool alive; /* something has come since the start, or since it was given up */
	bool dry; /* nothing waits for the next tick */
};

struct pace {
	double period_ns, deadline_ns;
	int64_t patience_ns;
	int64_t held_since; /* [ns], -1: not held */
	struct pace_span span[SCENARIO_SPANS];
	size_t n;
	/* totals */
	uint64_t ticks, holds, held_ns, given_up, late;
};

/** pace_init() - first tick at @now; @ppm: how much faster than nominal */
void pace_init(struct pace *p, size_t n_spans, int patience_ms, double ppm, int64_t now_ns);

/* What pace_heard() is told of a span. */
struct pace_news {
	uint64_t received; /* datagrams so far */
	unsigned int waiting; /* packets for the ticks to come */
	bool counts; /* false: never wait for this span now */
};

/** pace_heard() - before each pace_decide(), for each span */
void pace_heard(struct pace *p, size_t span, const struct pace_news *news);

/**
 * pace_decide() - Return: 0: run a tick now (it is counted), then ask again at once; else a
 * number above 0: wait for so many ns, or until a datagram comes
 */
int64_t pace_decide(struct pace *p, int64_t now_ns);

#endif
