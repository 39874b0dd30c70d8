/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What strowger prints for canned answers: tables, JSON, exit status.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

/* The command's parts are in no library: its program is all of them. */
#include "cli/ask.c"
#include "cli/calls.c"
#include "cli/channels.c"
#include "cli/conn.c"
#include "cli/events.c"
#include "cli/legs.c"
#include "cli/show.c"
#include "cli/spans.c"
#include "cli/stats.c"
#include "cli/table.c"
#include "cli/talk.c"

int cli_usage(const char *name)
{
	(void)name;
	return CLI_BLIND;
}

static struct cli cli;
static char *text;
static size_t text_len;

static json_t *begin(const char *json)
{
	json_t *value = json_loads(json, JSON_DECODE_ANY, NULL);

	assert_non_null(value);
	free(text);
	text = NULL;
	cli = (struct cli){.out = open_memstream(&text, &text_len)};
	return value;
}

static void expect(json_t *value, const char *expected)
{
	fclose(cli.out);
	assert_string_equal(text, expected);
	json_decref(value);
}

static int free_text(void **state)
{
	(void)state;
	free(text);
	text = NULL;
	return 0;
}

#define TWO_SPANS                                                                                  \
	"[{\"span\":\"E1-1\",\"state\":\"in-service\",\"alarms\":[],\"dchannel\":\"up\","          \
	"\"signalling\":\"pri-user\",\"channels\":30,\"in_use\":4,"                                \
	"\"near\":{\"fas_errors\":0,\"crc4_errors\":12},\"far\":{\"ebits\":3},"                    \
	"\"line\":{\"slips\":1,\"lost\":1234567},"                                                 \
	"\"performance\":{\"near\":{\"quarter\":{\"es\":5,\"ses\":4,\"uas\":30}}}},"               \
	"{\"span\":\"north-2\",\"state\":\"out-of-service\",\"alarms\":[\"LFA\",\"RAI\"],"         \
	"\"dchannel\":\"down\",\"signalling\":\"pri-user\",\"channels\":30,\"in_use\":0,"          \
	"\"line\":{\"lost_tx\":7},"                                                                \
	"\"device\":\"span 2 \\\"E1/0000:00:01.0\\\" at PCI 0000:00:01.0\"}]"

static void spans_table(void **state)
{
	json_t *spans = begin(TWO_SPANS);

	(void)state;
	assert_int_equal(spans_print(&cli, spans), CLI_FAULT);
	expect(spans, "span     state           alarms   d-channel  signalling  in use  fas  crc-4"
		      "  e-bit  slips     lost  unsent  es  ses  uas\n"
		      "E1-1     in-service      -        up         pri-user      4/30    0     12"
		      "      3      1  1234567       0   5    4   30\n"
		      "north-2  out-of-service  LFA,RAI  down       pri-user      0/30    0      0"
		      "      0      0        0       7   0    0    0\n"
		      "north-2: span 2 \"E1/0000:00:01.0\" at PCI 0000:00:01.0\n");
}

static void spans_without_alarm(void **state)
{
	json_t *spans = begin("[{\"span\":\"E1-1\",\"alarms\":[]}]");

	(void)state;
	assert_int_equal(spans_print(&cli, spans), CLI_GOOD);
	expect(spans, "span  state  alarms  d-channel  signalling  in use  fas  crc-4  e-bit  "
		      "slips  lost  unsent  es  ses  uas\n"
		      "E1-1  -      -       -          -              0/0    0      0      0      "
		      "0     0       0   0    0    0\n");
	spans = begin("[]");
	assert_int_equal(spans_print(&cli, spans), CLI_GOOD);
	expect(spans, "span  state  alarms  d-channel  signalling  in use  fas  crc-4  e-bit  slips"
		      "  lost  unsent  es  ses  uas\n");
	/* An answer that has no list is no fault of a span. */
	begin("null");
	assert_int_equal(spans_print(&cli, NULL), CLI_GOOD);
	fclose(cli.out);
}

static void spans_json(void **state)
{
	json_t *spans = begin(TWO_SPANS);

	(void)state;
	cli.json = true;
	assert_int_equal(spans_print(&cli, spans), CLI_FAULT);
	expect(spans, TWO_SPANS "\n");
}

