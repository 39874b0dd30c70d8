/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Signals for the tests of tone detectors, and what they told. Everything random has one seed. */
#ifndef TONE_RIG_H
#define TONE_RIG_H

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/channel/g711.h"
#include "core/channel/level.h"
#include "core/channel/toneset.h"

#define RIG_MAX  800000 /* samples */
#define RIG_KEYS "123A456B789C*0#D"

struct tone_rig {
	double x[RIG_MAX];
	size_t n;
	uint64_t seed;
	struct dtmf_rule rule;
	struct progress_plan plan;
	struct toneset set;
	struct toneset_event ev[400];
	unsigned n_ev;
};

static struct tone_rig rig;

/* 0 .. n - 1 */
static inline unsigned rig_random(unsigned n)
{
	rig.seed = rig.seed * 6364136223846793005u + 1442695040888963407u;
	return (unsigned)((rig.seed >> 33) * n >> 31);
}

static inline void rig_clear(size_t n)
{
	memset(rig.x, 0, n * sizeof(rig.x[0]));
	rig.n = n;
}

static inline void rig_sine(double hz, double dbm0, size_t from, size_t n)
{
	double phase = rig_random(1000) * 2 * M_PI / 1000, a = level_amplitude((float)dbm0);

	for (size_t i = 0; i < n && from + i < rig.n; i++)
		rig.x[from + i] += a * sin(2 * M_PI * hz * (double)i / 8000 + phase);
}

static inline void rig_key(char key, double low, double high, const double off[2], size_t from,
			   size_t n)
{
	static const double lows[] = {697, 770, 852, 941}, highs[] = {1209, 1336, 1477, 1633};
	long at = strchr(RIG_KEYS, key) - RIG_KEYS;

	rig_sine(lows[at / 4] * (1 + off[0]), low, from, n);
	rig_sine(highs[at % 4] * (1 + off[1]), high, from, n);
}

/* White, by its power up to 4 kHz. */
static inline void rig_noise(double dbm0)
{
	double rms = level_amplitude((float)dbm0) / sqrt(2);

	for (size_t i = 0; i < rig.n; i++) {
		double u = (rig_random(1u << 24) + 1) / (double)(1u << 24);

		rig.x[i] +=
			rms * sqrt(-2 * log(u)) * cos(2 * M_PI * rig_random(1u << 24) / (1u << 24));
	}
}

/* Through A-law into a new detector. */
static inline void rig_hear(unsigned flags)
{
	int16_t pcm[8];

	toneset_init(&rig.set, &rig.rule, &rig.plan, 0);
	toneset_set(&rig.set, flags);
	rig.n_ev = 0;
	for (size_t at = 0; at + 8 <= rig.n; at += 8) {
		for (int i = 0; i < 8; i++) {
			double v = fmax(-32768, fmin(32767, rig.x[at + (size_t)i]));

			pcm[i] = alaw_decode(alaw_encode((int16_t)lrint(v)));
		}
		for (size_t k = 0; k < 8;) {
			struct toneset_event ev[TONESET_EVENTS];
			unsigned n;

			k += toneset_feed(&rig.set, (int64_t)(at + k), pcm + k, 8 - k, ev, &n);
			for (unsigned i = 0; i < n && rig.n_ev < 400; i++)
				rig.ev[rig.n_ev++] = ev[i];
		}
	}
}

#endif
