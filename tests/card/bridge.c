/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bridge.h"

#include <errno.h>
#include <string.h>

/* A frame begins 28 octets after the buffer's: sizeof(carry) of it are in the half before. */
#define ORDER     3 /* most significant octet of a dword first: timeslot t is octet t xor 3 */
#define KNOWN_INT 0x3f

/* ---- registers ---- */

enum kind { NONE, BOTH, STATUS, READ_ONLY, ADDRESS };

static enum kind kind_of(unsigned int at)
{
	switch (at) {
	case BRIDGE_CNTL:
	case BRIDGE_OPER:
	case BRIDGE_AUXC:
	case BRIDGE_AUXD:
	case BRIDGE_MASK0:
	case BRIDGE_MASK1:
	case 0x28: /* pulse counter */
	case 0x2a: /* AUX polarity */
	case 0x2b: /* AUX function */
	case BRIDGE_SERCTL:
	case BRIDGE_FSCDELAY: return BOTH;
	case BRIDGE_INTSTAT: return STATUS;
	case BRIDGE_AUXR: return READ_ONLY;
	default: break;
	}
	if ((at >= BRIDGE_TXCUR && at < BRIDGE_TXCUR + 4) ||
	    (at >= BRIDGE_RXCUR && at < BRIDGE_RXCUR + 4))
		return READ_ONLY;
	return at >= BRIDGE_TXS && at < BRIDGE_RXCUR ? ADDRESS : NONE;
}

static uint32_t get32(const struct bridge *b, unsigned int at)
{
	return b->reg[at] | (uint32_t)b->reg[at + 1] << 8 | (uint32_t)b->reg[at + 2] << 16 |
	       (uint32_t)b->reg[at + 3] << 24;
}

void bridge_init(struct bridge *b, const struct bridge_bus *bus, struct checks *checks)
{
	memset(b, 0, sizeof(*b));
	b->bus = *bus;
	b->checks = checks;
	b->reg[BRIDGE_CNTL] = BRIDGE_CNTL_DMA | BRIDGE_CNTL_SERIAL;
}

bool bridge_asserts(const struct bridge *b)
{
	return b->intstat & b->reg[BRIDGE_MASK0];
}

bool bridge_released(const struct bridge *b)
{
	return b->reg[BRIDGE_CNTL] & BRIDGE_CNTL_RELEASE;
}

static uint8_t aux(const struct bridge *b)
{
	return b->reg[BRIDGE_AUXD] & b->reg[BRIDGE_AUXC];
}

static void restart(struct bridge *b)
{
	b->second = false;
	memset(b->carry, 0, sizeof(b->carry));
}

/* Which octet of the current address: the engine stands at the begin of a half between two ticks. */
static uint8_t current(const struct bridge *b, unsigned int at)
{
	unsigned int base = at < BRIDGE_RXS ? BRIDGE_TXS : BRIDGE_RXS;
	uint32_t addr = get32(b, base) + (b->second ? BRIDGE_HALF : 0);

	return (uint8_t)(addr >> (at % 4 * 8));
}

static uint8_t pib_read(struct bridge *b, unsigned int at)
{
	if (!bridge_released(b)) {
		check_fail(b->checks, CHECK_RESET,
			   "peripheral bus read while the chips are in reset");
		return 0xff;
	}
	return b->bus.pib_read(b->bus.ctx, aux(b), (uint8_t)((at - BRIDGE_PIB) / 4));
}

static uint8_t read8(struct bridge *b, unsigned int at)
{
	if (at >= BRIDGE_PIB && at % 4 == 0)
		return pib_read(b, at);
	switch (kind_of(at)) {
	case STATUS: return b->intstat;
	case READ_ONLY: return at == BRIDGE_AUXR ? aux(b) : current(b, at);
	case BOTH:
	case ADDRESS:
		if (!b->written[at])
			check_fail(b->checks, CHECK_UNWRITTEN, "bridge register %02x", at);
		return b->reg[at];
	default: break;
	}
	check_fail(b->checks, CHECK_UNKNOWN, "read of bridge register %02x", at);
	return 0;
}

