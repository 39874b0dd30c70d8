/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * strowger-card: a TE110P-class E1 card for a User-Mode-Linux guest. Shell: options, sockets, clock.
 */
#include <errno.h>
#include <getopt.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "card.h"

#define TICKS_A_TURN 32 /* then sockets have their turn */

static const char usage[] =
	"usage: strowger-card --vhost SOCKET --local ADDRESS:PORT --remote ADDRESS:PORT [options]\n"
	"\n"
	"An E1 card of the TE110P class for a User-Mode-Linux guest; the line is a pseudowire.\n"
	"\n"
	"  --control SOCKET   side control, JSON lines: tests/card/README.md\n"
	"  --report FILE      at the end, what happened, as JSON\n"
	"  --pace real|patient  as a real card, or waiting for a guest that is slow (default)\n"
	"  --chip 1.2|2.1|2.2 revision of the framer (2.2)\n"
	"  --subvendor HEX    PCI subsystem (71fe)\n"
	"  --jumper e1|t1     (e1)\n"
	"  --jitter MS        depth of the line's buffer (4)\n";

struct options {
	const char *vhost, *local, *remote, *control, *report;
	enum card_pace pace;
	struct board_cfg board;
};

static int64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

/* ---- the slot ---- */

static void deliver(struct card *c)
{
	if (!board_interrupts(&c->board) || vhost_interrupt(c->vhost))
		return;
	c->pacing.interrupts++;
	c->sent_at = now_ns();
	board_interrupted(&c->board);
}

static void run(struct card *c);

static void slot_read(void *ctx, int bar, uint64_t addr, uint8_t *data, size_t n)
{
	struct card *c = ctx;

	board_read(&c->board, bar, addr, data, n);
}

static void slot_write(void *ctx, int bar, uint64_t addr, const uint8_t *data, size_t n)
{
	struct card *c = ctx;

	board_write(&c->board, bar, addr, data, n);
	deliver(c);
}

static void slot_plugged(void *ctx)
{
	struct card *c = ctx;

	board_power(&c->board, true);
	log_info("card", "plugged in");
}

static void slot_gone(void *ctx)
{
	struct card *c = ctx;

	board_power(&c->board, false);
	log_info("card", "the host is gone");
}

static void slot_recycled(void *ctx)
{
	struct card *c = ctx;
	int64_t took;

	c->handled_at = now_ns();
	took = c->handled_at - c->sent_at;
	c->pacing.handled++;
	c->pacing.handling_ns += took;
	if (took > c->pacing.slowest_ns)
		c->pacing.slowest_ns = took;
	deliver(c);
	if (c->waiting_since)
		run(c);
}

static void *slot_memory(void *ctx, uint32_t addr, size_t n)
{
	struct card *c = ctx;

	return vhost_memory(c->vhost, addr, n);
}

/* ---- the clock ---- */

static void arm(struct card *c, int64_t at)
{
	struct itimerspec t = {.it_value = {.tv_sec = at / 1000000000, .tv_nsec = at % 1000000000}};

	timerfd_settime(c->timer_fd, TFD_TIMER_ABSTIME, &t, NULL);
}

static void end_wait(struct card *c, int64_t now)
{
	if (!c->waiting_since)
		return;
	c->pacing.held++;
	if (now - c->waiting_since > c->pacing.longest_ns)
		c->pacing.longest_ns = now - c->waiting_since;
	c->waiting_since = 0;
}

/* Has the guest to catch up first? Return: until when it may, 0 = no. */
static int64_t patience(struct card *c, int64_t now)
{
	int64_t until = c->handled_at + CARD_BREATH_NS;

	if (c->pace == CARD_REAL)
		return 0;
	if (!board_interrupts(&c->board) && !vhost_interrupting(c->vhost)) {
		if (now < until)
			return until;
		end_wait(c, now);
		c->gave_up = false;
		return 0;
	}
	if (c->gave_up)
		return 0;
	if (!c->waiting_since)
		c->waiting_since = now;
	until = c->waiting_since + CARD_PATIENCE_MS * 1000000ll;
	if (now < until)
		return until;
	end_wait(c, now);
	c->gave_up = true;
	c->pacing.given_up++;
	return 0;
}

