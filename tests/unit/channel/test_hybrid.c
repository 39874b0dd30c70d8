/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/channel/g711.h"
#include "core/channel/hybrid.h"
#include "core/channel/level.h"

#define N 16000

static uint8_t far[N], near[N];

/* White noise, A-law. */
static void make_noise(int peak)
{
	uint32_t dice = 1;

	for (int i = 0; i < N; i++) {
		dice = dice * 1664525u + 1013904223u;
		far[i] = alaw_encode((int16_t)((int)(dice >> 16) % (2 * peak) - peak));
	}
	memset(near, ALAW_IDLE, N);
}

static void loss_is_the_erl(void **state)
{
	static const double erl[] = {0, 6, 10, 20};
	struct hybrid h;

	(void)state;
	for (int m = 0; m < hybrid_model_count; m++) {
		for (int k = 0; k < 4; k++) {
			double loss;

			make_noise(8000);
			hybrid_init(&h, &(struct hybrid_cfg){.model = m, .erl_db = erl[k]});
			hybrid_pass(&h, far, near, N);
			loss = level_block_alaw(far, N) - level_block_alaw(near, N);
			assert_true(fabs(loss - erl[k]) < 0.7);
		}
	}
}

/* One loud sample comes back as the model, after the delay, in any blocks. */
static void delay_is_the_delay(void **state)
{
	static const int delays[] = {0, 1, 60, HYBRID_DELAY_MAX_MS};
	struct hybrid h;

	(void)state;
	for (int k = 0; k < 4; k++) {
		int first = -1, last = -1;

		memset(far, ALAW_IDLE, N);
		memset(near, ALAW_IDLE, N);
		/* Silence is +-8 in A-law: steps of it below the smallest step of the answer */
		far[100] = alaw_encode(32000);
		hybrid_init(&h, &(struct hybrid_cfg){.model = 0, .delay_ms = delays[k]});
		for (int i = 0; i < 4000; i += 8)
			hybrid_pass(&h, far + i, near + i, 8);
		for (int i = 0; i < 4000; i++) {
			if (abs(alaw_decode(near[i])) < 200)
				continue;
			first = first < 0 ? i : first;
			last = i;
		}
		assert_in_range(first, 100 + delays[k] * 8, 102 + delays[k] * 8);
		assert_in_range(last, first, first + 64);
	}
}

/* Without a far end the near end passes unchanged, octet for octet. */
static void near_end_stays(void **state)
{
	static uint8_t before[N];
	struct hybrid h;

	(void)state;
	make_noise(8000);
	memcpy(near, far, N);
	memcpy(before, near, N);
	memset(far, ALAW_IDLE, N);
	hybrid_init(&h, &(struct hybrid_cfg){.model = 3, .erl_db = 40});
	hybrid_pass(&h, far, near, N);
	assert_memory_equal(near, before, N);
}

/* The sum of two loud signals is limited; it does not wrap around. */
static void loud_is_limited(void **state)
{
	struct hybrid h;

	(void)state;
	for (int i = 0; i < N; i++)
		far[i] = near[i] = i / 40 & 1 ? 0xAA : 0x2A;
	hybrid_init(&h, &(struct hybrid_cfg){.model = 0});
	hybrid_pass(&h, far, near, N);
	/* In the middle of each half wave it is as loud as A-law can be, of the sign of both. */
	for (int i = 400; i < N; i++) {
		if (i % 40 == 39)
			assert_true(alaw_decode(near[i]) * (i / 40 & 1 ? 1 : -1) > 20000);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(loss_is_the_erl),
		cmocka_unit_test(delay_is_the_delay),
		cmocka_unit_test(near_end_stays),
		cmocka_unit_test(loud_is_limited),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
