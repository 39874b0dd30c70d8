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

#include "base/log.h"
#include "card.h"

static const char usage[] =
	"usage: strowger-card --vhost SOCKET --local ADDRESS:PORT --remote ADDRESS:PORT [options]\n"
	"\n"
	"An E1 card of the TE110P class for a User-Mode-Linux guest; the line is a pseudowire.\n"
	"\n"
	"  --control SOCKET   side control, JSON lines: tests/card/README.md\n"
	"  --report FILE      at the end, what happened, as JSON\n"
	"  --pace real|patient  as a real card, or waiting for a guest that is slow (default)\n"
	"  --calendar SOCKET  time is simulated and shared with the guest\n"
	"  --lockstep         line time goes with that of a far end in lockstep\n"
	"  --chip 1.2|2.1|2.2 revision of the framer (2.2)\n"
	"  --subvendor HEX    PCI subsystem (71fe)\n"
	"  --jumper e1|t1     (e1)\n"
	"  --jitter MS        depth of the line's buffer (4)\n";

struct options {
	const char *vhost, *local, *remote, *control, *report, *calendar;
	enum card_pace pace;
	bool lockstep;
	struct board_cfg board;
};

/* ---- the slot ---- */

static void slot_read(void *ctx, int bar, uint64_t addr, uint8_t *data, size_t n)
{
	struct card *c = ctx;

	board_read(&c->board, bar, addr, data, n);
}

static void slot_write(void *ctx, int bar, uint64_t addr, const uint8_t *data, size_t n)
{
	struct card *c = ctx;

	board_write(&c->board, bar, addr, data, n);
	pace_deliver(c);
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
	pace_handled(ctx);
}

static void *slot_memory(void *ctx, uint32_t addr, size_t n)
{
	struct card *c = ctx;

	return vhost_memory(c->vhost, addr, n);
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
	err = pace_open(c, o->calendar);
	if (err)
		return err;
	err = vhost_open(&c->vhost, &c->loop, o->vhost, &device, o->calendar != NULL);
	return err || !o->control ? err : control_open(&c->control, c, o->control);
}

static void close_all(struct card *c)
{
	if (c->control)
		control_close(c->control);
	vhost_close(c->vhost);
	pace_close(c);
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
		c->pace = o->calendar ? CARD_CALENDAR : o->pace;
		c->lockstep = o->lockstep;
		pace_start(c);
		uv_run(&c->loop, UV_RUN_DEFAULT);
		if (o->report)
			err = write_report(c, o->report);
	}
	close_all(c);
	for (int i = 0; i < 2; i++)
		uv_close((uv_handle_t *)&signals[i], NULL);
	uv_run(&c->loop, UV_RUN_DEFAULT);
	uv_loop_close(&c->loop);
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
	static const char *const jumpers[] = {"e1", "t1"};
	static const struct option longs[] = {
		{"vhost", 1, NULL, 'v'},    {"local", 1, NULL, 'l'},  {"remote", 1, NULL, 'r'},
		{"control", 1, NULL, 'c'},  {"report", 1, NULL, 'R'}, {"pace", 1, NULL, 'p'},
		{"chip", 1, NULL, 'f'},     {"jumper", 1, NULL, 'j'}, {"subvendor", 1, NULL, 's'},
		{"calendar", 1, NULL, 'C'}, {"jitter", 1, NULL, 'J'}, {"lockstep", 0, NULL, 'L'},
		{"help", 0, NULL, 'h'},     {NULL, 0, NULL, 0},
	};
	int c, v = 0;

	while (v >= 0 && (c = getopt_long(argc, argv, "h", longs, NULL)) >= 0) {
		switch (c) {
		case 'v': o->vhost = optarg; break;
		case 'l': o->local = optarg; break;
		case 'r': o->remote = optarg; break;
		case 'c': o->control = optarg; break;
		case 'R': o->report = optarg; break;
		case 'C': o->calendar = optarg; break;
		case 'p':
			v = choose("pace", optarg, card_pace_names, CARD_CALENDAR);
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
		case 'L': o->lockstep = true; break;
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
