/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Configuration: libconfig files checked against a schema, into plain structs.
 *
 * A caller describes each group of its file as a table of fields and gets a
 * filled struct, or every error of the file at once, each with file, line, path,
 * what is wrong and what would be right. The result is written only when the
 * whole file is good: a bad file never replaces a running configuration.
 *
 *	struct span_cfg { char name[16]; int jitter_ms; int rule; };
 *	struct site_cfg { char country[8]; struct span_cfg spans[8]; size_t n_spans; };
 *
 *	static const struct conf_name rules[] = {{"first", 0}, {"last", 1}, {0}};
 *	static const struct conf_field span_fields[] = {
 *		{"name", CONF_STRING, conf_at(span_cfg, name), .required = true, .min = 1},
 *		{"jitter_ms", CONF_INT, conf_at(span_cfg, jitter_ms), .min = 1, .max = 200,
 *		 .def = "20", .help = "milliseconds of jitter buffer"},
 *		{"rule", CONF_ENUM, conf_at(span_cfg, rule), .names = rules, .def = "first"},
 *		{0}};
 *	static const struct conf_group span_group = {.size = sizeof(struct span_cfg),
 *						     .fields = span_fields};
 *	static const struct conf_field site_fields[] = {
 *		{"country", CONF_STRING, conf_at(site_cfg, country), .def = "cn"},
 *		{"spans", CONF_LIST, conf_items(site_cfg, spans, n_spans), .group = &span_group,
 *		 .required = true, .min_items = 1},
 *		{0}};
 *
 * Free-form content (steps of a call flow) is a group with a selector: the value
 * of one string setting, say "op", adds the fields of one variant. The struct
 * normally has a C union for them, conf_at(step, u.play.file) reaches into it.
 * Lists of such groups that nest are CONF_TREE: their items are allocated.
 *
 * Context: a thread that may wait (reads files, allocates). Never the media thread.
 */
#ifndef BASE_CONF_H
#define BASE_CONF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#define CONF_ERRORS_MAX 64 /* errors kept; further ones are only counted */
#define CONF_DEPTH_MAX  16 /* groups within groups, the file itself is 1 */

enum conf_type {
	CONF_STRING, /* char[size]; UTF-8 without control characters but \t \n; min, max are octets */
	CONF_INT, /* signed or unsigned integer of 1, 2, 4 or 8 octets; min, max inclusive */
	CONF_FLOAT, /* float or double; an integer in the file will do; min, max inclusive */
	CONF_BOOL, /* bool; true or false in the file */
	CONF_ENUM, /* integer or enum of 1, 2 or 4 octets; the file has one of names as a string */
	CONF_GROUP, /* struct of group->size at offset */
	CONF_LIST, /* ( {..}, {..} ): array of max_items structs in place, and their count */
	CONF_TREE, /* the same, but offset is a pointer to an allocated array; may nest; conf_free() */
	CONF_STRINGS, /* [ "a", "b" ]: char[max_items][size], and their count */
	CONF_INTS, /* [ 1, 2 ]: integers of size octets each, and their count; min, max of each */
};

/* One allowed word of a CONF_ENUM and its value; the table ends with a NULL name. */
struct conf_name {
	const char *name;
	int value;
};

struct conf_group;

/*
 * One setting. Without min and max (both 0) a number may be whatever its size holds
 * as a signed integer; a string without max whatever fits. A field whose setting is absent gets
 * def; without def zeros, an empty string, an empty list; a group its fields' defaults.
 */
struct conf_field {
	const char *name; /* NULL ends the table */
	enum conf_type type;
	size_t offset;
	size_t size; /* of one item [octets]; for CONF_LIST and CONF_TREE it is group->size */
	bool required; /* must be there if the group around it is */
	double min, max; /* integers up to 2^53 */
	const char *def; /* scalars only; as text, must be right itself */
	const struct conf_name *names; /* CONF_ENUM */
	const struct conf_group *group; /* CONF_GROUP, CONF_LIST, CONF_TREE */
	size_t min_items, max_items; /* arrays and lists */
	size_t count_offset; /* receives the number of items; for others: 1 if given in */
	size_t count_size; /* the file, 0 if not. Integer of this size, 0: not wanted */
	const char *help; /* what would be right, ends the error message */
	/* CONF_STRING that names an item: the file's list ("steps") of groups with a "name". The
	 * check of the file's group has to know it too; this is told when that one cannot run. */
	const char *refers_to;
	/* Further check of one good value (of each item): NULL, or what is wrong with it. */
	const char *(*check)(const void *value);
};

