/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Alarm history of one span: what was wrong from when to when, in samples of line time.
 *
 * Alarms are bits 0..31 of a mask; what they mean is the caller's. Alarms that are on are always
 * known; of those that have ended the last HISTORY_RECORDS are kept, the oldest is overwritten.
 */
#ifndef STROWGER_CORE_LINE_HISTORY_H
#define STROWGER_CORE_LINE_HISTORY_H

#include <stdint.h>

#define HISTORY_ALARMS  32
#define HISTORY_RECORDS 128

struct history_record {
	uint8_t alarm; /* bit number */
	int64_t raised; /* [samples] */
	int64_t cleared; /* [samples], -1 = still on */
};

struct history {
	uint32_t active;
	int64_t raised[HISTORY_ALARMS];
	struct history_record ended[HISTORY_RECORDS];
	uint64_t total; /* records ended since the start, kept or not */
};

void history_init(struct history *h);

/**
 * history_update() - the alarms as they are at @sample
 * Return: mask of those that changed.
 */
uint32_t history_update(struct history *h, uint32_t active, int64_t sample);

/**
 * history_list() - alarms that are on (lowest bit first), then ended ones (latest first)
 * @out: room for @max records
 *
 * Return: records written.
 */
int history_list(const struct history *h, struct history_record *out, int max);

#endif
