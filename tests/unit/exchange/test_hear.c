/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/channel/g711.h"
#include "exchange/hear.h"
#include "exchange/mouth.h"

static struct ear ear;

/* GB/T 3380: 450 Hz at -10 dBm0 */
static struct tone_prog tone_of(double hz, uint32_t on, uint32_t off)
{
	struct tone_def def = {.freq = {{.hz = (float)hz, .dbm0 = -10}},
			       .step = {{.on_ms = on, .off_ms = off, .freqs = 1}},
			       .n_freqs = 1,
			       .n_steps = on || off ? 1 : 0};
	struct tone_prog prog;

	assert_int_equal(tone_compile(&def, &prog), 0);
	return prog;
}

static void hear_silence(int ms)
{
	uint8_t octets[8];

	memset(octets, ALAW_IDLE, sizeof(octets));
	while (ms-- > 0)
		ear_hear(&ear, octets, sizeof(octets));
}

static void test_ring(void **state)
{
	uint8_t octets[8];
	int i, k;

	(void)state;
	ear_init(&ear);
	assert_int_equal(ear_oldest(&ear), 0);
	for (i = 0; i < 3 * EAR_RING / 8 + 1; i++) {
		for (k = 0; k < 8; k++)
			octets[k] = (uint8_t)(i + k);
		ear_hear(&ear, octets, 8);
	}
	assert_int_equal(ear.pos, 3 * EAR_RING + 8);
	assert_int_equal(ear_oldest(&ear), 2 * EAR_RING + 8);
	for (i = 0; i < EAR_RING; i++) {
		int64_t pos = ear_oldest(&ear) + i;

		assert_int_equal(ear_at(&ear, pos), (uint8_t)(pos / 8 + pos % 8));
	}
}

/* Feed @tone for @ms. Return: ms until it was recognised as @want, -1 not at all. */
static int recognise(const struct tone_prog *tone, const struct tone_prog *want, int ms, int delay)
{
	struct tone_watch w;
	struct tone t;
	uint8_t octets[8];
	int i;

	ear_init(&ear);
	hear_silence(delay);
	tone_watch_begin(&w, 0, want);
	tone_start(&t, tone);
	for (i = 0; i < ms; i++) {
		assert_int_equal(tone_alaw(&t, octets, 8), 8);
		ear_hear(&ear, octets, 8);
		if (tone_watch_run(&w, &ear) == HEAR_DONE)
			return i + 1;
	}
	return -1;
}

static void test_tones(void **state)
{
	struct tone_prog ringback = tone_of(450, 1000, 4000), busy = tone_of(450, 350, 350),
			 congestion = tone_of(450, 700, 700), etsi_busy = tone_of(425, 500, 500),
			 etsi_ringback = tone_of(425, 1000, 4000), dial = tone_of(450, 0, 0), other;
	const struct tone_prog *all[] = {&ringback, &busy, &congestion, &etsi_busy, &dial};
	unsigned int i, k;
	int delay;

	(void)state;
	for (i = 0; i < 5; i++)
		for (k = 0; k < 5; k++)
			for (delay = 0; delay < 60; delay += 17)
				assert_int_equal(recognise(all[i], all[k], 12000, delay) > 0,
						 i == k);
	/* Same cadence, 25 Hz beside. */
	assert_int_equal(recognise(&etsi_ringback, &ringback, 12000, 0), -1);
	/* By one cadence, or a second of a long pause. */
	assert_in_range(recognise(&busy, &busy, 12000, 0), 690, 760);
	assert_in_range(recognise(&ringback, &ringback, 12000, 0), 1990, 2060);
	assert_in_range(recognise(&dial, &dial, 12000, 0), 1990, 2060);
	/* +-10 % of a cadence is right (GB/T 3380), a third is not. */
	other = tone_of(450, 650, 750);
	assert_true(recognise(&other, &congestion, 12000, 0) > 0);
	other = tone_of(450, 450, 450);
	assert_int_equal(recognise(&other, &congestion, 12000, 0), -1);
	assert_int_equal(recognise(&other, &busy, 12000, 0), -1);
}

