// SPDX-License-Identifier: GPL-2.0-only
/*
 * guard.c: tones and periodic signals at the far end; see guard.h.
 *
 * Emphasis (1 - 7/8z) takes away what speech has in common with a tone: most of its power at the low end.
 * Of recorded speech at -17 dBm0 one block in fifty is taken for tones with it, one in two without.
 *
 * Ranges: an emphasized sample at 1/8 is kept within 5600, so u and v are 16 bit and a sum over a block
 * of 16 products is below 2^31. Sums over the window are brought below 2^26 before they are multiplied
 * with each other. No division is wider than 32 bits.
 */
#include "echocan/guard.h"

#include "echocan/internal.h"

#define LIMIT       5600
#define WINDOW      (GUARD_BLOCK * GUARD_BLOCKS)
#define LEVEL_MIN   (100 * WINDOW) /* sum of squares, about -46 dBm0: nobody learns below it */
#define LINE_HOLD   16 /* blocks: 32 ms */
#define PERIODIC_ON 32 /* blocks: 64 ms */
#define TAP_MAX     16383
#define UNROLL_TAPS _Pragma("GCC unroll 24")

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

struct fit {
	int64_t uu, uv, uw, vv, vw, ww;
};

/* @x: four samples before the block, and the block. */
static void hear_block(struct guard_side *s, const int16_t *x)
{
	struct guard_sums sum = {0};
	int16_t u[GUARD_BLOCK], v[GUARD_BLOCK];

	for (int n = 0; n < GUARD_BLOCK; n++) {
		u[n] = x[n + 4] + x[n];
		v[n] = x[n + 3] + x[n + 1];
	}
	x += 2;
	for (int n = 0; n < GUARD_BLOCK; n++) {
		sum.uu += u[n] * u[n];
		sum.uv += u[n] * v[n];
		sum.uw += u[n] * x[n];
		sum.vv += v[n] * v[n];
		sum.vw += v[n] * x[n];
		sum.ww += x[n] * x[n];
	}
	memmove(s->blocks + 1, s->blocks, sizeof(s->blocks) - sizeof(s->blocks[0]));
	s->blocks[0] = sum;
}

/* Over the window, below 2^26. Return: false if it is too weak. */
static bool window(const struct guard_side *s, struct fit *fit)
{
	unsigned int shift = 0;

	memset(fit, 0, sizeof(*fit));
	for (int n = 0; n < GUARD_BLOCKS; n++) {
		fit->uu += s->blocks[n].uu;
		fit->uv += s->blocks[n].uv;
		fit->uw += s->blocks[n].uw;
		fit->vv += s->blocks[n].vv;
		fit->vw += s->blocks[n].vw;
		fit->ww += s->blocks[n].ww;
	}
	if (fit->ww < LEVEL_MIN)
		return false;
	while ((fit->uu | fit->vv | fit->ww) >> (26 + shift))
		shift++;
	fit->uu >>= shift;
	fit->uv >>= shift;
	fit->uw >>= shift;
	fit->vv >>= shift;
	fit->vw >>= shift;
	fit->ww >>= shift;
	return fit->ww > 0;
}

/*
 * v = c w with c = 2 cos(omega): the misfit vv - vw^2 / ww against the gain 2 + c^2 that white noise has
 * in v - c w. Both times ww; vw^2 < vv ww < 2^52.
 */
static bool is_one_tone(const struct fit *s, int least)
{
	int64_t misfit = s->vv * s->ww - s->vw * s->vw;
	int64_t gained = 2 * (s->ww * s->ww) + s->vw * s->vw;

	return misfit * least <= gained;
}

/*
 * u + b1 v + b2 w = 0; |b1| <= 4 and -2 <= b2 <= 6 for two tones. In Q8 the coefficients are within 2^11,
 * and the misfit (a quadratic form) below 2^52.
 */
static bool is_two_tones(const struct fit *s, int least)
{
	int64_t det = s->vv * s->ww - s->vw * s->vw;
	int64_t n1 = s->uw * s->vw - s->uv * s->ww;
	int64_t n2 = s->uv * s->vw - s->uw * s->vv;
	int64_t b1, b2, misfit;
	int shift = bits64((uint64_t)det) > 20 ? bits64((uint64_t)det) - 20 : 0;

	det >>= shift;
	n1 >>= shift;
	n2 >>= shift;
	if (det < 1 << 8 || n1 > 7 * det || n1 < -7 * det || n2 > 7 * det || n2 < -7 * det)
		return false;
	b1 = (int32_t)(n1 * 256) / (int32_t)det;
	b2 = (int32_t)(n2 * 256) / (int32_t)det;
	misfit = s->uu * 65536 + (b1 * s->uv + b2 * s->uw) * 512 + b1 * b1 * s->vv +
		 2 * b1 * b2 * s->vw + b2 * b2 * s->ww;
	return misfit * least <= s->ww * (2 * 65536 + 2 * b1 * b1 + b2 * b2);
}

