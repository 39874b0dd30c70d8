/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "core/line/impair.h"

#define MILLION 1000000

/* xorshift64*, Vigna 2016: period 2^64 - 1, never 0. */
static uint64_t draw(struct impair *im)
{
	im->random ^= im->random >> 12;
	im->random ^= im->random << 25;
	im->random ^= im->random >> 27;
	return im->random * 0x2545f4914f6cdd1dULL;
}

/* Draws also for impossible events, so that one fault does not shift the others. */
static bool chance(struct impair *im, uint32_t ppm)
{
	return (draw(im) >> 32) * MILLION >> 32 < ppm;
}

void impair_init(struct impair *im, uint64_t seed)
{
	memset(im, 0, sizeof(*im));
	im->random = (seed + 1) * 0x9e3779b97f4a7c15ULL;
	if (!im->random)
		im->random = 1;
}

void impair_set(struct impair *im, const struct impair_cfg *cfg)
{
	uint64_t latest = im->tick + cfg->delay_ms;

	im->cfg = *cfg;
	im->burst_left = 0;
	for (unsigned int i = 0; i < IMPAIR_SLOTS; i++)
		if (im->item[i].len && im->item[i].due > latest)
			im->item[i].due = latest;
}

static bool is_lost(struct impair *im)
{
	bool single = chance(im, im->cfg.loss_ppm);
	bool burst = chance(im, im->cfg.burst_ppm);

	if (im->burst_left) {
		im->burst_left--;
		return true;
	}
	if (burst && im->cfg.burst_len) {
		im->burst_left = im->cfg.burst_len - 1u;
		return true;
	}
	return single;
}

static int queue(struct impair *im, const uint8_t *d, size_t len, uint64_t due)
{
	struct impair_item *item = im->item;

	if (im->waiting == IMPAIR_SLOTS) {
		im->n.overflow++;
		return -ENOBUFS;
	}
	while (item->len)
		item++;
	item->due = due;
	item->order = im->order++;
	item->len = (uint16_t)len;
	memcpy(item->data, d, len);
	im->waiting++;
	return 0;
}

int impair_put(struct impair *im, const uint8_t *d, size_t len)
{
	bool lost, reordered, duplicated;
	uint64_t due = im->tick + im->cfg.delay_ms;
	int err;

	if (!len || len > IMPAIR_BYTES)
		return -EMSGSIZE;
	im->n.in++;
	lost = is_lost(im);
	reordered = chance(im, im->cfg.reorder_ppm);
	duplicated = chance(im, im->cfg.duplicate_ppm);
	if (lost) {
		im->n.lost++;
		return 0;
	}
	if (reordered) {
		im->n.reordered++;
		due += im->cfg.reorder_ms;
	}
	err = queue(im, d, len, due);
	if (!err && duplicated && !queue(im, d, len, due))
		im->n.duplicated++;
	return err;
}

static bool before(const struct impair_item *a, const struct impair_item *b)
{
	return a->due != b->due ? a->due < b->due : a->order < b->order;
}

size_t impair_get(struct impair *im, uint8_t *out)
{
	struct impair_item *next = NULL;
	size_t len;

	if (!im->waiting)
		return 0;
	for (unsigned int i = 0; i < IMPAIR_SLOTS; i++) {
		struct impair_item *item = &im->item[i];

		if (item->len && item->due <= im->tick && (!next || before(item, next)))
			next = item;
	}
	if (!next)
		return 0;
	len = next->len;
	memcpy(out, next->data, len);
	next->len = 0;
	im->waiting--;
	im->n.out++;
	return len;
}

void impair_tick(struct impair *im)
{
	im->tick++;
}
