/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <stdbool.h>

#include "core/channel/digitmute.h"
#include "tone_rig.h"

#define N 16000

static int16_t in[N], out[N];

static int setup(void **state)
{
	(void)state;
	rig.seed = 4;
	return dtmf_compile(&dtmf_limits_usual, &rig.rule);
}

/* All of rig.x through detector and mute, 8 samples at a time. */
static void pass(void)
{
	struct toneset_event ev[TONESET_EVENTS];
	struct digitmute m;
	unsigned n;

	for (size_t i = 0; i < N; i++)
		in[i] = (int16_t)lrint(rig.x[i]);
	digitmute_init(&m);
	toneset_init(&rig.set, &rig.rule, NULL, 0);
	toneset_set(&rig.set, TONESET_DIGITS);
	for (size_t at = 0; at < N; at += 8) {
		assert_int_equal(toneset_feed(&rig.set, (int64_t)at, in + at, 8, ev, &n), 8);
		digitmute_feed(&m, dtmf_sounds(&rig.set.dtmf), in + at, out + at, 8);
	}
}

/* Nothing of a digit remains, whatever its length and where it begins; the rest is as it was. */
static void test_nothing_remains(void **state)
{
	(void)state;
	for (int round = 0; round < 300; round++) {
		static const double off[2] = {0, 0};
		size_t from = 4000 + rig_random(64), n = 320 + rig_random(2000);
		size_t last = from + n + DIGITMUTE_DELAY;

		rig_clear(N);
		rig_noise(-50);
		rig_key(RIG_KEYS[rig_random(16)], -6 - (double)rig_random(20),
			-6 - (double)rig_random(20) / 10, off, from, n);
		if (round % 3 == 0)
			rig_clear(N); /* and without a digit nothing is taken */
		pass();
		for (size_t i = DIGITMUTE_DELAY; i < N; i++) {
			size_t was = i - DIGITMUTE_DELAY;
			bool digit = was >= from && i < last && round % 3;

			if (digit && out[i] != 0)
				fail_msg("round %d: %d at %+d of %zu", round, out[i],
					 (int)was - (int)from, n);
			if ((was + 320 < from || was > from + n + 480) && out[i] != in[was])
				fail_msg("round %d: %+d is not as it was", round,
					 (int)was - (int)from);
		}
	}
}

static void test_delay(void **state)
{
	struct digitmute m;
	int16_t x[7];

	(void)state;
	digitmute_init(&m);
	for (int i = 0; i < 2000; i++) {
		for (int k = 0; k < 7; k++)
			x[k] = (int16_t)(7 * i + k + 1);
		digitmute_feed(&m, 0, x, x, 7); /* in place */
		for (int k = 0; k < 7; k++) {
			int want = 7 * i + k + 1 - DIGITMUTE_DELAY;

			assert_int_equal(x[k], want > 0 ? want : 0);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_nothing_remains, setup),
		cmocka_unit_test_setup(test_delay, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
