/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The exchange without sockets and clocks: spans, callers on their channels, numbers that
 * answer, and the faults of the scenario's timeline, all advanced by office_tick().
 *
 * One thread. Each millisecond: office_receive() for the datagrams that have come, then
 * office_tick(), which gives the datagrams of this tick to the send hook. Two offices can
 * be joined in one process (as tests do).
 *
 * Nothing happens to callers before every D-channel is up: that tick is time 0 of the
 * scenario's start_ms and at_ms.
 */
#ifndef EXCHANGE_OFFICE_H
#define EXCHANGE_OFFICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "exchange/pace.h"
#include "exchange/report.h"
#include "exchange/scenario.h"
#include "exchange/trunk.h"

#define OFFICE_LINK_MS 30000 /* D-channels must be up within this line time */

struct office; /* opaque */

struct office_cfg {
	const struct scenario *scenario; /* with sounds loaded; outlives the office */
	const char *record_dir; /* for recordings, NULL: none are made */
	const char *trace_dir; /* for D-channel traces, NULL: none */
	FILE *events; /* one line an event with its tick, NULL: none */
	int seconds; /* no new calls after; 0: as the scenario says */
	void (*send)(void *ctx, int span, const uint8_t *datagram, size_t len);
	void *ctx;
};

/**
 * office_new() - Return: 0 and *@out; -ENOMEM; -EINVAL with a sentence in @why
 */
int office_new(struct office **out, const struct office_cfg *cfg, char *why, size_t size);
void office_free(struct office *o);

void office_receive(struct office *o, int span, const uint8_t *datagram, size_t len);

/** office_tick() - the next millisecond */
void office_tick(struct office *o);

/** office_stop() - make no new calls; those that are there finish */
void office_stop(struct office *o);
/** office_abort() - all calls are over at once, failed as unfinished */
void office_abort(struct office *o);

enum office_state {
	OFFICE_STARTING, /* D-channels are not all up yet */
	OFFICE_RUNNING,
	OFFICE_OVER, /* everything was done */
	OFFICE_DEAD, /* a D-channel did not come up in time */
};

struct office_status {
	enum office_state state;
	int64_t tick; /* ms of line time since office_new() */
	unsigned int up; /* calls that are there, waiting for a channel not counted */
	unsigned int waiting; /* callers without a channel */
	unsigned int most; /* calls there at once so far */
};

void office_status(const struct office *o, struct office_status *st);

/* What is known of one span. */
struct office_span_status {
	const char *name;
	bool in_service, link_up;
	unsigned int channels, busy;
	uint32_t alarms; /* declared */
	uint64_t alarm_changes;
	uint64_t received; /* datagrams */
	bool cut; /* by a fault: nothing is sent */
	uint64_t lost_frames; /* D-channel frames taken away by a fault */
	struct pw_port_status line;
	struct impair_counters network;
	struct hdlc_link_stats hdlc;
	struct isdn_link_stats isdn;
};

/** office_span() - Return: 0, -ENOENT */
int office_span(const struct office *o, int span, struct office_span_status *st);

/** office_news() - of a span, for the pacing of real time; O(1) */
void office_news(const struct office *o, int span, struct pace_news *news);

const struct report *office_report(const struct office *o);

#endif
