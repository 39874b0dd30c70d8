/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Both sides of the limits of ITU-T Q.24, with random keys, phases and offsets against the looks;
 * tests/bench/tones has the same in steps, and SpanDSP beside it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <errno.h>

#include "tone_rig.h"

struct burst {
	double ms, low, high, off[2];
	double snr; /* both tones to noise, 0: none */
	double dial, dial2; /* Hz, as loud as the low tone each; 0: none */
	double third; /* dB against the weaker tone, 0: none */
	double gap, more_ms; /* a break, and the tone again; 0: none */
	double echo; /* delayed by 20 ms, so many dB below; 0: none */
};

static const struct burst usual = {.ms = 50, .low = -10, .high = -10};

static char key;
static size_t begin, end;

static void make(const struct burst *b)
{
	size_t n = (size_t)lrint(b->ms * 8), gap = (size_t)lrint(b->gap * 8);
	size_t more = (size_t)lrint(b->more_ms * 8);

	key = RIG_KEYS[rig_random(16)];
	begin = 800 + rig_random(320);
	end = begin + n + gap + more;
	rig_clear(end + 1200);
	rig_key(key, b->low, b->high, b->off, begin, end - begin);
	memset(rig.x + begin + n, 0, gap * sizeof(rig.x[0]));
	if (b->echo > 0) {
		for (size_t i = rig.n - 1; i >= 160; i--)
			rig.x[i] += rig.x[i - 160] * pow(10, -b->echo / 20);
	}
	if (b->third < 0)
		rig_sine(1040 + rig_random(70), fmin(b->low, b->high) + b->third, begin, n);
	if (b->dial > 0)
		rig_sine(b->dial, b->low, 0, rig.n);
	if (b->dial2 > 0)
		rig_sine(b->dial2, b->low, 0, rig.n);
	if (b->snr > 0)
		rig_noise(10 * log10(pow(10, b->low / 10) + pow(10, b->high / 10)) - b->snr);
}

/* Return: 1 exactly the digit, 0 nothing, -1 something else. */
static int heard(const struct burst *b)
{
	unsigned good = 0, all = 0;

	make(b);
	rig_hear(TONESET_DIGITS);
	for (unsigned i = 0; i < rig.n_ev; i++) {
		if (rig.ev[i].digit.type != DTMF_BEGIN)
			continue;
		all++;
		good += rig.ev[i].digit.digit == key;
	}
	return all == 0 ? 0 : all == 1 && good == 1 ? 1 : -1;
}

static void always(const struct burst *b, int want, int times)
{
	for (int i = 0; i < times; i++) {
		int got = heard(b);

		if (got != want)
			fail_msg("%g ms, %g %g dBm0, %g %g %%, SNR %g, dial %g: %d in round %d",
				 b->ms, b->low, b->high, 100 * b->off[0], 100 * b->off[1], b->snr,
				 b->dial, got, i);
	}
}

static int setup(void **state)
{
	(void)state;
	rig.seed = 1;
	return dtmf_compile(&dtmf_limits_usual, &rig.rule);
}

static void test_noise(void **state)
{
	struct burst b = usual;

	(void)state;
	b.snr = 8;
	always(&b, 1, 1000);
}

static void test_length(void **state)
{
	struct burst b = usual;

	(void)state;
	b.ms = 40;
	always(&b, 1, 300);
	b.ms = 23;
	always(&b, 0, 300);
	b.ms = 2000;
	always(&b, 1, 10);
}

static void test_offset(void **state)
{
	static const double nominal[2][4] = {{697, 770, 852, 941}, {1209, 1336, 1477, 1633}};

	(void)state;
	for (int sign = -1; sign <= 1; sign += 2) {
		for (int which = 0; which < 3; which++) {
			struct burst b = usual;

			/* 2 Hz are the most of 697, the least of 1633: each as the key wants */
			for (int i = 0; i < 200; i++) {
				uint64_t seed = rig.seed;
				long at;

				key = RIG_KEYS[rig_random(16)];
				at = strchr(RIG_KEYS, key) - RIG_KEYS;
				rig.seed = seed;
				if (which != 1)
					b.off[0] = sign * (0.015 + 2 / nominal[0][at / 4]);
				if (which != 0)
					b.off[1] = sign * (0.015 + 2 / nominal[1][at % 4]);
				always(&b, 1, 1);
			}
			b.off[0] = which != 1 ? sign * 0.035 : 0;
			b.off[1] = which != 0 ? sign * 0.035 : 0;
			always(&b, 0, 100);
		}
	}
}

static void test_level_and_twist(void **state)
{
	struct burst b = usual;

	(void)state;
	for (double level = 0; level >= -25; level -= 5) {
		b.low = b.high = level;
		always(&b, 1, 32);
	}
	b.low = b.high = -55;
	always(&b, 0, 50);
	b.low = -14;
	b.high = -10;
	always(&b, 1, 200);
	b.low = -10;
	b.high = -18;
	always(&b, 1, 200);
	b.high = -24; /* and much more is not one */
	always(&b, 0, 50);
	b.high = 0;
	always(&b, 0, 50);
}

