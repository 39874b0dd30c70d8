/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * e1_casmf.h: the CAS multiframe in timeslot 16 as received. Part of struct e1_rx.
 *
 * Found at the first alignment signal (0000 in bits 1..4) whose preceding timeslot 16 had a bit
 * 1; lost after two wrong alignment signals in a row, or 16 timeslots 16 in a row (one
 * multiframe) all zeros. AIS: at most 3 zeros in each of two successive 16 timeslots 16 (a
 * multiframe has at least 4 zeros); ends likewise or when the multiframe is found. Remote alarm:
 * y in two multiframes in a row, both ways.
 *
 * Source: ITU-T G.704 5.1.3.2.2, G.732 5.2, O.162 2.1.5 (remote alarm).
 */
#ifndef STROWGER_CORE_SPAN_E1_CASMF_H
#define STROWGER_CORE_SPAN_E1_CASMF_H

#include "core/span/e1.h"

#define E1_CAS_LOSS         2 /* wrong alignment signals in a row, G.732 5.2 */
#define E1_CAS_ZEROS        16 /* all-zero timeslots 16 in a row: one multiframe, G.732 5.2 note */
#define E1_CAS_RAI_RUN      2 /* multiframes, O.162 2.1.5 */
#define E1_TS16_AIS_ZEROS   3 /* zeros in 16 timeslots; the alignment signal alone has 4 */
#define E1_TS16_AIS_WINDOWS 2

/**
 * struct e1_casmf - CAS receiver; fields private except @aligned, @rai, @ais, @abcd
 * @aligned: in multiframe alignment
 * @rai: remote alarm
 * @ais: all ones
 * @abcd: confirmed signalling bits by timeslot
 */
struct e1_casmf {
	bool aligned;
	bool rai;
	bool ais;
	uint8_t abcd[E1_OCTETS];
	uint8_t next[E1_OCTETS]; /* of the present multiframe */
	uint32_t got; /* bit n: next[n] arrived */
	uint8_t frame; /* number of the last frame */
	bool good; /* its alignment signal was right */
	bool ones; /* the last timeslot 16 arrived and had a bit 1 */
	uint8_t wrong; /* alignment signals in a row */
	uint8_t zeros; /* all-zero timeslots in a row */
	uint8_t rai_differ;
	uint8_t window; /* timeslots in the AIS window */
	uint8_t window_zeros;
	bool window_gap;
	uint8_t ais_differ;
};

/**
 * e1_casmf_init() - no alignment, all signalling bits 1
 */
void e1_casmf_init(struct e1_casmf *c);

/**
 * e1_casmf_restart() - frame alignment is new: no multiframe alignment; confirmed bits stay
 */
void e1_casmf_restart(struct e1_casmf *c);

/**
 * e1_casmf_step() - take timeslot 16 of the next frame
 * @c: receiver
 * @ts16: octet
 * @arrived: false: @ts16 is filler
 * @count: cas_multiframes, cas_errors, cas_lmfa are counted here
 */
void e1_casmf_step(struct e1_casmf *c, uint8_t ts16, bool arrived, struct e1_counters *count);

#endif
