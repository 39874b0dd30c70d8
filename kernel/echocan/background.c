/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * background.c: the filter that learns.
 *
 * Overlap and save in blocks of 64 with one partition for each 8 ms of the tail. Each block is learnt
 * from once, and the block before it once more: twice the equations for the same speech. A step is
 * normalized bin by bin by the far end's power, weighed over the partitions by how much echo was found
 * in each and beside it (sparse prior), and shrinks as the error nears the noise that G.711 makes. That
 * every partition be 64 taps long is enforced once a block, on what was added to it, and exactly for one
 * pair of partitions after the other.
 *
 * The work on a block is cut into slices, done while the next block comes in.
 */
#include "echocan/internal.h"

static struct spectrum *slot(const struct background *b, int parts, int n)
{
	int at = b->x_at + n;

	return &b->x[at > parts ? at - parts - 1 : at];
}

static uint32_t *power_slot(const struct background *b, int parts, int n)
{
	int at = b->x_at + n;

	return b->power[at > parts ? at - parts - 1 : at];
}

/* Bins of a real signal's transform, in order. */
static void spectrum_take(struct spectrum *s, const int32_t *re, const int32_t *im, int shift)
{
	int k;

	for (k = 0; k < BINS; k++) {
		s->re[k] = re[fft_reversed[k]] * (1 << shift);
		s->im[k] = im[fft_reversed[k]] * (1 << shift);
	}
}

static void far_spectrum(struct echocan *ec)
{
	struct background *b = &ec->back;
	int32_t re[FFT], im[FFT];
	struct spectrum *x;
	uint32_t *p;
	int k;

	b->x_at = b->x_at ? b->x_at - 1 : ec->parts;
	x = slot(b, ec->parts, 0);
	p = power_slot(b, ec->parts, 0);
	memcpy(re, b->x_block, sizeof(re));
	memset(im, 0, sizeof(im));
	fft_forward(re, im);
	spectrum_take(x, re, im, X_SHIFT);
	for (k = 0; k < BINS; k++) {
		int32_t r = x->re[k] >> X_SHIFT, i = x->im[k] >> X_SHIFT;

		p[k] = (uint32_t)(((int64_t)r * r + (int64_t)i * i) >> 18);
	}
}

/* Where there was echo is where it is looked for: four parts in five, the rest everywhere. */
static void share_gains(struct echocan *ec)
{
	struct background *b = &ec->back;
	uint64_t size[MAX_PARTS], wide[MAX_PARTS], sum = 0;
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
		b->gain[p] = (uint16_t)(sum < 1 << 16 ? 32767 / (uint32_t)ec->parts
						      : 6553 / (uint32_t)ec->parts +
								ratio(wide[p] * 4 / 5, sum, 15));
}

/* Error of the block @age blocks ago with the filter as it is now. */
static void predict(struct echocan *ec, int age)
{
	struct background *b = &ec->back;
	int32_t re[FFT], im[FFT];
	int p, k;

	memset(b->re, 0, sizeof(b->re));
	memset(b->im, 0, sizeof(b->im));
	for (p = 0; p < ec->parts; p++)
		ec->loops->predict(b->re, b->im, slot(b, ec->parts, p + age), &b->w[p]);
	for (k = 0; k < BINS; k++) {
		int n = fft_reversed[k], m = fft_reversed[(FFT - k) & (FFT - 1)];

		re[m] = re[n] = clamp32(b->re[k] >> (24 + X_SHIFT), 1 << 29);
		im[n] = clamp32(b->im[k] >> (24 + X_SHIFT), 1 << 29);
		im[m] = -im[n];
	}
	im[0] = 0;
	im[fft_reversed[FFT / 2]] = 0;
	fft_inverse(re, im);
	b->error_power = 0;
	for (k = 0; k < BLOCK; k++) {
		int64_t e = (int64_t)b->d_block[BLOCK * (1 - age) + k] - re[BLOCK + k];

		b->error[k] = clamp32(e, 1 << 19);
		b->error_power += (int64_t)b->error[k] * b->error[k];
	}
}

/* Step, Q15: 0.6, less as the error comes near what the quantizing noise of Sin is. */
static int32_t step(const struct background *b, int age)
{
	int64_t noise = (b->raw_power[age] >> 16) * 302 + 61440;

	return (int32_t)ratio((uint64_t)b->error_power * 39 / 64,
			      (uint64_t)(b->error_power + noise), 15);
}

