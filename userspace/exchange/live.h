/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The table that is drawn on the terminal while calls run. Shell: writes to a terminal. */
#ifndef EXCHANGE_LIVE_H
#define EXCHANGE_LIVE_H

#include <stdio.h>

#include "exchange/office.h"

struct live {
	FILE *to;
	const char *name; /* of the scenario */
	unsigned int lines; /* drawn the last time: the cursor goes up by so many */
};

/** live_draw() - draw over what was drawn before; @ctx is a struct live */
void live_draw(void *ctx, const struct office *o);

#endif
