/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/channel/g711.h"
#include "core/channel/hybrid.h"
#include "meter.h"
#include "model.h"
#include "scene.h"

#define CHUNK 8 /* samples, as DAHDI has them */

void scene_open(struct scene *s, const struct canceller *kind, int tail_ms, enum law law, bool nlp)
{
	memset(s, 0, sizeof(*s));
	s->kind = kind;
	s->law = law;
	s->state = kind->create(tail_ms, law);
	if (!s->state) {
		fprintf(stderr, "%s: no canceller of %d ms\n", kind->name, tail_ms);
		exit(2);
	}
	if (kind->nlp)
		kind->nlp(s->state, nlp);
}

void scene_close(struct scene *s)
{
	s->kind->free(s->state);
	free(s->rin);
	free(s->wire);
	free(s->sin);
	free(s->sout);
	free(s->floor);
	free(s->near);
	memset(s, 0, sizeof(*s));
}

/* How much weaker the model returns the composite source signal [dB], on the level meter. */
static double natural_loss(const struct hybrid_model *h)
{
	struct signal css = signal_css_far(-10);
	float *out = calloc(css.n, sizeof(*out));
	double loss;

	if (!out)
		abort();
	for (size_t i = 0; i < css.n; i++)
		for (int k = 0; k < h->n && (size_t)k <= i; k++)
			out[i] += h->gain * h->taps[k] * css.x[i - k];
	loss = level(css.x, 0, css.n) - level(out, 0, css.n);
	free(out);
	signal_free(&css);
	return loss;
}

void scene_reflection(struct scene *s, int which, int model, double erl, int delay)
{
	static double loss[16];
	struct reflection *e = &s->echo[which];
	const struct hybrid_model *h;

	memset(e, 0, sizeof(*e));
	if (model == PATH_OPEN)
		return;
	h = &hybrid_models[model - 2];
	if (loss[model] == 0)
		loss[model] = natural_loss(h);
	e->count = h->n;
	e->delay = delay;
	for (int k = 0; k < h->n; k++)
		e->taps[h->n - 1 - k] = h->gain * h->taps[k] * pow(10, (loss[model] - erl) / 20);
}

void scene_path(struct scene *s, int model, double erl, int delay)
{
	memset(s->echo, 0, sizeof(s->echo));
	scene_reflection(s, 0, model, erl, delay);
}

static int16_t to_int16(double x)
{
	return x > 32767 ? 32767 : x < -32768 ? -32768 : (int16_t)lrint(x);
}

static uint8_t encode(double x, enum law law)
{
	return law == LAW_A ? alaw_encode(to_int16(x)) : ulaw_encode(to_int16(x));
}

static int16_t decode(uint8_t octet, enum law law)
{
	return law == LAW_A ? alaw_decode(octet) : ulaw_decode(octet);
}

static double echo_now(const struct scene *s)
{
	float sum = 0;

	for (int r = 0; r < PATHS; r++) {
		const struct reflection *e = &s->echo[r];
		int64_t from = (int64_t)s->n - e->delay - e->count + 1;

		/* The taps are stored last first. */
		for (int k = from < 0 ? -from : 0; k < e->count; k++)
			sum += e->taps[k] * s->wire[from + k];
	}
	return sum;
}

static void grow(struct scene *s, size_t samples)
{
	float **each[] = {&s->rin, &s->wire, &s->sin, &s->sout, &s->floor, &s->near};

	if (s->n + samples <= s->room)
		return;
	s->room = s->n + samples + 10 * RATE;
	for (size_t i = 0; i < sizeof(each) / sizeof(each[0]); i++) {
		*each[i] = realloc(*each[i], s->room * sizeof(float));
		if (!*each[i])
			abort();
	}
}

static void one_sample(struct scene *s, double far, double near)
{
	enum law line_law = s->lie ? (enum law) !s->law : s->law;
	uint8_t out = encode(far, s->law);
	double echo;

	s->rin[s->n] = decode(out, s->law);
	s->wire[s->n] = decode(out, line_law);
	echo = echo_now(s);
	if (s->through)
		echo = s->through(s->through_arg, to_int16(echo));
	s->near[s->n] = near;
	s->sin[s->n] = decode(encode(echo + near + s->offset, line_law), s->law);
	s->floor[s->n] = s->sin[s->n] - echo;
	s->n++;
}

static void cancel(struct scene *s, size_t from)
{
	int16_t io[CHUNK] = {0}, rin[CHUNK] = {0};
	int n = s->n - from;

	for (int i = 0; i < n; i++) {
		io[i] = s->sin[from + i];
		rin[i] = s->rin[from + i];
	}
	s->kind->process(s->state, io, rin, n);
	for (int i = 0; i < n; i++)
		s->sout[from + i] = io[i];
}

void scene_run(struct scene *s, struct signal *far, struct signal *near, struct signal *noise,
	       double seconds)
{
	size_t left = (size_t)(seconds * RATE + 0.5);

	grow(s, left);
	while (left) {
		size_t from = s->n, n = left < CHUNK ? left : CHUNK;

		for (size_t i = 0; i < n; i++)
			one_sample(s, signal_next(far), signal_next(near) + signal_next(noise));
		cancel(s, from);
		left -= n;
	}
}

void scene_record(struct scene *s, struct signal *far, double seconds)
{
	size_t samples = (size_t)(seconds * RATE + 0.5);

	grow(s, samples);
	while (samples--)
		one_sample(s, signal_next(far), 0);
}

void scene_slip(struct scene *s, int samples)
{
	for (int r = 0; r < PATHS; r++)
		s->echo[r].delay -= samples;
}

void scene_forget(struct scene *s)
{
	float *each[] = {s->rin, s->wire, s->sin, s->sout, s->floor, s->near};
	size_t keep = s->n < RATE ? s->n : RATE;

	for (size_t i = 0; i < sizeof(each) / sizeof(each[0]); i++)
		memmove(each[i], each[i] + s->n - keep, keep * sizeof(float));
	s->n = keep;
}

double scene_now(const struct scene *s)
{
	return (double)s->n / RATE;
}
