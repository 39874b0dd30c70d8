/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "trace.h"

const char *const trace_names[TRACES] = {
	[TRACE_FRS0] = "frs0",       [TRACE_FRS1] = "frs1",     [TRACE_SENT] = "sent",
	[TRACE_LED] = "led",         [TRACE_CAS_IN] = "cas_in", [TRACE_CAS_SEEN] = "cas_seen",
	[TRACE_CAS_OUT] = "cas_out",
};

static void enter(struct trace *t, uint64_t ms, enum trace_what what, uint16_t value)
{
	t->event[t->total++ % TRACE_KEPT] =
		(struct trace_event){.ms = ms, .what = (uint8_t)what, .value = value};
}

static void compare(struct trace *t, uint64_t ms, enum trace_what what, uint8_t *was, uint8_t is)
{
	if (*was != is)
		enter(t, ms, what, is);
	*was = is;
}

static void compare_all(struct trace *t, uint64_t ms, enum trace_what what, uint8_t *was,
			const uint8_t *is)
{
	for (unsigned int n = 1; n < 16; n++) {
		if (was[n] != is[n])
			enter(t, ms, what, (uint16_t)(n << 8 | is[n]));
		was[n] = is[n];
	}
}

void trace_ms(struct trace *t, uint64_t ms, const struct framer *f, const struct pld *p)
{
	uint8_t sent = (uint8_t)((f->tx.rai ? 1 : 0) | (f->tx.ais ? 2 : 0) |
				 (f->reg[FALC_RS1] & E1_CAS_Y ? 4 : 0));

	/* What the driver did comes before what the line did: it is of the interrupt before. */
	compare(t, ms, TRACE_LED, &t->led, p->led);
	compare_all(t, ms, TRACE_CAS_SEEN, t->seen, f->rs_read);
	compare_all(t, ms, TRACE_CAS_OUT, t->out, f->reg + FALC_RS1);
	compare(t, ms, TRACE_FRS0, &t->frs0, f->frs0);
	compare(t, ms, TRACE_FRS1, &t->frs1, f->frs1);
	compare(t, ms, TRACE_SENT, &t->sent, sent);
	compare_all(t, ms, TRACE_CAS_IN, t->in, f->rs);
}
