/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * e1.h: words shared by the E1 framer, its users and its tests.
 *
 * A span carries 8000 frames a second of 32 octets; timeslot n is octet n, bit 1 of the standard
 * (the first on the line) is bit 7 of the octet. Line time is counted in octets:
 * 256 octets are 1 ms.
 *
 * Source: ITU-T G.704 (10/98) 2.3 and 5.1, G.706 (04/91), G.732, G.775.
 */
#ifndef STROWGER_CORE_SPAN_E1_H
#define STROWGER_CORE_SPAN_E1_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define E1_OCTETS        32 /* octets a frame, timeslot n at index n */
#define E1_FRAMES_PER_MS 8
#define E1_MULTIFRAME    16 /* frames, of the CRC-4 and of the CAS multiframe alike */
#define E1_FILLER        0xff /* what stands in for an octet that did not arrive */

#define E1_FAS       0x1b /* x0011011 in every second frame, G.704 2.3.1 */
#define E1_FAS_MASK  0x7f
#define E1_TS0_SI    0x80 /* bit 1: Si, or C, multiframe alignment and E with CRC-4 */
#define E1_NFAS_BIT2 0x40 /* bit 2 of the other frames is always 1 */
#define E1_NFAS_RAI  0x20 /* bit 3: A, remote alarm indication */
#define E1_NFAS_SA   0x1f /* bits 4..8: Sa4 (0x10) .. Sa8 (0x01) */

#define E1_CAS_MFAS_MASK 0xf0 /* timeslot 16 of CAS frame 0 is 0000xyxx, G.704 5.1.3.2.2 */
#define E1_CAS_Y         0x04 /* y: remote alarm of the CAS multiframe */

/**
 * enum e1_crc4 - use of bit 1 of timeslot 0
 * @E1_CRC4_OFF: no CRC-4: bit 1 is sent as 1 and not looked at
 * @E1_CRC4_ON: CRC-4 both ways; without it from the far end the span stays in E1_LMFA
 * @E1_CRC4_AUTO: CRC-4 is sent; a far end without it is recognised after 400 ms, G.706 Annex B
 */
enum e1_crc4 {
	E1_CRC4_OFF,
	E1_CRC4_ON,
	E1_CRC4_AUTO,
};

/**
 * struct e1_cfg - how one span is framed, same for both directions
 * @crc4: CRC-4 procedure
 * @cas: timeslot 16 carries the CAS multiframe of G.704 5.1.3.2.2
 * @los_octets: E1_IN_NONE for this many octets in a row is LOS, and data for as many ends it;
 *	0 stands for E1_LOS_OCTETS
 * @hold_octets: E1_IN_ERASED (and E1_IN_NONE) for this many octets in a row is LOS; shorter gaps
 *	cost no alignment; 0 stands for E1_HOLD_OCTETS
 */
struct e1_cfg {
	enum e1_crc4 crc4;
	bool cas;
	uint32_t los_octets;
	uint32_t hold_octets;
};

#define E1_LOS_OCTETS  31 /* 248 pulse intervals; G.775 4.2 allows 10..255 */
#define E1_HOLD_OCTETS 25600 /* 100 ms: a hundred packets of 1 ms */

/**
 * enum e1_input - what a stretch of line time brought
 * @E1_IN_DATA: octets
 * @E1_IN_ERASED: octets that were sent but did not arrive (lost packet); line time runs on
 * @E1_IN_NONE: the source has no signal at all
 */
enum e1_input {
	E1_IN_DATA,
	E1_IN_ERASED,
	E1_IN_NONE,
};

#define E1_FRAME_ERASED    0x01 /* at least one octet of the frame is missing and is filler */
#define E1_FRAME_UNALIGNED 0x02 /* no frame alignment: the whole frame is filler */

/**
 * struct e1_frame - one received frame
 * @ts: timeslots 0..31, E1_FILLER where flagged as missing
 * @flags: E1_FRAME_*, 0 for a whole frame
 */
struct e1_frame {
	uint8_t ts[E1_OCTETS];
	uint8_t flags;
};

