/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/conf_parts.h"

#include <string.h>

#define WORD_MAX 48 /* longer words are not compared */

/* Long file names lose their beginning: the end tells more. */
static void copy_name(char *dst, size_t size, const char *src)
{
	size_t len = strlen(src);

	if (len < size)
		memcpy(dst, src, len + 1);
	else
		snprintf(dst, size, "...%s", src + len - (size - 4));
}

/* Keeps the errors in the order of the text; equal places in the order they were found. */
struct conf_error *conf_error_add(struct conf_errors *errs, int order, const char *file, int line,
				  const char *path)
{
	struct conf_error *e;
	size_t i = errs->n;

	if (errs->n == CONF_ERRORS_MAX) {
		errs->more++;
		return NULL;
	}
	while (i > 0 && errs->items[i - 1].order > order) {
		errs->items[i] = errs->items[i - 1];
		i--;
	}
	errs->n++;
	e = &errs->items[i];
	memset(e, 0, sizeof(*e));
	e->order = order;
	e->line = line;
	copy_name(e->file, sizeof(e->file), file);
	snprintf(e->path, sizeof(e->path), "%s", path);
	return e;
}

int conf_error_text(const struct conf_error *e, char *buf, size_t size)
{
	char line[16] = "";

	if (e->line > 0)
		snprintf(line, sizeof(line), ":%d", e->line);
	return snprintf(buf, size, "%s%s: %s%s%s%s%s", e->file, line, e->path,
			e->path[0] ? ": " : "", e->wrong, e->right[0] ? "; " : "", e->right);
}

void conf_errors_print(const struct conf_errors *errs, FILE *to)
{
	char text[sizeof(struct conf_error) + 32];

	for (size_t i = 0; i < errs->n; i++) {
		conf_error_text(&errs->items[i], text, sizeof(text));
		fprintf(to, "%s\n", text);
	}
	if (errs->more)
		fprintf(to, "and %zu more\n", errs->more);
}

static size_t min3(size_t a, size_t b, size_t c)
{
	size_t m = a < b ? a : b;

	return m < c ? m : c;
}

/* Edit distance with swapped neighbours as one edit (optimal string alignment). */
static size_t distance(const char *a, const char *b)
{
	size_t rows[3][WORD_MAX + 1];
	size_t *before = rows[0], *above = rows[1], *row = rows[2];
	size_t na = strlen(a), nb = strlen(b);

	if (na > WORD_MAX || nb > WORD_MAX)
		return WORD_MAX;
	for (size_t j = 0; j <= nb; j++)
		above[j] = j;
	for (size_t i = 1; i <= na; i++) {
		size_t *reused = before;

		row[0] = i;
		for (size_t j = 1; j <= nb; j++) {
			size_t change = above[j - 1] + (a[i - 1] != b[j - 1]);

			row[j] = min3(change, above[j] + 1, row[j - 1] + 1);
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
				row[j] = min3(row[j], row[j], before[j - 2] + 1);
		}
		before = above;
		above = row;
		row = reused;
	}
	return above[nb];
}

const char *conf_nearest(const char *word, const char *const *names, size_t n)
{
	size_t best = 1 + strlen(word) / 3; /* as many typing errors are believed */
	const char *found = NULL;

	for (size_t i = 0; i < n; i++) {
		size_t d = distance(word, names[i]);

		if (d < best || (d == best && !found)) {
			best = d;
			found = names[i];
		}
	}
	return found;
}
