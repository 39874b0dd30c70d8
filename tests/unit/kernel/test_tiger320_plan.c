/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Bridge: register lists, which half an interrupt means and what was missed before it, and where a
 * timeslot lies, against a bit by bit model of the buffers that knows only the sheet's formula.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "bridge/tiger320.h"

static const struct board card = {
	.pins = {.aux_out = 0xfd,
		 .aux_idle = 0x00,
		 .aux_pld = 0x80,
		 .serial = 0xc8,
		 .frame_delay = 1,
		 .interrupts = 0x3c},
	.dma = {.slots = 32, .swap = 3, .tx_skew = 28},
	.pld = {.clock_line = 1,
		.clock_hold = 2,
		.clock_on = 4,
		.led_red = 1,
		.led_green = 2,
		.led_test = 4},
};

#define HALF 256

static int value_of(const struct plan *p, uint8_t reg, unsigned int nth)
{
	for (unsigned int i = 0; i < p->n; i++)
		if (p->steps[i].reg == reg && !nth--)
			return p->steps[i].value;
	return -1;
}

static void test_rings(void **state)
{
	struct tiger_ring tx = tiger_ring(&card, 0x10000, false);
	struct tiger_ring rx = tiger_ring(&card, 0x10000, true);

	(void)state;
	assert_int_equal(tiger_dma_size(&card), 1024);
	assert_int_equal(tx.start, 0x10000);
	assert_int_equal(tx.half, 0x100fc);
	assert_int_equal(tx.end, 0x101fc);
	assert_int_equal(rx.start, 0x10200);
	assert_int_equal(rx.half, 0x102fc);
	assert_int_equal(rx.end, 0x103fc);
}

static void test_bring_up(void **state)
{
	static const uint8_t order[] = {TIGER_CNTL,   TIGER_OPER,     TIGER_MASK0,
					TIGER_MASK1,  TIGER_AUXD,     TIGER_AUXC,
					TIGER_SERCTL, TIGER_FSCDELAY, TIGER_CNTL};
	struct plan p = {0};

	(void)state;
	tiger_plan_reset(&p, &card);
	assert_int_equal(p.n, sizeof(order));
	for (unsigned int i = 0; i < p.n; i++)
		assert_int_equal(p.steps[i].reg, order[i]);
	assert_int_equal(value_of(&p, TIGER_CNTL, 0), 0x0e);
	assert_int_equal(value_of(&p, TIGER_CNTL, 1), 0x01);
	assert_int_equal(value_of(&p, TIGER_AUXC, 0), 0xfd);
	assert_int_equal(value_of(&p, TIGER_SERCTL, 0), 0xc8);
	assert_int_equal(value_of(&p, TIGER_FSCDELAY, 0), 0x01);
	assert_true(p.steps[0].wait_us > 0);
}

static void test_start_and_stop(void **state)
{
	struct plan p = {0};

	(void)state;
	tiger_plan_start(&p, &card);
	assert_int_equal(value_of(&p, TIGER_INTSTAT, 0), 0xff);
	assert_int_equal(value_of(&p, TIGER_MASK0, 0), 0x3c);
	assert_int_equal(value_of(&p, TIGER_MASK1, 0), 0);
	assert_int_equal(value_of(&p, TIGER_CNTL, 0), 0x0f); /* framer stays out of reset */
	assert_int_equal(value_of(&p, TIGER_CNTL, 1), 0x01);
	assert_int_equal(value_of(&p, TIGER_OPER, 1), 0x01);
	assert_int_equal(value_of(&p, TIGER_OPER, 2), 0x03);
	assert_int_equal(value_of(&p, TIGER_OPER, 3), 0x01);

	p.n = 0;
	tiger_plan_off(&p);
	assert_int_equal(p.steps[0].reg, TIGER_MASK0); /* no interrupt after the first write */
	assert_int_equal(p.steps[0].value, 0);
	assert_int_equal(value_of(&p, TIGER_OPER, 0), 0);
	assert_int_equal(p.steps[p.n - 1].reg, TIGER_CNTL);
	assert_int_equal(p.steps[p.n - 1].value, 0x0e);
}

struct due {
	uint8_t causes;
	uint32_t offset;
	int64_t us;
	int half; /* -1 foreign, -2 fault */
	unsigned int missed;
};

static void judge_all(const struct due *d, size_t n)
{
	struct tiger_clock c = {.last = -1};

	for (size_t i = 0; i < n; i++) {
		struct tiger_event e = tiger_judge(&c, &card, d[i].causes, d[i].offset, d[i].us);

		if (d[i].half == -1) {
			assert_int_equal(e.verdict, TIGER_FOREIGN);
		} else if (d[i].half == -2) {
			assert_int_equal(e.verdict, TIGER_FAULT);
		} else {
			assert_int_equal(e.verdict, TIGER_CHUNK);
			assert_int_equal(e.half, d[i].half);
			assert_int_equal(e.missed, d[i].missed);
		}
	}
}

