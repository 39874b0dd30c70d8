/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "exchange/results.h"

#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "core/line/satop.h"

#define SAMPLES_PER_MS 8.0

static void put(json_t *o, const char *key, uint64_t v)
{
	json_object_set_new(o, key, json_integer((json_int_t)v));
}

static void put_text(json_t *o, const char *key, const char *text)
{
	/* Called names may hold anything the far end sent; jansson takes UTF-8 only. */
	json_t *v = json_string(text);

	json_object_set_new(o, key, v ? v : json_string("?"));
}

static void put_ms(json_t *o, const char *key, int64_t samples)
{
	if (samples >= 0)
		json_object_set_new(o, key, json_real((double)samples / SAMPLES_PER_MS));
}

/* ---- calls ---- */

static const char *reason_of(const struct report *r, size_t call)
{
	size_t i;

	for (i = 0; i < r->n_reasons; i++)
		if (r->reason_call[i] == call)
			return r->reasons[i];
	return "";
}

static json_t *call_json(const struct report *r, size_t i)
{
	const struct call_record *c = &r->calls[i];
	json_t *o = json_object();

	put(o, "call", c->id);
	put_text(o, "class", report_class_name(r, c->class));
	put_text(o, "span", r->sc->spans[c->span].name);
	put(o, "timeslot", c->timeslot);
	put_text(o, "called", c->called);
	put_text(o, "calling", c->calling);
	put_ms(o, "begin_ms", c->born);
	put_ms(o, "end_ms", c->ended);
	json_object_set_new(o, "answered", json_boolean(c->answered));
	if (c->setup_ms >= 0)
		put(o, "setup_ms", (uint64_t)c->setup_ms);
	put(o, "cause", c->cause);
	put_text(o, "digits", c->digits);
	put_ms(o, "partner_delay_min_ms", c->delay_min);
	put_ms(o, "partner_delay_max_ms", c->delay_max);
	if (c->partner)
		put(o, "partner", c->partner);
	json_object_set_new(o, "good", json_boolean(c->fault == CALLER_GOOD));
	if (c->fault != CALLER_GOOD) {
		put_text(o, "fault", caller_fault_name((enum caller_fault)c->fault));
		put_text(o, "reason", reason_of(r, i));
	}
	return o;
}

static json_t *calls_json(const struct report *r)
{
	json_t *list = json_array();
	size_t i;

	for (i = 0; i < r->n; i++)
		json_array_append_new(list, call_json(r, i));
	return list;
}

static json_t *totals_json(const struct report *r)
{
	json_t *o = json_object(), *failed = json_object(), *setup = json_object();
	struct report_setup s;
	unsigned int f;

	put(o, "offered", r->offered);
	put(o, "answered", r->answered);
	put(o, "good", r->good);
	put(o, "failed", r->failed);
	for (f = CALLER_GOOD + 1; f < CALLER_FAULTS; f++)
		if (r->by_fault[f])
			put(failed, caller_fault_name((enum caller_fault)f), r->by_fault[f]);
	json_object_set_new(o, "failed_by_reason", failed);
	report_setup_times(r, &s);
	if (s.max >= 0) {
		put(setup, "p50", (uint64_t)s.p50);
		put(setup, "p90", (uint64_t)s.p90);
		put(setup, "p99", (uint64_t)s.p99);
		put(setup, "max", (uint64_t)s.max);
	}
	json_object_set_new(o, "setup_ms", setup);
	put(o, "digits_sent", r->digits);
	put(o, "prompts_heard", r->prompts);
	put(o, "prompt_octets", r->prompt_octets);
	put(o, "prompt_octets_different", r->prompt_differ);
	put(o, "partner_octets", r->partner_octets);
	put(o, "partner_octets_different", r->partner_differ);
	put_ms(o, "partner_delay_min_ms", r->delay_min);
	put_ms(o, "partner_delay_max_ms", r->delay_max);
	return o;
}

/* ---- spans ---- */

static json_t *alarms_json(uint32_t alarms)
{
	json_t *list = json_array();
	unsigned int bit;

	for (bit = 0; bit < E1_ALARMS; bit++)
		if (alarms >> bit & 1)
			json_array_append_new(list, json_string(e1_alarm_name(bit)));
	return list;
}

static json_t *line_json(const struct pw_port_status *line)
{
	json_t *o = json_object();
	uint64_t refused = 0;
	unsigned int i;

	for (i = 0; i < E1_COUNTERS; i++)
		put(o, e1_counter_name(i), e1_counter(&line->e1, i));
	for (i = 0; i < SATOP_REFUSALS; i++)
		refused += line->refused[i];
	put(o, "packets_sent", line->sent);
	put(o, "packets_received", line->packets.received);
	put(o, "packets_lost", line->packets.lost);
	put(o, "packets_late", line->packets.late);
	put(o, "packets_duplicate", line->packets.duplicate);
	put(o, "packets_reordered", line->packets.reordered);
	put(o, "packets_refused", refused);
	put(o, "pauses", line->packets.pauses);
	put(o, "slips_deleted", line->deleted);
	put(o, "slips_repeated", line->repeated);
	put(o, "frames_starved", line->starved);
	put(o, "depth", line->depth);
	return o;
}