/* @s: of one tone */
static bool is_line_tone(const struct fit *s)
{
	for (unsigned int n = 0; n < sizeof(line_tones) / sizeof(line_tones[0]); n++)
		if (s->vw * 16384 <= s->ww * line_tones[n].most &&
		    s->vw * 16384 >= s->ww * line_tones[n].least)
			return true;
	return false;
}

/* The last block of @s to the end of @past, which holds @kept samples before it. */
static void emphasize(struct guard_side *s, int16_t *past, int kept)
{
	int16_t block[GUARD_BLOCK];

	memmove(past, past + GUARD_BLOCK, kept * sizeof(past[0]));
	for (int n = 0; n < GUARD_BLOCK; n++) {
		int32_t y = (8 * s->raw[n + 1] - 7 * s->raw[n] + 32) >> 6;

		block[n] = (int16_t)(y > LIMIT ? LIMIT : y < -LIMIT ? -LIMIT : y);
	}
	memcpy(past + kept, block, sizeof(block));
	s->raw[0] = s->raw[GUARD_BLOCK];
}

static bool near_line_tone(struct guard *g)
{
	struct fit s;

	emphasize(&g->near, g->near_past, 4);
	hear_block(&g->near, g->near_past);
	return window(&g->near, &s) && is_one_tone(&s, FIT_GO_ON) && is_line_tone(&s);
}

/* A block is complete: tones, line signals. */
static void look_for_tones(struct guard *g)
{
	int least = g->state & GUARD_TONES ? FIT_GO_ON : FIT_BEGIN;
	bool one = false, two = false;
	struct fit s;

	emphasize(&g->far, g->far_past, GUARD_HISTORY);
	hear_block(&g->far, g->far_past + GUARD_HISTORY - 4);
	if (window(&g->far, &s)) {
		one = is_one_tone(&s, least);
		two = !one && is_two_tones(&s, least);
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
 * earlier. Taps are kept within +/-1, so that a prediction is below 24 * 5600 < 2^18 and its sum in Q14
 * below 2^31.
 */
static void predict(struct guard *g, const int16_t *x)
{
	int32_t predicted = 0, power = 1 << 10;
	int16_t was[GUARD_TAPS];
	int32_t error, step;

	UNROLL_TAPS
	for (int k = 0; k < GUARD_TAPS; k++)
		was[k] = x[-GUARD_DELAY - lags[k]];
	for (int k = 0; k < GUARD_TAPS; k++)
		predicted += g->taps[k] * was[k];
	for (int k = 0; k < GUARD_TAPS; k++)
		power += was[k] * was[k];
	error = *x - (predicted >> 14);
	error = error > LIMIT ? LIMIT : error < -LIMIT ? -LIMIT : error;
	g->signal += (*x * *x - g->signal) / 16;
	g->misfit += (error * error - g->misfit) / 16;
	/* All that makes this error zero: 2^14 error / power, in 1/256; the error has 13 bits. */
	step = error * (1 << 18) / (power >> 4);
	for (int k = 0; k < GUARD_TAPS; k++) {
		int32_t tap = g->taps[k] + (step * was[k] >> 8);

		g->taps[k] = (int16_t)(tap > TAP_MAX ? TAP_MAX : tap < -TAP_MAX ? -TAP_MAX : tap);
	}
}

static void look_for_period(struct guard *g)
{
	bool fits = g->signal > LEVEL_MIN / WINDOW && g->misfit < g->signal / FIT_PERIODIC;

	if (!fits)
		g->periodic = 0;
	else if (g->periodic < PERIODIC_ON)
		g->periodic++;
	if (g->periodic >= PERIODIC_ON)
		g->state |= GUARD_PERIODIC;
	else
		g->state &= ~GUARD_PERIODIC;
}

void guard_init(struct guard *g)
{
	memset(g, 0, sizeof(*g));
}

unsigned int guard_process(struct guard *g, const int16_t *far, const int16_t *near, int n)
{
	while (n > 0) {
		int take = GUARD_BLOCK - g->n < n ? GUARD_BLOCK - g->n : n;

		memcpy(g->far.raw + 1 + g->n, far, take * sizeof(*far));
		memcpy(g->near.raw + 1 + g->n, near, take * sizeof(*near));
		far += take;
		near += take;
		n -= take;
		g->n += take;
		if (g->n < GUARD_BLOCK)
			break;
		g->n = 0;
		look_for_tones(g);
		predict(g, g->far_past + GUARD_HISTORY + GUARD_BLOCK - 1);
		look_for_period(g);
	}
	return g->state;
}
