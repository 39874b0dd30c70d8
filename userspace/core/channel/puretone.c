/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/channel/puretone.h"

#include <math.h>
#include <string.h>

#define ALL_LAST   55
#define SHARE_LOOK 0.5f /* of one look, whatever is asked of the mean */
#define HZ_LOOK    20.0f /* frequency of one look may be so much farther off */
#define IN_BIN_HZ  47.0f /* a peak whose turn says that it is not in its bin is none */
#define HALF_BIN   0.72f /* what a tone between two bins has in either */
#define EDGE_POWER 0.25f /* half the amplitude */
#define EDGE_LOOKS 10 /* looks back until the edge of a tone that just filled the window */

void puretone_look(const struct spectrum *s, float least, struct puretone *p)
{
	const float *power = spectrum_power(s, 0);
	float off;

	p->share = 0;
	p->all = spectrum_sum(power, SPECTRUM_FIRST, ALL_LAST) / SPECTRUM_TONE;
	p->bin = SPECTRUM_FIRST;
	if (p->all < least)
		return;
	p->bin = spectrum_peak(power, SPECTRUM_FIRST, PURETONE_LAST);
	if (power[p->bin] < SHARE_LOOK * HALF_BIN * p->all)
		return;
	spectrum_turn(s, p->bin, &p->re, &p->im);
	off = spectrum_turn_hz(p->re, p->im);
	if (fabsf(off) > IN_BIN_HZ)
		return;
	p->hz = (float)p->bin * SPECTRUM_HZ + off;
	p->power = power[p->bin] * spectrum_gain(off);
	p->share = p->power / p->all;
}

/* Where the tone in @bin passed half its amplitude. */
static int64_t edge_before(const struct spectrum *s, unsigned bin, int64_t end)
{
	float full = spectrum_power(s, 0)[bin];
	unsigned back = 1;

	while (back < EDGE_LOOKS && spectrum_power(s, back)[bin] >= EDGE_POWER * full)
		back++;
	return end - SPECTRUM_MIDDLE - (int64_t)back * SPECTRUM_HOP +
	       lrintf(spectrum_edge(spectrum_power(s, back)[bin], spectrum_power(s, back - 1)[bin],
				    full));
}

int64_t puretone_watch(struct puretone_watch *w, const struct puretone_watch_rule *rule,
		       const struct spectrum *s, const struct puretone *p, int64_t end)
{
	if (p->share < SHARE_LOOK || fabsf(p->hz - rule->hz) > rule->within + HZ_LOOK) {
		if (w->looks && ++w->missed > rule->patience)
			memset(w, 0, sizeof(*w));
	} else {
		if (w->looks == 0) {
			w->start = end;
			w->turns.bin = p->bin;
		}
		w->missed = 0;
		w->looks++;
		if (w->looks == PURETONE_SETTLED) {
			w->start = edge_before(s, w->turns.bin, end);
			w->power = w->square = w->all = 0;
		}
		spectrum_turns_add(&w->turns, p->bin, p->re, p->im);
		w->power += p->power;
		w->square += p->power * p->power;
		w->all += p->all;
	}
	return w->looks >= PURETONE_SETTLED ? end - SPECTRUM_MIDDLE - w->start : 0;
}

bool puretone_watch_good(const struct puretone_watch *w, const struct puretone_watch_rule *rule)
{
	float n = puretone_watch_looks(w);

	return w->looks >= PURETONE_SETTLED &&
	       fabsf(spectrum_turns_hz(&w->turns) - rule->hz) <= rule->within &&
	       w->power >= rule->share * w->all &&
	       w->square * n <= (1 + rule->flat) * w->power * w->power;
}
