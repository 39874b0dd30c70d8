/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "exchange/prompt.h"

#include <errno.h>
#include <string.h>

static unsigned int variety(const uint8_t *p)
{
	uint8_t seen[256] = {0};
	unsigned int n = 0, i;

	for (i = 0; i < PROMPT_KEY; i++)
		n += !seen[p[i]]++;
	return n;
}

int prompt_watch_begin(struct prompt_watch *w, int64_t from, const uint8_t *clip, size_t n,
		       size_t want, size_t differ_max)
{
	int64_t limit = (int64_t)(want && want < n ? want : n);
	int64_t key;

	/* The octets before the key are compared in the ear's past, so it must still have them. */
	for (key = 0; key + PROMPT_KEY <= limit && key < EAR_RING / 2; key++) {
		if (variety(clip + key) < PROMPT_VARIETY)
			continue;
		memset(w, 0, sizeof(*w));
		w->clip = clip;
		w->n = limit;
		w->key = key;
		w->at = from;
		w->start = -1;
		w->differ_max = (int64_t)differ_max;
		w->first_differ = -1;
		return 0;
	}
	return -EINVAL;
}

static bool key_here(const struct prompt_watch *w, const struct ear *e)
{
	int i;

	for (i = 0; i < PROMPT_KEY; i++)
		if (ear_at(e, w->at + i) != w->clip[w->key + i])
			return false;
	return true;
}

static void find_key(struct prompt_watch *w, const struct ear *e)
{
	for (; e->pos - w->at >= PROMPT_KEY; w->at++) {
		if (!key_here(w, e))
			continue;
		w->start = w->at - w->key;
		w->at = w->start > ear_oldest(e) ? w->start : ear_oldest(e);
		return;
	}
}

static enum hear_result compare(struct prompt_watch *w, const struct ear *e)
{
	for (; w->at < e->pos && w->at < w->start + w->n; w->at++) {
		uint8_t heard = ear_at(e, w->at), wanted = w->clip[w->at - w->start];

		if (heard == wanted)
			continue;
		if (w->first_differ < 0) {
			w->first_differ = w->at - w->start;
			w->heard = heard;
			w->wanted = wanted;
		}
		if (++w->differ > w->differ_max)
			return HEAR_WRONG;
	}
	return w->at == w->start + w->n ? HEAR_DONE : HEAR_WAIT;
}

enum hear_result prompt_watch_run(struct prompt_watch *w, const struct ear *e)
{
	if (w->at < ear_oldest(e))
		w->at = ear_oldest(e);
	if (w->start < 0)
		find_key(w, e);
	if (w->start < 0)
		return HEAR_WAIT;
	return compare(w, e);
}
