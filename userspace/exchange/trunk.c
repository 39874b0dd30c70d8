/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "exchange/trunk.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "core/channel/g711.h"
#include "core/line/satop.h"

#define JITTER_MAX_MS 100

/* Alarms of ours that stop the data link; the far end's RAI does not. */
#define NO_SERVICE (E1_LOS | E1_LFA | E1_AIS | E1_LMFA)

#define JUNK_A_TICK      32 /* random datagrams */
#define JUNK_OCTETS      300
#define HOSTILE_IN_QUEUE 4 /* hostile frames wait in the HDLC queue, so that good ones find room */

/* ---- D-channel ---- */

static void frame_to_send(void *ctx, const uint8_t *frame, size_t len)
{
	struct trunk *t = ctx;

	if (t->dchannel_down) {
		t->lost_frames++;
		return;
	}
	if (t->trace)
		dtrace_frame(t->trace, t->now, DTRACE_SENT, frame, len);
	/* A full queue loses the frame; Q.921 repeats it. */
	hdlc_link_send(t->hdlc, frame, len);
}

static void frame_received(void *ctx, const uint8_t *frame, size_t len)
{
	struct trunk *t = ctx;

	if (t->dchannel_down) {
		t->lost_frames++;
		return;
	}
	if (t->trace)
		dtrace_frame(t->trace, t->now, DTRACE_RECEIVED, frame, len);
	isdn_link_receive(t->isdn, frame, len);
}

static void link_event(void *ctx, const struct isdn_event *ev)
{
	struct trunk *t = ctx;

	if (ev->type == ISDN_LINK_UP)
		t->link_up = true;
	if (ev->type == ISDN_LINK_DOWN)
		t->link_up = false;
	if (t->link_up && t->restarted) {
		t->restarted = false;
		isdn_restart(t->isdn, 0);
	}
	t->hooks.event(t->hooks.ctx, t, ev);
}

static void trace_text(void *ctx, const char *text)
{
	struct trunk *t = ctx;

	if (t->trace)
		dtrace_line(t->trace, t->now, text);
}

static void hostile_frames(struct trunk *t)
{
	struct hdlc_link_stats st;

	if (t->hostile.at == t->hostile.n)
		return;
	hdlc_link_stats(t->hdlc, &st);
	while (t->hostile.at < t->hostile.n && st.tx_queued < HOSTILE_IN_QUEUE) {
		size_t at = t->hostile.at++;

		if (t->trace)
			dtrace_frame(t->trace, t->now, DTRACE_SENT, t->hostile.frames[at],
				     t->hostile.lengths[at]);
		hdlc_link_send(t->hdlc, t->hostile.frames[at], t->hostile.lengths[at]);
		st.tx_queued++;
	}
}

/* ---- birth and death ---- */

static int open_link(struct trunk *t)
{
	const struct isdn_cfg cfg = {.name = t->def->name,
				     .side = (enum isdn_side)t->def->side,
				     .variant = (enum isdn_variant)t->def->variant,
				     .dchannel = t->def->dchannel,
				     .overlap = t->def->overlap};
	const struct isdn_callbacks cb = {
		.send = frame_to_send, .event = link_event, .trace = trace_text, .ctx = t};

	if (!t->def->dchannel)
		return 0;
	t->hdlc = hdlc_link_new(frame_received, t);
	t->isdn = t->hdlc ? isdn_link_new(&cfg, &cb) : NULL;
	if (!t->isdn)
		return -ENOMEM;
	isdn_link_trace(t->isdn, t->trace != NULL);
	return 0;
}

static void close_link(struct trunk *t)
{
	isdn_link_free(t->isdn);
	hdlc_link_free(t->hdlc);
	t->isdn = NULL;
	t->hdlc = NULL;
	t->link_up = false;
}

static int init_port(struct trunk *t, uint64_t seed)
{
	const struct pw_port_cfg cfg = {
		.e1 = {.crc4 = (enum e1_crc4)t->def->crc4, .cas = t->def->cas},
		.jitter_ms = (uint16_t)t->def->jitter_ms,
		.jitter_max_ms = JITTER_MAX_MS,
		/* Who follows us does not slip against us. */
		.clock_reference = !t->def->slips,
		.seed = seed};

	e1_alarm_init(&t->alarm, &e1_alarm_service, t->now);
	return pw_port_init(&t->port, &cfg);
}

static int open_trace(struct trunk *t, const char *dir)
{
	char pcap[2 * PATH_MAX_LEN], text[2 * PATH_MAX_LEN];
	struct dtrace_cfg cfg = {.name = t->def->name,
				 .pcap_path = pcap,
				 .text_path = text,
				 .network = t->def->side == ISDN_NETWORK,
				 .utc0_us = (int64_t)time(NULL) * 1000000};

	if (!dir || !t->def->dchannel)
		return 0;
	snprintf(pcap, sizeof(pcap), "%s/%s.pcap", dir, t->def->name);
	snprintf(text, sizeof(text), "%s/%s.txt", dir, t->def->name);
	return dtrace_open(&t->trace, &cfg);
}

