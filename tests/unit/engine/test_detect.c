/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/channel/g711.h"
#include "core/channel/level.h"
#include "engine/detect.h"

#define KEYS "123A456B789C*0#D"

/* Every allocation of this program goes through here and is counted. */
extern void *__libc_malloc(size_t n);
extern void *__libc_calloc(size_t n, size_t size);
extern void *__libc_realloc(void *p, size_t n);
static unsigned allocations;

#ifndef __SANITIZE_ADDRESS__
#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define __SANITIZE_ADDRESS__ 1
#endif
#endif
#endif

#ifndef __SANITIZE_ADDRESS__ /* the sanitizer brings its own */
void *malloc(size_t n)
{
	allocations++;
	return __libc_malloc(n);
}

void *calloc(size_t n, size_t size)
{
	allocations++;
	return __libc_calloc(n, size);
}

void *realloc(void *p, size_t n)
{
	allocations++;
	return __libc_realloc(p, n);
}
#endif

static int16_t wave[400000];
static struct detect_event seen[64];
static unsigned n_seen;
static struct detect *d;

static int setup(void **state)
{
	(void)state;
	memset(wave, 0, sizeof(wave));
	n_seen = 0;
	d = detect_new();
	return d ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	detect_free(d);
	return 0;
}

/* Adds a sine of @dbm0 to the wave. */
static void sine(double hz, double dbm0, int from, int n)
{
	for (int i = from; i < from + n; i++)
		wave[i] = (int16_t)(wave[i] + lrint(level_amplitude((float)dbm0) *
						    sin(2 * M_PI * hz * (i - from) / 8000)));
}

static void key(char k, double dbm0, int from, int n)
{
	static const double low[] = {697, 770, 852, 941}, high[] = {1209, 1336, 1477, 1633};
	int at = (int)(strchr(KEYS, k) - KEYS);

	sine(low[at / 4], dbm0, from, n);
	sine(high[at % 4], dbm0, from, n);
}

static void feed(int from, int to, int64_t t0, int block)
{
	for (int at = from; at < to; at += block) {
		unsigned n = detect_feed(d, t0 + at, wave + at, (size_t)block);

		assert_int_equal(n, d->n_ev);
		for (unsigned i = 0; i < n && n_seen < 64; i++)
			seen[n_seen++] = d->ev[i];
	}
}

static void assert_near(int64_t got, int64_t want, int64_t tolerance)
{
	if (llabs(got - want) > tolerance)
		fail_msg("%lld, expected %lld within %lld", (long long)got, (long long)want,
			 (long long)tolerance);
}

static void test_all_keys(void **state)
{
	const int64_t t0 = 5000000000;

	(void)state;
	for (int i = 0; i < 16; i++)
		key(KEYS[i], -10, 4000 + i * 800, 400); /* 50 ms on, 50 ms off */
	detect_set(d, DETECT_DTMF);
	feed(0, 20000, t0, 8);
	assert_int_equal(n_seen, 32);
	for (int i = 0; i < 16; i++) {
		const struct detect_event *begin = &seen[2 * i], *end = &seen[2 * i + 1];
		int64_t from = t0 + 4000 + i * 800;

		assert_int_equal(begin->type, DETECT_DIGIT_BEGIN);
		assert_int_equal(begin->digit, KEYS[i]);
		assert_near(begin->start, from, 102);
		assert_true(begin->at > from && begin->at <= from + 3 * 102 + 1);
		assert_near(begin->level_dbm0, -7, 1);
		assert_int_equal(end->type, DETECT_DIGIT_END);
		assert_int_equal(end->digit, KEYS[i]);
		assert_true(end->start == begin->start);
		assert_near(end->end, from + 400, 102);
		assert_true(end->at >= end->end && end->at <= from + 400 + 3 * 102 + 1);
	}
}

