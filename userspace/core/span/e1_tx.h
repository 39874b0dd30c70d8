/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * e1_tx.h: E1 framer, sending side: timeslot 0 (and 16 with CAS) around the other timeslots.
 *
 * Frames are numbered 0..15 from e1_tx_init(); the CRC-4 and the CAS multiframe begin at the same
 * frame. Not used bits are sent as 1 (Si without CRC-4, Sa, x of the CAS alignment signal).
 *
 * Context: any; pure: no clock, no lock, no allocation.
 * Source: ITU-T G.704 2.3, 5.1.3.2.2.
 */
#ifndef STROWGER_CORE_SPAN_E1_TX_H
#define STROWGER_CORE_SPAN_E1_TX_H

#include "core/span/e1.h"

#define E1_CAS_IDLE                                                                                \
	0xd /* abcd 1101 until told otherwise; cd = 01 where not used, G.704 5.1.3.2.2 */

/**
 * struct e1_tx - sender of one span; caller's memory, prepared by e1_tx_init(), fields private
 */
struct e1_tx {
	struct e1_cfg cfg;
	uint8_t frame; /* number of the next frame, 0..15 */
	uint8_t crc; /* of this sub-multiframe so far */
	uint8_t cbits; /* of the sub-multiframe before: what this one carries */
	bool rai;
	bool ais;
	bool cas_rai;
	bool ts16_ais;
	uint8_t sa;
	bool ebits_on; /* receiver has CRC-4 multiframe alignment */
	uint32_t ebits_due; /* errored sub-multiframes not yet told to the far end */
	uint8_t cas[E1_OCTETS];
};

/**
 * e1_tx_init() - prepare a sender
 * @tx: sender
 * @cfg: framing, copied; E1_CRC4_AUTO sends as E1_CRC4_ON
 */
void e1_tx_init(struct e1_tx *tx, const struct e1_cfg *cfg);

/**
 * e1_tx_frame() - build the next frame
 * @tx: sender
 * @ts: timeslots; index 0 is ignored, index 16 too with CAS
 * @out: the frame as it goes to the line; may be @ts
 *
 * Rate: 8000 a second and span.
 */
void e1_tx_frame(struct e1_tx *tx, const uint8_t ts[E1_OCTETS], uint8_t out[E1_OCTETS]);

/**
 * e1_tx_frame_number() - position of the next frame in the multiframe
 * @tx: sender
 *
 * Return: 0..15.
 */
unsigned int e1_tx_frame_number(const struct e1_tx *tx);

/**
 * e1_tx_rai() - remote alarm indication (A bit) on or off from the next NFAS frame on
 */
void e1_tx_rai(struct e1_tx *tx, bool on);

/**
 * e1_tx_ais() - send all ones in place of frames; numbering goes on below
 */
void e1_tx_ais(struct e1_tx *tx, bool on);

/**
 * e1_tx_sa() - Sa bits to send
 * @tx: sender
 * @bits: Sa4 in 0x10 .. Sa8 in 0x01; all ones from e1_tx_init()
 */
void e1_tx_sa(struct e1_tx *tx, uint8_t bits);

/**
 * e1_tx_cas() - signalling bits of one timeslot, sent from its next place in the multiframe on
 * @tx: sender
 * @timeslot: 1..31 without 16
 * @abcd: a in bit 3 .. d in bit 0; 0000 is forbidden in timeslots 1..15, where it would look like
 *	the multiframe alignment signal, G.704 5.1.3.2.2
 *
 * Return: 0, or -EINVAL and nothing changed.
 */
int e1_tx_cas(struct e1_tx *tx, unsigned int timeslot, uint8_t abcd);

/**
 * e1_tx_cas_rai() - remote alarm of the CAS multiframe (y bit) on or off
 */
void e1_tx_cas_rai(struct e1_tx *tx, bool on);

/**
 * e1_tx_ts16_ais() - send all ones in timeslot 16 in place of the CAS multiframe
 */
void e1_tx_ts16_ais(struct e1_tx *tx, bool on);

/**
 * e1_tx_ebits() - tell the far end how its signal arrives
 * @tx: sender
 * @aligned: own receiver is in CRC-4 multiframe alignment; if not, all E bits are sent as 0
 * @errored: sub-multiframes found errored since the last call; each makes one E bit 0. More than
 *	the E bits of a second are not kept
 *
 * Source: G.704 2.3.3.4, G.706 Annex B (E bits 0 too when the far end has no CRC-4).
 */
void e1_tx_ebits(struct e1_tx *tx, bool aligned, uint32_t errored);

#endif
