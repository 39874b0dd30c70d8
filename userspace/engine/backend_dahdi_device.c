/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "engine/backend_dahdi.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include <dahdi/user.h>

#include "engine/hdlc.h"

#define CTL         "/dev/dahdi/ctl"
#define CHANNEL     "/dev/dahdi/channel"
#define HARDWARE_ID "/sys/bus/dahdi_spans/devices/span-%d/ddev/hardware_id"

#define CAS_IDLE     0x0d /* 1101: idle of Q.421 and of most channel banks */
#define SPANS_LISTED 8
#define FRAMING_BITS (DAHDI_CONFIG_CCS | DAHDI_CONFIG_CRC4 | DAHDI_CONFIG_HDB3 | DAHDI_CONFIG_AMI)

/* ---- Linux ---- */

static int linux_open(const char *path, int flags)
{
	int fd = open(path, flags);

	/* cppcheck-suppress resourceLeak ; the caller has it */
	return fd < 0 ? -errno : fd;
}

static int linux_close(int fd)
{
	return close(fd) ? -errno : 0;
}

static int linux_ioctl(int fd, unsigned long request, void *arg)
{
	int err = ioctl(fd, request, arg);

	return err < 0 ? -errno : err;
}

static ssize_t linux_read(int fd, void *buf, size_t n)
{
	ssize_t got = read(fd, buf, n);

	return got < 0 ? -errno : got;
}

static ssize_t linux_write(int fd, const void *buf, size_t n)
{
	ssize_t put = write(fd, buf, n);

	return put < 0 ? -errno : put;
}

static int linux_poll(struct pollfd *fds, nfds_t n, int timeout_ms)
{
	int ready = poll(fds, n, timeout_ms);

	return ready < 0 ? -errno : ready;
}

static int64_t linux_now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000LL + t.tv_nsec;
}

const struct dahdi_sys dahdi_sys_linux = {.open = linux_open,
					  .close = linux_close,
					  .ioctl = linux_ioctl,
					  .read = linux_read,
					  .write = linux_write,
					  .poll = linux_poll,
					  .now_ns = linux_now_ns};

/* ---- while a device is being opened ---- */

struct opening {
	const struct dahdi_sys *sys;
	const struct span_cfg *cfg;
	int ctl;
	struct dahdi_spaninfo info;
	int number[E1_OCTETS]; /* DAHDI's channel number by timeslot, 0: none */
	int sig[E1_OCTETS]; /* as it is configured */
	char *why;
	size_t size;
};

__attribute__((format(printf, 3, 4))) static int fail(struct opening *o, int err, const char *fmt,
						      ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(o->why, o->size, fmt, args);
	va_end(args);
	return err;
}

static const char *advice(int err)
{
	switch (err) {
	case -ENOENT: return "the dahdi module is not loaded: modprobe dahdi";
	case -ENXIO:
	case -ENODEV: return "the dahdi module or the card is gone";
	case -EACCES:
	case -EPERM: return "run as a member of the file's group, see ls -l /dev/dahdi";
	default: return "see the kernel log: dmesg";
	}
}

static int open_file(struct opening *o, const char *path)
{
	int fd = o->sys->open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC);

	if (fd < 0)
		/* Without the module there is no span: it may be loaded later. */
		return fail(o, fd == -ENOENT || fd == -ENXIO ? -ENODEV : fd, "%s: %s; %s", path,
			    strerror(-fd), advice(fd));
	return fd;
}

/* ---- which span ---- */

static bool ask_span(struct opening *o, int number, struct dahdi_spaninfo *info)
{
	memset(info, 0, sizeof(*info));
	info->spanno = number;
	return o->sys->ioctl(o->ctl, DAHDI_SPANSTAT, info) >= 0;
}

static bool has_hardware_id(int number, const char *wanted)
{
	char path[sizeof(HARDWARE_ID) + 16], id[DEVICE_MAX] = "";
	FILE *f;

	snprintf(path, sizeof(path), HARDWARE_ID, number);
	f = fopen(path, "re");
	if (!f)
		return false;
	if (fgets(id, sizeof(id), f))
		id[strcspn(id, "\n")] = 0;
	fclose(f);
	return id[0] && strcmp(id, wanted) == 0;
}

