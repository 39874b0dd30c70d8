/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is played on a channel: a short list of clips, tones and silences.
 *
 * Clips are copied octet by octet: what was in the sound file is what goes to the
 * line. The list is filled first and then read; nothing is allocated or freed, the
 * octets and tone programs belong to the caller until the source has ended.
 */
#ifndef CORE_CHANNEL_SOURCE_H
#define CORE_CHANNEL_SOURCE_H

#include <stddef.h>
#include <stdint.h>

#include "core/channel/tone.h"

#define SOURCE_ITEMS_MAX 64
#define SOURCE_FOREVER   0 /* rounds: until stopped */

enum source_kind { SOURCE_CLIP, SOURCE_TONE, SOURCE_SILENCE };

struct source_item {
	enum source_kind kind;
	const uint8_t *octets; /* SOURCE_CLIP: A-law */
	const struct tone_prog *tone; /* SOURCE_TONE */
	/*
	 * Samples. Clip: its length. Tone: cut after this many, 0 until it ends by
	 * itself. Silence: its length, 0 without end.
	 */
	uint64_t n;
};

enum source_state {
	SOURCE_IDLE, /* nothing was added */
	SOURCE_PLAYING,
	SOURCE_ENDED, /* played to its end */
	SOURCE_STOPPED, /* by source_stop() before its end */
};

struct source {
	struct source_item item[SOURCE_ITEMS_MAX];
	unsigned n_items, at; /* items, item being played */
	uint32_t rounds, round; /* rounds wanted (SOURCE_FOREVER), rounds finished */
	uint64_t pos; /* samples into the item */
	uint64_t round_start; /* value of total when this round began */
	uint64_t total; /* samples given out since source_init() */
	struct tone tone; /* of a SOURCE_TONE item being played */
	enum source_state state;
};

/**
 * source_init() - empty list
 * @rounds: how often the list is played; SOURCE_FOREVER
 */
void source_init(struct source *s, uint32_t rounds);

/**
 * source_add() - append an item, before or while playing
 * Return: 0; -ENOSPC at SOURCE_ITEMS_MAX; -EINVAL: unknown kind, or no octets or tone;
 * -EPROTO when the source has ended or was stopped.
 */
int source_add(struct source *s, const struct source_item *item);

/**
 * source_read() - the next octets for the line
 * @out: @n octets are wanted
 *
 * A source whose list holds no sample at all ends at once, also when it loops.
 *
 * Context: media thread; at most one pass through the list without output.
 * Return: octets written; less than @n only when it is no longer SOURCE_PLAYING.
 * The caller fills the rest with ALAW_IDLE.
 */
size_t source_read(struct source *s, uint8_t *out, size_t n);

/** source_stop() - no further octets; does nothing when it has ended already */
void source_stop(struct source *s);

#endif
