/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Tones of the network: data (tone_def), made ready once (tone_prog), played (tone).
 *
 * Sample n of a tone depends on n alone: each oscillator is a 32-bit phase that runs
 * through the pauses too, taken half a sample into its period. Neither amplitude nor
 * frequency drifts however long it lasts, the cut into blocks does not matter, and
 * 1000 Hz at 0 dBm0 is the digital milliwatt of G.711 table 5. No libm per sample.
 *
 * Sources: ITU-T E.180/Q.35, E.182; GB/T 3380; the values are in configs/tones/.
 */
#ifndef CORE_CHANNEL_TONE_H
#define CORE_CHANNEL_TONE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/channel/dtmf.h"

#define TONE_FREQS_MAX 4 /* frequencies of one tone */
#define TONE_STEPS_MAX 16 /* steps of one cadence */
#define TONE_MS_MAX    60000 /* longest on or off part [ms] */

enum tone_name {
	TONE_DIAL,
	TONE_SPECIAL_DIAL,
	TONE_RINGBACK,
	TONE_BUSY,
	TONE_CONGESTION,
	TONE_CALL_WAITING,
	TONE_SIT, /* special information tone */
	TONE_VACANT, /* number not in use */
	TONE_TOLL_NOTIFY, /* a trunk call waits */
	TONE_REMINDER, /* a third party is in the call, or it is recorded */
	TONE_HOWLER, /* handset off hook */
	TONE_MILLIWATT, /* test tone */
	TONE_COUNT
};

/** tone_name_str() - "dial", "special_dial", ...; "?" when out of range */
const char *tone_name_str(enum tone_name name);
/** tone_name_find() - Return: enum tone_name, or -ENOENT */
int tone_name_find(const char *text);

struct tone_freq {
	float hz; /* 20 .. 3980 */
	float dbm0; /* -60 .. +3.14 */
};

/* One step of a cadence: sound, then silence. Either may be 0, not both. */
struct tone_step {
	uint32_t on_ms, off_ms; /* 0 .. TONE_MS_MAX */
	uint8_t freqs; /* bit i: freq[i] sounds in the on part */
	float gain_db; /* added to the levels in this step, -60 .. +20 */
};

struct tone_def {
	struct tone_freq freq[TONE_FREQS_MAX];
	struct tone_step step[TONE_STEPS_MAX];
	uint8_t n_freqs; /* 1 .. TONE_FREQS_MAX */
	uint8_t n_steps; /* 0: all frequencies, for ever */
	uint8_t loop_from; /* after the last step go on with this one, 0 .. n_steps - 1 */
	uint16_t repeat; /* how often the last step is reached; 0: no end */
};

struct tone_prog_step {
	uint32_t on, off; /* samples */
	float amp[TONE_FREQS_MAX];
};

/* A tone_def in samples, phases and amplitudes. Const once made; players point to it. */
struct tone_prog {
	uint32_t inc[TONE_FREQS_MAX]; /* phase a sample, 2^32 is a period */
	struct tone_prog_step step[TONE_STEPS_MAX];
	uint8_t n_freqs, n_steps, loop_from;
	uint16_t repeat;
};

/* The tones of one country. Zeroed by the loader before it fills all TONE_COUNT in. */
struct tone_plan {
	char country[16]; /* "CN", "ETSI", ... */
	struct tone_prog tone[TONE_COUNT];
	struct dtmf_limits digits; /* what a receiver there must take and leave */
};

/**
 * tone_compile() - check a definition and make it ready to be played
 * @prog: written on success only
 * Return: 0, or -EINVAL when a value is outside of its range, or the levels of the
 * frequencies of one step add up to more than 16 bits hold.
 */
int tone_compile(const struct tone_def *def, struct tone_prog *prog);

/* A tone being played. */
struct tone {
	const struct tone_prog *prog;
	uint64_t n; /* samples so far */
	uint32_t step_pos; /* samples into the step */
	uint16_t rounds; /* times the last step was reached */
	uint8_t step;
	bool done;
};

/** tone_start() - from the beginning; @prog must outlive the playing */
void tone_start(struct tone *t, const struct tone_prog *prog);

/**
 * tone_linear() - next samples of the tone
 * Return: samples written, less than @n only when the tone has ended.
 * Rate: 8000 samples a second and channel. Context: any; no allocation.
 */
size_t tone_linear(struct tone *t, int16_t *out, size_t n);

/** tone_alaw() - the same as A-law octets; silence is ALAW_IDLE */
size_t tone_alaw(struct tone *t, uint8_t *out, size_t n);

#endif
