/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The card process: the board (pure) between a slot (vhost.h), a cable (a socket), a clock and the
 * side control.
 *
 * The clock. A real card's milliseconds come whether its host is ready or not. Here host and card
 * share processors with others, so three ways of keeping time are offered: CARD_REAL is a real card;
 * CARD_PATIENT holds a millisecond back while an interrupt is being handled or waits to be, and for
 * CARD_BREATH_NS more, so that a guest that is late gets on with other things too; it gives up after
 * CARD_PATIENCE_MS, and makes up for all of it afterwards. CARD_CALENDAR shares simulated time with the
 * guest (calendar.h): its clock stands still, too, while it has something to do. No millisecond is ever
 * left out.
 *
 * With a far end in lockstep (lock.h) there is no clock: a millisecond is when both ends are ready.
 * While there is none the card runs by its clock, and only greets.
 */
#ifndef CARD_CARD_H
#define CARD_CARD_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

#include "board.h"
#include "core/line/clock.h"
#include "engine/wire.h"
#include "lock.h"
#include "turn.h"
#include "vhost.h"

#define CARD_PATIENCE_MS 2000
#define CARD_BREATH_NS   200000
#define CARD_GREET_NS    100000000 /* is there a far end in lockstep, is it still there? */

enum card_pace { CARD_REAL, CARD_PATIENT, CARD_CALENDAR, CARD_PACES };

extern const char *const card_pace_names[];

/**
 * struct card_pacing - how time went
 * @held: milliseconds that waited for the guest, @longest_ns: the longest wait
 * @given_up: times that patience ended
 * @interrupts: messages sent
 * @handled: of these, the ones handled; @handling_ns: time from message to end, in all;
 *	@slowest_ns: the longest
 */
struct card_pacing {
	uint64_t held, given_up, interrupts, handled;
	int64_t longest_ns, handling_ns, slowest_ns;
};

struct card {
	uv_loop_t loop;
	struct board board;
	struct vhost *vhost;
	struct wire *wire;
	struct control *control;
	uv_poll_t timer, wire_poll;
	int timer_fd;
	enum card_pace pace;
	struct card_pacing pacing;
	struct clock_tick tick;
	struct clock_loop rate;
	struct lock lock;
	struct turn turn; /* CARD_CALENDAR only */
	int32_t ppb;
	int64_t waiting_since; /* [ns] for the guest, 0 = does not wait */
	int64_t sent_at, handled_at; /* [ns] last interrupt */
	int64_t greeted_at; /* [ns] the far end in lockstep, or it was known to be there */
	bool lockstep; /* the far end is to be in lockstep; nothing is sent to another one */
	bool gave_up; /* until the guest is back */
	bool wire_watched;
};

/* Everything that is known, as JSON; new references. */
json_t *status_json(const struct card *c);
json_t *access_json(const struct access *a);
json_t *checks_json(const struct checks *k);
json_t *trace_json(const struct trace *t);

/* ---- pace.c: when the next millisecond is ---- */

/* Takes over the open wire; @calendar: socket, or NULL. Return: 0 or negative errno. */
int pace_open(struct card *c, const char *calendar);
void pace_close(struct card *c);
/* From now on milliseconds pass, whenever the loop runs. */
void pace_start(struct card *c);
/* The guest is told what the bridge raises, if it is not busy with the last. */
void pace_deliver(struct card *c);
/* It has handled it. */
void pace_handled(struct card *c);

/* ---- control.c: the side control ---- */

struct control;

/**
 * control_open() - listen on a Unix socket, one JSON object a line; requests in README.md
 * Return: 0 or negative errno with a message logged.
 */
int control_open(struct control **out, struct card *c, const char *path);
void control_close(struct control *t);

#endif
