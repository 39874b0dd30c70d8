/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/ask.h"
#include "cli/cli.h"

#include <errno.h>
#include <string.h>

int ask_trouble(const struct asked *whom, int err)
{
	const char *hint = "";

	if (err == -ENOENT || err == -ECONNREFUSED)
		hint = whom->is_engine
			       ? ": is it running? If its socket is elsewhere, --engine says so"
			       : ": is it running? If its socket is elsewhere, --daemon says so";
	else if (err == -EACCES || err == -EPERM)
		hint = ": its socket is for root and the group of its file";
	else if (err == -ETIMEDOUT)
		hint = ": it took longer than 5 s";
	else if (err == -EPIPE)
		hint = ": it closed the connection";
	else if (err == -EBADMSG || err == -EPROTO)
		hint = ": what it says is not understood; is this its socket?";
	cli_talk("%s does not answer at %s%s%s%s", whom->program, whom->path, hint,
		 *hint ? "" : ": ", *hint ? "" : strerror(-err));
	return CLI_BLIND;
}

/* {"error":...} and {"bye":...} come before the other side closes. */
static int said_goodbye(const struct asked *whom, const json_t *line)
{
	const char *why = json_string_value(json_object_get(line, "error"));

	if (!why)
		why = json_string_value(json_object_get(line, "bye"));
	if (!why || json_object_get(line, "id"))
		return 0;
	cli_talk("%s at %s does not want to talk: %s", whom->program, whom->path, why);
	return CLI_BLIND;
}

int ask_open(struct conn *c, const struct asked *whom, json_t **hello)
{
	json_t *say = json_pack("{s:{s:[i],s:s}}", "hello", "protocol", 1, "client", "strowger");
	json_t *line = NULL;
	int status = 0, err;

	if (whom->is_engine)
		json_object_set_new(json_object_get(say, "hello"), "role", json_string("observer"));
	err = conn_open(c, whom->path);
	if (err) {
		json_decref(say);
		return ask_trouble(whom, err);
	}
	err = conn_send(c, say);
	/* It may have said why before it closed. */
	if (!err || err == -EPIPE)
		err = conn_read(c, CONN_WAIT_MS, &line);
	if (!err)
		status = said_goodbye(whom, line);
	if (!err && !status && !json_is_object(json_object_get(line, "hello")))
		err = -EPROTO;
	if (err)
		status = ask_trouble(whom, err);
	if (status)
		conn_close(c);
	else if (hello)
		*hello = json_incref(json_object_get(line, "hello"));
	json_decref(line);
	return status;
}

static json_t *take_answer(const struct asked *whom, const char *what, json_t *line, int *status)
{
	const char *error = json_string_value(json_object_get(line, "error"));

	if (json_is_true(json_object_get(line, "ok")))
		return line;
	cli_talk("%s refuses \"%s\": %s", whom->program, what, error ? error : "?");
	*status = CLI_FAULT;
	json_decref(line);
	return NULL;
}

json_t *ask(struct conn *c, const struct asked *whom, const char *what, json_t *members,
	    int *status)
{
	json_t *say = json_pack("{s:i,s:s}", "id", 1, "do", what);
	json_t *line = NULL;
	int err;

	json_object_update_missing(say, members);
	json_decref(members);
	err = conn_send(c, say);
	if (err == -EPIPE)
		err = 0; /* it may have said why before it closed */
	while (!err && !(err = conn_read(c, CONN_WAIT_MS, &line))) {
		if (json_integer_value(json_object_get(line, "id")) == 1)
			return take_answer(whom, what, line, status);
		*status = said_goodbye(whom, line);
		json_decref(line);
		if (*status)
			return NULL;
	}
	*status = ask_trouble(whom, err);
	return NULL;
}

static json_t *ask_once(const struct asked *whom, const char *what, json_t *members, int *status)
{
	struct conn c;
	json_t *answer;

	*status = ask_open(&c, whom, NULL);
	if (*status) {
		json_decref(members);
		return NULL;
	}
	answer = ask(&c, whom, what, members, status);
	conn_close(&c);
	return answer;
}

json_t *cli_ask_engine(const struct cli *cli, const char *what, json_t *members, int *status)
{
	const struct asked engine = {"strowger-engine", cli->engine, true};

	return ask_once(&engine, what, members, status);
}

json_t *cli_ask_daemon(const struct cli *cli, const char *what, json_t *members, int *status)
{
	const struct asked daemon = {"strowgerd", cli->daemon, false};

	return ask_once(&daemon, what, members, status);
}

int cli_do(const struct cli *cli, const char *what, json_t *members, const char *done)
{
	int status;
	json_t *answer = cli_ask_engine(cli, what, members, &status);

	if (answer && cli->json)
		cli_json(cli, answer);
	else if (answer)
		fprintf(cli->out, "%s\n", done);
	json_decref(answer);
	return status;
}
