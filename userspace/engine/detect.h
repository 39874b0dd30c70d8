/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Tone detectors of a channel on the media thread: digits, fax tones, tones of the network, all
 * out of one analysis (core/channel/toneset.h). One object a channel, allocated before the media
 * thread runs; from then on no allocation and no output: results are left in the object.
 *
 * Begins and ends are those of the tone on the line, +/-2 ms at 20 dB SNR. A digit is told once it
 * has lasted as long as the country's plan asks (36 ms with the usual one) and 8 to 12 ms later;
 * its end 25 to 30 ms after it, when it can no longer be a break.
 */
#ifndef ENGINE_DETECT_H
#define ENGINE_DETECT_H

#include <stddef.h>
#include <stdint.h>

#include "core/channel/toneset.h"

#define DETECT_DTMF     TONESET_DIGITS
#define DETECT_CNG      TONESET_CNG /* 1100 Hz of a calling fax machine (T.30 4.3.3.2) */
#define DETECT_CED      TONESET_ANSWER /* 2100 Hz of an answering one, V.21 flags */
#define DETECT_PROGRESS TONESET_PROGRESS /* busy and the like; only with a plan */

#define DETECT_BLOCK_MAX  SPECTRUM_HOP /* samples a feed: one look at most */
#define DETECT_EVENTS_MAX TONESET_EVENTS /* results of one feed */

/* What a country's digits and tones are. */
struct detect_plan {
	struct dtmf_rule digits;
	struct progress_plan progress;
};

struct detect {
	struct toneset_event ev[DETECT_EVENTS_MAX]; /* of the last feed */
	unsigned n_ev;
	unsigned flags;
	struct toneset tones;
	struct dtmf_rule usual; /* without a plan */
};

/** detect_compile() - of a tone plan. Return: 0, -EINVAL: its limits for digits are wrong */
int detect_compile(const struct tone_plan *tones, struct detect_plan *plan);

/**
 * detect_new() - a detector that is off
 * @plan: outlives it; NULL: usual digits, no tones of the network
 * @phase: samples its looks are ahead of those of phase 0: channels take turns
 * Return: NULL without memory.
 */
struct detect *detect_new(const struct detect_plan *plan, unsigned phase);
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
