/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Call records in the store: writing them once, finding them again, and what the
 * engine may forget because it is on disk here.
 */
#ifndef STORE_CALLS_H
#define STORE_CALLS_H

#include "store/cdr.h"
#include "store/db.h"

/* The engine's process and its last event that is contained in the store. */
struct calls_mark {
	char instance[CDR_INSTANCE_MAX]; /* "" none yet */
	uint64_t event;
};

/**
 * calls_put() - write a record inside a write transaction
 * @c: its id is set, to the next number of @site; or to the old one's if this leg has
 *     a record already
 *
 * In the same transaction the engine's mark moves to the record's event.
 * Return: 1 written; 0 this leg has its record already, nothing changed; negative errno.
 */
int calls_put(struct db_txn *txn, uint32_t site, struct cdr *c);

/** calls_mark() - Return: 0 (also if there is none yet); negative errno */
int calls_mark(struct db_txn *txn, struct calls_mark *mark);

/** calls_get() - Return: 0, -ENOENT, -EBADMSG, negative errno */
int calls_get(struct db_txn *txn, struct cdr_id id, struct cdr *c);
/** calls_get_leg() - by engine instance and leg */
int calls_get_leg(struct db_txn *txn, const char *instance, uint64_t leg, struct cdr *c);

/* A record; 0 goes on, anything else ends the walk and is returned. */
typedef int calls_each_fn(void *ctx, const struct cdr *c);

struct calls_query {
	int64_t since_us; /* offered at or after; 0: all */
	struct cdr_id before; /* only those older than this record; site 0: from the newest */
};

/** calls_each() - by time of offering, the newest first. Return: 0, what @fn returned, negative errno */
int calls_each(struct db_txn *txn, const struct calls_query *q, calls_each_fn *fn, void *ctx);

#endif
