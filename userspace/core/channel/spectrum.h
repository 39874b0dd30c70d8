/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The one analysis of a channel's audio that all tone detectors share.
 *
 * Every 32 samples (4 ms) the last 128 (16 ms) are looked at through a Hann window: 64 bins of
 * 62.5 Hz, their power and, from the turn between two looks, the exact frequency of a tone. The
 * window is chosen for DTMF: two tones of a digit, or a digit and a dial tone, are four bins
 * apart and leak less than -30 dB into one another, and 40 ms of tone hold six looks that see
 * nothing else. A tone that begins or ends passes through half of its amplitude when its edge is
 * in the middle of the window, whatever its frequency: edges are found between looks.
 *
 * Powers are relative to a sine of 0 dBm0 (scale: core/channel/g711.h). A tone of power p at a
 * bin's middle gives p there, p/4 in both neighbours, nothing elsewhere; 1.5 p in the sum
 * wherever it lies. Pure; about 61 instructions a sample with SSE2.
 */
#ifndef CORE_CHANNEL_SPECTRUM_H
#define CORE_CHANNEL_SPECTRUM_H

#include <stddef.h>
#include <stdint.h>

#define SPECTRUM_HOP    32 /* samples between two looks */
#define SPECTRUM_WINDOW 128 /* samples of one */
#define SPECTRUM_MIDDLE 64 /* samples from the middle of the window to the end of a look */
#define SPECTRUM_BINS   64
#define SPECTRUM_HZ     62.5f /* of a bin */
#define SPECTRUM_FIRST  4 /* bins below (to 219 Hz) and above the last are not computed: 0 */
#define SPECTRUM_LAST   60
#define SPECTRUM_PAST   16 /* looks whose powers are kept */
#define SPECTRUM_TONE   1.5f /* what a tone of power 1 adds to a sum of bins */

struct spectrum {
	float re[2][SPECTRUM_BINS], im[2][SPECTRUM_BINS]; /* the newest look: [looks & 1] */
	float power[SPECTRUM_PAST][SPECTRUM_BINS]; /* the newest: [looks % SPECTRUM_PAST] */
	int16_t past[SPECTRUM_WINDOW];
	uint32_t looks; /* so far */
	uint32_t fill; /* samples since the last look */
};

/**
 * spectrum_init() - nothing but silence so far
 * @phase: samples until the first look are SPECTRUM_HOP less this, 0 .. SPECTRUM_HOP - 1: channels
 * that are fed together need not look together
 */
void spectrum_init(struct spectrum *s, unsigned phase);

/**
 * spectrum_feed() - next samples, up to the next look
 * @look: set to whether a look was finished by the last sample taken
 * Return: samples taken, all @n unless a look came before.
 * Rate: 8000 samples a second and channel. Context: any; no allocation.
 */
size_t spectrum_feed(struct spectrum *s, const int16_t *pcm, size_t n, int *look);

/** spectrum_power() - powers of the bins, @back looks ago, 0 .. SPECTRUM_PAST - 1 */
static inline const float *spectrum_power(const struct spectrum *s, unsigned back)
{
	return s->power[(s->looks - back) % SPECTRUM_PAST];
}

/**
 * spectrum_turn() - how far a bin has turned since the look before, against its middle
 * @re, @im: product of the two complex values; its angle is the tone's distance from the middle
 * of the bin, a full turn is 250 Hz
 */
void spectrum_turn(const struct spectrum *s, unsigned bin, float *re, float *im);

/* Turns of one tone, added up over looks. */
struct spectrum_turns {
	float re, im; /* sum */
	float length; /* sum of their lengths: as long as the sum for a tone that stands still */
	unsigned bin; /* against whose middle */
};

/** spectrum_turns_add() - a further turn, against @bin: the one of @t or one beside it */
void spectrum_turns_add(struct spectrum_turns *t, unsigned bin, float re, float im);

/** spectrum_turns_hz() - mean frequency [Hz] */
float spectrum_turns_hz(const struct spectrum_turns *t);

/** spectrum_turns_still() - 1: the frequency did not move; 0: it was all over the place */
float spectrum_turns_still(const struct spectrum_turns *t);

/** spectrum_turn_hz() - distance from the bin's middle that such a product, or a sum, tells [Hz] */
float spectrum_turn_hz(float re, float im);

/**
 * spectrum_gain() - by how much a tone is stronger than its bin says
 * @hz: its distance from the middle of the bin, up to half a bin exact to 0.5 %
 */
static inline float spectrum_gain(float hz)
{
	float d2 = hz * hz * (1 / (SPECTRUM_HZ * SPECTRUM_HZ));

	return 1 + d2 * (1.290f + d2 * 1.05f);
}

/** spectrum_sum() - powers of the bins @from .. @to */
float spectrum_sum(const float *power, unsigned from, unsigned to);

/** spectrum_peak() - Return: the strongest of the bins @from .. @to */
unsigned spectrum_peak(const float *power, unsigned from, unsigned to);

/**
 * spectrum_edge() - where between two looks did the amplitude pass through half?
 * @before, @after: powers at the two looks, one below a quarter of @full and one above
 * Return: samples after the earlier look, 0 .. SPECTRUM_HOP
 */
float spectrum_edge(float before, float after, float full);

/** spectrum_dbm0() - level of a power; -99 for none */
float spectrum_dbm0(float power);
/** spectrum_from_dbm0() - and back */
float spectrum_from_dbm0(float dbm0);

#endif
