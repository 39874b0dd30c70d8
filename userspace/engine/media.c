/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "engine/media.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "base/ring.h"
#include "core/channel/level.h"
#include "core/line/clock.h"
#include "core/line/g826.h"
#include "engine/chan.h"
#include "engine/isdn.h"
#include "engine/triple.h"

/*
 * Unanswered commands are at most what their ring holds and what runs on the channels. Each is
 * answered by one event of the same size: half of the other ring has room for all of them.
 */
#define TO_MEDIA     (1u << 20)
#define TO_CALL      (1u << 22)
#define REPORT_TICKS 100
#define LOAD_TICKS   1000
#define SECOND_TICKS 1000
#define OVERLOAD_GAP 15 /* percent below the limit at which it ends */
#define RT_PRIORITY  40

struct span {
	const struct backend_ops *ops;
	struct backend *b;
	const struct span_cfg *cfg;
	struct media *media;
	uint8_t index;
	uint32_t alarms;
	uint32_t healthy_ms;
	uint32_t defects; /* of this second, at any time in it */
	struct e1_counters counted; /* at its beginning */
	int8_t cas[E1_OCTETS]; /* abcd as last told */
	bool used[E1_OCTETS]; /* channels that are open, as the backend was told */
	uint64_t arrived; /* packets seen by the clock loop */
	struct chan chan[E1_OCTETS];
	struct e1_frame rx[E1_FRAMES_PER_MS];
	uint8_t tx[E1_FRAMES_PER_MS][E1_OCTETS];
};

struct media {
	struct media_cfg cfg;
	struct span *spans;
	struct ring to_call, to_media;
	struct chan_sink sink;
	int wake_fd;
	int64_t sample; /* of the tick in work; media thread's own */
	_Atomic int64_t next_sample;
	_Atomic int64_t wake_at;
	_Atomic uint64_t lock_tick; /* lockstep: tick that waits for the call thread */
	sem_t lock_go;
	atomic_bool stop;
	pthread_t thread;
	bool running;
	_Atomic int broken; /* lockstep has ended for this reason, negative errno */
	bool news; /* something was posted in this tick */
	struct clock_tick clock;
	struct clock_loop loop;
	int reference;
	int common_of; /* reference of the last tick */
	uint64_t second_ns, worst_ns;
	uint32_t second_ticks;
	bool by_block; /* all spans can have their ticks a block at a time */
	bool overloaded;
	struct media_stats st;
	struct triple report; /* of struct media_stats */
};

static int64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000LL + t.tv_nsec;
}

/* ---- events to the call thread ---- */

/* The end of something that was lent to us, or of a channel: the call thread waits for it. */
static bool must_arrive(enum media_event_type type)
{
	return type == MEV_PLAY_END || type == MEV_RECORD_END || type == MEV_CLOSED;
}

/* Return: false when there is no room now. */
static bool post(struct media *m, const struct media_event *ev, const void *frame, size_t len)
{
	m->news = true;
	if ((must_arrive(ev->type) || ring_used(&m->to_call) < TO_CALL / 2) &&
	    !ring_put(&m->to_call, ev, sizeof(*ev), frame, (uint32_t)len))
		return true;
	m->st.events_lost++;
	return false;
}

static void chan_event(void *ctx, const struct media_event *ev)
{
	post(ctx, ev, NULL, 0);
}

static void dchan_frame(void *ctx, const uint8_t *frame, size_t len)
{
	struct span *s = ctx;
	struct media_event ev = {
		.type = MEV_DCHAN_FRAME, .chan = {.span = s->index}, .sample = s->media->sample};

	if (len <= ISDN_FRAME_MAX)
		post(s->media, &ev, frame, len);
}

static void wake(struct media *m)
{
	uint64_t one = 1;

	m->news = false;
	/* Never blocks: the counter of an eventfd takes 2^64 - 2. */
	if (write(m->wake_fd, &one, sizeof(one)) < 0)
		m->st.events_lost++;
}

/* ---- commands of the call thread ---- */

static struct chan *chan_of(struct media *m, struct chan_id id)
{
	if (id.span >= m->cfg.n_spans || id.ts == 0 || id.ts >= E1_OCTETS)
		return NULL;
	return &m->spans[id.span].chan[id.ts];
}

