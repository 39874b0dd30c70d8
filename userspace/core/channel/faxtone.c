/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/channel/faxtone.h"

#include <math.h>
#include <string.h>

#define MS       8 /* samples */
#define CNG_TIME (200 * MS)
#define ANS_TIME (240 * MS)
#define ANS_BIN  34 /* 2125 Hz */

#define AM_RADIANS (6.28318531f * 15 * SPECTRUM_HOP / 8000)
#define AM_LOOKS   50 /* three periods of 15 Hz, so that the mean does not count */
#define AM_MIN     0.1f /* depth; ANSam has 0.2 */

#define REVERSED_RAD 2.36f /* 135 degrees, between 110 and 155 */
#define REVERSED_GAP (200 * MS) /* two of them are 425 ms apart at least */

#define V21_FIRST   24 /* bins of both frequencies, with their sides */
#define V21_LAST    32
#define V21_LOOKS   20 /* of a block: 80 ms, three flags */
#define V21_BLOCKS  2
#define V21_RADIANS (6.28318531f * 37.5f * SPECTRUM_HOP / 8000)
#define V21_SHARE   0.75f /* of all that is heard */
#define V21_PURE    0.6f /* of what moves between space and mark at 37.5 Hz */
#define V21_MOVES   0.05f /* variance of (space - mark) / (space + mark), at least */

static const struct puretone_watch_rule cng_rule = {
	.hz = 1100, .within = 42, .share = 0.75f, .flat = 0.25f, .patience = 3};
/* Patience for a reversal: the amplitude is gone for 16 ms. */
static const struct puretone_watch_rule ans_rule = {
	.hz = 2100, .within = 22, .share = 0.75f, .flat = 0.4f, .patience = 8};

void faxtone_init(struct faxtone *f, bool calling, bool answering)
{
	struct faxtone none = {0};

	if (!answering) {
		none = *f;
		none.cng_told = false;
		memset(&none.cng, 0, sizeof(none.cng));
	} else if (!calling) {
		none.cng = f->cng;
		none.cng_told = f->cng_told;
	}
	*f = none;
}

static struct faxtone_event tone_event(enum faxtone_type type, const struct puretone_watch *w,
				       int64_t at)
{
	return (struct faxtone_event){.type = type,
				      .at = at,
				      .hz = spectrum_turns_hz(&w->turns),
				      .dbm0 = spectrum_dbm0(w->power / puretone_watch_looks(w))};
}

int faxtone_look_calling(struct faxtone *f, const struct spectrum *s, const struct puretone *p,
			 int64_t end, struct faxtone_event *ev)
{
	int64_t lasted = puretone_watch(&f->cng, &cng_rule, s, p, end);

	if (lasted == 0)
		f->cng_told = false;
	if (f->cng_told || lasted < CNG_TIME || f->cng.missed ||
	    !puretone_watch_good(&f->cng, &cng_rule))
		return 0;
	f->cng_told = true;
	*ev = tone_event(FAXTONE_CNG, &f->cng, f->cng.start);
	return 1;
}

/* The envelope of the answering tone. */
static void follow_am(struct faxtone *f, const struct puretone *p)
{
	float turn = AM_RADIANS * (float)f->am_looks, amplitude = sqrtf(p->power);

	f->am_looks++;
	f->am_re += amplitude * cosf(turn);
	f->am_im += amplitude * sinf(turn);
	f->am_sum += amplitude;
}

static bool has_am(const struct faxtone *f)
{
	float re = f->am_re, im = f->am_im;

	return 2 * sqrtf(re * re + im * im) >= AM_MIN * f->am_sum;
}

/* Did the phase turn between FAXTONE_BACK looks ago and now? */
static bool phase_turned(const struct faxtone *f, const struct spectrum *s, unsigned slot)
{
	const float *re = s->re[s->looks & 1], *im = s->im[s->looks & 1];
	float past_re = f->past_re[slot], past_im = f->past_im[slot];
	float full = f->ans.power / puretone_watch_looks(&f->ans), was, is, turn;

	was = past_re * past_re + past_im * past_im;
	is = re[ANS_BIN] * re[ANS_BIN] + im[ANS_BIN] * im[ANS_BIN];
	if (was < 0.25f * full || is < 0.25f * full)
		return false;
	turn = atan2f(im[ANS_BIN] * past_re - re[ANS_BIN] * past_im,
		      re[ANS_BIN] * past_re + im[ANS_BIN] * past_im);
	/* The tone itself turned this far; the middle of the bin by whole turns. */
	turn -= FAXTONE_BACK * 6.28318531f * SPECTRUM_HOP / 8000 *
		(spectrum_turns_hz(&f->ans.turns) - ANS_BIN * SPECTRUM_HZ);
	turn -= 6.28318531f * (float)lrintf(turn / 6.28318531f);
	return fabsf(turn) >= REVERSED_RAD;
}

