/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The clock on a bench in virtual time: a far end with its own rate, a network with jitter, this
 * machine with its stalls; the tick loop as the realtime shell runs it.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/line/clock.h"

#define MS     1000000LL
#define TARGET 4

static uint32_t random_state;

static double noise(void) /* mean 0, variance 1, within +-1.73 */
{
	random_state = random_state * 1664525 + 1013904223;
	return ((double)random_state / 4294967296.0 - 0.5) * sqrt(12);
}

struct bench {
	struct clock_tick tick;
	struct clock_loop loop;
	int64_t now, next_arrival;
	double far_time; /* [ns] when the next packet leaves */
	double far_period; /* [ns] */
	double jitter_ns;
	unsigned int waiting;
	uint64_t arrived, ticked, empty_ticks;
	int32_t ppb;
};

static void bench_init(struct bench *b, double ppm, double jitter_ns)
{
	memset(b, 0, sizeof(*b));
	random_state = 1;
	b->now = 1000 * MS;
	b->far_time = (double)b->now;
	b->far_period = 1e6 / (1 + ppm * 1e-6);
	b->jitter_ns = jitter_ns;
	b->waiting = TARGET;
	b->next_arrival = b->now + MS / 2;
	clock_tick_init(&b->tick, b->now, CLOCK_HOLDOVER_MS);
	clock_loop_init(&b->loop);
}

static void arrivals(struct bench *b)
{
	while (b->next_arrival <= b->now) {
		b->waiting++;
		b->arrived++;
		clock_loop_arrival(&b->loop, b->waiting, TARGET,
				   clock_tick_phase(&b->tick, b->now));
		b->far_time += b->far_period;
		b->next_arrival = (int64_t)(b->far_time + MS / 2 + b->jitter_ns * noise());
	}
}

/* The realtime loop, until virtual time @end; the machine wakes up exactly when asked. */
static void bench_run(struct bench *b, int64_t end)
{
	while (b->now < end) {
		enum clock_action action;
		int64_t until = 0;

		arrivals(b);
		action = clock_tick_decide(&b->tick, CLOCK_RECOVERED, b->now, b->waiting, TARGET,
					   b->ppb, &until);
		if (action == CLOCK_WAIT) {
			assert_true(until > b->now);
			b->now = until < b->next_arrival ? until : b->next_arrival;
			continue;
		}
		b->ticked++;
		if (b->waiting)
			b->waiting--;
		else
			b->empty_ticks++;
		b->ppb = clock_loop_step(&b->loop, action == CLOCK_TICK);
	}
}

/* The promises in clock.h: pull-in, excursion, settling, from both sides. */
static void pulls_in(void **state)
{
	(void)state;
	for (int ppm = -100; ppm <= 100; ppm += 25) {
		struct bench b;
		double worst = 0;

		bench_init(&b, ppm, 0);
		for (int i = 1; i <= 600; i++) {
			bench_run(&b, 1000 * MS + i * 100 * MS);
			worst = fabs(b.loop.error) > worst ? fabs(b.loop.error) : worst;
		}
		assert_true(worst < 0.3);
		assert_true(fabs(b.loop.error) < 0.02);
		assert_true(abs(b.ppb - ppm * 1000) < 1000);
		assert_int_equal(b.empty_ticks, 0);
		assert_int_equal(b.tick.held, 0);
		for (int i = 0; i < 600; i++) { /* and stays there */
			bench_run(&b, b.now + 100 * MS);
			assert_true(abs(b.ppb - ppm * 1000) < 1000);
		}
	}
}

/* Begun two packets too low: brought back at the limit of the correction, without swinging far over. */
static void far_off_at_the_start(void **state)
{
	struct bench b;
	double over = 0;

	(void)state;
	bench_init(&b, 0, 0);
	b.waiting = TARGET - 2;
	for (int i = 0; i < 1200; i++) {
		bench_run(&b, b.now + 100 * MS);
		over = b.loop.error > over ? b.loop.error : over;
	}
	assert_true(over < 0.5);
	assert_true(fabs(b.loop.error) < 0.02);
	assert_int_equal(b.empty_ticks, 0);
}

static void jitter_is_averaged(void **state)
{
	double sum = 0;
	struct bench b;

	(void)state;
	bench_init(&b, 30, 100000); /* 100 us rms */
	bench_run(&b, 1000 * MS + 80000 * MS);
	for (int i = 0; i < 4000; i++) {
		bench_run(&b, b.now + 50 * MS);
		sum += (b.ppb - 30000.0) * (b.ppb - 30000.0);
	}
	assert_true(sqrt(sum / 4000) < 1000);
	assert_int_equal(b.empty_ticks, 0);
	assert_int_equal(b.tick.held, 0);
}

/* The far end stands still for 150 ms, then catches up: no tick without data, none lost. */
static void stall_of_the_far_end(void **state)
{
	struct bench b;
	int64_t resume;

	(void)state;
	bench_init(&b, 0, 0);
	bench_run(&b, 2000 * MS);
	resume = b.now + 150 * MS;
	b.next_arrival = resume;
	bench_run(&b, resume);
	assert_int_equal(b.waiting, 0);
	assert_int_equal(b.tick.held, 1);
	/* What it owes comes at once: its own line time has not changed. */
	bench_run(&b, resume + 2 * MS);
	assert_in_range(b.waiting, TARGET - 1, TARGET + 2);
	assert_int_equal(b.empty_ticks, 0);
	assert_int_equal(b.ticked + b.waiting, b.arrived + TARGET);
	assert_in_range(b.tick.held_ns, 145 * MS, 150 * MS);
	bench_run(&b, resume + 20000 * MS);
	assert_int_equal(b.empty_ticks, 0);
	assert_int_equal(b.tick.held, 1);
}

