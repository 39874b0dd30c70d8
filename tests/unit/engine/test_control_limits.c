/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The control socket and clients that flood it, starve it, or do not end what they
 * began; and the socket's file.
 */
#include "control_rig.h"

#include <sys/wait.h>

/* A request line of exactly @len octets, with its '\n' behind them. */
static char *padded_request(size_t len)
{
	char *line = malloc(len + 2);
	int n = snprintf(line, len, "{\"id\":1,\"do\":\"answer\"");

	memset(line + n, ' ', len - (size_t)n);
	line[len - 1] = '}';
	line[len] = '\n';
	return line;
}

static void longest_line(void **state)
{
	char *line = padded_request(CONTROL_LINE_MAX);
	struct rig r;
	struct peer p;

	(void)state;
	rig_open(&r);
	peer_control(&p, &r, "", 0);
	peer_expect_snapshot(&p, 1);
	for (int i = 0; i < 3; i++) {
		assert_true(peer_write(&p, line, CONTROL_LINE_MAX + 1));
		peer_expect(&p, "{\"id\":1,\"ok\":true}");
	}
	free(line);
	line = padded_request(CONTROL_LINE_MAX + 1);
	assert_true(peer_write(&p, line, CONTROL_LINE_MAX + 2));
	peer_expect_cut_off(&p, "line too long");
	peer_close(&p);
	free(line);
	/* Of others, and before the hello, less. */
	line = padded_request(CONTROL_OTHERS_LINE_MAX);
	peer_observe(&p, &r);
	assert_true(peer_write(&p, line, CONTROL_OTHERS_LINE_MAX + 1));
	peer_expect_in(&p, "code", "not-allowed");
	free(line);
	line = padded_request(CONTROL_OTHERS_LINE_MAX + 1);
	assert_true(peer_write(&p, line, CONTROL_OTHERS_LINE_MAX + 2));
	peer_expect_cut_off(&p, "line too long");
	peer_close(&p);
	peer_connect(&p, &r);
	assert_true(peer_write(&p, line, CONTROL_OTHERS_LINE_MAX + 1)); /* its end never comes */
	peer_expect_cut_off(&p, "line too long");
	peer_close(&p);
	free(line);
	rig_close(&r);
}

static void endless_line(void **state)
{
	static const char part[1000] = {[0 ... 999] = 'x'};
	struct control_stats st;
	struct rig r;
	struct peer p;

	(void)state;
	rig_open(&r);
	peer_observe(&p, &r);
	while (peer_write(&p, part, sizeof(part)))
		rig_turn(&r);
	peer_expect_cut_off(&p, "line too long");
	peer_close(&p);
	control_stats(r.control, &st);
	assert_int_equal(st.clients, 0);
	rig_close(&r);
}

static void line_that_never_ends(void **state)
{
	struct rig r;
	struct peer silent, half, trickle;
	bool open = true;

	(void)state;
	rig_prepare(&r);
	r.cfg.line_ms = 30;
	assert_int_equal(rig_listen(&r), 0);
	peer_connect(&silent, &r);
	peer_expect_cut_off(&silent, "not completed in time");
	peer_observe(&half, &r);
	assert_true(peer_write(&half, "{\"id\":1,\"do\":\"le", 16));
	peer_expect_cut_off(&half, "not completed in time");
	/* One octet now and then keeps no line alive. */
	peer_observe(&trickle, &r);
	while (open) {
		open = peer_write(&trickle, " ", 1);
		usleep(1000);
		rig_turn(&r);
	}
	peer_expect_cut_off(&trickle, "not completed in time");
	peer_close(&silent);
	peer_close(&half);
	peer_close(&trickle);
	rig_close(&r);
}

static void silence_after_the_hello_is_allowed(void **state)
{
	struct rig r;
	struct peer p;

	(void)state;
	rig_prepare(&r);
	r.cfg.line_ms = 20;
	assert_int_equal(rig_listen(&r), 0);
	peer_observe(&p, &r);
	for (int i = 0; i < 60; i++) {
		usleep(1000);
		rig_turn(&r);
	}
	peer_say(&p, "{\"id\":1,\"do\":\"legs\"}");
	peer_expect(&p, "{\"id\":1,\"ok\":true,\"legs\":[]}");
	peer_close(&p);
	rig_close(&r);
}

