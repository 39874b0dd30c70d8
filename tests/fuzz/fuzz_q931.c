/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Hostile D-channel frames: the screen alone, and screen and libpri together in an established
 * data link with calls in many states.
 *
 * The first octet chooses side and variant; then operations follow, each an octet and what it
 * takes. Messages are put into I frames with the right sequence numbers, so that they reach
 * Q.931; which call they name is mostly one that exists.
 *
 * With Debian's libpri only what crashes is seen. To let the sanitizers look into it, link a
 * libpri that was built with them.
 */
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "core/call/q931_screen.h"
#include "engine/isdn.h"

#define CALLS 8

struct input {
	const uint8_t *p;
	size_t n;
};

struct fuzz {
	struct isdn_link *link;
	enum isdn_side side;
	uint8_t nr; /* I frames that the link has sent: our N(R) */
	uint8_t ns; /* I frames that we sent */
	uint8_t own[2]; /* call reference of the link's last SETUP */
	uint32_t call[CALLS]; /* ids of calls, the newest first */
	uint8_t habit; /* what to do with offered calls */
};

static int64_t now;

static uint8_t take(struct input *in)
{
	if (!in->n)
		return 0;
	in->n--;
	return *in->p++;
}

static size_t take_run(struct input *in, const uint8_t **p, size_t max)
{
	size_t n = take(in);

	n = n > in->n ? in->n : n;
	n = n > max ? max : n;
	*p = in->p;
	in->p += n;
	in->n -= n;
	return n;
}

static void on_send(void *ctx, const uint8_t *frame, size_t len)
{
	struct fuzz *f = ctx;

	if (len < 4 || frame[2] & 1)
		return;
	f->nr = ((frame[2] >> 1) + 1) & 0x7f;
	if (len > 9 && frame[8] == 0x05) {
		f->own[0] = frame[6];
		f->own[1] = frame[7];
	}
}

static void remember(struct fuzz *f, uint32_t call)
{
	memmove(f->call + 1, f->call, sizeof(f->call) - sizeof(f->call[0]));
	f->call[0] = call;
}

static void check_text(const struct isdn_event *ev)
{
	const struct isdn_party *p = &ev->party;

	if (!memchr(p->called.digits, 0, NUMBER_MAX) || !memchr(p->calling.digits, 0, NUMBER_MAX) ||
	    !memchr(p->redirecting.from.digits, 0, NUMBER_MAX) || !memchr(p->name, 0, NAME_MAX_LEN))
		abort();
	if (ev->channel < 0 || ev->channel > 31 || ev->cause < 0 || ev->cause > 127)
		abort();
}

static void on_event(void *ctx, const struct isdn_event *ev)
{
	struct fuzz *f = ctx;

	check_text(ev);
	if (ev->type == ISDN_DISCONNECT && !(f->habit & 0x10))
		isdn_hangup(f->link, ev->call, 16);
	if (ev->type != ISDN_SETUP)
		return;
	remember(f, ev->call);
	switch (f->habit & 7) {
	case 1: isdn_need_more(f->link, ev->call, 5); break;
	case 2: isdn_proceeding(f->link, ev->call, 0); break;
	case 3: isdn_alerting(f->link, ev->call, 0, true); break;
	case 4: isdn_connect(f->link, ev->call, 0); break;
	case 5: isdn_hangup(f->link, ev->call, 17); break;
	case 6: isdn_hangup(f->link, ev->call, 44); break;
	default: break;
	}
}

static void on_trace(void *ctx, const char *text)
{
	(void)ctx;
	if (strchr(text, '\n'))
		abort();
}

static void run_for(struct fuzz *f, int64_t samples)
{
	int64_t until = now + samples;
	int steps = 0;

	for (;;) {
		int64_t next = isdn_link_next(f->link);

		if (next > until || ++steps > 10000)
			break;
		now = next > now ? next : now;
		isdn_set_now(now);
		isdn_link_run(f->link);
	}
	if (steps > 10000)
		abort(); /* a timer that runs for ever at one and the same time */
	now = until;
	isdn_set_now(now);
}

/* Address octet of the far end's command */
static uint8_t command(const struct fuzz *f)
{
	return f->side == ISDN_USER ? 0x02 : 0x00;
}

