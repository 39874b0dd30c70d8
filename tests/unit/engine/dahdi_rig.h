/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A DAHDI in memory, behind struct dahdi_sys: one span with its channels, whose time the test
 * moves a millisecond at a time. Buffers, events and refusals are those of DAHDI 2.11.
 */
#ifndef TESTS_DAHDI_RIG_H
#define TESTS_DAHDI_RIG_H

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <dahdi/user.h>

#include "engine/backend.h"
#include "engine/backend_dahdi.h"

#define FD_CTL     50
#define FD_CHANNEL 1000 /* and its place in fake.specified */
#define FDS        64
#define BUFFERS    32
#define FRAMES     8
#define FILLER     0xff /* what DAHDI sends when it has nothing */
#define SENT_MAX   80000

struct fake_frame {
	uint8_t octets[300];
	int len;
};

struct fake_chan {
	bool open;
	int sig, law, size, bufs;
	int policy;
	bool audio, tell_buffers;
	uint8_t rx[BUFFERS][DAHDI_DCHAN_OCTETS]; /* ring of full blocks, and the one being filled */
	int rx_first, rx_full, rx_at;
	bool rx_over;
	uint8_t tx[BUFFERS][DAHDI_DCHAN_OCTETS];
	int tx_len[BUFFERS], tx_first, tx_full, tx_at;
	bool tx_dry;
	int events[64], n_events;
	struct fake_frame in[FRAMES], out[FRAMES]; /* HDLC */
	int n_in, n_out;
	int rxbits, txbits;
	uint8_t sent[SENT_MAX];
	int n_sent;
};

struct fake {
	struct dahdi_spaninfo span; /* spanno 0: there is none */
	int first_channel; /* DAHDI's number of timeslot 1 */
	struct fake_chan chan[E1_OCTETS];
	int ctl_error, busy_timeslot, config_error;
	bool gone; /* the descriptors lead nowhere */
	int opened; /* descriptors */
	bool taken[FDS]; /* descriptors of channels */
	int specified[FDS]; /* timeslot that it is, 0: not told yet */
	struct dahdi_lineconfig line;
	int n_spanconfig, n_chanconfig, n_startup;
	int64_t ms;
	int late; /* milliseconds that pass before the next channel is flushed */
	uint8_t (*source)(int timeslot, int64_t octet);
};

static struct fake fake;

/* ---- time ---- */

static inline void fake_event(int ts, int event)
{
	struct fake_chan *c = &fake.chan[ts];

	if (c->n_events < 64)
		c->events[c->n_events++] = event;
}

static inline void fake_rx(struct fake_chan *c, int ts)
{
	if (c->rx_full == c->bufs) {
		if (!c->rx_over && c->tell_buffers)
			fake_event(ts, DAHDI_EVENT_READ_OVERRUN);
		c->rx_over = true;
		return;
	}
	c->rx_over = false;
	for (int i = 0; i < DAHDI_MS; i++)
		c->rx[(c->rx_first + c->rx_full) % c->bufs][c->rx_at++] =
			fake.source(ts, fake.ms * DAHDI_MS + i);
	if (c->rx_at < c->size)
		return;
	c->rx_at = 0;
	c->rx_full++;
}

static inline void fake_tx(struct fake_chan *c, int ts)
{
	bool dry = false;

	for (int i = 0; i < DAHDI_MS; i++) {
		uint8_t octet = FILLER;

		if (c->tx_full) {
			octet = c->tx[c->tx_first][c->tx_at++];
			if (c->tx_at == c->tx_len[c->tx_first]) {
				c->tx_at = 0;
				c->tx_first = (c->tx_first + 1) % c->bufs;
				c->tx_full--;
			}
		} else {
			dry = true;
		}
		assert_true(c->n_sent < SENT_MAX);
		c->sent[c->n_sent++] = octet;
	}
	if (dry && !c->tx_dry && c->tell_buffers)
		fake_event(ts, DAHDI_EVENT_WRITE_UNDERRUN);
	c->tx_dry = dry;
}

/* A millisecond of the line. */
static inline void fake_step(void)
{
	for (int ts = 1; ts < E1_OCTETS; ts++) {
		struct fake_chan *c = &fake.chan[ts];

		if (c->open && c->sig != DAHDI_SIG_HDLCFCS) {
			fake_rx(c, ts);
			fake_tx(c, ts);
		}
	}
	fake.ms++;
}

/* ---- system calls ---- */

