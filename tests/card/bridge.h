/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The Tiger320 bridge at register level: resets, peripheral bus (PIB), interrupt status and mask, and
 * the DMA engine with its two circular buffers of two halves of a millisecond each.
 *
 * A millisecond of line time is bridge_fetch() (the half just played out, as timeslots), then
 * bridge_store() (the half just filled, and the interrupt bits). TX and RX bits of a half come
 * together.
 *
 * Pure; the peripheral bus and the host's memory are the owner's callbacks.
 * Source: the facts that public drivers use; what they do not show is not modelled and counted as a
 * fault of the driver (CHECK_UNKNOWN).
 */
#ifndef CARD_BRIDGE_H
#define CARD_BRIDGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "check.h"

#define BRIDGE_REGS   0x100
#define BRIDGE_FRAMES 8 /* of a half */
#define BRIDGE_SLOTS  32 /* octets of a frame */
#define BRIDGE_HALF   (BRIDGE_FRAMES * BRIDGE_SLOTS) /* [octets] */

/* Registers, offsets in octets. */
#define BRIDGE_CNTL     0x00
#define BRIDGE_OPER     0x01
#define BRIDGE_AUXC     0x02
#define BRIDGE_AUXD     0x03
#define BRIDGE_MASK0    0x04
#define BRIDGE_MASK1    0x05
#define BRIDGE_INTSTAT  0x06
#define BRIDGE_AUXR     0x07
#define BRIDGE_TXS      0x08
#define BRIDGE_TXI      0x0c
#define BRIDGE_TXE      0x10
#define BRIDGE_TXCUR    0x14
#define BRIDGE_RXS      0x18
#define BRIDGE_RXI      0x1c
#define BRIDGE_RXE      0x20
#define BRIDGE_RXCUR    0x24
#define BRIDGE_SERCTL   0x2d
#define BRIDGE_FSCDELAY 0x2f
#define BRIDGE_PIB      0xc0 /* 16 locations, stride 4 */

#define BRIDGE_CNTL_RELEASE 0x01 /* peripherals are not held in reset */
#define BRIDGE_CNTL_DMA     0x02 /* DMA held in reset */
#define BRIDGE_CNTL_SERIAL  0x04 /* serial port held in reset */
#define BRIDGE_CNTL_ONESHOT 0x80 /* DMA does not wrap by itself */
#define BRIDGE_OPER_ENABLE  0x01
#define BRIDGE_OPER_RESTART 0x02
#define BRIDGE_INT_FIRST    0x05 /* first half: TX and RX */
#define BRIDGE_INT_SECOND   0x0a
#define BRIDGE_INT_MASTER   0x10 /* master abort: nobody answered the DMA */

/**
 * struct bridge_bus - what is behind the bridge
 * @pib_read, @pib_write: one cycle of the peripheral bus; @aux: levels of the AUX outputs, @n: low
 *	address nibble 0..15
 * @reset: the external reset line becomes active
 * @memory: @n octets of host memory, NULL if there is none
 */
struct bridge_bus {
	uint8_t (*pib_read)(void *ctx, uint8_t aux, uint8_t n);
	void (*pib_write)(void *ctx, uint8_t aux, uint8_t n, uint8_t v);
	void (*reset)(void *ctx);
	void *(*memory)(void *ctx, uint32_t addr, size_t n);
	void *ctx;
};

struct bridge {
	struct bridge_bus bus;
	struct checks *checks;
	uint8_t reg[BRIDGE_REGS];
	bool written[BRIDGE_REGS];
	uint8_t intstat;
	bool second; /* DMA is in the second half */
	bool stopped; /* wrong addresses were reported, until OPER is written again */
	uint8_t carry[4]; /* first octets of the TX frame that began in the half before */
	uint64_t aborts, halves,
		overruns; /* overruns: a half ended before its last bit was cleared */
};

/** bridge_init() - as after power-on: all in reset; @checks must outlive it */
void bridge_init(struct bridge *b, const struct bridge_bus *bus, struct checks *checks);

/* An access of @n octets to the memory BAR. */
void bridge_read(struct bridge *b, uint64_t addr, uint8_t *data, size_t n);
void bridge_write(struct bridge *b, uint64_t addr, const uint8_t *data, size_t n);

/** bridge_asserts() - is the interrupt line active? */
bool bridge_asserts(const struct bridge *b);

/** bridge_released() - does the external reset line let the chips behind the bridge run? */
bool bridge_released(const struct bridge *b);

/**
 * bridge_moving() - does the DMA engine run?
 * @master: the card may do DMA (PCI command register)
 *
 * Faults (no leave, wrong shape) are reported once for each write to OPER.
 */
bool bridge_moving(struct bridge *b, bool master);

/**
 * bridge_fetch() - what the half just played out carried
 * @tx: eight frames; the first began in the last four octets of the half before
 * Return: 0; -EFAULT: addresses are no memory: master abort, @tx is all ones.
 */
int bridge_fetch(struct bridge *b, uint8_t tx[BRIDGE_FRAMES][BRIDGE_SLOTS]);

/** bridge_store() - put the frames received into the half just filled, raise its bits, go on */
void bridge_store(struct bridge *b, const uint8_t rx[BRIDGE_FRAMES][BRIDGE_SLOTS]);

#endif
