/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Backend "dahdi": a span of /dev/dahdi for the media thread.
 *
 * One channel, the clock channel, is always received: its blocks are the span's time, and the
 * system clock follows them when the span is the reference. The other channels are read and
 * written only while they carry a call, begin and end their blocks with the clock channel's, and
 * are all read when one of its blocks has come. DAHDI sends idle on those that carry none.
 *
 * Delay, from the line through us and back to the line: a block until it is full; then by blocks
 * (dahdi_by_block()) margin until it is sent. With ticks evenly spread in time, as a pseudowire
 * beside it wants them, margin + block + margin.
 */
#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <dahdi/user.h>

#include "engine/backend.h"
#include "engine/backend_dahdi.h"
#include "engine/chan.h"
#include "engine/hdlc.h"

#define FCS_OCTETS   2
#define EVENTS_MAX   64 /* that DAHDI keeps for a channel */
#define STATUS_MS    50 /* between two questions for the span's status */
#define SILENT_MS    1000 /* without a block: the card gives no signal of life */
#define LOCK_POLL_MS 100 /* lockstep: to see that the thread is to stop */
#define BLOCKS_MAX   64 /* taken in at once, and events */

/*
 * Who has the device: the media thread while PORT_IN_USE, whoever calls attach() or detach() while
 * PORT_ABSENT and PORT_GONE. PORT_FRESH is handed over by attach(), PORT_GONE by the media thread.
 */
enum port_state { PORT_ABSENT, PORT_FRESH, PORT_IN_USE, PORT_GONE };

struct backend {
	const struct dahdi_sys *sys;
	struct span_cfg cfg;
	backend_dchan dchan;
	void *ctx;
	_Atomic int state;
	struct dahdi_device dev;
	struct dahdi_pace pace;
	struct dahdi_chan chan[E1_OCTETS];
	int clock; /* timeslot of the clock channel */
	uint32_t used; /* timeslots with a call */
	uint32_t starting; /* of them: from the next block of the clock channel on */
	bool by_block; /* a whole block is ticked at once when it has come */
	bool reference;
	int beyond; /* [ms] that wait at the reference beyond its target */
	int64_t arrived; /* octets of the clock channel */
	int64_t arrived_ns; /* when the last of them came */
	unsigned int since_ms; /* of ticks after that */
	unsigned int status_ms; /* of ticks after the last status */
	bool overrun; /* the device has thrown octets of the clock channel away */
	uint32_t alarms;
	uint8_t cas[E1_OCTETS];
	struct dahdi_spaninfo last; /* status as it was seen last */
	struct span_line_stats st;
};

static const struct dahdi_sys *next_sys;

void backend_dahdi_use(const struct dahdi_sys *sys)
{
	next_sys = sys;
}

static bool in_use(const struct backend *b)
{
	return atomic_load_explicit(&b->state, memory_order_relaxed) == PORT_IN_USE;
}

/* The rest is for attach(). */
static void gone(struct backend *b)
{
	b->alarms = E1_LOS | LINE_ABSENT;
	b->chan[b->clock].head = b->chan[b->clock].tail = 0;
	atomic_store_explicit(&b->state, PORT_GONE, memory_order_release);
}

/* ---- counters and alarms of the driver ---- */

/* Its counters are 32 bits wide and may be reset by a technician. */
static uint32_t more(uint32_t before, uint32_t now)
{
	return now >= before ? now - before : now;
}

static void count_status(struct backend *b, const struct dahdi_spaninfo *now)
{
	const struct dahdi_spaninfo *was = &b->last;
	struct e1_counters *c = &b->st.e1;
	uint32_t bpv = more((uint32_t)was->bpvcount, (uint32_t)now->bpvcount);
	uint32_t cv = more(was->cvcount, now->cvcount);

	c->crc4_errors += more((uint32_t)was->crc4count, (uint32_t)now->crc4count);
	c->ebits += more((uint32_t)was->ebitcount, (uint32_t)now->ebitcount);
	c->fas_errors += more((uint32_t)was->fascount, (uint32_t)now->fascount);
	/* Two names of one thing; a driver fills one of them, or both with the same. */
	c->code_errors += bpv > cv ? bpv : cv;
}

