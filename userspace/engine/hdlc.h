/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * HDLC of one D-channel: timeslot octets on one side, frames on the other.
 *
 * hdlc.c is the only file that uses SpanDSP's HDLC. Between making and freeing a
 * link nothing here allocates, locks, prints or calls the system: it runs on the
 * media thread. One thread owns a link.
 *
 * Bit order: HDLC sends the low bit of an octet first (ISO 3309, Q.921 2.8.1), a
 * timeslot sends its bit 1 first (G.704), which we keep in bit 7 of the octet.
 */
#ifndef ENGINE_HDLC_H
#define ENGINE_HDLC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HDLC_FRAME_LIMIT  264 /* address 2 + control 2 + information 260 (Q.921 N201) [octets] */
#define HDLC_QUEUE_FRAMES 64

struct hdlc_link; /* opaque */

struct hdlc_link_stats {
	uint64_t rx_octets; /* timeslot octets seen, erased ones included */
	uint64_t rx_erased; /* of these: lost on the way */
	uint64_t rx_frames; /* good frames delivered */
	uint64_t rx_fcs_errors; /* frame check sequence wrong */
	uint64_t rx_aborts; /* seven or more ones, idle between frames included */
	uint64_t rx_cut; /* frames in progress given up because of an erasure */
	uint64_t rx_overlong; /* longer than HDLC_FRAME_LIMIT */
	uint64_t rx_short; /* no content, or not a whole number of octets */
	uint64_t tx_octets; /* timeslot octets given out */
	uint64_t tx_frames; /* frames begun */
	uint64_t tx_refused; /* frames that found the queue full */
	uint32_t tx_queued; /* frames waiting now */
};

/**
 * hdlc_link_new() - make a link; sends flags until it has a frame
 * @frame: called with each good frame: contents without flags and FCS, 1..HDLC_FRAME_LIMIT
 *         octets, valid during the call
 * Context: allocates; before the media thread runs. Return: a link, or NULL (no memory).
 */
struct hdlc_link *hdlc_link_new(void (*frame)(void *ctx, const uint8_t *frame, size_t len),
				void *ctx);
void hdlc_link_free(struct hdlc_link *h);

/**
 * hdlc_link_receive() - take @n octets of the timeslot, in line order
 * @erased: the octets were lost on the way: @octets is not read (may be NULL), a frame in
 *          progress is given up, and reception goes on after the next flag
 */
void hdlc_link_receive(struct hdlc_link *h, const uint8_t *octets, size_t n, bool erased);

/**
 * hdlc_link_send() - queue a frame; copied
 * Return: 0, -EINVAL (length 0 or above HDLC_FRAME_LIMIT), -ENOBUFS (queue full; counted).
 */
int hdlc_link_send(struct hdlc_link *h, const uint8_t *frame, size_t len);

/**
 * hdlc_link_transmit() - the next @n octets for the timeslot
 * One flag between frames that wait (Q.921 2.2), flags when idle.
 */
void hdlc_link_transmit(struct hdlc_link *h, uint8_t *octets, size_t n);

/** hdlc_link_stats() - counters since hdlc_link_new() */
void hdlc_link_stats(const struct hdlc_link *h, struct hdlc_link_stats *st);

#endif
