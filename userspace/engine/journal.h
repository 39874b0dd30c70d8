/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The engine's event journal: numbered lines, kept until they are committed.
 *
 * Bounded in events and in octets. When it is full, the oldest events that are
 * not records of ended legs are dropped and counted; records are never dropped,
 * so their number is bounded only by the owner's refusing new calls in time.
 * A plain event that finds nothing but records is itself the oldest to go.
 *
 * No I/O, no clock; allocates one block an event.
 */
#ifndef ENGINE_JOURNAL_H
#define ENGINE_JOURNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct journal_entry {
	struct journal_entry *prev, *next; /* all events, by number */
	struct journal_entry *next_plain; /* those that may be dropped */
	uint64_t number;
	bool record; /* never dropped */
	uint32_t len; /* octets of line */
	char line[]; /* as sent; with its '\n', without a 0 */
};

struct journal {
	struct journal_entry *head, *tail;
	struct journal_entry *plain_head, *plain_tail;
	struct journal_entry *cursor; /* what journal_read() gives next */
	uint32_t max_events;
	size_t max_octets;
	uint32_t kept, records; /* events kept; records among them */
	size_t octets; /* of all lines kept */
	uint64_t next; /* number of the next event; the first is 1 */
	uint64_t lost; /* dropped because full, since journal_init() */
};

/** journal_init() - empty, bounded to @max_events (1 or more) and @max_octets of lines */
void journal_init(struct journal *j, uint32_t max_events, size_t max_octets);
/** journal_free() - forget everything; j may be used again after journal_init() */
void journal_free(struct journal *j);

/**
 * journal_add() - append the event with the number @j->next
 * @record: true for one that must never be dropped
 * @line: copied, @len octets
 * Return: 0 (also when the event had to be dropped at once), or -ENOMEM: it is not kept
 * and counted as lost. Its number is used up either way.
 */
int journal_add(struct journal *j, bool record, const char *line, size_t len);

/**
 * journal_commit() - forget all events up to @number
 * Return: how many went, or -EINVAL when no such event has been numbered yet.
 */
int journal_commit(struct journal *j, uint64_t number);

/** journal_first() - number of the oldest kept event; j->next if there is none */
uint64_t journal_first(const struct journal *j);

/** journal_rewind() - let journal_read() begin with the oldest kept event */
void journal_rewind(struct journal *j);
/**
 * journal_read() - the next event in order
 * Events may be added, dropped and committed between two calls: what was added comes last,
 * what is gone is passed over.
 * Return: borrowed until the next call of any other function here; NULL at the end.
 */
const struct journal_entry *journal_read(struct journal *j);

#endif
