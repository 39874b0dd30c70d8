/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Requests of the control socket: check the members, do it, answer.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "core/call/number.h"
#include "engine/detect.h"
#include "engine/engine.h"

#define MS_LIMIT (24 * 3600 * 1000)

/* One request in work. */
struct rq {
	struct engine *e;
	uint64_t client;
	int64_t id;
	json_t *body;
};

static void ok(const struct rq *r, json_t *members)
{
	control_ok(r->e->control, r->client, r->id, members);
}

#define fail(r, code, ...) control_fail((r)->e->control, (r)->client, (r)->id, code, __VA_ARGS__)

/* Takes the members out as json_unpack() does; answers and returns false if they are not right. */
#define take(r, ...) take_(r, json_unpack_ex((r)->body, &take_error, 0, __VA_ARGS__), &take_error)

static bool take_(const struct rq *r, int err, const json_error_t *why)
{
	if (err)
		fail(r, "bad-request", "%s", why->text);
	return !err;
}

static struct call_leg *the_leg(const struct rq *r, json_int_t id)
{
	struct call_leg *leg = leg_find(r->e, id);

	if (!leg || leg->fsm.state == LEG_ENDED) {
		fail(r, "no-leg", "no leg %lld", (long long)id);
		return NULL;
	}
	return leg;
}

static struct line *the_span(const struct rq *r, const char *name)
{
	struct line *l = line_find(r->e, name);

	if (!l)
		fail(r, "no-span", "no span \"%s\"", name);
	return l;
}

/* ---- legs ---- */

/* Return: the leg, or NULL when the step was refused and that was answered. */
static struct call_leg *stepped(const struct rq *r, json_int_t id, enum leg_event_type type,
				bool inband, int cause)
{
	struct call_leg *leg = the_leg(r, id);
	int err;

	if (!leg)
		return NULL;
	if (!leg->fsm.outgoing && leg->announcement) {
		fail(r, "state", "leg %u is on its way out: nobody was there to take it", leg->id);
		return NULL;
	}
	err = leg_request(leg, type, inband, cause);
	if (err == -EINVAL)
		fail(r, "bad-request", "cause is a Q.850 cause, 1..127");
	else if (err)
		fail(r, "state", "leg %u is %s: %s is not allowed", leg->id,
		     leg_state_name(leg->fsm.state), leg_event_name(type));
	return err ? NULL : leg;
}

static void step(const struct rq *r, json_int_t id, enum leg_event_type type, bool inband,
		 int cause)
{
	if (stepped(r, id, type, inband, cause))
		ok(r, NULL);
}

static void rq_proceed(const struct rq *r)
{
	json_error_t take_error;
	json_int_t leg;

	if (take(r, "{s:I}", "leg", &leg))
		step(r, leg, LEG_RQ_PROCEED, false, 0);
}

static void rq_more(const struct rq *r)
{
	json_error_t take_error;
	struct call_leg *leg;
	char why[200] = "no memory";
	json_int_t id;
	int64_t op;
	int tone = 0;

	if (!take(r, "{s:I, s?b}", "leg", &id, "tone", &tone) ||
	    !(leg = stepped(r, id, LEG_RQ_MORE, tone, 0)))
		return;
	op = tone && leg->fsm.open ? leg_dial_tone(leg, why, sizeof(why)) : 0;
	ok(r, op > 0 ? json_pack("{s:I}", "op", (json_int_t)op) : NULL);
}

static void rq_alert(const struct rq *r)
{
	json_error_t take_error;
	json_int_t leg;
	int inband = 0;

	if (take(r, "{s:I, s?b}", "leg", &leg, "inband", &inband))
		step(r, leg, LEG_RQ_ALERT, inband, 0);
}

static void rq_progress(const struct rq *r)
{
	json_error_t take_error;
	json_int_t leg;
	int inband = 1, cause = 0;

	if (!take(r, "{s:I, s?b, s?i}", "leg", &leg, "inband", &inband, "cause", &cause))
		return;
	if (!inband)
		fail(r, "bad-request", "PROGRESS without in-band information cannot be sent");
	else
		step(r, leg, LEG_RQ_PROGRESS, inband, cause);
}

