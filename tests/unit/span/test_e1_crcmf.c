/* SPDX-License-Identifier: GPL-2.0-or-later */
/* CRC-4 multiframe: alignment, E bits, interworking with and without CRC-4 (G.706 4.2, Annex B). */
#include "span_rig.h"

#include "core/span/crc4.h"

/* A rig whose ends are framed differently. */
static void rig_between(struct rig *r, enum e1_crc4 far, enum e1_crc4 near)
{
	struct e1_cfg cfg = {.crc4 = near};

	rig_init(r, far, false);
	e1_rx_init(&r->rx, &cfg);
}

static bool feed_si(struct e1_mfas *m, const char *bits)
{
	bool found = false;

	for (; *bits; bits++)
		found = e1_mfas_step(m, *bits == '1' ? 0xdf : 0x5f, *bits != '?');
	return found;
}

/* Two alignment signals 2, 4 or 6 ms apart; not 8, not 1 ms, not with a bit that did not arrive. */
static void two_signals_within_8_ms(void **state)
{
	static const char *const found[] = {
		"00101111"
		"001011",
		"00101111"
		"00110111"
		"001011",
		"00101111"
		"11111111"
		"10000000"
		"001011",
		"001011??"
		"????????"
		"????????"
		"001011",
	};
	static const char *const not_found[] = {
		"001011",
		"001011"
		"001011",
		"0010111"
		"001011",
		"00101111"
		"11111111"
		"11111111"
		"11111111"
		"001011",
		"00?01111"
		"001011",
		"00101111"
		"0?1011",
	};

	(void)state;
	for (unsigned int i = 0; i < sizeof(found) / sizeof(found[0]); i++) {
		struct e1_mfas m = {0};

		assert_true(feed_si(&m, found[i]));
	}
	for (unsigned int i = 0; i < sizeof(not_found) / sizeof(not_found[0]); i++) {
		struct e1_mfas m = {0};

		assert_false(feed_si(&m, not_found[i]));
	}
}

static void errors_are_counted_exactly(void **state)
{
	struct rig r;

	(void)state;
	rig_init(&r, E1_CRC4_ON, false);
	rig_run(&r, 56);
	rig_set(&r, (struct e1_fault_cfg){.crc_every = 7});
	rig_run(&r, 8 * 700);
	assert_int_equal(rig_count(&r)->crc4_blocks, 700);
	assert_int_equal(rig_count(&r)->crc4_errors, 100);
	assert_int_equal(r.fault.crc_errors, 100);
	rig_set(&r, (struct e1_fault_cfg){.crc_ppm = 300000});
	rig_run(&r, 8 * 700);
	assert_int_equal(rig_count(&r)->crc4_errors, r.fault.crc_errors);
	assert_in_range(r.fault.crc_errors, 100 + 150, 100 + 270);
	assert_int_equal(rig_count(&r)->fas_errors, 0);
}

/* Both directions: A sends to B over a bad line, B's E bits tell A, one for one. */
static void ebits_come_back(void **state)
{
	struct rig to_b, to_a;

	(void)state;
	rig_init(&to_b, E1_CRC4_ON, false);
	rig_init(&to_a, E1_CRC4_ON, false);
	for (unsigned int i = 0; i < 8 * 1000; i++) {
		rig_set(&to_b, (struct e1_fault_cfg){.crc_every = i > 400 && i < 7000 ? 3 : 0});
		rig_run(&to_b, 1);
		e1_rx_drive_tx(&to_b.rx, &to_a.tx);
		rig_run(&to_a, 1);
	}
	assert_true(rig_count(&to_b)->crc4_errors > 200);
	assert_int_equal(rig_count(&to_a)->ebits, rig_count(&to_b)->crc4_errors);
	assert_int_equal(rig_count(&to_a)->crc4_errors, 0);
}

/* E bits 0 are no errors while the far end has no multiframe yet, nor while it says RAI. */
static void ebits_that_do_not_count(void **state)
{
	struct rig r;

	(void)state;
	rig_init(&r, E1_CRC4_ON, false);
	rig_run(&r, 800);
	assert_int_equal(rig_count(&r)->ebits, 0);
	e1_tx_ebits(&r.tx, true, 0);
	rig_run(&r, 160);
	e1_tx_ebits(&r.tx, true, 5);
	rig_run(&r, 160);
	assert_int_equal(rig_count(&r)->ebits, 5);
	e1_tx_rai(&r.tx, true);
	rig_run(&r, 16);
	e1_tx_ebits(&r.tx, false, 0);
	rig_run(&r, 160);
	assert_int_equal(rig_count(&r)->ebits, 5);
	/* RAI gone, still 0: now each of them counts. */
	e1_tx_rai(&r.tx, false);
	rig_run(&r, 16);
	rig_run(&r, 160);
	assert_in_range(rig_count(&r)->ebits, 5 + 20, 5 + 22);
}

