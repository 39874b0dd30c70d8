/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "engine/wire.h"

#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/line/lockstep.h"

#define SOCKET_BUFFER (1 << 20) /* 128 ms of a span and its bookkeeping fit many times */
#define LOCK_POLL_MS  100

struct wire {
	int fd;
	uint64_t sent, received, send_errors;
	uint16_t sent_this_tick; /* lockstep: packets since the last token */
	uint16_t got_this_tick;
};

/* "1.2.3.4:5" or "[::1]:5" to its two parts */
static int split_address(const char *text, char *host, size_t hostlen, char *port, size_t portlen)
{
	const char *colon = strrchr(text, ':');
	const char *end = colon;

	if (!colon || colon == text || !colon[1])
		return -EINVAL;
	if (text[0] == '[') {
		if (colon[-1] != ']')
			return -EINVAL;
		text++;
		end = colon - 1;
	}
	if ((size_t)(end - text) >= hostlen || strlen(colon + 1) >= portlen)
		return -EINVAL;
	memcpy(host, text, (size_t)(end - text));
	host[end - text] = 0;
	strcpy(port, colon + 1);
	return 0;
}

/* getaddrinfo() itself takes 65537 for 1. */
static bool port_good(const char *port)
{
	long n = strtol(port, NULL, 10);

	return strspn(port, "0123456789") == strlen(port) && n >= 1 && n <= 65535;
}

static int look_up(const char *text, bool local, struct addrinfo **out)
{
	struct addrinfo hints = {.ai_family = AF_UNSPEC,
				 .ai_socktype = SOCK_DGRAM,
				 .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV |
					     (local ? AI_PASSIVE : 0)};
	char host[64], port[8];
	int err = split_address(text, host, sizeof(host), port, sizeof(port));

	if (!err && !port_good(port))
		err = -EINVAL;
	if (!err)
		err = getaddrinfo(host, port, &hints, out);
	return err ? -EINVAL : 0;
}

const char *wire_address_check(const char *text)
{
	struct addrinfo *found = NULL;

	if (look_up(text, false, &found))
		return "not an address:port such as 127.0.0.1:20001 or [::1]:20001";
	freeaddrinfo(found);
	return NULL;
}

static int resolve(const char *text, bool local, struct addrinfo **out, char *why, size_t size)
{
	int err = look_up(text, local, out);

	if (err)
		snprintf(why, size, "\"%s\" is no address:port such as 127.0.0.1:20001", text);
	return err;
}

static int open_socket(const struct addrinfo *local, const struct addrinfo *remote)
{
	int buffer = SOCKET_BUFFER;
	int fd = socket(local->ai_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -errno;
	setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &buffer, sizeof(buffer));
	setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &buffer, sizeof(buffer));
	if (bind(fd, local->ai_addr, local->ai_addrlen) ||
	    connect(fd, remote->ai_addr, remote->ai_addrlen)) {
		int err = -errno;

		close(fd);
		return err;
	}
	return fd;
}

int wire_open(struct wire **out, const char *local, const char *remote, char *why, size_t size)
{
	struct addrinfo *l = NULL, *r = NULL;
	struct wire *w = NULL;
	int err = resolve(local, true, &l, why, size);

	if (!err)
		err = resolve(remote, false, &r, why, size);
	if (err)
		goto out;
	w = calloc(1, sizeof(*w));
	err = w ? open_socket(l, r) : -ENOMEM;
	if (err < 0) {
		snprintf(why, size, "local %s, remote %s: %s", local, remote, strerror(-err));
		free(w);
		goto out;
	}
	w->fd = err;
	err = 0;
	*out = w;
out:
	if (l)
		freeaddrinfo(l);
	if (r)
		freeaddrinfo(r);
	return err;
}

void wire_close(struct wire *w)
{
	if (!w)
		return;
	close(w->fd);
	free(w);
}

int wire_fd(const struct wire *w)
{
	return w->fd;
}

static void transmit(struct wire *w, const void *datagram, size_t len)
{
	/* The first try may only fetch an old "port unreachable" of a far end that was away. */
	for (int i = 0; i < 2; i++) {
		if (send(w->fd, datagram, len, MSG_DONTWAIT | MSG_NOSIGNAL) >= 0) {
			w->sent++;
			return;
		}
	}
	w->send_errors++;
}

void wire_send(struct wire *w, const void *datagram, size_t len)
{
	transmit(w, datagram, len);
	w->sent_this_tick++;
}

int wire_receive(struct wire *w, uint8_t *buf, size_t max)
{
	for (int i = 0; i < 2; i++) {
		ssize_t n = recv(w->fd, buf, max, MSG_DONTWAIT);

		if (n >= 0) {
			w->received++;
			return (int)n;
		}
		if (errno == EAGAIN || errno == EINTR)
			return -EAGAIN;
	}
	return -EAGAIN;
}

static void send_token(struct wire *w, uint64_t tick, uint16_t packets)
{
	struct lockstep_token t = {.tick = tick, .packets = packets};
	uint8_t d[LOCKSTEP_SIZE];

	lockstep_build(&t, d);
	transmit(w, d, sizeof(d));
}

void wire_lock_send(struct wire *w, uint64_t tick)
{
	send_token(w, tick, w->sent_this_tick);
	w->sent_this_tick = 0;
}

/* Return: 1 the far end has completed @tick, 0 go on reading, negative errno */
static int take(struct wire *w, uint64_t tick, const uint8_t *d, size_t n, uint32_t *announced,
		wire_deliver deliver, void *ctx)
{
	struct lockstep_token t;
	int err = lockstep_parse(d, n, &t);

	if (err == -EBADMSG) {
		deliver(ctx, d, n);
		w->got_this_tick++;
	} else if (err) {
		return err;
	} else if (t.tick == tick) {
		*announced = t.packets;
	} else if (t.tick > 0) {
		return -EPROTO; /* not a repeated greeting */
	}
	if (*announced == UINT32_MAX || w->got_this_tick < *announced)
		return 0;
	w->got_this_tick = 0;
	/* Our own greeting may have come before the far end was there. */
	if (tick == 0)
		send_token(w, 0, 0);
	return 1;
}

int wire_lock_wait(struct wire *w, uint64_t tick, wire_deliver deliver, void *ctx,
		   const atomic_bool *stop)
{
	uint32_t announced = UINT32_MAX;
	uint8_t d[WIRE_DATAGRAM_MAX];

	for (;;) {
		struct pollfd p = {.fd = w->fd, .events = POLLIN};
		int n = wire_receive(w, d, sizeof(d));

		if (n >= 0) {
			int done = take(w, tick, d, (size_t)n, &announced, deliver, ctx);

			if (done)
				return done < 0 ? done : 0;
			continue;
		}
		if (atomic_load_explicit(stop, memory_order_relaxed))
			return -ECANCELED;
		if (poll(&p, 1, LOCK_POLL_MS) == 0 && tick == 0)
			send_token(w, 0, 0);
	}
}

void wire_stats(const struct wire *w, struct wire_stats *st)
{
	*st = (struct wire_stats){
		.sent = w->sent, .received = w->received, .send_errors = w->send_errors};
}
