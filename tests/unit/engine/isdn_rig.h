/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Two ISDN links back to back in memory, with simulated time: frames wait in two queues until
 * rig_run() carries them, and time jumps from timer to timer.
 */
#ifndef TESTS_ISDN_RIG_H
#define TESTS_ISDN_RIG_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "core/call/cause.h"
#include "engine/isdn.h"

#define RIG_EVENTS 512
#define RIG_FRAMES 256
#define SECOND     8000LL

struct rig_queue {
	struct {
		uint8_t octets[ISDN_FRAME_MAX];
		size_t len;
	} frame[RIG_FRAMES];
	size_t first, n;
};

struct rig;

struct rig_side {
	struct rig *rig;
	struct isdn_link *link;
	struct rig_queue out; /* frames that it sent */
	struct isdn_event event[RIG_EVENTS];
	size_t first, n;
	unsigned long total; /* events of all kinds */
	void (*hook)(struct rig_side *s, const struct isdn_event *ev); /* instead of the queue */
	unsigned long sent; /* frames */
	uint8_t vs; /* N(S) of its next I frame */
	char trace[20000]; /* lines of the trace */
};

struct rig {
	struct rig_side user, net;
	bool cut; /* the cable is cut: frames vanish */
	unsigned int
		drop_each; /* every n-th frame vanishes, in both directions together; 0: none */
	unsigned long carried;
};

static int64_t rig_now; /* goes on over all tests: time never goes back */

static inline void rig_send(void *ctx, const uint8_t *frame, size_t len)
{
	struct rig_side *s = ctx;
	struct rig_queue *q = &s->out;

	assert_true(len >= 3 && len <= ISDN_FRAME_MAX);
	assert_true(q->n < RIG_FRAMES);
	memcpy(q->frame[(q->first + q->n) % RIG_FRAMES].octets, frame, len);
	q->frame[(q->first + q->n++) % RIG_FRAMES].len = len;
	s->sent++;
	if (!(frame[2] & 1))
		s->vs = ((frame[2] >> 1) + 1) & 0x7f;
}

static inline void rig_event(void *ctx, const struct isdn_event *ev)
{
	struct rig_side *s = ctx;

	s->total++;
	if (s->hook) {
		s->hook(s, ev);
		return;
	}
	assert_true(s->n < RIG_EVENTS);
	s->event[(s->first + s->n++) % RIG_EVENTS] = *ev;
}

static inline void rig_trace(void *ctx, const char *text)
{
	struct rig_side *s = ctx;
	size_t len = strlen(s->trace);

	assert_null(strchr(text, '\n'));
	snprintf(s->trace + len, sizeof(s->trace) - len, "%s\n", text);
}

static inline struct isdn_link *rig_link(struct rig_side *s, enum isdn_side side,
					 enum isdn_variant variant, int t309_s)
{
	const struct isdn_cfg cfg = {
		.name = side == ISDN_USER ? "user" : "net",
		.side = side,
		.variant = variant,
		.dchannel = 16,
		.overlap = true,
		.t309_s = t309_s,
	};
	const struct isdn_callbacks cb = {rig_send, rig_event, rig_trace, s};

	return isdn_link_new(&cfg, &cb);
}

/* Frames that wait go across, in turns. */
static inline void rig_pump(struct rig *r)
{
	while (r->user.out.n || r->net.out.n) {
		for (int i = 0; i < 2; i++) {
			struct rig_side *from = i ? &r->net : &r->user,
					*to = i ? &r->user : &r->net;
			uint8_t octets[ISDN_FRAME_MAX];
			size_t len;

			if (!from->out.n)
				continue;
			len = from->out.frame[from->out.first].len;
			memcpy(octets, from->out.frame[from->out.first].octets, len);
			from->out.first = (from->out.first + 1) % RIG_FRAMES;
			from->out.n--;
			r->carried++;
			if (r->cut || (r->drop_each && r->carried % r->drop_each == 0))
				continue;
			isdn_link_receive(to->link, octets, len);
		}
	}
}

static inline void rig_run(struct rig *r, int64_t samples)
{
	int64_t until = rig_now + samples;

	for (;;) {
		int64_t a, b, next;

		rig_pump(r);
		a = isdn_link_next(r->user.link);
		b = isdn_link_next(r->net.link);
		next = a < b ? a : b;
		if (next > until)
			break;
		if (next > rig_now)
			rig_now = next;
		isdn_set_now(rig_now);
		isdn_link_run(r->user.link);
		isdn_link_run(r->net.link);
	}
	rig_now = until;
	isdn_set_now(rig_now);
}

static inline const char *rig_name(enum isdn_event_type t)
{
	static const char *const names[] = {
		"LINK_UP",  "LINK_DOWN",   "SETUP",     "DIGITS",      "SETUP_ACK",  "PROCEEDING",
		"ALERTING", "PROGRESS",    "CONNECTED", "CONNECT_ACK", "DISCONNECT", "RELEASED",
		"RESTART",  "RESTART_ACK", "SERVICE",   "NOTIFY",
	};

	return names[t];
}

/* The next event of a side, which must be this one. */
static inline struct isdn_event rig_expect(struct rig_side *s, enum isdn_event_type type)
{
	struct isdn_event ev;

	if (!s->n)
		fail_msg("no event, expected %s", rig_name(type));
	ev = s->event[s->first];
	s->first = (s->first + 1) % RIG_EVENTS;
	s->n--;
	if (ev.type != type)
		fail_msg("event %s (cause %d), expected %s", rig_name(ev.type), ev.cause,
			 rig_name(type));
	return ev;
}

