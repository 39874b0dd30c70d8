/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * compat.h: DAHDI, and what differs between the kernels that we build for (5.10 and later).
 *
 * DAHDI 2.11.1 and 3.x have the same structures; the calls that 3.x dropped (dahdi_pci_module(),
 * DAHDI_IRQ_HANDLER()) are not used.
 */
#ifndef STROWGER_KERNEL_COMPAT_H
#define STROWGER_KERNEL_COMPAT_H

#include <linux/pm.h>
#include <linux/version.h>

#include <dahdi/kernel.h>

#if DAHDI_CHUNKSIZE != 8
#error "one DAHDI chunk must be 1 ms"
#endif

#ifndef DEFINE_SIMPLE_DEV_PM_OPS /* before 5.17 */
#define DEFINE_SIMPLE_DEV_PM_OPS(name, suspend, resume)                                            \
	static const struct dev_pm_ops __maybe_unused name = {                                     \
		SET_SYSTEM_SLEEP_PM_OPS(suspend, resume)}
#define pm_sleep_ptr(ops) pm_ptr(ops)
#endif

#endif
