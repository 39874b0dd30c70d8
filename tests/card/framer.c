/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "framer.h"

#include <string.h>

const char *const framer_chip_names[FRAMER_CHIPS] = {
	[FRAMER_V12] = "1.2",
	[FRAMER_V21] = "2.1",
	[FRAMER_V22] = "2.2",
};

enum kind { NONE, BOTH, WRITE, READ, SPLIT };

struct range {
	uint8_t from, to;
	enum kind kind;
};

static const struct range map[] = {
	{FALC_CMDR, FALC_CMDR, WRITE},
	{0x03, 0x0a, BOTH}, /* MODE .. CCR2 */
	{0x0c, 0x13, BOTH}, /* HDLC timeslots */
	{FALC_IMR0, 0x19, BOTH},
	{FALC_IERR, FALC_IERR, WRITE},
	{FALC_FMR0, 0x29, BOTH}, /* .. TSWM */
	{FALC_IDLE, 0x40, BOTH}, /* .. SIC3 */
	{0x44, 0x48, BOTH}, /* CMR1 .. CMR3 */
	{FALC_RBD, 0x5f, READ},
	{FALC_DEC, FALC_DEC, SPLIT}, /* written DEC, read RSA8 */
	{0x61, FALC_GIS, READ},
	{FALC_RS1, 0x7f, SPLIT},
	{0x80, 0x86, BOTH}, /* PC1 .. PC6 */
	{0x87, 0x89, WRITE}, /* CMDR2 .. CMDR4 */
	{0x8b, 0x91, BOTH},
	{FALC_GCM1, 0x99, BOTH},
	{0xa0, 0xa5, BOTH},
	{FALC_TPC0, FALC_TPC0, BOTH},
	{0xab, 0xab, READ},
	{0xaf, 0xaf, BOTH},
	{0xbb, 0xbc, WRITE}, /* receive conditioning, not documented */
	{FALC_WID, FALC_WID, READ},
};

static enum kind kind_of(uint8_t reg)
{
	for (size_t i = 0; i < sizeof(map) / sizeof(map[0]); i++)
		if (reg >= map[i].from && reg <= map[i].to)
			return map[i].kind;
	return NONE;
}

/* The transmitter begins a multiframe; what the registers say is sent stays. */
static void restart_transmitter(struct framer *f)
{
	struct e1_cfg cfg = f->tx.cfg;

	e1_tx_init(&f->tx, &cfg);
	for (unsigned int n = 1; n < 16; n++) {
		if (!f->written[FALC_RS1 + n])
			continue;
		e1_tx_cas(&f->tx, n, f->reg[FALC_RS1 + n] >> 4);
		e1_tx_cas(&f->tx, 16 + n, f->reg[FALC_RS1 + n] & 0x0f);
	}
	e1_tx_cas_rai(&f->tx, f->reg[FALC_RS1] & E1_CAS_Y);
	f->dirty = true;
}

void framer_reset(struct framer *f)
{
	memset(f->reg, 0, sizeof(f->reg));
	memset(f->written, 0, sizeof(f->written));
	memset(f->reg + FALC_IMR0, 0xff, FALC_ISRS); /* all interrupts masked */
	memset(f->isr, 0, sizeof(f->isr));
	memset(f->running, 0, sizeof(f->running));
	memset(f->latched, 0, sizeof(f->latched));
	f->second_ms = 0;
	f->crc_flip = f->mf_flip = false;
	memset(&f->prbs, 0, sizeof(f->prbs));
	e1_fault_init(&f->fault, 0);
	restart_transmitter(f);
	framer_resync(f);
	f->system_good = false;
	f->resets++;
}

void framer_init(struct framer *f, enum framer_chip chip, struct checks *checks)
{
	memset(f, 0, sizeof(*f));
	f->checks = checks;
	f->chip = chip;
	elastic_init(&f->elastic);
	framer_reset(f);
	f->frs0 = FALC_FRS0_LFA;
	f->sent.in = E1_IN_NONE;
}

void framer_event(struct framer *f, unsigned int isr, uint8_t bits)
{
	if (!(f->reg[FALC_GCR] & FALC_GCR_VIS))
		bits &= (uint8_t)~f->reg[FALC_IMR0 + isr];
	f->isr[isr] |= bits;
}

void framer_counted(struct framer *f, unsigned int counter, uint64_t n)
{
	n += f->running[counter];
	f->running[counter] = n > UINT16_MAX ? UINT16_MAX : (uint16_t)n;
}

