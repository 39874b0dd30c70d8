/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How speech is told from digits, besides the limits of the country:
 *
 *	- the frequencies stand still: the turns from look to look add up without loss
 *	- the amplitudes are flat, each for itself
 *	- neither tone was there before: voices glide into their harmonics, digits are switched on
 *	- little else is heard between the tones (560 to 2000 Hz), and above; and no third tone
 *	  comes near the weaker of the two
 *	- nothing is heard below 530 Hz but a dial tone: something that was there before, as loud,
 *	  not louder than the digit, and with it less is allowed between the tones
 *	- hardly a look between the first and the last does not say the same digit
 *
 * All of it is asked over the whole burst, at the moment it is told. The limits are set by
 * noise: 1000 digits of 50 ms at 8 dB SNR (power of both tones to noise of 0..4 kHz) came to
 *
 *	           median  worst  limit   half of what recorded speech made before them was above
 *	still      0.998   0.991  0.988   0.990 (below)
 *	flat       0.012   0.054  0.14    0.085
 *	before     0.011   0.081  0.15    0.65
 *	between    0.048   0.082  0.1     0.107
 *	all above  0.105   0.154  0.2     0.13
 *	third      0.015   0.028  0.1     0.11
 *	below      0.012   0.029  0.15    1.3
 */
#include "core/channel/dtmf.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#define LOW_FIRST  10 /* bins where the strongest tone of a group is looked for */
#define LOW_LAST   16
#define HIGH_FIRST 18
#define HIGH_LAST  28
#define ALL_FIRST  9 /* what is heard: above the dial tone */
#define ALL_LAST   55
#define BELOW_LAST 8 /* and below it */
#define RUN        4 /* looks that agree before a burst begins; the first two may be half empty */
#define SETTLED    3 /* from this one on they are measured */
#define SAMPLES_MS 8
#define SNR_MAX_DB 40
#define TWIST_ROOM 1.12f /* half a dB for the measurement */

/* Of one look. */
#define LOOK_REST    0.5f /* what else is heard, to the tones */
#define LOOK_HZ      1.6f /* offsets may be so much larger than over the burst */
#define NEAR_HZ      47.0f /* a peak whose turn says that it is not in its bin is none */
/* Of a burst; powers to those of its tones. */
#define LOOKS_MIN    4
#define STILL_MIN    0.988f /* length of the sum of turns to the sum of lengths */
#define FLAT_MAX     0.14f /* variance of a tone's power to its mean, squared */
#define BEFORE_LOOKS 3 /* looks before the edge */
#define BEFORE_MAX   0.15f /* power of a tone before it began */
#define BETWEEN_MAX  0.1f
#define ABOVE_MAX    0.2f
#define THIRD_MAX    0.1f /* another tone, to the weaker one; in its bin's middle or not */
#define BELOW_MAX    0.15f
#define DIAL_MAX     1.3f /* a dial tone: below, */
#define DIAL_ROOM    2.2f /* as loud as before but for this: pairs beat, */
#define DIAL_CLEAN   0.05f /* and third tone and between so much at most */
#define EDGE_LOOKS   6 /* looks from the edge of a tone to the last of RUN, at most */
#define MISSED_PART  4 /* one in so many may say something else */
#define BESIDE       2 /* bins beside a tone's own that it fills too */

#define PRESENT 0.25f /* of its power: half the amplitude */
#define FILLED  0.42f

enum { IDLE, ON, GAP };

static const float nominal[8] = {697, 770, 852, 941, 1209, 1336, 1477, 1633};
static const char keys[] = "123A456B789C*0#D";

const struct dtmf_limits dtmf_limits_usual = {
	.accept_percent = 1.5f,
	.accept_hz = 2,
	.reject_percent = 3.5f,
	.accept_dbm0 = -25,
	.reject_dbm0 = -55,
	.twist_high_db = 4,
	.twist_low_db = 8,
	.accept_ms = 40,
	.reject_ms = 23,
	.pause_ms = 40,
	.break_ms = 10,
};

