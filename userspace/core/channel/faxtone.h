/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Tones of fax machines and modems: CNG, the answering tone with all that V.25 and V.8 put on it,
 * and the flags before a fax machine's first frame. Looked for in the shared analysis.
 *
 *	CNG       1100 Hz +/-38, told 200 ms after its begin (T.30 4.3.3.2)
 *	ANS       2100 Hz +/-15, also CED, told after 240 ms (V.25, T.30 4.3.3.3)
 *	ANSam     the same with 15 Hz AM of 20 % (V.8 7.1)
 *	reversal  its phase turned by 180 degrees, 155 to 205 are told, 110 are not (V.25, G.168)
 *	V.21      flags of channel 2 at 300 bit/s, told after 160 to 240 ms (T.30 5.3.1)
 *
 * A look ends 8 ms after the middle of its window and comes every 4 ms: add 8 to 12 ms.
 */
#ifndef CORE_CHANNEL_FAXTONE_H
#define CORE_CHANNEL_FAXTONE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/channel/puretone.h"

#define FAXTONE_BACK 8 /* looks between the two phases that are compared */

enum faxtone_type {
	FAXTONE_NONE,
	FAXTONE_CNG,
	FAXTONE_ANS,
	FAXTONE_ANSAM,
	FAXTONE_REVERSAL, /* of an ANS or ANSam that was told */
	FAXTONE_V21,
};

struct faxtone_event {
	enum faxtone_type type;
	int64_t at; /* begin of the tone; of a reversal: itself, both +/-4 ms; V.21: +/-80 ms */
	float hz; /* 0 for V.21 */
	float dbm0;
};

#define FAXTONE_EVENTS 4 /* of one look */

struct faxtone_v21 {
	float re, im; /* of the 37.5 Hz that flags make of space and mark */
	float sum, square; /* of the difference of space and mark */
	float band, all; /* sums of powers */
	uint8_t looks, good; /* of this block; blocks in a row */
	bool told;
};

struct faxtone {
	struct puretone_watch cng, ans;
	float past_re[FAXTONE_BACK], past_im[FAXTONE_BACK]; /* of 2125 Hz, by looks */
	float am_re, am_im, am_sum; /* envelope: at 15 Hz, mean */
	struct faxtone_v21 v21;
	int64_t reversed; /* the last reversal */
	uint8_t am_looks;
	uint8_t turned; /* looks that see one */
	bool cng_told, ans_told;
};

/** faxtone_init() - nothing heard of what is chosen; the rest goes on as it was */
void faxtone_init(struct faxtone *f, bool calling, bool answering);

/**
 * faxtone_look_calling() - CNG: take in the look that was just finished
 * @p: its strongest tone
 * @end: time of the sample after the look's last
 * @ev: receives up to 1 event
 * Each tone is told once as long as it lasts. Context: any; no allocation. Return: events.
 */
int faxtone_look_calling(struct faxtone *f, const struct spectrum *s, const struct puretone *p,
			 int64_t end, struct faxtone_event *ev);

/** faxtone_look_answering() - the same for the other tones; up to 3 events */
int faxtone_look_answering(struct faxtone *f, const struct spectrum *s, const struct puretone *p,
			   int64_t end, struct faxtone_event *ev);

#endif