/* Share of the timeslot that frames took: contents, FCS and one flag each; bit stuffing comes on top. */
static double percent_used(const struct office_span_status *st)
{
	double octets = (double)st->isdn.octets_tx + 3.0 * (double)st->isdn.frames_tx;

	return st->hdlc.tx_octets ? 100.0 * octets / (double)st->hdlc.tx_octets : 0.0;
}

static json_t *dchannel_json(const struct office_span_status *st)
{
	json_t *o = json_object();

	json_object_set_new(o, "up", json_boolean(st->link_up));
	put(o, "octets_sent", st->isdn.octets_tx);
	put(o, "octets_received", st->isdn.octets_rx);
	put(o, "frames_sent", st->isdn.frames_tx);
	put(o, "frames_received", st->isdn.frames_rx);
	put(o, "timeslot_octets", st->hdlc.tx_octets);
	json_object_set_new(o, "sent_percent", json_real(percent_used(st)));
	put(o, "fcs_errors", st->hdlc.rx_fcs_errors);
	put(o, "frames_cut", st->hdlc.rx_cut);
	put(o, "refused", st->isdn.screened);
	put(o, "lost_by_fault", st->lost_frames);
	return o;
}

static json_t *network_json(const struct impair_counters *n)
{
	json_t *o = json_object();

	put(o, "in", n->in);
	put(o, "out", n->out);
	put(o, "lost", n->lost);
	put(o, "reordered", n->reordered);
	put(o, "duplicated", n->duplicated);
	put(o, "overflow", n->overflow);
	return o;
}

static json_t *spans_json(const struct office *o)
{
	json_t *list = json_array(), *span;
	struct office_span_status st;
	int i;

	for (i = 0; office_span(o, i, &st) == 0; i++) {
		span = json_object();
		put_text(span, "span", st.name);
		json_object_set_new(span, "in_service", json_boolean(st.in_service));
		json_object_set_new(span, "alarms", alarms_json(st.alarms));
		put(span, "alarm_changes", st.alarm_changes);
		put(span, "channels", st.channels);
		json_object_set_new(span, "line", line_json(&st.line));
		json_object_set_new(span, "dchannel", dchannel_json(&st));
		json_object_set_new(span, "network", network_json(&st.network));
		json_array_append_new(list, span);
	}
	return list;
}

static json_t *pace_json(const struct pace *p)
{
	json_t *o = json_object();

	put(o, "holds", p->holds);
	put(o, "held_ms", p->held_ns / 1000000);
	put(o, "given_up", p->given_up);
	put(o, "late_ticks", p->late);
	return o;
}

int results_write(const char *file, const struct office *o, const struct pace *pace,
		  int64_t real_ms)
{
	const struct report *r = office_report(o);
	json_t *root = json_object();
	struct office_status st;
	int err;

	office_status(o, &st);
	put_text(root, "scenario", r->sc->name);
	put(root, "line_ms", (uint64_t)st.tick + 1);
	put(root, "real_ms", (uint64_t)real_ms);
	put(root, "most_calls_at_once", st.most);
	json_object_set_new(root, "totals", totals_json(r));
	json_object_set_new(root, "spans", spans_json(o));
	if (pace)
		json_object_set_new(root, "pace", pace_json(pace));
	json_object_set_new(root, "calls", calls_json(r));
	errno = 0;
	err = json_dump_file(root, file, JSON_INDENT(1)) < 0 ? (errno ? -errno : -EIO) : 0;
	json_decref(root);
	return err;
}

void results_spans(const struct office *o, FILE *to)
{
	struct office_span_status st;
	int i;

	fprintf(to, "%-10s %-8s %9s %9s %7s %7s %7s %7s %10s %10s\n", "span", "state", "sent",
		"received", "lost", "slips", "crc err", "E bits", "D sent", "D received");
	for (i = 0; office_span(o, i, &st) == 0; i++)
		fprintf(to,
			"%-10s %-8s %9" PRIu64 " %9" PRIu64 " %7" PRIu64 " %7" PRIu64 " %7" PRIu64
			" %7" PRIu64 " %10" PRIu64 " %10" PRIu64 "\n",
			st.name, st.in_service ? "up" : "down", st.line.sent,
			st.line.packets.received, st.line.packets.lost,
			st.line.deleted + st.line.repeated, st.line.e1.crc4_errors,
			st.line.e1.ebits, st.isdn.octets_tx, st.isdn.octets_rx);
}
