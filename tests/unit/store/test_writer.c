/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The writing thread: what it acknowledges is on disk, also when its process is killed at
 * any moment and when the map is full.
 */
#include <errno.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/wait.h>
#include <cmocka.h>

#include "store/calls.h"
#include "store/writer.h"
#include "store_rig.h"

#define MB    (1u << 20)
#define KILLS 12
#define LEGS  4000 /* of one life of the child; it is killed long before the last */

static void wake_pipe(void *ctx)
{
	const int *fd = ctx;

	if (write(*fd, "!", 1) < 0)
		_exit(9);
}

static void no_wake(void *ctx)
{
	(void)ctx;
}

static void written_in_order(void **state)
{
	struct writer_news news;
	struct writer *w;
	struct db *db;
	struct db_txn *txn;
	struct cdr c;
	char dir[64];

	(void)state;
	rig_folder(dir);
	assert_int_equal(db_open(&db, dir, 64 * MB), 0);
	assert_int_equal(writer_open(&w, &(struct writer_cfg){db, 2, no_wake, NULL}), 0);
	assert_int_equal(writer_flush(w), 0);
	for (uint64_t n = 1; n <= 1000; n++) {
		c = rig_record("i", n);
		assert_int_equal(writer_put(w, &c), 0);
		if (n % 100 == 0) { /* offered again, as after a reconnection */
			c = rig_record("i", n);
			assert_int_equal(writer_put(w, &c), 0);
		}
	}
	assert_int_equal(writer_flush(w), 0);
	writer_news(w, &news);
	assert_int_equal(news.put, 1010);
	assert_int_equal(news.done, 1010);
	assert_int_equal(news.duplicates, 10);
	assert_true(news.commits < 1010); /* they came together */
	assert_int_equal(writer_close(w), 0);
	db_begin(db, false, &txn);
	for (uint64_t n = 1; n <= 1000; n++) {
		assert_int_equal(calls_get(txn, (struct cdr_id){2, n}, &c), 0);
		assert_int_equal(c.leg, n);
	}
	assert_int_equal(calls_get(txn, (struct cdr_id){2, 1001}, &c), -ENOENT);
	db_abort(txn);
	db_close(db);
	rig_remove(dir);
}

static void closing_writes_what_waits(void **state)
{
	struct writer *w;
	struct db *db;
	struct db_fill fill;
	char dir[64];

	(void)state;
	rig_folder(dir);
	assert_int_equal(db_open(&db, dir, 16 * MB), 0);
	assert_int_equal(writer_open(&w, &(struct writer_cfg){db, 1, no_wake, NULL}), 0);
	for (uint64_t n = 1; n <= 600; n++) {
		struct cdr c = rig_record("i", n);

		assert_int_equal(writer_put(w, &c), 0);
	}
	assert_int_equal(writer_close(w), 0);
	db_fill(db, &fill);
	assert_int_equal(fill.entries[DB_CALLS], 600);
	db_close(db);
	rig_remove(dir);
	assert_int_equal(writer_close(NULL), 0);
}

/* Full: nothing is acknowledged that is not there, nothing is lost, more room mends it. */
static void map_full(void **state)
{
	struct writer_news news;
	struct db_fill fill;
	struct writer *w;
	struct db *db;
	char dir[64];
	uint64_t n;
	int rc;

	(void)state;
	rig_folder(dir);
	assert_int_equal(db_open(&db, dir, 200000), 0);
	assert_int_equal(writer_open(&w, &(struct writer_cfg){db, 1, no_wake, NULL}), 0);
	for (n = 1; n <= 2000; n++) {
		struct cdr c = rig_record("i", n);

		assert_int_equal(writer_put(w, &c), 0);
	}
	assert_int_equal(writer_flush(w), -ENOSPC);
	writer_news(w, &news);
	assert_int_equal(news.error, -ENOSPC);
	assert_true(news.done < 2000);
	assert_int_equal(db_fill(db, &fill), 0);
	assert_int_equal(fill.entries[DB_CALLS], news.done);
	do { /* the queue has an end, too */
		struct cdr c = rig_record("i", n);

		rc = writer_put(w, &c);
		n += rc == 0;
	} while (rc == 0 && n < 4 * WRITER_QUEUE_MAX);
	assert_int_equal(rc, -ENOBUFS);
	assert_int_equal(writer_resize(w, 64 * MB), 0);
	do { /* the error stands until the next try has come through */
		writer_flush(w);
		writer_news(w, &news);
	} while (news.error);
	assert_int_equal(writer_flush(w), 0);
	writer_news(w, &news);
	assert_int_equal(news.done, news.put);
	assert_int_equal(news.duplicates, 0);
	db_fill(db, &fill);
	assert_int_equal(fill.entries[DB_CALLS], news.put);
	assert_int_equal(writer_close(w), 0);
	db_close(db);
	rig_remove(dir);
}

