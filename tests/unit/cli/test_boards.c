/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * strowger boards: the driver's tables, and who belongs to which board.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "cli/boards.c"
#include "cli/table.c"
#include "cli/talk.c"

int cli_usage(const char *name)
{
	(void)name;
	return CLI_BLIND;
}

static const struct board *find(uint16_t vendor, uint16_t device, uint16_t subvendor)
{
	struct pci_ids ids = {vendor, device, subvendor};

	return boards_find(&ids);
}

static void ids_belong_to_a_board(void **state)
{
	struct pci_ids isdn = {0xe159, 0x0001, 0x0059}, other = {0x8086, 0x0001, 0x71fe};

	(void)state;
	assert_string_equal(find(0xe159, 0x0001, 0x71fe)->name, "te110p");
	assert_string_equal(find(0xe159, 0x0001, 0x797e)->name, "te110p");
	assert_null(find(0xe159, 0x0001, 0x71ff));
	assert_null(find(0xe159, 0x0002, 0x71fe));
	assert_null(find(0xe15a, 0x0001, 0x71fe));
	assert_true(boards_is_bridge(&isdn));
	assert_false(boards_is_bridge(&other));
}

static char *run(bool json, int argc)
{
	char *text = NULL, *argv[] = {"boards", "more", NULL};
	size_t size;
	struct cli cli = {.json = json, .out = open_memstream(&text, &size)};
	int status = cmd_boards(&cli, argc, argv);

	fclose(cli.out);
	assert_int_equal(status, argc == 1 ? CLI_GOOD : CLI_BLIND);
	return text;
}

static void each_file_is_a_line(void **state)
{
	char *text = run(false, 1), *line;
	size_t n, lines = 0;

	(void)state;
	boards_all(&n);
	for (line = text; *line; line++)
		lines += *line == '\n';
	assert_int_equal(lines, n + 1);
	assert_non_null(strstr(text, "\nte110p "));
	assert_non_null(strstr(text, "1 E1"));
	assert_non_null(strstr(text, "e159:0001/71fe"));
	assert_non_null(strstr(text, "modprobe strowger board=d110p"));
	free(text);
}

static void scripts_get_all_of_it(void **state)
{
	char *text = run(true, 1);
	json_t *list = json_loads(text, 0, NULL), *b;
	size_t i, n, seen = 0;

	(void)state;
	boards_all(&n);
	assert_int_equal(json_array_size(list), n);
	json_array_foreach(list, i, b)
	{
		const char *name = json_string_value(json_object_get(b, "board"));

		if (!strcmp(name, "te110p")) {
			assert_int_equal(json_array_size(json_object_get(b, "ids")), 5);
			assert_null(json_object_get(b, "same_ids_as"));
			seen++;
		} else if (!strcmp(name, "d110p")) {
			assert_string_equal(json_string_value(json_object_get(b, "same_ids_as")),
					    "te110p");
			seen++;
		}
	}
	assert_int_equal(seen, 2);
	json_decref(list);
	free(text);
}

static void arguments_are_refused(void **state)
{
	char *text = run(false, 2);

	(void)state;
	assert_string_equal(text, "");
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ids_belong_to_a_board),
		cmocka_unit_test(each_file_is_a_line),
		cmocka_unit_test(scripts_get_all_of_it),
		cmocka_unit_test(arguments_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
