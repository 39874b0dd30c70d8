/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Faults of the timeline on a cable with a call on it: what each does, and that it passes. */
#include "pair_rig.h"

/*
 * One call whose parties listen to each other for 6 s with faults, then for 2 s without. The faults
 * are of the way from a to b; a hears everything unless it says how much may be wrong.
 */
#define CALL(differ)                                                                               \
	"classes = ( { name = \"c\"; called = \"200\"; steps = ( { do = \"connected\"; },"         \
	" { do = \"partner\"; ms = 6000; within_ms = 20000; differ = " differ "; },"               \
	" { do = \"partner\"; ms = 2000; linger_ms = 5000; }, { do = \"hangup\"; } ); } );\n"

#define ANSWER                                                                                     \
	"answers = ( { name = \"b\"; called = \"2*\"; steps = ( { do = \"answer\"; },"             \
	" { do = \"partner\"; ms = 6000; within_ms = 20000; differ = 20000; },"                    \
	" { do = \"partner\"; ms = 2000; }, { do = \"cleared\"; cause = 16; } ); } );\n"

static const char answer[] = RIG_HEAD("b") RIG_SPANS("side = \"user\";") ANSWER;

#define WITH_BOTH(differ, fault)                                                                   \
	RIG_HEAD("a")                                                                              \
	RIG_SPANS("") CALL(differ) "faults = ( { at_ms = 2000; " fault " } );\n"
#define WITH(fault) WITH_BOTH("0", fault)

static struct office_span_status sa, sb;

/* Run the call with a fault. Both ends are good afterwards; counters of both in sa and sb. */
static void run(const char *scenario)
{
	rig_start(scenario, answer);
	assert_true(rig_run(60000) > 0);
	assert_int_equal(office_span(a.office, 0, &sa), 0);
	assert_int_equal(office_span(b.office, 0, &sb), 0);
	assert_true(rig_good());
	assert_int_equal(office_report(b.office)->good, 1);
	assert_true(sa.in_service && sb.in_service);
	rig_stop();
}

static void test_clean(void **state)
{
	(void)state;
	run(RIG_HEAD("a") RIG_SPANS("") CALL("0"));
	assert_int_equal(sb.line.packets.lost + sb.line.e1.crc4_errors + sb.line.e1.fas_errors, 0);
	assert_int_equal(sa.alarm_changes + sb.alarm_changes, 0);
}

static void test_loss(void **state)
{
	(void)state;
	run(WITH("fault = \"loss\"; percent = 1.0; ms = 4000;"));
	assert_int_equal(sb.line.packets.lost, sa.network.lost);
	assert_in_range(sa.network.lost, 20, 70);
	assert_int_equal(sb.line.e1.lfa, 0);
	assert_int_equal(sb.alarm_changes, 0);
}

static void test_burst(void **state)
{
	(void)state;
	run(WITH("fault = \"burst\"; percent = 0.2; length = 20; ms = 4000;"));
	assert_true(sa.network.lost >= 20);
	assert_int_equal(sb.line.packets.lost, sa.network.lost);
	assert_int_equal(sb.line.e1.lfa, 0);
}

static void test_reorder_and_duplicate(void **state)
{
	(void)state;
	run(WITH("fault = \"reorder\"; percent = 5.0; by_ms = 2; ms = 4000; },"
		 " { at_ms = 2000; fault = \"duplicate\"; percent = 5.0; ms = 4000;"));
	assert_true(sa.network.reordered > 100 && sa.network.duplicated > 100);
	assert_int_equal(sb.line.packets.duplicate + sb.line.packets.late,
			 sa.network.duplicated + sb.line.packets.lost);
	assert_true(sb.line.packets.reordered > 0);
	assert_int_equal(sb.line.e1.lfa, 0);
}

static void test_delay(void **state)
{
	(void)state;
	run(WITH("fault = \"delay\"; by_ms = 50; ms = 2000;"));
	assert_int_equal(sb.line.packets.lost, 0);
	assert_true(sb.line.packets.pauses >= 1);
	assert_int_equal(sb.line.e1.lfa, 0);
}

static void test_cut(void **state)
{
	(void)state;
	run(WITH_BOTH("20000", "fault = \"cut\"; ms = 2000;"));
	assert_int_equal(sb.line.e1.los, 1 + 1); /* and before the first packet */
	assert_true(sa.alarm_changes >= 2 && sb.alarm_changes >= 2);
}

static void test_ais_and_rai(void **state)
{
	(void)state;
	run(WITH("fault = \"ais\"; ms = 2000;"));
	assert_int_equal(sb.line.e1.ais, 1);
	assert_true(sb.line.l_packets >= 1900);
	assert_true(sb.alarm_changes >= 2);
	run(WITH("fault = \"rai\"; ms = 2000;"));
	assert_int_equal(sb.line.e1.lfa, 0);
	assert_true(sb.alarm_changes >= 2);
}

static void test_crc_and_ber(void **state)
{
	(void)state;
	run(WITH("fault = \"crc\"; rate = 0.01; ms = 4000;"));
	assert_in_range(sb.line.e1.crc4_errors, 15, 80);
	assert_int_equal(sa.line.e1.ebits, sb.line.e1.crc4_errors);
	assert_int_equal(sb.line.e1.lfa, 0);
	run(WITH("fault = \"ber\"; rate = 1e-5; ms = 4000;"));
	assert_in_range(sb.line.e1.crc4_errors, 30, 140);
}

