/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Backend "pseudowire": an E1 as SAToP over UDP. Joins the wire (socket), the port
 * (core/line/pw_port.h), the D-channel's HDLC and the alarm integration.
 */
#include "engine/backend.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/line/pw_port.h"
#include "core/span/e1_alarm.h"
#include "engine/config.h"
#include "engine/hdlc.h"
#include "engine/wire.h"

#define RECEIVE_MAX                                                                                \
	256 /* datagrams taken in at once: a flood waits in the socket, or is lost there */
#define LINE_CLEAR (500 * 8) /* samples without a PW_* defect until it is no alarm any more */

struct backend {
	struct wire *wire;
	struct pw_port port;
	struct hdlc_link *hdlc;
	int dchannel; /* timeslot, 0: none */
	struct e1_alarm alarm;
	int64_t lops_until, far_lops_until; /* samples; a flapping defect is one alarm */
	int64_t sample;
};

static void pw_close(struct backend *b)
{
	if (!b)
		return;
	wire_close(b->wire);
	hdlc_link_free(b->hdlc);
	free(b);
}

static int pw_open(struct backend **out, const struct span_cfg *cfg, backend_dchan dchan, void *ctx,
		   char *why, size_t size)
{
	struct pw_port_cfg port = {.e1 = {.crc4 = cfg->crc4, .cas = cfg->cas},
				   .jitter_ms = (uint16_t)cfg->jitter_ms,
				   .jitter_max_ms = (uint16_t)cfg->jitter_max_ms};
	struct backend *b = calloc(1, sizeof(*b));
	int err;

	snprintf(why, size, "no memory");
	if (!b)
		return -ENOMEM;
	b->dchannel = cfg->signalling == SIG_NONE ? 0 : cfg->dchannel;
	b->hdlc = hdlc_link_new(dchan, ctx);
	err = b->hdlc ? pw_port_init(&b->port, &port) : -ENOMEM;
	if (err)
		snprintf(why, size, "jitter buffer of %d..%d ms: %s", cfg->jitter_ms,
			 cfg->jitter_max_ms, strerror(-err));
	else
		err = wire_open(&b->wire, cfg->local, cfg->remote, why, size);
	if (err) {
		pw_close(b);
		return err;
	}
	e1_alarm_init(&b->alarm, &e1_alarm_service, 0);
	*out = b;
	return 0;
}

static int pw_fd(const struct backend *b)
{
	return wire_fd(b->wire);
}

static void pw_receive(struct backend *b)
{
	uint8_t d[WIRE_DATAGRAM_MAX];

	/* What finds no room stays in the socket until a tick has made some. */
	for (int i = 0; i < RECEIVE_MAX && pw_port_room(&b->port) > 0; i++) {
		int n = wire_receive(b->wire, d, sizeof(d));

		if (n < 0)
			return;
		pw_port_receive(&b->port, d, (size_t)n);
	}
}

static void pw_waiting(const struct backend *b, unsigned int *waiting, unsigned int *target)
{
	*waiting = pw_port_waiting(&b->port);
	*target = pw_port_target(&b->port);
}

static void pw_reference(struct backend *b, bool on)
{
	pw_port_set_reference(&b->port, on);
}

static void pw_common(struct backend *b, int beyond, bool fresh)
{
	pw_port_set_common(&b->port, beyond, fresh);
}

static void receive_dchannel(struct backend *b, const struct e1_frame frames[PW_FRAMES])
{
	for (int f = 0; f < PW_FRAMES; f++)
		hdlc_link_receive(b->hdlc, &frames[f].ts[b->dchannel], 1, frames[f].flags != 0);
}

static void pw_tick_rx(struct backend *b, struct e1_frame frames[PW_FRAMES])
{
	uint32_t defects;

	pw_port_tick_rx(&b->port, frames);
	if (b->dchannel)
		receive_dchannel(b, frames);
	defects = pw_port_alarms(&b->port);
	b->sample += PW_FRAMES;
	e1_alarm_step(&b->alarm, defects & ((1u << E1_ALARMS) - 1), b->sample);
	if (defects & PW_LOPS)
		b->lops_until = b->sample + LINE_CLEAR;
	if (defects & PW_FAR_LOPS)
		b->far_lops_until = b->sample + LINE_CLEAR;
}

