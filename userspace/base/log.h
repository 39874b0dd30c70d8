/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Log lines for people, one a line on stderr:
 *
 *	<sample or UTC time> <level> <path to the object>: <what happened>
 *
 * The path names where it happened ("span E1-1 ts 5", "leg 17"). Shells only:
 * core/ returns events and never logs, and no media thread calls this.
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include <stdarg.h>

enum log_level { LOG_DEBUG_, LOG_INFO_, LOG_WARN_, LOG_ERROR_ };

/**
 * log_set_level() - least severe level that is printed (default: LOG_INFO_)
 */
void log_set_level(enum log_level level);

/**
 * log_line() - print one line
 * @path: the object, for instance "span E1-1"; never NULL
 * @fmt: printf format without a newline; control characters in the result are
 *       printed as '?', lines are cut at 1000 characters
 *
 * Context: any thread that may wait.
 */
void log_line(enum log_level level, const char *path, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

#define log_debug(path, ...) log_line(LOG_DEBUG_, path, __VA_ARGS__)
#define log_info(path, ...)  log_line(LOG_INFO_, path, __VA_ARGS__)
#define log_warn(path, ...)  log_line(LOG_WARN_, path, __VA_ARGS__)
#define log_error(path, ...) log_line(LOG_ERROR_, path, __VA_ARGS__)

#endif