static void rq_answer(const struct rq *r)
{
	json_error_t take_error;
	json_int_t leg;

	if (take(r, "{s:I}", "leg", &leg))
		step(r, leg, LEG_RQ_ANSWER, false, 0);
}

static void rq_hangup(const struct rq *r)
{
	json_error_t take_error;
	json_int_t leg;
	int cause = 16;

	if (take(r, "{s:I, s?i}", "leg", &leg, "cause", &cause))
		step(r, leg, LEG_RQ_HANGUP, false, cause ? cause : -1);
}

static void rq_tag(const struct rq *r)
{
	json_error_t take_error;
	struct call_leg *leg;
	json_int_t id;
	const char *tag;

	if (!take(r, "{s:I, s:s}", "leg", &id, "tag", &tag) || !(leg = the_leg(r, id)))
		return;
	if (strlen(tag) >= sizeof(leg->tag)) {
		fail(r, "limit", "a tag has at most %zu octets", sizeof(leg->tag) - 1);
		return;
	}
	snprintf(leg->tag, sizeof(leg->tag), "%s", tag);
	ok(r, NULL);
}

static void rq_digits(const struct rq *r)
{
	json_error_t take_error;
	struct leg_event ev = {.type = LEG_RQ_DIGITS, .sample = r->e->now};
	struct leg_actions acts;
	struct call_leg *leg;
	json_int_t id;
	const char *digits;

	if (!take(r, "{s:I, s:s}", "leg", &id, "digits", &digits) || !(leg = the_leg(r, id)))
		return;
	if (leg_step(&leg->fsm, &ev, &acts) || isdn_digits(leg->line->link, leg->isdn_call, digits))
		fail(r, "state", "leg %u takes no digits now, or these are none", leg->id);
	else
		ok(r, NULL);
}

static int bearer_of(const char *name)
{
	if (strcmp(name, "speech") == 0)
		return ISDN_BEARER_SPEECH;
	if (strcmp(name, "3.1k-audio") == 0)
		return ISDN_BEARER_3K1_AUDIO;
	return strcmp(name, "unrestricted") == 0 ? ISDN_BEARER_UNRESTRICTED : -1;
}

static bool set_number(const struct rq *r, const char *text, char *out)
{
	static const struct number_plan as_is = {"", "00"};
	int n = number_clean(&as_is, text, out);

	if (n < 0)
		fail(r, "bad-request", "\"%s\" is not a telephone number", text);
	return n >= 0;
}

static bool take_party(const struct rq *r, struct isdn_party *p)
{
	json_error_t take_error;
	const char *called, *calling = "", *presentation = "allowed", *name = "",
			    *bearer = "speech";
	const char *from = "";
	int reason = 0, count = 1, b;

	if (!take(r, "{s:s, s?s, s?s, s?s, s?s, s?{s:s, s?i, s?i}}", "called", &called, "calling",
		  &calling, "presentation", &presentation, "name", &name, "bearer", &bearer,
		  "redirecting", "number", &from, "reason", &reason, "count", &count))
		return false;
	b = bearer_of(bearer);
	if (reason < 0 || reason > 15 || count < 0 || count > 31) {
		fail(r, "bad-request", "redirecting: reason is 0..15, count 0..31");
		return false;
	}
	if (strlen(name) >= sizeof(p->name)) {
		fail(r, "limit", "a name has at most %zu octets", sizeof(p->name) - 1);
		return false;
	}
	if (b < 0 ||
	    (strcmp(presentation, "allowed") != 0 && strcmp(presentation, "restricted") != 0)) {
		fail(r, "bad-request",
		     "bearer is speech, 3.1k-audio or unrestricted; presentation is allowed or "
		     "restricted");
		return false;
	}
	p->bearer = (uint8_t)b;
	p->bearer_rate = 0x10;
	p->law = b == ISDN_BEARER_UNRESTRICTED ? 0 : 3;
	p->calling.npi = p->called.npi = 1; /* ISDN/telephony numbering plan, E.164 */
	p->calling.presentation =
		strcmp(presentation, "allowed") != 0 ? ISDN_PRES_RESTRICTED : ISDN_PRES_ALLOWED;
	p->redirecting.reason = (uint8_t)reason;
	p->redirecting.count = (uint8_t)count;
	snprintf(p->name, sizeof(p->name), "%s", name);
	return set_number(r, called, p->called.digits) &&
	       set_number(r, calling, p->calling.digits) &&
	       set_number(r, from, p->redirecting.from.digits);
}

