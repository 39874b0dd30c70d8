/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What happened when, in milliseconds of line time: what the line does to the framer, and what the
 * driver does about it. A millisecond is the grain: what the driver does in the interrupt of
 * millisecond n is entered for n + 1.
 * Pure.
 */
#ifndef CARD_TRACE_H
#define CARD_TRACE_H

#include <stdint.h>

#include "framer.h"
#include "pld.h"

#define TRACE_KEPT 512

/**
 * enum trace_what - what has changed
 * @TRACE_FRS0, @TRACE_FRS1: status of the framer
 * @TRACE_SENT: 1 RAI, 2 AIS, 4 CAS remote alarm are sent
 * @TRACE_LED: board logic's LED register
 * @TRACE_CAS_IN: n << 8 | octet: RSn+1 has new bits from the line
 * @TRACE_CAS_SEEN: the driver has read them
 * @TRACE_CAS_OUT: the driver has written XSn+1
 */
enum trace_what {
	TRACE_FRS0,
	TRACE_FRS1,
	TRACE_SENT,
	TRACE_LED,
	TRACE_CAS_IN,
	TRACE_CAS_SEEN,
	TRACE_CAS_OUT,
	TRACES
};

extern const char *const trace_names[TRACES];

/**
 * struct trace_event - one change
 * @value: what it is now
 */
struct trace_event {
	uint64_t ms;
	uint8_t what;
	uint16_t value;
};

/**
 * struct trace - the last TRACE_KEPT changes: number i of @total is event[i % TRACE_KEPT]; zeros at
 * first. The other fields are what was there at the millisecond before.
 */
struct trace {
	uint64_t total;
	struct trace_event event[TRACE_KEPT];
	uint8_t frs0, frs1, sent, led;
	uint8_t in[16], seen[16], out[16];
};

/** trace_ms() - a millisecond has passed, number @ms */
void trace_ms(struct trace *t, uint64_t ms, const struct framer *f, const struct pld *p);

#endif
