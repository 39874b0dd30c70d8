/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/log.h"

#include <stdatomic.h>
#include <stdio.h>
#include <time.h>

#define LINE_MAX_LEN 1000

static _Atomic int min_level = LOG_INFO_;

static const char *const level_names[] = {"debug", "info", "warning", "error"};

void log_set_level(enum log_level level)
{
	atomic_store_explicit(&min_level, level, memory_order_relaxed);
}

void log_line(enum log_level level, const char *path, const char *fmt, ...)
{
	char text[LINE_MAX_LEN + 1];
	struct timespec now;
	struct tm utc;
	va_list ap;

	if ((int)level < atomic_load_explicit(&min_level, memory_order_relaxed))
		return;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	for (char *c = text; *c; c++) {
		if ((unsigned char)*c < ' ' || *c == 127)
			*c = '?';
	}
	clock_gettime(CLOCK_REALTIME, &now);
	gmtime_r(&now.tv_sec, &utc);
	/* One call: lines of several threads do not mix. */
	fprintf(stderr, "%02d:%02d:%02d.%03ld %s %s: %s\n", utc.tm_hour, utc.tm_min, utc.tm_sec,
		now.tv_nsec / 1000000, level_names[level], path, text);
}
