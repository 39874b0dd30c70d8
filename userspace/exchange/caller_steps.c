/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The script. Each kind of step has a begin (once) and a run (each tick, also at once
 * after the begin) that says whether it goes on, is over, or has failed.
 *
 * If the far end clears, only steps that can live with it go on (see survives()).
 */
#include "exchange/caller_steps.h"

#include <stdio.h>
#include <string.h>

#include "core/call/cause.h"

#define SAMPLES(ms) ((int64_t)(ms)*8)
#define MS(samples) ((samples) / 8)

enum run { RUN_ON, RUN_OVER, RUN_FAILED };

struct step_ops {
	void (*begin)(struct caller *c, const struct step *s, struct caller_out *out);
	enum run (*run)(struct caller *c, const struct step *s, struct caller_out *out);
};

static int64_t elapsed(const struct caller *c)
{
	return c->now - c->step_at;
}

static bool late(const struct caller *c, const struct step *s)
{
	return elapsed(c) >= SAMPLES(s->within_ms);
}

/* ---- doing ---- */

static enum run wait_run(struct caller *c, const struct step *s, struct caller_out *out)
{
	(void)out;
	if (elapsed(c) < SAMPLES(s->ms))
		return RUN_ON;
	c->cursor = c->ear.pos;
	return RUN_OVER;
}

static void speak_begin(struct caller *c, const struct step *s, struct caller_out *out)
{
	(void)out;
	c->cursor = c->ear.pos;
	mouth_clip(&c->mouth, s->clip, s->clip_n);
}

static void tone_begin(struct caller *c, const struct step *s, struct caller_out *out)
{
	(void)out;
	c->cursor = c->ear.pos;
	mouth_tone(&c->mouth, s->prog, s->ms);
}

static enum run mouth_run(struct caller *c, const struct step *s, struct caller_out *out)
{
	(void)s;
	(void)out;
	return mouth_busy(&c->mouth) ? RUN_ON : RUN_OVER;
}

static enum run dial_run(struct caller *c, const struct step *s, struct caller_out *out)
{
	size_t len = strlen(c->result.digits);

	(void)out;
	if (elapsed(c) < SAMPLES(s->after_ms))
		return RUN_ON;
	if (elapsed(c) == SAMPLES(s->after_ms)) {
		c->cursor = c->ear.pos;
		mouth_digits(&c->mouth, &s->dial);
		snprintf(c->result.digits + len, sizeof(c->result.digits) - len, "%s",
			 s->dial.digits);
		return RUN_ON;
	}
	return mouth_busy(&c->mouth) ? RUN_ON : RUN_OVER;
}

static enum run record_run(struct caller *c, const struct step *s, struct caller_out *out)
{
	(void)out;
	c->record = s->file;
	return RUN_OVER;
}

static enum run alert_run(struct caller *c, const struct step *s, struct caller_out *out)
{
	(void)c;
	caller_ask(out, CALLER_ALERT)->inband = s->inband;
	return RUN_OVER;
}

static enum run progress_run(struct caller *c, const struct step *s, struct caller_out *out)
{
	(void)c;
	caller_ask(out, CALLER_PROGRESS)->inband = s->inband;
	return RUN_OVER;
}

static void answer_begin(struct caller *c, const struct step *s, struct caller_out *out)
{
	(void)c;
	(void)s;
	caller_ask(out, CALLER_CONNECT);
}

/* Where the far end does not acknowledge, the answer counts as taken after a second. */
static enum run answer_run(struct caller *c, const struct step *s, struct caller_out *out)
{
	(void)s;
	(void)out;
	if (c->result.connected < 0 && elapsed(c) < SAMPLES(1000))
		return RUN_ON;
	if (c->result.connected < 0)
		c->result.connected = c->now;
	return RUN_OVER;
}