bool framer_local_loop(const struct framer *f)
{
	return f->reg[FALC_LIM0] & FALC_LIM0_LL;
}

/* ---- reading ---- */

static uint8_t counter_octet(const struct framer *f, uint8_t reg)
{
	unsigned int c = (unsigned int)(reg - FALC_FEC) / 2;
	bool frozen = f->reg[FALC_FMR1] & FALC_FMR1_ECM || f->reg[FALC_DEC] & 1u << c;
	uint16_t v = frozen ? f->latched[c] : f->running[c];

	return (uint8_t)(reg & 1 ? v >> 8 : v);
}

static uint8_t gis(const struct framer *f)
{
	uint8_t v = 0;

	for (unsigned int i = 0; i < FALC_ISRS; i++)
		if (f->isr[i] & ~f->reg[FALC_IMR0 + i])
			v |= (uint8_t)(1u << i);
	return v;
}

static uint8_t take_isr(struct framer *f, unsigned int n)
{
	uint8_t v = f->isr[n];

	f->isr[n] = 0;
	return v;
}

/* Received Sa bits: RSA4 .. RSA8 hold one bit of each of eight frames; here of the last. */
static uint8_t sa_octet(const struct framer *f, uint8_t reg)
{
	return e1_rx_sa(&f->rx) & 0x10 >> (reg - FALC_RSA4) ? 0xff : 0;
}

static const uint8_t vstr[FRAMER_CHIPS] = {
	[FRAMER_V12] = 0x00, [FRAMER_V21] = 0x10, [FRAMER_V22] = 0x05};
static const uint8_t wid[FRAMER_CHIPS] = {
	[FRAMER_V12] = 0x03, [FRAMER_V21] = 0x00, [FRAMER_V22] = 0x40};

static uint8_t read_status(struct framer *f, uint8_t reg)
{
	if (reg >= FALC_FEC && reg < FALC_RSA4)
		return counter_octet(f, reg);
	if (reg >= FALC_RSA4 && reg <= FALC_DEC)
		return sa_octet(f, reg);
	if (reg >= FALC_ISR0 && reg < FALC_ISR0 + FALC_ISRS)
		return take_isr(f, reg - FALC_ISR0);
	if (reg >= FALC_RS1 && reg < FALC_RS1 + 16)
		return f->rs_read[reg - FALC_RS1] = f->rs[reg - FALC_RS1];
	switch (reg) {
	case FALC_VSTR: return vstr[f->chip];
	case FALC_WID: return wid[f->chip];
	case FALC_FRS0: return f->frs0;
	case FALC_FRS1: return f->frs1;
	case FALC_RSW: return f->rsw;
	case FALC_GIS: return gis(f);
	default: return 0;
	}
}

uint8_t framer_read(struct framer *f, uint8_t reg)
{
	switch (kind_of(reg)) {
	case BOTH:
		if (!f->written[reg])
			check_fail(f->checks, CHECK_UNWRITTEN, "framer register %02x", reg);
		return f->reg[reg];
	case WRITE: check_fail(f->checks, CHECK_READ, "framer register %02x", reg); return 0;
	case READ:
	case SPLIT: return read_status(f, reg);
	default: break;
	}
	check_fail(f->checks, CHECK_UNKNOWN, "read of framer register %02x", reg);
	return 0xff;
}

/* ---- writing ---- */

static void write_command(struct framer *f, uint8_t v)
{
	if (v & ~(FALC_CMDR_RRES | FALC_CMDR_XRES))
		check_fail(f->checks, CHECK_UNKNOWN, "CMDR %02x", v);
	if (v & FALC_CMDR_RRES)
		framer_resync(f);
	if (v & FALC_CMDR_XRES)
		restart_transmitter(f);
}

static void write_fmr0(struct framer *f, uint8_t v)
{
	uint8_t was = f->reg[FALC_FMR0];

	if ((v & 0xa0) != 0xa0)
		check_fail(f->checks, CHECK_UNKNOWN, "FMR0 %02x: line code is neither AMI nor HDB3",
			   v);
	if (v & ~was & FALC_FMR0_FRS)
		framer_resync(f);
}

