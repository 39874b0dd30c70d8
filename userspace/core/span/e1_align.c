/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/span/e1_align.h"

#include <string.h>

#define RING_MASK     (sizeof(((struct e1_search *)0)->last) - 1)
#define SEQUENCE_BITS (2 * 8 * E1_OCTETS + 8) /* FAS, NFAS, FAS: two frames and a timeslot 0 */

_Static_assert(RING_MASK + 1 > 2 * E1_OCTETS + 1, "the ring holds a FAS, NFAS, FAS sequence");

static void push(struct e1_search *s, uint8_t octet)
{
	s->at = (s->at + 1) & RING_MASK;
	s->last[s->at] = octet;
}

/* The octet fed @ago octets before the newest, with the one before it: 16 bits of the stream. */
static unsigned int pair(const struct e1_search *s, unsigned int ago)
{
	return (unsigned int)s->last[(s->at - ago - 1) & RING_MASK] << 8 |
	       s->last[(s->at - ago) & RING_MASK];
}

void e1_search_start(struct e1_search *s, uint8_t octet, int bits)
{
	memset(s, 0, sizeof(*s));
	push(s, octet);
	s->bits = bits;
}

/* Bit n of the result: 0011011 ends n bits before the end of @w. All positions at once. */
static unsigned int fas_ends(unsigned int w)
{
	return ~(w >> 6) & ~(w >> 5) & w >> 4 & w >> 3 & ~(w >> 2) & w >> 1 & w;
}

int e1_search_octet(struct e1_search *s, uint8_t octet, int skip)
{
	unsigned int ends;

	push(s, octet);
	if (s->bits < SEQUENCE_BITS + 8)
		s->bits += 8;
	if (s->bits < SEQUENCE_BITS)
		return -1;
	/* FAS now and two frames ago, bit 2 = 1 one frame ago, G.706 4.1.2. */
	ends = fas_ends(pair(s, 0)) & fas_ends(pair(s, 2 * E1_OCTETS)) & 0xff;
	ends &= pair(s, E1_OCTETS) / E1_NFAS_BIT2;
	for (int shift = 7; ends && shift >= 0; shift--) {
		if ((ends >> shift & 1) && shift != skip && s->bits >= SEQUENCE_BITS + shift)
			return shift;
	}
	return -1;
}

/* Count @wrong in a row in @run. */
static int judge(uint8_t *run, bool wrong, unsigned int limit)
{
	if (!wrong) {
		*run = 0;
		return 0;
	}
	return ++*run < limit ? E1_FAS_WRONG : E1_FAS_WRONG | E1_FAS_LOST;
}

int e1_fas_step(struct e1_fas *m, uint8_t ts0, bool fas_frame)
{
	if (fas_frame)
		return judge(&m->fas, (ts0 & E1_FAS_MASK) != E1_FAS, E1_FAS_LOSS);
	return judge(&m->nfas, !(ts0 & E1_NFAS_BIT2), E1_NFAS_LOSS);
}
