/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * strowger calls, strowger call: the records of ended calls, from strowgerd.
 */
#include "cli/cli.h"
#include "cli/show.h"
#include "cli/table.h"

#include <stdlib.h>
#include <string.h>

#define LAST_DEFAULT 20

/* Seconds of talking; negative if it was never answered. */
static double talked(const json_t *call)
{
	const json_t *answered = json_object_get(call, "answered_utc");
	const json_t *ended = json_object_get(call, "ended_utc");

	return json_is_number(answered) ? json_number_value(ended) - json_number_value(answered)
					: -1;
}

static void add_call(struct table *t, const json_t *call)
{
	double seconds = talked(call);
	char text[64];

	table_add(t, TABLE_PLAIN, "%s", show_text(call, "call"));
	table_add(t, TABLE_PLAIN, "%s", show_utc(call, "offered_utc", text, sizeof(text)));
	table_add(t, TABLE_PLAIN, "%s", show_text(call, "direction"));
	table_add(t, TABLE_PLAIN, "%s", show_text(call, "calling"));
	table_add(t, TABLE_PLAIN, "%s", show_text(call, "called"));
	table_add(t, TABLE_PLAIN, "%s",
		  seconds < 0 ? "-" : show_duration(seconds, text, sizeof(text)));
	table_add(t, TABLE_PLAIN, "%lld", show_int(call, "cause"));
	table_add(t, TABLE_PLAIN, "%s", show_text(call, "by"));
	table_add(t, TABLE_PLAIN, "%s", show_text(call, "digits"));
	table_add(t, TABLE_PLAIN, "%s", show_text(call, "flow"));
	table_add(t, TABLE_PLAIN, "%s", show_text(call, "outcome"));
}

void calls_print(const struct cli *cli, const json_t *calls)
{
	const json_t *call;
	struct table t;
	size_t i;

	if (cli->json) {
		cli_json(cli, calls);
		return;
	}
	table_init(&t, "call|offered|dir|calling|called|>talked|>cause|by|digits|flow|outcome");
	json_array_foreach(calls, i, call) add_call(&t, call);
	table_print(&t, cli->out, cli->terminal);
}

void call_print(const struct cli *cli, const json_t *call)
{
	const char *name;
	json_t *value;
	struct table t;
	char text[1024], *dump;

	if (cli->json) {
		cli_json(cli, call);
		return;
	}
	table_init(&t, "member|value");
	/* jansson has no const iteration; nothing is changed. */
	json_object_foreach((json_t *)call, name, value)
	{
		size_t len = strlen(name);

		table_add(&t, TABLE_DIM, "%s", name);
		if (len > 4 && !strcmp(name + len - 4, "_utc")) {
			table_add(&t, TABLE_PLAIN, "%s", show_utc(call, name, text, sizeof(text)));
		} else if (json_is_string(value)) {
			table_add(&t, TABLE_PLAIN, "%s", json_string_value(value));
		} else if (json_is_array(value)) {
			table_add(&t, TABLE_PLAIN, "%s",
				  show_list(call, name, " ", text, sizeof(text)));
		} else {
			dump = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);
			table_add(&t, TABLE_PLAIN, "%s", dump ? dump : "?");
			free(dump);
		}
	}
	table_print(&t, cli->out, cli->terminal);
}

/* One answer holds what fits into a line: ask until all are there. */
static json_t *fetch_calls(const struct cli *cli, int last, int *status)
{
	json_t *all = json_array(), *members, *answer, *more, *calls;
	char before[64] = "";

	do {
		members = json_pack("{s:i,s:s*}", "last", last - (int)json_array_size(all),
				    "before", before[0] ? before : NULL);
		answer = cli_ask_daemon(cli, "calls", members, status);
		if (!answer) {
			json_decref(all);
			return NULL;
		}
		calls = json_object_get(answer, "calls");
		more = json_object_get(answer, "more");
		if (!json_array_size(calls) || !json_is_string(more) ||
		    json_string_length(more) >= sizeof(before))
			before[0] = '\0';
		else
			strcpy(before, json_string_value(more));
		json_array_extend(all, calls);
		json_decref(answer);
	} while (before[0] && (int)json_array_size(all) < last);
	return all;
}

int cmd_calls(struct cli *cli, int argc, char **argv)
{
	json_t *calls;
	int status;

	if (argc != 1)
		return cli_usage(argv[0]);
	calls = fetch_calls(cli, cli->last ? cli->last : LAST_DEFAULT, &status);
	if (calls)
		calls_print(cli, calls);
	json_decref(calls);
	return status;
}

int cmd_call(struct cli *cli, int argc, char **argv)
{
	json_t *answer;
	int status;

	if (argc != 2)
		return cli_usage(argv[0]);
	answer = cli_ask_daemon(cli, "call", json_pack("{s:s}", "call", argv[1]), &status);
	if (answer)
		call_print(cli, json_object_get(answer, "call"));
	json_decref(answer);
	return status;
}
