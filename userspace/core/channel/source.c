/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/channel/source.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "core/channel/g711.h"

void source_init(struct source *s, uint32_t rounds)
{
	memset(s, 0, sizeof(*s));
	s->rounds = rounds;
}

/* The item at s->at is about to be read for the first time. */
static void enter(struct source *s)
{
	s->pos = 0;
	if (s->at < s->n_items && s->item[s->at].kind == SOURCE_TONE)
		tone_start(&s->tone, s->item[s->at].tone);
}

int source_add(struct source *s, const struct source_item *item)
{
	if (s->state == SOURCE_ENDED || s->state == SOURCE_STOPPED)
		return -EPROTO;
	if (item->kind > SOURCE_SILENCE || (item->kind == SOURCE_CLIP && !item->octets) ||
	    (item->kind == SOURCE_TONE && !item->tone))
		return -EINVAL;
	if (s->n_items == SOURCE_ITEMS_MAX)
		return -ENOSPC;
	s->item[s->n_items++] = *item;
	if (s->state == SOURCE_IDLE) {
		s->state = SOURCE_PLAYING;
		enter(s);
	}
	return 0;
}

/* How much of @want the item may still give; its own end apart. */
static size_t bounded(const struct source *s, const struct source_item *it, size_t want)
{
	uint64_t left = it->n - s->pos;

	if (it->n == 0 && it->kind != SOURCE_CLIP)
		return want;
	return left < want ? (size_t)left : want;
}

static size_t read_item(struct source *s, uint8_t *out, size_t n)
{
	const struct source_item *it = &s->item[s->at];

	n = bounded(s, it, n);
	switch (it->kind) {
	case SOURCE_CLIP: memcpy(out, it->octets + s->pos, n); break;
	case SOURCE_TONE: n = tone_alaw(&s->tone, out, n); break;
	case SOURCE_SILENCE: memset(out, ALAW_IDLE, n); break;
	}
	s->pos += n;
	s->total += n;
	return n;
}

/* After the last item: another round, or the end. Return: false at the end. */
static bool next_round(struct source *s)
{
	bool empty = s->total == s->round_start;

	s->round++;
	if (empty || (s->rounds != SOURCE_FOREVER && s->round == s->rounds)) {
		s->state = SOURCE_ENDED;
		return false;
	}
	s->round_start = s->total;
	s->at = 0;
	return true;
}

/* Nothing more from this item: the one after it. Return: false when all has been played. */
static bool next_item(struct source *s)
{
	if (++s->at == s->n_items && !next_round(s))
		return false;
	enter(s);
	return true;
}

size_t source_read(struct source *s, uint8_t *out, size_t n)
{
	size_t at = 0;

	while (at < n && s->state == SOURCE_PLAYING) {
		size_t got = read_item(s, out + at, n - at);

		at += got;
		if (at < n && !next_item(s))
			break;
	}
	return at;
}

void source_stop(struct source *s)
{
	if (s->state == SOURCE_IDLE || s->state == SOURCE_PLAYING)
		s->state = SOURCE_STOPPED;
}
