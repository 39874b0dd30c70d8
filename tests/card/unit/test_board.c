/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The board: configuration space, board logic, faults, accounts. */
#include "rig.h"

static int setup(void **state)
{
	*state = rig_new();
	return 0;
}

static int teardown(void **state)
{
	rig_free(*state);
	return 0;
}

static uint32_t config(struct rig *r, unsigned int at)
{
	uint8_t v[4];

	board_read(&r->board, -1, at, v, 4);
	return v[0] | (uint32_t)v[1] << 8 | (uint32_t)v[2] << 16 | (uint32_t)v[3] << 24;
}

static void config_write(struct rig *r, unsigned int at, uint32_t v)
{
	uint8_t octets[4] = {(uint8_t)v, (uint8_t)(v >> 8), (uint8_t)(v >> 16), (uint8_t)(v >> 24)};

	board_write(&r->board, -1, at, octets, 4);
}

static void test_configuration_space(void **state)
{
	struct rig *r = *state;

	assert_int_equal(config(r, 0x00), 0x0001e159);
	assert_int_equal(config(r, 0x08), 0x07800000);
	assert_int_equal(config(r, 0x2c) & 0xffff, 0x71fe);
	assert_int_equal(config(r, 0x3c) >> 8 & 0xff, 1); /* INTA */
	/* One BAR of 4 KiB of memory, no I/O. */
	for (unsigned int bar = 0; bar < 6; bar++) {
		config_write(r, 0x10 + 4 * bar, 0xffffffff);
		assert_int_equal(config(r, 0x10 + 4 * bar), bar == PCI_BAR ? 0xfffff000 : 0);
	}
	assert_int_equal(config(r, 0x1000), 0);
}

static void test_asleep(void **state)
{
	struct rig *r = *state;

	assert_int_equal(rig_in(r, BRIDGE_INTSTAT), 0xff); /* not enabled yet */
	assert_int_equal(r->board.checks.n[CHECK_RESET], 1);
	rig_bring_up(r);
	rig_start(r);
	rig_run(r, 1);
	config_write(r, 0x44, 3); /* D3 */
	rig_run(r, 1);
	assert_int_equal(r->board.bridge.halves, 1);
	assert_false(board_interrupts(&r->board));
}

static void test_intx_off(void **state)
{
	struct rig *r = *state;
	uint8_t datagram[SATOP_MAX];

	rig_bring_up(r);
	rig_start(r);
	config_write(r, PCI_COMMAND, PCI_CMD_MEM | PCI_CMD_MASTER | PCI_CMD_NOINTX);
	board_ms(&r->board, datagram);
	assert_false(board_interrupts(&r->board));
	config_write(r, PCI_COMMAND, PCI_CMD_MEM | PCI_CMD_MASTER);
	assert_true(board_interrupts(&r->board));
}

static void test_no_clock_no_dma(void **state)
{
	struct rig *r = *state;

	rig_bring_up(r);
	rig_start(r);
	rig_pld_out(r, PLD_CLOCK, 0);
	rig_run(r, 5);
	assert_int_equal(r->board.bridge.halves, 0);
}

static void test_resynchronisation(void **state)
{
	struct rig *r = *state;

	rig_bring_up(r);
	rig_start(r);
	rig_run(r, 50);
	rig_pld_out(r, PLD_CLOCK, PLD_CLOCK_ON); /* too early */
	assert_int_equal(r->board.checks.n[CHECK_ORDER], 1);
	assert_false(pld_aligned(&r->board.pld));
	rig_pld_out(r, PLD_CLOCK, PLD_CLOCK_ON | PLD_CLOCK_RESYNC);
	rig_run(r, 100);
	rig_pld_out(r, PLD_CLOCK, PLD_CLOCK_ON);
	assert_true(pld_aligned(&r->board.pld));
	assert_int_equal(r->board.checks.n[CHECK_ORDER], 1);
	assert_int_equal(r->board.pld.resyncs, 2);
}

static void test_channels_out_of_place(void **state)
{
	struct rig *r = *state;

	rig_bring_up(r);
	rig_framer_out(r, FALC_XC1,
		       0x00); /* another transmit offset: nobody knows where channels are */
	rig_start(r);
	rig_run(r, 100);
	assert_int_equal(r->board.checks.n[CHECK_SETUP], 1);
	/* Timeslot 0 is not where the alignment signal is looked for. */
	for (unsigned int y = 0; y < FRAMER_FRAMES; y++)
		assert_int_not_equal(r->memory[512 + 32 * y + 3] & 0x7f, 0x1b);
}

static void test_pld_reads(void **state)
{
	struct rig *r = *state;

	rig_bring_up(r);
	rig_pld_out(r, PLD_DUMMY, 0x69);
	assert_int_equal(rig_in(r, BRIDGE_PIB + 4 * PLD_CLOCK) & PLD_CLOCK_T1, 0);
	assert_int_equal(r->board.checks.total, 0);
	rig_in(r, BRIDGE_PIB + 4 * PLD_CLOCK); /* without the write before it */
	assert_int_equal(r->board.checks.n[CHECK_PLD], 1);
}

