/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * When the card's next millisecond is, and what comes in and goes out with it: the clock, the wire,
 * the guest that may have to catch up first. See card.h.
 */
#include <errno.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "card.h"

#define TICKS_A_TURN 32 /* then sockets have their turn */

const char *const card_pace_names[CARD_PACES] = {"real", "patient", "calendar"};

static int64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static void arm(struct card *c, int64_t at)
{
	struct itimerspec t = {.it_value = {.tv_sec = at / 1000000000, .tv_nsec = at % 1000000000}};

	timerfd_settime(c->timer_fd, TFD_TIMER_ABSTIME, &t, NULL);
}

/* ---- the guest ---- */

static void run(struct card *c);

void pace_deliver(struct card *c)
{
	if (!board_interrupts(&c->board) || vhost_interrupt(c->vhost))
		return;
	c->pacing.interrupts++;
	c->sent_at = now_ns();
	board_interrupted(&c->board);
}

void pace_handled(struct card *c)
{
	int64_t took;

	c->handled_at = now_ns();
	took = c->handled_at - c->sent_at;
	c->pacing.handled++;
	c->pacing.handling_ns += took;
	if (took > c->pacing.slowest_ns)
		c->pacing.slowest_ns = took;
	pace_deliver(c);
	if (c->waiting_since)
		run(c);
}

static void end_wait(struct card *c, int64_t now)
{
	c->pacing.held++;
	if (now - c->waiting_since > c->pacing.longest_ns)
		c->pacing.longest_ns = now - c->waiting_since;
	c->waiting_since = 0;
}

/* An interrupt that waits or is being handled: patience may end, until the guest is back. */
static int64_t until_handled(struct card *c, int64_t now)
{
	int64_t ends = c->waiting_since + CARD_PATIENCE_MS * 1000000ll;

	if (!board_interrupts(&c->board) && !vhost_interrupting(c->vhost)) {
		c->gave_up = false;
		return 0;
	}
	if (now < ends && !c->gave_up)
		return ends;
	c->pacing.given_up += !c->gave_up;
	c->gave_up = true;
	return 0;
}

/* What else the guest has to do. */
static int64_t until_breathed(const struct card *c, int64_t now)
{
	int64_t ends = c->handled_at + CARD_BREATH_NS;

	return now < ends && !c->gave_up ? ends : 0;
}

/* Has the guest to catch up first? Return: when to ask again, 0 = no. */
static int64_t patience(struct card *c, int64_t now)
{
	bool waited = c->waiting_since;
	int64_t again;

	if (c->pace == CARD_REAL)
		return 0;
	if (c->pace == CARD_CALENDAR)
		return c->turn.mine || c->turn.gone ? 0 : INT64_MAX;
	if (!waited)
		c->waiting_since = now;
	again = until_handled(c, now);
	if (!again)
		again = until_breathed(c, now);
	if (!again && waited)
		end_wait(c, now);
	else if (!again)
		c->waiting_since = 0;
	return again;
}

/* ---- the wire ---- */

static void take_packet(struct card *c, const uint8_t *datagram, size_t n)
{
	if (line_datagram(&c->board.line, datagram, n))
		return;
	clock_loop_arrival(&c->rate, line_waiting(&c->board.line), line_target(&c->board.line),
			   clock_tick_phase(&c->tick, now_ns()));
}

static void receive(struct card *c)
{
	uint8_t buf[WIRE_DATAGRAM_MAX];
	int n;

	/* What has no room, and what belongs to a later tick, stays in the socket: line time goes on first. */
	while (!lock_due(&c->lock) && line_waiting(&c->board.line) < JITTER_SLOTS - 1 &&
	       (n = wire_receive(c->wire, buf, sizeof(buf))) >= 0) {
		uint64_t before = c->lock.sessions;

		switch (lock_take(&c->lock, buf, (size_t)n)) {
		case LOCK_PACKET: take_packet(c, buf, (size_t)n); break;
		case LOCK_GREETING: wire_lock_send(c->wire, 0); break;
		case LOCK_TOKEN: break;
		default: log_warn("card", "a token of another tick");
		}
		if (c->lock.sessions != before)
			log_info("card", "the far end is in lockstep");
	}
}

static void on_datagram(uv_poll_t *poll, int status, int events)
{
	struct card *c = poll->data;

	(void)status;
	(void)events;
	receive(c);
	run(c);
}

/* Only while something that comes can be taken. */
static void watch_wire(struct card *c)
{
	bool watch = !lock_due(&c->lock);

	if (watch != c->wire_watched) {
		if (watch)
			uv_poll_start(&c->wire_poll, UV_READABLE, on_datagram);
		else
			uv_poll_stop(&c->wire_poll);
	}
	c->wire_watched = watch;
}

