/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whole calls between two exchanges on one cable. */
#include <sys/wait.h>

#include "pair_rig.h"

#define CALLS                                                                                      \
	"classes = ( { name = \"caller\"; called = \"200\"; calling = \"6200-6299\"; calls = "     \
	"30;\n"                                                                                    \
	" interval_ms = 50; display = \"Li Wei\"; steps = ( { do = \"alerting\"; },\n"             \
	" { do = \"hear_tone\"; tone = \"ringback\"; }, { do = \"connected\"; },\n"                \
	" { do = \"hear_prompt\"; file = \"prompt.wav\"; },\n"                                     \
	" { do = \"dial\"; digits = \"4711#\"; }, { do = \"partner\"; ms = 1000; max_delay_ms = "  \
	"5; },"                                                                                    \
	" { do = \"hear_silence\"; ms = 50; }, { do = \"cleared\"; cause = 17; } ); } );\n"

#define ANSWERS                                                                                    \
	"answers = ( { name = \"answerer\"; called = \"2*\"; steps = (\n"                          \
	" { do = \"alert\"; inband = true; }, { do = \"tone\"; tone = \"ringback\"; ms = 3000; "   \
	"},\n"                                                                                     \
	" { do = \"answer\"; }, { do = \"speak\"; file = \"prompt.wav\"; },\n"                     \
	" { do = \"hear_speech\"; ms = 300; },\n"                                                  \
	" { do = \"partner\"; ms = 1000; max_delay_ms = 5; }, { do = \"wait\"; ms = 200; },\n"     \
	" { do = \"hangup\"; cause = 17; } ); } );\n"

static const char calls[] = RIG_HEAD("a") RIG_SPANS("") CALLS;
static const char answers[] = RIG_HEAD("b") RIG_SPANS("side = \"user\";") ANSWERS;

static void test_thirty_calls(void **state)
{
	const struct report *r;
	struct report_setup setup;
	struct office_span_status span;
	struct office_status st;

	(void)state;
	rig_start(calls, answers);
	assert_true(rig_run(60000) > 0);
	assert_true(rig_good());
	r = office_report(a.office);
	assert_int_equal(r->good, 30);
	assert_int_equal(r->answered, 30);
	assert_int_equal(r->prompts, 30);
	assert_int_equal(r->prompt_octets, 30 * PROMPT_LEN);
	assert_int_equal(r->prompt_differ, 0);
	assert_int_equal(r->digits, 150);
	assert_int_equal(r->partner_differ, 0);
	assert_true(r->partner_octets >= 30 * 8000);
	/* Sent in the tick before, buffered for jitter_ms - 1: the same for every octet. */
	assert_int_equal(r->delay_min, r->delay_max);
	assert_in_range(r->delay_min, 24, 40);
	report_setup_times(r, &setup);
	assert_in_range(setup.p50, 3000, 3100);
	assert_true(setup.p50 <= setup.p90 && setup.p90 <= setup.p99 && setup.p99 <= setup.max);
	office_status(a.office, &st);
	assert_int_equal(st.most, 30);
	assert_int_equal(office_span(a.office, 0, &span), 0);
	assert_int_equal(span.busy, 0);
	assert_int_equal(span.channels, 30);
	assert_int_equal(span.line.e1.crc4_errors + span.line.packets.lost, 0);
	assert_int_equal(span.hdlc.rx_fcs_errors, 0);
	rig_stop();
}

/* Two traces; says the first line that differs rather than all of them. */
static void assert_same(const char *one, const char *two)
{
	while (*one && *one == *two) {
		const char *end = strchr(one, '\n');
		size_t len = end ? (size_t)(end - one) + 1 : strlen(one);

		if (strncmp(one, two, len) != 0)
			break;
		one += len;
		two += len;
	}
	if (*one != *two || *one)
		fail_msg("%.100s\nbut then\n%.100s", one, two);
}

