/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "exchange/arrivals.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define SAMPLES_PER_MS 8.0
#define SAMPLES_PER_S  8000.0

void dice_init(struct dice *d, uint64_t seed)
{
	/* splitmix64, so that seeds 1, 2, 3 give unrelated sequences */
	seed += 0x9e3779b97f4a7c15u;
	seed = (seed ^ (seed >> 30)) * 0xbf58476d1ce4e5b9u;
	seed = (seed ^ (seed >> 27)) * 0x94d049bb133111ebu;
	seed ^= seed >> 31;
	d->state = seed ? seed : 1;
}

uint64_t dice_throw(struct dice *d)
{
	d->state ^= d->state >> 12;
	d->state ^= d->state << 25;
	d->state ^= d->state >> 27;
	return d->state * 0x2545f4914f6cdd1du;
}

double dice_unit(struct dice *d)
{
	return ((double)(dice_throw(d) >> 11) + 1.0) / 9007199254740992.0; /* 2^53 */
}

/* Exponentially distributed time between the arrivals of a Poisson process. */
static double poisson_gap(struct arrivals *a)
{
	return -log(dice_unit(&a->dice)) * SAMPLES_PER_S / a->cfg.rate;
}

void arrivals_init(struct arrivals *a, const struct arrivals_cfg *cfg, uint64_t seed)
{
	memset(a, 0, sizeof(*a));
	a->cfg = *cfg;
	dice_init(&a->dice, seed);
	a->next = cfg->start_ms * SAMPLES_PER_MS;
	if (cfg->kind == ARRIVALS_POISSON)
		a->next += poisson_gap(a);
}

bool arrivals_over(const struct arrivals *a)
{
	return a->cfg.calls > 0 && a->made >= (uint32_t)a->cfg.calls;
}

static unsigned int take(struct arrivals *a, unsigned int n)
{
	if (a->cfg.calls > 0 && n > (uint32_t)a->cfg.calls - a->made)
		n = (uint32_t)a->cfg.calls - a->made;
	a->made += n;
	return n;
}

static unsigned int keep_due(struct arrivals *a, int64_t now, unsigned int up)
{
	unsigned int missing;

	if (now < a->next || up >= (unsigned int)a->cfg.keep)
		return 0;
	missing = (unsigned int)a->cfg.keep - up;
	if (a->cfg.interval_ms > 0)
		missing = 1;
	a->next = (double)now + a->cfg.interval_ms * SAMPLES_PER_MS;
	return take(a, missing);
}

unsigned int arrivals_due(struct arrivals *a, int64_t now, unsigned int up)
{
	unsigned int n = 0;

	if (a->cfg.kind == ARRIVALS_KEEP)
		return keep_due(a, now, up);
	while (a->next <= (double)now && !arrivals_over(a)) {
		n += take(a, a->cfg.kind == ARRIVALS_BURST ? (unsigned int)a->cfg.burst : 1);
		if (a->cfg.kind == ARRIVALS_POISSON)
			a->next += poisson_gap(a);
		else
			a->next += a->cfg.interval_ms * SAMPLES_PER_MS;
	}
	return n;
}

const char *series_check(const char *pattern)
{
	const char *dash = strchr(pattern, '-');
	size_t len = strlen(pattern);

	if (!dash)
		return strspn(pattern, "0123456789*#X") == len ? NULL
							       : "only 0-9 * # X are allowed";
	if (strspn(pattern, "0123456789-") != len || strchr(dash + 1, '-'))
		return "a range is two numbers of digits with one '-' between";
	if ((size_t)(dash - pattern) != strlen(dash + 1) || dash == pattern)
		return "the two numbers of a range must have the same length";
	if (dash - pattern > 18)
		return "the numbers of a range have at most 18 digits";
	if (strncmp(pattern, dash + 1, (size_t)(dash - pattern)) > 0)
		return "a range must not go down";
	return NULL;
}

static void series_in_range(const char *pattern, const char *dash, uint32_t n, char *out,
			    size_t size)
{
	uint64_t from = strtoull(pattern, NULL, 10);
	uint64_t to = strtoull(dash + 1, NULL, 10);
	uint64_t v = from + n % (to - from + 1);
	size_t len = (size_t)(dash - pattern);

	if (len >= size)
		len = size - 1;
	out[len] = '\0';
	while (len-- > 0) {
		out[len] = (char)('0' + v % 10);
		v /= 10;
	}
}

void series_make(const char *pattern, uint32_t n, struct dice *d, char *out, size_t size)
{
	const char *dash = strchr(pattern, '-');
	size_t i;

	if (dash) {
		series_in_range(pattern, dash, n, out, size);
		return;
	}
	for (i = 0; pattern[i] && i + 1 < size; i++)
		out[i] = pattern[i] == 'X' ? (char)('0' + dice_throw(d) % 10) : pattern[i];
	out[i] = '\0';
}
