/* SPDX-License-Identifier: GPL-2.0-or-later */
/* stderr goes to a file while a line is printed; the file is what is looked at. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <unistd.h>

#include "base/log.h"

#define STAMP_LEN 13 /* "hh:mm:ss.mmm " */

static FILE *caught;
static int real_stderr;
static char text[8192];

static void catch (void)
{
	fflush(stderr);
	real_stderr = dup(2);
	caught = tmpfile();
	assert_non_null(caught);
	assert_true(dup2(fileno(caught), 2) >= 0);
}

/* What was printed since catch(). */
static const char *release(void)
{
	size_t n;

	fflush(stderr);
	dup2(real_stderr, 2);
	close(real_stderr);
	rewind(caught);
	n = fread(text, 1, sizeof(text) - 1, caught);
	text[n] = 0;
	fclose(caught);
	return text;
}

static void test_form(void **state)
{
	int h, m, s, ms, len = 0;

	(void)state;
	catch ();
	log_warn("span E1-1 ts 5", "%d slips", 3);
	release();
	assert_int_equal(sscanf(text, "%2d:%2d:%2d.%3d %n", &h, &m, &s, &ms, &len), 4);
	assert_int_equal(len, STAMP_LEN);
	assert_true(h < 24 && m < 60 && s <= 60 && ms < 1000);
	assert_string_equal(text + STAMP_LEN, "warning span E1-1 ts 5: 3 slips\n");
}

static void test_levels(void **state)
{
	(void)state;
	catch ();
	log_debug("a", "hidden");
	assert_string_equal(release(), "");
	log_set_level(LOG_ERROR_);
	catch ();
	log_warn("a", "hidden");
	log_error("a", "shown");
	assert_string_equal(release() + STAMP_LEN, "error a: shown\n");
	log_set_level(LOG_DEBUG_);
	catch ();
	log_debug("a", "shown");
	assert_string_equal(release() + STAMP_LEN, "debug a: shown\n");
	log_set_level(LOG_INFO_);
	catch ();
	log_info("a", "shown");
	assert_string_equal(release() + STAMP_LEN, "info a: shown\n");
}

/* A caller's name cannot forge a line or move the terminal's cursor. */
static void test_control_characters(void **state)
{
	(void)state;
	catch ();
	log_info("leg 1", "name \"%s\"", "x\n00:00:00.000 error forged\x1b[2J\x7f\t\xc3\xa4");
	assert_string_equal(release() + STAMP_LEN,
			    "info leg 1: name \"x?00:00:00.000 error forged?[2J??\xc3\xa4\"\n");
}

static void test_long_lines(void **state)
{
	static const char before[] = "info leg 1: ";
	char *words = malloc(3000);

	(void)state;
	memset(words, 'w', 2999);
	words[2999] = 0;
	catch ();
	log_info("leg 1", "%s", words);
	release();
	assert_int_equal(strlen(text), STAMP_LEN + strlen(before) + 1000 + 1);
	assert_int_equal(text[strlen(text) - 1], '\n');
	free(words);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_form),
		cmocka_unit_test(test_levels),
		cmocka_unit_test(test_control_characters),
		cmocka_unit_test(test_long_lines),
	};

	return cmocka_run_group_tests_name("base/log", tests, NULL, NULL);
}
