/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * G.168 tests in which only the far end speaks: convergence, steady residual, changed and opened paths.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "meter.h"
#include "trial.h"

#define CSS_S 0.7 /* period of the far end's composite source signal */

static double worse(double a, double b)
{
	return a > b ? a : b;
}

/* A line "ms echo residual" each 5 ms, readings of the meter over the last 35 ms. */
static void write_curve(const struct trial *t, const struct scene *s, size_t from)
{
	FILE *f = fopen(t->curve, "w");
	size_t window = METER_MS * RATE / 1000;
	float *echo, *left, *floor_;

	if (!f) {
		perror(t->curve);
		exit(2);
	}
	echo = band_pass(s->sin, s->n);
	left = band_pass(s->sout, s->n);
	floor_ = band_pass(s->floor, s->n);
	for (size_t i = from; i < s->n; i += RATE / 200) {
		double e = 0, l = 0, p = 0;

		for (size_t k = i - window; k < i; k++) {
			e += (double)echo[k] * echo[k];
			l += (double)left[k] * left[k];
			p += (double)floor_[k] * floor_[k];
		}
		fprintf(f, "%g\t%.2f\t%.2f\t%.2f\n", (i - from) * 1000.0 / RATE,
			dbm0(sqrt(e / window)), dbm0(sqrt(l / window)), dbm0(sqrt(p / window)));
	}
	free(echo);
	free(left);
	free(floor_);
	fclose(f);
}

/* Test 2A: convergence and residual with the NLP. */
void test_2a(const struct trial *t)
{
	struct signal css = signal_css_far(t->level);
	struct scene s;
	size_t start;

	trial_open(t, &s, true);
	trial_path(t, &s);
	start = s.n;
	scene_run(&s, &css, NULL, NULL, 14 * CSS_S);
	report(t, "loss 50 ms..1 s [dB]",
	       t->level - peak_level(s.sout, start + RATE / 20, start + RATE), AT_LEAST, 20);
	report(t, "LRET from 1 s [dBm0]", peak_level(s.sout, start + RATE, s.n), AT_MOST, -65);
	scene_close(&s);
	signal_free(&css);
}

/* Test 2B: the same without NLP, and how near the steady state comes to what the law allows. */
void test_2b(const struct trial *t)
{
	struct signal css = signal_css_far(t->level);
	struct scene s;
	size_t start, steady;
	double floor;

	trial_open(t, &s, false);
	trial_path(t, &s);
	start = s.n;
	scene_run(&s, &css, NULL, NULL, 15 * CSS_S);
	steady = s.n;
	scene_run(&s, &css, NULL, NULL, 5 * CSS_S);
	floor = erle_floor(&s, steady, s.n);
	report(t, "to 20 dB [ms]", ms_to_loss(t, &s, start, s.n, 20), AT_MOST,
	       t->tail_ms <= 64 ? 150 : 300);
	report(t, "loss at 1 s [dB]", t->level - peak_level(s.sout, start + RATE, start + 2 * RATE),
	       AT_LEAST, 20);
	report(t, "LRES from 10 s [dBm0]", peak_level(s.sout, steady, s.n), AT_MOST,
	       mask(t->level));
	report(t, "steady ERLE [dB]", erle(&s, steady, s.n), NO_BAR, 0);
	report(t, "below the floor [dB]", floor - erle(&s, steady, s.n), AT_MOST, 1.5);
	if (t->curve)
		write_curve(t, &s, start);
	scene_close(&s);
	signal_free(&css);
}

/* Test 2C: (a) noise while it converges, (b) (c) noise all the time, NLP on and off. */
static void noisy(const struct trial *t, double noise_level, bool nlp)
{
	struct signal css = signal_css_far(t->level), noise = signal_hoth(noise_level, 7);
	struct scene s;
	size_t steady;
	double above;

	trial_open(t, &s, nlp);
	trial_path(t, &s);
	scene_run(&s, &css, NULL, &noise, 15 * CSS_S);
	steady = s.n;
	scene_run(&s, &css, NULL, &noise, 5 * CSS_S);
	above = level(s.sout, steady, s.n) - level(s.near, steady, s.n);
	report(t, nlp ? "(b) Sout to noise [dB]" : "(c) Sout to noise [dB]", above, AT_MOST, 1);
	scene_close(&s);
	signal_free(&css);
	signal_free(&noise);
}

