// SPDX-License-Identifier: GPL-2.0-only
/*
 * tiger320_plan.c: what is written to the bridge, what its interrupts mean, and where a timeslot
 * lies in its buffers. Pure.
 */
#include "bridge/tiger320.h"

#define CNTL_RESET (TIGER_CNTL_DMA | TIGER_CNTL_TDM)

struct tiger_ring tiger_ring(const struct board *b, uint32_t bus, bool rx)
{
	uint32_t size = tiger_half_size(b);
	uint32_t start = bus + (rx ? 2 * size : 0);

	return (struct tiger_ring){
		.start = start, .half = start + size - 4, .end = start + 2 * size - 4};
}

void tiger_plan_reset(struct plan *p, const struct board *b)
{
	/* Framer and PLD in reset; nothing goes to the line. */
	plan_wait(p, TIGER_CNTL, CNTL_RESET | TIGER_CNTL_ALL, 1000);
	plan_write(p, TIGER_OPER, 0);
	plan_write(p, TIGER_MASK0, 0);
	plan_write(p, TIGER_MASK1, 0);
	plan_write(p, TIGER_AUXD, b->pins.aux_idle);
	plan_write(p, TIGER_AUXC, b->pins.aux_out);
	plan_write(p, TIGER_SERCTL, b->pins.serial);
	plan_write(p, TIGER_FSCDELAY, b->pins.frame_delay);
	/* Out of reset, clocks of the framer settle; DMA stays off. */
	plan_wait(p, TIGER_CNTL, TIGER_CNTL_RUN, 5000);
}

void tiger_plan_start(struct plan *p, const struct board *b)
{
	plan_write(p, TIGER_OPER, 0);
	plan_write(p, TIGER_INTSTAT, 0xff);
	plan_write(p, TIGER_MASK0, b->pins.interrupts);
	plan_write(p, TIGER_MASK1, 0);
	/* Bridge alone in reset for about a tick, the framer keeps its alignment. */
	plan_wait(p, TIGER_CNTL, CNTL_RESET | TIGER_CNTL_ALL | TIGER_CNTL_RUN, 1000);
	plan_write(p, TIGER_CNTL, TIGER_CNTL_RUN);
	plan_write(p, TIGER_OPER, TIGER_OPER_DMA);
	plan_write(p, TIGER_OPER, TIGER_OPER_DMA | TIGER_OPER_LOAD);
	plan_write(p, TIGER_OPER, TIGER_OPER_DMA);
}

void tiger_plan_stop(struct plan *p)
{
	plan_write(p, TIGER_MASK0, 0);
	plan_write(p, TIGER_MASK1, 0);
	plan_write(p, TIGER_OPER, 0);
	plan_write(p, TIGER_INTSTAT, 0xff);
}

void tiger_plan_off(struct plan *p)
{
	tiger_plan_stop(p);
	plan_write(p, TIGER_CNTL, CNTL_RESET | TIGER_CNTL_ALL);
}

bool tiger_wants_pointer(uint8_t causes)
{
	return (causes & (TIGER_RX_HALF | TIGER_RX_END)) == (TIGER_RX_HALF | TIGER_RX_END);
}

/* Halves completed since the last one that was served: at least @least, the rest from the time. */
static unsigned int halves_passed(int64_t elapsed_us, unsigned int least)
{
	/* least + 2 k, at the grid's time; seen up to a millisecond later, and the grid may err a bit */
	int64_t k = (elapsed_us - 1000 * (int64_t)least + 500) / 2000;

	if (k < 0)
		k = 0;
	if (k > TIGER_MISSED_MAX / 2)
		k = TIGER_MISSED_MAX / 2;
	return least + 2 * (unsigned int)k;
}

/*
 * When the half was complete. An interrupt comes at most a millisecond after that, but one that comes
 * late must not make the next pause look shorter: a grid of milliseconds that follows the interrupts
 * slowly, which also takes up that the line's clock is not the processor's.
 */
static int64_t completed_at(int64_t last_us, unsigned int passed, int64_t now_us)
{
	int64_t at = last_us + 1000 * (int64_t)passed;

	at += (now_us - at) / 16;
	if (at > now_us)
		at = now_us;
	return at < now_us - 1000 ? now_us - 1000 : at;
}

