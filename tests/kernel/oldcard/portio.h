/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Forced include for drivers of others that know their card by I/O ports only: a User-Mode-Linux
 * guest has none, so the ports are mapped to the memory BAR, which holds the same registers.
 * The drivers' own sources stay as they are.
 */
#ifndef OLDCARD_PORTIO_H
#define OLDCARD_PORTIO_H

#include <linux/io.h>
#include <linux/pci.h>

#define OLDCARD_BAR 1 /* the memory BAR of a Tiger320 */

/* "Ports" are addresses of the mapping. A driver that writes to port 0 by mistake writes nowhere. */
static inline unsigned long oldcard_map(struct pci_dev *pdev)
{
	return (unsigned long)pci_iomap(pdev, OLDCARD_BAR, 0);
}

static inline int oldcard_nowhere(unsigned long port)
{
	return port < PAGE_SIZE;
}

#undef pci_resource_start
#define pci_resource_start(pdev, bar) oldcard_map(pdev)

#undef inb
#undef outb
#undef outl
/* clang-format off */
#define inb(port) ({ unsigned long port_ = (port); \
	oldcard_nowhere(port_) ? 0xff : ioread8((void __iomem *)port_); })
#define outb(v, port) ({ unsigned long port_ = (port); \
	if (!oldcard_nowhere(port_)) iowrite8(v, (void __iomem *)port_); })
#define outl(v, port) ({ unsigned long port_ = (port); \
	if (!oldcard_nowhere(port_)) iowrite32(v, (void __iomem *)port_); })
/* clang-format on */

#endif
