/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/channel/progress.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MS          8 /* samples */
#define BESIDE      4 /* bins on either side that a tone, or a pair of them, fills */
#define SHARE       0.8f /* of what is heard is in them, mean over the tone */
#define SHARE_LOOK  0.7f /* of one look that begins a tone */
#define LEAST       1.6e-4f /* power: -38 dBm0 */
#define RUN         4 /* looks that agree before it is a tone: the window is full */
#define PRESENT     0.25f /* half the amplitude */
#define EDGE_LOOKS  10 /* looks back to the begin of a tone, at most */
#define BRIDGE      7 /* looks that may miss it: beats of a pair, breaks up to 28 ms */
#define HZ_OFF      25 /* E.180: 425 and 450 are not told apart by frequency */
#define TIME_OFF    (15 * MS) /* on and off times: and 15 % */
#define WAIT_MAX    (300 * MS) /* of the last off, no longer is waited for */
#define LASTS_LEAST (1000 * MS)

enum { SILENCE, TONE };

/* ---- the plan ---- */

/* The mean of a step's frequencies by power; 0 if they are not heard as one. */
static float mean_hz(const struct tone_prog *p, const float *amp)
{
	float sum = 0, power = 0, low = 4000, high = 0;

	for (unsigned i = 0; i < p->n_freqs; i++) {
		float hz = (float)p->inc[i] * (8000.0f / 4294967296.0f);

		if (amp[i] <= 0)
			continue;
		low = fminf(low, hz);
		high = fmaxf(high, hz);
		sum += amp[i] * amp[i] * hz;
		power += amp[i] * amp[i];
	}
	return power > 0 && high - low <= BESIDE * SPECTRUM_HZ ? sum / power : 0;
}

static void compile_tone(const struct tone_prog *p, struct progress_tone *t)
{
	if (p->loop_from)
		return; /* a part of it is not heard again */
	t->n_steps = p->n_steps ? p->n_steps : 1;
	for (unsigned i = 0; i < t->n_steps; i++) {
		t->step[i].hz = mean_hz(p, p->step[i].amp);
		t->step[i].on = (int32_t)p->step[i].on;
		t->step[i].off = (int32_t)p->step[i].off;
		if (t->step[i].hz <= 0 || (p->n_steps && t->step[i].on == 0))
			t->n_steps = 0;
	}
	t->lasts = p->n_steps ? 0 : LASTS_LEAST;
}

static bool same_tone(const struct progress_tone *a, const struct progress_tone *b)
{
	return a->n_steps == b->n_steps && a->lasts == b->lasts &&
	       memcmp(a->step, b->step, a->n_steps * sizeof(a->step[0])) == 0;
}

/* A continuous tone has to outlast every part of others at its frequency. */
static int32_t longest_on(const struct progress_plan *plan, float hz)
{
	int32_t longest = 0;

	for (int t = 0; t < TONE_COUNT; t++) {
		for (unsigned i = 0; i < plan->tone[t].n_steps; i++) {
			const struct progress_step *s = &plan->tone[t].step[i];

			if (fabsf(s->hz - hz) <= 2 * HZ_OFF && s->on > longest)
				longest = s->on;
		}
	}
	return longest;
}

void progress_compile(const struct tone_plan *plan, struct progress_plan *listen)
{
	memset(listen, 0, sizeof(*listen));
	for (int t = 0; t < TONE_COUNT; t++) {
		compile_tone(&plan->tone[t], &listen->tone[t]);
		for (int i = 0; i < t; i++) {
			if (same_tone(&listen->tone[t], &listen->tone[i]))
				listen->tone[t].n_steps = 0;
		}
	}
	for (int t = 0; t < TONE_COUNT; t++) {
		struct progress_tone *tone = &listen->tone[t];
		int32_t longest = longest_on(listen, tone->step[0].hz);

		if (tone->lasts)
			tone->lasts = longest + longest / 5 > tone->lasts ? longest + longest / 5
									  : tone->lasts;
	}
}

/* ---- cadences ---- */

static bool time_fits(int64_t got, int32_t want)
{
	/* Pauses that an exchange need not make: between special information tones. */
	int64_t room = want <= 50 * MS ? 30 * MS : want * 3 / 20 + TIME_OFF;

	return llabs(got - want) <= room;
}

