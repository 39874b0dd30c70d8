/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "exchange/pace.h"

#include <string.h>

#define TICK_NS 1e6

void pace_init(struct pace *p, size_t n_spans, int window_ms, int patience_ms, double ppm,
	       int64_t now_ns)
{
	memset(p, 0, sizeof(*p));
	p->n = n_spans;
	p->window = window_ms;
	p->patience_ns = (int64_t)patience_ms * 1000000;
	p->period_ns = TICK_NS / (1.0 + ppm * 1e-6);
	p->deadline_ns = (double)now_ns;
	p->held_since = -1;
}

static void restart_span(struct pace *p, struct pace_span *s)
{
	s->base = s->least = p->ticks - (int64_t)s->received;
}

void pace_heard(struct pace *p, size_t span, uint64_t received, bool sending)
{
	struct pace_span *s = &p->span[span];
	bool news = received != s->received;
	int64_t lead;

	s->received = received;
	if (!sending || (news && !s->alive)) {
		s->alive = sending && news;
		restart_span(p, s);
		return;
	}
	lead = p->ticks - (int64_t)received;
	if (lead < s->least)
		s->least = lead;
	if (lead < s->base)
		s->base = lead;
}

static bool too_far_ahead(const struct pace *p)
{
	size_t i;

	for (i = 0; i < p->n; i++)
		if (p->span[i].alive &&
		    p->ticks - (int64_t)p->span[i].received - p->span[i].base >= p->window)
			return true;
	return false;
}

static void give_up(struct pace *p)
{
	size_t i;

	for (i = 0; i < p->n; i++) {
		struct pace_span *s = &p->span[i];

		if (!s->alive || p->ticks - (int64_t)s->received - s->base < p->window)
			continue;
		s->alive = false;
		p->given_up++;
	}
}

static void forget_old_leads(struct pace *p)
{
	size_t i;

	if (p->ticks % PACE_MEMORY)
		return;
	for (i = 0; i < p->n; i++) {
		p->span[i].base = p->span[i].least;
		p->span[i].least = p->ticks - (int64_t)p->span[i].received;
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
	forget_old_leads(p);
	return 0;
}

int64_t pace_decide(struct pace *p, int64_t now)
{
	if ((double)now < p->deadline_ns)
		return (int64_t)(p->deadline_ns - (double)now) + 1;
	if (!too_far_ahead(p))
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
