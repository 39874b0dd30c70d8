/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * strowger: one command for installers, technicians and administrators.
 *
 * Each subcommand is one file. Data goes to cli->out, talk to stderr; what a
 * subcommand returns is the exit status.
 */
#ifndef CLI_CLI_H
#define CLI_CLI_H

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

enum cli_status {
	CLI_GOOD = 0,
	CLI_FAULT = 1, /* looked, and something is wrong; or the request was refused */
	CLI_BLIND = 2, /* could not look: wrong usage, nobody answers */
};

struct cli {
	const char *engine; /* path of the engine's socket */
	const char *daemon; /* path of strowgerd's socket */
	bool json; /* stable form for scripts */
	int last; /* calls: how many; 0: not said */
	const char *write; /* scan: directory for configurations, or NULL */
	const char *country; /* scan: name of a tone plan, or NULL */
	bool listen, force; /* scan */
	bool terminal; /* out is one: colours, indented JSON */
	FILE *out;
};

/* One subcommand: argv[0] is its name, the rest are no options. */
struct command {
	const char *name, *arguments, *help;
	int (*run)(struct cli *cli, int argc, char **argv);
};

/* ---- what all subcommands use ---- */

/** cli_usage() - say on stderr how the subcommand is called. Return: CLI_BLIND */
int cli_usage(const char *name);
/** cli_talk() - one line to stderr, "strowger: ..." */
void cli_talk(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/** cli_json() - print @value as one line, or indented if out is a terminal; borrowed */
void cli_json(const struct cli *cli, const json_t *value);

/**
 * cli_ask_engine() - one request to the engine, as observer
 * @members: object or NULL; reference is taken over
 * @status: written when the answer is NULL: CLI_FAULT refused, CLI_BLIND nobody answers;
 *          the reason was said on stderr
 * Return: new reference to the answer, or NULL.
 */
json_t *cli_ask_engine(const struct cli *cli, const char *what, json_t *members, int *status);
/** cli_ask_daemon() - the same to strowgerd */
json_t *cli_ask_daemon(const struct cli *cli, const char *what, json_t *members, int *status);

/**
 * cli_do() - one request to the engine that changes something
 * @done: what to say once the engine has confirmed it
 * Return: exit status.
 */
int cli_do(const struct cli *cli, const char *what, json_t *members, const char *done);

/** cli_channel() - read "3" as a timeslot. Return: 1..31, or -1 with the reason on stderr */
int cli_channel(const char *text);
/** cli_on_off() - read "on" or "off". Return: 1, 0, or -1 with the reason on stderr */
int cli_on_off(const char *text);

/* ---- printing: no I/O but on @out, for tests with canned answers ---- */

/** spans_print() - table of "spans". Return: CLI_FAULT if a span is in alarm */
int spans_print(const struct cli *cli, const json_t *spans);
void channels_print(const struct cli *cli, const json_t *channels);
void legs_print(const struct cli *cli, const json_t *legs, json_int_t sample);
void stats_print(const struct cli *cli, const json_t *stats);
void calls_print(const struct cli *cli, const json_t *calls);
void call_print(const struct cli *cli, const json_t *call);
/** event_print() - one event as a line for people */
void event_print(const struct cli *cli, const json_t *event);

/* ---- the subcommands ---- */

int cmd_spans(struct cli *cli, int argc, char **argv);
int cmd_channels(struct cli *cli, int argc, char **argv);
int cmd_legs(struct cli *cli, int argc, char **argv);
int cmd_stats(struct cli *cli, int argc, char **argv);
int cmd_events(struct cli *cli, int argc, char **argv);
int cmd_trace(struct cli *cli, int argc, char **argv);
int cmd_block(struct cli *cli, int argc, char **argv); /* block, unblock, restart */
int cmd_drain(struct cli *cli, int argc, char **argv);
int cmd_calls(struct cli *cli, int argc, char **argv);
int cmd_call(struct cli *cli, int argc, char **argv);
int cmd_boards(struct cli *cli, int argc, char **argv);
int cmd_scan(struct cli *cli, int argc, char **argv);

#endif
