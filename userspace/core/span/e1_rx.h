/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * e1_rx.h: E1 deframer: octets of a bit stream in, frames, alarms and counters out.
 *
 * The stream may be at any bit alignment. What is decided, and when, so that another decoder can
 * agree:
 *
 * - Search (no frame alignment). Every bit position is tried. Frame alignment is found at the
 *   first position p for which the octets at p and p + 512 bits hold the FAS in bits 2..8 and the
 *   octet at p + 256 bits has bit 2 = 1, all three after the start of the search; first = first
 *   to be complete. The frame at p + 512 is the first that is received, as a FAS frame. A search
 *   starts at the first bit fed, after erased octets at the first bit after them, and after a
 *   loss 8 bits after the end of the frame that ended the alignment (behind the old timeslot 0).
 *   G.706 4.1.2.
 * - Loss: 3 FAS in a row wrong, or bit 2 of 3 NFAS in a row 0 (G.706 4.1.1), or the 915th wrong
 *   CRC-4 block of a count of 1000, one count after the other from multiframe alignment on
 *   (4.3.2), or LOS. Judged at the end of the frame; that frame is
 *   still counted as received but delivered as filler, and after a wrong timeslot 0 neither its
 *   CRC-4 nor its CAS bits are looked at. LOS takes effect at its octet; the frame in progress is
 *   given up.
 * - CRC-4 multiframe: found at frame 11 when two alignment signals, a multiple of 2 ms apart, lie
 *   within 8 ms, all in frames of this frame alignment (4.2). Before that, from 8 ms on, other
 *   positions are tried beside the present one (one at a time, for 8 ms each); when one of them
 *   has the multiframe the receiver moves there: no @lfa is counted, the frame in progress is
 *   given up. At 400 ms (3200 frames) E1_CRC4_AUTO settles for a far end without CRC-4 until
 *   frame alignment is lost.
 * - Erased octets are not judged: every position counter runs on, runs of wrong or right signals
 *   neither grow nor end.
 *
 * Context: any; pure: no clock, no lock, no allocation. A struct is one thread's.
 * Source: ITU-T G.704, G.706, G.732 5.2, G.775.
 */
#ifndef STROWGER_CORE_SPAN_E1_RX_H
#define STROWGER_CORE_SPAN_E1_RX_H

#include "core/span/e1.h"
#include "core/span/e1_align.h"
#include "core/span/e1_casmf.h"
#include "core/span/e1_crcmf.h"
#include "core/span/e1_rival.h"
#include "core/span/e1_signal.h"

struct e1_tx;

/* Frames that one e1_rx_feed() of n octets can yield at most. */
#define E1_RX_FRAMES(n) ((n) / E1_OCTETS + 4)

#define E1_RAI_RUN 3 /* NFAS in a row, to begin and to end; G.775 (z = 2..5), O.162 2.1.4 */

/**
 * struct e1_rx - receiver of one span; caller's memory, prepared by e1_rx_init(), fields private
 */
struct e1_rx {
	struct e1_cfg cfg;
	struct e1_counters count;
	struct e1_signal signal;
	struct e1_search search;
	struct e1_fas fas;
	struct e1_crcmf crc;
	struct e1_rival rival;
	struct e1_casmf cas;
	bool aligned;
	bool fas_frame; /* the frame being assembled should carry the FAS */
	bool prev_missing; /* the last octet fed did not arrive */
	uint8_t prev; /* the last octet fed */
	uint8_t shift; /* bits of the last octet that belong to the octet in progress, 0..7 */
	uint8_t have; /* octets of the frame being assembled */
	uint8_t sa;
	uint8_t rai_run; /* NFAS in a row whose A bit differs from the defect */
	bool rai;
	bool no_crc4; /* far end without CRC-4, AUTO */
	uint32_t since; /* frames in frame alignment without CRC-4 multiframe, up to the limit */
	uint32_t missing; /* timeslots of the frame being assembled that did not arrive */
	uint8_t ts[E1_OCTETS];
	uint64_t delivered; /* frames of any kind */
	uint64_t crc4_told; /* CRC-4 errors already handed to the sender */
};

