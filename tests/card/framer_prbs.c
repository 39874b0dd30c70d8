/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The chip's own test sequence, 2^15-1 of O.151 (inverted), in timeslots 1..31. Where the chip puts it,
 * that BEC counts its bit errors, and after how many right bits, is a recollection of the data sheet.
 */
#include "framer.h"

#define MASK      0x7fffu
#define SYNC_BITS 128

static unsigned int feedback(uint16_t s)
{
	return (s >> 14 ^ s >> 13) & 1;
}

static uint8_t next_octet(struct framer_prbs *p)
{
	uint8_t v = 0;

	for (int i = 0; i < 8; i++) {
		unsigned int bit = feedback(p->tx);

		p->tx = (uint16_t)((p->tx << 1 | bit) & MASK);
		v = (uint8_t)(v << 1 | (bit ^ 1));
	}
	return v;
}

void framer_prbs_send(struct framer *f, uint8_t tx[E1_OCTETS])
{
	if (!(f->reg[FALC_LCR1] & FALC_LCR1_XPRBS))
		return;
	if (!f->prbs.tx)
		f->prbs.tx = MASK;
	for (unsigned int ts = 1; ts < E1_OCTETS; ts++)
		tx[ts] = next_octet(&f->prbs);
	if (f->prbs.flip)
		tx[1] ^= 0x10;
	f->prbs.flip = false;
}

static void take_bit(struct framer *f, unsigned int bit)
{
	struct framer_prbs *p = &f->prbs;
	unsigned int expected = feedback(p->rx);
	bool right = bit == expected;

	if (p->run < SYNC_BITS) { /* follows the line until it is in step */
		p->rx = (uint16_t)((p->rx << 1 | bit) & MASK);
		p->run = right && p->rx ? p->run + 1 : 0;
		return;
	}
	p->rx = (uint16_t)((p->rx << 1 | expected) & MASK);
	if (!right)
		framer_counted(f, FALC_BEC_AT, 1);
}

void framer_prbs_take(struct framer *f, const uint8_t rx[E1_OCTETS])
{
	if (!(f->reg[FALC_LCR1] & FALC_LCR1_EPRM)) {
		f->prbs.run = 0;
		return;
	}
	for (unsigned int ts = 1; ts < E1_OCTETS; ts++)
		for (int i = 7; i >= 0; i--)
			take_bit(f, (rx[ts] >> i & 1u) ^ 1);
}
