/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How strowger asks, and what it says when it gets no answer: against a child
 * process that plays engine or daemon by a script.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

/* The command's parts are in no library: its program is all of them. */
#include "cli/ask.c"
#include "cli/block.c"
#include "cli/calls.c"
#include "cli/conn.c"
#include "cli/drain.c"
#include "cli/show.c"
#include "cli/table.c"
#include "cli/talk.c"
#include "cli/trace.c"

#include <sys/stat.h>
#include <sys/wait.h>

#define HELLO "{\"hello\":{\"protocol\":1,\"instance\":\"i\",\"sample\":8000}}\n"

int cli_usage(const char *name)
{
	(void)name;
	return CLI_BLIND;
}

static char dir[] = "/tmp/strowger-ask-XXXXXX";
static char path[64];
static struct cli cli;
static char *said, *printed;
static size_t said_len, printed_len;
static FILE *real_stderr;
static pid_t child;

/* Each line that comes is answered with the next text; NULL ends the connection. */
static void serve(int server, const char *const *script)
{
	int fd = accept(server, NULL, NULL);
	char line[4096];
	FILE *in = fdopen(fd, "r");

	for (; *script && fgets(line, sizeof(line), in); script++) {
		if (write(fd, *script, strlen(*script)) < 0)
			_exit(1);
	}
	/* What is left unread must not turn into a reset. */
	shutdown(fd, SHUT_WR);
	while (fgets(line, sizeof(line), in))
		;
	_exit(0);
}

/* Connections are served one after the other, each with its own script. */
static void begin(const char *const *const *scripts)
{
	struct sockaddr_un at = {.sun_family = AF_UNIX};
	int server = socket(AF_UNIX, SOCK_STREAM, 0), status;

	snprintf(at.sun_path, sizeof(at.sun_path), "%s", path);
	assert_int_equal(bind(server, (struct sockaddr *)&at, sizeof(at)), 0);
	assert_int_equal(listen(server, 4), 0);
	child = fork();
	if (!child) {
		alarm(300);
		for (; *scripts; scripts++) {
			if (!fork())
				serve(server, *scripts);
			wait(&status);
		}
		_exit(0);
	}
	close(server);
}

static void listen_to_words(void)
{
	cli = (struct cli){.engine = path, .daemon = path};
	real_stderr = stderr;
	stderr = open_memstream(&said, &said_len);
	cli.out = open_memstream(&printed, &printed_len);
}

static void expect_words(const char *to_stderr, const char *to_stdout)
{
	fclose(stderr);
	stderr = real_stderr;
	fclose(cli.out);
	if (!strstr(said, to_stderr))
		fail_msg("said: %s", said);
	assert_string_equal(printed, to_stdout);
	free(said);
	free(printed);
	if (child)
		waitpid(child, NULL, 0);
	child = 0;
	unlink(path);
}

static void answered(void **state)
{
	const char *const script[] = {
		HELLO "{\"snapshot\":{}}\n{\"event\":1,\"type\":\"x\"}\n",
		"{\"event\":2,\"type\":\"x\"}\n{\"id\":1,\"ok\":true,\"legs\":[5]}\n", NULL};
	json_t *answer;
	int status;

	(void)state;
	begin((const char *const *const[]){script, NULL});
	listen_to_words();
	answer = cli_ask_engine(&cli, "legs", json_pack("{s:i}", "a", 1), &status);
	assert_non_null(answer);
	assert_int_equal(status, CLI_GOOD);
	assert_int_equal(json_array_size(json_object_get(answer, "legs")), 1);
	json_decref(answer);
	expect_words("", "");
}