static void colour_on_a_terminal_only(void **state)
{
	json_t *channels = begin("[{\"span\":\"E\",\"channel\":1,\"state\":\"down\"}]");

	(void)state;
	cli.terminal = true;
	channels_print(&cli, channels);
	expect(channels,
	       "\033[2mspan\033[0m  \033[2mchannel\033[0m  \033[2mstate\033[0m  "
	       "\033[2mleg\033[0m  \033[2mrx dBm0\033[0m  \033[2mecho\033[0m  "
	       "\033[2mERL\033[0m  \033[2mERLE\033[0m  \033[2mms\033[0m\n"
	       "E           1  \033[1;31mdown\033[0m     -        -  -       -     -   -\n");
}

static void channels_table(void **state)
{
	json_t *channels = begin(
		"[{\"span\":\"E1-1\",\"channel\":9,\"state\":\"busy\",\"leg\":5,\"rx_dbm0\":-23.5,"
		"\"echo\":{\"state\":\"cancelling\",\"erl_db\":12.4,\"erle_db\":31.0,\"delay_ms\":"
		"18}},"
		"{\"span\":\"E1-1\",\"channel\":11,\"state\":\"busy\",\"leg\":6,\"rx_dbm0\":-3.5,"
		"\"echo\":{\"state\":\"listening\",\"wrong_law\":true}},"
		"{\"span\":\"E1-1\",\"channel\":12,\"state\":\"busy\",\"leg\":7,\"rx_dbm0\":-3.5,"
		"\"echo\":{\"state\":\"listening\",\"beyond_tail\":true}},"
		"{\"span\":\"E1-1\",\"channel\":10,\"state\":\"idle\"}]");

	(void)state;
	channels_print(&cli, channels);
	expect(channels, "span  channel  state  leg  rx dBm0  echo         ERL  ERLE  ms\n"
			 "E1-1        9  busy     5    -23.5  cancelling    12    31  18\n"
			 "E1-1       11  busy     6     -3.5  wrong law?     -     -   -\n"
			 "E1-1       12  busy     7     -3.5  beyond tail    -     -   -\n"
			 "E1-1       10  idle     -        -  -              -     -   -\n");
}

static void legs_table(void **state)
{
	json_t *legs =
		begin("[{\"leg\":5,\"direction\":\"in\",\"state\":\"answered\","
		      "\"span\":\"E1-1\",\"channel\":3,\"called\":\"200\",\"calling\":\"\","
		      "\"name\":\"李伟\",\"offered_sample\":8000,\"bridge\":3,"
		      "\"ops\":[{\"op\":7,\"kind\":\"play\"},{\"op\":8,\"kind\":\"record\"}]},"
		      "{\"leg\":6,\"direction\":\"out\",\"state\":\"dialling\","
		      "\"span\":\"E1-1\",\"channel\":31,\"called\":\"0106\\u001b[2J\","
		      "\"offered_sample\":29288000}]");

	(void)state;
	legs_print(&cli, legs, 8000 * 3662);
	expect(legs,
	       "leg  dir  state     channel  calling  called    name    since  bridge  doing\n"
	       "  5  in   answered  E1-1/3   -        200       李伟  1:01:01       3  "
	       "play,record\n"
	       "  6  out  dialling  E1-1/31  -        0106?[2J  -        0:01       -  -\n");
}

static void stats_table(void **state)
{
	json_t *stats = begin("{\"media\":{\"ticks\":700,\"late\":[0,5],\"load_percent\":1.5,"
			      "\"clock\":\"E1-1\"},\"n\":{}}");

	(void)state;
	stats_print(&cli, stats);
	expect(stats, "counter             value\n"
		      "media.ticks         700\n"
		      "media.late          [0,5]\n"
		      "media.load_percent  1.5\n"
		      "media.clock         E1-1\n");
}

static void event_lines(void **state)
{
	json_t *event =
		begin("{\"event\":4712,\"sample\":801239,\"type\":\"leg.ended\",\"leg\":5,"
		      "\"cause\":16,\"name\":\"\",\"tag\":\"a\\nb\",\"recordings\":[\"x\"]}");

	(void)state;
	event_print(&cli, event);
	expect(event, "100.154  leg.ended leg 5 cause=16 tag=a?b recordings=[\"x\"]\n");
}

