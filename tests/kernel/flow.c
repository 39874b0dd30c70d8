/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * In the guest: on every channel that is named, counts as runs.h says and judges what comes from the
 * far end, which counts too (peer --count), or from a loop.
 *
 *	flow FILE CHANNEL...
 *
 * FILE is made when all channels are open. SIGUSR1: FILE is made anew, with one JSON object; SIGUSR2: forget what was counted; SIGTERM: end. A
 * channel that goes away with its card is waited for no more. Exit status 1 if one cannot be used.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <dahdi/user.h>

#include "runs.h"

#define CHANNELS 64
#define BLOCK    160
#define BUFFERS  32

struct channel {
	int number, fd;
	uint8_t step, next;
};

static struct channel channel[CHANNELS];
static struct runs runs[CHANNELS];
static unsigned long events, gone;
static volatile sig_atomic_t wanted;

static void on_signal(int number)
{
	wanted = number;
}

static int use(unsigned int i)
{
	struct dahdi_bufferinfo info = {.txbufpolicy = DAHDI_POLICY_IMMEDIATE,
					.rxbufpolicy = DAHDI_POLICY_IMMEDIATE,
					.numbufs = BUFFERS,
					.bufsize = BLOCK};
	struct channel *c = &channel[i];

	c->fd = open("/dev/dahdi/channel", O_RDWR | O_NONBLOCK);
	if (c->fd < 0 || ioctl(c->fd, DAHDI_SPECIFY, &c->number) < 0 ||
	    ioctl(c->fd, DAHDI_SET_BUFINFO, &info) < 0) {
		fprintf(stderr, "flow: channel %d: %s\n", c->number, strerror(errno));
		return -1;
	}
	c->step = runs[i].step = runs_step((unsigned int)(c->number - 1) % 31 + 1);
	return 0;
}

static void send_some(struct channel *c)
{
	unsigned char octets[BLOCK];
	uint8_t next = c->next;

	for (int i = 0; i < BLOCK; i++, next += c->step)
		octets[i] = next;
	if (write(c->fd, octets, BLOCK) == BLOCK)
		c->next = next;
}

static void take(struct channel *c, struct runs *r)
{
	unsigned char octets[BLOCK];
	ssize_t n = read(c->fd, octets, sizeof(octets));
	int event;

	if (n < 0 && errno == ELAST && !ioctl(c->fd, DAHDI_GETEVENT, &event))
		events++;
	if (n < 0 && (errno == ENODEV || errno == ENXIO)) {
		close(c->fd);
		c->fd = -1;
		gone++;
	}
	for (ssize_t i = 0; i < n; i++)
		runs_take(r, octets[i]);
}

static void write_status(const char *path, unsigned int n)
{
	char name[4096];
	FILE *f;

	snprintf(name, sizeof(name), "%s.new", path);
	f = fopen(name, "w");
	if (!f)
		return;
	fputc('{', f);
	runs_print(f, runs, n);
	fprintf(f, ", \"events\": %lu, \"gone\": %lu}\n", events, gone);
	fclose(f);
	rename(name, path);
}

static void obey(const char *path, unsigned int n)
{
	int number = wanted;

	wanted = 0;
	if (number == SIGUSR1)
		write_status(path, n);
	if (number == SIGUSR2)
		for (unsigned int i = 0; i < n; i++)
			runs_reset(&runs[i]);
	if (number == SIGTERM)
		exit(0);
}

int main(int argc, char **argv)
{
	struct pollfd fds[CHANNELS];
	unsigned int n = argc > 2 ? (unsigned int)argc - 2 : 0;
	const struct sigaction act = {.sa_handler = on_signal};

	if (!n || n > CHANNELS)
		return 2;
	sigaction(SIGUSR1, &act, NULL);
	sigaction(SIGUSR2, &act, NULL);
	sigaction(SIGTERM, &act, NULL);
	for (unsigned int i = 0; i < n; i++) {
		channel[i].number = atoi(argv[2 + i]);
		if (use(i))
			return 1;
	}
	write_status(argv[1], n);
	for (;;) {
		for (unsigned int i = 0; i < n; i++)
			fds[i] = (struct pollfd){.fd = channel[i].fd,
						 .events = POLLIN | POLLOUT | POLLPRI};
		if (poll(fds, n, 100) > 0)
			for (unsigned int i = 0; i < n; i++) {
				if (fds[i].revents & POLLOUT)
					send_some(&channel[i]);
				if (fds[i].revents & ~POLLOUT)
					take(&channel[i], &runs[i]);
			}
		obey(argv[1], n);
	}
}