/* By number and by name a span is found itself, by place or id the card with all its spans. */
static bool is_wanted(const struct dahdi_spaninfo *info, const char *wanted, bool *itself)
{
	char number[12];

	snprintf(number, sizeof(number), "%d", info->spanno);
	*itself = strcmp(wanted, number) == 0 || strcmp(wanted, info->name) == 0;
	return *itself || strcmp(wanted, info->location) == 0 ||
	       has_hardware_id(info->spanno, wanted);
}

static int tell_missing(struct opening *o)
{
	char list[400] = "";
	int n = 0;

	for (int i = 1; i <= DAHDI_MAX_SPANS && n < SPANS_LISTED; i++) {
		struct dahdi_spaninfo info;
		size_t used = strlen(list);

		if (!ask_span(o, i, &info))
			continue;
		snprintf(list + used, sizeof(list) - used, "%s %d \"%s\"", n++ ? "," : "", i,
			 info.name);
		if (info.location[0] && strlen(list) < sizeof(list) - 60)
			snprintf(list + strlen(list), sizeof(list) - strlen(list), " at \"%s\"",
				 info.location);
	}
	return fail(o, -ENODEV, "no DAHDI span \"%s\" port %d; there %s%s", o->cfg->device,
		    o->cfg->port, n ? "are:" : "is none at all: is the card's driver loaded?",
		    list);
}

static int find_span(struct opening *o)
{
	int port = 0;

	for (int i = 1; i <= DAHDI_MAX_SPANS; i++) {
		bool itself;

		if (!ask_span(o, i, &o->info) || !is_wanted(&o->info, o->cfg->device, &itself))
			continue;
		if (itself || ++port == o->cfg->port)
			return 0;
	}
	return tell_missing(o);
}

/* DAHDI counts channels through all spans. */
static int find_channels(struct opening *o)
{
	int missing = o->info.totalchans;

	for (int i = 1; i <= DAHDI_MAX_CHANNELS && missing > 0; i++) {
		struct dahdi_params p = {.channo = i};

		if (o->sys->ioctl(o->ctl, DAHDI_GET_PARAMS, &p) < 0 || p.spanno != o->info.spanno ||
		    p.chanpos < 1)
			continue;
		missing--;
		if (p.chanpos >= E1_OCTETS)
			continue;
		o->number[p.chanpos] = i;
		o->sig[p.chanpos] = p.sigtype;
	}
	if (missing > 0 || o->info.totalchans > E1_OCTETS - 1)
		return fail(o, -EPROTO,
			    "DAHDI span %d \"%s\" has %d channels: an E1 has 31, none else serves",
			    o->info.spanno, o->info.name, o->info.totalchans);
	return 0;
}

/* ---- configuration ---- */

static bool is_dchannel(const struct span_cfg *cfg, int timeslot)
{
	return cfg->signalling != SIG_NONE && timeslot == cfg->dchannel;
}

static int wanted_signalling(const struct span_cfg *cfg, int timeslot)
{
	if (is_dchannel(cfg, timeslot))
		return DAHDI_SIG_HDLCFCS;
	return cfg->cas ? DAHDI_SIG_CAS : DAHDI_SIG_CLEAR;
}

/* Timeslot 16 of a CAS span is the framer's. */
static bool is_used(const struct opening *o, int timeslot)
{
	return o->number[timeslot] && !(o->cfg->cas && timeslot == 16);
}

static int wanted_line(const struct span_cfg *cfg)
{
	return (cfg->ami ? DAHDI_CONFIG_AMI : DAHDI_CONFIG_HDB3) |
	       (cfg->cas ? 0 : DAHDI_CONFIG_CCS) |
	       (cfg->crc4 == E1_CRC4_OFF ? 0 : DAHDI_CONFIG_CRC4);
}

static bool is_framed(const struct opening *o)
{
	return strcmp(o->info.spantype, "E1") == 0;
}

static bool line_fits(const struct opening *o)
{
	int differ = (o->info.lineconfig ^ wanted_line(o->cfg)) & FRAMING_BITS;

	/* "auto" takes CRC-4 as it finds it, on a span that has a configuration at all. */
	if (o->cfg->crc4 == E1_CRC4_AUTO && o->info.lineconfig)
		differ &= ~DAHDI_CONFIG_CRC4;
	return !is_framed(o) || !differ;
}

/* Return: 0, or the first timeslot that is configured for something else. */
static int misfit(const struct opening *o)
{
	for (int ts = 1; ts < E1_OCTETS; ts++) {
		if (is_used(o, ts) && o->sig[ts] != wanted_signalling(o->cfg, ts))
			return ts;
	}
	return 0;
}

