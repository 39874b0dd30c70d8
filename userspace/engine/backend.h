/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A span as the media thread sees it, whatever carries it: a pseudowire or a DAHDI span. The
 * media thread ticks each millisecond; a backend whose own block is longer keeps the difference
 * in itself.
 *
 * All functions are called by the media thread, none may wait, allocate or log, except open and
 * close (main thread, before and after), attach and detach.
 */
#ifndef ENGINE_BACKEND_H
#define ENGINE_BACKEND_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/line/jitter.h"
#include "core/span/e1.h"

/* Alarm beside those of core/span/e1.h and core/line/pw_port.h: the device is not there (any more). */
#define LINE_ABSENT 0x400

struct span_cfg;
struct backend;

/* Frames received on the D-channel: HDLC contents without flags and FCS. */
typedef void (*backend_dchan)(void *ctx, const uint8_t *frame, size_t len);

/* What the technician sees of a span; a copy, all counters since the start. */
struct span_line_stats {
	uint32_t alarms; /* declared, as alarms() below */
	uint32_t defects; /* at this moment */
	struct e1_counters e1; /* near end, and of the far end the E-bits */
	bool crc4; /* CRC-4 is in use: both ends send it, or it is missing where it is due */
	/* packets of a pseudowire; milliseconds of a DAHDI span: lost on the way in */
	uint64_t received, lost, late, duplicate, reordered, refused;
	uint64_t lost_tx; /* DAHDI: milliseconds lost on the way out */
	uint64_t stray, resyncs; /* of another numbering; times that one was taken over */
	uint64_t sent, slips_deleted, slips_repeated, pauses;
	uint32_t depth, target; /* jitter buffer [ms] */
	uint64_t depth_seen[JITTER_SLOTS + 1]; /* histogram: ms of depth just before each tick */
	uint64_t hdlc_rx_frames, hdlc_tx_frames, hdlc_fcs_errors, hdlc_aborts, hdlc_tx_refused;
};

struct backend_ops {
	const char *name; /* "pseudowire" */

	/** @why receives a sentence on failure. Return: 0 or negative errno. */
	int (*open)(struct backend **out, const struct span_cfg *cfg, backend_dchan dchan,
		    void *ctx, char *why, size_t size);
	void (*close)(struct backend *b);

	/**
	 * Take the device into service, at the start and whenever it may have come back. Waits: any
	 * thread but the media thread, one at a time, and only while absent() says so. NULL: a
	 * backend without a device. @why receives what was found, or what is wrong and what to do.
	 * Return: 0 or negative errno; -ENODEV: not there
	 */
	int (*attach)(struct backend *b, char *why, size_t size);
	/** let go of a device that has gone; as attach() */
	void (*detach)(struct backend *b);
	/** is there no device in service? any thread */
	bool (*absent)(const struct backend *b);

	/**
	 * Before the thread runs: ticks will come a block at a time, as soon as the reference has
	 * one. Asked of all spans or of none. NULL: wants them evenly
	 */
	void (*by_block)(struct backend *b);
	/** descriptor that is readable when something has arrived, -1: nothing is due */
	int (*fd)(const struct backend *b);
	/** take in what has arrived */
	void (*receive)(struct backend *b);
	/** milliseconds waiting in the receive buffer and how many are aimed at */
	void (*waiting)(const struct backend *b, unsigned *waiting, unsigned *target);
	/** follow this span with the system clock, or no longer */
	void (*reference)(struct backend *b, bool on);
	/** to the others: milliseconds that wait there beyond its target; @fresh: it is a new one */
	void (*common)(struct backend *b, int beyond, bool fresh);
	/** milliseconds until what is given to tick_tx() has left for the line, beyond what a
	 *  D-channel frame takes; NULL: none */
	unsigned int (*lag)(const struct backend *b);
	/** a channel begins or ends to carry a call; NULL: all the same to the backend */
	void (*use)(struct backend *b, int timeslot, bool on);
	/** one millisecond received; D-channel frames that end in it go to the callback */
	void (*tick_rx)(struct backend *b, struct e1_frame frames[E1_FRAMES_PER_MS]);
	/** one millisecond to send; timeslot 0 and the D-channel's are the backend's */
	void (*tick_tx)(struct backend *b, uint8_t frames[E1_FRAMES_PER_MS][E1_OCTETS]);
	/** queue a D-channel frame. Return: 0 or -ENOBUFS */
	int (*dchan_send)(struct backend *b, const uint8_t *frame, size_t len);
	/** alarms declared for service now, E1_* and PW_* (core/line/pw_port.h) */
	uint32_t (*alarms)(const struct backend *b);
	/** defects of this moment, E1_* and PW_* */
	uint32_t (*defects)(const struct backend *b);
	void (*stats)(const struct backend *b, struct span_line_stats *st);
	/** CAS: abcd of a timeslot, received and to send; -ENOTSUP without CAS */
	int (*cas_get)(const struct backend *b, int timeslot);
	int (*cas_set)(struct backend *b, int timeslot, uint8_t abcd);

	/** lockstep: wait for the far end's tick, announce ours (engine/wire.h); a DAHDI span's
	 *  tick is a millisecond of its line */
	int (*lock_wait)(struct backend *b, uint64_t tick, const atomic_bool *stop);
	void (*lock_send)(struct backend *b, uint64_t tick);
};

extern const struct backend_ops backend_pseudowire, backend_dahdi;

/** backend_find() - by name in the configuration; NULL: unknown */
const struct backend_ops *backend_find(const char *name);

#endif
