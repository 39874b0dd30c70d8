/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a caller says: a sound file, digits, a tone, or the blocks that its partner checks.
 *
 * A-law octets, silence where there is nothing to say. Digits are two exact sines
 * (ITU-T Q.23) with the level, twist and timing that the scenario asks for, so that
 * the receiver's limits (Q.24) can be tested.
 *
 * Pure; clips and tones stay the caller's and must outlive the saying.
 */
#ifndef EXCHANGE_MOUTH_H
#define EXCHANGE_MOUTH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/names.h"
#include "core/channel/tone.h"
#include "exchange/partner.h"

struct mouth_digits {
	char digits[DIGITS_MAX]; /* 0-9 * # A-D */
	int on_ms, off_ms;
	double level; /* of the low tone [dBm0] */
	double twist; /* high tone above low tone [dB] */
};

enum mouth_kind { MOUTH_SILENT, MOUTH_CLIP, MOUTH_DIGITS, MOUTH_TONE, MOUTH_PARTNER };

struct mouth {
	enum mouth_kind kind;
	const uint8_t *clip;
	int64_t n, at; /* samples in all (-1: no end), samples given out */
	struct mouth_digits dial;
	double low, high; /* phase a sample, of the digit at hand */
	double low_peak, high_peak;
	int digit; /* index of the digit whose phases these are; -1: none */
	struct tone tone;
	struct partner_talk partner;
};

void mouth_shut(struct mouth *m);
void mouth_clip(struct mouth *m, const uint8_t *octets, size_t n);
/** mouth_digits() - @d->digits must be from 0-9 * # A-D */
void mouth_digits(struct mouth *m, const struct mouth_digits *d);
/** mouth_tone() - @ms: how long, 0: until shut */
void mouth_tone(struct mouth *m, const struct tone_prog *tone, int ms);
/** mouth_partner() - until shut */
void mouth_partner(struct mouth *m, uint32_t id);

/** mouth_busy() - false once all was said */
static inline bool mouth_busy(const struct mouth *m)
{
	return m->kind != MOUTH_SILENT;
}

/** mouth_read() - octets for the @n samples from @now on */
void mouth_read(struct mouth *m, int64_t now, uint8_t *out, size_t n);

#endif
