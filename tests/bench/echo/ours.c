/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Our own canceller as the bench sees it.
 */
#include <stdlib.h>

#include "canceller.h"
#include "echocan/echocan.h"

#define ALIGN 64

static void *create(int tail_ms, enum law law)
{
	struct echocan_config config = {
		.tail_ms = tail_ms,
		.law = law == LAW_A ? ECHOCAN_ALAW : ECHOCAN_ULAW,
		.simd = getenv("ECHOCAN_SCALAR") ? ECHOCAN_SCALAR : ECHOCAN_AVX2,
		.nlp = true,
		.comfort = true,
		.disabler = true,
	};
	size_t size = (echocan_size(&config) + ALIGN - 1) / ALIGN * ALIGN;
	void *mem = size ? aligned_alloc(ALIGN, size) : NULL;

	if (mem && echocan_init(mem, size, &config) < 0) {
		free(mem);
		mem = NULL;
	}
	return mem;
}

static void process(void *state, int16_t *io, const int16_t *rin, int n)
{
	echocan_process(state, io, rin, n);
}

static void freeze(void *state, bool frozen)
{
	echocan_freeze(state, frozen);
}

static void nlp(void *state, bool on)
{
	echocan_set_nlp(state, on);
}

static int says(const void *state)
{
	struct echocan_stats stats;

	echocan_read_stats(state, &stats);
	return (stats.wrong_law ? SAYS_WRONG_LAW : 0) | (stats.beyond_tail ? SAYS_BEYOND_TAIL : 0) |
	       (stats.state == ECHOCAN_DISABLED ? SAYS_DISABLED : 0);
}

const struct canceller canceller_ours = {
	.name = "ours",
	.create = create,
	.process = process,
	.freeze = freeze,
	.nlp = nlp,
	.says = says,
	.free = free,
};
