/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Spans on the call thread: D-channel, state, channels, hunting, trace.
 */
#include "engine/engine.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"

/* With these declared no call can be served; with RAI it is the far end that does not hear. */
#define ALARMS_OUT_OF_SERVICE (E1_LOS | E1_LFA | E1_AIS | E1_RAI)

bool line_in_service(const struct line *l)
{
	return !l->blocked && !(l->alarms & ALARMS_OUT_OF_SERVICE) && (!l->link || l->dchan_up);
}

bool line_idle(const struct line *l, int channel)
{
	return channel >= 1 && channel <= 31 && !(l->link && channel == l->cfg->dchannel) &&
	       !(l->cfg->cas && channel == 16) && !l->channel[channel].leg &&
	       !l->channel[channel].blocked && line_in_service(l);
}

void line_seize(struct line *l, int channel, struct call_leg *leg)
{
	if (channel)
		l->channel[channel].leg = leg;
	leg->line = l;
	leg->channel = channel;
}

void line_release(struct line *l, int channel, struct call_leg *leg)
{
	if (channel && l->channel[channel].leg == leg) {
		l->channel[channel].leg = NULL;
		l->channel[channel].released = l->e->now;
	}
}

struct line *line_find(struct engine *e, const char *name)
{
	for (size_t i = 0; i < e->cfg.n_spans; i++) {
		if (strcmp(e->lines[i].cfg->name, name) == 0)
			return &e->lines[i];
	}
	return NULL;
}

static void picture(const struct line *l, struct hunt_span *h)
{
	*h = (struct hunt_span){.weight = (uint16_t)l->cfg->weight,
				.descending = l->cfg->signalling == SIG_PRI_USER};
	for (int ts = 1; ts < E1_OCTETS; ts++) {
		if (line_idle(l, ts))
			h->idle |= 1u << ts;
		h->released[ts] = l->channel[ts].released;
	}
}

int line_pick(struct engine *e, const char *group, struct line *only, enum hunt_rule rule,
	      struct line **line, int *channel)
{
	struct hunt_span spans[SPANS_MAX];
	bool member = false, up = false;
	int err;

	for (size_t i = 0; i < e->cfg.n_spans; i++) {
		struct line *l = &e->lines[i];

		spans[i] = (struct hunt_span){0};
		if (only ? l != only : strcmp(l->cfg->group, group) != 0)
			continue;
		member = true;
		if (!l->link)
			continue;
		up = up || line_in_service(l);
		picture(l, &spans[i]);
	}
	if (!member)
		return -ENOENT;
	if (!up)
		return -ENETDOWN;
	err = hunt_pick(rule, spans, (unsigned int)e->cfg.n_spans, &e->hunted);
	if (err)
		return err;
	*line = &e->lines[e->hunted.span];
	*channel = e->hunted.timeslot;
	return 0;
}

void line_tell_state(struct line *l)
{
	engine_event(l->e, "span.state",
		     json_pack("{s:s, s:o, s:s, s:b}", "span", l->cfg->name, "alarms",
			       describe_alarms(l->alarms), "dchannel", l->dchan_up ? "up" : "down",
			       "in_service", line_in_service(l)));
}

static void tell_channel(struct line *l, int channel, const char *state)
{
	engine_event(l->e, "channel.state",
		     json_pack("{s:s, s:i, s:s}", "span", l->cfg->name, "channel", channel, "state",
			       state));
}

int line_block(struct line *l, int channel, bool block)
{
	if (channel == 0) {
		l->blocked = block;
		line_tell_state(l);
		return 0;
	}
	l->channel[channel].blocked = block;
	/* Tell the far end where the variant has a message for it; EuroISDN has none. */
	if (l->link)
		isdn_service(l->link, channel, block ? 2 : 0);
	tell_channel(l, channel, block ? "blocked" : "unblocked");
	return 0;
}

void line_cas(struct line *l, int channel, uint8_t abcd)
{
	l->channel[channel].cas_rx = abcd;
	engine_event(l->e, "channel.cas",
		     json_pack("{s:s, s:i, s:i}", "span", l->cfg->name, "channel", channel, "abcd",
			       abcd));
}

int line_send_cas(struct line *l, int channel, uint8_t abcd)
{
	struct media_cmd cmd = {.type = MCMD_CAS,
				.chan = {.span = l->index, .ts = (uint8_t)channel},
				.flags = abcd};

	if (!l->cfg->cas)
		return -ENOTSUP;
	if (channel < 1 || channel > 31 || channel == 16 || abcd > 15)
		return -EINVAL;
	if (media_command(l->e->media, &cmd, NULL, 0))
		return -ENOBUFS;
	l->channel[channel].cas_tx = abcd;
	return 0;
}

int64_t line_utc_second(const struct line *l, int64_t sample)
{
	return l->e->utc0_us / 1000000 + sample / 8000;
}

void line_second(struct line *l, int64_t sample, const uint8_t *both)
{
	int64_t second = line_utc_second(l, sample);
	struct g826_second s[2];

	memcpy(s, both, sizeof(s));
	g826_step(&l->near, second, &s[0]);
	g826_step(&l->far, second, &s[1]);
}

void line_alarms(struct line *l, uint32_t alarms)
{
	bool was_up = !(l->alarms & ALARMS_OUT_OF_SERVICE);
	bool is_up = !(alarms & ALARMS_OUT_OF_SERVICE);
	bool lost = alarms & ~l->alarms & LINE_ABSENT;
	char path[SPAN_NAME_MAX + 8];

	l->alarms = alarms;
	history_update(&l->history, alarms, l->e->now);
	snprintf(path, sizeof(path), "span %s", l->cfg->name);
	if (was_up != is_up) {
		if (is_up)
			log_info(path, "layer 1 is up");
		else
			log_warn(path, "out of service: layer 1 alarm, mask 0x%x", alarms);
		if (l->link)
			isdn_link_layer1(l->link, is_up);
	}
	line_tell_state(l);
	if (!lost)
		return;
	log_warn(path, "its device is gone: its calls end");
	legs_line_gone(l);
	attach_lost(l);
}

