/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The linear canceller: the same bits from each kind of processor and each way of cutting the samples,
 * what it cancels, and what it survives.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "echocan/echocan.h"
#include "waves.h"

#define SECONDS 12
#define N       (SECONDS * RATE)
#define GUARD   64

static int16_t rin[N], sin_[N], out[N], other[N];

static size_t size_of(const struct echocan_config *c)
{
	return (echocan_size(c) + 63) / 64 * 64;
}

static struct echocan_config config(int tail_ms)
{
	return (struct echocan_config){.tail_ms = (uint16_t)tail_ms, .simd = ECHOCAN_AVX2};
}

static struct echocan *create(const struct echocan_config *c)
{
	size_t size = size_of(c);
	char *mem = aligned_alloc(64, size + GUARD);

	assert_non_null(mem);
	memset(mem, 0xa5, size + GUARD);
	assert_int_equal(echocan_init(mem, echocan_size(c), c), 0);
	return (struct echocan *)mem;
}

/* Nothing was written behind the memory that was asked for. */
static void destroy(struct echocan *ec, const struct echocan_config *c)
{
	const unsigned char *mem = (unsigned char *)ec;

	for (size_t i = echocan_size(c); i < size_of(c) + GUARD; i++)
		assert_int_equal(mem[i], 0xa5);
	free(ec);
}

static double power(const int16_t *x, int from, int to)
{
	double sum = 1;

	for (int i = from; i < to; i++)
		sum += (double)x[i] * x[i];
	return sum;
}

static double erle(int from, int to)
{
	return 10 * log10(power(sin_, from, to) / power(out, from, to));
}

static int16_t line(double v)
{
	int16_t x = (int16_t)(v > 32767 ? 32767 : v < -32768 ? -32768 : lrint(v));

	return alaw_decode(alaw_encode(x));
}

/* Noise of the far end from @from to @to. */
static void put_noise(int from, int to, double rms)
{
	for (int i = from; i < to; i++)
		rin[i] = line(wave_gauss() * rms);
}

static double rin_at(int i)
{
	return i < 0 ? 0 : rin[i];
}

/* A path of a few taps, @delay samples late. */
static double echo(int i, int delay, double gain)
{
	i -= delay;
	return gain * (0.6 * rin_at(i) - 0.5 * rin_at(i - 3) + 0.3 * rin_at(i - 9) -
		       0.2 * rin_at(i - 20) + 0.1 * rin_at(i - 50));
}

static void put_echo(int from, int to, int delay, double gain)
{
	for (int i = from; i < to; i++)
		sin_[i] = line(echo(i, delay, gain));
}

static void run(struct echocan *ec, int from, int to)
{
	memcpy(out + from, sin_ + from, (size_t)(to - from) * sizeof(*out));
	echocan_process(ec, out + from, rin + from, to - from);
}

static void bad_configurations(void **state)
{
	struct echocan_config c = config(64);
	char mem[128];

	(void)state;
	c.tail_ms = 15;
	assert_int_equal(echocan_size(&c), 0);
	assert_int_equal(echocan_init(mem, sizeof(mem), &c), -EINVAL);
	c.tail_ms = 257;
	assert_int_equal(echocan_size(&c), 0);
	c = config(64);
	c.law = (enum echocan_law)7;
	assert_int_equal(echocan_size(&c), 0);
	assert_int_equal(echocan_size(NULL), 0);
	c = config(64);
	assert_int_equal(echocan_init(mem, sizeof(mem), &c), -ENOMEM);
	assert_int_equal(echocan_init(NULL, echocan_size(&c), &c), -ENOMEM);
	assert_true(echocan_size(&c) > 64 * 8 * 2);
}

