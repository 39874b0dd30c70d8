/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Meeting rooms: callers who enter the same room are joined pairwise, first come,
 * first served.
 */
#ifndef CORE_CONTACT_MEETING_H
#define CORE_CONTACT_MEETING_H

#include <stddef.h>
#include <stdint.h>

#include "core/contact/flow.h"

#define MEETING_MAX 1024 /* callers who wait, in all rooms */

struct meeting_guest {
	uint64_t leg;
	char room[FLOW_NAME_MAX];
};

/* Those who wait, the longest first. In a room there is at most one. */
struct meeting {
	size_t n;
	struct meeting_guest guests[MEETING_MAX];
};

void meeting_init(struct meeting *m);

/**
 * meeting_enter() - @leg comes into @room
 * @partner: who waited there longest and has now been taken out
 * Return: 1 there is a partner; 0 @leg waits now; -ENOSPC too many wait; -EEXIST it
 * waits somewhere already.
 */
int meeting_enter(struct meeting *m, uint64_t leg, const char *room, uint64_t *partner);

/** meeting_leave() - Return: 0, -ENOENT it does not wait anywhere. */
int meeting_leave(struct meeting *m, uint64_t leg);

#endif
