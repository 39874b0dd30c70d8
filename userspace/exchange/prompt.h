/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Is what is heard this sound file, octet for octet?
 *
 * The far end begins to play at an unknown sample. A key, the first PROMPT_KEY octets
 * of the file that are not nearly silent, is looked for; where it is found the file
 * is aligned, and from its first octet to the last wanted one all are compared.
 *
 * Pure; the clip stays the caller's and must outlive the watch.
 */
#ifndef EXCHANGE_PROMPT_H
#define EXCHANGE_PROMPT_H

#include <stddef.h>
#include <stdint.h>

#include "exchange/hear.h"

#define PROMPT_KEY     64 /* [octets] */
#define PROMPT_VARIETY 12 /* different octets in a key */

struct prompt_watch {
	const uint8_t *clip;
	int64_t n; /* octets of it that must be heard */
	int64_t key; /* where in the clip the key is */
	int64_t at; /* cursor: next octet of the ear to look at */
	int64_t start; /* position of the clip's first octet in the ear; -1: not found yet */
	int64_t differ_max, differ; /* octets that may differ, that did */
	int64_t first_differ; /* in the clip; -1: none */
	uint8_t wanted, heard; /* there */
};

/**
 * prompt_watch_begin() - @clip: @n octets of A-law, looked for from position @from
 * @want: octets that must be heard from its beginning, 0: all of them
 * @differ_max: so many octets may be different (on a line with errors)
 * Return: 0, or -EINVAL: no part of what is wanted has enough variety for a key.
 */
int prompt_watch_begin(struct prompt_watch *w, int64_t from, const uint8_t *clip, size_t n,
		       size_t want, size_t differ_max);

/**
 * prompt_watch_run() - look at what was heard since
 * Return: HEAR_WAIT; HEAR_DONE: heard, w->at is behind its last wanted octet; HEAR_WRONG: it
 * began and then differed, w->first_differ, w->wanted and w->heard say where and how.
 */
enum hear_result prompt_watch_run(struct prompt_watch *w, const struct ear *e);

#endif