static void originate_answer(const struct rq *r, int64_t leg)
{
	struct call_leg *l;

	switch (leg) {
	case -EINVAL: fail(r, "bad-request", "channel without span, or a bad number"); return;
	case -EBUSY: fail(r, "no-channel", "no idle channel"); return;
	case -ENETDOWN: fail(r, "link-down", "no span of it is in service"); return;
	case -ENOENT: fail(r, "no-span", "no such group"); return;
	case -EAGAIN: fail(r, r->e->draining ? "draining" : "overload", "no new calls now"); return;
	default: break;
	}
	l = leg > 0 ? leg_find(r->e, leg) : NULL;
	if (!l)
		fail(r, "limit", "the call could not be placed: %s", strerror((int)-leg));
	else
		ok(r, json_pack("{s:I, s:s, s:i}", "leg", (json_int_t)leg, "span",
				l->line->cfg->name, "channel", l->channel));
}

static void rq_originate(const struct rq *r)
{
	json_error_t take_error;
	struct originate o = {.group = "trunks"};
	const char *span = NULL, *hunt = "ascending", *tag = NULL;
	int exclusive = 0, complete = 1, timeout_ms = 60000, rule;

	if (!take(r, "{s?s, s?s, s?i, s?b, s?s, s?b, s?i, s?s}", "span", &span, "group", &o.group,
		  "channel", &o.channel, "exclusive", &exclusive, "hunt", &hunt, "complete",
		  &complete, "timeout_ms", &timeout_ms, "tag", &tag) ||
	    !take_party(r, &o.party))
		return;
	rule = strcmp(hunt, "least-used") == 0 ? HUNT_LEAST_RECENT : hunt_rule_find(hunt);
	if (rule < 0 || timeout_ms < 0 || timeout_ms > MS_LIMIT || o.channel < 0 ||
	    o.channel > 31 || (tag && strlen(tag) >= TAG_MAX)) {
		fail(r, "bad-request", "hunt, timeout_ms, channel or tag is out of range");
		return;
	}
	if (span && !(o.line = the_span(r, span)))
		return;
	o.hunt = (enum hunt_rule)rule;
	o.exclusive = exclusive;
	o.complete = complete;
	o.timeout = (int64_t)timeout_ms * 8;
	o.tag = tag;
	originate_answer(r, legs_originate(r->e, &o));
}

static void rq_bridge(const struct rq *r)
{
	json_error_t take_error;
	json_int_t a, b;
	struct call_leg *la, *lb;
	int err;

	if (!take(r, "{s:[I, I!]}", "legs", &a, &b) || !(la = the_leg(r, a)) ||
	    !(lb = the_leg(r, b)))
		return;
	err = leg_bridge(la, lb);
	if (err == -ENOBUFS)
		fail(r, "overload", "the media thread is behind");
	else if (err)
		fail(r, "state", "both legs must be two, with open channels (answered or inband)");
	else
		ok(r, json_pack("{s:I}", "bridge", (json_int_t)la->bridge));
}

static void rq_unbridge(const struct rq *r)
{
	json_error_t take_error;
	struct call_leg *leg;
	json_int_t id;

	if (!take(r, "{s:I}", "leg", &id) || !(leg = the_leg(r, id)))
		return;
	if (!leg->peer) {
		fail(r, "state", "leg %u is in no bridge", leg->id);
		return;
	}
	leg_unbridge(leg);
	ok(r, NULL);
}

static void rq_transfer(const struct rq *r)
{
	json_error_t take_error;
	struct call_leg *from, *to, *peer;
	json_int_t id, to_id;

	if (!take(r, "{s:I, s:I}", "leg", &id, "to", &to_id) || !(from = the_leg(r, id)) ||
	    !(to = the_leg(r, to_id)))
		return;
	peer = from->peer;
	if (!peer || peer == to || leg_bridge(peer, to))
		fail(r, "state",
		     "leg %u must be in a bridge, and leg %u outside of it with an open channel",
		     from->id, to->id);
	else
		ok(r, json_pack("{s:I}", "bridge", (json_int_t)to->bridge));
}

