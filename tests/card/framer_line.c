/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "framer.h"

#include <string.h>

/* ---- configuration ---- */

struct wanted {
	uint8_t reg, mask, value;
};

/* System side and clocks as this board is wired; with other values nobody knows where channels are. */
static const struct wanted board[] = {
	{FALC_GPC1, 0xff, 0xe0}, {FALC_SIC1, 0xff, 0x02},
	{FALC_SIC2, 0x0e, 0x00}, {FALC_SIC3, 0xff, 0x04},
	{FALC_XC0, 0x07, 0x00},  {FALC_XC1, 0xff, 0x04},
	{FALC_RC0, 0x07, 0x07},  {FALC_FMR1, 0x02, 0x00},
	{0x84, 0xff, 0x31}, /* PC5: SCLKR is an input */
	{0x86, 0xff, 0x03}, /* PC6: clock outputs */
};

static const uint8_t gcm_v1[] = {0x00, 0x58, 0xd2, 0xc2, 0x03, 0x10};
static const uint8_t gcm_v2[] = {0x00, 0x18, 0xfb, 0x0b, 0x00, 0x0b, 0xdb, 0xdf};

static bool is_good(struct framer *f)
{
	bool v1 = f->chip == FRAMER_V12;

	for (size_t i = 0; i < sizeof(board) / sizeof(board[0]); i++)
		if (!f->written[board[i].reg] ||
		    (f->reg[board[i].reg] & board[i].mask) != board[i].value)
			return false;
	if (f->reg[FALC_RC1] != (v1 ? 0x04 : 0x05))
		return false;
	return v1 ? !memcmp(f->reg + FALC_GCM1, gcm_v1, sizeof(gcm_v1))
		  : !memcmp(f->reg + FALC_GCM1, gcm_v2, sizeof(gcm_v2));
}

static enum e1_crc4 crc4_of(uint8_t fmr2)
{
	switch (fmr2 & FALC_FMR2_RFS) {
	case 0xc0: return E1_CRC4_AUTO;
	case 0x80: return E1_CRC4_ON;
	default: return E1_CRC4_OFF;
	}
}

void framer_resync(struct framer *f)
{
	struct e1_cfg cfg = f->rx.cfg;

	e1_rx_init(&f->rx, &cfg);
	memset(&f->seen, 0, sizeof(f->seen));
	f->errors_seen = 0;
}

static void configure(struct framer *f)
{
	struct e1_cfg rx = {.crc4 = crc4_of(f->reg[FALC_FMR2]),
			    .cas = f->reg[FALC_XSP] & FALC_XSP_CASEN,
			    .los_octets = 2 * (f->reg[FALC_PCD] + 1u)};
	struct e1_cfg tx = rx;

	f->dirty = false;
	f->configurations++;
	f->system_good = is_good(f);
	tx.crc4 = f->reg[FALC_FMR1] & FALC_FMR1_XFS ? E1_CRC4_ON : E1_CRC4_OFF;
	if (rx.crc4 != f->rx.cfg.crc4 || rx.cas != f->rx.cfg.cas ||
	    rx.los_octets != f->rx.cfg.los_octets) {
		f->rx.cfg = rx;
		framer_resync(f);
	}
	/* The frame count goes on: only what is put into the frames changes. */
	f->tx.cfg.crc4 = tx.crc4;
	f->tx.cfg.cas = tx.cas;
	e1_tx_sa(&f->tx, f->reg[FALC_XSW] & FALC_XSW_SA);
	e1_tx_ais(&f->tx, f->reg[FALC_FMR1] & FALC_FMR1_XAIS);
}

/* ---- receiving ---- */

void framer_begin(struct framer *f, unsigned int waiting, bool line_clock)
{
	if (f->dirty)
		configure(f);
	f->slip = ELASTIC_STEADY;
	if (!line_clock && !f->restarted && !framer_local_loop(f))
		f->slip = elastic_decide(&f->elastic, FRAMER_FRAMES * waiting);
}

bool framer_hungry(const struct framer *f)
{
	return (int)f->elastic.count < FRAMER_FRAMES + (int)f->slip;
}

static void feed(struct framer *f, enum e1_input in, const uint8_t *octets)
{
	struct e1_frame out[E1_RX_FRAMES(FRAMER_OCTETS)];
	size_t n = e1_rx_feed(&f->rx, in, octets, FRAMER_OCTETS, out, E1_RX_FRAMES(FRAMER_OCTETS));

	for (size_t i = 0; i < n; i++) {
		if (!(out[i].flags & E1_FRAME_UNALIGNED) && (out[i].ts[0] & E1_FAS_MASK) != E1_FAS)
			f->rsw = out[i].ts[0];
		elastic_push(&f->elastic, &out[i]);
	}
}

