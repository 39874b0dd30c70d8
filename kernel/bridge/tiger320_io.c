// SPDX-License-Identifier: GPL-2.0-only
/*
 * tiger320_io.c: register accesses of the Tiger320 and what lies behind it.
 *
 * The framer and the board's PLD share the peripheral bus: AUX pins select which of the two, and the
 * upper address bits of the framer; a window of 16 locations gives the lower ones. The level of the
 * pins is remembered, so that an access to the same group needs no write to them.
 */
#include <linux/delay.h>
#include <linux/dma-mapping.h>

#include "bridge/tiger320_io.h"

static inline u8 in8(struct tiger *t, unsigned int reg)
{
	return ioread8(t->regs + reg);
}

static inline void out8(struct tiger *t, unsigned int reg, u8 value)
{
	iowrite8(value, t->regs + reg);
}

/*
 * All accesses are made with the lock held and interrupts off: no two of them mix, and @aux is what the
 * pins are.
 */
static u8 get(struct tiger *t, unsigned int reg)
{
	unsigned long flags;
	u8 value;

	spin_lock_irqsave(&t->bus.lock, flags);
	value = in8(t, reg);
	spin_unlock_irqrestore(&t->bus.lock, flags);
	return value;
}

static u32 get32(struct tiger *t, unsigned int reg)
{
	unsigned long flags;
	u32 value;

	spin_lock_irqsave(&t->bus.lock, flags);
	value = ioread32(t->regs + reg);
	spin_unlock_irqrestore(&t->bus.lock, flags);
	return value;
}

static void put(struct tiger *t, unsigned int reg, u8 value)
{
	unsigned long flags;

	spin_lock_irqsave(&t->bus.lock, flags);
	out8(t, reg, value);
	if (reg == TIGER_AUXD)
		t->aux = value;
	spin_unlock_irqrestore(&t->bus.lock, flags);
}

/* Set the AUX pins and give the address of location n of the peripheral bus. */
static unsigned int address(struct tiger *t, u8 aux, u8 n)
{
	if (t->aux != aux) {
		out8(t, TIGER_AUXD, aux);
		t->aux = aux;
	}
	return TIGER_PIB + 4 * (n & 0x0f);
}

/* Address bits 7..4 of the framer are AUX6..3. */
static u8 framer_pins(const struct tiger *t, u8 reg)
{
	return t->board->pins.aux_idle | (reg & 0xf0) >> 1;
}

static u8 framer_read(struct framer_bus *bus, u8 reg)
{
	struct tiger *t = container_of(bus, struct tiger, bus);

	lockdep_assert_held(&bus->lock);
	return in8(t, address(t, framer_pins(t, reg), reg));
}

static void framer_write(struct framer_bus *bus, u8 reg, u8 value)
{
	struct tiger *t = container_of(bus, struct tiger, bus);

	lockdep_assert_held(&bus->lock);
	out8(t, address(t, framer_pins(t, reg), reg), value);
}

static int framer_group(const struct framer_bus *bus)
{
	const struct tiger *t = container_of(bus, struct tiger, bus);

	if (t->aux < 0 || t->aux & t->board->pins.aux_pld)
		return -1;
	return (t->aux ^ t->board->pins.aux_idle) >> 3;
}

void tiger_pld_write(struct tiger *t, u8 reg, u8 value)
{
	unsigned long flags;

	spin_lock_irqsave(&t->bus.lock, flags);
	out8(t, address(t, t->board->pins.aux_pld, reg), value);
	spin_unlock_irqrestore(&t->bus.lock, flags);
}

/* [O] Without a write before it some reads do not reach the PLD. */
u8 tiger_pld_read(struct tiger *t, u8 reg)
{
	const struct board_pld *pld = &t->board->pld;
	unsigned long flags;
	u8 value;

	spin_lock_irqsave(&t->bus.lock, flags);
	out8(t, address(t, t->board->pins.aux_pld, pld->wake), pld->wake_value);
	value = in8(t, address(t, t->board->pins.aux_pld, reg));
	spin_unlock_irqrestore(&t->bus.lock, flags);
	return value;
}

void tiger_play(struct tiger *t, const struct plan *plan)
{
	for (unsigned int i = 0; i < plan->n && !WARN_ON_ONCE(plan->n > PLAN_STEPS); i++) {
		const struct plan_step *s = &plan->steps[i];

		put(t, s->reg, s->value);
		if (s->wait_us) {
			get(t, TIGER_CNTL); /* posted writes arrive before the time runs */
			usleep_range(s->wait_us, s->wait_us + s->wait_us / 4);
		}
	}
}

void tiger_load(struct tiger *t)
{
	struct tiger_ring tx = tiger_ring(t->board, t->memory_bus, false);
	struct tiger_ring rx = tiger_ring(t->board, t->memory_bus, true);
	unsigned int half = tiger_half_size(t->board);
	unsigned long flags;

	memset(t->memory, 0xd5, 2 * half); /* silence in A-law */
	memset(t->memory + 2 * half, 0xff, 2 * half);
	spin_lock_irqsave(&t->bus.lock, flags);
	iowrite32(tx.start, t->regs + TIGER_TXS);
	iowrite32(tx.half, t->regs + TIGER_TXI);
	iowrite32(tx.end, t->regs + TIGER_TXE);
	iowrite32(rx.start, t->regs + TIGER_RXS);
	iowrite32(rx.half, t->regs + TIGER_RXI);
	iowrite32(rx.end, t->regs + TIGER_RXE);
	spin_unlock_irqrestore(&t->bus.lock, flags);
}

