/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <glob.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "meter.h"
#include "trial.h"

static FILE *out;
static int failures;

void report_aside(void)
{
	out = fdopen(dup(STDOUT_FILENO), "w");
	if (!out || !freopen("/dev/null", "w", stdout)) {
		perror("stdout");
		exit(2);
	}
}

void report(const struct trial *t, const char *figure, double value, enum bound bound, double bar)
{
	bool good = bound == NO_BAR || (bound == AT_MOST ? value <= bar : value >= bar);

	fprintf(out, "%s\t%s\t%d\t%s\tD.%d\t%g\t%g\t%g\t%s\t%.2f\t", t->kind->name, t->test,
		t->tail_ms, t->law == LAW_A ? "A" : "mu", t->model, t->erl, t->level,
		t->delay * 1000.0 / RATE, figure, value);
	if (bound == NO_BAR)
		fprintf(out, "\t\t-\n");
	else
		fprintf(out, "%s\t%.2f\t%s\n", bound == AT_MOST ? "<=" : ">=", bar,
			good ? "PASS" : "FAIL");
	fflush(out);
	failures += !good;
}

int reported_failures(void)
{
	return failures;
}

double mask(double lr)
{
	return 25.0 / 30 * lr - 30;
}

void trial_open(const struct trial *t, struct scene *s, bool nlp)
{
	scene_open(s, t->kind, t->tail_ms, t->law, nlp);
	scene_run(s, NULL, NULL, NULL, 0.2);
}

void trial_path(const struct trial *t, struct scene *s)
{
	scene_path(s, t->model, t->erl, t->delay);
}

struct signal trial_speech(const struct trial *t, int which, double level)
{
	struct signal s = {0};
	char pattern[4096];
	glob_t found;

	snprintf(pattern, sizeof(pattern), "%s/*.raw", t->speech ? t->speech : ".");
	if (glob(pattern, 0, NULL, &found) == 0) {
		s = signal_speech(found.gl_pathv[which % found.gl_pathc], level);
		globfree(&found);
	}
	if (!s.x) {
		fprintf(stderr, "no speech in %s\n", pattern);
		exit(2);
	}
	return s;
}

double erle(const struct scene *s, size_t from, size_t to)
{
	return level(s->sin, from, to) - level(s->sout + s->kind->delay, from, to - s->kind->delay);
}

double erle_floor(const struct scene *s, size_t from, size_t to)
{
	return level(s->sin, from, to) - level(s->floor, from, to);
}

double ms_to_loss(const struct trial *t, const struct scene *s, size_t from, size_t to, double loss)
{
	return (last_above(s->sout, from, to, t->level - loss) - from) * 1000.0 / RATE;
}