#define CALL                                                                                       \
	"{\"call\":\"1-4711\",\"direction\":\"in\",\"calling\":\"01062334455\",\"called\":"        \
	"\"200\","                                                                                 \
	"\"offered_utc\":1795000000.125,\"answered_utc\":1795000001.125,"                          \
	"\"ended_utc\":1795000076.0,\"cause\":16,\"by\":\"far\",\"digits\":\"12\",\"flow\":"       \
	"\"demo\","                                                                                \
	"\"outcome\":\"clearing\",\"steps\":[\"start\",\"menu\"],\"redirecting\":{\"count\":1}}"

static void calls_table(void **state)
{
	json_t *calls = begin("[" CALL ",{\"call\":\"1-4710\",\"direction\":\"in\",\"cause\":41,"
			      "\"offered_utc\":1794999999,\"ended_utc\":1795000000}]");

	(void)state;
	calls_print(&cli, calls);
	expect(calls,
	       "call    offered              dir  calling      called  talked  cause  by   digits  "
	       "flow  outcome\n"
	       "1-4711  2026-11-18 11:06:40  in   01062334455  200       1:14     16  far  12      "
	       "demo  clearing\n"
	       "1-4710  2026-11-18 11:06:39  in   -            -            -     41  -    -       "
	       "-     -\n");
}

static void one_call(void **state)
{
	json_t *call = begin(CALL);

	(void)state;
	call_print(&cli, call);
	expect(call, "member        value\n"
		     "call          1-4711\n"
		     "direction     in\n"
		     "calling       01062334455\n"
		     "called        200\n"
		     "offered_utc   2026-11-18 11:06:40\n"
		     "answered_utc  2026-11-18 11:06:41\n"
		     "ended_utc     2026-11-18 11:07:56\n"
		     "cause         16\n"
		     "by            far\n"
		     "digits        12\n"
		     "flow          demo\n"
		     "outcome       clearing\n"
		     "steps         start menu\n"
		     "redirecting   {\"count\":1}\n");
}

static void widths(void **state)
{
	static const struct {
		const char *text;
		size_t width;
	} cases[] = {
		{"", 0},    {"abc", 3},      {"é", 1},        {"李伟", 4},
		{"a李", 3}, {"\xff\xfe", 2}, {"\xe6\x9d", 2}, {"\xf0\xa0\x80\x80", 2},
		{"→", 1},   {"한", 2},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(table_width(cases[i].text), cases[i].width);
}

static void durations(void **state)
{
	char buf[32];

	(void)state;
	assert_string_equal(show_duration(-5, buf, sizeof(buf)), "0:00");
	assert_string_equal(show_duration(59.99, buf, sizeof(buf)), "0:59");
	assert_string_equal(show_duration(3599, buf, sizeof(buf)), "59:59");
	assert_string_equal(show_duration(3600, buf, sizeof(buf)), "1:00:00");
	assert_string_equal(show_duration(360000, buf, sizeof(buf)), "100:00:00");
}

static void lists_are_cut(void **state)
{
	json_t *object = begin("{\"l\":[\"abc\",\"def\",\"ghi\"]}");
	char buf[6];

	(void)state;
	assert_string_equal(show_list(object, "l", ",", buf, sizeof(buf)), "abc,d");
	assert_string_equal(show_list(object, "none", ",", buf, sizeof(buf)), "-");
	expect(object, "");
}

static void arguments(void **state)
{
	(void)state;
	assert_int_equal(cli_channel("1"), 1);
	assert_int_equal(cli_channel("31"), 31);
	assert_int_equal(cli_channel("0"), -1);
	assert_int_equal(cli_channel("32"), -1);
	assert_int_equal(cli_channel("3x"), -1);
	assert_int_equal(cli_channel(""), -1);
	assert_int_equal(cli_on_off("on"), 1);
	assert_int_equal(cli_on_off("off"), 0);
	assert_int_equal(cli_on_off("On"), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(spans_table),    cmocka_unit_test(spans_without_alarm),
		cmocka_unit_test(spans_json),     cmocka_unit_test(colour_on_a_terminal_only),
		cmocka_unit_test(channels_table), cmocka_unit_test(legs_table),
		cmocka_unit_test(stats_table),    cmocka_unit_test(event_lines),
		cmocka_unit_test(calls_table),    cmocka_unit_test(one_call),
		cmocka_unit_test(widths),         cmocka_unit_test(durations),
		cmocka_unit_test(lists_are_cut),  cmocka_unit_test(arguments),
	};

	setenv("TZ", "UTC", 1);
	return cmocka_run_group_tests(tests, NULL, free_text);
}
