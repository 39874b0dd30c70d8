/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <string.h>

#include "core/line/pw_port.h"

#define FILL_UNIT 65536 /* of elastic_fill() */

int pw_port_init(struct pw_port *p, const struct pw_port_cfg *cfg)
{
	memset(p, 0, sizeof(*p));
	if (cfg->jitter_ms < 2 || jitter_init(&p->jitter, cfg->jitter_ms, cfg->jitter_max_ms) < 0)
		return -EINVAL;
	p->cfg = *cfg;
	elastic_init(&p->elastic);
	e1_rx_init(&p->rx, &cfg->e1);
	e1_tx_init(&p->tx, &cfg->e1);
	e1_fault_init(&p->fault, cfg->seed);
	p->none_run = PW_PAUSE_MS; /* no signal from the first tick on */
	p->window_low = JITTER_SLOTS;
	return 0;
}

void pw_port_set_reference(struct pw_port *p, bool reference)
{
	if (p->cfg.clock_reference != reference)
		elastic_restart(&p->elastic);
	p->cfg.clock_reference = reference;
}

void pw_port_set_common(struct pw_port *p, int packets, bool fresh)
{
	if (fresh)
		elastic_restart(&p->elastic);
	p->common = PW_FRAMES * packets;
}

/* ---- receiving ---- */

int pw_port_receive(struct pw_port *p, const uint8_t *datagram, size_t len)
{
	struct satop_packet packet;
	enum satop_refusal why;
	int kept;

	if (satop_parse(datagram, len, &packet, &why) < 0) {
		p->refused[why]++;
		return -EBADMSG;
	}
	p->l_packets += packet.l;
	p->r_packets += packet.r;
	kept = jitter_put(&p->jitter, &packet);
	if (kept == 0)
		p->far_lops = packet.r; /* a stray may be anybody's */
	return kept;
}

unsigned int pw_port_waiting(const struct pw_port *p)
{
	return jitter_depth(&p->jitter);
}

unsigned int pw_port_target(const struct pw_port *p)
{
	return p->jitter.target;
}

unsigned int pw_port_room(const struct pw_port *p)
{
	return JITTER_SLOTS - jitter_depth(&p->jitter);
}

/* A packet's worth of line time into the deframer; what comes out into the store, or nowhere. */
static void feed(struct pw_port *p, enum e1_input in, const uint8_t *octets, bool keep)
{
	struct e1_frame out[E1_RX_FRAMES(SATOP_PAYLOAD)];
	size_t n = e1_rx_feed(&p->rx, in, octets, SATOP_PAYLOAD, out, E1_RX_FRAMES(SATOP_PAYLOAD));

	for (size_t i = 0; keep && i < n; i++)
		elastic_push(&p->elastic, &out[i]);
}

static void feed_ais(struct pw_port *p)
{
	uint8_t ones[SATOP_PAYLOAD];

	memset(ones, 0xff, sizeof(ones));
	feed(p, E1_IN_DATA, ones, true);
}

static void begin_window(struct pw_port *p)
{
	p->window_ms = 0;
	p->window_low = JITTER_SLOTS;
}

/* While nothing comes the far end's line time stands still for the framer, but not for ever. */
static void stand_still(struct pw_port *p)
{
	if (p->none_run < PW_PAUSE_MS) {
		p->none_run++;
		return;
	}
	p->far_lops = false; /* nobody says so any more */
	feed(p, E1_IN_NONE, NULL, false);
}

/* One get. Return: true if it gave frames. */
static bool pull(struct pw_port *p)
{
	struct jitter_out got;

	jitter_get(&p->jitter, &got);
	if (got.kind == JITTER_NONE) {
		stand_still(p);
		return false;
	}
	if (p->none_run) {
		p->none_run = 0;
		elastic_restart(&p->elastic);
		begin_window(p);
	}
	for (; got.skipped; got.skipped--)
		feed(p, E1_IN_ERASED, NULL, false);
	if (got.kind == JITTER_ERASED)
		feed(p, E1_IN_ERASED, NULL, true);
	else if (got.l)
		feed_ais(p);
	else
		feed(p, E1_IN_DATA, got.payload, true);
	return true;
}

/*
 * Packets to take out now, because the delay was longer than it had to be for a whole window: a
 * quarter of what is too much, but none that was needed.
 */
static unsigned int excess(struct pw_port *p)
{
	unsigned int depth = jitter_depth(&p->jitter), spare, wanted;
	int32_t beyond;

	if (depth < p->window_low)
		p->window_low = depth;
	if (++p->window_ms < PW_WINDOW_MS)
		return 0;
	spare = p->window_low > PW_LOW_WATER ? p->window_low - PW_LOW_WATER : 0;
	begin_window(p);
	beyond = elastic_fill(&p->elastic) / FILL_UNIT - PW_FRAMES * (p->jitter.target + 1);
	if (beyond < 2)
		return 0;
	wanted = (unsigned int)beyond / PW_FRAMES / 4 + 1;
	return wanted < spare ? wanted : spare;
}