static uint32_t engine_alarms(uint32_t dahdi, uint32_t before)
{
	const uint32_t detail = DAHDI_ALARM_LOS | DAHDI_ALARM_LFA | DAHDI_ALARM_LMFA;
	uint32_t alarms = 0;

	if (dahdi & (DAHDI_ALARM_LOS | DAHDI_ALARM_NOTOPEN))
		alarms |= E1_LOS;
	/* Older drivers have one word for everything. */
	if ((dahdi & DAHDI_ALARM_LFA) || ((dahdi & DAHDI_ALARM_RED) && !(dahdi & detail)))
		alarms |= E1_LFA;
	if (dahdi & DAHDI_ALARM_LMFA)
		alarms |= E1_LMFA;
	if (dahdi & DAHDI_ALARM_BLUE)
		alarms |= E1_AIS;
	if (dahdi & DAHDI_ALARM_YELLOW)
		alarms |= E1_RAI;
	/* The defect is over, the alarm is not yet. */
	if (dahdi & DAHDI_ALARM_RECOVER)
		alarms |= before & ~LINE_ABSENT;
	return alarms;
}

static void count_edges(struct backend *b, uint32_t alarms)
{
	uint32_t begun = alarms & ~b->alarms;

	b->st.e1.los += (begun & E1_LOS) != 0;
	b->st.e1.lfa += (begun & (E1_LOS | E1_LFA)) != 0;
	b->st.e1.ais += (begun & E1_AIS) != 0;
}

static void ask_status(struct backend *b)
{
	struct dahdi_spaninfo now = {0};
	uint32_t alarms;

	b->status_ms = 0;
	if (b->sys->ioctl(b->dev.fd[b->clock], DAHDI_SPANSTAT, &now) < 0) {
		gone(b);
		return;
	}
	count_status(b, &now);
	b->last = now;
	b->st.crc4 = b->dev.is_e1 && (now.lineconfig & DAHDI_CONFIG_CRC4);
	alarms = engine_alarms((uint32_t)now.alarms, b->alarms);
	if (b->since_ms > SILENT_MS)
		alarms |= E1_LOS;
	count_edges(b, alarms);
	b->alarms = alarms;
}

/* ---- events ---- */

static void read_bits(struct backend *b, int ts)
{
	int bits = 0;

	if (b->sys->ioctl(b->dev.fd[ts], DAHDI_GETRXBITS, &bits) >= 0)
		b->cas[ts] = (uint8_t)bits & 15;
}

static void take_event(struct backend *b, int ts, int event)
{
	switch (event) {
	case DAHDI_EVENT_REMOVED: gone(b); break;
	case DAHDI_EVENT_ALARM:
	case DAHDI_EVENT_NOALARM: b->status_ms = STATUS_MS; break;
	case DAHDI_EVENT_BITSCHANGED: read_bits(b, ts); break;
	case DAHDI_EVENT_ABORT: b->st.hdlc_aborts++; break;
	case DAHDI_EVENT_BADFCS: b->st.hdlc_fcs_errors++; break;
	case DAHDI_EVENT_OVERRUN: b->st.refused++; break;
	case DAHDI_EVENT_READ_OVERRUN:
		if (ts == b->clock)
			b->overrun = true;
		else if (b->chan[ts].rx_on)
			b->pace.lost += b->pace.block / DAHDI_MS;
		break;
	case DAHDI_EVENT_WRITE_UNDERRUN: b->chan[ts].dry = b->chan[ts].tx_on; break;
	default: break;
	}
}

static void take_events(struct backend *b, int ts)
{
	for (int i = 0; i < EVENTS_MAX && in_use(b); i++) {
		int event = DAHDI_EVENT_NONE;

		if (b->sys->ioctl(b->dev.fd[ts], DAHDI_GETEVENT, &event) < 0)
			gone(b);
		else if (event == DAHDI_EVENT_NONE)
			return;
		else
			take_event(b, ts, event);
	}
}

