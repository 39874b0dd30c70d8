/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * JSON of what is: legs, channels, snapshot, statistics (docs/engine-protocol.md).
 */
#include <math.h>
#include <string.h>

#include "engine/engine.h"

static const char *const presentation_names[] = {"allowed", "restricted", "unavailable",
						 "reserved"};

static json_t *text(const char *s)
{
	json_t *j = json_string(s);

	return j ? j : json_string("?"); /* not UTF-8 */
}

static const char *bearer_name(uint8_t bearer)
{
	switch (bearer) {
	case ISDN_BEARER_SPEECH: return "speech";
	case ISDN_BEARER_3K1_AUDIO: return "3.1k-audio";
	case ISDN_BEARER_UNRESTRICTED: return "unrestricted";
	default: return "other";
	}
}

static void describe_party(json_t *m, const struct call_leg *leg)
{
	const struct isdn_party *p = &leg->party;

	json_object_set_new(m, "called", text(p->called.digits));
	json_object_set_new(m, "calling", text(p->calling.digits));
	json_object_set_new(m, "presentation",
			    text(presentation_names[p->calling.presentation & 3]));
	json_object_set_new(m, "name", text(p->name));
	if (p->redirecting.from.digits[0])
		json_object_set_new(
			m, "redirecting",
			json_pack("{s:o, s:i, s:i}", "number", text(p->redirecting.from.digits),
				  "reason", p->redirecting.reason, "count", p->redirecting.count));
}

static json_t *leg_head(const struct call_leg *leg)
{
	json_t *m = json_pack("{s:I, s:s, s:s, s:i}", "leg", (json_int_t)leg->id, "direction",
			      leg->fsm.outgoing ? "out" : "in", "span", leg->line->cfg->name,
			      "channel", leg->channel);

	describe_party(m, leg);
	return m;
}

json_t *describe_offer(const struct call_leg *leg)
{
	json_t *m = leg_head(leg);

	json_object_del(m, "direction");
	json_object_set_new(m, "complete", json_boolean(leg->fsm.complete));
	json_object_set_new(m, "screening", json_integer(leg->party.calling.screening));
	json_object_set_new(m, "bearer", text(bearer_name(leg->party.bearer)));
	json_object_set_new(m, "utc", json_real(leg->offered_utc));
	return m;
}

static void describe_op(json_t *list, const struct op *op, const char *kind)
{
	if (op)
		json_array_append_new(
			list, json_pack("{s:I, s:s}", "op", (json_int_t)op->id, "kind", kind));
}

json_t *describe_leg(const struct call_leg *leg)
{
	json_t *m = leg_head(leg), *ops = json_array();
	enum leg_state s = leg->fsm.state == LEG_ENDED ? LEG_CLEARING : leg->fsm.state;

	json_object_set_new(m, "state", text(leg_state_name(s)));
	json_object_set_new(m, "complete", json_boolean(leg->fsm.complete));
	json_object_set_new(m, "offered_sample", json_integer(leg->fsm.started));
	if (leg->fsm.answered >= 0)
		json_object_set_new(m, "answered_sample", json_integer(leg->fsm.answered));
	if (leg->bridge)
		json_object_set_new(m, "bridge", json_integer(leg->bridge));
	json_object_set_new(m, "tag", text(leg->tag));
	if (leg->play != leg->gather)
		describe_op(ops, leg->play, "play");
	describe_op(ops, leg->gather, "collect");
	describe_op(ops, leg->record, "record");
	json_object_set_new(m, "ops", ops);
	json_object_set_new(m, "digits", text(leg->digits));
	return m;
}

json_t *describe_record(const struct call_leg *leg)
{
	json_t *m = leg_head(leg), *files = json_array();

	json_object_set_new(m, "offered_utc", json_real(leg->offered_utc));
	json_object_set_new(m, "offered_sample", json_integer(leg->fsm.started));
	if (leg->fsm.answered >= 0) {
		json_object_set_new(m, "answered_utc", json_real(leg->answered_utc));
		json_object_set_new(m, "answered_sample", json_integer(leg->fsm.answered));
	}
	json_object_set_new(m, "ended_utc", json_real(leg->ended_utc));
	json_object_set_new(m, "ended_sample", json_integer(leg->fsm.ended));
	json_object_set_new(m, "cause", json_integer(leg->fsm.cause));
	json_object_set_new(m, "location", json_integer(leg->fsm.location));
	json_object_set_new(m, "by", text(leg_by_name(leg->fsm.by)));
	json_object_set_new(m, "digits", text(leg->digits));
	for (unsigned int i = 0; i < leg->n_recordings; i++)
		json_array_append_new(files, text(leg->recordings[i]));
	json_object_set_new(m, "recordings", files);
	json_object_set_new(m, "tag", text(leg->tag));
	return m;
}

static const char *channel_state(const struct line *l, int ts)
{
	if (l->channel[ts].leg)
		return "busy";
	if (l->blocked || l->channel[ts].blocked)
		return "blocked";
	return line_in_service(l) ? "idle" : "down";
}

static void add_figure(json_t *m, const char *name, int32_t value, double unit)
{
	if (value >= 0)
		json_object_set_new(m, name, json_real(value * unit));
}

