/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sender to receiver over a good line: every bit offset, every mode, every way of cutting. */
#include "span_rig.h"

struct mode {
	enum e1_crc4 crc4;
	bool cas;
};

static const struct mode modes[] = {
	{E1_CRC4_OFF, false}, {E1_CRC4_ON, false}, {E1_CRC4_AUTO, false},
	{E1_CRC4_OFF, true},  {E1_CRC4_ON, true},  {E1_CRC4_AUTO, true},
};

#define MODES (sizeof(modes) / sizeof(modes[0]))

/* First frame received without flags is frame 2; from there on each one is the next one sent. */
static void in_order(struct rig *r, const struct e1_frame *frame)
{
	uint8_t ts[E1_OCTETS];
	bool cas = r->rx.cfg.cas;

	if (frame->flags) {
		assert_int_equal(frame->flags, E1_FRAME_UNALIGNED);
		assert_int_equal(r->good, 0);
		for (unsigned int i = 0; i < E1_OCTETS; i++)
			assert_int_equal(frame->ts[i], E1_FILLER);
		return;
	}
	rig_payload(r->good + 1, ts);
	assert_memory_equal(frame->ts + 1, ts + 1, 15);
	assert_int_equal(frame->ts[16], cas ? frame->ts[16] : ts[16]);
	assert_memory_equal(frame->ts + 17, ts + 17, 15);
}

static void check_clean(const struct rig *r, uint32_t frames, bool crc4)
{
	const struct e1_counters *c = rig_count(r);

	assert_int_equal(c->octets, frames * E1_OCTETS);
	assert_int_equal(c->frames + c->unaligned_frames, r->received);
	assert_int_equal(c->frames, r->good);
	assert_int_equal(c->fas_errors + c->nfas_errors + c->lfa + c->los + c->ais, 0);
	assert_int_equal(c->crc4_errors + c->crc4_reframes + c->ebits, 0);
	assert_int_equal(c->cas_errors + c->cas_lmfa + c->erased_frames, 0);
	assert_int_equal(c->crc4_blocks != 0, crc4);
}

/* The octet in which timeslot 0 of frame 2 ends decides when the alignment is found. */
static void every_offset_and_mode(void **state)
{
	(void)state;
	for (unsigned int m = 0; m < MODES; m++) {
		for (unsigned int shift = 0; shift < 256; shift++) {
			struct rig r;
			unsigned int found = (520 + shift + 255) / 256;

			rig_init(&r, modes[m].crc4, modes[m].cas);
			rig_set(&r, (struct e1_fault_cfg){.shift = (uint8_t)shift});
			r.on_frame = in_order;
			assert_int_equal(rig_until_change(&r, E1_LFA, 10), found);
			rig_run(&r, 200 - found);
			assert_int_equal(rig_alarms(&r), 0);
			assert_in_range(r.good, 197, 198);
			assert_int_equal(e1_rx_crc4_aligned(&r.rx), modes[m].crc4 != E1_CRC4_OFF);
			assert_false(e1_rx_no_crc4(&r.rx));
			check_clean(&r, 200, modes[m].crc4 != E1_CRC4_OFF);
		}
	}
}

/*
 * Frames 0, 1, 2 align; multiframes at 16 and 32 are seen to frame 43; the block 48..55 is
 * judged at 63.
 */
static void exact_times(void **state)
{
	struct rig r;

	(void)state;
	rig_init(&r, E1_CRC4_ON, true);
	assert_int_equal(rig_alarms(&r), E1_LFA);
	assert_int_equal(rig_until_change(&r, E1_LFA, 10), 3);
	assert_int_equal(rig_alarms(&r), E1_LMFA | E1_CAS_LMFA);
	assert_int_equal(rig_until_change(&r, E1_CAS_LMFA, 100), 17 - 3);
	assert_int_equal(rig_until_change(&r, E1_LMFA, 100), 44 - 17);
	rig_run(&r, 63 - 44);
	assert_int_equal(rig_count(&r)->crc4_blocks, 0);
	rig_run(&r, 1);
	assert_int_equal(rig_count(&r)->crc4_blocks, 1);
	rig_run(&r, 8000);
	assert_int_equal(rig_count(&r)->crc4_blocks, 1001);
	assert_int_equal(rig_count(&r)->frames, 8064 - 2);
	assert_int_equal(rig_count(&r)->unaligned_frames, 2);
}

static void same_state(const struct e1_rx *a, const struct e1_rx *b)
{
	assert_memory_equal(&a->count, &b->count, sizeof(a->count));
	assert_memory_equal(a->cas.abcd, b->cas.abcd, sizeof(a->cas.abcd));
	assert_int_equal(e1_rx_alarms(a), e1_rx_alarms(b));
}

/* A stream with everything in it, as long as a string of octets of each kind. */
#define STREAM (400 * E1_OCTETS)

