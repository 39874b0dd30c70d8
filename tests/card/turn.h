/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A card's end of a calendar (calendar.h): its milliseconds are turns in simulated time.
 */
#ifndef CARD_TURN_H
#define CARD_TURN_H

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

/**
 * struct turn - a card's place in the calendar
 * @mine: the next millisecond may come, as far as the guest goes
 * @gone: the calendar has ended; nobody gives a turn any more
 * @at: [ns] when that is, in simulated time
 */
struct turn {
	int fd;
	bool mine, gone;
	uint64_t at;
	uv_poll_t poll;
	void (*ready)(void *ctx);
	void *ctx;
};

/**
 * turn_open() - connect to the calendar at @path and wait for a first turn
 * @ready: called from the loop when a turn has come
 * Return: 0, or negative errno with a message logged.
 */
int turn_open(struct turn *t, uv_loop_t *loop, const char *path, void (*ready)(void *ctx),
	      void *ctx);

/** turn_done() - the millisecond is over; the next turn is a millisecond later */
void turn_done(struct turn *t);

void turn_close(struct turn *t);

#endif
