/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/channel/digitmute.h"

#include <string.h>

#define AFTER 128 /* samples: a look's window, in which the end of the tone may still lie */

void digitmute_init(struct digitmute *m)
{
	memset(m, 0, sizeof(*m));
}

void digitmute_feed(struct digitmute *m, int sounds, const int16_t *in, int16_t *out, size_t n)
{
	if (sounds) {
		/* All that waits came less than the delay ago: the attack is in it. */
		memset(m->past, 0, sizeof(m->past));
		m->after = AFTER;
	}
	for (size_t i = 0; i < n; i++) {
		int16_t now = m->after ? 0 : in[i];

		m->after -= m->after > 0;
		out[i] = m->past[m->at];
		m->past[m->at] = now;
		m->at = (m->at + 1) % DIGITMUTE_DELAY;
	}
}
