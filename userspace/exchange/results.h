/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Results of a run as JSON, and joining them with the appliance's call records: which digits
 * it understood. Members: docs/exchange.md. Shell: files.
 */
#ifndef EXCHANGE_RESULTS_H
#define EXCHANGE_RESULTS_H

#include <stdio.h>

#include "exchange/office.h"
#include "exchange/pace.h"

/**
 * results_write() - @pace: NULL in lockstep; @real_ms: real time that the run took
 * Return: 0, negative errno of the file.
 */
int results_write(const char *file, const struct office *o, const struct pace *pace,
		  int64_t real_ms);

/** results_spans() - the table of spans, after report_print() */
void results_spans(const struct office *o, FILE *to);

/**
 * results_join() - compare the digits sent with those of the appliance's call records
 * @results: file of results_write(); gets a member "digits_seen" in each call
 * @calls: what `strowger calls --json` prints
 * @to: receives the table
 *
 * Calls are joined by calling number, in the order of time where a number called more than once.
 * Return: calls whose digits differ or that have no record; negative errno.
 */
int results_join(const char *results, const char *calls, FILE *to);

#endif