/*
 * Nothing has come for a while: is there somebody, or still? To those who are there already a greeting
 * says nothing.
 */
static void greet(struct card *c, int64_t now)
{
	int error = 0;
	socklen_t size = sizeof(error);

	if (!c->lockstep || now < c->greeted_at + CARD_GREET_NS)
		return;
	c->greeted_at = now;
	wire_lock_send(c->wire, 0);
	if (!c->lock.on)
		return;
	if (getsockopt(wire_fd(c->wire), SOL_SOCKET, SO_ERROR, &error, &size) || !error)
		return;
	log_info("card", "the far end in lockstep has gone");
	lock_gone(&c->lock);
	clock_tick_init(&c->tick, now, CLOCK_HOLDOVER_MS);
	clock_loop_init(&c->rate);
}

/* ---- time ---- */

/* The line is faster: a board that follows it has one more millisecond in this tick of the far end. */
static bool behind(const struct card *c)
{
	return board_follows_line(&c->board) &&
	       line_waiting(&c->board.line) > line_target(&c->board.line) + 1;
}

static void millisecond(struct card *c)
{
	uint8_t datagram[SATOP_MAX];
	size_t n = board_ms(&c->board, datagram);

	if (n && (c->lock.on || !c->lockstep))
		wire_send(c->wire, datagram, n);
	if (c->lock.on && !behind(c))
		wire_lock_send(c->wire, lock_ticked(&c->lock));
	pace_deliver(c);
	if (c->pace == CARD_CALENDAR)
		turn_done(&c->turn);
}

/* Is the next millisecond due by the far end, or by the clock? Return: 0 yes, else when to ask again. */
static int64_t not_before(struct card *c, int64_t now)
{
	enum clock_mode mode = board_follows_line(&c->board) ? CLOCK_RECOVERED : CLOCK_OWN;
	int64_t until = 0;

	if (c->lock.on)
		return lock_due(&c->lock) ? 0 : c->greeted_at + CARD_GREET_NS;
	if (clock_tick_decide(&c->tick, mode, now, line_waiting(&c->board.line),
			      line_target(&c->board.line), c->ppb, &until) == CLOCK_WAIT)
		return until;
	c->ppb = clock_loop_step(&c->rate, mode == CLOCK_RECOVERED);
	return 0;
}

/* A recovered clock does not wait for its time when the line is ahead. */
static bool may_be_due(const struct card *c, int64_t now)
{
	if (c->lock.on)
		return lock_due(&c->lock);
	return clock_tick_phase(&c->tick, now) >= CLOCK_PERIOD_NS || behind(c);
}

static void run(struct card *c)
{
	int64_t now = now_ns(), until = now;

	for (int i = 0; i < TICKS_A_TURN; i++) {
		if (may_be_due(c, now) && (until = patience(c, now)) != 0)
			break;
		until = not_before(c, now);
		if (until)
			break;
		until = now;
		if (c->lock.on)
			c->greeted_at = now;
		millisecond(c);
		receive(c);
	}
	if (!lock_due(&c->lock))
		greet(c, now);
	watch_wire(c);
	arm(c, until);
}

static void on_timer(uv_poll_t *poll, int status, int events)
{
	struct card *c = poll->data;
	uint64_t expirations;

	(void)status;
	(void)events;
	if (read(c->timer_fd, &expirations, sizeof(expirations)) > 0)
		run(c);
}

static void on_turn(void *ctx)
{
	run(ctx);
}

int pace_open(struct card *c, const char *calendar)
{
	c->timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
	if (c->timer_fd < 0)
		return -errno;
	uv_poll_init(&c->loop, &c->timer, c->timer_fd);
	uv_poll_init(&c->loop, &c->wire_poll, wire_fd(c->wire));
	c->timer.data = c->wire_poll.data = c;
	uv_poll_start(&c->timer, UV_READABLE, on_timer);
	watch_wire(c);
	return calendar ? turn_open(&c->turn, &c->loop, calendar, on_turn, c) : 0;
}

void pace_start(struct card *c)
{
	clock_tick_init(&c->tick, now_ns(), CLOCK_HOLDOVER_MS);
	clock_loop_init(&c->rate);
	run(c);
}

void pace_close(struct card *c)
{
	if (!c->timer.data)
		return;
	uv_close((uv_handle_t *)&c->timer, NULL);
	uv_close((uv_handle_t *)&c->wire_poll, NULL);
	turn_close(&c->turn);
	close(c->timer_fd);
}
