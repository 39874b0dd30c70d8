/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "core/channel/g711.h"
#include "core/channel/source.h"

static uint8_t clip_a[1000], clip_b[333];
static struct tone_prog busy, once;
static uint8_t got[40000];

static int setup(void **state)
{
	struct tone_def def = {.freq = {{450, -10}},
			       .n_freqs = 1,
			       .step = {{.on_ms = 10, .off_ms = 5, .freqs = 1}},
			       .n_steps = 1};

	(void)state;
	/* Every octet value: nothing may be changed on the way. */
	for (size_t i = 0; i < sizeof(clip_a); i++)
		clip_a[i] = (uint8_t)(i * 7);
	for (size_t i = 0; i < sizeof(clip_b); i++)
		clip_b[i] = (uint8_t)(255 - i);
	tone_compile(&def, &busy);
	def.repeat = 1;
	return tone_compile(&def, &once);
}

static void add_clip(struct source *s, const uint8_t *octets, size_t n)
{
	struct source_item it = {.kind = SOURCE_CLIP, .octets = octets, .n = n};

	assert_int_equal(source_add(s, &it), 0);
}

static void add_tone(struct source *s, const struct tone_prog *tone, size_t n)
{
	struct source_item it = {.kind = SOURCE_TONE, .tone = tone, .n = n};

	assert_int_equal(source_add(s, &it), 0);
}

static void add_silence(struct source *s, size_t n)
{
	struct source_item it = {.kind = SOURCE_SILENCE, .n = n};

	assert_int_equal(source_add(s, &it), 0);
}

static size_t read_in_steps(struct source *s, size_t step, size_t max)
{
	size_t at = 0;

	while (at < max) {
		size_t n = source_read(s, got + at, step);

		at += n;
		if (n < step)
			break;
	}
	return at;
}

static void test_clips_bit_exact(void **state)
{
	static const size_t steps[] = {1, 8, 160, 999, 1333, 5000};

	(void)state;
	for (int i = 0; i < 6; i++) {
		struct source s;

		source_init(&s, 1);
		add_clip(&s, clip_a, sizeof(clip_a));
		add_clip(&s, clip_b, sizeof(clip_b));
		assert_int_equal(read_in_steps(&s, steps[i], 8000), 1333);
		assert_memory_equal(got, clip_a, 1000);
		assert_memory_equal(got + 1000, clip_b, 333);
		assert_int_equal(source_read(&s, got, 8), 0);
		assert_int_equal(s.state, SOURCE_ENDED);
		assert_int_equal(s.total, 1333);
	}
}

static void test_mixed_list(void **state)
{
	struct source s;
	struct tone t;
	uint8_t tone[120];

	(void)state;
	source_init(&s, 1);
	add_clip(&s, clip_a, 5);
	add_tone(&s, &busy, 100);
	add_silence(&s, 3);
	add_tone(&s, &once, 0); /* 120 samples by itself */
	add_clip(&s, clip_b, 2);
	assert_int_equal(read_in_steps(&s, 8, 8000), 5 + 100 + 3 + 120 + 2);
	tone_start(&t, &busy);
	tone_alaw(&t, tone, 120);
	assert_memory_equal(got + 5, tone, 100);
	for (int i = 0; i < 3; i++)
		assert_int_equal(got[105 + i], ALAW_IDLE);
	assert_memory_equal(got + 108, tone, 120);
	assert_memory_equal(got + 228, clip_b, 2);
}

static void test_rounds(void **state)
{
	struct source s;

	(void)state;
	source_init(&s, 3);
	add_clip(&s, clip_b, 10);
	add_tone(&s, &once, 0);
	assert_int_equal(read_in_steps(&s, 7, 8000), 3 * 130);
	for (int r = 1; r < 3; r++)
		assert_memory_equal(got, got + 130 * r, 130);
	assert_int_equal(s.round, 3);

	source_init(&s, SOURCE_FOREVER);
	add_clip(&s, clip_b, 10);
	assert_int_equal(read_in_steps(&s, 16, 32000), 32000);
	assert_int_equal(s.state, SOURCE_PLAYING);
	for (int i = 0; i < 32000; i++)
		assert_int_equal(got[i], clip_b[i % 10]);
}

static void test_endless_items(void **state)
{
	struct source s;

	(void)state;
	source_init(&s, 1);
	add_tone(&s, &busy, 0);
	assert_int_equal(read_in_steps(&s, 8, 32000), 32000);
	source_init(&s, 1);
	add_silence(&s, 0);
	assert_int_equal(read_in_steps(&s, 8, 32000), 32000);
	assert_int_equal(got[31999], ALAW_IDLE);
}

static void test_empty_lists_end(void **state)
{
	struct source s;

	(void)state;
	source_init(&s, SOURCE_FOREVER);
	assert_int_equal(source_read(&s, got, 8), 0);
	assert_int_equal(s.state, SOURCE_IDLE);
	/* A list without a sample must not be gone through for ever. */
	add_clip(&s, clip_a, 0);
	add_clip(&s, clip_a, 0);
	assert_int_equal(source_read(&s, got, 8), 0);
	assert_int_equal(s.state, SOURCE_ENDED);
}

static void test_stop(void **state)
{
	struct source_item it = {.kind = SOURCE_SILENCE, .n = 1};
	struct source s;

	(void)state;
	source_init(&s, SOURCE_FOREVER);
	add_clip(&s, clip_a, 100);
	assert_int_equal(source_read(&s, got, 42), 42);
	source_stop(&s);
	assert_int_equal(s.state, SOURCE_STOPPED);
	assert_int_equal(s.total, 42);
	assert_int_equal(source_read(&s, got, 8), 0);
	assert_int_equal(source_add(&s, &it), -EPROTO);

	source_init(&s, 1);
	add_clip(&s, clip_a, 8);
	source_read(&s, got, 9);
	source_stop(&s);
	assert_int_equal(s.state, SOURCE_ENDED);
}

static void test_add_while_playing(void **state)
{
	struct source s;

	(void)state;
	source_init(&s, 1);
	add_clip(&s, clip_a, 16);
	assert_int_equal(source_read(&s, got, 16), 16);
	add_clip(&s, clip_b, 16);
	assert_int_equal(source_read(&s, got, 16), 16);
	assert_memory_equal(got, clip_b, 16);
	assert_int_equal(s.state, SOURCE_PLAYING); /* nobody asked for more yet */
	assert_int_equal(source_read(&s, got, 1), 0);
	assert_int_equal(s.state, SOURCE_ENDED);
}

static void test_bad_items(void **state)
{
	struct source_item it = {.kind = SOURCE_CLIP, .n = 3};
	struct source s;

	(void)state;
	source_init(&s, 1);
	assert_int_equal(source_add(&s, &it), -EINVAL);
	it.kind = SOURCE_TONE;
	assert_int_equal(source_add(&s, &it), -EINVAL);
	it.kind = 3;
	assert_int_equal(source_add(&s, &it), -EINVAL);
	for (int i = 0; i < SOURCE_ITEMS_MAX; i++)
		add_silence(&s, 1);
	it.kind = SOURCE_SILENCE;
	assert_int_equal(source_add(&s, &it), -ENOSPC);
	assert_int_equal(read_in_steps(&s, 8, 8000), SOURCE_ITEMS_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_clips_bit_exact),
		cmocka_unit_test(test_mixed_list),
		cmocka_unit_test(test_rounds),
		cmocka_unit_test(test_endless_items),
		cmocka_unit_test(test_empty_lists_end),
		cmocka_unit_test(test_stop),
		cmocka_unit_test(test_add_while_playing),
		cmocka_unit_test(test_bad_items),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
