/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a driver should not have done, counted by kind, the last ones kept as text.
 * Pure.
 */
#ifndef CARD_CHECK_H
#define CARD_CHECK_H

#include <stdint.h>

/**
 * enum check - kinds of fault of a driver
 * @CHECK_UNWRITTEN: read of a register that nobody wrote since the reset: what it reads is not known
 * @CHECK_READ: read of a register that can only be written
 * @CHECK_WRITE: write to a register that can only be read
 * @CHECK_UNKNOWN: address, bit or width that no board of this kind is known to use
 * @CHECK_RESET: access to a chip that is held in reset, or that is not clocked
 * @CHECK_ORDER: right values in an order that the chips do not promise to understand
 * @CHECK_DMA: DMA without leave, to addresses that are no memory, or of a wrong shape
 * @CHECK_SETUP: channels wanted although framer and bridge do not agree on where they are
 * @CHECK_PLD: read of the board logic without the write that wakes the bus
 */
enum check {
	CHECK_UNWRITTEN,
	CHECK_READ,
	CHECK_WRITE,
	CHECK_UNKNOWN,
	CHECK_RESET,
	CHECK_ORDER,
	CHECK_DMA,
	CHECK_SETUP,
	CHECK_PLD,
	CHECKS
};

extern const char *const check_names[CHECKS];

#define CHECK_KEPT 32
#define CHECK_TEXT 96

struct checks {
	uint64_t n[CHECKS];
	uint64_t total; /* of all kinds: text i of the last CHECK_KEPT is text[i % CHECK_KEPT] */
	char text[CHECK_KEPT][CHECK_TEXT];
};

/** check_fail() - the driver has done @kind; @fmt: what exactly, printf */
void check_fail(struct checks *c, enum check kind, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

#endif