static void test_two_part_cadence(void **state)
{
	struct tone_def def = {.freq = {{.hz = 450, .dbm0 = -10}},
			       .step = {{200, 200, 1, 0}, {200, 600, 1, 0}},
			       .n_freqs = 1,
			       .n_steps = 2};
	struct tone_prog notify, even = tone_of(450, 200, 200);

	(void)state;
	assert_int_equal(tone_compile(&def, &notify), 0);
	assert_true(recognise(&notify, &notify, 5000, 3) > 0);
	assert_int_equal(recognise(&even, &notify, 5000, 3), -1);
}

static void test_speech_is_no_tone(void **state)
{
	struct tone_prog dial = tone_of(450, 0, 0);
	struct tone_watch w;
	uint32_t x = 1;
	uint8_t octets[8];
	int i, k;

	(void)state;
	ear_init(&ear);
	tone_watch_begin(&w, 0, &dial);
	for (i = 0; i < 4000; i++) {
		for (k = 0; k < 8; k++) {
			x = x * 1103515245u + 12345u;
			octets[k] = alaw_encode((int16_t)((int)(x >> 18) - 8192));
		}
		ear_hear(&ear, octets, 8);
		assert_int_equal(tone_watch_run(&w, &ear), HEAR_WAIT);
	}
}

/* A watcher that was not run for long reads what is left, and does not run past it. */
static void test_left_behind(void **state)
{
	struct level_watch w;

	(void)state;
	ear_init(&ear);
	level_watch_begin(&w, LEVEL_SILENCE, 0, -45, 3000, 0);
	hear_silence(10000);
	assert_int_equal(level_watch_run(&w, &ear), HEAR_WAIT);
	assert_true(w.at <= ear.pos && w.at > ear.pos - LEVEL_BLOCK);
	assert_int_equal(w.quiet_ms, (int)(EAR_RING / LEVEL_BLOCK) * 10);
}

static void hear_tone(double dbm0, int ms)
{
	struct tone_def def = {.freq = {{.hz = 1000, .dbm0 = (float)dbm0}}, .n_freqs = 1};
	struct tone_prog prog;
	struct tone t;
	uint8_t octets[8];

	assert_int_equal(tone_compile(&def, &prog), 0);
	tone_start(&t, &prog);
	while (ms-- > 0) {
		tone_alaw(&t, octets, 8);
		ear_hear(&ear, octets, 8);
	}
}

static void test_levels(void **state)
{
	struct level_watch w;

	(void)state;
	ear_init(&ear);
	level_watch_begin(&w, LEVEL_SPEECH, 0, -40, 200, 0);
	hear_tone(-41, 1000);
	assert_int_equal(level_watch_run(&w, &ear), HEAR_WAIT);
	hear_tone(-39, 100);
	hear_silence(500); /* pauses do not count against speech */
	assert_int_equal(level_watch_run(&w, &ear), HEAR_WAIT);
	hear_tone(-39, 100);
	assert_int_equal(level_watch_run(&w, &ear), HEAR_DONE);

	level_watch_begin(&w, LEVEL_ENDED, ear.pos, -40, 300, 100);
	hear_silence(1000); /* silence before any speech is no end */
	assert_int_equal(level_watch_run(&w, &ear), HEAR_WAIT);
	hear_tone(-20, 100);
	hear_silence(290);
	hear_tone(-20, 10); /* breaks the silence */
	assert_int_equal(level_watch_run(&w, &ear), HEAR_WAIT);
	hear_silence(290);
	assert_int_equal(level_watch_run(&w, &ear), HEAR_WAIT);
	hear_silence(10);
	assert_int_equal(level_watch_run(&w, &ear), HEAR_DONE);
	assert_int_equal(w.at, ear.pos);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ring),
		cmocka_unit_test(test_tones),
		cmocka_unit_test(test_two_part_cadence),
		cmocka_unit_test(test_speech_is_no_tone),
		cmocka_unit_test(test_left_behind),
		cmocka_unit_test(test_levels),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