/* A backend moves octets only for channels that carry something. */
static void tell_use(struct span *s, int ts)
{
	if (s->ops->use && s->chan[ts].open != s->used[ts])
		s->ops->use(s->b, ts, s->chan[ts].open);
	s->used[ts] = s->chan[ts].open;
}

static unsigned int lag_of(const struct span *s)
{
	return s->ops->lag ? s->ops->lag(s->b) : 0;
}

static void take_commands(struct media *m)
{
	struct {
		struct media_cmd cmd;
		uint8_t frame[ISDN_FRAME_MAX];
	} r;
	int n;

	while ((n = ring_get(&m->to_media, &r, sizeof(r))) >= 0) {
		struct chan *c = chan_of(m, r.cmd.chan);

		if (r.cmd.type == MCMD_DCHAN_FRAME) {
			struct span *s = &m->spans[r.cmd.chan.span];

			s->ops->dchan_send(s->b, r.frame, (size_t)n - sizeof(r.cmd));
		} else if (c && r.cmd.type == MCMD_CAS) {
			struct span *s = &m->spans[r.cmd.chan.span];

			s->ops->cas_set(s->b, r.cmd.chan.ts, (uint8_t)r.cmd.flags);
		} else if (c) {
			c->lag_ms = lag_of(&m->spans[r.cmd.chan.span]);
			chan_command(c, chan_of(m, r.cmd.peer), &r.cmd, m->sample, &m->sink);
			tell_use(&m->spans[r.cmd.chan.span], r.cmd.chan.ts);
		}
	}
}

/* ---- the tick ---- */

static void cas_rx(struct media *m, struct span *s)
{
	for (int ts = 1; ts < E1_OCTETS; ts++) {
		int abcd = s->ops->cas_get(s->b, ts);
		struct media_event ev = {.type = MEV_CAS,
					 .chan = {.span = s->index, .ts = (uint8_t)ts},
					 .sample = m->sample,
					 .value = abcd};

		if (abcd != s->cas[ts] && post(m, &ev, NULL, 0))
			s->cas[ts] = (int8_t)abcd;
	}
}

static void tell_alarms(struct media *m, struct span *s, uint32_t alarms)
{
	struct media_event ev = {.type = MEV_ALARMS,
				 .chan = {.span = s->index},
				 .sample = m->sample,
				 .value = alarms};

	if (post(m, &ev, NULL, 0))
		s->alarms = alarms;
}

/* Error performance is judged second by second, G.826. */
static void tell_second(struct media *m, struct span *s)
{
	struct media_event ev = {
		.type = MEV_SECOND, .chan = {.span = s->index}, .sample = m->sample};
	struct g826_second both[2];
	struct span_line_stats st;

	s->ops->stats(s->b, &st);
	g826_judge(&s->counted, &st.e1, s->defects, st.crc4, &both[0], &both[1]);
	s->counted = st.e1;
	s->defects = 0;
	post(m, &ev, both, sizeof(both));
}

static void span_rx(struct media *m, struct span *s)
{
	uint32_t alarms;

	s->ops->tick_rx(s->b, s->rx);
	alarms = s->ops->alarms(s->b);
	if (alarms != s->alarms)
		tell_alarms(m, s, alarms);
	s->defects |= s->ops->defects(s->b);
	if ((m->st.ticks + 1) % SECOND_TICKS == 0)
		tell_second(m, s);
	if (s->cfg->cas)
		cas_rx(m, s);
	if (alarms & (E1_LOS | E1_LFA | E1_AIS))
		s->healthy_ms = 0;
	else if (s->healthy_ms < UINT32_MAX)
		s->healthy_ms++;
}

static void channels_rx(struct media *m, struct span *s)
{
	for (int ts = 1; ts < E1_OCTETS; ts++) {
		uint8_t octets[TICK_SAMPLES];

		if (!s->chan[ts].open)
			continue;
		for (int f = 0; f < E1_FRAMES_PER_MS; f++)
			octets[f] = s->rx[f].flags ? chan_idle_octet(s->cfg->law) : s->rx[f].ts[ts];
		chan_rx(&s->chan[ts], m->sample, octets, &m->sink);
	}
}