u8 tiger_causes(struct tiger *t)
{
	return get(t, TIGER_INTSTAT);
}

void tiger_acknowledge(struct tiger *t, u8 causes)
{
	put(t, TIGER_INTSTAT, causes);
}

bool tiger_gone(struct tiger *t)
{
	return get(t, TIGER_CNTL) == 0xff;
}

/* [R] which registers give back what was written: so the same from all of them is asked for. */
bool tiger_answers(struct tiger *t)
{
	u8 cntl = get(t, TIGER_CNTL), aux = get(t, TIGER_AUXC), serial = get(t, TIGER_SERCTL);

	return cntl != aux || aux != serial || (cntl != 0x00 && cntl != 0xff);
}

u32 tiger_offset(struct tiger *t)
{
	return get32(t, TIGER_RXCUR) - tiger_ring(t->board, t->memory_bus, true).start;
}

u8 *tiger_tx_half(struct tiger *t, int half)
{
	return t->memory + half * tiger_half_size(t->board);
}

u8 *tiger_rx_half(struct tiger *t, int half)
{
	return t->memory + (2 + half) * tiger_half_size(t->board);
}

size_t tiger_dump(struct tiger *t, char *text, size_t size)
{
	static const u8 octets[] = {TIGER_CNTL,  TIGER_OPER,  TIGER_AUXC,   TIGER_AUXD,
				    TIGER_MASK0, TIGER_MASK1, TIGER_SERCTL, TIGER_FSCDELAY};
	size_t n = 0;

	for (unsigned int i = 0; i < ARRAY_SIZE(octets); i++)
		n += scnprintf(text + n, size - n, "%02x: %02x\n", octets[i], get(t, octets[i]));
	for (unsigned int reg = TIGER_TXS; reg <= TIGER_RXCUR; reg += 4)
		n += scnprintf(text + n, size - n, "%02x: %08x\n", reg, get32(t, reg));
	return n;
}

int tiger_enable(struct tiger *t)
{
	/* Memory if it is there; I/O ports are not everywhere, and slower. */
	int rc = t->bar ? pci_enable_device_mem(t->pdev) : pci_enable_device(t->pdev);

	if (rc)
		return rc;
	pci_set_master(t->pdev);
	/* What slot_reset() gives back after an error of the bus; each restore uses it up. */
	pci_save_state(t->pdev);
	t->aux = -1;
	return 0;
}

int tiger_open(struct tiger *t, struct pci_dev *pdev, const struct board *board)
{
	int rc;

	t->pdev = pdev;
	t->board = board;
	spin_lock_init(&t->bus.lock);
	t->bus.read = framer_read;
	t->bus.write = framer_write;
	t->bus.group = framer_group;
	t->bar = pci_resource_flags(pdev, 1) & IORESOURCE_MEM ? 1 : 0;
	if (pci_resource_len(pdev, t->bar) < TIGER_SIZE) {
		dev_err(&pdev->dev, "no registers: BAR %d has %llu octets, %d are needed\n", t->bar,
			(unsigned long long)pci_resource_len(pdev, t->bar), TIGER_SIZE);
		return -ENODEV;
	}
	rc = tiger_enable(t);
	if (rc)
		return rc;
	rc = pci_request_region(pdev, t->bar, "strowger");
	if (rc) {
		dev_err(&pdev->dev, "BAR %d is in use by another driver\n", t->bar);
		goto disable;
	}
	rc = dma_set_mask_and_coherent(&pdev->dev, DMA_BIT_MASK(32));
	if (rc)
		goto release;
	t->regs = pci_iomap(pdev, t->bar, TIGER_SIZE);
	if (!t->regs) {
		rc = -ENOMEM;
		goto release;
	}
	t->memory =
		dma_alloc_coherent(&pdev->dev, tiger_dma_size(board), &t->memory_bus, GFP_KERNEL);
	if (!t->memory) {
		rc = -ENOMEM;
		goto unmap;
	}
	return 0;

unmap:
	pci_iounmap(pdev, t->regs);
release:
	pci_release_region(pdev, t->bar);
disable:
	pci_clear_master(pdev);
	pci_disable_device(pdev);
	return rc;
}

void tiger_close(struct tiger *t)
{
	pci_clear_master(t->pdev); /* from here on the bridge cannot write to the memory */
	dma_free_coherent(&t->pdev->dev, tiger_dma_size(t->board), t->memory, t->memory_bus);
	pci_iounmap(t->pdev, t->regs);
	pci_release_region(t->pdev, t->bar);
	if (pci_is_enabled(t->pdev)) /* not after a wake that failed */
		pci_disable_device(t->pdev);
}
