/* SPDX-License-Identifier: GPL-2.0-or-later */
/* CAS multiframe in timeslot 16: G.704 5.1.3.2.2, G.732 5.2. */
#include "span_rig.h"

struct cas {
	struct e1_casmf mf;
	struct e1_counters count;
};

static void cas_init(struct cas *c)
{
	memset(c, 0, sizeof(*c));
	e1_casmf_init(&c->mf);
}

static void octets(struct cas *c, uint8_t ts16, unsigned int n)
{
	for (; n; n--)
		e1_casmf_step(&c->mf, ts16, true, &c->count);
}

static void missing(struct cas *c, unsigned int n)
{
	for (; n; n--)
		e1_casmf_step(&c->mf, E1_FILLER, false, &c->count);
}

/* @mfas, then 15 times @bits. */
static void multiframe(struct cas *c, uint8_t mfas, uint8_t bits)
{
	octets(c, mfas, 1);
	octets(c, bits, 15);
}

/* Found with the first alignment signal behind a timeslot 16 with a bit 1, not earlier. */
static void found(void **state)
{
	struct cas c;

	(void)state;
	cas_init(&c);
	octets(&c, 0x00, 5); /* nothing is known of what was before; then nothing but zeros */
	octets(&c, 0x0b, 1);
	assert_false(c.mf.aligned);
	octets(&c, 0xdd, 3);
	missing(&c, 1);
	octets(&c, 0x0b, 1);
	assert_false(c.mf.aligned);
	octets(&c, 0xdd, 1);
	octets(&c, 0x0f, 1);
	assert_true(c.mf.aligned);
}

static void bits_are_confirmed_by_both_signals(void **state)
{
	struct cas c;

	(void)state;
	cas_init(&c);
	assert_int_equal(c.mf.abcd[1], 0xf);
	octets(&c, 0xdd, 1);
	multiframe(&c, 0x0b, 0x59);
	assert_int_equal(c.mf.abcd[1], 0xf);
	octets(&c, 0x0b, 1);
	for (unsigned int ts = 1; ts < E1_OCTETS; ts++)
		assert_int_equal(c.mf.abcd[ts], ts == 16 ? 0xf : ts < 16 ? 0x5 : 0x9);
	assert_int_equal(c.count.cas_multiframes, 1);
	/* The signal behind is wrong, then the one before: neither is taken over. */
	octets(&c, 0x66, 15);
	octets(&c, 0x1b, 1);
	octets(&c, 0x77, 15);
	octets(&c, 0x0b, 1);
	assert_int_equal(c.mf.abcd[1], 0x5);
	octets(&c, 0x88, 15);
	octets(&c, 0x0b, 1);
	assert_int_equal(c.mf.abcd[1], 0x8);
	assert_int_equal(c.count.cas_multiframes, 2);
	assert_int_equal(c.count.cas_errors, 1);
	assert_int_equal(c.count.cas_lmfa, 0);
}

static void bits_that_did_not_arrive_stay(void **state)
{
	struct cas c;

	(void)state;
	cas_init(&c);
	octets(&c, 0xdd, 1);
	multiframe(&c, 0x0b, 0x12);
	octets(&c, 0x0b, 1);
	octets(&c, 0x34, 6);
	missing(&c, 2);
	octets(&c, 0x34, 7);
	octets(&c, 0x0b, 1);
	for (unsigned int ts = 1; ts < 16; ts++) {
		bool lost = ts == 7 || ts == 8;

		assert_int_equal(c.mf.abcd[ts], lost ? 0x1 : 0x3);
		assert_int_equal(c.mf.abcd[ts + 16], lost ? 0x2 : 0x4);
	}
}

static void lost_by_two_wrong_signals(void **state)
{
	struct cas c;

	(void)state;
	cas_init(&c);
	octets(&c, 0xdd, 1);
	multiframe(&c, 0x0b, 0xdd);
	multiframe(&c, 0x0b, 0xdd);
	for (unsigned int round = 0; round < 5; round++) {
		multiframe(&c, 0x8b, 0xdd);
		multiframe(&c, 0x0b, 0xdd);
	}
	assert_true(c.mf.aligned);
	multiframe(&c, 0x8b, 0xdd);
	missing(&c, 16); /* neither right nor wrong */
	assert_true(c.mf.aligned);
	octets(&c, 0x4b, 1);
	assert_false(c.mf.aligned);
	assert_int_equal(c.count.cas_errors, 7);
	assert_int_equal(c.count.cas_lmfa, 1);
	assert_int_equal(c.mf.abcd[1], 0xd); /* the last word stands */
}

static void lost_by_all_zeros(void **state)
{
	struct cas c;

	(void)state;
	cas_init(&c);
	octets(&c, 0xdd, 1);
	multiframe(&c, 0x0b, 0xdd);
	octets(&c, 0x00, 15);
	octets(&c, 0x0d, 1);
	octets(&c, 0x00, 15);
	assert_true(c.mf.aligned);
	octets(&c, 0x00, 1);
	assert_false(c.mf.aligned);
	octets(&c, 0x00, 100);
	assert_false(c.mf.aligned);
	assert_int_equal(c.count.cas_lmfa, 1);
	octets(&c, 0xdd, 1);
	octets(&c, 0x0b, 1);
	assert_true(c.mf.aligned);
}

