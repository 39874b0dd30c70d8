/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A real transform of 128 points as a complex one of 64 (even samples real, odd ones imaginary):
 * three passes of radix 4, in and out of two buffers, so that nothing has to be put in order
 * afterwards (Stockham). Four butterflies go side by side in a vector; the first pass, where they
 * lie across the order of the data, transposes them. The vectors are the compiler's own (GCC,
 * Clang), so that the same source serves every processor and always adds in the same order.
 */
#include "core/channel/spectrum.h"

#include <math.h>
#include <string.h>

#include "core/channel/level.h"
#include "core/channel/spectrum_tables.h"

#define POINTS        64 /* complex */
#define LANES         4
/* A full turn between two looks is 8000 / SPECTRUM_HOP Hz. */
#define HZ_PER_RADIAN (8000.0f / SPECTRUM_HOP / 6.28318531f)

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "load_samples() reads pairs of samples");

typedef float vec __attribute__((vector_size(16)));
typedef int32_t ivec __attribute__((vector_size(16)));
typedef uint32_t uvec __attribute__((vector_size(16)));

struct points {
	float re[POINTS], im[POINTS];
};

static inline vec load(const float *from)
{
	vec v;

	memcpy(&v, from, sizeof(v));
	return v;
}

static inline void store(float *to, vec v)
{
	memcpy(to, &v, sizeof(v));
}

static inline vec all(float x)
{
	return (vec){x, x, x, x};
}

static inline vec backwards(vec v)
{
	return __builtin_shufflevector(v, v, 3, 2, 1, 0);
}

/* Rows become columns. */
static inline void transpose(vec r[LANES])
{
	vec a = __builtin_shufflevector(r[0], r[1], 0, 4, 1, 5);
	vec b = __builtin_shufflevector(r[2], r[3], 0, 4, 1, 5);
	vec c = __builtin_shufflevector(r[0], r[1], 2, 6, 3, 7);
	vec d = __builtin_shufflevector(r[2], r[3], 2, 6, 3, 7);

	r[0] = __builtin_shufflevector(a, b, 0, 1, 4, 5);
	r[1] = __builtin_shufflevector(a, b, 2, 3, 6, 7);
	r[2] = __builtin_shufflevector(c, d, 0, 1, 4, 5);
	r[3] = __builtin_shufflevector(c, d, 2, 3, 6, 7);
}

/* Four butterflies of radix 4 out of x, POINTS / 4 apart. */
static inline void butterfly(const struct points *x, unsigned at, vec re[LANES], vec im[LANES])
{
	vec ar = load(x->re + at), ai = load(x->im + at);
	vec br = load(x->re + at + 16), bi = load(x->im + at + 16);
	vec cr = load(x->re + at + 32), ci = load(x->im + at + 32);
	vec dr = load(x->re + at + 48), di = load(x->im + at + 48);
	vec pr = ar + cr, pi = ai + ci, mr = ar - cr, mi = ai - ci;
	vec qr = br + dr, qi = bi + di, nr = br - dr, ni = bi - di;

	re[0] = pr + qr;
	im[0] = pi + qi;
	re[1] = mr + ni;
	im[1] = mi - nr;
	re[2] = pr - qr;
	im[2] = pi - qi;
	re[3] = mr - ni;
	im[3] = mi + nr;
}

/* Backwards by the angle whose cos and sin are given. */
static inline void turn(vec *re, vec *im, vec c, vec s)
{
	vec r = *re;

	*re = r * c + *im * s;
	*im = *im * c - r * s;
}

static void first_pass(const struct points *x, struct points *y)
{
	for (unsigned p = 0; p < 16; p += LANES) {
		vec re[LANES], im[LANES];

		butterfly(x, p, re, im);
		turn(&re[1], &im[1], load(turn1_cos + p), load(turn1_sin + p));
		turn(&re[2], &im[2], load(turn2_cos + p), load(turn2_sin + p));
		turn(&re[3], &im[3], load(turn3_cos + p), load(turn3_sin + p));
		transpose(re);
		transpose(im);
		for (unsigned j = 0; j < LANES; j++) {
			store(y->re + 4 * p + 4 * j, re[j]);
			store(y->im + 4 * p + 4 * j, im[j]);
		}
	}
}

static void second_pass(const struct points *x, struct points *y)
{
	for (unsigned p = 0; p < 4; p++) {
		vec re[LANES], im[LANES];

		butterfly(x, 4 * p, re, im);
		for (unsigned j = 1; j < LANES; j++)
			turn(&re[j], &im[j], all(turn_cos[3 * p + j - 1]),
			     all(turn_sin[3 * p + j - 1]));
		for (unsigned j = 0; j < LANES; j++) {
			store(y->re + 16 * p + 4 * j, re[j]);
			store(y->im + 16 * p + 4 * j, im[j]);
		}
	}
}

static void third_pass(const struct points *x, struct points *y)
{
	for (unsigned q = 0; q < 16; q += LANES) {
		vec re[LANES], im[LANES];

		butterfly(x, q, re, im);
		for (unsigned j = 0; j < LANES; j++) {
			store(y->re + 16 * j + q, re[j]);
			store(y->im + 16 * j + q, im[j]);
		}
	}
}

