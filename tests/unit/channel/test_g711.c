/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <spandsp.h>

#include "core/channel/g711.h"

/* The judge is SpanDSP's G.711, written independently. */
static void test_alaw_all(void **state)
{
	(void)state;
	for (int s = INT16_MIN; s <= INT16_MAX; s++)
		assert_int_equal(alaw_encode((int16_t)s), linear_to_alaw(s));
	for (int o = 0; o < 256; o++) {
		assert_int_equal(alaw_decode((uint8_t)o), alaw_to_linear((uint8_t)o));
		assert_int_equal(alaw_encode(alaw_decode((uint8_t)o)), o);
	}
}

static void test_ulaw_all(void **state)
{
	(void)state;
	for (int s = INT16_MIN; s <= INT16_MAX; s++)
		assert_int_equal(ulaw_encode((int16_t)s), linear_to_ulaw(s));
	for (int o = 0; o < 256; o++) {
		assert_int_equal(ulaw_decode((uint8_t)o), ulaw_to_linear((uint8_t)o));
		/* There are two zeros; the negative one comes back as the positive. */
		assert_int_equal(ulaw_encode(ulaw_decode((uint8_t)o)), o == 0x7f ? 0xff : o);
	}
}

static void test_edges(void **state)
{
	(void)state;
	assert_int_equal(alaw_decode(ALAW_IDLE), 8);
	assert_int_equal(alaw_decode(ALAW_IDLE ^ 0x80), -8);
	assert_int_equal(alaw_encode(0), ALAW_IDLE);
	assert_int_equal(alaw_encode(-1), ALAW_IDLE ^ 0x80);
	assert_int_equal(alaw_decode(alaw_encode(32767)), 32256);
	assert_int_equal(alaw_decode(alaw_encode(-32768)), -32256);
	assert_int_equal(ulaw_decode(ULAW_IDLE), 0);
	assert_int_equal(ulaw_encode(0), ULAW_IDLE);
	assert_int_equal(ulaw_decode(ulaw_encode(32767)), 32124);
	assert_int_equal(ulaw_decode(ulaw_encode(-32768)), -32124);
}

static void test_law_conversion(void **state)
{
	(void)state;
	for (int o = 0; o < 256; o++) {
		assert_int_equal(ulaw_to_a((uint8_t)o), ulaw_to_alaw((uint8_t)o));
		assert_int_equal(alaw_to_u((uint8_t)o), alaw_to_ulaw((uint8_t)o));
	}
	/* Idle stays idle, the largest stays the largest. */
	assert_int_equal(ulaw_to_a(ULAW_IDLE), ALAW_IDLE);
	assert_int_equal(ulaw_to_a(0x80), 0xaa);
	assert_int_equal(alaw_to_u(0xaa), 0x80);
	/* There and back never turns the sign. */
	for (int o = 0; o < 256; o++) {
		int16_t before = alaw_decode((uint8_t)o);
		int16_t after = alaw_decode(ulaw_to_a(alaw_to_u((uint8_t)o)));

		assert_true(before > 0 ? after > 0 : after < 0);
	}
}

static void test_blocks(void **state)
{
	uint8_t octets[256], back[256];
	int16_t linear[256];

	(void)state;
	for (int o = 0; o < 256; o++)
		octets[o] = (uint8_t)o;
	alaw_decode_block(linear, octets, 256);
	alaw_encode_block(back, linear, 256);
	assert_memory_equal(octets, back, 256);
	back[1] = 0x12;
	alaw_encode_block(back, linear, 1);
	assert_int_equal(back[1], 0x12);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_alaw_all), cmocka_unit_test(test_ulaw_all),
		cmocka_unit_test(test_edges),    cmocka_unit_test(test_law_conversion),
		cmocka_unit_test(test_blocks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
