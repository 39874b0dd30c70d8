/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The ring alone (edges, and again where its 32-bit indexes wrap), then between
 * two threads: every record arrives once, whole, in order.
 */
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/ring.h"

#define TORTURE_RECORDS 200000

/* Where both indexes start: at once, one octet before, and around the wrap. */
static const uint32_t starts[] = {0, 1, 63, UINT32_MAX - 100, UINT32_MAX - 3, UINT32_MAX};
#define N_STARTS (sizeof(starts) / sizeof(starts[0]))

static void ring_at(struct ring *r, uint32_t size, uint32_t start)
{
	assert_int_equal(ring_init(r, size), 0);
	atomic_store(&r->head, start);
	atomic_store(&r->tail, start);
}

static void test_sizes(void **state)
{
	static const uint32_t wrong[] = {0,        1,         32, 63, 65, 100, (1u << 30) + 1,
					 1u << 31, UINT32_MAX};
	struct ring r;

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_int_equal(ring_init(&r, wrong[i]), -EINVAL);
	assert_int_equal(ring_init(&r, 64), 0);
	assert_int_equal(ring_max_record(&r), 60);
	assert_int_equal(ring_used(&r), 0);
	ring_free(&r);
	ring_free(&r);
}

static void test_two_runs_are_one_record(void **state)
{
	char buf[16];

	(void)state;
	for (size_t i = 0; i < N_STARTS; i++) {
		struct ring r;

		ring_at(&r, 64, starts[i]);
		assert_int_equal(ring_put(&r, "abc", 3, "defg", 4), 0);
		assert_int_equal(ring_put(&r, NULL, 0, NULL, 0), 0);
		assert_int_equal(ring_put(&r, NULL, 0, "h", 1), 0);
		assert_int_equal(ring_used(&r), 3 * 4 + 7 + 1);
		assert_int_equal(ring_get(&r, buf, sizeof(buf)), 7);
		assert_memory_equal(buf, "abcdefg", 7);
		assert_int_equal(ring_get(&r, buf, sizeof(buf)), 0);
		assert_int_equal(ring_get(&r, buf, sizeof(buf)), 1);
		assert_int_equal(buf[0], 'h');
		assert_int_equal(ring_get(&r, buf, sizeof(buf)), -EAGAIN);
		ring_free(&r);
	}
}

static void test_full(void **state)
{
	uint8_t big[64], out[64];

	(void)state;
	for (size_t i = 0; i < sizeof(big); i++)
		big[i] = (uint8_t)(i * 7 + 1);
	for (size_t i = 0; i < N_STARTS; i++) {
		struct ring r;

		ring_at(&r, 64, starts[i]);
		assert_int_equal(ring_put(&r, big, 61, NULL, 0), -EMSGSIZE);
		assert_int_equal(ring_put(&r, big, 1, big, 60), -EMSGSIZE);
		assert_int_equal(ring_put(&r, big, UINT32_MAX, big, 2), -EMSGSIZE);
		assert_int_equal(ring_put(&r, big, 2, big, UINT32_MAX), -EMSGSIZE);
		assert_int_equal(ring_refused(&r), 0); /* counts only a lack of room */
		assert_int_equal(ring_put(&r, big, 20, big + 20, 40), 0);
		assert_int_equal(ring_used(&r), 64);
		assert_int_equal(ring_put(&r, NULL, 0, NULL, 0), -ENOBUFS);
		assert_int_equal(ring_refused(&r), 1);
		assert_int_equal(ring_get(&r, out, sizeof(out)), 60);
		assert_memory_equal(out, big, 60);
		/* One octet short of room, then just enough. */
		assert_int_equal(ring_put(&r, big, 10, NULL, 0), 0);
		assert_int_equal(ring_put(&r, big, 47, NULL, 0), -ENOBUFS);
		assert_int_equal(ring_put(&r, big, 46, NULL, 0), 0);
		assert_int_equal(ring_refused(&r), 2);
		ring_free(&r);
	}
}

/* A record longer than the reader's buffer is cut, the next one is not touched. */
static void test_short_buffer(void **state)
{
	char buf[4] = "....";
	struct ring r;

	(void)state;
	ring_at(&r, 64, UINT32_MAX - 5);
	assert_int_equal(ring_put(&r, "12345678", 8, NULL, 0), 0);
	assert_int_equal(ring_put(&r, "ab", 2, NULL, 0), 0);
	assert_int_equal(ring_get(&r, buf, 3), 8);
	assert_memory_equal(buf, "123.", 4);
	assert_int_equal(ring_get(&r, buf, 0), 2);
	assert_memory_equal(buf, "123.", 4);
	assert_int_equal(ring_get(&r, buf, 3), -EAGAIN);
	ring_free(&r);
}

/* Record i: its number, then i-dependent octets of an i-dependent length. */
static uint32_t record(uint32_t i, uint8_t *octets)
{
	uint32_t n = 4 + (i * 2654435761u >> 8) % 40;

	memcpy(octets, &i, 4);
	for (uint32_t k = 4; k < n; k++)
		octets[k] = (uint8_t)(i * 31 + k);
	return n;
}

static void *write_all(void *arg)
{
	uint8_t octets[64];

	for (uint32_t i = 0; i < TORTURE_RECORDS; i++) {
		uint32_t n = record(i, octets);
		uint32_t cut = i % (n + 1);

		while (ring_put(arg, octets, cut, octets + cut, n - cut) < 0)
			sched_yield();
	}
	return NULL;
}

static void torture(uint32_t start)
{
	uint8_t got[64], expected[64];
	pthread_t writer;
	struct ring r;

	ring_at(&r, 256, start); /* small: full and empty all the time */
	assert_int_equal(pthread_create(&writer, NULL, write_all, &r), 0);
	for (uint32_t i = 0; i < TORTURE_RECORDS; i++) {
		uint32_t n = record(i, expected);
		int len;

		while ((len = ring_get(&r, got, sizeof(got))) == -EAGAIN)
			sched_yield();
		assert_int_equal(len, n);
		assert_memory_equal(got, expected, n);
		assert_true(ring_used(&r) <= 256);
	}
	assert_int_equal(pthread_join(writer, NULL), 0);
	assert_int_equal(ring_used(&r), 0);
	ring_free(&r);
}

static void test_two_threads(void **state)
{
	(void)state;
	torture(0);
}

/* The indexes pass 2^32 in the middle of the run. */
static void test_two_threads_wrap(void **state)
{
	(void)state;
	torture(UINT32_MAX - TORTURE_RECORDS * 10u);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sizes),       cmocka_unit_test(test_two_runs_are_one_record),
		cmocka_unit_test(test_full),        cmocka_unit_test(test_short_buffer),
		cmocka_unit_test(test_two_threads), cmocka_unit_test(test_two_threads_wrap),
	};

	return cmocka_run_group_tests_name("base/ring", tests, NULL, NULL);
}
