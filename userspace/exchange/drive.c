/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "exchange/drive.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "engine/wire.h"

#define LIVE_NS        250000000
#define LIVE_TICKS     64 /* in lockstep the clock is looked at so rarely */
#define WAIT_MAX_NS    100000000 /* signals are noticed at the latest then */
#define RECEIVE_A_TIME 256 /* datagrams of one span, then it is time for a tick again */

struct drive {
	struct drive_cfg cfg;
	struct wire *wires[SCENARIO_SPANS];
	struct office *office;
	struct pace pace;
	int64_t began_ns, ended_ns, live_ns;
	bool stopping;
};

static int64_t clock_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

int drive_new(struct drive **out, const struct drive_cfg *cfg, char *why, size_t size)
{
	struct drive *d = calloc(1, sizeof(*d));
	char reason[160];
	size_t i;
	int err;

	if (!d)
		return -ENOMEM;
	d->cfg = *cfg;
	for (i = 0; i < cfg->scenario->n_spans; i++) {
		const struct span_def *def = &cfg->scenario->spans[i];

		err = wire_open(&d->wires[i], def->local, def->remote, reason, sizeof(reason));
		if (err) {
			snprintf(why, size, "span %s: %s", def->name, reason);
			drive_free(d);
			return err;
		}
	}
	*out = d;
	return 0;
}

void drive_free(struct drive *d)
{
	size_t i;

	if (!d)
		return;
	for (i = 0; i < d->cfg.scenario->n_spans; i++)
		wire_close(d->wires[i]);
	free(d);
}

void drive_send(void *ctx, int span, const uint8_t *datagram, size_t len)
{
	struct drive *d = ctx;

	wire_send(d->wires[span], datagram, len);
}

/* Return: true while there is more to do */
static bool go_on(struct drive *d)
{
	struct office_status st;

	if (atomic_load_explicit(d->cfg.stop, memory_order_relaxed) && !d->stopping) {
		d->stopping = true;
		office_stop(d->office);
	}
	if (atomic_load_explicit(d->cfg.now, memory_order_relaxed))
		office_abort(d->office);
	office_status(d->office, &st);
	return st.state == OFFICE_STARTING || st.state == OFFICE_RUNNING;
}

static void show(struct drive *d, int64_t now)
{
	if (!d->cfg.live || now < d->live_ns)
		return;
	d->live_ns = now + LIVE_NS;
	d->cfg.live(d->cfg.ctx, d->office);
}

/* ---- real time ---- */

static void receive_all(struct drive *d)
{
	uint8_t buf[WIRE_DATAGRAM_MAX];
	struct pace_news news;
	int i, n, len;

	for (i = 0; i < (int)d->cfg.scenario->n_spans; i++) {
		for (n = 0; n < RECEIVE_A_TIME; n++) {
			len = wire_receive(d->wires[i], buf, sizeof(buf));
			if (len < 0)
				break;
			office_receive(d->office, i, buf, (size_t)len);
		}
		office_news(d->office, i, &news);
		pace_heard(&d->pace, (size_t)i, &news);
	}
}

static void wait_ns(struct drive *d, int64_t ns)
{
	struct pollfd fds[SCENARIO_SPANS];
	struct timespec t;
	nfds_t n = d->cfg.scenario->n_spans, i;

	if (ns > WAIT_MAX_NS)
		ns = WAIT_MAX_NS;
	t.tv_sec = 0;
	t.tv_nsec = (long)ns;
	for (i = 0; i < n; i++)
		fds[i] = (struct pollfd){.fd = wire_fd(d->wires[i]), .events = POLLIN};
	ppoll(fds, n, &t, NULL);
}

static int run_real_time(struct drive *d)
{
	const struct scenario *sc = d->cfg.scenario;
	int64_t now, wait;

	pace_init(&d->pace, sc->n_spans, sc->patience_ms, sc->ppm, clock_ns());
	while (go_on(d)) {
		receive_all(d);
		now = clock_ns();
		wait = pace_decide(&d->pace, now);
		if (wait == 0)
			office_tick(d->office);
		else
			wait_ns(d, wait);
		show(d, now);
	}
	return 0;
}

/* ---- lockstep ---- */

struct inbound {
	struct drive *d;
	int span;
};

static void deliver(void *ctx, const uint8_t *datagram, size_t len)
{
	struct inbound *in = ctx;

	office_receive(in->d->office, in->span, datagram, len);
}

static int run_lockstep(struct drive *d)
{
	int n = (int)d->cfg.scenario->n_spans, i, err;
	uint64_t tick;

	for (tick = 0; go_on(d); tick++) {
		for (i = 0; i < n; i++) {
			struct inbound in = {d, i};

			err = wire_lock_wait(d->wires[i], tick, deliver, &in, d->cfg.now);
			if (err == -ECANCELED)
				office_abort(d->office);
			if (err)
				return err == -ECANCELED ? 0 : err;
		}
		office_tick(d->office);
		for (i = 0; i < n; i++)
			wire_lock_send(d->wires[i], tick + 1);
		if (tick % LIVE_TICKS == 0)
			show(d, clock_ns());
	}
	return 0;
}

int drive_run(struct drive *d, struct office *o)
{
	int err;

	d->office = o;
	d->began_ns = clock_ns();
	err = d->cfg.lockstep ? run_lockstep(d) : run_real_time(d);
	d->ended_ns = clock_ns();
	if (d->cfg.live)
		d->cfg.live(d->cfg.ctx, o);
	return err;
}

const struct pace *drive_pace(const struct drive *d)
{
	return d->cfg.lockstep ? NULL : &d->pace;
}

int64_t drive_real_ms(const struct drive *d)
{
	return (d->ended_ns - d->began_ns) / 1000000;
}
