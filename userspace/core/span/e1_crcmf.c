/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/span/e1_crcmf.h"

#include <string.h>

#include "core/span/crc4.h"

#define SMF_FRAMES        8 /* frames of a sub-multiframe */
#define MFAS_LAST         11 /* frame with the last bit of the alignment signal */
#define MFAS_BITS         0x3fu /* six of them */
#define NFAS_A_MULTIFRAME 8

/* Does an alignment signal end @ago NFAS frames before the newest? */
static bool mfas_at(const struct e1_mfas *m, unsigned int ago)
{
	return (m->si >> ago & MFAS_BITS) == E1_MFAS && (m->known >> ago & MFAS_BITS) == MFAS_BITS;
}

bool e1_mfas_step(struct e1_mfas *m, uint8_t ts0, bool arrived)
{
	m->si = m->si << 1 | (arrived && (ts0 & E1_TS0_SI));
	m->known = m->known << 1 | arrived;
	if (!mfas_at(m, 0))
		return false;
	/* Both signals, first bit to last bit, within 8 ms: at most three multiframes apart. */
	return mfas_at(m, NFAS_A_MULTIFRAME) || mfas_at(m, 2 * NFAS_A_MULTIFRAME) ||
	       mfas_at(m, 3 * NFAS_A_MULTIFRAME);
}

void e1_crcmf_align(struct e1_crcmf *c, unsigned int frame)
{
	memset(c, 0, sizeof(*c));
	c->aligned = true;
	c->frame = (uint8_t)frame;
}

static void begin_smf(struct e1_crcmf *c)
{
	c->whole = true;
	c->cbits_whole = true;
	c->crc = 0;
	c->cbits = 0;
}

/* The C bits of a sub-multiframe count as 0 in its own CRC-4, G.704 2.3.3.5.2. */
static void add_frame(struct e1_crcmf *c, const uint8_t ts[E1_OCTETS], uint32_t missing,
		      bool fas_frame)
{
	uint8_t ts0 = ts[0];

	if (fas_frame) {
		c->cbits = (uint8_t)(c->cbits << 1 | (ts0 & E1_TS0_SI ? 1 : 0));
		ts0 &= (uint8_t)~E1_TS0_SI;
		if (missing & 1)
			c->cbits_whole = false;
	}
	if (missing)
		c->whole = false;
	if (!c->whole)
		return;
	c->crc = crc4_octets(c->crc, &ts0, 1);
	c->crc = crc4_octets(c->crc, ts + 1, E1_OCTETS - 1);
}

/* Far end's verdict on a sub-multiframe, G.704 2.3.3.4. */
static void take_ebit(struct e1_crcmf *c, uint8_t ts0, bool rai, struct e1_counters *count)
{
	if (ts0 & E1_TS0_SI)
		c->ebit_one = true;
	else if (c->ebit_one && !rai)
		count->ebits++;
}

/* G.706 4.3.2. Return: true when too many of the present count were wrong. */
static bool judge_block(struct e1_crcmf *c, bool wrong, struct e1_counters *count)
{
	bool false_alignment;

	count->crc4_blocks++;
	count->crc4_errors += wrong;
	c->blocks++;
	c->wrong += wrong;
	false_alignment = c->wrong >= E1_CRC4_LIMIT;
	if (false_alignment || c->blocks == E1_CRC4_BLOCKS) {
		c->blocks = 0;
		c->wrong = 0;
	}
	return false_alignment;
}

static enum e1_crcmf_event end_smf(struct e1_crcmf *c, struct e1_counters *count)
{
	enum e1_crcmf_event event = E1_CRCMF_NONE;

	if (c->before_whole && c->cbits_whole && judge_block(c, c->cbits != c->before, count))
		event = E1_CRCMF_FALSE;
	c->before = c->crc;
	c->before_whole = c->whole;
	return event;
}

enum e1_crcmf_event e1_crcmf_step(struct e1_crcmf *c, const uint8_t ts[E1_OCTETS], uint32_t missing,
				  bool fas_frame, bool rai, struct e1_counters *count)
{
	bool arrived = !(missing & 1);

	if (!c->aligned) {
		if (fas_frame || !e1_mfas_step(&c->mfas, ts[0], arrived))
			return E1_CRCMF_NONE;
		e1_crcmf_align(c, MFAS_LAST);
		return E1_CRCMF_FOUND;
	}
	c->frame = (c->frame + 1) % E1_MULTIFRAME;
	if (c->frame % SMF_FRAMES == 0)
		begin_smf(c);
	add_frame(c, ts, missing, fas_frame);
	if ((c->frame == 13 || c->frame == 15) && arrived)
		take_ebit(c, ts[0], rai, count);
	return c->frame % SMF_FRAMES == SMF_FRAMES - 1 ? end_smf(c, count) : E1_CRCMF_NONE;
}
