/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A blocking conversation in JSON lines with the engine or strowgerd: what a
 * command that asks one thing needs.
 */
#ifndef CLI_CONN_H
#define CLI_CONN_H

#include <jansson.h>
#include <stddef.h>

#define CONN_LINE_MAX (4 << 20) /* longest line taken [octets] */
#define CONN_WAIT_MS  5000

struct conn {
	int fd;
	char *in;
	size_t start, end, cap;
};

/** conn_open() - connect. Return: 0 or negative errno, -ETIMEDOUT after CONN_WAIT_MS */
int conn_open(struct conn *c, const char *path);
void conn_close(struct conn *c);
/** conn_send() - one line; reference to @object is taken over. Return: 0 or negative errno */
int conn_send(struct conn *c, json_t *object);
/**
 * conn_read() - the next line
 * @wait_ms: -1 for ever
 * Return: 0; -ETIMEDOUT; -EPIPE closed; -EMSGSIZE line too long; -EBADMSG no JSON object; other
 * negative errno. @line is a new reference, written on 0 only.
 */
int conn_read(struct conn *c, int wait_ms, json_t **line);

#endif
