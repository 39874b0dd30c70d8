/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * In the guest: every channel that is named gives back what it receives, octet by octet, through
 * /dev/dahdi. With peer.c at the other end of the cable this is the whole way there and back.
 *
 *	loop SECONDS BLOCK CHANNEL...
 *
 * Block in octets (125 us each); prints octets and short reads or writes at the end. Exit status 1 if
 * a channel could not be used.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include <dahdi/user.h>

#define CHANNELS 31
#define MOST     1024
#define BUFFERS  8 /* of a block, each way; sending begins when half of them are full */

struct channel {
	int number, fd;
	unsigned long octets, odd;
};

static int use(struct channel *c, int block)
{
	struct dahdi_bufferinfo info = {.txbufpolicy = DAHDI_POLICY_HALF_FULL,
					.rxbufpolicy = DAHDI_POLICY_IMMEDIATE,
					.numbufs = BUFFERS,
					.bufsize = block};

	c->fd = open("/dev/dahdi/channel", O_RDWR | O_NONBLOCK);
	if (c->fd < 0 || ioctl(c->fd, DAHDI_SPECIFY, &c->number) < 0 ||
	    ioctl(c->fd, DAHDI_SET_BUFINFO, &info) < 0) {
		fprintf(stderr, "loop: channel %d: %s\n", c->number, strerror(errno));
		return -1;
	}
	return 0;
}

static void turn(struct channel *c, int block)
{
	unsigned char octets[MOST];
	ssize_t n = read(c->fd, octets, (size_t)block);
	int event;

	if (n < 0 && errno == ELAST)
		ioctl(c->fd, DAHDI_GETEVENT, &event);
	if (n <= 0)
		return;
	c->octets += (unsigned long)n;
	if (n != block || write(c->fd, octets, (size_t)n) != n)
		c->odd++;
}

int main(int argc, char **argv)
{
	struct channel channel[CHANNELS] = {{0}};
	struct pollfd fds[CHANNELS];
	int n = argc - 3, block = argc > 2 ? atoi(argv[2]) : 0;
	time_t end = time(NULL) + (argc > 1 ? atoi(argv[1]) : 0);
	unsigned long octets = 0, odd = 0;

	if (n < 1 || n > CHANNELS || block < 8 || block > MOST)
		return 2;
	for (int i = 0; i < n; i++) {
		channel[i].number = atoi(argv[3 + i]);
		if (use(&channel[i], block))
			return 1;
		fds[i] = (struct pollfd){.fd = channel[i].fd, .events = POLLIN | POLLPRI};
	}
	while (time(NULL) < end)
		if (poll(fds, (nfds_t)n, 100) > 0)
			for (int i = 0; i < n; i++)
				if (fds[i].revents)
					turn(&channel[i], block);
	for (int i = 0; i < n; i++) {
		octets += channel[i].octets;
		odd += channel[i].odd;
	}
	printf("loop: %lu octets, %lu odd\n", octets, odd);
	return 0;
}
