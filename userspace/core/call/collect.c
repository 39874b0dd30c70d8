/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/call/collect.h"

#include <errno.h>
#include <string.h>

#define NEVER INT64_MAX

static const char *const reasons[COLLECT_REASONS] = {
	[COLLECT_RUNNING] = "running",
	[COLLECT_MAX] = "max",
	[COLLECT_TERMINATOR] = "terminator",
	[COLLECT_FIRST_TIMEOUT] = "first-timeout",
	[COLLECT_INTER_TIMEOUT] = "inter-timeout",
	[COLLECT_TOTAL_TIMEOUT] = "total-timeout",
	[COLLECT_CANCELLED] = "cancelled",
};

const char *collect_reason_str(enum collect_reason reason)
{
	return (unsigned)reason < COLLECT_REASONS ? reasons[reason] : "?";
}

static bool is_digit(char c)
{
	return c != 0 && strchr("0123456789*#ABCD", c) != NULL;
}

static bool cfg_good(const struct collect_cfg *cfg)
{
	if (cfg->max < 1 || cfg->max > DIGITS_MAX - 1 || cfg->min > cfg->max)
		return false;
	if (cfg->first < 0 || cfg->inter < 0 || cfg->total < 0)
		return false;
	if (!memchr(cfg->terminators, 0, sizeof(cfg->terminators)))
		return false;
	for (const char *c = cfg->terminators; *c; c++) {
		if (!is_digit(*c))
			return false;
	}
	return true;
}

static int64_t after(int64_t now, int32_t samples)
{
	return samples ? now + samples : NEVER;
}

static unsigned finish(struct collect *c, enum collect_reason reason, int64_t at)
{
	unsigned acts = COLLECT_DONE;

	c->reason = reason;
	c->ended = at;
	c->digit_by = c->total_by = NEVER;
	/* Cancelled: nobody listens any more, whatever the prompt was to do. */
	if (c->prompt && reason == COLLECT_CANCELLED)
		acts |= COLLECT_STOP_PROMPT;
	c->prompt = false;
	return acts;
}

static void prompt_over(struct collect *c, int64_t at)
{
	c->prompt = false;
	c->digit_by = after(at, c->cfg.first);
	c->total_by = after(at, c->cfg.total);
}

static unsigned take_digit(struct collect *c, char digit, int64_t at)
{
	unsigned acts = 0;

	if (!is_digit(digit) || (c->prompt && !c->cfg.barge_in))
		return 0;
	if (c->prompt) {
		acts = COLLECT_STOP_PROMPT;
		prompt_over(c, at);
	}
	if (strchr(c->cfg.terminators, digit)) {
		c->terminator = digit;
		return acts | finish(c, COLLECT_TERMINATOR, at);
	}
	c->digits[c->n++] = digit;
	c->digits[c->n] = 0;
	if (c->n == c->cfg.max)
		return acts | finish(c, COLLECT_MAX, at);
	c->digit_by = after(at, c->cfg.inter);
	return acts;
}

/* Of two deadlines that have passed the earlier one counts; the digit's at a tie. */
static unsigned check_time(struct collect *c, int64_t now)
{
	if (c->digit_by <= now && c->digit_by <= c->total_by)
		return finish(c, c->n ? COLLECT_INTER_TIMEOUT : COLLECT_FIRST_TIMEOUT, c->digit_by);
	if (c->total_by <= now)
		return finish(c, COLLECT_TOTAL_TIMEOUT, c->total_by);
	return 0;
}

int collect_start(struct collect *c, const struct collect_cfg *cfg, int64_t now,
		  const char *typed_ahead, unsigned *acts)
{
	unsigned a = 0;

	if (!cfg_good(cfg))
		return -EINVAL;
	memset(c, 0, sizeof(*c));
	c->cfg = *cfg;
	c->prompt = cfg->prompt;
	c->digit_by = c->total_by = NEVER;
	if (!c->prompt)
		prompt_over(c, now);
	for (const char *d = typed_ahead ? typed_ahead : ""; *d && c->reason == COLLECT_RUNNING;
	     d++)
		a |= take_digit(c, *d, now);
	*acts = a;
	return 0;
}

unsigned collect_step(struct collect *c, const struct collect_ev *ev)
{
	unsigned acts;

	if (c->reason != COLLECT_RUNNING)
		return 0;
	acts = check_time(c, ev->at);
	if (acts)
		return acts;
	switch (ev->type) {
	case COLLECT_EV_DIGIT: return take_digit(c, ev->digit, ev->at);
	case COLLECT_EV_CANCEL: return finish(c, COLLECT_CANCELLED, ev->at);
	case COLLECT_EV_PROMPT_END:
		if (c->prompt)
			prompt_over(c, ev->at);
		break;
	case COLLECT_EV_TIME: break;
	}
	return 0;
}

int64_t collect_next(const struct collect *c)
{
	return c->digit_by < c->total_by ? c->digit_by : c->total_by;
}

bool collect_enough(const struct collect *c)
{
	return c->n >= c->cfg.min;
}