#define JUDGE(d) judge_all(d, sizeof(d) / sizeof((d)[0]))

static void test_regular(void **state)
{
	static const struct due d[] = {
		{0x05, 0, 1000, 0, 0},  {0x0a, 0, 2000, 1, 0},
		{0x04, 0, 3900, 0, 0}, /* late by 0.9 ms: nothing was lost */
		{0x0b, 0, 4000, 1, 0},  {0x03, 0, 4100, -1, 0}, /* only masked bits: not ours */
		{0x00, 0, 4200, -1, 0}, {0xc0, 0, 4300, -1, 0},
		{0x04, 0, 5000, 0, 0},
	};

	(void)state;
	JUDGE(d);
}

/* A slow host that gets each tick late, but gets each: one bit is one half whatever the time. */
static void test_time_does_not_matter_for_one_bit(void **state)
{
	static const struct due d[] = {
		{0x04, 0, 0, 0, 0}, {0x08, 0, 50000, 1, 0}, {0x04, 0, 50001, 0, 0}};

	(void)state;
	JUDGE(d);
}

static void test_missed(void **state)
{
	static const struct due d[] = {
		{0x04, 0, 0, 0, 0},
		{0x0f, 4, 2000, 1, 1 + 1}, /* 1 was due; bridge in half 0: 1 done, then 0, 1 */
		{0x0c, 300, 4000, 0, 1 + 1},
		{0x0c, 0, 6000, 1, 2},
		{0x0c, 0, 8000, 1, 1}, /* same half again: even */
		{0x0c, 0, 108000, 1, 99},
		{0x0c, 511, 209000, 0, 100},
		{0x08, 0, 210000, 1, 0},
		{0x08, 0, 212000, 1, 1}, /* one bit, but of the wrong half: one went by unseen */
	};

	(void)state;
	JUDGE(d);
}

static void test_first_interrupt_misses_at_most_one(void **state)
{
	static const struct due d[] = {{0x0c, 0, 999999999, 1, 1}};

	(void)state;
	JUDGE(d);
}

static void test_time_backwards_and_absurd(void **state)
{
	struct tiger_clock c = {.last = 0, .last_us = 1000000};
	struct tiger_event e = tiger_judge(&c, &card, 0x0c, 256, -5);

	(void)state;
	assert_int_equal(e.half, 0);
	assert_int_equal(e.missed, 1);
	c = (struct tiger_clock){.last = 0, .last_us = 0};
	e = tiger_judge(&c, &card, 0x0c, 256, INT64_MAX - 5000);
	assert_int_equal(e.verdict, TIGER_CHUNK);
	assert_in_range(e.missed, 1000, TIGER_MISSED_MAX + 2);
}

/*
 * Interrupts up to 1.3 ms late by the clock, a line clock off by @ppm, and pauses of 2 to 9 ms: each lost millisecond
 * is counted, none that was not lost.
 */
static void jittered(int ppm)
{
	struct tiger_clock c = {.last = -1};
	unsigned int lost = 0, counted = 0, n = 0, seed = 1;

	for (unsigned int i = 0; i < 300000; i++) {
		unsigned int pause = i % 1000 == 500 ? 2 + i / 1000 % 8 : 1;
		uint8_t causes = 0x0f;
		int64_t at;

		n += pause;
		lost += pause - 1;
		if (pause == 1)
			causes = n & 1 ? 0x0a : 0x05;
		seed = seed * 1103515245 + 12345;
		at = (int64_t)n * 1000 + (int64_t)n * ppm / 1000 + (seed >> 16) % 1300;
		counted += tiger_judge(&c, &card, causes, n & 1 ? 8 : 264, at).missed;
	}
	assert_int_equal(counted, lost);
}

static void test_lateness_is_no_loss(void **state)
{
	(void)state;
	jittered(0);
	jittered(100);
	jittered(-100);
}

static void test_faults(void **state)
{
	static const struct due d[] = {
		{0x04, 0, 0, 0, 0},       {0x18, 0, 1000, -2, 0},          {0x20, 0, 1000, -2, 0},
		{0x0c, 512, 1000, -2, 0}, {0x0c, UINT32_MAX, 1000, -2, 0},
	};

	(void)state;
	JUDGE(d);
}

/* ---- layout ------------------------------------------------------------------------------- */

static uint8_t sample(unsigned int chunk, unsigned int timeslot, unsigned int frame)
{
	return chunk * 89 + timeslot * 8 + frame + 1;
}

static void test_rx_layout(void **state)
{
	uint8_t half[HALF], store[31][8];
	uint8_t *rows[31];

	(void)state;
	for (unsigned int y = 0; y < 8; y++)
		for (unsigned int t = 0; t < 32; t++)
			half[32 * y + (t ^ 3)] = sample(0, t, y);
	for (unsigned int t = 1; t < 32; t++)
		rows[t - 1] = store[t - 1];
	tiger_rx(&card, half, rows, 31);
	for (unsigned int t = 1; t < 32; t++)
		for (unsigned int y = 0; y < 8; y++)
			assert_int_equal(store[t - 1][y], sample(0, t, y));
}