/* ---- media operations ---- */

static void op_answer(const struct rq *r, int64_t op, const char *why)
{
	if (op > 0)
		ok(r, json_pack("{s:I}", "op", (json_int_t)op));
	else
		fail(r,
		     op == -EPROTO   ? "state"
		     : op == -EAGAIN ? "limit"
				     : "bad-request",
		     "%s", why);
}

static void rq_play(const struct rq *r)
{
	json_error_t take_error;
	struct call_leg *leg;
	json_int_t id;
	json_t *items;
	char why[200] = "no memory";
	int loop = 0, barge = 0;

	if (take(r, "{s:I, s:o, s?b, s?b}", "leg", &id, "items", &items, "loop", &loop, "barge",
		 &barge) &&
	    (leg = the_leg(r, id)))
		op_answer(r, op_play(leg, items, loop, barge, why, sizeof(why)), why);
}

static bool ms_ok(const struct rq *r, int ms)
{
	if (ms < 0 || ms > MS_LIMIT)
		fail(r, "bad-request", "%d ms is out of range 0..%d", ms, MS_LIMIT);
	return ms >= 0 && ms <= MS_LIMIT;
}

static void rq_collect(const struct rq *r)
{
	json_error_t take_error;
	struct collect_request c = {0};
	struct call_leg *leg;
	const char *terminators = "#";
	json_t *items = NULL;
	json_int_t id;
	char why[200] = "no memory";
	int min = 1, max = 1, first = 5000, inter = 3000, total = 30000, barge = 1, ahead = 1;
	int is_private = 0;

	if (!take(r, "{s:I, s?i, s?i, s?s, s?i, s?i, s?i, s?o, s?b, s?b, s?b}", "leg", &id, "min",
		  &min, "max", &max, "terminators", &terminators, "first_ms", &first, "inter_ms",
		  &inter, "total_ms", &total, "items", &items, "barge", &barge, "typed_ahead",
		  &ahead, "private", &is_private) ||
	    !ms_ok(r, first) || !ms_ok(r, inter) || !ms_ok(r, total) || !(leg = the_leg(r, id)))
		return;
	if (min < 0 || max < 1 || max >= DIGITS_MAX || strlen(terminators) > 16) {
		fail(r, "bad-request", "min, max (1..%d) or terminators are out of range",
		     DIGITS_MAX - 1);
		return;
	}
	c.cfg = (struct collect_cfg){.min = (uint8_t)min,
				     .max = (uint8_t)max,
				     .barge_in = barge,
				     .first = first * 8,
				     .inter = inter * 8,
				     .total = total * 8};
	strcpy(c.cfg.terminators, terminators);
	c.items = items;
	c.typed_ahead = ahead;
	c.is_private = is_private;
	op_answer(r, op_collect(leg, &c, why, sizeof(why)), why);
}

static void rq_record(const struct rq *r)
{
	json_error_t take_error;
	struct record_request rec = {.terminators = ""};
	struct call_leg *leg;
	json_int_t id;
	char why[400] = "no memory";
	int max = 3600000, silence = 0, beep = 0, keep = 1;

	if (!take(r, "{s:I, s:s, s?i, s?i, s?s, s?b, s?b}", "leg", &id, "file", &rec.file, "max_ms",
		  &max, "silence_ms", &silence, "terminators", &rec.terminators, "beep", &beep,
		  "keep_digits", &keep) ||
	    !ms_ok(r, max) || !ms_ok(r, silence) || !(leg = the_leg(r, id)))
		return;
	if (strlen(rec.terminators) > 16) {
		fail(r, "bad-request", "at most 16 terminators");
		return;
	}
	rec.beep = beep;
	rec.no_digits = !keep;
	rec.max = (int64_t)max * 8;
	rec.silence = (int64_t)silence * 8;
	op_answer(r, op_record(leg, &rec, why, sizeof(why)), why);
}

