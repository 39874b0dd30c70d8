/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * background.c: the filter that learns.
 *
 * Overlap and save in blocks of 64 with one partition for each 8 ms of the tail. Each block is learnt
 * from once and, until most of the echo is gone, again with those that come after it: more equations for
 * the same speech. What is done to a filter is in learn.c and constrain.c; here is when.
 *
 * The work on a block is a row of steps of about the same size, a few of them after each 8 samples while
 * the next block comes in. Once 24 dB of the echo are gone, what was added is cut to length only each
 * fourth block: what is beyond the length does little harm until then.
 */
#include "echocan/internal.h"

#define QUIET      (64 * 64 * 4) /* power of a block without echo: that of the law's least step */
#define OPEN_LEAST 64 /* Q15: a part of the tail is never given up */
#define EMPTY      128 /* Q15: -24 dB of the far end at most, much less than others may hold */

/* Learning from one block. Four of each, but for those that say otherwise. */
enum step {
	PREDICT = 0,
	ERROR = 4, /* one */
	WEIGH = 5, /* one */
	PULL = 6, /* one */
	UPDATE = 7,
	LEARNT = 11,
};

/* Cutting to length. */
enum cut {
	PACK = 0,
	INVERSE = 4,
	TAPS = 8,
	FORWARD = 12,
	UNPACK = 16,
	SHARES = 20, /* if it comes into use */
	END = 24, /* one */
	DONE = 25,
};

#define CUT_EVERY     4 /* blocks */
#define REFRESH_EVERY 8
#define NARROW        12 /* blocks: for so long ruling out outlives the first filter */
#define EAGER         125 /* blocks: a second */
#define LOOKED_AT     40 /* parts in a block, unless two looks are more */

/* Steps of learning that are over after each slice. Packing and updating must not meet. */
static const uint8_t over[SLICES] = {2, 4, 5, 7, 8, 9, 9, LEARNT};

static void far_spectrum(struct echocan *ec)
{
	struct background *b = &ec->back;
	struct spectrum *x;
	int bits, down;

	b->x_at = b->x_at ? b->x_at - 1 : SLOTS(ec->parts) - 1;
	x = &b->x[b->x_at];
	ec->loops->real_forward(x, b->x_block);
	ec->loops->power(b->power[b->x_at], x);
	bits = bits64(ec->loops->bits(x));
	down = bits > 14 ? bits - 14 : 0;
	b->x_down[b->x_at] = (uint8_t)down;
	ec->loops->shorten(&b->x_short[b->x_at], x, down);
}

/* Sin to the far end in a part, Q15: by how much of it this block can be echo from there. */
static uint32_t most_of(const struct echocan *ec, int part)
{
	const int64_t *far = ec->back.far_powers + part;
	uint32_t most = ratio((uint64_t)ec->near_power + QUIET,
			      (uint64_t)(far[0] < far[1] ? far[0] : far[1]) + 1, 15);

	return most > OPEN_LEAST ? most : OPEN_LEAST;
}

static void forget(struct background *b, int part)
{
	memset(b->h + part * BLOCK, 0, BLOCK * sizeof(b->h[0]));
	memset(&b->w[part], 0, sizeof(b->w[0]));
	memset(&b->d[part], 0, sizeof(b->d[0]));
}

/*
 * Until an echo is found: a part of the tail that holds loud far end while Sin is quiet has none. So an echo
 * that comes late is not looked for where the far end has been all the time before it came.
 * Return: sum over the parts.
 */
static uint32_t rule_out(struct echocan *ec)
{
	struct background *b = &ec->back;
	uint32_t sum = 0, now[MAX_PARTS];
	int p;

	memmove(b->far_powers + 1, b->far_powers, sizeof(b->far_powers) - sizeof(b->far_powers[0]));
	b->far_powers[0] = ec->far_power;
	for (p = 0; p < ec->parts; p++) {
		now[p] = b->found ? 1 << 15 : most_of(ec, p);
		if (b->found || !b->open[p])
			b->open[p] = 1 << 15;
		if (now[p] < b->open[p])
			b->open[p] = now[p];
		sum += b->open[p];
	}
	/* what was learnt where others may hold more is not echo: an offset that came, a voice */
	for (p = 0; p < ec->parts; p++)
		if (now[p] <= EMPTY && sum > 8 * EMPTY * (uint32_t)ec->parts)
			forget(b, p);
	return sum;
}

/* Where there was echo is where it is looked for: four parts in five, the rest where it may be. */
static void share_gains(struct echocan *ec)
{
	struct background *b = &ec->back;
	uint64_t size[MAX_PARTS], wide[MAX_PARTS], sum = 0;
	uint32_t open = rule_out(ec);
	int p;

	for (p = 0; p < ec->parts; p++)
		size[p] = ec->loops->size(b->h + p * BLOCK) * b->open[p] >> 15;
	for (p = 0; p < ec->parts; p++) {
		wide[p] =
			2 * size[p] + (p ? size[p - 1] : 0) + (p < ec->parts - 1 ? size[p + 1] : 0);
		sum += wide[p];
	}
	for (p = 0; p < ec->parts; p++)
		b->gain[p] = (uint16_t)(sum < 1 << 16 ? 32767 * b->open[p] / open
						      : 6553 * b->open[p] / open +
								ratio(wide[p] * 205 >> 8, sum, 15));
}

/*
 * Parts to learn in this block: a batch. Half of it are those with the largest gain, the others take
 * turns: first those that turn says, then from the beginning.
 */
