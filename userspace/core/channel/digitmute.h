/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Digits taken out of audio that is kept, so that a card number typed in is not in the recording.
 *
 * Audio goes through a delay that is longer than a digit takes to be suspected (the third look
 * that sees it: 8 + 3 * 4 ms after its begin, and a look's cut), and what was said before that is
 * taken back: from DIGITMUTE_BEFORE ahead of the suspicion until the tone is over for good, so
 * that neither attack nor end remains. Where nothing is suspected the samples are the same, only
 * later. Speech that is suspected for a moment loses that moment: 40 ms, at most.
 */
#ifndef CORE_CHANNEL_DIGITMUTE_H
#define CORE_CHANNEL_DIGITMUTE_H

#include <stddef.h>
#include <stdint.h>

#define DIGITMUTE_DELAY 320 /* samples: 40 ms later than it came */

struct digitmute {
	int16_t past[DIGITMUTE_DELAY];
	uint32_t at; /* where the next sample goes */
	uint32_t after; /* samples still to be taken out as they come */
};

/** digitmute_init() - silence so far; the first DIGITMUTE_DELAY samples out are silence */
void digitmute_init(struct digitmute *m);

/**
 * digitmute_feed() - @n samples in, the @n of DIGITMUTE_DELAY samples ago out
 * @sounds: dtmf_sounds() after the last of @in was looked at; @n up to SPECTRUM_HOP
 * @in, @out: may be the same. Context: any; no allocation.
 */
void digitmute_feed(struct digitmute *m, int sounds, const int16_t *in, int16_t *out, size_t n);

#endif
