/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * e1_crcmf.h: the CRC-4 multiframe as received: its alignment, the check of each sub-multiframe,
 * the far end's E bits. Part of struct e1_rx.
 *
 * Source: ITU-T G.704 2.3.3, G.706 4.2, 4.3.
 */
#ifndef STROWGER_CORE_SPAN_E1_CRCMF_H
#define STROWGER_CORE_SPAN_E1_CRCMF_H

#include "core/span/e1.h"

#define E1_MFAS        0x0b /* 001011 in bit 1 of frames 1, 3 .. 11, G.704 2.3.3.1 */
#define E1_MFAS_FRAMES 64 /* 8 ms: two alignment signals within it, G.706 4.2 */
#define E1_CRC4_BLOCKS 1000 /* blocks of one count, G.706 4.3.2 */
#define E1_CRC4_LIMIT  915 /* wrong blocks of these: false frame alignment, G.706 4.3.2 */
#define E1_CRC4_FRAMES 3200 /* 400 ms: no multiframe in this far end, G.706 Annex B */

/**
 * struct e1_mfas - search for the multiframe alignment signal; all zeros to begin
 */
struct e1_mfas {
	uint32_t si; /* bit 1 of the last 32 NFAS frames (8 ms), newest in bit 0 */
	uint32_t known; /* which of them arrived */
};

/**
 * e1_mfas_step() - take the next NFAS frame
 * @m: search
 * @ts0: its timeslot 0
 * @arrived: false: @ts0 is filler
 *
 * Return: true when multiframe alignment is found: this is frame 11.
 */
bool e1_mfas_step(struct e1_mfas *m, uint8_t ts0, bool arrived);

/**
 * enum e1_crcmf_event - what a frame brought
 * @E1_CRCMF_NONE: nothing that concerns the alignment
 * @E1_CRCMF_FOUND: multiframe alignment found
 * @E1_CRCMF_FALSE: 915 of 1000 blocks wrong: the frame alignment is false
 */
enum e1_crcmf_event {
	E1_CRCMF_NONE,
	E1_CRCMF_FOUND,
	E1_CRCMF_FALSE,
};

/**
 * struct e1_crcmf - CRC-4 multiframe receiver; all zeros to begin; fields private except @aligned
 * @aligned: in multiframe alignment
 */
struct e1_crcmf {
	struct e1_mfas mfas;
	bool aligned;
	uint8_t frame; /* number of the last frame */
	bool whole; /* this sub-multiframe: every octet arrived so far */
	bool cbits_whole; /* its C bits as well */
	uint8_t crc; /* its own CRC-4 so far */
	uint8_t cbits; /* CRC-4 it carries: of the one before */
	bool before_whole; /* the sub-multiframe before arrived */
	uint8_t before; /* its CRC-4 as computed */
	bool ebit_one; /* far end has sent an E bit 1 */
	uint16_t blocks; /* judged in the present count of E1_CRC4_BLOCKS */
	uint16_t wrong;
};

/**
 * e1_crcmf_align() - multiframe alignment found from outside
 * @c: receiver
 * @frame: number of the last frame, 0..15
 */
void e1_crcmf_align(struct e1_crcmf *c, unsigned int frame);

/**
 * e1_crcmf_step() - take the next frame
 * @c: receiver
 * @ts: timeslots
 * @missing: bit n: timeslot n did not arrive
 * @fas_frame: frame with the FAS
 * @rai: the far end says RAI: its E bits do not count
 * @count: crc4_blocks, crc4_errors, ebits are counted here
 *
 * Return: event.
 */
enum e1_crcmf_event e1_crcmf_step(struct e1_crcmf *c, const uint8_t ts[E1_OCTETS], uint32_t missing,
				  bool fas_frame, bool rai, struct e1_counters *count);

#endif
