// SPDX-License-Identifier: GPL-2.0-only
/*
 * guard.c: tones and periodic signals at the far end; see guard.h.
 *
 * Emphasis (1 - 7/8z) takes away what speech has in common with a tone: most of its power at the low end.
 * Of recorded speech at -17 dBm0 one block in fifty is taken for tones with it, one in two without.
 *
 * Ranges: an emphasized sample is at most 7680 (13 bit), u and v 2^14, a sum over the window of 48
 * products below 2^34. Sums are brought below 2^26 before they are multiplied with each other.
 * No division is wider than 32 bits.
 */
#include "echocan/guard.h"

#define WINDOW      (GUARD_BLOCK * GUARD_BLOCKS)
#define STEP        8 /* one error of the periodic predictor each so many samples */
#define LEVEL_MIN   (100 * WINDOW) /* sum of squares, about -46 dBm0: nobody learns below it */
#define LINE_HOLD   16 /* blocks: 32 ms */
#define PERIODIC_ON 32 /* blocks: 64 ms */

/* Signal over misfit: 22 dB to begin with, 20 dB to go on. Periodic: 18 dB. */
#define FIT_BEGIN    160
#define FIT_GO_ON    100
#define FIT_PERIODIC 64

/* Line signals and continuity tones as 2 cos(2 pi f / 8000), Q14: upper and lower end of each band. */
static const struct {
	int16_t most, least;
} line_tones[] = {
	{6140, 5126}, /* 1780 +/- 20 Hz, Q.724 */
	{515, -772}, /* 2000, 2010 Hz, Q.271, Q.724 */
	{-9758, -10492}, /* 2400 +/- 15 Hz, Q.141 */
	{-14531, -15219}, /* 2600 +/- 15 Hz, Q.141 */
};

/* Unevenly, so that no two frequencies look alike to the predictor. */
static const uint8_t lags[GUARD_TAPS] = {
	0,  5,  11, 14, 18, 23, 25, 28, 32, 37, 43, 46,
	50, 55, 57, 60, 64, 69, 75, 78, 82, 87, 89, 92,
};

static struct guard_sums add(struct guard_sums a, const struct guard_sums *b)
{
	a.uu += b->uu;
	a.uv += b->uv;
	a.uw += b->uw;
	a.vv += b->vv;
	a.vw += b->vw;
	a.ww += b->ww;
	return a;
}

/* @x: four samples before the block, and the block. */
static void hear_block(struct guard_side *s, const int16_t *x)
{
	struct guard_sums sum = {0};

	for (int n = 0; n < GUARD_BLOCK; n++, x++) {
		int32_t u = x[4] + x[0], v = x[3] + x[1], w = x[2];

		sum.uu += u * u;
		sum.uv += u * v;
		sum.uw += u * w;
		sum.vv += v * v;
		sum.vw += v * w;
		sum.ww += w * w;
	}
	memmove(s->blocks + 1, s->blocks, sizeof(s->blocks) - sizeof(s->blocks[0]));
	s->blocks[0] = sum;
}

/* Over the window, below 2^26. Return: false if it is too weak. */
static bool window(const struct guard_side *s, struct guard_sums *sum)
{
	unsigned int shift = 0;

	*sum = s->blocks[0];
	for (int n = 1; n < GUARD_BLOCKS; n++)
		*sum = add(*sum, &s->blocks[n]);
	if (sum->ww < LEVEL_MIN)
		return false;
	while ((sum->uu | sum->vv | sum->ww) >> (26 + shift))
		shift++;
	sum->uu >>= shift;
	sum->uv >>= shift;
	sum->uw >>= shift;
	sum->vv >>= shift;
	sum->vw >>= shift;
	sum->ww >>= shift;
	return sum->ww > 0;
}

/*
 * v = c w with c = 2 cos(omega): the misfit vv - vw^2 / ww against the gain 2 + c^2 that white noise has
 * in v - c w. Both times ww; vw^2 < vv ww < 2^52.
 */
static bool is_one_tone(const struct guard_sums *s, int fit)
{
	int64_t misfit = s->vv * s->ww - s->vw * s->vw;
	int64_t gained = 2 * (s->ww * s->ww) + s->vw * s->vw;

	return misfit * fit <= gained;
}

/*
 * u + b1 v + b2 w = 0; |b1| <= 4 and -2 <= b2 <= 6 for two tones. In Q8 the coefficients are within 2^11,
 * and the misfit (a quadratic form) below 2^52.
 */
static bool is_two_tones(const struct guard_sums *s, int fit)
{
	int64_t det = s->vv * s->ww - s->vw * s->vw;
	int64_t n1 = s->uw * s->vw - s->uv * s->ww;
	int64_t n2 = s->uv * s->vw - s->uw * s->vv;
	int64_t b1, b2, misfit;
	int shift = 0;

	while (det >> (20 + shift))
		shift++;
	det >>= shift;
	n1 >>= shift;
	n2 >>= shift;
	if (det < 1 << 8 || n1 > 7 * det || n1 < -7 * det || n2 > 7 * det || n2 < -7 * det)
		return false;
	b1 = (int32_t)(n1 * 256) / (int32_t)det;
	b2 = (int32_t)(n2 * 256) / (int32_t)det;
	misfit = s->uu * 65536 + (b1 * s->uv + b2 * s->uw) * 512 + b1 * b1 * s->vv +
		 2 * b1 * b2 * s->vw + b2 * b2 * s->ww;
	return misfit * fit <= s->ww * (2 * 65536 + 2 * b1 * b1 + b2 * b2);
}