static void write_fmr1(struct framer *f, uint8_t v)
{
	if (v & FALC_FMR1_PMOD)
		check_fail(f->checks, CHECK_UNKNOWN, "FMR1 %02x: T1 mode", v);
	if (v & ~f->reg[FALC_FMR1] & FALC_FMR1_MFCS)
		framer_resync(f);
}

static void write_dec(struct framer *f, uint8_t v)
{
	uint8_t rising = v & (uint8_t)~f->reg[FALC_DEC];

	for (unsigned int c = 0; c < FALC_COUNTERS; c++) {
		if (!(rising & 1u << c))
			continue;
		f->latched[c] = f->running[c];
		f->running[c] = 0;
	}
}

static void write_ierr(struct framer *f, uint8_t v)
{
	if (v & ~(FALC_IERR_FAS | FALC_IERR_MF | FALC_IERR_CRC | FALC_IERR_CAS | FALC_IERR_PRBS |
		  FALC_IERR_BPV))
		check_fail(f->checks, CHECK_UNKNOWN, "IERR %02x", v);
	if (v & FALC_IERR_FAS)
		e1_fault_fas(&f->fault, 1);
	if (v & FALC_IERR_CAS)
		e1_fault_cas(&f->fault, 1);
	f->crc_flip |= v & FALC_IERR_CRC;
	f->mf_flip |= v & FALC_IERR_MF;
	f->prbs.flip |= v & FALC_IERR_PRBS;
	f->bpv_sent += v & FALC_IERR_BPV ? 1 : 0;
}

/* Abcd of two timeslots in one register: high nibble timeslot n, low one 16 + n. */
static void write_xs(struct framer *f, uint8_t reg, uint8_t v)
{
	unsigned int n = reg - FALC_RS1;

	if (!n) {
		e1_tx_cas_rai(&f->tx, v & E1_CAS_Y);
		return;
	}
	if (e1_tx_cas(&f->tx, n, v >> 4) || e1_tx_cas(&f->tx, 16 + n, v & 0x0f))
		check_fail(f->checks, CHECK_UNKNOWN,
			   "XS%u %02x: abcd 0000 looks like the alignment signal", n + 1, v);
}

static void note_strange(struct framer *f, uint8_t reg, uint8_t v)
{
	switch (reg) {
	case FALC_LIM0:
		if (!f->written[FALC_LIM1])
			check_fail(f->checks, CHECK_ORDER, "LIM0 before LIM1");
		break;
	case FALC_FMR2:
		if (v & FALC_FMR2_RTM)
			check_fail(f->checks, CHECK_UNKNOWN, "FMR2 %02x: transparent mode", v);
		break;
	case FALC_LCR1:
		if (v & ~(FALC_LCR1_XPRBS | FALC_LCR1_EPRM))
			check_fail(f->checks, CHECK_UNKNOWN, "LCR1 %02x", v);
		break;
	case FALC_TPC0:
		if (v)
			check_fail(f->checks, CHECK_UNKNOWN, "test sequences: register %02x %02x",
				   reg, v);
		break;
	case FALC_GCM1 + 6:
	case FALC_GCM1 + 7:
		if (f->chip == FRAMER_V12)
			check_fail(f->checks, CHECK_WRITE, "framer register %02x of V1.2", reg);
		break;
	default: break;
	}
}

/* What the write does, beyond being kept. */
static void write_effect(struct framer *f, uint8_t reg, uint8_t v)
{
	switch (reg) {
	case FALC_CMDR: write_command(f, v); break;
	case FALC_FMR0: write_fmr0(f, v); break;
	case FALC_FMR1: write_fmr1(f, v); break;
	case FALC_DEC: write_dec(f, v); break;
	case FALC_IERR: write_ierr(f, v); break;
	default:
		if (reg >= FALC_RS1 && reg < FALC_RS1 + 16)
			write_xs(f, reg, v);
		else
			note_strange(f, reg, v);
		break;
	}
}

void framer_write(struct framer *f, uint8_t reg, uint8_t v)
{
	enum kind kind = kind_of(reg);

	if (kind == READ) {
		check_fail(f->checks, CHECK_WRITE, "framer register %02x", reg);
		return;
	}
	if (kind == NONE) {
		check_fail(f->checks, CHECK_UNKNOWN, "write to framer register %02x", reg);
		return;
	}
	write_effect(f, reg, v);
	f->reg[reg] = v;
	f->written[reg] = true;
	if (kind == BOTH && reg >= FALC_FMR0)
		f->dirty = true;
}
