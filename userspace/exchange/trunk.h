/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One span of the exchange: pseudowire port, D-channel HDLC, ISDN link, and a bad network
 * behind it on request. One thread; it owns no socket and no clock: datagrams and time
 * are given to it.
 */
#ifndef EXCHANGE_TRUNK_H
#define EXCHANGE_TRUNK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/line/impair.h"
#include "core/line/pw_port.h"
#include "core/span/e1_alarm.h"
#include "engine/dtrace.h"
#include "engine/hdlc.h"
#include "engine/isdn.h"
#include "exchange/arrivals.h"
#include "exchange/scenario.h"

#define TRUNK_TICK 8 /* samples */

struct trunk;

struct trunk_hooks {
	void (*event)(void *ctx, struct trunk *t, const struct isdn_event *ev);
	/* Carry a datagram to the far end now. */
	void (*send)(void *ctx, struct trunk *t, const uint8_t *datagram, size_t len);
	/* Declared alarms (E1_*) have changed. */
	void (*alarms)(void *ctx, struct trunk *t, uint32_t alarms);
	void *ctx;
};

/* Frames that are put on the D-channel as they are, one after the other. */
struct trunk_hostile {
	const uint8_t (*frames)[HDLC_FRAME_LIMIT];
	const uint16_t *lengths;
	size_t n, at;
};

struct trunk {
	const struct span_def *def;
	int index; /* in the scenario */
	struct trunk_hooks hooks;
	int64_t now; /* sample of the tick at hand */
	struct pw_port port;
	struct impair impair;
	struct e1_alarm alarm; /* out of service for calls */
	struct hdlc_link *hdlc;
	struct isdn_link *isdn; /* NULL without D-channel */
	struct dtrace *trace;
	bool link_up;
	/* faults in force */
	bool cut, dchannel_down;
	bool restarted; /* RESTART is due as soon as the link is up */
	struct trunk_hostile hostile;
	unsigned int junk; /* random datagrams still to send */
	struct dice dice;
	/* octets of the tick by timeslot: received, and to be sent (idle unless filled in) */
	uint8_t rx[E1_OCTETS][TRUNK_TICK], tx[E1_OCTETS][TRUNK_TICK];
	uint64_t received; /* datagrams, whatever was in them */
	uint64_t lost_frames; /* D-channel frames of both directions taken away by a fault */
};

/**
 * trunk_init() - bring a span into being
 * @t: caller's memory, zeroed; @def must outlive it
 * @seed: of its faults
 * @trace_dir: folder for NAME.pcap and NAME.txt of the D-channel, NULL: none
 * Return: 0; -ENOMEM; the errno of opening the trace. On error nothing is held.
 */
int trunk_init(struct trunk *t, const struct span_def *def, int index, uint64_t seed,
	       const char *trace_dir, const struct trunk_hooks *hooks);
void trunk_free(struct trunk *t);

/** trunk_receive() - a datagram has come, for the tick that follows */
void trunk_receive(struct trunk *t, const uint8_t *datagram, size_t len);

/**
 * trunk_tick_rx() - a millisecond: rx is filled in, signalling is heard and its timers run
 * @now: sample of its first octet; also told to isdn_set_now() by the caller before
 */
void trunk_tick_rx(struct trunk *t, int64_t now);

/** trunk_tick_tx() - the octets of tx leave, with the D-channel's; tx is idle again after it */
void trunk_tick_tx(struct trunk *t);

/**
 * trunk_restart() - forget everything: a new link, new numbering; call ids are void
 * As an exchange does, it has all channels restarted (Q.931 5.5) once the link is up.
 * Return: 0, -ENOMEM: the span stays down.
 */
int trunk_restart(struct trunk *t);

/** trunk_in_service() - may a call be offered? */
bool trunk_in_service(const struct trunk *t);

#endif
