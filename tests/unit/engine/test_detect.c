/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <errno.h>
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
static struct toneset_event seen[64];
static unsigned n_seen;
static struct detect *d;

static int setup(void **state)
{
	(void)state;
	memset(wave, 0, sizeof(wave));
	n_seen = 0;
	d = detect_new(NULL, 0);
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

static bool is_digit(const struct toneset_event *ev, enum dtmf_type type, char digit)
{
	return ev->type == TONESET_DIGIT && ev->digit.type == type && ev->digit.digit == digit;
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
		const struct toneset_event *begin = &seen[2 * i], *end = &seen[2 * i + 1];
		int64_t from = t0 + 4000 + i * 800;

		assert_true(is_digit(begin, DTMF_BEGIN, KEYS[i]));
		assert_near(begin->digit.start, from, 8);
		assert_true(begin->at > from + 35 * 8 && begin->at <= from + 50 * 8);
		for (int g = 0; g < 2; g++) {
			assert_near(lrintf(100 * begin->digit.dbm0[g]), -1000, 20);
			assert_near(lrintf(1e6f * begin->digit.offset[g]), 0, 1000);
		}
		assert_true(is_digit(end, DTMF_END, KEYS[i]));
		assert_true(end->digit.start == begin->digit.start);
		assert_near(end->digit.end, from + 400, 8);
		assert_true(end->at >= end->digit.end && end->at <= from + 400 + 40 * 8);
	}
}

static void test_cut_does_not_matter(void **state)
{
	static const int blocks[] = {1, 16, 32};
	struct toneset_event want[64];
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
		detect_free(d);
		d = detect_new(NULL, 0);
		detect_set(d, DETECT_DTMF);
		n_seen = 0;
		feed(0, 16000, 77, blocks[b]);
		assert_int_equal(n_seen, n);
		for (unsigned i = 0; i < n; i++) {
			assert_true(seen[i].at == want[i].at);
			assert_true(is_digit(&seen[i], want[i].digit.type, want[i].digit.digit));
			assert_true(seen[i].digit.start == want[i].digit.start);
			assert_true(seen[i].digit.end == want[i].digit.end);
		}
	}
}

/* Channels look at different times; what they find is the same. */
static void test_phase(void **state)
{
	(void)state;
	key('5', -10, 1000, 480);
	for (unsigned phase = 0; phase < 64; phase += 8) {
		detect_free(d);
		d = detect_new(NULL, phase);
		detect_set(d, DETECT_DTMF);
		n_seen = 0;
		feed(0, 3000, 0, 8);
		assert_int_equal(n_seen, 2);
		assert_near(seen[0].digit.start, 1000, 8);
		assert_near(seen[1].digit.end, 1480, 8);
		assert_int_equal((seen[0].at + phase) % SPECTRUM_HOP, 0);
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
	assert_true(is_digit(&seen[0], DTMF_BEGIN, '1'));
	assert_true(is_digit(&seen[1], DTMF_END, '1'));
	assert_near(seen[1].digit.end, 1816, 16);
	assert_true(is_digit(&seen[2], DTMF_BEGIN, '9'));
	assert_near(seen[2].digit.start, 1816, 16);
	assert_true(is_digit(&seen[3], DTMF_END, '9'));
}

static void test_fax_tones(void **state)
{
	(void)state;
	for (int i = 0; i < 3; i++)
		sine(1100, -20, 8000 + i * 28000, 4000);
	detect_set(d, DETECT_CNG | DETECT_DTMF | DETECT_CED);
	feed(0, 96000, 0, 8);
	assert_int_equal(n_seen, 3);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(seen[i].fax.type, FAXTONE_CNG);
		assert_near(seen[i].fax.at, 8000 + i * 28000, 16);
		assert_true(seen[i].at <= 10000 + i * 28000);
	}
	memset(wave, 0, sizeof(wave));
	sine(2100, -12, 8000, 24000);
	n_seen = 0;
	feed(0, 96000, 96000, 8);
	assert_int_equal(n_seen, 1);
	assert_int_equal(seen[0].fax.type, FAXTONE_ANS);
	assert_near(seen[0].fax.at, 96000 + 8000, 16);
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
	/* No tones of the network without a plan. */
	n_seen = 0;
	memset(wave, 0, sizeof(wave));
	sine(450, -10, 0, 100000);
	detect_set(d, DETECT_PROGRESS);
	feed(0, 100000, 0, 8);
	assert_int_equal(n_seen, 0);
}

static void test_plan(void **state)
{
	const struct tone_def dial = {.freq = {{450, -10}}, .n_freqs = 1};
	static struct tone_plan tones;
	static struct detect_plan plan;

	(void)state;
	assert_int_equal(detect_compile(&tones, &plan), -EINVAL); /* no limits for digits */
	tones.digits = dtmf_limits_usual;
	tones.digits.accept_dbm0 = -15;
	tones.digits.reject_dbm0 = -20;
	tone_compile(&dial, &tones.tone[TONE_DIAL]);
	assert_int_equal(detect_compile(&tones, &plan), 0);
	detect_free(d);
	d = detect_new(&plan, 0);
	detect_set(d, DETECT_PROGRESS | DETECT_DTMF);
	key('5', -21, 1000, 800);
	sine(450, -10, 4000, 10000);
	key('5', -14, 20000, 800);
	feed(0, 30000, 0, 8);
	assert_int_equal(n_seen, 4);
	assert_int_equal(seen[0].progress.tone, TONE_DIAL);
	assert_true(!seen[0].progress.over && seen[1].progress.over);
	assert_near(seen[1].progress.at, 14000, 16);
	assert_true(is_digit(&seen[2], DTMF_BEGIN, '5'));
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
		TEST(test_cut_does_not_matter),
		TEST(test_phase),
		TEST(test_key_after_key),
		TEST(test_fax_tones),
		TEST(test_only_what_was_asked_for),
		TEST(test_plan),
		TEST(test_blocks_are_bounded),
		TEST(test_no_allocation_no_output),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