static void span_tx(struct media *m, struct span *s)
{
	unsigned int lag_ms = lag_of(s);
	uint8_t octets[TICK_SAMPLES];

	memset(s->tx, chan_idle_octet(s->cfg->law), sizeof(s->tx));
	for (int ts = 1; ts < E1_OCTETS; ts++) {
		if (!s->chan[ts].open)
			continue;
		s->chan[ts].lag_ms = lag_ms;
		chan_tx(&s->chan[ts], m->sample, octets, &m->sink);
		for (int f = 0; f < E1_FRAMES_PER_MS; f++)
			s->tx[f][ts] = octets[f];
	}
	s->ops->tick_tx(s->b, s->tx);
}

/* A stall moves all spans alike, and the clock works it off: no reason for the others to slip. */
static void tell_common(struct media *m)
{
	bool fresh = m->reference != m->common_of;
	unsigned int waiting = 0, target = 0;

	if (m->reference >= 0)
		m->spans[m->reference].ops->waiting(m->spans[m->reference].b, &waiting, &target);
	for (size_t i = 0; i < m->cfg.n_spans; i++) {
		if ((int)i != m->reference)
			m->spans[i].ops->common(m->spans[i].b, (int)waiting - (int)target, fresh);
	}
	m->common_of = m->reference;
}

static void run_tick(struct media *m)
{
	m->sample = atomic_load_explicit(&m->next_sample, memory_order_relaxed);
	take_commands(m);
	tell_common(m);
	for (size_t i = 0; i < m->cfg.n_spans; i++)
		span_rx(m, &m->spans[i]);
	for (size_t i = 0; i < m->cfg.n_spans; i++)
		channels_rx(m, &m->spans[i]);
	for (size_t i = 0; i < m->cfg.n_spans; i++)
		span_tx(m, &m->spans[i]);
	m->st.ticks++;
	atomic_store_explicit(&m->next_sample, m->sample + TICK_SAMPLES, memory_order_release);
}

/* ---- figures ---- */

static void publish(struct media *m)
{
	struct media_stats *out = triple_back(&m->report);

	m->st.sample = m->sample;
	m->st.reference = m->reference;
	m->st.ppb = m->loop.ppb;
	m->st.held = m->clock.held;
	m->st.alone = m->clock.alone_ticks;
	m->st.open_channels = 0;
	for (size_t i = 0; i < m->cfg.n_spans; i++) {
		struct span *s = &m->spans[i];

		s->ops->stats(s->b, &m->st.span[i]);
		for (int ts = 1; ts < E1_OCTETS; ts++)
			m->st.open_channels += s->chan[ts].open;
	}
	*out = m->st;
	triple_publish(&m->report);
}

static void judge_load(struct media *m)
{
	bool over = m->overloaded;
	uint32_t load;

	load = (uint32_t)(m->second_ns * 1000 / (m->second_ticks * (uint64_t)CLOCK_PERIOD_NS));
	m->second_ticks = 0;
	m->st.load_permille = load;
	m->st.worst_us = (uint32_t)(m->worst_ns / 1000);
	m->second_ns = 0;
	m->worst_ns = 0;
	if (load > (uint32_t)m->cfg.load_percent * 10)
		over = true;
	else if (load < (uint32_t)(m->cfg.load_percent - OVERLOAD_GAP) * 10)
		over = false;
	if (over != m->overloaded) {
		struct media_event ev = {.type = MEV_OVERLOAD, .sample = m->sample, .value = over};

		if (post(m, &ev, NULL, 0))
			m->overloaded = over;
	}
}

static void count_time(struct media *m, int64_t from, int64_t to, unsigned int ticks)
{
	uint64_t took = (uint64_t)(to - from);

	m->st.busy_ns += took;
	m->second_ns += took;
	m->second_ticks += ticks;
	if (ticks && took / ticks > m->worst_ns)
		m->worst_ns = took / ticks;
	if (m->second_ticks >= LOAD_TICKS)
		judge_load(m);
}

static void count_lateness(struct media *m, int64_t late_ns)
{
	int bin = 0;

	for (int64_t ms = late_ns / 1000000; ms > 0 && bin < MEDIA_LATE_BINS - 1; ms >>= 1)
		bin++;
	m->st.late[bin]++;
}

static void after_tick(struct media *m)
{
	if (m->st.ticks % REPORT_TICKS == 0)
		publish(m);
	if (m->news || m->sample >= atomic_load_explicit(&m->wake_at, memory_order_acquire))
		wake(m);
}

