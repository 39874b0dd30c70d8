/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Each buffer lies at the very end of a page with an unreadable page behind it:
 * one octet too far ends the program.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/reader.h"

/* n octets that end where the page ends. */
static uint8_t *at_page_end(size_t n)
{
	static uint8_t *pages;
	size_t page = (size_t)sysconf(_SC_PAGESIZE);

	if (!pages) {
		pages = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
			     -1, 0);
		assert_true(pages != MAP_FAILED);
		assert_int_equal(mprotect(pages + page, page, PROT_NONE), 0);
	}
	return pages + page - n;
}

static void test_reads_in_order(void **state)
{
	static const uint8_t octets[] = {0x80, 0x81, 0x82, 0x83, 0x84, 0x85, 0x86, 'a', 'b'};
	uint8_t *p = memcpy(at_page_end(sizeof(octets)), octets, sizeof(octets));
	char two[3] = "";
	struct reader r;

	(void)state;
	rd_init(&r, p, sizeof(octets));
	assert_int_equal(rd_left(&r), 9);
	assert_int_equal(rd_u8(&r), 0x80);
	assert_int_equal(rd_be16(&r), 0x8182);
	assert_int_equal(rd_be32(&r), 0x83848586);
	assert_int_equal(rd_copy(&r, two, 2), 0);
	assert_string_equal(two, "ab");
	assert_int_equal(rd_left(&r), 0);
	assert_false(rd_bad(&r)); /* everything read is not too much read */
}

/* Every read of every width from every length: the value if it is all there, else 0 and bad. */
static void test_every_prefix(void **state)
{
	(void)state;
	for (size_t len = 0; len < 6; len++) {
		uint8_t *p = memset(at_page_end(len), 0xA5, len);

		for (size_t width = 1; width <= 4; width *= 2) {
			struct reader r;
			uint32_t v;

			rd_init(&r, p, len);
			v = width == 1 ? rd_u8(&r) : width == 2 ? rd_be16(&r) : rd_be32(&r);
			assert_int_equal(rd_bad(&r), len < width);
			assert_int_equal(v, len < width ? 0 : 0xA5A5A5A5u >> (32 - 8 * width));
			assert_int_equal(rd_left(&r), len < width ? 0 : len - width);
		}
	}
}

static void test_bad_stays_bad(void **state)
{
	uint8_t *p = memset(at_page_end(3), 7, 3), dst[2] = {1, 1};
	struct reader r, sub = {.bad = true};

	(void)state;
	rd_init(&r, p, 3);
	assert_int_equal(rd_be32(&r), 0);
	assert_int_equal(rd_u8(&r), 0); /* there are octets, but the parser lost its place */
	assert_int_equal(rd_take(&r, 0, &sub), -EBADMSG);
	assert_true(sub.bad); /* not written */
	assert_int_equal(rd_copy(&r, dst, 1), -EBADMSG);
	assert_int_equal(dst[0], 1);
	assert_int_equal(rd_skip(&r, 1), -EBADMSG);
}

static void test_take_is_bounded(void **state)
{
	uint8_t *p = memset(at_page_end(4), 9, 4);
	struct reader r, sub;

	(void)state;
	rd_init(&r, p, 4);
	assert_int_equal(rd_take(&r, 2, &sub), 0);
	assert_int_equal(rd_be16(&sub), 0x0909);
	assert_int_equal(rd_u8(&sub), 0); /* r has more, sub has not */
	assert_true(rd_bad(&sub));
	assert_false(rd_bad(&r));
	assert_int_equal(rd_left(&r), 2);
	assert_int_equal(rd_take(&r, 3, &sub), -EBADMSG);
}

/* A length from the wire must not wrap around. */
static void test_huge_lengths(void **state)
{
	uint8_t *p = memset(at_page_end(4), 9, 4);
	struct reader r, sub;

	(void)state;
	rd_init(&r, p, 4);
	assert_int_equal(rd_skip(&r, 1), 0);
	assert_int_equal(rd_take(&r, SIZE_MAX, &sub), -EBADMSG);
	rd_init(&r, p, 4);
	assert_int_equal(rd_skip(&r, SIZE_MAX - 2), -EBADMSG);
}

static void test_nothing(void **state)
{
	struct reader r, sub;
	struct writer w;

	(void)state;
	rd_init(&r, NULL, 0);
	assert_int_equal(rd_left(&r), 0);
	assert_int_equal(rd_take(&r, 0, &sub), 0);
	assert_int_equal(rd_copy(&r, NULL, 0), 0);
	assert_false(rd_bad(&r));
	assert_int_equal(rd_u8(&r), 0);
	assert_true(rd_bad(&r));
	wr_init(&w, NULL, 0);
	wr_copy(&w, NULL, 0);
	assert_int_equal(wr_len(&w), 0);
	wr_u8(&w, 1);
	assert_int_equal(wr_len(&w), -EMSGSIZE);
}

static void test_writes_in_order(void **state)
{
	static const uint8_t expected[] = {1, 2, 3, 4, 5, 6, 7, 'x', 'y'};
	uint8_t *p = at_page_end(sizeof(expected));
	struct writer w;

	(void)state;
	wr_init(&w, p, sizeof(expected));
	wr_u8(&w, 1);
	wr_be16(&w, 0x0203);
	wr_be32(&w, 0x04050607);
	wr_copy(&w, "xy", 2);
	assert_int_equal(wr_len(&w), 9);
	assert_memory_equal(p, expected, sizeof(expected));
	wr_u8(&w, 0);
	assert_int_equal(wr_len(&w), -EMSGSIZE);
}

/* What does not fit whole leaves the octets before the end alone. */
static void test_writes_whole_or_not(void **state)
{
	(void)state;
	for (size_t width = 1; width <= 4; width *= 2) {
		uint8_t *p = memset(at_page_end(width - 1), 0x55, width - 1);
		struct writer w;

		wr_init(&w, p, width - 1);
		if (width == 1)
			wr_u8(&w, 0);
		else if (width == 2)
			wr_be16(&w, 0);
		else
			wr_be32(&w, 0);
		assert_int_equal(wr_len(&w), -EMSGSIZE);
		for (size_t i = 0; i < width - 1; i++)
			assert_int_equal(p[i], 0x55);
		wr_copy(&w, "", 0); /* stays bad */
		assert_int_equal(wr_len(&w), -EMSGSIZE);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_reads_in_order),  cmocka_unit_test(test_every_prefix),
		cmocka_unit_test(test_bad_stays_bad),   cmocka_unit_test(test_take_is_bounded),
		cmocka_unit_test(test_huge_lengths),    cmocka_unit_test(test_nothing),
		cmocka_unit_test(test_writes_in_order), cmocka_unit_test(test_writes_whole_or_not),
	};

	return cmocka_run_group_tests_name("base/reader", tests, NULL, NULL);
}
