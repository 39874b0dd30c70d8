/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Elastic store: frames come at the far end's rate, 8 leave each system millisecond.
 *
 * What the two rates do not agree on comes out as a controlled slip: one frame (125 us, all
 * timeslots together) is deleted or repeated, and counted. The decision is made on the smoothed fill,
 * which is everything between the cable and here in frames: packets waiting in the jitter buffer
 * times 8, plus frames waiting in the store. Packets come in lumps of 8 frames, so the fill is
 * smoothed (time constant ELASTIC_TAU ticks, each sample limited to ELASTIC_CLAMP frames from the
 * mean so that a stall of some 100 ms does not pass for a rate), and slips begin only
 * ELASTIC_HYSTERESIS frames off the centre: 12 frames lie between a deletion and a repetition, which
 * is more than the lump. A rate offset of X ppm then slips X * 0.008 times a second in the long run
 * (lumped: 8 slips for each packet), and none occur without offset.
 *
 * The centre is the fill itself, averaged over the first ELASTIC_SETTLE ticks after a (re)start. A fill
 * that stays beyond ELASTIC_CLAMP for ELASTIC_JUMP ticks has not drifted there: the delay has jumped,
 * which is no slip but a new centre.
 *
 * Arithmetic is integral (1/65536 frame): the same on every machine.
 * Source: ITU-T Q.551/G.822 (controlled slip of a frame).
 */
#ifndef STROWGER_CORE_LINE_ELASTIC_H
#define STROWGER_CORE_LINE_ELASTIC_H

#include <stdbool.h>
#include <stdint.h>

#include "core/span/e1.h"

#define ELASTIC_FRAMES     32 /* room: one packet is 8 or 9 frames, at most two wait */
#define ELASTIC_TICK       8 /* frames read a tick */
#define ELASTIC_TAU        2048 /* [ticks] */
#define ELASTIC_CLAMP      16 /* [frames] */
#define ELASTIC_HYSTERESIS 6 /* [frames] either side of the centre */
#define ELASTIC_SETTLE     2048 /* [ticks] until the centre is fixed */
#define ELASTIC_JUMP       500 /* [ticks] */

enum elastic_slip { ELASTIC_REPEAT = -1, ELASTIC_STEADY = 0, ELASTIC_DELETE = 1 };

struct elastic {
	struct e1_frame frame[ELASTIC_FRAMES];
	struct e1_frame last; /* last read: what a repetition repeats */
	unsigned int head, count;
	int32_t mean, centre; /* [frames / 65536] */
	uint32_t beyond; /* [ticks] in a row */
	uint32_t settled; /* [ticks] so far, up to ELASTIC_SETTLE */
	uint64_t deleted, repeated; /* [frames] controlled slips */
	uint64_t dropped; /* [frames] deleted on request, see elastic_drop() */
	uint64_t starved; /* [frames] read when there were none: filler */
	uint64_t overflow; /* [frames] pushed when full: lost */
};

void elastic_init(struct elastic *e);

/* Forget the mean: the stream begins anew (frames in the store stay). */
void elastic_restart(struct elastic *e);

/**
 * elastic_push() - a frame from the deframer
 * Return: 0, -ENOBUFS if full (counted, dropped).
 */
int elastic_push(struct elastic *e, const struct e1_frame *f);

/**
 * elastic_decide() - once a tick, before the reads: does this tick slip?
 * @waiting: frames waiting before the store (8 a packet in the jitter buffer); less what the port
 *           that the clock follows has too many, so that only a difference from its rate slips
 *
 * Return: the slip that elastic_read() has to make in this tick, so that the caller can provide the
 * frames: it needs ELASTIC_TICK + the returned value.
 */
enum elastic_slip elastic_decide(struct elastic *e, int waiting);

/**
 * elastic_read() - the 8 frames of this tick
 * @slip: what elastic_decide() said
 * @filler: used (and counted as starved) for frames that are not there
 *
 * Context: any; O(1), no lock, no allocation, no clock.
 */
void elastic_read(struct elastic *e, enum elastic_slip slip, const struct e1_frame *filler,
		  struct e1_frame out[ELASTIC_TICK]);

/**
 * elastic_drop() - throw away frames to shorten the delay, a lump at a time
 * @n: frames, at most what is there
 *
 * Counted as dropped, not as slips: the clocks are not to blame. Mean and centre follow.
 * Return: frames dropped.
 */
unsigned int elastic_drop(struct elastic *e, unsigned int n);

/* Smoothed fill [frames / 65536]. */
int32_t elastic_fill(const struct elastic *e);

/* Smoothed fill minus centre [frames / 65536]; 0 until settled. */
int32_t elastic_error(const struct elastic *e);

#endif
