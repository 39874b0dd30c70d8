/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lost packets: what is missing is filler, what is there is right, and the alignment holds. */
#include "span_rig.h"

#define PACKET 256
#define FRAMES 400
#define STREAM (FRAMES * E1_OCTETS)

/* Octets of a good line, @shift bits late. */
static void make_stream(uint8_t *octets, unsigned int shift, bool cas)
{
	struct e1_cfg cfg = {.crc4 = E1_CRC4_ON, .cas = cas};
	struct e1_fault_cfg faults = {.shift = (uint8_t)shift};
	struct e1_fault fault;
	struct e1_tx tx;
	uint8_t ts[E1_OCTETS], line[E1_FAULT_OCTETS];
	enum e1_input in;

	e1_tx_init(&tx, &cfg);
	e1_fault_init(&fault, 1);
	assert_int_equal(e1_fault_set(&fault, &faults), 0);
	for (uint32_t i = 0; i < FRAMES; i++) {
		rig_payload(i, ts);
		e1_fault_apply(&fault, &tx, ts, line, &in);
		memcpy(octets + i * E1_OCTETS, line, E1_OCTETS);
	}
}

static size_t feed(struct e1_rx *rx, const uint8_t *octets, size_t lost_at, size_t lost,
		   struct e1_frame *out)
{
	size_t n = e1_rx_feed(rx, E1_IN_DATA, octets, lost_at, out, FRAMES + 4);

	n += e1_rx_feed(rx, E1_IN_ERASED, NULL, lost, out + n, FRAMES + 4 - n);
	octets += lost_at + lost;
	return n +
	       e1_rx_feed(rx, E1_IN_DATA, octets, STREAM - lost_at - lost, out + n, FRAMES + 4 - n);
}

/* Octet @i of frame @frame as transmitted lies at these bits of the stream: did all arrive? */
static bool arrived(unsigned int frame, unsigned int i, unsigned int shift, size_t at, size_t lost)
{
	size_t bit = (size_t)frame * 256 + i * 8 + shift;

	return bit + 8 <= at * 8 || bit >= (at + lost) * 8;
}

static void check_frame(const struct e1_frame *f, unsigned int number, unsigned int shift,
			size_t at, size_t lost)
{
	uint8_t ts[E1_OCTETS];
	bool whole = true;

	rig_payload(number, ts);
	for (unsigned int i = 0; i < E1_OCTETS; i++) {
		bool here = arrived(number, i, shift, at, lost);

		whole = whole && here;
		if (!here)
			assert_int_equal(f->ts[i], E1_FILLER);
		else if (i)
			assert_int_equal(f->ts[i], ts[i]);
	}
	assert_int_equal(f->flags, whole ? 0 : E1_FRAME_ERASED);
}

/* One packet lost, at each of the 256 bit offsets, octet for octet. */
static void one_packet_at_each_offset(void **state)
{
	static struct e1_frame out[FRAMES + 4];
	static uint8_t octets[STREAM];
	struct e1_cfg cfg = {.crc4 = E1_CRC4_ON};
	const size_t at = 20 * PACKET;

	(void)state;
	for (unsigned int shift = 0; shift < 256; shift++) {
		struct e1_rx rx;
		size_t n;

		make_stream(octets, shift, false);
		e1_rx_init(&rx, &cfg);
		n = feed(&rx, octets, at, PACKET, out);
		assert_in_range(n, FRAMES - 1, FRAMES + 1);
		for (unsigned int i = 4; i < n; i++)
			check_frame(&out[i], i - (unsigned int)rx.count.unaligned_frames + 2, shift,
				    at, PACKET);
		assert_int_equal(rx.count.erased_octets, PACKET);
		assert_int_equal(rx.count.erased_frames, shift ? 9 : 8);
		assert_int_equal(rx.count.lfa + rx.count.fas_errors + rx.count.nfas_errors, 0);
		assert_int_equal(rx.count.crc4_errors, 0);
		assert_int_equal(e1_rx_alarms(&rx), 0);
		/*
		 * Of 43 blocks, the last not being complete unless the offset is 0, two are not
		 * judged: the two hit, or the one hit and the one whose C bits it carries.
		 */
		assert_int_equal(rx.count.crc4_blocks, (shift ? 42 : 43) - 2);
	}
}

/* Gaps of every length up to the limit, from every octet of the frame on, cost no alignment. */
static void gaps_of_any_length(void **state)
{
	static struct e1_frame out[FRAMES + 4];
	static uint8_t octets[STREAM];
	struct e1_cfg cfg = {.crc4 = E1_CRC4_ON, .cas = true};

	(void)state;
	make_stream(octets, 101, true);
	for (size_t at = 100 * E1_OCTETS; at < 101 * E1_OCTETS; at++) {
		for (size_t lost = 1; lost < 5000; lost += lost < 40 ? 1 : 271) {
			struct e1_rx rx;

			e1_rx_init(&rx, &cfg);
			feed(&rx, octets, at, lost, out);
			assert_int_equal(rx.count.lfa + rx.count.cas_lmfa, 0);
			assert_int_equal(rx.count.fas_errors + rx.count.nfas_errors, 0);
			assert_int_equal(rx.count.crc4_errors + rx.count.cas_errors, 0);
			assert_int_equal(e1_rx_alarms(&rx), 0);
			assert_int_equal(rx.count.erased_octets, lost);
		}
	}
}