static void send_message(struct fuzz *f, uint8_t op, struct input *in)
{
	uint8_t frame[ISDN_FRAME_MAX] = {command(f), 0x01, f->ns << 1, f->nr << 1, 0x08, 0x02};
	const uint8_t *elements;
	size_t n;

	frame[8] = take(in) & 0x7f;
	switch (op >> 3 & 3) {
	case 0: /* a call of the far end */ frame[7] = 1 + (op >> 5); break;
	case 1: /* a call of the link's */
		frame[6] = f->own[0] | 0x80;
		frame[7] = f->own[1];
		break;
	case 2: /* global */ frame[6] = op & 0x80; break;
	default:
		frame[6] = take(in);
		frame[7] = take(in);
		break;
	}
	n = take_run(in, &elements, sizeof(frame) - 9);
	memcpy(frame + 9, elements, n);
	f->ns = (f->ns + 1) & 0x7f;
	isdn_link_receive(f->link, frame, 9 + n);
}

static void send_raw(struct fuzz *f, struct input *in)
{
	const uint8_t *frame;
	size_t n = take_run(in, &frame, 255);

	isdn_link_receive(f->link, frame, n);
}

static void request(struct fuzz *f, struct input *in)
{
	uint8_t what = take(in);
	uint32_t call = f->call[what >> 4 & 7];

	switch (what & 15) {
	case 0: isdn_hangup(f->link, call, 1 + take(in) % 127); break;
	case 1: isdn_connect(f->link, call, take(in) & 31); break;
	case 2: isdn_alerting(f->link, call, 0, what & 0x80); break;
	case 3: isdn_progress(f->link, call, 0, true, take(in) & 0x7f); break;
	case 4: isdn_need_more(f->link, call, take(in) & 31); break;
	case 5: isdn_digits(f->link, call, "12#"); break;
	case 6: isdn_restart(f->link, take(in) & 31); break;
	case 7:
		isdn_link_layer1(f->link, false);
		run_for(f, take(in) * 800);
		isdn_link_layer1(f->link, true);
		break;
	case 8: isdn_link_trace(f->link, what & 0x80); break;
	case 9: f->habit = take(in); break;
	default: isdn_proceeding(f->link, call, 0); break;
	}
}

static void offer(struct fuzz *f, struct input *in)
{
	struct isdn_setup s = {.channel = 1 + take(in) % 15};
	uint8_t how = take(in);
	int64_t id;

	s.exclusive = how & 1;
	s.complete = how & 2;
	strcpy(s.party.called.digits, how & 2 ? "95550" : "");
	strcpy(s.party.calling.digits, how & 4 ? "12345" : "");
	strcpy(s.party.name, how & 8 ? "Zo\xc3\xab" : "");
	strcpy(s.party.redirecting.from.digits, how & 16 ? "777" : "");
	id = isdn_setup(f->link, &s);
	if (id > 0)
		remember(f, id);
}

static void establish(struct fuzz *f)
{
	uint8_t ua[] = {f->side == ISDN_USER ? 0x00 : 0x02, 0x01, 0x73};

	run_for(f, 8);
	isdn_link_receive(f->link, ua, sizeof(ua));
}

static void operate(struct fuzz *f, struct input *in)
{
	uint8_t op = take(in);

	switch (op & 7) {
	default: send_message(f, op, in); break;
	case 4: send_raw(f, in); break;
	case 5: run_for(f, take(in) * 800LL); break;
	case 6: request(f, in); break;
	case 7: offer(f, in); break;
	}
}

static void screen_alone(const uint8_t *data, size_t size)
{
	struct q931_screen s = {0};
	struct q931_message m;
	struct reader r;
	size_t keep = size + 1;
	enum q931_reason why = q931_screen_frame(&s, data, size, &keep);

	if (keep > size || (!why && keep != size) || s.passed != !why)
		abort();
	if (!strcmp(q931_reason_name(why), "?"))
		abort();
	if (q931_message(data, size, &m) < 0)
		return;
	for (int id = 0; id < 256; id++)
		q931_element(&m, id, &r);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct isdn_callbacks cb = {on_send, on_event, on_trace, NULL};
	struct input in = {data, size};
	struct fuzz f = {0};
	uint8_t kind = take(&in);
	const struct isdn_cfg cfg = {
		.name = "fuzz",
		.side = kind & 1 ? ISDN_NETWORK : ISDN_USER,
		.variant = kind & 2 ? ISDN_QSIG : ISDN_EUROISDN,
		.dchannel = 16,
		.overlap = kind & 4,
		.t309_s = 10,
	};
	struct isdn_callbacks with = cb;

	log_set_level(LOG_ERROR_);
	screen_alone(data, size);
	isdn_set_now(now);
	f.side = cfg.side;
	f.habit = kind >> 4;
	with.ctx = &f;
	f.link = isdn_link_new(&cfg, &with);
	if (!f.link)
		abort();
	isdn_link_trace(f.link, kind & 8);
	establish(&f);
	while (in.n)
		operate(&f, &in);
	run_for(&f, 60 * 8000);
	isdn_link_free(f.link);
	return 0;
}
