/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * learn.c: what the background's filter gets wrong, and what it learns from that: a step normalized bin
 * by bin by the far end's power, weighed over the partitions by how much echo was found in each and
 * beside it (sparse prior), which shrinks as the error nears the noise that G.711 makes.
 */
#include "echocan/internal.h"

/* Echo of the block that is @age blocks old as the filter sees it now, as a spectrum. */
void learn_predict(struct echocan *ec, int quarter)
{
	struct background *b = &ec->back;
	const struct spectrum *x[MAX_PARTS];
	int p;

	for (p = 0; p < ec->parts; p++)
		x[p] = &b->x[background_slot(ec, p + b->age)];
	ec->loops->predict(&b->spectrum, x, b->w, ec->parts, PIECE * quarter);
}

void learn_error(struct echocan *ec)
{
	struct background *b = &ec->back;
	const int32_t *d = b->d_block + BLOCK * (LOOKS_MAX - 1 - b->age);
	int32_t y[FFT];
	int i;

	ec->loops->real_inverse(y, &b->spectrum);
	memset(b->error, 0, sizeof(b->error) / 2);
	for (i = 0; i < BLOCK; i++)
		b->error[BLOCK + i] = clamp32(d[i] - y[BLOCK + i], 1 << 19);
	b->error_power = ec->loops->energy(b->error + BLOCK);
}

/* Step, Q15: 0.6 of what is echo, less as the error comes near what the quantizing noise of Sin is. */
static int32_t step(const struct echocan *ec)
{
	const struct background *b = &ec->back;
	int64_t noise = (b->raw_power[b->age] >> 16) * 302 + 61440;

	return (int32_t)(ratio((uint64_t)b->error_power * 39 / 64,
			       (uint64_t)(b->error_power + noise), 15) *
				 ec->noise.echo >>
			 15);
}

/* Far end's power in each bin as the parts share it, Q15 of power[]. */
void learn_weigh(struct echocan *ec)
{
	struct background *b = &ec->back;
	const uint32_t *power[BATCH];
	uint16_t gain[BATCH];
	int n;

	for (n = 0; n < b->set_size; n++) {
		power[n] = b->power[background_slot(ec, b->set[n] + b->age)];
		gain[n] = b->gain[b->set[n]];
	}
	ec->loops->weigh(b->den, power, gain, b->set_size);
}

/* A floor under it. Return: bits of the least. */
static int put_floor(uint64_t *den)
{
	uint64_t mean = 0, least = ~0ull;
	int k;

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
void learn_pull(struct echocan *ec)
{
	struct background *b = &ec->back;
	int32_t mu = step(ec);
	struct spectrum e = {0};
	int k, size, least;

	ec->loops->real_forward(&e, b->error);
	least = put_floor(b->den);
	/* |E| mu < 2^size */
	size = bits64(ec->loops->bits(&e)) + bits64((uint64_t)mu);
	for (k = 0; k < BINS; k++) {
		int bits = bits64(b->den[k]), down = bits - least + size + 2;
		uint32_t m =
			(uint32_t)(bits > 16 ? b->den[k] >> (bits - 16) : b->den[k] << (16 - bits));
		int64_t f = (int64_t)mu * ((1u << 31) / m);

		down = down > 62 ? 62 : down;
		b->pull.s.v[2 * k] = (int16_t)(e.re[k] * f >> down);
		b->pull.s.v[2 * k + 1] = (int16_t)(e.im[k] * f >> down);
	}
	b->pull.shift = 31 - size + least - 19;
}

void learn_update(struct echocan *ec, int quarter)
{
	struct background *b = &ec->back;
	int n;

	for (n = b->set_size * quarter / 4; n < b->set_size * (quarter + 1) / 4; n++) {
		int p = b->set[n], at = background_slot(ec, p + b->age);

		ec->loops->update(&b->w[p], &b->d[p], &b->x_short[at], b->x_down[at], &b->pull,
				  b->gain[p]);
	}
}
