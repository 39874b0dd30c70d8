/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/channel/digitmute.h"

#include <string.h>

void digitmute_init(struct digitmute *m, uint8_t silence)
{
	memset(m->past, silence, sizeof(m->past));
	m->at = 0;
	m->silence = silence;
}

void digitmute_feed(struct digitmute *m, const uint8_t *in, uint8_t *out, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		uint8_t now = in[i];

		out[i] = m->past[m->at];
		m->past[m->at] = now;
		m->at = (m->at + 1) % DIGITMUTE_DELAY;
	}
}

void digitmute_cut(struct digitmute *m, int64_t from, int64_t to)
{
	if (from > DIGITMUTE_DELAY)
		from = DIGITMUTE_DELAY;
	if (to < 0)
		to = 0;
	for (int64_t ago = from; ago > to; ago--)
		m->past[(m->at + DIGITMUTE_DELAY - (uint32_t)ago) % DIGITMUTE_DELAY] = m->silence;
}