/* Alarms. In e1_rx_alarms() they are defects at this moment, in e1_alarm.h they are declared. */
#define E1_LOS      0x01u /* no signal */
#define E1_LFA      0x02u /* no frame alignment */
#define E1_LMFA     0x04u /* frame alignment, but no CRC-4 multiframe alignment where it is due */
#define E1_AIS      0x08u /* all ones from the line */
#define E1_RAI      0x10u /* far end says that it does not receive us */
#define E1_CAS_LMFA 0x20u /* frame alignment, but no CAS multiframe alignment where it is due */
#define E1_CAS_RAI  0x40u /* far end says that it lost our CAS multiframe */
#define E1_TS16_AIS 0x80u /* all ones in timeslot 16 */

#define E1_ALARMS 8 /* bits in use */

/**
 * e1_alarm_name() - name of one alarm for people, JSON and logs
 * @bit: 0..E1_ALARMS-1, the bit number in the mask
 *
 * Return: "LOS", "LFA", ...; "?" when @bit is out of range. Static.
 */
const char *e1_alarm_name(unsigned int bit);

/**
 * struct e1_counters - what one receiver has counted since e1_rx_init(); never reset, never wraps
 * @octets: line time fed, whatever the input
 * @erased_octets: of these, the ones fed as E1_IN_ERASED or E1_IN_NONE
 * @frames: frames received in frame alignment, whole or partly erased
 * @erased_frames: of these, the ones with at least one missing bit
 * @unaligned_frames: filler frames delivered for line time without frame alignment; the frame
 *	whose end ended the alignment is one of them and one of @frames
 * @fas_errors: alignment signals with one wrong bit or more. Judged: each FAS frame in frame
 *	alignment whose timeslot 0 arrived, the one that ends the alignment included
 * @nfas_errors: bit 2 was 0 in an NFAS frame; judged as @fas_errors
 * @lfa: times that frame alignment was lost, for whatever reason (LOS included); starting without
 *	it is no loss
 * @los: times that LOS began
 * @ais: times that the AIS defect began
 * @crc4_blocks: sub-multiframes judged. Judged: in CRC-4 multiframe alignment, each sub-multiframe
 *	that arrived completely after the alignment was found, if the four C bits about it (in the
 *	sub-multiframe after it) arrived too; at the end of that later sub-multiframe
 * @crc4_errors: of these, the ones with a wrong CRC-4
 * @crc4_reframes: times that 915 of 1000 judged blocks were wrong; each is also an @lfa
 * @ebits: E bits 0 from the far end. Counted: in CRC-4 multiframe alignment, without the RAI
 *	defect, after the first E bit 1 since that alignment was found (before that the far end
 *	has no multiframe alignment, G.704 2.3.3.4)
 * @cas_multiframes: CAS multiframes between two correct alignment signals: abcd bits taken over
 * @cas_errors: wrong CAS multiframe alignment signals while in CAS multiframe alignment
 * @cas_lmfa: times that CAS multiframe alignment was lost while frame alignment was there
 * @code_errors: code violations that the source reported, e1_rx_code_errors()
 */
struct e1_counters {
	uint64_t octets;
	uint64_t erased_octets;
	uint64_t frames;
	uint64_t erased_frames;
	uint64_t unaligned_frames;
	uint64_t fas_errors;
	uint64_t nfas_errors;
	uint64_t lfa;
	uint64_t los;
	uint64_t ais;
	uint64_t crc4_blocks;
	uint64_t crc4_errors;
	uint64_t crc4_reframes;
	uint64_t ebits;
	uint64_t cas_multiframes;
	uint64_t cas_errors;
	uint64_t cas_lmfa;
	uint64_t code_errors;
};

#define E1_COUNTERS (sizeof(struct e1_counters) / sizeof(uint64_t))

/**
 * e1_counter_name() - name of one counter, the same as the field's
 * @n: 0..E1_COUNTERS-1, in the order of struct e1_counters
 *
 * Return: "octets", "erased_octets", ...; "?" when @n is out of range. Static.
 */
const char *e1_counter_name(unsigned int n);

/**
 * e1_counter() - value of one counter by number
 * @c: counters
 * @n: as for e1_counter_name()
 *
 * Return: the value; 0 when @n is out of range.
 */
uint64_t e1_counter(const struct e1_counters *c, unsigned int n);

#endif