static bool on_fits(const struct progress_step *s, float hz, int64_t on)
{
	return fabsf(hz - s->hz) <= HZ_OFF && time_fits(on, s->on);
}

/* A short cadence has to come round to its first step: two beeps are not one. */
static int ons_wanted(const struct progress_tone *t)
{
	return t->n_steps > 2 ? t->n_steps : t->n_steps + 1;
}

/* A tone has ended: how do the plan's tones take it? Sets g->waiting. */
static void match_on(struct progress *g, float hz, int64_t on)
{
	g->waiting = -1;
	for (int i = 0; i < TONE_COUNT; i++) {
		const struct progress_tone *t = &g->plan->tone[i];
		struct progress_match *m = &g->match[i];
		bool fits = t->n_steps && !t->lasts;

		if (fits && !on_fits(&t->step[m->step], hz, on)) {
			/* Not this one: may it be the first of a new round? */
			m->steps = 0;
			m->step = 0;
			fits = on_fits(&t->step[0], hz, on);
		}
		if (!fits)
			m->steps = m->step = 0;
		else if (m->steps + 1 >= ons_wanted(t) && g->waiting < 0)
			g->waiting = (int16_t)i;
		m->steps = fits ? (uint8_t)(m->steps | 0x80) : 0;
	}
}

/* The pause after it has ended. */
static void match_off(struct progress *g, int64_t off)
{
	for (int i = 0; i < TONE_COUNT; i++) {
		const struct progress_tone *t = &g->plan->tone[i];
		struct progress_match *m = &g->match[i];

		if (!(m->steps & 0x80))
			continue;
		m->steps &= 0x7f;
		if (!time_fits(off, t->step[m->step].off)) {
			m->steps = m->step = 0;
			continue;
		}
		if (m->steps < 100)
			m->steps++;
		m->step = (uint8_t)((m->step + 1) % t->n_steps);
	}
	g->waiting = -1;
}

/* ---- tones and pauses ---- */

static float cluster(const struct spectrum *s, unsigned bin, unsigned back)
{
	unsigned from = bin > SPECTRUM_FIRST + BESIDE ? bin - BESIDE : SPECTRUM_FIRST;

	return spectrum_sum(spectrum_power(s, back), from, bin + BESIDE) / SPECTRUM_TONE;
}

static float tone_hz(const struct progress *g)
{
	return g->power > 0 ? SPECTRUM_HZ * g->moment / g->power : 0;
}

static float tone_dbm0(const struct progress *g)
{
	return spectrum_dbm0(g->looks ? g->power / (float)g->looks : 0);
}

static int64_t edge_at(const struct progress *g, const struct spectrum *s, int64_t end,
		       unsigned back, float full)
{
	return end - SPECTRUM_MIDDLE - (int64_t)back * SPECTRUM_HOP +
	       lrintf(spectrum_edge(cluster(s, g->bin, back), cluster(s, g->bin, back - 1), full));
}

static void add_look(struct progress *g, const struct spectrum *s, const struct puretone *p,
		     float power)
{
	const float *bins = spectrum_power(s, 0);
	float moment = 0;

	for (unsigned k = g->bin > SPECTRUM_FIRST + BESIDE ? g->bin - BESIDE : SPECTRUM_FIRST;
	     k <= (unsigned)g->bin + BESIDE; k++)
		moment += (float)k * bins[k];
	g->power += power;
	g->moment += moment / SPECTRUM_TONE;
	g->all += p->all;
	g->looks++;
}

static int tell(struct progress *g, int tone, int64_t at, struct progress_event *ev)
{
	int n = 0;

	if (g->told == tone)
		return 0;
	if (g->told >= 0)
		ev[n++] = (struct progress_event){
			.tone = (enum tone_name)g->told, .over = true, .at = at};
	g->told = (int16_t)tone;
	if (tone >= 0)
		ev[n++] = (struct progress_event){.tone = (enum tone_name)tone,
						  .at = at,
						  .hz = tone_hz(g),
						  .dbm0 = tone_dbm0(g)};
	return n;
}

/* Has one of the plan's tones still a chance that was told, now that silence lasts? */
static bool told_goes_on(const struct progress *g, int64_t silent)
{
	const struct progress_tone *t = &g->plan->tone[g->told];
	const struct progress_match *m = &g->match[g->told];

	if (t->lasts)
		return silent < BRIDGE * SPECTRUM_HOP;
	return (m->steps & 0x80) &&
	       (silent <= t->step[m->step].off || time_fits(silent, t->step[m->step].off));
}

