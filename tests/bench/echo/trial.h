/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One measurement: which canceller on which line, and how its figures are reported.
 */
#ifndef BENCH_ECHO_TRIAL_H
#define BENCH_ECHO_TRIAL_H

#include "scene.h"

/**
 * struct trial - conditions of one run
 * @test: name of the test, as on the command line
 * @model: 2 .. 9 for hybrid D.2 .. D.9
 * @erl: echo return loss of the hybrid with the composite source signal [dB]
 * @level: LRin [dBm0]
 * @delay: pure delay of the echo path [samples]
 * @speech: folder of speech, raw 8 kHz 16-bit; NULL: none
 * @curve: file for the convergence curve, or NULL
 */
struct trial {
	const struct canceller *kind;
	const char *test;
	int tail_ms;
	enum law law;
	int model;
	double erl;
	double level;
	int delay;
	const char *speech;
	const char *curve;
};

enum bound { NO_BAR, AT_MOST, AT_LEAST };

/** report_aside() - figures go where stdout went, and stdout to nowhere: SpanDSP prints a lot */
void report_aside(void);
/** report() - print one figure, with the bar and whether it is met */
void report(const struct trial *t, const char *figure, double value, enum bound bound, double bar);
/** reported_failures() - figures so far that missed their bar */
int reported_failures(void);

/** mask() - residual level allowed in the steady state, NLP off, G.168 figure 9 [dBm0] */
double mask(double level);

/** trial_open() - a scene with the trial's canceller; the path is still open */
void trial_open(const struct trial *t, struct scene *s, bool nlp);
/** trial_path() - the trial's hybrid from now on */
void trial_path(const struct trial *t, struct scene *s);
/** trial_speech() - speech number @which of the folder at @level; ends the program if there is none */
struct signal trial_speech(const struct trial *t, int which, double level);

/** erle() - echo return loss enhancement over samples @from .. @to - 1 [dB] */
double erle(const struct scene *s, size_t from, size_t to);
/** erle_floor() - what it would be with the true echo subtracted: only the law's noise remains */
double erle_floor(const struct scene *s, size_t from, size_t to);
/** ms_to_loss() - time from @from until the residual stays @loss dB below the trial's level [ms] */
double ms_to_loss(const struct trial *t, const struct scene *s, size_t from, size_t to,
		  double loss);

/** struct test - a test: runs once for each of the conditions in @grid */
struct test {
	const char *name;
	const char *what;
	void (*run)(const struct trial *t);
	enum grid {
		GRID_FULL,
		GRID_EARLY,
		GRID_HYBRIDS,
		GRID_ONE,
		GRID_DELAY,
		GRID_ERL,
		GRID_LEVEL,
		GRID_ALL
	} grid;
	bool speech;
};

extern const struct test tests[]; /* ends with an empty name */

/* self.c */
void test_self(const struct trial *t);
/* converge.c */
void test_2a(const struct trial *t);
void test_2b(const struct trial *t);
void test_2c(const struct trial *t);
void test_flip(const struct trial *t);
void test_flips(const struct trial *t);
void test_4(const struct trial *t);
void test_5(const struct trial *t);
void test_15(const struct trial *t);
void test_multi(const struct trial *t);
/* double_talk.c */
void test_3a(const struct trial *t);
void test_3b(const struct trial *t);
void test_3c(const struct trial *t);
void test_near(const struct trial *t);
void test_speech(const struct trial *t);
void test_9(const struct trial *t);
/* tones.c */
void test_6(const struct trial *t);
void test_7(const struct trial *t);
void test_8(const struct trial *t);
void test_disabler(const struct trial *t);
void test_clear(const struct trial *t);
/* data.c */
void test_10(const struct trial *t);
void test_13(const struct trial *t);
void test_14(const struct trial *t);
/* bad.c */
void test_bad(const struct trial *t);
void test_hour(const struct trial *t);
/* cost.c */
void test_cost(const struct trial *t);
void test_linear(const struct trial *t);

#endif
