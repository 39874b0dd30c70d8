/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the files behind conf.h share; nobody else includes this.
 *
 *	conf_text.c   a file and what it includes become one text with a line map
 *	conf.c        the text, read by libconfig, is walked along the schema
 *	conf_value.c  one scalar: type, limits, default, and how to say what it must be
 *	conf_error.c  the list of errors; the nearest known word
 */
#ifndef BASE_CONF_PARTS_H
#define BASE_CONF_PARTS_H

#include <libconfig.h>
#include <stdarg.h>
#include <stdint.h>

#include "base/conf.h"

/* ---- conf_text.c -------------------------------------------------------------------------- */

struct conf_span; /* a run of lines of one file */

/* One text of a file and all that it includes. */
struct conf_text {
	char *text; /* ends with 0 */
	size_t len, size;
	size_t octets; /* of all files read so far */
	int lines; /* newlines in text */
	struct conf_span *spans;
	size_t n_spans;
	char **files; /* names, [0] is the file itself */
	size_t n_files;
};

/**
 * conf_text_read() - read @file, or take @text as its content
 *
 * Does what libconfig 1.5 gets wrong: an include of a folder ends the process, a
 * comment that is not closed swallows the rest without a word, integers beyond 32
 * bits wrap around. Here includes are expanded (regular files only), open comments
 * and strings are errors, and integers get the suffix L where they need it; those
 * beyond 64 bits become INT64_MAX or INT64_MIN.
 *
 * Return: 0 or a negative errno with errors in @errs. Needs conf_text_free() either way.
 */
int conf_text_read(struct conf_text *t, const char *file, const char *text,
		   struct conf_errors *errs);
void conf_text_free(struct conf_text *t);
/* File and line (1-based) of a line of the text (1-based; 0 is taken as 1). */
const char *conf_text_where(const struct conf_text *t, int at, int *line);

/* ---- conf_error.c ------------------------------------------------------------------------- */

struct conf_error *conf_error_add(struct conf_errors *errs, int order, const char *file, int line,
				  const char *path);
/* The word of names (n of them) nearest to word, or NULL when none is near. */
const char *conf_nearest(const char *word, const char *const *names, size_t n);

/* ---- conf_value.c ------------------------------------------------------------------------- */

/* Store an integer of 1, 2, 4 or 8 octets; read one back (not sign-extended below 8). */
void conf_put_int(void *at, size_t size, int64_t v);
uint64_t conf_get_count(const void *at, size_t size);
/* Give a scalar field its default. */
void conf_set_default(const struct conf_field *f, void *at);
/* Check one scalar and store it. Return: 0, or -EINVAL with what is wrong in wrong. */
int conf_set_scalar(const struct conf_field *f, const config_setting_t *s, void *at, char *wrong,
		    size_t size);
/* "must be an integer from 1 to 200 (help)" */
void conf_describe(const struct conf_field *f, char *buf, size_t size);
/* "an integer", "a string".. for what the file has */
const char *conf_kind(const config_setting_t *s);

#endif
