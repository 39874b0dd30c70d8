/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * strowger legs: who is on the line now.
 */
#include "cli/ask.h"
#include "cli/cli.h"
#include "cli/show.h"
#include "cli/table.h"

#include <string.h>

static void add_leg(struct table *t, const json_t *leg, json_int_t sample)
{
	const json_t *ops = json_object_get(leg, "ops"), *op;
	const char *state = show_text(leg, "state");
	char age[32], doing[64] = "-";
	size_t i, n = 0;

	json_array_foreach(ops, i, op)
	{
		if (n < sizeof(doing))
			n += (size_t)snprintf(doing + n, sizeof(doing) - n, "%s%s", n ? "," : "",
					      show_text(op, "kind"));
	}
	table_add(t, TABLE_PLAIN, "%lld", show_int(leg, "leg"));
	table_add(t, TABLE_PLAIN, "%s", show_text(leg, "direction"));
	table_add(t, strcmp(state, "answered") ? TABLE_PLAIN : TABLE_GOOD, "%s", state);
	table_add(t, TABLE_PLAIN, "%s/%lld", show_text(leg, "span"), show_int(leg, "channel"));
	table_add(t, TABLE_PLAIN, "%s", show_text(leg, "calling"));
	table_add(t, TABLE_PLAIN, "%s", show_text(leg, "called"));
	table_add(t, TABLE_PLAIN, "%s", show_text(leg, "name"));
	table_add(t, TABLE_PLAIN, "%s",
		  show_duration((double)(sample - show_int(leg, "offered_sample")) / 8000, age,
				sizeof(age)));
	if (json_object_get(leg, "bridge"))
		table_add(t, TABLE_PLAIN, "%lld", show_int(leg, "bridge"));
	else
		table_add(t, TABLE_PLAIN, "-");
	table_add(t, TABLE_PLAIN, "%s", doing);
}

void legs_print(const struct cli *cli, const json_t *legs, json_int_t sample)
{
	const json_t *leg;
	struct table t;
	size_t i;

	if (cli->json) {
		cli_json(cli, legs);
		return;
	}
	table_init(&t, ">leg|dir|state|channel|calling|called|name|>since|>bridge|doing");
	json_array_foreach(legs, i, leg) add_leg(&t, leg, sample);
	table_print(&t, cli->out, cli->terminal);
}

int cmd_legs(struct cli *cli, int argc, char **argv)
{
	const struct asked engine = {"strowger-engine", cli->engine, true};
	json_t *hello = NULL, *answer;
	struct conn c;
	int status;

	if (argc != 1)
		return cli_usage(argv[0]);
	status = ask_open(&c, &engine, &hello); /* the hello says what time it is */
	if (status)
		return status;
	answer = ask(&c, &engine, "legs", NULL, &status);
	if (answer)
		legs_print(cli, json_object_get(answer, "legs"), show_int(hello, "sample"));
	json_decref(answer);
	json_decref(hello);
	conn_close(&c);
	return status;
}
