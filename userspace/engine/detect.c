/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "engine/detect.h"

#include <spandsp.h>
#include <spandsp/expose.h> /* the states are embedded: nothing is allocated later */
#include <stdlib.h>
#include <string.h>

#define DTMF_BLOCK 102 /* samples, as SpanDSP's dtmf.c has them */

struct detector {
	struct detect d; /* first: what the caller sees */
	dtmf_rx_state_t dtmf;
	modem_connect_tones_rx_state_t cng, ced;
	char digit; /* being heard, 0 none */
	int64_t start; /* its begin */
	int dtmf_block; /* samples of the block being collected */
	int64_t now; /* sample after the ones being looked at */
};

static struct detect_event *add(struct detector *x, enum detect_type type)
{
	struct detect_event *ev;

	if (x->d.n_ev == DETECT_EVENTS_MAX)
		return NULL;
	ev = &x->d.ev[x->d.n_ev++];
	*ev = (struct detect_event){.type = type, .at = x->now};
	return ev;
}

/*
 * SpanDSP decides on two blocks, for a begin as for an end: the change happened where
 * the first of them began, give or take most of a block.
 */
static void on_dtmf(void *ctx, int code, int level, int delay)
{
	struct detector *x = ctx;
	int64_t changed = x->now - 2 * DTMF_BLOCK;
	struct detect_event *ev;

	(void)delay; /* its own count of samples; ours is the channel's */
	if (x->digit) {
		ev = add(x, DETECT_DIGIT_END);
		if (ev) {
			ev->digit = x->digit;
			ev->start = x->start;
			ev->end = changed;
		}
	}
	x->digit = (char)code;
	if (!code)
		return;
	x->start = changed;
	ev = add(x, DETECT_DIGIT_BEGIN);
	if (ev) {
		ev->digit = x->digit;
		ev->start = changed;
		ev->level_dbm0 = level;
	}
}

static void on_cng(void *ctx, int code, int level, int delay)
{
	(void)level;
	(void)delay;
	if (code != MODEM_CONNECT_TONES_NONE)
		add(ctx, DETECT_TONE_CNG);
}

static void on_ced(void *ctx, int code, int level, int delay)
{
	(void)level;
	(void)delay;
	if (code != MODEM_CONNECT_TONES_NONE)
		add(ctx, DETECT_TONE_CED);
}

struct detect *detect_new(void)
{
	struct detector *x = calloc(1, sizeof(*x));

	return (struct detect *)x; /* its first member */
}

void detect_free(struct detect *d)
{
	free(d);
}

void detect_set(struct detect *d, unsigned flags)
{
	struct detector *x = (struct detector *)d;
	unsigned on = flags & ~d->flags;

	if (on & DETECT_DTMF) {
		dtmf_rx_init(&x->dtmf, NULL, NULL);
		dtmf_rx_set_realtime_callback(&x->dtmf, on_dtmf, x);
		x->digit = 0;
		x->dtmf_block = 0;
	}
	if (on & DETECT_CNG)
		modem_connect_tones_rx_init(&x->cng, MODEM_CONNECT_TONES_FAX_CNG, on_cng, x);
	if (on & DETECT_CED)
		modem_connect_tones_rx_init(&x->ced, MODEM_CONNECT_TONES_ANS, on_ced, x);
	d->flags = flags;
}

/* Cut at SpanDSP's blocks, so that a decision is known to the sample. */
static void feed_dtmf(struct detector *x, int64_t sample, const int16_t *pcm, int n)
{
	while (n > 0) {
		int run = DTMF_BLOCK - x->dtmf_block;

		if (run > n)
			run = n;
		x->now = sample + run;
		dtmf_rx(&x->dtmf, pcm, run);
		x->dtmf_block = (x->dtmf_block + run) % DTMF_BLOCK;
		sample += run;
		pcm += run;
		n -= run;
	}
}

unsigned detect_feed(struct detect *d, int64_t sample, const int16_t *pcm, size_t n)
{
	struct detector *x = (struct detector *)d;

	d->n_ev = 0;
	if (n > DETECT_BLOCK_MAX)
		n = DETECT_BLOCK_MAX;
	if (d->flags & DETECT_DTMF)
		feed_dtmf(x, sample, pcm, (int)n);
	x->now = sample + (int64_t)n;
	if (d->flags & DETECT_CNG)
		modem_connect_tones_rx(&x->cng, pcm, (int)n);
	if (d->flags & DETECT_CED)
		modem_connect_tones_rx(&x->ced, pcm, (int)n);
	return d->n_ev;
}
