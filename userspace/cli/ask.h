/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Asking the engine or strowgerd, and saying in plain words why it did not work.
 */
#ifndef CLI_ASK_H
#define CLI_ASK_H

#include "cli/conn.h"

#include <stdbool.h>

struct asked {
	const char *program; /* "strowger-engine" */
	const char *path;
	bool is_engine; /* its hello wants a role */
};

/**
 * ask_open() - connect, say hello
 * Return: 0, with the hello's answer in @hello (new reference) unless that is NULL; or
 * CLI_BLIND with the reason said on stderr.
 */
int ask_open(struct conn *c, const struct asked *whom, json_t **hello);

/**
 * ask() - one request; events and snapshots that come meanwhile are passed over
 * @members: object or NULL; reference is taken over
 * @status: see cli_ask_engine()
 * Return: new reference to the answer, or NULL with the reason said on stderr.
 */
json_t *ask(struct conn *c, const struct asked *whom, const char *what, json_t *members,
	    int *status);

/** ask_trouble() - say on stderr why conversation with @whom ended. Return: CLI_BLIND */
int ask_trouble(const struct asked *whom, int err);

#endif
