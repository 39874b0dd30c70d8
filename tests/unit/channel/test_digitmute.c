/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <stdbool.h>

#include "core/channel/digitmute.h"

#define SILENCE 0xd5
#define FED     5000

static uint8_t in[FED], out[FED];

static void feed(struct digitmute *m, size_t from, size_t to, size_t step)
{
	for (size_t i = from; i < to; i += step) {
		size_t n = to - i < step ? to - i : step;

		for (size_t k = i; k < i + n; k++)
			in[k] = out[k] = (uint8_t)(k % 211);
		digitmute_feed(m, out + i, out + i, n); /* in place */
	}
}

static void test_delay(void **state)
{
	(void)state;
	for (size_t step = 1; step < 40; step++) {
		struct digitmute m;

		digitmute_init(&m, SILENCE);
		feed(&m, 0, FED, step);
		for (size_t i = 0; i < FED; i++)
			assert_int_equal(out[i],
					 i < DIGITMUTE_DELAY ? SILENCE : in[i - DIGITMUTE_DELAY]);
	}
}

/* Octets 2000 - from .. 2000 - to come out as silence, as far as they have not come out yet. */
static void cut(int64_t from, int64_t to)
{
	struct digitmute m;

	digitmute_init(&m, SILENCE);
	feed(&m, 0, 2000, 8);
	digitmute_cut(&m, from, to);
	feed(&m, 2000, FED, 8);
	for (int64_t i = 0; i + DIGITMUTE_DELAY < FED; i++) {
		bool gone = i >= 2000 - from && i < 2000 - to && i >= 2000 - DIGITMUTE_DELAY &&
			    i < 2000;

		assert_int_equal(out[i + DIGITMUTE_DELAY], gone ? SILENCE : in[i]);
	}
}

static void test_cut(void **state)
{
	static const int64_t edges[] = {
		INT64_MIN,
		-1000,
		-1,
		0,
		1,
		2,
		7,
		100,
		DIGITMUTE_DELAY - 1,
		DIGITMUTE_DELAY,
		DIGITMUTE_DELAY + 1,
		2000,
		INT64_MAX,
	};
	size_t n = sizeof(edges) / sizeof(edges[0]);

	(void)state;
	for (size_t i = 0; i < n * n; i++) {
		int64_t from = edges[i / n], to = edges[i % n];

		/* What the loop of cut() can say of them. */
		if (from > -100000 && from < 100000 && to > -100000 && to < 100000)
			cut(from, to);
	}
	cut(100, 3);
	cut(3, 100);
}

/* No number reaches beyond the delay. */
static void test_wild_numbers(void **state)
{
	struct digitmute m;

	(void)state;
	digitmute_init(&m, SILENCE);
	feed(&m, 0, 2000, 8);
	digitmute_cut(&m, INT64_MIN, INT64_MAX);
	digitmute_cut(&m, INT64_MIN, INT64_MIN);
	digitmute_cut(&m, INT64_MAX, INT64_MAX);
	feed(&m, 2000, 3000, 8);
	assert_int_equal(out[2000], in[2000 - DIGITMUTE_DELAY]);
	digitmute_cut(&m, INT64_MAX, INT64_MIN);
	feed(&m, 3000, FED, 8);
	for (size_t i = 0; i < 2000; i++)
		assert_int_equal(out[3000 + i],
				 i < DIGITMUTE_DELAY ? SILENCE : in[3000 + i - DIGITMUTE_DELAY]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_delay),
		cmocka_unit_test(test_cut),
		cmocka_unit_test(test_wild_numbers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
