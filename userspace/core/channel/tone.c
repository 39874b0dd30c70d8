/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The sine is a polynomial of the phase: an odd one of degree 9 over a quarter period,
 * wrong by less than 4e-9 of the amplitude, which a 16-bit sample does not show. A
 * recursive oscillator would be as cheap, but its amplitude wanders.
 */
#include "core/channel/tone.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#include "core/channel/g711.h"
#include "core/channel/level.h"

#define RATE        8000.0
#define PER_MS      8 /* samples */
#define HZ_MIN      20
#define HZ_MAX      3980
#define DBM0_MIN    (-60)
#define GAIN_MAX_DB 20
#define FULL_SCALE  32767.0f

static const char *const names[TONE_COUNT] = {
	[TONE_DIAL] = "dial",
	[TONE_SPECIAL_DIAL] = "special_dial",
	[TONE_RINGBACK] = "ringback",
	[TONE_BUSY] = "busy",
	[TONE_CONGESTION] = "congestion",
	[TONE_CALL_WAITING] = "call_waiting",
	[TONE_SIT] = "sit",
	[TONE_VACANT] = "vacant",
	[TONE_TOLL_NOTIFY] = "toll_notify",
	[TONE_REMINDER] = "reminder",
	[TONE_HOWLER] = "howler",
	[TONE_MILLIWATT] = "milliwatt",
};

const char *tone_name_str(enum tone_name name)
{
	return (unsigned)name < TONE_COUNT ? names[name] : "?";
}

int tone_name_find(const char *text)
{
	for (int i = 0; i < TONE_COUNT; i++) {
		if (strcmp(names[i], text) == 0)
			return i;
	}
	return -ENOENT;
}

static bool in_range(float v, float min, float max)
{
	return v >= min && v <= max; /* false for NaN */
}

static bool step_good(const struct tone_def *def, const struct tone_step *s)
{
	return s->on_ms <= TONE_MS_MAX && s->off_ms <= TONE_MS_MAX && s->on_ms + s->off_ms > 0 &&
	       (s->on_ms == 0 || s->freqs != 0) && s->freqs >> def->n_freqs == 0 &&
	       in_range(s->gain_db, DBM0_MIN, GAIN_MAX_DB);
}

static bool def_good(const struct tone_def *def)
{
	if (def->n_freqs < 1 || def->n_freqs > TONE_FREQS_MAX || def->n_steps > TONE_STEPS_MAX)
		return false;
	if (def->loop_from != 0 && def->loop_from >= def->n_steps)
		return false;
	for (unsigned i = 0; i < def->n_freqs; i++) {
		if (!in_range(def->freq[i].hz, HZ_MIN, HZ_MAX) ||
		    !in_range(def->freq[i].dbm0, DBM0_MIN, LEVEL_OVERLOAD_ALAW))
			return false;
	}
	for (unsigned i = 0; i < def->n_steps; i++) {
		if (!step_good(def, &def->step[i]))
			return false;
	}
	return true;
}

/* Amplitudes of one step. Return: false when their sum does not fit a sample. */
static bool compile_amps(const struct tone_def *def, unsigned freqs, float gain_db, float *amp)
{
	float sum = 0;

	for (unsigned i = 0; i < def->n_freqs; i++) {
		amp[i] = freqs >> i & 1 ? level_amplitude(def->freq[i].dbm0 + gain_db) : 0;
		sum += amp[i];
	}
	return sum <= FULL_SCALE;
}

int tone_compile(const struct tone_def *def, struct tone_prog *prog)
{
	struct tone_prog p = {0};
	bool fits = true;

	if (!def_good(def))
		return -EINVAL;
	p.n_freqs = def->n_freqs;
	p.n_steps = def->n_steps;
	p.loop_from = def->loop_from;
	p.repeat = def->repeat;
	for (unsigned i = 0; i < def->n_freqs; i++)
		p.inc[i] = (uint32_t)lrint(def->freq[i].hz / RATE * 4294967296.0);
	for (unsigned i = 0; i < def->n_steps; i++) {
		const struct tone_step *s = &def->step[i];

		p.step[i].on = s->on_ms * PER_MS;
		p.step[i].off = s->off_ms * PER_MS;
		fits &= compile_amps(def, s->on_ms ? s->freqs : 0, s->gain_db, p.step[i].amp);
	}
	if (def->n_steps == 0)
		fits = compile_amps(def, 0xf, 0, p.step[0].amp);
	if (!fits)
		return -EINVAL;
	*prog = p;
	return 0;
}