static enum run hangup_run(struct caller *c, const struct step *s, struct caller_out *out)
{
	if (c->disconnected && !s->or_cleared) {
		caller_fail(c, CALLER_CLEARED, "the far end cleared before, with cause %d (%s)",
			    c->result.cause, cause_name(c->result.cause));
		return RUN_FAILED;
	}
	caller_hang_up(c, out, s->cause);
	return RUN_OVER;
}

/* ---- signalling that is waited for ---- */

static enum run await(struct caller *c, const struct step *s, bool there)
{
	if (there)
		return RUN_OVER;
	if (!late(c, s))
		return RUN_ON;
	caller_fail(c, CALLER_NO_PROGRESS, "did not come within %d ms", s->within_ms);
	return RUN_FAILED;
}

static bool may_be_refused(const struct caller *c, const struct step *s)
{
	return s->what == STEP_CONNECTED && s->or_cause && c->disconnected &&
	       c->result.cause == s->or_cause && c->result.connected < 0;
}

static enum run connected_run(struct caller *c, const struct step *s, struct caller_out *out)
{
	(void)out;
	if (may_be_refused(c, s)) {
		c->finishing = true; /* and that is all that was to be seen */
		return RUN_FAILED;
	}
	return await(c, s, c->result.connected >= 0);
}

static enum run alerting_run(struct caller *c, const struct step *s, struct caller_out *out)
{
	(void)out;
	return await(c, s, c->result.alerting >= 0);
}

static enum run proceeding_run(struct caller *c, const struct step *s, struct caller_out *out)
{
	(void)out;
	return await(c, s, c->result.proceeding >= 0);
}

static enum run progressing_run(struct caller *c, const struct step *s, struct caller_out *out)
{
	(void)out;
	return await(c, s, c->progress);
}

static enum run cleared_run(struct caller *c, const struct step *s, struct caller_out *out)
{
	(void)out;
	if (!c->disconnected && !late(c, s))
		return RUN_ON;
	if (!c->disconnected) {
		caller_fail(c, CALLER_NOT_CLEARED, "the far end did not clear within %d ms",
			    s->within_ms);
		return RUN_FAILED;
	}
	if (s->cause && s->cause != c->result.cause) {
		caller_fail(c, CALLER_CAUSE, "expected cause %d (%s), got %d (%s)", s->cause,
			    cause_name(s->cause), c->result.cause, cause_name(c->result.cause));
		return RUN_FAILED;
	}
	return RUN_OVER;
}

/* ---- hearing ---- */

static enum run not_heard(struct caller *c, const struct step *s)
{
	if (!late(c, s))
		return RUN_ON;
	caller_fail(c, CALLER_NOT_HEARD, "not heard within %d ms", s->within_ms);
	return RUN_FAILED;
}

static void level_begin(struct caller *c, const struct step *s, struct caller_out *out)
{
	enum level_kind kind = s->what == STEP_HEAR_SPEECH    ? LEVEL_SPEECH
			       : s->what == STEP_HEAR_SILENCE ? LEVEL_SILENCE
							      : LEVEL_ENDED;

	(void)out;
	level_watch_begin(&c->watch.level, kind, c->ear.pos, s->level, s->ms, s->speech_ms);
}

static enum run level_run(struct caller *c, const struct step *s, struct caller_out *out)
{
	(void)out;
	if (level_watch_run(&c->watch.level, &c->ear) == HEAR_WAIT)
		return not_heard(c, s);
	c->cursor = c->watch.level.at;
	return RUN_OVER;
}

static void hear_tone_begin(struct caller *c, const struct step *s, struct caller_out *out)
{
	(void)out;
	tone_watch_begin(&c->watch.tone, c->ear.pos, s->prog);
}

static enum run hear_tone_run(struct caller *c, const struct step *s, struct caller_out *out)
{
	(void)out;
	if (tone_watch_run(&c->watch.tone, &c->ear) == HEAR_WAIT)
		return not_heard(c, s);
	c->cursor = c->watch.tone.at;
	return RUN_OVER;
}

