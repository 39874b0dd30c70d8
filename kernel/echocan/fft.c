/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * fft.c: 128 real points, one signal at a time, products of 64 bit: where precision counts.
 *
 * Decimation in frequency forward, in time back, so neither has to reorder anything: spectra are
 * bit-reversed in between. The inverse halves at each of its stages, so its values never exceed
 * those that came in; forward, a value is at most the sum of the magnitudes that came in.
 */
#include "echocan/internal.h"

#define HALF (FFT / 2)

/* cos(2 pi i / 128), Q30 */
const int32_t fft_cos[FFT] = {
	1073741824,  1072448455,  1068571464,  1062120190,  1053110176,  1041563127,  1027506862,
	1010975242,  992008094,   970651112,   946955747,   920979082,   892783698,   862437520,
	830013654,   795590213,   759250125,   721080937,   681174602,   639627258,   596538995,
	552013618,   506158392,   459083786,   410903207,   361732726,   311690799,   260897982,
	209476638,   157550647,   105245103,   52686014,    0,           -52686014,   -105245103,
	-157550647,  -209476638,  -260897982,  -311690799,  -361732726,  -410903207,  -459083786,
	-506158392,  -552013618,  -596538995,  -639627258,  -681174602,  -721080937,  -759250125,
	-795590213,  -830013654,  -862437520,  -892783698,  -920979082,  -946955747,  -970651112,
	-992008094,  -1010975242, -1027506862, -1041563127, -1053110176, -1062120190, -1068571464,
	-1072448455, -1073741824, -1072448455, -1068571464, -1062120190, -1053110176, -1041563127,
	-1027506862, -1010975242, -992008094,  -970651112,  -946955747,  -920979082,  -892783698,
	-862437520,  -830013654,  -795590213,  -759250125,  -721080937,  -681174602,  -639627258,
	-596538995,  -552013618,  -506158392,  -459083786,  -410903207,  -361732726,  -311690799,
	-260897982,  -209476638,  -157550647,  -105245103,  -52686014,   0,           52686014,
	105245103,   157550647,   209476638,   260897982,   311690799,   361732726,   410903207,
	459083786,   506158392,   552013618,   596538995,   639627258,   681174602,   721080937,
	759250125,   795590213,   830013654,   862437520,   892783698,   920979082,   946955747,
	970651112,   992008094,   1010975242,  1027506862,  1041563127,  1053110176,  1062120190,
	1068571464,  1072448455,
};

const uint8_t fft_reversed[FFT] = {
	0,  64, 32, 96,  16, 80, 48, 112, 8,  72, 40, 104, 24, 88, 56, 120, 4,  68, 36, 100,
	20, 84, 52, 116, 12, 76, 44, 108, 28, 92, 60, 124, 2,  66, 34, 98,  18, 82, 50, 114,
	10, 74, 42, 106, 26, 90, 58, 122, 6,  70, 38, 102, 22, 86, 54, 118, 14, 78, 46, 110,
	30, 94, 62, 126, 1,  65, 33, 97,  17, 81, 49, 113, 9,  73, 41, 105, 25, 89, 57, 121,
	5,  69, 37, 101, 21, 85, 53, 117, 13, 77, 45, 109, 29, 93, 61, 125, 3,  67, 35, 99,
	19, 83, 51, 115, 11, 75, 43, 107, 27, 91, 59, 123, 7,  71, 39, 103, 23, 87, 55, 119,
	15, 79, 47, 111, 31, 95, 63, 127,
};

static int32_t turn(int32_t a, int32_t b, int32_t c, int32_t s)
{
	return (int32_t)(((int64_t)a * c + (int64_t)b * s + (1 << 29)) >> 30);
}

static int32_t sine(int t)
{
	return fft_cos[(t + FFT - FFT / 4) & (FFT - 1)];
}

/* Sum and difference. */
static void apart(int32_t *re, int32_t *im, int half)
{
	int32_t u = re[0] - re[half], v = im[0] - im[half];

	re[0] += re[half];
	im[0] += im[half];
	re[half] = u;
	im[half] = v;
}

