/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Collecting digits from a caller: when is it enough, when too late.
 *
 * Time is the sample count, 8000 a second. A digit at sample t is in time when
 * t < deadline; at t == deadline the time is over.
 *
 *	first	from the end of the prompt to the first digit
 *	inter	from each digit to the next
 *	total	from the end of the prompt to the last digit
 *
 * "End of the prompt" is the start when there is none, COLLECT_EV_PROMPT_END
 * otherwise, or the digit that barged in. Digits are 0-9 * # A-D; others are ignored.
 * With barge-in the first digit, a terminator too, stops the prompt; without, digits
 * during the prompt are dropped. Digits typed ahead count as if dialled at the start.
 */
#ifndef CORE_CALL_COLLECT_H
#define CORE_CALL_COLLECT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/names.h"

struct collect_cfg {
	uint8_t min; /* digits that make it a good answer, 0 .. max */
	uint8_t max; /* done when this many are there, 1 .. DIGITS_MAX - 1 */
	char terminators[17]; /* digits that end it and are not part of it; "" none */
	bool barge_in; /* a digit stops the prompt */
	bool prompt; /* a prompt is being played */
	int32_t first, inter, total; /* time-outs [samples], 0 none */
};

enum collect_reason {
	COLLECT_RUNNING,
	COLLECT_MAX, /* max digits are there */
	COLLECT_TERMINATOR,
	COLLECT_FIRST_TIMEOUT, /* no digit at all */
	COLLECT_INTER_TIMEOUT, /* no further digit */
	COLLECT_TOTAL_TIMEOUT,
	COLLECT_CANCELLED, /* COLLECT_EV_CANCEL: hang-up, or the daemon's wish */
	COLLECT_REASONS
};

/** collect_reason_str() - "max", "terminator", ..., for protocol and log */
const char *collect_reason_str(enum collect_reason reason);

enum collect_ev_type {
	COLLECT_EV_DIGIT,
	COLLECT_EV_PROMPT_END, /* the prompt was heard to its end, or failed */
	COLLECT_EV_TIME,
	COLLECT_EV_CANCEL,
};

struct collect_ev {
	enum collect_ev_type type;
	char digit; /* COLLECT_EV_DIGIT */
	int64_t at; /* sample of the event, never before the one of the last event */
};

/* What the caller has to do now, as bits */
#define COLLECT_STOP_PROMPT 1u
#define COLLECT_DONE        2u /* reason, digits and terminator are final */

struct collect {
	struct collect_cfg cfg;
	char digits[DIGITS_MAX];
	uint8_t n;
	char terminator; /* the one dialled, 0 none */
	bool prompt; /* still playing */
	enum collect_reason reason;
	int64_t digit_by, total_by; /* deadlines, INT64_MAX none */
	int64_t ended; /* sample of the end */
};

/**
 * collect_start() - begin at sample @now
 * @typed_ahead: digits that came before; NULL or "" none
 * @acts: receives COLLECT_ bits
 * Return: 0, or -EINVAL when @cfg is outside of its ranges (@c and @acts are untouched).
 */
int collect_start(struct collect *c, const struct collect_cfg *cfg, int64_t now,
		  const char *typed_ahead, unsigned *acts);

/**
 * collect_step() - one event
 * A time-out that is due at or before ev->at comes first; the event is then too late.
 * Return: COLLECT_ bits; 0 for every event after COLLECT_DONE.
 */
unsigned collect_step(struct collect *c, const struct collect_ev *ev);

/** collect_next() - sample at which COLLECT_EV_TIME is wanted, INT64_MAX: none */
int64_t collect_next(const struct collect *c);

/** collect_enough() - at least cfg.min digits are there */
bool collect_enough(const struct collect *c);

#endif
