/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * gen: board files to the tables that the driver and the emulated card are built with.
 *
 *	boards-gen BOARD.conf... >boards.gen.h
 *
 * Exit status 1 with every error of every file on stderr, and nothing on stdout, if one is wrong.
 */
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/conf.h"

#define BOARDS_MAX 32

struct pci {
	uint16_t vendor, device;
	uint16_t subvendors[16];
	size_t n_subvendors;
	char same_ids_as[32];
};

struct bridge {
	int chip;
	uint8_t aux_out, aux_idle, aux_pld, serial, frame_delay, interrupts;
};

struct dma {
	uint8_t slots, swap, tx_skew;
};

struct framer {
	int chip;
	uint8_t pulse[3];
	size_t n_pulse;
};

struct pld {
	uint8_t clock, clock_line, clock_hold, clock_on, jumper_t1;
	uint8_t leds, led_red, led_green, led_test;
	uint8_t version, wake, wake_value;
	uint16_t settle_ms;
};

struct board {
	char name[32]; /* of the file */
	char title[64], maker[64];
	struct pci pci;
	struct bridge bridge;
	struct dma dma;
	struct framer framer;
	struct pld pld;
};

/* The words of the files are the names in board.h. */
static const struct conf_name bridges[] = {{"tiger320", 0}, {0}};
static const char *const bridge_words[] = {"BOARD_TIGER320"};
static const struct conf_name framers[] = {{"falc56", 0}, {0}};
static const char *const framer_words[] = {"BOARD_FALC56"};

#define OCTET(s, m)                                                                                \
	{                                                                                          \
#m, CONF_INT, conf_at(s, m), .required = true, .max = 0xff                         \
	}

static const struct conf_field pci_fields[] = {
	{"vendor", CONF_INT, conf_at(pci, vendor), .max = 0xffff},
	{"device", CONF_INT, conf_at(pci, device), .max = 0xffff},
	{"subvendors", CONF_INTS, conf_items(pci, subvendors, n_subvendors), .min = 1,
	 .max = 0xfffe},
	{"same_ids_as", CONF_STRING, conf_at(pci, same_ids_as),
	 .help = "name of the board file whose ids this board reports"},
	{0}};

static const struct conf_field bridge_fields[] = {
	{"chip", CONF_ENUM, conf_at(bridge, chip), .names = bridges, .required = true},
	OCTET(bridge, aux_out),
	OCTET(bridge, aux_idle),
	OCTET(bridge, aux_pld),
	OCTET(bridge, serial),
	OCTET(bridge, frame_delay),
	OCTET(bridge, interrupts),
	{0}};

static const struct conf_field dma_fields[] = {
	{"slots", CONF_INT, conf_at(dma, slots), .required = true, .min = 32, .max = 32},
	{"swap", CONF_INT, conf_at(dma, swap), .required = true, .max = 3},
	{"tx_skew", CONF_INT, conf_at(dma, tx_skew), .required = true, .max = 31},
	{0}};

static const struct conf_field framer_fields[] = {
	{"chip", CONF_ENUM, conf_at(framer, chip), .names = framers, .required = true},
	{"pulse", CONF_INTS, conf_items(framer, pulse, n_pulse), .required = true, .max = 0xff,
	 .min_items = 3, .help = "XPM0, XPM1, XPM2"},
	{0}};

#define PLD_REG(m)                                                                                 \
	{                                                                                          \
#m, CONF_INT, conf_at(pld, m), .required = true, .max = 15                         \
	}

static const struct conf_field pld_fields[] = {
	PLD_REG(clock),
	OCTET(pld, clock_line),
	OCTET(pld, clock_hold),
	OCTET(pld, clock_on),
	OCTET(pld, jumper_t1),
	PLD_REG(leds),
	OCTET(pld, led_red),
	OCTET(pld, led_green),
	OCTET(pld, led_test),
	PLD_REG(version),
	PLD_REG(wake),
	OCTET(pld, wake_value),
	{"settle_ms", CONF_INT, conf_at(pld, settle_ms), .required = true, .min = 1, .max = 1000},
	{0}};

static void check_pci(void *group, struct conf_place *at)
{
	const struct pci *p = group;

	if (p->same_ids_as[0] && p->n_subvendors)
		conf_fail(at, "same_ids_as", "ids of its own, or those of another board, not both",
			  "the board has subvendors, too");
	if (!p->same_ids_as[0] && (!p->n_subvendors || !p->vendor))
		conf_fail(at, "subvendors", "vendor, device and at least one subsystem vendor",
			  "nothing tells this board from others");
}

#define GROUP(s)                                                                                   \
	static const struct conf_group s##_group = {.size = sizeof(struct s), .fields = s##_fields}
GROUP(bridge);
GROUP(dma);
GROUP(framer);
GROUP(pld);
static const struct conf_group pci_group = {
	.size = sizeof(struct pci), .fields = pci_fields, .check = check_pci};

#define PART(m)                                                                                    \
	{                                                                                          \
#m, CONF_GROUP, conf_at(board, m), .group = &m##_group, .required = true           \
	}

/* Texts go into C strings as they are. */
static const char *check_text(const void *value)
{
	return strpbrk(value, "\"\\\n\t") ? "contains a quote, backslash, tab or line break" : NULL;
}

static const struct conf_field board_fields[] = {{"title", CONF_STRING, conf_at(board, title),
						  .required = true, .min = 1, .check = check_text},
						 {"maker", CONF_STRING, conf_at(board, maker),
						  .required = true, .min = 1, .check = check_text},
						 PART(pci),
						 PART(bridge),
						 PART(dma),
						 PART(framer),
						 PART(pld),
						 {0}};

static const struct conf_group board_group = {.size = sizeof(struct board), .fields = board_fields};

