/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lock.h"

#include <errno.h>

#include "core/line/lockstep.h"

static enum lock_kind greeted(struct lock *l)
{
	/* Greetings are repeated until the far end's first tick. */
	if (!l->on || l->theirs)
		*l = (struct lock){.on = true, .sessions = l->sessions + 1, .announced = -1};
	return LOCK_GREETING;
}

static void complete(struct lock *l)
{
	if (l->announced < 0 || l->packets < l->announced)
		return;
	l->theirs++;
	l->packets = 0;
	l->announced = -1;
}

int lock_take(struct lock *l, const uint8_t *datagram, size_t n)
{
	struct lockstep_token t;
	int err = lockstep_parse(datagram, n, &t);

	if (err == -EBADMSG) {
		l->packets++;
		complete(l);
		return LOCK_PACKET;
	}
	if (err)
		return err;
	if (t.tick == 0)
		return greeted(l);
	if (!l->on || t.tick != l->theirs + 1)
		return -EPROTO;
	l->announced = t.packets;
	complete(l);
	return LOCK_TOKEN;
}

bool lock_due(const struct lock *l)
{
	return l->on && l->theirs == l->mine;
}

uint64_t lock_ticked(struct lock *l)
{
	return ++l->mine;
}

void lock_gone(struct lock *l)
{
	l->on = false;
	l->mine = l->theirs = 0;
	l->packets = 0;
	l->announced = -1;
}
