/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The elastic store: slips at the rate of the offset, none without. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/line/elastic.h"

static struct elastic e;
static const struct e1_frame filler = {.flags = E1_FRAME_ERASED};
static uint32_t random_state;

static unsigned int draw(unsigned int below)
{
	random_state = random_state * 1664525 + 1013904223;
	return (unsigned int)((uint64_t)random_state * below >> 32);
}

static void push(uint32_t number)
{
	struct e1_frame f = {.flags = 0};

	memcpy(f.ts, &number, sizeof(number));
	assert_int_equal(elastic_push(&e, &f), 0);
}

static uint32_t number_of(const struct e1_frame *f)
{
	uint32_t n;

	memcpy(&n, f->ts, sizeof(n));
	return n;
}

/* A line @ppm too fast for @ticks, in packets of 8 frames that arrive up to @jitter_us late. */
static void run_line(int ppm, unsigned int jitter_us, unsigned int depth, uint32_t ticks)
{
	int64_t sent = 0, got = 0, period = 1000000000LL - 1000LL * ppm; /* [1/1000 ns] */
	uint32_t number = 0, expect = 0;

	elastic_init(&e);
	random_state = 1;
	for (uint32_t tick = 0; tick < ticks; tick++) {
		struct e1_frame out[ELASTIC_TICK];
		enum elastic_slip slip;
		int64_t now = (int64_t)tick * 1000000000 + 500000000;

		while (sent * period + draw(jitter_us + 1) * 1000000LL <= now)
			sent++;
		if (sent < depth)
			continue;
		slip = elastic_decide(&e, 8 * (unsigned int)(sent - got));
		while (e.count < (unsigned int)(ELASTIC_TICK + slip)) {
			assert_true(got < sent);
			for (int i = 0; i < 8; i++)
				push(number++);
			got++;
		}
		elastic_read(&e, slip, &filler, out);
		if (slip == ELASTIC_DELETE)
			expect++;
		if (slip == ELASTIC_REPEAT)
			expect--;
		for (int i = 0; i < ELASTIC_TICK; i++)
			assert_int_equal(number_of(&out[i]), expect++);
	}
	assert_int_equal(e.starved + e.overflow, 0);
}

static void no_offset_no_slip(void **state)
{
	(void)state;
	run_line(0, 0, 2, 600000);
	assert_int_equal(e.deleted + e.repeated, 0);
	run_line(0, 900, 2, 600000); /* jitter just about a packet: the fill toggles */
	assert_int_equal(e.deleted + e.repeated, 0);
	run_line(0, 3000, 5, 600000);
	assert_int_equal(e.deleted + e.repeated, 0);
}

/* X ppm for T seconds are X * T * 0.008 slips, give or take what lies in the hysteresis. */
static void slips_follow_the_offset(void **state)
{
	static const int ppm[] = {1, 10, 50, 100};

	(void)state;
	for (unsigned int i = 0; i < sizeof(ppm) / sizeof(ppm[0]); i++) {
		uint32_t seconds = 200 + 3600 / (uint32_t)ppm[i];
		int expect = (int)(ppm[i] * (int64_t)seconds * 8 / 1000);
		int slack = 2 * ELASTIC_HYSTERESIS + 8;

		run_line(ppm[i], 0, 4, seconds * 1000);
		assert_in_range((int)e.deleted + slack, expect, expect + slack + 8);
		assert_int_equal(e.repeated, 0);
		run_line(-ppm[i], 500, 4, seconds * 1000);
		assert_in_range((int)e.repeated + slack, expect, expect + slack + 8);
		assert_int_equal(e.deleted, 0);
	}
}

/* An hour at 50 ppm: the hysteresis no longer matters. 3600 * 50 * 0.008 = 1440. */
static void long_run_is_exact(void **state)
{
	(void)state;
	run_line(50, 0, 4, 3600000);
	assert_in_range(e.deleted, 1440 - 14, 1440 + 8);
}

