/* SPDX-License-Identifier: GPL-2.0-or-later */
/* CRC-4 against hand-made vectors and against long division bit by bit. */
#include "span_rig.h"

#include "core/span/crc4.h"

/*
 * By hand, G.704 2.3.3.5: x^4 = x + 1 (mod x^4 + x + 1), so the lowest bit of an octet, times
 * x^4, leaves 3; each bit above it doubles: 3, 6, c, b (= 18 ^ 13), 5, a, 7, e.
 */
static void single_bits(void **state)
{
	static const uint8_t expect[8] = {0x3, 0x6, 0xc, 0xb, 0x5, 0xa, 0x7, 0xe};

	(void)state;
	for (unsigned int i = 0; i < 8; i++) {
		uint8_t octet = (uint8_t)(1u << i);

		assert_int_equal(crc4_octets(0, &octet, 1), expect[i]);
	}
}

/* The generator itself and its multiples leave nothing. */
static void known_messages(void **state)
{
	static const uint8_t generator[] = {0x13}, multiple[] = {0x4c, 0x00};

	(void)state;
	assert_int_equal(crc4_octets(0, generator, 1), 0);
	assert_int_equal(crc4_octets(0, multiple, 2), 0);
	assert_int_equal(crc4_octets(0, (const uint8_t *)"", 0), 0);
}

static uint8_t long_division(const uint8_t *p, size_t bits)
{
	unsigned int r = 0;

	for (size_t i = 0; i < bits + 4; i++) {
		unsigned int bit = i < bits ? p[i / 8] >> (7 - i % 8) & 1 : 0;

		r = r << 1 | bit;
		if (r & 0x10)
			r ^= 0x13;
	}
	return (uint8_t)r;
}

static void against_long_division(void **state)
{
	uint8_t block[256];
	uint32_t seed = 1;

	(void)state;
	for (unsigned int round = 0; round < 200; round++) {
		size_t n = round % 8 == 0 ? 256 : round;

		for (size_t i = 0; i < n; i++) {
			seed = seed * 1664525 + 1013904223;
			block[i] = (uint8_t)(seed >> 24);
		}
		assert_int_equal(crc4_octets(0, block, n), long_division(block, 8 * n));
	}
}

/* In pieces it is the same, and each single wrong bit of a sub-multiframe shows. */
static void pieces_and_single_errors(void **state)
{
	uint8_t block[256], whole;

	(void)state;
	for (unsigned int i = 0; i < sizeof(block); i++)
		block[i] = (uint8_t)(i * 37);
	whole = crc4_octets(0, block, sizeof(block));
	for (unsigned int cut = 0; cut <= sizeof(block); cut++)
		assert_int_equal(
			crc4_octets(crc4_octets(0, block, cut), block + cut, sizeof(block) - cut),
			whole);
	for (unsigned int bit = 0; bit < 2048; bit++) {
		block[bit / 8] ^= (uint8_t)(0x80 >> bit % 8);
		assert_int_not_equal(crc4_octets(0, block, sizeof(block)), whole);
		block[bit / 8] ^= (uint8_t)(0x80 >> bit % 8);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(single_bits),
		cmocka_unit_test(known_messages),
		cmocka_unit_test(against_long_division),
		cmocka_unit_test(pieces_and_single_errors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