static void write_cntl(struct bridge *b, uint8_t v)
{
	bool was = bridge_released(b);

	b->reg[BRIDGE_CNTL] = v;
	if (v & BRIDGE_CNTL_DMA)
		restart(b);
	if (was && !bridge_released(b))
		b->bus.reset(b->bus.ctx);
}

static void write_oper(struct bridge *b, uint8_t v)
{
	if (v & ~(BRIDGE_OPER_ENABLE | BRIDGE_OPER_RESTART))
		check_fail(b->checks, CHECK_UNKNOWN, "OPER %02x", v);
	if (v & BRIDGE_OPER_RESTART && !(b->reg[BRIDGE_OPER] & BRIDGE_OPER_RESTART))
		restart(b);
	b->reg[BRIDGE_OPER] = v;
	b->stopped = false;
}

static void write_mask(struct bridge *b, uint8_t v)
{
	if (v & ~KNOWN_INT)
		check_fail(b->checks, CHECK_UNKNOWN, "MASK0 %02x", v);
	if (v & b->intstat)
		check_fail(b->checks, CHECK_ORDER, "MASK0 %02x enables interrupts left over: %02x",
			   v, b->intstat);
	b->reg[BRIDGE_MASK0] = v;
}

static void pib_write(struct bridge *b, unsigned int at, uint8_t v)
{
	if (bridge_released(b))
		b->bus.pib_write(b->bus.ctx, aux(b), (uint8_t)((at - BRIDGE_PIB) / 4), v);
	else
		check_fail(b->checks, CHECK_RESET,
			   "peripheral bus write while the chips are in reset");
}

static void write_plain(struct bridge *b, unsigned int at, uint8_t v)
{
	switch (at) {
	case BRIDGE_CNTL: write_cntl(b, v); break;
	case BRIDGE_OPER: write_oper(b, v); break;
	case BRIDGE_MASK0: write_mask(b, v); break;
	default: b->reg[at] = v; break;
	}
	b->written[at] = true;
}

static void write8(struct bridge *b, unsigned int at, uint8_t v)
{
	if (at >= BRIDGE_PIB && at % 4 == 0) {
		pib_write(b, at, v);
		return;
	}
	switch (kind_of(at)) {
	case BOTH: write_plain(b, at, v); break;
	case STATUS: b->intstat &= (uint8_t)~v; break;
	case ADDRESS:
		b->reg[at] = v;
		b->written[at] = true;
		break;
	case READ_ONLY: check_fail(b->checks, CHECK_WRITE, "bridge register %02x", at); break;
	default: check_fail(b->checks, CHECK_UNKNOWN, "write to bridge register %02x", at); break;
	}
}

/* Addresses are dwords and the engine may use them at any moment; all else is octets. */
static void check_width(struct bridge *b, uint64_t addr, size_t n, bool write)
{
	bool is_address = addr < BRIDGE_REGS && kind_of((unsigned int)addr) == ADDRESS;

	if (n == 1 ? is_address && write
		   : n != 4 || addr % 4 || addr < BRIDGE_TXS || addr > BRIDGE_RXCUR)
		check_fail(b->checks, CHECK_UNKNOWN, "access of %zu octets to bridge register %02x",
			   n, (unsigned int)addr);
	if (is_address && write && b->reg[BRIDGE_OPER] & BRIDGE_OPER_ENABLE)
		check_fail(b->checks, CHECK_ORDER, "DMA address %02x changed while DMA runs",
			   (unsigned int)addr);
}

void bridge_read(struct bridge *b, uint64_t addr, uint8_t *data, size_t n)
{
	check_width(b, addr, n, false);
	for (size_t i = 0; i < n; i++)
		data[i] = read8(b, (unsigned int)(addr + i) % BRIDGE_REGS);
}

void bridge_write(struct bridge *b, uint64_t addr, const uint8_t *data, size_t n)
{
	check_width(b, addr, n, true);
	for (size_t i = 0; i < n; i++)
		write8(b, (unsigned int)(addr + i) % BRIDGE_REGS, data[i]);
}

