/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a caller says and how another recognises it: digits, prompts, partner blocks. */
#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/channel/g711.h"
#include "core/channel/level.h"
#include "engine/detect.h"
#include "exchange/arrivals.h"
#include "exchange/mouth.h"
#include "exchange/partner.h"
#include "exchange/prompt.h"

static struct ear ear;
static struct mouth mouth;

/* ---- mouth ---- */

static double power_at(const uint8_t *octets, int n, double hz)
{
	double re = 0, im = 0;
	int i;

	for (i = 0; i < n; i++) {
		double s = alaw_decode(octets[i]);

		re += s * cos(2 * M_PI * hz * i / 8000);
		im += s * sin(2 * M_PI * hz * i / 8000);
	}
	return 2.0 * (re * re + im * im) / ((double)n * n);
}

static void test_digit_levels(void **state)
{
	struct mouth_digits d = {
		.digits = "5", .on_ms = 100, .off_ms = 50, .level = -10, .twist = 3};
	uint8_t octets[1600];
	int i;

	(void)state;
	mouth_digits(&mouth, &d);
	mouth_read(&mouth, 0, octets, 800);
	/* 5 is 770 Hz and 1336 Hz, Q.23 */
	assert_float_equal(level_dbm0(power_at(octets, 800, 770)), -10, 0.1);
	assert_float_equal(level_dbm0(power_at(octets, 800, 1336)), -7, 0.1);
	assert_true(level_dbm0(power_at(octets, 800, 1000)) < -45);
	assert_true(mouth_busy(&mouth));
	mouth_read(&mouth, 0, octets, 1600);
	for (i = 0; i < 1600; i++)
		assert_int_equal(octets[i], ALAW_IDLE);
	assert_false(mouth_busy(&mouth));
}

/* All sixteen, through the detector that the engine uses. */
static void test_digits_are_understood(void **state)
{
	struct mouth_digits d = {
		.digits = "1234567890*#ABCD", .on_ms = 50, .off_ms = 50, .level = -9, .twist = 2};
	struct detect *det = detect_new(NULL, 0);
	int16_t linear[8];
	uint8_t octets[8];
	char got[32] = "";
	size_t n = 0;
	int64_t now = 0;
	int i;

	(void)state;
	assert_non_null(det);
	detect_set(det, DETECT_DTMF);
	mouth_digits(&mouth, &d);
	for (i = 0; i < 1700; i++, now += 8) {
		mouth_read(&mouth, now, octets, 8);
		alaw_decode_block(linear, octets, 8);
		detect_feed(det, now, linear, 8);
		for (unsigned int k = 0; k < det->n_ev && n + 1 < sizeof(got); k++)
			if (det->ev[k].type == TONESET_DIGIT && det->ev[k].digit.type == DTMF_BEGIN)
				got[n++] = det->ev[k].digit.digit;
	}
	assert_string_equal(got, d.digits);
	detect_free(det);
}

static void test_clip_is_exact(void **state)
{
	uint8_t clip[83], octets[96];
	int i;

	(void)state;
	for (i = 0; i < 83; i++)
		clip[i] = (uint8_t)(i * 7);
	mouth_clip(&mouth, clip, sizeof(clip));
	for (i = 0; i < 96; i += 8) {
		assert_int_equal(mouth_busy(&mouth), i < 83);
		mouth_read(&mouth, i, octets + i, 8);
	}
	assert_memory_equal(octets, clip, 83);
	for (i = 83; i < 96; i++)
		assert_int_equal(octets[i], ALAW_IDLE);
	mouth_clip(&mouth, clip, 0);
	mouth_read(&mouth, 0, octets, 8);
	assert_false(mouth_busy(&mouth));
}

/* ---- prompts ---- */

#define CLIP 20000

static uint8_t clip[CLIP];

