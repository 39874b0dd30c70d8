/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "exchange/scenario.h"

static struct scenario sc;
static struct conf_errors errs;

#define SPAN                                                                                       \
	"name = \"t\"; spans = ( { name = \"A\"; local = \"127.0.0.1:1\"; remote = "               \
	"\"127.0.0.1:2\"; } );\n"

/* Is there an error with these words in it? */
static int wrong(const char *words)
{
	char line[1024];
	size_t i;

	for (i = 0; i < errs.n; i++) {
		conf_error_text(&errs.items[i], line, sizeof(line));
		if (strstr(line, words))
			return 1;
	}
	return 0;
}

static void test_smallest(void **state)
{
	(void)state;
	assert_int_equal(scenario_load_text(SPAN, "x/y/t.conf", &sc, &errs), 0);
	assert_int_equal(sc.n_spans, 1);
	assert_int_equal(sc.spans[0].dchannel, 16);
	assert_int_equal(sc.spans[0].crc4, E1_CRC4_ON);
	assert_int_equal(sc.spans[0].side, ISDN_NETWORK);
	assert_int_equal(sc.n_classes, 0);
	assert_int_equal(scenario_span(&sc, "A"), 0);
	assert_int_equal(scenario_span(&sc, "B"), -ENOENT);
	scenario_free(&sc);
}

static void test_hybrids(void **state)
{
	(void)state;
	assert_int_equal(
		scenario_load_text(
			SPAN
			"classes = ( { name = \"c\"; called = \"1\"; hybrid = { model = \"D.9\"; "
			"erl_db = 6; };"
			"  steps = ( { do = \"hangup\"; } ); },\n"
			"  { name = \"d\"; called = \"1\"; steps = ( { do = \"hangup\"; } ); } );\n"
			"answers = ( { name = \"a\"; called = \"2\"; hybrid = { delay_ms = 60; };"
			"  steps = ( { do = \"answer\"; } ); } );",
			"t.conf", &sc, &errs),
		0);
	assert_true(sc.classes[0].analog);
	assert_string_equal(hybrid_models[sc.classes[0].hybrid.model].name, "D.9");
	assert_true(sc.classes[0].hybrid.erl_db == 6);
	assert_false(sc.classes[1].analog);
	assert_true(sc.answers[0].analog);
	assert_string_equal(hybrid_models[sc.answers[0].hybrid.model].name, "D.2");
	assert_int_equal(sc.answers[0].hybrid.delay_ms, 60);
	scenario_free(&sc);
	assert_int_equal(
		scenario_load_text(
			SPAN
			"classes = ( { name = \"c\"; called = \"1\"; hybrid = { model = \"D.1\"; "
			"erl_db = -3; delay_ms = 241; };\n"
			"  steps = ( { do = \"hangup\"; } ); } );\n",
			"t.conf", &sc, &errs),
		-EINVAL);
	assert_true(wrong("hybrid.model: \"D.1\""));
	assert_true(wrong("hybrid.erl_db: -3"));
	assert_true(wrong("hybrid.delay_ms: 241"));
}

static void test_steps_and_faults(void **state)
{
	const struct step *s;

	(void)state;
	assert_int_equal(
		scenario_load_text(
			SPAN
			"tones = \"../tones/CN.conf\"; sounds = [ \"s\", \"/abs\" ];\n"
			"classes = ( { name = \"c\"; called = \"1\"; steps = (\n"
			"  { do = \"dial\"; digits = \"1*#A\"; twist = -3.5; },\n"
			"  { do = \"hear_tone\"; tone = \"busy\"; },\n"
			"  { do = \"hear_prompt\"; file = \"x.wav\"; ms = 5; },\n"
			"  { do = \"hangup\"; } ); } );\n"
			"faults = ( { fault = \"loss\"; at_ms = 5; percent = 1.5; },\n"
			"  { fault = \"frames\"; at_ms = 6; file = \"bad.hex\"; span = \"A\"; } );",
			"dir/t.conf", &sc, &errs),
		0);
	assert_string_equal(sc.tones, "dir/../tones/CN.conf");
	assert_string_equal(sc.sounds[0], "dir/s");
	assert_string_equal(sc.sounds[1], "/abs");
	assert_string_equal(sc.faults[1].file, "dir/bad.hex");
	s = sc.classes[0].steps;
	assert_int_equal(sc.classes[0].n_steps, 4);
	assert_int_equal(s[0].what, STEP_DIAL);
	assert_string_equal(s[0].dial.digits, "1*#A");
	assert_true(s[0].dial.twist == -3.5);
	assert_int_equal(s[0].dial.on_ms, 70);
	assert_int_equal(s[1].tone, TONE_BUSY);
	assert_int_equal(s[2].ms, 5);
	assert_int_equal(s[3].cause, 16);
	assert_int_equal(sc.faults[0].kind, FAULT_LOSS);
	assert_true(sc.faults[0].percent == 1.5);
	scenario_free(&sc);
}

