/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/call/number.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#define DIGIT_CHARS "0123456789*#"

/* A number being put together; stays bounded, remembers that something did not fit. */
struct build {
	char text[NUMBER_MAX];
	size_t n;
	bool overflow;
};

static void append(struct build *b, const char *s, size_t len)
{
	if (len > NUMBER_MAX - 1 - b->n) {
		b->overflow = true;
		return;
	}
	memcpy(b->text + b->n, s, len);
	b->n += len;
}

static int finish(struct build *b, char *out)
{
	if (b->overflow)
		return -EMSGSIZE;
	b->text[b->n] = 0;
	memcpy(out, b->text, b->n + 1);
	return (int)b->n;
}

static bool all_digits(const char *s, size_t len, const char *allowed)
{
	for (size_t i = 0; i < len; i++) {
		if (!s[i] || !strchr(allowed, s[i]))
			return false;
	}
	return true;
}

int number_clean(const struct number_plan *plan, const char *text, char *out)
{
	struct build b = {.n = 0};
	bool first = true;

	for (; *text; text++) {
		if (strchr(" -./()", *text))
			continue;
		if (*text == '+' && first)
			append(&b, plan->international, strlen(plan->international));
		else if (strchr(DIGIT_CHARS, *text))
			append(&b, text, 1);
		else
			return -EINVAL;
		first = false;
	}
	return finish(&b, out);
}

int number_dialled(const struct number_plan *plan, uint8_t ton, const char *digits, char *out)
{
	struct build b = {.n = 0};
	size_t len = strlen(digits);
	const char *prefix = "";

	if (ton > 7 || !all_digits(digits, len, DIGIT_CHARS))
		return -EINVAL;
	if (ton == NUMBER_TON_INTERNATIONAL)
		prefix = plan->international;
	else if (ton == NUMBER_TON_NATIONAL)
		prefix = plan->national;
	if (len)
		append(&b, prefix, strlen(prefix));
	append(&b, digits, len);
	return finish(&b, out);
}

static int parse_range(const char *text, size_t len, struct number_pattern *p)
{
	size_t half = (len - 1) / 2;

	if (len % 2 == 0 || half == 0 || text[half] != '-')
		return -EINVAL;
	if (half > NUMBER_MAX - 1)
		return -EMSGSIZE;
	if (!all_digits(text, half, "0123456789") ||
	    !all_digits(text + half + 1, half, "0123456789") ||
	    memcmp(text, text + half + 1, half) > 0)
		return -EINVAL;
	p->kind = NUMBER_RANGE;
	p->len = (uint8_t)half;
	memcpy(p->from, text, half);
	memcpy(p->to, text + half + 1, half);
	return 0;
}

int number_pattern_parse(const char *text, struct number_pattern *p)
{
	struct number_pattern got = {.kind = NUMBER_EXACT};
	size_t len = strlen(text);

	if (len == 0)
		return -EINVAL;
	if (strchr(text, '-')) {
		int rc = parse_range(text, len, &got);

		if (rc < 0)
			return rc;
		*p = got;
		return 0;
	}
	if (text[len - 1] == '*') {
		got.kind = NUMBER_PREFIX;
		len--;
	}
	if (!all_digits(text, len, DIGIT_CHARS))
		return -EINVAL;
	if (len > NUMBER_MAX - 1)
		return -EMSGSIZE;
	memcpy(got.from, text, len);
	got.len = (uint8_t)len;
	*p = got;
	return 0;
}

/* Could @n digits be the beginning of a number from p->from to p->to? */
static bool in_range(const struct number_pattern *p, const char *digits, size_t n)
{
	return memcmp(digits, p->from, n) >= 0 && memcmp(digits, p->to, n) <= 0 &&
	       all_digits(digits, n, "0123456789");
}

enum number_match number_match(const struct number_pattern *p, const char *digits)
{
	size_t n = strnlen(digits, NUMBER_MAX);
	size_t common = n < p->len ? n : p->len;
	bool fits;

	if (p->kind == NUMBER_RANGE)
		fits = in_range(p, digits, common);
	else
		fits = memcmp(digits, p->from, common) == 0;
	if (!fits || (n > p->len && p->kind != NUMBER_PREFIX))
		return NUMBER_NO;
	return n < p->len ? NUMBER_PARTIAL : NUMBER_FULL;
}

/* Larger is more specific: kind first, then the digits that are fixed. */
static int rank(const struct number_pattern *p)
{
	int shared = 0;

	switch (p->kind) {
	case NUMBER_PREFIX: return p->len;
	case NUMBER_RANGE:
		while (shared < p->len && p->from[shared] == p->to[shared])
			shared++;
		return NUMBER_MAX + shared;
	case NUMBER_EXACT: break;
	}
	return 2 * NUMBER_MAX;
}

int number_route(const struct number_pattern *p, size_t n, const char *digits, int *partial)
{
	int best = -ENOENT, best_rank = -1, partial_rank = -1;

	for (size_t i = 0; i < n; i++) {
		enum number_match m = number_match(&p[i], digits);
		int r = rank(&p[i]);

		if (m == NUMBER_FULL && r > best_rank) {
			best = (int)i;
			best_rank = r;
		} else if (m == NUMBER_PARTIAL && r > partial_rank) {
			partial_rank = r;
		}
	}
	if (partial)
		*partial = partial_rank > best_rank;
	return best;
}