static void test_all_ones(void **state)
{
	struct rig *r = *state;

	rig_bring_up(r);
	rig_start(r);
	rig_run(r, 2);
	r->board.fault.all_ones = true;
	assert_int_equal(rig_in(r, BRIDGE_INTSTAT), 0xff);
	assert_int_equal(config(r, 0), 0xffffffff);
	rig_out(r, BRIDGE_OPER, 0);
	rig_run(r, 2);
	assert_int_equal(r->board.bridge.halves, 2);
	assert_false(board_interrupts(&r->board));
	r->board.fault.all_ones = false;
	assert_int_equal(r->board.bridge.reg[BRIDGE_OPER], 1); /* the write went nowhere */
}

static void test_broken_interrupts(void **state)
{
	struct rig *r = *state;
	uint8_t datagram[SATOP_MAX];
	unsigned int until = 0;

	rig_bring_up(r);
	rig_start(r);
	r->board.fault.silent_ms = 3;
	for (int i = 0; i < 2; i++) {
		board_ms(&r->board, datagram);
		assert_false(board_interrupts(&r->board));
	}
	board_ms(&r->board, datagram);
	assert_true(board_interrupts(&r->board)); /* the line is level: it is not forgotten */
	assert_int_equal(rig_in(r, BRIDGE_INTSTAT), 0x0f);
	rig_out(r, BRIDGE_INTSTAT, 0xff);
	r->board.fault.late_ms = 1;
	r->board.fault.late_by_ms = 4;
	do {
		board_ms(&r->board, datagram);
		until++;
	} while (!board_interrupts(&r->board));
	assert_int_equal(until, 5);
}

static void test_stalled_dma(void **state)
{
	struct rig *r = *state;

	rig_bring_up(r);
	rig_start(r);
	r->board.fault.stalled_ms = 10;
	rig_run(r, 30);
	assert_int_equal(r->board.bridge.halves, 20);
	assert_int_equal(r->board.framer.elastic.starved, 0);
}

static void test_power(void **state)
{
	struct rig *r = *state;

	rig_bring_up(r);
	rig_start(r);
	rig_run(r, 100);
	board_power(&r->board, false);
	rig_run(r, LINE_PAUSE_MS + 20);
	assert_true(pw_port_alarms(&r->far) & E1_LOS); /* a card without power sends nothing */
	board_power(&r->board, true);
	rig_bring_up(r);
	rig_start(r);
	rig_run(r, 100);
	assert_int_equal(pw_port_alarms(&r->far), 0);
	assert_int_equal(rig_framer_in(r, FALC_FRS0), 0);
}

static void test_accounts(void **state)
{
	struct rig *r = *state;
	struct access *a = &r->board.access;

	rig_bring_up(r);
	access_reset(a);
	for (unsigned int n = 0; n < 3; n++) {
		board_interrupted(&r->board);
		for (unsigned int i = 0; i < 10 * n; i++)
			rig_in(r, BRIDGE_INTSTAT);
		rig_out(r, BRIDGE_INTSTAT, 0xff);
	}
	board_interrupted(&r->board);
	assert_int_equal(a->count.reads, 30);
	assert_int_equal(a->count.writes, 3);
	assert_int_equal(a->count.worst, 21);
	assert_int_equal(a->count.worst_writes, 1);
	assert_int_equal(a->count.bin[0], 1);
	assert_int_equal(a->count.bin[1], 1);
	assert_int_equal(a->count.bin[11], 1);
	config(r, 0); /* the configuration space does not count */
	assert_int_equal(a->count.reads, 30);
}

static void test_slips_against_the_line(void **state)
{
	struct rig *r = *state;

	rig_bring_up(r);
	rig_framer_out(r, FALC_IMR0 + 3, 0x00);
	rig_start(r);
	/* The far end is faster by a millisecond in 2000: 4 frames a second are too many. */
	for (unsigned int i = 0; i < 40000; i++) {
		uint8_t out[PW_FRAMES][E1_OCTETS] = {{0}}, datagram[SATOP_MAX];

		board_ms(&r->board, datagram);
		rig_out(r, BRIDGE_INTSTAT, 0xff);
		for (int n = 0; n < (i % 2000 ? 1 : 2); n++) {
			size_t len = pw_port_tick_tx(&r->far, (const uint8_t(*)[E1_OCTETS])out,
						     datagram, sizeof(datagram));

			line_datagram(&r->board.line, datagram, len);
		}
	}
	assert_true(r->board.framer.elastic.deleted > 100);
	assert_int_equal(r->board.framer.elastic.repeated, 0);
	assert_int_equal(rig_framer_in(r, FALC_ISR0 + 3) & 0x03, 0x02); /* RSN */
	assert_int_equal(rig_framer_in(r, FALC_FRS0) & FALC_FRS0_LFA, 0);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(test_configuration_space),
		T(test_asleep),
		T(test_intx_off),
		T(test_no_clock_no_dma),
		T(test_resynchronisation),
		T(test_channels_out_of_place),
		T(test_pld_reads),
		T(test_all_ones),
		T(test_broken_interrupts),
		T(test_stalled_dma),
		T(test_power),
		T(test_accounts),
		T(test_slips_against_the_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