static int tell_misfit(struct opening *o, int timeslot)
{
	const char *line = is_dchannel(o->cfg, timeslot) ? "dchan="
			   : o->cfg->cas                 ? "cas=...:1101 for"
							 : "bchan=";

	if (timeslot)
		return fail(o, -EPROTO,
			    "DAHDI channel %d (timeslot %d of span %d) is configured for "
			    "signalling 0x%x, needed is 0x%x: %s%d in /etc/dahdi/system.conf and "
			    "dahdi_cfg, or configure = true",
			    o->number[timeslot], timeslot, o->info.spanno, o->sig[timeslot],
			    wanted_signalling(o->cfg, timeslot), line, o->number[timeslot]);
	return fail(o, -EPROTO,
		    "DAHDI span %d is configured as 0x%x, needed is 0x%x (ccs 0x100, hdb3 0x200, "
		    "crc4 0x400, ami 0x40): span= in /etc/dahdi/system.conf and dahdi_cfg, or "
		    "configure = true",
		    o->info.spanno, o->info.lineconfig & FRAMING_BITS, wanted_line(o->cfg));
}

static int sync_priority(const struct span_cfg *cfg)
{
	bool line = cfg->clock == SPAN_CLOCK_AUTO ? cfg->signalling != SIG_PRI_NETWORK
						  : cfg->clock == SPAN_CLOCK_LINE;

	if (!line)
		return 0;
	return cfg->clock_priority ? cfg->clock_priority : 1;
}

static int configure_line(struct opening *o)
{
	struct dahdi_lineconfig l = {.span = o->info.spanno,
				     .lineconfig = wanted_line(o->cfg),
				     .sync = sync_priority(o->cfg)};
	int err = o->sys->ioctl(o->ctl, DAHDI_SPANCONFIG, &l);

	if (err < 0)
		return fail(o, err, "%s: DAHDI_SPANCONFIG of span %d, line 0x%x, sync %d: %s; %s",
			    CTL, l.span, l.lineconfig, l.sync, strerror(-err), advice(err));
	return 0;
}

static int configure_channel(struct opening *o, int timeslot)
{
	struct dahdi_chanconfig c = {.chan = o->number[timeslot],
				     .sigtype = wanted_signalling(o->cfg, timeslot),
				     .deflaw = o->cfg->law == LAW_A ? DAHDI_LAW_ALAW
								    : DAHDI_LAW_MULAW,
				     .idlebits = o->cfg->cas ? CAS_IDLE : 0};
	int err = o->sys->ioctl(o->ctl, DAHDI_CHANCONFIG, &c);

	if (err < 0)
		return fail(o, err,
			    "%s: DAHDI_CHANCONFIG of channel %d (timeslot %d), signalling 0x%x: "
			    "%s; can the card do it?",
			    CTL, c.chan, timeslot, c.sigtype, strerror(-err));
	return 0;
}

static int configure(struct opening *o)
{
	int err = line_fits(o) ? 0 : configure_line(o);

	for (int ts = 1; ts < E1_OCTETS && !err; ts++) {
		if (is_used(o, ts) && o->sig[ts] != wanted_signalling(o->cfg, ts))
			err = configure_channel(o, ts);
	}
	if (err)
		return err;
	err = o->sys->ioctl(o->ctl, DAHDI_STARTUP, &o->info.spanno);
	if (err < 0)
		return fail(o, err, "%s: DAHDI_STARTUP of span %d: %s; %s", CTL, o->info.spanno,
			    strerror(-err), advice(err));
	return 0;
}

/* ---- channels ---- */

/*
 * As many buffers as there may be: a stall of this machine costs nothing of what is received until they
 * are full. They are no delay. A B-channel is transparent: a clear channel leaves audio mode, which is the one with gains,
 * conferences and echo cancellers. CAS channels have no other.
 */
