/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A board on the desk: a piece of memory as its host, and what a driver does to bring it up, as the
 * fact sheets tell it.
 */
#ifndef CARD_UNIT_RIG_H
#define CARD_UNIT_RIG_H

#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../board.h"
#include "core/line/pw_port.h"

#define RIG_MEMORY 4096 /* [octets] from bus address RIG_BASE on */
#define RIG_BASE   0x100000u
#define RIG_TX     RIG_BASE
#define RIG_RX     (RIG_BASE + 512)

struct rig {
	struct board board;
	uint8_t memory[RIG_MEMORY];
	struct pw_port far; /* the other end of the cable, if a test wants one */
};

static inline void *rig_memory(void *ctx, uint32_t addr, size_t n)
{
	struct rig *r = ctx;

	return addr >= RIG_BASE && addr - RIG_BASE + n <= RIG_MEMORY ? r->memory + (addr - RIG_BASE)
								     : NULL;
}

static inline void rig_out(struct rig *r, uint8_t reg, uint8_t v)
{
	board_write(&r->board, PCI_BAR, reg, &v, 1);
}

static inline uint8_t rig_in(struct rig *r, uint8_t reg)
{
	uint8_t v;

	board_read(&r->board, PCI_BAR, reg, &v, 1);
	return v;
}

static inline void rig_address(struct rig *r, uint8_t reg, uint32_t addr)
{
	uint8_t v[4] = {(uint8_t)addr, (uint8_t)(addr >> 8), (uint8_t)(addr >> 16),
			(uint8_t)(addr >> 24)};

	board_write(&r->board, PCI_BAR, reg, v, sizeof(v));
}

static inline void rig_framer_out(struct rig *r, uint8_t reg, uint8_t v)
{
	rig_out(r, BRIDGE_AUXD, (uint8_t)((reg & 0xf0) >> 1));
	rig_out(r, (uint8_t)(BRIDGE_PIB + 4 * (reg & 0x0f)), v);
}

static inline uint8_t rig_framer_in(struct rig *r, uint8_t reg)
{
	rig_out(r, BRIDGE_AUXD, (uint8_t)((reg & 0xf0) >> 1));
	return rig_in(r, (uint8_t)(BRIDGE_PIB + 4 * (reg & 0x0f)));
}

static inline void rig_pld_out(struct rig *r, uint8_t reg, uint8_t v)
{
	rig_out(r, BRIDGE_AUXD, 0x80);
	rig_out(r, (uint8_t)(BRIDGE_PIB + 4 * reg), v);
}

/* Bus on, resets, buffers, clock. */
static inline void rig_bring_up(struct rig *r)
{
	static const uint8_t system_side[][2] = {
		{0x85, 0xe0}, {0x92, 0x00}, {0x93, 0x18}, {0x94, 0xfb}, {0x95, 0x0b},
		{0x96, 0x00}, {0x97, 0x0b}, {0x98, 0xdb}, {0x99, 0xdf}, {0x46, 0x40},
		{0x3e, 0x02}, {0x3f, 0x00}, {0x40, 0x04}, {0x22, 0x00}, {0x23, 0x04},
		{0x24, 0x07}, {0x25, 0x05}, {0x84, 0x31}, {0x86, 0x03}};
	static const uint8_t line_side[][2] = {
		{FALC_FMR1, 0x4c}, {FALC_FMR2, 0xc3}, {FALC_FMR0, 0xf0},
		{FALC_LIM1, 0xf0}, {FALC_LIM0, 0x08}, {FALC_PCD, 0x0a},
		{FALC_PCR, 0x15},  {FALC_XSW, 0x9f},  {FALC_XSP, 0x1c}};
	uint8_t command[2] = {PCI_CMD_MEM | PCI_CMD_MASTER, 0};

	board_write(&r->board, -1, PCI_COMMAND, command, 2);
	rig_out(r, BRIDGE_CNTL, 0x0e);
	rig_out(r, BRIDGE_AUXD, 0x00);
	rig_out(r, BRIDGE_AUXC, 0xfd);
	rig_out(r, BRIDGE_SERCTL, 0xc8);
	rig_out(r, BRIDGE_FSCDELAY, 0x01);
	rig_out(r, BRIDGE_CNTL, 0x01);
	rig_address(r, BRIDGE_TXS, RIG_TX);
	rig_address(r, BRIDGE_TXI, RIG_TX + 0xfc);
	rig_address(r, BRIDGE_TXE, RIG_TX + 0x1fc);
	rig_address(r, BRIDGE_RXS, RIG_RX);
	rig_address(r, BRIDGE_RXI, RIG_RX + 0xfc);
	rig_address(r, BRIDGE_RXE, RIG_RX + 0x1fc);
	rig_pld_out(r, PLD_CLOCK, PLD_CLOCK_ON | PLD_CLOCK_RESYNC);
	for (size_t i = 0; i < sizeof(system_side) / sizeof(system_side[0]); i++)
		rig_framer_out(r, system_side[i][0], system_side[i][1]);
	for (size_t i = 0; i < sizeof(line_side) / sizeof(line_side[0]); i++)
		rig_framer_out(r, line_side[i][0], line_side[i][1]);
}

static inline void rig_start(struct rig *r)
{
	rig_out(r, BRIDGE_INTSTAT, 0xff);
	rig_out(r, BRIDGE_MASK0, 0x3c);
	rig_out(r, BRIDGE_MASK1, 0x00);
	rig_out(r, BRIDGE_OPER, 0x01);
}

static inline struct rig *rig_new(void)
{
	struct rig *r = calloc(1, sizeof(*r));
	const struct board_cfg cfg = {
		.subvendor = 0x71fe, .chip = FRAMER_V22, .jitter_ms = 2, .jitter_max_ms = 60};
	const struct pw_port_cfg far = {.jitter_ms = 2, .jitter_max_ms = 60, .e1.crc4 = E1_CRC4_ON};

	assert_non_null(r);
	assert_int_equal(board_init(&r->board, &cfg, rig_memory, r), 0);
	assert_int_equal(pw_port_init(&r->far, &far), 0);
	board_power(&r->board, true);
	return r;
}

/* A millisecond at both ends of the cable, the far end sending @out and giving back what it got. */
static inline void rig_ms(struct rig *r, uint8_t out[PW_FRAMES][E1_OCTETS],
			  struct e1_frame in[PW_FRAMES])
{
	uint8_t datagram[SATOP_MAX];
	size_t n = board_ms(&r->board, datagram);

	if (n)
		pw_port_receive(&r->far, datagram, n);
	pw_port_tick_rx(&r->far, in);
	n = pw_port_tick_tx(&r->far, (const uint8_t(*)[E1_OCTETS])out, datagram, sizeof(datagram));
	if (n)
		line_datagram(&r->board.line, datagram, n);
}

static inline void rig_run(struct rig *r, unsigned int ms)
{
	uint8_t out[PW_FRAMES][E1_OCTETS] = {{0}};
	struct e1_frame in[PW_FRAMES];

	while (ms--) {
		rig_ms(r, out, in);
		rig_out(r, BRIDGE_INTSTAT, 0xff);
	}
}

static inline void rig_free(struct rig *r)
{
	free(r);
}

#endif
