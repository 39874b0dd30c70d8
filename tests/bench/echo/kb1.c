/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * DAHDI's KB1, the file of Debian's dahdi-source as it is.
 */
#include "dahdi_echocan_kb1.c"

#include "dahdi_rival.h"

const struct canceller canceller_kb1 = {
	.name = "KB1",
	.create = create,
	.process = process,
	.freeze = freeze,
	.nlp = nlp,
	.overrun = overrun,
	.free = end,
};
