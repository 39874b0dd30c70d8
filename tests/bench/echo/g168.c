/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Bench of line echo cancellers on the tests of ITU-T G.168 and some of our own. Prints a line a
 * figure, separated by tabs: canceller, test, tail [ms], law, hybrid, ERL [dB], LRin [dBm0], delay [ms],
 * figure, value, bound, bar, verdict. Exit status 1 if a bar was missed, 2 if it could not look.
 */
#include <getopt.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "trial.h"

const struct test tests[] = {
	{"self", "the bench itself", test_self, GRID_ONE, false},
	{"2A", "convergence with NLP", test_2a, GRID_FULL, false},
	{"2B", "convergence and steady state without NLP", test_2b, GRID_FULL, false},
	{"2C", "convergence in noise", test_2c, GRID_FULL, false},
	{"3A", "converging in low double talk", test_3a, GRID_FULL, false},
	{"3B", "double talk after convergence", test_3b, GRID_FULL, false},
	{"3C", "simulated conversation", test_3c, GRID_FULL, false},
	{"4", "leak", test_4, GRID_HYBRIDS, false},
	{"5", "open path", test_5, GRID_FULL, false},
	{"6", "narrow band", test_6, GRID_FULL, false},
	{"7", "stability with a tone", test_7, GRID_HYBRIDS, false},
	{"8", "line signalling both ways", test_8, GRID_HYBRIDS, false},
	{"9", "comfort noise", test_9, GRID_HYBRIDS, false},
	{"10", "fax set-up", test_10, GRID_HYBRIDS, false},
	{"13", "G.726 in the echo path", test_13, GRID_HYBRIDS, false},
	{"14", "low-speed data", test_14, GRID_HYBRIDS, false},
	{"15", "DC offset", test_15, GRID_FULL, false},
	{"near", "near end through the NLP", test_near, GRID_FULL, false},
	{"speech", "10 s of speech double talk", test_speech, GRID_FULL, true},
	{"flip", "path change", test_flip, GRID_FULL, false},
	{"flips", "path and gain change every 4.9 s", test_flips, GRID_HYBRIDS, false},
	{"multi", "three reflections", test_multi, GRID_HYBRIDS, false},
	{"disabler", "2100 Hz with phase reversals", test_disabler, GRID_ONE, false},
	{"clear", "added delay", test_clear, GRID_ONE, false},
	{"early", "2B with the echo at 8 ms", test_2b, GRID_EARLY, false},
	{"models", "2B on each hybrid", test_2b, GRID_ALL, false},
	{"delay", "2B over the delay", test_2b, GRID_DELAY, false},
	{"erl", "2B over the return loss", test_2b, GRID_ERL, false},
	{"level", "2B over the level", test_2b, GRID_LEVEL, false},
	{"bad", "bad input", test_bad, GRID_ONE, false},
	{"hour", "an hour of silence", test_hour, GRID_ONE, false},
	{"cost", "instructions, under callgrind", test_cost, GRID_ONE, false},
	{"linear", "the same without NLP", test_linear, GRID_ONE, false},
	{"", NULL, NULL, GRID_ONE, false},
};

/* Limits from the command line: what is not given runs through its grid. */
struct choice {
	const struct canceller *kind;
	const char *test;
	int tail_ms, model, delay_ms;
	double erl, level;
	enum law law;
	const char *speech, *curve;
};

#define NOT_GIVEN -1000
#define EARLY     64 /* samples: 8 ms */

static const int few_models[] = {2, 5, 7, 9};
static const double few_erls[] = {6, 10, 20};
static const double few_levels[] = {-10, -15};

/* Hybrids sit early and late in the tail: the pure delay grows with the model's number. */
static int usual_delay(const struct choice *c, int model)
{
	int room_ms = c->tail_ms - 16;

	return 1 + (room_ms * RATE / 1000 - 1) * (model - 2) / 7;
}

static void run(const struct choice *c, const struct test *test, struct trial t)
{
	t.kind = c->kind;
	t.test = test->name;
	t.tail_ms = c->tail_ms;
	t.law = c->law;
	t.speech = c->speech;
	t.curve = c->curve;
	if (c->model != NOT_GIVEN)
		t.model = c->model;
	if (c->erl != NOT_GIVEN)
		t.erl = c->erl;
	if (c->level != NOT_GIVEN)
		t.level = c->level;
	if (c->delay_ms != NOT_GIVEN)
		t.delay = c->delay_ms * RATE / 1000;
	else if (!t.delay)
		t.delay = usual_delay(c, t.model);
	test->run(&t);
}

static void run_full(const struct choice *c, const struct test *test)
{
	for (int l = 0; l < 2; l++) {
		if (l && c->level != NOT_GIVEN)
			continue;
		for (int m = 0; m < 4; m++) {
			if (c->model != NOT_GIVEN && m)
				continue;
			for (int e = 0; e < 3; e++) {
				if (c->erl != NOT_GIVEN && e)
					continue;
				run(c, test,
				    (struct trial){.model = few_models[m],
						   .erl = few_erls[e],
						   .level = few_levels[l],
						   .delay = test->grid == GRID_EARLY ? EARLY : 0});
			}
		}
	}
}

