/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a caller hears: the last two seconds of its line, and watchers that read them.
 *
 * The ear only keeps octets. A watcher has a cursor of its own into them, so that a
 * step of the script can begin to listen where an earlier one stopped, or where its
 * digits began: what came meanwhile is read in one go. Positions are received octets
 * of this ear since ear_init(), 8000 a second.
 *
 * Pure; nothing is allocated. A watcher that falls more than EAR_RING behind loses the
 * oldest octets (its cursor moves on).
 */
#ifndef EXCHANGE_HEAR_H
#define EXCHANGE_HEAR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/channel/tone.h"

#define EAR_RING 16384 /* [octets], 2.048 s */

struct ear {
	int64_t pos; /* octets heard so far */
	uint8_t ring[EAR_RING];
};

enum hear_result { HEAR_WAIT, HEAR_DONE, HEAR_WRONG };

void ear_init(struct ear *e);
/** ear_hear() - the next @n octets from the line, A-law; @n at most EAR_RING */
void ear_hear(struct ear *e, const uint8_t *octets, size_t n);
/** ear_at() - the octet at a position between ear_oldest() and e->pos - 1 */
static inline uint8_t ear_at(const struct ear *e, int64_t pos)
{
	return e->ring[pos & (EAR_RING - 1)];
}
/** ear_oldest() - first position still kept */
int64_t ear_oldest(const struct ear *e);

/* ---- speech and silence ---- */

#define LEVEL_BLOCK 80 /* [samples] level is judged every 10 ms */

/*
 * Speech: want_ms of blocks at or above the level, pauses not counted. Silence: want_ms of
 * blocks below it without a break. Ended: speech_ms of speech, and then silence.
 */
enum level_kind { LEVEL_SPEECH, LEVEL_SILENCE, LEVEL_ENDED };

struct level_watch {
	enum level_kind kind;
	int64_t at;
	double limit; /* mean square */
	int want_ms, speech_ms;
	int loud_ms, quiet_ms; /* so far */
};

/**
 * level_watch_begin() - @level: [dBm0]; @from: position
 * @speech_ms: LEVEL_ENDED only, speech that must have been there before
 */
void level_watch_begin(struct level_watch *w, enum level_kind kind, int64_t from, double level,
		       int want_ms, int speech_ms);
/** level_watch_run() - Return: HEAR_WAIT or HEAR_DONE, then w->at is behind the last block used */
enum hear_result level_watch_run(struct level_watch *w, const struct ear *e);

/* ---- tones of the network ---- */

#define TONE_BLOCK        200 /* [samples] 25 ms: tells 425 Hz from 450 Hz */
#define TONE_TOLERANCE_MS 50 /* or a tenth of the part, whichever is more */
#define TONE_LONG_MS      1000 /* a pause this long is known for what it is by then */
#define TONE_ENDLESS_MS   2000 /* a continuous tone by then: longer than any part of a cadence */

struct tone_watch {
	const struct tone_prog *tone;
	int64_t at;
	double coef[TONE_FREQS_MAX]; /* Goertzel, 2 cos w */
	bool on; /* the part of the cadence that lasts now */
	int ms; /* its length so far */
	unsigned int part; /* of the cadence, on and off counted apart, expected now */
	unsigned int matched; /* parts in a row that were right */
};

/**
 * tone_watch_begin() - @tone: must outlive the watch
 * A tone is recognised by its frequencies (at least 60 % of the power, at least -35 dBm0) and
 * by one whole cadence; a continuous one by TONE_ENDLESS_MS.
 */
void tone_watch_begin(struct tone_watch *w, int64_t from, const struct tone_prog *tone);
enum hear_result tone_watch_run(struct tone_watch *w, const struct ear *e);

#endif
