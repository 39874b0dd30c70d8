/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The FALC56 (PEF2256) in E1 mode at register level. What is written configures a real E1 receiver
 * and transmitter (core/span); what they see and count is read back in the chip's registers.
 *
 *	framer.c       registers: which there are, what a write does, what a read gives
 *	framer_line.c  a millisecond: line to system side and back, loops, receive buffer and its slips
 *	framer_prbs.c  the chip's test sequence
 *	framer_news.c  status, interrupt status, error counters, CAS registers after a millisecond
 *
 * Not modelled: HDLC controllers, T1, other test sequences, transparent mode, pulse shapes.
 * Using them is counted as CHECK_UNKNOWN.
 *
 * Pure. Source: the fact sheet; where it says "recollection" or is silent, the comment here says so.
 */
#ifndef CARD_FRAMER_H
#define CARD_FRAMER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "check.h"
#include "core/line/elastic.h"
#include "core/span/e1_fault.h"
#include "core/span/e1_rx.h"
#include "core/span/e1_tx.h"

#define FRAMER_OCTETS 256 /* of the line in a millisecond */
#define FRAMER_FRAMES 8

/* Registers that the model looks at. */
#define FALC_CMDR 0x02
#define FALC_IMR0 0x14
#define FALC_IERR 0x1b
#define FALC_FMR0 0x1c
#define FALC_FMR1 0x1d
#define FALC_FMR2 0x1e
#define FALC_LOOP 0x1f
#define FALC_XSW  0x20
#define FALC_XSP  0x21
#define FALC_XC0  0x22
#define FALC_XC1  0x23
#define FALC_RC0  0x24
#define FALC_RC1  0x25
#define FALC_XPM0 0x26
#define FALC_IDLE 0x2b
#define FALC_ICB1 0x32
#define FALC_LIM0 0x36
#define FALC_LIM1 0x37
#define FALC_PCD  0x38
#define FALC_PCR  0x39
#define FALC_LIM2 0x3a
#define FALC_LCR1 0x3b
#define FALC_SIC1 0x3e
#define FALC_SIC2 0x3f
#define FALC_SIC3 0x40
#define FALC_GCR  0x46
#define FALC_RBD  0x49
#define FALC_VSTR 0x4a
#define FALC_FRS0 0x4c
#define FALC_FRS1 0x4d
#define FALC_RSW  0x4e
#define FALC_FEC  0x50 /* six counters of two octets, low one first */
#define FALC_RSA4 0x5c
#define FALC_DEC  0x60
#define FALC_ISR0 0x68
#define FALC_GIS  0x6e
#define FALC_RS1  0x70 /* read RS1..16, written XS1..16 */
#define FALC_GPC1 0x85
#define FALC_GCM1 0x92
#define FALC_TPC0 0xa8
#define FALC_WID  0xec

#define FALC_CMDR_RRES 0x40
#define FALC_CMDR_XRES 0x10
#define FALC_FMR0_FRS  0x02
#define FALC_FMR0_SIM  0x01
#define FALC_FMR1_MFCS 0x80
#define FALC_FMR1_PMOD 0x10
#define FALC_FMR1_XFS  0x08
#define FALC_FMR1_ECM  0x04
#define FALC_FMR1_XAIS 0x01
#define FALC_FMR2_RFS  0xc0
#define FALC_FMR2_RTM  0x20
#define FALC_FMR2_PLB  0x04
#define FALC_FMR2_AXRA 0x02
#define FALC_LOOP_ECLB 0x20
#define FALC_XSW_XTM   0x40
#define FALC_XSW_XRA   0x20
#define FALC_XSW_SA    0x1f
#define FALC_XSP_CASEN 0x40
#define FALC_XSP_TT0   0x20
#define FALC_XSP_EBP   0x10
#define FALC_XSP_AXS   0x08
#define FALC_XSP_XS    0x03 /* E bits where they are not automatic */
#define FALC_LIM0_LL   0x02
#define FALC_LIM1_RL   0x02
#define FALC_GCR_VIS   0x80
#define FALC_GCR_SCI   0x40

#define FALC_FRS0_LOS     0x80
#define FALC_FRS0_AIS     0x40
#define FALC_FRS0_LFA     0x20
#define FALC_FRS0_RRA     0x10
#define FALC_FRS0_NMF     0x04
#define FALC_FRS0_LMFA    0x02
#define FALC_FRS1_TS16RA  0x40
#define FALC_FRS1_TS16AIS 0x10
#define FALC_FRS1_TS16LFA 0x08
#define FALC_FRS1_XLS     0x02
#define FALC_FRS1_XLO     0x01

#define FALC_ISRS     6
#define FALC_BEC_AT   4 /* counter that holds bit errors of the test sequence while that is on */
#define FALC_COUNTERS 6 /* FEC CVC CEC1 EBC CEC2 CEC3, in the order of the DEC bits */

#define FALC_LCR1_XPRBS 0x40
#define FALC_LCR1_EPRM  0x80