/* ---- in real time ---- */

static void choose_reference(struct media *m)
{
	struct clock_candidate c[SPANS_MAX];
	int chosen;

	for (size_t i = 0; i < m->cfg.n_spans; i++)
		c[i] = (struct clock_candidate){.priority =
							(uint8_t)m->spans[i].cfg->clock_priority,
						.healthy_ms = m->spans[i].healthy_ms};
	chosen = clock_select(c, (int)m->cfg.n_spans, m->reference);
	if (chosen == m->reference)
		return;
	if (m->reference >= 0)
		m->spans[m->reference].ops->reference(m->spans[m->reference].b, false);
	if (chosen >= 0)
		m->spans[chosen].ops->reference(m->spans[chosen].b, true);
	m->reference = chosen;
}

/* What came on the reference, and when: the clock follows it. */
static void receive_reference(struct media *m, unsigned int *waiting, unsigned int *target)
{
	struct span *s = &m->spans[m->reference];
	unsigned int before;

	s->ops->waiting(s->b, &before, target);
	s->ops->receive(s->b);
	s->ops->waiting(s->b, waiting, target);
	if (*waiting > before)
		clock_loop_arrival(&m->loop, *waiting, *target,
				   clock_tick_phase(&m->clock, now_ns()));
}

/* What came on the others has waited in their sockets for the tick. */
static void receive_others(struct media *m)
{
	for (size_t i = 0; i < m->cfg.n_spans; i++) {
		if ((int)i != m->reference)
			m->spans[i].ops->receive(m->spans[i].b);
	}
}

/* Only the packets of the reference tell the time: those of the others do not wake us. */
static void wait_until(struct media *m, int64_t now, int64_t until)
{
	int64_t ns = until > now ? until - now : 0;
	struct timespec t = {.tv_sec = ns / 1000000000, .tv_nsec = ns % 1000000000};
	struct pollfd p = {.fd = -1, .events = POLLIN};

	if (m->reference >= 0)
		p.fd = m->spans[m->reference].ops->fd(m->spans[m->reference].b);
	ppoll(&p, 1, &t, NULL);
}

/* The ticks of all that waits at the reference, the clock read once for them. */
static void run_block(struct media *m, int64_t now, unsigned int ticks, int64_t late_ns)
{
	receive_others(m);
	for (unsigned int i = 0; i < ticks; i++) {
		run_tick(m);
		count_lateness(m, late_ns);
		if (i + 1 < ticks)
			after_tick(m);
	}
	count_time(m, now, now_ns(), ticks);
	choose_reference(m);
	after_tick(m);
}

static enum clock_mode clock_mode_of(const struct media *m)
{
	if (m->reference < 0)
		return CLOCK_OWN;
	return m->by_block ? CLOCK_BLOCKS : CLOCK_RECOVERED;
}

static void run_realtime(struct media *m)
{
	clock_tick_init(&m->clock, now_ns(), CLOCK_HOLDOVER_MS);
	while (!atomic_load_explicit(&m->stop, memory_order_relaxed)) {
		unsigned int waiting = 0, target = 0, ticks = 1;
		int64_t now, late, until = 0;
		enum clock_mode mode = clock_mode_of(m);
		enum clock_action what;

		if (m->reference >= 0)
			receive_reference(m, &waiting, &target);
		now = now_ns();
		late = now - m->clock.deadline_ns;
		what = clock_tick_decide(&m->clock, mode, now, waiting, target, m->loop.ppb,
					 &until);
		if (what == CLOCK_WAIT) {
			wait_until(m, now, until);
			continue;
		}
		if (mode == CLOCK_BLOCKS && what == CLOCK_TICK) {
			ticks = waiting;
			late = ((int64_t)waiting - target) * CLOCK_PERIOD_NS;
		}
		clock_loop_step(&m->loop, what == CLOCK_TICK && mode == CLOCK_RECOVERED);
		run_block(m, now, ticks, late);
	}
}

/* ---- in lockstep ---- */

/* Hand the tick to the call thread and wait until everything that it caused is done. */
static void lock_call_thread(struct media *m)
{
	atomic_store_explicit(&m->lock_tick, m->st.ticks + 1, memory_order_release);
	wake(m);
	while (sem_wait(&m->lock_go) && errno == EINTR)
		;
}

