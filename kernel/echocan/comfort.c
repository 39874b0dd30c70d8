// SPDX-License-Identifier: GPL-2.0-only
/*
 * comfort.c: background noise, measured and made; see comfort.h.
 *
 * Ranges: a sum over a frame of 160 products is below 2^38; a mean below 2^30. Excitation in Q8 is below
 * 2^24. With coefficients within 0.96 no stage of the lattice has a peak gain above (1 + k) / (1 - k) =
 * 49, all four together 2^23: 64 bits hold the state, and its product with a coefficient in Q15.
 */
#include "echocan/comfort.h"

#define SAMPLES    (COMFORT_FRAME * COMFORT_CHUNK)
#define STRETCH    12 /* frames: 240 ms */
#define UNKNOWN    0xffffffff
#define NEAR_FLOOR 4 /* background is up to that many floors */
#define WEIGHT     16 /* frames that the mean remembers: 320 ms */
#define K_MAX      31500 /* 0.96 */
/* What A-law adds to a weak signal on its way here; it will be added again on the way out. */
#define QUANTISED  21

static uint32_t root(uint64_t x)
{
	uint64_t r = 0;

	for (uint64_t bit = 1ull << 46; bit; bit >>= 2) {
		if (x >= r + bit) {
			x -= r + bit;
			r = (r >> 1) + bit;
		} else {
			r >>= 1;
		}
	}
	return (uint32_t)r;
}

/* Reflection coefficients by Le Roux and Gueguen's recursion. Return: power of the excitation. */
static int32_t reflect(int16_t *k, const int32_t *mean)
{
	int32_t p[COMFORT_ORDER + 1], q[COMFORT_ORDER + 1];

	memcpy(p, mean, sizeof(p));
	p[0] += p[0] / 1024 + 1;
	memcpy(q, p, sizeof(q));
	for (int n = 0; n < COMFORT_ORDER; n++) {
		int32_t r;
		int shift = 0;

		/* Rounding, and what comes from the frame before, may make it more than a cosine. */
		p[1] = p[1] > p[0] ? p[0] : p[1] < -p[0] ? -p[0] : p[1];
		/* A quotient of 32 bits: the divisor has 16 at most. */
		while (p[0] >> (15 + shift))
			shift++;
		r = -((p[1] >> shift) * 32768 / ((p[0] >> shift) + 1));
		r = r > K_MAX ? K_MAX : r < -K_MAX ? -K_MAX : r;
		k[n] = (int16_t)r;
		p[0] += (int32_t)((int64_t)p[1] * r >> 15);
		for (int m = 1; m < COMFORT_ORDER - n; m++) {
			int32_t was = p[m + 1];

			p[m] = was + (int32_t)((int64_t)q[m] * r >> 15);
			q[m] += (int32_t)((int64_t)was * r >> 15);
		}
	}
	return p[0] > 0 ? p[0] : 0;
}

static void set_filter(struct comfort *c)
{
	int32_t power;

	if (c->mean[0] <= QUANTISED) {
		c->gain = 0;
		return;
	}
	power = reflect(c->k, c->mean);
	power -= (int32_t)((int64_t)power * QUANTISED / c->mean[0]);
	/* Uniform noise within +/-1 has the power 1/3: 256^2 x 3. */
	c->gain = (int32_t)root((uint64_t)power * (3 << 16));
}

/* A frame of background: @sums of products per sample, @mean of its samples. */
static void learn(struct comfort *c, const int32_t *sums, int32_t mean)
{
	/* Much less or much more than before is another background. */
	if (sums[0] < c->mean[0] / 3 || sums[0] / 3 > c->mean[0])
		c->weight = 0;
	if (c->weight < WEIGHT)
		c->weight++;
	for (int n = 0; n <= COMFORT_ORDER; n++)
		c->mean[n] += (sums[n] - c->mean[n]) / c->weight;
	c->offset += (mean * 256 - c->offset) / c->weight;
	set_filter(c);
}

static uint32_t track_floor(struct comfort *c, uint32_t power)
{
	uint32_t least = UNKNOWN;

	if (c->frames++ >= STRETCH) {
		memmove(c->mins + 1, c->mins, sizeof(c->mins) - sizeof(c->mins[0]));
		c->mins[0] = UNKNOWN;
		c->frames = 1;
	}
	if (power < c->mins[0])
		c->mins[0] = power;
	for (int n = 0; n < COMFORT_MINS; n++)
		if (c->mins[n] < least)
			least = c->mins[n];
	return least;
}

static void end_frame(struct comfort *c)
{
	int32_t sums[COMFORT_ORDER + 1];
	int32_t mean = c->total / SAMPLES;

	for (int n = 0; n <= COMFORT_ORDER; n++)
		sums[n] = (int32_t)(c->sums[n] >> 5) / (SAMPLES >> 5) - mean * mean;
	if (sums[0] < 0)
		sums[0] = 0;
	if ((uint64_t)sums[0] <= (uint64_t)track_floor(c, sums[0]) * NEAR_FLOOR + QUANTISED)
		learn(c, sums, mean);
}

static void add_chunk(struct comfort *c)
{
	const int16_t *x = c->past + COMFORT_ORDER;

	for (int lag = 0; lag <= COMFORT_ORDER; lag++) {
		int64_t sum = 0;

		for (int n = 0; n < COMFORT_CHUNK; n++)
			sum += x[n] * x[n - lag];
		c->sums[lag] += sum;
	}
	for (int n = 0; n < COMFORT_CHUNK; n++)
		c->total += x[n];
}

void comfort_init(struct comfort *c, uint32_t seed)
{
	memset(c, 0, sizeof(*c));
	memset(c->mins, 0xff, sizeof(c->mins));
	c->seed = seed;
}

void comfort_listen(struct comfort *c, const int16_t *err, bool clean)
{
	memmove(c->past, c->past + COMFORT_CHUNK, COMFORT_ORDER * sizeof(c->past[0]));
	memcpy(c->past + COMFORT_ORDER, err, COMFORT_CHUNK * sizeof(*err));
	c->spoilt |= !clean;
	if (!c->spoilt)
		add_chunk(c);
	if (++c->chunks < COMFORT_FRAME)
		return;
	if (!c->spoilt)
		end_frame(c);
	memset(c->sums, 0, sizeof(c->sums));
	c->total = 0;
	c->chunks = 0;
	c->spoilt = false;
}

uint32_t comfort_power(const struct comfort *c)
{
	return c->mean[0];
}

/* White noise through the lattice, Q8. */
static int64_t make_noise(struct comfort *c)
{
	int64_t f;

	/* A linear congruential generator: the upper half is good enough to listen to. */
	c->seed = c->seed * 1664525 + 1013904223;
	f = (int64_t)(int16_t)(c->seed >> 16) * c->gain >> 15;
	for (int n = COMFORT_ORDER - 1; n >= 0; n--) {
		f -= c->k[n] * c->lattice[n] >> 15;
		if (n < COMFORT_ORDER - 1)
			c->lattice[n + 1] = c->lattice[n] + (c->k[n] * f >> 15);
	}
	c->lattice[0] = f;
	return f;
}

static int16_t sample(int64_t x)
{
	x >>= 8;
	return (int16_t)(x > 32767 ? 32767 : x < -32768 ? -32768 : x);
}

void comfort_make(struct comfort *c, int16_t *out, int n)
{
	int32_t mean = c->offset + 128;
	int16_t silence = sample(mean);

	for (int i = 0; i < n; i++)
		out[i] = c->gain ? sample(make_noise(c) + mean) : silence;
}
