/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "engine/tape.h"

#include <string.h>

#include "core/channel/g711.h"

void tape_start(struct tape *t, struct recording *recording, bool no_digits)
{
	memset(t, 0, sizeof(*t));
	t->recording = recording;
	t->no_digits = no_digits;
	for (int i = 0; i < TAPE_TRACKS; i++)
		digitmute_init(&t->delay[i], ALAW_IDLE);
}

/* What came out of the delay, @sample being the time of its first octet. */
static void put(struct tape *t, int64_t sample, const uint8_t out[TAPE_TRACKS][SPECTRUM_HOP],
		uint32_t n)
{
	uint32_t before = 0; /* octets that were never fed */

	if (sample < t->begin)
		before = t->begin - sample < n ? (uint32_t)(t->begin - sample) : n;
	if (before < n)
		recording_put(t->recording, sample + before, out[TAPE_FROM_LINE] + before,
			      out[TAPE_TO_LINE] + before, n - before);
}

/* Is the end of what came so far not to be kept unseen? */
static bool is_armed(const struct tape *t, int i, int64_t now)
{
	return t->cutting[i] || now < t->armed[i];
}

/* @now: time of the next octet to be fed. */
static void cut_digits(struct tape *t, int i, const struct tape_voice *v, int64_t now)
{
	struct digitmute *m = &t->delay[i];
	int64_t from, to;

	/* Somebody else from now on: nobody will say what the last one was about to type. */
	if (v->dtmf != t->dtmf[i] && is_armed(t, i, now)) {
		digitmute_cut(m, DIGITMUTE_OPEN, 0);
		t->armed[i] = now;
	}
	t->dtmf[i] = v->dtmf;
	if (v->dtmf && (t->no_digits || v->is_private))
		t->armed[i] = now + DIGITMUTE_OPEN;
	if (!v->dtmf || !dtmf_heard(v->dtmf, &from, &to)) {
		t->cutting[i] = false;
		return;
	}
	t->cutting[i] = is_armed(t, i, now);
	if (t->cutting[i])
		digitmute_cut(m, now - from + DIGITMUTE_MARGIN, now - to - DIGITMUTE_MARGIN);
}

void tape_put(struct tape *t, int64_t sample, const uint8_t *const octets[TAPE_TRACKS],
	      const struct tape_voice voice[TAPE_TRACKS], uint32_t n)
{
	uint8_t out[TAPE_TRACKS][SPECTRUM_HOP];

	if (!t->begun)
		t->begin = sample;
	t->begun = true;
	for (int i = 0; i < TAPE_TRACKS; i++) {
		cut_digits(t, i, &voice[i], sample);
		digitmute_feed(&t->delay[i], octets[i], out[i], n);
	}
	put(t, sample - DIGITMUTE_DELAY, out, n);
	t->next = sample + n;
}

void tape_end(struct tape *t)
{
	static const uint8_t nothing[SPECTRUM_HOP];
	uint8_t out[TAPE_TRACKS][SPECTRUM_HOP];

	for (int i = 0; i < TAPE_TRACKS; i++) {
		if (is_armed(t, i, t->next))
			digitmute_cut(&t->delay[i], DIGITMUTE_OPEN, 0);
	}
	for (uint32_t done = 0; t->begun && done < DIGITMUTE_DELAY;) {
		uint32_t n = DIGITMUTE_DELAY - done;

		if (n > SPECTRUM_HOP)
			n = SPECTRUM_HOP;
		for (int i = 0; i < TAPE_TRACKS; i++)
			digitmute_feed(&t->delay[i], nothing, out[i], n);
		put(t, t->next + done - DIGITMUTE_DELAY, out, n);
		done += n;
	}
	t->recording = NULL;
}
