/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The bad line itself, and long runs over it: counters against what was injected, rubbish. */
#include "span_rig.h"

#include <errno.h>

static void rates_above_one_are_refused(void **state)
{
	struct e1_fault_cfg ber = {.ber_ppb = 1000000001}, crc = {.crc_ppm = 1000001};
	struct e1_fault_cfg most = {.ber_ppb = 1000000000, .crc_ppm = 1000000};
	struct e1_fault f;

	(void)state;
	e1_fault_init(&f, 0);
	assert_int_equal(e1_fault_set(&f, &ber), -EINVAL);
	assert_int_equal(e1_fault_set(&f, &crc), -EINVAL);
	assert_int_equal(f.cfg.ber_ppb, 0);
	assert_int_equal(e1_fault_set(&f, &most), 0);
}

/* Every bit of the stream is where the shift says, at every shift. */
static void shift_delays_by_bits(void **state)
{
	static uint8_t plain[20 * E1_OCTETS], late[20 * E1_OCTETS];
	struct e1_cfg cfg = {.crc4 = E1_CRC4_ON};
	enum e1_input in;

	(void)state;
	for (unsigned int shift = 0; shift < 256; shift++) {
		struct e1_fault_cfg faults = {.shift = (uint8_t)shift};
		struct e1_fault f;
		struct e1_tx a, b;
		uint8_t ts[E1_OCTETS], out[E1_FAULT_OCTETS];

		e1_tx_init(&a, &cfg);
		e1_tx_init(&b, &cfg);
		e1_fault_init(&f, 1);
		assert_int_equal(e1_fault_set(&f, &faults), 0);
		for (uint32_t i = 0; i < 20; i++) {
			rig_payload(i, ts);
			e1_tx_frame(&a, ts, plain + i * E1_OCTETS);
			assert_int_equal(e1_fault_apply(&f, &b, ts, out, &in), E1_OCTETS);
			memcpy(late + i * E1_OCTETS, out, E1_OCTETS);
		}
		for (unsigned int bit = 0; bit < sizeof(late) * 8; bit++) {
			unsigned int from = bit - shift;
			unsigned int sent = bit < shift ? 1 : plain[from / 8] >> (7 - from % 8) & 1;

			assert_int_equal(late[bit / 8] >> (7 - bit % 8) & 1, sent);
		}
	}
}

static void slip_lengths(void **state)
{
	struct e1_cfg cfg = {.crc4 = E1_CRC4_OFF};
	struct e1_fault f;
	struct e1_tx tx;
	uint8_t ts[E1_OCTETS], out[E1_FAULT_OCTETS];
	enum e1_input in;

	(void)state;
	e1_tx_init(&tx, &cfg);
	e1_fault_init(&f, 1);
	rig_payload(0, ts);
	e1_fault_slip(&f, E1_SLIP_DROP);
	assert_int_equal(e1_fault_apply(&f, &tx, ts, out, &in), 0);
	assert_int_equal(e1_fault_apply(&f, &tx, ts, out, &in), 32);
	e1_fault_slip(&f, E1_SLIP_REPEAT);
	assert_int_equal(e1_fault_apply(&f, &tx, ts, out, &in), 64);
	assert_memory_equal(out, out + 32, 32);
	assert_int_equal(e1_fault_apply(&f, &tx, ts, out, &in), 32);
	assert_int_equal(e1_tx_frame_number(&tx), 4);
}

static void same_seed_same_line(void **state)
{
	struct e1_fault_cfg faults = {.ber_ppb = 5000000, .crc_ppm = 100000};
	struct rig a, b;

	(void)state;
	rig_init(&a, E1_CRC4_ON, true);
	rig_init(&b, E1_CRC4_ON, true);
	rig_set(&a, faults);
	rig_set(&b, faults);
	rig_run(&a, 2000);
	rig_run(&b, 2000);
	assert_memory_equal(rig_count(&a), rig_count(&b), sizeof(struct e1_counters));
	assert_true(a.fault.bit_errors > 0 && a.fault.bit_errors == b.fault.bit_errors);
	e1_fault_init(&b.fault, 2);
	rig_set(&b, faults);
	rig_run(&b, 2000);
	assert_int_not_equal(b.fault.bit_errors, a.fault.bit_errors);
}

/* What a decoder that knows where every frame is would count. */
struct truth {
	uint64_t fas, nfas, blocks_wrong;
	uint32_t frames;
	bool before_hit, hit; /* the sub-multiframe has an error that its CRC-4 or C bits show */
};

/*
 * 10^-3: alignment holds nearly all the time (three wrong FAS in a row: once in 3 * 10^6 FAS
 * frames), every FAS and NFAS with an error is counted, and CRC-4 errors lie between 15/16 of the
 * blocks hit and all.
 */
