/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * background.c: the filter that learns.
 *
 * Overlap and save in blocks of 64 with one partition for each 8 ms of the tail. Each block is learnt
 * from once and, until most of the echo is gone, the block before it once more: twice the equations for
 * the same speech. What is done to a filter is in learn.c and constrain.c; here is when.
 *
 * The work on a block is a row of steps of about the same size, a few of them after each 8 samples while
 * the next block comes in.
 */
#include "echocan/internal.h"

/* Four of each, but for those that say otherwise. */
enum step {
	PREDICT = 0,
	ERROR = 4, /* one */
	WEIGH = 5, /* one */
	PULL = 6, /* one */
	UPDATE = 7,
	PACK = 11,
	INVERSE = 15,
	TAPS = 19,
	FORWARD = 23,
	UNPACK = 27,
	END = 31, /* one */
	STEPS = 32,
};

#define PER_SLICE       4
#define PER_SLICE_AGAIN 6
#define REFRESH_EVERY   8 /* blocks */

static void far_spectrum(struct echocan *ec)
{
	struct background *b = &ec->back;
	struct spectrum *x;
	uint32_t *p;
	int k, bits;

	b->x_at = b->x_at ? b->x_at - 1 : ec->parts;
	x = &b->x[b->x_at];
	p = b->power[b->x_at];
	ec->loops->real_forward(x, b->x_block);
	for (k = 0; k < BINS; k++) {
		p[k] = (uint32_t)(((int64_t)x->re[k] * x->re[k] + (int64_t)x->im[k] * x->im[k]) >>
				  18);
		x->re[k] *= 1 << X_SHIFT;
		x->im[k] *= 1 << X_SHIFT;
	}
	bits = bits64(ec->loops->bits(x));
	b->x_down[b->x_at] = (uint8_t)(bits > 14 ? bits - 14 : 0);
}

/* Where there was echo is where it is looked for: four parts in five, the rest everywhere. */
static void share_gains(struct echocan *ec)
{
	struct background *b = &ec->back;
	uint64_t size[MAX_PARTS], wide[MAX_PARTS], sum = 0;
	uint32_t parts = (uint32_t)ec->parts;
	int p;

	for (p = 0; p < ec->parts; p++)
		size[p] = ec->loops->size(b->h + p * BLOCK);
	for (p = 0; p < ec->parts; p++) {
		wide[p] =
			2 * size[p] + (p ? size[p - 1] : 0) + (p < ec->parts - 1 ? size[p + 1] : 0);
		sum += wide[p];
	}
	for (p = 0; p < ec->parts; p++)
		b->gain[p] = (uint16_t)(sum < 1 << 16 ? 32767 / parts
						      : 6553 / parts +
								ratio(wide[p] * 205 >> 8, sum, 15));
}

/*
 * Parts to learn in this block: a batch. Half of it are those with the largest gain, the others take
 * turns: first those that turn says, then from the beginning.
 */
static void choose_set(struct echocan *ec)
{
	struct background *b = &ec->back;
	bool in[MAX_PARTS] = {false};
	int n, p;

	b->set_size = ec->parts < BATCH ? ec->parts : BATCH;
	for (n = 0; n < b->set_size / 2; n++) {
		int best = -1;

		for (p = 0; p < ec->parts; p++)
			if (!in[p] && (best < 0 || b->gain[p] > b->gain[best]))
				best = p;
		in[best] = true;
		b->set[n] = (uint8_t)best;
	}
	while (n < b->set_size) {
		b->turn = b->turn + 1 < ec->parts ? b->turn + 1 : 0;
		if (in[b->turn])
			continue;
		in[b->turn] = true;
		b->set[n++] = (uint8_t)b->turn;
	}
}

/* The taps that are heard, some parts at a time. */
static void restore(struct echocan *ec, int turn)
{
	struct background *b = &ec->back;
	const struct foreground *f = &ec->fore;
	int per = (ec->parts + 5) / 6, p, i;

	for (p = turn * per; p < (turn + 1) * per && p < ec->parts; p++) {
		const int16_t *t = f->taps + (ec->parts - p) * BLOCK - 1;

		for (i = 0; i < BLOCK; i++)
			b->h[p * BLOCK + i] = t[-i] * (1 << f->shift);
		constrain_part(ec, p);
	}
}

static void finish(struct echocan *ec)
{
	struct background *b = &ec->back;

	if (b->take) {
		foreground_take(ec);
	} else if (++b->since_refresh >= REFRESH_EVERY) {
		constrain_refresh(ec);
		b->since_refresh = 0;
	}
}

/* The error of the block is known: nothing is learnt while there is nothing to learn from. */
static void know_error(struct echocan *ec)
{
	struct background *b = &ec->back;

	if (!decide_block(ec) || b->restore)
		b->step = STEPS;
	/* the block before is worth another look until 24 dB are gone, or most of what is left is noise */
	b->again = (!ec->fore.any || ec->decide.fore > ec->decide.near >> 8) &&
		   ec->noise.echo >= 1 << 14;
	if (b->again)
		b->per_slice = PER_SLICE_AGAIN;
}

/* Once more from the beginning, of the block before. */
static void look_again(struct background *b)
{
	if (!b->again || b->age)
		return;
	b->age = 1;
	b->step = PREDICT;
}

static void do_step(struct echocan *ec)
{
	struct background *b = &ec->back;
	int step = b->step++;

	if (step < ERROR) {
		learn_predict(ec, step - PREDICT);
	} else if (step == ERROR) {
		learn_error(ec);
		if (b->age == 0)
			know_error(ec);
	} else if (step == WEIGH) {
		learn_weigh(ec);
	} else if (step == PULL) {
		learn_pull(ec);
	} else if (step < PACK) {
		learn_update(ec, step - UPDATE);
		if (b->step == PACK)
			look_again(b);
	} else if (step < INVERSE) {
		constrain_pack(ec, step - PACK);
	} else if (step < TAPS) {
		constrain_inverse(ec, step - INVERSE);
	} else if (step < FORWARD) {
		constrain_taps(ec, step - TAPS);
	} else if (step < UNPACK) {
		constrain_forward(ec, step - FORWARD);
	} else if (step < END) {
		constrain_unpack(ec, step - UNPACK);
	} else {
		finish(ec);
	}
}

static void begin(struct echocan *ec)
{
	struct background *b = &ec->back;

	b->restore = b->take = false;
	b->step = PREDICT;
	b->per_slice = PER_SLICE;
	b->age = 0;
	far_spectrum(ec);
	share_gains(ec);
	choose_set(ec);
}

/* In each slice a part of the block's work. */
void background_slice(struct echocan *ec, int slice)
{
	struct background *b = &ec->back;
	int n;

	if (slice == 0)
		begin(ec);
	if (b->restore && slice > 1)
		restore(ec, slice - 2);
	for (n = 0; n < b->per_slice && b->step < STEPS; n++)
		do_step(ec);
}
