/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * tiger320_io.h: one Tiger320 on the PCI bus. What is done with it: tiger320.h
 */
#ifndef STROWGER_KERNEL_TIGER320_IO_H
#define STROWGER_KERNEL_TIGER320_IO_H

#include <linux/pci.h>

#include "bridge/tiger320.h"
#include "framer/bus.h"

/**
 * struct tiger - the chip and the memory it shares with us
 * @bus: the framer's registers, behind the peripheral bus; its lock guards AUXD and PIB
 * @regs: the registers
 * @bar: BAR they are in
 * @memory: tiger_dma_size() octets, transmit then receive
 * @memory_bus: their bus address
 * @aux: what AUXD holds, -1 not known
 */
struct tiger {
	struct framer_bus bus;
	struct pci_dev *pdev;
	const struct board *board;
	void __iomem *regs;
	int bar;
	void *memory;
	dma_addr_t memory_bus;
	int aux;
};

/**
 * tiger_open() - enable the PCI device, map its registers, get memory for the DMA
 *
 * Return: 0; negative errno with nothing taken. tiger_close() when its interrupt is free.
 */
int tiger_open(struct tiger *t, struct pci_dev *pdev, const struct board *board);
void tiger_close(struct tiger *t);

/** tiger_enable() - PCI device, bus mastering: after a sleep or a reset of the slot */
int tiger_enable(struct tiger *t);

/** tiger_play() - a plan for the bridge's own registers; process context if the plan has pauses */
void tiger_play(struct tiger *t, const struct plan *plan);

/** tiger_load() - empty buffers and their addresses into the bridge; the DMA is off */
void tiger_load(struct tiger *t);

/** tiger_causes() - INTSTAT; all ones may mean that the card is gone, tiger_gone() knows */
u8 tiger_causes(struct tiger *t);

/** tiger_acknowledge() - clear causes that were seen, and only those */
void tiger_acknowledge(struct tiger *t, u8 causes);

/** tiger_gone() - true if a register that is never all ones reads so: nobody answers */
bool tiger_gone(struct tiger *t);

/** tiger_answers() - false if nothing of what a plan wrote comes back: zeros or ones everywhere */
bool tiger_answers(struct tiger *t);

/** tiger_offset() - where the bridge writes: octets from the start of the receive buffer */
u32 tiger_offset(struct tiger *t);

/** tiger_tx_half()/tiger_rx_half() - half 0 or 1 of a buffer */
u8 *tiger_tx_half(struct tiger *t, int half);
u8 *tiger_rx_half(struct tiger *t, int half);

/** tiger_pld_write()/tiger_pld_read() - registers of the board's PLD; context any */
void tiger_pld_write(struct tiger *t, u8 reg, u8 value);
u8 tiger_pld_read(struct tiger *t, u8 reg);

/** tiger_dump() - the bridge's readable registers as text; the length */
size_t tiger_dump(struct tiger *t, char *text, size_t size);

#endif
