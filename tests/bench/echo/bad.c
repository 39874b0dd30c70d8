/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Input that no telephone sends but that a line brings: the canceller must not make it louder, and must
 * cancel again afterwards.
 */
#include <math.h>
#include <stdio.h>

#include "meter.h"
#include "trial.h"

#define CSS_S      0.7
#define DELAYED_MS 5 /* echo of the right tail, early: room for a slip */

static void figure(const struct trial *t, const char *what, const char *which, double value,
		   enum bound bound, double bar)
{
	char name[80];

	snprintf(name, sizeof(name), "%s: %s", what, which);
	report(t, name, value, bound, bar);
}

static void start(const struct trial *t, struct scene *s, struct signal *css)
{
	trial_open(t, s, false);
	scene_path(s, t->model, t->erl, DELAYED_MS * RATE / 1000);
	scene_run(s, css, NULL, NULL, 8 * CSS_S);
}

/* What was louder since @from, and whether it cancels again after 5.6 s of composite source signal. */
static void finish(const struct trial *t, struct scene *s, struct signal *css, const char *what,
		   size_t from)
{
	size_t again;

	figure(t, what, "Sout above Sin [dB]", louder(s->sin, s->sout, from, s->n), AT_MOST, 0.5);
	again = s->n;
	css->at = 0;
	scene_run(s, css, NULL, NULL, 8 * CSS_S);
	figure(t, what, "to 20 dB again [ms]", ms_to_loss(t, s, again, s->n, 20), AT_MOST, 500);
	figure(t, what, "below the floor again [dB]",
	       erle_floor(s, s->n - 2 * 5600, s->n) - erle(s, s->n - 2 * 5600, s->n), AT_MOST, 3);
	scene_close(s);
}

/* Something from one end or from both for @seconds. */
static void hear(const struct trial *t, const char *what, struct signal far, struct signal near,
		 double seconds)
{
	struct signal css = signal_css_far(t->level);
	struct scene s;
	size_t from;

	start(t, &s, &css);
	from = s.n;
	scene_run(&s, &far, &near, NULL, seconds);
	finish(t, &s, &css, what, from);
	signal_free(&css);
	signal_free(&far);
	signal_free(&near);
}

static void silence(const struct trial *t, const char *what, int minutes)
{
	struct signal css = signal_css_far(t->level);
	struct scene s;

	start(t, &s, &css);
	for (int i = 0; i < minutes; i++) {
		scene_run(&s, NULL, NULL, NULL, 60);
		scene_forget(&s);
	}
	finish(t, &s, &css, what, s.n - RATE / 2);
	signal_free(&css);
}

/* A frame lost, later one sent twice: each shifts the echo by a sample. */
static void slip(const struct trial *t)
{
	struct signal css = signal_css_far(t->level);
	struct scene s;
	double ms[2];
	size_t at;

	start(t, &s, &css);
	for (int i = 0; i < 2; i++) {
		scene_slip(&s, i ? -1 : 1);
		at = s.n;
		scene_run(&s, &css, NULL, NULL, 8 * CSS_S);
		ms[i] = ms_to_loss(t, &s, at, s.n, 20);
	}
	figure(t, "slip", "to 20 dB again [ms]", fmax(ms[0], ms[1]), AT_MOST, 500);
	scene_close(&s);
	signal_free(&css);
}

/* 0 or 1: the canceller says @what after 10 s on this line; louder than Sin, or not. */
static void told(const struct trial *t, const char *what, bool lie, int delay, int bit)
{
	struct signal css = signal_css_far(t->level);
	struct scene s;

	for (int wrong = 0; wrong < 2; wrong++) {
		trial_open(t, &s, false);
		s.lie = lie && wrong;
		scene_path(&s, t->model, t->erl, wrong ? delay : t->delay);
		scene_run(&s, &css, NULL, NULL, 15 * CSS_S);
		if (t->kind->says)
			figure(t, what, wrong ? "said [0, 1]" : "said though all is well [0, 1]",
			       !!(t->kind->says(s.state) & bit), wrong ? AT_LEAST : AT_MOST, wrong);
		if (wrong)
			figure(t, what, "Sout above Sin [dB]", louder(s.sin, s.sout, RATE / 5, s.n),
			       AT_MOST, 0.5);
		scene_close(&s);
	}
	signal_free(&css);
}

/* What comes from the canceller goes back to the line: both ends are one. */
static void loop(const struct trial *t)
{
	struct signal css = signal_css_far(t->level), back = {0};
	float ring[8];
	struct scene s;
	size_t from;

	start(t, &s, &css);
	from = s.n;
	back.x = ring;
	back.n = sizeof(ring) / sizeof(ring[0]);
	for (int i = 0; i < 10 * RATE / (int)back.n; i++) {
		for (size_t k = 0; k < back.n; k++)
			ring[k] = s.sout[s.n - back.n + k];
		back.at = 0;
		scene_run(&s, &back, NULL, NULL, (double)back.n / RATE);
	}
	finish(t, &s, &css, "Sout sent back", from);
	signal_free(&css);
}

static void hum(const struct trial *t)
{
	struct signal css = signal_css_far(t->level), near = signal_tone(50, 0, -30, 0);
	struct scene s;
	size_t steady;

	trial_open(t, &s, false);
	trial_path(t, &s);
	scene_run(&s, &css, &near, NULL, 15 * CSS_S);
	steady = s.n;
	scene_run(&s, &css, &near, NULL, 4 * CSS_S);
	figure(t, "hum", "below the floor [dB]",
	       erle_floor(&s, steady, s.n) - erle(&s, steady, s.n), AT_MOST, 3);
	scene_close(&s);
	signal_free(&css);
	signal_free(&near);
}

void test_bad(const struct trial *t)
{
	struct signal none = {0};

	hear(t, "square far", signal_square(16), none, 5);
	hear(t, "square near", none, signal_square(160), 5);
	hear(t, "squares", signal_square(16), signal_square(10), 5);
	hear(t, "DC far", signal_dc(20000), none, 5);
	hear(t, "DC near", none, signal_dc(-20000), 5);
	hear(t, "same both ends", signal_css_far(t->level), signal_css_far(t->level), 5);
	hear(t, "tone far", signal_tone(440, 0, t->level, 0), none, 60);
	hear(t, "tone near", none, signal_tone(440, 0, t->level, 0), 60);
	hear(t, "hum far", signal_tone(50, 0, -20, 0), none, 10);
	silence(t, "5 min of silence", 5);
	loop(t);
	slip(t);
	hum(t);
	told(t, "wrong law", true, t->delay, SAYS_WRONG_LAW);
	told(t, "beyond the tail", false, (t->tail_ms + 20) * RATE / 1000, SAYS_BEYOND_TAIL);
	if (t->kind->overrun) {
		struct scene s;
		struct signal css = signal_css_far(t->level);

		start(t, &s, &css);
		figure(t, "memory", "octets overrun", t->kind->overrun(s.state), AT_MOST, 0);
		scene_close(&s);
		signal_free(&css);
	}
}

/* For itself: only the fast ones are patient enough. */
void test_hour(const struct trial *t)
{
	silence(t, "an hour of silence", 60);
}
