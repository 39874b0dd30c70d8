/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "store/db.h"

#include <errno.h>
#include <fcntl.h>
#include <lmdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define SCHEMA   1 /* layout of all tables; docs/store.md */
#define PATH_LEN 1024

static const char *const table_names[DB_TABLES] = {
	[DB_META] = "meta",
	[DB_CALLS] = "calls",
	[DB_CALLS_BY_LEG] = "calls-by-leg",
	[DB_CALLS_BY_TIME] = "calls-by-time",
};

struct db {
	MDB_env *env;
	MDB_dbi tables[DB_TABLES];
	int lock; /* held while we are the owner, -1 for a reader */
};

struct db_txn {
	struct db *db;
	MDB_txn *txn;
};

/* LMDB's codes are negative and below errno's; its system errors are positive errno. */
static int mapped(int rc)
{
	switch (rc) {
	case 0: return 0;
	case MDB_NOTFOUND: return -ENOENT;
	case MDB_KEYEXIST: return -EEXIST;
	case MDB_MAP_FULL: return -ENOSPC;
	case MDB_READERS_FULL: return -EMFILE;
	case MDB_TXN_FULL: return -EFBIG;
	case MDB_MAP_RESIZED: return -EAGAIN;
	case MDB_BAD_VALSIZE: return -EINVAL;
	default: return rc > 0 ? -rc : -EBADMSG;
	}
}

const char *db_strerror(int err)
{
	switch (-err) {
	case ENOSPC: return "the store is full: raise store.map_mb or free disk space";
	case EBUSY: return "another process has the store open";
	case EBADMSG: return "the store's file is damaged or of another program";
	case ENOENT: return "not there";
	default: return strerror(-err);
	}
}

static int open_tables(struct db *db, unsigned int flags)
{
	MDB_txn *txn;
	int rc = mdb_txn_begin(db->env, NULL, flags & MDB_RDONLY, &txn);

	if (rc)
		return mapped(rc);
	for (int i = 0; i < DB_TABLES && !rc; i++)
		rc = mdb_dbi_open(txn, table_names[i], flags & MDB_RDONLY ? 0 : MDB_CREATE,
				  &db->tables[i]);
	if (rc) {
		mdb_txn_abort(txn);
		return mapped(rc);
	}
	return mapped(mdb_txn_commit(txn));
}

static int take_lock(struct db *db, const char *dir)
{
	char path[PATH_LEN];

	snprintf(path, sizeof(path), "%s/owner", dir);
	db->lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (db->lock < 0)
		return -errno;
	if (flock(db->lock, LOCK_EX | LOCK_NB) < 0)
		return errno == EWOULDBLOCK ? -EBUSY : -errno;
	return 0;
}

static int check_schema(struct db *db)
{
	static const uint8_t schema = SCHEMA;
	struct db_value key = {"schema", 6}, val = {0};
	struct db_txn *txn;
	int rc = db_begin(db, true, &txn);

	if (rc < 0)
		return rc;
	/* NOLINTNEXTLINE(clang-analyzer-core.CallAndMessage): db_begin() has set it, or rc is below 0 */
	rc = db_get(txn, DB_META, key, &val);
	if (rc == 0 && (val.len != 1 || *(const uint8_t *)val.data != SCHEMA))
		rc = -EBADMSG;
	else if (rc == -ENOENT)
		rc = db_put(txn, DB_META, key, (struct db_value){&schema, 1}, true);
	if (rc < 0) {
		db_abort(txn);
		return rc;
	}
	return db_commit(txn);
}

static int open_env(struct db *db, const char *dir, size_t map_bytes, unsigned int flags)
{
	int rc = mdb_env_create(&db->env);

	if (!rc && map_bytes)
		rc = mdb_env_set_mapsize(db->env, map_bytes & ~((size_t)4095));
	if (!rc)
		rc = mdb_env_set_maxdbs(db->env, DB_TABLES);
	/* NOTLS: a reading belongs to its transaction, not to the thread. */
	if (!rc)
		rc = mdb_env_open(db->env, dir, flags | MDB_NOTLS, 0640);
	return rc ? mapped(rc) : open_tables(db, flags);
}

int db_open(struct db **out, const char *dir, size_t map_bytes)
{
	struct db *db = calloc(1, sizeof(*db));
	int rc;

	if (!db)
		return -ENOMEM;
	db->lock = -1;
	if (mkdir(dir, 0750) < 0 && errno != EEXIST) {
		rc = -errno;
		goto failed;
	}
	rc = take_lock(db, dir);
	if (rc < 0)
		goto failed;
	rc = open_env(db, dir, map_bytes + 4095, 0);
	if (rc == 0)
		rc = check_schema(db);
	if (rc < 0)
		goto failed;
	*out = db;
	return 0;
failed:
	db_close(db);
	return rc;
}

int db_open_reader(struct db **out, const char *dir)
{
	struct db *db = calloc(1, sizeof(*db));
	int rc;

	if (!db)
		return -ENOMEM;
	db->lock = -1;
	rc = open_env(db, dir, 0, MDB_RDONLY);
	if (rc < 0) {
		db_close(db);
		return rc;
	}
	*out = db;
	return 0;
}

void db_close(struct db *db)
{
	if (!db)
		return;
	if (db->env)
		mdb_env_close(db->env);
	if (db->lock >= 0)
		close(db->lock);
	free(db);
}

int db_resize(struct db *db, size_t map_bytes)
{
	return mapped(mdb_env_set_mapsize(db->env, (map_bytes + 4095) & ~((size_t)4095)));
}