static void rq_stop(const struct rq *r)
{
	json_error_t take_error;
	struct call_leg *leg;
	json_int_t id, op_id = 0;
	struct op *op;

	if (!take(r, "{s:I, s?I}", "leg", &id, "op", &op_id) || !(leg = the_leg(r, id)))
		return;
	if (!op_id) {
		ops_stop_leg(leg, "stopped");
		ok(r, NULL);
		return;
	}
	op = op_id > 0 ? idtab_find(&r->e->ops, (uint64_t)op_id) : NULL;
	if (!op || op->leg != leg || op->over) {
		fail(r, "no-op", "leg %u has no operation %lld", leg->id, (long long)op_id);
		return;
	}
	op_stop(op, "stopped");
	ok(r, NULL);
}

static void rq_detect(const struct rq *r)
{
	json_error_t take_error;
	struct call_leg *leg;
	json_int_t id;
	int dtmf, fax, tones;

	if (!take(r, "{s:I}", "leg", &id) || !(leg = the_leg(r, id)))
		return;
	dtmf = (leg->detect & DETECT_DTMF) != 0;
	fax = (leg->detect & DETECT_CNG) != 0;
	tones = (leg->detect & DETECT_PROGRESS) != 0;
	if (!take(r, "{s?b, s?b, s?b}", "dtmf", &dtmf, "fax", &fax, "tones", &tones))
		return;
	leg->detect = (dtmf ? DETECT_DTMF : 0) | (fax ? DETECT_CNG | DETECT_CED : 0) |
		      (tones ? DETECT_PROGRESS : 0);
	if (leg_detect(leg))
		fail(r, "overload", "the media thread is behind");
	else
		ok(r, NULL);
}

/* ---- looking ---- */

static void rq_spans(const struct rq *r)
{
	json_t *list = json_array();

	for (size_t i = 0; i < r->e->cfg.n_spans; i++)
		json_array_append_new(list, describe_line_fully(&r->e->lines[i]));
	ok(r, json_pack("{s:o}", "spans", list));
}

static void rq_channels(const struct rq *r)
{
	json_error_t take_error;
	const char *span = NULL;
	struct line *l = NULL;

	if (!take(r, "{s?s}", "span", &span) || (span && !(l = the_span(r, span))))
		return;
	ok(r, json_pack("{s:o}", "channels", describe_channels(r->e, l)));
}

static void rq_legs(const struct rq *r)
{
	ok(r, json_pack("{s:o}", "legs", describe_legs(r->e)));
}

static void rq_stats(const struct rq *r)
{
	ok(r, describe_stats(r->e));
}

/* ---- maintaining ---- */

static void rq_trace(const struct rq *r)
{
	json_error_t take_error;
	const char *span, *file = "";
	struct line *l;
	int on, err;

	if (!take(r, "{s:s, s:b, s?s}", "span", &span, "on", &on, "file", &file) ||
	    !(l = the_span(r, span)))
		return;
	err = line_trace(l, on, file[0] ? file : l->cfg->name);
	if (err)
		fail(r, "file", "trace of %s to %s/%s: %s", span, r->e->cfg.traces, file,
		     strerror(-err));
	else
		ok(r, NULL);
}

static void block(const struct rq *r, bool on)
{
	json_error_t take_error;
	const char *span;
	struct line *l;
	int channel = 0;

	if (!take(r, "{s:s, s?i}", "span", &span, "channel", &channel) || !(l = the_span(r, span)))
		return;
	if (channel < 0 || channel > 31) {
		fail(r, "bad-request", "channel is a timeslot 1..31, or absent for the whole span");
		return;
	}
	line_block(l, channel, on);
	ok(r, NULL);
}

static void rq_block(const struct rq *r)
{
	block(r, true);
}

static void rq_unblock(const struct rq *r)
{
	block(r, false);
}

static void rq_restart(const struct rq *r)
{
	json_error_t take_error;
	const char *span;
	struct line *l;
	int channel = 0, err;

	if (!take(r, "{s:s, s?i}", "span", &span, "channel", &channel) || !(l = the_span(r, span)))
		return;
	err = l->link ? isdn_restart(l->link, channel) : -ENODEV;
	if (err)
		fail(r, "state", "RESTART on %s: %s", span, strerror(-err));
	else
		ok(r, NULL);
}

