/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A moment of local wall-clock time, as a calendar on the wall shows it. The shell
 * makes it from UTC, the site's time zone and its list of holidays.
 */
#ifndef CORE_CONTACT_MOMENT_H
#define CORE_CONTACT_MOMENT_H

#include <stdbool.h>
#include <stdint.h>

struct moment {
	int16_t year; /* 1970.. */
	uint8_t month; /* 1..12 */
	uint8_t day; /* 1..31 */
	uint8_t hour; /* 0..23 */
	uint8_t minute; /* 0..59 */
	uint8_t second; /* 0..60 */
	uint8_t weekday; /* 0 Sunday .. 6 Saturday */
	bool holiday; /* in the site's list of holidays */
	bool workday; /* Monday to Friday and no holiday, or in the list of moved working days */
};

#endif
