/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * SpeexDSP's canceller with its preprocessor for the residual echo, Debian's library. It works on blocks;
 * here of 8 ms, the shortest that it does well with, so Sout is 64 samples late. It cannot stop
 * learning: what it allocates when it is created is caught (linked with --wrap=calloc), and the
 * two blocks that hold its filters are put back after each block of samples while it is frozen.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <speex/speex_echo.h>
#include <speex/speex_preprocess.h>

#include "canceller.h"

#define FRAME  64
#define BLOCKS 128 /* allocations of one canceller, at most */

void *__real_calloc(size_t n, size_t size);
void *__wrap_calloc(size_t n, size_t size);

struct block {
	void *mem;
	size_t size;
};

static struct block *watched;
static int watched_count;

void *__wrap_calloc(size_t n, size_t size)
{
	void *mem = __real_calloc(n, size);

	if (watched && watched_count < BLOCKS)
		watched[watched_count++] = (struct block){mem, n * size};
	return mem;
}

/**
 * struct rival - one instance
 * @filter: the filters W and foreground; @saved what they were when it was frozen
 */
struct rival {
	SpeexEchoState *ec;
	SpeexPreprocessState *pre;
	int16_t in[FRAME], ref[FRAME], out[FRAME];
	int at;
	bool nlp, frozen;
	struct block filter[2];
	void *saved[2];
};

/* The two filters are the last pair of blocks of their size: partitions of 2 * FRAME floats. */
static int find_filters(struct rival *r, const struct block *blocks, int count, int tail)
{
	size_t size = (tail + FRAME - 1) / FRAME * 2 * FRAME * sizeof(float);
	int found = 0;

	for (int i = 0; i < count; i++)
		if (blocks[i].size == size && found < 2)
			r->filter[found++] = blocks[i];
	return found;
}

static void *create(int tail_ms, enum law law)
{
	struct rival *r = calloc(1, sizeof(*r));
	struct block blocks[BLOCKS];
	spx_int32_t rate = 8000;

	(void)law;
	if (!r)
		abort();
	watched = blocks;
	watched_count = 0;
	r->ec = speex_echo_state_init(FRAME, tail_ms * 8);
	watched = NULL;
	r->pre = speex_preprocess_state_init(FRAME, rate);
	speex_echo_ctl(r->ec, SPEEX_ECHO_SET_SAMPLING_RATE, &rate);
	speex_preprocess_ctl(r->pre, SPEEX_PREPROCESS_SET_ECHO_STATE, r->ec);
	if (find_filters(r, blocks, watched_count, tail_ms * 8) != 2)
		abort();
	r->nlp = true;
	return r;
}

static void frame(struct rival *r)
{
	speex_echo_cancellation(r->ec, r->in, r->ref, r->out);
	if (r->frozen)
		for (int i = 0; i < 2; i++)
			memcpy(r->filter[i].mem, r->saved[i], r->filter[i].size);
	if (r->nlp)
		speex_preprocess_run(r->pre, r->out);
}

static void process(void *state, int16_t *io, const int16_t *rin, int n)
{
	struct rival *r = state;

	for (int i = 0; i < n; i++) {
		r->in[r->at] = io[i];
		r->ref[r->at] = rin[i];
		io[i] = r->out[r->at];
		if (++r->at == FRAME) {
			r->at = 0;
			frame(r);
		}
	}
}

static void freeze(void *state, bool frozen)
{
	struct rival *r = state;

	for (int i = 0; i < 2 && frozen; i++) {
		free(r->saved[i]);
		r->saved[i] = malloc(r->filter[i].size);
		if (!r->saved[i])
			abort();
		memcpy(r->saved[i], r->filter[i].mem, r->filter[i].size);
	}
	r->frozen = frozen;
}

static void nlp(void *state, bool on)
{
	((struct rival *)state)->nlp = on;
}

static void end(void *state)
{
	struct rival *r = state;

	speex_echo_state_destroy(r->ec);
	speex_preprocess_state_destroy(r->pre);
	free(r->saved[0]);
	free(r->saved[1]);
	free(r);
}

const struct canceller canceller_speex = {
	.name = "SpeexDSP",
	.delay = FRAME,
	.nlp_delay = FRAME,
	.create = create,
	.process = process,
	.freeze = freeze,
	.nlp = nlp,
	.free = end,
};
