/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A media thread in lockstep whose call thread is the test: between two turns it stands
 * still at a tick of our choice. What it tells is kept in the order in which it came.
 */
#ifndef TESTS_MEDIA_RIG_H
#define TESTS_MEDIA_RIG_H

#include <arpa/inet.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "engine/isdn.h"
#include "engine/media.h"

#define PATIENCE_MS 60000 /* only a hang reaches it */
#define TOLD_MAX    60000

struct told {
	struct media_event ev;
	uint8_t frame[ISDN_FRAME_MAX];
	int len;
};

struct rig {
	struct span_cfg span;
	struct media *m;
	int wake_fd;
	struct told *told;
	unsigned int n;
};

/* Two UDP ports of the loopback interface that nobody uses at this moment. */
static inline void two_addresses(char a[ADDRESS_MAX], char b[ADDRESS_MAX])
{
	char *out[2] = {a, b};
	int fd[2];

	for (int i = 0; i < 2; i++) {
		struct sockaddr_in at = {.sin_family = AF_INET,
					 .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
		socklen_t len = sizeof(at);

		fd[i] = socket(AF_INET, SOCK_DGRAM, 0);
		assert_true(fd[i] >= 0);
		assert_int_equal(bind(fd[i], (struct sockaddr *)&at, len), 0);
		assert_int_equal(getsockname(fd[i], (struct sockaddr *)&at, &len), 0);
		snprintf(out[i], ADDRESS_MAX, "127.0.0.1:%d", ntohs(at.sin_port));
	}
	close(fd[0]);
	close(fd[1]);
}

static inline struct span_cfg span_settings(void)
{
	return (struct span_cfg){.name = "E1",
				 .backend = "pseudowire",
				 .crc4 = E1_CRC4_AUTO,
				 .signalling = SIG_PRI_USER,
				 .dchannel = 16,
				 .clock_priority = 1,
				 .jitter_ms = 4,
				 .jitter_max_ms = 50};
}

/* From r->span; the thread runs and asks for its first turn. */
static inline void rig_open(struct rig *r)
{
	struct media_cfg cfg = {
		.spans = &r->span, .n_spans = 1, .load_percent = 90, .lockstep = true};
	char why[200];
	int err;

	r->n = 0;
	r->told = calloc(TOLD_MAX, sizeof(*r->told));
	r->wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	assert_non_null(r->told);
	err = media_new(&r->m, &cfg, r->wake_fd, why, sizeof(why));
	if (err)
		fail_msg("%s", why);
	assert_int_equal(media_start(r->m), 0);
}

/* Everything that it has told so far. */
static inline void rig_drain(struct rig *r)
{
	while (r->n < TOLD_MAX) {
		struct told *t = &r->told[r->n];

		t->len = media_event(r->m, &t->ev, t->frame);
		if (t->len < 0)
			return;
		r->n++;
	}
	fail_msg("more than %d events", TOLD_MAX);
}

static inline void rig_close(struct rig *r)
{
	media_stop(r->m);
	rig_drain(r);
	media_free(r->m);
	close(r->wake_fd);
	free(r->told);
}

/* Has it stopped at a tick? If not, wait a little for the next time that it may have. */
static inline bool rig_waits(struct rig *r, int timeout_ms)
{
	struct pollfd p = {.fd = r->wake_fd, .events = POLLIN};
	uint64_t count;

	if (media_lock_pending(r->m))
		return true;
	if (poll(&p, 1, timeout_ms) > 0 && read(r->wake_fd, &count, sizeof(count)) < 0)
		return false;
	return media_lock_pending(r->m) != 0;
}

static inline void rig_command(struct rig *r, int ts, struct media_cmd cmd)
{
	cmd.chan = (struct chan_id){.span = 0, .ts = (uint8_t)ts};
	assert_int_equal(media_command(r->m, &cmd, NULL, 0), 0);
}

/* The next event of a type from *@from on, which then stands behind it; NULL: none */
static inline const struct told *rig_find(const struct rig *r, enum media_event_type type,
					  unsigned int *from)
{
	for (; *from < r->n; (*from)++) {
		if (r->told[*from].ev.type == type)
			return &r->told[(*from)++];
	}
	return NULL;
}

static inline unsigned int rig_count(const struct rig *r, enum media_event_type type)
{
	unsigned int at = 0, n = 0;

	while (rig_find(r, type, &at))
		n++;
	return n;
}

#endif
