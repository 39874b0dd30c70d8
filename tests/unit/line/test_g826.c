/* SPDX-License-Identifier: GPL-2.0-or-later */
/* G.826: what a second is, availability with its retroactive adjustment, bins; alarm history. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/line/g826.h"
#include "core/line/history.h"
#include "core/line/pw_port.h"

static struct g826 g, now;
static int64_t second;

/*
 * A script of seconds: '.' clean, 'e' one block error, 'b' 299 of them, 's' 300, 'd' defect. Afterwards
 * the totals as they stand are in now.total.
 */
static void play(const char *script)
{
	for (; *script; script++) {
		struct g826_second s = {.crc = true};

		s.errors = *script == 'e' ? 1 : *script == 'b' ? 299 : *script == 's' ? 300 : 0;
		s.defect = *script == 'd';
		assert_true(g826_step(&g, second++, &s) >= 0);
	}
	g826_read(&g, &now);
}

static void assert_total(uint32_t es, uint32_t ses, uint64_t bbe, uint32_t uas)
{
	assert_int_equal(now.total.es, es);
	assert_int_equal(now.total.ses, ses);
	assert_int_equal(now.total.bbe, bbe);
	assert_int_equal(now.total.uas, uas);
}

static void begin(int64_t at)
{
	g826_init(&g);
	second = at;
}

static void kinds_of_seconds(void **state)
{
	(void)state;
	begin(0);
	play("..e..b..s..d..");
	assert_total(4, 2, 300, 0);
	assert_int_equal(now.total.seconds, 14);
}

static void fas_counts_without_crc(void **state)
{
	struct g826_second s = {.errors = 27};

	(void)state;
	begin(0);
	g826_step(&g, 0, &s);
	s.errors = 28;
	g826_step(&g, 1, &s);
	g826_read(&g, &now);
	assert_total(2, 1, 27, 0);
}

static void nine_are_severe_ten_unavailable(void **state)
{
	(void)state;
	begin(0);
	play("..sssssssss"); /* nine */
	assert_total(9, 9, 0, 0);
	play(".");
	assert_total(9, 9, 0, 0);
	assert_false(g826_unavailable(&g));
	play("ddddddddd");
	assert_total(18, 18, 0, 0);
	play("d"); /* the tenth takes the nine with it */
	assert_total(9, 9, 0, 10);
	assert_true(g826_unavailable(&g));
}

static void nine_good_ones_do_not_end_it(void **state)
{
	(void)state;
	begin(0);
	play("dddddddddd");
	play("eeeeeeeee"); /* nine with errors, not severe */
	assert_total(0, 0, 0, 19);
	play("d");
	assert_total(0, 0, 0, 20);
	play(".e.......");
	assert_total(0, 0, 0, 29);
	play("b"); /* ten: they were available all the time */
	assert_total(2, 0, 300, 20);
	assert_false(g826_unavailable(&g));
	play("s");
	assert_total(3, 1, 300, 20);
	assert_int_equal(now.total.seconds, 31);
}

/* The ten seconds count in the bins in which they were, also across a border. */
static void bins_get_their_own_seconds(void **state)
{
	(void)state;
	begin(900 * 5 - 4);
	play("dddddddddd..........e");
	assert_int_equal(g826_quarter(&now, second, 1)->uas, 4);
	assert_int_equal(g826_quarter(&now, second, 0)->uas, 6);
	assert_int_equal(g826_quarter(&now, second, 0)->es, 1);
	assert_int_equal(g826_quarter(&now, second, 1)->seconds, 4);
	assert_null(g826_quarter(&now, second, 2));
	assert_null(g826_quarter(&now, second, 1000));
	assert_int_equal(g826_day(&now, second, 0)->uas, 10);
	assert_null(g826_day(&now, second, 1));
}

