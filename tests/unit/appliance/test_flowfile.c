/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Flow files and the configuration around them: what is read, and every error at its line. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "appliance/flowfile.h"
#include "appliance/plan.h"

static struct conf_errors errs;

/* Exactly these errors, "line path: beginning of what is wrong", in this order. */
static void bad(const char *text, const char *const *expected)
{
	struct flow f;
	size_t i;

	assert_int_equal(flowfile_load_text(text, "f", &f, &errs), -EINVAL);
	for (i = 0; i < errs.n; i++) {
		const struct conf_error *e = &errs.items[i];
		char got[512];

		snprintf(got, sizeof(got), "%d %s: %s", e->line, e->path, e->wrong);
		assert_non_null(expected[i]);
		got[strlen(expected[i]) < sizeof(got) ? strlen(expected[i]) : 0] = 0;
		assert_string_equal(got, expected[i]);
		assert_true(e->right[0] != 0); /* each says what would be right */
	}
	assert_null(expected[i]);
}

static void settings(void **state)
{
	(void)state;
	bad("name = \"bad\";\n"
	    "steps = (\n"
	    "{ name = \"a\"; do = \"anser\"; },\n"
	    "{ name = \"b\"; do = \"menu\"; items = ({ say = \"x\"; file = \"y\"; });\n"
	    "  options = ({ digit = \"A\"; to = \"b\"; }); },\n"
	    "{ name = \"c\"; do = \"switch\"; cases = (\n"
	    "  { hours = \"8-9\"; to = \"b\"; },\n"
	    "  { weekdays = \"mo\"; to = \"b\"; },\n"
	    "  { to = \"b\"; },\n"
	    "  { variable = \"v\"; to = \"b\"; }, { is = \"1\"; to = \"b\"; });\n"
	    "  else = \"b\"; },\n"
	    "{ name = \"d\"; do = \"play\"; items = ({ ms = 5; }, { silence_ms = 5; ms = 5; },\n"
	    "  { file = \"x\"; lang = \"en\"; }, { say = \"x\"; files = \"y\"; }); },\n"
	    "{ name = \"e\"; do = \"goto\"; },\n"
	    "{ name = \"f\"; do = \"hangup\"; next = \"a\"; cause = 128; },\n"
	    "{ name = \"g\"; do = \"collect\"; max = 64; into = \"n\"; terminators = \"x\";\n"
	    "  private = 1; timeout = \"a\"; });\n",
	    (const char *const[]){
		    "3 steps[0].do: \"anser\"",
		    "4 steps[1].items[0]: the item is several things",
		    "4 steps[1].timeout: is missing",
		    "5 steps[1].options[0].digit: is no digit",
		    "7 steps[2].cases[0].hours: cannot be read as hours",
		    "8 steps[2].cases[1].weekdays: cannot be read as weekdays",
		    "9 steps[2].cases[2]: the case holds always",
		    "10 steps[2].cases[3].variable: nothing to compare",
		    "10 steps[2].cases[4]: whose value",
		    "12 steps[3].items[0]: the item says nothing",
		    "12 steps[3].items[0].ms: only a tone",
		    "12 steps[3].items[1].ms: only a tone",
		    "13 steps[3].items[2].lang: nothing is spoken",
		    "13 steps[3].items[3].files: only digits",
		    "14 steps[4]: a goto without",
		    "15 steps[5].cause: 128",
		    "16 steps[6].max: 64",
		    "16 steps[6].terminators: has a character",
		    "17 steps[6].private: ",
		    NULL,
	    });
}