static void rq_wake(const struct rq *r)
{
	json_error_t take_error;
	json_int_t sample;

	if (!take(r, "{s:I}", "sample", &sample))
		return;
	r->e->controller_wake = sample < 0 ? INT64_MAX : sample;
	ok(r, NULL);
}

static void rq_cas(const struct rq *r)
{
	json_error_t take_error;
	const char *span;
	struct line *l;
	int channel, abcd, err;

	if (!take(r, "{s:s, s:i, s:i}", "span", &span, "channel", &channel, "abcd", &abcd) ||
	    !(l = the_span(r, span)))
		return;
	err = abcd < 0 || abcd > 15 ? -EINVAL : line_send_cas(l, channel, (uint8_t)abcd);
	if (err == -ENOTSUP)
		fail(r, "state", "span %s has no CAS (cas = true in its configuration)", span);
	else if (err == -ENOBUFS)
		fail(r, "overload", "the media thread is behind");
	else if (err)
		fail(r, "bad-request", "channel is 1..31 without 16, abcd is 0..15 (a is 8)");
	else
		ok(r, NULL);
}

static void rq_drain(const struct rq *r)
{
	json_error_t take_error;
	int on;

	if (!take(r, "{s:b}", "on", &on))
		return;
	r->e->draining = on;
	ok(r, NULL);
	if (on && r->e->n_legs == 0)
		engine_event(r->e, "drained", json_object());
}

static const struct {
	const char *what, *members;
	void (*handle)(const struct rq *r);
} requests[] = {
	{"proceed", "leg", rq_proceed},
	{"more", "leg,tone", rq_more},
	{"alert", "leg,inband", rq_alert},
	{"progress", "leg,inband,cause", rq_progress},
	{"answer", "leg", rq_answer},
	{"hangup", "leg,cause", rq_hangup},
	{"tag", "leg,tag", rq_tag},
	{"digits", "leg,digits", rq_digits},
	{"originate",
	 "called,calling,presentation,name,span,group,channel,exclusive,hunt,bearer,complete,"
	 "timeout_ms,tag,redirecting",
	 rq_originate},
	{"bridge", "legs", rq_bridge},
	{"unbridge", "leg", rq_unbridge},
	{"transfer", "leg,to", rq_transfer},
	{"play", "leg,items,loop,barge", rq_play},
	{"collect",
	 "leg,min,max,terminators,first_ms,inter_ms,total_ms,items,barge,typed_ahead,private",
	 rq_collect},
	{"record", "leg,file,max_ms,silence_ms,terminators,beep,keep_digits", rq_record},
	{"stop", "leg,op", rq_stop},
	{"detect", "leg,dtmf,fax,tones", rq_detect},
	{"spans", "", rq_spans},
	{"channels", "span", rq_channels},
	{"legs", "", rq_legs},
	{"stats", "", rq_stats},
	{"trace", "span,on,file", rq_trace},
	{"block", "span,channel", rq_block},
	{"unblock", "span,channel", rq_unblock},
	{"restart", "span,channel", rq_restart},
	{"cas", "span,channel,abcd", rq_cas},
	{"wake", "sample", rq_wake},
	{"drain", "on", rq_drain},
};

void requests_handle(void *ctx, uint64_t client, bool controller, int64_t id, const char *what,
		     json_t *request)
{
	struct rq r = {.e = ctx, .client = client, .id = id, .body = request};

	(void)controller;
	if (r.e->ending) {
		fail(&r, "state", "the engine is ending");
		return;
	}
	turn_now(r.e);
	for (size_t i = 0; i < sizeof(requests) / sizeof(requests[0]); i++) {
		if (strcmp(what, requests[i].what) != 0)
			continue;
		if (control_members_ok(r.e->control, client, id, request, requests[i].members))
			requests[i].handle(&r);
		turn_settle(r.e);
		return;
	}
	fail(&r, "bad-request", "no request \"%s\"", what);
}
