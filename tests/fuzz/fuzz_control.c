/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a client may write to the control socket: lines, JSON, hello, requests. The
 * octets go through a real socket into the real connection, in pieces that the first
 * octet decides; an owner answers some requests, and some later.
 *
 * Whatever comes: no crash, no leak, and once the client has closed, no client is left
 * and a well-behaved one that was there all the time is still answered.
 */
#include "base/log.h"
#include "engine/control.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uv_loop_t loop;
static struct control *control;
static char dir[] = "/tmp/strowger-fuzz-XXXXXX";
static char path[64];
static int witness = -1; /* an observer that is never cut off */
static uint64_t held_client;
static int64_t held_id;

static void on_request(void *ctx, uint64_t client, bool controller, int64_t id, const char *what,
		       json_t *request)
{
	(void)ctx;
	(void)controller;
	switch (what[0]) {
	case 'h': /* answered with the next one, if its client is still there */
		control_ok(control, held_client, held_id, NULL);
		held_client = client;
		held_id = id;
		break;
	case 'e':
		control_event(control, 1, "leg.ended", json_incref(request));
		control_sync(control, 5);
		control_ok(control, client, id, NULL);
		break;
	default:
		if (control_members_ok(control, client, id, request, "leg,cause"))
			control_fail(control, client, id, "no-leg", "no \"%s\"", what);
	}
}

static json_t *on_snapshot(void *ctx)
{
	(void)ctx;
	return json_object();
}

static void on_controller(void *ctx, bool present)
{
	(void)ctx;
	if (present != control_has_controller(control))
		abort();
}

static void on_synced(void *ctx, uint64_t n)
{
	(void)ctx;
	if (n != 5)
		abort();
}

static int64_t on_now(void *ctx)
{
	(void)ctx;
	return 1;
}

static int connect_to(void)
{
	struct sockaddr_un to = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	snprintf(to.sun_path, sizeof(to.sun_path), "%s", path);
	if (fd < 0 || connect(fd, (struct sockaddr *)&to, sizeof(to)) < 0)
		abort();
	fcntl(fd, F_SETFL, O_NONBLOCK);
	return fd;
}

static void turn(void)
{
	uv_run(&loop, UV_RUN_NOWAIT);
}

static void drain(int fd)
{
	static char sink[65536];

	while (recv(fd, sink, sizeof(sink), 0) > 0)
		;
}

static void write_all(int fd, const void *data, size_t size)
{
	const char *at = data;
	ssize_t n;

	while (size) {
		n = send(fd, at, size, MSG_NOSIGNAL);
		if (n < 0 && errno != EAGAIN)
			return; /* cut off */
		if (n > 0) {
			at += n;
			size -= (size_t)n;
		}
		turn();
		drain(fd);
	}
}

static void ask_witness(void)
{
	static const char ask[] = "{\"id\":1,\"do\":\"legs\"}\n";
	char answer[256];
	ssize_t n;

	if (send(witness, ask, sizeof(ask) - 1, MSG_NOSIGNAL) != sizeof(ask) - 1)
		abort();
	while ((n = recv(witness, answer, sizeof(answer) - 1, 0)) < 0)
		turn();
	answer[n] = '\0';
	if (!strstr(answer, "no-leg"))
		abort();
}

static void leave(void)
{
	control_close(control);
	uv_run(&loop, UV_RUN_DEFAULT);
	close(witness);
	rmdir(dir);
}

static void begin(void)
{
	static const char hello[] = "{\"hello\":{\"protocol\":[1],\"role\":\"observer\"}}\n";
	const struct control_callbacks cb = {.request = on_request,
					     .snapshot = on_snapshot,
					     .controller = on_controller,
					     .synced = on_synced,
					     .now = on_now};
	const struct control_cfg cfg = {
		.socket = path, .instance = "fuzz", .journal_max = 16, .line_ms = 3600000};
	struct control_stats st;

	log_set_level(LOG_ERROR_ + 1);
	if (!mkdtemp(dir))
		abort();
	snprintf(path, sizeof(path), "%s/s", dir);
	if (uv_loop_init(&loop) || control_open(&control, &loop, &cfg, &cb))
		abort();
	witness = connect_to();
	write_all(witness, hello, sizeof(hello) - 1);
	do {
		turn();
		control_stats(control, &st);
	} while (!st.clients);
	for (int i = 0; i < 10; i++)
		turn();
	drain(witness);
	atexit(leave);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct control_stats st;
	size_t piece, n;
	int fd;

	if (witness < 0)
		begin();
	if (!size)
		return 0;
	piece = data[0] ? data[0] : size;
	fd = connect_to();
	for (size_t at = 1; at < size; at += n) {
		n = size - at < piece ? size - at : piece;
		write_all(fd, data + at, n);
	}
	close(fd);
	do {
		turn();
		control_stats(control, &st);
	} while (st.clients != 1);
	ask_witness();
	return 0;
}
