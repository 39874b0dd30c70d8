/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "appliance/clock.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define SAMPLE_US 125

void clock_real(struct wall_clock *c)
{
	*c = (struct wall_clock){0};
}

int clock_simulated(struct wall_clock *c, const char *start)
{
	struct tm tm = {0};
	char *end;
	long long s;

	end = strptime(start, "%Y-%m-%dT%H:%M:%SZ", &tm);
	if (end && !*end) {
		s = timegm(&tm);
	} else {
		errno = 0;
		s = strtoll(start, &end, 10);
		if (end == start || *end || errno || s < 0 || s > 1LL << 40)
			return -EINVAL;
	}
	*c = (struct wall_clock){.simulated = true, .start_us = s * 1000000};
	return 0;
}

int64_t clock_utc(const struct wall_clock *c, int64_t sample)
{
	struct timespec now;

	if (c->simulated)
		return c->start_us + sample * SAMPLE_US;
	clock_gettime(CLOCK_REALTIME, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static bool listed(char (*dates)[DATE_LEN], size_t n, const struct moment *m)
{
	char date[32];

	snprintf(date, sizeof(date), "%04d-%02d-%02d", m->year, m->month, m->day);
	for (size_t i = 0; i < n; i++)
		if (!strcmp(dates[i], date))
			return true;
	return false;
}

void clock_moment(int64_t utc_us, const struct special_days *days, struct moment *out)
{
	time_t t = (time_t)(utc_us / 1000000);
	struct tm tm;

	localtime_r(&t, &tm);
	*out = (struct moment){.year = (int16_t)(tm.tm_year + 1900),
			       .month = (uint8_t)(tm.tm_mon + 1),
			       .day = (uint8_t)tm.tm_mday,
			       .hour = (uint8_t)tm.tm_hour,
			       .minute = (uint8_t)tm.tm_min,
			       .second = (uint8_t)tm.tm_sec,
			       .weekday = (uint8_t)tm.tm_wday};
	out->holiday = listed(days->holidays, days->n_holidays, out);
	out->workday = (tm.tm_wday >= 1 && tm.tm_wday <= 5 && !out->holiday) ||
		       listed(days->workdays, days->n_workdays, out);
}

const char *clock_date_ok(const char *date)
{
	struct tm tm = {0}, back;
	char *end = strptime(date, "%Y-%m-%d", &tm), text[DATE_LEN + 16];
	time_t t;

	if (!end || *end)
		return "is no date";
	/* A 30th of February becomes a day of March: such a date does not come back. */
	t = timegm(&tm);
	gmtime_r(&t, &back);
	strftime(text, sizeof(text), "%Y-%m-%d", &back);
	return strcmp(text, date) ? "is no date of the calendar" : NULL;
}

const char *clock_zone_ok(const char *zone)
{
	char path[256];

	if (strstr(zone, "..") || zone[0] == '/')
		return "is no name of a time zone";
	snprintf(path, sizeof(path), "/usr/share/zoneinfo/%s", zone);
	return access(path, R_OK) ? "is not in /usr/share/zoneinfo" : NULL;
}

void clock_zone(const char *zone)
{
	setenv("TZ", zone, 1);
	tzset();
}
