/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * G.168 tests in which the near end speaks too, or makes noise.
 */
#include <math.h>

#include "meter.h"
#include "trial.h"

#define CSS_S 0.7

static double worse(double a, double b)
{
	return a > b ? a : b;
}

/* Freeze, let the near end be quiet, and read the residual of 2.8 s of composite source signal. */
static double frozen_residual(const struct trial *t, struct scene *s, struct signal *css)
{
	size_t frozen;

	t->kind->freeze(s->state, true);
	css->at = 0;
	scene_run(s, NULL, NULL, NULL, 0.2);
	frozen = s->n;
	scene_run(s, css, NULL, NULL, 4 * CSS_S);
	return peak_level(s->sout, frozen, s->n);
}

/* Test 3A: the near end speaks softly while it converges. */
void test_3a(const struct trial *t)
{
	struct signal far = signal_css_far(t->level), near = signal_css_near(t->level - 15);
	struct scene s;

	trial_open(t, &s, false);
	trial_path(t, &s);
	scene_run(&s, &far, &near, NULL, 5);
	report(t, "LRES to near end [dB]", frozen_residual(t, &s, &far) - (t->level - 15), AT_MOST,
	       0);
	scene_close(&s);
	signal_free(&far);
	signal_free(&near);
}

static void converged_talk(const struct trial *t, double above, const char *figure, double limit)
{
	struct signal far = signal_css_far(t->level), near = signal_css_near(t->level + above);
	struct scene s;

	trial_open(t, &s, false);
	trial_path(t, &s);
	scene_run(&s, &far, NULL, NULL, 5);
	scene_run(&s, &far, &near, NULL, 5);
	report(t, figure, frozen_residual(t, &s, &far), AT_MOST, limit);
	scene_close(&s);
	signal_free(&far);
	signal_free(&near);
}

/* Test 3B: double talk after convergence must not spoil the filter. */
void test_3b(const struct trial *t)
{
	converged_talk(t, 0, "(a) LRES, near = far [dBm0]", mask(t->level) + 10);
	converged_talk(t, 3, "(a) LRES, near +3 dB [dBm0]", mask(t->level) + 10);
	converged_talk(t, -6, "(b) LRES, near -6 dB [dBm0]", mask(t->level) + 3);
}

/* Test 3C: a conversation, NLP on. */
void test_3c(const struct trial *t)
{
	struct signal far = signal_css_far(t->level), near = signal_css_near(t->level);
	double after, later = -200;
	struct scene s;
	size_t at;

	trial_open(t, &s, true);
	trial_path(t, &s);
	scene_run(&s, &far, &near, NULL, 5.6);
	at = s.n;
	scene_run(&s, &far, NULL, NULL, 1.4);
	after = peak_level(s.sout, at + s.kind->delay + RATE / 5, s.n);
	scene_run(&s, &far, NULL, NULL, 5);
	at = s.n;
	scene_run(&s, &far, &near, NULL, 5.6);
	later = worse(later, peak_level(s.sout, at, s.n));
	at = s.n;
	scene_run(&s, NULL, &near, NULL, 5.6);
	later = worse(later, peak_level(s.sout, at, s.n));
	report(t, "LRET after it, to near [dB]", after - t->level, AT_MOST, 0);
	report(t, "LRET in it, to near [dB]", later - t->level, AT_MOST, 6);
	scene_close(&s);
	signal_free(&far);
	signal_free(&near);
}

/* What the near end loses on its way through, NLP on: alone, then in double talk. */
void test_near(const struct trial *t)
{
	struct signal far = signal_css_far(t->level), near = signal_css_near(t->level);
	struct scene s;
	int delay = t->kind->delay + t->kind->nlp_delay;
	size_t at, pause = RATE / 20;

	trial_open(t, &s, true);
	trial_path(t, &s);
	scene_run(&s, &far, NULL, NULL, 8 * CSS_S);
	scene_run(&s, NULL, NULL, NULL, 0.4);
	at = s.n;
	scene_run(&s, NULL, &near, NULL, 4.8);
	report(t, "near end alone [dB]", fabs(gain(s.near, s.sout, at, s.n - pause, delay)),
	       AT_MOST, 0.5);
	at = s.n;
	scene_run(&s, &far, &near, NULL, 4.8);
	report(t, "lost in double talk [dB]", -gain(s.near, s.sout, at, s.n - pause, delay),
	       AT_MOST, 0.5);
	scene_close(&s);
	signal_free(&far);
	signal_free(&near);
}

/* Ten seconds of double talk with speech at equal level, then frozen: what is left of the cancelling. */
void test_speech(const struct trial *t)
{
	int which = t->model * 5 + (int)t->erl;
	struct signal css = signal_css_far(t->level);
	struct signal far = trial_speech(t, which, t->level),
		      near = trial_speech(t, which + 7, t->level);
	struct scene s;
	size_t at;
	double floor;

	trial_open(t, &s, false);
	trial_path(t, &s);
	scene_run(&s, &css, NULL, NULL, 8 * CSS_S);
	scene_run(&s, &far, &near, NULL, 10);
	frozen_residual(t, &s, &css);
	at = s.n - (size_t)(4 * CSS_S * RATE);
	floor = erle_floor(&s, at, s.n);
	report(t, "ERLE after it [dB]", erle(&s, at, s.n), AT_LEAST, 28);
	report(t, "below the floor [dB]", floor - erle(&s, at, s.n), NO_BAR, 0);
	scene_close(&s);
	signal_free(&css);
	signal_free(&far);
	signal_free(&near);
}

/* How far Sout's level is from the near end's noise, worst of 700 ms windows of the last 1.4 s. */
static double mismatch(const struct scene *s)
{
	double worst = 0;

	for (size_t back = 2; back > 0; back--) {
		size_t to = s->n - (back - 1) * 5600, from = to - 5600;

		worst = worse(worst, fabs(level(s->sout, from, to) - level(s->near, from, to)));
	}
	return worst;
}

/* Test 9: while the far end speaks the near end's noise is still heard, at its level. */
void test_9(const struct trial *t)
{
	static const double noise_level[] = {-45, -55, -45};
	static const double wait_s[] = {30, 10, 10};
	struct signal far = signal_white(-10, 3), css = signal_css_far(-10);
	double worst = 0;
	struct scene s;

	trial_open(t, &s, true);
	trial_path(t, &s);
	scene_run(&s, &css, NULL, NULL, 5);
	for (int i = 0; i < 3; i++) {
		struct signal noise = signal_white(noise_level[i], 11 + i);

		scene_run(&s, NULL, NULL, &noise, wait_s[i]);
		scene_run(&s, &far, NULL, &noise, 2);
		worst = worse(worst, mismatch(&s));
		signal_free(&noise);
	}
	report(t, "noise heard, off by [dB]", worst, AT_MOST, 1);
	scene_close(&s);
	signal_free(&far);
	signal_free(&css);
}