static void meaning(void **state)
{
	(void)state;
	bad("name = \"bad\"; steps = (\n"
	    "{ name = \"a\"; do = \"answer\"; next = \"nowhere\"; },\n"
	    "{ name = \"b\"; do = \"play\"; items = ({ say = \"{nmae}\"; }, { tone = \"busy\"; },\n"
	    "  { number = \"1\"; lang = \"de\"; }, { say = \"{oops\"; }); },\n"
	    "{ name = \"c\"; do = \"menu\"; items = ({ tone = \"dial\"; }); timeout = \"a\";\n"
	    "  options = ({ digit = \"1\"; to = \"b\"; },\n"
	    "    { digit = \"1\"; to = \"zz\"; }); },\n"
	    "{ name = \"d\"; do = \"set\"; variable = \"called\"; value = \"1\"; },\n"
	    "{ name = \"e\"; do = \"connect\"; number = \"1\"; group = \"g\"; span = \"s\"; },\n"
	    "{ name = \"f\"; do = \"collect\"; into = \"n\"; min = 5; max = 4; timeout = \"b\"; "
	    "},\n"
	    "{ name = \"b\"; do = \"record\"; into = \"9\"; });\n",
	    (const char *const[]){
		    "2 steps[0].next: there is no step \"nowhere\"",
		    "3 steps[1].items[0]: nothing sets the variable {nmae}",
		    "3 steps[1].items[1]: a tone without end hides",
		    "4 steps[1].items[2]: times and numbers cannot be said in \"de\"",
		    "4 steps[1].items[3]: the text has a brace",
		    "5 steps[2].items: a tone without end lets no time-out",
		    "7 steps[2].options[1].to: there is no step \"zz\"",
		    "7 steps[2].options[1].digit: digit \"1\" is there twice",
		    "8 steps[3].variable: \"called\" is no name",
		    "9 steps[4].span: \"group\" and \"span\"",
		    "10 steps[5].min: 5 is more than max 4",
		    "11 steps[6].name: step \"b\" is there twice",
		    "11 steps[6]: the last step \"b\" leads nowhere",
		    "11 steps[6].into: \"9\" is no name",
		    NULL,
	    });
}

/* A mistake elsewhere does not hide a name that is nowhere. */
static void names_beside_other_mistakes(void **state)
{
	(void)state;
	bad("name = \"bad\"; steps = (\n"
	    "{ name = \"a\"; do = \"answer\"; next = \"nowhere\"; },\n"
	    "{ name = \"b\"; do = \"menu\"; items = ({ tone = \"dial\"; }); timeout = \"a\";\n"
	    "  options = ({ digit = \"1\"; to = \"zz\"; },\n"
	    "    { digit = \"2\"; to = \"b\"; }); },\n"
	    "{ name = \"c\"; do = \"hangup\"; cause = 128; });\n",
	    (const char *const[]){
		    "2 steps[0].next: there is no step \"nowhere\"",
		    "4 steps[1].options[0].to: there is no step \"zz\"",
		    "6 steps[2].cause: 128",
		    NULL,
	    });
}

static void what_cannot_be_reached_or_left(void **state)
{
	(void)state;
	bad("name = \"bad\"; steps = (\n"
	    "{ name = \"a\"; do = \"switch\"; cases = ({ called = \"1\"; to = \"b\"; }); else = "
	    "\"c\"; },\n"
	    "{ name = \"b\"; do = \"answer\"; next = \"a\"; },\n"
	    "{ name = \"c\"; do = \"play\"; items = ({ tone = \"busy\"; }); next = \"a\"; },\n"
	    "{ name = \"d\"; do = \"hangup\"; });\n",
	    (const char *const[]){
		    "2 steps[0]: step \"a\" is in a circle",
		    "3 steps[1]: step \"b\" is in a circle",
		    "4 steps[2].items: a tone without end keeps",
		    "5 steps[3].name: no step leads to \"d\"",
		    NULL,
	    });
	bad("name = \"bad\"; steps = (\n"
	    "{ name = \"a\"; do = \"goto\"; next = \"a\"; });\n",
	    (const char *const[]){"2 steps[0]: step \"a\" is in a circle", NULL});
}

/* A menu or a prompt in the circle takes time: that is allowed. */
static void circles_with_time(void **state)
{
	struct flow f;

	(void)state;
	assert_int_equal(
		flowfile_load_text("name = \"x\"; steps = ("
				   "{ name = \"a\"; do = \"play\"; items = ({ file = \"f\"; }); },"
				   "{ name = \"b\"; do = \"goto\"; next = \"a\"; });",
				   "f", &f, &errs),
		0);
	flowfile_free(&f);
	flowfile_free(&f); /* all zeros by now */
}

