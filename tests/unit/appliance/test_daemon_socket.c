/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The daemon's own control socket, reading its configuration again, and a store that is
 * full.
 */
#include "daemon_rig.h"

#define FLOW                                                                                       \
	"{ name = \"start\"; do = \"answer\"; },"                                                  \
	"{ name = \"hello\"; do = \"play\"; items = ({ file = \"hello\"; }); },"                   \
	"{ name = \"bye\"; do = \"hangup\"; }"

/* ---- a client that waits for its answers ---------------------------------------------------- */

static int dial(struct rig *r)
{
	struct sockaddr_un to = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	snprintf(to.sun_path, sizeof(to.sun_path), "%s", r->socket);
	assert_int_equal(connect(fd, (struct sockaddr *)&to, sizeof(to)), 0);
	return fd;
}

static void say(int fd, const char *line)
{
	size_t n = strlen(line);

	assert_int_equal(write(fd, line, n), n);
	assert_int_equal(write(fd, "\n", 1), 1);
}

/* The next line as an object; NULL: cut off. */
static json_t *hear(int fd)
{
	static char line[70000];
	size_t n = 0;
	json_t *m;

	while (n < sizeof(line) - 1 && read(fd, line + n, 1) == 1)
		if (line[n++] == '\n')
			break;
	if (!n)
		return NULL;
	line[n] = 0;
	m = json_loads(line, 0, NULL);
	assert_non_null(m);
	return m;
}

static json_t *ask(int fd, const char *line)
{
	say(fd, line);
	return hear(fd);
}

static int greet(struct rig *r)
{
	int fd = dial(r);
	json_t *m = ask(fd, "{\"hello\":{\"protocol\":[0,1],\"client\":\"test\"}}");
	json_t *hello = json_object_get(m, "hello");

	assert_int_equal(json_integer_value(json_object_get(hello, "protocol")), 1);
	assert_int_equal(json_integer_value(json_object_get(hello, "site")), 7);
	json_decref(m);
	return fd;
}

/* Asked and refused: the code. */
static void refused(int fd, const char *line, const char *code)
{
	json_t *m = ask(fd, line);

	assert_true(json_is_false(json_object_get(m, "ok")));
	assert_string_equal(json_string_value(json_object_get(m, "code")), code);
	assert_true(json_is_string(json_object_get(m, "error")));
	json_decref(m);
}

static json_t *granted(int fd, const char *line)
{
	json_t *m = ask(fd, line);

	assert_true(json_is_true(json_object_get(m, "ok")));
	assert_int_equal(json_integer_value(json_object_get(m, "id")), 9);
	return m;
}

static json_int_t number(json_t *m, const char *a, const char *b)
{
	json_t *v = json_object_get(m, a);

	v = b ? json_object_get(v, b) : v;
	assert_true(json_is_integer(v));
	return json_integer_value(v);
}

/* @n calls to a number that nobody has: a record each. */
static void many_calls(struct rig *r, uint64_t first, uint64_t n)
{
	r->quiet = true;
	for (uint64_t i = 0; i < n; i++) {
		rig_offer(r, first + i, "300");
		if (i % 50 == 49 || i == n - 1)
			rig_sync(r);
	}
	r->quiet = false;
}

/* ---- tests ---------------------------------------------------------------------------------- */

static void calls_are_listed(void **state)
{
	struct rig r;
	json_t *m, *calls;
	int fd;

	(void)state;
	rig_open(&r, FLOW);
	rig_start(&r);
	many_calls(&r, 1, 300);
	rig_all_committed(&r);
	fd = greet(&r);
	m = granted(fd, "{\"id\":9,\"do\":\"calls\",\"last\":3}");
	calls = json_object_get(m, "calls");
	assert_int_equal(json_array_size(calls), 3);
	assert_int_equal(number(json_array_get(calls, 0), "leg", NULL), 300); /* the newest first */
	assert_string_equal(json_string_value(json_object_get(m, "more")), "7-298");
	json_decref(m);
	m = granted(fd, "{\"id\":9,\"do\":\"calls\",\"last\":3,\"before\":\"7-298\"}");
	calls = json_object_get(m, "calls");
	assert_int_equal(number(json_array_get(calls, 0), "leg", NULL), 297);
	json_decref(m);
	m = granted(fd, "{\"id\":9,\"do\":\"calls\",\"since\":1795000299}");
	assert_int_equal(json_array_size(json_object_get(m, "calls")), 2);
	assert_null(json_object_get(m, "more"));
	json_decref(m);
	/* More than a line holds: as many as fit, and where to go on. */
	m = granted(fd, "{\"id\":9,\"do\":\"calls\",\"last\":1000}");
	assert_in_range(json_array_size(json_object_get(m, "calls")), 50, 299);
	assert_non_null(json_object_get(m, "more"));
	json_decref(m);
	m = granted(fd, "{\"id\":9,\"do\":\"call\",\"call\":\"7-5\"}");
	assert_int_equal(number(m, "call", "leg"), 5);
	assert_int_equal(number(m, "call", "cause"), 1);
	assert_string_equal(json_string_value(json_object_get(json_object_get(m, "call"), "by")),
			    "us");
	json_decref(m);
	refused(fd, "{\"id\":9,\"do\":\"call\",\"call\":\"7-301\"}", "no-call");
	refused(fd, "{\"id\":9,\"do\":\"calls\",\"before\":\"7-301\"}", "no-call");
	close(fd);
	rig_close(&r);
}

