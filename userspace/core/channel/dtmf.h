/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * DTMF digits, looked for in the shared analysis (core/channel/spectrum.h).
 *
 * Each look asks for the strongest tone of either group, measures both, and names a digit if
 * frequencies, levels, twist and what else is heard allow it. Looks of the same digit in a row
 * are a burst: its edges are found between looks (+/-2 ms at 20 dB SNR), its frequencies, levels
 * and purity are averaged over it, and it is told once it has lasted as long as the country
 * asks. A break shorter than the country's pause does not end it.
 *
 * What a country wants is data: both sides of each limit, the decision is between them.
 * Sources: ITU-T Q.23, Q.24 (table A-1), ETSI ES 201 235-3; configs/tones/ has the values.
 */
#ifndef CORE_CHANNEL_DTMF_H
#define CORE_CHANNEL_DTMF_H

#include <stdbool.h>
#include <stdint.h>

#include "core/channel/spectrum.h"

#define DTMF_FIRST 9 /* bins in which a third tone is looked for: 560 to 2000 Hz */
#define DTMF_BINS  24

/* What a receiver must take and what it must leave, as Q.24 lists it for an administration. */
struct dtmf_limits {
	float accept_percent, accept_hz; /* offset: so much and so many Hz are good, 0..3, 0..6 */
	float reject_percent; /* this is not, above the accepted one, ..8 */
	float accept_dbm0, reject_dbm0; /* level of one frequency, -10..-45 and below it, ..-70 */
	float twist_high_db, twist_low_db; /* high over low frequency; low over high, 0..15 */
	uint16_t accept_ms, reject_ms; /* tone, 30..100 and below it, 10.. */
	uint16_t pause_ms, break_ms; /* pause that parts two digits, ..100; break that does not */
};

/* The same, ready for use. Const once made; detectors point to it. */
struct dtmf_rule {
	float offset_hz[8]; /* of each frequency */
	float power; /* least, of one frequency */
	float twist_high, twist_low; /* largest ratios of powers */
	float tone, gap; /* samples: shortest digit, longest break */
};

/** dtmf_limits_usual - Bellcore's and ITU-T's, for those who ask for nothing else */
extern const struct dtmf_limits dtmf_limits_usual;

/**
 * dtmf_compile() - check limits and make them ready
 * @rule: written on success only
 * Return: 0, -EINVAL when a value is out of its range or two of them leave nothing between.
 */
int dtmf_compile(const struct dtmf_limits *limits, struct dtmf_rule *rule);

enum dtmf_type { DTMF_NONE, DTMF_BEGIN, DTMF_END };

struct dtmf_event {
	enum dtmf_type type;
	char digit; /* 0-9 * # A-D */
	int64_t start; /* first sample of the tone */
	int64_t end; /* DTMF_END: sample after its last one; else 0 */
	float dbm0[2]; /* level of the low and of the high frequency */
	float offset[2]; /* of both, part of the nominal frequency: 0.015 is +1.5 % */
	float snr_db; /* both tones over what else was heard above 560 Hz, at most 40 */
};

#define DTMF_EVENTS 2 /* of one look: a digit ends where another begins */

/* One burst as it is measured. */
struct dtmf_burst {
	struct spectrum_turns turns[2]; /* of the two tones */
	float bins[DTMF_BINS]; /* sums of the powers from DTMF_FIRST on */
	float power[2], square[2]; /* sums of the powers, of their squares */
	float rest, below; /* sums of what else is heard: above 560 Hz, below it */
	uint16_t looks;
	int8_t digit; /* 4 row + column */
};

struct dtmf {
	const struct dtmf_rule *rule;
	struct dtmf_burst burst, next; /* the one under way; the one that may come */
	float full[2]; /* power of the bins of the burst while it is on */
	double start, end; /* of the burst, samples */
	uint8_t state;
	bool told;
	unsigned missed; /* looks within it that said something else */
	bool fresh; /* the tones were not there before it */
	float below_before; /* what was heard below them then */
	int8_t last; /* digit that ended before the burst began, at last_end */
	double last_end;
	uint8_t run; /* looks that agree on next */
	int64_t looked; /* end of the newest look */
};

/** dtmf_init() - nothing heard; @rule must outlive it */
void dtmf_init(struct dtmf *d, const struct dtmf_rule *rule);

/**
 * dtmf_look() - take in the look that was just finished
 * @end: time of the sample after the look's last
 * @ev: receives up to DTMF_EVENTS events, in their order
 * Rate: 250 a second and channel. Context: any; no allocation.
 * Return: events.
 */
int dtmf_look(struct dtmf *d, const struct spectrum *s, int64_t end, struct dtmf_event *ev);

/**
 * dtmf_heard() - where the tone is that is a digit, or may be one that lasts too short or is too
 * noisy to be told
 * @from, @to: its samples as far as they are known by now: to its end once that was seen, before
 * that to DTMF_LAG samples before the end of the newest look; only written if there is one
 *
 * Looks that are asked each time see all of it: a tone is first seen when it began at most
 * DTMF_BACK samples before the end of the newest look.
 * Return: true from the fourth look that sees it until it can no longer be a break.
 */
#define DTMF_LAG  (SPECTRUM_MIDDLE + SPECTRUM_HOP)
#define DTMF_BACK (SPECTRUM_MIDDLE + (SPECTRUM_PAST - 1) * SPECTRUM_HOP)
bool dtmf_heard(const struct dtmf *d, int64_t *from, int64_t *to);

/** dtmf_flush() - a digit that was told and is not over gets its end, at @now. Return: events */
int dtmf_flush(struct dtmf *d, int64_t now, struct dtmf_event *ev);

#endif
