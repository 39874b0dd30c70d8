/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The wire of one pseudowire span: a connected UDP socket, and how two ends of it
 * advance together in lockstep. Shared by the engine and the exchange; no decision
 * about the content of a packet is made here.
 *
 * Lockstep (tokens: core/line/lockstep.h): tick 0 is the greeting and carries no
 * packets. Each end calls wire_lock_wait(w, k) before its tick k + 1 and
 * wire_lock_send(w, k + 1) after it; both ends work at the same time. Packets of the
 * far end's tick k are delivered inside wire_lock_wait(w, k), those of later ticks
 * stay in the socket.
 */
#ifndef ENGINE_WIRE_H
#define ENGINE_WIRE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define WIRE_DATAGRAM_MAX 2048 /* longer ones are cut, and refused by their length later */

struct wire; /* opaque */

struct wire_stats {
	uint64_t sent, received;
	uint64_t send_errors; /* refused by the kernel: far end not there, buffer full */
};

/** wire_address_check() - Return: what is wrong with an address as wire_open() takes it, or NULL */
const char *wire_address_check(const char *text);

/**
 * wire_open() - bind and connect
 * @local, @remote: "address:port", IPv4, or "[address]:port", IPv6
 * @why: receives a sentence on failure, @size octets
 * Return: 0 or negative errno.
 */
int wire_open(struct wire **out, const char *local, const char *remote, char *why, size_t size);
void wire_close(struct wire *w);
int wire_fd(const struct wire *w);

/** wire_send() - one datagram; never waits, a failure is counted */
void wire_send(struct wire *w, const void *datagram, size_t len);

/** wire_receive() - Return: length of the next datagram, or -EAGAIN. Never waits. */
int wire_receive(struct wire *w, uint8_t *buf, size_t max);

typedef void (*wire_deliver)(void *ctx, const uint8_t *datagram, size_t len);

/**
 * wire_lock_wait() - wait until the far end has completed @tick
 * @deliver: called with each packet of that tick
 * @stop: looked at every 100 ms of real time
 * The greeting (tick 0) is sent again every 100 ms until the far end is there.
 * Return: 0; -ECANCELED stopped; -EPROTO the far end is at another tick.
 */
int wire_lock_wait(struct wire *w, uint64_t tick, wire_deliver deliver, void *ctx,
		   const atomic_bool *stop);

/** wire_lock_send() - our @tick is complete: announce it with the packets sent since the last one */
void wire_lock_send(struct wire *w, uint64_t tick);

void wire_stats(const struct wire *w, struct wire_stats *st);

#endif
