/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Free-form content: steps of a call flow that choose their settings by "op" and nest. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/conf.h"

enum op { OP_PLAY, OP_MENU, OP_HANGUP };

struct step;

struct choice {
	char digit[2];
	struct step *steps;
	uint16_t n_steps;
};

struct step {
	char label[8];
	enum op op;
	union {
		struct {
			char file[16];
			int times;
		} play;
		struct {
			struct choice *choices;
			size_t n_choices;
			float wait_s;
		} menu;
	} u;
};

struct flow {
	struct step first;
	struct step *steps;
	size_t n_steps;
};

static const struct conf_group step_group;
static const struct conf_field choice_fields[] = {
	{"digit", CONF_STRING, conf_at(choice, digit), .required = true, .min = 1},
	{"steps", CONF_TREE, conf_tree(choice, steps, n_steps), .max_items = 4,
	 .group = &step_group},
	{0}};
static const struct conf_group choice_group = {.size = sizeof(struct choice),
					       .fields = choice_fields};
static const struct conf_field play_fields[] = {
	{"file", CONF_STRING, conf_at(step, u.play.file), .required = true},
	{"times", CONF_INT, conf_at(step, u.play.times), .min = 1, .max = 9, .def = "1"},
	{0}};
static const struct conf_field menu_fields[] = {
	{"choices", CONF_TREE, conf_tree(step, u.menu.choices, u.menu.n_choices), .required = true,
	 .min_items = 1, .max_items = 12, .group = &choice_group},
	{"wait_s", CONF_FLOAT, conf_at(step, u.menu.wait_s), .def = "2.5"},
	{0}};
static const struct conf_variant step_variants[] = {{"play", OP_PLAY, play_fields},
						    {"menu", OP_MENU, menu_fields},
						    {"hangup", OP_HANGUP, NULL},
						    {0}};
static const struct conf_field step_fields[] = {{"label", CONF_STRING, conf_at(step, label)}, {0}};
static const struct conf_group step_group = {.size = sizeof(struct step),
					     .fields = step_fields,
					     .selector = "op",
					     conf_selector(step, op),
					     .variants = step_variants};
static const struct conf_field flow_fields[] = {
	{"first", CONF_GROUP, conf_at(flow, first), .group = &step_group},
	{"steps", CONF_TREE, conf_tree(flow, steps, n_steps), .max_items = 8, .required = true,
	 .group = &step_group},
	{0}};
static const struct conf_group flow_group = {.size = sizeof(struct flow), .fields = flow_fields};

static struct conf_errors errs;
static struct flow flow;

static int load(const char *text)
{
	return conf_load_text(text, "a.flow", &flow_group, &flow, &errs);
}

static void expect_error(size_t i, const char *expected)
{
	char line[1024];

	assert_true(i < errs.n);
	conf_error_text(&errs.items[i], line, sizeof(line));
	assert_string_equal(line, expected);
}

static void test_variants(void **state)
{
	const struct choice *choices;

	(void)state;
	assert_int_equal(load("first = { op = \"play\"; file = \"hello\"; times = 3; };\n"
			      "steps = ( { label = \"m\"; op = \"menu\"; choices = (\n"
			      "    { digit = \"1\"; steps = ( { op = \"play\"; file = \"x\"; },\n"
			      "                               { op = \"hangup\"; } ); },\n"
			      "    { digit = \"2\"; } ); },\n"
			      "  { op = \"hangup\"; } );"),
			 0);
	assert_string_equal(flow.first.u.play.file, "hello");
	assert_int_equal(flow.first.u.play.times, 3);
	assert_int_equal(flow.n_steps, 2);
	assert_int_equal(flow.steps[0].op, OP_MENU);
	assert_string_equal(flow.steps[0].label, "m");
	assert_true(flow.steps[0].u.menu.wait_s == 2.5f);
	assert_int_equal(flow.steps[0].u.menu.n_choices, 2);
	choices = flow.steps[0].u.menu.choices;
	assert_string_equal(choices[0].digit, "1");
	assert_int_equal(choices[0].n_steps, 2);
	assert_int_equal(choices[0].steps[0].op, OP_PLAY);
	assert_int_equal(choices[0].steps[0].u.play.times, 1);
	assert_int_equal(choices[0].steps[1].op, OP_HANGUP);
	assert_int_equal(choices[1].n_steps, 0);
	assert_null(choices[1].steps);
	assert_int_equal(flow.steps[1].op, OP_HANGUP);
	conf_free(&flow_group, &flow);
	assert_null(flow.steps);
	assert_int_equal(flow.n_steps, 0);
	conf_free(&flow_group, &flow); /* nothing left to free */
}