static inline void rig_nothing(struct rig *r)
{
	if (r->user.n)
		fail_msg("user side: unexpected %s", rig_name(r->user.event[r->user.first].type));
	if (r->net.n)
		fail_msg("network side: unexpected %s", rig_name(r->net.event[r->net.first].type));
}

/* A message of the network's that libpri would not send; its data link is out of step afterwards. */
static inline void rig_forge(struct rig *r, const uint8_t *message, size_t len)
{
	uint8_t frame[ISDN_FRAME_MAX] = {0x02, 0x01, r->net.vs++ << 1, r->user.vs << 1};

	r->cut = true;
	memcpy(frame + 4, message, len);
	isdn_link_receive(r->user.link, frame, 4 + len);
}

#define RIG_FORGE(r, ...)                                                                          \
	rig_forge(r, (const uint8_t[]){__VA_ARGS__}, sizeof((const uint8_t[]){__VA_ARGS__}))

/* The octets of the message that the user side sent last */
static inline const uint8_t *rig_answer(struct rig *r)
{
	struct rig_queue *q = &r->user.out;

	assert_true(q->n > 0);
	for (size_t i = q->n; i--;) {
		const uint8_t *f = q->frame[(q->first + i) % RIG_FRAMES].octets;

		if (!(f[2] & 1))
			return f + 4;
	}
	fail_msg("no message was sent");
	return NULL;
}

/* After forging: both sides find each other again. Calls are lost. */
static inline void rig_mend(struct rig *r)
{
	rig_run(r, 150 * SECOND);
	r->cut = false;
	rig_run(r, 30 * SECOND);
	r->user.n = 0;
	r->net.n = 0;
}

static inline struct rig *rig_new(enum isdn_variant variant, int t309_s)
{
	struct rig *r = calloc(1, sizeof(*r));

	assert_non_null(r);
	isdn_set_now(rig_now);
	r->user.rig = r;
	r->net.rig = r;
	r->user.link = rig_link(&r->user, ISDN_USER, variant, t309_s);
	r->net.link = rig_link(&r->net, ISDN_NETWORK, variant, t309_s);
	assert_non_null(r->user.link);
	assert_non_null(r->net.link);
	rig_run(r, SECOND / 100);
	rig_expect(&r->user, ISDN_LINK_UP);
	rig_expect(&r->net, ISDN_LINK_UP);
	rig_nothing(r);
	return r;
}

/* All calls over, nothing refused on the way. */
static inline void rig_free(struct rig *r)
{
	struct isdn_link_stats a, b;

	isdn_link_stats(r->user.link, &a);
	isdn_link_stats(r->net.link, &b);
	assert_int_equal(a.calls, 0);
	assert_int_equal(b.calls, 0);
	assert_int_equal(a.screened, 0);
	assert_int_equal(b.screened, 0);
	isdn_link_free(r->user.link);
	isdn_link_free(r->net.link);
	free(r);
}

static inline struct isdn_setup rig_setup(const char *called, const char *calling, int channel)
{
	struct isdn_setup s = {.channel = channel, .exclusive = true, .complete = true};

	snprintf(s.party.called.digits, NUMBER_MAX, "%s", called);
	snprintf(s.party.calling.digits, NUMBER_MAX, "%s", calling);
	s.party.called.npi = 1;
	s.party.calling.npi = 1;
	s.party.bearer = ISDN_BEARER_3K1_AUDIO;
	s.party.bearer_rate = 0x10;
	s.party.law = 3;
	return s;
}

/* A call from @a to @b up to the conversation. Return: the ids of both sides. */
static inline void rig_talk(struct rig *r, struct rig_side *a, struct rig_side *b, int channel,
			    uint32_t *ida, uint32_t *idb)
{
	struct isdn_setup s = rig_setup("95550", "075512345678", channel);
	int64_t id = isdn_setup(a->link, &s);

	assert_true(id > 0);
	*ida = id;
	rig_run(r, SECOND / 10);
	*idb = rig_expect(b, ISDN_SETUP).call;
	assert_int_equal(isdn_alerting(b->link, *idb, 0, false), 0);
	assert_int_equal(isdn_connect(b->link, *idb, 0), 0);
	rig_run(r, SECOND / 10);
	rig_expect(a, ISDN_PROCEEDING);
	rig_expect(a, ISDN_ALERTING);
	rig_expect(a, ISDN_CONNECTED);
	rig_expect(b, ISDN_CONNECT_ACK);
}

static inline void rig_hang_up(struct rig *r, struct rig_side *a, uint32_t ida, struct rig_side *b,
			       uint32_t idb, int cause)
{
	assert_int_equal(isdn_hangup(a->link, ida, cause), 0);
	rig_run(r, SECOND / 10);
	assert_int_equal(rig_expect(b, ISDN_DISCONNECT).cause, cause);
	assert_int_equal(isdn_hangup(b->link, idb, CAUSE_NORMAL_CLEARING), 0);
	rig_run(r, SECOND / 10);
	assert_int_equal(rig_expect(b, ISDN_RELEASED).cause, cause);
	assert_int_equal(rig_expect(a, ISDN_RELEASED).cause, cause);
	rig_nothing(r);
}

#endif