static void what_is_now(void **state)
{
	struct rig r;
	json_t *m, *list;
	int fd;

	(void)state;
	rig_open(&r, FLOW);
	rig_start(&r);
	rig_offer(&r, 1, "200");
	rig_sync(&r);
	fd = greet(&r);
	m = granted(fd, "{\"id\":9,\"do\":\"contacts\"}");
	list = json_object_get(m, "contacts");
	assert_int_equal(number(m, "total", NULL), 1);
	assert_string_equal(json_string_value(json_object_get(json_array_get(list, 0), "step")),
			    "hello");
	assert_string_equal(json_string_value(json_object_get(json_array_get(list, 0), "wait")),
			    "playing");
	json_decref(m);
	m = granted(fd, "{\"id\":9,\"do\":\"flows\"}");
	list = json_object_get(m, "flows");
	assert_int_equal(number(json_array_get(list, 0), "contacts", NULL), 1);
	assert_int_equal(number(json_array_get(list, 0), "steps", NULL), 3);
	assert_int_equal(json_array_size(json_object_get(m, "routes")), 1);
	json_decref(m);
	m = granted(fd, "{\"id\":9,\"do\":\"stats\"}");
	assert_true(json_is_true(json_object_get(json_object_get(m, "engine"), "connected")));
	assert_int_equal(number(m, "contacts", NULL), 1);
	assert_int_equal(number(m, "store", "calls"), 0);
	json_decref(m);
	close(fd);
	rig_close(&r);
}

static void requests_are_checked(void **state)
{
	static const char *const bad[] = {
		"{\"id\":9}",
		"{\"id\":9,\"do\":5}",
		"{\"id\":9,\"do\":\"cals\"}",
		"{\"id\":9,\"do\":\"calls\",\"lst\":5}",
		"{\"id\":9,\"do\":\"calls\",\"last\":0}",
		"{\"id\":9,\"do\":\"calls\",\"last\":1001}",
		"{\"id\":9,\"do\":\"calls\",\"last\":\"5\"}",
		"{\"id\":9,\"do\":\"calls\",\"since\":\"today\"}",
		"{\"id\":9,\"do\":\"calls\",\"since\":-1}",
		"{\"id\":9,\"do\":\"calls\",\"before\":\"x\"}",
		"{\"id\":9,\"do\":\"calls\",\"before\":5}",
		"{\"id\":9,\"do\":\"call\"}",
		"{\"id\":9,\"do\":\"call\",\"call\":\"4711\"}",
		"{\"id\":9,\"do\":\"stats\",\"s\":1}",
		"{\"id\":9,\"do\":\"stats\",\"\":1}",
	};
	static const char *const worse[] = {
		"{\"id\":0,\"do\":\"stats\"}",
		"{\"do\":\"stats\"}",
		"{\"id\":\"9\",\"do\":\"stats\"}",
		"rubbish",
		"[]",
		"{\"id\":1,\"id\":2,\"do\":\"stats\"}",
	};
	static const char *const hellos[] = {
		"{\"id\":1,\"do\":\"stats\"}",
		"{\"hello\":{\"protocol\":[2]}}",
		"{\"hello\":5}",
		"{}",
		"x",
	};
	struct rig r;
	json_t *m;
	int fd;

	(void)state;
	rig_open(&r, FLOW);
	rig_start(&r);
	fd = greet(&r);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		refused(fd, bad[i], "bad-request");
	json_decref(granted(fd, "{\"id\":9,\"do\":\"stats\"}")); /* it is still served */
	close(fd);
	for (size_t i = 0; i < sizeof(worse) / sizeof(worse[0]); i++) {
		fd = greet(&r);
		m = ask(fd, worse[i]); /* told why, then cut off */
		assert_true(json_is_string(json_object_get(m, "error")));
		json_decref(m);
		assert_null(hear(fd));
		close(fd);
	}
	for (size_t i = 0; i < sizeof(hellos) / sizeof(hellos[0]); i++) {
		fd = dial(&r);
		m = ask(fd, hellos[i]);
		assert_true(json_is_string(json_object_get(m, "error")));
		json_decref(m);
		assert_null(hear(fd));
		close(fd);
	}
	rig_close(&r);
}

