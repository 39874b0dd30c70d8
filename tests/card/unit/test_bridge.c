/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The bridge: registers, DMA placement, interrupt bits, and what it has against drivers. */
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

static uint64_t found(const struct rig *r, enum check kind)
{
	return r->board.checks.n[kind];
}

static void test_good_driver_is_not_blamed(void **state)
{
	struct rig *r = *state;

	rig_bring_up(r);
	rig_start(r);
	rig_run(r, 300);
	assert_int_equal(r->board.checks.total, 0);
	assert_int_equal(r->board.bridge.halves, 300);
}

static void test_bits_alternate(void **state)
{
	struct rig *r = *state;
	uint8_t datagram[SATOP_MAX];

	rig_bring_up(r);
	rig_start(r);
	for (int i = 0; i < 4; i++) {
		board_ms(&r->board, datagram);
		assert_true(board_interrupts(&r->board));
		assert_int_equal(rig_in(r, BRIDGE_INTSTAT), i % 2 ? 0x0a : 0x05);
		/* Only what is written as 1 is cleared. */
		rig_out(r, BRIDGE_INTSTAT, i % 2 ? 0x08 : 0x04);
		assert_int_equal(rig_in(r, BRIDGE_INTSTAT), i % 2 ? 0x02 : 0x01);
		assert_false(board_interrupts(&r->board)); /* TX bits are not enabled */
		rig_out(r, BRIDGE_INTSTAT, 0xff);
	}
	/* Two halves without service: both are there, and it is counted. */
	board_ms(&r->board, datagram);
	board_ms(&r->board, datagram);
	assert_int_equal(rig_in(r, BRIDGE_INTSTAT), 0x0f);
	assert_int_equal(r->board.bridge.overruns, 1);
}

/* Each octet of the buffers says which frame and timeslot it stands for. */
static uint8_t name(unsigned int frame, unsigned int ts)
{
	return (uint8_t)(frame << 5 | ts);
}

static void test_transmit_placement(void **state)
{
	struct rig *r = *state;
	uint8_t tx[2][BRIDGE_FRAMES][BRIDGE_SLOTS];

	rig_bring_up(r);
	rig_start(r);
	/* Frame y begins at octet 28 of the buffer's frame y and runs into the next half. */
	for (unsigned int y = 0; y < BRIDGE_FRAMES; y++)
		for (unsigned int ts = 0; ts < BRIDGE_SLOTS; ts++)
			r->memory[(32 * y + (ts ^ 3) + 28) % 512] = name(y, ts);
	for (int half = 0; half < 2; half++) {
		bridge_fetch(&r->board.bridge, tx[half]);
		bridge_store(&r->board.bridge, (const uint8_t(*)[BRIDGE_SLOTS])tx[half]);
	}
	/* The first frame fetched of a half began in the half before. */
	for (unsigned int y = 0; y < BRIDGE_FRAMES; y++)
		for (unsigned int ts = 0; ts < BRIDGE_SLOTS; ts++)
			assert_int_equal(y < 7 ? tx[0][y + 1][ts] : tx[1][0][ts], name(y, ts));
}

static void test_receive_placement(void **state)
{
	struct rig *r = *state;
	uint8_t rx[BRIDGE_FRAMES][BRIDGE_SLOTS];

	rig_bring_up(r);
	rig_start(r);
	for (unsigned int y = 0; y < BRIDGE_FRAMES; y++)
		for (unsigned int ts = 0; ts < BRIDGE_SLOTS; ts++)
			rx[y][ts] = name(y, ts);
	bridge_store(&r->board.bridge, (const uint8_t(*)[BRIDGE_SLOTS])rx);
	assert_int_equal(rig_in(r, BRIDGE_RXCUR + 1), (RIG_RX + 256) >> 8 & 0xff);
	for (unsigned int y = 0; y < BRIDGE_FRAMES; y++)
		for (unsigned int ts = 0; ts < BRIDGE_SLOTS; ts++) {
			assert_int_equal(r->memory[512 + 32 * y + (ts ^ 3)], name(y, ts));
			assert_int_equal(r->memory[512 + 256 + 32 * y + ts], 0);
		}
}

static void test_dma_elsewhere(void **state)
{
	struct rig *r = *state;

	rig_bring_up(r);
	for (unsigned int i = 0; i < 3; i++)
		rig_address(r, (uint8_t)(BRIDGE_RXS + 4 * i),
			    RIG_BASE + RIG_MEMORY - 256 + (uint32_t[]){0, 0xfc, 0x1fc}[i]);
	rig_start(r);
	rig_run(r, 2); /* the second half is beyond the memory */
	assert_int_equal(found(r, CHECK_DMA), 1);
	assert_int_equal(r->board.bridge.aborts, 1);
}