/* This machine stands still for 150 ms: caught up back to back, none lost. */
static void stall_of_this_machine(void **state)
{
	struct bench b;

	(void)state;
	bench_init(&b, 0, 0);
	bench_run(&b, 2000 * MS);
	b.now += 150 * MS;
	bench_run(&b, b.now + 1);
	assert_in_range(b.waiting, TARGET - 1, TARGET + 1);
	assert_int_equal(b.empty_ticks, 0);
	assert_int_equal(b.tick.held, 0);
	assert_true(b.tick.late >= 145);
	bench_run(&b, b.now + 1000 * MS);
	assert_int_equal(b.ticked + b.waiting, b.arrived + TARGET);
	assert_true(abs(b.ppb) < 2000); /* the loop did not take it for a rate */
}

/* Cable pulled for a second: held for CLOCK_HOLDOVER_MS, then alone at the last rate, then back. */
static void holdover_then_alone(void **state)
{
	struct bench b;
	int64_t pulled, last;

	(void)state;
	bench_init(&b, 50, 0);
	bench_run(&b, 60000 * MS);
	pulled = b.now;
	b.next_arrival = INT64_MAX;
	bench_run(&b, pulled + (CLOCK_HOLDOVER_MS - 1) * MS);
	assert_int_equal(b.empty_ticks, 0);
	last = (int64_t)b.ticked;
	bench_run(&b, pulled + 1000 * MS);
	assert_in_range(b.empty_ticks, 1000 - CLOCK_HOLDOVER_MS - TARGET - 2,
			1000 - CLOCK_HOLDOVER_MS);
	assert_true((int64_t)b.ticked - last == (int64_t)b.empty_ticks);
	assert_in_range(b.ppb, 49000, 51000);
	b.far_time = (double)b.now;
	b.next_arrival = b.now + MS;
	bench_run(&b, b.now + 1000 * MS);
	assert_int_equal(b.tick.held, 1);
	assert_false(b.tick.alone);
	assert_int_equal(b.tick.alone_ticks, b.empty_ticks);
}

static void own_clock_never_skips(void **state)
{
	struct clock_tick t;
	int64_t until, now = 7777;
	int n = 0;

	(void)state;
	clock_tick_init(&t, now, CLOCK_HOLDOVER_MS);
	while (clock_tick_decide(&t, CLOCK_OWN, now, 0, 0, 0, &until) == CLOCK_TICK)
		n++;
	assert_int_equal(n, 1);
	assert_int_equal(until, now + MS);
	assert_int_equal(clock_tick_phase(&t, now + 250), 250);
	now += 10 * MS;
	while (clock_tick_decide(&t, CLOCK_OWN, now, 99, 4, 0, &until) == CLOCK_TICK)
		n++;
	assert_int_equal(n, 11);
	assert_int_equal(until, 7777 + 11 * MS);
	assert_int_equal(t.late, 9);
	assert_int_equal(t.held, 0);
}

/* The correction changes the period, with its fractions: 1 ppb over 1000 s is 1 us. */
static void correction_is_exact(void **state)
{
	static const int32_t ppb[] = {1, -1, 999, -999, 100001, -100001};

	(void)state;
	for (unsigned int i = 0; i < sizeof(ppb) / sizeof(ppb[0]); i++) {
		struct clock_tick t;
		int64_t until = 0;

		clock_tick_init(&t, 0, CLOCK_HOLDOVER_MS);
		for (int n = 0; n < 1000000; n++) {
			while (clock_tick_decide(&t, CLOCK_OWN, until, 0, 0, ppb[i], &until) ==
			       CLOCK_TICK)
				;
		}
		assert_int_equal(t.ticks, 1000000);
		assert_true(t.deadline_ns == 1000000 * MS - 1000LL * ppb[i]);
	}
}

static void reference_is_chosen(void **state)
{
	struct clock_candidate c[4] = {{2, 0}, {1, 0}, {1, 0}, {0, 1000000}};

	(void)state;
	assert_int_equal(clock_select(c, 4, -1), -1); /* priority 0 is never one */
	assert_int_equal(clock_select(c, 0, -1), -1);
	c[0].healthy_ms = CLOCK_ACQUIRE_MS - 1;
	assert_int_equal(clock_select(c, 4, -1), -1);
	c[0].healthy_ms = CLOCK_ACQUIRE_MS;
	assert_int_equal(clock_select(c, 4, -1), 0);
	c[2].healthy_ms = CLOCK_RESTORE_MS - 1;
	assert_int_equal(clock_select(c, 4, 0), 0);
	c[2].healthy_ms = CLOCK_RESTORE_MS;
	assert_int_equal(clock_select(c, 4, 0), 2);
	c[1].healthy_ms = CLOCK_RESTORE_MS * 2;
	assert_int_equal(clock_select(c, 4, 2), 2); /* no better than the one in use */
	assert_int_equal(clock_select(c, 4, -1), 1);
	c[2].healthy_ms = 0;
	assert_int_equal(clock_select(c, 4, 2), 1);
	c[1].healthy_ms = 0;
	assert_int_equal(clock_select(c, 4, 1), 0);
	c[0].healthy_ms = 0;
	assert_int_equal(clock_select(c, 4, 0), -1);
	assert_int_equal(clock_select(c, 4, 77), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pulls_in),
		cmocka_unit_test(far_off_at_the_start),
		cmocka_unit_test(jitter_is_averaged),
		cmocka_unit_test(stall_of_the_far_end),
		cmocka_unit_test(stall_of_this_machine),
		cmocka_unit_test(holdover_then_alone),
		cmocka_unit_test(own_clock_never_skips),
		cmocka_unit_test(correction_is_exact),
		cmocka_unit_test(reference_is_chosen),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
