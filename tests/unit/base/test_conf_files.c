/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files, included files, and what cannot be read. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/conf.h"

struct pair {
	int a, b;
};

static const struct conf_field pair_fields[] = {{"a", CONF_INT, conf_at(pair, a), .required = true},
						{"b", CONF_INT, conf_at(pair, b), .required = true},
						{0}};
static const struct conf_group pair_group = {.size = sizeof(struct pair), .fields = pair_fields};

static char dir[] = "/tmp/strowger-conf-XXXXXX";
static struct conf_errors errs;
static struct pair pair;

static const char *name_of(const char *name)
{
	static char path[200];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	return path;
}

static void put(const char *name, const char *content, size_t len)
{
	FILE *f = fopen(name_of(name), "w");

	assert_non_null(f);
	assert_int_equal(fwrite(content, 1, len, f), len);
	fclose(f);
}

static void put_text(const char *name, const char *content)
{
	put(name, content, strlen(content));
}

static int load(const char *name)
{
	pair = (struct pair){-1, -1};
	return conf_load(name_of(name), &pair_group, &pair, &errs);
}

/* Error i is at this line of this file of ours and says this. */
static void expect(size_t i, const char *file, int line, const char *path, const char *wrong)
{
	assert_true(i < errs.n);
	assert_string_equal(errs.items[i].file, name_of(file));
	assert_int_equal(errs.items[i].line, line);
	assert_string_equal(errs.items[i].path, path);
	if (!strstr(errs.items[i].wrong, wrong))
		fail_msg("\"%s\" is not in \"%s\"", wrong, errs.items[i].wrong);
}

static int set_up(void **state)
{
	(void)state;
	if (!mkdtemp(dir))
		return -1;
	return mkdir(name_of("sub"), 0700);
}

static int tear_down(void **state)
{
	char command[100];

	(void)state;
	snprintf(command, sizeof(command), "rm -rf %s", dir);
	return system(command);
}

static void test_includes(void **state)
{
	(void)state;
	put_text("main", "  @include \"sub/one\"\n");
	put_text("sub/one", "a = 1;\n@include \"two\"");
	put_text("sub/two", "b = 2;");
	assert_int_equal(load("main"), 0);
	assert_int_equal(pair.a, 1);
	assert_int_equal(pair.b, 2);
}

static void test_errors_name_their_file(void **state)
{
	(void)state;
	put_text("main", "# one\n@include \"sub/one\" x = 1;\n\na = \"5\";\n");
	put_text("sub/one", "y = 1;\n@include \"two\"\n\nz = 1;\n");
	put_text("sub/two", "\nb = 1.5;");
	assert_int_equal(load("main"), -EINVAL);
	assert_int_equal(errs.n, 5);
	expect(0, "sub/one", 1, "y", "not a known");
	expect(1, "sub/two", 2, "b", "fraction");
	expect(2, "sub/one", 4, "z", "not a known");
	expect(3, "main", 2, "x", "not a known");
	expect(4, "main", 4, "a", "string");
	assert_int_equal(pair.a, -1);
}

static void test_syntax_error_in_included_file(void **state)
{
	(void)state;
	put_text("main", "a = 1;\n@include \"one\"\n");
	put_text("one", "# fine\nb = = 2;\n");
	assert_int_equal(load("main"), -EINVAL);
	assert_int_equal(errs.n, 1);
	expect(0, "one", 2, "", "syntax error");
}

