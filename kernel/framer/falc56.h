/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * falc56.h: the FALC56 E1 framer and line interface.
 *
 *	falc56_plan.c	configuration and maintenance to register writes
 *	falc56_poll.c	which registers to read in which millisecond, within a budget
 *	falc56_status.c	status octets to defects, defects to alarms, counters to errored seconds
 *	falc56_io.c	the part that touches the chip
 *
 * The first three are pure. Registers and how sure we are of them: falc56_regs.h.
 */
#ifndef STROWGER_KERNEL_FALC56_H
#define STROWGER_KERNEL_FALC56_H

#include "board.h"
#include "framer/falc56_regs.h"
#include "plan.h"

/* ---- falc56_plan.c ------------------------------------------------------------------------ */

enum falc_version {
	FALC_V12,
	FALC_V2X,
};

/** falc_version() - of the octet in FALC_VSTR; -ENODEV for one that no FALC56 has */
int falc_version(uint8_t vstr);

enum falc_loop {
	FALC_LOOP_NONE,
	FALC_LOOP_LOCAL, /* what we send comes back to us */
	FALC_LOOP_LINE, /* what the line brings goes back to it, bit for bit */
	FALC_LOOP_PAYLOAD, /* the same, in frames that we make */
};

/**
 * struct falc_config - one E1
 * @version: of the chip
 * @hdb3: line code, else AMI
 * @crc4: CRC-4 both ways; a far end without it is recognised, G.706 Annex B
 * @cas: timeslot 16 carries the CAS multiframe, else it is a channel
 * @loop: maintenance
 * @prbs: a pseudo-random pattern is sent and looked for instead of the channels
 * @simulate: the receiver pretends alarms and errors
 */
struct falc_config {
	enum falc_version version;
	bool hdb3;
	bool crc4;
	bool cas;
	enum falc_loop loop;
	bool prbs;
	bool simulate;
};

/** falc_plan_system() - once after reset: master clock, serial port, pins. No line yet. */
void falc_plan_system(struct plan *p, enum falc_version version);

/**
 * falc_plan_line() - start or change the line
 * @cas: 16 octets for XS1..16, what to send in timeslot 16 if @c->cas
 */
void falc_plan_line(struct plan *p, const struct falc_config *c, const struct board *b,
		    const uint8_t *cas);

/** falc_plan_maint() - registers that loops, pattern and simulation need, while the line runs */
void falc_plan_maint(struct plan *p, const struct falc_config *c);

/** falc_plan_stop() - the line gets AIS, nothing is reported any more */
void falc_plan_stop(struct plan *p, const struct falc_config *c);

#define FALC_CAS_IDLE                                                                              \
	0x0d /* ABCD 1101: idle until somebody says otherwise; 0000 must not be sent */

/** falc_cas_init() - 16 octets for XS1..16: multiframe alignment, all channels idle */
void falc_cas_init(uint8_t *cas);

/**
 * falc_cas_put() - bits of one channel
 * @channel: 1..31, but not 16
 * @bits: A 8, B 4, C 2, D 1; 0000 is sent as 0001 on channels 1..15, where it must not be
 *
 * Return: index 1..15 of the octet if that changed it, 0 if not.
 */
unsigned int falc_cas_put(uint8_t *cas, unsigned int channel, unsigned int bits);

/** falc_cas_get() - bits of a channel 1..31 but 16 */
unsigned int falc_cas_get(const uint8_t *cas, unsigned int channel);

/* ---- falc56_poll.c ------------------------------------------------------------------------ */

/*
 * The chip's interrupt pin is not wired to the host on these boards, so GIS is read now and then,
 * and all else follows from it. An access to another group of 16 registers costs one more, for
 * the address pins. The tick has a budget; what does not fit waits for the next.
 */
#define FALC_TICK_BUDGET 12 /* accesses a millisecond, the bridge's own included */
#define FALC_GIS_CCS_MS  5
#define FALC_GIS_CAS_MS  2 /* so that changed bits are seen within 4 ms */
#define FALC_STATUS_MS   256 /* status is also read without being asked for */
#define FALC_SCAN_MS     64 /* one CAS register is */

#define FALC_NEW_STATUS 0x01 /* frs0 and frs1 are fresh */
#define FALC_NEW_BITS   0x02 /* some of rs are */
#define FALC_NEW_SECOND 0x04 /* counters of one second are complete */

/**
 * struct falc_poll - what is known and what is to be read; caller's memory, falc_poll_init()
 * @news: FALC_NEW_*, the caller clears
 * @frs0, @frs1: status as read last
 * @rs: RS1..16 as read last; 1..15 in use
 * @known: bit n: rs[n] was read at all
 * @counter: FEC, CVC, CEC1, EBC, BEC of the last complete second
 * @rx_slips, @tx_slips: frames skipped or repeated since falc_poll_init()
 * The rest is private.
 */