static void pw_tick_tx(struct backend *b, uint8_t frames[PW_FRAMES][E1_OCTETS])
{
	uint8_t dchan[PW_FRAMES], d[SATOP_MAX];
	size_t n;

	if (b->dchannel) {
		hdlc_link_transmit(b->hdlc, dchan, PW_FRAMES);
		for (int f = 0; f < PW_FRAMES; f++)
			frames[f][b->dchannel] = dchan[f];
	}
	n = pw_port_tick_tx(&b->port, (const uint8_t(*)[E1_OCTETS])frames, d, sizeof(d));
	if (n)
		wire_send(b->wire, d, n);
}

static int pw_dchan_send(struct backend *b, const uint8_t *frame, size_t len)
{
	return hdlc_link_send(b->hdlc, frame, len);
}

static uint32_t pw_alarms(const struct backend *b)
{
	return e1_alarm_declared(&b->alarm) | (b->lops_until > b->sample ? PW_LOPS : 0) |
	       (b->far_lops_until > b->sample ? PW_FAR_LOPS : 0);
}

static uint32_t pw_defects(const struct backend *b)
{
	return pw_port_alarms(&b->port);
}

static void pw_stats(const struct backend *b, struct span_line_stats *st)
{
	struct pw_port_status p;
	struct hdlc_link_stats h;

	pw_port_status(&b->port, &p);
	hdlc_link_stats(b->hdlc, &h);
	*st = (struct span_line_stats){
		.alarms = pw_alarms(b),
		.defects = p.alarms,
		.e1 = p.e1,
		.crc4 = b->port.cfg.e1.crc4 != E1_CRC4_OFF && !e1_rx_no_crc4(&b->port.rx),
		.received = p.packets.received,
		.lost = p.packets.lost,
		.late = p.packets.late,
		.duplicate = p.packets.duplicate,
		.reordered = p.packets.reordered,
		.stray = p.packets.stray,
		.resyncs = p.packets.resyncs,
		.sent = p.sent,
		.slips_deleted = p.deleted,
		.slips_repeated = p.repeated,
		.pauses = p.packets.pauses,
		.depth = p.depth,
		.target = p.target,
		.hdlc_rx_frames = h.rx_frames,
		.hdlc_tx_frames = h.tx_frames,
		.hdlc_fcs_errors = h.rx_fcs_errors,
		.hdlc_aborts = h.rx_aborts,
		.hdlc_tx_refused = h.tx_refused,
	};
	for (int i = 0; i < SATOP_REFUSALS; i++)
		st->refused += p.refused[i];
	memcpy(st->depth_seen, p.depth_seen, sizeof(st->depth_seen));
}

static int pw_cas_get(const struct backend *b, int timeslot)
{
	if (!b->port.cfg.e1.cas)
		return -ENOTSUP;
	return pw_port_get_cas(&b->port)[timeslot & 31];
}

static int pw_cas_set(struct backend *b, int timeslot, uint8_t abcd)
{
	if (!b->port.cfg.e1.cas)
		return -ENOTSUP;
	return pw_port_set_cas(&b->port, (unsigned int)timeslot, abcd);
}

static void deliver(void *ctx, const uint8_t *datagram, size_t len)
{
	struct backend *b = ctx;

	pw_port_receive(&b->port, datagram, len);
}

static int pw_lock_wait(struct backend *b, uint64_t tick, const atomic_bool *stop)
{
	return wire_lock_wait(b->wire, tick, deliver, b, stop);
}

static void pw_lock_send(struct backend *b, uint64_t tick)
{
	wire_lock_send(b->wire, tick);
}

const struct backend_ops backend_pseudowire = {
	.name = "pseudowire",
	.open = pw_open,
	.close = pw_close,
	.fd = pw_fd,
	.receive = pw_receive,
	.waiting = pw_waiting,
	.reference = pw_reference,
	.common = pw_common,
	.tick_rx = pw_tick_rx,
	.tick_tx = pw_tick_tx,
	.dchan_send = pw_dchan_send,
	.alarms = pw_alarms,
	.defects = pw_defects,
	.stats = pw_stats,
	.cas_get = pw_cas_get,
	.cas_set = pw_cas_set,
	.lock_wait = pw_lock_wait,
	.lock_send = pw_lock_send,
};

static const struct backend_ops *const backends[] = {&backend_pseudowire, &backend_dahdi};

const struct backend_ops *backend_find(const char *name)
{
	for (size_t i = 0; i < sizeof(backends) / sizeof(backends[0]); i++) {
		if (strcmp(backends[i]->name, name) == 0)
			return backends[i];
	}
	return NULL;
}