static void make_stream(uint8_t *octets, enum e1_input *kind)
{
	struct e1_cfg cfg = {.crc4 = E1_CRC4_ON, .cas = true};
	struct e1_fault fault;
	struct e1_tx tx;
	uint8_t ts[E1_OCTETS], line[E1_FAULT_OCTETS];
	enum e1_input in;

	e1_tx_init(&tx, &cfg);
	e1_fault_init(&fault, 7);
	for (uint32_t i = 0; i < STREAM / E1_OCTETS; i++) {
		struct e1_fault_cfg f = {.shift = i < 150 ? 77 : 78,
					 .ber_ppb = i > 200 && i < 260 ? 3000000 : 0,
					 .ais = i > 300 && i < 320};

		e1_fault_set(&fault, &f);
		rig_payload(i, ts);
		e1_fault_apply(&fault, &tx, ts, line, &in);
		memcpy(octets + i * E1_OCTETS, line, E1_OCTETS);
	}
	for (unsigned int i = 0; i < STREAM; i++)
		kind[i] = i % 3001 > 2800        ? E1_IN_ERASED
			  : i > 9000 && i < 9040 ? E1_IN_NONE
						 : E1_IN_DATA;
}

/* Feed in pieces of at most @piece octets; pieces never mix kinds. Return: frames. */
static size_t feed_in_pieces(struct e1_rx *rx, const uint8_t *octets, const enum e1_input *kind,
			     size_t piece, struct e1_frame *out)
{
	size_t got = 0, i = 0, n;

	while (i < STREAM) {
		for (n = 1; n < piece && i + n < STREAM && kind[i + n] == kind[i]; n++)
			;
		got += e1_rx_feed(rx, kind[i], octets + i, n, out + got, E1_RX_FRAMES(n));
		i += n;
	}
	return got;
}

static void cutting_does_not_matter(void **state)
{
	static struct e1_frame whole[E1_RX_FRAMES(STREAM)], cut[E1_RX_FRAMES(STREAM) * 2];
	static uint8_t octets[STREAM];
	static enum e1_input kind[STREAM];
	struct e1_cfg cfg = {.crc4 = E1_CRC4_ON, .cas = true};
	struct e1_rx a, b;
	size_t n;

	(void)state;
	make_stream(octets, kind);
	e1_rx_init(&a, &cfg);
	n = feed_in_pieces(&a, octets, kind, STREAM, whole);
	assert_true(a.count.lfa >= 2 && a.count.los == 1 && a.count.ais == 1);
	assert_true(a.count.erased_frames > 20 && a.count.crc4_errors > 0);
	for (size_t piece = 1; piece < 400; piece += piece < 70 ? 1 : 61) {
		e1_rx_init(&b, &cfg);
		assert_int_equal(feed_in_pieces(&b, octets, kind, piece, cut), n);
		assert_memory_equal(whole, cut, n * sizeof(whole[0]));
		same_state(&a, &b);
	}
}

static void no_room_drops_frames(void **state)
{
	struct e1_frame out[2];
	uint8_t octets[10 * E1_OCTETS] = {0};
	struct e1_cfg cfg = {.crc4 = E1_CRC4_OFF};
	struct e1_rx rx;

	(void)state;
	e1_rx_init(&rx, &cfg);
	assert_int_equal(e1_rx_feed(&rx, E1_IN_DATA, octets, sizeof(octets), out, 2), 2);
	assert_int_equal(e1_rx_feed(&rx, E1_IN_DATA, octets, sizeof(octets), NULL, 0), 0);
	assert_int_equal(e1_rx_feed(&rx, E1_IN_DATA, octets, 0, out, 2), 0);
	assert_int_equal(e1_rx_counters(&rx)->unaligned_frames, 20);
}

static void sa_bits(void **state)
{
	struct rig r;

	(void)state;
	rig_init(&r, E1_CRC4_ON, false);
	assert_int_equal(e1_rx_sa(&r.rx), 0x1f);
	e1_tx_sa(&r.tx, 0x0a);
	rig_run(&r, 4);
	assert_int_equal(e1_rx_sa(&r.rx), 0x0a);
	e1_tx_sa(&r.tx, 0x15);
	rig_run(&r, 2);
	assert_int_equal(e1_rx_sa(&r.rx), 0x15);
}

static void code_errors_add_up(void **state)
{
	struct rig r;

	(void)state;
	rig_init(&r, E1_CRC4_OFF, false);
	e1_rx_code_errors(&r.rx, UINT32_MAX);
	e1_rx_code_errors(&r.rx, 2);
	assert_true(rig_count(&r)->code_errors == (uint64_t)UINT32_MAX + 2);
}

static void names(void **state)
{
	struct e1_counters c = {.octets = 1, .crc4_errors = 2, .code_errors = 3};

	(void)state;
	assert_string_equal(e1_alarm_name(0), "LOS");
	assert_string_equal(e1_alarm_name(7), "TS16-AIS");
	assert_string_equal(e1_alarm_name(8), "?");
	assert_string_equal(e1_counter_name(0), "octets");
	assert_int_equal(e1_counter(&c, 0), 1);
	assert_string_equal(e1_counter_name(11), "crc4_errors");
	assert_int_equal(e1_counter(&c, 11), 2);
	assert_string_equal(e1_counter_name(E1_COUNTERS - 1), "code_errors");
	assert_int_equal(e1_counter(&c, E1_COUNTERS - 1), 3);
	assert_string_equal(e1_counter_name(E1_COUNTERS), "?");
	assert_int_equal(e1_counter(&c, E1_COUNTERS), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_offset_and_mode),
		cmocka_unit_test(exact_times),
		cmocka_unit_test(cutting_does_not_matter),
		cmocka_unit_test(no_room_drops_frames),
		cmocka_unit_test(sa_bits),
		cmocka_unit_test(code_errors_add_up),
		cmocka_unit_test(names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