/* A whole run in a process of its own: libpri counts call references through all links. */
static char *trace_of_run(void)
{
	char path[64], *text = calloc(1, 1 << 20);
	FILE *f;
	int status = -1;
	pid_t pid;

	snprintf(path, sizeof(path), "%s/trace", folder);
	pid = fork();
	if (pid == 0) {
		rig_start(calls, answers);
		rig_run(60000);
		f = fopen(path, "w");
		if (!f || fputs(a.events, f) < 0 || fputs(b.events, f) < 0 || fclose(f))
			_exit(1);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	f = fopen(path, "r");
	assert_non_null(f);
	assert_true(fread(text, 1, (1 << 20) - 1, f) > 3000);
	fclose(f);
	return text;
}

static void test_twice_the_same(void **state)
{
	char *one = trace_of_run(), *two = trace_of_run();

	(void)state;
	assert_same(one, two);
	free(one);
	free(two);
}

static void test_qsig(void **state)
{
	(void)state;
	rig_start(RIG_HEAD("a") RIG_SPANS("variant = \"qsig\"; crc4 = \"off\";") CALLS,
		  RIG_HEAD("b") RIG_SPANS("variant = \"qsig\"; side = \"user\"; crc4 = \"off\";")
			  ANSWERS);
	assert_true(rig_run(60000) > 0);
	assert_true(rig_good());
	assert_int_equal(office_report(a.office)->good, 30);
	rig_stop();
}

#define SHORT_ANSWER                                                                               \
	"answers = ( { name = \"long\"; called = \"47*\"; digits = 5; steps = ("                   \
	" { do = \"answer\"; }, { do = \"cleared\"; } ); },"                                       \
	" { name = \"busy\"; called = \"17\"; steps = ( { do = \"hangup\"; cause = 17; } ); },"    \
	" { name = \"silent\"; called = \"18\"; steps = ( { do = \"alert\"; },"                    \
	" { do = \"cleared\"; within_ms = 20000; } ); } );\n"

static const char user_overlap[] =
	RIG_HEAD("b") RIG_SPANS("side = \"user\"; overlap = true;") SHORT_ANSWER;

static void test_overlap(void **state)
{
	(void)state;
	rig_start(RIG_HEAD("a") RIG_SPANS("") "classes = ( { name = \"c\"; called = \"47110\"; "
					      "overlap = true; overlap_first = 1;"
					      " overlap_gap_ms = 200; steps = ( { do = "
					      "\"connected\"; }, { do = \"hangup\"; } ); } );",
		  user_overlap);
	assert_true(rig_run(30000) > 0);
	assert_true(rig_good());
	assert_string_equal(office_report(b.office)->calls[0].called, "47110");
	rig_stop();
}

static void test_causes(void **state)
{
	const struct report *r;

	(void)state;
	rig_start(
		RIG_HEAD("a") RIG_SPANS(
			"") "classes = ( { name = \"busy\"; called = \"17\"; steps = ("
			    " { do = \"cleared\"; cause = 17; } ); },"
			    " { name = \"nobody\"; called = \"99\"; steps = ( { do = \"cleared\"; "
			    "cause = 1; } ); },"
			    " { name = \"no answer\"; called = \"18\"; steps = ( { do = "
			    "\"alerting\"; },"
			    " { do = \"wait\"; ms = 3000; }, { do = \"hangup\"; cause = 19; } ); },"
			    " { name = \"wrong\"; called = \"17\"; steps = ( { do = \"connected\"; "
			    "} ); } );",
		user_overlap);
	assert_true(rig_run(30000) > 0);
	r = office_report(a.office);
	assert_int_equal(r->good, 3);
	assert_int_equal(r->failed, 1);
	assert_int_equal(r->by_fault[CALLER_CLEARED], 1);
	assert_non_null(
		strstr(r->reasons[0], "step 1 (connected): the far end cleared with cause 17"));
	/* The call to a number that nobody has is a fault at the end that was called. */
	assert_int_equal(office_report(b.office)->failed, 1);
	rig_stop();
}

/* One channel for three callers who wait for it, and for three who do not. */
static void test_channels_run_out(void **state)
{
	const struct report *r;

	(void)state;
	rig_start(RIG_HEAD("a") RIG_SPANS(
			  "") "classes = ( { name = \"patient\"; called = \"47110\"; channel = 5; "
			      "calls = 3;"
			      " arrivals = \"burst\"; burst = 3;"
			      " steps = ( { do = \"connected\"; }, { do = \"hangup\"; } ); },"
			      " { name = \"not\"; called = \"47110\"; channel = 9; calls = 3; "
			      "wait_channel = false;"
			      " arrivals = \"burst\"; burst = 3;"
			      " steps = ( { do = \"connected\"; }, { do = \"hangup\"; } ); } );",
		  user_overlap);
	assert_true(rig_run(30000) > 0);
	r = office_report(a.office);
	assert_int_equal(r->offered, 6);
	assert_int_equal(r->good, 4);
	assert_int_equal(r->by_fault[CALLER_NO_CHANNEL], 2);
	for (size_t i = 0; i < r->n; i++)
		if (r->calls[i].fault == CALLER_GOOD)
			assert_int_equal(r->calls[i].timeslot, r->calls[i].class ? 9 : 5);
	rig_stop();
}

/* The end of the run comes for callers who never finish. */
static void test_unfinished(void **state)
{
	(void)state;
	rig_start(RIG_HEAD("a") RIG_SPANS(
			  "") "finish_ms = 2000; classes = ( { name = \"c\"; called = \"47110\"; "
			      "calls = 40;"
			      " interval_ms = 1; steps = ( { do = \"wait\"; ms = 100000; } ); } );",
		  user_overlap);
	assert_true(rig_run(30000) > 0);
	/* 30 that had a channel, 10 that waited for one: the waiting keeps the run open. */
	assert_int_equal(office_report(a.office)->n, 40);
	assert_int_equal(office_report(a.office)->good, 0);
	rig_stop();
}

static void test_nobody_there(void **state)
{
	int ms;

	(void)state;
	rig_start(calls, answers);
	for (ms = 0; ms < OFFICE_LINK_MS; ms++) {
		office_tick(a.office);
		b.n = 0;
		assert_int_equal(rig_state(&a), OFFICE_STARTING);
	}
	office_tick(a.office);
	assert_int_equal(rig_state(&a), OFFICE_DEAD);
	assert_int_equal(office_report(a.office)->offered, 0);
	rig_stop();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_thirty_calls), cmocka_unit_test(test_twice_the_same),
		cmocka_unit_test(test_qsig),         cmocka_unit_test(test_overlap),
		cmocka_unit_test(test_causes),       cmocka_unit_test(test_channels_run_out),
		cmocka_unit_test(test_unfinished),   cmocka_unit_test(test_nobody_there),
	};

	return cmocka_run_group_tests(tests, rig_setup, rig_teardown);
}
