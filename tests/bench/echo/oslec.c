/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * OSLEC, the files of Debian's dahdi-source as they are, with the options of its DAHDI module.
 */
#include "echo.c"

#include "canceller.h"

#define MODE (ECHO_CAN_USE_ADAPTION | ECHO_CAN_USE_CLIP | ECHO_CAN_USE_TX_HPF | ECHO_CAN_USE_RX_HPF)

struct rival {
	struct oslec_state *ec;
	int mode;
};

static void *create(int tail_ms, enum law law)
{
	struct rival *r = calloc(1, sizeof(*r));

	(void)law;
	if (!r)
		abort();
	r->mode = MODE | ECHO_CAN_USE_NLP;
	r->ec = oslec_create(tail_ms * 8, r->mode);
	if (!r->ec)
		abort();
	return r;
}

static void process(void *state, int16_t *io, const int16_t *rin, int n)
{
	struct rival *r = state;

	for (int i = 0; i < n; i++)
		io[i] = oslec_update(r->ec, rin[i], io[i]);
}

static void set(struct rival *r, int bit, bool on)
{
	r->mode = on ? r->mode | bit : r->mode & ~bit;
	oslec_adaption_mode(r->ec, r->mode);
}

static void freeze(void *state, bool frozen)
{
	set(state, ECHO_CAN_USE_ADAPTION, !frozen);
}

static void nlp(void *state, bool on)
{
	set(state, ECHO_CAN_USE_NLP, on);
}

static size_t overrun(const void *state)
{
	(void)state;
	return guarded_overrun();
}

static void end(void *state)
{
	oslec_free(((struct rival *)state)->ec);
	guarded_release();
	free(state);
}

const struct canceller canceller_oslec = {
	.name = "OSLEC",
	.create = create,
	.process = process,
	.freeze = freeze,
	.nlp = nlp,
	.overrun = overrun,
	.free = end,
};