/* Where a scalar or group member lies. */
#define conf_at(s, m) .offset = offsetof(struct s, m), .size = sizeof(((struct s *)0)->m)
/* An array in place and its count. */
#define conf_items(s, m, n)                                                                        \
	.offset = offsetof(struct s, m), .size = sizeof(((struct s *)0)->m[0]),                    \
	.max_items = sizeof(((struct s *)0)->m) / sizeof(((struct s *)0)->m[0]), conf_count(s, n)
/* A pointer to allocated items and their count; give .max_items too. */
#define conf_tree(s, m, n)                                                                         \
	.offset = offsetof(struct s, m), .size = sizeof(((struct s *)0)->m[0]), conf_count(s, n)
#define conf_count(s, n)                                                                           \
	.count_offset = offsetof(struct s, n), .count_size = sizeof(((struct s *)0)->n)

/* One kind of a group with a selector; the table ends with a NULL name. */
struct conf_variant {
	const char *name; /* the selector's value in the file, for instance "play" */
	int value; /* stored at selector_offset */
	const struct conf_field *fields; /* in addition to the group's; NULL: none */
};

struct conf_place; /* a place in the file, for a group's check */

struct conf_group {
	size_t size; /* of the struct [octets] */
	const struct conf_field *fields; /* NULL: none */
	/* Selector: NULL, or the name of a required string setting that picks a variant. */
	const char *selector;
	size_t selector_offset, selector_size; /* integer or enum for the variant's value */
	const struct conf_variant *variants;
	/* Cross-field check, called with the filled struct if all below it is good. Tells each
	 * fault to conf_fail(). May also complete the struct (derived members). */
	void (*check)(void *group, struct conf_place *at);
};

#define conf_selector(s, m)                                                                        \
	.selector_offset = offsetof(struct s, m), .selector_size = sizeof(((struct s *)0)->m)

struct conf_error {
	char file[256]; /* the file that has the line, also when it was included; cut at the left */
	int line; /* 1-based; 0: the file as a whole */
	int order; /* line counted with all that was included before it; errors are sorted by it */
	char path[128]; /* "spans[1].jitter_ms", items from 0; "" for the file as a whole */
	char wrong[256];
	char right[256]; /* "" when there is nothing to say */
};

/* About 60 KB: make it static or allocate it in threads with a small stack. */
struct conf_errors {
	size_t n; /* errors kept, in the order of the file */
	size_t more; /* errors that found no room */
	struct conf_error items[CONF_ERRORS_MAX];
};

/**
 * conf_load() - read and check one file
 * @file: libconfig syntax; names in "@include" are relative to the folder of the file they are in
 * @out: struct of @schema->size octets; written whole, and only when 0 is returned.
 *       What an earlier load allocated in it must be freed by the caller before.
 * @errs: emptied first; holds at least one error whenever the result is negative
 *
 * What is no libconfig at all (syntax error, setting given twice, unreadable include)
 * ends the reading and is then the only thing reported; all other errors are reported
 * together. A group's check runs only if the group is in the file (the file itself
 * always is) and everything in the group is good.
 *
 * Return: 0; -EINVAL the content is wrong; -EFBIG more than 256 KiB with all included
 * files; -ENOMEM; another negative errno when the file cannot be read.
 */
int conf_load(const char *file, const struct conf_group *schema, void *out,
	      struct conf_errors *errs);

/**
 * conf_load_text() - the same from a string
 * @name: stands for the file name in messages; includes are relative to its folder
 */
int conf_load_text(const char *text, const char *name, const struct conf_group *schema, void *out,
		   struct conf_errors *errs);

/** conf_free() - free what CONF_TREE fields of a loaded struct hold, and empty them */
void conf_free(const struct conf_group *schema, void *loaded);

/**
 * conf_fail() - report a fault from a group's check
 * @setting: path below the group ("jitter_ms", "spans[1].name"), or NULL for the group
 *           itself; where the file does not give it the nearest group's line is named
 * @right: what would be right, or NULL
 * @fmt: what is wrong
 */
void conf_fail(struct conf_place *at, const char *setting, const char *right, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

/** conf_error_text() - "file:line: path: what is wrong; what would be right"; snprintf()'s result */
int conf_error_text(const struct conf_error *e, char *buf, size_t size);

/** conf_errors_print() - all of them, one a line, and how many more there were */
void conf_errors_print(const struct conf_errors *errs, FILE *to);

#endif
