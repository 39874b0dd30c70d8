/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <string.h>

#include "core/line/g826.h"
#include "core/line/pw_port.h"

#define QUARTER 900 /* [s] */
#define DAY     86400 /* [s] */

#define NEAR_DEFECTS (E1_LOS | E1_LFA | E1_AIS | PW_LOPS)

void g826_init(struct g826 *g)
{
	memset(g, 0, sizeof(*g));
	for (unsigned int i = 0; i < G826_QUARTERS; i++)
		g->quarter[i].index = -1;
	for (unsigned int i = 0; i < G826_DAYS; i++)
		g->day[i].index = -1;
}

void g826_judge(const struct e1_counters *before, const struct e1_counters *now, uint32_t defects,
		bool crc, struct g826_second *near, struct g826_second *far)
{
	uint64_t blocks = now->crc4_errors - before->crc4_errors;
	uint64_t fas = now->fas_errors - before->fas_errors;

	near->crc = crc;
	near->errors = (uint32_t)(crc ? blocks : fas);
	near->defect = (defects & NEAR_DEFECTS) || now->lfa != before->lfa;
	far->crc = crc;
	far->errors = (uint32_t)(now->ebits - before->ebits);
	far->defect = (defects & E1_RAI) != 0;
}

static bool severe(const struct g826_second *s)
{
	return s->defect || s->errors >= (s->crc ? G826_SES_CRC : G826_SES_FAS);
}

static void count(struct g826_count *n, const struct g826_second *s, bool unavailable)
{
	n->seconds++;
	if (unavailable) {
		n->uas++;
		return;
	}
	if (severe(s)) {
		n->es++;
		n->ses++;
	} else if (s->errors) {
		n->es++;
		n->bbe += s->errors;
	}
}

static struct g826_count *bin_at(struct g826_bin *ring, unsigned int n, int64_t index)
{
	struct g826_bin *b = &ring[index % n];

	if (b->index != index) {
		memset(b, 0, sizeof(*b));
		b->index = index;
	}
	return &b->n;
}

static void post(struct g826 *g, int64_t second, const struct g826_second *s)
{
	count(&g->total, s, g->unavailable);
	count(bin_at(g->quarter, G826_QUARTERS, second / QUARTER), s, g->unavailable);
	count(bin_at(g->day, G826_DAYS, second / DAY), s, g->unavailable);
}

/* The seconds held back, oldest first, count as the present state says. */
static void post_run(struct g826 *g)
{
	for (unsigned int i = 0; i < g->run_len; i++)
		post(g, g->last - g->run_len + 1 + i, &g->run[i]);
	g->run_len = 0;
}

int g826_step(struct g826 *g, int64_t second, const struct g826_second *s)
{
	if (second < 0 || (g->begun && second <= g->last))
		return -EINVAL;
	if (severe(s) == g->unavailable || (g->begun && second != g->last + 1))
		post_run(g); /* no 10 in a row */
	g->begun = true;
	g->last = second;
	if (severe(s) == g->unavailable) {
		post(g, second, s);
		return 0;
	}
	g->run[g->run_len++] = *s;
	if (g->run_len < G826_UNDECIDED)
		return 0;
	g->unavailable = !g->unavailable;
	post_run(g);
	return 1;
}

bool g826_unavailable(const struct g826 *g)
{
	return g->unavailable;
}

void g826_read(const struct g826 *g, struct g826 *out)
{
	*out = *g;
	post_run(out);
}

static const struct g826_count *find(const struct g826_bin *ring, unsigned int n, int64_t index)
{
	const struct g826_bin *b;

	if (index < 0)
		return NULL;
	b = &ring[index % n];
	return b->index == index ? &b->n : NULL;
}

const struct g826_count *g826_quarter(const struct g826 *g, int64_t second, unsigned int ago)
{
	return find(g->quarter, G826_QUARTERS, second / QUARTER - ago);
}

const struct g826_count *g826_day(const struct g826 *g, int64_t second, unsigned int ago)
{
	return find(g->day, G826_DAYS, second / DAY - ago);
}
