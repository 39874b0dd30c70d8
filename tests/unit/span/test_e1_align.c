/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Frame alignment: loss, recovery, simulated alignment signals, slips. G.706 4.1, 4.3.2. */
#include "span_rig.h"

static void aligned_rig(struct rig *r, enum e1_crc4 crc4, uint8_t shift)
{
	rig_init(r, crc4, false);
	rig_set(r, (struct e1_fault_cfg){.shift = shift});
	rig_run(r, 160);
	assert_int_equal(rig_alarms(r), 0);
}

/* The monitor alone: three in a row, of one kind. */
static void monitor(void **state)
{
	struct e1_fas m = {0};

	(void)state;
	assert_int_equal(e1_fas_step(&m, 0x9b, true), 0);
	assert_int_equal(e1_fas_step(&m, 0x1b, true), 0);
	assert_int_equal(e1_fas_step(&m, 0x1a, true), E1_FAS_WRONG);
	assert_int_equal(e1_fas_step(&m, 0x40, false), 0);
	assert_int_equal(e1_fas_step(&m, 0x5b, true), E1_FAS_WRONG);
	assert_int_equal(e1_fas_step(&m, 0xbf, false), E1_FAS_WRONG);
	assert_int_equal(e1_fas_step(&m, 0x1b, true), 0);
	assert_int_equal(e1_fas_step(&m, 0x3f, false), E1_FAS_WRONG);
	assert_int_equal(e1_fas_step(&m, 0x00, true), E1_FAS_WRONG);
	assert_int_equal(e1_fas_step(&m, 0x1b, false), E1_FAS_WRONG | E1_FAS_LOST);
	assert_int_equal(e1_fas_step(&m, 0x00, true), E1_FAS_WRONG);
	assert_int_equal(e1_fas_step(&m, 0xff, true), E1_FAS_WRONG | E1_FAS_LOST);
}

static void two_wrong_fas_are_held(void **state)
{
	struct rig r;

	(void)state;
	aligned_rig(&r, E1_CRC4_OFF, 13);
	for (unsigned int round = 0; round < 5; round++) {
		e1_fault_fas(&r.fault, 2);
		e1_fault_nfas(&r.fault, 2);
		rig_run(&r, 10);
	}
	assert_int_equal(rig_count(&r)->fas_errors, 10);
	assert_int_equal(rig_count(&r)->nfas_errors, 10);
	assert_int_equal(rig_count(&r)->lfa, 0);
	assert_int_equal(rig_count(&r)->unaligned_frames, 2);
}

/* FAS frames 160, 162, 164 wrong: lost at the end of 164; found again at timeslot 0 of 168. */
static void three_wrong_fas(void **state)
{
	struct rig r;

	(void)state;
	aligned_rig(&r, E1_CRC4_OFF, 0);
	e1_fault_fas(&r.fault, 3);
	assert_int_equal(rig_until_change(&r, E1_LFA, 10), 5);
	assert_int_equal(r.last.flags, E1_FRAME_UNALIGNED);
	assert_int_equal(rig_count(&r)->lfa, 1);
	assert_int_equal(rig_count(&r)->fas_errors, 3);
	assert_int_equal(rig_until_change(&r, E1_LFA, 10), 4);
	assert_int_equal(rig_alarms(&r), 0);
	assert_int_equal(rig_count(&r)->frames, 165 - 2 + 1);
	assert_int_equal(r.received, r.sent);
}

static void three_wrong_nfas(void **state)
{
	struct rig r;

	(void)state;
	aligned_rig(&r, E1_CRC4_OFF, 0);
	e1_fault_nfas(&r.fault, 3);
	assert_int_equal(rig_until_change(&r, E1_LFA, 10), 6);
	assert_int_equal(rig_count(&r)->nfas_errors, 3);
	assert_int_equal(rig_count(&r)->fas_errors, 0);
	assert_int_equal(rig_count(&r)->lfa, 1);
	/* The search starts behind timeslot 0 of 166: 168, 169, 170. */
	assert_int_equal(rig_until_change(&r, E1_LFA, 10), 5);
}

