/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Simulated time that a User-Mode-Linux guest and its cards share: who may run, and when.
 *
 * Each says when it wants to run next, and that it waits. Time stands still while one of them runs: only
 * when all wait the one with the earliest wish runs, at that time. So whatever a guest has to compute takes
 * no time, on whatever machine, and no card's millisecond comes before the guest is done with the last. Cards
 * whose milliseconds come at the same time run at once: their far end may wait for all of them.
 *
 * Pure: the owner has the sockets (tests/kernel/calendar.c; a card's end is turn.h).
 *
 * Source: linux/um_timetravel.h (messages), arch/um/kernel/time.c of Linux 6.1 (what a guest sends).
 */
#ifndef CARD_CALENDAR_H
#define CARD_CALENDAR_H

#include <linux/um_timetravel.h>
#include <stdbool.h>
#include <stdint.h>

#define CALENDAR_CLIENTS 10 /* a guest has at most 8 cards */
#define CALENDAR_NEVER   UINT64_MAX

/**
 * struct calendar - all who share time
 * @now: [ns] since the calendar began
 * @client: @there; @waits for its turn, which it wants at @at [ns]; a @guest, who says so, or a card
 */
struct calendar {
	uint64_t now;
	struct {
		bool there, waits, guest;
		uint64_t at;
	} client[CALENDAR_CLIENTS];
};

/** calendar_join() - one more, a card until it says otherwise; it runs. Return: its number, or -ENOSPC */
int calendar_join(struct calendar *c);

/** calendar_leave() - it has gone */
void calendar_leave(struct calendar *c, int i);

/**
 * calendar_take() - a message of client @i
 * @today: [ns] since 1970 when the calendar began, for who asks for the time of day
 * Return: 1 @m is now the answer, to be sent; 0 there is none; -EPROTO what is no client's message.
 */
int calendar_take(struct calendar *c, int i, struct um_timetravel_msg *m, uint64_t today);

/**
 * calendar_next() - after each message and each leave, until it is nobody's: whose turn is it now?
 * @free_until: [ns] until then it may run without asking
 * Return: number of the client, which is to be told @now; -1 nobody's.
 */
int calendar_next(struct calendar *c, uint64_t *free_until);

#endif