static bool in_range(float v, float min, float max)
{
	return v >= min && v <= max; /* false for NaN */
}

static bool limits_good(const struct dtmf_limits *l)
{
	return in_range(l->accept_percent, 0, 3) && in_range(l->accept_hz, 0, 6) &&
	       in_range(l->reject_percent, l->accept_percent + 0.5f, 8) &&
	       in_range(l->accept_dbm0, -45, -10) &&
	       in_range(l->reject_dbm0, -70, l->accept_dbm0 - 2) &&
	       in_range(l->twist_high_db, 0, 15) && in_range(l->twist_low_db, 0, 15) &&
	       l->accept_ms >= 30 && l->accept_ms <= 100 && l->reject_ms >= 10 &&
	       l->reject_ms + 8 <= l->accept_ms && l->pause_ms <= 100 && l->break_ms >= 1 &&
	       l->break_ms + 8 <= l->pause_ms;
}

int dtmf_compile(const struct dtmf_limits *limits, struct dtmf_rule *rule)
{
	struct dtmf_rule r;

	if (!limits_good(limits))
		return -EINVAL;
	for (int i = 0; i < 8; i++) {
		float good = nominal[i] * limits->accept_percent / 100 + limits->accept_hz;
		float bad = nominal[i] * limits->reject_percent / 100;

		if (bad < good + 2)
			return -EINVAL;
		r.offset_hz[i] = good + (bad - good) * 0.2f;
	}
	/* A receiver may hear more than it must, but -40 dBm0 is enough: quieter is crosstalk. */
	r.power = spectrum_from_dbm0(
		fmaxf((limits->accept_dbm0 + limits->reject_dbm0) / 2, limits->accept_dbm0 - 12));
	r.twist_high = spectrum_from_dbm0(limits->twist_high_db) * TWIST_ROOM * TWIST_ROOM;
	r.twist_low = spectrum_from_dbm0(limits->twist_low_db) * TWIST_ROOM * TWIST_ROOM;
	/* Towards what must be taken: every millisecond more is less speech taken for a digit. */
	r.tone = (float)(4 * limits->accept_ms + limits->reject_ms) / 5 * SAMPLES_MS;
	r.gap = (float)(limits->pause_ms + limits->break_ms) / 2 * SAMPLES_MS;
	*rule = r;
	return 0;
}

void dtmf_init(struct dtmf *d, const struct dtmf_rule *rule)
{
	memset(d, 0, sizeof(*d));
	d->rule = rule;
	d->last = -1;
}

/* ---- one look ---- */

/* What a look says about one group. */
struct group {
	unsigned bin;
	float power, re, im; /* of the tone; its turn */
};

/* Which frequency of the four from @first on? Return: 0..3, -1 none of them. */
static int classify(const struct dtmf_rule *r, unsigned first, float hz)
{
	for (unsigned i = 0; i < 4; i++) {
		if (fabsf(hz - nominal[first + i]) <= LOOK_HZ * r->offset_hz[first + i])
			return (int)i;
	}
	return -1;
}

/* Measure the tone in g->bin. Return: which of its group, or -1. */
static int measure(const struct dtmf_rule *r, const struct spectrum *s, const float *power,
		   unsigned first, struct group *g)
{
	float hz;

	spectrum_turn(s, g->bin, &g->re, &g->im);
	hz = spectrum_turn_hz(g->re, g->im);
	if (fabsf(hz) > NEAR_HZ)
		return -1;
	g->power = power[g->bin] * spectrum_gain(hz);
	return classify(r, first, (float)g->bin * SPECTRUM_HZ + hz);
}