static void choose_set(struct echocan *ec)
{
	struct background *b = &ec->back;
	uint32_t left[MAX_PARTS]; /* gain, and of equal ones the first; 0: taken */
	int n, p;

	for (p = 0; p < ec->parts; p++)
		left[p] = (uint32_t)b->gain[p] * (2 * MAX_PARTS) + (uint32_t)(MAX_PARTS - p);
	b->set_size = ec->parts < BATCH ? ec->parts : BATCH;
	for (n = 0; n < b->set_size / 2; n++) {
		uint32_t most = 0;

		for (p = 0; p < ec->parts; p++)
			most = left[p] > most ? left[p] : most;
		p = MAX_PARTS - (int)(most % (2 * MAX_PARTS));
		left[p] = 0;
		b->set[n] = (uint8_t)p;
	}
	while (n < b->set_size) {
		b->turn = b->turn + 1 < ec->parts ? b->turn + 1 : 0;
		if (!left[b->turn])
			continue;
		left[b->turn] = 0;
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

	if (b->take && b->weighed) {
		foreground_take(ec);
		b->take = false;
	} else if (b->since_refresh >= REFRESH_EVERY) {
		constrain_refresh(ec);
		b->since_refresh = 0;
	}
}

/* What was added begins to be cut. */
static void begin_cut(struct echocan *ec)
{
	struct background *b = &ec->back;

	share_gains(ec);
	choose_set(ec);
	b->cut = PACK;
	b->since_cut = 0;
}

static void cut(struct echocan *ec)
{
	struct background *b = &ec->back;
	int step = b->cut++;

	if (step < INVERSE) {
		b->uncut = false;
		constrain_pack(ec, step - PACK);
	} else if (step < TAPS) {
		constrain_inverse(ec, step - INVERSE);
	} else if (step < FORWARD) {
		constrain_taps(ec, step - TAPS);
	} else if (step < UNPACK) {
		constrain_forward(ec, step - FORWARD);
	} else if (step < SHARES) {
		constrain_unpack(ec, step - UNPACK);
		if (!b->hurry)
			constrain_fade(ec, step - UNPACK);
		b->weighed = b->take;
		if (b->cut == SHARES && !b->take)
			b->cut = END;
	} else if (step < END) {
		foreground_weigh(ec, step - SHARES);
	} else {
		finish(ec);
	}
}

/*
 * Blocks before are worth more looks until 24 dB are gone, or most of what is left is noise: two, and for
 * the first second of far end as many as the tail leaves time for.
 */
static void choose_looks(struct echocan *ec, bool learns)
{
	struct background *b = &ec->back;

	if (!ec->fore.any)
		b->narrow = NARROW;
	else if (b->narrow && learns)
		b->narrow--;
	b->found = ec->fore.any && (b->found || !b->unsettled || !b->narrow);
	if (!b->unsettled)
		b->eager = EAGER;
	else if (learns && b->eager)
		b->eager--;
	if (!b->unsettled || ec->noise.echo < 1 << 14)
		b->looks = 1;
	else
		b->looks = b->eager ? b->looks_most : 2;
}

/* The error of the block is known: nothing is learnt while there is nothing to learn from. */
static void know_error(struct echocan *ec)
{
	struct background *b = &ec->back;
	bool learns = decide_block(ec) && !b->restore;

	if (!learns)
		b->step = LEARNT;
	if (b->restore || (!learns && b->cut == PACK))
		b->cut = DONE;
	b->unsettled = !ec->fore.any || ec->decide.fore > ec->decide.near >> 8;
	b->hurry |= b->unsettled;
	choose_looks(ec, learns);
	if (!b->hurry || !learns)
		return;
	if (b->cut == DONE)
		begin_cut(ec);
	/* what is added from now on may be beyond the lanes' range */
	while (b->cut > PACK && b->cut < INVERSE)
		cut(ec);
}

/* Once more from the beginning, of a block before. */
static void look_again(struct background *b)
{
	if (b->age + 1 >= b->looks)
		return;
	b->age++;
	b->step = PREDICT;
}

static void learn(struct echocan *ec)
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
	} else {
		learn_update(ec, step - UPDATE);
		b->uncut = true;
		if (b->step == LEARNT)
			look_again(b);
	}
}

/* A block has come in. */
static void begin(struct echocan *ec)
{
	struct background *b = &ec->back;

	far_spectrum(ec);
	b->restore = false;
	b->step = PREDICT;
	b->age = 0;
	b->hurry = b->unsettled;
	b->since_cut++;
	b->since_refresh++;
	if (b->cut == DONE && (b->hurry || (b->uncut && b->since_cut >= CUT_EVERY)))
		begin_cut(ec);
}

/* All in one block: what is learnt now is cut now. */
static void hurry(struct echocan *ec, int slice)
{
	struct background *b = &ec->back;
	int steps = LEARNT - b->step + DONE - b->cut;

	if (b->step < LEARNT && b->age < b->looks)
		steps += LEARNT * (b->looks - 1 - b->age);
	/* the first has the far end's spectrum to do */
	steps = slice ? (steps + SLICES - 1 - slice) / (SLICES - slice) : steps / SLICES - 2;
	for (; steps > 0 && b->step < LEARNT; steps--)
		learn(ec);
	for (; steps > 0 && b->cut < DONE; steps--)
		cut(ec);
}

void background_init(struct background *b, int parts)
{
	int looks = LOOKED_AT / parts;

	b->looks_most = looks < 2 ? 2 : looks > LOOKS_MAX ? LOOKS_MAX : looks;
	b->eager = EAGER;
	b->looks = 1;
}

/* In each slice a part of the block's work. */
void background_slice(struct echocan *ec, int slice)
{
	struct background *b = &ec->back;

	if (slice == 0)
		begin(ec);
	if (b->restore && slice > 1)
		restore(ec, slice - 2);
	if (b->hurry) {
		hurry(ec, slice);
		return;
	}
	while (b->step < over[slice])
		learn(ec);
	if (!b->hurry && b->cut < DONE)
		cut(ec);
}