/* 64 points; the last stage needs no factors, nor do the first points of the others. */
static void forward(int32_t *re, int32_t *im)
{
	int half, i, k;

	for (half = HALF / 2; half > 1; half >>= 1) {
		for (i = 0; i < HALF; i += 2 * half)
			apart(re + i, im + i, half);
		for (k = 1; k < half; k++) {
			int32_t c = fft_cos[k * (HALF / half)], s = sine(k * (HALF / half));

			for (i = k; i < HALF; i += 2 * half) {
				int32_t u = re[i] - re[i + half], v = im[i] - im[i + half];

				re[i] += re[i + half];
				im[i] += im[i + half];
				re[i + half] = turn(u, v, c, s);
				im[i + half] = turn(v, -u, c, s);
			}
		}
	}
	for (i = 0; i < HALF; i += 2)
		apart(re + i, im + i, 1);
}

/* Half of sum and difference. */
static void together(int32_t *re, int32_t *im, int half, int32_t u, int32_t v)
{
	re[half] = (re[0] - u + 1) >> 1;
	im[half] = (im[0] - v + 1) >> 1;
	re[0] = (re[0] + u + 1) >> 1;
	im[0] = (im[0] + v + 1) >> 1;
}

static void inverse(int32_t *re, int32_t *im)
{
	int half, i, k;

	for (i = 0; i < HALF; i += 2)
		together(re + i, im + i, 1, re[i + 1], im[i + 1]);
	for (half = 2; half < HALF; half <<= 1) {
		for (i = 0; i < HALF; i += 2 * half)
			together(re + i, im + i, half, re[i + half], im[i + half]);
		for (k = 1; k < half; k++) {
			int32_t c = fft_cos[k * (HALF / half)], s = sine(k * (HALF / half));

			for (i = k; i < HALF; i += 2 * half)
				together(re + i, im + i, half,
					 turn(re[i + half], -im[i + half], c, s),
					 turn(im[i + half], re[i + half], c, s));
		}
	}
}

/*
 * fft_real_forward() - spectrum of 128 real samples, as 64 complex ones
 *
 * The sum of their magnitudes must be below 2^30.
 */
void fft_real_forward(struct spectrum *s, const int32_t *x)
{
	int32_t re[HALF], im[HALF];
	int k;

	for (k = 0; k < HALF; k++) {
		re[k] = x[2 * k];
		im[k] = x[2 * k + 1];
	}
	forward(re, im);
	for (k = 0; k <= HALF; k++) {
		int n = fft_reversed[k & (HALF - 1)] >> 1,
		    m = fft_reversed[(HALF - k) & (HALF - 1)] >> 1;
		int32_t er = (re[n] + re[m]) >> 1, ei = (im[n] - im[m]) >> 1;
		int32_t or = (im[n] + im[m]) >> 1, oi = (re[m] - re[n]) >> 1;

		s->re[k] = er + turn(or, oi, fft_cos[k], sine(k));
		s->im[k] = ei + turn(oi, - or, fft_cos[k], sine(k));
	}
}

/** fft_real_inverse() - 128 real samples of a spectrum whose bins are below 2^29 */
void fft_real_inverse(int32_t *x, const struct spectrum *s)
{
	int32_t re[HALF], im[HALF];
	int k;

	for (k = 0; k < HALF; k++) {
		int n = fft_reversed[k] >> 1, m = HALF - k;
		int32_t bi = k ? s->im[m] : 0, ai = k ? s->im[k] : 0;
		int32_t er = (s->re[k] + s->re[m]) >> 1, ei = (ai - bi) >> 1;
		int32_t ur = (s->re[k] - s->re[m]) >> 1, ui = (ai + bi) >> 1;
		int32_t or = turn(ur, -ui, fft_cos[k], sine(k)),
			oi = turn(ui, ur, fft_cos[k], sine(k));

		re[n] = er - oi;
		im[n] = ei + or ;
	}
	inverse(re, im);
	for (k = 0; k < HALF; k++) {
		x[2 * k] = re[k];
		x[2 * k + 1] = im[k];
	}
}
