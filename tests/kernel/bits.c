/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * In the guest: signalling bits of a CAS channel.
 *
 *	bits CHANNEL [ABCD]	sends these bits if given (0..15, A = 8), prints those received
 *
 * The channel is open only meanwhile; DAHDI sends its idle bits when it is closed, so with bits to send
 * it stays open until standard input gives a line.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <dahdi/user.h>

static int fail(const char *what)
{
	fprintf(stderr, "bits: %s: %s\n", what, strerror(errno));
	return 1;
}

int main(int argc, char **argv)
{
	int fd = open("/dev/dahdi/channel", O_RDWR | O_NONBLOCK);
	int channel = argc > 1 ? atoi(argv[1]) : 0, bits = argc > 2 ? atoi(argv[2]) : -1;
	struct dahdi_params p = {0};
	char octet;

	if (fd < 0 || ioctl(fd, DAHDI_SPECIFY, &channel) < 0)
		return fail("channel");
	if (bits >= 0 && ioctl(fd, DAHDI_SETTXBITS, &bits) < 0)
		return fail("sending");
	if (ioctl(fd, DAHDI_GET_PARAMS, &p) < 0)
		return fail("parameters");
	printf("%d\n", p.rxbits);
	fflush(stdout);
	while (bits >= 0 && read(0, &octet, 1) == 1 && octet != '\n')
		;
	return 0;
}