/* How far the estimates are off, over all offsets against SpanDSP's blocks. */
static void test_times_over_all_offsets(void **state)
{
	(void)state;
	for (int offset = 0; offset < 102; offset++) {
		memset(wave, 0, 4000 * sizeof(wave[0]));
		key('5', -10, 1000 + offset, 480);
		detect_set(d, 0);
		detect_set(d, DETECT_DTMF);
		n_seen = 0;
		feed(0, 3000, 0, 8);
		assert_int_equal(n_seen, 2);
		assert_near(seen[0].start, 1000 + offset, 102);
		assert_near(seen[1].end, 1480 + offset, 102);
		assert_true(seen[0].at - (1000 + offset) >= 204 - 102);
		assert_true(seen[0].at - (1000 + offset) <= 3 * 102);
	}
}

static void test_cut_does_not_matter(void **state)
{
	static const int blocks[] = {1, 40, 160};
	struct detect_event want[64];
	unsigned n;

	(void)state;
	for (int i = 0; i < 8; i++)
		key(KEYS[i], -12, 333 + i * 1000, 500);
	detect_set(d, DETECT_DTMF);
	feed(0, 16000, 77, 8);
	n = n_seen;
	assert_int_equal(n, 16);
	memcpy(want, seen, sizeof(want));
	for (int b = 0; b < 3; b++) {
		detect_set(d, 0);
		detect_set(d, DETECT_DTMF);
		n_seen = 0;
		feed(0, 16000, 77, blocks[b]);
		assert_int_equal(n_seen, n);
		assert_memory_equal(seen, want, n * sizeof(want[0]));
	}
}

/* One key right after another, without a pause: the first ends where the second begins. */
static void test_key_after_key(void **state)
{
	(void)state;
	key('1', -10, 1000, 816);
	key('9', -10, 1816, 816);
	detect_set(d, DETECT_DTMF);
	feed(0, 6000, 0, 8);
	assert_int_equal(n_seen, 4);
	assert_int_equal(seen[0].digit, '1');
	assert_int_equal(seen[1].type, DETECT_DIGIT_END);
	assert_int_equal(seen[1].digit, '1');
	assert_near(seen[1].end, 1816, 102);
	assert_int_equal(seen[2].type, DETECT_DIGIT_BEGIN);
	assert_int_equal(seen[2].digit, '9');
	assert_int_equal(seen[3].digit, '9');
}

static void test_level_limits(void **state)
{
	(void)state;
	detect_set(d, DETECT_DTMF);
	key('4', -25, 1000, 800);
	key('4', -60, 5000, 800);
	sine(770, -10, 9000, 800); /* one frequency is no digit */
	feed(0, 12000, 0, 8);
	assert_int_equal(n_seen, 2);
	assert_true(seen[0].at < 5000);
}

static void test_cng(void **state)
{
	(void)state;
	for (int i = 0; i < 3; i++)
		sine(1100, -20, 8000 + i * 28000, 4000);
	detect_set(d, DETECT_CNG | DETECT_DTMF | DETECT_CED);
	feed(0, 96000, 0, 8);
	assert_int_equal(n_seen, 3);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(seen[i].type, DETECT_TONE_CNG);
		assert_true(seen[i].at > 8000 + i * 28000 && seen[i].at <= 12000 + i * 28000);
	}
	/* Not the ring tone, not a short beep. */
	memset(wave, 0, sizeof(wave));
	sine(450, -10, 0, 40000);
	sine(1100, -20, 60000, 1600);
	n_seen = 0;
	feed(0, 96000, 96000, 8);
	assert_int_equal(n_seen, 0);
}

