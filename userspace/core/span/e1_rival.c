/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/span/e1_rival.h"

#include <string.h>

void e1_rival_start(struct e1_rival *r, uint8_t octet, int bits)
{
	memset(r, 0, sizeof(*r));
	r->on = true;
	e1_search_start(&r->search, octet, bits);
}

/* A position was found: its FAS frame begins with the timeslot 0 that just ended. */
static void track(struct e1_rival *r, int shift)
{
	r->tracking = true;
	r->shift = (uint8_t)shift;
	r->wait = E1_OCTETS;
	r->fas_frame = false;
	r->frames = 0;
	memset(&r->fas, 0, sizeof(r->fas));
	memset(&r->mfas, 0, sizeof(r->mfas));
}

/* Timeslot 0 of the position on trial. Return: true when it has the multiframe. */
static bool judge(struct e1_rival *r, uint8_t ts0, bool arrived, bool *give_up)
{
	bool fas_frame = r->fas_frame;

	r->wait = E1_OCTETS;
	r->fas_frame = !fas_frame;
	*give_up = ++r->frames >= E1_MFAS_FRAMES;
	if (arrived && (e1_fas_step(&r->fas, ts0, fas_frame) & E1_FAS_LOST))
		*give_up = true;
	return !fas_frame && e1_mfas_step(&r->mfas, ts0, arrived);
}

bool e1_rival_octet(struct e1_rival *r, uint8_t octet, uint8_t before, bool arrived, int skip)
{
	bool give_up;
	int shift;

	if (!r->tracking) {
		shift = e1_search_octet(&r->search, octet, skip);
		if (shift >= 0)
			track(r, shift);
		return false;
	}
	if (--r->wait)
		return false;
	if (judge(r, (uint8_t)((before << 8 | octet) >> r->shift), arrived, &give_up))
		return true;
	/* Search on right behind it, so that the others have their turn, G.706 4.2 note 1. */
	if (give_up)
		e1_rival_start(r, octet, r->shift);
	return false;
}

void e1_rival_gap(struct e1_rival *r)
{
	bool give_up;

	if (!r->tracking)
		e1_search_start(&r->search, E1_FILLER, 0);
	else if (!--r->wait) {
		judge(r, E1_FILLER, false, &give_up);
		if (give_up)
			e1_rival_start(r, E1_FILLER, 0);
	}
}