/* Chunks written alternately come out of the ring in a row, from octet 28 on, without a gap. */
static void test_tx_stream(void **state)
{
	uint8_t buffer[2 * HALF] = {0}, carry[TIGER_SKEW_MAX] = {0}, store[31][8];
	const uint8_t *rows[31];
	uint8_t stream[5 * HALF];

	(void)state;
	for (unsigned int chunk = 0; chunk < 5; chunk++) {
		for (unsigned int t = 1; t < 32; t++) {
			rows[t - 1] = store[t - 1];
			for (unsigned int y = 0; y < 8; y++)
				store[t - 1][y] = sample(chunk, t, y);
		}
		tiger_tx(&card, buffer + HALF * (chunk & 1), carry, rows, 31);
		memcpy(stream + HALF * chunk, buffer + HALF * (chunk & 1), HALF);
	}
	for (unsigned int i = 0; i < 4 * 8; i++)
		for (unsigned int t = 1; t < 32; t++)
			assert_int_equal(stream[28 + 32 * i + (t ^ 3)], sample(i / 8, t, i % 8));
	for (unsigned int i = 0; i < 4 * 8; i++)
		assert_int_equal(stream[28 + 32 * i + 3], 0); /* timeslot 0 is not ours */
}

static void test_tx_leaves_the_other_half(void **state)
{
	uint8_t buffer[2 * HALF], carry[TIGER_SKEW_MAX] = {0}, row[8] = {0};
	const uint8_t *rows[31];

	(void)state;
	memset(buffer, 0x77, sizeof(buffer));
	for (unsigned int t = 0; t < 31; t++)
		rows[t] = row;
	tiger_tx(&card, buffer, carry, rows, 31);
	for (unsigned int i = HALF; i < 2 * HALF; i++)
		assert_int_equal(buffer[i], 0x77);
}

static void fas(uint8_t *half, unsigned int first, unsigned int wrong)
{
	memset(half, 0x5a, HALF);
	for (unsigned int y = 0; y < 8; y++)
		half[32 * y + 3] = (y & 1) == first ? 0x9b : 0x5f;
	for (unsigned int i = 0; i < wrong; i++)
		half[32 * (first + 2 * i) + 3] ^= 0x08;
}

static void test_alignment(void **state)
{
	uint8_t half[HALF];

	(void)state;
	for (unsigned int first = 0; first < 2; first++) {
		fas(half, first, 0);
		assert_true(tiger_rx_aligned(&card, half));
		fas(half, first, 1);
		assert_true(tiger_rx_aligned(&card, half));
		fas(half, first, 2);
		assert_false(tiger_rx_aligned(&card, half));
	}
	fas(half, 0, 0);
	memmove(half + 1, half, HALF - 1); /* one octet off */
	assert_false(tiger_rx_aligned(&card, half));
	memset(half, 0xff, HALF);
	assert_false(tiger_rx_aligned(&card, half));
}

static void test_mark(void **state)
{
	uint8_t half[HALF];

	(void)state;
	fas(half, 0, 0);
	assert_false(tiger_marked(&card, half));
	tiger_mark(&card, half);
	assert_true(tiger_marked(&card, half));
	assert_int_not_equal(half[3] & 0x7f, 0x1b);
	assert_int_equal(half[3] & 0x40, 0);
	half[3] = 0x1b; /* the bridge was here */
	assert_false(tiger_marked(&card, half));
}

static void test_pld(void **state)
{
	(void)state;
	assert_int_equal(tiger_pld_clock(&card, false, false), 0x04);
	assert_int_equal(tiger_pld_clock(&card, true, false), 0x05);
	assert_int_equal(tiger_pld_clock(&card, true, true), 0x07);
	assert_int_equal(tiger_pld_leds(&card, false, true, false), 0);
	assert_int_equal(tiger_pld_leds(&card, true, true, false), 1);
	assert_int_equal(tiger_pld_leds(&card, true, false, false), 2);
	assert_int_equal(tiger_pld_leds(&card, true, false, true), 6);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rings),
		cmocka_unit_test(test_bring_up),
		cmocka_unit_test(test_start_and_stop),
		cmocka_unit_test(test_regular),
		cmocka_unit_test(test_time_does_not_matter_for_one_bit),
		cmocka_unit_test(test_missed),
		cmocka_unit_test(test_first_interrupt_misses_at_most_one),
		cmocka_unit_test(test_time_backwards_and_absurd),
		cmocka_unit_test(test_lateness_is_no_loss),
		cmocka_unit_test(test_faults),
		cmocka_unit_test(test_rx_layout),
		cmocka_unit_test(test_tx_stream),
		cmocka_unit_test(test_tx_leaves_the_other_half),
		cmocka_unit_test(test_alignment),
		cmocka_unit_test(test_mark),
		cmocka_unit_test(test_pld),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
