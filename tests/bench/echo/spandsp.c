/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * SpanDSP's canceller, Debian's library. It prints while it works; the program that uses it sends its
 * figures elsewhere and stdout to /dev/null.
 */
#include <stdlib.h>

#include <spandsp.h>

#include "canceller.h"

#define MODE (ECHO_CAN_USE_ADAPTION | ECHO_CAN_USE_CNG | ECHO_CAN_USE_CLIP)

struct rival {
	echo_can_state_t *ec;
	int mode;
};

static void *create(int tail_ms, enum law law)
{
	struct rival *r = calloc(1, sizeof(*r));

	(void)law;
	if (!r)
		abort();
	r->mode = MODE | ECHO_CAN_USE_NLP;
	r->ec = echo_can_init(tail_ms * 8, r->mode);
	if (!r->ec)
		abort();
	return r;
}

static void process(void *state, int16_t *io, const int16_t *rin, int n)
{
	struct rival *r = state;

	for (int i = 0; i < n; i++)
		io[i] = echo_can_update(r->ec, rin[i], io[i]);
}

static void set(struct rival *r, int bit, bool on)
{
	r->mode = on ? r->mode | bit : r->mode & ~bit;
	echo_can_adaption_mode(r->ec, r->mode);
}

static void freeze(void *state, bool frozen)
{
	set(state, ECHO_CAN_USE_ADAPTION, !frozen);
}

static void nlp(void *state, bool on)
{
	set(state, ECHO_CAN_USE_NLP, on);
}

static void end(void *state)
{
	echo_can_free(((struct rival *)state)->ec);
	free(state);
}

const struct canceller canceller_spandsp = {
	.name = "SpanDSP",
	.create = create,
	.process = process,
	.freeze = freeze,
	.nlp = nlp,
	.free = end,
};
