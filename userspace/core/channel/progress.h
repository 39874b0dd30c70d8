/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Call-progress tones as a plan has them (core/channel/tone.h): dial, ringback, busy, congestion,
 * special information, vacant number, ..., and continuous test tones.
 *
 * What is heard is cut into tones and pauses, edges +/-2 ms. A tone of two frequencies close
 * together is one tone at their mean. Cadences decide, 425 and 450 Hz do not: a frequency may be
 * 25 Hz off, on and off times 15 % and 15 ms. A cadence of one or two steps is told when its first
 * has come again and most of the pause after it, within two cycles; a longer one after its last step, a
 * continuous tone when it has lasted longer than any other of its frequency may.
 *
 * Sources: ITU-T E.180, Q.35; GB/T 3380; E.180 5.5 for special information tones.
 */
#ifndef CORE_CHANNEL_PROGRESS_H
#define CORE_CHANNEL_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

#include "core/channel/puretone.h"
#include "core/channel/tone.h"

/* One tone of a plan in what is measured. */
struct progress_step {
	float hz; /* mean; 0: silence */
	int32_t on, off; /* samples */
};

struct progress_tone {
	struct progress_step step[TONE_STEPS_MAX];
	int32_t lasts; /* continuous: told after so many samples; else 0 */
	uint8_t n_steps; /* 0: is not looked for */
};

/* A plan ready to be listened for. Const once made; listeners point to it. */
struct progress_plan {
	struct progress_tone tone[TONE_COUNT];
};

/**
 * progress_compile() - what a plan's tones look like to the listener
 * Tones that it cannot tell are left out: howlers (louder step by step, or frequencies more than
 * 250 Hz apart), and those that are the same as one before them in enum tone_name.
 */
void progress_compile(const struct tone_plan *plan, struct progress_plan *listen);

struct progress_event {
	enum tone_name tone;
	bool over; /* it was told, and has ended or become something else */
	int64_t at; /* begin of the part that decided it; over: its end */
	float hz; /* as measured, mean of the frequencies */
	float dbm0;
};

#define PROGRESS_EVENTS 2 /* of one look: one is over, another begins */

/* How far one tone of the plan agrees with what was heard. */
struct progress_match {
	uint8_t step; /* whose on or off is next */
	uint8_t steps; /* agreed in a row */
};

struct progress {
	const struct progress_plan *plan;
	struct progress_match match[TONE_COUNT];
	float power, moment, all; /* sums over the tone: its bins, the same times bin, all */
	int64_t start, end; /* of the tone under way, or of the last one */
	uint32_t looks;
	uint8_t state, run, bin; /* looks that agree before it is a tone; its middle */
	uint8_t missed;
	int16_t told; /* enum tone_name, -1 none */
	int16_t waiting; /* agrees up to its last on, -1 none */
};

/** progress_init() - silence so far; @plan must outlive it */
void progress_init(struct progress *g, const struct progress_plan *plan);

/**
 * progress_look() - take in the look that was just finished
 * @p: its strongest tone
 * @end: time of the sample after the look's last
 * @ev: receives up to PROGRESS_EVENTS events
 * Context: any; no allocation. Return: events.
 */
int progress_look(struct progress *g, const struct spectrum *s, const struct puretone *p,
		  int64_t end, struct progress_event *ev);

#endif
