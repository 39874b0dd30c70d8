/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Gives a guest and its cards their turns in simulated time (tests/card/calendar.h).
 *
 *	calendar SOCKET
 *
 * Ends when its standard input does.
 */
#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "../card/calendar.h"

#define LISTENING CALENDAR_CLIENTS
#define STDIN     (CALENDAR_CLIENTS + 1)
#define FDS       (CALENDAR_CLIENTS + 2)
#define ALONE_NS  1000000

static struct calendar calendar;
static struct pollfd fds[FDS];

static void tell(int i, uint32_t op, uint64_t time)
{
	struct um_timetravel_msg m = {.op = op, .time = time};

	/* Who has gone shows when it is read from. */
	send(fds[i].fd, &m, sizeof(m), MSG_NOSIGNAL);
}

static void give_turns(void)
{
	uint64_t free_until;
	int next;

	while ((next = calendar_next(&calendar, &free_until)) >= 0) {
		/* Who is alone is asked now and then: somebody may come. */
		if (free_until == CALENDAR_NEVER)
			free_until = calendar.now + ALONE_NS;
		tell(next, UM_TIMETRAVEL_FREE_UNTIL, free_until);
		tell(next, UM_TIMETRAVEL_RUN, calendar.now);
	}
}

static void leave(int i)
{
	close(fds[i].fd);
	fds[i].fd = -1;
	calendar_leave(&calendar, i);
	give_turns();
}

static void hear(int i, uint64_t today)
{
	struct um_timetravel_msg m;
	int answer;

	if (recv(fds[i].fd, &m, sizeof(m), MSG_WAITALL) != sizeof(m)) {
		leave(i);
		return;
	}
	answer = calendar_take(&calendar, i, &m, today);
	if (answer < 0) {
		fprintf(stderr, "calendar: client %d says %u, which no client does\n", i, m.op);
		leave(i);
		return;
	}
	if (answer)
		send(fds[i].fd, &m, sizeof(m), MSG_NOSIGNAL);
	give_turns();
}

static void greet(void)
{
	int fd = accept4(fds[LISTENING].fd, NULL, NULL, SOCK_CLOEXEC), i;

	if (fd < 0)
		return;
	i = calendar_join(&calendar);
	if (i < 0) {
		fprintf(stderr, "calendar: more than %d want turns\n", CALENDAR_CLIENTS);
		close(fd);
		return;
	}
	fds[i].fd = fd;
}

static int listen_at(const char *path)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (strlen(path) >= sizeof(a.sun_path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	strcpy(a.sun_path, path);
	if (fd < 0 || bind(fd, (struct sockaddr *)&a, sizeof(a)) || listen(fd, CALENDAR_CLIENTS))
		return -1;
	return fd;
}

int main(int argc, char **argv)
{
	static const struct sched_param realtime = {.sched_priority = 1};
	struct timespec now;
	uint64_t today;

	if (argc != 2) {
		fputs("usage: calendar SOCKET\n", stderr);
		return 2;
	}
	/* Everybody waits for us; without the right it just takes longer. */
	sched_setscheduler(0, SCHED_FIFO, &realtime);
	clock_gettime(CLOCK_REALTIME, &now);
	today = (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
	for (int i = 0; i < FDS; i++)
		fds[i] = (struct pollfd){.fd = -1, .events = POLLIN};
	fds[STDIN].fd = STDIN_FILENO;
	fds[LISTENING].fd = listen_at(argv[1]);
	if (fds[LISTENING].fd < 0) {
		fprintf(stderr, "calendar: cannot listen at %s: %s\n", argv[1], strerror(errno));
		return 1;
	}
	while (!fds[STDIN].revents) {
		if (poll(fds, FDS, -1) < 0 && errno != EINTR)
			return 1;
		for (int i = 0; i < CALENDAR_CLIENTS; i++)
			if (fds[i].fd >= 0 && fds[i].revents)
				hear(i, today);
		if (fds[LISTENING].revents)
			greet();
	}
	unlink(argv[1]);
	return 0;
}
