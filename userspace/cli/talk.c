/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/cli.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

void cli_talk(const char *fmt, ...)
{
	va_list ap;

	fputs("strowger: ", stderr);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
}

void cli_json(const struct cli *cli, const json_t *value)
{
	size_t flags = JSON_ENCODE_ANY | JSON_REAL_PRECISION(16);
	char *text = json_dumps(value, flags | (cli->terminal ? JSON_INDENT(2) : JSON_COMPACT));

	fprintf(cli->out, "%s\n", text ? text : "null");
	free(text);
}

int cli_channel(const char *text)
{
	char *end;
	long n = strtol(text, &end, 10);

	if (*text && !*end && n >= 1 && n <= 31)
		return (int)n;
	cli_talk("\"%s\" is not a channel: a timeslot from 1 to 31", text);
	return -1;
}

int cli_on_off(const char *text)
{
	if (!strcmp(text, "on"))
		return 1;
	if (!strcmp(text, "off"))
		return 0;
	cli_talk("\"%s\" is neither \"on\" nor \"off\"", text);
	return -1;
}