void test_2c(const struct trial *t)
{
	double noise_level = worse(-200, t->level - 15 < -30 ? t->level - 15 : -30);
	struct signal css = signal_css_far(t->level), noise = signal_hoth(noise_level, 5);
	struct scene s;
	size_t frozen;

	trial_open(t, &s, false);
	trial_path(t, &s);
	scene_run(&s, &css, NULL, &noise, 1);
	t->kind->freeze(s.state, true);
	frozen = s.n;
	scene_run(&s, &css, NULL, NULL, 4 * CSS_S);
	report(t, "(a) LRES to noise [dB]",
	       peak_level(s.sout, frozen + RATE / 5, s.n) - noise_level, AT_MOST, 0);
	scene_close(&s);
	signal_free(&css);
	signal_free(&noise);
	noisy(t, noise_level, true);
	noisy(t, noise_level, false);
}

/* Another hybrid with another delay within the tail. */
static int other_delay(const struct trial *t)
{
	int room = (t->tail_ms - 16) * RATE / 1000;

	return t->delay >= room / 2 ? t->delay - room / 2 : t->delay + room / 2;
}

/* The same with the NLP: what is heard of the new path, as in test 2A. */
static void flip_heard(const struct trial *t)
{
	struct signal css = signal_css_far(t->level);
	struct scene s;
	size_t change;

	trial_open(t, &s, true);
	trial_path(t, &s);
	scene_run(&s, &css, NULL, NULL, 8 * CSS_S);
	scene_path(&s, 2 + (t->model - 2 + 3) % 8, t->erl, other_delay(t));
	change = s.n;
	scene_run(&s, &css, NULL, NULL, 8 * CSS_S);
	report(t, "NLP: loss 50 ms..1 s [dB]",
	       t->level - peak_level(s.sout, change + RATE / 20, change + RATE), AT_LEAST, 20);
	report(t, "NLP: LRET from 1 s [dBm0]", peak_level(s.sout, change + RATE, s.n), AT_MOST,
	       -65);
	scene_close(&s);
	signal_free(&css);
}

/* The path changes at once, 5.6 s after the start. */
void test_flip(const struct trial *t)
{
	struct signal css = signal_css_far(t->level);
	struct scene s;
	size_t change;

	trial_open(t, &s, false);
	trial_path(t, &s);
	scene_run(&s, &css, NULL, NULL, 8 * CSS_S);
	scene_path(&s, 2 + (t->model - 2 + 3) % 8, t->erl, other_delay(t));
	change = s.n;
	scene_run(&s, &css, NULL, NULL, 8 * CSS_S);
	report(t, "to 20 dB again [ms]", ms_to_loss(t, &s, change, s.n, 20), AT_MOST, 500);
	report(t, "ERLE after 4.2 s [dB]", erle(&s, s.n - 2 * 5600, s.n), AT_LEAST,
	       erle_floor(&s, s.n - 2 * 5600, s.n) - 3);
	if (t->curve)
		write_curve(t, &s, change);
	scene_close(&s);
	signal_free(&css);
	flip_heard(t);
}