static void run_test(const struct choice *c, const struct test *test)
{
	struct trial t = {.model = 5, .erl = 6, .level = -10};

	switch (test->grid) {
	case GRID_FULL:
	case GRID_EARLY: run_full(c, test); break;
	case GRID_HYBRIDS:
		for (int m = 0; m < (c->model == NOT_GIVEN ? 4 : 1); m++) {
			t.model = few_models[m];
			run(c, test, t);
		}
		break;
	case GRID_ALL:
		for (t.model = 2; t.model <= 9; t.model++)
			run(c, test, t);
		break;
	case GRID_DELAY:
		for (int ms = 0; ms <= c->tail_ms - 16; ms += 8) {
			t.delay = 1 + ms * RATE / 1000;
			run(c, test, t);
		}
		break;
	case GRID_ERL:
		for (t.erl = 0; t.erl <= 30; t.erl += 3)
			run(c, test, t);
		break;
	case GRID_LEVEL:
		for (t.level = 0; t.level >= -30; t.level -= 5)
			run(c, test, t);
		break;
	case GRID_ONE: run(c, test, t); break;
	}
}

static const struct canceller *find(const char *name)
{
	for (int i = 0; cancellers[i]; i++)
		if (strcmp(cancellers[i]->name, name) == 0)
			return cancellers[i];
	fprintf(stderr, "no canceller %s\n", name);
	exit(2);
}

static void usage(void)
{
	printf("usage: g168 [--canceller NAME] [--case NAME[,NAME ...]] [--tail MS] [--law a|u]\n"
	       "            [--model 2..9] [--erl DB] [--level DBM0] [--delay MS]\n"
	       "            [--speech FOLDER] [--curve FILE]\n\ncancellers:");
	for (int i = 0; cancellers[i]; i++)
		printf(" %s", cancellers[i]->name);
	printf("\ncases (all but self, hour, cost, linear without --case; speech only with "
	       "--speech):\n");
	for (const struct test *t = tests; t->run; t++)
		printf("  %-9s %s\n", t->name, t->what);
}

/* Too slow, only of use under callgrind, or not about a canceller. */
static bool on_demand(const struct test *test)
{
	return test->run == test_self || test->run == test_cost || test->run == test_linear ||
	       test->run == test_hour;
}

static bool chosen(const struct choice *c, const struct test *test)
{
	const char *at = c->test;
	size_t length = strlen(test->name);

	if (!at)
		return !on_demand(test) && (!test->speech || c->speech);
	while ((at = strstr(at, test->name))) {
		if ((at == c->test || at[-1] == ',') && (at[length] == ',' || !at[length]))
			return true;
		at++;
	}
	return false;
}

static struct choice parse(int argc, char **argv)
{
	static const struct option names[] = {
		{"canceller", 1, NULL, 'c'}, {"case", 1, NULL, 't'},  {"tail", 1, NULL, 'm'},
		{"law", 1, NULL, 'l'},       {"model", 1, NULL, 'd'}, {"erl", 1, NULL, 'e'},
		{"level", 1, NULL, 'r'},     {"delay", 1, NULL, 'p'}, {"speech", 1, NULL, 's'},
		{"curve", 1, NULL, 'o'},     {"help", 0, NULL, 'h'},  {NULL, 0, NULL, 0},
	};
	struct choice c = {.kind = cancellers[0],
			   .tail_ms = 64,
			   .model = NOT_GIVEN,
			   .delay_ms = NOT_GIVEN,
			   .erl = NOT_GIVEN,
			   .level = NOT_GIVEN};
	int o;

	while ((o = getopt_long(argc, argv, "", names, NULL)) != -1) {
		switch (o) {
		case 'c': c.kind = find(optarg); break;
		case 't': c.test = optarg; break;
		case 'm': c.tail_ms = atoi(optarg); break;
		case 'l': c.law = optarg[0] == 'u' ? LAW_MU : LAW_A; break;
		case 'd': c.model = atoi(optarg); break;
		case 'e': c.erl = atof(optarg); break;
		case 'r': c.level = atof(optarg); break;
		case 'p': c.delay_ms = atoi(optarg); break;
		case 's': c.speech = optarg; break;
		case 'o': c.curve = optarg; break;
		case 'h': usage(); exit(0);
		default: usage(); exit(2);
		}
	}
	if (c.model != NOT_GIVEN && (c.model < 2 || c.model > 9)) {
		fprintf(stderr, "hybrids are 2 to 9\n");
		exit(2);
	}
	return c;
}

int main(int argc, char **argv)
{
	struct choice c = parse(argc, argv);
	int runs = 0;

	report_aside();
	for (const struct test *t = tests; t->run; t++) {
		if (!chosen(&c, t))
			continue;
		run_test(&c, t);
		runs++;
	}
	if (!runs) {
		usage();
		return 2;
	}
	return reported_failures() ? 1 : 0;
}
