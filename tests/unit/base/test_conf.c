/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/conf.h"

enum rule { RULE_FIRST, RULE_LAST = 7 };

struct span {
	char name[8];
	int jitter_ms;
	enum rule rule;
	uint8_t slots[4];
	size_t n_slots;
};

struct site {
	char country[8], motto[16];
	bool lockstep, has_clock;
	double gain_db;
	float ratio;
	int16_t small;
	uint32_t wide;
	int64_t huge;
	char peers[3][6];
	int n_peers;
	struct span spans[3];
	size_t n_spans;
	struct {
		int rate;
		bool given;
	} clock;
	int order[3]; /* group checks that ran */
};

static const struct conf_name rules[] = {{"first", RULE_FIRST}, {"last", RULE_LAST}, {0}};

static void check_span(void *group, struct conf_place *at)
{
	const struct span *s = group;

	if (s->rule == RULE_LAST && s->n_slots == 0)
		conf_fail(at, "rule", "give slots", "rule \"last\" without slots");
	for (size_t i = 1; i < s->n_slots; i++) {
		char path[32];

		snprintf(path, sizeof(path), "slots[%zu]", i);
		if (s->slots[i] == s->slots[0])
			conf_fail(at, path, NULL, "slot %d is there twice", s->slots[i]);
	}
}

static void check_site(void *group, struct conf_place *at)
{
	struct site *s = group;

	s->order[0]++;
	if (strcmp(s->country, "xx") == 0)
		conf_fail(at, "country", "use \"cn\"", "no tones for \"xx\"");
	for (size_t i = 0; i < s->n_spans; i++) {
		if (strcmp(s->spans[i].name, s->country) == 0)
			conf_fail(at, i == 0 ? "spans[0].name" : "spans[1].jitter_ms", NULL,
				  "named as the country");
	}
	if (s->small == 99)
		conf_fail(at, NULL, "use another", "99 is not liked");
}

static const char *no_vowel(const void *value)
{
	return strpbrk(value, "aeiou") ? "has a vowel" : NULL;
}

static const struct conf_field span_fields[] = {
	{"name", CONF_STRING, conf_at(span, name), .required = true, .min = 1},
	{"jitter_ms", CONF_INT, conf_at(span, jitter_ms), .min = 1, .max = 200, .def = "20",
	 .help = "milliseconds of jitter buffer"},
	{"rule", CONF_ENUM, conf_at(span, rule), .names = rules, .def = "last"},
	{"slots", CONF_INTS, conf_items(span, slots, n_slots), .min = 1, .max = 31},
	{0}};
static const struct conf_group span_group = {
	.size = sizeof(struct span), .fields = span_fields, .check = check_span};
static const struct conf_field clock_fields[] = {{"rate", CONF_INT, 0, sizeof(int), .def = "8000"},
						 {0}};
static const struct conf_group clock_group = {.size = 8, .fields = clock_fields};
static const struct conf_field site_fields[] = {
	{"country", CONF_STRING, conf_at(site, country), .def = "cn"},
	{"motto", CONF_STRING, conf_at(site, motto), .check = no_vowel},
	{"lockstep", CONF_BOOL, conf_at(site, lockstep), .def = "true"},
	{"gain_db", CONF_FLOAT, conf_at(site, gain_db), .min = -20, .max = 6, .def = "-1.5"},
	{"ratio", CONF_FLOAT, conf_at(site, ratio)},
	{"small", CONF_INT, conf_at(site, small)},
	{"wide", CONF_INT, conf_at(site, wide), .min = 0, .max = 4294967295.0},
	{"huge", CONF_INT, conf_at(site, huge)},
	{"peers", CONF_STRINGS, conf_items(site, peers, n_peers), .min_items = 1},
	{"spans", CONF_LIST, conf_items(site, spans, n_spans), .group = &span_group,
	 .required = true},
	{"clock", CONF_GROUP, conf_at(site, clock), .group = &clock_group,
	 conf_count(site, has_clock)},
	{0}};
static const struct conf_group site_group = {
	.size = sizeof(struct site), .fields = site_fields, .check = check_site};

static struct conf_errors errs;
static struct site site;

static int load(const char *text)
{
	memset(&site, 0x5A, sizeof(site));
	return conf_load_text(text, "site.conf", &site_group, &site, &errs);
}

