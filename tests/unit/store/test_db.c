/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The LMDB wrapper, and call records in it. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/wait.h>
#include <cmocka.h>

#include "store/calls.h"
#include "store_rig.h"

#define MB (1u << 20)

static struct db_value text(const char *s)
{
	return (struct db_value){s, strlen(s)};
}

struct seen {
	char keys[256];
	int n, stop_at;
};

static int note(void *ctx, struct db_value key, struct db_value val)
{
	struct seen *seen = ctx;

	(void)val;
	strncat(seen->keys, key.data, key.len);
	strcat(seen->keys, " ");
	return ++seen->n == seen->stop_at ? 7 : 0;
}

static void walk(struct db_txn *txn, const char *prefix, const char *from, bool backwards,
		 const char *expected)
{
	struct db_value start = {0};
	struct seen seen = {0};

	if (from)
		start = text(from);
	assert_int_equal(
		db_each(txn, DB_META, text(prefix), from ? &start : NULL, backwards, note, &seen),
		0);
	assert_string_equal(seen.keys, expected);
}

static void walks(void **state)
{
	static const char *const keys[] = {"a",  "b", "ba",       "bb",
					   "bc", "c", "\xFF\xFF", "\xFF\xFFz"};
	struct seen seen = {.stop_at = 2};
	char dir[64];
	struct db *db;
	struct db_txn *txn;

	(void)state;
	rig_folder(dir);
	assert_int_equal(db_open(&db, dir, MB), 0);
	assert_int_equal(db_begin(db, true, &txn), 0);
	assert_int_equal(db_del(txn, DB_META, text("schema")), 0);
	walk(txn, "", NULL, false, "");
	walk(txn, "", NULL, true, "");
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		assert_int_equal(db_put(txn, DB_META, text(keys[i]), text("v"), true), 0);
	assert_int_equal(db_put(txn, DB_META, text("a"), text("w"), true), -EEXIST);
	assert_int_equal(db_put(txn, DB_META, text("a"), text("w"), false), 0);
	walk(txn, "b", NULL, false, "b ba bb bc ");
	walk(txn, "b", NULL, true, "bc bb ba b ");
	walk(txn, "b", "bb", false, "bb bc ");
	walk(txn, "b", "bb", true, "bb ba b ");
	walk(txn, "b", "bba", true, "bb ba b "); /* not there: the one below it */
	walk(txn, "b", "bba", false, "bc ");
	walk(txn, "", "c", false, "c \xFF\xFF \xFF\xFFz ");
	walk(txn, "", "ab", true, "a ");
	walk(txn, "x", NULL, false, "");
	walk(txn, "x", NULL, true, "");
	walk(txn, "\xFF\xFF", NULL, true, "\xFF\xFFz \xFF\xFF ");
	assert_int_equal(db_each(txn, DB_META, text(""), NULL, false, note, &seen), 7);
	assert_int_equal(seen.n, 2);
	db_abort(txn);
	db_close(db);
	rig_remove(dir);
}

static void aborted_and_committed(void **state)
{
	struct db_value val;
	char dir[64];
	struct db *db;
	struct db_txn *txn;

	(void)state;
	rig_folder(dir);
	assert_int_equal(db_open(&db, dir, MB), 0);
	db_begin(db, true, &txn);
	db_put(txn, DB_META, text("k"), text("1"), true);
	db_abort(txn);
	db_begin(db, true, &txn);
	assert_int_equal(db_get(txn, DB_META, text("k"), &val), -ENOENT);
	db_put(txn, DB_META, text("k"), text("2"), true);
	assert_int_equal(db_commit(txn), 0);
	db_close(db);
	assert_int_equal(db_open(&db, dir, MB), 0);
	db_begin(db, false, &txn);
	assert_int_equal(db_get(txn, DB_META, text("k"), &val), 0);
	assert_memory_equal(val.data, "2", 1);
	db_abort(txn);
	db_abort(NULL);
	db_close(db);
	db_close(NULL);
	rig_remove(dir);
}

