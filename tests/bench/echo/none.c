/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * No canceller: what the line does by itself, and what modems achieve on it.
 */
#include <stdlib.h>

#include "canceller.h"

static void *create(int tail_ms, enum law law)
{
	(void)tail_ms;
	(void)law;
	return malloc(1);
}

static void process(void *state, int16_t *io, const int16_t *rin, int n)
{
	(void)state;
	(void)io;
	(void)rin;
	(void)n;
}

static void freeze(void *state, bool frozen)
{
	(void)state;
	(void)frozen;
}

const struct canceller canceller_none = {
	.name = "none",
	.create = create,
	.process = process,
	.freeze = freeze,
	.free = free,
};
