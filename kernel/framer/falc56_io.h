/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * falc56_io.h: one FALC56 behind a bus. What is written and read: falc56.h
 */
#ifndef STROWGER_KERNEL_FALC56_IO_H
#define STROWGER_KERNEL_FALC56_IO_H

#include "framer/bus.h"
#include "framer/falc56.h"

#define FALC_SEND_MAX 32

/**
 * struct falc - the chip
 * @bus: its registers; @bus->lock guards @poll, @polled and the chip
 * @config: of the line; changed by process context only, under the card's mutex, and by falc_maint()
 * @polled: the line is up, falc_tick() may read
 * @send_lock: leaf; guards @xs, @xs_due, @send, @n_send and the maintenance part of @config
 * @xs: what is to be in XS1..16
 * @xs_due: bit n: XSn+1 must be written
 * @send: writes that falc_tick() makes within its budget, first in first out
 */
struct falc {
	struct framer_bus *bus;
	struct falc_config config;
	struct falc_poll poll;
	bool polled;
	u8 vstr, wid;

	spinlock_t send_lock;
	u8 xs[16];
	u16 xs_due;
	unsigned int n_send;
	struct plan_step send[FALC_SEND_MAX];
};

/**
 * falc_open() - find the chip, know its version, set it up but for the line
 *
 * Process context. Return: 0; -ENODEV when no FALC56 answers, with @f->vstr as it was read.
 */
int falc_open(struct falc *f, struct framer_bus *bus);

/** falc_start() - the line with @f->config, from scratch; process context */
void falc_start(struct falc *f, const struct board *board);

/** falc_stop() - AIS to the line, no more polling; process context */
void falc_stop(struct falc *f);

/**
 * falc_tick() - one millisecond: read what is due, write what waits
 * @spent: accesses to the card already made in this millisecond
 * @seen: receives what is known now; its news are those of this tick
 *
 * At most FALC_TICK_BUDGET accesses. Context: interrupt.
 * Return: false while the line is not up; @seen is not touched then.
 */
bool falc_tick(struct falc *f, unsigned int spent, struct falc_poll *seen);

/** falc_bits() - bits to be sent on channel 1..31; context any; out at one of the next ticks */
void falc_bits(struct falc *f, unsigned int channel, unsigned int bits);

/**
 * falc_send() - one more register write for one of the next ticks; context any
 * Return: 0; -EBUSY when FALC_SEND_MAX wait already.
 */
int falc_send(struct falc *f, u8 reg, u8 value);

/**
 * falc_maint() - loops, pattern, simulation as in @want (all else in it is not looked at), at one of
 * the next ticks; context any
 * Return: 0; -EBUSY as falc_send(), and nothing is changed.
 */
int falc_maint(struct falc *f, const struct falc_config *want);

/** falc_dump() - readable registers as text, those that change by reading left out; may sleep */
size_t falc_dump(struct falc *f, char *text, size_t size);

#endif