/* The digit of this look, -1 none; its tones and what else is heard. */
static int digit_of(const struct dtmf_rule *r, const struct spectrum *s, struct group g[2],
		    float *rest)
{
	const float *power = spectrum_power(s, 0);
	float both, all;
	int row, column;

	g[0].bin = spectrum_peak(power, LOW_FIRST, LOW_LAST);
	g[1].bin = spectrum_peak(power, HIGH_FIRST, HIGH_LAST);
	if (power[g[0].bin] < r->power / 2 || power[g[1].bin] < r->power / 2)
		return -1;
	all = spectrum_sum(power, ALL_FIRST, ALL_LAST);
	/* A tone on the edge of its bin shows 0.72 of its power there. */
	if ((power[g[0].bin] + power[g[1].bin]) * (SPECTRUM_TONE / 0.72f * (1 + LOOK_REST)) < all)
		return -1;
	row = measure(r, s, power, 0, &g[0]);
	column = row < 0 ? -1 : measure(r, s, power, 4, &g[1]);
	if (column < 0)
		return -1;
	both = g[0].power + g[1].power;
	*rest = all / SPECTRUM_TONE - both;
	if (*rest > LOOK_REST * both)
		return -1;
	return 4 * row + column;
}

static void add_look(struct dtmf_burst *b, const struct spectrum *s, const struct group g[2],
		     float rest)
{
	const float *power = spectrum_power(s, 0) + DTMF_FIRST;

	for (int i = 0; i < 2; i++) {
		spectrum_turns_add(&b->turns[i], g[i].bin, g[i].re, g[i].im);
		b->power[i] += g[i].power;
		b->square[i] += g[i].power * g[i].power;
	}
	b->below += spectrum_sum(spectrum_power(s, 0), SPECTRUM_FIRST, BELOW_LAST);
	for (unsigned k = 0; k < DTMF_BINS; k++)
		b->bins[k] += power[k];
	b->rest += rest > 0 ? rest : 0;
	b->looks++;
}

static void begin_burst(struct dtmf_burst *b, int digit, const struct group g[2])
{
	memset(b, 0, sizeof(*b));
	b->digit = (int8_t)digit;
	b->turns[0].bin = g[0].bin;
	b->turns[1].bin = g[1].bin;
}

/* ---- a burst ---- */

/* Offset from the nominal frequency [Hz]. */
static float offset_of(const struct dtmf_burst *b, int group)
{
	int which = group ? 4 + (b->digit & 3) : b->digit >> 2;

	return spectrum_turns_hz(&b->turns[group]) - nominal[which];
}

/* The strongest bin that belongs to neither tone, sum over the burst. */
static float third_of(const struct dtmf_burst *b)
{
	float third = 0;

	for (unsigned k = 0; k < DTMF_BINS; k++) {
		unsigned low = k + DTMF_FIRST - b->turns[0].bin + BESIDE;
		unsigned high = k + DTMF_FIRST - b->turns[1].bin + BESIDE;

		if (low > 2 * BESIDE && high > 2 * BESIDE && b->bins[k] > third)
			third = b->bins[k];
	}
	return third;
}

/* Is what is heard below the digit a dial tone? */
static bool dial_tone(const struct dtmf *d, float both)
{
	float below = d->burst.below, before = d->below_before * d->burst.looks;

	return below <= DIAL_MAX * SPECTRUM_TONE * both && below <= DIAL_ROOM * before &&
	       before <= DIAL_ROOM * below;
}

static bool tone_good(const struct dtmf_rule *r, const struct dtmf_burst *b, int group)
{
	int which = group ? 4 + (b->digit & 3) : b->digit >> 2;
	float n = b->looks, power = b->power[group];

	return fabsf(offset_of(b, group)) <= r->offset_hz[which] && power >= r->power * n &&
	       spectrum_turns_still(&b->turns[group]) >= STILL_MIN &&
	       b->square[group] * n <= (1 + FLAT_MAX) * power * power;
}