static void begin_tone(struct progress *g, const struct spectrum *s, int64_t end)
{
	float full = cluster(s, g->bin, 0);
	unsigned back = 1;

	while (back < EDGE_LOOKS && cluster(s, g->bin, back) >= PRESENT * full)
		back++;
	g->start = edge_at(g, s, end, back, full);
	match_off(g, g->start - g->end);
	g->power = g->moment = g->all = 0;
	g->looks = 0;
	g->missed = 0;
	g->state = TONE;
}

static int in_silence(struct progress *g, const struct spectrum *s, const struct puretone *p,
		      int64_t end, struct progress_event *ev)
{
	int64_t silent = end - SPECTRUM_MIDDLE - g->end;
	int tone = g->waiting;

	g->run = p->all >= LEAST && cluster(s, p->bin, 0) >= SHARE_LOOK * p->all &&
				 (g->run == 0 || abs((int)p->bin - (int)g->bin) <= BESIDE)
			 ? (uint8_t)(g->run + 1)
			 : 0;
	if (g->run == 1)
		g->bin = (uint8_t)p->bin;
	if (g->run == RUN) {
		g->run = 0;
		begin_tone(g, s, end);
		return 0;
	}
	if (tone >= 0) {
		const struct progress_tone *t = &g->plan->tone[tone];
		int32_t off = t->step[g->match[tone].step].off;

		if (silent < (off < WAIT_MAX ? off : WAIT_MAX) * 17 / 20)
			return 0;
		g->waiting = -1;
		return tell(g, tone, g->start, ev);
	}
	if (g->told >= 0 && !told_goes_on(g, silent))
		return tell(g, -1, g->end, ev);
	return 0;
}

static int tone_ended(struct progress *g, struct progress_event *ev)
{
	bool pure = g->power >= SHARE * g->all;
	int was = g->told;

	g->state = SILENCE;
	match_on(g, pure ? tone_hz(g) : 0, g->end - g->start);
	if (was >= 0 && !g->plan->tone[was].lasts && !(g->match[was].steps & 0x80))
		return tell(g, -1, g->end, ev);
	return 0;
}

/* A tone that goes on: is it one of the continuous ones? */
static int lasting(struct progress *g, int64_t now, struct progress_event *ev)
{
	int64_t lasted = now - g->start;

	if (lasted < LASTS_LEAST || g->power < SHARE * g->all)
		return 0;
	for (int i = 0; i < TONE_COUNT; i++) {
		const struct progress_tone *t = &g->plan->tone[i];

		if (t->n_steps && t->lasts && lasted >= t->lasts &&
		    fabsf(tone_hz(g) - t->step[0].hz) <= HZ_OFF)
			return tell(g, i, g->start, ev);
	}
	return 0;
}

/* Another one has taken its place. */
static bool other_tone(const struct progress *g, const struct puretone *p)
{
	return p->share >= SHARE_LOOK && abs((int)p->bin - (int)g->bin) > BESIDE;
}

static int in_tone(struct progress *g, const struct spectrum *s, const struct puretone *p,
		   int64_t end, struct progress_event *ev)
{
	float power = cluster(s, g->bin, 0);
	float full = g->looks ? g->power / (float)g->looks : power;

	if (power >= PRESENT * full) {
		g->missed = 0;
		add_look(g, s, p, power);
		return lasting(g, end - SPECTRUM_MIDDLE, ev);
	}
	if (g->missed == 0)
		g->end = edge_at(g, s, end, 1, full);
	if (++g->missed <= BRIDGE && !other_tone(g, p))
		return 0;
	return tone_ended(g, ev);
}

void progress_init(struct progress *g, const struct progress_plan *plan)
{
	memset(g, 0, sizeof(*g));
	g->plan = plan;
	g->told = g->waiting = -1;
}

int progress_look(struct progress *g, const struct spectrum *s, const struct puretone *p,
		  int64_t end, struct progress_event *ev)
{
	if (g->state == TONE)
		return in_tone(g, s, p, end, ev);
	return in_silence(g, s, p, end, ev);
}
