/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * bus.h: how a framer's registers are reached: a bridge offers it, a framer's I/O part uses it, and
 * neither knows the other's chip.
 */
#ifndef STROWGER_KERNEL_FRAMER_BUS_H
#define STROWGER_KERNEL_FRAMER_BUS_H

#include <linux/spinlock.h>
#include <linux/types.h>

/**
 * struct framer_bus - registers of one framer, 8 bit each
 * @lock: held, with interrupts off, over each access and over accesses that belong together; a leaf
 *	but for the framer's own lock of its send queue
 * @read, @write: one register; context any, never waits
 * @group: group of 16 registers that the address pins hold: the next access to another one costs
 *	one more bus access
 */
struct framer_bus {
	spinlock_t lock;
	u8 (*read)(struct framer_bus *bus, u8 reg);
	void (*write)(struct framer_bus *bus, u8 reg, u8 value);
	int (*group)(const struct framer_bus *bus);
};

#endif
