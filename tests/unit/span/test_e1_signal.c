/* SPDX-License-Identifier: GPL-2.0-or-later */
/* LOS, AIS and RAI begin and end exactly when G.775 says. */
#include "span_rig.h"

static void feed_octets(struct rig *r, uint8_t octet, size_t n)
{
	for (; n; n--)
		rig_feed(r, E1_IN_DATA, &octet, 1);
}

/* 248 pulse intervals without signal, and with it again. */
static void los(void **state)
{
	struct rig r;

	(void)state;
	rig_init(&r, E1_CRC4_OFF, false);
	rig_run(&r, 10);
	rig_feed(&r, E1_IN_NONE, NULL, E1_LOS_OCTETS - 1);
	assert_int_equal(rig_alarms(&r), 0);
	feed_octets(&r, 0x55, 1);
	assert_int_equal(rig_alarms(&r), 0);
	rig_feed(&r, E1_IN_NONE, NULL, E1_LOS_OCTETS - 1);
	rig_feed(&r, E1_IN_ERASED, NULL, 1); /* not known to be without signal */
	rig_feed(&r, E1_IN_NONE, NULL, E1_LOS_OCTETS - 1);
	assert_int_equal(rig_alarms(&r), 0);
	rig_feed(&r, E1_IN_NONE, NULL, 1);
	assert_int_equal(rig_alarms(&r), E1_LOS | E1_LFA);
	rig_feed(&r, E1_IN_NONE, NULL, 100000);
	feed_octets(&r, 0x55, E1_LOS_OCTETS - 1);
	assert_int_equal(rig_alarms(&r), E1_LOS | E1_LFA);
	rig_feed(&r, E1_IN_NONE, NULL, 1);
	feed_octets(&r, 0x55, E1_LOS_OCTETS - 1);
	assert_int_equal(rig_alarms(&r), E1_LOS | E1_LFA);
	feed_octets(&r, 0x55, 1);
	assert_int_equal(rig_alarms(&r), E1_LFA);
	assert_int_equal(rig_count(&r)->los, 1);
	assert_int_equal(rig_count(&r)->lfa, 1);
}

static void los_octets_can_be_chosen(void **state)
{
	struct e1_cfg cfg = {.crc4 = E1_CRC4_OFF, .los_octets = 512};
	struct rig r;

	(void)state;
	rig_init(&r, E1_CRC4_OFF, false);
	e1_rx_init(&r.rx, &cfg);
	rig_feed(&r, E1_IN_NONE, NULL, 511);
	assert_int_equal(rig_alarms(&r), E1_LFA);
	rig_feed(&r, E1_IN_NONE, NULL, 1);
	assert_int_equal(rig_alarms(&r), E1_LOS | E1_LFA);
}

static void no_signal_fault(void **state)
{
	struct rig r;

	(void)state;
	rig_init(&r, E1_CRC4_ON, true);
	rig_run(&r, 160);
	rig_set(&r, (struct e1_fault_cfg){.no_signal = true});
	assert_int_equal(rig_until_change(&r, E1_LOS, 10), 1);
	assert_int_equal(rig_alarms(&r), E1_LOS | E1_LFA);
	rig_run(&r, 800);
	assert_int_equal(r.received, r.sent);
	assert_int_equal(rig_count(&r)->erased_octets, 801 * E1_OCTETS);
	rig_set(&r, (struct e1_fault_cfg){0});
	assert_int_equal(rig_until_change(&r, E1_LOS, 10), 1);
	rig_run(&r, 60);
	assert_int_equal(rig_alarms(&r), 0);
}

/* A window of 64 octets with @zeros zeros. */
static void window(struct rig *r, unsigned int zeros)
{
	for (unsigned int i = 0; i < E1_AIS_OCTETS; i++)
		feed_octets(r, i >= 64 - zeros ? 0xfe : 0xff, 1);
}

/* Two zeros at most in each of two windows, three at least in each of two. */
static void ais_limits(void **state)
{
	struct rig r;

	(void)state;
	rig_init(&r, E1_CRC4_OFF, false);
	window(&r, 2);
	assert_int_equal(rig_alarms(&r), E1_LFA);
	window(&r, 3);
	window(&r, 2);
	assert_int_equal(rig_alarms(&r), E1_LFA);
	feed_octets(&r, 0xff, 63);
	assert_int_equal(rig_alarms(&r), E1_LFA);
	feed_octets(&r, 0xfc, 1);
	assert_int_equal(rig_alarms(&r), E1_LFA | E1_AIS);
	window(&r, 3);
	window(&r, 2);
	window(&r, 64);
	assert_int_equal(rig_alarms(&r), E1_LFA | E1_AIS);
	window(&r, 3);
	assert_int_equal(rig_alarms(&r), E1_LFA);
	assert_int_equal(rig_count(&r)->ais, 1);
}

