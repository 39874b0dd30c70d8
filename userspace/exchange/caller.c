/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "exchange/caller.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "core/channel/g711.h"
#include "core/call/cause.h"
#include "exchange/caller_steps.h"

#define SAMPLES(ms) ((int64_t)(ms)*8)

static const char *const fault_names[CALLER_FAULTS] = {
	[CALLER_GOOD] = "good",
	[CALLER_NO_CHANNEL] = "no-channel",
	[CALLER_NO_LINK] = "no-link",
	[CALLER_NO_PROGRESS] = "no-progress",
	[CALLER_CLEARED] = "cleared-early",
	[CALLER_CAUSE] = "wrong-cause",
	[CALLER_NOT_CLEARED] = "not-cleared",
	[CALLER_NOT_HEARD] = "not-heard",
	[CALLER_DIFFERS] = "differs",
	[CALLER_DELAY] = "delay",
	[CALLER_NOT_RELEASED] = "not-released",
	[CALLER_UNFINISHED] = "unfinished",
};

const char *caller_fault_name(enum caller_fault f)
{
	return (unsigned int)f < CALLER_FAULTS ? fault_names[f] : "?";
}

void caller_init(struct caller *c, const struct caller_cfg *cfg, int64_t now)
{
	struct caller_result *r = &c->result;

	memset(c, 0, sizeof(*c));
	c->cfg = *cfg;
	ear_init(&c->ear);
	if (cfg->analog)
		hybrid_init(&c->hybrid, &cfg->hybrid);
	mouth_shut(&c->mouth);
	c->now = now;
	c->digits_due = -1;
	c->partner_good = -1;
	r->born = now;
	r->setup = r->proceeding = r->alerting = r->connected = r->ended = r->released = -1;
	r->delay_min = r->delay_max = -1;
}

void caller_fail(struct caller *c, enum caller_fault fault, const char *fmt, ...)
{
	struct caller_result *r = &c->result;
	va_list ap;
	int n = 0;

	if (r->fault != CALLER_GOOD)
		return;
	r->fault = fault;
	if (c->step < c->cfg.n_steps) {
		const struct step *s = &c->cfg.steps[c->step];

		r->step = (unsigned int)c->step + 1;
		n = snprintf(r->reason, sizeof(r->reason), "step %u (%s%s%s): ", r->step,
			     step_name((enum step_do)s->what), s->file[0] ? " " : "", s->file);
	}
	if (n < 0 || n >= (int)sizeof(r->reason))
		n = 0;
	va_start(ap, fmt);
	vsnprintf(r->reason + n, sizeof(r->reason) - (size_t)n, fmt, ap);
	va_end(ap);
	c->finishing = true;
	if (fault == CALLER_NO_CHANNEL || fault == CALLER_NO_LINK || fault == CALLER_UNFINISHED)
		c->done = true;
}

struct caller_request *caller_ask(struct caller_out *out, enum caller_ask ask)
{
	struct caller_request *r;

	assert(out->n < CALLER_REQUESTS_MAX);
	r = &out->request[out->n++];
	memset(r, 0, sizeof(*r));
	r->ask = ask;
	return r;
}

void caller_hang_up(struct caller *c, struct caller_out *out, int cause)
{
	if (c->hung_up || c->released)
		return;
	c->hung_up = true;
	caller_ask(out, CALLER_HANGUP)->cause = cause;
	if (c->result.ended < 0)
		c->result.ended = c->now;
}

static void first_time(int64_t *at, int64_t now)
{
	if (*at < 0)
		*at = now;
}

static void far_end_cleared(struct caller *c, const struct isdn_event *ev, int64_t now)
{
	c->disconnected = true;
	c->inband = ev->type == ISDN_DISCONNECT && ev->inband;
	if (!c->hung_up && !c->result.cause)
		c->result.cause = ev->cause;
	first_time(&c->result.ended, now);
}

void caller_event(struct caller *c, const struct isdn_event *ev, int64_t now)
{
	struct caller_result *r = &c->result;

	switch (ev->type) {
	case ISDN_SETUP_ACK:
		if (c->digits_due < 0)
			c->digits_due = now;
		break;
	case ISDN_PROCEEDING: first_time(&r->proceeding, now); break;
	case ISDN_ALERTING: first_time(&r->alerting, now); break;
	case ISDN_PROGRESS: c->progress = true; break;
	case ISDN_CONNECTED:
	case ISDN_CONNECT_ACK: first_time(&r->connected, now); break;
	case ISDN_DISCONNECT: far_end_cleared(c, ev, now); break;
	case ISDN_RELEASED:
		if (!c->disconnected)
			far_end_cleared(c, ev, now);
		c->inband = false;
		c->released = true;
		first_time(&r->released, now);
		break;
	default: break;
	}
}

/* Originating: the SETUP, and with overlap sending the digits after it, Q.931 5.1.3. */
static void call(struct caller *c, struct caller_out *out)
{
	struct caller_request *r;
	size_t len = strlen(c->cfg.called);

	if (!c->begun) {
		c->begun = true;
		c->result.setup = c->now;
		r = caller_ask(out, CALLER_SETUP);
		c->digits_sent = c->cfg.overlap ? (size_t)c->cfg.overlap_first : len;
		if (c->digits_sent > len)
			c->digits_sent = len;
		memcpy(r->digits, c->cfg.called, c->digits_sent);
		return;
	}
	if (c->digits_sent == len || c->digits_due < 0 || c->now < c->digits_due ||
	    c->disconnected || c->result.connected >= 0)
		return;
	caller_ask(out, CALLER_MORE_DIGITS)->digits[0] = c->cfg.called[c->digits_sent++];
	c->digits_due = c->now + SAMPLES(c->cfg.overlap_gap_ms);
}

static void finish(struct caller *c, struct caller_out *out)
{
	mouth_shut(&c->mouth);
	caller_hang_up(c, out, CAUSE_NORMAL_CLEARING);
	if (c->released) {
		c->done = true;
	} else if (c->now - c->result.ended > SAMPLES(CALLER_RELEASE_MS)) {
		caller_fail(c, CALLER_NOT_RELEASED, "no release within %d ms of the end",
			    CALLER_RELEASE_MS);
		c->done = true;
	}
}

void caller_tick(struct caller *c, int64_t now, const uint8_t rx[CALLER_TICK],
		 uint8_t tx[CALLER_TICK], struct caller_out *out)
{
	out->n = 0;
	memset(tx, ALAW_IDLE, CALLER_TICK);
	if (c->done)
		return;
	c->now = now;
	ear_hear(&c->ear, rx, CALLER_TICK);
	if (!c->cfg.answering)
		call(c, out);
	if (!c->finishing)
		caller_run_steps(c, out);
	if (c->finishing)
		finish(c, out);
	else
		mouth_read(&c->mouth, now, tx, CALLER_TICK);
	if (c->cfg.analog)
		hybrid_pass(&c->hybrid, rx, tx, CALLER_TICK);
}
