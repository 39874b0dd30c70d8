/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * strowger trace: the D-channel of a span into files.
 */
#include "cli/cli.h"

int cmd_trace(struct cli *cli, int argc, char **argv)
{
	json_t *members;
	char done[256];
	int on;

	if (argc < 3 || argc > 4)
		return cli_usage(argv[0]);
	on = cli_on_off(argv[2]);
	if (on < 0)
		return CLI_BLIND;
	members = json_pack("{s:s,s:b,s:s*}", "span", argv[1], "on", on, "file",
			    argc == 4 ? argv[3] : NULL);
	snprintf(done, sizeof(done), "D-channel trace of %s is %s%s%s", argv[1], on ? "on" : "off",
		 on ? ", into .pcap and .txt of " : "", on ? argv[argc == 4 ? 3 : 1] : "");
	return cli_do(cli, "trace", members, done);
}