/* A window with a gap is not judged: it neither ends nor continues anything. */
static void ais_and_gaps(void **state)
{
	struct rig r;

	(void)state;
	rig_init(&r, E1_CRC4_OFF, false);
	window(&r, 0);
	feed_octets(&r, 0x00, 63);
	rig_feed(&r, E1_IN_ERASED, NULL, 1);
	assert_int_equal(rig_alarms(&r), E1_LFA);
	window(&r, 0);
	assert_int_equal(rig_alarms(&r), E1_LFA | E1_AIS);
	rig_feed(&r, E1_IN_ERASED, NULL, 64);
	assert_int_equal(rig_alarms(&r), E1_LFA | E1_AIS);
}

/*
 * In service: found in the second whole window, LFA with the third FAS, gone when the FAS is
 * found.
 */
static void ais_in_service(void **state)
{
	struct rig r;

	(void)state;
	rig_init(&r, E1_CRC4_ON, false);
	rig_run(&r, 160);
	rig_set(&r, (struct e1_fault_cfg){.ais = true});
	assert_int_equal(rig_until_change(&r, E1_AIS, 20), 4);
	assert_int_equal(rig_alarms(&r), E1_AIS);
	assert_int_equal(rig_until_change(&r, E1_LFA, 20), 1);
	assert_int_equal(rig_alarms(&r), E1_AIS | E1_LFA);
	rig_run(&r, 795);
	rig_set(&r, (struct e1_fault_cfg){0});
	/* 960 is a FAS frame: 960, 961, 962. */
	assert_int_equal(rig_until_change(&r, E1_AIS, 20), 3);
	assert_int_equal(rig_alarms(&r), E1_LMFA);
	assert_int_equal(rig_count(&r)->ais, 1);
	assert_int_equal(rig_count(&r)->lfa, 1);
	assert_int_equal(rig_count(&r)->fas_errors, 3);
}

/* LOS ends AIS: what is not there is not all ones. */
static void ais_then_los(void **state)
{
	struct rig r;

	(void)state;
	rig_init(&r, E1_CRC4_OFF, false);
	window(&r, 0);
	window(&r, 0);
	assert_int_equal(rig_alarms(&r), E1_LFA | E1_AIS);
	rig_feed(&r, E1_IN_NONE, NULL, 100);
	assert_int_equal(rig_alarms(&r), E1_LFA | E1_LOS);
}

/* Three A bits in a row, to begin and to end; not over a loss of alignment. */
static void rai(void **state)
{
	struct rig r;

	(void)state;
	rig_init(&r, E1_CRC4_ON, false);
	rig_run(&r, 160);
	e1_tx_rai(&r.tx, true);
	rig_run(&r, 4);
	e1_tx_rai(&r.tx, false);
	rig_run(&r, 2);
	e1_tx_rai(&r.tx, true);
	assert_int_equal(rig_until_change(&r, E1_RAI, 20), 6);
	e1_tx_rai(&r.tx, false);
	rig_run(&r, 4);
	e1_tx_rai(&r.tx, true);
	rig_run(&r, 2);
	e1_tx_rai(&r.tx, false);
	assert_int_equal(rig_alarms(&r), E1_RAI);
	assert_int_equal(rig_until_change(&r, E1_RAI, 20), 6);
	rig_set(&r, (struct e1_fault_cfg){.rai = true});
	rig_run(&r, 20);
	assert_int_equal(rig_alarms(&r), E1_RAI);
	assert_false(r.tx.rai);
	rig_run(&r, 800);
	assert_int_equal(rig_count(&r)->crc4_errors, 0);
	e1_fault_fas(&r.fault, 3);
	rig_run(&r, 6);
	assert_int_equal(rig_alarms(&r), E1_LFA);
}

/* What the receiver finds, the sender of the same span says. */
static void consequent_actions(void **state)
{
	struct e1_cfg cfg = {.crc4 = E1_CRC4_ON, .cas = true};
	struct e1_tx back;
	struct rig r;

	(void)state;
	e1_tx_init(&back, &cfg);
	rig_init(&r, E1_CRC4_ON, true);
	e1_rx_drive_tx(&r.rx, &back);
	assert_true(back.rai && back.cas_rai && !back.ebits_on);
	rig_run(&r, 160);
	e1_rx_drive_tx(&r.rx, &back);
	assert_true(!back.rai && !back.cas_rai && back.ebits_on);
	/* AIS alone, one frame before alignment is lost. */
	rig_set(&r, (struct e1_fault_cfg){.ais = true});
	rig_run(&r, 4);
	assert_int_equal(rig_alarms(&r), E1_AIS);
	e1_rx_drive_tx(&r.rx, &back);
	assert_true(back.rai);
	rig_set(&r, (struct e1_fault_cfg){0});
	rig_run(&r, 160);
	e1_rx_drive_tx(&r.rx, &back);
	assert_true(!back.rai && !back.cas_rai);
	e1_fault_cas(&r.fault, 2);
	rig_run(&r, 32);
	e1_rx_drive_tx(&r.rx, &back);
	assert_true(!back.rai && back.cas_rai);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(los),
		cmocka_unit_test(los_octets_can_be_chosen),
		cmocka_unit_test(no_signal_fault),
		cmocka_unit_test(ais_limits),
		cmocka_unit_test(ais_and_gaps),
		cmocka_unit_test(ais_in_service),
		cmocka_unit_test(ais_then_los),
		cmocka_unit_test(rai),
		cmocka_unit_test(consequent_actions),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