static void send_frame(void *ctx, const uint8_t *frame, size_t len)
{
	struct line *l = ctx;
	struct media_cmd cmd = {.type = MCMD_DCHAN_FRAME, .chan = {.span = l->index}};

	if (media_command(l->e->media, &cmd, frame, len))
		l->lost_frames++; /* Q.921 sends it again */
	if (l->trace)
		dtrace_frame(l->trace, l->e->now, DTRACE_SENT, frame, len);
}

void line_frame(struct line *l, const uint8_t *frame, size_t len)
{
	if (l->trace)
		dtrace_frame(l->trace, l->e->now, DTRACE_RECEIVED, frame, len);
	if (l->link)
		isdn_link_receive(l->link, frame, len);
}

static void trace_line(void *ctx, const char *text)
{
	struct line *l = ctx;

	if (l->trace)
		dtrace_line(l->trace, l->e->now, text);
}

static void link_state(struct line *l, bool up)
{
	char path[SPAN_NAME_MAX + 8];

	snprintf(path, sizeof(path), "span %s", l->cfg->name);
	l->dchan_up = up;
	if (up)
		log_info(path, "D-channel is up");
	else
		log_warn(path, "D-channel is down; calls live on for %d s", l->cfg->t309_s);
	line_tell_state(l);
}

static void isdn_happened(void *ctx, const struct isdn_event *ev)
{
	struct line *l = ctx;

	switch (ev->type) {
	case ISDN_LINK_UP: link_state(l, true); break;
	case ISDN_LINK_DOWN: link_state(l, false); break;
	case ISDN_SETUP: legs_incoming(l, ev); break;
	case ISDN_RESTART:
	case ISDN_RESTART_ACK: tell_channel(l, ev->channel, "restarted"); break;
	case ISDN_SERVICE:
		if (ev->channel >= 1 && ev->channel <= 31) {
			l->channel[ev->channel].blocked = ev->service != 0;
			tell_channel(l, ev->channel, ev->service ? "blocked" : "unblocked");
		}
		break;
	default: legs_isdn(l, ev); break;
	}
}

/* "name" below the trace directory with a suffix; no way out of it */
static int trace_path(const struct line *l, const char *file, const char *suffix, char *out)
{
	int n;

	if (!file[0] || file[0] == '.' || strchr(file, '/'))
		return -EINVAL;
	n = snprintf(out, PATH_MAX_LEN, "%s/%s%s", l->e->cfg.traces, file, suffix);
	return n < PATH_MAX_LEN ? 0 : -ENAMETOOLONG;
}

int line_trace(struct line *l, bool on, const char *file)
{
	char pcap[PATH_MAX_LEN], text[PATH_MAX_LEN];
	struct dtrace_cfg cfg = {.name = l->cfg->name,
				 .pcap_path = pcap,
				 .text_path = text,
				 .network = l->cfg->signalling == SIG_PRI_NETWORK,
				 .utc0_us = l->e->utc0_us};
	int err;

	if (!l->link)
		return -ENODEV;
	if (on) {
		err = trace_path(l, file, ".pcap", pcap);
		if (!err)
			err = trace_path(l, file, ".txt", text);
		if (err)
			return err;
	}
	isdn_link_trace(l->link, false);
	dtrace_close(l->trace);
	l->trace = NULL;
	if (!on)
		return 0;
	err = dtrace_open(&l->trace, &cfg);
	if (!err)
		isdn_link_trace(l->link, true);
	return err;
}

static int line_open(struct line *l)
{
	struct isdn_cfg cfg = {
		.name = l->cfg->name,
		.side = l->cfg->signalling == SIG_PRI_NETWORK ? ISDN_NETWORK : ISDN_USER,
		.variant = l->cfg->qsig ? ISDN_QSIG : ISDN_EUROISDN,
		.dchannel = l->cfg->dchannel,
		.overlap = l->cfg->overlap,
		.t309_s = l->cfg->t309_s,
	};
	struct isdn_callbacks cb = {
		.send = send_frame, .event = isdn_happened, .trace = trace_line, .ctx = l};

	/* A device that is absent from the beginning is never told of. */
	l->alarms = media_stats(l->e->media)->span[l->index].alarms;
	history_update(&l->history, l->alarms, 0);
	if (l->cfg->signalling == SIG_NONE)
		return 0;
	l->link = isdn_link_new(&cfg, &cb);
	if (!l->link)
		return -ENOMEM;
	if (l->alarms & ALARMS_OUT_OF_SERVICE)
		isdn_link_layer1(l->link, false);
	return 0;
}

int lines_open(struct engine *e)
{
	for (size_t i = 0; i < e->cfg.n_spans; i++) {
		struct line *l = &e->lines[i];

		l->e = e;
		l->cfg = &e->cfg.spans[i];
		l->index = (uint8_t)i;
		g826_init(&l->near);
		g826_init(&l->far);
		history_init(&l->history);
		if (line_open(l))
			return -ENOMEM;
	}
	return 0;
}

void lines_close(struct engine *e)
{
	for (size_t i = 0; i < e->cfg.n_spans; i++) {
		if (e->lines[i].link)
			isdn_link_free(e->lines[i].link);
		dtrace_close(e->lines[i].trace);
	}
}
