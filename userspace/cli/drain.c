/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * strowger drain: no new calls, for an upgrade.
 */
#include "cli/cli.h"

int cmd_drain(struct cli *cli, int argc, char **argv)
{
	int on;

	if (argc != 2)
		return cli_usage(argv[0]);
	on = cli_on_off(argv[1]);
	if (on < 0)
		return CLI_BLIND;
	return cli_do(cli, "drain", json_pack("{s:b}", "on", on),
		      on ? "no new calls from now on; event \"drained\" when the last has ended"
			 : "new calls are taken again");
}