static json_t *describe_echo(const struct echo_figures *f)
{
	json_t *m = json_pack("{s:s}", "state", f->state);

	add_figure(m, "erl_db", f->erl_cdb, 0.01);
	add_figure(m, "erle_db", f->erle_cdb, 0.01);
	add_figure(m, "delay_ms", f->delay_ms, 1);
	if (f->beyond_tail)
		json_object_set_new(m, "beyond_tail", json_true());
	if (f->wrong_law)
		json_object_set_new(m, "wrong_law", json_true());
	return m;
}

static void describe_channel(json_t *list, const struct line *l, int ts)
{
	const struct call_leg *leg = l->channel[ts].leg;
	struct chan_id id = {.span = l->index, .ts = (uint8_t)ts};
	struct echo_figures f;
	json_t *m;

	if ((l->link && ts == l->cfg->dchannel) || (l->cfg->cas && ts == 16))
		return;
	m = json_pack("{s:s, s:i, s:s}", "span", l->cfg->name, "channel", ts, "state",
		      channel_state(l, ts));
	if (l->cfg->cas)
		json_object_set_new(m, "cas",
				    json_pack("{s:i, s:i}", "rx", l->channel[ts].cas_rx, "tx",
					      l->channel[ts].cas_tx));
	if (leg) {
		float dbm0 = media_level(l->e->media, id);

		json_object_set_new(m, "leg", json_integer(leg->id));
		json_object_set_new(m, "rx_dbm0", json_real(roundf(dbm0 * 10) / 10));
		if (media_echo(l->e->media, id, &f))
			json_object_set_new(m, "echo", describe_echo(&f));
	}
	json_array_append_new(list, m);
}

json_t *describe_channels(const struct engine *e, const struct line *only)
{
	json_t *list = json_array();

	for (size_t i = 0; i < e->cfg.n_spans; i++) {
		for (int ts = 1; ts < E1_OCTETS; ts++) {
			if (!only || only == &e->lines[i])
				describe_channel(list, &e->lines[i], ts);
		}
	}
	return list;
}

json_t *describe_legs(struct engine *e)
{
	json_t *list = json_array();

	for (const struct call_leg *leg = e->oldest; leg; leg = leg->newer)
		json_array_append_new(list, describe_leg(leg));
	return list;
}

static json_t *describe_bridges(struct engine *e)
{
	json_t *list = json_array();

	for (const struct call_leg *leg = e->oldest; leg; leg = leg->newer) {
		if (leg->peer && leg->id < leg->peer->id)
			json_array_append_new(list, json_pack("{s:I, s:[I, I]}", "bridge",
							      (json_int_t)leg->bridge, "legs",
							      (json_int_t)leg->id,
							      (json_int_t)leg->peer->id));
	}
	return list;
}

static json_t *describe_lines(const struct engine *e)
{
	json_t *list = json_array();

	for (size_t i = 0; i < e->cfg.n_spans; i++)
		json_array_append_new(list, describe_line(&e->lines[i]));
	return list;
}

json_t *describe_snapshot(struct engine *e)
{
	return json_pack("{s:I, s:o, s:o, s:o, s:b}", "sample", (json_int_t)e->now, "legs",
			 describe_legs(e), "bridges", describe_bridges(e), "spans",
			 describe_lines(e), "draining", e->draining);
}

json_t *describe_stats(struct engine *e)
{
	const struct media_stats *m = media_stats(e->media);
	struct control_stats c;
	json_t *late = json_array();

	for (int i = 0; i < MEDIA_LATE_BINS; i++)
		json_array_append_new(late, json_integer((json_int_t)m->late[i]));
	control_stats(e->control, &c);
	return json_pack("{s:{s:I, s:I, s:I, s:I, s:I, s:f, s:i, s:I, s:s, s:f, s:o},"
			 " s:{s:i, s:I, s:I}, s:{s:I, s:I, s:i, s:i, s:i, s:i}, s:{s:I, s:i}}",
			 "media", "sample", (json_int_t)m->sample, "ticks", (json_int_t)m->ticks,
			 "held", (json_int_t)m->held, "alone", (json_int_t)m->alone, "busy_us",
			 (json_int_t)(m->busy_ns / 1000), "load_percent", m->load_permille / 10.0,
			 "worst_us", (int)m->worst_us, "events_lost", (json_int_t)m->events_lost,
			 "clock", m->reference >= 0 ? e->cfg.spans[m->reference].name : "own",
			 "clock_ppm", m->ppb / 1000.0, "late", late, "calls", "legs",
			 (int)e->n_legs, "refused", (json_int_t)e->refused_calls, "refused_bearer",
			 (json_int_t)e->refused_bearer, "control", "next", (json_int_t)c.next,
			 "lost", (json_int_t)c.lost, "kept", (int)c.kept, "kept_ended",
			 (int)c.kept_ended, "clients", (int)c.clients, "cut_off", (int)c.cut_off,
			 "speech", "sound_octets", (json_int_t)clip_store_octets(e->clips),
			 "spoken", (int)speech_runs(e->speech));
}