static int look_reversal(struct faxtone *f, const struct spectrum *s, int64_t end,
			 struct faxtone_event *ev)
{
	unsigned slot = s->looks % FAXTONE_BACK;
	int n = 0;

	f->turned = f->ans_told && phase_turned(f, s, slot) ? (uint8_t)(f->turned + 1) : 0;
	if (f->turned == 2 && end - f->reversed >= REVERSED_GAP) {
		/* Seen first when the window is more than half behind it. */
		f->reversed = end;
		*ev = tone_event(FAXTONE_REVERSAL, &f->ans,
				 end - SPECTRUM_MIDDLE - 3 * SPECTRUM_HOP);
		n = 1;
	}
	f->past_re[slot] = s->re[s->looks & 1][ANS_BIN];
	f->past_im[slot] = s->im[s->looks & 1][ANS_BIN];
	return n;
}

static int look_ans(struct faxtone *f, const struct spectrum *s, const struct puretone *p,
		    int64_t end, struct faxtone_event *ev)
{
	uint32_t looks = f->ans.looks;
	int64_t lasted = puretone_watch(&f->ans, &ans_rule, s, p, end);

	if (f->ans.looks == 0) {
		f->ans_told = false;
		f->am_re = f->am_im = f->am_sum = 0;
		f->am_looks = 0;
		return 0;
	}
	if (f->ans.looks > looks && f->ans.looks > PURETONE_SETTLED && f->am_looks < AM_LOOKS)
		follow_am(f, p);
	if (!f->ans_told && lasted >= ANS_TIME && f->am_looks == AM_LOOKS && f->ans.missed == 0 &&
	    puretone_watch_good(&f->ans, &ans_rule)) {
		f->ans_told = true;
		*ev = tone_event(has_am(f) ? FAXTONE_ANSAM : FAXTONE_ANS, &f->ans, f->ans.start);
		return 1 + look_reversal(f, s, end, ev + 1);
	}
	return look_reversal(f, s, end, ev);
}

/* A block of looks is over: did it hold flags? */
static bool v21_block_good(const struct faxtone_v21 *v)
{
	float n = V21_LOOKS, moves = v->square - v->sum * v->sum / n;

	return v->band >= V21_SHARE * v->all && moves >= V21_MOVES * n &&
	       v->re * v->re + v->im * v->im >= V21_PURE * moves * n / 2;
}

static int look_v21(struct faxtone *f, const struct spectrum *s, const struct puretone *p,
		    int64_t end, struct faxtone_event *ev)
{
	const float *power = spectrum_power(s, 0);
	struct faxtone_v21 *v = &f->v21;
	float turn = V21_RADIANS * (float)v->looks, band, mark, space, d;

	if (v->looks == 0 && (p->bin < V21_FIRST || p->bin > V21_LAST)) {
		v->good = 0;
		v->told = false;
		return 0;
	}
	band = spectrum_sum(power, V21_FIRST, V21_LAST);
	mark = power[26] + power[27];
	space = power[29] + power[30];
	d = mark + space > 0 ? (space - mark) / (space + mark) : 0;
	v->re += d * cosf(turn);
	v->im += d * sinf(turn);
	v->sum += d;
	v->square += d * d;
	v->band += band / SPECTRUM_TONE;
	v->all += p->all;
	if (++v->looks < V21_LOOKS)
		return 0;
	*ev = (struct faxtone_event){.type = FAXTONE_V21,
				     .at = end - V21_BLOCKS * V21_LOOKS * SPECTRUM_HOP,
				     .dbm0 = spectrum_dbm0(v->band / V21_LOOKS)};
	v->good = v21_block_good(v) ? (uint8_t)(v->good < V21_BLOCKS ? v->good + 1 : v->good) : 0;
	*v = (struct faxtone_v21){.good = v->good, .told = v->told && v->good > 0};
	if (v->good < V21_BLOCKS || v->told)
		return 0;
	v->told = true;
	return 1;
}

int faxtone_look_answering(struct faxtone *f, const struct spectrum *s, const struct puretone *p,
			   int64_t end, struct faxtone_event *ev)
{
	int n = look_ans(f, s, p, end, ev);

	return n + look_v21(f, s, p, end, ev + n);
}