/* G.706 Annex B: without CRC-4 in the far end, AUTO settles 3200 frames after frame alignment. */
static void auto_settles_without_crc4(void **state)
{
	struct rig r;

	(void)state;
	rig_between(&r, E1_CRC4_OFF, E1_CRC4_AUTO);
	rig_run(&r, 3);
	assert_int_equal(rig_alarms(&r), E1_LMFA);
	rig_run(&r, 3201 - 3);
	assert_int_equal(rig_alarms(&r), E1_LMFA);
	assert_false(e1_rx_no_crc4(&r.rx));
	rig_run(&r, 1);
	assert_int_equal(rig_alarms(&r), 0);
	assert_true(e1_rx_no_crc4(&r.rx));
	rig_run(&r, 8000);
	assert_int_equal(rig_alarms(&r), 0);
	assert_int_equal(rig_count(&r)->crc4_blocks, 0);
	assert_int_equal(rig_count(&r)->lfa, 0);
	/* Traffic was never interrupted. */
	assert_int_equal(rig_count(&r)->unaligned_frames, 2);
	/* Only a loss of frame alignment opens the question again. */
	e1_fault_fas(&r.fault, 3);
	rig_run(&r, 20);
	assert_int_equal(rig_alarms(&r), E1_LMFA);
	assert_false(e1_rx_no_crc4(&r.rx));
}

/*
 * ON never settles; from 400 ms on the consequence is as for loss of frame alignment, 4.2 note
 * 2.
 */
static void on_insists(void **state)
{
	struct e1_cfg cfg = {.crc4 = E1_CRC4_ON};
	struct e1_tx back;
	struct rig r;

	(void)state;
	e1_tx_init(&back, &cfg);
	rig_between(&r, E1_CRC4_OFF, E1_CRC4_ON);
	e1_rx_drive_tx(&r.rx, &back);
	assert_true(back.rai);
	rig_run(&r, 3201);
	e1_rx_drive_tx(&r.rx, &back);
	assert_false(back.rai);
	rig_run(&r, 1);
	e1_rx_drive_tx(&r.rx, &back);
	assert_true(back.rai);
	assert_false(back.ebits_on);
	assert_int_equal(rig_alarms(&r), E1_LMFA);
	assert_int_equal(rig_count(&r)->lfa, 0);
	/* The far end turns its CRC-4 on. */
	r.tx.cfg.crc4 = E1_CRC4_ON;
	rig_run(&r, 48);
	e1_rx_drive_tx(&r.rx, &back);
	assert_false(back.rai);
	assert_true(back.ebits_on);
	assert_int_equal(rig_alarms(&r), 0);
}

/* Every pairing of two ends, both driven by their receivers, after a second. */
static void interworking_table(void **state)
{
	static const struct row {
		enum e1_crc4 a, b;
		uint32_t alarms_a, alarms_b;
		bool crc_a, crc_b, without_a, without_b;
	} rows[] = {
		{E1_CRC4_OFF, E1_CRC4_OFF, 0, 0, false, false, false, false},
		{E1_CRC4_ON, E1_CRC4_ON, 0, 0, true, true, false, false},
		{E1_CRC4_ON, E1_CRC4_AUTO, 0, 0, true, true, false, false},
		{E1_CRC4_AUTO, E1_CRC4_AUTO, 0, 0, true, true, false, false},
		{E1_CRC4_AUTO, E1_CRC4_OFF, 0, 0, false, false, true, false},
		{E1_CRC4_ON, E1_CRC4_OFF, E1_LMFA, E1_RAI, false, false, false, false},
	};

	(void)state;
	for (unsigned int i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct rig to_b, to_a;

		rig_between(&to_b, rows[i].a, rows[i].b);
		rig_between(&to_a, rows[i].b, rows[i].a);
		for (unsigned int n = 0; n < 8000; n++) {
			rig_run(&to_b, 1);
			rig_run(&to_a, 1);
			e1_rx_drive_tx(&to_b.rx, &to_a.tx);
			e1_rx_drive_tx(&to_a.rx, &to_b.tx);
		}
		assert_int_equal(rig_alarms(&to_a), rows[i].alarms_a);
		assert_int_equal(rig_alarms(&to_b), rows[i].alarms_b);
		assert_int_equal(e1_rx_crc4_aligned(&to_a.rx), rows[i].crc_a);
		assert_int_equal(e1_rx_crc4_aligned(&to_b.rx), rows[i].crc_b);
		assert_int_equal(e1_rx_no_crc4(&to_a.rx), rows[i].without_a);
		assert_int_equal(e1_rx_no_crc4(&to_b.rx), rows[i].without_b);
		assert_int_equal(rig_count(&to_a)->ebits + rig_count(&to_b)->ebits, 0);
	}
}

/* A wrong bit in the alignment signal once found is an error of its block and nothing else. */
static void multiframe_is_not_lost_by_errors(void **state)
{
	struct rig r;
	uint8_t ts[E1_OCTETS], line[E1_OCTETS];

	(void)state;
	rig_init(&r, E1_CRC4_ON, false);
	rig_run(&r, 160);
	for (unsigned int i = 0; i < 160; i++) {
		rig_payload(r.sent++, ts);
		e1_tx_frame(&r.tx, ts, line);
		if (i % 16 == 5)
			line[0] ^= E1_TS0_SI;
		rig_feed(&r, E1_IN_DATA, line, sizeof(line));
	}
	assert_int_equal(rig_alarms(&r), 0);
	assert_int_equal(rig_count(&r)->crc4_errors, 10);
	assert_int_equal(rig_count(&r)->lfa, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(two_signals_within_8_ms),
		cmocka_unit_test(errors_are_counted_exactly),
		cmocka_unit_test(ebits_come_back),
		cmocka_unit_test(ebits_that_do_not_count),
		cmocka_unit_test(auto_settles_without_crc4),
		cmocka_unit_test(on_insists),
		cmocka_unit_test(interworking_table),
		cmocka_unit_test(multiframe_is_not_lost_by_errors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