int trunk_init(struct trunk *t, const struct span_def *def, int index, uint64_t seed,
	       const char *trace_dir, const struct trunk_hooks *hooks)
{
	int err;

	t->def = def;
	t->index = index;
	t->hooks = *hooks;
	impair_init(&t->impair, seed);
	dice_init(&t->dice, seed);
	memset(t->tx, ALAW_IDLE, sizeof(t->tx));
	err = init_port(t, seed);
	if (!err)
		err = open_trace(t, trace_dir);
	if (!err)
		err = open_link(t);
	if (err)
		trunk_free(t);
	return err;
}

void trunk_free(struct trunk *t)
{
	close_link(t);
	dtrace_close(t->trace);
	t->trace = NULL;
}

int trunk_restart(struct trunk *t)
{
	int err;

	close_link(t);
	t->restarted = true;
	err = init_port(t, dice_throw(&t->dice));
	t->port.seq = (uint16_t)dice_throw(&t->dice);
	return err ? err : open_link(t);
}

bool trunk_in_service(const struct trunk *t)
{
	return t->link_up && !(e1_alarm_declared(&t->alarm) & NO_SERVICE);
}

/* ---- each millisecond ---- */

void trunk_receive(struct trunk *t, const uint8_t *datagram, size_t len)
{
	t->received++;
	if (!t->cut)
		pw_port_receive(&t->port, datagram, len); /* what is refused is counted there */
}

static void watch_alarms(struct trunk *t)
{
	uint32_t before = e1_alarm_declared(&t->alarm), after;

	if (!e1_alarm_step(&t->alarm, pw_port_alarms(&t->port) & 0xff, t->now))
		return;
	after = e1_alarm_declared(&t->alarm);
	if (t->isdn && !(before & NO_SERVICE) != !(after & NO_SERVICE))
		isdn_link_layer1(t->isdn, !(after & NO_SERVICE));
	t->hooks.alarms(t->hooks.ctx, t, after);
}

/* Runs of whole and of erased octets of the D-channel's timeslot. */
static void feed_hdlc(struct trunk *t, const struct e1_frame *frames)
{
	const uint8_t *octets = t->rx[t->def->dchannel];
	int from = 0, i;

	for (i = 1; i <= TRUNK_TICK; i++) {
		if (i < TRUNK_TICK && !frames[i].flags == !frames[from].flags)
			continue;
		hdlc_link_receive(t->hdlc, octets + from, (size_t)(i - from),
				  frames[from].flags != 0);
		from = i;
	}
}

void trunk_tick_rx(struct trunk *t, int64_t now)
{
	struct e1_frame frames[PW_FRAMES];
	int i, ts;

	t->now = now;
	pw_port_tick_rx(&t->port, frames);
	watch_alarms(t);
	for (ts = 0; ts < E1_OCTETS; ts++)
		for (i = 0; i < TRUNK_TICK; i++)
			t->rx[ts][i] = frames[i].ts[ts];
	if (!t->isdn)
		return;
	feed_hdlc(t, frames);
	if (isdn_link_next(t->isdn) <= now)
		isdn_link_run(t->isdn);
}

static void send_junk(struct trunk *t)
{
	uint8_t d[JUNK_OCTETS];
	unsigned int n;
	size_t i, len;

	for (n = 0; n < JUNK_A_TICK && t->junk; n++, t->junk--) {
		len = dice_throw(&t->dice) % sizeof(d) + 1;
		for (i = 0; i < len; i++)
			d[i] = (uint8_t)dice_throw(&t->dice);
		/* Never something that a lockstep far end takes for a token. */
		d[0] &= 0x0f;
		t->hooks.send(t->hooks.ctx, t, d, len);
	}
}

/* From the packet just made to what the network delivers in this tick. */
static void through_network(struct trunk *t, const uint8_t *d, size_t len)
{
	uint8_t out[IMPAIR_BYTES];

	if (len && !t->cut)
		impair_put(&t->impair, d, len); /* no room: lost, and counted there */
	while ((len = impair_get(&t->impair, out)) > 0)
		if (!t->cut)
			t->hooks.send(t->hooks.ctx, t, out, len);
	impair_tick(&t->impair);
	send_junk(t);
}

void trunk_tick_tx(struct trunk *t)
{
	uint8_t frames[PW_FRAMES][E1_OCTETS], d[SATOP_MAX];
	int i, ts;

	if (t->hdlc) {
		hostile_frames(t);
		hdlc_link_transmit(t->hdlc, t->tx[t->def->dchannel], TRUNK_TICK);
	}
	for (i = 0; i < PW_FRAMES; i++)
		for (ts = 0; ts < E1_OCTETS; ts++)
			frames[i][ts] = t->tx[ts][i];
	memset(t->tx, ALAW_IDLE, sizeof(t->tx));
	through_network(t, d, pw_port_tick_tx(&t->port, frames, d, sizeof(d)));
}