static void words(void **state)
{
	static const char *const bad_hours[] = {"",
						"08:30",
						"8:30-17:30",
						"08:30-17:3",
						"08:30 17:30",
						"08:60-17:30",
						"24:00-01:00",
						"08:00-08:00",
						"08:00-24:01",
						"ab:cd-ef:gh"};
	static const char *const bad_days[] = {"",        "mon-", "mon,", "monday",
					       "mon fri", "-fri", "x"};
	int16_t from, until;
	uint8_t mask;

	(void)state;
	assert_int_equal(flowfile_hours("08:30-24:00", &from, &until), 0);
	assert_int_equal(from, 510);
	assert_int_equal(until, 1440);
	assert_int_equal(flowfile_hours("22:00-00:00", &from, &until), 0);
	for (size_t i = 0; i < sizeof(bad_hours) / sizeof(bad_hours[0]); i++)
		assert_int_equal(flowfile_hours(bad_hours[i], &from, &until), -EINVAL);
	assert_int_equal(flowfile_weekdays("mon-fri", &mask), 0);
	assert_int_equal(mask, 0x3E);
	assert_int_equal(flowfile_weekdays("fri-mon,wed", &mask), 0);
	assert_int_equal(mask, 0x6B);
	assert_int_equal(flowfile_weekdays("sun", &mask), 0);
	assert_int_equal(mask, 0x01);
	for (size_t i = 0; i < sizeof(bad_days) / sizeof(bad_days[0]); i++)
		assert_int_equal(flowfile_weekdays(bad_days[i], &mask), -EINVAL);
}

/* ---- the configuration ---------------------------------------------------------------------- */

