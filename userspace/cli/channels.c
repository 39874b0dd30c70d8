/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * strowger channels: the timeslots of one span or all.
 */
#include "cli/cli.h"
#include "cli/show.h"
#include "cli/table.h"

#include <string.h>

static void add_number(struct table *t, const json_t *m, const char *name)
{
	const json_t *value = json_object_get(m, name);

	if (json_is_number(value))
		table_add(t, TABLE_PLAIN, "%.0f", json_number_value(value));
	else
		table_add(t, TABLE_PLAIN, "-");
}

static void add_echo(struct table *t, const json_t *echo)
{
	const char *state = echo ? show_text(echo, "state") : "-";

	if (json_is_true(json_object_get(echo, "wrong_law")))
		table_add(t, TABLE_BAD, "wrong law?");
	else if (json_is_true(json_object_get(echo, "beyond_tail")))
		table_add(t, TABLE_BAD, "beyond tail");
	else
		table_add(t, TABLE_PLAIN, "%s", state);
	add_number(t, echo, "erl_db");
	add_number(t, echo, "erle_db");
	add_number(t, echo, "delay_ms");
}

static void add_channel(struct table *t, const json_t *channel)
{
	const json_t *level = json_object_get(channel, "rx_dbm0");
	const char *state = show_text(channel, "state");
	enum table_colour colour = TABLE_PLAIN;

	if (!strcmp(state, "busy"))
		colour = TABLE_GOOD;
	else if (!strcmp(state, "blocked") || !strcmp(state, "down"))
		colour = TABLE_BAD;
	table_add(t, TABLE_PLAIN, "%s", show_text(channel, "span"));
	table_add(t, TABLE_PLAIN, "%lld", show_int(channel, "channel"));
	table_add(t, colour, "%s", state);
	if (json_object_get(channel, "leg"))
		table_add(t, TABLE_PLAIN, "%lld", show_int(channel, "leg"));
	else
		table_add(t, TABLE_PLAIN, "-");
	if (json_is_number(level))
		table_add(t, TABLE_PLAIN, "%.1f", json_number_value(level));
	else
		table_add(t, TABLE_PLAIN, "-");
	add_echo(t, json_object_get(channel, "echo"));
}

void channels_print(const struct cli *cli, const json_t *channels)
{
	const json_t *channel;
	struct table t;
	size_t i;

	if (cli->json) {
		cli_json(cli, channels);
		return;
	}
	table_init(&t, "span|>channel|state|>leg|>rx dBm0|echo|>ERL|>ERLE|>ms");
	json_array_foreach(channels, i, channel) add_channel(&t, channel);
	table_print(&t, cli->out, cli->terminal);
}

int cmd_channels(struct cli *cli, int argc, char **argv)
{
	json_t *members = NULL, *answer;
	int status;

	if (argc > 2)
		return cli_usage(argv[0]);
	if (argc == 2)
		members = json_pack("{s:s}", "span", argv[1]);
	answer = cli_ask_engine(cli, "channels", members, &status);
	if (answer)
		channels_print(cli, json_object_get(answer, "channels"));
	json_decref(answer);
	return status;
}