static bool is_absent(const struct span *s)
{
	return s->ops->absent && s->ops->absent(s->b);
}

/* A span without a device tells no time as long as another one does. */
static int lock_wait_all(struct media *m, uint64_t tick)
{
	size_t absent = 0;

	for (size_t i = 0; i < m->cfg.n_spans; i++)
		absent += is_absent(&m->spans[i]);
	for (size_t i = 0; i < m->cfg.n_spans; i++) {
		struct span *s = &m->spans[i];
		int err = 0;

		if (absent == m->cfg.n_spans || !is_absent(s))
			err = s->ops->lock_wait(s->b, tick, &m->stop);
		if (err)
			return err;
	}
	return 0;
}

static void run_lockstep(struct media *m)
{
	uint64_t tick = 0;
	int err = 0;

	/* The first turn is the call thread's: links, timers, the controller. */
	lock_call_thread(m);
	for (size_t i = 0; i < m->cfg.n_spans; i++)
		m->spans[i].ops->lock_send(m->spans[i].b, 0);
	while (!atomic_load_explicit(&m->stop, memory_order_relaxed) &&
	       !(err = lock_wait_all(m, tick))) {
		tick++;
		run_tick(m);
		for (size_t i = 0; i < m->cfg.n_spans; i++)
			m->spans[i].ops->lock_send(m->spans[i].b, tick);
		if (m->st.ticks % REPORT_TICKS == 0)
			publish(m);
		if (m->news || m->sample >= atomic_load_explicit(&m->wake_at, memory_order_acquire))
			lock_call_thread(m);
	}
	if (err && err != -ECANCELED) {
		atomic_store(&m->broken, err);
		wake(m);
	}
}

/* ---- the thread ---- */

static void *media_main(void *arg)
{
	struct media *m = arg;

	if (m->cfg.lockstep)
		run_lockstep(m);
	else
		run_realtime(m);
	return NULL;
}

static int span_open(struct media *m, size_t i, char *why, size_t size)
{
	struct span *s = &m->spans[i];
	int err;

	s->cfg = &m->cfg.spans[i];
	s->ops = backend_find(s->cfg->backend);
	s->media = m;
	s->index = (uint8_t)i;
	for (int ts = 1; ts < E1_OCTETS; ts++) {
		struct chan_id id = {.span = (uint8_t)i, .ts = (uint8_t)ts};

		err = chan_init(&s->chan[ts], id, s->cfg->law, (unsigned int)s->cfg->echo_tail_ms,
				m->cfg.listen);
		if (err)
			return err;
	}
	err = s->ops->open(&s->b, s->cfg, dchan_frame, s, why, size);
	if (!err)
		s->alarms = s->ops->alarms(s->b);
	return err;
}

/* With as little delay as blocks allow, unless a span wants its ticks evenly. */
static void tick_by_block(struct media *m)
{
	m->by_block = true;
	for (size_t i = 0; i < m->cfg.n_spans; i++)
		m->by_block = m->by_block && m->spans[i].ops->by_block;
	for (size_t i = 0; i < m->cfg.n_spans && m->by_block; i++)
		m->spans[i].ops->by_block(m->spans[i].b);
}

int media_new(struct media **out, const struct media_cfg *cfg, int wake_fd, char *why, size_t size)
{
	struct media *m = calloc(1, sizeof(*m));
	int err = -ENOMEM;

	snprintf(why, size, "no memory");
	if (!m)
		return -ENOMEM;
	m->cfg = *cfg;
	m->wake_fd = wake_fd;
	m->reference = -1;
	m->sink = (struct chan_sink){.event = chan_event, .ctx = m};
	atomic_store(&m->wake_at, INT64_MAX);
	sem_init(&m->lock_go, 0, 0);
	clock_loop_init(&m->loop);
	m->spans = calloc(cfg->n_spans, sizeof(*m->spans));
	if (!m->spans || ring_init(&m->to_call, TO_CALL) || ring_init(&m->to_media, TO_MEDIA) ||
	    triple_init(&m->report, sizeof(struct media_stats)))
		goto fail;
	for (size_t i = 0; i < cfg->n_spans; i++) {
		err = span_open(m, i, why, size);
		if (err)
			goto fail;
	}
	tick_by_block(m);
	publish(m);
	*out = m;
	return 0;
fail:
	media_free(m);
	return err;
}

