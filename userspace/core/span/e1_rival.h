/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * e1_rival.h: another frame alignment beside the present one. While the present alignment shows no
 * CRC-4 multiframe it may be a simulated one: other positions are tried, one at a time, each
 * for 8 ms, in the order in which they turn up, until one has the multiframe. Part of struct e1_rx.
 *
 * Source: ITU-T G.706 4.2 and Annex B (parallel search).
 */
#ifndef STROWGER_CORE_SPAN_E1_RIVAL_H
#define STROWGER_CORE_SPAN_E1_RIVAL_H

#include "core/span/e1_align.h"
#include "core/span/e1_crcmf.h"

/**
 * struct e1_rival - search for a better alignment; all zeros: not searching; private except @on
 * @on: searching
 */
struct e1_rival {
	bool on;
	bool tracking; /* a position is being tried; else it is still looked for */
	bool fas_frame; /* its next frame should carry the FAS */
	uint8_t shift; /* bits of an octet fed behind its timeslot 0 */
	uint8_t wait; /* octets until its next timeslot 0 */
	uint8_t frames; /* for how long it is being tried */
	struct e1_search search;
	struct e1_fas fas;
	struct e1_mfas mfas;
};

/**
 * e1_rival_start() - begin, as e1_search_start()
 */
void e1_rival_start(struct e1_rival *r, uint8_t octet, int bits);

/**
 * e1_rival_octet() - take the next octet
 * @r: search
 * @octet: octet fed
 * @before: the octet fed before it
 * @arrived: whether both are there
 * @skip: result of e1_search_octet() that is the present alignment, -1: not in this octet
 *
 * Return: true when the position has the multiframe: @r->shift bits before the end of @octet ended
 * timeslot 0 of frame 11.
 */
bool e1_rival_octet(struct e1_rival *r, uint8_t octet, uint8_t before, bool arrived, int skip);

/**
 * e1_rival_gap() - an octet did not arrive
 * @r: search
 */
void e1_rival_gap(struct e1_rival *r);

#endif