/* A slip of one frame turns FAS and NFAS round: lost with the third of either, at once found again. */
static void slips(void **state)
{
	(void)state;
	for (unsigned int shift = 0; shift < 256; shift += 17) {
		for (enum e1_slip slip = E1_SLIP_DROP; slip <= E1_SLIP_REPEAT; slip++) {
			struct rig r;

			aligned_rig(&r, E1_CRC4_ON, (uint8_t)shift);
			e1_fault_slip(&r.fault, slip);
			rig_run(&r, 100);
			assert_int_equal(rig_count(&r)->lfa, 1);
			assert_int_equal(rig_count(&r)->fas_errors + rig_count(&r)->nfas_errors, 5);
			assert_int_equal(rig_alarms(&r), 0);
			assert_in_range(rig_count(&r)->unaligned_frames, 3, 8);
			assert_in_range(r.received, r.sent - 2, r.sent + 2);
			rig_run(&r, 1000);
			assert_int_equal(rig_count(&r)->lfa, 1);
		}
	}
}

/* A jump of the bit alignment by any amount is a loss, and the frames are right again after it. */
static void bit_jumps(void **state)
{
	(void)state;
	for (unsigned int shift = 1; shift < 256; shift++) {
		struct rig r;
		uint8_t ts[E1_OCTETS];

		aligned_rig(&r, E1_CRC4_OFF, 0);
		rig_set(&r, (struct e1_fault_cfg){.shift = (uint8_t)shift});
		rig_run(&r, 40);
		assert_int_equal(rig_count(&r)->lfa, 1);
		assert_int_equal(rig_alarms(&r), 0);
		rig_payload(r.sent - 2, ts);
		assert_memory_equal(r.last.ts + 1, ts + 1, E1_OCTETS - 1);
	}
}

/* Timeslot 5 pretends to be timeslot 0, perfectly; it comes first in the stream. */
static void simulate(uint8_t ts[E1_OCTETS], uint32_t number)
{
	ts[5] = number % 2 ? 0xdf : 0x9b;
}

static void run_simulated(struct rig *r, uint32_t frames)
{
	uint8_t ts[E1_OCTETS], line[E1_OCTETS];

	for (; frames; frames--) {
		rig_payload(r->sent, ts);
		simulate(ts, r->sent++);
		e1_tx_frame(&r->tx, ts, line);
		rig_feed(r, E1_IN_DATA, line, sizeof(line));
	}
}

/* Enter the stream behind timeslot 0, so that the simulated alignment is found first. */
static void enter_behind_timeslot0(struct rig *r)
{
	uint8_t ts[E1_OCTETS], line[E1_OCTETS];

	rig_payload(r->sent++, ts);
	simulate(ts, 0);
	e1_tx_frame(&r->tx, ts, line);
	rig_feed(r, E1_IN_DATA, line + 1, sizeof(line) - 1);
}

/* Only CRC-4 can tell: false until 8 ms are over, then the true one shows its multiframe (4.2). */
static void simulated_alignment_with_crc4(void **state)
{
	struct rig r;
	uint8_t ts[E1_OCTETS];

	(void)state;
	rig_init(&r, E1_CRC4_ON, false);
	enter_behind_timeslot0(&r);
	run_simulated(&r, 2);
	assert_int_equal(rig_alarms(&r), E1_LMFA);
	assert_int_equal(r.rx.shift, 0);
	assert_int_equal(r.rx.have, 27); /* false: the frame began at timeslot 5 */
	run_simulated(&r, 62);
	assert_int_equal(rig_alarms(&r), E1_LMFA);
	run_simulated(&r, 3 + 44);
	assert_int_equal(rig_alarms(&r), 0);
	assert_int_equal(rig_count(&r)->lfa, 0);
	run_simulated(&r, 100);
	rig_payload(r.sent - 1, ts);
	simulate(ts, r.sent - 1);
	assert_memory_equal(r.last.ts + 1, ts + 1, E1_OCTETS - 1);
	assert_int_equal(rig_count(&r)->crc4_errors, 0);
	assert_in_range(r.received, r.sent - 2, r.sent + 1);
}

