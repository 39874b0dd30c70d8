/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "pci.h"

#include <string.h>

#define STATUS_CAP_LIST 0x10 /* a Tiger320, not a Tiger300 */
#define PM_CAP          0x40

static void put16(struct pci *p, unsigned int at, uint16_t v)
{
	p->space[at] = (uint8_t)v;
	p->space[at + 1] = (uint8_t)(v >> 8);
}

void pci_init(struct pci *p, uint16_t subvendor, uint16_t subdevice)
{
	memset(p, 0, sizeof(*p));
	put16(p, 0x00, PCI_VENDOR);
	put16(p, 0x02, PCI_DEVICE);
	p->space[0x06] = STATUS_CAP_LIST;
	p->space[0x0b] = 0x07; /* class 0780: communication controller, other */
	p->space[0x0a] = 0x80;
	put16(p, 0x2c, subvendor);
	put16(p, 0x2e, subdevice);
	p->space[0x34] = PM_CAP;
	p->space[0x3d] = 1; /* INTA */
	p->space[PM_CAP] = 0x01;
	put16(p, PM_CAP + 2, 0x0002); /* version 1.1, D0 and D3 only */
}

/* Which bits of an octet can be written. */
static uint8_t writable(unsigned int at)
{
	switch (at) {
	case PCI_COMMAND: return 0x46; /* parity response, master, memory */
	case PCI_COMMAND + 1: return 0x05; /* INTx disable, SERR */
	case 0x0c: /* cache line size */
	case 0x0d: /* latency timer */
	case 0x3c: /* interrupt line */ return 0xff;
	/* BAR 1: 4 KiB, so bits 31..12 */
	case 0x15: return 0xf0;
	case 0x16:
	case 0x17: return 0xff;
	case PM_CAP + 4: return 0x03; /* power state */
	default: return 0;
	}
}

void pci_read(const struct pci *p, uint64_t addr, uint8_t *data, size_t n)
{
	for (size_t i = 0; i < n; i++)
		data[i] = addr + i < PCI_SPACE ? p->space[addr + i] : 0;
}

void pci_write(struct pci *p, uint64_t addr, const uint8_t *data, size_t n)
{
	for (size_t i = 0; i < n && addr + i < PCI_SPACE; i++) {
		uint8_t mask = writable((unsigned int)(addr + i));

		p->space[addr + i] = (uint8_t)((p->space[addr + i] & ~mask) | (data[i] & mask));
	}
}

bool pci_awake(const struct pci *p)
{
	return (p->space[PM_CAP + 4] & 0x03) == 0;
}

bool pci_memory_on(const struct pci *p)
{
	return pci_awake(p) && p->space[PCI_COMMAND] & PCI_CMD_MEM;
}

bool pci_master_on(const struct pci *p)
{
	return pci_awake(p) && p->space[PCI_COMMAND] & PCI_CMD_MASTER;
}

bool pci_intx_on(const struct pci *p)
{
	return pci_awake(p) && !(p->space[PCI_COMMAND + 1] & (PCI_CMD_NOINTX >> 8));
}