/* Return: once more? */
static bool heed(struct backend *b, int ts, enum dahdi_moved what)
{
	if (what == DAHDI_EVENT)
		take_events(b, ts);
	else if (what == DAHDI_GONE && in_use(b))
		gone(b);
	return what == DAHDI_EVENT && in_use(b);
}

/* ---- D-channel ---- */

static void receive_frames(struct backend *b)
{
	uint8_t frame[DAHDI_DCHAN_OCTETS];
	int ts = b->cfg.dchannel;

	for (int i = 0; i < DAHDI_MAX_NUM_BUFS && in_use(b); i++) {
		ssize_t n = b->sys->read(b->dev.fd[ts], frame, sizeof(frame));

		if (n == -ELAST)
			take_events(b, ts);
		else if (n == -ENODEV)
			gone(b);
		else if (n < 0)
			return;
		else if (n > FCS_OCTETS && n - FCS_OCTETS <= HDLC_FRAME_LIMIT) {
			b->st.hdlc_rx_frames++;
			b->dchan(b->ctx, frame, (size_t)n - FCS_OCTETS);
		}
	}
}

static bool has_dchannel(const struct backend *b)
{
	return b->cfg.signalling != SIG_NONE;
}

static int dahdi_dchan_send(struct backend *b, const uint8_t *frame, size_t len)
{
	uint8_t out[HDLC_FRAME_LIMIT + FCS_OCTETS] = {0};
	int ts = b->cfg.dchannel;
	ssize_t n = -ENODEV;

	if (len < 1 || len > HDLC_FRAME_LIMIT)
		return -EINVAL;
	memcpy(out, frame, len);
	/* Two tries: the first may be refused because of an event. */
	for (int i = 0; i < 2 && in_use(b) && has_dchannel(b); i++) {
		n = b->sys->write(b->dev.fd[ts], out, len + FCS_OCTETS);
		if (n != -ELAST)
			break;
		take_events(b, ts);
	}
	if (n < 0) {
		b->st.hdlc_tx_refused++;
		return -ENOBUFS;
	}
	b->st.hdlc_tx_frames++;
	return 0;
}

/* ---- a call begins or ends on a channel ---- */

static void set_now(struct backend *b)
{
	unsigned int ticked = b->by_block ? 0 : b->since_ms * DAHDI_MS;

	b->pace.now = b->arrived + (ticked < b->pace.block ? ticked : b->pace.block);
}

/* A block of the clock channel has just ended: the channel's begins with the next one, too. */
static void start(struct backend *b, int ts)
{
	struct dahdi_chan *c = &b->chan[ts];
	bool clock = ts == b->clock;
	bool rx = !clock && !(c->tx_on && c->primed); /* else after a gap: receiving goes on */
	bool tx =
		clock || !c->tx_on || c->primed || c->gap; /* else we were late: sending goes on */
	int what = (rx ? DAHDI_FLUSH_READ | DAHDI_FLUSH_EVENT : 0) | (tx ? DAHDI_FLUSH_WRITE : 0);

	if (b->sys->ioctl(c->fd, DAHDI_FLUSH, &what) < 0) {
		gone(b);
		return;
	}
	if (rx)
		dahdi_chan_start_rx(c);
	while (tx && heed(b, ts, dahdi_chan_start_tx(c, &b->pace)))
		;
}

static void start_all(struct backend *b)
{
	for (int ts = 1; ts < E1_OCTETS && b->starting && in_use(b); ts++) {
		if (b->starting & (1u << ts))
			start(b, ts);
	}
	b->starting = 0;
}

static void dahdi_use(struct backend *b, int timeslot, bool on)
{
	uint32_t bit = 1u << timeslot;

	b->used = on ? b->used | bit : b->used & ~bit;
	b->starting &= ~bit;
	b->chan[timeslot].filled = 0;
	if (!in_use(b) || b->dev.fd[timeslot] < 0)
		return;
	if (on)
		b->starting |= bit;
	b->chan[timeslot].tx_on = false;
	b->chan[timeslot].rx_on = timeslot == b->clock;
}