/* Quiet at the beginning, as recorded speech is, then anything. */
static void make_clip(int quiet)
{
	struct dice d;
	int i;

	dice_init(&d, 99);
	for (i = 0; i < CLIP; i++)
		clip[i] = i < quiet ? (uint8_t)(i % 3 ? 0xD5 : 0x55) : (uint8_t)dice_throw(&d);
}

static void hear_idle(int n)
{
	const uint8_t idle = ALAW_IDLE;

	while (n-- > 0)
		ear_hear(&ear, &idle, 1);
}

/* Hear the clip from octet @from to @to after @before octets of silence, eight at a time. */
static enum hear_result hear_clip(struct prompt_watch *w, const uint8_t *octets, int from, int to,
				  int before)
{
	enum hear_result h = HEAR_WAIT;
	int i;

	ear_init(&ear);
	hear_idle(before);
	for (i = from; i < to && h == HEAR_WAIT; i++) {
		ear_hear(&ear, octets + i, 1);
		if (ear.pos % 8 == 0)
			h = prompt_watch_run(w, &ear);
	}
	hear_idle((int)(8 - ear.pos % 8));
	return h == HEAR_WAIT ? prompt_watch_run(w, &ear) : h;
}

static void test_prompt_at_any_sample(void **state)
{
	struct prompt_watch w;
	int before;

	(void)state;
	make_clip(500);
	for (before = 0; before < 40; before++) {
		assert_int_equal(prompt_watch_begin(&w, 0, clip, CLIP, 0, 0), 0);
		assert_int_equal(hear_clip(&w, clip, 0, CLIP, before), HEAR_DONE);
		assert_int_equal(w.start, before);
		assert_int_equal(w.at, before + CLIP);
	}
}

static void test_prompt_one_octet_wrong(void **state)
{
	static const int where[] = {0, 499, 500, 563, 564, 10000, CLIP - 1};
	struct prompt_watch w;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(where) / sizeof(where[0]); i++) {
		uint8_t bad[CLIP];

		make_clip(500);
		assert_int_equal(prompt_watch_begin(&w, 0, clip, CLIP, 0, 0), 0);
		memcpy(bad, clip, CLIP);
		bad[where[i]] ^= 0x10;
		if (where[i] >= w.key && where[i] < w.key + PROMPT_KEY) {
			/* Not recognised at all: the caller's time-out tells. */
			assert_int_equal(hear_clip(&w, bad, 0, CLIP, 3), HEAR_WAIT);
			continue;
		}
		assert_int_equal(hear_clip(&w, bad, 0, CLIP, 3), HEAR_WRONG);
		assert_int_equal(w.first_differ, where[i]);
		assert_int_equal(w.wanted, clip[where[i]]);
		assert_int_equal(w.heard, bad[where[i]]);
		assert_int_equal(prompt_watch_begin(&w, 0, clip, CLIP, 0, 1), 0);
		assert_int_equal(hear_clip(&w, bad, 0, CLIP, 3), HEAR_DONE);
		assert_int_equal(w.differ, 1);
	}
}

static void test_prompt_cut_or_missing(void **state)
{
	struct prompt_watch w;

	(void)state;
	make_clip(500);
	/* Its beginning is missing, also by one octet. */
	assert_int_equal(prompt_watch_begin(&w, 0, clip, CLIP, 0, 0), 0);
	assert_int_equal(hear_clip(&w, clip, 1, CLIP, 9), HEAR_WRONG);
	/* Its end is missing: what comes instead differs. */
	assert_int_equal(prompt_watch_begin(&w, 0, clip, CLIP, 0, 0), 0);
	assert_int_equal(hear_clip(&w, clip, 0, CLIP - 100, 9), HEAR_WRONG);
	assert_in_range(w.first_differ, CLIP - 100, CLIP - 98);
	/* Only the beginning is wanted. */
	assert_int_equal(prompt_watch_begin(&w, 0, clip, CLIP, 800, 0), 0);
	assert_int_equal(hear_clip(&w, clip, 0, 900, 9), HEAR_DONE);
	assert_int_equal(w.at - w.start, 800);
	/* Nothing to recognise. */
	make_clip(CLIP);
	assert_int_equal(prompt_watch_begin(&w, 0, clip, CLIP, 0, 0), -EINVAL);
	make_clip(0);
	assert_int_equal(prompt_watch_begin(&w, 0, clip, PROMPT_KEY - 1, 0, 0), -EINVAL);
}

