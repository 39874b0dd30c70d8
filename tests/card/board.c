/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "board.h"

#include <string.h>

#define AUX_PLD     0x80 /* board logic selected, else framer */
#define AUX_ADDRESS 0x78 /* framer address bits 7..4 */
#define MISPLACED   12 /* timeslots by which channels are off before the first resynchronisation */

/* ---- peripheral bus ---- */

static uint8_t framer_address(uint8_t aux, uint8_t n)
{
	return (uint8_t)((aux & AUX_ADDRESS) << 1 | n);
}

static uint8_t pib_read(void *ctx, uint8_t aux, uint8_t n)
{
	struct board *b = ctx;

	if (aux & AUX_PLD)
		return pld_read(&b->pld, n);
	pld_other(&b->pld);
	if (b->fault.framer_ones)
		return 0xff;
	return framer_read(&b->framer, framer_address(aux, n));
}

static void pib_write(void *ctx, uint8_t aux, uint8_t n, uint8_t v)
{
	struct board *b = ctx;

	if (aux & AUX_PLD) {
		pld_write(&b->pld, n, v);
		return;
	}
	pld_other(&b->pld);
	if (b->fault.framer_ones)
		return;
	framer_write(&b->framer, framer_address(aux, n), v);
}

static void external_reset(void *ctx)
{
	struct board *b = ctx;

	framer_reset(&b->framer);
	pld_reset(&b->pld);
	b->setup_told = false;
}

static void *memory(void *ctx, uint32_t addr, size_t n)
{
	struct board *b = ctx;

	return b->memory(b->ctx, addr, n);
}

/* ---- power ---- */

void board_reset(struct board *b)
{
	struct bridge_bus bus = {pib_read, pib_write, external_reset, memory, b};

	pci_init(&b->pci, b->cfg.subvendor, b->cfg.subdevice);
	bridge_init(&b->bridge, &bus, &b->checks);
	external_reset(b);
}

static void power_on(struct board *b)
{
	pld_init(&b->pld, &b->checks, b->cfg.t1);
	framer_init(&b->framer, b->cfg.chip, &b->checks);
	board_reset(b);
	memset(&b->fault, 0, sizeof(b->fault));
	memset(&b->trace, 0, sizeof(b->trace));
	access_reset(&b->access);
	b->ms = b->due = 0;
}

int board_init(struct board *b, const struct board_cfg *cfg,
	       void *(*mem)(void *ctx, uint32_t addr, size_t n), void *ctx)
{
	memset(b, 0, sizeof(*b));
	b->cfg = *cfg;
	b->memory = mem;
	b->ctx = ctx;
	power_on(b);
	return line_init(&b->line, cfg->jitter_ms, cfg->jitter_max_ms);
}

void board_power(struct board *b, bool on)
{
	if (on)
		power_on(b);
	b->powered = on;
}

/* ---- accesses ---- */

void board_read(struct board *b, int bar, uint64_t addr, uint8_t *data, size_t n)
{
	memset(data, b->fault.zeros ? 0 : 0xff, n);
	if (b->fault.all_ones || b->fault.zeros)
		return;
	if (bar < 0) {
		pci_read(&b->pci, addr, data, n);
		return;
	}
	access_read(&b->access);
	if (bar == PCI_BAR && pci_memory_on(&b->pci))
		bridge_read(&b->bridge, addr, data, n);
	else
		check_fail(&b->checks, CHECK_RESET, "read of a card that is not enabled");
}

static void write_config(struct board *b, uint64_t addr, const uint8_t *data, size_t n)
{
	bool slept = !pci_awake(&b->pci);

	pci_write(&b->pci, addr, data, n);
	if (slept && pci_awake(&b->pci))
		board_reset(b);
	if (!pci_master_on(&b->pci) && b->bridge.reg[BRIDGE_OPER] & BRIDGE_OPER_ENABLE)
		check_fail(&b->checks, CHECK_ORDER, "bus mastering taken away while DMA runs");
}

void board_write(struct board *b, int bar, uint64_t addr, const uint8_t *data, size_t n)
{
	if (b->fault.all_ones || b->fault.zeros)
		return;
	if (bar < 0) {
		write_config(b, addr, data, n);
		return;
	}
	access_write(&b->access);
	if (bar == PCI_BAR && pci_memory_on(&b->pci))
		bridge_write(&b->bridge, addr, data, n);
	else
		check_fail(&b->checks, CHECK_RESET, "write to a card that is not enabled");
}

