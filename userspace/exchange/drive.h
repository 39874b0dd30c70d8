/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The office driven by sockets and time: real time with its pacing, or lockstep with the far
 * end (engine/wire.h). Shell; one thread.
 */
#ifndef EXCHANGE_DRIVE_H
#define EXCHANGE_DRIVE_H

#include <stdatomic.h>

#include "exchange/office.h"
#include "exchange/pace.h"

struct drive; /* opaque */

struct drive_cfg {
	const struct scenario *scenario;
	bool lockstep;
	const atomic_bool *stop; /* make no new calls, and end when all are done */
	const atomic_bool *now; /* end at once */
	/* About four times a second of real time; NULL: not wanted. */
	void (*live)(void *ctx, const struct office *o);
	void *ctx;
};

/** drive_new() - open the sockets. Return: 0; negative errno with a sentence in @why */
int drive_new(struct drive **out, const struct drive_cfg *cfg, char *why, size_t size);
void drive_free(struct drive *d);

/** drive_send() - what the office's send hook has to call, with the drive as its ctx */
void drive_send(void *ctx, int span, const uint8_t *datagram, size_t len);

/**
 * drive_run() - until the office is over or dead
 * Return: 0, also when it was stopped; -EPROTO: the far end is not in step.
 */
int drive_run(struct drive *d, struct office *o);

/** drive_pace() - NULL in lockstep */
const struct pace *drive_pace(const struct drive *d);
/** drive_real_ms() - real time that drive_run() took */
int64_t drive_real_ms(const struct drive *d);

#endif