static void same_bits_everywhere(void **state)
{
	static const int tails[] = {16, 64, 128, 256};

	(void)state;
	for (size_t t = 0; t < sizeof(tails) / sizeof(*tails); t++) {
		int n = 3 * RATE, at, simd;

		put_noise(0, n, 5000);
		put_echo(0, n / 2, tails[t] * 4, 1);
		put_echo(n / 2, n, tails[t] * 2, -0.7);
		for (int i = n / 3; i < n / 3 + 2000; i++)
			sin_[i] = (int16_t)(i & 32 ? 32767 : -32768);
		for (simd = ECHOCAN_SCALAR; simd <= ECHOCAN_AVX2; simd++) {
			struct echocan_config c = config(tails[t]);
			struct echocan *ec;

			c.simd = (enum echocan_simd)simd;
			ec = create(&c);
			memcpy(out, sin_, (size_t)n * sizeof(*out));
			for (at = 0; at < n;) {
				int len =
					simd == ECHOCAN_SCALAR ? 8 : 1 + (int)(wave_random() * 90);

				len = len > n - at ? n - at : len;
				echocan_process(ec, out + at, rin + at, len);
				at += len;
			}
			destroy(ec, &c);
			if (simd == ECHOCAN_SCALAR)
				memcpy(other, out, (size_t)n * sizeof(*out));
			assert_memory_equal(other, out, (size_t)n * sizeof(*out));
		}
		assert_memory_not_equal(other, sin_, (size_t)n * sizeof(*out));
	}
}

static void cancels_and_follows(void **state)
{
	static const int delays[] = {0, 37, 440};
	struct echocan_stats stats;

	(void)state;
	for (int d = 0; d < 3; d++) {
		struct echocan_config c = config(64);
		struct echocan *ec = create(&c);

		put_noise(0, 4 * RATE, 4000);
		put_echo(0, 2 * RATE, delays[d], 0.7);
		put_echo(2 * RATE, 4 * RATE, delays[d] / 2 + 5, -0.5);
		run(ec, 0, 4 * RATE);
		assert_true(erle(RATE / 2, RATE) > 20);
		assert_true(erle(3 * RATE / 2, 2 * RATE) > 30);
		assert_true(erle(2 * RATE + RATE / 2, 3 * RATE) > 20);
		assert_true(erle(3 * RATE + RATE / 2, 4 * RATE) > 30);
		echocan_read_stats(ec, &stats);
		assert_int_equal(stats.state, ECHOCAN_CANCELLING);
		assert_int_equal(stats.delay_ms, (delays[d] / 2 + 5) / 64 * 8);
		/* sum of squares of the taps: 0.75 * 0.25 */
		assert_in_range(stats.erl_cdb, 678, 778);
		assert_true(stats.erle_cdb > 2500);
		assert_true(stats.copies > 0);
		destroy(ec, &c);
	}
}

/* Both speak: the far end's noise and a near end as loud. Frozen after that, the filter is still good. */
static void keeps_in_double_talk(void **state)
{
	struct echocan_config c = config(128);
	struct echocan *ec = create(&c);
	double slow = 0;

	(void)state;
	put_noise(0, N, 4000);
	put_echo(0, N, 300, 0.7);
	for (int i = 3 * RATE; i < 9 * RATE; i++) {
		slow += 0.2 * (wave_gauss() * 4000 * (i / 1600 % 3 != 0) - slow);
		sin_[i] = line(sin_[i] + 2 * slow);
	}
	run(ec, 0, 9 * RATE);
	echocan_freeze(ec, true);
	run(ec, 9 * RATE, N);
	assert_true(erle(2 * RATE, 3 * RATE) > 30);
	assert_true(erle(9 * RATE, N) > 28);
	destroy(ec, &c);
}

static void frozen_does_not_learn(void **state)
{
	struct echocan_config c = config(64);
	struct echocan *ec = create(&c);

	(void)state;
	put_noise(0, 3 * RATE, 4000);
	put_echo(0, 3 * RATE, 40, 0.7);
	echocan_freeze(ec, true);
	run(ec, 0, RATE);
	assert_memory_equal(out, sin_, RATE * sizeof(*out));
	echocan_freeze(ec, false);
	run(ec, RATE, 2 * RATE);
	assert_true(erle(RATE + RATE / 2, 2 * RATE) > 25);
	echocan_reset(ec);
	echocan_freeze(ec, true);
	run(ec, 2 * RATE, 3 * RATE);
	assert_memory_equal(out + 2 * RATE, sin_ + 2 * RATE, RATE * sizeof(*out));
	destroy(ec, &c);
}