/* Single-bit error insertion. The bits are a recollection of the data sheet. */
#define FALC_IERR_FAS  0x20
#define FALC_IERR_MF   0x10
#define FALC_IERR_PRBS 0x02
#define FALC_IERR_CRC  0x08
#define FALC_IERR_CAS  0x04
#define FALC_IERR_BPV  0x01

enum framer_chip { FRAMER_V12, FRAMER_V21, FRAMER_V22, FRAMER_CHIPS };
extern const char *const framer_chip_names[FRAMER_CHIPS];

/**
 * struct framer_line - a millisecond of line time, 256 octets
 * @in: what @octets are
 */
struct framer_line {
	enum e1_input in;
	uint8_t octets[FRAMER_OCTETS];
};

/**
 * struct framer_prbs - the chip's test sequence
 * @tx, @rx: the last fifteen bits
 * @run: right bits in a row, up to the number that means in step
 * @flip: the next octet gets a wrong bit
 */
struct framer_prbs {
	uint16_t tx, rx;
	uint32_t run;
	bool flip;
};

/**
 * struct framer - the chip; the fields are for framer*.c and for reading
 * @xlo, @xls: transmit line open, short: told by the side control
 * @lose_lock: [ms] that the receiver is to have no frame alignment
 * @bpv_sent: code violations that the driver had inserted; they do not cross a pseudowire
 */
struct framer {
	struct checks *checks;
	enum framer_chip chip;
	uint8_t reg[256];
	bool written[256];
	bool dirty; /* configuration to be taken over at the next millisecond */
	bool system_good; /* channels lie where the bridge looks for them */

	struct e1_rx rx;
	struct e1_tx tx;
	struct e1_fault fault;
	struct elastic elastic;
	enum elastic_slip slip;
	struct framer_line sent; /* the last millisecond sent, for the local loop */
	bool restarted; /* the elastic store has nothing to measure yet */
	bool crc_flip, mf_flip;
	struct framer_prbs prbs;
	uint8_t last[E1_OCTETS]; /* frame for a slip that the fault injector asks for */

	uint8_t frs0, frs1, rsw;
	uint8_t isr[FALC_ISRS];
	uint16_t running[FALC_COUNTERS], latched[FALC_COUNTERS];
	struct e1_counters seen;
	uint64_t deleted_seen, repeated_seen;
	uint8_t rs[16];
	uint8_t rs_read[16]; /* as the driver has read them last */
	uint32_t second_ms;
	uint64_t errors_seen;

	bool xlo, xls;
	uint32_t lose_lock;
	uint64_t bpv_sent, bpv_line;
	uint64_t resets, configurations;
};

/** framer_init() - as after power-on */
void framer_init(struct framer *f, enum framer_chip chip, struct checks *checks);
/** framer_reset() - external reset line: registers as after power-on, nothing else forgotten */
void framer_reset(struct framer *f);

uint8_t framer_read(struct framer *f, uint8_t reg);
void framer_write(struct framer *f, uint8_t reg, uint8_t v);

/* ---- a millisecond, in this order ---- */

/**
 * framer_begin() - take over what was written, decide about a slip
 * @waiting: milliseconds waiting on the line's side, for the fill of the receive buffer
 * @line_clock: the board runs at the line's rate: nothing slips
 */
void framer_begin(struct framer *f, unsigned int waiting, bool line_clock);
/** framer_hungry() - does it want (another) millisecond of the line? */
bool framer_hungry(const struct framer *f);
void framer_receive(struct framer *f, const struct framer_line *in);
/**
 * framer_system() - exchange timeslots with the bridge
 * @tx: frames from the bridge
 * @rx: frames to it; all ones where there is nothing
 */
void framer_system(struct framer *f, uint8_t tx[FRAMER_FRAMES][E1_OCTETS],
		   uint8_t rx[FRAMER_FRAMES][E1_OCTETS]);
/**
 * framer_transmit() - the millisecond for the line
 * @tx: as framer_system() left it
 * @loop: what came from the line, for the remote loop; NULL if nothing came
 */
void framer_transmit(struct framer *f, uint8_t tx[FRAMER_FRAMES][E1_OCTETS],
		     const struct framer_line *loop, struct framer_line *out);
/** framer_news() - status, interrupts and counters of the millisecond that has passed */
void framer_news(struct framer *f);

/* ---- between the parts ---- */

void framer_counted(struct framer *f, unsigned int counter, uint64_t n);
/* Latch interrupt status bits; masked ones are not kept unless GCR.VIS. */
void framer_event(struct framer *f, unsigned int isr, uint8_t bits);
/* A receiver without alignment; its counters begin anew. */
void framer_resync(struct framer *f);
/* Code violations that the line's side control reports. */
void framer_violations(struct framer *f, uint32_t n);

/* framer_prbs.c: a frame to the line, timeslots 1..31; a frame from it */
void framer_prbs_send(struct framer *f, uint8_t tx[E1_OCTETS]);
void framer_prbs_take(struct framer *f, const uint8_t rx[E1_OCTETS]);

/* The local loop is on: the receiver hears its own transmitter. */
bool framer_local_loop(const struct framer *f);

#endif