/* ---- a millisecond ---- */

/* Channels that are not where the bridge looks for them. */
static void misplace(uint8_t frames[FRAMER_FRAMES][E1_OCTETS])
{
	uint8_t moved[E1_OCTETS];

	for (unsigned int y = 0; y < FRAMER_FRAMES; y++) {
		for (unsigned int t = 0; t < E1_OCTETS; t++)
			moved[(t + MISPLACED) % E1_OCTETS] = frames[y][t];
		memcpy(frames[y], moved, E1_OCTETS);
	}
}

static bool in_place(struct board *b)
{
	if (!b->framer.system_good && !b->setup_told) {
		check_fail(&b->checks, CHECK_SETUP,
			   "DMA runs, but the framer's system side is not set up");
		b->setup_told = true;
	}
	return b->framer.system_good && pld_aligned(&b->pld);
}

static bool dma_runs(struct board *b)
{
	return b->powered && !b->fault.stalled_ms && !b->fault.all_ones && !b->fault.zeros &&
	       pld_clocked(&b->pld) && bridge_moving(&b->bridge, pci_master_on(&b->pci));
}

static void count_down(uint32_t *ms)
{
	if (*ms)
		--*ms;
}

static void faults_pass(struct board *b)
{
	count_down(&b->fault.stalled_ms);
	count_down(&b->fault.silent_ms);
	if (b->fault.late_ms && bridge_asserts(&b->bridge) && b->due < b->ms)
		b->due = b->ms + b->fault.late_by_ms;
	count_down(&b->fault.late_ms);
}

/* The line into the framer. Return: the millisecond received, or NULL. */
static const struct framer_line *receive(struct board *b, struct framer_line *in)
{
	const struct framer_line *got = NULL;

	/* One a millisecond, a second one for a slip; the local loop does not stop the line. */
	for (int i = 0; i < 2 && framer_hungry(&b->framer); i++) {
		if (!line_take(&b->line, in)) {
			if (!framer_local_loop(&b->framer))
				break;
			in->in = E1_IN_NONE;
		}
		got = in;
		framer_receive(&b->framer, in);
	}
	return got;
}

size_t board_ms(struct board *b, uint8_t datagram[SATOP_MAX])
{
	uint8_t tx[FRAMER_FRAMES][E1_OCTETS], rx[FRAMER_FRAMES][E1_OCTETS];
	struct framer_line in, out;
	const struct framer_line *got;
	bool running = dma_runs(b), placed;

	framer_begin(&b->framer, line_waiting(&b->line), board_follows_line(b));
	placed = running && in_place(b);
	memset(tx, 0xff, sizeof(tx));
	if (running)
		bridge_fetch(&b->bridge, tx);
	if (running && !placed)
		misplace(tx);
	got = receive(b, &in);
	framer_system(&b->framer, tx, rx);
	framer_transmit(&b->framer, tx, got, &out);
	framer_news(&b->framer);
	if (running && !placed)
		misplace(rx);
	if (running)
		bridge_store(&b->bridge, rx);
	pld_ms(&b->pld);
	access_ms(&b->access);
	trace_ms(&b->trace, b->ms, &b->framer, &b->pld);
	b->ms++;
	faults_pass(b);
	/* A board without power or clock sends nothing. */
	if (!b->powered || !pld_clocked(&b->pld) || !b->framer.system_good)
		return 0;
	return line_send(&b->line, &out, datagram);
}

/* ---- interrupts ---- */

bool board_interrupts(const struct board *b)
{
	return b->powered && !b->fault.all_ones && !b->fault.zeros && !b->fault.silent_ms &&
	       b->ms >= b->due && pci_intx_on(&b->pci) && bridge_asserts(&b->bridge);
}

void board_interrupted(struct board *b)
{
	access_interrupt(&b->access);
}

bool board_follows_line(const struct board *b)
{
	return b->powered && pld_line_clock(&b->pld) && line_alive(&b->line) &&
	       !(b->framer.frs0 & (FALC_FRS0_LOS | FALC_FRS0_LFA | FALC_FRS0_AIS));
}
