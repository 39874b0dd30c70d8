/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * e1_fault.h: a bad line on the sending side, for tests and demonstrations. Stands between the
 * sender and the cable: one call of e1_fault_apply() in place of e1_tx_frame().
 *
 * Everything but RAI is done to the finished frame, as a line would do it: a wrong FAS also makes
 * its CRC-4 block wrong. Two runs with the same seed and the same calls are the same.
 *
 * Context: any; pure.
 */
#ifndef STROWGER_CORE_SPAN_E1_FAULT_H
#define STROWGER_CORE_SPAN_E1_FAULT_H

#include "core/span/e1.h"
#include "core/span/e1_tx.h"

#define E1_FAULT_OCTETS 64 /* most that e1_fault_apply() writes: a repeated frame */

/**
 * struct e1_fault_cfg - faults that last
 * @ber_ppb: probability of each bit to be wrong, in 10^-9 (1000000 = BER 10^-3); at most 10^9
 * @crc_every: one wrong C bit in every so many sub-multiframes; 0 none, 1 all
 * @crc_ppm: probability of one wrong C bit in each sub-multiframe, in 10^-6; at most 10^6
 * @shift: bits by which the stream is delayed, 0..255; a change is a jump of the bit alignment
 * @rai: the A bit is sent as 1, inside a correct CRC-4
 * @ais: all ones
 * @no_signal: nothing
 */
struct e1_fault_cfg {
	uint32_t ber_ppb;
	uint32_t crc_every;
	uint32_t crc_ppm;
	uint8_t shift;
	bool rai;
	bool ais;
	bool no_signal;
};

/**
 * enum e1_slip - a frame too few or too many
 * @E1_SLIP_NONE: nothing to do
 * @E1_SLIP_DROP: the next frame is left out
 * @E1_SLIP_REPEAT: the next frame is sent twice
 */
enum e1_slip {
	E1_SLIP_NONE,
	E1_SLIP_DROP,
	E1_SLIP_REPEAT,
};

/**
 * struct e1_fault - fault injector of one span; caller's memory, prepared by e1_fault_init()
 * @bit_errors: bits inverted by @ber_ppb so far; readable
 * @crc_errors: C bits inverted so far; readable
 *
 * The other fields are private.
 */
struct e1_fault {
	struct e1_fault_cfg cfg;
	uint64_t bit_errors;
	uint64_t crc_errors;
	uint64_t rng;
	uint32_t smf; /* sub-multiframes since crc_every was set */
	uint32_t fas_left; /* FAS still to be spoilt */
	uint32_t nfas_left;
	uint32_t cas_left;
	enum e1_slip slip;
	uint8_t last[E1_OCTETS]; /* frame before, for the shift */
};

/**
 * e1_fault_init() - a good line
 * @f: injector
 * @seed: of the random numbers, any value
 */
void e1_fault_init(struct e1_fault *f, uint64_t seed);

/**
 * e1_fault_set() - faults that last until the next e1_fault_set()
 * @f: injector
 * @cfg: copied
 *
 * Return: 0, or -EINVAL for a rate above 1, and nothing changed.
 */
int e1_fault_set(struct e1_fault *f, const struct e1_fault_cfg *cfg);

/**
 * e1_fault_slip() - slip at the next frame; replaces one that is still to come
 */
void e1_fault_slip(struct e1_fault *f, enum e1_slip slip);

/**
 * e1_fault_fas() - spoil one bit of each of the next @n frame alignment signals
 */
void e1_fault_fas(struct e1_fault *f, uint32_t n);

/**
 * e1_fault_nfas() - spoil bit 2 of each of the next @n frames without the alignment signal
 */
void e1_fault_nfas(struct e1_fault *f, uint32_t n);

/**
 * e1_fault_cas() - spoil one bit of each of the next @n CAS multiframe alignment signals
 */
void e1_fault_cas(struct e1_fault *f, uint32_t n);

/**
 * e1_fault_apply() - build the next frame and spoil it
 * @f: injector
 * @tx: sender
 * @ts: timeslots, as for e1_tx_frame()
 * @out: octets for the line
 * @in: what the octets are: E1_IN_DATA, or E1_IN_NONE when there is no signal
 *
 * Return: octets written, 0 (frame left out), 32 or 64 (frame repeated). A sender of constant
 * rate calls again until it has what it needs and keeps what is too much.
 */
size_t e1_fault_apply(struct e1_fault *f, struct e1_tx *tx, const uint8_t ts[E1_OCTETS],
		      uint8_t out[E1_FAULT_OCTETS], enum e1_input *in);

#endif
