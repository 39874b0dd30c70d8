// SPDX-License-Identifier: GPL-2.0-only
/*
 * disabler.c: 2100 Hz, its phase reversals, and silence; see disabler.h.
 *
 * Ranges: a product with the table is below 2^25 and the sum of 40 below 2^31 (32768 x 26047, the sum of
 * the table's magnitudes). A tone of amplitude A gives |re + j im| = A/2 x 40 x 1024 and the energy
 * 20 A^2, so all power is tone when re^2 + im^2 = energy x 20 x 2^20.
 */
#include "echocan/disabler.h"

#define FEW         8 /* samples that are heard at once */
#define TONE_MIN    4100000 /* energy of a block: -34 dBm0, -31 less the swing of ANSam */
#define QUIET_MAX   4600000 /* -33.5 dBm0 */
#define TURN_MAX    13107 /* a fifth of a turn in 5 ms: 40 Hz off */
#define REVERSAL    24030 /* 132 degrees */
#define STEADY      8192 /* 45 degrees: what noise may move the phase */
#define GAP_MAX     3 /* blocks that a reversal may spoil */
#define SETTLED     12 /* blocks of tone before a reversal counts */
#define FAX_AFTER   40
#define QUIET_LAST  50
#define SPACING_MIN 82 /* 410 ms */
#define SPACING_MAX 98 /* 490 ms */

/* 2100 Hz over a block, Q10. The next block begins half a turn later. */
static const int16_t cosine[DISABLER_BLOCK] = {
	1024, -80,  -1011, 239,  974,  -392, -912, 535,   828,  -665, -724, 779,  602, -873,
	-465, 946,  316,   -996, -160, 1021, 0,    -1021, 160,  996,  -316, -946, 465, 873,
	-602, -779, 724,   665,  -828, -535, 912,  392,   -974, -239, 1011, 80,
};
static const int16_t sine[DISABLER_BLOCK] = {
	0,    1021, -160, -996, 316,   946,  -465, -873, 602,   779,  -724, -665, 828,  535,
	-912, -392, 974,  239,  -1011, -80,  1024, -80,  -1011, 239,  974,  -392, -912, 535,
	828,  -665, -724, 779,  602,   -873, -465, 946,  316,   -996, -160, 1021,
};

/* Within a quarter of a degree. Return: 65536 is a turn. */
static uint16_t angle(int32_t re, int32_t im)
{
	uint32_t x = re < 0 ? -(uint32_t)re : (uint32_t)re;
	uint32_t y = im < 0 ? -(uint32_t)im : (uint32_t)im;
	uint32_t most = x > y ? x : y, least = x > y ? y : x;
	uint32_t ratio, a;

	if (!(most >> 15))
		return 0;
	ratio = least / (most >> 15);
	if (ratio > 32768)
		ratio = 32768;
	/* atan(r) = pi/4 r + 0.273 r (1 - r) */
	a = (8192 * ratio + 2847 * (ratio * (32768 - ratio) >> 15)) >> 15;
	if (y > x)
		a = 16384 - a;
	if (re < 0)
		a = 32768 - a;
	return im < 0 ? -a : a;
}

static bool is_tone(const struct disabler_side *s)
{
	int64_t re = s->re >> 8, im = s->im >> 8;

	/* The table's 2^20 is 2^4 after the shift; eight tenths of 20 is 16. */
	return s->energy > TONE_MIN && re * re + im * im > s->energy * (16 << 4);
}

static uint16_t magnitude(int16_t turn)
{
	return turn < 0 ? -turn : turn;
}

static void no_tone(struct disabler_side *s)
{
	if (++s->gap <= GAP_MAX)
		return;
	s->tone = 0;
	s->since = 0;
	s->turned = false;
}

/* Return: true if the reversal is the second of a row. */
static bool reversal(struct disabler_side *s)
{
	bool second = s->since >= SPACING_MIN && s->since <= SPACING_MAX;

	s->since = 1;
	return second;
}

