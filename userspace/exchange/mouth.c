/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "exchange/mouth.h"

#include <math.h>
#include <string.h>

#include "core/channel/g711.h"
#include "core/channel/level.h"

#define SAMPLES(ms) ((int64_t)(ms)*8)

void mouth_shut(struct mouth *m)
{
	m->kind = MOUTH_SILENT;
}

void mouth_clip(struct mouth *m, const uint8_t *octets, size_t n)
{
	m->kind = MOUTH_CLIP;
	m->clip = octets;
	m->n = (int64_t)n;
	m->at = 0;
}

void mouth_digits(struct mouth *m, const struct mouth_digits *d)
{
	m->kind = MOUTH_DIGITS;
	m->dial = *d;
	m->n = (int64_t)strlen(d->digits) * SAMPLES(d->on_ms + d->off_ms);
	m->at = 0;
	m->digit = -1;
	m->low_peak = (double)level_amplitude((float)d->level);
	m->high_peak = (double)level_amplitude((float)(d->level + d->twist));
}

void mouth_tone(struct mouth *m, const struct tone_prog *tone, int ms)
{
	m->kind = MOUTH_TONE;
	tone_start(&m->tone, tone);
	m->n = ms ? SAMPLES(ms) : -1;
	m->at = 0;
}

void mouth_partner(struct mouth *m, uint32_t id)
{
	m->kind = MOUTH_PARTNER;
	partner_talk_begin(&m->partner, id);
	m->n = -1;
	m->at = 0;
}

static void choose_digit(struct mouth *m, int digit)
{
	static const char keys[] = "123A456B789C*0#D";
	static const double rows[] = {697, 770, 852, 941};
	static const double columns[] = {1209, 1336, 1477, 1633};
	const char *key = strchr(keys, m->dial.digits[digit]);
	int k = key ? (int)(key - keys) : 0;

	m->digit = digit;
	m->low = 2.0 * M_PI * rows[k / 4] / 8000.0;
	m->high = 2.0 * M_PI * columns[k % 4] / 8000.0;
}

static uint8_t digit_octet(struct mouth *m)
{
	int64_t period = SAMPLES(m->dial.on_ms + m->dial.off_ms);
	int64_t n = m->at % period;
	double s;

	if (n >= SAMPLES(m->dial.on_ms))
		return ALAW_IDLE;
	if (m->digit != m->at / period)
		choose_digit(m, (int)(m->at / period));
	s = m->low_peak * sin(m->low * (double)n) + m->high_peak * sin(m->high * (double)n);
	if (s > 32767)
		s = 32767;
	if (s < -32768)
		s = -32768;
	return alaw_encode((int16_t)lrint(s));
}

static void fill(struct mouth *m, int64_t now, uint8_t *out, size_t n)
{
	size_t i;

	switch (m->kind) {
	case MOUTH_CLIP: memcpy(out, m->clip + m->at, n); break;
	case MOUTH_TONE:
		i = tone_alaw(&m->tone, out, n);
		memset(out + i, ALAW_IDLE, n - i);
		break;
	case MOUTH_PARTNER: partner_talk_read(&m->partner, now, out, n); break;
	case MOUTH_DIGITS:
		for (i = 0; i < n; i++, m->at++)
			out[i] = digit_octet(m);
		m->at -= (int64_t)n;
		break;
	default: memset(out, ALAW_IDLE, n); break;
	}
	m->at += (int64_t)n;
}

void mouth_read(struct mouth *m, int64_t now, uint8_t *out, size_t n)
{
	size_t can = n;

	if (m->kind != MOUTH_SILENT && m->n >= 0 && (int64_t)n > m->n - m->at)
		can = (size_t)(m->n - m->at);
	fill(m, now, out, can);
	memset(out + can, ALAW_IDLE, n - can);
	if (m->kind != MOUTH_SILENT && m->n >= 0 && m->at >= m->n)
		mouth_shut(m);
}
