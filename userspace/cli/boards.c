/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * strowger boards: what cards there is a driver for. The tables are the driver's own.
 */
#include "cli/boards.h"

#include <string.h>

#include "boards.gen.h"
#include "cli/cli.h"
#include "cli/table.h"

static const struct board boards[] = {
#define X(...) __VA_ARGS__,
	BOARDS(X)
#undef X
};

static const struct {
	struct pci_ids ids;
	size_t board;
} ids_of[] = {
#define X(v, d, s, b) {{v, d, s}, b},
	BOARD_PCI_IDS(X)
#undef X
};

#define N_BOARDS (sizeof(boards) / sizeof(boards[0]))
#define N_IDS    (sizeof(ids_of) / sizeof(ids_of[0]))

/* What the chips are called, and what lines a board has because of them. */
static const char *const bridges[] = {[BOARD_TIGER320] = "Tiger320"};
static const struct {
	const char *chip, *ports;
} framers[] = {[BOARD_FALC56] = {"FALC56", "1 E1"}};

const struct board *boards_all(size_t *n)
{
	*n = N_BOARDS;
	return boards;
}

const struct board *boards_find(const struct pci_ids *ids)
{
	for (size_t i = 0; i < N_IDS; i++)
		if (ids_of[i].ids.vendor == ids->vendor && ids_of[i].ids.device == ids->device &&
		    ids_of[i].ids.subvendor == ids->subvendor)
			return &boards[ids_of[i].board];
	return NULL;
}

int boards_is_bridge(const struct pci_ids *ids)
{
	for (size_t i = 0; i < N_IDS; i++)
		if (ids_of[i].ids.vendor == ids->vendor && ids_of[i].ids.device == ids->device)
			return 1;
	return 0;
}

/* "e159:0001/71fe", vendor:device/subsystem vendor */
static json_t *board_ids(size_t board)
{
	json_t *list = json_array();
	char text[24];

	for (size_t i = 0; i < N_IDS; i++) {
		if (ids_of[i].board != board)
			continue;
		snprintf(text, sizeof(text), "%04x:%04x/%04x", ids_of[i].ids.vendor,
			 ids_of[i].ids.device, ids_of[i].ids.subvendor);
		json_array_append_new(list, json_string(text));
	}
	return list;
}

static json_t *board_json(size_t i)
{
	const struct board *b = &boards[i];
	json_t *o = json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:o}", "board", b->name, "title",
			      b->title, "maker", b->maker, "ports", framers[b->framer].ports,
			      "bridge", bridges[b->bridge], "framer", framers[b->framer].chip,
			      "ids", board_ids(i));

	if (b->same_ids_as >= 0)
		json_object_set_new(o, "same_ids_as", json_string(boards[b->same_ids_as].name));
	return o;
}

static void add_board(struct table *t, size_t i)
{
	const struct board *b = &boards[i];
	const json_t *id;
	json_t *ids = board_ids(i);
	char text[256] = "";
	size_t k, n = 0;

	json_array_foreach(ids, k, id) if (n < sizeof(text)) n += (size_t)snprintf(
		text + n, sizeof(text) - n, "%s%s", k ? " " : "", json_string_value(id));
	json_decref(ids);
	if (b->same_ids_as >= 0)
		snprintf(text, sizeof(text), "those of %s: modprobe strowger board=%s",
			 boards[b->same_ids_as].name, b->name);
	table_add(t, TABLE_PLAIN, "%s", b->name);
	table_add(t, TABLE_PLAIN, "%s", b->title);
	table_add(t, TABLE_PLAIN, "%s", b->maker);
	table_add(t, TABLE_PLAIN, "%s", framers[b->framer].ports);
	table_add(t, TABLE_PLAIN, "%s, %s", bridges[b->bridge], framers[b->framer].chip);
	table_add(t, TABLE_PLAIN, "%s", text);
}

int cmd_boards(struct cli *cli, int argc, char **argv)
{
	struct table t;
	json_t *list;

	if (argc != 1)
		return cli_usage(argv[0]);
	if (cli->json) {
		list = json_array();
		for (size_t i = 0; i < N_BOARDS; i++)
			json_array_append_new(list, board_json(i));
		cli_json(cli, list);
		json_decref(list);
		return CLI_GOOD;
	}
	table_init(&t, "board|title|maker|ports|chips|PCI ids, vendor:device/subsystem vendor");
	for (size_t i = 0; i < N_BOARDS; i++)
		add_board(&t, i);
	table_print(&t, cli->out, cli->terminal);
	return CLI_GOOD;
}