/* @s: of one tone */
static bool is_line_tone(const struct guard_sums *s)
{
	for (unsigned int n = 0; n < sizeof(line_tones) / sizeof(line_tones[0]); n++)
		if (s->vw * 16384 <= s->ww * line_tones[n].most &&
		    s->vw * 16384 >= s->ww * line_tones[n].least)
			return true;
	return false;
}

static bool near_line_tone(struct guard *g)
{
	struct guard_sums s;

	hear_block(&g->near, g->near_past);
	return window(&g->near, &s) && is_one_tone(&s, FIT_GO_ON) && is_line_tone(&s);
}

/* A block is complete: tones, line signals. */
static void look_for_tones(struct guard *g)
{
	int fit = g->state & GUARD_TONES ? FIT_GO_ON : FIT_BEGIN;
	bool one = false, two = false;
	struct guard_sums s;

	hear_block(&g->far, g->far_past + GUARD_HISTORY - 4);
	if (window(&g->far, &s)) {
		one = is_one_tone(&s, fit);
		two = !one && is_two_tones(&s, fit);
	}
	g->state &= ~(GUARD_TONES | GUARD_LINE);
	if (one || two)
		g->state |= GUARD_TONES;
	/* The near end's window is only kept while it matters. */
	if (one && is_line_tone(&s)) {
		if (near_line_tone(g))
			g->line_hold = LINE_HOLD;
	} else if (g->line_hold) {
		g->line_hold--;
	}
	if (g->line_hold)
		g->state |= GUARD_LINE;
}

/*
 * One step of the normalized LMS that predicts x[0] from what was GUARD_DELAY samples before it and
 * earlier. Taps are kept within +/-2, so that a prediction stays below 24 * 2 * 2^13.
 */
static void predict(struct guard *g, const int16_t *x)
{
	const int16_t *past = x - GUARD_DELAY;
	int64_t predicted = 0;
	int32_t power = 1 << 6;
	int64_t step;
	int32_t error;

	for (int k = 0; k < GUARD_TAPS; k++) {
		int32_t was = past[-lags[k]];

		predicted += (int64_t)g->taps[k] * was;
		power += was * was / GUARD_TAPS;
	}
	error = *x - (int32_t)(predicted >> 16);
	g->signal += (*x * *x - g->signal) >> 5;
	g->misfit += ((int64_t)error * error - g->misfit) >> 5;
	/* Half of what would make this error zero; @power is at 1/TAPS, 1365 = 2^16 / (2 TAPS). */
	step = ((int64_t)error * ((1 << 30) / power)) >> 10;
	for (int k = 0; k < GUARD_TAPS; k++) {
		int64_t tap = g->taps[k] + ((step * past[-lags[k]] * 1365) >> 20);

		g->taps[k] = tap > 131071 ? 131071 : tap < -131071 ? -131071 : (int32_t)tap;
	}
}

static void look_for_period(struct guard *g)
{
	bool fits = g->signal > LEVEL_MIN / WINDOW && g->misfit * FIT_PERIODIC < g->signal;

	if (!fits)
		g->periodic = 0;
	else if (g->periodic < PERIODIC_ON)
		g->periodic++;
	if (g->periodic >= PERIODIC_ON)
		g->state |= GUARD_PERIODIC;
	else
		g->state &= ~GUARD_PERIODIC;
}

static int16_t emphasize(struct guard_side *s, int32_t x)
{
	int32_t y = 8 * x - 7 * s->before;

	s->before = x;
	return (int16_t)((y + 32) >> 6);
}

static void end_block(struct guard *g)
{
	look_for_tones(g);
	look_for_period(g);
	memmove(g->far_past, g->far_past + GUARD_BLOCK, GUARD_HISTORY * sizeof(g->far_past[0]));
	memmove(g->near_past, g->near_past + GUARD_BLOCK, 4 * sizeof(g->near_past[0]));
	g->n = 0;
}

void guard_init(struct guard *g)
{
	memset(g, 0, sizeof(*g));
}

unsigned int guard_process(struct guard *g, const int16_t *far, const int16_t *near, int n)
{
	while (n-- > 0) {
		g->far_past[GUARD_HISTORY + g->n] = emphasize(&g->far, *far++);
		g->near_past[4 + g->n] = emphasize(&g->near, *near++);
		g->n++;
		if (g->n % STEP == 0)
			predict(g, g->far_past + GUARD_HISTORY + g->n - 1);
		if (g->n == GUARD_BLOCK)
			end_block(g);
	}
	return g->state;
}
