/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/span/e1_tx.h"

#include <errno.h>
#include <string.h>

#include "core/span/crc4.h"

#define SMF_FRAMES     8
#define EBITS_A_SECOND 1000 /* more is not kept: an E bit must follow within 1 s, G.704 2.3.3.4 */

/* Bit 1 of frames 1, 3 .. 11: the multiframe alignment signal, G.704 table 5B. */
static const uint8_t mfas_bits[E1_MULTIFRAME] = {
	[5] = E1_TS0_SI, [9] = E1_TS0_SI, [11] = E1_TS0_SI};

void e1_tx_init(struct e1_tx *tx, const struct e1_cfg *cfg)
{
	memset(tx, 0, sizeof(*tx));
	tx->cfg = *cfg;
	tx->sa = E1_NFAS_SA;
	memset(tx->cas, E1_CAS_IDLE, sizeof(tx->cas));
}

static uint8_t next_ebit(struct e1_tx *tx)
{
	if (!tx->ebits_on)
		return 0;
	if (!tx->ebits_due)
		return E1_TS0_SI;
	tx->ebits_due--;
	return 0;
}

/* Bit 1 of a frame with the FAS: C1..C4 of the sub-multiframe before. */
static uint8_t cbit(const struct e1_tx *tx)
{
	unsigned int left = (SMF_FRAMES - 2 - tx->frame % SMF_FRAMES) / 2;

	return tx->cbits >> left & 1 ? E1_TS0_SI : 0;
}

static uint8_t nfas_bit1(struct e1_tx *tx)
{
	return tx->frame >= 13 ? next_ebit(tx) : mfas_bits[tx->frame];
}

/* Timeslot 0 with the C bits as 0, as the CRC-4 sees it. */
static uint8_t timeslot0(struct e1_tx *tx)
{
	uint8_t nfas = (uint8_t)(E1_NFAS_BIT2 | (tx->rai ? E1_NFAS_RAI : 0) | tx->sa);

	if (tx->cfg.crc4 == E1_CRC4_OFF)
		return E1_TS0_SI | (tx->frame % 2 ? nfas : E1_FAS);
	return tx->frame % 2 ? nfas_bit1(tx) | nfas : E1_FAS;
}

static uint8_t timeslot16(const struct e1_tx *tx)
{
	if (tx->ts16_ais)
		return 0xff;
	if (tx->frame == 0)
		return 0x0b | (tx->cas_rai ? E1_CAS_Y : 0);
	return (uint8_t)(tx->cas[tx->frame] << 4 | tx->cas[tx->frame + 16]);
}

static void add_crc4(struct e1_tx *tx, uint8_t frame[E1_OCTETS])
{
	if (tx->frame % SMF_FRAMES == 0) {
		tx->cbits = tx->crc;
		tx->crc = 0;
	}
	tx->crc = crc4_octets(tx->crc, frame, E1_OCTETS);
	if (tx->frame % 2 == 0)
		frame[0] |= cbit(tx);
}

void e1_tx_frame(struct e1_tx *tx, const uint8_t ts[E1_OCTETS], uint8_t out[E1_OCTETS])
{
	memmove(out, ts, E1_OCTETS);
	out[0] = timeslot0(tx);
	if (tx->cfg.cas)
		out[16] = timeslot16(tx);
	if (tx->cfg.crc4 != E1_CRC4_OFF)
		add_crc4(tx, out);
	tx->frame = (tx->frame + 1) % E1_MULTIFRAME;
	if (tx->ais)
		memset(out, 0xff, E1_OCTETS);
}

unsigned int e1_tx_frame_number(const struct e1_tx *tx)
{
	return tx->frame;
}

void e1_tx_rai(struct e1_tx *tx, bool on)
{
	tx->rai = on;
}

void e1_tx_ais(struct e1_tx *tx, bool on)
{
	tx->ais = on;
}

void e1_tx_sa(struct e1_tx *tx, uint8_t bits)
{
	tx->sa = bits & E1_NFAS_SA;
}

int e1_tx_cas(struct e1_tx *tx, unsigned int timeslot, uint8_t abcd)
{
	if (timeslot == 0 || timeslot == 16 || timeslot >= E1_OCTETS || abcd > 0xf)
		return -EINVAL;
	if (timeslot < 16 && abcd == 0)
		return -EINVAL;
	tx->cas[timeslot] = abcd;
	return 0;
}

void e1_tx_cas_rai(struct e1_tx *tx, bool on)
{
	tx->cas_rai = on;
}

void e1_tx_ts16_ais(struct e1_tx *tx, bool on)
{
	tx->ts16_ais = on;
}

void e1_tx_ebits(struct e1_tx *tx, bool aligned, uint32_t errored)
{
	tx->ebits_on = aligned;
	if (!aligned)
		tx->ebits_due = 0;
	else if (errored > EBITS_A_SECOND - tx->ebits_due)
		tx->ebits_due = EBITS_A_SECOND;
	else
		tx->ebits_due += errored;
}
