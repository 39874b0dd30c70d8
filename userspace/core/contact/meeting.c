/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/contact/meeting.h"

#include <errno.h>
#include <string.h>

#include "core/contact/text.h"

void meeting_init(struct meeting *m)
{
	m->n = 0;
}

static void take_out(struct meeting *m, size_t i)
{
	m->n--;
	memmove(&m->guests[i], &m->guests[i + 1], (m->n - i) * sizeof(m->guests[0]));
}

int meeting_enter(struct meeting *m, uint64_t leg, const char *room, uint64_t *partner)
{
	size_t i;

	for (i = 0; i < m->n; i++)
		if (m->guests[i].leg == leg)
			return -EEXIST;
	for (i = 0; i < m->n; i++) {
		if (strcmp(m->guests[i].room, room) != 0)
			continue;
		*partner = m->guests[i].leg;
		take_out(m, i);
		return 1;
	}
	if (m->n == MEETING_MAX)
		return -ENOSPC;
	m->guests[m->n].leg = leg;
	text_copy(m->guests[m->n].room, sizeof(m->guests[0].room), room);
	m->n++;
	return 0;
}

int meeting_leave(struct meeting *m, uint64_t leg)
{
	for (size_t i = 0; i < m->n; i++)
		if (m->guests[i].leg == leg) {
			take_out(m, i);
			return 0;
		}
	return -ENOENT;
}