/* It began before the watch did, as behind digits that are dialled into a menu. */
static void test_prompt_in_the_past(void **state)
{
	struct prompt_watch w;

	(void)state;
	make_clip(100);
	ear_init(&ear);
	hear_idle(5000);
	ear_hear(&ear, clip, 8000);
	assert_int_equal(prompt_watch_begin(&w, 2000, clip, CLIP, 8000, 0), 0);
	assert_int_equal(prompt_watch_run(&w, &ear), HEAR_DONE);
	assert_int_equal(w.start, 5000);
}

/* ---- partner ---- */

static void test_partner(void **state)
{
	struct partner_talk talk;
	struct partner_watch w;
	uint8_t octets[8];
	int64_t now = 1000;
	int i;

	(void)state;
	ear_init(&ear);
	partner_talk_begin(&talk, 5);
	partner_watch_begin(&w, &ear, 0, 6, now + 37 + 3);
	hear_idle(3); /* 40 samples under way, not a multiple of a tick */
	for (i = 0; i < 4000; i += 8) {
		partner_talk_read(&talk, now + i, octets, 8);
		ear_hear(&ear, octets, 8);
		assert_int_equal(partner_watch_run(&w, &ear), HEAR_WAIT);
	}
	assert_int_equal(w.id, 5);
	assert_int_equal(w.delay, 43);
	assert_int_equal(w.same, 4000);
	assert_int_equal(w.differ, 0);
	assert_int_equal(w.found, 1);
}

static void test_partner_faults(void **state)
{
	struct partner_talk talk;
	struct partner_watch w;
	uint8_t octets[PARTNER_BLOCK];
	int i;

	(void)state;
	ear_init(&ear);
	partner_talk_begin(&talk, 5);
	partner_watch_begin(&w, &ear, 0, 6, 0);
	for (i = 0; i < 10; i++) {
		partner_talk_read(&talk, i * PARTNER_BLOCK, octets, PARTNER_BLOCK);
		if (i == 3)
			octets[77] ^= 1; /* one bit */
		/* A slip: one frame is missing from here on, and the delay with it. */
		ear_hear(&ear, octets + (i == 6), PARTNER_BLOCK - (i == 6));
		partner_watch_run(&w, &ear);
	}
	assert_int_equal(w.found, 2);
	assert_int_equal(w.delay, -1);
	assert_in_range(w.differ, 100, 161);
	assert_in_range(w.same, 7 * PARTNER_BLOCK, 9 * PARTNER_BLOCK);
}

static void test_partner_is_oneself(void **state)
{
	struct partner_talk talk;
	struct partner_watch w;
	uint8_t octets[PARTNER_BLOCK];

	(void)state;
	ear_init(&ear);
	partner_talk_begin(&talk, 5);
	partner_watch_begin(&w, &ear, 0, 5, 0);
	partner_talk_read(&talk, 0, octets, PARTNER_BLOCK);
	ear_hear(&ear, octets, PARTNER_BLOCK);
	assert_int_equal(partner_watch_run(&w, &ear), HEAR_WRONG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_digit_levels),
		cmocka_unit_test(test_digits_are_understood),
		cmocka_unit_test(test_clip_is_exact),
		cmocka_unit_test(test_prompt_at_any_sample),
		cmocka_unit_test(test_prompt_one_octet_wrong),
		cmocka_unit_test(test_prompt_cut_or_missing),
		cmocka_unit_test(test_prompt_in_the_past),
		cmocka_unit_test(test_partner),
		cmocka_unit_test(test_partner_faults),
		cmocka_unit_test(test_partner_is_oneself),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