static void hear_prompt_begin(struct caller *c, const struct step *s, struct caller_out *out)
{
	(void)out;
	if (prompt_watch_begin(&c->watch.prompt, c->cursor, s->clip, s->clip_n,
			       (size_t)SAMPLES(s->ms), (size_t)s->differ) < 0)
		caller_fail(c, CALLER_NOT_HEARD, "nothing in the file can be recognised");
}

static void prompt_differs(struct caller *c, const struct prompt_watch *w)
{
	caller_fail(c, CALLER_DIFFERS,
		    "octet %lld of the file is %02X and was heard as %02X; %lld octets differ",
		    (long long)w->first_differ, w->wanted, w->heard, (long long)w->differ);
}

static enum run hear_prompt_run(struct caller *c, const struct step *s, struct caller_out *out)
{
	struct prompt_watch *w = &c->watch.prompt;
	enum hear_result h = prompt_watch_run(w, &c->ear);

	(void)out;
	if (h == HEAR_WAIT)
		return w->start >= 0 ? RUN_ON : not_heard(c, s);
	c->result.prompt_octets += w->at - w->start;
	c->result.prompt_differ += w->differ;
	if (h == HEAR_WRONG) {
		prompt_differs(c, w);
		return RUN_FAILED;
	}
	c->result.prompts++;
	c->cursor = w->at;
	return RUN_OVER;
}

/* The far end of the appliance may be another exchange, which numbers its callers from 1 too. */
static uint32_t partner_id(const struct caller *c)
{
	return c->cfg.id | (c->cfg.answering ? 0x80000000u : 0);
}

static void partner_begin(struct caller *c, const struct step *s, struct caller_out *out)
{
	uint32_t own = partner_id(c);

	(void)s;
	(void)out;
	if (c->mouth.kind != MOUTH_PARTNER)
		mouth_partner(&c->mouth, own);
	partner_watch_begin(&c->watch.partner, &c->ear, c->ear.pos, own, c->now + CALLER_TICK);
	c->partner_good = -1;
}

static enum run partner_over(struct caller *c)
{
	bool more = c->step + 1 < c->cfg.n_steps && c->cfg.steps[c->step + 1].what == STEP_PARTNER;

	/* A partner who is in its next step already must not hear the blocks begin anew. */
	if (!more)
		mouth_shut(&c->mouth);
	c->cursor = c->watch.partner.at;
	return RUN_OVER;
}

static enum run partner_late(struct caller *c, const struct step *s)
{
	const struct partner_watch *w = &c->watch.partner;

	if (!late(c, s))
		return RUN_ON;
	caller_fail(c, CALLER_NOT_HEARD, "partner heard for %lld ms of %d within %d ms",
		    MS((long long)w->same), s->ms, s->within_ms);
	return RUN_FAILED;
}

static void partner_note(struct caller *c, const struct partner_watch *w)
{
	struct caller_result *r = &c->result;

	r->partner = w->id;
	r->partner_octets += w->same;
	r->partner_differ += w->differ;
	if (r->delay_min < 0 || w->delay < r->delay_min)
		r->delay_min = w->delay;
	if (w->delay > r->delay_max)
		r->delay_max = w->delay;
}

static enum run partner_judge(struct caller *c, const struct step *s)
{
	const struct partner_watch *w = &c->watch.partner;

	if (w->differ > s->differ) {
		partner_note(c, w);
		caller_fail(c, CALLER_DIFFERS, "%lld octets of %lld from the partner differ",
			    (long long)w->differ, (long long)w->same + w->differ);
		return RUN_FAILED;
	}
	if (w->same + w->differ < SAMPLES(s->ms))
		return partner_late(c, s);
	partner_note(c, w);
	if (s->max_delay_ms && w->delay > SAMPLES(s->max_delay_ms)) {
		caller_fail(c, CALLER_DELAY, "partner is %lld samples late, allowed are %d ms",
			    (long long)w->delay, s->max_delay_ms);
		return RUN_FAILED;
	}
	c->partner_good = c->now;
	return RUN_ON;
}

