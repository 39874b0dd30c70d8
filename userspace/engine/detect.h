/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Tone detectors of a channel: DTMF digits and fax tones, by SpanDSP.
 *
 * The only file that includes SpanDSP's detectors is detect.c. One object a channel,
 * allocated before the media thread runs; from then on no allocation, no output, no
 * call into foreign code: results are left in the object.
 *
 * DTMF is looked at in blocks of 102 samples (12.75 ms). A digit begins when two blocks
 * in a row agree; its begin and end are therefore known to one block: see detect_event.
 */
#ifndef ENGINE_DETECT_H
#define ENGINE_DETECT_H

#include <stddef.h>
#include <stdint.h>

#define DETECT_DTMF 1u
#define DETECT_CNG  2u /* 1100 Hz of a calling fax machine (T.30 4.3.3.2) */
#define DETECT_CED                                                                                 \
	4u /* 2100 Hz of an answering one, also with phase reversals and AM (V.25, V.8) */

#define DETECT_BLOCK_MAX  160 /* samples a feed */
#define DETECT_EVENTS_MAX 8 /* results of one feed; a feed cannot give more */

enum detect_type {
	DETECT_DIGIT_BEGIN, /* digit, level_dbm0; start is the begin of the digit */
	DETECT_DIGIT_END, /* digit; start and end */
	DETECT_TONE_CNG,
	DETECT_TONE_CED,
};

struct detect_event {
	enum detect_type type;
	char digit; /* 0-9 * # A-D */
	int64_t at; /* sample after the one that decided it */
	int64_t start; /* DETECT_DIGIT_*: estimate, +/-102 samples of the truth */
	int64_t end; /* DETECT_DIGIT_END: estimate, likewise; else 0 */
	int level_dbm0; /* DETECT_DIGIT_BEGIN: both frequencies together, else 0 */
};

struct detect {
	struct detect_event ev[DETECT_EVENTS_MAX]; /* of the last feed */
	unsigned n_ev;
	unsigned flags;
};

/** detect_new() - Return: a detector that is off, or NULL without memory */
struct detect *detect_new(void);
void detect_free(struct detect *d);

/**
 * detect_set() - choose what is looked for, DETECT_ bits
 * Detectors that were off start anew, those that stay on go on; a digit that is being
 * heard when DTMF is switched off gets no end. Context: media thread; no allocation.
 */
void detect_set(struct detect *d, unsigned flags);

/**
 * detect_feed() - next samples
 * @sample: time of the first one
 * @pcm: @n samples, 16 bit linear, n 0..DETECT_BLOCK_MAX
 * Context: media thread. Return: results, d->ev[0 .. n_ev - 1].
 */
unsigned detect_feed(struct detect *d, int64_t sample, const int16_t *pcm, size_t n);

#endif
