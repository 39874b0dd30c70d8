// SPDX-License-Identifier: GPL-2.0-only
/*
 * falc56_poll.c: which registers of the framer to read in which millisecond. Pure.
 *
 * The board does not bring the framer's interrupt to the host. Instead of reading all that could
 * have changed, GIS is read every few milliseconds; it says which ISR has news, that says what. The
 * rest is a net below it: status and CAS registers are read at long intervals without being asked.
 *
 * Most urgent first: GIS and ISRs, status (rare and short), changed bits, counters. Bits that change in
 * every multiframe would leave no room for the counters: these go first once they have waited.
 */
#include "framer/falc56.h"

#define STATUS0       0x01
#define STATUS1       0x02
#define SCAN_ALL      0xfffe /* RS2..16; RS1 holds no channel */
#define COUNT_WAIT_MS 100

static const uint8_t gis_isrs = 0x1f; /* ISR0..4; we ask nothing of ISR5 */

void falc_poll_init(struct falc_poll *p, bool cas)
{
	memset(p, 0, sizeof(*p));
	p->cas = cas;
	p->group = -1;
	p->reading = -1;
	p->frs0 = FALC_FRS0_LFA; /* until they were read */
	p->frs1 = FALC_FRS1_LFA16;
	p->status = cas ? STATUS0 | STATUS1 : STATUS0;
	p->scan = cas ? SCAN_ALL : 0;
	p->scan_next = 1;
}

void falc_poll_prbs(struct falc_poll *p, bool prbs)
{
	p->prbs = prbs;
	p->counter[4] = 0;
}

bool falc_poll_spend(struct falc_poll *p, uint8_t reg)
{
	int group = reg >> 4;
	unsigned int cost = group == p->group ? 1 : 2;

	if (cost > p->left) {
		p->left = 0;
		return false;
	}
	p->left -= cost;
	p->group = group;
	return true;
}

/* Lowest bit of a mask that is not zero. */
static unsigned int lowest(unsigned int mask)
{
	unsigned int n = 0;

	while (!(mask & 1)) {
		mask >>= 1;
		n++;
	}
	return n;
}

static int wanted(const struct falc_poll *p)
{
	if (p->isr)
		return FALC_ISR0 + lowest(p->isr);
	if (p->status)
		return p->status & STATUS0 ? FALC_FRS0 : FALC_FRS1;
	if (p->scan && p->ms - p->count_ms <= COUNT_WAIT_MS)
		return FALC_CAS + lowest(p->scan);
	if (p->count_at < p->count_end)
		return FALC_FEC + p->count_at;
	if (p->scan)
		return FALC_CAS + lowest(p->scan);
	return -1;
}

static int ask(struct falc_poll *p, int reg)
{
	p->reading = reg >= 0 && falc_poll_spend(p, reg) ? reg : -1;
	return p->reading;
}

int falc_poll_begin(struct falc_poll *p, unsigned int spent, int group)
{
	bool gis = p->ms % (p->cas ? FALC_GIS_CAS_MS : FALC_GIS_CCS_MS) == 0;

	p->left = spent < FALC_TICK_BUDGET ? FALC_TICK_BUDGET - spent : 0;
	p->group = group;
	if (p->ms % FALC_STATUS_MS == FALC_STATUS_MS / 2)
		p->status |= p->cas ? STATUS0 | STATUS1 : STATUS0;
	if (p->cas && p->ms % FALC_SCAN_MS == FALC_SCAN_MS / 2) {
		p->scan |= 1u << p->scan_next;
		p->scan_next = p->scan_next < 15 ? p->scan_next + 1 : 1;
	}
	p->ms++;
	return ask(p, gis ? FALC_GIS : wanted(p));
}

static void take_isr(struct falc_poll *p, unsigned int n, uint8_t value)
{
	p->isr &= ~(1u << n);
	switch (n) {
	case 0:
		if (value & FALC_ISR0_CASC && p->cas)
			p->scan = SCAN_ALL;
		break;
	case 2:
		if (value)
			p->status |= p->cas ? STATUS0 | STATUS1 : STATUS0;
		break;
	case 3:
		p->rx_slips += !!(value & FALC_ISR3_SLIP);
		if (value & FALC_ISR3_TS16 && p->cas)
			p->status |= STATUS1;
		if (value & FALC_ISR3_SEC) {
			p->count_at = 0;
			p->count_ms = p->ms;
			p->count_end = p->prbs ? 10 : 8;
		}
		break;
	case 4: p->tx_slips += !!(value & FALC_ISR4_SLIP); break;
	default: break;
	}
}

static void take_status(struct falc_poll *p, int reg, uint8_t value)
{
	if (reg == FALC_FRS0) {
		p->frs0 = value;
		p->status &= ~STATUS0;
	} else {
		/* Bits that changed while there was no multiframe alignment: read them all. */
		if (p->frs1 & FALC_FRS1_LFA16 && !(value & FALC_FRS1_LFA16))
			p->scan = SCAN_ALL;
		p->frs1 = value;
		p->status &= ~STATUS1;
	}
	if (!p->status)
		p->news |= FALC_NEW_STATUS;
}

static void take_count(struct falc_poll *p, uint8_t value)
{
	uint16_t *counter = &p->counter[p->count_at / 2];

	*counter = p->count_at & 1 ? (*counter & 0xff) | value << 8 : value;
	if (++p->count_at == p->count_end)
		p->news |= FALC_NEW_SECOND;
}

int falc_poll_value(struct falc_poll *p, uint8_t value)
{
	int reg = p->reading;

	if (reg == FALC_GIS)
		p->isr = value & gis_isrs;
	else if (reg >= FALC_ISR0 && reg < FALC_GIS)
		take_isr(p, reg - FALC_ISR0, value);
	else if (reg == FALC_FRS0 || reg == FALC_FRS1)
		take_status(p, reg, value);
	else if (reg >= FALC_FEC && reg < FALC_FEC + 2 * FALC_POLL_COUNTERS)
		take_count(p, value);
	else if (reg >= FALC_CAS && reg < FALC_CAS + 16) {
		p->rs[reg - FALC_CAS] = value;
		p->known |= 1u << (reg - FALC_CAS);
		p->scan &= ~(1u << (reg - FALC_CAS));
		p->news |= FALC_NEW_BITS;
	}
	return ask(p, reg < 0 ? -1 : wanted(p));
}