static void remote_alarm(void **state)
{
	struct cas c;

	(void)state;
	cas_init(&c);
	octets(&c, 0xdd, 1);
	multiframe(&c, 0x0f, 0xdd);
	assert_false(c.mf.rai);
	multiframe(&c, 0x0b, 0xdd);
	multiframe(&c, 0x0f, 0xdd);
	assert_false(c.mf.rai);
	octets(&c, 0x0f, 1);
	assert_true(c.mf.rai);
	octets(&c, 0xdd, 15);
	multiframe(&c, 0x0b, 0xdd);
	assert_true(c.mf.rai);
	octets(&c, 0x0b, 1);
	assert_false(c.mf.rai);
}

/* Three zeros in each of two windows of 16 begin it, four in each of two end it. */
static void ais(void **state)
{
	struct cas c;

	(void)state;
	cas_init(&c);
	multiframe(&c, 0xf8, 0xff);
	multiframe(&c, 0xf0, 0xff);
	multiframe(&c, 0xf8, 0xff);
	octets(&c, 0xff, 15);
	assert_false(c.mf.ais);
	octets(&c, 0xf8, 1);
	assert_true(c.mf.ais);
	multiframe(&c, 0xff, 0x7f);
	missing(&c, 1);
	octets(&c, 0x7f, 15);
	assert_true(c.mf.ais);
	multiframe(&c, 0xff, 0x7f);
	assert_false(c.mf.ais);
	multiframe(&c, 0xff, 0xff);
	multiframe(&c, 0xff, 0xff);
	assert_true(c.mf.ais);
	octets(&c, 0x0b, 1);
	assert_true(c.mf.aligned);
	assert_false(c.mf.ais);
}

/* Over the line, all ways together. */
static void over_the_line(void **state)
{
	struct rig r;

	(void)state;
	rig_init(&r, E1_CRC4_ON, true);
	for (unsigned int ts = 1; ts < E1_OCTETS; ts++)
		e1_tx_cas(&r.tx, ts, (uint8_t)(ts % 15 + 1));
	rig_run(&r, 48);
	for (unsigned int ts = 1; ts < E1_OCTETS; ts++) {
		if (ts != 16)
			assert_int_equal(e1_rx_cas(&r.rx)[ts], ts % 15 + 1);
	}
	assert_int_equal(e1_tx_cas(&r.tx, 31, 0), 0);
	rig_run(&r, 33);
	assert_int_equal(e1_rx_cas(&r.rx)[31], 0);
	e1_tx_cas_rai(&r.tx, true);
	assert_int_equal(rig_until_change(&r, E1_CAS_RAI, 100), 97 + 16 - 81);
	assert_int_equal(rig_alarms(&r), E1_CAS_RAI);
	e1_fault_cas(&r.fault, 2);
	assert_int_equal(rig_until_change(&r, E1_CAS_LMFA, 100), 32);
	assert_int_equal(rig_alarms(&r), E1_CAS_LMFA);
	assert_int_equal(rig_until_change(&r, E1_CAS_LMFA, 100), 16);
	e1_tx_ts16_ais(&r.tx, true);
	rig_run(&r, 80);
	assert_int_equal(rig_alarms(&r), E1_CAS_LMFA | E1_TS16_AIS);
	e1_tx_ts16_ais(&r.tx, false);
	rig_run(&r, 32);
	assert_int_equal(rig_alarms(&r) & ~E1_CAS_RAI, 0);
	assert_int_equal(rig_count(&r)->cas_lmfa, 2);
	assert_int_equal(rig_count(&r)->lfa, 0);
}

/* Loss of frame alignment takes the multiframe with it, and counts once, as such. */
static void with_frame_alignment(void **state)
{
	struct rig r;

	(void)state;
	rig_init(&r, E1_CRC4_OFF, true);
	e1_tx_cas(&r.tx, 9, 0x6);
	rig_run(&r, 64);
	e1_fault_fas(&r.fault, 3);
	rig_run(&r, 5);
	assert_int_equal(rig_alarms(&r), E1_LFA);
	rig_run(&r, 6);
	assert_int_equal(rig_alarms(&r), E1_CAS_LMFA);
	assert_int_equal(e1_rx_cas(&r.rx)[9], 0x6);
	rig_run(&r, 20);
	assert_int_equal(rig_alarms(&r), 0);
	assert_int_equal(rig_count(&r)->cas_lmfa, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(found),
		cmocka_unit_test(bits_are_confirmed_by_both_signals),
		cmocka_unit_test(bits_that_did_not_arrive_stay),
		cmocka_unit_test(lost_by_two_wrong_signals),
		cmocka_unit_test(lost_by_all_zeros),
		cmocka_unit_test(remote_alarm),
		cmocka_unit_test(ais),
		cmocka_unit_test(over_the_line),
		cmocka_unit_test(with_frame_alignment),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
