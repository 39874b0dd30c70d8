/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The bench on the bench: signals, line and meter against what is known about them. No canceller.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "meter.h"
#include "trial.h"

#define CSS_ACTIVE 1989 /* samples of voiced sound and noise in half a period */

static double meter_of_tone(double hz)
{
	struct signal tone = signal_tone(hz, 0, 0, 0);
	double l = level(tone.x, 1000, 7000);

	signal_free(&tone);
	return l;
}

static void check_meter(const struct trial *t)
{
	struct signal tone = signal_tone(1000, 0, -20, 0);
	float *late = calloc(tone.n + 100, sizeof(*late));

	if (!late)
		abort();
	report(t, "1 kHz, 0 dBm0: off by [dB]", fabs(meter_of_tone(1000)), AT_MOST, 0.1);
	report(t, "3800 Hz, 0 dBm0 reads", meter_of_tone(3800), AT_MOST, -40);
	report(t, "100 Hz, 0 dBm0 reads", meter_of_tone(100), AT_MOST, -40);
	/* Half as loud, 100 samples later, gone after 4000. */
	for (size_t i = 0; i < 4000; i++)
		late[i + 100] = tone.x[i] / 2;
	report(t, "half, later: gain off by [dB]", fabs(gain(tone.x, late, 0, 4000, 100) + 6.02),
	       AT_MOST, 0.1);
	report(t, "its peak off by [dB]", fabs(peak_level(late, 0, 8000) + 26.02), AT_MOST, 0.1);
	/* 13 dB below its level is a twentieth of the window: 14 samples of it. */
	report(t, "its end off by [samples]",
	       fabs(last_above(late, 0, 8000, -39.02) - (4100 + 280 - 14.0)), AT_MOST, 20);
	report(t, "louder than half by, off [dB]", fabs(louder(late, tone.x, 280, 3920) - 6.02),
	       AT_MOST, 0.1);
	signal_free(&tone);
	free(late);
}

static void check_signals(const struct trial *t)
{
	struct signal css = signal_css_far(-10);
	double sum = 0, peak = 0, skew = 0;

	for (int i = 0; i < CSS_ACTIVE; i++) {
		sum += (double)css.x[i] * css.x[i];
		peak = fmax(peak, fabs(css.x[i]));
	}
	for (size_t i = 0; i < css.n / 2; i++)
		skew = fmax(skew, fabs(css.x[i] + css.x[i + css.n / 2]));
	report(t, "CSS active level, off by [dB]", fabs(dbm0(sqrt(sum / CSS_ACTIVE)) + 10), AT_MOST,
	       0.01);
	report(t, "CSS period off by [samples]", fabs(css.n - 5600.0), AT_MOST, 0);
	report(t, "CSS second half is not the first inverted", skew, AT_MOST, 0);
	report(t, "CSS crest [dB]", 20 * log10(peak / sqrt(sum / CSS_ACTIVE)), AT_MOST, 14);
	signal_free(&css);
}

/* Each hybrid returns what it should, from both laws, at the right time. */
static void check_line(const struct trial *t)
{
	double off = 0, least = 100, most = 0, early = 0;

	for (int i = 0; i < 32; i++) {
		double erl = i & 1 ? 20 : 6;
		struct signal css = signal_css_far(-10);
		struct scene s;

		scene_open(&s, &canceller_none, t->tail_ms, i & 2 ? LAW_MU : LAW_A, false);
		scene_path(&s, 2 + i / 4, erl, 400);
		scene_run(&s, &css, NULL, NULL, 2.8);
		for (size_t k = 0; k < 400; k++)
			early = fmax(early, fabs(s.sin[k]));
		off = fmax(off, fabs(level(s.rin, 5600, s.n) - level(s.sin, 5600, s.n) - erl));
		least = fmin(least, erle_floor(&s, 5600, s.n));
		most = fmax(most, erle_floor(&s, 5600, s.n));
		scene_close(&s);
		signal_free(&css);
	}
	report(t, "ERL off by [dB]", off, AT_MOST, 0.1);
	report(t, "echo before its delay [16-bit scale]", early, AT_MOST, 8);
	report(t, "floor of the law, least [dB]", least, AT_LEAST, 32);
	report(t, "floor of the law, most [dB]", most, AT_MOST, 42);
}

void test_self(const struct trial *t)
{
	check_meter(t);
	check_signals(t);
	check_line(t);
}
