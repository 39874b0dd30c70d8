/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * strowger events: what the engine tells, as it happens, until interrupted.
 */
#include "cli/ask.h"
#include "cli/cli.h"
#include "cli/show.h"

#include <stdlib.h>
#include <string.h>

static bool is_head(const char *name)
{
	return !strcmp(name, "event") || !strcmp(name, "sample") || !strcmp(name, "type") ||
	       !strcmp(name, "leg");
}

/* Texts come from the line: a calling name must not drive the terminal. */
static void put_clean(FILE *out, const char *text)
{
	for (; *text; text++)
		fputc((unsigned char)*text < ' ' || *text == 127 ? '?' : *text, out);
}

void event_print(const struct cli *cli, const json_t *event)
{
	const char *name, *type = show_text(event, "type");
	long long sample = show_int(event, "sample");
	bool bold = cli->terminal && (!strcmp(type, "leg.ended") || !strcmp(type, "span.state"));
	json_t *value;
	char *text;

	fprintf(cli->out, "%lld.%03lld  %s%s%s", sample / 8000, sample % 8000 / 8,
		bold ? "\033[1m" : "", type, bold ? "\033[0m" : "");
	if (json_object_get(event, "leg"))
		fprintf(cli->out, " leg %lld", show_int(event, "leg"));
	/* jansson has no const iteration; nothing is changed. */
	json_object_foreach((json_t *)event, name, value)
	{
		if (is_head(name) || (json_is_string(value) && !json_string_length(value)))
			continue;
		fprintf(cli->out, " %s=", name);
		text = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY | JSON_REAL_PRECISION(16));
		put_clean(cli->out, json_is_string(value) ? json_string_value(value) : text);
		free(text);
	}
	fputc('\n', cli->out);
}

static int follow(const struct cli *cli, struct conn *c, const struct asked *engine)
{
	const char *why;
	json_t *line;
	int err;

	while (!(err = conn_read(c, -1, &line))) {
		why = json_string_value(json_object_get(line, "error"));
		if (why)
			cli_talk("%s ends it: %s", engine->program, why);
		else if (json_object_get(line, "event") && cli->json)
			cli_json(cli, line);
		else if (json_object_get(line, "event"))
			event_print(cli, line);
		json_decref(line);
		if (fflush(cli->out))
			return CLI_GOOD; /* whoever read it has enough */
	}
	return ask_trouble(engine, err);
}

int cmd_events(struct cli *cli, int argc, char **argv)
{
	const struct asked engine = {"strowger-engine", cli->engine, true};
	json_t *answer;
	struct conn c;
	int status;

	if (argc != 1)
		return cli_usage(argv[0]);
	status = ask_open(&c, &engine, NULL);
	if (status)
		return status;
	answer = ask(&c, &engine, "events", json_pack("{s:b}", "on", 1), &status);
	if (answer)
		status = follow(cli, &c, &engine);
	json_decref(answer);
	conn_close(&c);
	return status;
}
