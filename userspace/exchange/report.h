/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What became of all calls: collected call by call, told at the end as a table for people
 * and as JSON (docs/exchange.md lists the members).
 *
 * Memory for the expected number of calls is taken and touched at the start, so that the
 * process does not grow with the calls.
 */
#ifndef EXCHANGE_REPORT_H
#define EXCHANGE_REPORT_H

#include <stdio.h>

#include "exchange/caller.h"
#include "exchange/scenario.h"

#define REPORT_REASONS 500 /* failed calls whose reason is kept in words */

/* One call that has ended. */
struct call_record {
	uint32_t id;
	uint16_t class; /* index into classes, or classes + index into answers */
	uint8_t span, timeslot; /* timeslot 0: it never had one */
	uint8_t fault, cause; /* enum caller_fault, Q.850 */
	bool answered;
	int32_t setup_ms; /* SETUP to CONNECT [ms of line time], -1: not answered, or not ours */
	int64_t born, ended; /* samples */
	int32_t delay_min, delay_max; /* [samples], -1: not measured */
	uint32_t partner, heard; /* heard: FNV-1a of every octet received in the call */
	char called[24], calling[24], digits[64];
};

struct report {
	const struct scenario *sc;
	struct call_record *calls;
	size_t n, room;
	char (*reasons)[CALLER_REASON + 64];
	uint32_t reason_call[REPORT_REASONS]; /* index into calls */
	size_t n_reasons;
	/* so far, for the live table too */
	uint64_t offered, answered, good, failed;
	uint64_t digits, prompts, prompt_octets, prompt_differ, partner_octets, partner_differ;
	uint64_t by_fault[CALLER_FAULTS];
	int64_t delay_min, delay_max; /* [samples], -1: none */
};

/** report_init() - Return: 0, -ENOMEM */
int report_init(struct report *r, const struct scenario *sc);
void report_free(struct report *r);

/** report_offered() - a call was offered (by us or to us) */
void report_offered(struct report *r);

/**
 * report_call() - a call has ended
 * @rec: span, numbers and so on; the fields that follow from @res are filled in
 * Return: 0, -ENOMEM: only counted.
 */
int report_call(struct report *r, struct call_record *rec, const struct caller_result *res);

/** report_class_name() - of a record's class */
const char *report_class_name(const struct report *r, unsigned int class);

/* Set-up times of all answered calls [ms]; -1 when there are none. */
struct report_setup {
	int p50, p90, p99, max;
};
void report_setup_times(const struct report *r, struct report_setup *out);

/** report_print() - the table of calls: by class, failures, set-up times, what was heard */
void report_print(const struct report *r, FILE *to);

#endif
