/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * JSON of a span: state, counters, error performance, alarm history (docs/engine-protocol.md).
 */
#include "core/line/pw_port.h"
#include "engine/engine.h"

json_t *describe_alarms(uint32_t alarms)
{
	json_t *list = json_array();

	for (unsigned int i = 0; i < E1_ALARMS; i++) {
		if (alarms & (1u << i))
			json_array_append_new(list, json_string(e1_alarm_name(i)));
	}
	if (alarms & PW_LOPS)
		json_array_append_new(list, json_string("LOPS"));
	if (alarms & PW_FAR_LOPS)
		json_array_append_new(list, json_string("FAR-LOPS"));
	if (alarms & LINE_ABSENT)
		json_array_append_new(list, json_string("ABSENT"));
	return list;
}

static json_t *counters(const struct e1_counters *c)
{
	json_t *m = json_object();

	for (unsigned int i = 0; i < E1_COUNTERS; i++)
		json_object_set_new(m, e1_counter_name(i),
				    json_integer((json_int_t)e1_counter(c, i)));
	return m;
}

static json_t *line_counters(const struct span_line_stats *s)
{
	uint64_t slips = s->slips_deleted + s->slips_repeated;
	json_t *m =
		json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:i, s:i}", "sent",
			  (json_int_t)s->sent, "received", (json_int_t)s->received, "lost",
			  (json_int_t)s->lost, "late", (json_int_t)s->late, "duplicate",
			  (json_int_t)s->duplicate, "reordered", (json_int_t)s->reordered,
			  "refused", (json_int_t)s->refused, "slips", (json_int_t)slips, "pauses",
			  (json_int_t)s->pauses, "depth", (int)s->depth, "target", (int)s->target);
	json_t *seen = json_array();
	int last = JITTER_SLOTS;

	while (last > 0 && !s->depth_seen[last])
		last--;
	for (int i = 0; i <= last; i++)
		json_array_append_new(seen, json_integer((json_int_t)s->depth_seen[i]));
	json_object_set_new(m, "lost_tx", json_integer((json_int_t)s->lost_tx));
	json_object_set_new(m, "stray", json_integer((json_int_t)s->stray));
	json_object_set_new(m, "resyncs", json_integer((json_int_t)s->resyncs));
	json_object_set_new(m, "depth_seen", seen);
	return m;
}

static json_t *dchannel_counters(const struct line *l, const struct span_line_stats *s)
{
	uint64_t refused = s->hdlc_tx_refused + l->lost_frames;
	struct isdn_link_stats q = {0};

	if (l->link)
		isdn_link_stats(l->link, &q);
	return json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I}", "frames_rx",
			 (json_int_t)s->hdlc_rx_frames, "frames_tx", (json_int_t)s->hdlc_tx_frames,
			 "fcs_errors", (json_int_t)s->hdlc_fcs_errors, "aborts",
			 (json_int_t)s->hdlc_aborts, "tx_refused", (json_int_t)refused, "octets_rx",
			 (json_int_t)q.octets_rx, "octets_tx", (json_int_t)q.octets_tx, "screened",
			 (json_int_t)q.screened, "calls", (json_int_t)q.calls);
}

static const char *signalling_name(const struct span_cfg *cfg)
{
	static const char *const names[] = {"none", "pri-user", "pri-network"};

	return names[cfg->signalling];
}

static void count_channels(const struct line *l, int *channels, int *in_use)
{
	*channels = *in_use = 0;
	for (int ts = 1; ts < E1_OCTETS; ts++) {
		bool carries = !(l->link && ts == l->cfg->dchannel) && !(l->cfg->cas && ts == 16);

		*channels += carries && !l->channel[ts].blocked;
		*in_use += l->channel[ts].leg != NULL;
	}
}