static void closing_when_full(void **state)
{
	struct writer_news news;
	struct writer *w;
	struct db *db;
	char dir[64];

	(void)state;
	rig_folder(dir);
	assert_int_equal(db_open(&db, dir, 200000), 0);
	assert_int_equal(writer_open(&w, &(struct writer_cfg){db, 1, no_wake, NULL}), 0);
	for (uint64_t n = 1; n <= 2000; n++) {
		struct cdr c = rig_record("i", n);

		assert_int_equal(writer_put(w, &c), 0);
	}
	writer_flush(w);
	writer_news(w, &news);
	assert_in_range(writer_close(w), 1, 2000 - news.done);
	db_close(db);
	rig_remove(dir);
}

/* ---- killed --------------------------------------------------------------------------------- */

/*
 * One life: writes the legs of instance @name and tells the parent through the pipe how
 * many are acknowledged, until it is killed.
 */
static void live(const char *dir, const char *name, int fd)
{
	int wakes[2];
	struct writer_news news = {0};
	struct writer *w;
	struct db *db;
	uint64_t put = 0;
	char byte;

	if (db_open(&db, dir, 64 * MB) < 0 || pipe(wakes) < 0 ||
	    writer_open(&w, &(struct writer_cfg){db, 1, wake_pipe, &wakes[1]}) < 0)
		_exit(1);
	while (news.done < LEGS) {
		for (int i = 0; i < 7 && put < LEGS; i++) {
			struct cdr c = rig_record(name, ++put);

			if (writer_put(w, &c) < 0)
				_exit(2);
		}
		if (read(wakes[0], &byte, 1) != 1)
			_exit(3);
		writer_news(w, &news);
		if (write(fd, &news.done, sizeof(news.done)) != sizeof(news.done))
			_exit(4);
	}
	_exit(0);
}

/* Reads what the child acknowledges; kills it after @after acknowledgements. */
static uint64_t kill_after(pid_t pid, int fd, unsigned int after)
{
	uint64_t done = 0, word;
	int status;

	while (read(fd, &word, sizeof(word)) == sizeof(word)) {
		done = word;
		if (after-- == 0)
			kill(pid, SIGKILL);
	}
	waitpid(pid, &status, 0);
	assert_true(WIFSIGNALED(status));
	return done;
}

static void check_life(struct db *db, const char *name, uint64_t acknowledged, uint64_t *total)
{
	struct calls_mark mark;
	struct db_txn *txn;
	struct cdr c;
	uint64_t n = 1;

	assert_int_equal(db_begin(db, false, &txn), 0);
	while (calls_get_leg(txn, name, n, &c) == 0) {
		struct cdr by_id;

		assert_int_equal(c.leg, n);
		assert_int_equal(calls_get(txn, c.id, &by_id), 0);
		assert_int_equal(by_id.leg, n);
		n++;
	}
	assert_true(n - 1 >= acknowledged);
	assert_int_equal(calls_mark(txn, &mark), 0);
	assert_string_equal(mark.instance, name);
	assert_int_equal(mark.event, (n - 1) * 10); /* with the records, never apart from them */
	*total += n - 1;
	db_abort(txn);
}

static void killed_at_any_moment(void **state)
{
	unsigned int seed = 4711;
	uint64_t total = 0, acknowledged;
	struct db_fill fill;
	struct db *db;
	char dir[64], name[16];

	(void)state;
	rig_folder(dir);
	for (int life = 0; life < KILLS; life++) {
		int fds[2];
		pid_t pid;

		snprintf(name, sizeof(name), "life-%d", life);
		assert_int_equal(pipe(fds), 0);
		pid = fork();
		assert_true(pid >= 0);
		if (pid == 0) {
			close(fds[0]);
			live(dir, name, fds[1]);
		}
		close(fds[1]);
		seed = seed * 1103515245 + 12345;
		acknowledged = kill_after(pid, fds[0], seed >> 16 & 31);
		close(fds[0]);
		assert_int_equal(db_open(&db, dir, 64 * MB), 0);
		check_life(db, name, acknowledged, &total);
		db_fill(db, &fill);
		assert_int_equal(fill.entries[DB_CALLS], total); /* each once */
		assert_int_equal(fill.entries[DB_CALLS_BY_TIME], total);
		db_close(db);
	}
	assert_true(total > 0);
	print_message("%llu records in %d lives\n", (unsigned long long)total, KILLS);
	rig_remove(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(killed_at_any_moment),      cmocka_unit_test(written_in_order),
		cmocka_unit_test(closing_writes_what_waits), cmocka_unit_test(map_full),
		cmocka_unit_test(closing_when_full),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
