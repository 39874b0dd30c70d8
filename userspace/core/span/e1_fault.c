/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/span/e1_fault.h"

#include <errno.h>
#include <string.h>

#define PPB        1000000000u
#define PPM        1000000u
#define SMF_FRAMES 8

void e1_fault_init(struct e1_fault *f, uint64_t seed)
{
	memset(f, 0, sizeof(*f));
	f->rng = seed;
	memset(f->last, 0xff, sizeof(f->last));
}

int e1_fault_set(struct e1_fault *f, const struct e1_fault_cfg *cfg)
{
	if (cfg->ber_ppb > PPB || cfg->crc_ppm > PPM)
		return -EINVAL;
	if (cfg->crc_every != f->cfg.crc_every)
		f->smf = 0;
	f->cfg = *cfg;
	return 0;
}

void e1_fault_slip(struct e1_fault *f, enum e1_slip slip)
{
	f->slip = slip;
}

void e1_fault_fas(struct e1_fault *f, uint32_t n)
{
	f->fas_left = n;
}

void e1_fault_nfas(struct e1_fault *f, uint32_t n)
{
	f->nfas_left = n;
}

void e1_fault_cas(struct e1_fault *f, uint32_t n)
{
	f->cas_left = n;
}

/* SplitMix64: any seed will do, period 2^64. Return: 32 random bits. */
static uint32_t draw(struct e1_fault *f)
{
	uint64_t z = f->rng += 0x9e3779b97f4a7c15u;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
	z = (z ^ z >> 27) * 0x94d049bb133111ebu;
	return (uint32_t)((z ^ z >> 31) >> 32);
}

/* True once in @whole / @part draws. */
static bool chance(struct e1_fault *f, uint32_t part, uint32_t whole)
{
	return draw(f) < ((uint64_t)part << 32) / whole;
}

/* One wrong C bit makes one sub-multiframe wrong, the one before this. */
static void spoil_crc(struct e1_fault *f, uint8_t frame[E1_OCTETS])
{
	bool hit = f->cfg.crc_every && ++f->smf % f->cfg.crc_every == 0;

	if (f->cfg.crc_ppm && chance(f, f->cfg.crc_ppm, PPM))
		hit = true;
	if (!hit)
		return;
	frame[0] ^= E1_TS0_SI;
	f->crc_errors++;
}

static void spoil_alignment(struct e1_fault *f, uint8_t frame[E1_OCTETS], unsigned int number)
{
	if (number % 2 == 0 && f->fas_left) {
		f->fas_left--;
		frame[0] ^= 0x01;
	}
	if (number % 2 && f->nfas_left) {
		f->nfas_left--;
		frame[0] ^= E1_NFAS_BIT2;
	}
	if (number == 0 && f->cas_left) {
		f->cas_left--;
		frame[16] ^= 0x10;
	}
}

static void delay(struct e1_fault *f, uint8_t frame[E1_OCTETS])
{
	uint8_t both[2 * E1_OCTETS];
	const uint8_t *from = both + E1_OCTETS - f->cfg.shift / 8;
	unsigned int bits = f->cfg.shift % 8;

	memcpy(both, f->last, E1_OCTETS);
	memcpy(both + E1_OCTETS, frame, E1_OCTETS);
	memcpy(f->last, frame, E1_OCTETS);
	for (unsigned int i = 0; i < E1_OCTETS; i++)
		frame[i] = (uint8_t)(bits ? from[(int)i - 1] << (8 - bits) | from[i] >> bits
					  : from[i]);
}

static void spoil_bits(struct e1_fault *f, uint8_t frame[E1_OCTETS])
{
	for (unsigned int i = 0; i < 8 * E1_OCTETS; i++) {
		if (!chance(f, f->cfg.ber_ppb, PPB))
			continue;
		frame[i / 8] ^= (uint8_t)(0x80 >> i % 8);
		f->bit_errors++;
	}
}

/* The line from the finished frame on. */
static void put(struct e1_fault *f, const uint8_t frame[E1_OCTETS], uint8_t out[E1_OCTETS])
{
	memcpy(out, frame, E1_OCTETS);
	delay(f, out);
	if (f->cfg.ber_ppb)
		spoil_bits(f, out);
	if (f->cfg.no_signal)
		memset(out, 0, E1_OCTETS);
}

static void build(struct e1_fault *f, struct e1_tx *tx, const uint8_t ts[E1_OCTETS],
		  uint8_t frame[E1_OCTETS])
{
	unsigned int number = e1_tx_frame_number(tx);
	bool rai = tx->rai;

	tx->rai |= f->cfg.rai;
	e1_tx_frame(tx, ts, frame);
	tx->rai = rai;
	if (number % SMF_FRAMES == 0)
		spoil_crc(f, frame);
	spoil_alignment(f, frame, number);
	if (f->cfg.ais)
		memset(frame, 0xff, E1_OCTETS);
}

size_t e1_fault_apply(struct e1_fault *f, struct e1_tx *tx, const uint8_t ts[E1_OCTETS],
		      uint8_t out[E1_FAULT_OCTETS], enum e1_input *in)
{
	uint8_t frame[E1_OCTETS];
	enum e1_slip slip = f->slip;

	*in = f->cfg.no_signal ? E1_IN_NONE : E1_IN_DATA;
	f->slip = E1_SLIP_NONE;
	build(f, tx, ts, frame);
	if (slip == E1_SLIP_DROP)
		return 0;
	put(f, frame, out);
	if (slip != E1_SLIP_REPEAT)
		return E1_OCTETS;
	put(f, frame, out + E1_OCTETS);
	return 2 * E1_OCTETS;
}
