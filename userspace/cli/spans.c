/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * strowger spans: the state of each E1.
 */
#include "cli/cli.h"
#include "cli/show.h"
#include "cli/table.h"

#include <string.h>

static bool in_alarm(const json_t *span)
{
	return json_array_size(json_object_get(span, "alarms")) > 0;
}

static void add_count(struct table *t, long long n)
{
	table_add(t, n ? TABLE_BAD : TABLE_PLAIN, "%lld", n);
}

static void add_span(struct table *t, const json_t *span)
{
	const json_t *near = json_object_get(span, "near"), *far = json_object_get(span, "far");
	const json_t *line = json_object_get(span, "line");
	const json_t *perf = json_object_get(json_object_get(span, "performance"), "near");
	const json_t *quarter = json_object_get(perf, "quarter");
	const char *state = show_text(span, "state"), *dchannel = show_text(span, "dchannel");
	bool alarm = in_alarm(span);
	char alarms[128];

	table_add(t, TABLE_PLAIN, "%s", show_text(span, "span"));
	table_add(t, strcmp(state, "in-service") ? TABLE_BAD : TABLE_GOOD, "%s", state);
	table_add(t, alarm ? TABLE_BAD : TABLE_PLAIN, "%s",
		  show_list(span, "alarms", ",", alarms, sizeof(alarms)));
	table_add(t, strcmp(dchannel, "down") ? TABLE_PLAIN : TABLE_BAD, "%s", dchannel);
	table_add(t, TABLE_PLAIN, "%s", show_text(span, "signalling"));
	table_add(t, TABLE_PLAIN, "%lld/%lld", show_int(span, "in_use"),
		  show_int(span, "channels"));
	add_count(t, show_int(near, "fas_errors"));
	add_count(t, show_int(near, "crc4_errors"));
	add_count(t, show_int(far, "ebits"));
	add_count(t, show_int(line, "slips"));
	add_count(t, show_int(line, "lost"));
	add_count(t, show_int(line, "lost_tx"));
	add_count(t, show_int(quarter, "es"));
	add_count(t, show_int(quarter, "ses"));
	add_count(t, show_int(quarter, "uas"));
}

/* Which card it is on, or why there is none and what to do. */
static void print_device(const struct cli *cli, const json_t *span)
{
	if (json_string_length(json_object_get(span, "device")))
		fprintf(cli->out, "%s: %s\n", show_text(span, "span"), show_text(span, "device"));
}

static int judge(const json_t *spans)
{
	const json_t *span;
	size_t i;

	json_array_foreach(spans, i, span)
	{
		if (in_alarm(span))
			return CLI_FAULT;
	}
	return CLI_GOOD;
}

int spans_print(const struct cli *cli, const json_t *spans)
{
	const json_t *span;
	struct table t;
	size_t i;

	if (cli->json) {
		cli_json(cli, spans);
		return judge(spans);
	}
	table_init(&t, "span|state|alarms|d-channel|signalling|>in use|>fas|>crc-4|>e-bit|>slips|"
		       ">lost|>unsent|>es|>ses|>uas");
	json_array_foreach(spans, i, span) add_span(&t, span);
	table_print(&t, cli->out, cli->terminal);
	json_array_foreach(spans, i, span) print_device(cli, span);
	return judge(spans);
}

int cmd_spans(struct cli *cli, int argc, char **argv)
{
	json_t *answer;
	int status;

	if (argc != 1)
		return cli_usage(argv[0]);
	answer = cli_ask_engine(cli, "spans", NULL, &status);
	if (answer)
		status = spans_print(cli, json_object_get(answer, "spans"));
	json_decref(answer);
	return status;
}