void tone_start(struct tone *t, const struct tone_prog *prog)
{
	memset(t, 0, sizeof(*t));
	t->prog = prog;
}

/* Sine of @phase, 2^32 a period: Chebyshev series of sin(pi/2 x) up to its ninth term. */
static float sine(uint32_t phase)
{
	int32_t p = (int32_t)phase;
	float x, x2;

	/* Fold the second and third quarter back: sin(pi - x) = sin(x). */
	if (p > 1 << 30 || p < -(1 << 30))
		p = (int32_t)(0x80000000u - phase);
	x = (float)p * (1.0f / (1 << 30)); /* -1 .. 1 quarters */
	x2 = x * x;
	return x * (1.570796290f +
		    x2 * (-0.645963358f +
			  x2 * (0.079688475f + x2 * (-0.004672220f + x2 * 0.000150817f))));
}

static int16_t sum_of_sines(const struct tone_prog *p, const float *amp, uint64_t n)
{
	float sum = 0;

	for (unsigned i = 0; i < p->n_freqs; i++) {
		/* Half a sample into the period: see the header. */
		if (amp[i] != 0)
			sum += amp[i] * sine((uint32_t)n * p->inc[i] + p->inc[i] / 2);
	}
	return (int16_t)(sum < 0 ? sum - 0.5f : sum + 0.5f);
}

/* Over the end of a step: which is next, or is it over? */
static void next_step(struct tone *t)
{
	const struct tone_prog *p = t->prog;

	t->step_pos = 0;
	if (++t->step < p->n_steps)
		return;
	t->step = p->loop_from;
	if (p->repeat && ++t->rounds == p->repeat)
		t->done = true;
}

/* The stretch ahead that sounds alike, in samples, at most @max; its amplitudes, NULL: silence. */
static size_t stretch(const struct tone *t, size_t max, const float **amp)
{
	const struct tone_prog_step *s = &t->prog->step[t->step];
	size_t left;

	*amp = s->amp;
	if (t->prog->n_steps == 0)
		return max;
	if (t->step_pos < s->on) {
		left = s->on - t->step_pos;
	} else {
		*amp = NULL;
		left = s->on + s->off - t->step_pos;
	}
	return left < max ? left : max;
}

/* One stretch further; no samples are made for it. */
static void advance(struct tone *t, size_t n)
{
	const struct tone_prog *p = t->prog;

	t->n += n;
	if (p->n_steps == 0)
		return;
	t->step_pos += (uint32_t)n;
	if (t->step_pos == p->step[t->step].on + p->step[t->step].off)
		next_step(t);
}

size_t tone_linear(struct tone *t, int16_t *out, size_t n)
{
	size_t at = 0;

	while (at < n && !t->done) {
		const float *amp;
		size_t run = stretch(t, n - at, &amp);

		for (size_t i = 0; i < run; i++)
			out[at + i] = amp ? sum_of_sines(t->prog, amp, t->n + i) : 0;
		advance(t, run);
		at += run;
	}
	return at;
}

size_t tone_alaw(struct tone *t, uint8_t *out, size_t n)
{
	size_t at = 0;

	while (at < n && !t->done) {
		const float *amp;
		size_t run = stretch(t, n - at, &amp);

		for (size_t i = 0; i < run; i++)
			out[at + i] =
				amp ? alaw_encode(sum_of_sines(t->prog, amp, t->n + i)) : ALAW_IDLE;
		advance(t, run);
		at += run;
	}
	return at;
}