static inline int fake_open(const char *path, int flags)
{
	if (fake.ctl_error)
		return fake.ctl_error;
	assert_true((flags & O_NONBLOCK) && (flags & O_CLOEXEC));
	fake.opened++;
	if (strcmp(path, "/dev/dahdi/ctl") == 0)
		return FD_CTL;
	assert_string_equal(path, "/dev/dahdi/channel");
	for (int i = 0; i < FDS; i++) {
		if (fake.taken[i])
			continue;
		fake.taken[i] = true;
		fake.specified[i] = 0;
		return FD_CHANNEL + i;
	}
	return -EMFILE;
}

static inline int fake_close(int fd)
{
	fake.opened--;
	if (fd == FD_CTL)
		return 0;
	assert_true(fake.taken[fd - FD_CHANNEL]);
	fake.taken[fd - FD_CHANNEL] = false;
	fake.chan[fake.specified[fd - FD_CHANNEL]].open = false;
	return 0;
}

static inline int timeslot_of(int channel)
{
	int ts = channel - fake.first_channel + 1;

	bool there = ts >= 1 && ts <= fake.span.totalchans && ts < E1_OCTETS;

	return fake.span.spanno && there ? ts : 0;
}

static inline int ctl_ioctl(unsigned long request, void *arg)
{
	struct dahdi_chanconfig *cc = arg;
	struct dahdi_params *p = arg;
	int ts;

	switch (request) {
	case DAHDI_SPANSTAT:
		if (!fake.span.spanno || ((struct dahdi_spaninfo *)arg)->spanno != fake.span.spanno)
			return -EINVAL;
		*(struct dahdi_spaninfo *)arg = fake.span;
		return 0;
	case DAHDI_GET_PARAMS:
		ts = timeslot_of(p->channo);
		if (!ts)
			return -EINVAL;
		p->spanno = fake.span.spanno;
		p->chanpos = ts;
		p->sigtype = fake.chan[ts].sig;
		return 0;
	case DAHDI_SPANCONFIG:
		if (fake.config_error)
			return fake.config_error;
		fake.n_spanconfig++;
		fake.line = *(struct dahdi_lineconfig *)arg;
		fake.span.lineconfig = fake.line.lineconfig;
		return 0;
	case DAHDI_CHANCONFIG:
		ts = timeslot_of(cc->chan);
		assert_true(ts);
		fake.n_chanconfig++;
		fake.chan[ts].sig = cc->sigtype;
		fake.chan[ts].law = cc->deflaw;
		return 0;
	case DAHDI_STARTUP: fake.n_startup++; return 0;
	default: fail_msg("request 0x%lx to ctl", request); return -ENOTTY;
	}
}

static inline void set_buffers(struct fake_chan *c, const struct dahdi_bufferinfo *b)
{
	assert_true(b->bufsize >= 16 && b->bufsize * b->numbufs <= DAHDI_MAX_BUF_SPACE);
	assert_true(b->bufsize <= DAHDI_DCHAN_OCTETS && b->numbufs <= BUFFERS);
	c->size = b->bufsize;
	c->bufs = b->numbufs;
	c->policy = b->txbufpolicy;
	c->rx_first = c->rx_full = c->rx_at = 0;
	c->tx_first = c->tx_full = c->tx_at = 0;
}

static inline int flush(struct fake_chan *c, int what)
{
	for (; fake.late; fake.late--)
		fake_step();
	if (what & DAHDI_FLUSH_READ)
		c->rx_first = c->rx_full = c->rx_at = 0;
	if (what & DAHDI_FLUSH_WRITE)
		c->tx_first = c->tx_full = c->tx_at = 0;
	if (what & DAHDI_FLUSH_EVENT)
		c->n_events = 0;
	return 0;
}

static inline int chan_ioctl(struct fake_chan *c, unsigned long request, void *arg)
{
	int *value = arg;

	switch (request) {
	case DAHDI_SET_BUFINFO: set_buffers(c, arg); return 0;
	case DAHDI_AUDIOMODE: c->audio = *value != 0; return 0;
	case DAHDI_SETLAW: c->law = *value; return 0;
	case DAHDI_BUFFER_EVENTS: c->tell_buffers = *value != 0; return 0;
	case DAHDI_FLUSH: return flush(c, *value);
	case DAHDI_GETRXBITS: *value = c->rxbits; return 0;
	case DAHDI_SETTXBITS: c->txbits = *value; return 0;
	case DAHDI_SPANSTAT: *(struct dahdi_spaninfo *)arg = fake.span; return 0;
	case DAHDI_GETEVENT:
		*value = c->n_events ? c->events[0] : DAHDI_EVENT_NONE;
		if (c->n_events)
			memmove(c->events, c->events + 1, sizeof(int) * (size_t)--c->n_events);
		return 0;
	default: fail_msg("request 0x%lx to a channel", request); return -ENOTTY;
	}
}