struct falc_poll {
	uint8_t news;
	uint8_t frs0, frs1;
	uint8_t rs[16];
	uint16_t known;
	uint16_t counter[5];
	uint32_t rx_slips, tx_slips;

	bool cas, prbs;
	int group; /* high digit of the register that the address pins hold, -1 unknown */
	unsigned int left; /* accesses in this millisecond */
	int reading; /* register that was asked for, -1 none */
	uint32_t ms;
	uint8_t isr; /* ISRs to read */
	uint8_t status; /* FRS0 (1), FRS1 (2) to read */
	uint16_t scan; /* RS to read, bit n: RSn+1 */
	uint8_t scan_next;
	uint8_t count_at, count_end; /* octets of the counters to read */
	uint32_t count_ms; /* when they became due */
};

#define FALC_POLL_COUNTERS 5

void falc_poll_init(struct falc_poll *p, bool cas);

/** falc_poll_prbs() - from now on the pattern's error counter is read too, or not */
void falc_poll_prbs(struct falc_poll *p, bool prbs);

/**
 * falc_poll_begin() - a millisecond begins
 * @spent: accesses already made in it
 * @group: group that the address pins hold, -1 if unknown
 *
 * Return: register to read, whose value goes to falc_poll_value(); -1 for none.
 */
int falc_poll_begin(struct falc_poll *p, unsigned int spent, int group);

/** falc_poll_value() - @value of the register asked for; returns the next one, or -1 */
int falc_poll_value(struct falc_poll *p, uint8_t value);

/**
 * falc_poll_spend() - may a register be written in this millisecond?
 *
 * Return: true if the budget allows; it is then accounted for. False for the rest of this
 * millisecond if not.
 */
bool falc_poll_spend(struct falc_poll *p, uint8_t reg);

/* ---- falc56_status.c ---------------------------------------------------------------------- */

#define FALC_LOS   0x01 /* no signal */
#define FALC_AIS   0x02
#define FALC_LFA   0x04 /* no frame alignment */
#define FALC_RAI   0x08 /* the far end does not receive us */
#define FALC_LMFA  0x10 /* no CRC-4 multiframe alignment, from a far end that sends it */
#define FALC_LFA16 0x20 /* no CAS multiframe alignment */
#define FALC_RAI16 0x40 /* the far end has no CAS multiframe alignment */
#define FALC_DEAD  0x80 /* the chip does not answer: ones everywhere */

#define FALC_ALARMS 8

/** falc_defects() - status octets to FALC_* at this moment, consequences of others left out */
uint8_t falc_defects(const struct falc_config *c, uint8_t frs0, uint8_t frs1);

/* Persistence; the values of the userspace framer for a span in service. [ms] */
#define FALC_RAISE_MS      100
#define FALC_CLEAR_MS      500
#define FALC_RAISE_LMFA_MS 500 /* a far end without CRC-4 is found out in 400 ms: G.706 Annex B */

/**
 * struct falc_alarm - persistence of each defect; zeros at first
 * @declared: FALC_* that are reported
 */
struct falc_alarm {
	uint8_t declared;
	uint8_t defects;
	uint32_t last_ms;
	uint16_t on_ms[FALC_ALARMS];
	uint16_t off_ms[FALC_ALARMS];
};

/**
 * falc_alarm_step() - account for the time since the last step
 * @defects: falc_defects() from now on
 * @now_ms: wraps around
 *
 * An alarm is declared when its defect was there for the raise time in sum, cleared when it was
 * gone for the clear time without a break; a pause of the clear time starts the sum anew.
 *
 * Return: FALC_* that changed.
 */
uint8_t falc_alarm_step(struct falc_alarm *a, uint8_t defects, uint32_t now_ms);

/** falc_alarm_name() - of bit 0..7: "LOS", ..; static */
const char *falc_alarm_name(unsigned int bit);

/**
 * struct falc_totals - sums since the last reset
 * @errored_s: seconds with an error, a slip or a defect of the receiver; G.826 near end
 */
struct falc_totals {
	uint32_t fas, code, crc4, ebit, prbs, slips, errored_s;
};

/**
 * falc_second() - one more second
 * @t: sums, added to
 * @counter: FEC, CVC, CEC1, EBC, BEC of it
 * @slips: frames skipped or repeated in it, either direction
 * @defects: all that were there at some time in it
 */
void falc_second(struct falc_totals *t, const uint16_t *counter, uint32_t slips, uint8_t defects);

#endif