/* ---- what happens once a block ---- */

/* Channels that carry no call are not read: their events show here. */
static void look_at_all(struct backend *b)
{
	struct pollfd fds[E1_OCTETS];
	int ts[E1_OCTETS], n = 0;

	for (int i = 1; i < E1_OCTETS; i++) {
		bool frames = has_dchannel(b) && i == b->cfg.dchannel;

		if (b->dev.fd[i] < 0)
			continue;
		ts[n] = i;
		fds[n++] = (struct pollfd){.fd = b->dev.fd[i],
					   .events = frames ? POLLIN | POLLPRI : POLLPRI};
	}
	if (b->sys->poll(fds, (nfds_t)n, 0) <= 0)
		return;
	for (int i = 0; i < n && in_use(b); i++) {
		if (fds[i].revents & (POLLPRI | POLLERR | POLLHUP | POLLNVAL))
			take_events(b, ts[i]);
		if (in_use(b) && (fds[i].revents & POLLIN) && has_dchannel(b) &&
		    ts[i] == b->cfg.dchannel)
			receive_frames(b);
	}
}

/* The device had no room: how long it did not take anything is known by the clock only. */
static void count_overrun(struct backend *b, int64_t now, unsigned int octets)
{
	int64_t ms = (now - b->arrived_ns + 500000) / 1000000 - octets / DAHDI_MS;

	b->overrun = false;
	if (ms < 1)
		ms = 1;
	b->pace.lost += (uint64_t)ms;
	b->arrived += ms * DAHDI_MS;
}

static void adopt(struct backend *b)
{
	atomic_store_explicit(&b->state, PORT_IN_USE, memory_order_relaxed);
	for (int ts = 1; ts < E1_OCTETS; ts++) {
		b->chan[ts].fd = b->dev.fd[ts];
		b->chan[ts].rx_on = b->chan[ts].tx_on = false;
		b->chan[ts].filled = 0;
	}
	b->arrived = 0;
	b->arrived_ns = b->sys->now_ns();
	b->since_ms = 0;
	b->pace.now = 0;
	b->overrun = false;
	b->starting = 0;
	dahdi_chan_start_rx(&b->chan[b->clock]);
	b->status_ms = STATUS_MS;
	b->last = (struct dahdi_spaninfo){0};
	if (b->sys->ioctl(b->dev.fd[b->clock], DAHDI_SPANSTAT, &b->last) < 0)
		gone(b);
	for (int ts = 1; ts < E1_OCTETS && in_use(b); ts++) {
		if (b->dev.fd[ts] < 0)
			continue;
		if (b->cfg.cas)
			read_bits(b, ts);
		b->starting |= b->used & (1u << ts);
	}
}

static bool ready(struct backend *b)
{
	if (atomic_load_explicit(&b->state, memory_order_acquire) == PORT_FRESH)
		adopt(b);
	return in_use(b);
}

static bool block_is_due(const struct backend *b)
{
	return b->by_block || (b->since_ms + 2) * DAHDI_MS >= b->pace.block;
}

/* Return: octets that the clock channel brought. */
static unsigned int read_clock(struct backend *b)
{
	struct dahdi_chan *c = &b->chan[b->clock];
	unsigned int before = c->head;

	for (int i = 0; i < BLOCKS_MAX && in_use(b); i++) {
		enum dahdi_moved what = dahdi_chan_read(c, &b->pace);

		if (what != DAHDI_MOVED && !heed(b, b->clock, what))
			break;
	}
	return c->head - before;
}