static enum run partner_run(struct caller *c, const struct step *s, struct caller_out *out)
{
	(void)out;
	/* The partner may need to hear more: it began later, or has missed something. */
	if (c->partner_good >= 0) {
		if (!c->disconnected && c->now - c->partner_good < SAMPLES(s->linger_ms))
			return RUN_ON;
		return partner_over(c);
	}
	if (partner_watch_run(&c->watch.partner, &c->ear) == HEAR_WRONG) {
		caller_fail(c, CALLER_DIFFERS, "the caller hears itself");
		return RUN_FAILED;
	}
	return partner_judge(c, s);
}

static const struct step_ops ops[] = {
	[STEP_WAIT] = {NULL, wait_run},
	[STEP_SPEAK] = {speak_begin, mouth_run},
	[STEP_TONE] = {tone_begin, mouth_run},
	[STEP_DIAL] = {NULL, dial_run},
	[STEP_RECORD] = {NULL, record_run},
	[STEP_ALERT] = {NULL, alert_run},
	[STEP_PROGRESS] = {NULL, progress_run},
	[STEP_ANSWER] = {answer_begin, answer_run},
	[STEP_HANGUP] = {NULL, hangup_run},
	[STEP_CONNECTED] = {NULL, connected_run},
	[STEP_ALERTING] = {NULL, alerting_run},
	[STEP_PROCEEDING] = {NULL, proceeding_run},
	[STEP_PROGRESSING] = {NULL, progressing_run},
	[STEP_CLEARED] = {NULL, cleared_run},
	[STEP_HEAR_PROMPT] = {hear_prompt_begin, hear_prompt_run},
	[STEP_HEAR_TONE] = {hear_tone_begin, hear_tone_run},
	[STEP_HEAR_SPEECH] = {level_begin, level_run},
	[STEP_HEAR_SILENCE] = {level_begin, level_run},
	[STEP_HEAR_END] = {level_begin, level_run},
	[STEP_PARTNER] = {partner_begin, partner_run},
};

/* The last digit has begun: the far end may act on it while the key is still down. */
static bool last_digit(const struct caller *c, const struct step *s)
{
	return s->what == STEP_DIAL && c->mouth.kind == MOUTH_DIGITS &&
	       !s->dial.digits[c->mouth.digit + 1];
}

/*
 * May a step that is not over go on although the far end has cleared? Hearing may while
 * tones come with the DISCONNECT (Q.931 5.4.1); the others have failed.
 */
static bool survives(const struct caller *c, const struct step *s)
{
	if (!c->disconnected || s->what == STEP_CLEARED || s->what == STEP_HANGUP ||
	    last_digit(c, s))
		return true;
	return c->inband && !c->released && s->what >= STEP_CLEARED;
}

static enum run run_step(struct caller *c, const struct step *s, struct caller_out *out)
{
	const struct step_ops *o = &ops[s->what];
	enum run r;

	if (!c->step_begun) {
		c->step_begun = true;
		c->step_at = c->now;
		if (o->begin)
			o->begin(c, s, out);
		if (c->finishing)
			return RUN_FAILED;
	}
	r = o->run(c, s, out);
	if (r == RUN_ON && !survives(c, s)) {
		caller_fail(c, CALLER_CLEARED, "the far end cleared with cause %d (%s)",
			    c->result.cause, cause_name(c->result.cause));
		return RUN_FAILED;
	}
	return r;
}

void caller_run_steps(struct caller *c, struct caller_out *out)
{
	while (c->step < c->cfg.n_steps) {
		if (out->n + 2 > CALLER_REQUESTS_MAX ||
		    run_step(c, &c->cfg.steps[c->step], out) != RUN_OVER)
			return;
		c->step++;
		c->step_begun = false;
	}
	c->finishing = true;
}
