/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "core/call/cause.h"

static void names(void **state)
{
	(void)state;
	assert_string_equal(cause_name(17), "user busy");
	assert_string_equal(cause_name(CAUSE_SWITCH_CONGESTION), "switching equipment congestion");
	assert_string_equal(cause_name(127), "interworking, unspecified");
	assert_string_equal(cause_name(0), "no cause");
	assert_string_equal(cause_name(10), "unknown cause");
	assert_string_equal(cause_name(-1), "unknown cause");
	assert_string_equal(cause_name(128), "unknown cause");
	assert_string_equal(cause_name(INT_MAX), "unknown cause");
	assert_string_equal(cause_name(INT_MIN), "unknown cause");
}

/* Every cause that has a name has a sentence, and the other way round. */
static void explained(void **state)
{
	int known = 0;

	(void)state;
	for (int c = 1; c < 128; c++) {
		int named = strcmp(cause_name(c), "unknown cause") != 0;
		int told = strstr(cause_explain(c), "does not define") == NULL;

		assert_int_equal(named, told);
		known += named;
		if (named)
			assert_int_equal(cause_explain(c)[strlen(cause_explain(c)) - 1], '.');
	}
	assert_true(known >= 60); /* Q.850 defines a little over 60 */
	assert_string_equal(cause_explain(0), "No reason was given.");
}

static void all_of_ours_are_known(void **state)
{
	static const int ours[] = {1,  3,  6,  16, 17, 18, 19, 21, 27, 28,  31,  34,  38,  41, 42,
				   44, 47, 57, 58, 65, 70, 81, 88, 96, 100, 101, 102, 111, 127};

	(void)state;
	for (size_t i = 0; i < sizeof(ours) / sizeof(ours[0]); i++)
		assert_string_not_equal(cause_name(ours[i]), "unknown cause");
}

static void class_of_cause(void **state)
{
	(void)state;
	assert_string_equal(cause_class(16), "normal");
	assert_string_equal(cause_class(31), "normal");
	assert_string_equal(cause_class(32), "resource unavailable");
	assert_string_equal(cause_class(47), "resource unavailable");
	assert_string_equal(cause_class(65), "service not implemented");
	assert_string_equal(cause_class(111), "protocol error");
	assert_string_equal(cause_class(127), "interworking");
	assert_string_equal(cause_class(0), "");
	assert_string_equal(cause_class(128), "");
	assert_string_equal(cause_class(-5), "");
}

static void bearer(void **state)
{
	(void)state;
	assert_int_equal(bearer_cause(0x00, 0x10), 0);
	assert_int_equal(bearer_cause(0x08, 0x10), 0);
	assert_int_equal(bearer_cause(0x10, 0x10), 0);
	assert_int_equal(bearer_cause(0x09, 0x10), CAUSE_BEARER_NOT_IMPLEMENTED);
	assert_int_equal(bearer_cause(0x11, 0x10), CAUSE_BEARER_NOT_IMPLEMENTED);
	assert_int_equal(bearer_cause(0x18, 0x10), CAUSE_BEARER_NOT_IMPLEMENTED);
	assert_int_equal(bearer_cause(0x00, 0x17), CAUSE_BEARER_NOT_IMPLEMENTED);
	assert_int_equal(bearer_cause(0x08, 0x18), CAUSE_BEARER_NOT_IMPLEMENTED);
	assert_int_equal(bearer_cause(0x08, 0x00), CAUSE_BEARER_NOT_IMPLEMENTED);
	assert_int_equal(bearer_cause(0x01, 0x10), CAUSE_INVALID_IE);
	assert_int_equal(bearer_cause(0x00, 0x1f), CAUSE_INVALID_IE);
	assert_int_equal(bearer_cause(0xff, 0xff), CAUSE_INVALID_IE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names),
		cmocka_unit_test(explained),
		cmocka_unit_test(all_of_ours_are_known),
		cmocka_unit_test(class_of_cause),
		cmocka_unit_test(bearer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
