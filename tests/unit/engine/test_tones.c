/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/conf.h"
#include "core/channel/level.h"
#include "engine/tones.h"

static struct conf_errors errs;
static struct tone_plan plan;
static int16_t wave[8000 * 60];

static void load(const char *file)
{
	memset(&plan, 0, sizeof(plan));
	if (tones_load(file, &plan, &errs) != 0) {
		conf_errors_print(&errs, stderr);
		fail_msg("%s", file);
	}
}

/* Plays a tone and compares its cadence, to the sample. parts: on, off, on .. [ms], 0 ends. */
static void assert_cadence(enum tone_name name, const int *parts)
{
	struct tone t;
	size_t at = 0;

	tone_start(&t, &plan.tone[name]);
	assert_int_equal(tone_linear(&t, wave, sizeof(wave) / 2), sizeof(wave) / 2);
	for (int i = 0; parts[i]; i++) {
		size_t n = (size_t)parts[i] * 8;

		for (size_t k = 0; k < n; k++) {
			bool zero = wave[at + k] == 0;

			if (i % 2 && !zero)
				fail_msg("%s: sound in pause %d", tone_name_str(name), i);
			if (i % 2 == 0 && zero && k + 1 < n && wave[at + k + 1] == 0)
				fail_msg("%s: silence in part %d", tone_name_str(name), i);
		}
		at += n;
	}
	assert_true(wave[at] != 0); /* and again from the beginning */
}

/* Strength of @hz in @n samples, as a level [dBm0] (Goertzel by definition). */
static double level_of(const int16_t *s, int n, double hz)
{
	double re = 0, im = 0;

	for (int i = 0; i < n; i++) {
		re += s[i] * cos(2 * M_PI * hz * i / 8000);
		im += s[i] * sin(2 * M_PI * hz * i / 8000);
	}
	return level_dbm0(2 * (re * re + im * im) / ((double)n * n));
}

static void assert_level(enum tone_name name, int from_ms, int ms, double hz, double dbm0)
{
	struct tone t;
	double got;

	tone_start(&t, &plan.tone[name]);
	tone_linear(&t, wave, sizeof(wave) / 2);
	got = level_of(wave + from_ms * 8, ms * 8, hz);
	if (!(fabs(got - dbm0) < 0.1))
		fail_msg("%s: %g Hz at %g dBm0", tone_name_str(name), hz, got);
	/* And nothing else is there. */
	assert_true(fabs(level_block(wave + from_ms * 8, (size_t)ms * 8) - dbm0) < 0.2);
}

#define CADENCE(name, ...) assert_cadence(name, (const int[9]){__VA_ARGS__})

/* GB/T 3380 */
static void test_china(void **state)
{
	(void)state;
	load("configs/tones/CN.conf");
	assert_string_equal(plan.country, "CN");
	CADENCE(TONE_SPECIAL_DIAL, 400, 40, 400, 40);
	CADENCE(TONE_RINGBACK, 1000, 4000, 1000, 4000);
	CADENCE(TONE_BUSY, 350, 350, 350, 350);
	CADENCE(TONE_CONGESTION, 700, 700, 700, 700);
	CADENCE(TONE_CALL_WAITING, 400, 4000, 400, 4000);
	CADENCE(TONE_VACANT, 100, 100, 100, 100, 100, 100, 400, 400);
	CADENCE(TONE_TOLL_NOTIFY, 200, 200, 200, 600, 200, 200, 200, 600);
	CADENCE(TONE_REMINDER, 400, 10000, 400, 10000);
	assert_level(TONE_DIAL, 0, 10000, 450, -10);
	assert_level(TONE_BUSY, 0, 320, 450, -10);
	assert_level(TONE_REMINDER, 0, 400, 1400, -20);
	for (int i = 0; i < 4; i++)
		assert_level(TONE_HOWLER, i * 5000, 5000, 950, -15 + 5 * i);
	assert_level(TONE_HOWLER, 20000, 5000, 950, 3);
	assert_level(TONE_HOWLER, 50000, 5000, 950, 3);
	assert_level(TONE_MILLIWATT, 0, 1000, 1000, 0);
}

