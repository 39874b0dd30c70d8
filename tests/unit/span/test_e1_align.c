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

static void put_fas(uint8_t *stream, unsigned int bit)
{
	for (unsigned int i = 0; i < 8; i++, bit++) {
		uint8_t mask = (uint8_t)(0x80 >> bit % 8);

		stream[bit / 8] = (uint8_t)(0x9b >> (7 - i) & 1 ? stream[bit / 8] | mask
								: stream[bit / 8] & ~mask);
	}
}

/* All ones but for a FAS at @bit and one two frames on: where does the search see them? -1: not. */
static int search_for(unsigned int bit, int bits, int *shift)
{
	uint8_t stream[80];
	struct e1_search s;

	memset(stream, 0xff, sizeof(stream));
	put_fas(stream, bit);
	put_fas(stream, bit + 512);
	e1_search_start(&s, stream[0], bits);
	for (unsigned int i = 1; i < sizeof(stream); i++) {
		*shift = e1_search_octet(&s, stream[i], -1);
		if (*shift >= 0)
			return (int)i;
	}
	return -1;
}

/* To the bit: a FAS that begins before the search does not count. */
static void search_begins_at_its_bit(void **state)
{
	(void)state;
	for (int bits = -8; bits <= 8; bits++) {
		for (unsigned int bit = 0; bit < 40; bit++) {
			int shift, at = search_for(bit, bits, &shift);

			if ((int)bit < 8 - bits) {
				assert_int_equal(at, -1);
				continue;
			}
			assert_int_equal(at, (bit + 519) / 8);
			assert_int_equal(8 * (at + 1) - shift, bit + 520);
		}
	}
}

/*
 * Two sequences end in one octet, 7 bits apart: the earlier one, or the other if that is to be
 * skipped.
 */
static void search_order_within_an_octet(void **state)
{
	uint8_t stream[67];
	struct e1_search a, b;

	(void)state;
	memset(stream, 0xff, sizeof(stream));
	for (unsigned int bit = 1; bit < 600; bit += 512) {
		put_fas(stream, bit);
		put_fas(stream, bit + 7);
		put_fas(stream, bit); /* its last bit is also the Si bit of the other */
	}
	e1_search_start(&a, stream[0], 8);
	for (unsigned int i = 1; i < 65; i++)
		assert_int_equal(e1_search_octet(&a, stream[i], -1), -1);
	b = a;
	assert_int_equal(e1_search_octet(&a, stream[65], -1), 7);
	assert_int_equal(e1_search_octet(&b, stream[65], 7), 0);
}

