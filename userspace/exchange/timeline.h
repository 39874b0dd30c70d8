/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The faults of a scenario, when their time has come. Shell only in that it reads the files of
 * hostile frames, once, in timeline_init().
 */
#ifndef EXCHANGE_TIMELINE_H
#define EXCHANGE_TIMELINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "exchange/scenario.h"
#include "exchange/trunk.h"

#define TIMELINE_FRAMES_MAX 10000 /* of one file */

struct timeline_frames {
	uint8_t (*octets)[HDLC_FRAME_LIMIT];
	uint16_t *lengths;
	size_t n;
};

struct timeline_item {
	bool begun, over;
	int slips; /* still to make, negative: repetitions */
	struct timeline_frames frames;
};

struct timeline {
	const struct scenario *sc;
	struct timeline_item item[SCENARIO_FAULTS];
	/* A span starts anew or is sent a RESTART: calls are the office's matter. */
	void (*restart)(void *ctx, struct trunk *t);
	void (*begun)(void *ctx, const struct fault_def *f, bool on);
	void *ctx;
};

/**
 * timeline_init() - read the files of hostile frames
 * @tl: caller's memory; hooks and ctx are set by the caller afterwards
 * Return: 0; negative errno with a sentence in @why; nothing is held then.
 */
int timeline_init(struct timeline *tl, const struct scenario *sc, char *why, size_t size);
void timeline_free(struct timeline *tl);

/** timeline_tick() - @ms since time 0 of the scenario; @trunks of the scenario's spans, by index */
void timeline_tick(struct timeline *tl, int64_t ms, struct trunk *trunks);

/** timeline_over() - true once every fault has begun, and ended if it has an end */
bool timeline_over(const struct timeline *tl);

#endif
