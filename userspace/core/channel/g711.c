/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/channel/g711.h"

#define ALAW_EVEN_BITS 0x55 /* inverted on the line, G.711 table 1a note 2 */
#define ULAW_BIAS      132 /* 33 of the 14-bit scale */
#define ULAW_CLIP      32635

/*
 * Decoding tables, worked out by the compiler. A code is sign, 3 bits of segment, 4 of
 * step; the value lies in the middle of its interval.
 */
#define SEG(c)   (((c) >> 4) & 7)
#define STEP(c)  ((c)&15)
#define A_MAG(c) (SEG(c) ? (STEP(c) * 16 + 264) << (SEG(c) ? SEG(c) - 1 : 0) : STEP(c) * 16 + 8)
#define U_MAG(c) (((STEP(c) * 8 + ULAW_BIAS) << SEG(c)) - ULAW_BIAS)
/* A-law: bit 8 set is positive. Mu-law: all bits are inverted, bit 8 clear then is positive. */
#define A_VAL(c) ((c)&0x80 ? A_MAG(c) : -(A_MAG(c)))
#define U_VAL(c) ((c)&0x80 ? -(U_MAG(c)) : U_MAG(c))
#define A_OCT(o) A_VAL((o) ^ ALAW_EVEN_BITS)
#define U_OCT(o) U_VAL((o) ^ 0xff)

#define ROW4(f, o)  f(o), f((o) + 1), f((o) + 2), f((o) + 3)
#define ROW16(f, o) ROW4(f, o), ROW4(f, (o) + 4), ROW4(f, (o) + 8), ROW4(f, (o) + 12)
#define ROW64(f, o) ROW16(f, o), ROW16(f, (o) + 16), ROW16(f, (o) + 32), ROW16(f, (o) + 48)
#define ROW256(f)   ROW64(f, 0), ROW64(f, 64), ROW64(f, 128), ROW64(f, 192)

const int16_t alaw_linear[256] = {ROW256(A_OCT)};
const int16_t ulaw_linear[256] = {ROW256(U_OCT)};

uint8_t alaw_encode(int16_t sample)
{
	/* One's complement: the interval below zero is as wide as the one above. */
	unsigned mag = sample >= 0 ? (unsigned)sample : (unsigned)(-1 - sample);
	unsigned top = 31 - (unsigned)__builtin_clz(mag | 0xff); /* 7..14 */
	unsigned code = top == 7 ? mag >> 4 : (top - 7) << 4 | (mag >> (top - 4) & 15);

	return (uint8_t)((code | (sample >= 0 ? 0x80 : 0)) ^ ALAW_EVEN_BITS);
}

uint8_t ulaw_encode(int16_t sample)
{
	unsigned mag = sample >= 0 ? (unsigned)sample : (unsigned)-(int)sample;
	unsigned top, code;

	mag = (mag > ULAW_CLIP ? ULAW_CLIP : mag) + ULAW_BIAS;
	top = 31 - (unsigned)__builtin_clz(mag); /* 7..14 */
	code = (top - 7) << 4 | (mag >> (top - 4) & 15);
	return (uint8_t)((code | (sample >= 0 ? 0 : 0x80)) ^ 0xff);
}

void alaw_decode_block(int16_t *out, const uint8_t *in, size_t n)
{
	for (size_t i = 0; i < n; i++)
		out[i] = alaw_linear[in[i]];
}

void alaw_encode_block(uint8_t *out, const int16_t *in, size_t n)
{
	for (size_t i = 0; i < n; i++)
		out[i] = alaw_encode(in[i]);
}

/*
 * Law conversion by code, sign apart: mu-law codes count from silence (bits inverted),
 * A-law codes likewise (even bits back to normal). Not the same as decoding and encoding.
 */

/* G.711 table 3 */
static const uint8_t a_of_u[128] = {
	0,   0,   1,   1,   2,   2,   3,   3,   4,   4,   5,   5,   6,   6,   7,   7,
	8,   9,   10,  11,  12,  13,  14,  15,  16,  17,  18,  19,  20,  21,  22,  23,
	24,  26,  28,  30,  32,  33,  34,  35,  36,  37,  38,  39,  40,  41,  42,  43,
	45,  47,  48,  49,  50,  51,  52,  53,  54,  55,  56,  57,  58,  59,  60,  61,
	63,  64,  65,  66,  67,  68,  69,  70,  71,  72,  73,  74,  75,  76,  77,  78,
	79,  81,  82,  83,  84,  85,  86,  87,  88,  89,  90,  91,  92,  93,  94,  95,
	96,  97,  98,  99,  100, 101, 102, 103, 104, 105, 106, 107, 108, 109, 110, 111,
	112, 113, 114, 115, 116, 117, 118, 119, 120, 121, 122, 123, 124, 125, 126, 127,
};

/* G.711 table 4 */
static const uint8_t u_of_a[128] = {
	1,   3,   5,   7,   9,   11,  13,  15,  16,  17,  18,  19,  20,  21,  22,  23,
	24,  25,  26,  27,  28,  29,  30,  31,  32,  32,  33,  33,  34,  34,  35,  35,
	36,  37,  38,  39,  40,  41,  42,  43,  44,  45,  46,  47,  48,  48,  49,  49,
	50,  51,  52,  53,  54,  55,  56,  57,  58,  59,  60,  61,  62,  63,  64,  64,
	65,  66,  67,  68,  69,  70,  71,  72,  73,  74,  75,  76,  77,  78,  79,  80,
	80,  81,  82,  83,  84,  85,  86,  87,  88,  89,  90,  91,  92,  93,  94,  95,
	96,  97,  98,  99,  100, 101, 102, 103, 104, 105, 106, 107, 108, 109, 110, 111,
	112, 113, 114, 115, 116, 117, 118, 119, 120, 121, 122, 123, 124, 125, 126, 127,
};

uint8_t ulaw_to_a(uint8_t ulaw)
{
	uint8_t code = ulaw ^ 0xff; /* bit 8 set is negative */

	return (uint8_t)((a_of_u[code & 0x7f] | (~code & 0x80)) ^ ALAW_EVEN_BITS);
}

uint8_t alaw_to_u(uint8_t alaw)
{
	uint8_t code = alaw ^ ALAW_EVEN_BITS; /* bit 8 set is positive */

	return (uint8_t)((u_of_a[code & 0x7f] | (~code & 0x80)) ^ 0xff);
}
