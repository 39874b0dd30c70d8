/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * In the guest: calls with echo. Channel c of one span speaks, with DAHDI's echo canceller on; channel
 * c + OFFSET of the other, to which the first is crossed, gives back what it hears, 8 to 12 dB weaker.
 * That is done in the kernel, so that the echo path stays as it is however busy the machine is.
 *
 *	echo OCTETS TAPS OFFSET CHANNEL...
 *
 * TAPS 0: no canceller. Speech is bursts of noise of 250 ms, each channel's own. When each speaker has
 * heard OCTETS, it prints what in their last half was still echo [1/100 dB below what was said], and
 * "done"; the calls go on until it is killed. Exit status 1 if a channel cannot be used.
 */
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <dahdi/user.h>

#include "core/channel/g711.h"

#define CHANNELS 31
#define BLOCK    80
#define BUFFERS  4
#define BURST    2800
#define SPEECH   2000

struct end {
	int number, fd;
	uint32_t seed;
	unsigned long written, read;
	double said, heard; /* power of the last half */
};

static int start(struct end *e, int number)
{
	struct dahdi_bufferinfo info = {.txbufpolicy = DAHDI_POLICY_HALF_FULL,
					.rxbufpolicy = DAHDI_POLICY_IMMEDIATE,
					.numbufs = BUFFERS,
					.bufsize = BLOCK};
	int law = DAHDI_LAW_ALAW, one = 1;

	*e = (struct end){.number = number, .seed = (uint32_t)number};
	e->fd = open("/dev/dahdi/channel", O_RDWR | O_NONBLOCK);
	if (e->fd < 0 || ioctl(e->fd, DAHDI_SPECIFY, &number) < 0 ||
	    ioctl(e->fd, DAHDI_SETLAW, &law) < 0 || ioctl(e->fd, DAHDI_AUDIOMODE, &one) < 0 ||
	    ioctl(e->fd, DAHDI_SET_BUFINFO, &info) < 0) {
		fprintf(stderr, "echo: channel %d: %s\n", number, strerror(errno));
		return -1;
	}
	return 0;
}

static int cancel(struct end *e, int taps)
{
	struct dahdi_echocanparams params = {.tap_length = (unsigned int)taps};

	if (taps && ioctl(e->fd, DAHDI_ECHOCANCEL_PARAMS, &params) < 0) {
		fprintf(stderr, "echo: canceller of channel %d: %s\n", e->number, strerror(errno));
		return -1;
	}
	return 0;
}

/* The far end of the line: an echo, @db weaker. */
static int reflect(struct end *e, double db)
{
	struct dahdi_gains gains = {.chan = 0};
	int one = 1;

	for (int octet = 0; octet < 256; octet++) {
		double weaker = alaw_decode((uint8_t)octet) * pow(10, -db / 20);

		gains.rxgain[octet] = (unsigned char)octet;
		gains.txgain[octet] = alaw_encode((int16_t)lrint(weaker));
	}
	if (ioctl(e->fd, DAHDI_SETGAINS, &gains) < 0 || ioctl(e->fd, DAHDI_LOOPBACK, &one) < 0) {
		fprintf(stderr, "echo: loop of channel %d: %s\n", e->number, strerror(errno));
		return -1;
	}
	return 0;
}

/* Noise at -13 dBm0 or so, in bursts. */
static void speak(struct end *e, unsigned long half)
{
	uint8_t octets[BLOCK];
	double power = 0;

	for (int n = 0; n < BLOCK; n++) {
		int32_t x;

		e->seed = e->seed * 1664525 + 1013904223;
		x = (int16_t)(e->seed >> 16) / 4;
		octets[n] = alaw_encode(
			(e->written + (unsigned long)n) % BURST < SPEECH ? (int16_t)x : 0);
		power += (double)alaw_decode(octets[n]) * alaw_decode(octets[n]);
	}
	if (write(e->fd, octets, BLOCK) != BLOCK)
		return;
	e->written += BLOCK;
	if (e->written > half)
		e->said += power;
}

static void hear(struct end *e, unsigned long half)
{
	uint8_t octets[BLOCK];
	ssize_t n = read(e->fd, octets, BLOCK);
	int event;

	if (n < 0 && errno == ELAST)
		ioctl(e->fd, DAHDI_GETEVENT, &event);
	for (ssize_t i = 0; i < n; i++)
		if (e->read >= half)
			e->heard += (double)alaw_decode(octets[i]) * alaw_decode(octets[i]);
	e->read += n > 0 ? (unsigned long)n : 0;
}

static bool all_heard(const struct end *near, int n, unsigned long octets)
{
	for (int i = 0; i < n; i++)
		if (near[i].read < octets)
			return false;
	return true;
}

static void tell(const struct end *near, int n)
{
	for (int i = 0; i < n; i++)
		printf("%d %.0f\n", near[i].number,
		       near[i].heard > 0 ? 1000 * log10(near[i].said / near[i].heard) : 9999);
	printf("done\n");
	fflush(stdout);
}

static void run(struct end *near, int n, unsigned long octets)
{
	struct pollfd fds[CHANNELS];
	bool told = false;

	for (int i = 0; i < n; i++)
		fds[i] = (struct pollfd){.fd = near[i].fd, .events = POLLIN | POLLOUT | POLLPRI};
	for (;;) {
		if (!told && all_heard(near, n, octets)) {
			tell(near, n);
			told = true;
		}
		if (poll(fds, (nfds_t)n, 100) <= 0)
			continue;
		for (int i = 0; i < n; i++) {
			if (fds[i].revents & POLLOUT)
				speak(&near[i], octets / 2);
			if (fds[i].revents & (POLLIN | POLLPRI))
				hear(&near[i], octets / 2);
		}
	}
}

int main(int argc, char **argv)
{
	struct end near[CHANNELS], far[CHANNELS];
	unsigned long octets;
	int n = argc - 4, taps, offset;

	if (n < 1 || n > CHANNELS)
		return 2;
	octets = strtoul(argv[1], NULL, 10);
	taps = atoi(argv[2]);
	offset = atoi(argv[3]);
	for (int i = 0; i < n; i++)
		if (start(&near[i], atoi(argv[4 + i])) ||
		    start(&far[i], atoi(argv[4 + i]) + offset) || reflect(&far[i], 8 + i % 5) ||
		    cancel(&near[i], taps))
			return 1;
	printf("ready\n");
	fflush(stdout);
	run(near, n, octets);
	return 0;
}