/* 100 ms are held, one octet more is LOS; all as configured. */
static void hold_limit(void **state)
{
	static const uint32_t limits[] = {0, 2560};

	(void)state;
	for (unsigned int i = 0; i < 2; i++) {
		struct e1_cfg cfg = {.crc4 = E1_CRC4_OFF, .hold_octets = limits[i]};
		uint32_t frames = (limits[i] ? limits[i] : E1_HOLD_OCTETS) / E1_OCTETS;
		struct rig r;

		rig_init(&r, E1_CRC4_OFF, false);
		e1_rx_init(&r.rx, &cfg);
		rig_run(&r, 100);
		rig_gap(&r, E1_IN_ERASED, frames - 1);
		assert_int_equal(rig_alarms(&r), 0);
		rig_run(&r, 1);
		assert_int_equal(r.last.flags, 0);
		rig_gap(&r, E1_IN_ERASED, frames - 1);
		rig_feed(&r, E1_IN_ERASED, NULL, 31);
		assert_int_equal(rig_alarms(&r), 0);
		rig_feed(&r, E1_IN_ERASED, NULL, 1);
		assert_int_equal(rig_alarms(&r), E1_LOS | E1_LFA);
		assert_int_equal(rig_count(&r)->los, 1);
		assert_int_equal(rig_count(&r)->lfa, 1);
		assert_int_equal(rig_count(&r)->fas_errors, 0);
		rig_run(&r, 4);
		assert_int_equal(rig_alarms(&r), 0);
	}
}

/* One per cent and more of the packets lost, for long: no error is blamed on the line. */
static void many_losses(void **state)
{
	struct rig r;
	uint32_t seed = 3;

	(void)state;
	rig_init(&r, E1_CRC4_ON, true);
	rig_set(&r, (struct e1_fault_cfg){.shift = 203});
	rig_run(&r, 160);
	for (unsigned int packet = 0; packet < 4000; packet++) {
		seed = seed * 1664525 + 1013904223;
		if (seed >> 24 < 26) /* one in ten */
			rig_gap(&r, E1_IN_ERASED, 8);
		else
			rig_run(&r, 8);
	}
	assert_true(rig_count(&r)->erased_octets > 300 * PACKET);
	assert_int_equal(rig_count(&r)->lfa + rig_count(&r)->cas_lmfa, 0);
	assert_int_equal(rig_count(&r)->fas_errors + rig_count(&r)->nfas_errors, 0);
	assert_int_equal(rig_count(&r)->crc4_errors + rig_count(&r)->cas_errors, 0);
	assert_in_range(r.received, r.sent - 1, r.sent);
	assert_int_equal(rig_alarms(&r), 0);
}

/* Errors next to a gap still count; a gap neither ends nor lengthens a run of wrong FAS. */
static void runs_span_gaps(void **state)
{
	struct rig r;

	(void)state;
	rig_init(&r, E1_CRC4_OFF, false);
	rig_run(&r, 100);
	e1_fault_fas(&r.fault, 2);
	rig_run(&r, 4);
	rig_gap(&r, E1_IN_ERASED, 8);
	assert_int_equal(rig_alarms(&r), 0);
	e1_fault_fas(&r.fault, 1);
	rig_run(&r, 1);
	assert_int_equal(rig_alarms(&r), E1_LFA);
	assert_int_equal(rig_count(&r)->fas_errors, 3);
}

/* A search, and the wait for the multiframe, get over gaps too. */
static void gaps_while_searching(void **state)
{
	struct rig r;

	(void)state;
	rig_init(&r, E1_CRC4_ON, false);
	rig_run(&r, 2);
	rig_gap(&r, E1_IN_ERASED, 1);
	assert_int_equal(rig_until_change(&r, E1_LFA, 10), 4); /* 3 NFAS, 4 5 6 */
	rig_run(&r, 20);
	rig_gap(&r, E1_IN_ERASED, 8);
	assert_int_equal(rig_alarms(&r), E1_LMFA);
	rig_run(&r, 44);
	assert_int_equal(rig_alarms(&r), 0);
	assert_int_equal(rig_count(&r)->lfa, 0);
}

/* Timeslots 5 and 9 pretend to be timeslot 0; one frame in @period is lost. */
static void run_simulated(struct rig *r, uint32_t frames, uint32_t period)
{
	uint8_t ts[E1_OCTETS], line[E1_OCTETS];

	for (; frames; frames--) {
		uint32_t i = r->sent++;
		size_t skip = i ? 0 : 1; /* enter behind timeslot 0: timeslot 5 comes first */

		rig_payload(i, ts);
		ts[5] = ts[9] = i % 2 ? 0xdf : 0x9b;
		e1_tx_frame(&r->tx, ts, line);
		rig_feed(r, i % period == period - 1 ? E1_IN_ERASED : E1_IN_DATA, line + skip,
			 sizeof(line) - skip);
	}
}

/* A search beside a simulated alignment, and losses all the time: the right one wins in the end. */
static void gaps_beside_a_rival(void **state)
{
	struct rig r;

	(void)state;
	rig_init(&r, E1_CRC4_ON, false);
	r.tx.cfg.crc4 = E1_CRC4_OFF;
	run_simulated(&r, 8000, 37);
	assert_int_equal(rig_alarms(&r), E1_LMFA);
	assert_int_equal(r.rx.have, 27);
	assert_int_equal(rig_count(&r)->lfa, 0);
	r.tx.cfg.crc4 = E1_CRC4_ON;
	run_simulated(&r, 500, 61);
	assert_int_equal(rig_alarms(&r), 0);
	assert_int_equal(r.rx.have, 0);
	assert_int_equal(rig_count(&r)->lfa, 0);
	assert_int_equal(rig_count(&r)->crc4_errors, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_packet_at_each_offset),
		cmocka_unit_test(gaps_of_any_length),
		cmocka_unit_test(hold_limit),
		cmocka_unit_test(many_losses),
		cmocka_unit_test(runs_span_gaps),
		cmocka_unit_test(gaps_while_searching),
		cmocka_unit_test(gaps_beside_a_rival),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
