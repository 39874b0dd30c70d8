/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Between caller.c (the call) and caller_steps.c (the script); nobody else's. */
#ifndef EXCHANGE_CALLER_STEPS_H
#define EXCHANGE_CALLER_STEPS_H

#include "exchange/caller.h"

/** caller_run_steps() - go on with the script as far as it goes in this tick */
void caller_run_steps(struct caller *c, struct caller_out *out);

/** caller_ask() - append a request. Return: it, zeroed but for ask; never NULL */
struct caller_request *caller_ask(struct caller_out *out, enum caller_ask ask);
void caller_hang_up(struct caller *c, struct caller_out *out, int cause);

#endif