/* Do the tones of the burst stand out of what else is heard? */
static bool stands_out(const struct dtmf *d)
{
	const struct dtmf_burst *b = &d->burst;
	float both = b->power[0] + b->power[1], between = 0;
	float third = third_of(b) / fminf(b->power[0], b->power[1]);

	for (unsigned k = 0; k < DTMF_BINS; k++)
		between += b->bins[k];
	between = between / (SPECTRUM_TONE * both) - 1;
	if (b->rest > ABOVE_MAX * both || between > BETWEEN_MAX || third > THIRD_MAX)
		return false;
	return b->below <= BELOW_MAX * SPECTRUM_TONE * both ||
	       (dial_tone(d, both) && between <= DIAL_CLEAN && third <= DIAL_CLEAN);
}

static bool burst_good(const struct dtmf *d)
{
	const struct dtmf_burst *b = &d->burst;

	return d->fresh && b->looks >= LOOKS_MIN && d->missed * MISSED_PART <= b->looks &&
	       tone_good(d->rule, b, 0) && tone_good(d->rule, b, 1) &&
	       b->power[1] <= d->rule->twist_high * b->power[0] &&
	       b->power[0] <= d->rule->twist_low * b->power[1] && stands_out(d);
}

static int tell(struct dtmf *d, enum dtmf_type type, struct dtmf_event *ev)
{
	const struct dtmf_burst *b = &d->burst;
	float both = b->power[0] + b->power[1];

	*ev = (struct dtmf_event){
		.type = type,
		.digit = keys[b->digit],
		.start = llrint(d->start),
		.end = type == DTMF_END ? llrint(d->end) : 0,
		.snr_db = fminf(SNR_MAX_DB, spectrum_dbm0(both) - spectrum_dbm0(b->rest)),
	};
	for (int i = 0; i < 2; i++) {
		int which = i ? 4 + (b->digit & 3) : b->digit >> 2;

		ev->dbm0[i] = spectrum_dbm0(b->power[i] / b->looks);
		ev->offset[i] = offset_of(b, i) / nominal[which];
	}
	return 1;
}

/* Power of both tones of the burst, each as far as it once was there. */
static float level_of(const struct dtmf *d, const float *power)
{
	return fminf(power[d->burst.turns[0].bin], d->full[0]) +
	       fminf(power[d->burst.turns[1].bin], d->full[1]);
}

static bool present(const struct dtmf *d, const float *power)
{
	return power[d->burst.turns[0].bin] >= PRESENT * d->full[0] &&
	       power[d->burst.turns[1].bin] >= PRESENT * d->full[1];
}

/* Is the window full of the burst? */
static bool filled(const struct dtmf *d, const float *power)
{
	return level_of(d, power) >= FILLED * (d->full[0] + d->full[1]);
}

/* The edge between the look @back looks ago and the one after it; @end: of the newest look. */
static double edge_at(const struct dtmf *d, const struct spectrum *s, int64_t end, unsigned back)
{
	float before = level_of(d, spectrum_power(s, back));
	float after = level_of(d, spectrum_power(s, back - 1));

	return (double)(end - SPECTRUM_MIDDLE - (int64_t)back * SPECTRUM_HOP) +
	       spectrum_edge(before, after, d->full[0] + d->full[1]);
}

/* The same digit, weaker and without a pause, is the echo of the one before. */
static bool remains(const struct dtmf *d)
{
	return d->last == d->burst.digit && d->start < d->last_end + d->rule->gap;
}

/* The candidate has agreed often enough: it is a burst, where did it begin? */
static void start_burst(struct dtmf *d, const struct spectrum *s, int64_t end)
{
	unsigned back = 1;

	d->burst = d->next;
	for (int i = 0; i < 2; i++)
		d->full[i] = spectrum_power(s, 0)[d->burst.turns[i].bin];
	while (back < SPECTRUM_PAST - 1 - BEFORE_LOOKS &&
	       level_of(d, spectrum_power(s, back)) >= PRESENT * (d->full[0] + d->full[1]))
		back++;
	d->start = edge_at(d, s, end, back);
	d->missed = back > EDGE_LOOKS ? back - EDGE_LOOKS : 0;
	d->fresh = !remains(d);
	for (int i = 0; i < 2; i++)
		d->fresh &= spectrum_power(s, back + 2)[d->burst.turns[i].bin] <=
			    BEFORE_MAX * d->full[i];
	d->below_before = 0;
	for (unsigned i = 1; i <= BEFORE_LOOKS; i++)
		d->below_before +=
			spectrum_sum(spectrum_power(s, back + i), SPECTRUM_FIRST, BELOW_LAST) /
			BEFORE_LOOKS;
	d->state = ON;
	d->told = false;
}

