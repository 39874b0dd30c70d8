/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * When the exchange's next millisecond happens in real time. Pure: the clock is an argument.
 *
 * An own clock at absolute deadlines, caught up back to back when late, none skipped. But the
 * exchange does not run away from a far end that stalls (a busy machine): when it is
 * window_ms ahead of what came back, line time stands still for up to patience_ms, so that the
 * stall costs no samples. Then the far end is given up, and line time goes on without it until
 * it is heard again.
 *
 * "Ahead" is ticks less datagrams received, less the smallest such difference of the last
 * PACE_MEMORY ticks, so that neither a constant delay nor a clock offset counts.
 */
#ifndef EXCHANGE_PACE_H
#define EXCHANGE_PACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "exchange/scenario.h"

#define PACE_MEMORY 4096 /* [ticks] */

struct pace_span {
	uint64_t received; /* datagrams, last seen */
	bool alive; /* something has come since the start, or since it was given up */
	int64_t base; /* ticks - received that is no lead */
	int64_t least; /* of the present period of PACE_MEMORY */
};

struct pace {
	double period_ns, deadline_ns;
	int64_t window, patience_ns;
	int64_t ticks;
	int64_t held_since; /* [ns], -1: not held */
	struct pace_span span[SCENARIO_SPANS];
	size_t n;
	/* totals */
	uint64_t holds, held_ns, given_up, late;
};

/** pace_init() - first tick at @now; @ppm: how much faster than nominal */
void pace_init(struct pace *p, size_t n_spans, int window_ms, int patience_ms, double ppm,
	       int64_t now_ns);

/**
 * pace_heard() - before each pace_decide(), for each span
 * @received: datagrams so far
 * @sending: false while a fault keeps us from sending; then the span does not count
 */
void pace_heard(struct pace *p, size_t span, uint64_t received, bool sending);

/**
 * pace_decide() - Return: 0: run a tick now (it is counted), then ask again at once; else a
 * number above 0: wait for so many ns, or until a datagram comes
 */
int64_t pace_decide(struct pace *p, int64_t now_ns);

#endif
