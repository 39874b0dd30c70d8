/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The card: bridge, board logic and framer on one board, a cable at one end, the host at the other.
 * A millisecond at a time; what it needs of the world (memory, time, sockets) the owner brings.
 *
 * Faults that can be told to happen: see struct board_faults. Pure.
 */
#ifndef CARD_BOARD_H
#define CARD_BOARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "access.h"
#include "bridge.h"
#include "check.h"
#include "framer.h"
#include "line.h"
#include "pci.h"
#include "pld.h"
#include "trace.h"

/**
 * struct board_cfg - which card, which line
 * @subvendor, @subdevice: PCI subsystem
 * @chip: revision of the framer
 * @t1: jumper
 * @jitter_ms, @jitter_max_ms: of the cable
 */
struct board_cfg {
	uint16_t subvendor, subdevice;
	enum framer_chip chip;
	bool t1;
	uint16_t jitter_ms, jitter_max_ms;
};

/**
 * struct board_faults - what is broken, each for so many milliseconds of line time; 0 = nothing
 * @stalled_ms: DMA stands still, no bits are raised; line time goes on
 * @silent_ms: the interrupt line does not work: bits are raised, nobody is told
 * @late_ms: for so long, each interrupt comes @late_by_ms later
 * @all_ones: reads give all ones, writes go nowhere: the card is no longer on the bus
 * @zeros: the same with zeros
 * @framer_ones: the framer alone gives all ones, and takes nothing
 */
struct board_faults {
	uint32_t stalled_ms, silent_ms, late_ms, late_by_ms;
	bool all_ones, zeros, framer_ones;
};

struct board {
	struct board_cfg cfg;
	struct checks checks;
	struct access access;
	struct trace trace;
	struct pci pci;
	struct bridge bridge;
	struct pld pld;
	struct framer framer;
	struct line line;
	struct board_faults fault;
	void *(*memory)(void *ctx, uint32_t addr, size_t n);
	void *ctx;
	bool powered; /* a host is there */
	bool setup_told;
	uint64_t ms; /* line time since power-on */
	uint64_t due; /* [ms] interrupts are held back until then */
};

/**
 * board_init() - a card without a host
 * @memory: host memory for DMA, or NULL if there is none at this address
 * Return: 0, -EINVAL for a jitter buffer out of range.
 */
int board_init(struct board *b, const struct board_cfg *cfg,
	       void *(*memory)(void *ctx, uint32_t addr, size_t n), void *ctx);

/** board_power() - the host is switched on: all chips as after power-on; or off. The cable stays */
void board_power(struct board *b, bool on);

/** board_reset() - the slot's reset, or awake after D3: configuration space and registers as after power-on */
void board_reset(struct board *b);

/* Accesses of the host: @bar -1 is the configuration space. */
void board_read(struct board *b, int bar, uint64_t addr, uint8_t *data, size_t n);
void board_write(struct board *b, int bar, uint64_t addr, const uint8_t *data, size_t n);

/**
 * board_ms() - a millisecond passes
 * @datagram: for the line
 * Return: its octets, 0 for none.
 */
size_t board_ms(struct board *b, uint8_t datagram[SATOP_MAX]);

/** board_interrupts() - is the host to be interrupted now? (faults considered) */
bool board_interrupts(const struct board *b);
/** board_interrupted() - it has been */
void board_interrupted(struct board *b);

/** board_follows_line() - does the board's clock follow the line's? */
bool board_follows_line(const struct board *b);

#endif