/* The path opens: what the filter adds then is worse than nothing and ends at once. */
static void lets_go_of_an_open_path(void **state)
{
	struct echocan_config c = config(64);
	struct echocan *ec = create(&c);
	struct echocan_stats stats;

	(void)state;
	put_noise(0, 4 * RATE, 4000);
	put_echo(0, 2 * RATE, 40, 0.7);
	memset(sin_ + 2 * RATE, 0, 2 * RATE * sizeof(*sin_));
	run(ec, 0, 4 * RATE);
	echocan_read_stats(ec, &stats);
	assert_true(stats.resets >= 1);
	/* -60 dBm0 */
	assert_true(power(out, 3 * RATE, 4 * RATE) / RATE < 16.1 * 16.1);
	destroy(ec, &c);
}

enum odd { SQUARES, DC, LOOP, SLIPS, SHORT_TAIL, HUM, TONE, LOUD_NOISE, ODDS };

static void put_odd(enum odd odd, int i)
{
	switch (odd) {
	case SQUARES:
		rin[i] = (int16_t)(i / 9 & 1 ? 32767 : -32768);
		sin_[i] = (int16_t)(i / 7 & 1 ? -32768 : 32767);
		break;
	case DC:
		rin[i] = 32000;
		sin_[i] = -20000;
		break;
	case LOOP:
		rin[i] = line(wave_gauss() * 6000);
		sin_[i] = rin[i];
		break;
	case SLIPS:
		rin[i] = line(wave_gauss() * 6000);
		sin_[i] = line(echo(i, 40 + (i / RATE & 1) * 8, 0.7));
		break;
	case SHORT_TAIL:
		rin[i] = line(wave_gauss() * 6000);
		sin_[i] = line(echo(i, 900, 0.7));
		break;
	case HUM:
		rin[i] = line(8000 * sin(2 * M_PI * 50 * i / RATE) +
			      4000 * sin(2 * M_PI * 150 * i / RATE));
		sin_[i] = line(0.6 * rin[i] + 2000 * sin(2 * M_PI * 100 * i / RATE));
		break;
	case TONE:
		rin[i] = line(12000 * sin(2 * M_PI * 1004 * i / RATE));
		sin_[i] = line(echo(i, 40, 0.7));
		break;
	default: rin[i] = line(wave_gauss() * 30000); sin_[i] = line(echo(i, 40, 3));
	}
}

/* After each, ordinary echo is cancelled again; during each, output is not louder than input. */
static void survives(void **state)
{
	(void)state;
	for (int odd = 0; odd < ODDS; odd++) {
		struct echocan_config c = config(64);
		struct echocan *ec = create(&c);

		for (int i = 0; i < 8 * RATE; i++)
			put_odd((enum odd)odd, i);
		put_noise(8 * RATE, N, 4000);
		put_echo(8 * RATE, N, 100, 0.5);
		run(ec, 0, N);
		for (int from = RATE; from < 8 * RATE; from += RATE / 2)
			assert_true(erle(from, from + RATE / 2) > -3);
		assert_true(erle(RATE, 8 * RATE) > -0.5);
		if (erle(N - RATE, N) <= 25)
			print_message("# odd signal %d: %.1f dB afterwards\n", odd,
				      erle(N - RATE, N));
		assert_true(erle(N - RATE, N) > 25);
		destroy(ec, &c);
	}
}

/* An hour of idle code learns nothing and forgets nothing. */
static void silence_for_an_hour(void **state)
{
	struct echocan_config c = config(64);
	struct echocan *ec = create(&c);

	(void)state;
	put_noise(0, 3 * RATE, 4000);
	put_echo(0, 3 * RATE, 40, 0.7);
	run(ec, 0, 2 * RATE);
	for (int n = 0; n < 3600; n++) {
		static int16_t idle[RATE], quiet[RATE];

		for (int i = 0; i < RATE; i++)
			idle[i] = quiet[i] = 8;
		echocan_process(ec, idle, quiet, RATE);
		assert_true(idle[RATE - 1] >= -8 && idle[RATE - 1] <= 24);
	}
	echocan_freeze(ec, true);
	run(ec, 2 * RATE, 3 * RATE);
	assert_true(erle(2 * RATE + 1000, 3 * RATE) > 30);
	destroy(ec, &c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bad_configurations),
		cmocka_unit_test(same_bits_everywhere),
		cmocka_unit_test(cancels_and_follows),
		cmocka_unit_test(keeps_in_double_talk),
		cmocka_unit_test(frozen_does_not_learn),
		cmocka_unit_test(lets_go_of_an_open_path),
		cmocka_unit_test(survives),
		cmocka_unit_test(silence_for_an_hour),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