/* Take packets until @need frames are in the store; a second one only if it is there. */
static void fill_store(struct pw_port *p, unsigned int need)
{
	if (p->elastic.count >= need || !pull(p))
		return;
	while (p->elastic.count < need && jitter_depth(&p->jitter))
		if (!pull(p))
			return;
}

void pw_port_tick_rx(struct pw_port *p, struct e1_frame frames[PW_FRAMES])
{
	struct e1_frame filler = {.flags = E1_FRAME_ERASED};
	enum elastic_slip slip = ELASTIC_STEADY;
	unsigned int surplus = 0;

	memset(filler.ts, E1_FILLER, sizeof(filler.ts));
	if (!p->none_run && !p->cfg.clock_reference) {
		slip = elastic_decide(&p->elastic,
				      PW_FRAMES * (int)jitter_depth(&p->jitter) - p->common);
		surplus = excess(p);
	}
	for (; surplus; surplus--) {
		fill_store(p, PW_FRAMES);
		elastic_drop(&p->elastic, PW_FRAMES);
	}
	fill_store(p, (unsigned int)(PW_FRAMES + slip));
	elastic_read(&p->elastic, slip, &filler, frames);
}

/* ---- sending ---- */

static bool all_ones(const uint8_t *octets, size_t n)
{
	while (n && *octets == 0xff)
		octets++, n--;
	return !n;
}

/*
 * The frames of a tick as the line carries them. A slip leaves a frame out, then the last one is sent
 * again to fill the packet, or repeats one, then the last one has no room. It comes at the first frame
 * of a tick, because nobody can ask for it between two.
 *
 * Return: false if there is no signal.
 */
static bool build_payload(struct pw_port *p, const uint8_t frames[PW_FRAMES][E1_OCTETS],
			  uint8_t payload[SATOP_PAYLOAD + E1_FAULT_OCTETS])
{
	enum e1_input in, any = E1_IN_DATA;
	size_t have = 0;

	for (unsigned int i = 0; have < SATOP_PAYLOAD; i++) {
		have += e1_fault_apply(&p->fault, &p->tx, frames[i < PW_FRAMES ? i : PW_FRAMES - 1],
				       payload + have, &in);
		if (in == E1_IN_NONE)
			any = E1_IN_NONE;
	}
	return any == E1_IN_DATA;
}

size_t pw_port_tick_tx(struct pw_port *p, const uint8_t frames[PW_FRAMES][E1_OCTETS],
		       uint8_t *datagram, size_t max)
{
	uint8_t payload[SATOP_PAYLOAD + E1_FAULT_OCTETS];
	struct satop_packet packet = {.seq = p->seq++, .payload = payload};

	e1_rx_drive_tx(&p->rx, &p->tx);
	if (!build_payload(p, frames, payload) || max < SATOP_MAX)
		return 0;
	packet.l = all_ones(payload, SATOP_PAYLOAD);
	packet.r = jitter_lops(&p->jitter);
	p->sent++;
	return (size_t)satop_build(&packet, datagram);
}

/* ---- asking and setting ---- */

uint32_t pw_port_alarms(const struct pw_port *p)
{
	return e1_rx_alarms(&p->rx) | (jitter_lops(&p->jitter) ? PW_LOPS : 0) |
	       (p->far_lops ? PW_FAR_LOPS : 0);
}

void pw_port_status(const struct pw_port *p, struct pw_port_status *st)
{
	memset(st, 0, sizeof(*st));
	st->alarms = pw_port_alarms(p);
	st->e1 = *e1_rx_counters(&p->rx);
	st->packets = p->jitter.n;
	memcpy(st->refused, p->refused, sizeof(st->refused));
	st->sent = p->sent;
	st->l_packets = p->l_packets;
	st->r_packets = p->r_packets;
	st->depth = (uint16_t)jitter_depth(&p->jitter);
	st->target = p->jitter.target;
	st->deleted = p->elastic.deleted;
	st->repeated = p->elastic.repeated;
	st->dropped = p->elastic.dropped;
	st->starved = p->elastic.starved;
	st->fill_error = (int32_t)((int64_t)elastic_error(&p->elastic) * 1000 / FILL_UNIT);
	memcpy(st->depth_seen, p->jitter.depth_seen, sizeof(st->depth_seen));
}

struct e1_fault *pw_port_fault(struct pw_port *p)
{
	return &p->fault;
}

void pw_port_set_ais(struct pw_port *p, bool on)
{
	e1_tx_ais(&p->tx, on);
}

int pw_port_set_cas(struct pw_port *p, unsigned int timeslot, uint8_t abcd)
{
	return e1_tx_cas(&p->tx, timeslot, abcd);
}

const uint8_t *pw_port_get_cas(const struct pw_port *p)
{
	return e1_rx_cas(&p->rx);
}

void pw_port_set_sa(struct pw_port *p, uint8_t bits)
{
	e1_tx_sa(&p->tx, bits);
}

uint8_t pw_port_get_sa(const struct pw_port *p)
{
	return e1_rx_sa(&p->rx);
}
