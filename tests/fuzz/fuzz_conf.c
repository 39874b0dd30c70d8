/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Configuration from anybody: text to struct, or to errors that can be printed.
 * The schema has a setting of each kind and nests. Included files do not exist.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/conf.h"

enum op { OP_PLAY = 1, OP_MENU };

struct step {
	char label[8];
	enum op op;
	union {
		struct {
			char files[3][12];
			int n_files;
			bool loop;
		} play;
		struct {
			struct step *steps;
			size_t n_steps;
			float wait_s;
		} menu;
	} u;
};

struct doc {
	struct step first;
	struct step last[2];
	uint8_t n_last;
	struct step *steps;
	size_t n_steps;
	int8_t i8;
	uint16_t ints[4];
	size_t n_ints;
	int64_t i64;
	double d;
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
const char *__lsan_default_suppressions(void);
const char *__lsan_default_options(void);

/* libconfig 1.5 forgets the string at hand when it meets a syntax error. */
const char *__lsan_default_suppressions(void)
{
	return "leak:libconfig.so";
}

const char *__lsan_default_options(void)
{
	return "print_suppressions=0";
}

static const struct conf_group step_group;
static const struct conf_field play_fields[] = {
	{"files", CONF_STRINGS, conf_items(step, u.play.files, u.play.n_files), .min_items = 1},
	{"loop", CONF_BOOL, conf_at(step, u.play.loop), .def = "true"},
	{0}};
static const struct conf_field menu_fields[] = {
	{"steps", CONF_TREE, conf_tree(step, u.menu.steps, u.menu.n_steps), .max_items = 5,
	 .group = &step_group},
	{"wait_s", CONF_FLOAT, conf_at(step, u.menu.wait_s), .min = 0, .max = 60},
	{0}};
static const struct conf_variant step_variants[] = {
	{"play", OP_PLAY, play_fields}, {"menu", OP_MENU, menu_fields}, {0}};
static const struct conf_field step_fields[] = {{"label", CONF_STRING, conf_at(step, label)}, {0}};

static void check_step(void *group, struct conf_place *at)
{
	const struct step *s = group;

	if (s->op == OP_PLAY && s->u.play.n_files == 2)
		conf_fail(at, "files[1]", "one or three", "%s is too much", s->u.play.files[1]);
	if (s->op == OP_MENU && s->u.menu.n_steps == 2)
		conf_fail(at, "steps[1].steps[0].label", NULL, "is not liked");
}

static const struct conf_group step_group = {.size = sizeof(struct step),
					     .fields = step_fields,
					     .selector = "op",
					     conf_selector(step, op),
					     .variants = step_variants,
					     .check = check_step};
static const struct conf_name words[] = {{"one", 1}, {"two", 2}, {0}};
static const struct conf_field doc_fields[] = {
	{"first", CONF_GROUP, conf_at(doc, first), .group = &step_group},
	{"last", CONF_LIST, conf_items(doc, last, n_last), .group = &step_group},
	{"steps", CONF_TREE, conf_tree(doc, steps, n_steps), .max_items = 5, .group = &step_group},
	{"i8", CONF_ENUM, conf_at(doc, i8), .names = words, .def = "two"},
	{"ints", CONF_INTS, conf_items(doc, ints, n_ints), .min = 0, .max = 65535},
	{"i64", CONF_INT, conf_at(doc, i64)},
	{"d", CONF_FLOAT, conf_at(doc, d)},
	{0}};
static const struct conf_group doc_group = {.size = sizeof(struct doc), .fields = doc_fields};

static void check_errors(const struct conf_errors *errs)
{
	char line[sizeof(struct conf_error) + 32];

	for (size_t i = 0; i < errs->n; i++) {
		if (conf_error_text(&errs->items[i], line, sizeof(line)) >= (int)sizeof(line))
			abort();
		if (errs->items[i].line < 1 || errs->items[i].wrong[0] == 0)
			abort();
		if (i > 0 && errs->items[i].order < errs->items[i - 1].order)
			abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct conf_errors errs;
	struct doc doc;
	char *text;
	int err;

	if (memmem(data, size, "\"/", 2))
		return 0; /* no files of this machine */
	text = calloc(1, size + 1);
	if (!text)
		return 0;
	if (size)
		memcpy(text, data, size);
	err = conf_load_text(text, "/nowhere/fuzz", &doc_group, &doc, &errs);
	if ((err == 0) != (errs.n == 0))
		abort();
	if (err == 0)
		conf_free(&doc_group, &doc);
	check_errors(&errs);
	free(text);
	return 0;
}
