/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * In the guest: DAHDI's requests to a span, one at a time.
 *
 *	span NUMBER status		one JSON object
 *	span NUMBER maint COMMAND	a number, DAHDI_MAINT_* in dahdi/user.h
 *	span NUMBER startup|shutdown
 *	span NUMBER config TIMING LINECONFIG
 *	span NUMBER chanconfig CHANNEL SIGNALLING
 *
 * Prints "errno N" and exits with 1 if the kernel refuses.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <dahdi/user.h>

static int status(int fd, int span)
{
	struct dahdi_spaninfo s = {.spanno = span};

	if (ioctl(fd, DAHDI_SPANSTAT, &s))
		return -1;
	printf("{\"alarms\": %d, \"fas\": %d, \"fe\": %u, \"cv\": %u, \"bpv\": %d, \"crc4\": %d, "
	       "\"ebit\": %d, \"be\": %u, \"prbs\": %u, \"errsec\": %u, \"irqmisses\": %d, "
	       "\"syncsrc\": %d, \"lineconfig\": %d}\n",
	       s.alarms, s.fascount, s.fecount, s.cvcount, s.bpvcount, s.crc4count, s.ebitcount,
	       s.becount, s.prbs, s.errsec, s.irqmisses, s.syncsrc, s.lineconfig);
	return 0;
}

static int maint(int fd, int span, int command)
{
	struct dahdi_maintinfo m = {.spanno = span, .command = command};

	return ioctl(fd, DAHDI_MAINT, &m);
}

static int config(int fd, int span, int timing, int lineconfig)
{
	struct dahdi_lineconfig lc = {.span = span, .sync = timing, .lineconfig = lineconfig};

	return ioctl(fd, DAHDI_SPANCONFIG, &lc);
}

static int chanconfig(int fd, int channel, int sigtype)
{
	struct dahdi_chanconfig cc = {.chan = channel, .sigtype = sigtype};

	return ioctl(fd, DAHDI_CHANCONFIG, &cc);
}

static int ask(int fd, int span, int argc, char **argv)
{
	int a = argc > 3 ? (int)strtol(argv[3], NULL, 0) : 0;
	int b = argc > 4 ? (int)strtol(argv[4], NULL, 0) : 0;

	if (!strcmp(argv[2], "status"))
		return status(fd, span);
	if (!strcmp(argv[2], "maint"))
		return maint(fd, span, a);
	if (!strcmp(argv[2], "startup"))
		return ioctl(fd, DAHDI_STARTUP, &span);
	if (!strcmp(argv[2], "shutdown"))
		return ioctl(fd, DAHDI_SHUTDOWN, &span);
	if (!strcmp(argv[2], "config"))
		return config(fd, span, a, b);
	if (!strcmp(argv[2], "chanconfig"))
		return chanconfig(fd, a, b);
	errno = EINVAL;
	return -1;
}

int main(int argc, char **argv)
{
	int fd = open("/dev/dahdi/ctl", O_RDWR);

	if (argc < 3)
		return 2;
	if (fd >= 0 && !ask(fd, atoi(argv[1]), argc, argv))
		return 0;
	printf("errno %d\n", errno);
	return 1;
}
