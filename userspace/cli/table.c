/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/table.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

struct table_cell {
	char *text;
	enum table_colour colour;
};

static const char *const colours[] = {
	[TABLE_PLAIN] = "",
	[TABLE_BAD] = "\033[1;31m",
	[TABLE_GOOD] = "\033[32m",
	[TABLE_DIM] = "\033[2m",
};

/* Code point at *text, which is moved on; octets that are no UTF-8 count as one each. */
static uint32_t next_point(const char **text)
{
	const unsigned char *p = (const unsigned char *)*text;
	int more = p[0] >= 0xf0 ? 3 : p[0] >= 0xe0 ? 2 : p[0] >= 0xc0 ? 1 : 0;
	uint32_t point = more ? p[0] & (0x3fu >> more) : p[0];

	for (int i = 1; i <= more; i++) {
		if ((p[i] & 0xc0) != 0x80) {
			more = 0;
			point = '?';
			break;
		}
		point = point << 6 | (p[i] & 0x3f);
	}
	*text += 1 + more;
	return point;
}

/* The blocks of Unicode's East Asian Wide characters that names come in. */
static bool is_wide(uint32_t point)
{
	return (point >= 0x1100 && point <= 0x115f) || (point >= 0x2e80 && point <= 0xa4cf) ||
	       (point >= 0xac00 && point <= 0xd7a3) || (point >= 0xf900 && point <= 0xfaff) ||
	       (point >= 0xfe30 && point <= 0xfe6f) || (point >= 0xff00 && point <= 0xff60) ||
	       (point >= 0xffe0 && point <= 0xffe6) || (point >= 0x20000 && point <= 0x3fffd);
}

size_t table_width(const char *text)
{
	size_t width = 0;

	while (*text)
		width += is_wide(next_point(&text)) ? 2 : 1;
	return width;
}

static void add_text(struct table *t, enum table_colour colour, char *text)
{
	struct table_cell *cells = t->cells;

	for (char *p = text; p && *p; p++) {
		if ((unsigned char)*p < ' ' || *p == 127)
			*p = '?'; /* a calling name must not drive the terminal */
	}
	if (t->used == t->cap) {
		t->cap = t->cap ? 2 * t->cap : 256;
		cells = realloc(cells, t->cap * sizeof(*cells));
		if (!cells)
			abort(); /* a command that prints a table: nothing better to do */
		t->cells = cells;
	}
	cells[t->used++] = (struct table_cell){text, colour};
}

void table_init(struct table *t, const char *headings)
{
	const char *end;

	*t = (struct table){0};
	for (const char *at = headings; *at && t->columns < TABLE_COLUMNS;
	     at = end + (*end == '|')) {
		end = strchrnul(at, '|');
		t->right[t->columns] = *at == '>';
		at += *at == '>';
		add_text(t, TABLE_DIM, strndup(at, (size_t)(end - at)));
		t->columns++;
	}
}

void table_add(struct table *t, enum table_colour colour, const char *fmt, ...)
{
	char *text = NULL;
	va_list ap;

	va_start(ap, fmt);
	if (vasprintf(&text, fmt, ap) < 0)
		text = NULL;
	va_end(ap);
	add_text(t, colour, text);
}

static const char *cell_text(const struct table *t, size_t i)
{
	return t->cells[i].text ? t->cells[i].text : "";
}

static void print_cell(const struct table *t, size_t i, size_t width, FILE *out, bool colour)
{
	size_t column = i % t->columns;
	int pad = (int)(width - table_width(cell_text(t, i)));
	bool last = column == t->columns - 1;
	bool paint = colour && t->cells[i].colour != TABLE_PLAIN;

	fprintf(out, "%*s%s%s%s%*s%s", t->right[column] ? pad : 0, "",
		paint ? colours[t->cells[i].colour] : "", cell_text(t, i), paint ? "\033[0m" : "",
		!t->right[column] && !last ? pad : 0, "", last ? "\n" : "  ");
}

void table_print(struct table *t, FILE *out, bool colour)
{
	size_t width[TABLE_COLUMNS] = {0};

	for (size_t i = 0; i < t->used; i++) {
		size_t w = table_width(cell_text(t, i));

		if (w > width[i % t->columns])
			width[i % t->columns] = w;
	}
	for (size_t i = 0; i < t->used; i++)
		print_cell(t, i, width[i % t->columns], out, colour);
	for (size_t i = 0; i < t->used; i++)
		free(t->cells[i].text);
	free(t->cells);
	*t = (struct table){0};
}
