/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Between a channel and its recording: both tracks pass a short delay in which digits can still be
 * taken out (core/channel/digitmute.h). The file does not show the delay: each sample is put with
 * the time at which it was heard, and what is left in the delay is put at the end.
 *
 * Digits of whoever is heard on a track are taken out when all of this recording is without
 * digits, or while that party's are private; a digit that begins while they are is taken out to
 * its end.
 */
#ifndef ENGINE_TAPE_H
#define ENGINE_TAPE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/channel/digitmute.h"
#include "engine/recorder.h"

enum tape_track { TAPE_FROM_LINE, TAPE_TO_LINE, TAPE_TRACKS };

/* Who is heard on a track. */
struct tape_voice {
	const struct dtmf *dtmf; /* listens to him; NULL: nobody who could type */
	bool is_private; /* his digits are, now */
};

struct tape {
	struct recording *recording; /* NULL: none */
	bool no_digits;
	int64_t begin,
		next; /* sample time of the first octet; of the next one, once it has begun */
	bool begun;
	struct digitmute delay[TAPE_TRACKS];
	const struct dtmf *dtmf[TAPE_TRACKS]; /* of the last put */
	bool cutting[TAPE_TRACKS]; /* a digit that is heard now */
	int64_t armed[TAPE_TRACKS]; /* until then digits that are found are cut */
};

/** tape_start() - @recording is lent until tape_end(); @no_digits: in all of it */
void tape_start(struct tape *t, struct recording *recording, bool no_digits);

/**
 * tape_put() - the octets of one tick
 * @sample: time of the first; ticks follow each other without a gap
 * @octets: of each track, A-law, @n up to SPECTRUM_HOP
 * @voice: of each track; its detector has looked at these octets
 * Context: media thread; no allocation, no system call.
 */
void tape_put(struct tape *t, int64_t sample, const uint8_t *const octets[TAPE_TRACKS],
	      const struct tape_voice voice[TAPE_TRACKS], uint32_t n);

/** tape_end() - what is still in the delay; the recording is not touched after that */
void tape_end(struct tape *t);

#endif
