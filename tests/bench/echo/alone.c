/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The bench without anybody else's canceller: what `make check` needs. */
#include "canceller.h"

const struct canceller *const cancellers[] = {&canceller_ours, &canceller_none, NULL};
