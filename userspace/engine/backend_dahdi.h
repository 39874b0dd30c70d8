/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A DAHDI span, in three pieces:
 *
 *	backend_dahdi_device.c	finding, configuring and opening it: waits, never on the media thread
 *	backend_dahdi_chan.c	one channel: blocks of the device on one side, milliseconds on the other
 *	backend_dahdi.c		the span for the media thread: events, alarms, D-channel, CAS, clock
 *
 * All system calls go through struct dahdi_sys, so that tests can be the device.
 */
#ifndef ENGINE_BACKEND_DAHDI_H
#define ENGINE_BACKEND_DAHDI_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "core/span/e1.h"
#include "engine/config.h"

/* As the system calls, but they return negative errno. */
struct dahdi_sys {
	int (*open)(const char *path, int flags);
	int (*close)(int fd);
	int (*ioctl)(int fd, unsigned long request, void *arg);
	ssize_t (*read)(int fd, void *buf, size_t n);
	ssize_t (*write)(int fd, const void *buf, size_t n);
	int (*poll)(struct pollfd *fds, nfds_t n, int timeout_ms);
	int64_t (*now_ns)(void); /* CLOCK_MONOTONIC */
};

extern const struct dahdi_sys dahdi_sys_linux;

/** backend_dahdi_use() - tests: the system calls of backends opened from now on; NULL: Linux's */
void backend_dahdi_use(const struct dahdi_sys *sys);

/* ---- the device ---- */

#define DAHDI_MS           8 /* samples, octets of a channel */
#define DAHDI_DCHAN_OCTETS 512 /* buffer for a D-channel frame with FCS */

struct dahdi_device {
	int span; /* DAHDI's number */
	int fd[E1_OCTETS]; /* by timeslot, -1: not there or not used */
	bool crc4;
	bool is_e1; /* framed: there are counters and a line configuration */
};

/**
 * dahdi_device_open() - find a span, configure it where needed, open its channels
 * @dev: written on success
 * @why: what was found, or what is wrong (device file, channel, request) and what to do about it
 *
 * Without @cfg->configure nothing is changed; what does not fit is an error. A span that is
 * configured as @cfg wants is taken as it is in either case.
 *
 * Return: 0; -ENODEV there is no such span (now); -EPROTO it is not configured as needed; another
 * negative errno of the request that failed.
 */
int dahdi_device_open(struct dahdi_device *dev, const struct dahdi_sys *sys,
		      const struct span_cfg *cfg, char *why, size_t size);
void dahdi_device_close(struct dahdi_device *dev, const struct dahdi_sys *sys);

/* ---- a channel ---- */

#define DAHDI_BLOCK_MAX (60 * DAHDI_MS)
#define DAHDI_RX_OCTETS 16384 /* a power of two */
#define DAHDI_WINDOW_MS 1000 /* in which delay that is not needed must show */

/**
 * struct dahdi_chan - octets of one channel between two clocks
 *
 * Received blocks are kept in a ring and played a millisecond at a time. What is to be sent is
 * collected into a block; idle goes before the first one, so that the device always has something
 * while the next one is being made. "Span time" is in octets and counts what the device has received.
 */
struct dahdi_chan {
	int fd;
	bool rx_on, tx_on;
	/* receiving */
	unsigned int head, tail; /* of the ring; free running */
	unsigned int delay_ms; /* until the first millisecond is played */
	bool primed; /* the first block has come */
	unsigned int least; /* [octets] that ever waited in the window */
	unsigned int window_ms;
	/* sending */
	unsigned int filled; /* octets of tx */
	int64_t until; /* span time at which what was written has been sent */
	bool dry; /* the device had nothing to send */
	bool gap; /* nothing is written until dahdi_chan_start_tx() */
	bool skip, twice; /* a slip: send this millisecond not at all, or twice */
	uint8_t rx[DAHDI_RX_OCTETS], tx[DAHDI_BLOCK_MAX];
};

/* What is common to the channels of a span. */
struct dahdi_pace {
	const struct dahdi_sys *sys;
	unsigned int block, margin; /* [octets] */
	unsigned int wait; /* [octets] that are to wait in the ring when a block comes */
	unsigned int lead; /* [octets] of idle before the first that is sent */
	unsigned int most; /* [octets] that still wait in the device, and a block is not written */
	uint8_t idle;
	int64_t now; /* span time */
	/* counted [ms of one channel] */
	uint64_t lost, lost_tx;
};

enum dahdi_moved {
	DAHDI_MOVED, /* a block */
	DAHDI_NOTHING, /* not now */
	DAHDI_EVENT, /* events are to be fetched first */
	DAHDI_GONE, /* there is no device any more */
};

/** dahdi_chan_start_rx(), dahdi_chan_start_tx() - forget what was, begin; the device was flushed */
void dahdi_chan_start_rx(struct dahdi_chan *c);
enum dahdi_moved dahdi_chan_start_tx(struct dahdi_chan *c, struct dahdi_pace *p);

/**
 * dahdi_chan_keep() - a millisecond to send, from before dahdi_chan_start_tx()
 * Return: false: there is a block already.
 */
bool dahdi_chan_keep(struct dahdi_chan *c, const struct dahdi_pace *p, const uint8_t in[DAHDI_MS]);

/** dahdi_chan_read() - one block from the device into the ring; DAHDI_NOTHING also without room */
enum dahdi_moved dahdi_chan_read(struct dahdi_chan *c, const struct dahdi_pace *p);

/** dahdi_chan_waiting() - octets received that wait to be played */
unsigned int dahdi_chan_waiting(const struct dahdi_chan *c);

/**
 * dahdi_chan_take() - the next millisecond received
 * @adapt: delay that is not needed may be taken out
 * Return: 0; 1: one was thrown away before it; -1: there is none, idle is given. The sending side
 * follows with its next dahdi_chan_give(), so that its delay stays.
 */
int dahdi_chan_take(struct dahdi_chan *c, const struct dahdi_pace *p, bool adapt,
		    uint8_t out[DAHDI_MS]);

/** dahdi_chan_give() - the next millisecond to send; writes when a block is full */
enum dahdi_moved dahdi_chan_give(struct dahdi_chan *c, struct dahdi_pace *p,
				 const uint8_t in[DAHDI_MS]);

#endif
