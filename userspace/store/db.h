/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * LMDB, thinly: environment, transactions, errors, iteration by prefix. db.c is the
 * only file that includes lmdb.h.
 *
 * Errors are negative errno: -ENOENT no such key, -EEXIST, -ENOSPC the map or the disk
 * is full, -EBUSY another process has the environment open for writing, -EBADMSG the
 * file is damaged or not ours, others as the system gave them. After an error in a
 * write transaction the only thing left to do with it is db_abort().
 *
 * Context: threads that may wait. A handle may be used by several threads, a
 * transaction only by the one that began it; one write transaction at a time (LMDB
 * makes the next one wait). Values read point into the map and are valid until the end
 * of their transaction.
 */
#ifndef STORE_DB_H
#define STORE_DB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct db; /* opaque */
struct db_txn; /* opaque */

/* Named databases; docs/store.md has their keys and values. */
enum db_table { DB_META, DB_CALLS, DB_CALLS_BY_LEG, DB_CALLS_BY_TIME, DB_TABLES };

struct db_value {
	const void *data;
	size_t len;
};

/**
 * db_open() - open or create the environment in a directory
 * @dir: made if it is not there (its parent must be)
 * @map_bytes: most that the data file may grow to; rounded up to pages
 *
 * Takes an advisory lock: the environment has one owner.
 * Return: 0; -EBUSY; -EBADMSG; others.
 */
int db_open(struct db **out, const char *dir, size_t map_bytes);

/** db_open_reader() - to look in while its owner has it open; no write transactions */
int db_open_reader(struct db **out, const char *dir);

void db_close(struct db *db);

/** db_resize() - another size of the map; no transaction may be open in this process */
int db_resize(struct db *db, size_t map_bytes);

/* How full it is, [octets]: used includes what LMDB would take again. */
struct db_fill {
	size_t map, used;
	uint64_t entries[DB_TABLES];
};
int db_fill(struct db *db, struct db_fill *fill);

int db_begin(struct db *db, bool write, struct db_txn **txn);
/** db_commit() - on disk when it returns 0; frees @txn in any case */
int db_commit(struct db_txn *txn);
/** db_abort() - also ends a reading; NULL does nothing */
void db_abort(struct db_txn *txn);

int db_get(struct db_txn *txn, enum db_table t, struct db_value key, struct db_value *val);
/** db_put() - insert or replace; with @fresh -EEXIST if the key is there */
int db_put(struct db_txn *txn, enum db_table t, struct db_value key, struct db_value val,
	   bool fresh);
int db_del(struct db_txn *txn, enum db_table t, struct db_value key);

/* One entry; 0 goes on, anything else ends the walk and is returned. */
typedef int db_each_fn(void *ctx, struct db_value key, struct db_value val);

/**
 * db_each() - walk through all keys that begin with @prefix, in order
 * @from: begin at this key (the first not below it; backwards the last not above it),
 *        NULL: at the end of the range that the direction begins with
 * Return: 0, what @fn returned, or negative errno.
 */
int db_each(struct db_txn *txn, enum db_table t, struct db_value prefix,
	    const struct db_value *from, bool backwards, db_each_fn *fn, void *ctx);

/** db_strerror() - one sentence for people; @err negative */
const char *db_strerror(int err);

#endif