/* Error, normalized: what each part's far spectrum is multiplied with. */
static void make_pull(struct echocan *ec, int age)
{
	struct background *b = &ec->back;
	uint64_t den[BINS], mean = 0;
	int64_t most = 1;
	int32_t re[FFT], im[FFT], mu = step(b, age);
	int p, k, size, least = 64, scale;

	memset(re, 0, sizeof(re));
	memset(im, 0, sizeof(im));
	memcpy(re + BLOCK, b->error, sizeof(b->error));
	fft_forward(re, im);
	memset(den, 0, sizeof(den));
	for (p = 0; p < ec->parts; p++) {
		const uint32_t *power = power_slot(b, ec->parts, p + age);

		for (k = 0; k < BINS; k++)
			den[k] += (uint64_t)power[k] * b->gain[p];
	}
	for (k = 0; k < BINS; k++)
		mean += den[k];
	mean = (mean >> 6) / 50 + 960;
	for (k = 0; k < BINS; k++) {
		int32_t r = re[fft_reversed[k]], i = im[fft_reversed[k]];

		den[k] = den[k] / 2 + mean;
		if (bits64(den[k]) < least)
			least = bits64(den[k]);
		r = r < 0 ? -r : r;
		i = i < 0 ? -i : i;
		most = r > most ? r : i > most ? i : most;
	}
	/* |E| mu < 2^size; 1 / den = reciprocal / 2^(31 + bits - 16), reciprocal <= 2^16 */
	size = bits64((uint64_t)most * (uint32_t)mu);
	size = size < 14 ? 14 : size;
	for (k = 0; k < BINS; k++) {
		int bits = bits64(den[k]), down = bits - least + size - 14;
		uint32_t m = (uint32_t)(bits > 16 ? den[k] >> (bits - 16) : den[k] << (16 - bits));
		int64_t f = (int64_t)mu * ((1u << 31) / m);

		down = down > 62 ? 62 : down;
		b->pull.s.re[k] = (int32_t)(re[fft_reversed[k]] * f >> down);
		b->pull.s.im[k] = (int32_t)(im[fft_reversed[k]] * f >> down);
	}
	/* S = 63 - size + least - 16 is the exponent of the pull; HIGH() of X, of the gain take their share */
	scale = 63 - size + least - 16 - 52;
	b->pull.shift = scale > 31 ? 31 : scale < -26 ? -26 : scale;
}

static void update(struct echocan *ec, int age)
{
	struct background *b = &ec->back;
	int p;

	for (p = 0; p < ec->parts; p++)
		ec->loops->update(&b->w[p], &b->d[p], slot(b, ec->parts, p + age), &b->pull,
				  b->gain[p] << 16);
}

/* Two real signals' spectra as one of a complex one. */
static void pack(const struct spectrum *a, const struct spectrum *b, int32_t *re, int32_t *im,
		 int step_, int down)
{
	int k;

	for (k = 0; k < BINS; k++) {
		int n = fft_reversed[k] * step_, m = fft_reversed[(FFT - k) & (FFT - 1)] * step_;
		int32_t ai = k & (BLOCK - 1) ? a->im[k] >> down : 0;
		int32_t bi = k & (BLOCK - 1) ? b->im[k] >> down : 0;

		re[m] = (a->re[k] >> down) + bi;
		im[m] = (b->re[k] >> down) - ai;
		re[n] = (a->re[k] >> down) - bi;
		im[n] = (b->re[k] >> down) + ai;
	}
}

/* What was added, back in time: first halves belong to the taps. */
static void constrain_begin(struct echocan *ec)
{
	struct background *b = &ec->back;
	int parts = ec->parts - b->batch < BATCH ? ec->parts - b->batch : BATCH;
	uint32_t most = 0;
	int p, k, l;

	for (p = b->batch; p < b->batch + parts; p++)
		for (k = 0; k < BINS; k++) {
			int32_t r = b->d[p].re[k], i = b->d[p].im[k];

			most |= (uint32_t)(r ^ (r >> 31)) | (uint32_t)(i ^ (i >> 31));
		}
	b->lane_shift = bits64(most) > 12 ? bits64(most) - 12 : 0;
	if (parts < BATCH) {
		memset(b->lane_re, 0, sizeof(b->lane_re));
		memset(b->lane_im, 0, sizeof(b->lane_im));
	}
	for (l = 0; l < parts / 2; l++)
		pack(&b->d[b->batch + 2 * l], &b->d[b->batch + 2 * l + 1], b->lane_re + l,
		     b->lane_im + l, LANES, b->lane_shift);
	ec->loops->inverse(b->lane_re, b->lane_im);
	for (l = 0; l < parts / 2; l++) {
		int32_t *h = b->h + (b->batch + 2 * l) * BLOCK;

		for (k = 0; k < BLOCK; k++) {
			h[k] = clamp32(h[k] + (int64_t)b->lane_re[k * LANES + l] *
						       (1 << b->lane_shift),
				       W_MAX * 2);
			h[BLOCK + k] = clamp32(h[BLOCK + k] + (int64_t)b->lane_im[k * LANES + l] *
								      (1 << b->lane_shift),
					       W_MAX * 2);
		}
	}
	memset(b->lane_re, 0, sizeof(b->lane_re) / 2);
	memset(b->lane_im, 0, sizeof(b->lane_im) / 2);
}

