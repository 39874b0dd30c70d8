/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Levels in dBm0 of 16-bit linear audio (scale: core/channel/g711.h).
 *
 * level [dBm0] = 20 log10(rms / 32767) + 6.15: a sine of 0 dBm0 has the peak 22828 and
 * A-law's largest, 3.14 dB more, 32768. (6.16 in texts that round 3.01 up.) Nothing is
 * reported below LEVEL_FLOOR. A-law silence (+/-8) reads about -66 dBm0.
 */
#ifndef CORE_CHANNEL_LEVEL_H
#define CORE_CHANNEL_LEVEL_H

#include <stddef.h>
#include <stdint.h>

#define LEVEL_FLOOR         (-99.0f) /* reported for digital zero and anything below [dBm0] */
#define LEVEL_FULL_SQUARE   6.15f /* a square wave of +/-32767 [dBm0] */
#define LEVEL_OVERLOAD_ALAW 3.14f /* largest sine that A-law carries [dBm0] */

/** level_dbm0() - level of a mean square value (sample units squared, 0 .. 32768^2) */
float level_dbm0(double mean_square);

/** level_amplitude() - peak of a sine of @dbm0, in sample units: 22828 at 0 dBm0 */
float level_amplitude(float dbm0);

/** level_block() - level of @n samples; LEVEL_FLOOR when n is 0 */
float level_block(const int16_t *samples, size_t n);
/** level_block_alaw() - level of @n A-law octets */
float level_block_alaw(const uint8_t *octets, size_t n);

/*
 * Running meter: the mean square decays with the time constant 2^shift samples.
 * Integer only, so that it reads the same on every machine.
 */
struct level_meter {
	uint64_t power; /* mean square in units of 2^-24 */
	unsigned shift;
};

/**
 * level_meter_init() - start at silence
 * @shift: time constant 2^shift samples, 1..20; 8 is 32 ms, 10 is 128 ms
 */
void level_meter_init(struct level_meter *m, unsigned shift);

/** level_meter_feed() - @n samples; O(n), no libm */
void level_meter_feed(struct level_meter *m, const int16_t *samples, size_t n);

/** level_meter_dbm0() - the reading now */
float level_meter_dbm0(const struct level_meter *m);

#endif
