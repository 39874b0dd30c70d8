/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The sender against the tables of G.704. */
#include "span_rig.h"

#include <errno.h>

#include "core/span/crc4.h"

static struct e1_tx sender(enum e1_crc4 crc4, bool cas)
{
	struct e1_cfg cfg = {.crc4 = crc4, .cas = cas};
	struct e1_tx tx;

	e1_tx_init(&tx, &cfg);
	return tx;
}

static void frames(struct e1_tx *tx, unsigned int n, uint8_t out[][E1_OCTETS])
{
	uint8_t ts[E1_OCTETS];

	for (unsigned int i = 0; i < n; i++) {
		rig_payload(i, ts);
		e1_tx_frame(tx, ts, out[i]);
	}
}

static void without_crc4(void **state)
{
	struct e1_tx tx = sender(E1_CRC4_OFF, false);
	uint8_t f[16][E1_OCTETS], ts[E1_OCTETS];

	(void)state;
	frames(&tx, 16, f);
	for (unsigned int i = 0; i < 16; i++) {
		rig_payload(i, ts);
		assert_int_equal(f[i][0], i % 2 ? 0xdf : 0x9b);
		assert_memory_equal(f[i] + 1, ts + 1, E1_OCTETS - 1);
	}
}

/*
 * G.704 table 5B: bit 1 of the odd frames, with both E bits 0 as nobody has spoken of the
 * receiver.
 */
static void crc4_multiframe(void **state)
{
	static const uint8_t odd[8] = {0, 0, 1, 0, 1, 1, 0, 0};
	struct e1_tx tx = sender(E1_CRC4_ON, false);
	uint8_t f[64][E1_OCTETS];

	(void)state;
	frames(&tx, 64, f);
	for (unsigned int i = 0; i < 64; i++) {
		if (i % 2)
			assert_int_equal(f[i][0], odd[i % 16 / 2] << 7 | 0x5f);
		else
			assert_int_equal(f[i][0] & 0x7f, 0x1b);
	}
	for (unsigned int smf = 1; smf < 8; smf++) {
		uint8_t carried = 0, crc = 0;

		for (unsigned int i = 0; i < 8; i++) {
			uint8_t copy[E1_OCTETS];

			memcpy(copy, f[8 * (smf - 1) + i], sizeof(copy));
			if (i % 2 == 0) {
				copy[0] &= 0x7f;
				carried = (uint8_t)(carried << 1 | f[8 * smf + i][0] >> 7);
			}
			crc = crc4_octets(crc, copy, sizeof(copy));
		}
		assert_int_equal(carried, crc);
	}
}

static unsigned int ebits_zero(struct e1_tx *tx, unsigned int multiframes)
{
	uint8_t f[16][E1_OCTETS];
	unsigned int n = 0;

	for (unsigned int i = 0; i < multiframes; i++) {
		frames(tx, 16, f);
		n += !(f[13][0] & 0x80);
		n += !(f[15][0] & 0x80);
	}
	return n;
}

static void ebits(void **state)
{
	struct e1_tx tx = sender(E1_CRC4_AUTO, false);

	(void)state;
	assert_int_equal(ebits_zero(&tx, 5), 10);
	e1_tx_ebits(&tx, true, 0);
	assert_int_equal(ebits_zero(&tx, 5), 0);
	e1_tx_ebits(&tx, true, 3);
	assert_int_equal(ebits_zero(&tx, 1), 2);
	e1_tx_ebits(&tx, true, 1);
	assert_int_equal(ebits_zero(&tx, 5), 2);
	/* No more than those of a second are kept; loss of alignment forgets them. */
	e1_tx_ebits(&tx, true, UINT32_MAX);
	e1_tx_ebits(&tx, true, UINT32_MAX);
	assert_int_equal(ebits_zero(&tx, 600), 1000);
	e1_tx_ebits(&tx, true, 7);
	e1_tx_ebits(&tx, false, 7);
	assert_int_equal(ebits_zero(&tx, 2), 4);
	e1_tx_ebits(&tx, true, 0);
	assert_int_equal(ebits_zero(&tx, 2), 0);
}

