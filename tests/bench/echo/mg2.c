/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * DAHDI's MG2, the file of Debian's dahdi-source as it is.
 */
#include "dahdi_echocan_mg2.c"

#include "dahdi_rival.h"

const struct canceller canceller_mg2 = {
	.name = "MG2",
	.create = create,
	.process = process,
	.freeze = freeze,
	.nlp = nlp,
	.overrun = overrun,
	.free = end,
};