/**
 * e1_rx_init() - prepare a receiver, without frame alignment
 * @rx: receiver
 * @cfg: framing, copied
 */
void e1_rx_init(struct e1_rx *rx, const struct e1_cfg *cfg);

/**
 * e1_rx_feed() - receive a stretch of line time
 * @rx: receiver
 * @in: what it brought
 * @octets: @n octets of the bit stream at any bit alignment; not read (may be NULL) unless
 *	E1_IN_DATA
 * @n: length in octets
 * @out: room for frames
 * @max: room, at least E1_RX_FRAMES(@n); frames beyond it are dropped
 *
 * The result does not depend on how the stream is cut into calls. Since e1_rx_init() never fewer
 * than octets / 32 frames (rounded down) less one are delivered, and at most two more.
 *
 * Return: frames written to @out.
 */
size_t e1_rx_feed(struct e1_rx *rx, enum e1_input in, const uint8_t *octets, size_t n,
		  struct e1_frame *out, size_t max);

/**
 * e1_rx_alarms() - defects at this moment, without persistence beyond the standard's detection
 * @rx: receiver
 *
 * E1_LMFA, E1_RAI and the CAS ones are only given in frame alignment, E1_CAS_RAI only in CAS
 * multiframe alignment; E1_LOS comes with E1_LFA, E1_AIS usually does.
 *
 * Return: mask of E1_LOS ...
 */
uint32_t e1_rx_alarms(const struct e1_rx *rx);

/**
 * e1_rx_counters() - counters since e1_rx_init(); valid as long as @rx
 */
const struct e1_counters *e1_rx_counters(const struct e1_rx *rx);

/**
 * e1_rx_cas() - signalling bits as of the last confirmed CAS multiframe
 * @rx: receiver
 *
 * The bits of a multiframe are taken over when the alignment signals before and after it were
 * correct (so 2 ms after its begin); bits that did not arrive keep their old value. They stay while
 * alignment is lost. counters.cas_multiframes says whether something was taken over.
 *
 * Return: 32 entries by timeslot, a in bit 3 .. d in bit 0; 0 and 16 unused; 1111 before the first.
 */
const uint8_t *e1_rx_cas(const struct e1_rx *rx);

/**
 * e1_rx_sa() - Sa4 (0x10) .. Sa8 (0x01) of the last NFAS frame that arrived in frame alignment
 */
uint8_t e1_rx_sa(const struct e1_rx *rx);

/**
 * e1_rx_crc4_aligned() - true in CRC-4 multiframe alignment
 */
bool e1_rx_crc4_aligned(const struct e1_rx *rx);

/**
 * e1_rx_no_crc4() - true once the far end is taken to have no CRC-4 (E1_CRC4_AUTO, G.706 Annex B)
 */
bool e1_rx_no_crc4(const struct e1_rx *rx);

/**
 * e1_rx_code_errors() - add code violations that the source has seen (card only)
 */
void e1_rx_code_errors(struct e1_rx *rx, uint32_t n);

/**
 * e1_rx_drive_tx() - consequent actions: what the sender must say about this receiver
 * @rx: receiver of the span
 * @tx: sender of the same span
 *
 * RAI while LOS, LFA or AIS, or while CRC-4 multiframe alignment is missing for 400 ms with
 * E1_CRC4_ON (G.732 table of consequent actions; G.706 4.2 note 2, 100..500 ms); remote alarm of
 * the CAS multiframe while that is missing (G.732); E bits. Overrides e1_tx_rai() and
 * e1_tx_cas_rai(). Call it between e1_rx_feed() and the e1_tx_frame() calls of the same tick.
 */
void e1_rx_drive_tx(struct e1_rx *rx, struct e1_tx *tx);

#endif
