/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "appliance/flowfile.h"

#include <errno.h>
#include <string.h>

/* Small languages inside a setting: hours and weekdays. */

static int two_digits(const char *s, int max)
{
	int v;

	if (s[0] < '0' || s[0] > '9' || s[1] < '0' || s[1] > '9')
		return -1;
	v = (s[0] - '0') * 10 + s[1] - '0';
	return v <= max ? v : -1;
}

/* "17:30", also "24:00" as an end */
static int minute(const char *s)
{
	int h = two_digits(s, 24), m = s[2] == ':' ? two_digits(s + 3, 59) : -1;

	if (h < 0 || m < 0 || (h == 24 && m))
		return -1;
	return h * 60 + m;
}

int flowfile_hours(const char *text, int16_t *from, int16_t *until)
{
	int a, b;

	if (strlen(text) != 11 || text[5] != '-')
		return -EINVAL;
	a = minute(text);
	b = minute(text + 6);
	if (a < 0 || b < 0 || a == 24 * 60 || a == b)
		return -EINVAL;
	*from = (int16_t)a;
	*until = (int16_t)b;
	return 0;
}

static int weekday(const char *s)
{
	static const char days[] = "sunmontuewedthufrisat";

	for (int i = 0; i < 7; i++)
		if (!strncmp(s, days + 3 * i, 3))
			return i;
	return -1;
}

int flowfile_weekdays(const char *text, uint8_t *mask)
{
	uint8_t got = 0;

	for (;;) {
		int from = weekday(text), until = from;

		if (from < 0)
			return -EINVAL;
		text += 3;
		if (*text == '-') {
			until = weekday(text + 1);
			if (until < 0)
				return -EINVAL;
			text += 4;
		}
		for (int d = from;; d = (d + 1) % 7) {
			got |= (uint8_t)(1u << d);
			if (d == until)
				break;
		}
		if (!*text)
			break;
		if (*text++ != ',')
			return -EINVAL;
	}
	*mask = got;
	return 0;
}
