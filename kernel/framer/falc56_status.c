// SPDX-License-Identifier: GPL-2.0-only
/*
 * falc56_status.c: status octets to defects, defects to alarms, counters to totals. Pure.
 */
#include "framer/falc56.h"

/*
 * A consequence hides behind its cause (G.732): without signal, or with AIS, nothing else is known;
 * without frame alignment neither RAI nor a multiframe is. NMF is no alarm: the far end sends no
 * CRC-4, the chip has gone on without. [H] RRA, NMF, LMFA and all of FRS1.
 */
uint8_t falc_defects(const struct falc_config *c, uint8_t frs0, uint8_t frs1)
{
	uint8_t defects = 0;

	if (frs0 == 0xff) /* LOS and AIS at once cannot be: nobody drives the bus */
		return FALC_DEAD;
	if (frs0 & FALC_FRS0_LOS)
		return FALC_LOS;
	if (frs0 & FALC_FRS0_AIS)
		return FALC_AIS;
	if (frs0 & FALC_FRS0_LFA)
		return FALC_LFA;
	if (frs0 & FALC_FRS0_RRA)
		defects |= FALC_RAI;
	if (c->crc4 && (frs0 & (FALC_FRS0_LMFA | FALC_FRS0_NMF)) == FALC_FRS0_LMFA)
		defects |= FALC_LMFA;
	if (c->cas && frs1 & (FALC_FRS1_LFA16 | FALC_FRS1_AIS16))
		defects |= FALC_LFA16;
	else if (c->cas && frs1 & FALC_FRS1_RA16)
		defects |= FALC_RAI16;
	return defects;
}

static uint16_t later(uint16_t ms, uint32_t passed)
{
	return passed > 0xffffu - ms ? 0xffff : ms + passed;
}

/* The time since the last step, spent with the defect as it was then. */
static void spend(struct falc_alarm *a, unsigned int n, uint32_t passed)
{
	if (a->defects & 1u << n) {
		a->on_ms[n] = later(a->on_ms[n], passed);
		if (passed)
			a->off_ms[n] = 0;
	} else {
		a->off_ms[n] = later(a->off_ms[n], passed);
		if (a->off_ms[n] >= FALC_CLEAR_MS)
			a->on_ms[n] = 0;
	}
}

uint8_t falc_alarm_step(struct falc_alarm *a, uint8_t defects, uint32_t now_ms)
{
	uint32_t passed = now_ms - a->last_ms;
	uint8_t before = a->declared;

	for (unsigned int n = 0; n < FALC_ALARMS; n++) {
		uint8_t bit = 1u << n;
		uint16_t raise = bit == FALC_LMFA ? FALC_RAISE_LMFA_MS : FALC_RAISE_MS;

		spend(a, n, passed);
		if (a->on_ms[n] >= raise)
			a->declared |= bit;
		else if (!a->on_ms[n])
			a->declared &= ~bit;
	}
	a->defects = defects;
	a->last_ms = now_ms;
	return before ^ a->declared;
}

const char *falc_alarm_name(unsigned int bit)
{
	static const char *const names[FALC_ALARMS] = {"LOS",  "AIS",      "LFA",     "RAI",
						       "LMFA", "CAS-LMFA", "CAS-RAI", "no framer"};

	return bit < FALC_ALARMS ? names[bit] : "?";
}

#define RECEIVER_DEFECTS (FALC_LOS | FALC_AIS | FALC_LFA | FALC_LMFA | FALC_DEAD)

/* G.826 for the near end: E bits and RAI tell of the other direction. */
void falc_second(struct falc_totals *t, const uint16_t *counter, uint32_t slips, uint8_t defects)
{
	if (defects & FALC_DEAD) { /* the counters are ones, too */
		t->errored_s++;
		return;
	}
	t->fas += counter[0];
	t->code += counter[1];
	t->crc4 += counter[2];
	t->ebit += counter[3];
	t->prbs += counter[4];
	t->slips += slips;
	if (counter[0] || counter[1] || counter[2] || slips || defects & RECEIVER_DEFECTS)
		t->errored_s++;
}