/* One owner; another process may look while the owner writes. */
static void two_processes(void **state)
{
	struct cdr c = rig_record("i", 1);
	char dir[64];
	struct db *db, *other;
	struct db_txn *txn;
	int status;
	pid_t pid;

	(void)state;
	rig_folder(dir);
	assert_int_equal(db_open(&db, dir, MB), 0);
	db_begin(db, true, &txn);
	assert_int_equal(calls_put(txn, 3, &c), 1);
	assert_int_equal(db_commit(txn), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		struct cdr got;

		if (db_open(&other, dir, MB) != -EBUSY)
			_exit(1);
		if (db_open_reader(&other, dir) != 0 || db_begin(other, false, &txn) != 0)
			_exit(2);
		if (calls_get(txn, (struct cdr_id){3, 1}, &got) != 0 || got.leg != 1)
			_exit(3);
		db_abort(txn);
		db_close(other);
		_exit(0);
	}
	waitpid(pid, &status, 0);
	assert_int_equal(WEXITSTATUS(status), 0);
	db_close(db);
	assert_int_equal(db_open(&db, dir, MB), 0); /* the owner has gone */
	db_close(db);
	rig_remove(dir);
}

static void not_our_file(void **state)
{
	char dir[64], path[96];
	struct db *db;
	int fd;

	(void)state;
	rig_folder(dir);
	snprintf(path, sizeof(path), "%s/data.mdb", dir);
	fd = open(path, O_WRONLY | O_CREAT, 0600);
	for (int i = 0; i < 4096; i++)
		assert_int_equal(write(fd, "rubbish!", 8), 8);
	close(fd);
	assert_int_equal(db_open(&db, dir, MB), -EBADMSG);
	assert_int_equal(db_open(&db, "/nowhere/at/all", MB), -ENOENT);
	rig_remove(dir);
}

/* ---- call records --------------------------------------------------------------------------- */

struct list {
	uint64_t seqs[64];
	size_t n, stop_at;
};

static int list(void *ctx, const struct cdr *c)
{
	struct list *l = ctx;

	l->seqs[l->n++] = c->id.seq;
	return l->n == l->stop_at ? 5 : 0;
}

static void find(struct db *db, struct calls_query q, size_t n, uint64_t first, uint64_t last)
{
	struct list l = {0};
	struct db_txn *txn;

	assert_int_equal(db_begin(db, false, &txn), 0);
	assert_int_equal(calls_each(txn, &q, list, &l), 0);
	db_abort(txn);
	assert_int_equal(l.n, n);
	if (!n)
		return;
	assert_int_equal(l.seqs[0], first);
	assert_int_equal(l.seqs[n - 1], last);
}

static void records_are_found(void **state)
{
	struct list l = {.stop_at = 3};
	struct cdr c;
	char dir[64];
	struct db *db;
	struct db_txn *txn;

	(void)state;
	rig_folder(dir);
	assert_int_equal(db_open(&db, dir, 4 * MB), 0);
	db_begin(db, true, &txn);
	for (uint64_t n = 1; n <= 20; n++) {
		c = rig_record("i", n);
		assert_int_equal(calls_put(txn, 3, &c), 1);
		assert_int_equal(c.id.site, 3);
		assert_int_equal(c.id.seq, n);
	}
	c = rig_record("i", 0); /* offered before all others, ended after them */
	c.leg = 21;
	assert_int_equal(calls_put(txn, 3, &c), 1);
	c = rig_record("i", 500); /* another site counts for itself */
	assert_int_equal(calls_put(txn, 4, &c), 1);
	assert_int_equal(c.id.seq, 1);
	assert_int_equal(db_commit(txn), 0);

	find(db, (struct calls_query){0}, 22, 1, 21);
	find(db, (struct calls_query){.since_us = 1795000000000000 + 15 * 1000}, 7, 1, 15);
	find(db, (struct calls_query){.since_us = INT64_MAX}, 0, 0, 0);
	find(db, (struct calls_query){.before = {3, 5}}, 5, 4, 21);
	find(db, (struct calls_query){.before = {3, 20}, .since_us = 1795000000018000}, 2, 19, 18);
	find(db, (struct calls_query){.before = {3, 21}}, 0, 0, 0);
	db_begin(db, false, &txn);
	assert_int_equal(calls_each(txn, &(struct calls_query){.before = {3, 99}}, list, &l),
			 -ENOENT);
	assert_int_equal(calls_each(txn, &(struct calls_query){0}, list, &l), 5);
	assert_int_equal(calls_get(txn, (struct cdr_id){3, 7}, &c), 0);
	assert_string_equal(c.calling, "01000000007");
	assert_int_equal(calls_get(txn, (struct cdr_id){3, 22}, &c), -ENOENT);
	assert_int_equal(calls_get_leg(txn, "i", 9, &c), 0);
	assert_int_equal(c.id.seq, 9);
	assert_int_equal(calls_get_leg(txn, "j", 9, &c), -ENOENT);
	db_abort(txn);
	db_close(db);
	rig_remove(dir);
}

