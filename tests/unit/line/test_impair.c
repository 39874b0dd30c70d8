/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The impairment stage: rates, order, delay jumps, and the same misfortunes each time. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/line/impair.h"

static struct impair im;

struct result {
	unsigned int n;
	uint32_t seq[70000];
	uint64_t tick[70000];
};

static struct result r;

/* One datagram a tick, numbered. */
static void run_ticks(uint32_t from, uint32_t n)
{
	uint8_t out[IMPAIR_BYTES];

	for (uint32_t i = from; i < from + n; i++) {
		assert_int_equal(impair_put(&im, (const uint8_t *)&i, sizeof(i)), 0);
		while (impair_get(&im, out)) {
			memcpy(&r.seq[r.n], out, sizeof(uint32_t));
			r.tick[r.n++] = im.tick;
		}
		impair_tick(&im);
	}
}

static void begin(uint64_t seed, struct impair_cfg cfg)
{
	memset(&r, 0, sizeof(r));
	impair_init(&im, seed);
	impair_set(&im, &cfg);
}

static void clean_network_changes_nothing(void **state)
{
	(void)state;
	begin(1, (struct impair_cfg){0});
	run_ticks(0, 1000);
	assert_int_equal(r.n, 1000);
	for (uint32_t i = 0; i < 1000; i++) {
		assert_int_equal(r.seq[i], i);
		assert_int_equal(r.tick[i], i);
	}
}

static void loses_at_the_rate(void **state)
{
	(void)state;
	begin(7, (struct impair_cfg){.loss_ppm = 10000});
	run_ticks(0, 60000);
	assert_int_equal(im.n.lost + r.n, 60000);
	assert_in_range(im.n.lost, 500, 700); /* 600 +- 4 sigma */
	begin(7, (struct impair_cfg){.loss_ppm = 1000000});
	run_ticks(0, 100);
	assert_int_equal(r.n, 0);
}

static void bursts_have_their_length(void **state)
{
	unsigned int bursts = 0;

	(void)state;
	begin(3, (struct impair_cfg){.burst_ppm = 1000, .burst_len = 5});
	run_ticks(0, 60000);
	for (unsigned int i = 1; i < r.n; i++) {
		uint32_t gap = r.seq[i] - r.seq[i - 1] - 1;

		assert_int_equal(gap % 5, 0);
		bursts += gap / 5;
	}
	assert_in_range(bursts, 30, 90);
	assert_in_range(im.n.lost, 5 * bursts, 5 * bursts + 5); /* the last may be under way */
}

static void reorders_and_duplicates(void **state)
{
	unsigned int behind = 0, twice = 0;

	(void)state;
	begin(5,
	      (struct impair_cfg){.reorder_ppm = 20000, .reorder_ms = 3, .duplicate_ppm = 10000});
	run_ticks(0, 20000);
	for (unsigned int i = 1; i < r.n; i++) {
		behind += r.seq[i] < r.seq[i - 1];
		twice += r.seq[i] == r.seq[i - 1];
		assert_true(r.tick[i] - r.seq[i] == 0 || r.tick[i] - r.seq[i] == 3);
	}
	assert_in_range(im.n.reordered, 300, 500);
	assert_in_range(behind, 250, im.n.reordered);
	assert_in_range(im.n.duplicated, 140, 260);
	assert_in_range(twice, im.n.duplicated - 20, im.n.duplicated);
}

/* Up: a gap of 50 ticks, then 50 late. Down: what is overdue comes at once. Never out of order. */
static void delay_jumps(void **state)
{
	struct impair_cfg slow = {.delay_ms = 50}, fast = {0};
	unsigned int at_once = 0;

	(void)state;
	begin(5, fast);
	run_ticks(0, 100);
	impair_set(&im, &slow);
	run_ticks(100, 200);
	assert_int_equal(r.n, 100 + 150);
	assert_int_equal(r.tick[100], 150);
	impair_set(&im, &fast);
	run_ticks(300, 100);
	assert_int_equal(r.n, 400);
	for (uint32_t i = 0; i < 400; i++) {
		assert_int_equal(r.seq[i], i);
		at_once += r.tick[i] == 300;
	}
	assert_int_equal(at_once, 51);
}

static void same_seed_same_fate(void **state)
{
	static struct result first;
	struct impair_cfg cfg = {.loss_ppm = 50000, .reorder_ppm = 50000, .reorder_ms = 2};

	(void)state;
	begin(11, cfg);
	run_ticks(0, 2000);
	first = r;
	begin(11, cfg);
	run_ticks(0, 2000);
	assert_memory_equal(&first, &r, sizeof(r));
	begin(12, cfg);
	run_ticks(0, 2000);
	assert_memory_not_equal(&first, &r, sizeof(r));
}

static void full_queue_is_told(void **state)
{
	uint8_t d[IMPAIR_BYTES + 1] = {0};

	(void)state;
	begin(1, (struct impair_cfg){.delay_ms = 1000});
	for (int i = 0; i < IMPAIR_SLOTS; i++)
		assert_int_equal(impair_put(&im, d, IMPAIR_BYTES), 0);
	assert_int_equal(impair_put(&im, d, 1), -ENOBUFS);
	assert_int_equal(impair_put(&im, d, 0), -EMSGSIZE);
	assert_int_equal(impair_put(&im, d, sizeof(d)), -EMSGSIZE);
	assert_int_equal(im.n.overflow, 1);
	assert_int_equal(impair_get(&im, d), 0);
	for (int i = 0; i < 1000; i++)
		impair_tick(&im);
	assert_int_equal(impair_get(&im, d), IMPAIR_BYTES);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(clean_network_changes_nothing),
		cmocka_unit_test(loses_at_the_rate),
		cmocka_unit_test(bursts_have_their_length),
		cmocka_unit_test(reorders_and_duplicates),
		cmocka_unit_test(delay_jumps),
		cmocka_unit_test(same_seed_same_fate),
		cmocka_unit_test(full_queue_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