void framer_receive(struct framer *f, const struct framer_line *in)
{
	const struct framer_line *from = framer_local_loop(f) ? &f->sent : in;
	uint8_t noise[FRAMER_OCTETS];

	if (f->restarted != (from->in == E1_IN_NONE)) {
		f->restarted = from->in == E1_IN_NONE;
		elastic_restart(&f->elastic);
	}
	if (f->lose_lock && from->in == E1_IN_DATA) {
		/* Pulses, so no LOS; neither all ones nor an alignment signal anywhere. */
		f->lose_lock--;
		memset(noise, 0x55, sizeof(noise));
		feed(f, E1_IN_DATA, noise);
		return;
	}
	feed(f, from->in, from->octets);
}

/* ---- system side ---- */

static bool idle_wanted(const struct framer *f, unsigned int ts)
{
	return f->reg[FALC_ICB1 + ts / 8] & 0x80 >> ts % 8;
}

/* One timeslot back to the bridge, idle code in its place towards the line. */
static void channel_loop(struct framer *f, uint8_t tx[E1_OCTETS], uint8_t rx[E1_OCTETS])
{
	unsigned int ts = f->reg[FALC_LOOP] & 0x1f;

	if (!(f->reg[FALC_LOOP] & FALC_LOOP_ECLB))
		return;
	rx[ts] = tx[ts];
	tx[ts] = f->reg[FALC_IDLE];
}

void framer_system(struct framer *f, uint8_t tx[FRAMER_FRAMES][E1_OCTETS],
		   uint8_t rx[FRAMER_FRAMES][E1_OCTETS])
{
	struct e1_frame filler = {.flags = E1_FRAME_ERASED}, got[FRAMER_FRAMES];

	memset(filler.ts, E1_FILLER, sizeof(filler.ts));
	elastic_read(&f->elastic, f->slip, &filler, got);
	for (unsigned int y = 0; y < FRAMER_FRAMES; y++) {
		memcpy(rx[y], got[y].ts, E1_OCTETS);
		framer_prbs_take(f, rx[y]);
		channel_loop(f, tx[y], rx[y]);
		for (unsigned int ts = 1; ts < E1_OCTETS; ts++)
			if (idle_wanted(f, ts))
				tx[y][ts] = f->reg[FALC_IDLE];
		if (f->reg[FALC_FMR2] & FALC_FMR2_PLB)
			memcpy(tx[y] + 1, got[y].ts + 1, E1_OCTETS - 1);
		framer_prbs_send(f, tx[y]);
	}
}

/* ---- transmitting ---- */

/* Remote alarm: by hand, and automatically while there is no frame alignment. */
static bool rai_wanted(const struct framer *f)
{
	return f->reg[FALC_XSW] & FALC_XSW_XRA ||
	       (f->reg[FALC_FMR2] & FALC_FMR2_AXRA &&
		f->frs0 & (FALC_FRS0_LOS | FALC_FRS0_AIS | FALC_FRS0_LFA));
}

static void drive(struct framer *f)
{
	uint64_t errors = e1_rx_counters(&f->rx)->crc4_errors;
	uint8_t xsp = f->reg[FALC_XSP];

	e1_tx_rai(&f->tx, rai_wanted(f));
	if (xsp & FALC_XSP_AXS)
		e1_tx_ebits(&f->tx, e1_rx_crc4_aligned(&f->rx) || xsp & FALC_XSP_EBP,
			    (uint32_t)(errors - f->errors_seen));
	else
		e1_tx_ebits(&f->tx, (xsp & FALC_XSP_XS) == FALC_XSP_XS, 0);
	f->errors_seen = errors;
}

/* Spoil the C bit of the frame, or a bit of the multiframe alignment signal, once. */
static void flip(struct framer *f, uint8_t *frame)
{
	bool fas = (frame[0] & E1_FAS_MASK) == E1_FAS;

	if (!(fas ? f->crc_flip : f->mf_flip))
		return;
	frame[0] ^= E1_TS0_SI;
	*(fas ? &f->crc_flip : &f->mf_flip) = false;
}

void framer_transmit(struct framer *f, uint8_t tx[FRAMER_FRAMES][E1_OCTETS],
		     const struct framer_line *loop, struct framer_line *out)
{
	uint8_t frame[E1_FAULT_OCTETS];
	enum e1_input in;

	out->in = E1_IN_DATA;
	drive(f);
	for (unsigned int y = 0; y < FRAMER_FRAMES; y++) {
		e1_fault_apply(&f->fault, &f->tx, tx[y], frame, &in);
		flip(f, frame);
		memcpy(out->octets + y * E1_OCTETS, frame, E1_OCTETS);
	}
	f->sent = *out;
	if (!(f->reg[FALC_LIM1] & FALC_LIM1_RL))
		return;
	/* Remote loop: the line's own bits go back; without any, all ones. */
	memset(out->octets, 0xff, sizeof(out->octets));
	if (loop && loop->in == E1_IN_DATA)
		*out = *loop;
}
