/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One end of an E1 pseudowire: datagrams on one side, frames in the system's time on the other.
 *
 *   datagram -> satop -> jitter buffer -> E1 deframer -> elastic store -> 8 frames a millisecond
 *   8 frames a millisecond -> fault injection, E1 framer -> satop -> datagram
 *
 * Used for each span by the engine and by the exchange. The caller owns sockets and time: it gives
 * every datagram to pw_port_receive() before the tick to which it belongs and calls pw_port_tick_rx()
 * and pw_port_tick_tx() once a millisecond of line time, in this order.
 *
 * Delay of the receive path: a datagram that arrives when the jitter buffer is at its target of n
 * packets (itself included) leaves in the n-th tick from then on, n - 1 ms later; frames that do
 * not begin with the packet at most 1 ms after that. The elastic store adds nothing of its own: its
 * fill counts against the jitter buffer's.
 *
 * What the framer sees of the cable is exactly the far end's bit stream: a lost packet is 256 erased
 * octets, lateness is no octets at all. So neither costs frame alignment, up to PW_PAUSE_MS; then
 * the framer is told that there is no signal.
 *
 * Delay that has crept in (a stall, a longer way that became shorter again) is taken out in whole
 * milliseconds: after each PW_WINDOW_MS in which the buffer never ran low, a quarter of what is beyond
 * the target and a millisecond.
 *
 * Pure: no clock, no lock, no allocation. A port is one thread's.
 */
#ifndef STROWGER_CORE_LINE_PW_PORT_H
#define STROWGER_CORE_LINE_PW_PORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/line/elastic.h"
#include "core/line/jitter.h"
#include "core/line/satop.h"
#include "core/span/e1.h"
#include "core/span/e1_fault.h"
#include "core/span/e1_rx.h"
#include "core/span/e1_tx.h"

#define PW_FRAMES    8 /* a tick */
#define PW_PAUSE_MS  100 /* nothing to play for longer: no signal */
#define PW_WINDOW_MS 10000 /* see above */
#define PW_LOW_WATER 2 /* [packets] that must always have been waiting for a drop */

/* Alarms beside those of e1_rx_alarms(). */
#define PW_LOPS     0x100 /* we lose packets (RFC 4553 loss of packets state): R bit is sent */
#define PW_FAR_LOPS 0x200 /* R bit is received: the far end loses our packets */

/**
 * struct pw_port_cfg - what is configured
 * @e1: framing
 * @jitter_ms: target depth of the jitter buffer to begin with, 2..jitter_max_ms; 4 is usual
 * @jitter_max_ms: most that it adapts to, at most JITTER_SLOTS
 * @clock_reference: the system clock follows this port: it is the clock that adapts to the fill, so
 *	the port makes no slips and takes out no delay
 * @seed: of the fault injection
 */
struct pw_port_cfg {
	struct e1_cfg e1;
	uint16_t jitter_ms;
	uint16_t jitter_max_ms;
	bool clock_reference;
	uint64_t seed;
};

struct pw_port {
	struct pw_port_cfg cfg;
	struct jitter jitter;
	struct elastic elastic;
	struct e1_rx rx;
	struct e1_tx tx;
	struct e1_fault fault;
	uint64_t refused[SATOP_REFUSALS];
	uint64_t l_packets, r_packets, sent;
	uint32_t none_run; /* [gets] without anything */
	uint32_t window_ms;
	unsigned int window_low; /* [packets] least depth in the window */
	bool far_lops;
	uint16_t seq;
	int common; /* [frames] beyond the target where the clock comes from */
};

/**
 * struct pw_port_status - everything a technician asks about one port; counters since pw_port_init()
 * @alarms: defects of this moment: E1_* and PW_*
 * @e1: framer's counters: near end, and of the far end the E-bits
 * @packets: what became of the packets received
 * @refused: malformed datagrams by reason, names in satop_refusal_names[]
 * @sent: packets sent
 * @l_packets: packets received with the L bit
 * @r_packets: packets received with the R bit
 * @depth: packets waiting now
 * @target: depth aimed at
 * @deleted: controlled slips, frames deleted
 * @repeated: controlled slips, frames repeated
 * @dropped: frames taken out to shorten the delay
 * @starved: filler frames delivered because nothing had arrived
 * @fill_error: smoothed fill minus its centre [1/1000 frame]
 * @depth_seen: ticks by the depth that they found, the lateness report
 */
