/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * disabler.h: 2100 Hz switches the canceller off for data (G.164, G.165, G.168 clause 7).
 *
 * Both directions are demodulated at 2100 Hz, 5 ms at a time. 2100 Hz whose phase turns each 450 ms
 * switches the canceller off; 2100 Hz alone (fax CED) leaves it on and holds the non-linear processor
 * off. Both last until both directions have been silent for a quarter of a second.
 *
 * Integer arithmetic, no call but memset(). Samples are 16 bit linear at 8 kHz, a sine of 0 dBm0 has
 * the peak 22828.
 */
#ifndef STROWGER_ECHOCAN_DISABLER_H
#define STROWGER_ECHOCAN_DISABLER_H

#include "types.h"

#define DISABLER_BLOCK 40 /* samples: 5 ms, ten and a half periods */

enum disabler_state {
	DISABLER_ON, /* nothing heard: the canceller works */
	DISABLER_FAX, /* 2100 Hz without reversals: it works, the non-linear processor does not */
	DISABLER_OFF, /* 2100 Hz with reversals: hands off */
};

/* One direction. */
struct disabler_side {
	int32_t re, im; /* of the block under way, Q10 */
	int64_t energy;
	int64_t band; /* energy of the block in the holding band */
	int32_t hp[4]; /* its high pass: last in, out, of each stage */
	uint16_t phase; /* of the last block of tone; 65536 is a turn */
	int16_t turn; /* how far it moves from block to block: frequency offset */
	uint16_t tone; /* blocks of tone, reversals included; 0: none */
	uint16_t gap; /* blocks without, since the last with */
	uint16_t since; /* blocks since the last reversal, 0: there was none */
	bool turned; /* the last block looked like a reversal, this one has to agree */
};

struct disabler {
	struct disabler_side far, near;
	uint16_t n; /* samples of the block under way */
	uint16_t quiet; /* blocks of silence both ways */
	uint8_t state;
};

/** disabler_init() - state DISABLER_ON */
void disabler_init(struct disabler *d);

/**
 * disabler_process() - hear @n samples of both directions
 * @far: Rin
 * @near: Sin
 * @n: any
 *
 * Tone: 2100 Hz +/- 21 Hz (not beyond 40), -31 dBm0 to full scale, at 11 dB above white noise. A reversal
 * is a turn of more than 132 degrees (180 +/- 25 acts, 110 does not); the second one acts, 450 +/- 40 ms
 * after the first. Tone alone is DISABLER_FAX after 200 ms.
 * Release: below -33.5 dBm0 between 300 and 3400 Hz, both ways, for 250 ms.
 *
 * The answer changes only each DISABLER_BLOCK samples, and does not depend on how the samples are cut.
 * Context: any; no lock, no allocation, no clock.
 * Source: ITU-T G.165 clause 4, G.168 clause 7.
 * Return: the state after the last sample
 */
enum disabler_state disabler_process(struct disabler *d, const int16_t *far, const int16_t *near,
				     int n);

#endif
