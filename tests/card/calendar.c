/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "calendar.h"

#include <errno.h>

int calendar_join(struct calendar *c)
{
	for (int i = 0; i < CALENDAR_CLIENTS; i++) {
		if (c->client[i].there)
			continue;
		c->client[i].there = true;
		c->client[i].waits = c->client[i].guest = false;
		c->client[i].at = CALENDAR_NEVER;
		return i;
	}
	return -ENOSPC;
}

void calendar_leave(struct calendar *c, int i)
{
	c->client[i].there = false;
}

int calendar_take(struct calendar *c, int i, struct um_timetravel_msg *m, uint64_t today)
{
	switch (m->op) {
	case UM_TIMETRAVEL_ACK: return 0;
	case UM_TIMETRAVEL_START: c->client[i].guest = true; break;
	case UM_TIMETRAVEL_REQUEST: c->client[i].at = m->time; break;
	case UM_TIMETRAVEL_WAIT: c->client[i].waits = true; break;
	case UM_TIMETRAVEL_GET: m->time = c->now; break;
	case UM_TIMETRAVEL_GET_TOD: m->time = today + c->now; break;
	case UM_TIMETRAVEL_UPDATE:
		if (m->time > c->now)
			c->now = m->time;
		break;
	default: return -EPROTO;
	}
	m->op = UM_TIMETRAVEL_ACK;
	return 1;
}

/* Does i run before j? Of those of the same time cards do, so that a guest finds all interrupts there. */
static bool before(const struct calendar *c, int i, int j)
{
	if (c->client[i].at != c->client[j].at)
		return c->client[i].at < c->client[j].at;
	return c->client[j].guest && !c->client[i].guest;
}

/* May i run while others do? Cards of one time may: one may wait for what another one does then. */
static bool may_run(const struct calendar *c, int i)
{
	for (int j = 0; j < CALENDAR_CLIENTS; j++)
		if (c->client[j].there && !c->client[j].waits &&
		    (c->client[i].guest || c->client[j].guest || c->client[i].at > c->now))
			return false;
	return true;
}

int calendar_next(struct calendar *c, uint64_t *free_until)
{
	int first = -1;

	*free_until = CALENDAR_NEVER;
	for (int i = 0; i < CALENDAR_CLIENTS; i++) {
		if (!c->client[i].there || !c->client[i].waits)
			continue;
		if (first < 0 || before(c, i, first)) {
			if (first >= 0)
				*free_until = c->client[first].at;
			first = i;
		} else if (c->client[i].at < *free_until) {
			*free_until = c->client[i].at;
		}
	}
	if (first < 0 || c->client[first].at == CALENDAR_NEVER || !may_run(c, first))
		return -1;
	c->client[first].waits = false;
	if (c->client[first].at > c->now)
		c->now = c->client[first].at;
	c->client[first].at = CALENDAR_NEVER;
	return first;
}
