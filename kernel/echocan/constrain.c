/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * constrain.c: every partition is 64 taps long. Once a block that is enforced on what was added to those
 * that were learnt, all of them at once in lanes: back in time, the first halves are added to the taps,
 * the second halves are taken out of the spectra. One partition after the other is made exact each 8
 * blocks, so that rounding does not add up.
 */
#include "echocan/internal.h"

/* In place of parts that are not learnt. */
static const struct spectrum nothing;

static void scale(struct echocan *ec)
{
	struct background *b = &ec->back;
	uint32_t most = 0;
	int n;

	for (n = 0; n < b->set_size; n++)
		most |= ec->loops->bits(&b->d[b->set[n]]);
	b->lane_shift = bits64(most) > 12 ? bits64(most) - 12 : 0;
	if (b->set_size < BATCH)
		memset(&b->lanes, 0, sizeof(b->lanes));
}

void constrain_pack(struct echocan *ec, int quarter)
{
	struct background *b = &ec->back;
	const struct spectrum *d[BATCH];
	int n;

	if (quarter == 0)
		scale(ec);
	for (n = 0; n < BATCH; n++)
		d[n] = n < b->set_size ? &b->d[b->set[n]] : &nothing;
	ec->loops->pack(&b->lanes, d, b->set_size, b->lane_shift, PIECE * quarter);
	if (quarter < 3)
		return;
	for (n = 0; n < b->set_size; n++)
		memset(&b->d[b->set[n]], 0, sizeof(b->d[0]));
}

void constrain_inverse(struct echocan *ec, int quarter)
{
	ec->loops->inverse(&ec->back.lanes, 1 << (2 * quarter));
}

void constrain_taps(struct echocan *ec, int quarter)
{
	struct background *b = &ec->back;
	int32_t *h[BATCH];
	int n;

	for (n = 0; n < b->set_size; n++)
		h[n] = b->h + b->set[n] * BLOCK;
	ec->loops->taps(h, &b->lanes, b->set_size, b->lane_shift, PIECE * quarter);
}

void constrain_forward(struct echocan *ec, int quarter)
{
	if (quarter)
		ec->loops->forward(&ec->back.lanes, BLOCK * 2 >> (2 * quarter));
	else
		ec->loops->begin(&ec->back.lanes);
}

/* Parts that are not heard: an eighth in each cut. */
void constrain_fade(struct echocan *ec, int quarter)
{
	struct background *b = &ec->back;
	int p;

	for (p = ec->parts * quarter / 4; p < ec->parts * (quarter + 1) / 4; p++)
		if (!(ec->fore.heard >> p & 1))
			ec->loops->fade(b->h + p * BLOCK, &b->w[p]);
}

void constrain_unpack(struct echocan *ec, int quarter)
{
	struct background *b = &ec->back;
	struct spectrum *w[BATCH];
	int n;

	for (n = 0; n < b->set_size; n++)
		w[n] = &b->w[b->set[n]];
	ec->loops->unpack(w, &b->lanes, b->set_size, b->lane_shift, PIECE * quarter);
}

void constrain_part(struct echocan *ec, int part)
{
	struct background *b = &ec->back;
	int32_t x[FFT];
	int k;

	memcpy(x, b->h + part * BLOCK, sizeof(x) / 2);
	memset(x + BLOCK, 0, sizeof(x) / 2);
	ec->loops->real_forward(&b->w[part], x);
	for (k = 0; k < BINS; k++) {
		b->w[part].re[k] = clamp32(b->w[part].re[k], W_MAX);
		b->w[part].im[k] = clamp32(b->w[part].im[k], W_MAX);
	}
	memset(&b->d[part], 0, sizeof(b->d[0]));
}

void constrain_refresh(struct echocan *ec)
{
	struct background *b = &ec->back;
	int32_t x[FFT];

	ec->loops->real_inverse(x, &b->w[b->refresh]);
	memcpy(b->h + b->refresh * BLOCK, x, sizeof(x) / 2);
	constrain_part(ec, b->refresh);
	b->refresh = b->refresh + 1 < ec->parts ? b->refresh + 1 : 0;
}