static void half_a_line_then_close(void **state)
{
	struct control_stats st;
	struct rig r;
	struct peer p, q;

	(void)state;
	rig_open(&r);
	peer_connect(&p, &r);
	assert_true(peer_write(&p, "{\"hello\":{\"prot", 15));
	peer_observe(&q, &r);
	peer_close(&p);
	assert_true(peer_write(&q, "{\"id\":1,\"do\":\"le", 16));
	peer_close(&q);
	do {
		rig_turn(&r);
		control_stats(r.control, &st);
	} while (st.clients);
	assert_int_equal(st.cut_off, 0);
	assert_int_equal(r.requests, 0);
	rig_close(&r);
}

static void too_many_unanswered(void **state)
{
	struct rig r;
	struct peer p;

	(void)state;
	rig_open(&r);
	peer_control(&p, &r, "", 0);
	peer_expect_snapshot(&p, 1);
	for (int i = 1; i <= CONTROL_UNANSWERED; i++)
		peer_say(&p, "{\"id\":%d,\"do\":\"hold\"}", i);
	while (r.held < CONTROL_UNANSWERED)
		rig_turn(&r);
	/* One answer makes room for one. */
	control_ok(r.control, r.held_client[10], 11, NULL);
	peer_expect(&p, "{\"id\":11,\"ok\":true}");
	peer_say(&p, "{\"id\":65,\"do\":\"hold\"}");
	while (r.held < CONTROL_UNANSWERED + 1)
		rig_turn(&r);
	peer_say(&p, "{\"id\":66,\"do\":\"hold\"}");
	peer_expect_cut_off(&p, "more than 64 requests");
	assert_string_equal(r.presence, "+-");
	peer_close(&p);
	/* Late answers find nobody. */
	for (unsigned int i = 0; i < r.held; i++)
		control_ok(r.control, r.held_client[i], r.held_id[i], json_pack("{s:i}", "a", 1));
	rig_close(&r);
}

static void flood_has_its_share_only(void **state)
{
	struct rig r;
	struct peer flood[2], calm;
	unsigned int before, most = 0, turns = 0;

	(void)state;
	rig_open(&r);
	for (int i = 0; i < 2; i++) {
		peer_observe(&flood[i], &r);
		for (int n = 1; n <= 1500; n++)
			peer_say(&flood[i], "{\"id\":%d,\"do\":\"legs\"}", n);
	}
	peer_observe(&calm, &r); /* the flood is being worked off */
	peer_say(&calm, "{\"id\":1,\"do\":\"legs\"}");
	for (json_t *answer = NULL; !answer; turns++) {
		before = r.requests;
		rig_turn(&r);
		if (r.requests - before > most)
			most = r.requests - before;
		answer = peer_look(&calm);
		json_decref(answer);
	}
	assert_in_range(most, 2, 2 * 2 + 2); /* one or two of each client */
	assert_in_range(turns, 1, 4);
	assert_in_range(r.requests, 1, 2999); /* it did not have to wait for all of them */
	while (r.requests < 3001)
		rig_turn(&r);
	for (int i = 0; i < 2; i++)
		peer_close(&flood[i]);
	peer_close(&calm);
	rig_close(&r);
}

static void controller_has_more(void **state)
{
	unsigned int before, most = 0;
	struct rig r;
	struct peer c;

	(void)state;
	rig_open(&r);
	peer_control(&c, &r, "", 0);
	peer_expect_snapshot(&c, 1);
	for (int n = 1; n <= 1500; n++)
		peer_say(&c, "{\"id\":%d,\"do\":\"answer\"}", n);
	while (r.requests < 1500) {
		before = r.requests;
		rig_turn(&r);
		if (r.requests - before > most)
			most = r.requests - before;
	}
	assert_in_range(most, 16, 32);
	peer_close(&c);
	rig_close(&r);
}

