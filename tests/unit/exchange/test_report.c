/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Figures of a run, and digits joined with call records. */
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

#include "exchange/report.h"
#include "exchange/results.h"

static struct scenario sc;
static struct report r;

static void begin(int calls)
{
	memset(&sc, 0, sizeof(sc));
	sc.n_spans = sc.n_classes = 1;
	snprintf(sc.spans[0].name, sizeof(sc.spans[0].name), "E1");
	snprintf(sc.classes[0].name, sizeof(sc.classes[0].name), "c");
	sc.classes[0].arrivals.calls = calls;
	assert_int_equal(report_init(&r, &sc), 0);
}

static void call(uint32_t id, int setup_ms, enum caller_fault fault, const char *digits)
{
	struct caller_result res = {.fault = fault, .setup = 80, .delay_min = -1, .delay_max = -1};
	struct call_record rec = {.id = id, .timeslot = 1};

	res.connected = setup_ms < 0 ? -1 : 80 + setup_ms * 8;
	snprintf(res.digits, sizeof(res.digits), "%s", digits);
	if (fault)
		snprintf(res.reason, sizeof(res.reason), "reason %u", id);
	report_offered(&r);
	assert_int_equal(report_call(&r, &rec, &res), 0);
}

static void test_setup_times(void **state)
{
	struct report_setup s;
	int i;

	(void)state;
	begin(200);
	report_setup_times(&r, &s);
	assert_int_equal(s.max, -1);
	call(1, 7, CALLER_GOOD, "");
	report_setup_times(&r, &s);
	assert_true(s.p50 == 7 && s.p90 == 7 && s.p99 == 7 && s.max == 7);
	report_free(&r);
	begin(200);
	for (i = 100; i > 0; i--) { /* 1..100 in any order, and some without answer */
		call((uint32_t)i, i, CALLER_GOOD, "");
		call((uint32_t)i, -1, CALLER_CLEARED, "");
	}
	report_setup_times(&r, &s);
	assert_int_equal(s.p50, 50);
	assert_int_equal(s.p90, 90);
	assert_int_equal(s.p99, 99);
	assert_int_equal(s.max, 100);
	assert_int_equal(r.answered, 100);
	assert_int_equal(r.failed, 100);
	assert_int_equal(r.by_fault[CALLER_CLEARED], 100);
	report_free(&r);
}

/* More calls and more failures than there was room for. */
static void test_grows(void **state)
{
	uint32_t i;

	(void)state;
	begin(3);
	for (i = 0; i < 1000; i++)
		call(i, -1, CALLER_DIFFERS, "12");
	assert_int_equal(r.n, 1000);
	assert_int_equal(r.calls[999].id, 999);
	assert_string_equal(r.calls[999].digits, "12");
	assert_int_equal(r.digits, 2000);
	assert_int_equal(r.n_reasons, REPORT_REASONS);
	assert_string_equal(r.reasons[7], "reason 7");
	assert_int_equal(r.reason_call[7], 7);
	report_free(&r);
}

static void test_table(void **state)
{
	char *text = NULL;
	size_t len = 0;
	FILE *f = open_memstream(&text, &len);

	(void)state;
	assert_non_null(f);
	begin(3);
	call(1, 20, CALLER_GOOD, "123");
	call(2, -1, CALLER_CAUSE, "");
	report_print(&r, f);
	fclose(f);
	assert_non_null(strstr(text, "calls: 2 offered, 1 answered, 1 good, 1 failed"));
	assert_non_null(strstr(text, "wrong-cause    1"));
	assert_non_null(strstr(text, "reason 2"));
	assert_non_null(strstr(text, "digits dialled: 3"));
	assert_string_equal(report_class_name(&r, 0), "c");
	assert_string_equal(report_class_name(&r, 1), "unknown number");
	free(text);
	report_free(&r);
}

/* ---- join ---- */

static char results[] = "/tmp/exchange-results-XXXXXX", records[] = "/tmp/exchange-records-XXXXXX";

static void put(const char *file, const char *text)
{
	FILE *f = fopen(file, "w");

	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
}

static int join(const char *res, const char *rec)
{
	FILE *null = fopen("/dev/null", "w");
	int n;

	put(results, res);
	put(records, rec);
	n = results_join(results, records, null);
	fclose(null);
	return n;
}

#define CALL(calling, digits) "{\"call\":1,\"calling\":\"" calling "\",\"digits\":\"" digits "\"}"
#define RESULT(calls)         "{\"totals\":{},\"calls\":[" calls "]}"
#define RECORD(calling, digits, utc)                                                               \
	"{\"calling\":\"" calling "\",\"digits\":\"" digits "\",\"offered_utc\":" utc "}"

static void test_join(void **state)
{
	char text[4096] = "";
	FILE *f;

	(void)state;
	assert_int_equal(join(RESULT(CALL("10", "12") "," CALL("11", "")),
			      "[" RECORD("11", "", "5.5") "," RECORD("10", "12", "5") "]"),
			 0);
	f = fopen(results, "r");
	assert_true(fread(text, 1, sizeof(text) - 1, f) > 0);
	fclose(f);
	assert_non_null(strstr(text, "\"digits_seen\": \"12\""));
	assert_non_null(strstr(text, "\"digits_seen\": 2"));
	/* One digit missing, one call without a record; other calls' records do not matter. */
	assert_int_equal(join(RESULT(CALL("10", "12") "," CALL("11", "3") "," CALL("12", "4")),
			      "{\"calls\":[" RECORD("10", "1", "1") "," RECORD(
				      "12", "4", "1") "," RECORD("99", "4", "1") "]}"),
			 2);
	/* The same number twice: by time, whatever the order in the file. One object a line. */
	assert_int_equal(join(RESULT(CALL("10", "1") "," CALL("10", "2")),
			      RECORD("10", "2", "200.25") "\n" RECORD("10", "1", "100.5") "\n"),
			 0);
	/* A record serves one call only. */
	assert_int_equal(
		join(RESULT(CALL("10", "1") "," CALL("10", "1")), "[" RECORD("10", "1", "1") "]"),
		1);
	assert_int_equal(join("[]", "[]"), -EBADMSG);
	assert_int_equal(join("rubbish", "[]"), -EBADMSG);
	unlink(records);
	assert_int_equal(results_join(results, records, stdout), -EBADMSG);
}

static int files_setup(void **state)
{
	(void)state;
	return mkstemp(results) < 0 || mkstemp(records) < 0;
}

static int files_teardown(void **state)
{
	(void)state;
	unlink(results);
	unlink(records);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_setup_times),
		cmocka_unit_test(test_grows),
		cmocka_unit_test(test_table),
		cmocka_unit_test_setup_teardown(test_join, files_setup, files_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
