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

/* The far end's power in the tail, below 2^20. */
static void add_up_far(struct echocan *ec)
{
	struct foreground *f = &ec->fore;
	const uint32_t *power[MAX_PARTS];
	uint16_t once[MAX_PARTS];
	uint64_t most = 0;
	int p, k;

	for (p = 0; p < ec->parts; p++) {
		power[p] = ec->back.power[background_slot(ec, p)];
		once[p] = 1;
	}
	ec->loops->weigh(f->far, power, once, ec->parts);
	for (k = 0; k < BINS; k++)
		most |= f->far[k];
	f->far_down = bits64(most) > 20 ? bits64(most) - 20 : 0;
	for (k = 0; k < BINS; k++)
		f->far[k] >>= f->far_down;
}

/*
 * What the parts of the background add to the echo, were the far end in all of them what it is in the tail
 * on average: |X W|^2 by bins, in no unit; a quarter of the parts.
 */
void foreground_weigh(struct echocan *ec, int quarter)
{
	int p;

	if (quarter == 0)
		add_up_far(ec);
	for (p = ec->parts * quarter / 4; p < ec->parts * (quarter + 1) / 4; p++)
		ec->fore.share[p] = ec->loops->share(ec->fore.far, &ec->back.w[p]);
}

/* The least of those that are in use; -1 if there is none. */
static int find_least(const struct echocan *ec, const bool *used)
{
	int best = -1, p;

	for (p = 0; p < ec->parts; p++)
		if (used[p] && (best < 0 || ec->fore.share[p] < ec->fore.share[best]))
			best = p;
	return best;
}

/*
 * Parts that add next to nothing to the echo hold what was learnt wrong: the least are left out as long as
 * each is below an eighth of what of the error is no noise, and all together below half of that and 33 dB
 * below the echo. (The background lets them fade, so a part that has echo in it comes back.)
 */
static void choose_parts(const struct echocan *ec, bool *used)
{
	int64_t back = ec->decide.back_long >> 3; /* half of it: the error is soon gone when the far end stops */
	uint64_t sum = 0, out = 0, error, most;
	int p;

	back = back > ec->decide.back ? back : ec->decide.back;
	for (p = 0; p < ec->parts; p++) {
		used[p] = ec->fore.share[p] > 0;
		sum += ec->fore.share[p];
	}
	/* a block's power of 1 is 2^(37 - 22) of share() times the parts */
	error = (((uint64_t)back >> 18) * ec->noise.echo) * (uint32_t)ec->parts << 15 >>
		ec->fore.far_down;
	most = sum >> 11 < error ? sum >> 11 : error;
	while ((p = find_least(ec, used)) >= 0 && ec->fore.share[p] <= most / 4 &&
	       out + ec->fore.share[p] <= most) {
		out += ec->fore.share[p];
		used[p] = false;
	}
}

static void set_runs(struct echocan *ec, const bool *used)
{
	struct foreground *f = &ec->fore;
	int p;

	f->in_use = 0;
	f->heard = 0;
	for (p = 0; p < ec->parts; p++) {
		if (!used[p])
			continue;
		f->heard |= 1u << p;
		if (p && used[p - 1]) {
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
	bool used[MAX_PARTS];

	choose_parts(ec, used);
	set_runs(ec, used);
	for (n = 0; n < ec->parts; n++)
		sum += used[n] ? ec->loops->size(ec->back.h + n * BLOCK) : 0;
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

/* The echo is the sum, Q(@shift + 1); all 32 bits are taken. */
static inline int16_t less_echo(int32_t sin, int32_t sum, int shift)
{
	int32_t y = sin - (((sum >> shift) + 1) >> 1);

	return (int16_t)(y > 32767 ? 32767 : y < -32768 ? -32768 : y);
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
	for (i = 0; i < n; i++)
		out[i] = less_echo(sin[i], sum[i], 23 - f->shift);
	f->at += n;
}
