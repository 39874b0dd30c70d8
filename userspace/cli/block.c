/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * strowger block, unblock, restart: one channel or a whole span.
 */
#include "cli/cli.h"

int cmd_block(struct cli *cli, int argc, char **argv)
{
	json_t *members;
	char done[128];
	int channel = 0;

	if (argc < 2 || argc > 3)
		return cli_usage(argv[0]);
	if (argc == 3 && (channel = cli_channel(argv[2])) < 0)
		return CLI_BLIND;
	members = json_pack("{s:s}", "span", argv[1]);
	if (channel)
		json_object_set_new(members, "channel", json_integer(channel));
	if (channel)
		snprintf(done, sizeof(done), "%s %s channel %d: done", argv[0], argv[1], channel);
	else
		snprintf(done, sizeof(done), "%s %s: done", argv[0], argv[1]);
	return cli_do(cli, argv[0], members, done);
}