int media_start(struct media *m)
{
	struct sched_param rt = {.sched_priority = RT_PRIORITY};
	int err = pthread_create(&m->thread, NULL, media_main, m);

	if (err)
		return -err;
	m->running = true;
	pthread_setname_np(m->thread, "media");
	if (!m->cfg.lockstep && pthread_setschedparam(m->thread, SCHED_FIFO, &rt))
		log_info("media",
			 "no realtime priority (CAP_SYS_NICE): running as an ordinary thread");
	return 0;
}

void media_stop(struct media *m)
{
	if (m->running) {
		atomic_store(&m->stop, true);
		sem_post(&m->lock_go);
		pthread_join(m->thread, NULL);
		m->running = false;
	}
	take_commands(m);
}

void media_free(struct media *m)
{
	if (!m)
		return;
	for (size_t i = 0; m->spans && i < m->cfg.n_spans; i++) {
		if (m->spans[i].b)
			m->spans[i].ops->close(m->spans[i].b);
		for (int ts = 1; ts < E1_OCTETS; ts++) {
			if (m->spans[i].chan[ts].detect)
				chan_free(&m->spans[i].chan[ts]);
		}
	}
	free(m->spans);
	ring_free(&m->to_call);
	ring_free(&m->to_media);
	triple_free(&m->report);
	sem_destroy(&m->lock_go);
	free(m);
}

/* ---- for the call thread ---- */

/* A leg opens and closes its channel once; whatever is stopped was begun before. */
static bool bounded(enum media_cmd_type type)
{
	return type == MCMD_OPEN || type == MCMD_CLOSE || type == MCMD_STOP_PLAY ||
	       type == MCMD_STOP_RECORD || type == MCMD_PUBLIC || type == MCMD_DISCONNECT;
}

int media_command(struct media *m, const struct media_cmd *cmd, const void *frame, size_t len)
{
	if (!bounded(cmd->type) && ring_used(&m->to_media) > TO_MEDIA / 4)
		return -ENOBUFS;
	return ring_put(&m->to_media, cmd, sizeof(*cmd), frame, (uint32_t)len);
}

int media_event(struct media *m, struct media_event *ev, uint8_t *frame)
{
	struct {
		struct media_event ev;
		uint8_t frame[ISDN_FRAME_MAX];
	} r;
	int n = ring_get(&m->to_call, &r, sizeof(r));

	if (n < 0)
		return n;
	*ev = r.ev;
	n -= (int)sizeof(r.ev);
	memcpy(frame, r.frame, (size_t)n);
	return n;
}

bool media_absent(const struct media *m, size_t span)
{
	return is_absent(&m->spans[span]);
}

int media_attach(struct media *m, size_t span, char *why, size_t size)
{
	return m->spans[span].ops->attach(m->spans[span].b, why, size);
}

void media_detach(struct media *m, size_t span)
{
	m->spans[span].ops->detach(m->spans[span].b);
}

int media_broken(const struct media *m)
{
	return atomic_load(&m->broken);
}

int64_t media_sample(const struct media *m)
{
	return atomic_load_explicit(&m->next_sample, memory_order_acquire);
}

void media_wake_at(struct media *m, int64_t sample)
{
	atomic_store_explicit(&m->wake_at, sample, memory_order_release);
}

const struct media_stats *media_stats(struct media *m)
{
	return triple_front(&m->report);
}

float media_level(const struct media *m, struct chan_id id)
{
	const struct chan *c = &m->spans[id.span].chan[id.ts];
	uint64_t power = atomic_load_explicit(&c->level_power, memory_order_relaxed);

	return level_dbm0((double)power / (1 << 24));
}

bool media_echo(const struct media *m, struct chan_id id, struct echo_figures *f)
{
	const struct chan *c = &m->spans[id.span].chan[id.ts];

	if (c->echo)
		echo_figures(c->echo, f);
	return c->echo;
}

uint64_t media_lock_pending(const struct media *m)
{
	return atomic_load_explicit(&m->lock_tick, memory_order_acquire);
}

void media_lock_done(struct media *m)
{
	atomic_store_explicit(&m->lock_tick, 0, memory_order_release);
	sem_post(&m->lock_go);
}
