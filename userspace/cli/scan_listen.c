/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Trying a line: which framing gets along with the far end, and in which timeslot it speaks Q.921.
 *
 * The far end of a PRI that gets no answer asks for its link again every second or so (SABME, T200 of
 * Q.921 5.9.1); we say nothing and listen. HDB3 is not tried against AMI: G.703 6.1 knows only HDB3,
 * and the violations that AMI would show are counted.
 */
#include "cli/scan.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <dahdi/user.h>

#include "engine/hdlc.h"

#define CHANNEL     "/dev/dahdi/channel"
#define STEP_MS     40
#define STEP_OCTETS (STEP_MS * 8)
#define BUFFERS     16
#define SETTLE_MS                                                                                  \
	2000 /* from the start until alarms can be believed: 500 ms to clear, CRC-4 400 ms */
#define CALM_MS    600 /* without alarm until there is none */
#define GIVE_UP_MS 4000 /* for one framing */
#define FRAMES     2 /* that make a D-channel: one could be chance, 1 in 65536 */
#define NO_FRAMING                                                                                 \
	(DAHDI_ALARM_RED | DAHDI_ALARM_BLUE | DAHDI_ALARM_LOS | DAHDI_ALARM_LFA |                  \
	 DAHDI_ALARM_LMFA | DAHDI_ALARM_NOTOPEN)

/* ---- Linux ---- */

static int linux_open(const char *path, int flags)
{
	int fd = open(path, flags);

	/* cppcheck-suppress resourceLeak ; the caller has it */
	return fd < 0 ? -errno : fd;
}

static void linux_close(int fd)
{
	close(fd);
}

static int linux_ioctl(int fd, unsigned long request, void *arg)
{
	int rc = ioctl(fd, request, arg);

	return rc < 0 ? -errno : rc;
}

static long linux_read(int fd, void *buf, size_t n)
{
	ssize_t got = read(fd, buf, n);

	return got < 0 ? -errno : got;
}

static void linux_wait(int ms)
{
	usleep((useconds_t)ms * 1000);
}

static void linux_crc4_state(const struct scan_span *span, char *text, size_t size)
{
	static struct scan now;

	text[0] = '\0';
	scan_sysfs(&now, "");
	for (size_t i = 0; i < now.n_spans; i++)
		if (now.spans[i].number == span->number)
			snprintf(text, size, "%s", now.spans[i].crc4_state);
}

const struct scan_sys scan_sys_linux = {.open = linux_open,
					.close = linux_close,
					.ioctl = linux_ioctl,
					.read = linux_read,
					.wait_ms = linux_wait,
					.crc4_state = linux_crc4_state};

/* ---- one frame ---- */

enum { CONTROL_SABME = 0x6f, CONTROL_DISC = 0x43, CONTROL_UA = 0x63, CONTROL_DM = 0x0f };

enum scan_side scan_hear_frame(const uint8_t *frame, size_t len)
{
	bool command, cr;

	/* Address of two octets (EA 0, 1), SAPI 0 (call control), and a control field. */
	if (len < 3 || (frame[0] & ~0x02) || !(frame[1] & 1))
		return SCAN_SIDE_UNKNOWN;
	cr = frame[0] & 0x02;
	if (!(frame[2] & 1)) { /* I frame */
		command = true;
	} else {
		switch (frame[2] & ~0x10) {
		case CONTROL_SABME:
		case CONTROL_DISC: command = true; break;
		case CONTROL_UA:
		case CONTROL_DM: command = false; break;
		default: return SCAN_SIDE_UNKNOWN; /* S frames are either */
		}
	}
	return command == cr ? SCAN_WE_ARE_USER : SCAN_WE_ARE_NETWORK;
}

/* ---- the line ---- */

struct ear {
	struct hdlc_link *link;
	int fd;
	unsigned frames;
	enum scan_side side;
};

struct trial {
	struct scan_span *span;
	const struct scan_sys *sys;
	int ctl, left_ms;
	struct ear ear[SCAN_CHANNELS];
};

static void pause_ms(struct trial *t, int ms)
{
	t->sys->wait_ms(ms);
	t->left_ms -= ms;
}

