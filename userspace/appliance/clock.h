/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The one wall clock of the daemon. It stamps records and answers what the time of
 * day is; everything else is counted in samples.
 *
 * A simulation gives it a start: it then advances with the engine's samples and with
 * nothing else, so that the same calls are told the same time in every run.
 */
#ifndef APPLIANCE_CLOCK_H
#define APPLIANCE_CLOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/contact/moment.h"

#define DATE_LEN 11 /* "2026-10-01" with its 0 */

struct wall_clock {
	bool simulated;
	int64_t start_us; /* simulated: UTC of sample 0 [µs since 1970] */
};

/* Days that are not what their weekday says. */
struct special_days {
	char (*holidays)[DATE_LEN];
	size_t n_holidays;
	char (*workdays)[DATE_LEN]; /* working days moved to a weekend */
	size_t n_workdays;
};

/** clock_real() - the machine's clock */
void clock_real(struct wall_clock *c);

/** clock_simulated() - @start "2026-11-22T13:00:00Z", or seconds since 1970. Return: 0, -EINVAL */
int clock_simulated(struct wall_clock *c, const char *start);

/** clock_utc() - UTC at @sample [µs since 1970]; a real clock says what it is now */
int64_t clock_utc(const struct wall_clock *c, int64_t sample);

/** clock_moment() - @utc_us on the wall of the process's time zone (TZ) */
void clock_moment(int64_t utc_us, const struct special_days *days, struct moment *out);

/** clock_date_ok() - NULL, or what is wrong with a "2026-10-01" */
const char *clock_date_ok(const char *date);

/** clock_zone_ok() - NULL, or what is wrong with the name of a time zone */
const char *clock_zone_ok(const char *zone);

/** clock_zone() - the process's time zone from now on */
void clock_zone(const char *zone);

#endif