struct pw_port_status {
	uint32_t alarms;
	struct e1_counters e1;
	struct jitter_counters packets;
	uint64_t refused[SATOP_REFUSALS];
	uint64_t sent, l_packets, r_packets;
	uint16_t depth, target;
	uint64_t deleted, repeated, dropped, starved;
	int32_t fill_error;
	uint64_t depth_seen[JITTER_SLOTS + 1];
};

/**
 * pw_port_init() - prepare an end
 * @p: caller's memory, about 40 KB, without pointers: may be copied
 *
 * Return: 0, -EINVAL if a depth is out of range.
 */
int pw_port_init(struct pw_port *p, const struct pw_port_cfg *cfg);

/* Follow or no longer follow this port with the system clock, see struct pw_port_cfg. */
void pw_port_set_reference(struct pw_port *p, bool reference);

/**
 * pw_port_set_common() - tell a port that is not the reference how the reference stands
 * @packets: waiting there beyond its target; negative: too few
 * @fresh: it is another reference than before
 *
 * A stall moves the fill of all ports alike, and the clock works it off by itself: a port would slip
 * for nothing if it looked at its own fill alone.
 */
void pw_port_set_common(struct pw_port *p, int packets, bool fresh);

/**
 * pw_port_receive() - a datagram has arrived
 * @datagram: @len octets, anything; copied
 *
 * Return: 0 if it was kept; else counted by reason and dropped: -EBADMSG malformed, -EALREADY
 * duplicate, -ESTALE too late, -EPROTO numbered like no packet expected.
 */
int pw_port_receive(struct pw_port *p, const uint8_t *datagram, size_t len);

/**
 * pw_port_waiting() - packets in the jitter buffer (for clock_tick_decide())
 * pw_port_target() - depth aimed at
 * pw_port_room() - packets that may still be received before something is thrown away: a shell that
 *	was stalled leaves the rest in the socket and ticks first
 */
unsigned int pw_port_waiting(const struct pw_port *p);
unsigned int pw_port_target(const struct pw_port *p);
unsigned int pw_port_room(const struct pw_port *p);

/**
 * pw_port_tick_rx() - one millisecond of line time: the frames received
 * @frames: always PW_FRAMES, fillers (E1_FRAME_ERASED) where there is nothing
 *
 * Rate: 1000 a second and span. O(1) but after a loss longer than the buffer.
 */
void pw_port_tick_rx(struct pw_port *p, struct e1_frame frames[PW_FRAMES]);

/**
 * pw_port_tick_tx() - one millisecond of line time: the frames to send
 * @frames: timeslot n at index n; 0 is the framer's, 16 too with CAS
 * @datagram: room for @max octets, at least SATOP_MAX
 *
 * Sends what the receiver has to tell (RAI, E-bits, R bit). All ones carry the L bit. While the fault
 * is "no signal" nothing is sent, but numbers go on.
 *
 * Return: octets to send, 0 for none, also if @max is too small.
 */
size_t pw_port_tick_tx(struct pw_port *p, const uint8_t frames[PW_FRAMES][E1_OCTETS],
		       uint8_t *datagram, size_t max);

/* Defects of this moment: E1_* and PW_*. */
uint32_t pw_port_alarms(const struct pw_port *p);

void pw_port_status(const struct pw_port *p, struct pw_port_status *st);

/* Faults on the sending side; the port's. */
struct e1_fault *pw_port_fault(struct pw_port *p);

/* Send all ones (span taken out of service), as the line would without equipment. */
void pw_port_set_ais(struct pw_port *p, bool on);

/**
 * pw_port_set_cas() - signalling bits to send
 * @timeslot: 1..31 without 16
 * @abcd: a in bit 3 .. d in bit 0
 * Return: 0, -EINVAL.
 *
 * pw_port_get_cas() - received ones; 32 entries by timeslot, see e1_rx_cas()
 */
int pw_port_set_cas(struct pw_port *p, unsigned int timeslot, uint8_t abcd);
const uint8_t *pw_port_get_cas(const struct pw_port *p);

/* Sa4 (0x10) .. Sa8 (0x01): sent, received. */
void pw_port_set_sa(struct pw_port *p, uint8_t bits);
uint8_t pw_port_get_sa(const struct pw_port *p);

#endif