static void once_a_leg(void **state)
{
	struct calls_mark mark;
	struct cdr c, again;
	char dir[64];
	struct db *db;
	struct db_txn *txn;

	(void)state;
	rig_folder(dir);
	assert_int_equal(db_open(&db, dir, MB), 0);
	db_begin(db, true, &txn);
	assert_int_equal(calls_mark(txn, &mark), 0);
	assert_string_equal(mark.instance, "");
	c = rig_record("i", 5);
	assert_int_equal(calls_put(txn, 1, &c), 1);
	again = rig_record("i", 5);
	strcpy(again.flow, "other");
	assert_int_equal(calls_put(txn, 1, &again), 0); /* in the same transaction */
	assert_int_equal(again.id.seq, 1);
	assert_int_equal(db_commit(txn), 0);

	db_begin(db, true, &txn);
	again = rig_record("i", 5);
	assert_int_equal(calls_put(txn, 1, &again), 0); /* in a later one */
	c = rig_record("j", 5); /* the same leg of another engine is another call */
	c.event = 3;
	assert_int_equal(calls_put(txn, 1, &c), 1);
	assert_int_equal(c.id.seq, 2);
	assert_int_equal(calls_mark(txn, &mark), 0);
	assert_string_equal(mark.instance, "j");
	assert_int_equal(mark.event, 3);
	c = rig_record("j", 4); /* an older event does not move it back */
	c.event = 2;
	assert_int_equal(calls_put(txn, 1, &c), 1);
	c = rig_record("i", 77); /* made by us when the engine died: no event of its */
	c.event = 0;
	assert_int_equal(calls_put(txn, 1, &c), 1);
	assert_int_equal(calls_mark(txn, &mark), 0);
	assert_string_equal(mark.instance, "j");
	assert_int_equal(mark.event, 3);
	db_abort(txn);

	db_begin(db, true, &txn); /* what was aborted used no number up */
	c = rig_record("k", 1);
	assert_int_equal(calls_put(txn, 1, &c), 1);
	assert_int_equal(c.id.seq, 2);
	db_abort(txn);
	db_close(db);
	rig_remove(dir);
}

/* All keys of a full map are whole: a transaction that did not fit left nothing behind. */
static void map_full(void **state)
{
	struct db_fill fill;
	char dir[64];
	struct db *db;
	struct db_txn *txn;
	struct cdr c;
	uint64_t n = 0;
	int rc = 0;

	(void)state;
	rig_folder(dir);
	assert_int_equal(db_open(&db, dir, 200000), 0);
	while (rc == 0 && n < 100000) {
		c = rig_record("i", ++n);
		assert_int_equal(db_begin(db, true, &txn), 0);
		rc = calls_put(txn, 1, &c);
		if (rc < 0)
			db_abort(txn);
		else
			rc = db_commit(txn);
	}
	assert_int_equal(rc, -ENOSPC);
	assert_string_equal(db_strerror(rc),
			    "the store is full: raise store.map_mb or free disk space");
	assert_int_equal(db_fill(db, &fill), 0);
	assert_int_equal(fill.entries[DB_CALLS], n - 1);
	assert_int_equal(fill.entries[DB_CALLS_BY_LEG], n - 1);
	assert_int_equal(fill.entries[DB_CALLS_BY_TIME], n - 1);
	assert_true(fill.used <= fill.map);
	assert_int_equal(db_resize(db, 400000), 0);
	db_begin(db, true, &txn);
	c = rig_record("i", n);
	assert_int_equal(calls_put(txn, 1, &c), 1);
	assert_int_equal(c.id.seq, n);
	assert_int_equal(db_commit(txn), 0);
	db_close(db);
	rig_remove(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(walks),
		cmocka_unit_test(aborted_and_committed),
		cmocka_unit_test(two_processes),
		cmocka_unit_test(not_our_file),
		cmocka_unit_test(records_are_found),
		cmocka_unit_test(once_a_leg),
		cmocka_unit_test(map_full),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