static void rai_sa_ais(void **state)
{
	struct e1_tx tx = sender(E1_CRC4_OFF, false);
	uint8_t f[4][E1_OCTETS];

	(void)state;
	e1_tx_rai(&tx, true);
	e1_tx_sa(&tx, 0x15);
	frames(&tx, 2, f);
	assert_int_equal(f[0][0], 0x9b);
	assert_int_equal(f[1][0], 0xf5);
	e1_tx_rai(&tx, false);
	e1_tx_ais(&tx, true);
	frames(&tx, 3, f);
	for (unsigned int i = 0; i < 3 * E1_OCTETS; i++)
		assert_int_equal(f[i / E1_OCTETS][i % E1_OCTETS], 0xff);
	e1_tx_ais(&tx, false);
	frames(&tx, 1, f);
	assert_int_equal(f[0][0], 0xd5); /* numbering went on: this is frame 5 */
	assert_int_equal(e1_tx_frame_number(&tx), 6);
}

/* G.704 table 9: frame n carries timeslots n and n + 16. */
static void cas_multiframe(void **state)
{
	struct e1_tx tx = sender(E1_CRC4_ON, true);
	uint8_t f[16][E1_OCTETS];

	(void)state;
	for (unsigned int ts = 1; ts < E1_OCTETS; ts++)
		assert_int_equal(e1_tx_cas(&tx, ts, (uint8_t)(ts % 15 + 1)),
				 ts == 16 ? -EINVAL : 0);
	frames(&tx, 16, f);
	assert_int_equal(f[0][16], 0x0b);
	for (unsigned int i = 1; i < 16; i++)
		assert_int_equal(f[i][16], (i % 15 + 1) << 4 | ((i + 16) % 15 + 1));
	e1_tx_cas_rai(&tx, true);
	frames(&tx, 1, f);
	assert_int_equal(f[0][16], 0x0f);
	e1_tx_ts16_ais(&tx, true);
	frames(&tx, 16, f);
	for (unsigned int i = 0; i < 16; i++)
		assert_int_equal(f[i][16], 0xff);
}

static void cas_refused(void **state)
{
	struct e1_tx tx = sender(E1_CRC4_OFF, true);
	uint8_t f[16][E1_OCTETS];

	(void)state;
	assert_int_equal(e1_tx_cas(&tx, 0, 1), -EINVAL);
	assert_int_equal(e1_tx_cas(&tx, 16, 1), -EINVAL);
	assert_int_equal(e1_tx_cas(&tx, 32, 1), -EINVAL);
	assert_int_equal(e1_tx_cas(&tx, 1, 0x10), -EINVAL);
	assert_int_equal(e1_tx_cas(&tx, 15, 0), -EINVAL); /* would look like the alignment signal */
	assert_int_equal(e1_tx_cas(&tx, 17, 0), 0);
	frames(&tx, 16, f);
	assert_int_equal(f[1][16], 0xd0);
	assert_int_equal(f[15][16], 0xdd);
}

/* The payload may be built in place. */
static void in_place(void **state)
{
	struct e1_tx a = sender(E1_CRC4_ON, true), b = a;
	uint8_t ts[E1_OCTETS], out[E1_OCTETS];

	(void)state;
	for (uint32_t i = 0; i < 32; i++) {
		rig_payload(i, ts);
		e1_tx_frame(&a, ts, out);
		e1_tx_frame(&b, ts, ts);
		assert_memory_equal(ts, out, sizeof(ts));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_crc4),   cmocka_unit_test(crc4_multiframe),
		cmocka_unit_test(ebits),          cmocka_unit_test(rai_sa_ais),
		cmocka_unit_test(cas_multiframe), cmocka_unit_test(cas_refused),
		cmocka_unit_test(in_place),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