static void write_file(const char *dir, const char *name, const char *text)
{
	char path[128];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	f = fopen(path, "w");
	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

/* All errors of all files, in one go. */
static void a_bad_plan(void **state)
{
	static const char *const expected[] = {
		"c.conf:1: site: 0",
		"c.conf:2: time_zone: is not in",
		"c.conf:3: flows[0]: cannot be used",
		"c.conf:3: flows[1]: cannot be used",
		"c.conf:3: flows[3]: has the name of another flow",
		"c.conf:4: routes[0].called: has a *",
		"c.conf:5: holidays[1]: is no date",
		"bad.conf:2: steps[0].do: \"x\"",
		"nix.conf: cannot be read",
	};
	char dir[] = "/tmp/strowger-plan-XXXXXX", path[128], text[1200];

	(void)state;
	assert_non_null(mkdtemp(dir));
	write_file(dir, "c.conf",
		   "site = 0;\n"
		   "time_zone = \"Mars/Olympus\";\n"
		   "flows = [ \"bad.conf\", \"nix.conf\", \"ok.conf\", \"ok.conf\" ];\n"
		   "routes = ({ called = \"2*0\"; flow = \"demo\"; });\n"
		   "holidays = [ \"2024-02-29\", \"2026-02-29\" ];\n");
	write_file(dir, "bad.conf", "name = \"bad\"; steps = (\n{ name = \"a\"; do = \"x\"; });\n");
	write_file(dir, "ok.conf",
		   "name = \"ok\"; steps = ({ name = \"a\"; do = \"hangup\"; });\n");
	snprintf(path, sizeof(path), "%s/c.conf", dir);
	assert_null(plan_load(path, &errs));
	assert_int_equal(errs.n, sizeof(expected) / sizeof(expected[0]));
	for (size_t i = 0; i < errs.n; i++) {
		conf_error_text(&errs.items[i], text, sizeof(text));
		assert_non_null(strstr(text, expected[i]));
	}
	write_file(dir, "c.conf",
		   "site = 1; time_zone = \"UTC\"; flows = [ \"ok.conf\" ];\nroutes = (\n"
		   "{ called = \"1\"; flow = \"ok\"; },\n{ called = \"1\"; flow = \"no\"; });");
	assert_null(plan_load(path, &errs));
	assert_int_equal(errs.n, 2);
	assert_int_equal(errs.items[0].line, 4);
	assert_int_equal(errs.items[1].line, 4);
	for (size_t i = 0; i < 3; i++) {
		snprintf(path, sizeof(path), "%s/%s", dir,
			 (const char *const[]){"c.conf", "bad.conf", "ok.conf"}[i]);
		unlink(path);
	}
	rmdir(dir);
}

static void the_examples(void **state)
{
	struct plan *p = plan_load("configs/strowgerd.conf", &errs);

	(void)state;
	if (!p)
		conf_errors_print(&errs, stderr);
	assert_non_null(p);
	assert_non_null(plan_flow(p, "demo"));
	assert_null(plan_flow(p, "Demo"));
	assert_int_equal(p->days.n_holidays, 7);
	assert_ptr_equal(plan_get(p), p);
	plan_put(p);
	plan_put(p);
	plan_put(NULL);
}

/* ---- the wall clock ------------------------------------------------------------------------- */

static void clocks(void **state)
{
	static char holidays[2][DATE_LEN] = {"2026-10-01", "2026-10-10"};
	static char workdays[1][DATE_LEN] = {"2026-10-10"};
	struct special_days days = {holidays, 1, workdays, 1};
	struct wall_clock c;
	struct moment m;

	(void)state;
	assert_int_equal(clock_simulated(&c, "2026-10-01T00:30:00Z"), 0);
	assert_int_equal(clock_utc(&c, 0), 1790814600000000);
	assert_int_equal(clock_utc(&c, 8), 1790814600001000);
	clock_zone("Asia/Shanghai");
	clock_moment(clock_utc(&c, 8000 * 61), &days, &m);
	assert_int_equal(m.day, 1);
	assert_int_equal(m.hour, 8); /* UTC+8 */
	assert_int_equal(m.minute, 31);
	assert_int_equal(m.second, 1);
	assert_int_equal(m.weekday, 4);
	assert_true(m.holiday);
	assert_false(m.workday);
	clock_simulated(&c, "2026-10-09T16:00:00Z"); /* the 10th in Shanghai, a Saturday */
	clock_moment(clock_utc(&c, 0), &days, &m);
	assert_int_equal(m.day, 10);
	assert_int_equal(m.weekday, 6);
	assert_true(m.workday);
	assert_false(m.holiday);
	clock_zone("America/New_York");
	clock_moment(1793509200000000, &days, &m); /* 2026-11-01 05:00 UTC: still summer time */
	assert_int_equal(m.hour, 1);
	clock_moment(1793512800000000, &days, &m); /* an hour later: the same hour again */
	assert_int_equal(m.hour, 1);
	clock_zone("UTC");
	assert_int_equal(clock_simulated(&c, "1790814600"), 0);
	assert_int_equal(clock_utc(&c, 0), 1790814600000000);
	assert_int_equal(clock_simulated(&c, ""), -EINVAL);
	assert_int_equal(clock_simulated(&c, "yesterday"), -EINVAL);
	assert_int_equal(clock_simulated(&c, "-5"), -EINVAL);
	assert_int_equal(clock_simulated(&c, "99999999999999999999"), -EINVAL);
	assert_null(clock_zone_ok("Europe/Berlin"));
	assert_non_null(clock_zone_ok("../../etc/passwd"));
	assert_non_null(clock_zone_ok("/etc/passwd"));
	assert_non_null(clock_date_ok("2026-1-1"));
	assert_non_null(clock_date_ok("2026-13-01"));
	assert_non_null(clock_date_ok(""));
	assert_null(clock_date_ok("2028-02-29"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(settings),
		cmocka_unit_test(meaning),
		cmocka_unit_test(names_beside_other_mistakes),
		cmocka_unit_test(what_cannot_be_reached_or_left),
		cmocka_unit_test(circles_with_time),
		cmocka_unit_test(words),
		cmocka_unit_test(a_bad_plan),
		cmocka_unit_test(the_examples),
		cmocka_unit_test(clocks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
