/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * e1_align.h: finding frame alignment in a bit stream, and noticing its loss. Parts of struct
 * e1_rx.
 *
 * Source: ITU-T G.706 4.1.
 */
#ifndef STROWGER_CORE_SPAN_E1_ALIGN_H
#define STROWGER_CORE_SPAN_E1_ALIGN_H

#include "core/span/e1.h"

#define E1_FAS_LOSS  3 /* wrong FAS in a row: alignment lost, G.706 4.1.1 */
#define E1_NFAS_LOSS 3 /* wrong bit 2 of NFAS in a row: alignment lost, G.706 4.1.1 */

/**
 * struct e1_search - search for frame alignment over all 256 bit positions at once; private
 */
struct e1_search {
	uint8_t last[128]; /* octets as fed, ring */
	uint8_t at; /* place of the newest */
	int32_t bits; /* bits that belong to the search; below 0: bits to pass over first */
};

/**
 * e1_search_start() - search from here on, forget what was before
 * @s: search
 * @octet: the last octet fed
 * @bits: how many of its last bits already belong to the search, 0..8; below 0: so many of the
 *	bits to come do not
 */
void e1_search_start(struct e1_search *s, uint8_t octet, int bits);

/**
 * e1_search_octet() - search on
 * @s: search
 * @octet: next octet fed
 * @skip: a result that shall not be given, -1 for none
 *
 * Return: number of bits of @octet behind the timeslot 0 of a FAS frame, 0..7, that is the third in
 * the sequence FAS, bit 2 = 1, FAS (G.706 4.1.2), the earliest when there are several; -1 if none.
 */
int e1_search_octet(struct e1_search *s, uint8_t octet, int skip);

#define E1_FAS_WRONG 1 /* this timeslot 0 is wrong */
#define E1_FAS_LOST  2 /* and it is the one too many */

/**
 * struct e1_fas - monitor of frame alignment; all zeros to begin
 */
struct e1_fas {
	uint8_t fas; /* wrong FAS in a row */
	uint8_t nfas; /* wrong bit 2 in a row */
};

/**
 * e1_fas_step() - judge one timeslot 0 that arrived
 * @m: monitor
 * @ts0: octet
 * @fas_frame: this frame should carry the FAS
 *
 * Return: 0, E1_FAS_WRONG, or E1_FAS_WRONG | E1_FAS_LOST.
 */
int e1_fas_step(struct e1_fas *m, uint8_t ts0, bool fas_frame);

#endif