/* The second halves do not: they are taken out. */
static void constrain_end(struct echocan *ec)
{
	struct background *b = &ec->back;
	int parts = ec->parts - b->batch < BATCH ? ec->parts - b->batch : BATCH;
	int64_t up = 1ll << b->lane_shift;
	int k, l;

	ec->loops->forward(b->lane_re, b->lane_im);
	for (l = 0; l < parts / 2; l++) {
		struct spectrum *v = &b->w[b->batch + 2 * l], *w = v + 1;

		for (k = 0; k < BINS; k++) {
			int n = fft_reversed[k] * LANES + l;
			int m = fft_reversed[(FFT - k) & (FFT - 1)] * LANES + l;
			int32_t *re = b->lane_re, *im = b->lane_im;

			v->re[k] = clamp32(v->re[k] - (re[n] + re[m]) * up / 2, W_MAX);
			v->im[k] = clamp32(v->im[k] - (im[n] - im[m]) * up / 2, W_MAX);
			w->re[k] = clamp32(w->re[k] - (im[n] + im[m]) * up / 2, W_MAX);
			w->im[k] = clamp32(w->im[k] - (re[m] - re[n]) * up / 2, W_MAX);
		}
	}
	memset(&b->d[b->batch], 0, (size_t)parts * sizeof(b->d[0]));
	b->batch = b->batch + BATCH < ec->parts ? b->batch + BATCH : 0;
}

/* Spectra of a pair of parts from its taps. */
static void pair_from_taps(struct background *b, int pair)
{
	struct spectrum *v = &b->w[2 * pair], *w = v + 1;
	int32_t re[FFT], im[FFT];
	int k;

	memset(re, 0, sizeof(re));
	memset(im, 0, sizeof(im));
	memcpy(re, b->h + 2 * pair * BLOCK, sizeof(re) / 2);
	memcpy(im, b->h + (2 * pair + 1) * BLOCK, sizeof(im) / 2);
	fft_forward(re, im);
	for (k = 0; k < BINS; k++) {
		int n = fft_reversed[k], m = fft_reversed[(FFT - k) & (FFT - 1)];

		v->re[k] = clamp32(((int64_t)re[n] + re[m]) / 2, W_MAX);
		v->im[k] = clamp32(((int64_t)im[n] - im[m]) / 2, W_MAX);
		w->re[k] = clamp32(((int64_t)im[n] + im[m]) / 2, W_MAX);
		w->im[k] = clamp32(((int64_t)re[m] - re[n]) / 2, W_MAX);
	}
}

/* One pair of parts exactly: rounding does not add up. */
static void refresh(struct echocan *ec)
{
	struct background *b = &ec->back;
	int32_t re[FFT], im[FFT];

	pack(&b->w[2 * b->refresh], &b->w[2 * b->refresh + 1], re, im, 1, 0);
	fft_inverse(re, im);
	memcpy(b->h + 2 * b->refresh * BLOCK, re, sizeof(re) / 2);
	memcpy(b->h + (2 * b->refresh + 1) * BLOCK, im, sizeof(im) / 2);
	pair_from_taps(b, b->refresh);
	memset(&b->d[2 * b->refresh], 0, 2 * sizeof(b->d[0]));
	b->refresh = 2 * b->refresh + 2 < ec->parts ? b->refresh + 1 : 0;
}

/* The taps that are heard, two pairs of parts at a time. */
static void restore(struct echocan *ec, int step_)
{
	struct background *b = &ec->back;
	const struct foreground *f = &ec->fore;
	int pairs = ec->parts / 2, per = (pairs + 5) / 6, pair, i;

	for (pair = step_ * per; pair < (step_ + 1) * per && pair < pairs; pair++) {
		const int16_t *t = f->taps + 2 * pair * BLOCK;
		int32_t *h = b->h + 2 * pair * BLOCK;

		for (i = 0; i < BLOCK; i++) {
			h[i] = t[BLOCK - 1 - i] * (1 << f->shift);
			h[BLOCK + i] = t[2 * BLOCK - 1 - i] * (1 << f->shift);
		}
		pair_from_taps(b, pair);
		memset(&b->d[2 * pair], 0, 2 * sizeof(b->d[0]));
	}
}

/* In each slice a part of the block's work; nothing is learnt while there is nothing to learn from. */
void background_slice(struct echocan *ec, int slice)
{
	struct background *b = &ec->back;
	bool learn = !b->frozen && !b->restore;

	if (b->restore && slice >= 2)
		restore(ec, slice - 2);
	switch (slice) {
	case 0:
		b->restore = false;
		far_spectrum(ec);
		break;
	case 1:
		predict(ec, 0);
		b->frozen = ec->frozen || ec->hold || !decide_block(ec);
		if (!b->frozen && !b->restore) {
			share_gains(ec);
			make_pull(ec, 0);
		}
		break;
	case 2:
		if (learn)
			update(ec, 0);
		break;
	case 3:
		if (learn) {
			predict(ec, 1);
			make_pull(ec, 1);
		}
		break;
	case 4:
		if (learn)
			update(ec, 1);
		break;
	case 5:
		if (learn)
			constrain_begin(ec);
		break;
	case 6:
		if (learn)
			constrain_end(ec);
		break;
	case 7:
		if (learn)
			refresh(ec);
		if (b->take && learn)
			foreground_take(ec);
		b->take = false;
		break;
	}
}
