/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A channel whose far end has a hybrid, bridged to another that speaks: what is left of the echo,
 * and what is not touched.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "core/channel/g711.h"
#include "core/channel/hybrid.h"
#include "core/channel/level.h"
#include "engine/chan.h"

#define SECOND_TICKS 1000

struct rig {
	struct chan a, b; /* a's far end has two wires, b's has four and speaks */
	struct hybrid hybrid;
	bool two_wires;
	unsigned int lag; /* [ms] of our own device, before the line; in it: */
	uint8_t device[256][TICK_SAMPLES];
	uint32_t dice;
	int64_t sample;
	uint8_t back[TICK_SAMPLES]; /* from a's far end, next tick */
	struct level_meter heard, came; /* by b's far end; from a's line */
	unsigned int differ; /* octets that b's far end heard otherwise than a's sent them */
};

static void nothing(void *ctx, const struct media_event *ev)
{
	(void)ctx;
	(void)ev;
}

static const struct chan_sink sink = {.event = nothing};

static void open_chan(struct chan *c, uint32_t flags)
{
	chan_command(c, NULL, &(struct media_cmd){.type = MCMD_OPEN, .op = 1, .flags = flags}, 0,
		     &sink);
}

static void rig_init(struct rig *r, enum span_law law, uint32_t flags)
{
	memset(r, 0, sizeof(*r));
	assert_int_equal(chan_init(&r->a, (struct chan_id){0, 1}, law, 64, NULL), 0);
	assert_int_equal(chan_init(&r->b, (struct chan_id){0, 2}, law, 0, NULL), 0);
	open_chan(&r->a, flags);
	open_chan(&r->b, flags);
	chan_command(&r->a, &r->b, &(struct media_cmd){.type = MCMD_CONNECT}, 0, &sink);
	hybrid_init(&r->hybrid, &(struct hybrid_cfg){.model = 3, .erl_db = 10, .delay_ms = 12});
	memset(r->back, chan_idle_octet(law), TICK_SAMPLES);
	r->two_wires = true;
	level_meter_init(&r->heard, 10);
	level_meter_init(&r->came, 10);
	memset(r->device, chan_idle_octet(law), sizeof(r->device));
}

static void rig_free(struct rig *r)
{
	chan_free(&r->a);
	chan_free(&r->b);
}

/* Noise of about -17 dBm0 with pauses, as speech has them. */
static void speak(struct rig *r, uint8_t octets[TICK_SAMPLES])
{
	bool pause = r->sample % 4000 > 3000;

	for (int i = 0; i < TICK_SAMPLES; i++) {
		r->dice = r->dice * 1664525u + 1013904223u;
		octets[i] = alaw_encode(pause ? 0 : (int16_t)((int)(r->dice >> 19) - 4096));
	}
}

static void measure(struct level_meter *m, const uint8_t *octets)
{
	int16_t pcm[TICK_SAMPLES];

	alaw_decode_block(pcm, octets, TICK_SAMPLES);
	level_meter_feed(m, pcm, TICK_SAMPLES);
}

static void tick(struct rig *r, const uint8_t near[TICK_SAMPLES])
{
	uint8_t said[TICK_SAMPLES], from[TICK_SAMPLES], to[TICK_SAMPLES], heard[TICK_SAMPLES];

	speak(r, said);
	memcpy(from, r->back, TICK_SAMPLES);
	chan_rx(&r->a, r->sample, from, &sink);
	chan_rx(&r->b, r->sample, said, &sink);
	chan_tx(&r->a, r->sample, to, &sink);
	chan_tx(&r->b, r->sample, heard, &sink);
	assert_memory_equal(to, said, TICK_SAMPLES);
	measure(&r->came, from);
	measure(&r->heard, heard);
	for (int i = 0; i < TICK_SAMPLES; i++)
		r->differ += heard[i] != from[i];
	memcpy(r->back, near, TICK_SAMPLES);
	memcpy(r->device[r->sample / TICK_SAMPLES % 256], to, TICK_SAMPLES);
	memcpy(to, r->device[(r->sample / TICK_SAMPLES + 256 - r->lag) % 256], TICK_SAMPLES);
	if (r->two_wires)
		hybrid_pass(&r->hybrid, to, r->back, TICK_SAMPLES);
	r->sample += TICK_SAMPLES;
}