static struct board boards[BOARDS_MAX];
static size_t n_boards;

static int find(const char *name)
{
	for (size_t i = 0; i < n_boards; i++)
		if (!strcmp(boards[i].name, name))
			return (int)i;
	return -1;
}

/* "boards/te110p.conf" is board "te110p". */
static int name_of(const char *file, char *name, size_t size)
{
	const char *base = strrchr(file, '/');
	size_t n;

	base = base ? base + 1 : file;
	n = strlen(base);
	if (n < 6 || n - 5 >= size || strcmp(base + n - 5, ".conf"))
		return -1;
	memcpy(name, base, n - 5);
	name[n - 5] = '\0';
	return 0;
}

static int read_board(const char *file)
{
	static struct conf_errors errs;
	struct board *b = &boards[n_boards];
	int rc = conf_load(file, &board_group, b, &errs);

	if (rc < 0) {
		conf_errors_print(&errs, stderr);
		return rc;
	}
	if (name_of(file, b->name, sizeof(b->name)) < 0) {
		fprintf(stderr, "%s: a board file is named NAME.conf, NAME up to 31 octets\n",
			file);
		return -1;
	}
	if (find(b->name) >= 0) {
		fprintf(stderr, "%s: there is another board %s\n", file, b->name);
		return -1;
	}
	n_boards++;
	return 0;
}

/* Each id has one board, each same_ids_as names a board with ids. */
static int check_ids(void)
{
	int wrong = 0;

	for (size_t i = 0; i < n_boards; i++) {
		const struct pci *p = &boards[i].pci;
		int like = p->same_ids_as[0] ? find(p->same_ids_as) : 0;

		if (like < 0 || (p->same_ids_as[0] && boards[like].pci.same_ids_as[0])) {
			fprintf(stderr, "%s: same_ids_as: \"%s\" is no board with ids of its own\n",
				boards[i].name, p->same_ids_as);
			wrong = -1;
		}
		for (size_t j = 0; j < p->n_subvendors; j++)
			for (size_t k = 0; k < i; k++)
				for (size_t m = 0; m < boards[k].pci.n_subvendors; m++)
					if (p->subvendors[j] == boards[k].pci.subvendors[m] &&
					    p->vendor == boards[k].pci.vendor &&
					    p->device == boards[k].pci.device) {
						fprintf(stderr,
							"%s: subvendors: 0x%04X belongs to %s, "
							"too\n",
							boards[i].name, p->subvendors[j],
							boards[k].name);
						wrong = -1;
					}
	}
	return wrong;
}

static void print_board(const struct board *b)
{
	const struct bridge *p = &b->bridge;
	const struct pld *l = &b->pld;

	printf("\tX({.name = \"%s\", .title = \"%s\", .maker = \"%s\", \\\n", b->name, b->title,
	       b->maker);
	printf("\t   .bridge = %s, .framer = %s, .same_ids_as = %d, \\\n", bridge_words[p->chip],
	       framer_words[b->framer.chip], b->pci.same_ids_as[0] ? find(b->pci.same_ids_as) : -1);
	printf("\t   .pins = {.aux_out = 0x%02x, .aux_idle = 0x%02x, .aux_pld = 0x%02x, "
	       ".serial = 0x%02x, .frame_delay = 0x%02x, .interrupts = 0x%02x}, \\\n",
	       p->aux_out, p->aux_idle, p->aux_pld, p->serial, p->frame_delay, p->interrupts);
	printf("\t   .dma = {.slots = %u, .swap = %u, .tx_skew = %u}, \\\n", b->dma.slots,
	       b->dma.swap, b->dma.tx_skew);
	printf("\t   .line = {.pulse = {0x%02x, 0x%02x, 0x%02x}}, \\\n", b->framer.pulse[0],
	       b->framer.pulse[1], b->framer.pulse[2]);
	printf("\t   .pld = {.clock = %u, .clock_line = 0x%02x, .clock_hold = 0x%02x, "
	       ".clock_on = 0x%02x, .jumper_t1 = 0x%02x, .settle_ms = %u, \\\n",
	       l->clock, l->clock_line, l->clock_hold, l->clock_on, l->jumper_t1, l->settle_ms);
	printf("\t           .leds = %u, .led_red = 0x%02x, .led_green = 0x%02x, "
	       ".led_test = 0x%02x, \\\n",
	       l->leds, l->led_red, l->led_green, l->led_test);
	printf("\t           .version = %u, .wake = %u, .wake_value = 0x%02x}}) \\\n", l->version,
	       l->wake, l->wake_value);
}

static void print_tables(void)
{
	puts("/* Made from boards/ by boards/gen.c. What it means: board.h */\n\n#define BOARDS(X) "
	     "\\");
	for (size_t i = 0; i < n_boards; i++)
		print_board(&boards[i]);
	puts("\n#define BOARD_PCI_IDS(X) \\");
	for (size_t i = 0; i < n_boards; i++)
		for (size_t j = 0; j < boards[i].pci.n_subvendors; j++)
			printf("\tX(0x%04x, 0x%04x, 0x%04x, %zu) \\\n", boards[i].pci.vendor,
			       boards[i].pci.device, boards[i].pci.subvendors[j], i);
	putchar('\n');
}

int main(int argc, char **argv)
{
	int wrong = 0;

	if (argc < 2 || argc > BOARDS_MAX + 1) {
		fprintf(stderr, "usage: boards-gen BOARD.conf... (1 to %d files)\n", BOARDS_MAX);
		return 2;
	}
	for (int i = 1; i < argc; i++)
		if (read_board(argv[i]) < 0)
			wrong = 1;
	if (wrong || check_ids() < 0)
		return 1;
	print_tables();
	return fflush(stdout) || ferror(stdout);
}
