/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The echo of a two-wire line: what a far end's hybrid sends back of what it receives.
 *
 * Impulse responses are the echo path models of ITU-T G.168 Annex D, at 8 kHz. Samples are 16-bit
 * linear (scale: core/channel/g711.h).
 */
#ifndef CORE_CHANNEL_HYBRID_H
#define CORE_CHANNEL_HYBRID_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HYBRID_TAPS_MAX     128
#define HYBRID_DELAY_MAX_MS 240
#define HYBRID_MEMORY       2048 /* samples; a power of two, holds delay and taps */

/**
 * struct hybrid_model - one echo path model of G.168 Annex D
 * @name: "D.2" .. "D.9"
 * @taps: impulse response at 8 kHz, @n long
 * @gain: factor that makes @taps the path as the Recommendation has it
 */
struct hybrid_model {
	const char *name;
	const int32_t *taps;
	int n;
	double gain;
};

extern const struct hybrid_model hybrid_models[]; /* D.2 first */
extern const int hybrid_model_count;

/** struct hybrid_cfg - a hybrid as a scenario has it */
struct hybrid_cfg {
	int model; /* index in hybrid_models */
	double erl_db; /* echo return loss of white noise, 0..60 */
	int delay_ms; /* there and back, before the model's own, 0..HYBRID_DELAY_MAX_MS */
};

struct hybrid {
	float taps[HYBRID_TAPS_MAX];
	int n, delay; /* taps; samples */
	unsigned int at;
	float heard[HYBRID_MEMORY];
};

/** hybrid_init() - at rest; @cfg is within its ranges */
void hybrid_init(struct hybrid *h, const struct hybrid_cfg *cfg);

/** hybrid_pass() - @n A-law octets arrive (@rx); their echo is added to what is sent (@tx) */
void hybrid_pass(struct hybrid *h, const uint8_t *rx, uint8_t *tx, size_t n);

#endif
