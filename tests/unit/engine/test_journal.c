/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The event journal: what is kept, what is dropped, what a reader sees meanwhile.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "engine/journal.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define NO_OCTET_LIMIT ((size_t)1 << 30)

/* 'p' a plain event, 'r' a record; each says its own number. */
static void add(struct journal *j, const char *kinds)
{
	char line[32];

	for (; *kinds; kinds++) {
		int len = snprintf(line, sizeof(line), "%c%llu\n", *kinds,
				   (unsigned long long)j->next);

		assert_int_equal(journal_add(j, *kinds == 'r', line, (size_t)len), 0);
	}
}

/* What is kept, as "p1 r2 p3", read with the cursor. */
static void expect_rest(struct journal *j, const char *expected)
{
	const struct journal_entry *e;
	char text[512] = "";
	size_t n = 0;

	while ((e = journal_read(j)))
		n += (size_t)snprintf(text + n, sizeof(text) - n, "%s%.*s", n ? " " : "",
				      (int)e->len - 1, e->line);
	assert_string_equal(text, expected);
}

static void expect_kept(struct journal *j, const char *expected)
{
	journal_rewind(j);
	expect_rest(j, expected);
}

static void empty(void **state)
{
	struct journal j;

	(void)state;
	journal_init(&j, 10, NO_OCTET_LIMIT);
	assert_int_equal(j.next, 1);
	assert_int_equal(journal_first(&j), 1);
	assert_null(journal_read(&j));
	assert_int_equal(journal_commit(&j, 0), 0);
	assert_int_equal(journal_commit(&j, 1), -EINVAL);
	expect_kept(&j, "");
	journal_free(&j);
}

static void numbers_and_commits(void **state)
{
	struct journal j;

	(void)state;
	journal_init(&j, 10, NO_OCTET_LIMIT);
	add(&j, "prprp");
	expect_kept(&j, "p1 r2 p3 r4 p5");
	assert_int_equal(j.records, 2);
	assert_int_equal(journal_commit(&j, 3), 3);
	expect_kept(&j, "r4 p5");
	assert_int_equal(journal_first(&j), 4);
	assert_int_equal(journal_commit(&j, 3), 0); /* said twice */
	assert_int_equal(journal_commit(&j, 6), -EINVAL);
	expect_kept(&j, "r4 p5");
	assert_int_equal(journal_commit(&j, 5), 2);
	assert_int_equal(journal_first(&j), 6);
	assert_int_equal(j.kept, 0);
	assert_int_equal(j.octets, 0);
	add(&j, "p");
	expect_kept(&j, "p6");
	assert_int_equal(j.lost, 0);
	journal_free(&j);
}

static void full_drops_the_oldest_plain(void **state)
{
	struct journal j;

	(void)state;
	journal_init(&j, 5, NO_OCTET_LIMIT);
	add(&j, "rpprp");
	assert_int_equal(j.lost, 0);
	add(&j, "p");
	expect_kept(&j, "r1 p3 r4 p5 p6");
	add(&j, "rr");
	expect_kept(&j, "r1 r4 p6 r7 r8");
	assert_int_equal(j.lost, 3);
	assert_int_equal(j.kept, 5);
	journal_free(&j);
}

static void records_are_never_dropped(void **state)
{
	struct journal j;

	(void)state;
	journal_init(&j, 3, NO_OCTET_LIMIT);
	add(&j, "rrrrr");
	expect_kept(&j, "r1 r2 r3 r4 r5");
	assert_int_equal(j.lost, 0);
	/* Beyond the limit with records alone: a plain event is the oldest plain one itself. */
	add(&j, "ppr");
	expect_kept(&j, "r1 r2 r3 r4 r5 r8");
	assert_int_equal(j.lost, 2);
	assert_int_equal(journal_commit(&j, 4), 4);
	add(&j, "p");
	expect_kept(&j, "r5 r8 p9");
	journal_free(&j);
}

static void octets_are_bounded(void **state)
{
	struct journal j;
	char line[100], big[300];

	(void)state;
	memset(line, 'x', sizeof(line));
	journal_init(&j, 1000, 250);
	for (int i = 0; i < 2; i++)
		assert_int_equal(journal_add(&j, i == 0, line, sizeof(line)), 0);
	assert_int_equal(j.lost, 0);
	assert_int_equal(journal_add(&j, false, line, 50), 0); /* 250: just fits */
	assert_int_equal(j.lost, 0);
	assert_int_equal(journal_add(&j, false, line, 1), 0);
	assert_int_equal(j.lost, 1);
	assert_int_equal(j.octets, 151);
	assert_int_equal(journal_first(&j), 1);
	/* Larger than everything: it goes itself, and takes all plain ones with it. */
	memset(big, 'y', sizeof(big));
	assert_int_equal(journal_add(&j, false, big, sizeof(big)), 0);
	assert_int_equal(j.kept, 1);
	assert_int_equal(j.octets, 100);
	assert_int_equal(j.lost, 4);
	journal_free(&j);
}

static void reader_and_changes(void **state)
{
	const struct journal_entry *e;
	struct journal j;

	(void)state;
	journal_init(&j, 6, NO_OCTET_LIMIT);
	add(&j, "prprpr");
	journal_rewind(&j);
	e = journal_read(&j);
	assert_int_equal(e->number, 1);
	assert_int_equal(journal_commit(&j, 3), 3); /* what the cursor was to give next */
	e = journal_read(&j);
	assert_int_equal(e->number, 4);
	add(&j, "prrrr"); /* the journal overflows: 5, at the cursor, and 7 are dropped */
	expect_rest(&j, "r6 r8 r9 r10 r11");
	assert_null(journal_read(&j));
	add(&j, "r");
	expect_rest(&j, "r12");
	assert_int_equal(journal_commit(&j, 12), 7);
	add(&j, "p");
	expect_rest(&j, "p13");
	journal_free(&j);
}

static void one_event(void **state)
{
	struct journal j;

	(void)state;
	journal_init(&j, 1, NO_OCTET_LIMIT);
	add(&j, "pppp");
	expect_kept(&j, "p4");
	add(&j, "r");
	expect_kept(&j, "r5");
	add(&j, "p");
	expect_kept(&j, "r5");
	assert_int_equal(j.lost, 5);
	journal_free(&j);
}

static void a_million(void **state)
{
	uint64_t number = 0;
	const struct journal_entry *e;
	struct journal j;

	(void)state;
	journal_init(&j, 65536, NO_OCTET_LIMIT);
	for (int i = 1; i <= 1000000; i++)
		assert_int_equal(journal_add(&j, i % 50 == 0, "x\n", 2), 0);
	assert_int_equal(j.kept, 65536);
	assert_int_equal(j.records, 20000);
	assert_int_equal(j.lost, 1000000 - 65536);
	journal_rewind(&j);
	for (uint32_t i = 0; i < j.kept; i++) {
		e = journal_read(&j);
		assert_true(e->number > number);
		number = e->number;
	}
	assert_null(journal_read(&j));
	assert_int_equal(journal_commit(&j, 1000000), 65536);
	journal_free(&j);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(empty),
		cmocka_unit_test(numbers_and_commits),
		cmocka_unit_test(full_drops_the_oldest_plain),
		cmocka_unit_test(records_are_never_dropped),
		cmocka_unit_test(octets_are_bounded),
		cmocka_unit_test(reader_and_changes),
		cmocka_unit_test(one_event),
		cmocka_unit_test(a_million),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
