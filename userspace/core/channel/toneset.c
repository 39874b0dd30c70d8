/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/channel/toneset.h"

#include <string.h>

#define LEAST      2e-5f /* power of all that is heard, -47 dBm0: below what T.30 asks for (-43) */
#define CHECK_TIME (100 * 8) /* samples */

/* 2000 +/-20 Hz (Q.724 7.3.4) and 2010 +/-30 are one; 1780 +/-30 is the other direction's. */
static const struct puretone_watch_rule check_rule[2] = {
	{.hz = 2005, .within = 36, .share = 0.8f, .flat = 0.1f, .patience = 1},
	{.hz = 1780, .within = 31, .share = 0.8f, .flat = 0.1f, .patience = 1},
};

void toneset_init(struct toneset *t, const struct dtmf_rule *rule, const struct progress_plan *plan,
		  unsigned phase)
{
	spectrum_init(&t->spectrum, phase);
	dtmf_init(&t->dtmf, rule);
	faxtone_init(&t->fax, true, true);
	progress_init(&t->progress, plan);
	memset(t->check, 0, sizeof(t->check));
	t->check_told[0] = t->check_told[1] = false;
	t->flags = 0;
}

void toneset_set(struct toneset *t, unsigned flags)
{
	unsigned on;

	if (!t->progress.plan)
		flags &= ~TONESET_PROGRESS;
	on = flags & ~t->flags;
	if (t->flags == 0)
		spectrum_init(&t->spectrum, t->spectrum.fill);
	if (on & TONESET_DIGITS)
		dtmf_init(&t->dtmf, t->dtmf.rule);
	if (on & (TONESET_CNG | TONESET_ANSWER))
		faxtone_init(&t->fax, on & TONESET_CNG, on & TONESET_ANSWER);
	if (on & TONESET_PROGRESS)
		progress_init(&t->progress, t->progress.plan);
	if (on & TONESET_CONTINUITY)
		memset(t->check, 0, sizeof(t->check));
	t->flags = flags;
}

static unsigned look_digits(struct toneset *t, int64_t end, struct toneset_event *ev)
{
	struct dtmf_event found[DTMF_EVENTS];
	int n = dtmf_look(&t->dtmf, &t->spectrum, end, found);

	for (int i = 0; i < n; i++)
		ev[i] = (struct toneset_event){.type = TONESET_DIGIT, .at = end, .digit = found[i]};
	return (unsigned)n;
}

static unsigned look_fax(struct toneset *t, const struct puretone *p, int64_t end,
			 struct toneset_event *ev)
{
	struct faxtone_event found[FAXTONE_EVENTS];
	int n = 0;

	if (t->flags & TONESET_CNG)
		n += faxtone_look_calling(&t->fax, &t->spectrum, p, end, found);
	if (t->flags & TONESET_ANSWER)
		n += faxtone_look_answering(&t->fax, &t->spectrum, p, end, found + n);
	for (int i = 0; i < n; i++)
		ev[i] = (struct toneset_event){.type = TONESET_FAX, .at = end, .fax = found[i]};
	return (unsigned)n;
}

static unsigned look_progress(struct toneset *t, const struct puretone *p, int64_t end,
			      struct toneset_event *ev)
{
	struct progress_event found[PROGRESS_EVENTS];
	int n = progress_look(&t->progress, &t->spectrum, p, end, found);

	for (int i = 0; i < n; i++)
		ev[i] = (struct toneset_event){
			.type = TONESET_NETWORK, .at = end, .progress = found[i]};
	return (unsigned)n;
}

static unsigned look_check(struct toneset *t, const struct puretone *p, int64_t end,
			   struct toneset_event *ev)
{
	unsigned n = 0;

	for (int i = 0; i < 2; i++) {
		struct puretone_watch *w = &t->check[i];
		int64_t lasted = puretone_watch(w, &check_rule[i], &t->spectrum, p, end);

		if (lasted == 0)
			t->check_told[i] = false;
		if (t->check_told[i] || lasted < CHECK_TIME ||
		    !puretone_watch_good(w, &check_rule[i]))
			continue;
		t->check_told[i] = true;
		ev[n] = (struct toneset_event){.type = TONESET_CHECK, .at = end};
		ev[n].check.at = w->start;
		ev[n].check.hz = spectrum_turns_hz(&w->turns);
		ev[n].check.dbm0 = spectrum_dbm0(w->power / puretone_watch_looks(w));
		n++;
	}
	return n;
}

static unsigned look(struct toneset *t, int64_t end, struct toneset_event *ev)
{
	struct puretone p;
	unsigned n = 0;

	if (t->flags & TONESET_DIGITS)
		n += look_digits(t, end, ev);
	if (!(t->flags & ~TONESET_DIGITS))
		return n;
	puretone_look(&t->spectrum, LEAST, &p);
	if (t->flags & (TONESET_CNG | TONESET_ANSWER))
		n += look_fax(t, &p, end, ev + n);
	if (t->flags & TONESET_PROGRESS)
		n += look_progress(t, &p, end, ev + n);
	if (t->flags & TONESET_CONTINUITY)
		n += look_check(t, &p, end, ev + n);
	return n;
}

size_t toneset_feed(struct toneset *t, int64_t sample, const int16_t *pcm, size_t n,
		    struct toneset_event *ev, unsigned *events)
{
	int looked;
	size_t taken;

	*events = 0;
	if (t->flags == 0)
		return n;
	taken = spectrum_feed(&t->spectrum, pcm, n, &looked);
	if (looked)
		*events = look(t, sample + (int64_t)taken, ev);
	return taken;
}