static void test_bad_includes(void **state)
{
	(void)state;
	put_text("main", "a = 1;\n@include \"gone\"\n@include \"sub\"\n@include\n@include \"\"\n"
			 "b = 2; /* @include \"gone\" */ # @include \"gone\"\n");
	assert_int_equal(load("main"), -EINVAL);
	assert_int_equal(errs.n, 4);
	expect(0, "main", 2, "", "gone: No such file");
	expect(1, "main", 3, "", "sub: Is a directory");
	expect(2, "main", 4, "", "without a file name");
	expect(3, "main", 5, "", "without a file name");
	put_text("main", "@include \"main\"\n");
	assert_int_equal(load("main"), -EINVAL);
	expect(0, "main", 1, "", "too many includes");
	put_text("main", "@include \"one\"\n@include \"one\"\n");
	put_text("one", "\"");
	assert_int_equal(load("main"), -EINVAL);
	assert_int_equal(errs.n, 2);
	expect(1, "one", 1, "", "string is not closed");
}

/* An include that doubles itself at each level ends at the limit, not at the memory's. */
static void test_include_bomb(void **state)
{
	(void)state;
	for (int i = 0; i < 9; i++) {
		char name[8], text[64];

		snprintf(name, sizeof(name), "b%d", i);
		snprintf(text, sizeof(text), "@include \"b%d\"\n@include \"b%d\"\n", i + 1, i + 1);
		put_text(name, text);
	}
	put_text("b9", "");
	assert_int_equal(load("b0"), -EINVAL);
	assert_non_null(strstr(errs.items[0].wrong, "too many includes"));
}

static void test_unreadable(void **state)
{
	static char big[(1 << 18) + 1];

	(void)state;
	assert_int_equal(load("nowhere"), -ENOENT);
	assert_int_equal(errs.n, 1);
	expect(0, "nowhere", 0, "", "cannot be read: No such file");
	assert_int_equal(load("sub"), -EISDIR);
	expect(0, "sub", 0, "", "cannot be read");
	assert_int_equal(mkfifo(name_of("pipe"), 0600), 0);
	assert_int_equal(load("pipe"), -ENODEV); /* does not wait for a writer */
	memset(big, '\n', sizeof(big));
	put("big", big, sizeof(big));
	assert_int_equal(load("big"), -EFBIG);
	put("big", big, sizeof(big) - 1);
	assert_int_equal(load("big"), -EINVAL); /* read, but a and b are missing */
	assert_int_equal(errs.n, 2);
	put_text("main", "\n@include \"big\"");
	assert_int_equal(load("main"), -EINVAL); /* both together are too much */
	expect(0, "main", 2, "", "big: File too large");
	put("zero", "a = 1;\0b = 2;", 13);
	assert_int_equal(load("zero"), -EINVAL);
	expect(0, "zero", 1, "", "octet 0");
	put("zero", "", 0);
	assert_int_equal(load("zero"), -EINVAL);
	expect(0, "zero", 1, "a", "is missing");
}

/* Of a long file name the end is kept; a log prints one line an error. */
static void test_printing(void **state)
{
	char text[2000], name[301], *nl;
	FILE *f = tmpfile();

	(void)state;
	assert_non_null(f);
	memset(name, 'n', 300);
	memcpy(name + 290, "/site.conf", 11);
	assert_int_equal(conf_load_text("c = 1;", name, &pair_group, &pair, &errs), -EINVAL);
	errs.more = 5;
	conf_errors_print(&errs, f);
	rewind(f);
	text[fread(text, 1, sizeof(text) - 1, f)] = 0;
	fclose(f);
	assert_int_equal(strncmp(text, "...nnn", 6), 0);
	nl = strchr(text, '\n');
	assert_non_null(nl);
	assert_non_null(strstr(text, "n/site.conf:1: a: is missing; must be an integer"));
	assert_string_equal(strrchr(nl, 'a'), "and 5 more\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_includes),
		cmocka_unit_test(test_errors_name_their_file),
		cmocka_unit_test(test_syntax_error_in_included_file),
		cmocka_unit_test(test_bad_includes),
		cmocka_unit_test(test_include_bomb),
		cmocka_unit_test(test_unreadable),
		cmocka_unit_test(test_printing),
	};

	return cmocka_run_group_tests_name("base/conf files", tests, set_up, tear_down);
}