/* All messages, one a line: a golden trace. */
static const char *messages(void)
{
	static char text[64 * 1024];
	char line[1024];

	text[0] = 0;
	for (size_t i = 0; i < errs.n; i++) {
		conf_error_text(&errs.items[i], line, sizeof(line));
		strcat(strcat(text, line), "\n");
	}
	return text;
}

static void refused(const char *text, const char *expected)
{
	struct site before;

	memset(&before, 0x5A, sizeof(before));
	assert_int_equal(load(text), -EINVAL);
	assert_string_equal(messages(), expected);
	assert_memory_equal(&site, &before, sizeof(site)); /* never half-written */
}

static void test_fills_everything(void **state)
{
	(void)state;
	assert_int_equal(load("country = \"de\"; motto = \"t\\x2fx\\n\"; lockstep = false;\n"
			      "gain_db = -3; ratio = 0.25; small = -32768; wide = 4294967295;\n"
			      "huge = -9007199254740993; peers = [ \"a\", \"bcdef\" ];\n"
			      "spans = ( { name = \"E1-1\"; jitter_ms = 200; rule = \"first\";\n"
			      "            slots = [ 1, 0x1F ]; },\n"
			      "          { name = \"E1-2\"; rule = \"first\"; } );\n"
			      "clock : { rate = 16000; };\n"),
			 0);
	assert_int_equal(errs.n, 0);
	assert_string_equal(site.country, "de");
	assert_string_equal(site.motto, "t/x\n");
	assert_false(site.lockstep);
	assert_true(site.gain_db == -3.0 && site.ratio == 0.25f);
	assert_int_equal(site.small, -32768);
	assert_int_equal(site.wide, 4294967295u);
	assert_true(site.huge == -9007199254740993);
	assert_int_equal(site.n_peers, 2);
	assert_string_equal(site.peers[1], "bcdef");
	assert_int_equal(site.n_spans, 2);
	assert_string_equal(site.spans[0].name, "E1-1");
	assert_int_equal(site.spans[0].jitter_ms, 200);
	assert_int_equal(site.spans[0].rule, RULE_FIRST);
	assert_int_equal(site.spans[0].n_slots, 2);
	assert_int_equal(site.spans[0].slots[1], 31);
	assert_int_equal(site.spans[1].jitter_ms, 20);
	assert_int_equal(site.clock.rate, 16000);
	assert_true(site.has_clock);
	assert_int_equal(site.order[0], 1);
}

static void test_defaults(void **state)
{
	(void)state;
	assert_int_equal(load("spans = []"), 0);
	assert_string_equal(site.country, "cn");
	assert_string_equal(site.motto, "");
	assert_true(site.lockstep);
	assert_true(site.gain_db == -1.5);
	assert_int_equal(site.n_spans, 0);
	assert_int_equal(site.n_peers, 0);
	assert_int_equal(site.clock.rate, 8000);
	assert_false(site.has_clock);
}

static void test_all_errors_at_once(void **state)
{
	(void)state;
	refused("country = 5;\n"
		"contry = \"de\";\n"
		"lockstep = \"yes\";\n"
		"gain_db = 6.5;\n"
		"peers = [];\n"
		"spans = (\n"
		"  { name = \"\"; jitter_ms = 900; rule = \"middle\"; },\n"
		"  { jitter = 5; slots = [ 1, 32 ]; rule = \"first\" },\n"
		"  7\n"
		");\n"
		"clock = 3;\n"
		"zzz = 1;\n",
		"site.conf:1: country: is an integer; must be a string of at most 7 octets\n"
		"site.conf:2: contry: is not a known setting; did you mean \"country\"?\n"
		"site.conf:3: lockstep: is a string; must be true or false\n"
		"site.conf:4: gain_db: 6.5 is out of range; must be a number from -20 to 6\n"
		"site.conf:5: peers: has 0 items; must be strings [ \"..\", \"..\" ] of at most 5 "
		"octets, 1 to 3 of them\n"
		"site.conf:7: spans[0].name: is empty; must be a string of 1 to 7 octets\n"
		"site.conf:7: spans[0].jitter_ms: 900 is out of range; must be an integer from 1 "
		"to 200 (milliseconds of jitter buffer)\n"
		"site.conf:7: spans[0].rule: \"middle\" is not known; must be one of \"first\", "
		"\"last\"\n"
		"site.conf:8: spans[1].name: is missing; must be a string of 1 to 7 octets\n"
		"site.conf:8: spans[1].slots[1]: 32 is out of range; must be integers [ .., .. ] "
		"from 1 to 31, at most 4\n"
		"site.conf:8: spans[1].jitter: is not a known setting; did you mean "
		"\"jitter_ms\"?\n"
		"site.conf:9: spans[2]: is an integer, must be a group { .. }\n"
		"site.conf:11: clock: is an integer; must be a group { .. }\n"
		"site.conf:12: zzz: is not a known setting; known here: country, motto, lockstep, "
		"gain_db, ratio, small, wide, huge, peers, spans, clock\n");
}