static void a_line_without_end(void **state)
{
	static char line[70000];
	struct rig r;
	json_t *m;
	int fd;

	(void)state;
	rig_open(&r, FLOW);
	rig_start(&r);
	memset(line, 'x', sizeof(line));
	fd = greet(&r);
	for (size_t at = 0; at < sizeof(line);) {
		ssize_t n = send(fd, line + at, sizeof(line) - at, MSG_NOSIGNAL);

		if (n < 0)
			break;
		at += (size_t)n;
	}
	m = hear(fd);
	assert_true(json_is_string(json_object_get(m, "error")));
	json_decref(m);
	close(fd);
	fd = greet(&r);
	close(fd);
	rig_close(&r);
}

/* A bad file never replaces a good one; a good one decides for the calls after it. */
static void reloading(void **state)
{
	struct rig r;
	json_t *m, *errors;
	int fd;

	(void)state;
	rig_open(&r, FLOW);
	rig_start(&r);
	rig_offer(&r, 1, "200");
	rig_sync(&r);
	fd = greet(&r);
	rig_file(r.flow,
		 "name = \"test\";\nsteps = (\n{ name = \"a\"; do = \"answer\"; next = \"b\"; },\n"
		 "{ name = \"c\"; do = \"hangup\"; cause = 900; }\n);\n");
	m = ask(fd, "{\"id\":9,\"do\":\"reload\"}");
	assert_string_equal(json_string_value(json_object_get(m, "code")), "bad-config");
	errors = json_object_get(m, "errors");
	assert_int_equal(json_array_size(errors), 3); /* the flow's two, and who needs it */
	assert_non_null(strstr(json_string_value(json_array_get(errors, 1)), "flow.conf:3: "));
	assert_non_null(strstr(json_string_value(json_array_get(errors, 2)), "flow.conf:4: "));
	json_decref(m);
	rig_offer(&r, 2, "200"); /* everything is as before */
	rig_sync(&r);
	assert_string_equal(r.legs[2].kind, "play");
	rig_file(r.flow,
		 "name = \"test\"; steps = ({ name = \"no\"; do = \"hangup\"; cause = 21; });");
	m = granted(fd, "{\"id\":9,\"do\":\"reload\"}");
	assert_int_equal(number(m, "flows", NULL), 1);
	json_decref(m);
	rig_offer(&r, 3, "200");
	rig_sync(&r);
	assert_false(r.legs[3].here);
	rig_op_done(&r, 1, "end", ""); /* an old call goes on in the old flow */
	rig_expect(&r, r.trace);
	rig_sync(&r);
	rig_expect(&r, "tag {\"leg\":1}\nhangup {\"cause\":16,\"leg\":1}\n");
	close(fd);
	rig_close(&r);
}

/* Full: calls go on, nothing is acknowledged that is not there, room mends it. */
static void the_store_is_full(void **state)
{
	struct control_stats st;
	uint64_t total = 500;
	struct rig r;
	json_t *m;
	int fd;

	(void)state;
	rig_open(&r, FLOW);
	rig_config(&r, 1);
	rig_start(&r);
	many_calls(&r, 1, total);
	fd = greet(&r);
	for (;;) { /* until the writer has found out */
		m = granted(fd, "{\"id\":9,\"do\":\"stats\"}");
		if (*json_string_value(json_object_get(json_object_get(m, "records"), "error")))
			break;
		if (number(m, "records", "waiting") == 0) {
			many_calls(&r, total + 1, 500);
			total += 500;
		}
		json_decref(m);
	}
	assert_true(number(m, "records", "waiting") > 0);
	assert_int_equal(number(m, "store", "calls"), number(m, "records", "done"));
	json_decref(m);
	rig_sync(&r);
	control_stats(r.control, &st);
	assert_true(st.kept_ended > 0); /* the engine still has what is not on disk */
	assert_true(rig_records(&r) + st.kept_ended >= total);
	rig_offer(&r, total + 1, "200"); /* a call is served as ever */
	rig_sync(&r);
	assert_string_equal(r.legs[total + 1].kind, "play");
	rig_kill(&r); /* even now nothing is lost */
	close(fd);
	rig_start(&r);
	rig_op_done(&r, total + 1, "end", "");
	rig_sync(&r);
	assert_false(r.legs[total + 1].here);
	fd = greet(&r);
	rig_config(&r, 64);
	json_decref(granted(fd, "{\"id\":9,\"do\":\"reload\"}"));
	rig_all_committed(&r);
	assert_int_equal(rig_records(&r), total + 1); /* each once */
	close(fd);
	rig_close(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(calls_are_listed),
		cmocka_unit_test(what_is_now),
		cmocka_unit_test(requests_are_checked),
		cmocka_unit_test(a_line_without_end),
		cmocka_unit_test(reloading),
		cmocka_unit_test(the_store_is_full),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
