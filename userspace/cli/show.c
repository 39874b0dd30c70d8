/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/show.h"

#include <stdio.h>
#include <time.h>

const char *show_text(const json_t *object, const char *name)
{
	const char *text = json_string_value(json_object_get(object, name));

	return text && *text ? text : "-";
}

long long show_int(const json_t *object, const char *name)
{
	return json_integer_value(json_object_get(object, name));
}

const char *show_list(const json_t *object, const char *name, const char *between, char *buf,
		      size_t size)
{
	const json_t *list = json_object_get(object, name), *value;
	size_t i, n = 0;

	snprintf(buf, size, "-");
	json_array_foreach(list, i, value)
	{
		const char *text = json_string_value(value);

		if (text && n < size)
			n += (size_t)snprintf(buf + n, size - n, "%s%s", n ? between : "", text);
	}
	return buf;
}

const char *show_utc(const json_t *object, const char *name, char *buf, size_t size)
{
	const json_t *utc = json_object_get(object, name);
	time_t seconds = (time_t)json_number_value(utc);
	struct tm local;

	if (!json_is_number(utc) || !localtime_r(&seconds, &local) ||
	    !strftime(buf, size, "%Y-%m-%d %H:%M:%S", &local))
		snprintf(buf, size, "-");
	return buf;
}

const char *show_duration(double seconds, char *buf, size_t size)
{
	long long s = seconds > 0 ? (long long)seconds : 0;

	if (s >= 3600)
		snprintf(buf, size, "%lld:%02lld:%02lld", s / 3600, s / 60 % 60, s % 60);
	else
		snprintf(buf, size, "%lld:%02lld", s / 60, s % 60);
	return buf;
}