static void run(struct rig *r, int ticks)
{
	uint8_t idle[TICK_SAMPLES];

	memset(idle, ALAW_IDLE, sizeof(idle));
	while (ticks--)
		tick(r, idle);
}

/* Half a second of pauses and noise is over; the meter is in the noise. */
static float left(struct rig *r)
{
	while (r->sample % 4000 != 2400)
		run(r, 1);
	return level_meter_dbm0(&r->came) - level_meter_dbm0(&r->heard);
}

static void echo_is_gone(void **state)
{
	struct echo_figures f;
	struct rig r;

	(void)state;
	rig_init(&r, LAW_A, 0);
	run(&r, 3 * SECOND_TICKS);
	assert_true(level_meter_dbm0(&r.came) > -35);
	assert_true(left(&r) > 25);
	echo_figures(r.a.echo, &f);
	assert_string_equal(f.state, "cancelling");
	assert_in_range(f.erl_cdb, 900, 1100);
	assert_true(f.erle_cdb > 2000);
	assert_in_range(f.delay_ms, 8, 24);
	assert_false(f.beyond_tail);
	assert_false(f.wrong_law);
	/* Another call begins with nothing learnt. */
	open_chan(&r.a, 0);
	echo_figures(r.a.echo, &f);
	assert_string_equal(f.state, "listening");
	rig_free(&r);
}

/* The device takes longer than the tail; as it says so, nothing of the tail is spent on it. */
static void what_the_device_takes(void **state)
{
	static const unsigned int lags[] = {0, 1, 13, 105, 210};
	struct echo_figures f;
	struct rig r;

	(void)state;
	for (size_t i = 0; i < sizeof(lags) / sizeof(lags[0]); i++) {
		rig_init(&r, LAW_A, 0);
		r.lag = r.a.lag_ms = lags[i];
		open_chan(&r.a, 0);
		chan_command(&r.a, &r.b, &(struct media_cmd){.type = MCMD_CONNECT}, 0, &sink);
		run(&r, 3 * SECOND_TICKS);
		assert_true(left(&r) > 25);
		echo_figures(r.a.echo, &f);
		assert_in_range(f.delay_ms, 8 + lags[i], 24 + lags[i]);
		rig_free(&r);
	}
	/* If it does not, there is nothing in the tail. */
	rig_init(&r, LAW_A, 0);
	r.lag = 105;
	run(&r, 3 * SECOND_TICKS);
	assert_true(left(&r) < 6);
	rig_free(&r);
}

/* Four wires: what the far end says is passed octet for octet, at the same time. */
static void no_echo_no_change(void **state)
{
	uint8_t near[TICK_SAMPLES];
	uint32_t dice = 99;
	struct rig r;

	(void)state;
	rig_init(&r, LAW_A, 0);
	r.two_wires = false;
	/* In the first second there might be one, and what could be echo may be suppressed. */
	for (int t = 0; t < 10 * SECOND_TICKS; t++) {
		r.differ = t < 2 * SECOND_TICKS ? 0 : r.differ;
		for (int i = 0; i < TICK_SAMPLES; i++) {
			dice = dice * 22695477u + 1u;
			near[i] = alaw_encode((int16_t)((int)(dice >> 19) - 4096));
		}
		tick(&r, near);
	}
	assert_int_equal(r.differ, 0);
	rig_free(&r);
}

/* Data is not audio. */
static void data_is_left_alone(void **state)
{
	struct rig r;

	(void)state;
	rig_init(&r, LAW_A, OPEN_DATA);
	run(&r, 3 * SECOND_TICKS);
	assert_true(level_meter_dbm0(&r.came) > -35);
	assert_int_equal(r.differ, 0);
	rig_free(&r);
}

static void limits(void **state)
{
	(void)state;
	assert_null(echo_new(15, LAW_A, 0));
	assert_null(echo_new(257, LAW_A, 0));
	echo_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(echo_is_gone),
		cmocka_unit_test(what_the_device_takes),
		cmocka_unit_test(no_echo_no_change),
		cmocka_unit_test(data_is_left_alone),
		cmocka_unit_test(limits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
