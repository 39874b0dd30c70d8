/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Digits taken out of audio that is kept, so that a card number typed in is not in the recording.
 *
 * Whether something is a digit is known when it has begun long since. So audio that is kept goes
 * through a delay that is longer than that, and what turns out to be a digit is replaced by
 * silence in it, from DIGITMUTE_MARGIN ahead of the tone's begin to as much after its end: edges
 * are known to 2 ms. All else comes out as it went in. What the detector has not judged yet when
 * the audio ends, DIGITMUTE_OPEN, is taken out unseen.
 */
#ifndef CORE_CHANNEL_DIGITMUTE_H
#define CORE_CHANNEL_DIGITMUTE_H

#include <stddef.h>
#include <stdint.h>

#include "core/channel/dtmf.h"

#define DIGITMUTE_MARGIN 40 /* samples: 5 ms */
#define DIGITMUTE_DELAY  (DTMF_BACK + DIGITMUTE_MARGIN + SPECTRUM_HOP) /* samples: 77 ms */
#define DIGITMUTE_OPEN   200 /* samples: half a window and four looks, 25 ms */

struct digitmute {
	uint8_t past[DIGITMUTE_DELAY];
	uint32_t at; /* where the next octet goes */
	uint8_t silence;
};

/** digitmute_init() - @silence so far: the first DIGITMUTE_DELAY octets out are that */
void digitmute_init(struct digitmute *m, uint8_t silence);

/**
 * digitmute_feed() - @n octets in, the @n of DIGITMUTE_DELAY octets ago out
 * @in, @out: may be the same. Context: any; no allocation.
 */
void digitmute_feed(struct digitmute *m, const uint8_t *in, uint8_t *out, size_t n);

/**
 * digitmute_cut() - silence in place of the octets that were fed @from to @to octets ago
 * @from, @to: @to is not among them, 0 is the next one to be fed; any numbers: what has come out
 * already, or not come in yet, is left alone
 */
void digitmute_cut(struct digitmute *m, int64_t from, int64_t to);

#endif
