/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One B-channel on the media thread: what it plays, records, detects, and whom it
 * hears. A tick is 8 samples: first chan_rx() of all channels, then chan_tx() of all,
 * so that a bridge adds no delay.
 *
 * Inside, audio is A-law; a mu-law line is converted (G.711 tables 3 and 4), except
 * between two lines of the same law, which hear each other transparently.
 */
#ifndef ENGINE_CHAN_H
#define ENGINE_CHAN_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "core/channel/level.h"
#include "core/channel/source.h"
#include "engine/config.h"
#include "engine/detect.h"
#include "engine/echo.h"
#include "engine/msg.h"
#include "engine/tape.h"

#define TICK_SAMPLES 8

/* Where a channel's events go. */
struct chan_sink {
	void (*event)(void *ctx, const struct media_event *ev);
	void *ctx;
};

struct chan {
	struct chan_id id;
	enum span_law law;
	bool open;
	uint32_t leg; /* for which it is open */
	struct chan *peer; /* bridged with; NULL none. Always mutual */
	struct detect *detect;
	uint32_t asked; /* DETECT_ bits whose results are wanted; taking out digits needs more */
	bool is_private; /* what is typed here goes into no recording */
	struct echo *echo; /* NULL: this span has no echo cancelling */
	bool data; /* the call's octets are not audio */
	struct source source;
	struct playlist *list; /* being played; NULL none */
	uint32_t play_op;
	unsigned int
		lag_ms; /* until what is said has left for the line; playing ends then, echo begins */
	unsigned int leaving_ms; /* of what was played */
	struct tape tape; /* to the recording */
	uint32_t record_op;
	int64_t silence, silent_for; /* samples */
	int64_t record_left; /* samples until the recording is full */
	struct level_meter level; /* from the line */
	_Atomic uint64_t level_power; /* copy for other threads */
	uint8_t line_rx[TICK_SAMPLES]; /* as received, without echo */
	uint8_t rx[TICK_SAMPLES]; /* A-law */
};

/**
 * chan_init() - allocates detectors and echo canceller; before the media thread runs
 * @echo_tail_ms: 0: no echo cancelling
 * @plan: what is listened for, outlives it; NULL: usual digits, no tones of the network
 * Return: 0 or -ENOMEM, then chan_free() is due all the same.
 */
int chan_init(struct chan *c, struct chan_id id, enum span_law law, unsigned int echo_tail_ms,
	      const struct detect_plan *plan);
void chan_free(struct chan *c);

/** chan_command() - carry out one command; @peer is the channel of cmd->peer or NULL */
void chan_command(struct chan *c, struct chan *peer, const struct media_cmd *cmd, int64_t sample,
		  const struct chan_sink *sink);

/** chan_rx() - 8 octets from the line, first sample @sample */
void chan_rx(struct chan *c, int64_t sample, const uint8_t octets[TICK_SAMPLES],
	     const struct chan_sink *sink);
/** chan_tx() - 8 octets to the line */
void chan_tx(struct chan *c, int64_t sample, uint8_t octets[TICK_SAMPLES],
	     const struct chan_sink *sink);

/** chan_idle_octet() - what an unused channel sends and an erasure sounds like */
uint8_t chan_idle_octet(enum span_law law);

#endif