static void soak_ber_1e3(void **state)
{
	struct rig r;
	uint8_t ts[E1_OCTETS], good[E1_OCTETS], line[E1_FAULT_OCTETS];
	struct truth t = {0};
	struct e1_tx twin;
	enum e1_input in;

	(void)state;
	rig_init(&r, E1_CRC4_ON, false);
	rig_run(&r, 64);
	twin = r.tx;
	rig_set(&r, (struct e1_fault_cfg){.ber_ppb = 1000000});
	for (t.frames = 0; t.frames < 80000; t.frames++) {
		rig_payload(r.sent++, ts);
		e1_tx_frame(&twin, ts, good);
		e1_fault_apply(&r.fault, &r.tx, ts, line, &in);
		if (t.frames % 2 == 0)
			t.fas += ((line[0] ^ good[0]) & E1_FAS_MASK) != 0;
		else
			t.nfas += ((line[0] ^ good[0]) & E1_NFAS_BIT2) != 0;
		t.hit = t.hit || memcmp(line, good, E1_OCTETS) != 0;
		if (t.frames % 8 == 7) {
			t.blocks_wrong += t.hit || t.before_hit;
			t.before_hit = t.hit;
			t.hit = false;
		}
		rig_feed(&r, E1_IN_DATA, line, E1_OCTETS);
	}
	assert_int_equal(rig_count(&r)->lfa, 0);
	assert_int_equal(rig_count(&r)->fas_errors, t.fas);
	assert_int_equal(rig_count(&r)->nfas_errors, t.nfas);
	assert_in_range(t.fas, 200, 360);
	assert_in_range(t.nfas, 20, 65);
	assert_in_range(r.fault.bit_errors, 20480 - 600, 20480 + 600);
	assert_int_equal(rig_count(&r)->crc4_blocks, 10001);
	assert_in_range(rig_count(&r)->crc4_errors, t.blocks_wrong * 7 / 10, t.blocks_wrong);
	/* 1 - (1 - 10^-3)^2052 = 87 % of the blocks are hit, a 16th of them unseen: 82 %. */
	assert_in_range(rig_count(&r)->crc4_errors, 7900, 8400);
}

/* A line as bad as can be: alignment comes and goes, frames still come at the rate of the line. */
static void hopeless_lines(void **state)
{
	static const uint32_t rates[] = {10000000, 30000000, 100000000, 500000000, 1000000000};

	(void)state;
	for (unsigned int i = 0; i < sizeof(rates) / sizeof(rates[0]); i++) {
		struct rig r;

		rig_init(&r, E1_CRC4_ON, true);
		rig_run(&r, 100);
		rig_set(&r, (struct e1_fault_cfg){.ber_ppb = rates[i]});
		for (unsigned int n = 0; n < 8000; n++) {
			rig_run(&r, 1);
			assert_in_range(r.received, r.sent - 1, r.sent + 2);
		}
		assert_true(rig_count(&r)->lfa > 0);
		rig_set(&r, (struct e1_fault_cfg){0});
		rig_run(&r, 200);
		assert_int_equal(rig_alarms(&r), 0);
	}
}

/* Rubbish in pieces of any size and kind: bounded output, the books balance. */
static void rubbish(void **state)
{
	static const struct e1_cfg cfgs[] = {{.crc4 = E1_CRC4_OFF, .cas = true},
					     {.crc4 = E1_CRC4_ON, .cas = true},
					     {.crc4 = E1_CRC4_AUTO, .los_octets = 1}};
	struct e1_frame out[E1_RX_FRAMES(300)];
	uint8_t octets[300];

	(void)state;
	for (unsigned int k = 0; k < 3; k++) {
		uint32_t seed = k;
		uint64_t frames = 0;
		struct e1_rx rx;

		e1_rx_init(&rx, &cfgs[k]);
		for (unsigned int round = 0; round < 20000; round++) {
			seed = seed * 1664525 + 1013904223;
			size_t n = (seed >> 16) % 301;
			enum e1_input in = seed >> 28 ? E1_IN_DATA : (seed >> 8) % 3;

			for (size_t i = 0; i < n; i++) {
				seed = seed * 1664525 + 1013904223;
				/* Few different octets: false alignments are frequent. */
				octets[i] = seed >> 31   ? 0x9b
					    : seed >> 30 ? 0xdf
							 : (uint8_t)(seed >> 22);
			}
			size_t got = e1_rx_feed(&rx, in, octets, n, out, E1_RX_FRAMES(n));

			assert_true(got <= E1_RX_FRAMES(n));
			frames += got;
			assert_in_range(frames + 1, rx.count.octets / 32, rx.count.octets / 32 + 3);
		}
		assert_int_equal(frames, rx.delivered);
		assert_true(rx.count.lfa > 100);
		assert_true(rx.count.erased_octets < rx.count.octets);
		assert_true(rx.count.frames + rx.count.unaligned_frames >= frames);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rates_above_one_are_refused),
		cmocka_unit_test(shift_delays_by_bits),
		cmocka_unit_test(slip_lengths),
		cmocka_unit_test(same_seed_same_line),
		cmocka_unit_test(soak_ber_1e3),
		cmocka_unit_test(hopeless_lines),
		cmocka_unit_test(rubbish),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