static void millisecond(struct card *c)
{
	uint8_t datagram[SATOP_MAX];
	size_t n = board_ms(&c->board, datagram);

	if (n)
		wire_send(c->wire, datagram, n);
	deliver(c);
}

static void run(struct card *c)
{
	int64_t now = now_ns(), until = 0;

	for (int i = 0; i < TICKS_A_TURN; i++) {
		bool follows = board_follows_line(&c->board);

		if (clock_tick_phase(&c->tick, now) < CLOCK_PERIOD_NS) {
			/* Not due: nothing to wait for. */
		} else if ((until = patience(c, now)) != 0) {
			break;
		}
		if (clock_tick_decide(&c->tick, follows ? CLOCK_RECOVERED : CLOCK_OWN, now,
				      line_waiting(&c->board.line), line_target(&c->board.line),
				      c->ppb, &until) == CLOCK_WAIT)
			break;
		until = now;
		millisecond(c);
		c->ppb = clock_loop_step(&c->rate, follows);
	}
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

/* ---- the line ---- */

static void on_datagram(uv_poll_t *poll, int status, int events)
{
	struct card *c = poll->data;
	uint8_t buf[WIRE_DATAGRAM_MAX];
	int n;

	(void)status;
	(void)events;
	/* What has no room stays in the socket: line time goes on first. */
	while (line_waiting(&c->board.line) < JITTER_SLOTS - 1 &&
	       (n = wire_receive(c->wire, buf, sizeof(buf))) >= 0) {
		if (line_datagram(&c->board.line, buf, (size_t)n))
			continue;
		clock_loop_arrival(&c->rate, line_waiting(&c->board.line),
				   line_target(&c->board.line),
				   clock_tick_phase(&c->tick, now_ns()));
	}
	run(c);
}

/* ---- begin and end ---- */

static void on_signal(uv_signal_t *signal, int number)
{
	(void)number;
	uv_stop(signal->loop);
}

static int write_report(const struct card *c, const char *path)
{
	json_t *all =
		json_pack("{s:o, s:o, s:o}", "status", status_json(c), "access",
			  access_json(&c->board.access), "checks", checks_json(&c->board.checks));
	int err = json_dump_file(all, path, JSON_INDENT(2));

	json_decref(all);
	if (err)
		log_error("card", "cannot write %s: %s", path, strerror(errno));
	return err;
}

static int open_all(struct card *c, const struct options *o)
{
	const struct vhost_device device = {slot_read, slot_write,    slot_plugged,
					    slot_gone, slot_recycled, c};
	char why[200];
	int err;

	err = board_init(&c->board, &o->board, slot_memory, c);
	if (err) {
		fprintf(stderr, "--jitter %u: 1 to %u would be right\n", o->board.jitter_ms,
			o->board.jitter_max_ms);
		return err;
	}
	err = wire_open(&c->wire, o->local, o->remote, why, sizeof(why));
	if (err) {
		fprintf(stderr, "%s\n", why);
		return err;
	}
	c->timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
	if (c->timer_fd < 0)
		return -errno;
	uv_poll_init(&c->loop, &c->timer, c->timer_fd);
	uv_poll_init(&c->loop, &c->wire_poll, wire_fd(c->wire));
	c->timer.data = c->wire_poll.data = c;
	uv_poll_start(&c->timer, UV_READABLE, on_timer);
	uv_poll_start(&c->wire_poll, UV_READABLE, on_datagram);
	err = vhost_open(&c->vhost, &c->loop, o->vhost, &device);
	return err || !o->control ? err : control_open(&c->control, c, o->control);
}

static void close_all(struct card *c)
{
	if (c->control)
		control_close(c->control);
	vhost_close(c->vhost);
	if (c->timer.data) {
		uv_close((uv_handle_t *)&c->timer, NULL);
		uv_close((uv_handle_t *)&c->wire_poll, NULL);
	}
}

static int serve(struct card *c, const struct options *o)
{
	uv_signal_t signals[2];
	static const int numbers[2] = {SIGINT, SIGTERM};
	static const struct sched_param realtime = {.sched_priority = 1};
	int err;

	/* A guest spins while it waits for us; without the right it just takes longer. */
	if (sched_setscheduler(0, SCHED_FIFO, &realtime))
		log_debug("card", "not realtime: %s", strerror(errno));
	uv_loop_init(&c->loop);
	for (int i = 0; i < 2; i++) {
		uv_signal_init(&c->loop, &signals[i]);
		uv_signal_start(&signals[i], on_signal, numbers[i]);
	}
	err = open_all(c, o);
	if (!err) {
		clock_tick_init(&c->tick, now_ns(), CLOCK_HOLDOVER_MS);
		clock_loop_init(&c->rate);
		c->pace = o->pace;
		run(c);
		uv_run(&c->loop, UV_RUN_DEFAULT);
		if (o->report)
			err = write_report(c, o->report);
	}
	close_all(c);
	for (int i = 0; i < 2; i++)
		uv_close((uv_handle_t *)&signals[i], NULL);
	uv_run(&c->loop, UV_RUN_DEFAULT);
	uv_loop_close(&c->loop);
	if (c->timer_fd > 0)
		close(c->timer_fd);
	wire_close(c->wire);
	return err;
}

/* Index of @text in @names. Return: -EINVAL after saying what would be right. */
static int choose(const char *option, const char *text, const char *const *names, int n)
{
	for (int i = 0; i < n; i++)
		if (!strcmp(text, names[i]))
			return i;
	fprintf(stderr, "--%s %s: one of", option, text);
	for (int i = 0; i < n; i++)
		fprintf(stderr, " %s", names[i]);
	fputs(" would be right\n", stderr);
	return -EINVAL;
}

static int number(const char *option, const char *text, int base, long max, uint16_t *out)
{
	char *end;
	long v = strtol(text, &end, base);

	if (*text && !*end && v >= 0 && v <= max) {
		*out = (uint16_t)v;
		return 0;
	}
	fprintf(stderr, "--%s %s: not a number of the right size\n", option, text);
	return -EINVAL;
}

static int parse(int argc, char **argv, struct options *o)
{
	static const char *const paces[] = {"real", "patient"}, *const jumpers[] = {"e1", "t1"};
	static const struct option longs[] = {
		{"vhost", 1, NULL, 'v'},   {"local", 1, NULL, 'l'},  {"remote", 1, NULL, 'r'},
		{"control", 1, NULL, 'c'}, {"report", 1, NULL, 'R'}, {"pace", 1, NULL, 'p'},
		{"chip", 1, NULL, 'f'},    {"jumper", 1, NULL, 'j'}, {"subvendor", 1, NULL, 's'},
		{"jitter", 1, NULL, 'J'},  {"help", 0, NULL, 'h'},   {NULL, 0, NULL, 0},
	};
	int c, v = 0;

	while (v >= 0 && (c = getopt_long(argc, argv, "h", longs, NULL)) >= 0) {
		switch (c) {
		case 'v': o->vhost = optarg; break;
		case 'l': o->local = optarg; break;
		case 'r': o->remote = optarg; break;
		case 'c': o->control = optarg; break;
		case 'R': o->report = optarg; break;
		case 'p':
			v = choose("pace", optarg, paces, 2);
			o->pace = (enum card_pace)v;
			break;
		case 'f':
			v = choose("chip", optarg, framer_chip_names, FRAMER_CHIPS);
			o->board.chip = (enum framer_chip)v;
			break;
		case 'j':
			v = choose("jumper", optarg, jumpers, 2);
			o->board.t1 = v == 1;
			break;
		case 's': v = number("subvendor", optarg, 16, 0xffff, &o->board.subvendor); break;
		case 'J':
			v = number("jitter", optarg, 10, JITTER_SLOTS, &o->board.jitter_ms);
			break;
		case 'h': fputs(usage, stdout); exit(0);
		default: return -EINVAL;
		}
	}
	return v < 0 || !o->vhost || !o->local || !o->remote || optind != argc ? -EINVAL : 0;
}

int main(int argc, char **argv)
{
	struct options o = {.pace = CARD_PATIENT,
			    .board = {.subvendor = 0x71fe,
				      .subdevice = 0x0001,
				      .chip = FRAMER_V22,
				      .jitter_ms = 4,
				      .jitter_max_ms = 60}};
	struct card *c = calloc(1, sizeof(*c));
	int err;

	if (!c)
		return 2;
	if (parse(argc, argv, &o)) {
		fputs(usage, stderr);
		free(c);
		return 2;
	}
	err = serve(c, &o);
	free(c);
	return err ? 1 : 0;
}