/* ---- DMA ---- */

static bool shape_good(const struct bridge *b, unsigned int start)
{
	uint32_t s = get32(b, start);

	return s % 4 == 0 && get32(b, start + 4) == s + BRIDGE_HALF - 4 &&
	       get32(b, start + 8) == s + 2 * BRIDGE_HALF - 4;
}

static const char *why_not(const struct bridge *b, bool master)
{
	if (!master)
		return "DMA enabled, but the card is no bus master";
	if (!shape_good(b, BRIDGE_TXS) || !shape_good(b, BRIDGE_RXS))
		return "DMA addresses are not two halves of 256 octets";
	if (b->reg[BRIDGE_SERCTL] != 0xc8 || b->reg[BRIDGE_FSCDELAY] != 0x01)
		return "serial port is not set up for this board";
	if (b->reg[BRIDGE_CNTL] & BRIDGE_CNTL_ONESHOT)
		return "DMA does not wrap by itself";
	return NULL;
}

bool bridge_moving(struct bridge *b, bool master)
{
	const char *why;

	if (b->reg[BRIDGE_CNTL] & (BRIDGE_CNTL_DMA | BRIDGE_CNTL_SERIAL) || !bridge_released(b) ||
	    !(b->reg[BRIDGE_OPER] & BRIDGE_OPER_ENABLE))
		return false;
	why = why_not(b, master);
	if (why && !b->stopped)
		check_fail(b->checks, CHECK_DMA, "%s", why);
	b->stopped = why;
	return !why;
}

static void *half(struct bridge *b, unsigned int start)
{
	uint32_t addr = get32(b, start) + (b->second ? BRIDGE_HALF : 0);

	return b->bus.memory(b->bus.ctx, addr, BRIDGE_HALF);
}

static void master_abort(struct bridge *b, const char *which)
{
	if (!(b->intstat & BRIDGE_INT_MASTER))
		check_fail(b->checks, CHECK_DMA, "%s buffer is no memory", which);
	b->intstat |= BRIDGE_INT_MASTER;
	b->aborts++;
}

int bridge_fetch(struct bridge *b, uint8_t tx[BRIDGE_FRAMES][BRIDGE_SLOTS])
{
	uint8_t stream[sizeof(b->carry) + BRIDGE_HALF];
	const uint8_t *mem = half(b, BRIDGE_TXS);

	if (!mem) {
		master_abort(b, "transmit");
		memset(tx, 0xff, BRIDGE_HALF);
		return -EFAULT;
	}
	memcpy(stream, b->carry, sizeof(b->carry));
	memcpy(stream + sizeof(b->carry), mem, BRIDGE_HALF);
	memcpy(b->carry, mem + BRIDGE_HALF - sizeof(b->carry), sizeof(b->carry));
	for (unsigned int y = 0; y < BRIDGE_FRAMES; y++)
		for (unsigned int t = 0; t < BRIDGE_SLOTS; t++)
			tx[y][t] = stream[BRIDGE_SLOTS * y + (t ^ ORDER)];
	return 0;
}

void bridge_store(struct bridge *b, const uint8_t rx[BRIDGE_FRAMES][BRIDGE_SLOTS])
{
	uint8_t bits = b->second ? BRIDGE_INT_SECOND : BRIDGE_INT_FIRST;
	uint8_t *mem = half(b, BRIDGE_RXS);

	if (!mem)
		master_abort(b, "receive");
	for (unsigned int y = 0; mem && y < BRIDGE_FRAMES; y++)
		for (unsigned int t = 0; t < BRIDGE_SLOTS; t++)
			mem[BRIDGE_SLOTS * y + (t ^ ORDER)] = rx[y][t];
	b->halves++;
	if (b->intstat & (BRIDGE_INT_FIRST | BRIDGE_INT_SECOND))
		b->overruns++;
	b->intstat |= bits;
	b->second = !b->second;
}