static void long_answer(void **state)
{
	static char line[1 << 20];
	const char *const script[] = {HELLO, line, NULL};
	int n = snprintf(line, sizeof(line), "{\"id\":1,\"ok\":true,\"x\":\"");
	json_t *answer;
	int status;

	(void)state;
	memset(line + n, 'x', sizeof(line) - (size_t)n - 4);
	strcpy(line + sizeof(line) - 4, "\"}\n");
	begin((const char *const *const[]){script, NULL});
	listen_to_words();
	answer = cli_ask_engine(&cli, "legs", NULL, &status);
	assert_int_equal(json_string_length(json_object_get(answer, "x")),
			 sizeof(line) - (size_t)n - 4);
	json_decref(answer);
	expect_words("", "");
}

static void refused(void **state)
{
	const char *const script[] = {
		HELLO, "{\"id\":1,\"ok\":false,\"code\":\"no-span\",\"error\":\"no span x\"}\n",
		NULL};
	int status;

	(void)state;
	begin((const char *const *const[]){script, NULL});
	listen_to_words();
	assert_null(cli_ask_engine(&cli, "channels", NULL, &status));
	assert_int_equal(status, CLI_FAULT);
	expect_words("strowger: strowger-engine refuses \"channels\": no span x\n", "");
}

static void nobody_there(void **state)
{
	int status;

	(void)state;
	listen_to_words();
	assert_null(cli_ask_engine(&cli, "legs", json_object(), &status));
	assert_int_equal(status, CLI_BLIND);
	expect_words("strowger-engine does not answer at /tmp/strowger-ask-", "");
	listen_to_words();
	assert_null(cli_ask_daemon(&cli, "calls", NULL, &status));
	assert_int_equal(status, CLI_BLIND);
	expect_words(": is it running? If its socket is elsewhere, --daemon says so\n", "");
}

static void unwilling(void **state)
{
	static const struct {
		const char *const script[3];
		const char *words;
	} cases[] = {
		{{"{\"error\":\"protocol: this engine speaks 2\"}\n"},
		 "does not want to talk: protocol: this engine speaks 2"},
		{{"220 mail.example.org ESMTP\n"}, "is not understood"},
		{{"{}\n"}, "is not understood"},
		{{NULL}, "closed the connection"},
		{{HELLO}, "closed the connection"},
		{{HELLO, "{\"id\":1,"}, "closed the connection"},
		{{HELLO, "{\"error\":\"limit\"}\n"}, "does not want to talk: limit"},
	};
	int status;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		begin((const char *const *const[]){cases[i].script, NULL});
		listen_to_words();
		assert_null(cli_ask_engine(&cli, "legs", NULL, &status));
		assert_int_equal(status, CLI_BLIND);
		expect_words(cases[i].words, "");
	}
}

static void changes_are_confirmed(void **state)
{
	const char *const good[] = {HELLO, "{\"id\":1,\"ok\":true}\n", NULL};
	const char *const bad[] = {HELLO, "{\"id\":1,\"ok\":false,\"error\":\"not now\"}\n", NULL};
	char *block[] = {"block", "E1-1", "3", NULL}, *drain[] = {"drain", "on", NULL};
	char *trace[] = {"trace", "E1-1", "on", "t", NULL}, *wrong[] = {"drain", "yes", NULL};

	(void)state;
	begin((const char *const *const[]){good, bad, good, NULL});
	listen_to_words();
	assert_int_equal(cmd_block(&cli, 3, block), CLI_GOOD);
	assert_int_equal(cmd_drain(&cli, 2, drain), CLI_FAULT);
	assert_int_equal(cmd_trace(&cli, 4, trace), CLI_GOOD);
	assert_int_equal(cmd_drain(&cli, 2, wrong), CLI_BLIND);
	assert_int_equal(cmd_drain(&cli, 1, drain), CLI_BLIND);
	expect_words("not now", "block E1-1 channel 3: done\n"
				"D-channel trace of E1-1 is on, into .pcap and .txt of t\n");
}

