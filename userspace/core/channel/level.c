/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/channel/level.h"

#include <math.h>
#include <string.h>

#include "core/channel/g711.h"

#define FULL_SCALE 32767.0
#define METER_FRAC 24 /* fraction bits of level_meter.power: 2^30 squared fits 64 bits */
#define SINE_CREST 1.41421356f

float level_dbm0(double mean_square)
{
	double db;

	if (mean_square <= 0)
		return LEVEL_FLOOR;
	db = 10 * log10(mean_square / (FULL_SCALE * FULL_SCALE)) + LEVEL_FULL_SQUARE;
	return db < LEVEL_FLOOR ? LEVEL_FLOOR : (float)db;
}

float level_amplitude(float dbm0)
{
	return (float)FULL_SCALE * powf(10, (dbm0 - LEVEL_FULL_SQUARE) / 20) * SINE_CREST;
}

float level_block(const int16_t *samples, size_t n)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += (uint64_t)((int64_t)samples[i] * samples[i]);
	return n ? level_dbm0((double)sum / (double)n) : LEVEL_FLOOR;
}

float level_block_alaw(const uint8_t *octets, size_t n)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < n; i++) {
		int64_t v = alaw_decode(octets[i]);

		sum += (uint64_t)(v * v);
	}
	return n ? level_dbm0((double)sum / (double)n) : LEVEL_FLOOR;
}

void level_meter_init(struct level_meter *m, unsigned shift)
{
	memset(m, 0, sizeof(*m));
	m->shift = shift < 1 ? 1 : shift > 20 ? 20 : shift;
}

void level_meter_feed(struct level_meter *m, const int16_t *samples, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		uint64_t square = (uint64_t)((int64_t)samples[i] * samples[i]);

		/* Both shifts round down: the meter falls to 0 in silence. */
		m->power -= (m->power >> m->shift) + (m->power != 0 && m->power >> m->shift == 0);
		m->power += square << METER_FRAC >> m->shift;
	}
}

float level_meter_dbm0(const struct level_meter *m)
{
	return level_dbm0((double)m->power / (1 << METER_FRAC));
}
