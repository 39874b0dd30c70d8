/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One caller: a script of steps, an ear, a mouth, and a call.
 *
 * Pure: events and received octets with their time in, octets and requests to the
 * signalling out. The same input gives the same behaviour. Time is the sample count
 * of the exchange.
 *
 * Each tick: caller_event() for what signalling brought, then caller_tick() once. A
 * caller whose script has ended, or that has failed, hangs up by itself and is done
 * once the call reference is gone.
 */
#ifndef EXCHANGE_CALLER_H
#define EXCHANGE_CALLER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/channel/hybrid.h"
#include "engine/isdn.h"
#include "exchange/hear.h"
#include "exchange/mouth.h"
#include "exchange/partner.h"
#include "exchange/prompt.h"
#include "exchange/scenario.h"

#define CALLER_TICK   8 /* octets a tick */
#define CALLER_REASON 256
#define CALLER_DIGITS 128 /* DTMF digits that are remembered */
#define CALLER_RELEASE_MS                                                                          \
	45000 /* the far end must have released by then (T305 30 s + T308 2 x 4 s) */
#define CALLER_REQUESTS_MAX 8

enum caller_ask {
	CALLER_SETUP, /* offer the call */
	CALLER_MORE_DIGITS, /* digits of the called number, overlap */
	CALLER_ALERT,
	CALLER_PROGRESS,
	CALLER_CONNECT,
	CALLER_HANGUP,
};

struct caller_request {
	enum caller_ask ask;
	char digits[NUMBER_MAX];
	bool inband;
	int cause;
};

struct caller_out {
	unsigned int n;
	struct caller_request request[CALLER_REQUESTS_MAX];
};

/* What went wrong, in a word for statistics. */
enum caller_fault {
	CALLER_GOOD,
	CALLER_NO_CHANNEL, /* none was free */
	CALLER_NO_LINK, /* signalling could not take the call */
	CALLER_NO_PROGRESS, /* an expected answer of signalling did not come */
	CALLER_CLEARED, /* the far end cleared too early */
	CALLER_CAUSE, /* wrong cause */
	CALLER_NOT_CLEARED, /* the far end should have cleared */
	CALLER_NOT_HEARD, /* prompt, tone, speech, silence did not come */
	CALLER_DIFFERS, /* prompt or partner not octet for octet */
	CALLER_DELAY, /* partner too late */
	CALLER_NOT_RELEASED, /* the call reference did not go away */
	CALLER_UNFINISHED, /* the run ended first */
	CALLER_FAULTS
};

/** caller_fault_name() - "no-channel", ...; "?" when out of range */
const char *caller_fault_name(enum caller_fault f);

struct caller_cfg {
	uint32_t id; /* 1..2^31 - 1, unlike those of all other callers of this exchange */
	bool answering;
	const struct step *steps;
	size_t n_steps;
	char called[NUMBER_MAX]; /* originating: whole number */
	bool overlap; /* originating: digits one by one */
	int overlap_first, overlap_gap_ms;
	bool analog; /* behind a hybrid: what is heard comes back */
	struct hybrid_cfg hybrid;
};

/* What became of it; times are samples, -1: did not happen. */
struct caller_result {
	enum caller_fault fault;
	char reason[CALLER_REASON]; /* in words, "" while all is well */
	unsigned int step; /* at which it failed, from 1 */
	int64_t born, setup, proceeding, alerting, connected, ended, released;
	int cause; /* from the far end, 0 none */
	char digits[CALLER_DIGITS]; /* DTMF sent */
	unsigned int prompts; /* heard exactly or within the tolerance */
	int64_t prompt_octets, prompt_differ;
	uint32_t partner; /* id, with bit 31 set if that one was called; 0 none */
	int64_t partner_octets, partner_differ;
	int64_t delay_min, delay_max; /* [samples] */
};

struct caller {
	struct caller_cfg cfg;
	struct caller_result result;
	struct ear ear;
	struct mouth mouth;
	struct hybrid hybrid;
	union {
		struct level_watch level;
		struct tone_watch tone;
		struct prompt_watch prompt;
		struct partner_watch partner;
	} watch;
	size_t step; /* at hand; cfg.n_steps: script has ended */
	bool step_begun;
	int64_t step_at; /* sample of its begin */
	int64_t cursor; /* position in the ear from where the next prompt is looked for */
	int64_t now; /* sample of the tick at hand */
	int64_t digits_due; /* overlap: next digit; -1: not yet asked for */
	size_t digits_sent;
	bool begun, disconnected, released, inband, hung_up, finishing, done;
	bool progress; /* PROGRESS was received */
	int64_t partner_good; /* sample at which the partner had been heard long enough, -1 */
	const char *record; /* file name of the step, NULL: not recording */
};

/** caller_init() - a caller comes at @now; @cfg is copied, its steps must outlive the caller */
void caller_init(struct caller *c, const struct caller_cfg *cfg, int64_t now);

/** caller_event() - signalling about this caller's call */
void caller_event(struct caller *c, const struct isdn_event *ev, int64_t now);

/** caller_fail() - the shell found out: no channel, no link, end of the run */
void caller_fail(struct caller *c, enum caller_fault fault, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/**
 * caller_tick() - one millisecond
 * @now: sample of the first octet
 * @rx: received octets, @tx: octets to send
 * @out: requests to signalling, in order; emptied first
 */
void caller_tick(struct caller *c, int64_t now, const uint8_t rx[CALLER_TICK],
		 uint8_t tx[CALLER_TICK], struct caller_out *out);

/** caller_done() - nothing more will happen */
static inline bool caller_done(const struct caller *c)
{
	return c->done;
}

#endif