static void test_slip_and_fas(void **state)
{
	(void)state;
	run(WITH("fault = \"slip\"; count = 2; }, { at_ms = 4000; fault = \"slip\"; count = -2;"));
	assert_true(sb.line.e1.crc4_errors > 0 || sb.line.e1.lfa > 0);
	run(WITH("fault = \"fas\"; count = 4;"));
	assert_int_equal(sb.line.e1.lfa, 1);
	assert_true(sb.line.e1.fas_errors >= 3);
	assert_int_equal(sb.alarm_changes, 0); /* gone before it is worth one */
	run(WITH("fault = \"shift\"; bits = 77; ms = 1000;"));
	assert_int_equal(sb.line.e1.lfa, 2);
}

/* Long enough for the data link to notice (T203 is 10 s); the call does not, nor any octet of it. */
static void test_dchannel(void **state)
{
	(void)state;
	rig_start(RIG_HEAD("a") RIG_SPANS(
			  "") "classes = ( { name = \"c\"; called = \"200\"; steps = ( { do = "
			      "\"connected\"; },"
			      " { do = \"partner\"; ms = 30000; within_ms = 40000; }, { do = "
			      "\"hangup\"; } ); } );"
			      "faults = ( { at_ms = 2000; fault = \"dchannel\"; ms = 20000; } );",
		  RIG_HEAD("b") RIG_SPANS(
			  "side = \"user\";") "answers = ( { name = \"b\"; called = \"2*\"; steps "
					      "= ( { do = \"answer\"; },"
					      " { do = \"partner\"; ms = 30000; within_ms = 40000; "
					      "}, { do = \"cleared\"; } ); } );");
	assert_true(rig_run(60000) > 0);
	assert_true(rig_good());
	assert_int_equal(office_span(a.office, 0, &sa), 0);
	assert_int_equal(office_span(b.office, 0, &sb), 0);
	assert_true(sa.lost_frames > 3);
	assert_non_null(strstr(a.events, "E1 link down"));
	assert_true(sa.link_up && sb.link_up);
	assert_int_equal(sb.line.packets.lost + sb.line.e1.crc4_errors, 0);
	assert_int_equal(sa.alarm_changes, 0);
	rig_stop();
}

static void test_hostile_frames(void **state)
{
	char path[64];
	FILE *f;

	(void)state;
	snprintf(path, sizeof(path), "%s/bad.hex", folder);
	f = fopen(path, "w");
	assert_non_null(f);
	fputs("# too short; an element beyond the end; a call reference beyond the end\n02\n"
	      "02 01 03 08 02 00 02 05 04 03 80 90 a3 6c ff 21 83 # comment\n\n"
	      "020103080f01\n",
	      f);
	fclose(f);
	run(WITH("fault = \"frames\"; file = \"%s/bad.hex\";"));
	assert_true(sb.isdn.screened >= 3);
}

static void test_hostile_datagrams(void **state)
{
	uint64_t refused = 0;
	int i;

	(void)state;
	run(WITH("fault = \"datagrams\"; count = 500;"));
	for (i = 0; i < SATOP_REFUSALS; i++)
		refused += sb.line.refused[i];
	assert_in_range(refused, 400, 500);
}

/* The exchange forgets its calls; new ones are served once the channels are restarted. */
static void test_restart(void **state)
{
	const struct report *r;

	(void)state;
	rig_start(RIG_HEAD("a") RIG_SPANS(
			  "") "classes = ( { name = \"before\"; called = \"200\"; calls = 3; "
			      "interval_ms = 10;"
			      " steps = ( { do = \"connected\"; }, { do = \"cleared\"; cause = 41; "
			      "} ); },"
			      " { name = \"after\"; called = \"200\"; calls = 3; interval_ms = 10;"
			      " start_ms = 12000; steps = ( { do = \"connected\"; }, { do = "
			      "\"hangup\"; } ); } );"
			      "faults = ( { at_ms = 2000; fault = \"restart\"; } );",
		  RIG_HEAD("b") RIG_SPANS(
			  "side = \"user\";") "answers = ( { name = \"b\"; called = \"2*\"; steps "
					      "= ( { do = \"answer\"; },"
					      " { do = \"cleared\"; within_ms = 30000; } ); } );");
	assert_true(rig_run(60000) > 0);
	r = office_report(a.office);
	assert_true(rig_good());
	assert_int_equal(r->good, 6);
	assert_int_equal(office_report(b.office)->good, 6);
	rig_stop();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_clean),          cmocka_unit_test(test_loss),
		cmocka_unit_test(test_burst),          cmocka_unit_test(test_reorder_and_duplicate),
		cmocka_unit_test(test_delay),          cmocka_unit_test(test_cut),
		cmocka_unit_test(test_ais_and_rai),    cmocka_unit_test(test_crc_and_ber),
		cmocka_unit_test(test_slip_and_fas),   cmocka_unit_test(test_dchannel),
		cmocka_unit_test(test_hostile_frames), cmocka_unit_test(test_hostile_datagrams),
		cmocka_unit_test(test_restart),
	};

	return cmocka_run_group_tests(tests, rig_setup, rig_teardown);
}
