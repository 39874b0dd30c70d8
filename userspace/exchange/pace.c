/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "exchange/pace.h"

#include <string.h>

#define TICK_NS 1e6

void pace_init(struct pace *p, size_t n_spans, int patience_ms, double ppm, int64_t now_ns)
{
	memset(p, 0, sizeof(*p));
	p->n = n_spans;
	p->patience_ns = (int64_t)patience_ms * 1000000;
	p->period_ns = TICK_NS / (1.0 + ppm * 1e-6);
	p->deadline_ns = (double)now_ns;
	p->held_since = -1;
}

void pace_heard(struct pace *p, size_t span, const struct pace_news *news)
{
	struct pace_span *s = &p->span[span];

	if (news->received != s->received)
		s->alive = true;
	if (!news->counts)
		s->alive = false;
	s->received = news->received;
	s->dry = news->waiting == 0;
}

static bool must_wait(const struct pace *p)
{
	size_t i;

	for (i = 0; i < p->n; i++)
		if (p->span[i].alive && p->span[i].dry)
			return true;
	return false;
}

static void give_up(struct pace *p)
{
	size_t i;

	for (i = 0; i < p->n; i++) {
		if (!p->span[i].alive || !p->span[i].dry)
			continue;
		p->span[i].alive = false;
		p->given_up++;
	}
}

static int64_t tick(struct pace *p, int64_t now)
{
	if (p->held_since >= 0) {
		/* Line time stood still; it is not to be caught up. */
		p->held_ns += (uint64_t)(now - p->held_since);
		p->held_since = -1;
		p->deadline_ns = (double)now;
	}
	if ((double)now - p->deadline_ns > p->period_ns)
		p->late++;
	p->deadline_ns += p->period_ns;
	p->ticks++;
	return 0;
}

int64_t pace_decide(struct pace *p, int64_t now)
{
	if ((double)now < p->deadline_ns)
		return (int64_t)(p->deadline_ns - (double)now) + 1;
	if (!must_wait(p))
		return tick(p, now);
	if (p->held_since < 0) {
		p->held_since = now;
		p->holds++;
	}
	if (now - p->held_since < p->patience_ns)
		return p->held_since + p->patience_ns - now;
	give_up(p);
	return tick(p, now);
}
