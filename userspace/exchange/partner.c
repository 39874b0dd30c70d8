/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A block: "StPa" (4), sender (4), sample of its first octet (8), check (4), noise (140),
 * numbers with the most significant octet first. The check is FNV-1a of the 16 before it.
 */
#include "exchange/partner.h"

#include <string.h>

#include "base/reader.h"
#include "exchange/arrivals.h"

#define MAGIC 0x53745061u
#define HEAD  20

static uint32_t fnv1a(const uint8_t *p, size_t n)
{
	uint32_t h = 2166136261u;

	while (n-- > 0)
		h = (h ^ *p++) * 16777619u;
	return h;
}

static void make_block(uint8_t out[PARTNER_BLOCK], uint32_t id, int64_t sample)
{
	struct writer w;
	struct dice d;
	int i;

	wr_init(&w, out, PARTNER_BLOCK);
	wr_be32(&w, MAGIC);
	wr_be32(&w, id);
	wr_be32(&w, (uint32_t)((uint64_t)sample >> 32));
	wr_be32(&w, (uint32_t)sample);
	wr_be32(&w, fnv1a(out, 16));
	dice_init(&d, ((uint64_t)id << 32) ^ (uint64_t)sample);
	for (i = HEAD; i < PARTNER_BLOCK; i += 4)
		wr_be32(&w, (uint32_t)(dice_throw(&d) >> 32));
}

void partner_talk_begin(struct partner_talk *t, uint32_t id)
{
	t->id = id;
	t->used = PARTNER_BLOCK;
}

void partner_talk_read(struct partner_talk *t, int64_t now, uint8_t *out, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		if (t->used == PARTNER_BLOCK) {
			make_block(t->block, t->id, now + (int64_t)i);
			t->used = 0;
		}
		out[i] = t->block[t->used++];
	}
}

void partner_watch_begin(struct partner_watch *w, const struct ear *e, int64_t from, uint32_t own,
			 int64_t now)
{
	memset(w, 0, sizeof(*w));
	w->own = own;
	w->at = from;
	w->skew = now - e->pos;
	w->block = -1;
}

static bool head_here(struct partner_watch *w, const struct ear *e)
{
	uint8_t head[HEAD];
	struct reader r;
	uint32_t id, high, low;
	int i;

	if (ear_at(e, w->at) != MAGIC >> 24 || ear_at(e, w->at + 1) != (MAGIC >> 16 & 0xff))
		return false;
	for (i = 0; i < HEAD; i++)
		head[i] = ear_at(e, w->at + i);
	rd_init(&r, head, sizeof(head));
	if (rd_be32(&r) != MAGIC)
		return false;
	id = rd_be32(&r);
	high = rd_be32(&r);
	low = rd_be32(&r);
	if (rd_be32(&r) != fnv1a(head, 16))
		return false;
	w->id = id;
	w->block = (int64_t)((uint64_t)high << 32 | low);
	w->delay = w->at + w->skew - w->block;
	w->found++;
	return true;
}

static void find_block(struct partner_watch *w, const struct ear *e)
{
	for (; e->pos - w->at >= PARTNER_BLOCK; w->at++)
		if (head_here(w, e))
			return;
}

static void compare_block(struct partner_watch *w, const struct ear *e)
{
	uint8_t want[PARTNER_BLOCK];
	int i, wrong = 0;

	make_block(want, w->id, w->block);
	for (i = 0; i < PARTNER_BLOCK; i++)
		wrong += ear_at(e, w->at + i) != want[i];
	w->differ += wrong;
	w->same += PARTNER_BLOCK - wrong;
	w->block += PARTNER_BLOCK;
	if (wrong > PARTNER_BLOCK / 2)
		w->block = -1;
	w->at += PARTNER_BLOCK;
}

enum hear_result partner_watch_run(struct partner_watch *w, const struct ear *e)
{
	if (w->at < ear_oldest(e))
		w->at = ear_oldest(e);
	for (;;) {
		if (w->block < 0)
			find_block(w, e);
		if (w->block >= 0 && w->id == w->own)
			return HEAR_WRONG;
		if (w->block < 0 || e->pos - w->at < PARTNER_BLOCK)
			return HEAR_WAIT;
		compare_block(w, e);
	}
}
