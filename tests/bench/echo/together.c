/* SPDX-License-Identifier: GPL-2.0-or-later */
/* All cancellers on one bench. */
#include "canceller.h"

const struct canceller *const cancellers[] = {
	&canceller_ours,  &canceller_oslec,   &canceller_mg2,  &canceller_kb1,
	&canceller_speex, &canceller_spandsp, &canceller_none, NULL,
};
