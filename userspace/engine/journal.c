/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "engine/journal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

void journal_init(struct journal *j, uint32_t max_events, size_t max_octets)
{
	*j = (struct journal){.max_events = max_events, .max_octets = max_octets, .next = 1};
}

void journal_free(struct journal *j)
{
	struct journal_entry *e, *next;

	for (e = j->head; e; e = next) {
		next = e->next;
		free(e);
	}
	*j = (struct journal){0};
}

static void remove_entry(struct journal *j, struct journal_entry *e)
{
	if (j->cursor == e)
		j->cursor = e->next;
	if (e->prev)
		e->prev->next = e->next;
	else
		j->head = e->next;
	if (e->next)
		e->next->prev = e->prev;
	else
		j->tail = e->prev;
	/* Of the plain ones only the oldest is ever removed: dropping and committing both
	 * begin at the front. */
	if (!e->record) {
		j->plain_head = e->next_plain;
		if (!j->plain_head)
			j->plain_tail = NULL;
	}
	j->kept--;
	j->records -= e->record;
	j->octets -= e->len;
	free(e);
}

static bool full(const struct journal *j)
{
	return j->kept > j->max_events || j->octets > j->max_octets;
}

int journal_add(struct journal *j, bool record, const char *line, size_t len)
{
	struct journal_entry *e = malloc(sizeof(*e) + len);
	uint64_t number = j->next++;

	if (!e) {
		j->lost++;
		return -ENOMEM;
	}
	*e = (struct journal_entry){
		.prev = j->tail, .number = number, .record = record, .len = (uint32_t)len};
	memcpy(e->line, line, len);
	if (j->tail)
		j->tail->next = e;
	else
		j->head = e;
	j->tail = e;
	if (!j->cursor)
		j->cursor = e;
	if (!record) {
		if (j->plain_tail)
			j->plain_tail->next_plain = e;
		else
			j->plain_head = e;
		j->plain_tail = e;
	}
	j->kept++;
	j->records += record;
	j->octets += len;
	while (full(j) && j->plain_head) {
		remove_entry(j, j->plain_head);
		j->lost++;
	}
	return 0;
}

int journal_commit(struct journal *j, uint64_t number)
{
	struct journal_entry *e, *next;
	int gone = 0;

	if (number >= j->next)
		return -EINVAL;
	for (e = j->head; e && e->number <= number; e = next) {
		next = e->next;
		remove_entry(j, e);
		gone++;
	}
	return gone;
}

uint64_t journal_first(const struct journal *j)
{
	return j->head ? j->head->number : j->next;
}

void journal_rewind(struct journal *j)
{
	j->cursor = j->head;
}

const struct journal_entry *journal_read(struct journal *j)
{
	const struct journal_entry *e = j->cursor;

	if (e)
		j->cursor = e->next;
	return e;
}
