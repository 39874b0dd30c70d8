/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * MG2 and KB1 as cancellers of the bench: included behind their source, whose names are the same.
 * They have no switch for learning; its place is taken by the hang-over that they start when they
 * believe that the near end speaks (HCNTR_d), which also leaves their NLP out.
 */
#ifndef BENCH_ECHO_DAHDI_RIVAL_H
#define BENCH_ECHO_DAHDI_RIVAL_H

#include "canceller.h"

#define HELD 1000000000

struct rival {
	struct dahdi_echocan_state *ec;
	bool frozen;
};

static void *create(int tail_ms, enum law law)
{
	struct dahdi_echocanparams params = {.tap_length = tail_ms * 8};
	struct rival *r = calloc(1, sizeof(*r));

	(void)law;
	if (!r || my_factory.echocan_create(NULL, &params, NULL, &r->ec) < 0)
		abort();
	return r;
}

static void process(void *state, int16_t *io, const int16_t *rin, int n)
{
	struct rival *r = state;

	for (int i = 0; i < n; i++) {
		if (r->frozen)
			dahdi_to_pvt(r->ec)->HCNTR_d = HELD;
		my_ops.echocan_process(r->ec, io + i, rin + i, 1);
	}
}

static void freeze(void *state, bool frozen)
{
	((struct rival *)state)->frozen = frozen;
}

static void nlp(void *state, bool on)
{
	my_ops.echocan_NLP_toggle(((struct rival *)state)->ec, on);
}

static size_t overrun(const void *state)
{
	(void)state;
	return guarded_overrun();
}

static void end(void *state)
{
	guarded_release();
	free(state);
}

#endif
