/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The boards that our driver knows: the files in boards/ at build time.
 */
#ifndef CLI_BOARDS_H
#define CLI_BOARDS_H

#include <stddef.h>
#include <stdint.h>

#include "board.h"

/* As PCI configuration space has them. */
struct pci_ids {
	uint16_t vendor, device, subvendor;
};

/** boards_all() - the table, in the order of the files' names; lives for ever */
const struct board *boards_all(size_t *n);
/** boards_find() - Return: the board that these ids belong to, or NULL */
const struct board *boards_find(const struct pci_ids *ids);
/** boards_is_bridge() - some board of ours has this vendor and device, whatever the subsystem */
int boards_is_bridge(const struct pci_ids *ids);

#endif
