/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "core/line/history.h"

void history_init(struct history *h)
{
	memset(h, 0, sizeof(*h));
}

static void end(struct history *h, unsigned int alarm, int64_t sample)
{
	struct history_record *r = &h->ended[h->total++ % HISTORY_RECORDS];

	r->alarm = (uint8_t)alarm;
	r->raised = h->raised[alarm];
	r->cleared = sample;
}

uint32_t history_update(struct history *h, uint32_t active, int64_t sample)
{
	uint32_t changed = active ^ h->active;

	for (unsigned int i = 0; i < HISTORY_ALARMS; i++) {
		if (!(changed >> i & 1))
			continue;
		if (active >> i & 1)
			h->raised[i] = sample;
		else
			end(h, i, sample);
	}
	h->active = active;
	return changed;
}

int history_list(const struct history *h, struct history_record *out, int max)
{
	uint64_t kept = h->total < HISTORY_RECORDS ? h->total : HISTORY_RECORDS;
	int n = 0;

	for (unsigned int i = 0; i < HISTORY_ALARMS && n < max; i++)
		if (h->active >> i & 1)
			out[n++] = (struct history_record){(uint8_t)i, h->raised[i], -1};
	for (uint64_t i = 1; i <= kept && n < max; i++)
		out[n++] = h->ended[(h->total - i) % HISTORY_RECORDS];
	return n;
}