/* The spectrum of the real samples: bins 4 .. 31 and, counted from the other end, 60 .. 33. */
static void part(const struct points *z, float *re, float *im, float *power)
{
	for (unsigned k = SPECTRUM_FIRST; k < 32; k += LANES) {
		unsigned m = POINTS - k - (LANES - 1);
		vec ar = load(z->re + k), ai = load(z->im + k);
		vec br = backwards(load(z->re + m)), bi = backwards(load(z->im + m));
		vec er = ar + br, ei = ai - bi, sr = ai + bi, si = br - ar;
		vec lr, li, ur, ui;

		turn(&sr, &si, load(part_cos + k), load(part_sin + k));
		lr = er + sr;
		li = ei + si;
		ur = backwards(er - sr);
		ui = backwards(si - ei);
		store(re + k, lr);
		store(im + k, li);
		store(power + k, lr * lr + li * li);
		store(re + m, ur);
		store(im + m, ui);
		store(power + m, ur * ur + ui * ui);
	}
	re[32] = 2 * z->re[32];
	im[32] = -2 * z->im[32];
	power[32] = re[32] * re[32] + im[32] * im[32];
}

static void load_samples(const int16_t *pcm, struct points *x)
{
	for (unsigned i = 0; i < POINTS; i += LANES) {
		uvec pairs;

		memcpy(&pairs, pcm + 2 * (size_t)i, sizeof(pairs));
		store(x->re + i, __builtin_convertvector((ivec)(pairs << 16) >> 16, vec) *
					 load(window_even + i));
		store(x->im + i,
		      __builtin_convertvector((ivec)pairs >> 16, vec) * load(window_odd + i));
	}
}

static void look_now(struct spectrum *s)
{
	struct points a, b;
	unsigned now = ++s->looks & 1;

	load_samples(s->past, &a);
	first_pass(&a, &b);
	second_pass(&b, &a);
	third_pass(&a, &b);
	part(&b, s->re[now], s->im[now], s->power[s->looks % SPECTRUM_PAST]);
}

void spectrum_init(struct spectrum *s, unsigned phase)
{
	memset(s, 0, sizeof(*s));
	s->fill = phase % SPECTRUM_HOP;
}

size_t spectrum_feed(struct spectrum *s, const int16_t *pcm, size_t n, int *look)
{
	size_t room = SPECTRUM_HOP - s->fill;
	int16_t *to = s->past + SPECTRUM_WINDOW - room;

	*look = n >= room;
	if (n > room)
		n = room;
	memcpy(to, pcm, n * sizeof(*pcm));
	s->fill += (uint32_t)n;
	if (*look) {
		look_now(s);
		memmove(s->past, s->past + SPECTRUM_HOP,
			(SPECTRUM_WINDOW - SPECTRUM_HOP) * sizeof(s->past[0]));
		s->fill = 0;
	}
	return n;
}

void spectrum_turn(const struct spectrum *s, unsigned bin, float *re, float *im)
{
	unsigned now = s->looks & 1;
	float ar = s->re[now][bin], ai = s->im[now][bin];
	float br = s->re[!now][bin], bi = s->im[!now][bin];
	float r = ar * br + ai * bi, i = ai * br - ar * bi;

	/* The middle of bin k turns by k quarters between two looks. */
	switch (bin & 3) {
	case 0: *re = r, *im = i; break;
	case 1: *re = i, *im = -r; break;
	case 2: *re = -r, *im = -i; break;
	case 3: *re = -i, *im = r; break;
	}
}

float spectrum_turn_hz(float re, float im)
{
	return HZ_PER_RADIAN * atan2f(im, re);
}

void spectrum_turns_add(struct spectrum_turns *t, unsigned bin, float re, float im)
{
	int up = (int)bin - (int)t->bin;

	/* The middle of the next bin turns a quarter more. */
	t->re += up == 0 ? re : up > 0 ? -im : im;
	t->im += up == 0 ? im : up > 0 ? re : -re;
	t->length += sqrtf(re * re + im * im);
}

float spectrum_turns_hz(const struct spectrum_turns *t)
{
	return (float)t->bin * SPECTRUM_HZ + spectrum_turn_hz(t->re, t->im);
}

float spectrum_turns_still(const struct spectrum_turns *t)
{
	return t->length > 0 ? sqrtf(t->re * t->re + t->im * t->im) / t->length : 0;
}

float spectrum_sum(const float *power, unsigned from, unsigned to)
{
	vec sum = all(0);
	float rest = 0;
	unsigned k = from;

	for (; k + LANES <= to + 1; k += LANES)
		sum += load(power + k);
	for (; k <= to; k++)
		rest += power[k];
	return sum[0] + sum[1] + (sum[2] + sum[3]) + rest;
}

unsigned spectrum_peak(const float *power, unsigned from, unsigned to)
{
	unsigned best = from;

	for (unsigned k = from + 1; k <= to; k++) {
		if (power[k] > power[best])
			best = k;
	}
	return best;
}

float spectrum_edge(float before, float after, float full)
{
	float a = sqrtf(before), b = sqrtf(after), half = 0.5f * sqrtf(full);
	float at = a == b ? 0 : (half - a) / (b - a);

	return SPECTRUM_HOP * (at < 0 ? 0 : at > 1 ? 1 : at);
}

float spectrum_dbm0(float power)
{
	return power > 1.3e-10f ? 10 * log10f(power) : LEVEL_FLOOR;
}

float spectrum_from_dbm0(float dbm0)
{
	return powf(10, dbm0 / 10);
}
