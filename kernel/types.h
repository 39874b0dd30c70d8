/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * types.h: integer types and memcpy() for the files that build in the kernel and on the desktop.
 *
 * Those are all below kernel/ and one level deeper but the ones named *_io.c: they decide, and touch
 * neither hardware nor clock, lock or allocator.
 */
#ifndef STROWGER_KERNEL_TYPES_H
#define STROWGER_KERNEL_TYPES_H

#ifdef __KERNEL__
#include <linux/errno.h>
#include <linux/string.h>
#include <linux/types.h>
#else
#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#endif

#endif
