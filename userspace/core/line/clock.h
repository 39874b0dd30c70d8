/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The system clock: which span it follows, how fast it goes, and whether the tick is due now.
 *
 * Three pure pieces for the realtime shell (in lockstep there is nothing to recover):
 *
 * clock_select() picks the reference among the spans.
 *
 * struct clock_loop turns arrivals on the reference into a correction of the tick rate, by a PI loop
 * on the fill of its jitter buffer. An arrival carries the fill with a resolution far below a packet:
 * fill = packets waiting - time since the last tick / 1 ms. Numbers: pull-in from CLOCK_RANGE_PPB
 * either way, at most 0.3 packets off on the way, within 1 ppm and 0.02 packets of the end after 60 s;
 * with 100 us rms of arrival jitter the correction stays within 1 ppm rms.
 *
 * struct clock_tick decides when the next millisecond happens. With an own clock: at absolute
 * deadlines, caught up back to back when late, none skipped. Recovered from a far end: a tick whose
 * reference has nothing waiting is held, time stands still, so that a stall of the far end (or of the
 * network) costs no samples; only after CLOCK_HOLDOVER_MS does it go on alone, until the reference is
 * back. What piled up meanwhile is caught up back to back until the target depth is reached. By blocks
 * there are no deadlines: time is what the reference brings, until it brings nothing for so long.
 */
#ifndef STROWGER_CORE_LINE_CLOCK_H
#define STROWGER_CORE_LINE_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

#define CLOCK_PERIOD_NS 1000000 /* a system tick: 8 samples */
#define CLOCK_RANGE_PPB                                                                            \
	100000 /* pull-in; G.703 allows an E1 +-50 ppm, a PC's crystal adds its own */
#define CLOCK_LIMIT_PPB   200000 /* most that is ever corrected, on the way there */
#define CLOCK_HOLDOVER_MS 200 /* default */
#define CLOCK_REFILL      2 /* packets that end a hold: those of the other spans are there too then */

/* ---- which span ---- */

struct clock_candidate {
	uint8_t priority; /* 1 = first choice; 0 = never a reference */
	uint32_t healthy_ms; /* for so long without LOS, LFA, AIS; 0 = has one now */
};

#define CLOCK_RESTORE_MS 10000 /* a better span must be healthy for so long before it takes over */
#define CLOCK_ACQUIRE_MS 100 /* the first one, when there is no other, for so long */

/**
 * clock_select() - pick the reference span
 * @c: spans, @n of them
 * @current: index in use, -1 = none
 *
 * The current one stays while it is healthy and nobody of better priority has been healthy for
 * CLOCK_RESTORE_MS. Equal priorities: the lower index.
 *
 * Return: index, or -1: run free.
 */
int clock_select(const struct clock_candidate *c, int n, int current);

/* ---- how fast ---- */

struct clock_loop {
	double error; /* [packets] smoothed fill minus the set point */
	double integral; /* [ppb] */
	bool primed;
	int32_t ppb;
};

void clock_loop_init(struct clock_loop *l);

/**
 * clock_loop_arrival() - a packet of the reference has arrived
 * @waiting: packets waiting, this one included
 * @target: depth aimed at
 * @since_tick_ns: since the last tick was due, clock_tick_phase()
 *
 * Set point: target - 0.5, so that arrivals fall in the middle between two ticks. A sample is
 * limited to 2 packets from the mean. When the next tick is overdue by half a period (it is held, or
 * this machine was stalled and reads old arrivals late) the time says nothing: no sample.
 */
void clock_loop_arrival(struct clock_loop *l, unsigned int waiting, unsigned int target,
			int64_t since_tick_ns);

/**
 * clock_loop_step() - a tick has happened
 * @locked: the reference is healthy; false keeps the last correction (holdover)
 *
 * Return: correction of the tick rate [ppb], positive = faster, within +-CLOCK_LIMIT_PPB.
 */
int32_t clock_loop_step(struct clock_loop *l, bool locked);

/* ---- now? ---- */

enum clock_mode {
	CLOCK_OWN,
	CLOCK_RECOVERED,
	CLOCK_BLOCKS, /* the reference brings blocks and they are the time: each is ticked at once */
};

struct clock_tick {
	enum clock_mode mode;
	int64_t deadline_ns;
	int32_t rest; /* [1/1000 ns] of the deadline */
	int64_t held_since; /* [ns], -1 = not held */
	int64_t holdover_ns;
	bool alone; /* reference given up for the moment */
	uint64_t ticks, held, held_ns, alone_ticks, late; /* totals; held: times, late: caught up */
};

enum clock_action {
	CLOCK_TICK, /* run a tick now, then ask again at once */
	CLOCK_WAIT, /* nothing until @until, or until a packet arrives on the reference */
	CLOCK_FREE_RUN, /* run a tick now although the reference has nothing: it gets erasures */
};

/**
 * clock_tick_init() - first tick at @now
 * @holdover_ms: how long a tick may be held, e.g. CLOCK_HOLDOVER_MS
 */
void clock_tick_init(struct clock_tick *t, int64_t now_ns, uint32_t holdover_ms);

/**
 * clock_tick_decide() - one pass of the realtime loop
 * @mode: CLOCK_RECOVERED if there is a reference (clock_select())
 * @now: monotonic clock [ns], read once for the pass
 * @waiting: packets in the reference's jitter buffer, @target: its target depth; ignored if OWN
 * @ppb: correction of the rate, applied to the period that begins
 * @until: on CLOCK_WAIT, when to ask again at the latest [ns]
 *
 * Context: any; O(1), no clock of its own. A tick answered is a tick taken: the caller must run it.
 * Return: what to do.
 */
enum clock_action clock_tick_decide(struct clock_tick *t, enum clock_mode mode, int64_t now,
				    unsigned int waiting, unsigned int target, int32_t ppb,
				    int64_t *until);

/* Time since the last tick was due [ns]. */
int64_t clock_tick_phase(const struct clock_tick *t, int64_t now);

#endif