json_t *describe_line(const struct line *l)
{
	const struct span_line_stats *s = &media_stats(l->e->media)->span[l->index];
	json_t *far = json_pack("{s:I}", "ebits", (json_int_t)s->e1.ebits);
	int channels, in_use;

	count_channels(l, &channels, &in_use);
	return json_pack("{s:s, s:s, s:s, s:o, s:o, s:s, s:s, s:i, s:i, s:o, s:o, s:o, s:o, s:s}",
			 "span", l->cfg->name, "backend", l->cfg->backend, "state",
			 line_in_service(l) ? "in-service"
			 : l->blocked       ? "blocked"
					    : "out-of-service",
			 "alarms", describe_alarms(l->alarms), "defects",
			 describe_alarms(s->defects), "dchannel",
			 l->link ? l->dchan_up ? "up" : "down" : "none", "signalling",
			 signalling_name(l->cfg), "channels", channels, "in_use", in_use, "near",
			 counters(&s->e1), "far", far, "line", line_counters(s), "hdlc",
			 dchannel_counters(l, s), "device", l->device);
}

/* ---- error performance ---- */

static json_t *count(const struct g826_count *n)
{
	if (!n)
		return json_null();
	return json_pack("{s:I, s:I, s:I, s:I, s:I}", "seconds", (json_int_t)n->seconds, "es",
			 (json_int_t)n->es, "ses", (json_int_t)n->ses, "bbe", (json_int_t)n->bbe,
			 "uas", (json_int_t)n->uas);
}

/* The bins before the present one, the latest first, as far back as there are any. */
static json_t *bins(const struct g826 *g, int64_t second, unsigned int n,
		    const struct g826_count *(*find)(const struct g826 *g, int64_t second,
						     unsigned int ago))
{
	json_t *list = json_array();
	unsigned int last = n - 1;

	while (last > 0 && !find(g, second, last))
		last--;
	for (unsigned int ago = 1; ago <= last; ago++)
		json_array_append_new(list, count(find(g, second, ago)));
	return list;
}

static json_t *performance(const struct g826 *kept, int64_t second)
{
	struct g826 g;

	g826_read(kept, &g);
	return json_pack("{s:b, s:o, s:o, s:o, s:o, s:o}", "unavailable", g826_unavailable(kept),
			 "total", count(&g.total), "quarter", count(g826_quarter(&g, second, 0)),
			 "day", count(g826_day(&g, second, 0)), "quarters",
			 bins(&g, second, G826_QUARTERS, g826_quarter), "days",
			 bins(&g, second, G826_DAYS, g826_day));
}

/* ---- alarm history ---- */

static double utc_of(const struct line *l, int64_t sample)
{
	return (double)l->e->utc0_us / 1e6 + (double)sample / 8000;
}

static json_t *history(const struct line *l)
{
	struct history_record r[HISTORY_ALARMS + HISTORY_RECORDS];
	int n = history_list(&l->history, r, HISTORY_ALARMS + HISTORY_RECORDS);
	json_t *list = json_array();

	for (int i = 0; i < n; i++) {
		json_t *names = describe_alarms(1u << r[i].alarm);
		json_t *m =
			json_pack("{s:O, s:I, s:f}", "alarm", json_array_get(names, 0), "raised",
				  (json_int_t)r[i].raised, "utc", utc_of(l, r[i].raised));

		json_decref(names);
		if (r[i].cleared >= 0)
			json_object_set_new(m, "cleared", json_integer(r[i].cleared));
		json_array_append_new(list, m);
	}
	return list;
}

json_t *describe_line_fully(const struct line *l)
{
	json_t *m = describe_line(l);
	/* The last second that is over. */
	int64_t second = line_utc_second(l, l->e->now > 8000 ? l->e->now - 8000 : 0);

	json_object_set_new(m, "performance",
			    json_pack("{s:o, s:o}", "near", performance(&l->near, second), "far",
				      performance(&l->far, second)));
	json_object_set_new(m, "history", history(l));
	return m;
}
