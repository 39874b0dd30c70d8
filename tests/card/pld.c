/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "pld.h"

#include <string.h>

#define VERSION 0x33

void pld_init(struct pld *p, struct checks *checks, bool t1)
{
	memset(p, 0, sizeof(*p));
	p->checks = checks;
	p->t1 = t1;
}

void pld_reset(struct pld *p)
{
	p->clock = p->led = 0;
	p->primed = p->aligned = false;
	p->resync_ms = 0;
}

static uint8_t value(struct pld *p, uint8_t n)
{
	switch (n) {
	case PLD_CLOCK: return (uint8_t)(p->t1 ? PLD_CLOCK_T1 : 0);
	case PLD_VERSION: return VERSION;
	default: check_fail(p->checks, CHECK_READ, "PLD register %u", n); return 0;
	}
}

uint8_t pld_read(struct pld *p, uint8_t n)
{
	if (p->primed)
		p->bus = value(p, n);
	else
		check_fail(p->checks, CHECK_PLD,
			   "read of PLD register %u without a write before it", n);
	p->primed = false;
	return p->bus;
}

static void write_clock(struct pld *p, uint8_t v)
{
	if (v & ~(PLD_CLOCK_LINE | PLD_CLOCK_RESYNC | PLD_CLOCK_ON))
		check_fail(p->checks, CHECK_UNKNOWN, "PLD CLOCK %02x", v);
	if (v && !(v & PLD_CLOCK_ON))
		check_fail(p->checks, CHECK_ORDER, "PLD CLOCK %02x: selected, but not on", v);
	if (v & PLD_CLOCK_RESYNC && !(p->clock & PLD_CLOCK_RESYNC)) {
		p->resync_ms = 0;
		p->resyncs++;
	}
	/* Off is no end of a resynchronisation. */
	if (v & PLD_CLOCK_ON && !(v & PLD_CLOCK_RESYNC) && p->clock & PLD_CLOCK_RESYNC) {
		p->aligned = p->resync_ms >= PLD_RESYNC_MIN;
		if (!p->aligned)
			check_fail(p->checks, CHECK_ORDER, "resynchronisation of %u ms, not %u",
				   p->resync_ms, PLD_RESYNC_MS);
	}
	p->clock = v;
}

void pld_write(struct pld *p, uint8_t n, uint8_t v)
{
	p->bus = v;
	p->primed = true;
	switch (n) {
	case PLD_CLOCK: write_clock(p, v); break;
	case PLD_LED:
		if (v & ~(PLD_LED_RED | PLD_LED_GREEN | PLD_LED_TEST))
			check_fail(p->checks, CHECK_UNKNOWN, "PLD LED %02x", v);
		p->led_changes += v != p->led;
		p->led = v;
		break;
	case PLD_DUMMY: break;
	default: check_fail(p->checks, CHECK_WRITE, "PLD register %u", n); break;
	}
}

void pld_other(struct pld *p)
{
	p->primed = false;
}

void pld_ms(struct pld *p)
{
	if (p->clock & PLD_CLOCK_RESYNC)
		p->resync_ms++;
}

bool pld_clocked(const struct pld *p)
{
	return p->clock & PLD_CLOCK_ON;
}

bool pld_line_clock(const struct pld *p)
{
	return p->clock & PLD_CLOCK_LINE;
}

bool pld_aligned(const struct pld *p)
{
	return p->aligned || p->clock & PLD_CLOCK_RESYNC;
}
