/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * background.c: the filter that learns.
 *
 * Overlap and save in blocks of 64 with one partition for each 8 ms of the tail. Each block is learnt
 * from once and, until most of the echo is gone, the block before it once more: twice the equations for
 * the same speech. A step is normalized bin by bin by the far end's power, weighed over the partitions
 * by how much echo was found in each and beside it (sparse prior), and shrinks as the error nears the
 * noise that G.711 makes. That every partition be 64 taps long is enforced once a block, on what was
 * added to it, and exactly for one partition after the other each 8 blocks.
 *
 * The work on a block is cut into slices, done while the next block comes in.
 */
#include "echocan/internal.h"

static int slot(const struct echocan *ec, int n)
{
	int at = ec->back.x_at + n;

	return at > ec->parts ? at - ec->parts - 1 : at;
}

static void far_spectrum(struct echocan *ec)
{
	struct background *b = &ec->back;
	struct spectrum *x;
	uint32_t *p;
	int k, bits;

	b->x_at = b->x_at ? b->x_at - 1 : ec->parts;
	x = &b->x[b->x_at];
	p = b->power[b->x_at];
	fft_real_forward(x, b->x_block);
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
	int p, i;

	for (p = 0; p < ec->parts; p++) {
		const int32_t *h = b->h + p * BLOCK;

		size[p] = 0;
		for (i = 0; i < BLOCK; i++)
			size[p] += (uint32_t)(h[i] < 0 ? -h[i] : h[i]);
	}
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

/* Echo of the block @age blocks ago as the filter sees it now, as a spectrum. */
static void predict(struct echocan *ec, int age)
{
	struct background *b = &ec->back;
	int p, k;

	memset(b->re, 0, sizeof(b->re));
	memset(b->im, 0, sizeof(b->im));
	for (p = 0; p < ec->parts; p++)
		ec->loops->predict(b->re, b->im, &b->x[slot(ec, p + age)], &b->w[p]);
	for (k = 0; k < BINS; k++) {
		b->spectrum.re[k] = clamp32(b->re[k] >> (24 + X_SHIFT), 1 << 28);
		b->spectrum.im[k] = clamp32(b->im[k] >> (24 + X_SHIFT), 1 << 28);
	}
}

static void find_error(struct echocan *ec, int age)
{
	struct background *b = &ec->back;
	int32_t y[FFT];
	int i;

	fft_real_inverse(y, &b->spectrum);
	memset(b->error, 0, sizeof(b->error) / 2);
	b->error_power = 0;
	for (i = 0; i < BLOCK; i++) {
		int32_t e =
			clamp32((int64_t)b->d_block[BLOCK * (1 - age) + i] - y[BLOCK + i], 1 << 19);

		b->error[BLOCK + i] = e;
		b->error_power += (int64_t)e * e;
	}
}

/* Step, Q15: 0.6, less as the error comes near what the quantizing noise of Sin is. */
static int32_t step(const struct background *b, int age)
{
	int64_t noise = (b->raw_power[age] >> 16) * 302 + 61440;

	return (int32_t)ratio((uint64_t)b->error_power * 39 / 64,
			      (uint64_t)(b->error_power + noise), 15);
}

/* Far end's power in each bin as the parts share it, Q15 of power[], and a floor; bits of the least. */
static int weigh_power(struct echocan *ec, int age, uint64_t *den)
{
	struct background *b = &ec->back;
	uint64_t mean = 0, least = ~0ull;
	int n, k;

	memset(den, 0, BINS * sizeof(*den));
	for (n = 0; n < b->set_size; n++) {
		const uint32_t *power = b->power[slot(ec, b->set[n] + age)];
		uint32_t gain = b->gain[b->set[n]];

		for (k = 0; k < BINS; k++)
			den[k] += (uint64_t)power[k] * gain;
	}
	for (k = 0; k < BINS; k++)
		mean += den[k];
	mean = ((mean >> 6) * 5 >> 8) + 960;
	for (k = 0; k < BINS; k++) {
		den[k] = den[k] / 2 + mean;
		least = den[k] < least ? den[k] : least;
	}
	return bits64(least);
}

/*
 * Error, normalized: what each part's far spectrum is multiplied with. 1 / den is taken as
 * reciprocal / 2^(15 + bits), with bits of den and 2^15 < reciprocal <= 2^16.
 */
static void make_pull(struct echocan *ec, int age)
{
	struct background *b = &ec->back;
	uint64_t den[BINS];
	int32_t mu = step(b, age);
	int k, size, least;

	fft_real_forward(&b->pull.s, b->error);
	least = weigh_power(ec, age, den);
	/* |E| mu < 2^size */
	size = bits64(ec->loops->bits(&b->pull.s)) + bits64((uint64_t)mu);
	for (k = 0; k < BINS; k++) {
		int bits = bits64(den[k]), down = bits - least + size + 2;
		uint32_t m = (uint32_t)(bits > 16 ? den[k] >> (bits - 16) : den[k] << (16 - bits));
		int64_t f = (int64_t)mu * ((1u << 31) / m);

		down = down > 62 ? 62 : down;
		b->pull.s.re[k] = (int32_t)(b->pull.s.re[k] * f >> down);
		b->pull.s.im[k] = (int32_t)(b->pull.s.im[k] * f >> down);
	}
	b->pull.shift = 31 - size + least - 19;
}

static void update(struct echocan *ec, int age)
{
	struct background *b = &ec->back;
	int n;

	for (n = 0; n < b->set_size; n++) {
		int p = b->set[n], at = slot(ec, p + age);

		ec->loops->update(&b->w[p], &b->d[p], &b->x[at], b->x_down[at], &b->pull,
				  b->gain[p]);
	}
}

/* Two real signals' spectra as one of a complex one. */
static void pack(struct background *to, int lane, const struct spectrum *a,
		 const struct spectrum *b, int down)
{
	int32_t *re = to->lane_re + lane, *im = to->lane_im + lane;
	int k;

	re[0] = a->re[0] >> down;
	im[0] = b->re[0] >> down;
	re[LANES] = a->re[BLOCK] >> down;
	im[LANES] = b->re[BLOCK] >> down;
	for (k = 1; k < BLOCK; k++) {
		int n = fft_reversed[k] * LANES, m = fft_reversed[FFT - k] * LANES;
		int32_t ar = a->re[k] >> down, ai = a->im[k] >> down;
		int32_t br = b->re[k] >> down, bi = b->im[k] >> down;

		re[n] = ar - bi;
		im[n] = ai + br;
		re[m] = ar + bi;
		im[m] = br - ai;
	}
}

/* What was added, back in time. */
static void constrain_begin(struct echocan *ec)
{
	struct background *b = &ec->back;
	uint32_t most = 0;
	int n;

	for (n = 0; n < b->set_size; n++)
		most |= ec->loops->bits(&b->d[b->set[n]]);
	b->lane_shift = bits64(most) > 12 ? bits64(most) - 12 : 0;
	if (b->set_size < BATCH) {
		memset(b->lane_re, 0, sizeof(b->lane_re));
		memset(b->lane_im, 0, sizeof(b->lane_im));
	}
	for (n = 0; n < b->set_size; n += 2)
		pack(b, n / 2, &b->d[b->set[n]], &b->d[b->set[n + 1]], b->lane_shift);
	ec->loops->inverse(b->lane_re, b->lane_im);
}

/* First halves belong to the taps. */
static void constrain_taps(struct echocan *ec)
{
	struct background *b = &ec->back;
	int n, k;

	for (n = 0; n < b->set_size; n++) {
		int32_t *h = b->h + b->set[n] * BLOCK;
		const int32_t *t = (n & 1 ? b->lane_im : b->lane_re) + n / 2;

		for (k = 0; k < BLOCK; k++)
			h[k] = clamp32(
				h[k] + ((t[k * LANES] * (1ll << b->lane_shift)) >> LANE_EXTRA),
				W_MAX);
	}
	for (k = BLOCK * LANES; k < FFT * LANES; k++) {
		b->lane_re[k] = (b->lane_re[k] + (1 << LANE_EXTRA) / 2) >> LANE_EXTRA;
		b->lane_im[k] = (b->lane_im[k] + (1 << LANE_EXTRA) / 2) >> LANE_EXTRA;
	}
	memset(b->lane_re, 0, sizeof(b->lane_re) / 2);
	memset(b->lane_im, 0, sizeof(b->lane_im) / 2);
	ec->loops->forward(b->lane_re, b->lane_im);
}

/* The second halves do not: they are taken out. */
static void constrain_end(struct echocan *ec)
{
	struct background *b = &ec->back;
	int n, k;

	for (n = 0; n < b->set_size; n += 2) {
		const int32_t *re = b->lane_re + n / 2, *im = b->lane_im + n / 2;
		struct spectrum *v = &b->w[b->set[n]], *w = &b->w[b->set[n + 1]];

		for (k = 0; k < BINS; k++) {
			int f = fft_reversed[k] * LANES,
			    g = fft_reversed[(FFT - k) & (FFT - 1)] * LANES;
			int64_t half = 1ll << b->lane_shift;

			v->re[k] = clamp32(v->re[k] - (((re[f] + re[g]) * half) >> 1), W_MAX);
			v->im[k] = clamp32(v->im[k] - (((im[f] - im[g]) * half) >> 1), W_MAX);
			w->re[k] = clamp32(w->re[k] - (((im[f] + im[g]) * half) >> 1), W_MAX);
			w->im[k] = clamp32(w->im[k] - (((re[g] - re[f]) * half) >> 1), W_MAX);
		}
	}
	for (n = 0; n < b->set_size; n++)
		memset(&b->d[b->set[n]], 0, sizeof(b->d[0]));
}

/* Spectrum of a part from its taps. */
static void part_from_taps(struct background *b, int part)
{
	int32_t x[FFT];
	int k;

	memcpy(x, b->h + part * BLOCK, sizeof(x) / 2);
	memset(x + BLOCK, 0, sizeof(x) / 2);
	fft_real_forward(&b->w[part], x);
	for (k = 0; k < BINS; k++) {
		b->w[part].re[k] = clamp32(b->w[part].re[k], W_MAX);
		b->w[part].im[k] = clamp32(b->w[part].im[k], W_MAX);
	}
	memset(&b->d[part], 0, sizeof(b->d[0]));
}

/* One part exactly: rounding does not add up. */
static void refresh(struct echocan *ec)
{
	struct background *b = &ec->back;
	int32_t x[FFT];

	fft_real_inverse(x, &b->w[b->refresh]);
	memcpy(b->h + b->refresh * BLOCK, x, sizeof(x) / 2);
	part_from_taps(b, b->refresh);
	b->refresh = b->refresh + 1 < ec->parts ? b->refresh + 1 : 0;
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
		part_from_taps(b, p);
	}
}