static inline int specify(int slot, int channel)
{
	int ts = timeslot_of(channel);

	if (!ts)
		return -EINVAL;
	if (!fake.chan[ts].sig)
		return -ENXIO;
	if (ts == fake.busy_timeslot || fake.chan[ts].open)
		return -EBUSY;
	fake.specified[slot] = ts;
	fake.chan[ts].open = true;
	fake.chan[ts].audio = true;
	return 0;
}

static inline struct fake_chan *chan_at(int fd)
{
	assert_true(fd >= FD_CHANNEL && fake.taken[fd - FD_CHANNEL]);
	assert_true(fake.specified[fd - FD_CHANNEL]);
	return &fake.chan[fake.specified[fd - FD_CHANNEL]];
}

static inline int fake_ioctl(int fd, unsigned long request, void *arg)
{
	if (fd == FD_CTL)
		return ctl_ioctl(request, arg);
	if (request == DAHDI_SPECIFY)
		return specify(fd - FD_CHANNEL, *(int *)arg);
	return fake.gone ? -ENODEV : chan_ioctl(chan_at(fd), request, arg);
}

static inline ssize_t fake_read(int fd, void *buf, size_t n)
{
	struct fake_chan *c = chan_at(fd);

	if (fake.gone)
		return -ENODEV;
	if (c->n_events)
		return -ELAST;
	if (c->sig == DAHDI_SIG_HDLCFCS) {
		int len = c->in[0].len;

		if (!c->n_in)
			return -EAGAIN;
		memcpy(buf, c->in[0].octets, (size_t)len);
		memmove(&c->in[0], &c->in[1], sizeof(c->in[0]) * (size_t)--c->n_in);
		return len;
	}
	if (!c->rx_full)
		return -EAGAIN;
	assert_int_equal(n, c->size);
	memcpy(buf, c->rx[c->rx_first], n);
	c->rx_first = (c->rx_first + 1) % c->bufs;
	c->rx_full--;
	return (ssize_t)n;
}

static inline ssize_t fake_write(int fd, const void *buf, size_t n)
{
	struct fake_chan *c = chan_at(fd);
	int at;

	if (fake.gone)
		return -ENODEV;
	if (c->n_events)
		return -ELAST;
	if (c->sig == DAHDI_SIG_HDLCFCS) {
		if (c->n_out == FRAMES)
			return -EAGAIN;
		memcpy(c->out[c->n_out].octets, buf, n);
		c->out[c->n_out++].len = (int)n;
		return (ssize_t)n;
	}
	if (c->tx_full == c->bufs)
		return -EAGAIN;
	assert_true(n >= 1 && (int)n <= c->size);
	at = (c->tx_first + c->tx_full++) % c->bufs;
	memcpy(c->tx[at], buf, n);
	c->tx_len[at] = (int)n;
	return (ssize_t)n;
}

static inline int fake_poll(struct pollfd *fds, nfds_t n, int timeout_ms)
{
	int ready = 0;

	(void)timeout_ms;
	for (nfds_t i = 0; i < n; i++) {
		struct fake_chan *c = chan_at(fds[i].fd);

		fds[i].revents = 0;
		if (c->n_events || fake.gone)
			fds[i].revents |= fds[i].events & POLLPRI;
		if (c->n_in || c->rx_full)
			fds[i].revents |= fds[i].events & POLLIN;
		ready += fds[i].revents != 0;
	}
	return ready;
}

static inline int64_t fake_now_ns(void)
{
	return fake.ms * 1000000;
}

static inline uint8_t no_sound(int timeslot, int64_t octet)
{
	(void)timeslot;
	(void)octet;
	return 0xd5;
}

/* An E1 of 31 channels that nobody has configured, span 3, channels 63..93. */
static inline void fake_init(void)
{
	memset(&fake, 0, sizeof(fake));
	fake.span = (struct dahdi_spaninfo){.spanno = 3, .totalchans = 31};
	strcpy(fake.span.name, "E1/0000:02:05.0");
	strcpy(fake.span.location, "PCI 0000:02:05.0");
	strcpy(fake.span.spantype, "E1");
	fake.first_channel = 63;
	fake.source = no_sound;
}

static inline struct span_cfg dahdi_settings(void)
{
	return (struct span_cfg){.name = "E1",
				 .backend = "dahdi",
				 .device = "3",
				 .port = 1,
				 .configure = true,
				 .crc4 = E1_CRC4_ON,
				 .signalling = SIG_PRI_USER,
				 .dchannel = 16,
				 .clock_priority = 1,
				 .block_ms = 5,
				 .margin_ms = 3};
}

#endif