/* What came with those blocks; a channel that is behind the clock channel has one more to come. */
static void read_other(struct backend *b, int ts, unsigned int blocks)
{
	struct dahdi_chan *c = &b->chan[ts];
	enum dahdi_moved what = DAHDI_MOVED;

	for (unsigned int i = 0; i <= blocks && what == DAHDI_MOVED && in_use(b); i++) {
		if (i == blocks && dahdi_chan_waiting(c) >= dahdi_chan_waiting(&b->chan[b->clock]))
			return;
		do
			what = dahdi_chan_read(c, &b->pace);
		while (heed(b, ts, what));
	}
	/* Its first block does not end with the clock channel's: we were late, begin once more. */
	if (!c->primed)
		b->starting |= 1u << ts;
}

static void read_others(struct backend *b, unsigned int blocks)
{
	for (int ts = 1; ts < E1_OCTETS && in_use(b); ts++) {
		if (b->chan[ts].rx_on && ts != b->clock)
			read_other(b, ts, blocks);
	}
}

static void dahdi_receive(struct backend *b)
{
	unsigned int octets;
	int64_t now;

	if (!ready(b) || !block_is_due(b))
		return;
	octets = read_clock(b);
	if (!octets || !in_use(b))
		return;
	now = b->sys->now_ns();
	b->arrived += octets;
	if (b->overrun)
		count_overrun(b, now, octets);
	b->arrived_ns = now;
	b->since_ms = 0;
	set_now(b);
	/* Before anything that takes time: they begin now. */
	read_others(b, octets / b->pace.block);
	if (octets == b->pace.block)
		start_all(b);
	look_at_all(b);
}

static int dahdi_fd(const struct backend *b)
{
	return in_use(b) && block_is_due(b) ? b->dev.fd[b->clock] : -1;
}

static void dahdi_waiting(const struct backend *b, unsigned int *waiting, unsigned int *target)
{
	*waiting = in_use(b) ? dahdi_chan_waiting(&b->chan[b->clock]) / DAHDI_MS : 0;
	*target = (b->pace.block + b->pace.wait) / DAHDI_MS;
}

/*
 * Octets that wait in the device when a block begins to be made: by blocks that takes no time, if
 * they are the span's own.
 */
static unsigned int lead(const struct backend *b)
{
	return b->pace.margin + (b->by_block && b->reference ? 0 : b->pace.block);
}

/*
 * Margin is what should wait when a block is written, and a block more is one too many. How much
 * waits beside another clock is known to a block, and moves by what the ring may hold until it slips.
 */
static unsigned int most(const struct backend *b)
{
	if (b->reference)
		return b->pace.margin + b->pace.block - DAHDI_MS;
	return 2 * (b->pace.margin + b->pace.block);
}

static void dahdi_reference(struct backend *b, bool on)
{
	b->reference = on;
	b->pace.wait = b->pace.margin;
	/* By blocks: ours as it comes. Those of another span may come just before it or just after. */
	if (b->by_block && b->pace.wait > b->pace.block / 2)
		b->pace.wait = b->pace.block / 2;
	if (b->by_block && on)
		b->pace.wait = 0;
	b->pace.lead = lead(b);
	b->pace.most = most(b);
}

static void dahdi_by_block(struct backend *b)
{
	b->by_block = true;
	dahdi_reference(b, false);
}

static unsigned int dahdi_lag(const struct backend *b)
{
	return (b->pace.lead + b->pace.block) / DAHDI_MS;
}

static void dahdi_common(struct backend *b, int beyond, bool fresh)
{
	b->beyond = fresh ? 0 : beyond;
}

/* ---- the tick ---- */

static void take_clock(struct backend *b, uint8_t out[DAHDI_MS])
{
	bool adapt = !b->reference && b->beyond <= 1;
	int slip = dahdi_chan_take(&b->chan[b->clock], &b->pace, adapt, out);

	/* Without a signal there is nothing to be in step with. */
	if (b->alarms & (E1_LOS | E1_LFA | E1_AIS))
		return;
	b->st.slips_deleted += slip > 0;
	if (slip < 0 && b->reference)
		b->pace.lost++;
	else if (slip < 0)
		b->st.slips_repeated++;
}

