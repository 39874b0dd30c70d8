/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "framer.h"

#include <string.h>

#define SECOND_MS 1000

/* Interrupt status bits. */
#define ISR0_CASC   0x08
#define ISR0_CRC4   0x04
#define ISR2_FAR    0x80
#define ISR2_LFA    0x40
#define ISR2_MFAR   0x20
#define ISR2_T400MS 0x10
#define ISR2_AIS    0x08
#define ISR2_LOS    0x04
#define ISR2_RAR    0x02
#define ISR2_RA     0x01
#define ISR3_ES     0x80
#define ISR3_SEC    0x40
#define ISR3_LMFA16 0x20
#define ISR3_AIS16  0x10
#define ISR3_RA16   0x08
#define ISR3_RSN    0x02 /* a frame was skipped */
#define ISR3_RSP    0x01 /* a frame was repeated */

struct mapping {
	uint32_t alarm;
	uint8_t bit;
};

static const struct mapping frs0_map[] = {
	{E1_LOS, FALC_FRS0_LOS}, {E1_AIS, FALC_FRS0_AIS},   {E1_LFA, FALC_FRS0_LFA},
	{E1_RAI, FALC_FRS0_RRA}, {E1_LMFA, FALC_FRS0_LMFA},
};

static const struct mapping frs1_map[] = {
	{E1_CAS_RAI, FALC_FRS1_TS16RA},
	{E1_TS16_AIS, FALC_FRS1_TS16AIS},
	{E1_CAS_LMFA, FALC_FRS1_TS16LFA},
};

static uint8_t translate(const struct mapping *map, size_t n, uint32_t alarms)
{
	uint8_t v = 0;

	for (size_t i = 0; i < n; i++)
		if (alarms & map[i].alarm)
			v |= map[i].bit;
	return v;
}

static uint8_t frs0_now(const struct framer *f)
{
	uint8_t v =
		translate(frs0_map, sizeof(frs0_map) / sizeof(frs0_map[0]), e1_rx_alarms(&f->rx));

	if (e1_rx_no_crc4(&f->rx))
		v |= FALC_FRS0_NMF;
	/* Alarm simulation: which alarms the chip shows at once is a simplification. */
	if (f->reg[FALC_FMR0] & FALC_FMR0_SIM)
		v |= FALC_FRS0_LOS | FALC_FRS0_AIS | FALC_FRS0_LFA | FALC_FRS0_RRA;
	return v;
}

static uint8_t frs1_now(const struct framer *f)
{
	uint8_t v =
		translate(frs1_map, sizeof(frs1_map) / sizeof(frs1_map[0]), e1_rx_alarms(&f->rx));

	return (uint8_t)(v | (f->xls ? FALC_FRS1_XLS : 0) | (f->xlo ? FALC_FRS1_XLO : 0));
}

/* ---- interrupt status ---- */

/* Each status bit: the event of its begin, and of its end where that has a bit of its own. */
struct edge {
	uint8_t status, isr, begins, ends;
};

static const struct edge frs0_edges[] = {
	{FALC_FRS0_LOS, 2, ISR2_LOS, 0},        {FALC_FRS0_AIS, 2, ISR2_AIS, 0},
	{FALC_FRS0_LFA, 2, ISR2_LFA, ISR2_FAR}, {FALC_FRS0_RRA, 2, ISR2_RA, ISR2_RAR},
	{FALC_FRS0_LMFA, 2, 0, ISR2_MFAR},      {FALC_FRS0_NMF, 2, ISR2_T400MS, 0},
};

static const struct edge frs1_edges[] = {
	{FALC_FRS1_TS16LFA, 3, ISR3_LMFA16, 0},
	{FALC_FRS1_TS16AIS, 3, ISR3_AIS16, 0},
	{FALC_FRS1_TS16RA, 3, ISR3_RA16, 0},
};

static void edges(struct framer *f, const struct edge *e, size_t n, uint8_t was, uint8_t is)
{
	bool both = f->reg[FALC_GCR] & FALC_GCR_SCI;

	for (size_t i = 0; i < n; i++) {
		if (~was & is & e[i].status)
			framer_event(f, e[i].isr, e[i].begins);
		if (was & ~is & e[i].status)
			framer_event(f, e[i].isr, e[i].ends ? e[i].ends : both ? e[i].begins : 0);
	}
}

static void take_status(struct framer *f)
{
	uint8_t frs0 = frs0_now(f), frs1 = frs1_now(f);

	edges(f, frs0_edges, sizeof(frs0_edges) / sizeof(frs0_edges[0]), f->frs0, frs0);
	edges(f, frs1_edges, sizeof(frs1_edges) / sizeof(frs1_edges[0]), f->frs1, frs1);
	f->frs0 = frs0;
	f->frs1 = frs1;
}

/* ---- counters ---- */

enum { FEC, CVC, CEC1, EBC };

static void take_counters(struct framer *f)
{
	const struct e1_counters *now = e1_rx_counters(&f->rx);
	bool any = now->fas_errors != f->seen.fas_errors ||
		   now->code_errors != f->seen.code_errors ||
		   now->crc4_errors != f->seen.crc4_errors;

	framer_counted(f, FEC, now->fas_errors - f->seen.fas_errors);
	framer_counted(f, CVC, now->code_errors - f->seen.code_errors);
	framer_counted(f, CEC1, now->crc4_errors - f->seen.crc4_errors);
	framer_counted(f, EBC, now->ebits - f->seen.ebits);
	if (now->crc4_errors != f->seen.crc4_errors)
		framer_event(f, 0, ISR0_CRC4);
	if (any || f->frs0 & (FALC_FRS0_LOS | FALC_FRS0_LFA | FALC_FRS0_AIS))
		framer_event(f, 3, ISR3_ES);
	f->seen = *now;
}

static void take_slips(struct framer *f)
{
	if (f->elastic.deleted != f->deleted_seen)
		framer_event(f, 3, ISR3_RSN);
	if (f->elastic.repeated != f->repeated_seen)
		framer_event(f, 3, ISR3_RSP);
	f->deleted_seen = f->elastic.deleted;
	f->repeated_seen = f->elastic.repeated;
}

static void second(struct framer *f)
{
	if (++f->second_ms < SECOND_MS)
		return;
	f->second_ms = 0;
	if (f->reg[FALC_FMR1] & FALC_FMR1_ECM) {
		memcpy(f->latched, f->running, sizeof(f->latched));
		memset(f->running, 0, sizeof(f->running));
	}
	framer_event(f, 3, ISR3_SEC);
}

void framer_violations(struct framer *f, uint32_t n)
{
	e1_rx_code_errors(&f->rx, n);
	f->bpv_line += n;
}

/* ---- CAS ---- */

static void take_cas(struct framer *f)
{
	const uint8_t *abcd = e1_rx_cas(&f->rx);
	bool changed = false;

	if (!(f->reg[FALC_XSP] & FALC_XSP_CASEN))
		return;
	f->rs[0] = (uint8_t)(0x0b | (f->frs1 & FALC_FRS1_TS16RA ? E1_CAS_Y : 0));
	for (unsigned int n = 1; n < 16; n++) {
		uint8_t v = (uint8_t)(abcd[n] << 4 | (abcd[16 + n] & 0x0f));

		changed |= v != f->rs[n];
		f->rs[n] = v;
	}
	if (changed)
		framer_event(f, 0, ISR0_CASC);
}

void framer_news(struct framer *f)
{
	take_status(f);
	take_counters(f);
	take_slips(f);
	take_cas(f);
	second(f);
}
