/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "engine/dtrace.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/names.h"
#include "base/reader.h"

#define LIMIT_DEFAULT 100000000
#define LINE_MAX_LEN  2100 /* the ISDN library's longest line is 2048 */

/*
 * LINKTYPE_LINUX_LAPD: each frame behind a 16-octet pseudo header, which tells Wireshark the
 * direction and whether we are the network side. Without that, as with LINKTYPE_LAPD_WITH_DIR,
 * it would have to guess which side's commands and responses it looks at.
 */
#define LINKTYPE_LINUX_LAPD 177
#define PSEUDO_HEADER       16
#define PACKET_HOST         0
#define PACKET_OUTGOING     4
#define ARPHRD_LAPD_VALUE   8445
#define ETH_P_LAPD_VALUE    0x0030

struct dfile {
	FILE *f; /* NULL: not wanted, or closed after an error */
	uint64_t octets;
	const char *what; /* NULL: not wanted */
};

struct dtrace {
	char name[NAME_MAX_LEN];
	bool network;
	bool told; /* the limit was logged */
	int64_t utc0_us;
	uint64_t limit;
	struct dfile pcap, text;
	struct dtrace_stats st;
};

static void dfile_close(struct dtrace *d, struct dfile *x)
{
	if (x->f && fclose(x->f))
		log_warn(d->name, "%s trace: %s", x->what, strerror(errno));
	x->f = NULL;
}

/* Whole records only: what would cross the limit is left out. Errors end the file, told once. */
static bool dfile_write(struct dtrace *d, struct dfile *x, const void *p, size_t n)
{
	if (!x->f)
		return false;
	if (x->octets + n > d->limit) {
		if (!d->told)
			log_warn(d->name,
				 "D-channel trace stops at its limit of %" PRIu64 " octets",
				 d->limit);
		d->told = true;
		return false;
	}
	if (fwrite(p, 1, n, x->f) != n) {
		log_warn(d->name, "%s trace ends: %s", x->what, strerror(errno));
		dfile_close(d, x);
		return false;
	}
	x->octets += n;
	return true;
}

static int dfile_open(struct dtrace *d, struct dfile *x, const char *path, const char *what)
{
	if (!path)
		return 0;
	x->what = what;
	x->f = fopen(path, "wb");
	if (!x->f) {
		int err = errno;

		log_warn(d->name, "%s trace %s: %s", what, path, strerror(err));
		return -err;
	}
	return 0;
}

/* Big endian on purpose: the reader of base/ writes it, and pcap says by its magic how it is. */
static void pcap_begin(struct dtrace *d)
{
	uint8_t buf[24];
	struct writer w;

	wr_init(&w, buf, sizeof(buf));
	wr_be32(&w, 0xa1b2c3d4); /* microseconds */
	wr_be16(&w, 2);
	wr_be16(&w, 4);
	wr_be32(&w, 0); /* UTC */
	wr_be32(&w, 0);
	wr_be32(&w, 65535);
	wr_be32(&w, LINKTYPE_LINUX_LAPD);
	dfile_write(d, &d->pcap, buf, sizeof(buf));
}

int dtrace_open(struct dtrace **out, const struct dtrace_cfg *cfg)
{
	struct dtrace *d;
	int err;

	if (!cfg->name || (!cfg->pcap_path && !cfg->text_path))
		return -EINVAL;
	d = calloc(1, sizeof(*d));
	if (!d)
		return -ENOMEM;
	snprintf(d->name, sizeof(d->name), "%s", cfg->name);
	d->network = cfg->network;
	d->utc0_us = cfg->utc0_us;
	d->limit = cfg->max_octets ? cfg->max_octets : LIMIT_DEFAULT;
	err = dfile_open(d, &d->pcap, cfg->pcap_path, "pcap");
	if (!err)
		err = dfile_open(d, &d->text, cfg->text_path, "text");
	if (err) {
		dtrace_close(d);
		return err;
	}
	if (d->pcap.f)
		pcap_begin(d);
	*out = d;
	return 0;
}

void dtrace_frame(struct dtrace *d, int64_t sample, enum dtrace_direction dir, const uint8_t *frame,
		  size_t len)
{
	int64_t us = d->utc0_us + sample * 125;
	uint8_t buf[16 + PSEUDO_HEADER + 512];
	struct writer w;
	int n;

	if (!d->pcap.what)
		return; /* only text is wanted */
	wr_init(&w, buf, sizeof(buf));
	wr_be32(&w, us / 1000000);
	wr_be32(&w, us % 1000000);
	wr_be32(&w, PSEUDO_HEADER + len);
	wr_be32(&w, PSEUDO_HEADER + len);
	wr_be16(&w, dir == DTRACE_SENT ? PACKET_OUTGOING : PACKET_HOST);
	wr_be16(&w, ARPHRD_LAPD_VALUE);
	wr_be16(&w, 1); /* octets of the address that count */
	wr_u8(&w, d->network);
	wr_copy(&w, "\0\0\0\0\0\0", 7);
	wr_be16(&w, ETH_P_LAPD_VALUE);
	wr_copy(&w, frame, len);
	n = wr_len(&w);
	if (n > 0 && dfile_write(d, &d->pcap, buf, n))
		d->st.frames++;
	else
		d->st.dropped++;
}

void dtrace_line(struct dtrace *d, int64_t sample, const char *text)
{
	char buf[LINE_MAX_LEN + 40];
	int len = strcspn(text, "\r\n");
	int n;

	if (!d->text.what)
		return; /* only pcap is wanted */
	if (len > LINE_MAX_LEN)
		len = LINE_MAX_LEN;
	n = snprintf(buf, sizeof(buf), "%" PRId64 ".%06d %.*s\n", sample / 8000,
		     (int)(sample % 8000 * 125), len, text);
	if (dfile_write(d, &d->text, buf, n))
		d->st.lines++;
	else
		d->st.dropped++;
}

static void dfile_flush(struct dtrace *d, struct dfile *x)
{
	if (x->f && fflush(x->f)) {
		log_warn(d->name, "%s trace ends: %s", x->what, strerror(errno));
		dfile_close(d, x);
	}
}

void dtrace_flush(struct dtrace *d)
{
	dfile_flush(d, &d->pcap);
	dfile_flush(d, &d->text);
}

void dtrace_stats(const struct dtrace *d, struct dtrace_stats *st)
{
	*st = d->st;
	st->pcap_octets = d->pcap.octets;
	st->text_octets = d->text.octets;
}

void dtrace_close(struct dtrace *d)
{
	if (!d)
		return;
	dfile_close(d, &d->pcap);
	dfile_close(d, &d->text);
	free(d);
}
