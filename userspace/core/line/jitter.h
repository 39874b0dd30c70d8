/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Jitter buffer of one pseudowire: puts packets in order, hides their lateness, tells loss from
 * lateness.
 *
 * Time is counted in gets, one a millisecond of line time; an arrival is only known to lie before a
 * certain get, so the same code runs on a clock and in lockstep. Depth is counted in packets as seen
 * just before a get: from the packet whose turn it is up to the newest that arrived, holes included. A packet that arrives at depth n is played by
 * the n-th get from then on.
 *
 * The packets' own timeline is never changed: each packet is either delivered once, or reported as
 * missing once. If the buffer runs dry the timeline stands still (JITTER_NONE) until it is known what
 * happened. Then the packets that really were lost have had their time in the pause and are only
 * reported (jitter_out.skipped); the rest of the pause was lateness, and has made the buffer deeper.
 *
 * Up fast: each pause deepens the buffer by its length at once and raises the target by a packet.
 * Down slowly: the target falls by one packet after JITTER_CALM gets without a pause, to the
 * configured depth. Removing packets is not done here (see elastic.h): data is never thrown away
 * unless JITTER_SLOTS are full.
 *
 * Source: RFC 4553 6.2 (buffer, loss of packets state), RFC 5604 (default 10 out, 2 in).
 */
#ifndef STROWGER_CORE_LINE_JITTER_H
#define STROWGER_CORE_LINE_JITTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/line/satop.h"

#define JITTER_SLOTS    128 /* [packets] = 128 ms, most that is ever held */
#define JITTER_AHEAD    16 /* [packets] a number may jump ahead without further proof */
#define JITTER_RESYNC   4 /* consecutive packets that prove any other jump */
#define JITTER_IDLE     128 /* [gets] dry for so long: the stream has ended, the next one is new */
#define JITTER_CALM     60000 /* [gets] without a pause until the target falls by one */
#define JITTER_LOPS_IN  10 /* consecutive packets missing: loss of packets state */
#define JITTER_LOPS_OUT 2 /* consecutive packets there: it ends */

enum jitter_kind {
	JITTER_DATA, /* a packet */
	JITTER_ERASED, /* the packet whose turn it is was lost (or comes too late) */
	JITTER_NONE, /* nothing there: no stream, filling up, or run dry */
};

/**
 * struct jitter_out - what one get yields
 * @kind: see enum jitter_kind
 * @seq: sequence number (DATA, ERASED)
 * @l: L bit of the packet: the payload is to be replaced by all ones
 * @payload: SATOP_PAYLOAD octets, valid until the next put; NULL unless DATA with a payload
 * @skipped: packets lost before this one whose time has passed in a pause already: count them into
 *	the bit stream as erased, but do not spend line time on them; 0..JITTER_SLOTS
 */
struct jitter_out {
	enum jitter_kind kind;
	uint16_t seq;
	bool l;
	const uint8_t *payload;
	unsigned int skipped;
};

/*
 * All since jitter_init(), never reset.
 * received = delivered + late + duplicate + stray + discarded + those in the buffer.
 */
struct jitter_counters {
	uint64_t received; /* packets put, whatever became of them */
	uint64_t delivered; /* packets got as DATA */
	uint64_t lost; /* packets missing at their turn, each counted once */
	uint64_t late; /* arrived after their turn, by which they had been counted as lost */
	uint64_t duplicate; /* arrived a second time */
	uint64_t reordered; /* arrived after a higher number, still in time */
	uint64_t stray; /* numbering fits nowhere: dropped until the far end is consistent */
	uint64_t resyncs; /* new numbering adopted */
	uint64_t
		discarded; /* thrown away: JITTER_SLOTS full, or the numbering changed under them */
	uint64_t pauses; /* times the buffer ran dry and packets were late, not lost */
	uint64_t none; /* gets that found nothing */
};

enum jitter_state { JITTER_EMPTY, JITTER_FILLING, JITTER_PLAYING, JITTER_DRY };

struct jitter_slot {
	bool full, l, omitted;
	uint8_t payload[SATOP_PAYLOAD];
};

struct jitter {
	struct jitter_slot slot[JITTER_SLOTS]; /* by seq % JITTER_SLOTS, next..newest */
	bool played[JITTER_SLOTS]; /* by seq: was there at its turn, next-128..next-1 */
	enum jitter_state state;
	bool fresh; /* nothing of this numbering has been played yet */
	uint16_t next, newest; /* empty: newest = next - 1 */
	uint16_t base, target, max; /* [packets] */
	unsigned int dry; /* [gets] since it ran dry, or since the last put while filling */
	unsigned int skipped; /* not yet reported, see struct jitter_out */
	uint32_t calm; /* [gets] */
	uint16_t stray_next;
	unsigned int stray_run;
	unsigned int missing_run, there_run; /* [gets] */
	bool lops;
	struct jitter_counters n;
	uint64_t depth_seen[JITTER_SLOTS + 1]; /* gets by the depth they found, while playing */
};

/**
 * jitter_init() - empty buffer
 * @j: caller's memory, about 35 KB, no pointers outside
 * @target: depth to fill to before the first packet is played, and floor of the adaptation; 1..max
 * @max: ceiling of the adaptation; at most JITTER_SLOTS
 *
 * Return: 0, -EINVAL if out of range.
 */
int jitter_init(struct jitter *j, uint16_t target, uint16_t max);

/**
 * jitter_put() - a packet has arrived
 * @p: as satop_parse() gave it; copied
 *
 * Context: any; O(1) but after an overrun or resynchronisation, then O(JITTER_SLOTS).
 * Return: 0 if kept, -EALREADY duplicate, -ESTALE late, -EPROTO stray (all counted).
 */
int jitter_put(struct jitter *j, const struct satop_packet *p);

/**
 * jitter_get() - a millisecond of line time has passed: what belongs there?
 *
 * Context: any; O(1), no lock, no allocation, no clock.
 */
void jitter_get(struct jitter *j, struct jitter_out *out);

/**
 * jitter_depth() - packets (holes included) from the next to be played to the newest
 * Return: 0..JITTER_SLOTS.
 */
unsigned int jitter_depth(const struct jitter *j);

/* Loss of packets state (LOPS): to be told to the far end by the R bit. */
bool jitter_lops(const struct jitter *j);

#endif