static void test_missing(void **state)
{
	(void)state;
	refused("", "site.conf:1: spans: is missing; must be a list of groups ( {..}, {..} ), at "
		    "most 3\n");
}

static void test_limits(void **state)
{
	static const struct {
		const char *setting, *wrong; /* NULL: is right */
	} cases[] = {
		{"small = 32767", NULL},
		{"small = 32768", "32768 is out of range"},
		{"small = -32769", "-32769 is out of range"},
		{"wide = 4294967296", "4294967296 is out of range"},
		{"wide = -1", "-1 is out of range"},
		{"wide = 0xFFFFFFFF", NULL},
		{"wide = 0x100000000", "4294967296 is out of range"},
		{"small = 4294967297", "4294967297 is out of range"},
		{"huge = 9223372036854775806", NULL},
		{"huge = 9223372036854775807", "9223372036854775807 is out of range"},
		{"huge = 99999999999999999999999999", "9223372036854775807 is out of range"},
		{"huge = -99999999999999999999999999", "-9223372036854775808 is out of range"},
		{"huge = 0xFFFFFFFFFFFFFFFFFF", "9223372036854775807 is out of range"},
		{"huge = 12345678901234L", NULL},
		{"small = 1.0", "is a number with a fraction"},
		{"small = \"1\"", "is a string"},
		{"small = true", "is true or false"},
		{"small = [ 1 ]", "is an array [ .. ]"},
		{"small = ( 1 )", "is a list ( .. )"},
		{"gain_db = -20", NULL},
		{"gain_db = -20.001", "-20.001 is out of range"},
		{"ratio = 1e999", "inf is out of range"},
		{"ratio = -.5e1", NULL},
		{"gain_db = \"loud\"", "is a string"},
		{"lockstep = 1", "is an integer"},
		{"lockstep = TRUE", NULL},
		{"country = \"1234567\"", NULL},
		{"country = \"12345678\"", "has 8 octets"},
		{"country = \"\\x01\"", "is not UTF-8 text"},
		{"country = \"\\xC3\\xA4\"", NULL},
		{"country = \"\\xC3\"", "is not UTF-8 text"},
		{"country = \"\\xC0\\x80\"", "is not UTF-8 text"},
		{"country = \"\\xED\\xA0\\x80\"", "is not UTF-8 text"},
		{"country = \"\\xF4\\x90\\x80\\x80\"", "is not UTF-8 text"},
		{"country = \"\\xF0\\x90\\x80\\x80\"", NULL},
		{"country = \"\\xE4\\xB8\"", "is not UTF-8 text"},
		{"motto = \"mottO\"", "has a vowel"},
		{"peers = [ \"a\", \"b\", \"c\", \"d\" ]", "has 4 items"},
		{"peers = ( \"a\", \"b\" )", NULL},
		{"peers = ( \"a\", 2 )", "is an integer"},
		{"peers = \"a\"", "is a string"},
		{"clock = ( )", "is a list ( .. )"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char text[200];
		int err;

		snprintf(text, sizeof(text), "spans = ();\n%s;\n", cases[i].setting);
		err = load(text);
		if (err != (cases[i].wrong ? -EINVAL : 0))
			fail_msg("%s: %d %s", cases[i].setting, err, messages());
		if (cases[i].wrong) {
			assert_int_equal(errs.n, 1);
			assert_int_equal(errs.items[0].line, 2);
			assert_string_equal(errs.items[0].wrong, cases[i].wrong);
		}
	}
}

static void test_lists_too_long(void **state)
{
	(void)state;
	refused("spans = ( {name=\"a\";rule=\"first\"}, {name=\"b\";rule=\"first\"},\n"
		"{name=\"c\";rule=\"first\"}, {name=\"d\"} )",
		"site.conf:1: spans: has 4 items; must be a list of groups ( {..}, {..} ), at most "
		"3\n");
	refused("spans = {};", "site.conf:1: spans: is a group { .. }; must be a list of groups ( "
			       "{..}, {..} ), at most 3\n");
}

static void test_cross_checks(void **state)
{
	(void)state;
	refused("country = \"b\"; small = 99;\n"
		"spans = ( { name = \"b\"; rule = \"first\"; },\n"
		"          { name = \"b\"; rule = \"first\";\n"
		"            jitter_ms = 7; } );",
		"site.conf:1: 99 is not liked; use another\n"
		"site.conf:2: spans[0].name: named as the country\n"
		"site.conf:4: spans[1].jitter_ms: named as the country\n");
	/* The site's own check waits until its spans are good. */
	refused("country = \"xx\";\n"
		"spans = ( { name = \"b\"; },\n"
		"  { name = \"b\"; slots = [ 5, 6,\n"
		"   5 ]; } );",
		"site.conf:2: spans[0].rule: rule \"last\" without slots; give slots\n"
		"site.conf:4: spans[1].slots[2]: slot 5 is there twice\n");
}

static void test_syntax(void **state)
{
	static const char look[] =
		"look here and on the line before for \"name = value;\" and brackets";
	char expected[200];

	(void)state;
	snprintf(expected, sizeof(expected), "site.conf:3: syntax error; %s\n", look);
	refused("spans = ();\nsmall = \ncountry = 5;\n", expected);
	refused("spans = ();\nspans = ();\n", "site.conf:2: duplicate setting name\n");
	refused("spans = ();\n# \"\n/* small = 5;\n",
		"site.conf:3: comment is not closed; close it with */\n");
	refused("spans = ();\n// /*\ncountry = \"a\\\";\n\n",
		"site.conf:3: string is not closed; close it with \"\n");
	refused("peers = [ 1,\n \"a\" ]", "site.conf:2: mismatched element type in array\n");
}

/* Comments, strings and numbers of every shape reach libconfig unchanged. */
static void test_text_is_kept(void **state)
{
	(void)state;
	assert_int_equal(load("\xEF\xBB\xBF# 99999999999\r\n/* \" 99999999999 */ spans=();//\"\n"
			      "motto = \"#/*999999999\" \"//\";/**/small=-5;huge=+0;*x99999999999"
			      "=1;"),
			 -EINVAL);
	assert_int_equal(errs.n, 1);
	assert_string_equal(errs.items[0].path, "*x99999999999");
	assert_int_equal(load("spans=();motto = \"#/*999999999\" \"//\";/**/small=-5;huge=+7;"), 0);
	assert_string_equal(site.motto, "#/*999999999//");
	assert_int_equal(site.small, -5);
	assert_int_equal(site.huge, 7);
}

static void test_many_errors(void **state)
{
	char text[4000] = "spans = ();\n", line[32];

	(void)state;
	for (int i = 0; i < CONF_ERRORS_MAX + 10; i++) {
		snprintf(line, sizeof(line), "nonsense%d = %d;\n", i, i);
		strcat(text, line);
	}
	assert_int_equal(load(text), -EINVAL);
	assert_int_equal(errs.n, CONF_ERRORS_MAX);
	assert_int_equal(errs.more, 10);
	assert_int_equal(load("spans = ();"), 0);
	assert_int_equal(errs.n + errs.more, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fills_everything),
		cmocka_unit_test(test_defaults),
		cmocka_unit_test(test_all_errors_at_once),
		cmocka_unit_test(test_missing),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_lists_too_long),
		cmocka_unit_test(test_cross_checks),
		cmocka_unit_test(test_syntax),
		cmocka_unit_test(test_text_is_kept),
		cmocka_unit_test(test_many_errors),
	};

	return cmocka_run_group_tests_name("base/conf", tests, NULL, NULL);
}