static void take_other(struct backend *b, int ts, uint8_t out[DAHDI_MS])
{
	struct dahdi_chan *c = &b->chan[ts];
	int slip = dahdi_chan_take(c, &b->pace, true, out);

	/* On the others it is the span's slip, seen again. */
	if (slip < 0 && b->reference)
		b->pace.lost++;
}

static void put(struct e1_frame frames[E1_FRAMES_PER_MS], int ts, const uint8_t octets[DAHDI_MS])
{
	for (int f = 0; f < E1_FRAMES_PER_MS; f++)
		frames[f].ts[ts] = octets[f];
}

static void dahdi_tick_rx(struct backend *b, struct e1_frame frames[E1_FRAMES_PER_MS])
{
	bool deaf = !ready(b) || (b->alarms & (E1_LOS | E1_LFA | E1_AIS));
	uint8_t octets[DAHDI_MS];

	memset(frames, b->pace.idle, sizeof(frames[0]) * E1_FRAMES_PER_MS);
	for (int f = 0; f < E1_FRAMES_PER_MS; f++)
		frames[f].flags = deaf ? E1_FRAME_UNALIGNED : 0;
	b->st.e1.octets += E1_OCTETS * E1_FRAMES_PER_MS;
	if (!in_use(b))
		return;
	set_now(b);
	for (int ts = 1; ts < E1_OCTETS && in_use(b); ts++) {
		if (!b->chan[ts].rx_on)
			continue;
		if (ts == b->clock)
			take_clock(b, octets);
		else
			take_other(b, ts, octets);
		put(frames, ts, octets);
	}
	b->st.received++;
	b->st.e1.frames += E1_FRAMES_PER_MS;
	b->st.e1.crc4_blocks += b->st.crc4;
	b->since_ms++;
	if (in_use(b) && ++b->status_ms >= STATUS_MS)
		ask_status(b);
}

static void dahdi_tick_tx(struct backend *b, uint8_t frames[E1_FRAMES_PER_MS][E1_OCTETS])
{
	for (int ts = 1; ts < E1_OCTETS && in_use(b); ts++) {
		struct dahdi_chan *c = &b->chan[ts];
		uint8_t octets[DAHDI_MS];

		if (!c->tx_on && !(b->starting & (1u << ts)))
			continue;
		for (int f = 0; f < E1_FRAMES_PER_MS; f++)
			octets[f] = frames[f][ts];
		if (!c->tx_on && dahdi_chan_keep(c, &b->pace, octets))
			continue;
		if (!c->tx_on) {
			b->starting &= ~(1u << ts);
			start(b, ts);
		}
		if (c->tx_on && in_use(b))
			heed(b, ts, dahdi_chan_give(c, &b->pace, octets));
		if (c->gap)
			b->starting |= 1u << ts;
	}
	b->st.sent += in_use(b);
}

/* ---- told to others ---- */

static uint32_t dahdi_alarms(const struct backend *b)
{
	return b->alarms;
}

static void dahdi_stats(const struct backend *b, struct span_line_stats *st)
{
	unsigned int waiting, target;

	dahdi_waiting(b, &waiting, &target);
	*st = b->st;
	st->alarms = st->defects = b->alarms;
	st->lost = b->pace.lost;
	st->lost_tx = b->pace.lost_tx;
	st->depth = waiting;
	st->target = target;
}

static int dahdi_cas_get(const struct backend *b, int timeslot)
{
	return b->cfg.cas ? b->cas[timeslot & 31] : -ENOTSUP;
}

static int dahdi_cas_set(struct backend *b, int timeslot, uint8_t abcd)
{
	int bits = abcd & 15;

	if (!b->cfg.cas)
		return -ENOTSUP;
	if (timeslot < 1 || timeslot >= E1_OCTETS || !in_use(b) || b->dev.fd[timeslot] < 0)
		return -ENODEV;
	return b->sys->ioctl(b->dev.fd[timeslot], DAHDI_SETTXBITS, &bits);
}

/* ---- lockstep: a tick is a millisecond of the line ---- */

