/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "exchange/hear.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/channel/g711.h"
#include "core/channel/level.h"

#define MS(samples) ((int)((samples) / 8))

#define TONE_ON_DBM0  (-35.0)
#define TONE_OFF_DBM0 (-42.0)
#define TONE_PURITY   0.6

void ear_init(struct ear *e)
{
	e->pos = 0;
	memset(e->ring, ALAW_IDLE, sizeof(e->ring));
}

void ear_hear(struct ear *e, const uint8_t *octets, size_t n)
{
	size_t at = (size_t)(e->pos & (EAR_RING - 1));
	size_t first = n < EAR_RING - at ? n : EAR_RING - at;

	memcpy(e->ring + at, octets, first);
	memcpy(e->ring, octets + first, n - first);
	e->pos += (int64_t)n;
}

int64_t ear_oldest(const struct ear *e)
{
	return e->pos > EAR_RING ? e->pos - EAR_RING : 0;
}

static double mean_square(double dbm0)
{
	double amplitude = (double)level_amplitude((float)dbm0);

	return amplitude * amplitude / 2.0;
}

/* ---- speech and silence ---- */

void level_watch_begin(struct level_watch *w, enum level_kind kind, int64_t from, double level,
		       int want_ms, int speech_ms)
{
	memset(w, 0, sizeof(*w));
	w->kind = kind;
	w->at = from;
	w->limit = mean_square(level);
	w->want_ms = want_ms;
	w->speech_ms = speech_ms;
}

static bool loud_block(const struct level_watch *w, const struct ear *e)
{
	double sum = 0;
	int i;

	for (i = 0; i < LEVEL_BLOCK; i++) {
		double s = alaw_decode(ear_at(e, w->at + i));

		sum += s * s;
	}
	return sum / LEVEL_BLOCK >= w->limit;
}

static bool level_reached(const struct level_watch *w)
{
	switch (w->kind) {
	case LEVEL_SPEECH: return w->loud_ms >= w->want_ms;
	case LEVEL_SILENCE: return w->quiet_ms >= w->want_ms;
	default: return w->loud_ms >= w->speech_ms && w->quiet_ms >= w->want_ms;
	}
}

enum hear_result level_watch_run(struct level_watch *w, const struct ear *e)
{
	if (w->at < ear_oldest(e))
		w->at = ear_oldest(e);
	while (e->pos - w->at >= LEVEL_BLOCK) {
		if (loud_block(w, e)) {
			w->loud_ms += MS(LEVEL_BLOCK);
			w->quiet_ms = 0;
		} else {
			w->quiet_ms += MS(LEVEL_BLOCK);
		}
		w->at += LEVEL_BLOCK;
		if (level_reached(w))
			return HEAR_DONE;
	}
	return HEAR_WAIT;
}

/* ---- tones ---- */

void tone_watch_begin(struct tone_watch *w, int64_t from, const struct tone_prog *tone)
{
	unsigned int i;

	memset(w, 0, sizeof(*w));
	w->tone = tone;
	w->at = from;
	for (i = 0; i < tone->n_freqs; i++)
		w->coef[i] = 2.0 * cos(2.0 * M_PI * tone->inc[i] / 4294967296.0);
}

enum block { BLOCK_ON, BLOCK_OFF, BLOCK_UNSURE };

/* Power of one frequency in the block as a sine would have it, by Goertzel. */
static double line_power(const double *s, double coef)
{
	double a = 0, b = 0, c;
	int i;

	for (i = 0; i < TONE_BLOCK; i++) {
		c = s[i] + coef * a - b;
		b = a;
		a = c;
	}
	return 2.0 * (a * a + b * b - coef * a * b) / ((double)TONE_BLOCK * TONE_BLOCK);
}

static enum block judge_block(const struct tone_watch *w, const struct ear *e)
{
	double s[TONE_BLOCK], power = 0, lines = 0;
	unsigned int i;

	for (i = 0; i < TONE_BLOCK; i++) {
		s[i] = alaw_decode(ear_at(e, w->at + i));
		power += s[i] * s[i] / TONE_BLOCK;
	}
	if (power < mean_square(TONE_OFF_DBM0))
		return BLOCK_OFF;
	for (i = 0; i < w->tone->n_freqs; i++)
		lines += line_power(s, w->coef[i]);
	if (power >= mean_square(TONE_ON_DBM0) && lines >= TONE_PURITY * power)
		return BLOCK_ON;
	return BLOCK_UNSURE;
}

/* Length [ms] of part @n of the cadence: on, off, on, off ... */
static int part_ms(const struct tone_prog *t, unsigned int n)
{
	const struct tone_prog_step *step = &t->step[n / 2 % t->n_steps];

	return MS(n % 2 ? step->off : step->on);
}

static bool part_fits(const struct tone_watch *w, unsigned int part, int ms, bool ended)
{
	int want = part_ms(w->tone, part);
	int tolerance = want / 10 > TONE_TOLERANCE_MS ? want / 10 : TONE_TOLERANCE_MS;

	if (!ended)
		return want >= TONE_LONG_MS && ms >= TONE_LONG_MS;
	return abs(ms - want) <= tolerance;
}

/* A part has ended: does the cadence go on with it, or may it begin anew here? */
static void part_ended(struct tone_watch *w)
{
	unsigned int parts = 2u * w->tone->n_steps, i;

	if (w->matched && (w->part % 2 == 0) == w->on && part_fits(w, w->part, w->ms, true)) {
		w->matched++;
		w->part = (w->part + 1) % parts;
		return;
	}
	w->matched = 0;
	if (!w->on)
		return;
	for (i = 0; i < parts; i += 2) {
		if (part_fits(w, i, w->ms, true)) {
			w->matched = 1;
			w->part = i + 1;
			return;
		}
	}
}

static bool tone_known(const struct tone_watch *w)
{
	unsigned int parts = 2u * w->tone->n_steps;

	if (w->tone->n_steps == 0)
		return w->on && w->ms >= TONE_ENDLESS_MS;
	if (w->matched >= parts)
		return true;
	return w->matched + 1 >= parts && w->matched && (w->part % 2 == 0) == w->on &&
	       part_fits(w, w->part, w->ms, false);
}

enum hear_result tone_watch_run(struct tone_watch *w, const struct ear *e)
{
	enum block b;

	if (w->at < ear_oldest(e))
		w->at = ear_oldest(e);
	while (e->pos - w->at >= TONE_BLOCK) {
		b = judge_block(w, e);
		w->at += TONE_BLOCK;
		if (b != BLOCK_UNSURE && (b == BLOCK_ON) != w->on) {
			if (w->tone->n_steps)
				part_ended(w);
			w->on = b == BLOCK_ON;
			w->ms = 0;
		}
		w->ms += MS(TONE_BLOCK);
		if (tone_known(w))
			return HEAR_DONE;
	}
	return HEAR_WAIT;
}
