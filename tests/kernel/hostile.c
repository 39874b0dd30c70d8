/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * In the guest: hostile requests to whatever of DAHDI reaches the span's driver, and to its files in
 * sysfs. The same seed makes the same requests.
 *
 *	hostile SEED COUNT SPAN CHANNELS SYSFS-DIRECTORY
 *
 * Prints how many were granted and how many refused; exit status 1 when an answer is none that a
 * kernel may give (an errno out of range), 2 when it cannot begin. What it breaks shows elsewhere: in
 * the kernel's log, and in that the guest lives.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <dahdi/user.h>

static uint64_t state;
static int ctl, span, channels;
static unsigned long granted, refused, odd;

/* SplitMix64 */
static uint32_t any(void)
{
	uint64_t z = state += 0x9e3779b97f4a7c15u;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
	z = (z ^ z >> 27) * 0x94d049bb133111ebu;
	return (uint32_t)((z ^ z >> 31) >> 32);
}

/* Three times in four what is right, else near it, or anything. */
static int number(int low, int high)
{
	static const int edges[] = {0,          1,           -1,      31,     32,  16,
				    0x7fffffff, -0x7fffffff, 1 << 16, 0xffff, 255, 1 << 30};

	switch (any() % 16) {
	case 0: return (int)any();
	case 1: return edges[any() % (sizeof(edges) / sizeof(edges[0]))];
	case 2: return high + 1;
	case 3: return low - 1;
	default: return low + (int)(any() % (unsigned int)(high - low + 1));
	}
}

static void account(int rc)
{
	if (rc >= 0)
		granted++;
	else if (errno > 0 && errno < 4096)
		refused++;
	else
		odd++;
}

/* A pointer that is none, now and then. */
static void request(int fd, unsigned long code, void *arg)
{
	switch (any() % 32) {
	case 0: arg = NULL; break;
	case 1: arg = (void *)(uintptr_t)0xdeadbeef0000u; break;
	case 2: arg = (void *)~(uintptr_t)7; break;
	default: break;
	}
	account(ioctl(fd, code, arg));
}

static void span_config(void)
{
	struct dahdi_lineconfig lc = {.span = number(span, span),
				      .lbo = number(0, 7),
				      .lineconfig = (int)any() % 8 ? (int)(any() & 0x1ffff)
								   : DAHDI_CONFIG_HDB3,
				      .sync = number(0, 4)};

	request(ctl, DAHDI_SPANCONFIG, &lc);
}

static void chan_config(void)
{
	static const int kinds[] = {DAHDI_SIG_NONE,  DAHDI_SIG_CLEAR,    DAHDI_SIG_HDLCFCS,
				    DAHDI_SIG_CAS,   DAHDI_SIG_EM,       DAHDI_SIG_FXSKS,
				    DAHDI_SIG_SLAVE, DAHDI_SIG_DACS,     DAHDI_SIG_DACS_RBS,
				    DAHDI_SIG_SF,    DAHDI_SIG_HARDHDLC, DAHDI_SIG_MTP2};
	struct dahdi_chanconfig cc = {
		.chan = number(1, channels),
		.sigtype =
			any() % 4 ? kinds[any() % (sizeof(kinds) / sizeof(kinds[0]))] : (int)any(),
		.deflaw = number(0, 2),
		.master = number(0, channels),
		.idlebits = number(0, 15)};

	request(ctl, DAHDI_CHANCONFIG, &cc);
}

static void maint(void)
{
	struct dahdi_maintinfo m = {.spanno = number(span, span), .command = number(0, 16)};

	request(ctl, DAHDI_MAINT, &m);
}

static void up_down(void)
{
	static const unsigned long codes[] = {DAHDI_STARTUP, DAHDI_SHUTDOWN, DAHDI_STARTUP};
	int n = number(span, span);

	request(ctl, codes[any() % 3], &n);
}

static void span_status(void)
{
	struct dahdi_spaninfo s = {.spanno = number(span, span)};

	request(ctl, DAHDI_SPANSTAT, &s);
}

/* Requests to a channel, with as much garbage as any of them takes. */
static void on_channel(int fd)
{
	static const unsigned long codes[] = {
		DAHDI_SETTXBITS,   DAHDI_GETRXBITS,    DAHDI_GET_PARAMS,  DAHDI_SET_PARAMS,
		DAHDI_HOOK,        DAHDI_SET_BUFINFO,  DAHDI_AUDIOMODE,   DAHDI_HDLCFCSMODE,
		DAHDI_HDLCRAWMODE, DAHDI_FLUSH,        DAHDI_GETGAINS,    DAHDI_SETLAW,
		DAHDI_ECHOCANCEL,  DAHDI_DIALING,      DAHDI_SETPOLARITY, DAHDI_TONEDETECT,
		DAHDI_LOOPBACK,    DAHDI_BUFFER_EVENTS};
	uint32_t garbage[1024];

	for (unsigned int i = 0; i < sizeof(garbage) / sizeof(garbage[0]); i++)
		garbage[i] = any() % 3 ? any() % 64 : any();
	if (any() % 6)
		request(fd, codes[any() % (sizeof(codes) / sizeof(codes[0]))], garbage);
	else
		request(fd, any(), garbage); /* any request at all */
}

static void channel(void)
{
	int n = number(1, channels), fd = open("/dev/dahdi/channel", O_RDWR | O_NONBLOCK);
	char octets[256];

	if (fd < 0)
		return;
	account(ioctl(fd, DAHDI_SPECIFY, &n));
	for (int i = 0; i < 8; i++)
		on_channel(fd);
	account((int)write(fd, octets, any() % sizeof(octets)));
	account((int)read(fd, octets, any() % sizeof(octets)));
	close(fd);
}

static void attribute(const char *directory)
{
	char path[512], octets[4096];
	struct dirent *e;
	DIR *d = opendir(directory);
	int at = (int)(any() % 16), fd;

	if (!d)
		return;
	while ((e = readdir(d)) && (e->d_name[0] == '.' || at--))
		;
	if (e) {
		snprintf(path, sizeof(path), "%s/%s", directory, e->d_name);
		fd = open(path, any() % 2 ? O_RDONLY : O_RDWR);
		account(fd);
		if (fd >= 0) {
			memset(octets, (int)any(), sizeof(octets));
			account((int)write(fd, octets, any() % sizeof(octets)));
			account((int)pread(fd, octets, any() % sizeof(octets), any() % 8192));
			close(fd);
		}
	}
	closedir(d);
}

int main(int argc, char **argv)
{
	unsigned long count;

	if (argc != 6)
		return 2;
	state = strtoull(argv[1], NULL, 0);
	count = strtoul(argv[2], NULL, 0);
	span = atoi(argv[3]);
	channels = atoi(argv[4]);
	ctl = open("/dev/dahdi/ctl", O_RDWR);
	if (ctl < 0)
		return 2;
	while (granted + refused + odd < count)
		switch (any() % 16) {
		case 0:
		case 1: span_config(); break;
		case 2: up_down(); break;
		case 3:
		case 4:
		case 5: chan_config(); break;
		case 6:
		case 7:
		case 8: maint(); break;
		case 9: span_status(); break;
		case 10: attribute(argv[5]); break;
		default: channel(); break;
		}
	printf("{\"granted\": %lu, \"refused\": %lu, \"odd\": %lu}\n", granted, refused, odd);
	return odd ? 1 : 0;
}