/* What was allocated before the error was found is freed: the sanitized build looks. */
static void test_errors(void **state)
{
	(void)state;
	memset(&flow, 0, sizeof(flow));
	assert_int_equal(load("steps = ( { op = \"menu\"; choices = (\n"
			      "  { digit = \"1\"; steps = (\n"
			      "    { op = \"ply\"; flie = \"x\"; labl = 1 },\n"
			      "    { op = \"play\"; choices = (); },\n"
			      "    { file = \"x\"; label = \"too long\"; },\n"
			      "    { op = 5; } ); } ); },\n"
			      "  { op = \"hangup\"; file = \"x\"; } );"),
			 -EINVAL);
	assert_null(flow.steps);
	assert_int_equal(errs.n, 7);
	expect_error(0, "a.flow:3: steps[0].choices[0].steps[0].op: \"ply\" is not known; must be "
			"one of \"play\", \"menu\", \"hangup\"");
	expect_error(1, "a.flow:4: steps[0].choices[0].steps[1].file: is missing; must be a string "
			"of at most 15 octets");
	expect_error(2, "a.flow:4: steps[0].choices[0].steps[1].choices: is not a known setting; "
			"known here: op, label, file, times");
	expect_error(3, "a.flow:5: steps[0].choices[0].steps[2].op: is missing; must be one of "
			"\"play\", \"menu\", \"hangup\"");
	expect_error(4, "a.flow:5: steps[0].choices[0].steps[2].label: has 8 octets; must be a "
			"string of at most 7 octets");
	expect_error(5, "a.flow:6: steps[0].choices[0].steps[3].op: is an integer; must be one of "
			"\"play\", \"menu\", \"hangup\"");
	expect_error(6, "a.flow:7: steps[1].file: is not a known setting; known here: op, label");
}

/* A flow that nests n menus: 1 + 2 n groups deep. */
static char *nested(int n)
{
	char *text = calloc(1, 200 + 100 * (size_t)n);

	assert_non_null(text);
	strcat(text, "steps = (");
	for (int i = 0; i < n; i++)
		strcat(text, "{op=\"menu\";choices=({digit=\"1\";steps=(");
	for (int i = 0; i < n; i++)
		strcat(text, ");});}");
	return strcat(text, ");");
}

static void test_depth(void **state)
{
	char *text = nested((CONF_DEPTH_MAX - 1) / 2);

	(void)state;
	assert_int_equal(load(text), 0);
	conf_free(&flow_group, &flow);
	free(text);
	text = nested((CONF_DEPTH_MAX - 1) / 2 + 1);
	assert_int_equal(load(text), -EINVAL);
	assert_int_equal(errs.n, 1);
	assert_string_equal(errs.items[0].wrong, "groups are nested deeper than 16");
	free(text);
	text = nested(3000); /* neither libconfig nor we may run out of stack */
	assert_int_equal(load(text), -EINVAL);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_variants),
		cmocka_unit_test(test_errors),
		cmocka_unit_test(test_depth),
	};

	return cmocka_run_group_tests_name("base/conf tree", tests, NULL, NULL);
}
