/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a canceller costs: runs under callgrind (--instr-atstart=no), which counts instructions from the
 * outside; each dump's name says what it holds. "cost" is with everything that the canceller has,
 * "linear" without its NLP.
 */
#include <stdio.h>
#include <stdlib.h>
#include <valgrind/callgrind.h>

#include "trial.h"

#define CHUNK   8
#define CHUNKS  525 /* 525 ms: voiced sound, noise and pause, block boundaries at all places */
#define SAMPLES (3 * 5600) /* three periods of the composite source signal */

/* Rin and Sin of a converged channel. */
struct feed {
	int16_t sin[SAMPLES], rin[SAMPLES];
};

static void count(const struct trial *t, bool nlp)
{
	struct signal css = signal_css_far(t->level);
	struct feed *feed = malloc(sizeof(*feed));
	struct scene s;
	char name[32];
	size_t from;

	if (!feed)
		abort();
	trial_open(t, &s, nlp);
	trial_path(t, &s);
	scene_run(&s, &css, NULL, NULL, 2.1);
	from = s.n;
	/* The line goes on without the canceller, so that only its instructions are counted. */
	for (int pass = 0; pass < 2; pass++) {
		scene_record(&s, &css, SAMPLES / (double)RATE);
		for (int i = 0; i < SAMPLES; i++) {
			feed->sin[i] = s.sin[from + i];
			feed->rin[i] = s.rin[from + i];
		}
		from = s.n;
		if (!pass) {
			CALLGRIND_START_INSTRUMENTATION;
			for (int i = 0; i < SAMPLES; i += CHUNK)
				t->kind->process(s.state, feed->sin + i, feed->rin + i, CHUNK);
			CALLGRIND_DUMP_STATS_AT("average");
			continue;
		}
		for (int i = 0; i < CHUNKS; i++) {
			snprintf(name, sizeof(name), "chunk %d", i);
			CALLGRIND_ZERO_STATS;
			t->kind->process(s.state, feed->sin + i * CHUNK, feed->rin + i * CHUNK,
					 CHUNK);
			CALLGRIND_DUMP_STATS_AT(name);
		}
		CALLGRIND_STOP_INSTRUMENTATION;
	}
	report(t, "samples counted", SAMPLES, NO_BAR, 0);
	report(t, "chunks counted", CHUNKS, NO_BAR, 0);
	scene_close(&s);
	signal_free(&css);
	free(feed);
}

void test_cost(const struct trial *t)
{
	count(t, true);
}

void test_linear(const struct trial *t)
{
	count(t, false);
}