static int dahdi_lock_wait(struct backend *b, uint64_t tick, const atomic_bool *stop)
{
	(void)tick;
	if (!ready(b))
		b->sys->poll(NULL, 0, 1); /* nobody else tells the time */
	while (in_use(b) && dahdi_chan_waiting(&b->chan[b->clock]) < DAHDI_MS) {
		struct pollfd p = {.fd = b->dev.fd[b->clock], .events = POLLIN | POLLPRI};

		if (atomic_load(stop))
			return -ECANCELED;
		b->sys->poll(&p, 1, LOCK_POLL_MS);
		b->since_ms = b->pace.block / DAHDI_MS;
		dahdi_receive(b);
	}
	return 0;
}

static void dahdi_lock_send(struct backend *b, uint64_t tick)
{
	(void)b;
	(void)tick;
}

/* ---- the device comes and goes: not the media thread ---- */

static bool dahdi_absent(const struct backend *b)
{
	int state = atomic_load_explicit(&b->state, memory_order_acquire);

	return state == PORT_ABSENT || state == PORT_GONE;
}

static void dahdi_detach(struct backend *b)
{
	if (atomic_load_explicit(&b->state, memory_order_acquire) != PORT_GONE)
		return;
	dahdi_device_close(&b->dev, b->sys);
	atomic_store_explicit(&b->state, PORT_ABSENT, memory_order_release);
}

static int dahdi_attach(struct backend *b, char *why, size_t size)
{
	int err;

	dahdi_detach(b);
	err = dahdi_device_open(&b->dev, b->sys, &b->cfg, why, size);
	if (err)
		return err;
	atomic_store_explicit(&b->state, PORT_FRESH, memory_order_release);
	return 0;
}

static void dahdi_close(struct backend *b)
{
	if (!b)
		return;
	dahdi_device_close(&b->dev, b->sys);
	free(b);
}

/*
 * The last timeslot with octets: drivers hand the channels over in this order, so when its block has
 * come all others have come.
 */
static int clock_channel(const struct span_cfg *cfg)
{
	return cfg->signalling != SIG_NONE && cfg->dchannel == 31 ? 30 : 31;
}

static int dahdi_open(struct backend **out, const struct span_cfg *cfg, backend_dchan dchan,
		      void *ctx, char *why, size_t size)
{
	struct backend *b = calloc(1, sizeof(*b));

	snprintf(why, size, "no memory");
	if (!b)
		return -ENOMEM;
	b->sys = next_sys ? next_sys : &dahdi_sys_linux;
	b->cfg = *cfg;
	b->dchan = dchan;
	b->ctx = ctx;
	b->clock = clock_channel(cfg);
	b->pace = (struct dahdi_pace){.sys = b->sys,
				      .block = (unsigned int)cfg->block_ms * DAHDI_MS,
				      .margin = (unsigned int)cfg->margin_ms * DAHDI_MS,
				      .idle = chan_idle_octet(cfg->law)};
	dahdi_reference(b, false);
	b->alarms = E1_LOS | LINE_ABSENT;
	memset(b->dev.fd, -1, sizeof(b->dev.fd));
	*out = b;
	return 0;
}

const struct backend_ops backend_dahdi = {
	.name = "dahdi",
	.open = dahdi_open,
	.close = dahdi_close,
	.attach = dahdi_attach,
	.detach = dahdi_detach,
	.absent = dahdi_absent,
	.fd = dahdi_fd,
	.receive = dahdi_receive,
	.waiting = dahdi_waiting,
	.reference = dahdi_reference,
	.common = dahdi_common,
	.lag = dahdi_lag,
	.by_block = dahdi_by_block,
	.use = dahdi_use,
	.tick_rx = dahdi_tick_rx,
	.tick_tx = dahdi_tick_tx,
	.dchan_send = dahdi_dchan_send,
	.alarms = dahdi_alarms,
	.defects = dahdi_alarms,
	.stats = dahdi_stats,
	.cas_get = dahdi_cas_get,
	.cas_set = dahdi_cas_set,
	.lock_wait = dahdi_lock_wait,
	.lock_send = dahdi_lock_send,
};