static void test_break_and_pause(void **state)
{
	struct burst b = usual;

	(void)state;
	b.gap = 10;
	b.more_ms = 50;
	always(&b, 1, 200);
	b.ms = 30;
	b.more_ms = 30;
	always(&b, 1, 200);
	b.ms = b.more_ms = 50;
	b.gap = 40; /* twice the same digit */
	always(&b, -1, 200);
	assert_int_equal(rig.n_ev, 4);
}

static void test_dial_tone(void **state)
{
	static const double dials[][2] = {{425, 0}, {450, 0}, {400, 0}, {350, 440}};

	(void)state;
	for (int i = 0; i < 4; i++) {
		struct burst b = usual;

		b.dial = dials[i][0];
		b.dial2 = dials[i][1];
		always(&b, 1, 200);
	}
}

static void test_third_tone(void **state)
{
	struct burst b = usual;

	(void)state;
	b.third = -4;
	always(&b, 0, 200);
	b.third = -20;
	always(&b, 1, 200);
}

static void test_echo(void **state)
{
	struct burst b = usual;

	(void)state;
	b.echo = 10;
	always(&b, 1, 300);
}

/* Edges, level, twist and offset as they are told, at 20 dB SNR. */
static void test_measures(void **state)
{
	(void)state;
	for (int i = 0; i < 400; i++) {
		struct burst b = {.ms = 45 + rig_random(60), .low = -5 - (double)rig_random(15)};
		const struct dtmf_event *d = &rig.ev[0].digit, *e = &rig.ev[1].digit;
		double want[2];

		b.high = b.low + 4 - rig_random(12);
		b.off[0] = (rig_random(31) - 15.0) / 1000;
		b.off[1] = (rig_random(31) - 15.0) / 1000;
		b.snr = 20;
		want[0] = b.low;
		want[1] = b.high;
		always(&b, 1, 1);
		assert_int_equal(rig.n_ev, 2);
		assert_true(e->type == DTMF_END && e->digit == key && e->start == d->start);
		if (llabs(d->start - (int64_t)begin) > 16 || llabs(e->end - (int64_t)end) > 16)
			fail_msg("round %d: %+d %+d samples", i, (int)(d->start - (int64_t)begin),
				 (int)(e->end - (int64_t)end));
		for (int g = 0; g < 2; g++) {
			assert_true(fabs(d->dbm0[g] - want[g]) < 0.7);
			assert_true(fabs(d->offset[g] - b.off[g]) < 0.004);
		}
		assert_true(d->snr_db > 18 && d->snr_db < 27);
		assert_true(rig.ev[0].at <= (int64_t)begin + 52 * 8);
	}
}

static void test_limits_are_checked(void **state)
{
	struct dtmf_limits l = dtmf_limits_usual;
	struct dtmf_rule r;

	(void)state;
	l.reject_percent = 1.7f; /* 1633 Hz: less than 2 Hz between */
	assert_int_equal(dtmf_compile(&l, &r), -EINVAL);
	l = dtmf_limits_usual;
	l.accept_percent = NAN;
	assert_int_equal(dtmf_compile(&l, &r), -EINVAL);
	l = dtmf_limits_usual;
	l.reject_ms = 35;
	assert_int_equal(dtmf_compile(&l, &r), -EINVAL);
	l = dtmf_limits_usual;
	l.reject_dbm0 = -24;
	assert_int_equal(dtmf_compile(&l, &r), -EINVAL);
	l = dtmf_limits_usual;
	l.break_ms = 38;
	assert_int_equal(dtmf_compile(&l, &r), -EINVAL);
}

/* One tone, no tone, too much of everything: nothing, and nothing breaks. */
static void test_bad_input(void **state)
{
	(void)state;
	for (int i = 0; i < 50; i++) {
		rig_clear(8000);
		rig_sine(600 + 25 * i, -10, 1000, 4000);
		rig_hear(TONESET_DIGITS);
		assert_int_equal(rig.n_ev, 0);
	}
	rig_clear(80000);
	rig_noise(0);
	rig_hear(TONESET_ALL);
	assert_int_equal(rig.n_ev, 0);
	for (int i = 0; i < 80000; i++)
		rig.x[i] = i / 7 % 2 ? 40000 : -40000;
	rig_hear(TONESET_ALL);
	for (int i = 0; i < 80000; i++)
		rig.x[i] = 32767; /* direct current */
	rig_hear(TONESET_ALL);
	assert_int_equal(rig.n_ev, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_noise, setup),
		cmocka_unit_test_setup(test_length, setup),
		cmocka_unit_test_setup(test_offset, setup),
		cmocka_unit_test_setup(test_level_and_twist, setup),
		cmocka_unit_test_setup(test_break_and_pause, setup),
		cmocka_unit_test_setup(test_dial_tone, setup),
		cmocka_unit_test_setup(test_third_tone, setup),
		cmocka_unit_test_setup(test_echo, setup),
		cmocka_unit_test_setup(test_measures, setup),
		cmocka_unit_test_setup(test_limits_are_checked, setup),
		cmocka_unit_test_setup(test_bad_input, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