/* The path changes every 4.9 s: hybrid and delay, then the gain by 6 dB up and down. */
void test_flips(const struct trial *t)
{
	struct signal css = signal_css_far(t->level);
	double slowest = 0, loudest = -100;
	struct scene s;

	trial_open(t, &s, false);
	for (int i = 0; i < 8; i++) {
		double erl = t->erl + (i % 4 == 2 ? 6 : 0);
		int model = i % 4 < 2 ? 2 + (t->model - 2 + i) % 8 : t->model;
		size_t change = s.n;

		scene_path(&s, model, erl, i % 4 < 2 && i % 2 ? other_delay(t) : t->delay);
		scene_run(&s, &css, NULL, NULL, 7 * CSS_S);
		slowest = worse(slowest, ms_to_loss(t, &s, change, s.n, 20));
		loudest = worse(loudest, peak_level(s.sout, change + RATE, s.n) - mask(t->level));
	}
	report(t, "slowest to 20 dB [ms]", slowest, AT_MOST, 500);
	report(t, "LRES above mask from 1 s [dB]", loudest, NO_BAR, 0);
	scene_close(&s);
	signal_free(&css);
}

/* Test 4: two minutes of silence do not let the filter leak away. */
void test_4(const struct trial *t)
{
	struct signal css = signal_css_far(t->level);
	struct scene s;
	size_t frozen;

	trial_open(t, &s, false);
	trial_path(t, &s);
	scene_run(&s, &css, NULL, NULL, 15 * CSS_S);
	scene_run(&s, NULL, NULL, NULL, 120);
	t->kind->freeze(s.state, true);
	frozen = s.n;
	scene_run(&s, &css, NULL, NULL, 4 * CSS_S);
	report(t, "LRES [dBm0]", peak_level(s.sout, frozen, s.n), AT_MOST, mask(t->level) + 10);
	scene_close(&s);
	signal_free(&css);
}

/* Test 5: the path opens; the canceller's own estimate must not become an echo. */
void test_5(const struct trial *t)
{
	struct signal css = signal_css_far(t->level);
	struct scene s;
	size_t opened;

	trial_open(t, &s, false);
	trial_path(t, &s);
	scene_run(&s, &css, NULL, NULL, 8 * CSS_S);
	scene_path(&s, PATH_OPEN, 0, 0);
	opened = s.n;
	scene_run(&s, &css, NULL, NULL, 5 * CSS_S);
	report(t, "after 1 s [dBm0]", peak_level(s.sout, opened + RATE, s.n), AT_MOST, -60);
	scene_close(&s);
	signal_free(&css);
}

/* Test 15: a DC offset on the line, as 2B. */
void test_15(const struct trial *t)
{
	struct signal css = signal_css_far(t->level);
	struct scene s;
	size_t start;

	trial_open(t, &s, false);
	trial_path(t, &s);
	s.offset = 300;
	start = s.n;
	scene_run(&s, &css, NULL, NULL, 20 * CSS_S);
	report(t, "loss at 1 s [dB]", t->level - peak_level(s.sout, start + RATE, start + 2 * RATE),
	       AT_LEAST, 20);
	report(t, "LRES from 10 s [dBm0]", peak_level(s.sout, start + 10 * RATE, s.n), AT_MOST,
	       mask(t->level));
	scene_close(&s);
	signal_free(&css);
}

/* Three reflections spread over the tail. */
void test_multi(const struct trial *t)
{
	int room = (t->tail_ms - 16) * RATE / 1000;
	struct signal css = signal_css_far(t->level);
	struct scene s;
	size_t start, steady;

	trial_open(t, &s, false);
	scene_path(&s, t->model, t->erl, 0);
	scene_reflection(&s, 1, 2 + (t->model - 1) % 8, t->erl + 6, room / 2);
	scene_reflection(&s, 2, 2 + t->model % 8, t->erl + 10, room);
	start = s.n;
	scene_run(&s, &css, NULL, NULL, 15 * CSS_S);
	steady = s.n;
	scene_run(&s, &css, NULL, NULL, 5 * CSS_S);
	report(t, "to 20 dB [ms]", ms_to_loss(t, &s, start, s.n, 20), AT_MOST, 1000);
	report(t, "below the floor [dB]", erle_floor(&s, steady, s.n) - erle(&s, steady, s.n),
	       AT_MOST, 1.5);
	scene_close(&s);
	signal_free(&css);
}
