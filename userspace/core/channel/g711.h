/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * G.711: A-law and mu-law octets, 16-bit linear samples, and from one law to the other.
 *
 * Linear samples are 16 bit at 8 kHz on the scale where a 0 dBm0 sine has the peak
 * 22828 (a full-scale square wave is +6.15 dBm0): A-law's 13-bit value times 8,
 * mu-law's 14-bit value times 4. A-law octets have their even bits inverted as they
 * are on the line (G.711 table 1a, note 2). Everything here is pure.
 *
 * The names start with the law, not with g711_: SpanDSP has g711_encode() and others.
 */
#ifndef CORE_CHANNEL_G711_H
#define CORE_CHANNEL_G711_H

#include <stddef.h>
#include <stdint.h>

#define ALAW_IDLE 0xD5 /* smallest positive value: silence (decodes to +8) */
#define ULAW_IDLE 0xFF /* positive zero */

/* Indexed by octet; what alaw_decode() and ulaw_decode() read. */
extern const int16_t alaw_linear[256];
extern const int16_t ulaw_linear[256];

/** alaw_decode() - linear value of an A-law octet: +/-8 .. +/-32256. Source: G.711 table 1 */
static inline int16_t alaw_decode(uint8_t octet)
{
	return alaw_linear[octet];
}

/** ulaw_decode() - linear value of a mu-law octet: 0 .. +/-32124. Source: G.711 table 2 */
static inline int16_t ulaw_decode(uint8_t octet)
{
	return ulaw_linear[octet];
}

/**
 * alaw_encode() - A-law octet of a linear sample, all 65536 inputs
 * Values beyond the last decision value take the largest code.
 * Source: G.711 table 1. Context: any; O(1), no table.
 */
uint8_t alaw_encode(int16_t sample);

/** ulaw_encode() - mu-law octet of a linear sample, all 65536 inputs. Source: G.711 table 2 */
uint8_t ulaw_encode(int16_t sample);

/** alaw_decode_block() - @n octets to @n samples */
void alaw_decode_block(int16_t *out, const uint8_t *in, size_t n);
/** alaw_encode_block() - @n samples to @n octets */
void alaw_encode_block(uint8_t *out, const int16_t *in, size_t n);

/** ulaw_to_a() - the A-law octet that a law converter sends. Source: G.711 table 3 */
uint8_t ulaw_to_a(uint8_t ulaw);
/** alaw_to_u() - the mu-law octet that a law converter sends. Source: G.711 table 4 */
uint8_t alaw_to_u(uint8_t alaw);

#endif
