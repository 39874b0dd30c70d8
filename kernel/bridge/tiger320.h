/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * tiger320.h: TigerJet Tiger320 PCI bridge: registers, and what to do with them.
 *
 * The bridge moves two circular buffers between host memory and the serial port of the framer, both
 * in step with the frame clock, each of two halves of 1 ms. It raises an interrupt at the end of
 * each half. Registers are octets of BAR 1 (memory; BAR 0 has the same ones as I/O ports).
 *
 * Register facts come from public drivers of this chip. [O] marks what was only seen to be written
 * by them: the value works, the meaning as stated is inference; [R] is recollection.
 *
 * tiger320_plan.c is pure, tiger320_io.c plays on the hardware.
 */
#ifndef STROWGER_KERNEL_TIGER320_H
#define STROWGER_KERNEL_TIGER320_H

#include "board.h"
#include "plan.h"

#define TIGER_SIZE 0x100 /* registers [octets] */

#define TIGER_CNTL      0x00
#define TIGER_CNTL_RUN  0x01 /* external reset line released; 0: framer and PLD held in reset */
#define TIGER_CNTL_DMA  0x02 /* DMA logic in reset */
#define TIGER_CNTL_TDM  0x04 /* serial port in reset */
#define TIGER_CNTL_ALL  0x08 /* [O] set together with the two above */
#define TIGER_OPER      0x01
#define TIGER_OPER_DMA  0x01 /* DMA runs, both directions */
#define TIGER_OPER_LOAD 0x02 /* pulse: pointers start over from TXS and RXS */
#define TIGER_AUXC      0x02 /* direction of the AUX pins, 1 output */
#define TIGER_AUXD      0x03 /* output latch of the AUX pins */
#define TIGER_MASK0     0x04 /* interrupts that INTSTAT may raise */
#define TIGER_MASK1     0x05 /* interrupts that AUX pins may raise */
#define TIGER_INTSTAT   0x06 /* cause, write 1 to clear; latches whatever the mask */
#define TIGER_TX_HALF   0x01 /* first half of the transmit buffer was read */
#define TIGER_TX_END    0x02
#define TIGER_RX_HALF   0x04 /* first half of the receive buffer is filled */
#define TIGER_RX_END    0x08
#define TIGER_ABORTS    0x30 /* master or target abort: the buffer's address was refused */
#define TIGER_CAUSES    0x3f
#define TIGER_TXS       0x08 /* 32 bit: start of the transmit buffer, last dword of each half */
#define TIGER_TXI       0x0c
#define TIGER_TXE       0x10
#define TIGER_TXCUR     0x14 /* 32 bit, read only */
#define TIGER_RXS       0x18
#define TIGER_RXI       0x1c
#define TIGER_RXE       0x20
#define TIGER_RXCUR     0x24
#define TIGER_SERCTL    0x2d
#define TIGER_FSCDELAY  0x2f
#define TIGER_PIB       0xc0 /* 16 locations of the peripheral bus, stride 4 */

#define TIGER_FRAMES 8 /* frames a half: 1 ms */

/* octets of one half, and of both buffers */
static inline unsigned int tiger_half_size(const struct board *b)
{
	return TIGER_FRAMES * b->dma.slots;
}

static inline unsigned int tiger_dma_size(const struct board *b)
{
	return 4 * tiger_half_size(b);
}

/**
 * struct tiger_ring - addresses of one circular buffer as the bridge wants them
 * @start: first octet
 * @half: last dword of the first half
 * @end: last dword of the second half
 */
struct tiger_ring {
	uint32_t start;
	uint32_t half;
	uint32_t end;
};

/**
 * tiger_ring() - place of a buffer in the memory shared with the bridge
 * @b: board
 * @bus: bus address of tiger_dma_size() octets; transmit first, then receive
 * @rx: which of the two
 */
struct tiger_ring tiger_ring(const struct board *b, uint32_t bus, bool rx);

/**
 * tiger_plan_reset() - from power-on or any other state to: framer out of reset, DMA still
 *
 * The pauses are ours; no source states any. Process context.
 */
void tiger_plan_reset(struct plan *p, const struct board *b);

/** tiger_plan_start() - clear old causes, enable interrupts, start the DMA at the first half */
void tiger_plan_start(struct plan *p, const struct board *b);