/* ---- the state ---- */

/* Does this look, with those before, make a new burst? */
static bool candidate(struct dtmf *d, const struct spectrum *s, int digit, const struct group g[2],
		      float rest)
{
	if (digit < 0 || (d->state != IDLE && d->burst.digit == digit)) {
		d->run = 0;
		return false;
	}
	if (d->run == 0 || d->next.digit != digit) {
		begin_burst(&d->next, digit, g);
		d->run = 0;
	}
	if (d->run < RUN)
		d->run++;
	if (d->run < SETTLED)
		begin_burst(&d->next, digit, g);
	else
		add_look(&d->next, s, g, rest);
	return d->run == RUN;
}

static int finish(struct dtmf *d, struct dtmf_event *ev)
{
	int n = d->told ? tell(d, DTMF_END, ev) : 0;

	d->state = IDLE;
	d->last = d->burst.digit;
	d->last_end = d->end;
	return n;
}

/* While the burst lasts. */
static int while_on(struct dtmf *d, const struct spectrum *s, int64_t end, struct dtmf_event *ev)
{
	double lasted;

	if (present(d, spectrum_power(s, 0))) {
		lasted = (double)(end - SPECTRUM_MIDDLE) - d->start;
	} else {
		d->end = edge_at(d, s, end, 1);
		d->state = GAP;
		lasted = d->end - d->start;
	}
	if (d->told || lasted < d->rule->tone || !burst_good(d))
		return 0;
	d->told = true;
	return tell(d, DTMF_BEGIN, ev);
}

/* After its end: a break, or over? */
static int in_gap(struct dtmf *d, const struct spectrum *s, int64_t end, struct dtmf_event *ev)
{
	if (present(d, spectrum_power(s, 0)) && edge_at(d, s, end, 1) - d->end < d->rule->gap) {
		d->state = ON;
		return 0;
	}
	if ((double)(end - SPECTRUM_MIDDLE) - d->end >= d->rule->gap)
		return finish(d, ev);
	return 0;
}

int dtmf_look(struct dtmf *d, const struct spectrum *s, int64_t end, struct dtmf_event *ev)
{
	struct group g[2] = {0};
	float rest = 0;
	int digit = digit_of(d->rule, s, g, &rest);
	int n = 0;

	d->looked = end;
	if (d->state == ON && !d->told && filled(d, spectrum_power(s, 0))) {
		if (digit == d->burst.digit)
			add_look(&d->burst, s, g, rest);
		else
			d->missed++;
	}
	if (d->state == ON)
		n = while_on(d, s, end, ev);
	else if (d->state == GAP)
		n = in_gap(d, s, end, ev);
	if (!candidate(d, s, digit, g, rest))
		return n;
	if (d->state != IDLE) {
		if (d->state == ON)
			d->end = (double)(end - SPECTRUM_MIDDLE - RUN * SPECTRUM_HOP);
		n += finish(d, ev + n);
	}
	start_burst(d, s, end);
	return n;
}

bool dtmf_heard(const struct dtmf *d, int64_t *from, int64_t *to)
{
	if (d->state == IDLE)
		return false;
	*from = llrint(d->start);
	*to = d->state == ON ? d->looked - DTMF_LAG : llrint(d->end);
	return true;
}

int dtmf_flush(struct dtmf *d, int64_t now, struct dtmf_event *ev)
{
	if (d->state == ON)
		d->end = (double)now;
	return finish(d, ev);
}