static void test_dma_of_wrong_shape(void **state)
{
	struct rig *r = *state;

	rig_bring_up(r);
	rig_address(r, BRIDGE_TXE,
		    RIG_TX + 0x200); /* one past the last dword instead of the last */
	rig_start(r);
	rig_run(r, 3);
	assert_int_equal(found(r, CHECK_DMA), 1);
	assert_int_equal(r->board.bridge.halves, 0);
}

static void test_dma_without_leave(void **state)
{
	struct rig *r = *state;
	uint8_t command[2] = {PCI_CMD_MEM, 0};

	rig_bring_up(r);
	board_write(&r->board, -1, PCI_COMMAND, command, 2);
	rig_start(r);
	rig_run(r, 3);
	assert_int_equal(found(r, CHECK_DMA), 1);
	assert_int_equal(r->board.bridge.halves, 0);
}

static void test_master_taken_away(void **state)
{
	struct rig *r = *state;
	uint8_t command[2] = {PCI_CMD_MEM, 0};

	rig_bring_up(r);
	rig_start(r);
	rig_run(r, 1);
	board_write(&r->board, -1, PCI_COMMAND, command, 2);
	assert_int_equal(found(r, CHECK_ORDER), 1);
}

static void test_addresses_under_dma(void **state)
{
	struct rig *r = *state;

	rig_bring_up(r);
	rig_start(r);
	rig_address(r, BRIDGE_TXS, RIG_TX);
	assert_int_equal(found(r, CHECK_ORDER), 1);
}

static void test_restart_begins_with_first_half(void **state)
{
	struct rig *r = *state;

	rig_bring_up(r);
	rig_start(r);
	rig_run(r, 1);
	assert_true(r->board.bridge.second);
	rig_out(r, BRIDGE_OPER, 0x03);
	assert_false(r->board.bridge.second);
	rig_out(r, BRIDGE_OPER, 0x01);
	rig_run(r, 1);
	rig_out(r, BRIDGE_CNTL, 0x03); /* DMA reset */
	assert_false(r->board.bridge.second);
}

static void test_left_over_interrupts(void **state)
{
	struct rig *r = *state;
	uint8_t datagram[SATOP_MAX];

	rig_bring_up(r);
	rig_start(r);
	rig_out(r, BRIDGE_MASK0, 0);
	board_ms(&r->board, datagram);
	assert_false(board_interrupts(&r->board));
	rig_out(r, BRIDGE_MASK0, 0x3c);
	assert_int_equal(found(r, CHECK_ORDER), 1);
	assert_true(board_interrupts(&r->board));
}

static void test_access_faults(void **state)
{
	struct rig *r = *state;
	uint8_t two[2] = {0, 0};

	rig_bring_up(r);
	rig_in(r, 0x2a); /* never written */
	assert_int_equal(found(r, CHECK_UNWRITTEN), 1);
	rig_out(r, BRIDGE_AUXR, 0);
	assert_int_equal(found(r, CHECK_WRITE), 1);
	rig_out(r, 0x30, 0);
	rig_in(r, 0xc1); /* between two locations of the peripheral bus */
	assert_int_equal(found(r, CHECK_UNKNOWN), 2);
	board_write(&r->board, PCI_BAR, BRIDGE_AUXC, two, 2);
	assert_int_equal(found(r, CHECK_UNKNOWN), 3);
}

static void test_chips_in_reset(void **state)
{
	struct rig *r = *state;

	rig_bring_up(r);
	rig_out(r, BRIDGE_CNTL, 0x00);
	assert_int_equal(rig_framer_in(r, FALC_VSTR), 0xff);
	assert_int_equal(found(r, CHECK_RESET), 1);
	rig_out(r, BRIDGE_CNTL, 0x01);
	assert_int_equal(rig_framer_in(r, FALC_VSTR), 0x05);
	rig_framer_in(r, FALC_XSW); /* the reset has forgotten it */
	assert_int_equal(found(r, CHECK_UNWRITTEN), 1);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(test_good_driver_is_not_blamed),
		T(test_bits_alternate),
		T(test_transmit_placement),
		T(test_receive_placement),
		T(test_dma_elsewhere),
		T(test_dma_of_wrong_shape),
		T(test_dma_without_leave),
		T(test_master_taken_away),
		T(test_addresses_under_dma),
		T(test_restart_begins_with_first_half),
		T(test_left_over_interrupts),
		T(test_access_faults),
		T(test_chips_in_reset),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
