/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * e1_signal.h: is there a signal, and is it more than all ones? LOS and AIS, seen on the octets as
 * fed, with or without frame alignment. Part of struct e1_rx.
 *
 * Line time since init is cut into windows of 64 octets (512 bits, a double frame). A window in
 * which octets did not arrive is not judged.
 *
 * Source: ITU-T G.775 4.2 (LOS), 5.2 (AIS).
 */
#ifndef STROWGER_CORE_SPAN_E1_SIGNAL_H
#define STROWGER_CORE_SPAN_E1_SIGNAL_H

#include "core/span/e1.h"

#define E1_AIS_OCTETS  64 /* window: 512 bits, G.775 5.2 */
#define E1_AIS_ZEROS   2 /* so many zeros or fewer: all ones, G.775 5.2 */
#define E1_AIS_WINDOWS 2 /* in a row, to begin and to end, G.775 5.2 */

/**
 * struct e1_signal - signal monitor; fields private except @los and @ais
 * @los: LOS defect
 * @ais: AIS defect
 */
struct e1_signal {
	bool los;
	bool ais;
	bool gap; /* window has octets that did not arrive */
	uint8_t filled; /* octets of the window so far */
	uint8_t zeros; /* in the window, counted up to E1_AIS_ZEROS + 1 */
	uint8_t differ; /* judged windows in a row that speak against @ais */
	uint32_t los_octets;
	uint32_t hold_octets;
	uint32_t none; /* octets of E1_IN_NONE in a row */
	uint32_t missing; /* octets of E1_IN_NONE or E1_IN_ERASED in a row */
	uint32_t data; /* octets of E1_IN_DATA in a row while in LOS */
};

/**
 * e1_signal_init() - neither LOS nor AIS
 * @s: monitor
 * @cfg: its los_octets and hold_octets
 */
void e1_signal_init(struct e1_signal *s, const struct e1_cfg *cfg);

/**
 * e1_signal_room() - octets of one kind that can be taken in before anything may change
 * @s: monitor
 * @in: their kind
 *
 * Return: 1..64.
 */
size_t e1_signal_room(const struct e1_signal *s, enum e1_input in);

/**
 * e1_signal_step() - take in octets
 * @s: monitor
 * @in: their kind
 * @octets: @n octets, read only when E1_IN_DATA
 * @n: 1..e1_signal_room()
 *
 * Return: mask of E1_LOS, E1_AIS that begin with the last of these octets, mostly 0.
 */
uint32_t e1_signal_step(struct e1_signal *s, enum e1_input in, const uint8_t *octets, size_t n);

/**
 * e1_signal_framed() - frame alignment was found: this is no AIS (G.775 5.2)
 */
void e1_signal_framed(struct e1_signal *s);

#endif