/* ITU-T E.180 */
static void test_etsi(void **state)
{
	static const double sit[] = {950, 1400, 1800};

	(void)state;
	load("configs/tones/ETSI.conf");
	assert_string_equal(plan.country, "ETSI");
	CADENCE(TONE_RINGBACK, 1000, 4000, 1000, 4000);
	CADENCE(TONE_BUSY, 500, 500, 500, 500);
	CADENCE(TONE_CONGESTION, 250, 250, 250, 250);
	CADENCE(TONE_CALL_WAITING, 200, 600, 200, 4000);
	assert_level(TONE_DIAL, 0, 10000, 425, -10);
	for (int i = 0; i < 3; i++) {
		assert_level(TONE_SIT, i * 360, 330, sit[i], -10);
		assert_level(TONE_VACANT, i * 360 + 2050, 330, sit[i], -10);
	}
	CADENCE(TONE_SIT, 330, 30, 330, 30, 330, 1000, 330, 30);
	assert_memory_equal(&plan.tone[TONE_VACANT], &plan.tone[TONE_SIT], sizeof(plan.tone[0]));
}

/* A plan with @tone instead of "busy"; all others are continuous. */
static int load_with(const char *tone)
{
	static char text[4096];
	char file[] = "/tmp/strowger-tones-XXXXXX";
	int fd = mkstemp(file), n, rc;

	n = snprintf(text, sizeof(text), "country = \"X\";\ntones = (\n%s", tone);
	for (int i = 0; i < TONE_COUNT; i++) {
		if (i != TONE_BUSY)
			n += snprintf(text + n, sizeof(text) - (size_t)n,
				      "%s{ name = \"%s\"; freqs = ( { hz = 425; dbm0 = -10; } ); }",
				      i || *tone ? ",\n" : "", tone_name_str(i));
	}
	n += snprintf(text + n, sizeof(text) - (size_t)n, " );\n");
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, (size_t)n), n);
	close(fd);
	memset(&plan, 0x5a, sizeof(plan));
	rc = tones_load(file, &plan, &errs);
	unlink(file);
	return rc;
}

static void assert_refused(const char *tone, const char *path, const char *wrong)
{
	int rc = load_with(tone);

	if (rc != -EINVAL)
		fail_msg("%d: %s", rc, tone);
	assert_int_equal(errs.n, 1);
	if (!strstr(errs.items[0].path, path) || !strstr(errs.items[0].wrong, wrong))
		fail_msg("%s: %s: %s", tone, errs.items[0].path, errs.items[0].wrong);
	assert_int_equal(plan.country[0], 0x5a); /* untouched */
}

#define F "freqs = ( { hz = 450; dbm0 = -10; } ); "

static void test_bad_plans(void **state)
{
	(void)state;
	assert_int_equal(load_with("{ name = \"busy\"; " F "}"), 0);
	assert_int_equal(load_with("{ name = \"busy\"; same_as = \"dial\"; }"), 0);
	assert_refused("", "tones", "no \"busy\"");
	assert_refused("{ name = \"bussy\"; " F "}", "name", "no such tone");
	assert_refused("{ name = \"busy\"; }", "tones[0]", "no frequencies");
	assert_refused("{ name = \"busy\"; same_as = \"busy\"; }", "same_as", "has none");
	assert_refused("{ name = \"busy\"; same_as = \"dial\"; " F "}", "same_as", "of its own");
	assert_refused("{ name = \"busy\"; " F "steps = ( { } ); }", "steps[0]", "no time");
	assert_refused("{ name = \"busy\"; " F "steps = ( { on = 1; freqs = [ 1 ]; } ); }",
		       "steps[0].freqs", "no frequency 1");
	assert_refused("{ name = \"busy\"; " F "steps = ( { on = 60001; } ); }", "steps[0].on", "");
	assert_refused("{ name = \"busy\"; " F "steps = ( { on = -1; } ); }", "steps[0].on", "");
	assert_refused("{ name = \"busy\"; " F "loop_from = 1; }", "loop_from", "no step 1");
	assert_refused("{ name = \"busy\"; freqs = ( { hz = 4000; dbm0 = -10; } ); }", "hz", "");
	assert_refused("{ name = \"busy\"; freqs = ( { hz = 400; dbm0 = 4; } ); }", "dbm0", "");
	assert_refused("{ name = \"busy\"; freqs = ( { hz = 400; dbm0 = 0; }, { hz = 500; dbm0 = "
		       "0; } ); }",
		       "tones[0]", "full scale");
	/* One tone twice leaves another out. */
	assert_int_equal(load_with("{ name = \"dial\"; " F "}"), -EINVAL);
	assert_int_equal(errs.n, 2);
	assert_true(strstr(errs.items[0].wrong, "twice") || strstr(errs.items[1].wrong, "twice"));
	assert_true(tones_load("/nonexistent", &plan, &errs) < 0);
	assert_true(errs.n > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_china),
		cmocka_unit_test(test_etsi),
		cmocka_unit_test(test_bad_plans),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
