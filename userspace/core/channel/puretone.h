/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A tone that is alone: the strongest of each look, and a watch for one frequency that says how
 * long it has stood. Fax tones, test tones and continuity tones are found with watches.
 */
#ifndef CORE_CHANNEL_PURETONE_H
#define CORE_CHANNEL_PURETONE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/channel/spectrum.h"

#define PURETONE_LAST 44 /* the highest bin that is looked at: 2780 Hz */

#define PURETONE_SETTLED 6 /* from this look on the window is full of a tone that began */

/* The strongest tone of a look. */
struct puretone {
	unsigned bin;
	float hz;
	float power; /* of the tone */
	float share; /* its part of all that is heard from 220 to 3470 Hz, 0 .. about 1 */
	float all; /* that, as a tone's power */
	float re, im; /* how far it turned */
};

/**
 * puretone_look() - the strongest tone of the newest look
 * share is 0, and hz not known, where all is below @least (a power) or less than half is in one
 * tone.
 */
void puretone_look(const struct spectrum *s, float least, struct puretone *p);

/* What is watched for. Const. */
struct puretone_watch_rule {
	float hz, within; /* mean frequency */
	float share; /* mean part of what is heard, at least */
	float flat; /* variance of the power to the square of its mean, at most */
	uint8_t patience; /* looks in a row that may miss it */
};

/* One watch. All zero: nothing seen. */
struct puretone_watch {
	struct spectrum_turns turns;
	float power, square, all; /* sums */
	int64_t start; /* where it began, +/-2 ms */
	uint32_t looks; /* that saw it */
	uint32_t missed; /* in a row, since the last that did */
};

/**
 * puretone_watch() - take in a look
 * @end: time of the sample after the look's last
 * Return: samples since the tone began, 0 while it is not there.
 */
int64_t puretone_watch(struct puretone_watch *w, const struct puretone_watch_rule *rule,
		       const struct spectrum *s, const struct puretone *p, int64_t end);

/** puretone_watch_looks() - how many looks the sums are of */
static inline float puretone_watch_looks(const struct puretone_watch *w)
{
	return (float)(w->looks - PURETONE_SETTLED + 1);
}

/** puretone_watch_good() - is what was seen since then the tone of the rule? */
bool puretone_watch_good(const struct puretone_watch *w, const struct puretone_watch_rule *rule);

#endif
