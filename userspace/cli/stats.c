/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * strowger stats: the engine's counters, whatever they are called.
 */
#include "cli/cli.h"
#include "cli/table.h"

#include <stdlib.h>
#include <string.h>

static void add_values(struct table *t, const char *path, const json_t *value)
{
	const char *name;
	char longer[256];
	json_t *member;
	char *text;

	if (json_is_object(value)) {
		/* jansson has no const iteration; nothing is changed. */
		json_object_foreach((json_t *)value, name, member)
		{
			snprintf(longer, sizeof(longer), "%s%s%s", path, *path ? "." : "", name);
			add_values(t, longer, member);
		}
		return;
	}
	table_add(t, TABLE_PLAIN, "%s", path);
	text = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY | JSON_REAL_PRECISION(6));
	table_add(t, TABLE_PLAIN, "%s", json_is_string(value) ? json_string_value(value) : text);
	free(text);
}

void stats_print(const struct cli *cli, const json_t *stats)
{
	struct table t;

	if (cli->json) {
		cli_json(cli, stats);
		return;
	}
	table_init(&t, "counter|value");
	add_values(&t, "", stats);
	table_print(&t, cli->out, cli->terminal);
}

int cmd_stats(struct cli *cli, int argc, char **argv)
{
	json_t *answer;
	int status;

	if (argc != 1)
		return cli_usage(argv[0]);
	answer = cli_ask_engine(cli, "stats", NULL, &status);
	if (!answer)
		return status;
	json_object_del(answer, "id");
	json_object_del(answer, "ok");
	stats_print(cli, answer);
	json_decref(answer);
	return status;
}