struct tiger_event tiger_judge(struct tiger_clock *c, const struct board *b, uint8_t causes,
			       uint32_t offset, int64_t now_us)
{
	struct tiger_event ev = {.verdict = TIGER_CHUNK};
	bool both = tiger_wants_pointer(causes);

	causes &= b->pins.interrupts;
	if (!causes)
		return (struct tiger_event){.verdict = TIGER_FOREIGN};
	if ((causes & TIGER_ABORTS) || (both && offset >= 2 * tiger_half_size(b)))
		return (struct tiger_event){.verdict = TIGER_FAULT};
	if (both) /* the bridge is in one half, the other one is complete */
		ev.half = offset < tiger_half_size(b);
	else
		ev.half = !!(causes & TIGER_RX_END);

	if (c->last < 0) {
		ev.missed = both;
		c->last_us = now_us;
	} else if (ev.half == c->last) { /* an even number went by */
		ev.missed = halves_passed(now_us - c->last_us, 2) - 1;
	} else if (both) {
		ev.missed = halves_passed(now_us - c->last_us, 3) - 1;
	}
	c->last_us = completed_at(c->last_us, ev.missed + 1, now_us);
	c->last = ev.half;
	return ev;
}

void tiger_rx(const struct board *b, const uint8_t *half, uint8_t *const *rows, unsigned int n)
{
	unsigned int slots = b->dma.slots, swap = b->dma.swap;

	for (unsigned int t = 1; t <= n; t++) {
		const uint8_t *from = half + (t ^ swap);
		uint8_t *to = rows[t - 1];

		for (unsigned int y = 0; y < TIGER_FRAMES; y++)
			to[y] = from[y * slots];
	}
}

void tiger_tx(const struct board *b, uint8_t *half, uint8_t *carry, const uint8_t *const *rows,
	      unsigned int n)
{
	unsigned int slots = b->dma.slots, swap = b->dma.swap, skew = b->dma.tx_skew;
	unsigned int size = tiger_half_size(b);

	memcpy(half, carry, skew);
	for (unsigned int t = 1; t <= n; t++) {
		const uint8_t *from = rows[t - 1];
		unsigned int at = (t ^ swap) + skew;

		for (unsigned int y = 0; y < TIGER_FRAMES; y++, at += slots) {
			if (at < size)
				half[at] = from[y];
			else
				carry[at - size] = from[y];
		}
	}
}

bool tiger_rx_aligned(const struct board *b, const uint8_t *half)
{
	unsigned int seen[2] = {0, 0};

	for (unsigned int y = 0; y < TIGER_FRAMES; y++) /* FAS: G.704 2.3.1 */
		if ((half[y * b->dma.slots + (0 ^ b->dma.swap)] & 0x7f) == 0x1b)
			seen[y & 1]++;
	return seen[0] >= 3 || seen[1] >= 3;
}

static const uint8_t mark[4] = {0x53, 0x57, 0x47, 0x00};

/* The mark's last octet goes to timeslot 0: neither FAS (x0011011) nor service word (x1......). */
void tiger_mark(const struct board *b, uint8_t *half)
{
	for (unsigned int i = 0; i < sizeof(mark); i++)
		half[(3 - i) ^ b->dma.swap] = mark[i];
}

bool tiger_marked(const struct board *b, const uint8_t *half)
{
	for (unsigned int i = 0; i < sizeof(mark); i++)
		if (half[(3 - i) ^ b->dma.swap] != mark[i])
			return false;
	return true;
}

uint8_t tiger_pld_clock(const struct board *b, bool line, bool hold)
{
	return b->pld.clock_on | (line ? b->pld.clock_line : 0) | (hold ? b->pld.clock_hold : 0);
}

uint8_t tiger_pld_leds(const struct board *b, bool running, bool alarm, bool test)
{
	uint8_t leds = test ? b->pld.led_test : 0;

	if (running)
		leds |= alarm ? b->pld.led_red : b->pld.led_green;
	return leds;
}
