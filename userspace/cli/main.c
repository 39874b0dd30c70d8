/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/cli.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ENGINE_SOCKET "/run/strowger/engine.sock"
#define DAEMON_SOCKET "/run/strowger/strowgerd.sock"
#define LAST_MAX      1000

static const struct command commands[] = {
	{"scan", "[--listen] [--write DIR]", "cards and lines found, what is wrong and what to do",
	 cmd_scan},
	{"boards", "", "the cards that there is a driver for", cmd_boards},
	{"spans", "", "state, alarms and errors of each E1; exit status 1 if one is in alarm",
	 cmd_spans},
	{"channels", "[SPAN]", "each timeslot: idle, busy, blocked, down; level received",
	 cmd_channels},
	{"legs", "", "who is on the line now", cmd_legs},
	{"calls", "[--last N]", "records of the last ended calls (20)", cmd_calls},
	{"call", "ID", "one call record", cmd_call},
	{"events", "", "what happens in the engine, live", cmd_events},
	{"stats", "", "counters of the engine", cmd_stats},
	{"trace", "SPAN on|off [FILE]", "D-channel trace into FILE.pcap and FILE.txt", cmd_trace},
	{"block", "SPAN [CHANNEL]", "take out of service for new calls", cmd_block},
	{"unblock", "SPAN [CHANNEL]", "put back into service", cmd_block},
	{"restart", "SPAN [CHANNEL]", "send RESTART to the far end", cmd_block},
	{"drain", "on|off", "take no new calls, for an upgrade", cmd_drain},
};

static void print_help(FILE *out)
{
	fprintf(out, "usage: strowger [--json] [--engine SOCKET] [--daemon SOCKET] COMMAND\n\n");
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		fprintf(out, "  %-8s %-24s %s\n", commands[i].name, commands[i].arguments,
			commands[i].help);
	fprintf(out,
		"\nscan --listen tries each free line for up to 15 s: CRC-4, D-channel, the far "
		"end's side.\n"
		"     --write DIR listens, and writes DIR/strowger/engine.conf and "
		"DIR/dahdi/system.conf\n"
		"          [--country CN]; what is there already is left alone, but with --force.\n"
		"\nSockets: STROWGER_ENGINE or %s,\n"
		"         STROWGER_DAEMON or %s.\n"
		"Exit status: 0 good, 1 fault found or refused, 2 could not look.\n",
		ENGINE_SOCKET, DAEMON_SOCKET);
}

static const struct command *find_command(const char *name)
{
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		if (!strcmp(commands[i].name, name))
			return &commands[i];
	}
	return NULL;
}

int cli_usage(const char *name)
{
	const char *arguments = find_command(name)->arguments;

	cli_talk("usage: strowger %s%s%s", name, *arguments ? " " : "", arguments);
	return CLI_BLIND;
}

static const char *setting(const char *variable, const char *otherwise)
{
	const char *value = getenv(variable);

	return value && *value ? value : otherwise;
}

static const struct option options[] = {
	{"json", no_argument, NULL, 'j'},         {"engine", required_argument, NULL, 'e'},
	{"daemon", required_argument, NULL, 'd'}, {"last", required_argument, NULL, 'n'},
	{"listen", no_argument, NULL, 'l'},       {"write", required_argument, NULL, 'w'},
	{"force", no_argument, NULL, 'f'},        {"country", required_argument, NULL, 'c'},
	{"help", no_argument, NULL, 'h'},         {0},
};

static int read_last(const char *text)
{
	char *end;
	long n = strtol(text, &end, 10);

	if (*text && !*end && n >= 1 && n <= LAST_MAX)
		return (int)n;
	cli_talk("--last wants a number from 1 to %d, not \"%s\"", LAST_MAX, text);
	return -1;
}

/* Wherever they stand. Return: where in argv the command is, or -1. */
static int read_options(struct cli *cli, int argc, char **argv)
{
	int c;

	while ((c = getopt_long(argc, argv, "je:d:n:h", options, NULL)) != -1) {
		switch (c) {
		case 'j': cli->json = true; break;
		case 'e': cli->engine = optarg; break;
		case 'd': cli->daemon = optarg; break;
		case 'n':
			cli->last = read_last(optarg);
			if (cli->last < 0)
				return -1;
			break;
		case 'l': cli->listen = true; break;
		case 'w': cli->write = optarg; break;
		case 'f': cli->force = true; break;
		case 'c': cli->country = optarg; break;
		case 'h': print_help(stdout); exit(CLI_GOOD);
		default: cli_talk("strowger --help lists options and commands"); return -1;
		}
	}
	return optind;
}

int main(int argc, char **argv)
{
	struct cli cli = {
		.engine = setting("STROWGER_ENGINE", ENGINE_SOCKET),
		.daemon = setting("STROWGER_DAEMON", DAEMON_SOCKET),
		.terminal = isatty(STDOUT_FILENO),
		.out = stdout,
	};
	const struct command *command;
	int at = read_options(&cli, argc, argv), status;

	if (at < 0)
		return CLI_BLIND;
	if (at == argc) {
		print_help(stderr);
		return CLI_BLIND;
	}
	command = find_command(argv[at]);
	if (!command) {
		cli_talk("no command \"%s\"; strowger --help lists them", argv[at]);
		return CLI_BLIND;
	}
	if ((cli.last && command->run != cmd_calls) ||
	    ((cli.listen || cli.write || cli.force || cli.country) && command->run != cmd_scan))
		return cli_usage(command->name);
	status = command->run(&cli, argc - at, argv + at);
	if (fflush(stdout) && status == CLI_GOOD) {
		cli_talk("cannot write to standard output");
		status = CLI_BLIND;
	}
	return status;
}