static int set_up(struct opening *o, int fd, int timeslot)
{
	struct dahdi_bufferinfo buffers = {.txbufpolicy = DAHDI_POLICY_IMMEDIATE,
					   .rxbufpolicy = DAHDI_POLICY_IMMEDIATE,
					   .numbufs = DAHDI_MAX_NUM_BUFS,
					   .bufsize = o->cfg->block_ms * DAHDI_MS};
	int law = o->cfg->law == LAW_A ? DAHDI_LAW_ALAW : DAHDI_LAW_MULAW;
	int off = 0, on = 1, all = DAHDI_FLUSH_ALL, err;

	if (is_dchannel(o->cfg, timeslot))
		buffers.bufsize = DAHDI_DCHAN_OCTETS;
	err = o->sys->ioctl(fd, DAHDI_SET_BUFINFO, &buffers);
	if (err < 0)
		return fail(o, err, "%s %d: DAHDI_SET_BUFINFO, %d buffers of %d octets: %s",
			    CHANNEL, o->number[timeslot], buffers.numbufs, buffers.bufsize,
			    strerror(-err));
	if (!is_dchannel(o->cfg, timeslot)) {
		err = o->cfg->cas ? o->sys->ioctl(fd, DAHDI_SETLAW, &law)
				  : o->sys->ioctl(fd, DAHDI_AUDIOMODE, &off);
		/* Old DAHDI cannot tell of buffers that run over or dry. */
		o->sys->ioctl(fd, DAHDI_BUFFER_EVENTS, &on);
	}
	if (err < 0)
		return fail(o, err, "%s %d: %s: %s", CHANNEL, o->number[timeslot],
			    o->cfg->cas ? "DAHDI_SETLAW" : "DAHDI_AUDIOMODE", strerror(-err));
	o->sys->ioctl(fd, DAHDI_FLUSH, &all);
	return 0;
}

static int open_channel(struct opening *o, int timeslot, int *out)
{
	int fd = open_file(o, CHANNEL), err;

	if (fd < 0)
		return fd;
	err = o->sys->ioctl(fd, DAHDI_SPECIFY, &o->number[timeslot]);
	if (err < 0)
		fail(o, err, "%s: DAHDI_SPECIFY of channel %d (timeslot %d of span %d): %s; %s",
		     CHANNEL, o->number[timeslot], timeslot, o->info.spanno, strerror(-err),
		     err == -EBUSY ? "another program has it: lsof /dev/dahdi/channel "
				     "/dev/dahdi/chan/*/*"
				   : advice(err));
	else
		err = set_up(o, fd, timeslot);
	if (err < 0) {
		o->sys->close(fd);
		return err;
	}
	*out = fd;
	return 0;
}

static int open_channels(struct opening *o, struct dahdi_device *dev)
{
	int err = 0;

	if (o->cfg->signalling != SIG_NONE && !o->number[o->cfg->dchannel])
		return fail(o, -EPROTO, "DAHDI span %d has no timeslot %d for the D-channel",
			    o->info.spanno, o->cfg->dchannel);
	for (int ts = 1; ts < E1_OCTETS && !err; ts++) {
		if (is_used(o, ts))
			err = open_channel(o, ts, &dev->fd[ts]);
	}
	return err;
}

void dahdi_device_close(struct dahdi_device *dev, const struct dahdi_sys *sys)
{
	for (int ts = 0; ts < E1_OCTETS; ts++) {
		if (dev->fd[ts] >= 0)
			sys->close(dev->fd[ts]);
		dev->fd[ts] = -1;
	}
}

/* ---- all of it ---- */

static int prepare(struct opening *o)
{
	int err = find_span(o);

	if (!err)
		err = find_channels(o);
	if (err)
		return err;
	if (o->cfg->configure)
		return configure(o);
	if (misfit(o) || !line_fits(o))
		return tell_misfit(o, misfit(o));
	return 0;
}

int dahdi_device_open(struct dahdi_device *dev, const struct dahdi_sys *sys,
		      const struct span_cfg *cfg, char *why, size_t size)
{
	struct opening o = {.sys = sys, .cfg = cfg, .why = why, .size = size};
	struct dahdi_device d;
	int err;

	memset(d.fd, -1, sizeof(d.fd));
	o.ctl = open_file(&o, CTL);
	if (o.ctl < 0)
		return o.ctl;
	err = prepare(&o);
	if (!err)
		err = open_channels(&o, &d);
	if (err)
		dahdi_device_close(&d, sys);
	else
		ask_span(&o, o.info.spanno, &o.info);
	sys->close(o.ctl);
	if (err)
		return err;
	d.span = o.info.spanno;
	d.is_e1 = is_framed(&o);
	d.crc4 = (o.info.lineconfig & DAHDI_CONFIG_CRC4) != 0;
	*dev = d;
	snprintf(why, size, "DAHDI span %d \"%s\"%s%s", d.span, o.info.name,
		 o.info.location[0] ? " at " : "", o.info.location);
	return 0;
}