int db_fill(struct db *db, struct db_fill *fill)
{
	MDB_envinfo info;
	MDB_stat stat;
	MDB_txn *txn;
	int rc = mdb_txn_begin(db->env, NULL, MDB_RDONLY, &txn);

	if (rc)
		return mapped(rc);
	mdb_env_info(db->env, &info);
	mdb_env_stat(db->env, &stat);
	fill->map = info.me_mapsize;
	fill->used = (info.me_last_pgno + 1) * stat.ms_psize;
	for (int i = 0; i < DB_TABLES && !rc; i++) {
		rc = mdb_stat(txn, db->tables[i], &stat);
		fill->entries[i] = stat.ms_entries;
	}
	mdb_txn_abort(txn);
	return mapped(rc);
}

int db_begin(struct db *db, bool write, struct db_txn **out)
{
	struct db_txn *txn = malloc(sizeof(*txn));
	int rc;

	if (!txn)
		return -ENOMEM;
	txn->db = db;
	rc = mdb_txn_begin(db->env, NULL, write ? 0 : MDB_RDONLY, &txn->txn);
	if (rc == MDB_MAP_RESIZED) { /* the owner has made it larger */
		rc = mdb_env_set_mapsize(db->env, 0);
		if (!rc)
			rc = mdb_txn_begin(db->env, NULL, write ? 0 : MDB_RDONLY, &txn->txn);
	}
	if (rc) {
		free(txn);
		return mapped(rc);
	}
	*out = txn;
	return 0;
}

int db_commit(struct db_txn *txn)
{
	int rc = mdb_txn_commit(txn->txn);

	free(txn);
	return mapped(rc);
}

void db_abort(struct db_txn *txn)
{
	if (!txn)
		return;
	mdb_txn_abort(txn->txn);
	free(txn);
}

static MDB_val to_mdb(struct db_value v)
{
	return (MDB_val){.mv_size = v.len, .mv_data = (void *)v.data};
}

int db_get(struct db_txn *txn, enum db_table t, struct db_value key, struct db_value *val)
{
	MDB_val k = to_mdb(key), v;
	int rc = mdb_get(txn->txn, txn->db->tables[t], &k, &v);

	if (!rc)
		*val = (struct db_value){v.mv_data, v.mv_size};
	return mapped(rc);
}

int db_put(struct db_txn *txn, enum db_table t, struct db_value key, struct db_value val,
	   bool fresh)
{
	MDB_val k = to_mdb(key), v = to_mdb(val);

	return mapped(mdb_put(txn->txn, txn->db->tables[t], &k, &v, fresh ? MDB_NOOVERWRITE : 0));
}

int db_del(struct db_txn *txn, enum db_table t, struct db_value key)
{
	MDB_val k = to_mdb(key);

	return mapped(mdb_del(txn->txn, txn->db->tables[t], &k, NULL));
}

/* ---- walking -------------------------------------------------------------------------------- */

/* The first key behind all that begin with @prefix; false: there is none such. */
static bool behind(struct db_value prefix, uint8_t *buf, size_t size, MDB_val *out)
{
	size_t n = prefix.len;

	if (n > size)
		return false;
	memcpy(buf, prefix.data, n);
	while (n && buf[n - 1] == 0xFF)
		n--;
	if (!n)
		return false;
	buf[n - 1]++;
	*out = (MDB_val){.mv_size = n, .mv_data = buf};
	return true;
}

static int first_forward(MDB_cursor *cur, struct db_value start, MDB_val *k, MDB_val *v)
{
	*k = to_mdb(start);
	return mdb_cursor_get(cur, k, v, start.len ? MDB_SET_RANGE : MDB_FIRST);
}

/* The last key that is not above @from, or below everything behind the prefix. */
static int first_backward(MDB_cursor *cur, struct db_value prefix, const struct db_value *from,
			  MDB_val *k, MDB_val *v)
{
	uint8_t buf[512]; /* LMDB's keys have at most 511 octets */
	int rc;

	if (from)
		*k = to_mdb(*from);
	else if (!behind(prefix, buf, sizeof(buf), k))
		return mdb_cursor_get(cur, k, v, MDB_LAST);
	rc = mdb_cursor_get(cur, k, v, MDB_SET_RANGE);
	if (rc == MDB_NOTFOUND)
		return mdb_cursor_get(cur, k, v, MDB_LAST);
	if (!rc && from && k->mv_size == from->len && !memcmp(k->mv_data, from->data, from->len))
		return 0;
	return rc ? rc : mdb_cursor_get(cur, k, v, MDB_PREV);
}

int db_each(struct db_txn *txn, enum db_table t, struct db_value prefix,
	    const struct db_value *from, bool backwards, db_each_fn *fn, void *ctx)
{
	MDB_cursor *cur;
	MDB_val k, v;
	int rc = mdb_cursor_open(txn->txn, txn->db->tables[t], &cur), end = 0;

	if (rc)
		return mapped(rc);
	if (backwards)
		rc = first_backward(cur, prefix, from, &k, &v);
	else
		rc = first_forward(cur, from ? *from : prefix, &k, &v);
	while (!rc && !end && k.mv_size >= prefix.len &&
	       (!prefix.len || !memcmp(k.mv_data, prefix.data, prefix.len))) {
		end = fn(ctx, (struct db_value){k.mv_data, k.mv_size},
			 (struct db_value){v.mv_data, v.mv_size});
		if (!end)
			rc = mdb_cursor_get(cur, &k, &v, backwards ? MDB_PREV : MDB_NEXT);
	}
	mdb_cursor_close(cur);
	if (end || !rc || rc == MDB_NOTFOUND)
		return end;
	return mapped(rc);
}