/* After LOS a FAS whose first bit was still missing does not count: 2 frames later than with it. */
static void search_after_los(void **state)
{
	static uint8_t stream[120 * E1_OCTETS];
	struct e1_frame out[E1_RX_FRAMES(sizeof(stream))];
	struct e1_fault_cfg faults = {.shift = 7};
	struct e1_cfg cfg = {.crc4 = E1_CRC4_OFF};
	const size_t room = E1_RX_FRAMES(sizeof(stream));
	enum e1_input in;
	struct rig r;
	size_t at = 99 * E1_OCTETS + 2;

	(void)state;
	rig_init(&r, E1_CRC4_OFF, false);
	rig_set(&r, faults);
	for (uint32_t i = 0; i < 120; i++) {
		uint8_t ts[E1_OCTETS], line[E1_FAULT_OCTETS];

		rig_payload(i, ts);
		e1_fault_apply(&r.fault, &r.tx, ts, line, &in);
		memcpy(stream + i * E1_OCTETS, line, E1_OCTETS);
	}
	for (unsigned int missing = 30; missing <= 31; missing++) {
		struct e1_rx rx;

		e1_rx_init(&rx, &cfg);
		rx.signal.los_octets = missing; /* LOS with the last octet missing */
		e1_rx_feed(&rx, E1_IN_DATA, stream, at, out, room);
		e1_rx_feed(&rx, E1_IN_NONE, NULL, missing, out, room);
		assert_int_equal(rx.count.los, 1);
		/* Timeslot 0 of 100 begins with the last bit of octet 100 * 32. */
		e1_rx_feed(&rx, E1_IN_DATA, stream + at + missing, 2 * E1_OCTETS + 2 - missing % 2,
			   out, room);
		assert_int_equal(e1_rx_alarms(&rx) & E1_LFA, missing == 30 ? 0 : E1_LFA);
		e1_rx_feed(&rx, E1_IN_DATA, stream + at + missing + 2 * E1_OCTETS + 2 - missing % 2,
			   2 * E1_OCTETS, out, room);
		assert_int_equal(e1_rx_alarms(&rx), 0);
	}
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

/*
 * A slip of one frame turns FAS and NFAS round: lost with the third of either, at once found
 * again.
 */
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

/* The bits in @mask: these timeslots pretend to be timeslot 0, perfectly. */
static void run_simulated(struct rig *r, uint32_t mask, uint32_t frames)
{
	uint8_t ts[E1_OCTETS], line[E1_FAULT_OCTETS];
	enum e1_input in;
	size_t skip;

	for (; frames; frames--) {
		/*
		 * Enter the stream behind timeslot 0, so that a simulated alignment is found
		 * first.
		 */
		skip = r->sent ? 0 : 2;
		rig_payload(r->sent, ts);
		for (unsigned int i = 1; i < E1_OCTETS; i++)
			ts[i] = mask >> i & 1 ? (r->sent % 2 ? 0xdf : 0x9b) : ts[i];
		r->sent++;
		e1_fault_apply(&r->fault, &r->tx, ts, line, &in);
		rig_feed(r, E1_IN_DATA, line + skip, E1_OCTETS - skip);
	}
}

/*
 * Only CRC-4 can tell. Timeslot 5 is found in frame 2; its 8 ms end with timeslot 5 of frame 66.
 * Then, in the order in which they come, 9 is tried from 68 to 132, 10 from 134 to 198, 0 from
 * 202 on: its second multiframe alignment signal is complete in frame 235.
 */
static void simulated_alignment_with_crc4(void **state)
{
	(void)state;
	for (unsigned int shift = 0; shift < 8; shift++) {
		struct rig r;
		uint8_t ts[E1_OCTETS];

		rig_init(&r, E1_CRC4_ON, false);
		rig_set(&r, (struct e1_fault_cfg){.shift = (uint8_t)shift});
		run_simulated(&r, 1u << 5 | 1u << 9 | 1u << 10, 3);
		assert_int_equal(rig_alarms(&r), E1_LMFA);
		assert_int_equal(r.rx.have, shift ? 26 : 27); /* the frame began at timeslot 5 */
		run_simulated(&r, 1u << 5 | 1u << 9 | 1u << 10, 235 - 3);
		assert_int_equal(rig_alarms(&r), E1_LMFA);
		run_simulated(&r, 1u << 5 | 1u << 9 | 1u << 10, 1);
		assert_int_equal(rig_alarms(&r), 0);
		assert_int_equal(rig_count(&r)->lfa, 0);
		run_simulated(&r, 0, 1000);
		assert_int_equal(rig_alarms(&r), 0);
		rig_payload(r.sent - (shift ? 2 : 1), ts);
		assert_memory_equal(r.last.ts + 1, ts + 1, E1_OCTETS - 1);
		assert_int_equal(rig_count(&r)->crc4_errors, 0);
		assert_int_equal(rig_count(&r)->lfa, 0);
		/*
		 * Block 240..247 is the first judged, at 255; 1236 frames were sent, 1235
		 * received.
		 */
		assert_int_equal(rig_count(&r)->crc4_blocks, (1235 - 248) / 8);
		assert_in_range(r.received, r.sent - 2, r.sent + 1);
	}
}

/* The true one on trial from 202 on; its FAS of 204, 206, 208 arrive only in part: not judged. */
static void partly_erased_rival(void **state)
{
	struct rig r;
	uint8_t ts[E1_OCTETS], line[E1_FAULT_OCTETS];
	enum e1_input in;

	(void)state;
	rig_init(&r, E1_CRC4_ON, false);
	rig_set(&r, (struct e1_fault_cfg){.shift = 3});
	run_simulated(&r, 1u << 5 | 1u << 9 | 1u << 10, 204);
	while (r.sent < 209) {
		bool cut = r.sent % 2 == 0;

		rig_payload(r.sent, ts);
		ts[5] = r.sent % 2 ? 0xdf : 0x9b;
		r.sent++;
		e1_fault_apply(&r.fault, &r.tx, ts, line, &in);
		rig_feed(&r, cut ? E1_IN_ERASED : E1_IN_DATA, line, 1);
		rig_feed(&r, E1_IN_DATA, line + 1, E1_OCTETS - 1);
	}
	run_simulated(&r, 1u << 5, 235 - 209);
	assert_int_equal(rig_alarms(&r), E1_LMFA);
	run_simulated(&r, 1u << 5, 1);
	assert_int_equal(rig_alarms(&r), 0);
}

/* The present alignment is not its own rival. */
static void no_rival_about(void **state)
{
	struct rig r;

	(void)state;
	rig_init(&r, E1_CRC4_ON, false);
	r.tx.cfg.crc4 = E1_CRC4_OFF;
	rig_run(&r, 1000);
	assert_true(r.rx.rival.on);
	assert_false(r.rx.rival.tracking);
}

/* Without CRC-4 nothing can tell them apart while it lasts; when it ends, the true one is found. */
static void simulated_alignment_ends(void **state)
{
	struct rig r;

	(void)state;
	rig_init(&r, E1_CRC4_OFF, false);
	run_simulated(&r, 1u << 5, 100);
	assert_int_equal(r.rx.have, 27);
	assert_int_equal(rig_alarms(&r), 0);
	rig_run(&r, 12);
	assert_int_equal(rig_count(&r)->lfa, 1);
	assert_int_equal(r.rx.have, 0);
	assert_int_equal(rig_alarms(&r), 0);
}

/*
 * A payload of nothing but alignment signals, with wrong bit 2 in between: no way in but the
 * right one.
 */
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
		cmocka_unit_test(search_begins_at_its_bit),
		cmocka_unit_test(search_order_within_an_octet),
		cmocka_unit_test(search_after_los),
		cmocka_unit_test(two_wrong_fas_are_held),
		cmocka_unit_test(three_wrong_fas),
		cmocka_unit_test(three_wrong_nfas),
		cmocka_unit_test(slips),
		cmocka_unit_test(bit_jumps),
		cmocka_unit_test(simulated_alignment_with_crc4),
		cmocka_unit_test(partly_erased_rival),
		cmocka_unit_test(no_rival_about),
		cmocka_unit_test(simulated_alignment_ends),
		cmocka_unit_test(payload_full_of_fas),
		cmocka_unit_test(false_alignment_by_crc4),
		cmocka_unit_test(below_the_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
