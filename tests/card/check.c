/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "check.h"

#include <stdarg.h>
#include <stdio.h>

const char *const check_names[CHECKS] = {
	[CHECK_UNWRITTEN] = "unwritten",
	[CHECK_READ] = "read",
	[CHECK_WRITE] = "write",
	[CHECK_UNKNOWN] = "unknown",
	[CHECK_RESET] = "reset",
	[CHECK_ORDER] = "order",
	[CHECK_DMA] = "dma",
	[CHECK_SETUP] = "setup",
	[CHECK_PLD] = "pld",
};

void check_fail(struct checks *c, enum check kind, const char *fmt, ...)
{
	char *text = c->text[c->total % CHECK_KEPT];
	int n = snprintf(text, CHECK_TEXT, "%s: ", check_names[kind]);
	va_list args;

	va_start(args, fmt);
	vsnprintf(text + n, CHECK_TEXT - (size_t)n, fmt, args);
	va_end(args);
	c->n[kind]++;
	c->total++;
}