/* The phase @off beside where it should be; @off 0 is the first block. Return: as reversal(). */
static bool follow(struct disabler_side *s, int16_t off)
{
	bool acts = false;

	if (s->turned) {
		s->turned = false;
		if (magnitude(off) < STEADY)
			acts = reversal(s);
	} else if (magnitude(off) > REVERSAL && s->tone >= SETTLED) {
		s->turned = true;
		return false;
	} else if (magnitude(off) >= STEADY) {
		/* A hit of the line, or no tone after all. */
		s->tone = 0;
		s->since = 0;
		s->turn = 0;
		return false;
	}
	s->turn += off / (s->tone < 6 ? 2 : 8);
	if (magnitude(s->turn) > TURN_MAX) {
		s->tone = 0;
		s->turn = 0;
	}
	return acts;
}

/* A block is complete. Return: true if this direction switches the canceller off. */
static bool end_side(struct disabler_side *s)
{
	uint16_t phase, expected;
	bool acts = false;

	if (s->since && s->since < 1000)
		s->since++;
	if (!is_tone(s)) {
		no_tone(s);
		return false;
	}
	phase = angle(s->re, s->im);
	if (s->tone) {
		expected = s->phase + (32768 + s->turn) * (s->gap + 1);
		acts = follow(s, (int16_t)(phase - expected));
	} else {
		s->turn = 0;
	}
	if (s->tone < 1000)
		s->tone++;
	s->phase = phase;
	s->gap = 0;
	return acts;
}

static void listen(struct disabler_side *s, int32_t x, unsigned int n)
{
	s->re += x * cosine[n];
	s->im -= x * sine[n];
	s->energy += x * x;
}

/* The same for FEW samples at once: compilers make vectors of a number that they know. */
static void listen_few(struct disabler_side *s, const int16_t *x, unsigned int at)
{
	int32_t re = 0, im = 0;
	int64_t energy = 0;

	for (int n = 0; n < FEW; n++)
		re += x[n] * cosine[at + n];
	for (int n = 0; n < FEW; n++)
		im += x[n] * sine[at + n];
	for (int n = 0; n < FEW; n++)
		energy += x[n] * x[n];
	s->re += re;
	s->im -= im;
	s->energy += energy;
}

/* y = x - x' + 25/32 y': 280 Hz, Q4. */
static int32_t high_pass(int32_t *hp, int32_t x)
{
	hp[1] = x - hp[0] + hp[1] * 25 / 32;
	hp[0] = x;
	return hp[1];
}

/* What holds the state: -1.3 dB at 700 Hz, +1.8 dB at 3000 Hz. */
static void listen_band(struct disabler_side *s, int32_t x)
{
	int32_t y = high_pass(s->hp + 2, high_pass(s->hp, x * 16)) / 16;

	s->band += (int64_t)y * y;
}

static void clear_block(struct disabler_side *s)
{
	s->re = 0;
	s->im = 0;
	s->energy = 0;
	s->band = 0;
}

static void end_block(struct disabler *d)
{
	bool far = end_side(&d->far), near = end_side(&d->near);

	if (far || near)
		d->state = DISABLER_OFF;
	else if (d->state == DISABLER_ON && (d->far.tone >= FAX_AFTER || d->near.tone >= FAX_AFTER))
		d->state = DISABLER_FAX;
	if (d->far.band > QUIET_MAX || d->near.band > QUIET_MAX)
		d->quiet = 0;
	else if (d->state != DISABLER_ON && ++d->quiet >= QUIET_LAST)
		d->state = DISABLER_ON;
	if (d->state == DISABLER_ON)
		d->quiet = 0;
	clear_block(&d->far);
	clear_block(&d->near);
	d->n = 0;
}

void disabler_init(struct disabler *d)
{
	memset(d, 0, sizeof(*d));
}

enum disabler_state disabler_process(struct disabler *d, const int16_t *far, const int16_t *near,
				     int n)
{
	while (d->state == DISABLER_ON && n >= FEW && d->n + FEW <= DISABLER_BLOCK) {
		listen_few(&d->far, far, d->n);
		listen_few(&d->near, near, d->n);
		far += FEW;
		near += FEW;
		n -= FEW;
		d->n += FEW;
		if (d->n == DISABLER_BLOCK)
			end_block(d);
	}
	for (; n > 0; n--, far++, near++) {
		listen(&d->far, *far, d->n);
		listen(&d->near, *near, d->n);
		if (d->state != DISABLER_ON) {
			listen_band(&d->far, *far);
			listen_band(&d->near, *near);
		}
		if (++d->n == DISABLER_BLOCK)
			end_block(d);
	}
	return d->state;
}
