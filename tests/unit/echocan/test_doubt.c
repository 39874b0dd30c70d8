/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is said of a wrong law and of echo beyond the tail, and when it is not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "core/channel/g711.h"
#include "echocan/doubt.h"

#define BLOCK 64
#define LEAST 1000000
#define PARTS 8 /* 64 ms */

static struct doubt d;
static uint32_t dice;

static int setup(void **state)
{
	(void)state;
	memset(&d, 0, sizeof(d));
	dice = 1;
	return 0;
}

static uint32_t throw(void)
{
	dice = dice * 1664525u + 1013904223u;
	return dice >> 8;
}

/* Blocks of noise up to @peak, coded by one law and decoded by the other or the same. */
static void quiet(int blocks, int peak, bool a_sent, bool a_read)
{
	for (int n = 0; n < blocks * BLOCK; n++) {
		int16_t x = (int16_t)(peak ? (int)(throw() % (2 * (uint32_t)peak)) - peak : 0);
		uint8_t octet = a_sent ? alaw_encode(x) : ulaw_encode(x);

		doubt_sample(&d, a_read ? alaw_decode(octet) : ulaw_decode(octet));
		if (n % BLOCK == BLOCK - 1)
			doubt_block(&d, 0, 0, LEAST, PARTS);
	}
}

static void other_law(void **state)
{
	static const int peaks[] = {0, 20, 100, 250};

	(void)state;
	for (int a = 0; a < 2; a++) {
		for (int k = 0; k < 4; k++) {
			setup(NULL);
			quiet(24, peaks[k], a, !a);
			assert_false(d.wrong_law);
			quiet(1, peaks[k], a, !a);
			assert_true(d.wrong_law);
			quiet(1, 8000, a, !a); /* somebody speaks: it stays */
			assert_true(d.wrong_law);
			quiet(1, 8, a, a); /* put right */
			assert_false(d.wrong_law);
		}
	}
}

static void right_law(void **state)
{
	static const int peaks[] = {0, 20, 100, 250, 1000, 2000, 8000, 32000};

	(void)state;
	for (int a = 0; a < 2; a++) {
		for (int k = 0; k < 8; k++) {
			setup(NULL);
			quiet(1000, peaks[k], a, a);
			assert_false(d.wrong_law);
		}
	}
}

/* Eight at once count what eight one by one do. */
static void eight_at_once(void **state)
{
	static const int16_t edges[] = {0,   1,    -1,    129,  130,   131,   -131,
					389, 390,  -390,  639,  640,   890,   891,
					651, 2020, -2020, 2021, -2021, 32767, -32768};
	struct doubt one;

	(void)state;
	for (int n = 0; n < 4000; n++) {
		int16_t x[DOUBT_FEW];

		memset(&d, 0, sizeof(d));
		memset(&one, 0, sizeof(one));
		for (int i = 0; i < DOUBT_FEW; i++) {
			x[i] = n % 2 ? (int16_t)(throw() % 65536)
				     : edges[throw() % (sizeof(edges) / sizeof(edges[0]))];
			doubt_sample(&one, x[i]);
		}
		doubt_few(&d, x);
		assert_memory_equal(&d, &one, sizeof(d));
	}
}

/* A loud offset is no silence of the other law. */
static void offset(void **state)
{
	(void)state;
	for (int dc = -32000; dc <= 32000; dc += 500) {
		if (dc >= -1000 && dc <= 1000)
			continue;
		setup(NULL);
		for (int n = 0; n < 100 * BLOCK; n++) {
			doubt_sample(&d, (int16_t)dc);
			if (n % BLOCK == BLOCK - 1)
				doubt_block(&d, 0, 0, LEAST, PARTS);
		}
		assert_false(d.wrong_law);
	}
}

/* Syllables and pauses of random length, and some of them again @lag blocks later; 0: not at all. */
static int64_t speech(int blocks, int lag, bool near)
{
	static uint64_t far[256];
	uint64_t level = 0, other = 0;
	int left = 0, other_left = 0;
	int64_t said = -1;

	for (int t = 0; t < blocks; t++) {
		uint64_t echo;

		if (!left--) {
			left = 5 + (int)(throw() % 40);
			level = level ? 0 : 100ull * LEAST + throw() % 1000 * (uint64_t)LEAST;
		}
		if (!other_left--) {
			other_left = 5 + (int)(throw() % 40);
			other = other || !near ? 0 : 100ull * LEAST;
		}
		far[t % 256] = level;
		echo = lag && t >= lag ? far[(t - lag) % 256] / 16 : 0;
		doubt_block(&d, level, echo + other, LEAST, PARTS);
		if (d.beyond_tail && said < 0)
			said = t;
	}
	return said;
}

static void beyond_the_tail(void **state)
{
	static const int lags[] = {11, 16, 30, 63};

	(void)state;
	for (int k = 0; k < 4; k++) {
		setup(NULL);
		assert_in_range(speech(3000, lags[k], false), 100, 2000);
		assert_true(d.beyond_tail);
		/* it is put right, with a longer tail or a shorter way */
		assert_int_equal(speech(3000, 0, true) >= 0, 1);
		assert_false(d.beyond_tail);
	}
}

static void within_the_tail(void **state)
{
	(void)state;
	for (int lag = 0; lag <= PARTS - 1; lag++) {
		setup(NULL);
		assert_int_equal(speech(20000, lag, false), -1);
		setup(NULL);
		assert_int_equal(speech(20000, lag, true), -1);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(eight_at_once, setup),
		cmocka_unit_test_setup(other_law, setup),
		cmocka_unit_test_setup(right_law, setup),
		cmocka_unit_test_setup(offset, setup),
		cmocka_unit_test_setup(beyond_the_tail, setup),
		cmocka_unit_test_setup(within_the_tail, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
