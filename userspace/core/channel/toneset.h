/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * All tones of one channel out of one analysis: what a detector of a channel is made of.
 *
 *	spectrum.h   a look at the last 16 ms each 4 ms
 *	dtmf.h       digits
 *	puretone.h   the strongest tone of a look
 *	faxtone.h    CNG, answering tones, phase reversals, V.21 flags
 *	progress.h   call-progress tones of a plan, and the milliwatt
 *	here         continuity tones
 *
 * What is not asked for costs nothing.
 */
#ifndef CORE_CHANNEL_TONESET_H
#define CORE_CHANNEL_TONESET_H

#include <stddef.h>
#include <stdint.h>

#include "core/channel/dtmf.h"
#include "core/channel/faxtone.h"
#include "core/channel/progress.h"

#define TONESET_DIGITS     1u
#define TONESET_CNG        2u
#define TONESET_ANSWER     4u /* ANS, ANSam, reversals, V.21 */
#define TONESET_PROGRESS   8u /* needs a plan */
#define TONESET_CONTINUITY 16u /* check tones of Q.724 and of North America: 2000, 2010, 1780 Hz */
#define TONESET_ALL        31u

enum toneset_type {
	TONESET_DIGIT, /* digit */
	TONESET_FAX, /* fax */
	TONESET_NETWORK, /* progress */
	TONESET_CHECK, /* continuity: hz, at its begin */
};

struct toneset_event {
	enum toneset_type type;
	int64_t at; /* sample after the one that decided it */
	union {
		struct dtmf_event digit;
		struct faxtone_event fax;
		struct progress_event progress;
		struct {
			int64_t at;
			float hz, dbm0;
		} check;
	};
};

/* Of one look. */
#define TONESET_EVENTS (DTMF_EVENTS + FAXTONE_EVENTS + PROGRESS_EVENTS + 2)

struct toneset {
	struct spectrum spectrum;
	struct dtmf dtmf;
	struct faxtone fax;
	struct progress progress;
	struct puretone_watch check[2];
	unsigned flags;
	bool check_told[2];
};

/**
 * toneset_init() - nothing heard, nothing looked for
 * @rule, @plan: must outlive it; @plan may be NULL: no call-progress tones
 * @phase: of the looks, spectrum_init()
 */
void toneset_init(struct toneset *t, const struct dtmf_rule *rule, const struct progress_plan *plan,
		  unsigned phase);

/**
 * toneset_set() - choose what is looked for, TONESET_ bits
 * Detectors that were off start anew, those that stay on go on; a digit that is being heard when
 * digits are switched off gets no end.
 */
void toneset_set(struct toneset *t, unsigned flags);

/**
 * toneset_feed() - next samples, up to the next look
 * @sample: time of the first one
 * @pcm: @n samples, 16 bit linear
 * @ev: receives up to TONESET_EVENTS events
 * @events: set to how many
 * Rate: 8000 samples a second and channel. Context: any; no allocation.
 * Return: samples taken, all @n unless a look came before.
 */
size_t toneset_feed(struct toneset *t, int64_t sample, const int16_t *pcm, size_t n,
		    struct toneset_event *ev, unsigned *events);

#endif
