/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A table for people: columns as wide as their widest cell, numbers to the right.
 */
#ifndef CLI_TABLE_H
#define CLI_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#define TABLE_COLUMNS 16

enum table_colour { TABLE_PLAIN, TABLE_BAD, TABLE_GOOD, TABLE_DIM };

struct table {
	size_t columns;
	struct table_cell *cells;
	size_t cap, used;
	bool right[TABLE_COLUMNS];
};

/**
 * table_init() - begin with the headings
 * @headings: separated by '|'; one that begins with '>' is of numbers, set to the right
 */
void table_init(struct table *t, const char *headings);
/** table_add() - the next cell, row by row; @fmt gives its text; control characters become '?' */
void table_add(struct table *t, enum table_colour colour, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/** table_print() - all of it; colours only if @colour; frees the table */
void table_print(struct table *t, FILE *out, bool colour);

/** table_width() - columns that UTF-8 @text takes on a terminal; Chinese characters take two */
size_t table_width(const char *text);

#endif