static void flood_of_connections(void **state)
{
	struct control_stats st, before = {0};
	struct rig r;
	struct peer c, p[20];

	(void)state;
	rig_open(&r);
	peer_control(&c, &r, "", 0);
	for (int i = 0; i < 20; i++)
		peer_connect(&p[i], &r);
	for (int i = 0; i < 100; i++) {
		rig_turn(&r);
		control_stats(r.control, &st);
		assert_in_range(st.clients + st.cut_off - before.clients - before.cut_off, 0,
				1 + i);
		assert_in_range(st.clients, 1, 1 + CONTROL_STRANGERS);
	}
	assert_int_equal(st.clients, 1 + CONTROL_STRANGERS);
	assert_int_equal(st.cut_off, 20 - CONTROL_STRANGERS);
	/* The oldest gave way; the youngest may still say hello. */
	peer_expect_cut_off(&p[0], "too many connections");
	peer_expect_cut_off(&p[11], "too many connections");
	peer_say(&p[12], "{\"hello\":{\"protocol\":[1],\"role\":\"observer\"}}");
	json_decref(peer_line(&p[12]));
	peer_say(&c, "{\"id\":1,\"do\":\"answer\"}");
	peer_expect_snapshot(&c, 1);
	peer_expect(&c, "{\"id\":1,\"ok\":true}");
	for (int i = 0; i < 20; i++)
		peer_close(&p[i]);
	peer_close(&c);
	rig_close(&r);
}

static void too_many_observers(void **state)
{
	struct peer p[CONTROL_OBSERVERS], late, c;
	struct control_stats st;
	struct rig r;

	(void)state;
	rig_open(&r);
	for (int i = 0; i < CONTROL_OBSERVERS; i++)
		peer_observe(&p[i], &r);
	peer_connect(&late, &r);
	peer_say(&late, "{\"hello\":{\"protocol\":[1],\"role\":\"observer\"}}");
	peer_expect_cut_off(&late, "16 observers are connected already");
	peer_close(&late);
	peer_control(&c, &r, "", 0); /* the controller's place is not theirs */
	peer_expect_snapshot(&c, 1);
	peer_close(&p[3]);
	do {
		rig_turn(&r);
		control_stats(r.control, &st);
	} while (st.clients > CONTROL_OBSERVERS);
	peer_observe(&p[3], &r);
	for (int i = 0; i < CONTROL_OBSERVERS; i++)
		peer_close(&p[i]);
	peer_close(&c);
	rig_close(&r);
}