static int open_channel(const struct trial *t, int number)
{
	int fd = t->sys->open(CHANNEL, O_RDWR | O_NONBLOCK | O_CLOEXEC), rc;

	if (fd < 0)
		return fd;
	rc = t->sys->ioctl(fd, DAHDI_SPECIFY, &number);
	if (rc >= 0)
		return fd;
	t->sys->close(fd);
	return rc;
}

/* A channel that was never configured cannot be opened, so nobody has it. */
static int check_free(const struct trial *t)
{
	for (int i = 0; i < t->span->channels; i++) {
		int fd = open_channel(t, t->span->first + i);

		if (fd >= 0)
			t->sys->close(fd);
		else if (fd != -ENXIO)
			return fd;
	}
	return 0;
}

static int configure(struct trial *t, bool crc4)
{
	struct dahdi_lineconfig line = {
		.span = t->span->number,
		.lineconfig = DAHDI_CONFIG_CCS | DAHDI_CONFIG_HDB3 | (crc4 ? DAHDI_CONFIG_CRC4 : 0),
		.sync = 1,
	};
	int rc = t->sys->ioctl(t->ctl, DAHDI_SPANCONFIG, &line), number = t->span->number;

	for (int i = 0; i < t->span->channels && rc >= 0; i++) {
		struct dahdi_chanconfig c = {.chan = t->span->first + i,
					     .sigtype = DAHDI_SIG_CLEAR,
					     .deflaw = DAHDI_LAW_ALAW};

		rc = t->sys->ioctl(t->ctl, DAHDI_CHANCONFIG, &c);
	}
	return rc < 0 ? rc : t->sys->ioctl(t->ctl, DAHDI_STARTUP, &number);
}

static int ask(const struct trial *t, struct dahdi_spaninfo *info)
{
	*info = (struct dahdi_spaninfo){.spanno = t->span->number};
	return t->sys->ioctl(t->ctl, DAHDI_SPANSTAT, info);
}

/* Return: 1 frames are there, 0 they are not, or negative errno. */
static int is_framed(struct trial *t, bool crc4)
{
	struct dahdi_spaninfo info;
	int calm_ms = 0, rc = configure(t, crc4);

	for (int ms = 0; ms < GIVE_UP_MS && rc >= 0; ms += STEP_MS) {
		pause_ms(t, STEP_MS);
		rc = ask(t, &info);
		calm_ms = info.alarms & NO_FRAMING ? 0 : calm_ms + STEP_MS;
		if (rc >= 0 && ms >= SETTLE_MS && calm_ms >= CALM_MS)
			return 1;
	}
	return rc < 0 ? rc : 0;
}

/* Leaves the line with the framing that was found. */
static int try_framings(struct trial *t)
{
	struct scan_heard *h = &t->span->heard;
	char word[SCAN_TEXT] = "";
	int rc = is_framed(t, true);

	if (rc > 0) {
		t->sys->crc4_state(t->span, word, sizeof(word));
		h->signal = SCAN_YES;
		/* Our driver goes on without, and says so (G.706 Annex B). */
		h->crc4 = strstr(word, "far end without") ? SCAN_NO : SCAN_YES;
		return h->crc4 == SCAN_NO ? configure(t, false) : 0;
	}
	if (rc == 0)
		rc = is_framed(t, false);
	if (rc >= 0)
		h->signal = rc ? SCAN_YES : SCAN_NO;
	if (rc > 0)
		h->crc4 = SCAN_NO;
	return rc;
}

/* ---- the timeslots ---- */

static void on_frame(void *ctx, const uint8_t *frame, size_t len)
{
	struct ear *ear = ctx;
	enum scan_side side = scan_hear_frame(frame, len);

	if (side == SCAN_SIDE_UNKNOWN)
		return;
	ear->frames = side == ear->side ? ear->frames + 1 : 1;
	ear->side = side;
}

