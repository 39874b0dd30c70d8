/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * foreground.c: the filter that is heard: a FIR over those parts of the tail that hold echo.
 *
 * Taps have 16 bits and one exponent, and the sum of their magnitudes is at most 65535: so no sum of
 * products with 16-bit samples leaves 32 bits, whatever the samples and in whatever order.
 */
#include "echocan/internal.h"

#define L1_MAX 65535

void foreground_clear(struct echocan *ec)
{
	ec->fore.any = false;
	ec->fore.in_use = 0;
	memset(ec->fore.taps, 0, (size_t)ec->parts * BLOCK * sizeof(int16_t));
}

/* Parts whose energy is below -51 dB of all are left out. */
static void choose_parts(struct echocan *ec)
{
	struct foreground *f = &ec->fore;
	uint64_t energy[MAX_PARTS], sum = 0;
	int p, i;

	for (p = 0; p < ec->parts; p++) {
		energy[p] = 0;
		for (i = 0; i < BLOCK; i++) {
			int64_t h = ec->back.h[p * BLOCK + i] >> 4;

			energy[p] += (uint64_t)(h * h);
		}
		sum += energy[p];
	}
	f->in_use = 0;
	for (p = 0; p < ec->parts; p++) {
		if (energy[p] <= sum >> 17)
			continue;
		if (f->in_use && f->runs[f->in_use - 1].first + f->runs[f->in_use - 1].parts == p) {
			f->runs[f->in_use - 1].parts++;
			continue;
		}
		f->runs[f->in_use].first = (uint8_t)p;
		f->runs[f->in_use++].parts = 1;
	}
}

void foreground_take(struct echocan *ec)
{
	struct foreground *f = &ec->fore;
	int tail = ec->parts * BLOCK, n, i;
	int32_t half;
	uint64_t sum = 0;

	choose_parts(ec);
	for (n = 0; n < f->in_use; n++)
		for (i = f->runs[n].first * BLOCK;
		     i < (f->runs[n].first + f->runs[n].parts) * BLOCK; i++)
			sum += (uint32_t)(ec->back.h[i] < 0 ? -ec->back.h[i] : ec->back.h[i]);
	/* rounding adds at most one half to a tap; one tap may be all of it */
	for (f->shift = 0; sum >> f->shift > 32700; f->shift++)
		;
	half = f->shift ? 1 << (f->shift - 1) : 0;
	memset(f->taps, 0, (size_t)tail * sizeof(int16_t));
	for (n = 0; n < f->in_use; n++)
		for (i = f->runs[n].first * BLOCK;
		     i < (f->runs[n].first + f->runs[n].parts) * BLOCK; i++)
			f->taps[tail - 1 - i] = (int16_t)((ec->back.h[i] + half) >> f->shift);
	f->any = f->in_use > 0;
}

/* Sout before the NLP; @n samples, up to CHUNK. */
void foreground_run(struct echocan *ec, int16_t *out, const int16_t *sin, const int16_t *rin, int n)
{
	struct foreground *f = &ec->fore;
	int tail = ec->parts * BLOCK, i, j;
	int32_t sum[CHUNK] = {0};

	if (f->at + n > tail + HISTORY) {
		memmove(f->history, f->history + f->at - tail, (size_t)tail * sizeof(int16_t));
		f->at = tail;
	}
	memcpy(f->history + f->at, rin, (size_t)n * sizeof(int16_t));
	for (j = 0; j < f->in_use; j++) {
		int end = (f->runs[j].first + f->runs[j].parts) * BLOCK;

		ec->loops->fir(sum, f->taps + tail - end, f->history + f->at + 1 - end,
			       f->runs[j].parts * BLOCK, n);
	}
	for (i = 0; i < n; i++) {
		int64_t y = sin[i] - ((sum[i] + (1ll << (23 - f->shift))) >> (24 - f->shift));

		out[i] = (int16_t)(y > 32767 ? 32767 : y < -32768 ? -32768 : y);
	}
	f->at += n;
}