static void who_does_not_read_is_cut_off(void **state)
{
	struct control_stats st;
	struct rig r;
	struct peer deaf, c;
	unsigned int n = 0;
	char text[1001];

	(void)state;
	rig_open(&r);
	memset(text, 'e', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	peer_control(&c, &r, "", 0);
	peer_expect_snapshot(&c, 1);
	peer_observe(&deaf, &r);
	peer_say(&deaf, "{\"id\":1,\"do\":\"events\",\"on\":true}");
	peer_expect(&deaf, "{\"id\":1,\"ok\":true}");
	do {
		control_event(r.control, 1, "digit", json_pack("{s:s}", "text", text));
		assert_int_equal(peer_expect_event(&c), ++n);
		control_stats(r.control, &st);
	} while (!st.cut_off);
	assert_in_range(n * (sizeof(text) + 54), CONTROL_BACKLOG_MAX,
			CONTROL_BACKLOG_MAX + (2 << 20));
	assert_int_equal(st.clients, 1);
	control_event(r.control, 1, "digit", NULL);
	assert_int_equal(peer_expect_event(&c), ++n);
	assert_string_equal(r.presence, "+");
	peer_close(&deaf);
	peer_close(&c);
	rig_close(&r);
}

/* A controller that does not read loses its place, and no event. */
static void controller_that_does_not_read(void **state)
{
	char text[1001];
	unsigned int n = 0;
	struct rig r;
	struct peer c;

	(void)state;
	rig_open(&r);
	memset(text, 'e', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	peer_control(&c, &r, "", 0);
	peer_expect_snapshot(&c, 1);
	for (; control_has_controller(r.control); n++) {
		control_event(r.control, 1, "digit", json_pack("{s:s}", "text", text));
		rig_turn(&r);
	}
	assert_string_equal(r.presence, "+-");
	peer_close(&c);
	peer_control(&c, &r, INSTANCE, 0);
	for (unsigned int i = 1; i <= n; i++)
		assert_int_equal(peer_expect_event(&c), i);
	peer_expect_snapshot(&c, n + 1);
	peer_close(&c);
	rig_close(&r);
}

/* ---- the socket's file ---- */

static void bind_and_leave(const char *path)
{
	struct sockaddr_un to = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	snprintf(to.sun_path, sizeof(to.sun_path), "%s", path);
	assert_int_equal(bind(fd, (struct sockaddr *)&to, sizeof(to)), 0);
	close(fd);
}

static void socket_file(void **state)
{
	struct control *second = NULL;
	struct stat st;
	struct rig r;
	struct peer p;

	(void)state;
	rig_prepare(&r);
	bind_and_leave(r.path); /* as a killed engine does */
	r.cfg.mode = 0600;
	assert_int_equal(rig_listen(&r), 0);
	assert_int_equal(stat(r.path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	peer_observe(&p, &r);
	assert_int_equal(control_open(&second, &r.loop, &r.cfg, &(struct control_callbacks){0}),
			 -EADDRINUSE);
	assert_null(second);
	peer_say(&p, "{\"id\":1,\"do\":\"legs\"}"); /* the first one lives on */
	peer_expect(&p, "{\"id\":1,\"ok\":true,\"legs\":[]}");
	peer_close(&p);
	rig_close(&r);
}

static void default_mode(void **state)
{
	struct stat st;
	struct rig r;

	(void)state;
	rig_open(&r);
	assert_int_equal(stat(r.path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0660);
	rig_close(&r);
}

static void paths_that_will_not_do(void **state)
{
	char path[200];
	struct rig r;
	FILE *f;

	(void)state;
	rig_prepare(&r);
	f = fopen(r.path, "w");
	fputs("precious\n", f);
	fclose(f);
	assert_int_equal(rig_listen(&r), -EEXIST);
	assert_int_equal(access(r.path, R_OK), 0);
	unlink(r.path);
	r.cfg.socket = path;
	memset(path, 'p', sizeof(path) - 1);
	path[sizeof(path) - 1] = '\0';
	assert_int_equal(rig_listen(&r), -ENAMETOOLONG);
	snprintf(path, sizeof(path), "%s/no/such/engine.sock", r.dir);
	assert_true(rig_listen(&r) < 0);
	rig_close(&r);
}

/* Maintaining is for root and the engine's own user. Needs root to be somebody else. */
static void another_user(void **state)
{
	struct rig r;
	struct peer p;
	int child, status;

	(void)state;
	if (geteuid() != 0)
		skip();
	rig_prepare(&r);
	r.cfg.mode = 0666;
	assert_int_equal(chmod(r.dir, 0755), 0);
	assert_int_equal(rig_listen(&r), 0);
	child = fork();
	if (!child) { /* a client of its own: blocking, and no assertions */
		struct sockaddr_un to = {.sun_family = AF_UNIX};
		int fd = socket(AF_UNIX, SOCK_STREAM, 0);
		static const char say[] = "{\"hello\":{\"protocol\":[1],\"role\":\"observer\"}}\n"
					  "{\"id\":1,\"do\":\"drain\",\"on\":true}\n"
					  "{\"id\":2,\"do\":\"legs\"}\n";
		char text[4096] = "";
		size_t n = 0;

		snprintf(to.sun_path, sizeof(to.sun_path), "%s", r.path);
		if (setuid(65534) || connect(fd, (struct sockaddr *)&to, sizeof(to)) ||
		    write(fd, say, sizeof(say) - 1) < 0)
			_exit(2);
		while (!strstr(text, "\"id\":2") && n < sizeof(text) - 1) {
			ssize_t got = read(fd, text + n, sizeof(text) - 1 - n);

			if (got <= 0)
				_exit(3);
			n += (size_t)got;
		}
		_exit(strstr(text, "not-allowed") && strstr(text, "{\"id\":2,\"ok\":true") ? 0 : 1);
	}
	while (waitpid(child, &status, WNOHANG) == 0)
		rig_turn(&r);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
	assert_int_equal(r.requests, 1);
	peer_observe(&p, &r); /* root may */
	peer_say(&p, "{\"id\":1,\"do\":\"drain\",\"on\":true}");
	peer_expect_in(&p, "code", "no-leg");
	peer_close(&p);
	rig_close(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(longest_line),
		cmocka_unit_test(endless_line),
		cmocka_unit_test(line_that_never_ends),
		cmocka_unit_test(silence_after_the_hello_is_allowed),
		cmocka_unit_test(half_a_line_then_close),
		cmocka_unit_test(too_many_unanswered),
		cmocka_unit_test(flood_has_its_share_only),
		cmocka_unit_test(controller_has_more),
		cmocka_unit_test(flood_of_connections),
		cmocka_unit_test(too_many_observers),
		cmocka_unit_test(who_does_not_read_is_cut_off),
		cmocka_unit_test(controller_that_does_not_read),
		cmocka_unit_test(socket_file),
		cmocka_unit_test(default_mode),
		cmocka_unit_test(paths_that_will_not_do),
		cmocka_unit_test(another_user),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