static int open_ears(struct trial *t)
{
	struct dahdi_bufferinfo info = {.txbufpolicy = DAHDI_POLICY_IMMEDIATE,
					.rxbufpolicy = DAHDI_POLICY_IMMEDIATE,
					.numbufs = BUFFERS,
					.bufsize = STEP_OCTETS};

	for (int i = 0; i < SCAN_CHANNELS; i++) {
		struct ear *e = &t->ear[i];
		int rc;

		e->fd = open_channel(t, t->span->first + i);
		if (e->fd < 0)
			return e->fd;
		rc = t->sys->ioctl(e->fd, DAHDI_SET_BUFINFO, &info);
		e->link = hdlc_link_new(on_frame, e);
		if (rc < 0 || !e->link)
			return rc < 0 ? rc : -ENOMEM;
	}
	return 0;
}

static void close_ears(struct trial *t)
{
	for (int i = 0; i < SCAN_CHANNELS; i++) {
		if (t->ear[i].fd >= 0)
			t->sys->close(t->ear[i].fd);
		hdlc_link_free(t->ear[i].link);
	}
}

/* All that has come. An event (alarm, for one) is taken away: it stands before the octets. */
static int hear(const struct trial *t, struct ear *e)
{
	uint8_t octets[STEP_OCTETS];
	long n;
	int event;

	for (int i = 0; i <= BUFFERS; i++) {
		n = t->sys->read(e->fd, octets, sizeof(octets));
		if (n > 0)
			hdlc_link_receive(e->link, octets, (size_t)n, false);
		else if (n == -ELAST)
			t->sys->ioctl(e->fd, DAHDI_GETEVENT, &event);
		else
			return n == -EAGAIN ? 0 : (int)n;
	}
	return 0;
}

static int listen_to_all(struct trial *t)
{
	struct scan_heard *h = &t->span->heard;

	while (t->left_ms > 0 && !h->dchannel) {
		pause_ms(t, STEP_MS);
		for (int i = 0; i < SCAN_CHANNELS; i++) {
			struct ear *e = &t->ear[i];
			int rc = hear(t, e);

			if (rc < 0)
				return rc;
			if (e->frames < FRAMES || h->dchannel)
				continue;
			h->dchannel = i + 1;
			h->frames = e->frames;
			h->side = e->side;
		}
	}
	return 0;
}

static int listen_on(struct trial *t)
{
	struct dahdi_spaninfo before, after;
	int rc = ask(t, &before);

	for (int i = 0; i < SCAN_CHANNELS; i++)
		t->ear[i].fd = -1;
	if (rc >= 0)
		rc = open_ears(t);
	if (rc >= 0)
		rc = listen_to_all(t);
	close_ears(t);
	if (rc >= 0)
		rc = ask(t, &after);
	if (rc < 0)
		return rc;
	t->span->heard.violations = after.bpvcount - before.bpvcount;
	t->span->heard.alarms = t->span->alarms = after.alarms;
	return 0;
}

int scan_listen(struct scan_span *span, const struct scan_sys *sys, int ctl)
{
	struct trial t = {.span = span, .sys = sys, .ctl = ctl, .left_ms = SCAN_LISTEN_S * 1000};
	int rc;

	memset(&span->heard, 0, sizeof(span->heard));
	if (strcmp(span->type, "E1") != 0 || span->channels != SCAN_CHANNELS)
		return -EINVAL;
	span->heard.tried = true;
	rc = check_free(&t);
	if (rc >= 0)
		rc = try_framings(&t);
	if (rc >= 0 && span->heard.signal == SCAN_YES)
		rc = listen_on(&t);
	span->heard.busy_errno = rc < 0 ? -rc : 0;
	return rc < 0 ? rc : 0;
}

void scan_counters(struct scan *s, const struct scan_sys *sys, int ctl)
{
	for (size_t i = 0; i < s->n_spans; i++) {
		struct scan_span *p = &s->spans[i];
		struct trial t = {.span = p, .sys = sys, .ctl = ctl};
		struct dahdi_spaninfo info;

		if (ask(&t, &info) < 0)
			continue;
		p->counted = true;
		p->fas = info.fascount;
		p->crc4 = info.crc4count;
		p->ebit = info.ebitcount;
		p->bpv = info.bpvcount;
		p->irq_misses = info.irqmisses;
		p->errored_s = info.errsec;
	}
}