/* Nothing is learnt while there is nothing to learn from; the first slices show whether there is. */
static void learn(struct echocan *ec, int slice)
{
	struct background *b = &ec->back;

	switch (slice) {
	case 2:
		make_pull(ec, 0);
		update(ec, 0);
		break;
	case 3:
		if (b->again) {
			predict(ec, 1);
			find_error(ec, 1);
		}
		break;
	case 4:
		if (b->again) {
			make_pull(ec, 1);
			update(ec, 1);
		}
		break;
	case 5: constrain_begin(ec); break;
	case 6: constrain_taps(ec); break;
	case 7:
		constrain_end(ec);
		if (b->take)
			foreground_take(ec);
		else if (++b->since_refresh >= 8) {
			refresh(ec);
			b->since_refresh = 0;
		}
		break;
	}
}

/* In each slice a part of the block's work. */
void background_slice(struct echocan *ec, int slice)
{
	struct background *b = &ec->back;

	switch (slice) {
	case 0:
		b->restore = b->take = false;
		far_spectrum(ec);
		share_gains(ec);
		choose_set(ec);
		predict(ec, 0);
		break;
	case 1:
		find_error(ec, 0);
		b->frozen = !decide_block(ec);
		/* the block before is worth another look until 24 dB are gone */
		b->again = !ec->fore.any || ec->decide.fore > ec->decide.near >> 8;
		break;
	default:
		if (b->restore)
			restore(ec, slice - 2);
		else if (!b->frozen)
			learn(ec, slice);
	}
}