/* The machine or the far end stands still for 100 ms, many times: that is no offset. */
static void stalls_are_no_offset(void **state)
{
	struct e1_frame out[ELASTIC_TICK];
	unsigned int waiting = 4;

	(void)state;
	elastic_init(&e);
	for (uint32_t tick = 0; tick < 600000; tick++) {
		enum elastic_slip slip;

		if (tick % 5000 == 3000)
			waiting += 100; /* and the next 100 ticks run without arrivals */
		slip = elastic_decide(&e, 8 * waiting);
		assert_int_equal(slip, ELASTIC_STEADY);
		for (int i = 0; i < 8; i++)
			push(0);
		elastic_read(&e, slip, &filler, out);
		if (waiting > 4)
			waiting--;
	}
	assert_int_equal(e.deleted + e.repeated, 0);
}

/* The way becomes longer or shorter for good: a new centre, and from there slips as before. */
static void jump_is_no_slip(void **state)
{
	(void)state;
	elastic_init(&e);
	for (int tick = 0; tick < 20000; tick++)
		assert_int_equal(elastic_decide(&e, tick < 5000 ? 40 : 300), ELASTIC_STEADY);
	assert_int_equal(elastic_fill(&e) / 65536, 300);
	for (int tick = 0; tick < 20000; tick++)
		elastic_decide(&e, 312);
	assert_int_equal(elastic_error(&e) / 65536, ELASTIC_HYSTERESIS - 1);
}

static void drop_moves_the_centre(void **state)
{
	struct e1_frame out[ELASTIC_TICK];

	(void)state;
	elastic_init(&e);
	for (int tick = 0; tick < 30000; tick++) {
		unsigned int drop = tick == 10000 ? 8 : 0;
		unsigned int waiting = tick <= 10000 ? 80 : 72;
		enum elastic_slip slip = elastic_decide(&e, waiting);

		assert_int_equal(slip, ELASTIC_STEADY);
		while (e.count < 8 + drop)
			push((uint32_t)tick);
		assert_int_equal(elastic_drop(&e, drop), drop);
		elastic_read(&e, slip, &filler, out);
	}
	assert_int_equal(e.dropped, 8);
	assert_int_equal(elastic_fill(&e) / 65536, 72);
	assert_int_equal(elastic_error(&e) / 65536, 0);
	assert_int_equal(elastic_drop(&e, 8), 0); /* nothing there */
}

static void nothing_there_is_filler(void **state)
{
	struct e1_frame out[ELASTIC_TICK];

	(void)state;
	elastic_init(&e);
	push(1);
	push(2);
	elastic_read(&e, ELASTIC_STEADY, &filler, out);
	assert_int_equal(number_of(&out[0]), 1);
	assert_int_equal(number_of(&out[1]), 2);
	for (int i = 2; i < ELASTIC_TICK; i++)
		assert_int_equal(out[i].flags, E1_FRAME_ERASED);
	assert_int_equal(e.starved, 6);
	for (int i = 0; i < ELASTIC_FRAMES; i++)
		push(7);
	assert_int_equal(elastic_push(&e, &filler), -ENOBUFS);
	assert_int_equal(e.overflow, 1);
}

static void slip_repeats_or_deletes_one(void **state)
{
	struct e1_frame out[ELASTIC_TICK];

	(void)state;
	elastic_init(&e);
	for (uint32_t i = 0; i < 32; i++)
		push(i);
	elastic_read(&e, ELASTIC_STEADY, &filler, out);
	elastic_read(&e, ELASTIC_REPEAT, &filler, out);
	assert_int_equal(number_of(&out[0]), 7);
	assert_int_equal(number_of(&out[1]), 8);
	assert_int_equal(number_of(&out[7]), 14);
	elastic_read(&e, ELASTIC_DELETE, &filler, out);
	assert_int_equal(number_of(&out[0]), 16); /* 15 is gone */
	assert_int_equal(number_of(&out[7]), 23);
	assert_int_equal(e.deleted, 1);
	assert_int_equal(e.repeated, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_offset_no_slip),
		cmocka_unit_test(slips_follow_the_offset),
		cmocka_unit_test(long_run_is_exact),
		cmocka_unit_test(stalls_are_no_offset),
		cmocka_unit_test(jump_is_no_slip),
		cmocka_unit_test(drop_moves_the_centre),
		cmocka_unit_test(nothing_there_is_filler),
		cmocka_unit_test(slip_repeats_or_deletes_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