static void test_ced(void **state)
{
	(void)state;
	sine(2100, -12, 8000, 24000);
	/* ANSam: 15 Hz, 20 %, with phase reversals every 450 ms */
	for (int i = 0; i < 26400; i++) {
		double am = 1 + 0.2 * sin(2 * M_PI * 15 * i / 8000);
		int turn = i / 3600 % 2 ? -1 : 1;

		wave[80000 + i] = (int16_t)(turn * am * level_amplitude(-12) *
					    sin(2 * M_PI * 2100 * i / 8000));
	}
	detect_set(d, DETECT_CED);
	feed(0, 160000, 0, 8);
	assert_int_equal(n_seen, 2);
	assert_int_equal(seen[0].type, DETECT_TONE_CED);
	assert_true(seen[0].at > 8000 && seen[0].at < 24000);
	assert_int_equal(seen[1].type, DETECT_TONE_CED);
	assert_true(seen[1].at > 80000 && seen[1].at < 96000);
}

static void test_only_what_was_asked_for(void **state)
{
	(void)state;
	key('7', -10, 1000, 800);
	sine(1100, -10, 8000, 4000);
	sine(2100, -10, 20000, 16000);
	feed(0, 40000, 0, 8);
	assert_int_equal(n_seen, 0);
	detect_set(d, DETECT_CNG);
	feed(0, 40000, 0, 8);
	assert_int_equal(n_seen, 1);
	/* Off in the middle of a digit, and on again: no end is left over. */
	n_seen = 0;
	detect_set(d, DETECT_DTMF);
	feed(0, 1400, 0, 8);
	assert_int_equal(n_seen, 1);
	detect_set(d, 0);
	detect_set(d, DETECT_DTMF);
	feed(2000, 8000, 0, 8);
	assert_int_equal(n_seen, 1);
	/* What stays on is not disturbed by what is switched. */
	n_seen = 0;
	feed(0, 1200, 0, 8);
	detect_set(d, DETECT_DTMF | DETECT_CNG);
	feed(1200, 4000, 0, 8);
	assert_int_equal(n_seen, 2);
}

static void test_blocks_are_bounded(void **state)
{
	(void)state;
	detect_set(d, DETECT_DTMF | DETECT_CNG | DETECT_CED);
	key('7', -10, 0, 4000);
	assert_int_equal(detect_feed(d, 0, wave, 0), 0);
	/* More than allowed: the rest is not looked at, and nothing breaks. */
	for (int i = 0; i < 100; i++)
		assert_true(detect_feed(d, i * 160, wave, 4000) <= DETECT_EVENTS_MAX);
}

/* Loud noise: at most DETECT_EVENTS_MAX results, nothing printed, nothing allocated. */
static void test_no_allocation_no_output(void **state)
{
	uint32_t random = 1;
	int out[2], keep1 = dup(1), keep2 = dup(2);
	unsigned before;
	char got[16];
	ssize_t n;

	(void)state;
	for (int i = 200000; i < 400000; i++) {
		random = random * 1664525 + 1013904223;
		wave[i] = (int16_t)(random >> 16);
	}
	for (int i = 0; i < 100; i++)
		key(KEYS[i % 16], -10, i * 1600, 800);
	assert_int_equal(pipe(out), 0);
	fflush(stdout);
	dup2(out[1], 1);
	dup2(out[1], 2);
	before = allocations;
	detect_set(d, DETECT_DTMF | DETECT_CNG | DETECT_CED);
	for (int at = 0; at < 400000; at += 8)
		detect_feed(d, at, wave + at, 8);
	detect_set(d, 0);
	before = allocations - before;
	fflush(stdout);
	dup2(keep1, 1);
	dup2(keep2, 2);
	close(keep1);
	close(keep2);
	close(out[1]);
	n = read(out[0], got, sizeof(got));
	close(out[0]);
	assert_int_equal(n, 0);
	assert_int_equal(before, 0);
#ifndef __SANITIZE_ADDRESS__
	assert_true(allocations > 0); /* the hook works */
#endif
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_all_keys),
		TEST(test_times_over_all_offsets),
		TEST(test_cut_does_not_matter),
		TEST(test_key_after_key),
		TEST(test_level_limits),
		TEST(test_cng),
		TEST(test_ced),
		TEST(test_only_what_was_asked_for),
		TEST(test_blocks_are_bounded),
		TEST(test_no_allocation_no_output),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