static void bins_are_kept_for_a_day_and_a_week(void **state)
{
	struct g826_second bad = {.errors = 1, .crc = true}, good = {.crc = true};

	(void)state;
	begin(0);
	for (second = 0; second < 86400 * 9; second++)
		g826_step(&g, second, second % 900 ? &good : &bad);
	second--;
	for (unsigned int ago = 0; ago < G826_QUARTERS; ago++) {
		assert_non_null(g826_quarter(&g, second, ago));
		assert_int_equal(g826_quarter(&g, second, ago)->es, 1);
		assert_int_equal(g826_quarter(&g, second, ago)->seconds, 900);
	}
	assert_null(g826_quarter(&g, second, G826_QUARTERS));
	assert_int_equal(g826_day(&g, second, 7)->es, 96);
	assert_null(g826_day(&g, second, 8));
}

static void time_does_not_run_backwards(void **state)
{
	struct g826_second s = {.defect = true};

	(void)state;
	begin(0);
	assert_int_equal(g826_step(&g, -1, &s), -EINVAL);
	assert_int_equal(g826_step(&g, 5, &s), 0);
	assert_int_equal(g826_step(&g, 5, &s), -EINVAL);
	for (int i = 0; i < 8; i++)
		assert_int_equal(g826_step(&g, 6 + i, &s), 0);
	assert_int_equal(g826_step(&g, 15, &s), 0); /* 14 is missing: no ten in a row */
	g826_read(&g, &now);
	assert_total(10, 10, 0, 0);
}

static void judge_reads_the_framer(void **state)
{
	struct e1_counters a = {.crc4_errors = 10, .fas_errors = 5, .ebits = 3}, b = a;
	struct g826_second near, far;

	(void)state;
	b.crc4_errors += 7;
	b.fas_errors += 2;
	b.ebits += 4;
	g826_judge(&a, &b, E1_CAS_LMFA, true, &near, &far);
	assert_int_equal(near.errors, 7);
	assert_int_equal(far.errors, 4);
	assert_false(near.defect || far.defect);
	g826_judge(&a, &b, E1_RAI, false, &near, &far);
	assert_int_equal(near.errors, 2);
	assert_false(near.defect);
	assert_true(far.defect);
	g826_judge(&a, &b, PW_LOPS, false, &near, &far);
	assert_true(near.defect);
	b.lfa++; /* gone again before anybody looked */
	g826_judge(&a, &b, 0, true, &near, &far);
	assert_true(near.defect);
}

static void history_remembers(void **state)
{
	struct history_record r[HISTORY_RECORDS + 4];
	struct history h;

	(void)state;
	history_init(&h);
	assert_int_equal(history_update(&h, 0x80000001, 100), 0x80000001);
	assert_int_equal(history_update(&h, 0x80000001, 150), 0);
	assert_int_equal(history_update(&h, 0x80000002, 200), 3);
	assert_int_equal(history_list(&h, r, 10), 3);
	assert_int_equal(r[0].alarm, 1);
	assert_int_equal(r[0].raised, 200);
	assert_int_equal(r[0].cleared, -1);
	assert_int_equal(r[1].alarm, 31);
	assert_int_equal(r[1].raised, 100);
	assert_int_equal(r[2].alarm, 0);
	assert_int_equal(r[2].cleared, 200);
	assert_int_equal(history_list(&h, r, 2), 2);
	for (int i = 0; i < 1000; i++)
		history_update(&h, h.active ^ 4, 1000 + i);
	assert_int_equal(history_list(&h, r, HISTORY_RECORDS + 4), HISTORY_RECORDS + 2);
	assert_int_equal(r[2].cleared, 1999); /* latest first */
	assert_int_equal(r[2].raised, 1998);
	assert_int_equal(r[1].raised, 100); /* still on, never forgotten */
	assert_int_equal(h.total, 501);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(kinds_of_seconds),
		cmocka_unit_test(fas_counts_without_crc),
		cmocka_unit_test(nine_are_severe_ten_unavailable),
		cmocka_unit_test(nine_good_ones_do_not_end_it),
		cmocka_unit_test(bins_get_their_own_seconds),
		cmocka_unit_test(bins_are_kept_for_a_day_and_a_week),
		cmocka_unit_test(time_does_not_run_backwards),
		cmocka_unit_test(judge_reads_the_framer),
		cmocka_unit_test(history_remembers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
