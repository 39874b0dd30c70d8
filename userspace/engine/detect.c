/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "engine/detect.h"

#include <stdlib.h>

int detect_compile(const struct tone_plan *tones, struct detect_plan *plan)
{
	int err = dtmf_compile(&tones->digits, &plan->digits);

	if (!err)
		progress_compile(tones, &plan->progress);
	return err;
}

struct detect *detect_new(const struct detect_plan *plan, unsigned phase)
{
	struct detect *d = calloc(1, sizeof(*d));

	if (!d)
		return NULL;
	dtmf_compile(&dtmf_limits_usual, &d->usual);
	toneset_init(&d->tones, plan ? &plan->digits : &d->usual, plan ? &plan->progress : NULL,
		     phase);
	return d;
}

void detect_free(struct detect *d)
{
	free(d);
}

void detect_set(struct detect *d, unsigned flags)
{
	toneset_set(&d->tones, flags);
	d->flags = flags;
}

unsigned detect_feed(struct detect *d, int64_t sample, const int16_t *pcm, size_t n)
{
	size_t at = 0;

	d->n_ev = 0;
	if (n > DETECT_BLOCK_MAX)
		n = DETECT_BLOCK_MAX;
	while (at < n) {
		unsigned events;

		at += toneset_feed(&d->tones, sample + (int64_t)at, pcm + at, n - at,
				   d->ev + d->n_ev, &events);
		d->n_ev += events;
	}
	return d->n_ev;
}