/* All of them are told at once, and the scenario that was there stays as it was. */
static void test_all_errors_at_once(void **state)
{
	(void)state;
	memset(&sc, 0x5a, sizeof(sc));
	assert_int_equal(
		scenario_load_text(
			SPAN
			"classes = (\n"
			" { name = \"a\"; called = \"9-1\"; steps = ( { do = \"hangup\"; } ); },\n"
			" { name = \"b\"; called = \"1\"; arrivals = \"poisson\";\n"
			"   steps = ( { do = \"answer\"; } ); },\n"
			" { name = \"c\"; called = \"1\"; arrivals = \"keep\";\n"
			"   steps = ( { do = \"dail\"; } ); },\n"
			" { name = \"d\"; called = \"1\"; calls = 0; interval_ms = 0;\n"
			"   steps = ( { do = \"dial\"; digits = \"12E\"; } ); } );\n"
			"answers = ( { name = \"e\"; called = \"1a\";\n"
			"   steps = ( { do = \"alerting\"; } ); } );\n"
			"fautls = ();\n",
			"t.conf", &sc, &errs),
		-EINVAL);
	assert_true(wrong("must not go down"));
	assert_true(wrong("poisson arrivals need a rate"));
	assert_true(wrong("\"answer\" is only for those who are called"));
	assert_true(wrong("dail"));
	assert_true(wrong("only 0-9 * # A-D can be dialled"));
	assert_true(wrong("\"1a\" is no pattern"));
	assert_true(wrong("\"alerting\" is only for those who call"));
	assert_true(wrong("fautls"));
	assert_int_equal(*(unsigned char *)&sc, 0x5a);
}

static void test_names(void **state)
{
	(void)state;
	assert_int_equal(
		scenario_load_text(
			"name = \"t\"; spans = (\n"
			"{ name = \"A\"; local = \"1.1.1.1:1\"; remote = \"1.1.1.1:2\"; },\n"
			"{ name = \"A\"; local = \"1.1.1.1:3\"; remote = \"1.1.1.1:4\"; } );\n"
			"classes = ( { name = \"a\"; called = \"1\"; span = \"B\";\n"
			"  steps = ( { do = \"tone\"; tone = \"busy\"; ms = 1; } ); } );\n"
			"faults = ( { fault = \"ais\"; at_ms = 1; span = \"C\"; } );\n",
			"t.conf", &sc, &errs),
		-EINVAL);
	assert_true(wrong("\"A\" is there already"));
	assert_true(wrong("there is no span \"B\""));
	assert_true(wrong("there is no span \"C\""));
	assert_true(wrong("there is no tone plan"));
	assert_int_equal(scenario_load_text(
				 "name = \"t\"; spans = ( { name = \"A\"; local = \"1.1.1.1:1\";\n"
				 " remote = \"1.1.1.1:2\"; cas = true; } );",
				 "t.conf", &sc, &errs),
			 -EINVAL);
	assert_true(wrong("timeslot 16 carries the CAS multiframe"));
}

/* Every name of a step and of a fault is known, and nothing beyond. */
static void test_name_tables(void **state)
{
	int i;

	(void)state;
	for (i = 0; i <= STEP_PARTNER; i++)
		assert_string_not_equal(step_name((enum step_do)i), "?");
	assert_string_equal(step_name((enum step_do)(STEP_PARTNER + 1)), "?");
	for (i = 0; i <= FAULT_DATAGRAMS; i++)
		assert_string_not_equal(fault_name((enum fault_kind)i), "?");
	assert_string_equal(fault_name((enum fault_kind)(FAULT_DATAGRAMS + 1)), "?");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_smallest),
		cmocka_unit_test(test_hybrids),
		cmocka_unit_test(test_steps_and_faults),
		cmocka_unit_test(test_all_errors_at_once),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_name_tables),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