/* Without CRC-4 nothing can tell them apart while it lasts; when it ends, the true one is found. */
static void simulated_alignment_ends(void **state)
{
	struct rig r;

	(void)state;
	rig_init(&r, E1_CRC4_OFF, false);
	enter_behind_timeslot0(&r);
	run_simulated(&r, 100);
	assert_int_equal(r.rx.have, 27);
	assert_int_equal(rig_alarms(&r), 0);
	rig_run(&r, 12);
	assert_int_equal(rig_count(&r)->lfa, 1);
	assert_int_equal(r.rx.have, 0);
	assert_int_equal(rig_alarms(&r), 0);
}

/* A payload of nothing but alignment signals, with wrong bit 2 in between: no way in but the right one. */
static void payload_full_of_fas(void **state)
{
	struct rig r;
	uint8_t ts[E1_OCTETS], line[E1_OCTETS];

	(void)state;
	rig_init(&r, E1_CRC4_OFF, false);
	memset(ts, 0x1b, sizeof(ts));
	for (uint32_t i = 0; i < 10; i++) {
		e1_tx_frame(&r.tx, ts, line);
		rig_feed(&r, E1_IN_DATA, line + (i ? 0 : 3), sizeof(line) - (i ? 0 : 3));
	}
	assert_int_equal(rig_alarms(&r), 0);
	assert_int_equal(r.last.ts[0], 0xdf);
	assert_int_equal(rig_count(&r)->lfa, 0);
}

/* Every block wrong: 915 of them in a row end the alignment, at the end of the 915th (4.3.2). */
static void false_alignment_by_crc4(void **state)
{
	struct rig r;

	(void)state;
	rig_init(&r, E1_CRC4_ON, false);
	rig_run(&r, 56);
	rig_set(&r, (struct e1_fault_cfg){.crc_every = 1});
	assert_int_equal(rig_until_change(&r, E1_LFA, 10000), 915 * 8);
	assert_int_equal(rig_count(&r)->crc4_errors, 915);
	assert_int_equal(rig_count(&r)->crc4_reframes, 1);
	assert_int_equal(rig_count(&r)->lfa, 1);
	assert_int_equal(rig_count(&r)->fas_errors, 0);
	rig_set(&r, (struct e1_fault_cfg){0});
	rig_run(&r, 100);
	assert_int_equal(rig_alarms(&r), 0);
}

/* 914 of 1000, again and again, are only errors. */
static void below_the_limit(void **state)
{
	struct rig r;

	(void)state;
	rig_init(&r, E1_CRC4_ON, false);
	rig_run(&r, 56);
	for (unsigned int round = 0; round < 4; round++) {
		rig_set(&r, (struct e1_fault_cfg){.crc_every = 1});
		rig_run(&r, 914 * 8);
		rig_set(&r, (struct e1_fault_cfg){0});
		rig_run(&r, 86 * 8);
	}
	assert_int_equal(rig_count(&r)->crc4_blocks, 4000);
	assert_int_equal(rig_count(&r)->crc4_errors, 4 * 914);
	assert_int_equal(rig_count(&r)->crc4_reframes, 0);
	assert_int_equal(rig_alarms(&r), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(monitor),
		cmocka_unit_test(two_wrong_fas_are_held),
		cmocka_unit_test(three_wrong_fas),
		cmocka_unit_test(three_wrong_nfas),
		cmocka_unit_test(slips),
		cmocka_unit_test(bit_jumps),
		cmocka_unit_test(simulated_alignment_with_crc4),
		cmocka_unit_test(simulated_alignment_ends),
		cmocka_unit_test(payload_full_of_fas),
		cmocka_unit_test(false_alignment_by_crc4),
		cmocka_unit_test(below_the_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