/** tiger_plan_stop() - DMA and interrupts off; the framer goes on */
void tiger_plan_stop(struct plan *p);

/** tiger_plan_off() - all of the board in reset */
void tiger_plan_off(struct plan *p);

/**
 * struct tiger_clock - which half is due, and what became of the ones before
 * @last: half that was served last, -1 after a start
 * @last_us: when that half was complete, as far as the interrupts tell [µs]
 */
struct tiger_clock {
	int last;
	int64_t last_us;
};

/**
 * enum tiger_verdict - what an interrupt means
 * @TIGER_FOREIGN: not from this card
 * @TIGER_CHUNK: a half is complete
 * @TIGER_FAULT: the bridge was refused the bus, or its pointer is out of the buffer: start it anew
 */
enum tiger_verdict {
	TIGER_FOREIGN,
	TIGER_CHUNK,
	TIGER_FAULT,
};

/**
 * struct tiger_event - verdict and its details
 * @verdict: see there; the rest counts with TIGER_CHUNK only
 * @half: 0 or 1, the half completed last: to be read, and its counterpart to be filled
 * @missed: milliseconds before it that nobody served [ms]
 */
struct tiger_event {
	enum tiger_verdict verdict;
	int half;
	unsigned int missed;
};

#define TIGER_MISSED_MAX 100000 /* more is not believed [ms] */

/** tiger_wants_pointer() - true if the cause alone does not say which half is due */
bool tiger_wants_pointer(uint8_t causes);

/**
 * tiger_judge() - cause of an interrupt to what is due
 * @c: clock of the card; follows
 * @b: board
 * @causes: INTSTAT AND MASK0
 * @offset: RXCUR - RXS, if tiger_wants_pointer()
 * @now_us: any monotonic time [µs]; only asked when milliseconds were missed
 *
 * One bit says: one half, exactly; with both, two or more went by: how many follows from the half
 * that is due (even or odd) and the time.
 */
struct tiger_event tiger_judge(struct tiger_clock *c, const struct board *b, uint8_t causes,
			       uint32_t offset, int64_t now_us);

/**
 * tiger_rx() - one received half to rows of eight samples
 * @half: tiger_half_size() octets
 * @rows: row of timeslot 1..n at index 0..n-1
 */
void tiger_rx(const struct board *b, const uint8_t *half, uint8_t *const *rows, unsigned int n);

#define TIGER_SKEW_MAX 31

/**
 * tiger_tx() - rows of eight samples to the half that is to be sent next but one
 * @half: tiger_half_size() octets
 * @carry: TIGER_SKEW_MAX octets, end of the last frame, kept from call to call; zeros at first
 * @rows: as in tiger_rx()
 *
 * Octets of timeslot 0 are left alone: the framer makes them.
 */
void tiger_tx(const struct board *b, uint8_t *half, uint8_t *carry, const uint8_t *const *rows,
	      unsigned int n);

/**
 * tiger_rx_aligned() - does timeslot 0 lie where it should?
 *
 * Return: true if the alignment signal x0011011 is in at least 3 of 4 even or of 4 odd frames.
 * [O] The framer passes it on in every second frame while it is in alignment.
 */
bool tiger_rx_aligned(const struct board *b, const uint8_t *half);

/**
 * tiger_mark()/tiger_marked() - a mark at the start of a half that the bridge overwrites
 *
 * Set when a received half was read, and still there when its counterpart was filled: the bridge did
 * not come back meanwhile, what was filled in goes out whole. The mark's timeslot 0 is neither
 * alignment signal nor service word. Costs no register access.
 */
void tiger_mark(const struct board *b, uint8_t *half);
bool tiger_marked(const struct board *b, const uint8_t *half);

/** tiger_pld_clock() - value of the PLD's clock register: clock from the line? ports held? */
uint8_t tiger_pld_clock(const struct board *b, bool line, bool hold);

/**
 * tiger_pld_leds() - value of the LED register
 * @running: span is started
 * @alarm: span is in alarm: red instead of green
 * @test: maintenance is active
 */
uint8_t tiger_pld_leds(const struct board *b, bool running, bool alarm, bool test);

#endif
