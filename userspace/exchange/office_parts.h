/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Inside of the office: office.c (time), office_calls.c (callers and their channels). */
#ifndef EXCHANGE_OFFICE_PARTS_H
#define EXCHANGE_OFFICE_PARTS_H

#include "core/call/hunt.h"
#include "exchange/office.h"
#include "exchange/taper.h"
#include "exchange/timeline.h"

#define SLOT_NONE (-1)

/* A caller and its place. */
struct slot {
	struct caller caller;
	bool used;
	bool collecting; /* a call to us whose number is not complete yet */
	uint16_t class; /* as in struct call_record */
	int trunk, timeslot; /* timeslot 0: none */
	uint32_t call; /* of the ISDN link; 0: none */
	char called[NUMBER_MAX], calling[NUMBER_MAX];
	struct taper *taper;
	uint32_t heard; /* FNV-1a */
	size_t traced_step; /* last one in the event trace */
};

struct class_state {
	struct arrivals arrivals;
	struct dice dice; /* of the numbers */
	uint32_t made; /* numbers given out */
	unsigned int up, waiting; /* waiting: for a channel */
};

struct office {
	struct office_cfg cfg;
	const struct scenario *sc;
	struct trunk *trunks; /* sc->n_spans */
	uint64_t alarm_changes[SCENARIO_SPANS];
	int16_t at[SCENARIO_SPANS][E1_OCTETS]; /* slot on a timeslot, SLOT_NONE */
	struct slot *slots;
	int n_slots;
	int16_t *active; /* slots in use, in the order in which they came */
	int n_active;
	int most;
	struct class_state classes[SCENARIO_CLASSES];
	struct number_pattern patterns[SCENARIO_ANSWERS];
	struct report report;
	struct timeline timeline;
	uint32_t next_id;
	enum office_state state;
	int64_t tick; /* ms, of the tick at hand */
	int64_t start; /* tick that is time 0 of the scenario */
	int64_t stopped; /* tick from which no new calls come; -1: they still come */
	int64_t idle; /* tick since which all is done; -1: it is not */
	bool stop; /* asked for */
};

static inline int64_t office_now(const struct office *o)
{
	return o->tick * TRUNK_TICK;
}

/** office_note() - a line for the event trace, about @s (NULL: none) on @t (NULL: none) */
void office_note(struct office *o, const struct trunk *t, const struct slot *s, const char *fmt,
		 ...) __attribute__((format(printf, 4, 5)));

/** calls_event() - trunk hook */
void calls_event(void *ctx, struct trunk *t, const struct isdn_event *ev);
/** calls_arrive() - new callers of this tick, and those who wait, as far as there are channels */
void calls_arrive(struct office *o, bool new_ones);
/** calls_tick() - each caller hears and speaks; those who are done leave */
void calls_tick(struct office *o);
/** calls_fail() - all callers that are still there are over now, as unfinished */
void calls_fail(struct office *o, const char *why);
/** calls_forget() - calls of a span that starts anew: they are released with cause 41 */
void calls_forget(struct office *o, const struct trunk *t);

#endif