/* An answer holds what fits into a line; the rest is fetched with its "more". */
static void calls_in_several_answers(void **state)
{
	const char *const first[] = {
		HELLO,
		"{\"id\":1,\"ok\":true,\"calls\":[{\"call\":\"1-9\"},{\"call\":\"1-8\"}],"
		"\"more\":\"1-8\"}\n",
		NULL};
	const char *const second[] = {
		HELLO, "{\"id\":1,\"ok\":true,\"calls\":[{\"call\":\"1-7\"}],\"more\":\"1-7\"}\n",
		NULL};
	const char *const last[] = {HELLO, "{\"id\":1,\"ok\":true,\"calls\":[],\"more\":\"1-7\"}\n",
				    NULL};
	char *argv[] = {"calls", NULL};

	(void)state;
	begin((const char *const *const[]){first, second, NULL});
	listen_to_words();
	cli.json = true;
	cli.last = 3;
	assert_int_equal(cmd_calls(&cli, 1, argv), CLI_GOOD);
	expect_words("", "[{\"call\":\"1-9\"},{\"call\":\"1-8\"},{\"call\":\"1-7\"}]\n");
	begin((const char *const *const[]){first, last, NULL}); /* more, but there is none: end */
	listen_to_words();
	cli.json = true;
	assert_int_equal(cmd_calls(&cli, 1, argv), CLI_GOOD);
	expect_words("", "[{\"call\":\"1-9\"},{\"call\":\"1-8\"}]\n");
}

static void reading(void **state)
{
	int pair[2], sndbuf = 8 << 20;
	struct conn c;
	json_t *line;

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	setsockopt(pair[1], SOL_SOCKET, SO_SNDBUF, &sndbuf, sizeof(sndbuf));
	c = (struct conn){.fd = pair[0]};
	assert_int_equal(conn_read(&c, 1, &line), -ETIMEDOUT);
	assert_int_equal(write(pair[1], "{\"a\":1}\n{\"b\"", 12), 12);
	assert_int_equal(conn_read(&c, 0, &line), 0);
	assert_int_equal(json_integer_value(json_object_get(line, "a")), 1);
	json_decref(line);
	assert_int_equal(conn_read(&c, 1, &line), -ETIMEDOUT);
	assert_int_equal(write(pair[1], ":2}\n[]\n\n", 8), 8);
	assert_int_equal(conn_read(&c, -1, &line), 0);
	assert_int_equal(json_integer_value(json_object_get(line, "b")), 2);
	json_decref(line);
	assert_int_equal(conn_read(&c, -1, &line), -EBADMSG);
	assert_int_equal(conn_read(&c, -1, &line), -EBADMSG);
	close(pair[1]);
	assert_int_equal(conn_read(&c, -1, &line), -EPIPE);
	conn_close(&c);
}

static void endless_line(void **state)
{
	static char part[65536];
	int pair[2], err = -ETIMEDOUT;
	size_t sent = 0;
	struct conn c;
	json_t *line;

	(void)state;
	memset(part, 'x', sizeof(part));
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	c = (struct conn){.fd = pair[0]};
	while (err == -ETIMEDOUT) {
		sent += (size_t)send(pair[1], part, sizeof(part), 0);
		err = conn_read(&c, 0, &line);
	}
	assert_int_equal(err, -EMSGSIZE);
	assert_in_range(sent, CONN_LINE_MAX, 2 * CONN_LINE_MAX + sizeof(part));
	close(pair[1]);
	conn_close(&c);
}

static int setup(void **state)
{
	(void)state;
	snprintf(path, sizeof(path), "%s/s", mkdtemp(dir));
	alarm(300);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	return rmdir(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(answered),
		cmocka_unit_test(long_answer),
		cmocka_unit_test(refused),
		cmocka_unit_test(nobody_there),
		cmocka_unit_test(unwilling),
		cmocka_unit_test(changes_are_confirmed),
		cmocka_unit_test(calls_in_several_answers),
		cmocka_unit_test(reading),
		cmocka_unit_test(endless_line),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
