/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Configuration space of the Tiger320 bridge: a plain type 0 header, a power management capability,
 * one memory BAR. The I/O BAR of the real chip is left out: the guest has no I/O ports.
 *
 * Pure. Source: PCI 2.2 chapter 6, PCI power management 1.1 3.2.
 */
#ifndef CARD_PCI_H
#define CARD_PCI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PCI_VENDOR     0xe159
#define PCI_DEVICE     0x0001
#define PCI_BAR        1 /* number of the memory BAR */
#define PCI_BAR_SIZE   4096
#define PCI_SPACE      256
#define PCI_COMMAND    0x04
#define PCI_CMD_MEM    0x02 /* answers accesses to its memory BAR */
#define PCI_CMD_MASTER 0x04 /* may do DMA */
#define PCI_CMD_NOINTX 0x400

struct pci {
	uint8_t space[PCI_SPACE];
};

/** pci_init() - as after power-on; @subvendor, @subdevice: what tells the boards apart */
void pci_init(struct pci *p, uint16_t subvendor, uint16_t subdevice);

/* Any @addr and @n; beyond PCI_SPACE reads give 0 and writes do nothing, as a PCI device's do. */
void pci_read(const struct pci *p, uint64_t addr, uint8_t *data, size_t n);
void pci_write(struct pci *p, uint64_t addr, const uint8_t *data, size_t n);

/* Power state D0. Whoever sees it come back from D3 has to reset the card: PCI power management 1.1 5.4.1. */
bool pci_awake(const struct pci *p);
bool pci_memory_on(const struct pci *p);
bool pci_master_on(const struct pci *p);
bool pci_intx_on(const struct pci *p);

#endif
