/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * G.168 tests with tones: narrow-band signals must not spoil the filter, signalling must pass, modems
 * take the canceller out.
 */
#include <math.h>
#include <stdio.h>

#include "meter.h"
#include "trial.h"

#define CSS_S 0.7

static void far_tone(const struct trial *t, struct scene *s, double hz1, double hz2, double seconds)
{
	struct signal tone = signal_tone(hz1, hz2, t->level, 0);

	scene_run(s, &tone, NULL, NULL, seconds);
	signal_free(&tone);
}

/* Test 6: tones and digits from the far end, then the filter is as good as before. */
void test_6(const struct trial *t)
{
	static const int hz[][2] = {
		{697, 0},    {941, 0},    {1336, 0},   {1633, 0},
		{697, 1209}, {770, 1336}, {852, 1477}, {941, 1633},
	};
	struct signal css = signal_css_far(t->level);
	struct scene s;
	size_t frozen;

	trial_open(t, &s, false);
	trial_path(t, &s);
	scene_run(&s, &css, NULL, NULL, 15 * CSS_S);
	for (int i = 0; i < 8; i++)
		far_tone(t, &s, hz[i][0], hz[i][1], 5);
	t->kind->freeze(s.state, true);
	scene_run(&s, NULL, NULL, NULL, 0.2);
	frozen = s.n;
	css.at = 0;
	scene_run(&s, &css, NULL, NULL, 4 * CSS_S);
	report(t, "LRES [dBm0]", peak_level(s.sout, frozen, s.n), AT_MOST, mask(t->level) + 10);
	scene_close(&s);
	signal_free(&css);
}

/* Test 7: two minutes of a tone from reset. */
void test_7(const struct trial *t)
{
	struct scene s;
	double worst = -100;
	size_t start;

	trial_open(t, &s, false);
	trial_path(t, &s);
	start = s.n;
	far_tone(t, &s, 1000, 0, 120);
	for (size_t at = start + t->delay + RATE / 10; at + RATE <= s.n; at += RATE) {
		double louder =
			peak_level(s.sout, at, at + RATE) - peak_level(s.sin, at, at + RATE);

		worst = louder > worst ? louder : worst;
	}
	report(t, "Sout above the echo [dB]", worst, AT_MOST, 0.1);
	report(t, "LRES at the end [dBm0]", peak_level(s.sout, s.n - 10 * RATE, s.n), AT_MOST,
	       mask(t->level));
	scene_close(&s);
}

/* Test 8: the same tone from both ends is signalling, and passes. */
void test_8(const struct trial *t)
{
	static const int hz[] = {2400, 2600, 2010, 1780};
	double worst = 0;

	for (int i = 0; i < 4; i++) {
		struct signal far = signal_tone(hz[i], 0, t->level, 0);
		struct signal near = signal_tone(hz[i], 0, t->level, 1);
		struct scene s;
		double loss;

		trial_open(t, &s, true);
		trial_path(t, &s);
		scene_run(&s, &far, &near, NULL, 5);
		loss = level(s.sin, RATE, s.n) - level(s.sout, RATE, s.n);
		worst = loss > worst ? loss : worst;
		scene_close(&s);
		signal_free(&far);
		signal_free(&near);
	}
	report(t, "tone loses [dB]", worst, AT_MOST, 2);
}

/*
 * Converge, send 2100 Hz from one end, then noise from the far end: how much of its echo is cancelled
 * while that "data" lasts.
 */
static double cancelled_after(const struct trial *t, struct scene *s, double degrees,
			      bool from_near, double ans_level)
{
	struct signal css = signal_css_far(t->level), ans = signal_ans(ans_level, degrees);
	struct signal data = signal_white(-12, 9);
	size_t at;

	trial_open(t, s, true);
	trial_path(t, s);
	scene_run(s, &css, NULL, NULL, 8 * CSS_S);
	scene_run(s, from_near ? NULL : &ans, from_near ? &ans : NULL, NULL, 3.3);
	at = s->n;
	scene_run(s, &data, NULL, NULL, 5);
	signal_free(&css);
	signal_free(&ans);
	signal_free(&data);
	return erle(s, at + RATE, s->n);
}

/* Tone disabler: acts on reversals, not on the plain tone, and lets go when the line is quiet. */
void test_disabler(const struct trial *t)
{
	static const double ans_level[] = {-7, -18, -30};
	struct signal css = signal_css_far(t->level);
	double most = -100, least = 100, again = 100, e;
	struct scene s;

	for (int i = 0; i < 6; i++) {
		e = cancelled_after(t, &s, 180, i & 1, ans_level[i / 2]);
		most = e > most ? e : most;
		scene_run(&s, NULL, NULL, NULL, 0.5);
		scene_run(&s, &css, NULL, NULL, 8 * CSS_S);
		e = erle(&s, s.n - 5600, s.n);
		again = e < again ? e : again;
		scene_close(&s);
		e = cancelled_after(t, &s, i % 3 ? 110 : 0, i & 1, ans_level[i / 2]);
		least = e < least ? e : least;
		scene_close(&s);
	}
	report(t, "cancelled after reversals [dB]", most, AT_MOST, 1);
	report(t, "ERLE after release [dB]", again, AT_LEAST, 20);
	report(t, "cancelled after no reversals [dB]", least, AT_LEAST, 20);
	signal_free(&css);
}

/* Added delay and what the canceller does to a near end that speaks before anybody else. */
void test_clear(const struct trial *t)
{
	struct signal near = signal_css_near(t->level);
	double best = -200;
	int delay = 0;
	struct scene s;

	trial_open(t, &s, true);
	trial_path(t, &s);
	scene_run(&s, NULL, &near, NULL, 8);
	for (int d = 0; d <= 40 * RATE / 1000; d++) {
		double g = gain(s.near, s.sout, RATE, s.n - RATE, d);

		if (g > best) {
			best = g;
			delay = d;
		}
	}
	report(t, "added delay [samples]", delay, AT_MOST, 0);
	report(t, "gain of the near end [dB]", fabs(best), AT_MOST, 0.5);
	scene_close(&s);
	signal_free(&near);
}
