/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "card.h"

#define INT(v) ((json_int_t)(v))

static json_t *alarms_json(const struct framer *f)
{
	uint32_t alarms = e1_rx_alarms(&f->rx);
	json_t *list = json_array();

	for (unsigned int i = 0; i < E1_ALARMS; i++)
		if (alarms & 1u << i)
			json_array_append_new(list, json_string(e1_alarm_name(i)));
	return list;
}

static json_t *counters_json(const struct framer *f)
{
	json_t *all = json_object();

	for (unsigned int i = 0; i < E1_COUNTERS; i++)
		json_object_set_new(all, e1_counter_name(i),
				    json_integer(INT(e1_counter(e1_rx_counters(&f->rx), i))));
	return all;
}

static json_t *framer_json(const struct framer *f)
{
	return json_pack("{s:s, s:i, s:i, s:b, s:o, s:o, s:s, s:b, s:b, s:I, s:I, s:I, s:I, s:I}",
			 "chip", framer_chip_names[f->chip], "frs0", f->frs0, "frs1", f->frs1,
			 "set_up", f->system_good, "alarms", alarms_json(f), "counters",
			 counters_json(f), "line_code",
			 (f->reg[FALC_FMR0] & 0xf0) == 0xa0 ? "AMI" : "HDB3", "sends_rai",
			 f->tx.rai, "sends_ais", f->tx.ais, "skipped", INT(f->elastic.deleted),
			 "repeated", INT(f->elastic.repeated), "starved", INT(f->elastic.starved),
			 "code_violations", INT(f->bpv_line), "bpv_inserted", INT(f->bpv_sent));
}

static json_t *line_json(const struct board *b)
{
	const struct line *l = &b->line;

	return json_pack("{s:b, s:b, s:I, s:I, s:I, s:I, s:I, s:i, s:i}", "rx_cut", l->rx_cut,
			 "tx_cut", l->tx_cut, "sent", INT(l->sent), "received",
			 INT(l->jitter.n.received), "lost", INT(l->jitter.n.lost), "pauses",
			 INT(l->jitter.n.pauses), "resyncs", INT(l->jitter.n.resyncs), "waiting",
			 (int)line_waiting(l), "target", (int)line_target(l));
}

static json_t *bridge_json(const struct bridge *b)
{
	return json_pack("{s:i, s:i, s:i, s:I, s:I, s:I}", "cntl", b->reg[BRIDGE_CNTL], "oper",
			 b->reg[BRIDGE_OPER], "intstat", b->intstat, "halves", INT(b->halves),
			 "overruns", INT(b->overruns), "aborts", INT(b->aborts));
}

static json_t *pld_json(const struct pld *p)
{
	return json_pack("{s:i, s:i, s:b, s:I, s:I}", "clock", p->clock, "led", p->led, "aligned",
			 pld_aligned(p), "resyncs", INT(p->resyncs), "led_changes",
			 INT(p->led_changes));
}

static json_t *pacing_json(const struct card *c)
{
	double handled = c->pacing.handled ? (double)c->pacing.handled : 1;

	return json_pack("{s:s, s:b, s:b, s:i, s:I, s:I, s:I, s:I, s:f, s:f, s:f}", "pace",
			 card_pace_names[c->pace], "follows_line", board_follows_line(&c->board),
			 "lockstep", c->lock.on, "ppb", c->ppb, "late", INT(c->tick.late),
			 "interrupts", INT(c->pacing.interrupts), "held", INT(c->pacing.held),
			 "given_up", INT(c->pacing.given_up), "longest_ms",
			 (double)c->pacing.longest_ns / 1e6, "handling_us",
			 (double)c->pacing.handling_ns / handled / 1e3, "slowest_us",
			 (double)c->pacing.slowest_ns / 1e3);
}

json_t *status_json(const struct card *c)
{
	const struct board *b = &c->board;

	return json_pack("{s:b, s:I, s:o, s:o, s:o, s:o, s:o}", "powered", b->powered, "ms",
			 INT(b->ms), "framer", framer_json(&b->framer), "line", line_json(b),
			 "bridge", bridge_json(&b->bridge), "pld", pld_json(&b->pld), "pacing",
			 pacing_json(c));
}

json_t *access_json(const struct access *a)
{
	const struct access_counters *n = &a->count;
	double ms = n->ms ? (double)n->ms : 1;
	json_t *bins = json_array();

	for (unsigned int i = 0; i < ACCESS_BINS; i++)
		json_array_append_new(bins, json_integer(INT(n->bin[i])));
	return json_pack("{s:I, s:I, s:I, s:I, s:f, s:i, s:i, s:i, s:o}", "reads", INT(n->reads),
			 "writes", INT(n->writes), "ms", INT(n->ms), "interrupts", INT(n->windows),
			 "per_ms", (double)(n->reads + n->writes) / ms, "worst", (int)n->worst,
			 "worst_reads", (int)n->worst_reads, "worst_writes", (int)n->worst_writes,
			 "histogram", bins);
}

json_t *checks_json(const struct checks *k)
{
	json_t *counts = json_object(), *texts = json_array();
	uint64_t kept = k->total < CHECK_KEPT ? k->total : CHECK_KEPT;

	for (unsigned int i = 0; i < CHECKS; i++)
		json_object_set_new(counts, check_names[i], json_integer(INT(k->n[i])));
	for (uint64_t i = k->total - kept; i < k->total; i++)
		json_array_append_new(texts, json_string(k->text[i % CHECK_KEPT]));
	return json_pack("{s:I, s:o, s:o}", "total", INT(k->total), "counts", counts, "last",
			 texts);
}

json_t *trace_json(const struct trace *t)
{
	uint64_t kept = t->total < TRACE_KEPT ? t->total : TRACE_KEPT;
	json_t *events = json_array();

	for (uint64_t i = t->total - kept; i < t->total; i++) {
		const struct trace_event *e = &t->event[i % TRACE_KEPT];

		json_array_append_new(
			events, json_pack("[I, s, i]", INT(e->ms), trace_names[e->what], e->value));
	}
	return json_pack("{s:I, s:o}", "total", INT(t->total), "events", events);
}
