/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The non-linear processor behind a canceller whose misadjustment is given: residual echo gone from 1 s,
 * near end untouched, double talk too, onsets whole, background even, after a path change again; and
 * whatever comes in, nothing louder goes out.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "echocan/nlp.h"
#include "waves.h"

#define N      (8 * RATE)
#define DELAY  80
#define SPREAD 96

static int16_t far[N], sin_[N], err[N], out[N];
static double near[N];
static double path[SPREAD], wrong[SPREAD];

/* An echo path with the loss @erl, and an error of the same size to be scaled. */
static void make_path(double erl)
{
	double a = 0, b = 0;

	for (int k = 0; k < SPREAD; k++) {
		path[k] = wave_gauss() * exp(-k / 20.0);
		wrong[k] = wave_gauss() * exp(-k / 40.0);
		a += path[k] * path[k];
		b += wrong[k] * wrong[k];
	}
	for (int k = 0; k < SPREAD; k++) {
		path[k] *= pow(10, -erl / 20) / sqrt(a);
		wrong[k] *= pow(10, -erl / 20) / sqrt(b);
	}
}

static double filtered(const double *h, int at)
{
	double sum = 0;

	for (int k = 0; k < SPREAD && at - DELAY - k >= 0; k++)
		sum += h[k] * far[at - DELAY - k];
	return sum;
}

/* Bursts of 250 ms with pauses of 100, like the composite source signal. */
static void put_far(int from, int to, double dbm0)
{
	for (int i = from; i < to; i++)
		far[i] = wave_alaw(i % 2800 < 2000 ? wave_gauss() * wave_rms(dbm0) : 0);
}

/* A voice: harmonics of 140 Hz that move, words of 300 ms with pauses of 150 ms. */
static void put_near(int from, int to, double dbm0)
{
	for (int i = from; i < to; i++) {
		double t = (double)i / RATE, sum = 0;
		double word = fmod(t, 0.45) < 0.3 ? sin(M_PI * fmod(t, 0.45) / 0.3) : 0;

		for (int h = 1; h < 20; h++)
			sum += sin(h * (2 * M_PI * 140 * t + 3 * sin(t * 9))) / h;
		near[i] += 1.4 * word * sum * wave_rms(dbm0);
	}
}

static void put_background(int from, int to, double dbm0)
{
	for (int i = from; i < to; i++)
		near[i] += wave_gauss() * wave_rms(dbm0);
}

/* A canceller that starts at @from with nothing and gains 20 dB each 150 ms, down to 40 dB. */
static void cancel(int from, int to)
{
	for (int i = from; i < to; i++) {
		double echo = filtered(path, i), misadjusted = filtered(wrong, i);
		double share = pow(10, -(i - from) / 1200.0);

		sin_[i] = wave_alaw(echo + near[i]);
		if (i - from < 240)
			err[i] = sin_[i];
		else
			err[i] = (int16_t)fmax(
				-32768,
				fmin(32767,
				     sin_[i] - lrint(echo + misadjusted * fmax(share, 0.01))));
	}
}

static void process(int from, int to, struct nlp *p)
{
	nlp_process(p, out + from, far + from, sin_ + from, err + from, to - from, false);
}

static void start(struct nlp *p)
{
	const struct nlp_config config = {.tail_ms = 64, .comfort = true, .seed = 11};

	memset(near, 0, sizeof(near));
	nlp_init(p, &config);
}

/* The loudest 35 ms from @from to @to as on the line, without DC. */
static double loudest(int from, int to)
{
	double most = 0;

	for (int i = from; i + 280 <= to; i += 70) {
		double sum = 0, squares = 0;

		for (int k = i; k < i + 280; k++) {
			double x = wave_alaw(out[k]);

			sum += x;
			squares += x * x;
		}
		squares = squares / 280 - sum / 280 * sum / 280;
		most = fmax(most, squares);
	}
	return wave_dbm0(most);
}

/* How much of @near is in @x [dB]. */
static double gain(const int16_t *x, int from, int to)
{
	double both = 0, power = 0;

	for (int i = from; i < to; i++) {
		both += x[i] * near[i];
		power += near[i] * near[i];
	}
	return 20 * log10(fabs(both) / power + 1e-9);
}

static void test_residual_echo(void **state)
{
	static const double losses[] = {6, 10, 20}, levels[] = {-10, -15};
	struct nlp p;

	(void)state;
	for (int i = 0; i < 6; i++) {
		double level;

		start(&p);
		put_far(0, N, levels[i % 2]);
		make_path(losses[i / 2]);
		cancel(0, N);
		process(0, N, &p);
		/* G.168 test 2A: 20 dB from 50 ms, -65 dBm0 from 1 s. */
		level = loudest(400, RATE);
		if (level > levels[i % 2] - 20)
			fail_msg("ERL %g: %g dBm0 within the first second", losses[i / 2], level);
		level = loudest(RATE, N);
		if (level > -65)
			fail_msg("ERL %g: %g dBm0 after the first second", losses[i / 2], level);
	}
}

static void test_path_change(void **state)
{
	struct nlp p;

	(void)state;
	for (int told = 0; told < 2; told++) {
		start(&p);
		put_far(0, N, -10);
		make_path(10);
		cancel(0, N / 2);
		process(0, N / 2, &p);
		make_path(8);
		cancel(N / 2, N);
		if (told)
			nlp_path_lost(&p);
		process(N / 2, N, &p);
		if (told)
			assert_true(loudest(N / 2 + 400, N) < -30);
		assert_true(loudest(N / 2 + RATE, N) <= -65);
	}
}

static void test_near_alone(void **state)
{
	struct nlp p;

	(void)state;
	start(&p);
	memset(far, 0, sizeof(far));
	put_near(0, N, -20);
	put_background(0, N, -50);
	cancel(0, N);
	process(0, N, &p);
	assert_memory_equal(out, sin_, sizeof(out));
	/* The far end's own idle noise makes no difference, path known or not. */
	for (int i = 0; i < N; i++)
		far[i] = wave_alaw(wave_gauss() * 12);
	start(&p);
	put_near(0, N, -20);
	cancel(0, N);
	process(0, N, &p);
	assert_memory_equal(out, err, sizeof(out));
}

static void test_double_talk(void **state)
{
	static const double losses[] = {6, 10, 20}, below[] = {0, 6, 12};
	struct nlp p;

	(void)state;
	for (int i = 0; i < 9; i++) {
		double db;

		start(&p);
		put_far(0, N, -12);
		make_path(losses[i / 3]);
		put_near(2 * RATE, N, -12 - below[i % 3]);
		cancel(0, N);
		process(0, N, &p);
		assert_true(loudest(RATE, 2 * RATE) <= -65);
		db = gain(out, 2 * RATE, N) - gain(err, 2 * RATE, N);
		if (db < -0.5)
			fail_msg("ERL %g, near end %g dB below: %g dB lost", losses[i / 3],
				 below[i % 3], -db);
	}
}

/* A word over the echo: what is lost of its beginning is below the echo that hides it. */
static void test_onset(void **state)
{
	const int begin = 2 * RATE + 300;
	struct nlp p;

	(void)state;
	start(&p);
	put_far(0, N, -12);
	make_path(10);
	for (int i = begin; i < begin + 2400; i++)
		near[i] = fmin(1, (i - begin) / 160.0) * wave_peak(-15) * sin((i - begin) * 0.3);
	cancel(0, N);
	process(0, N, &p);
	assert_in_range(abs(out[begin - 10]), 0, 8);
	/* Whole after 4 ms, although it takes 20 to rise. */
	for (int i = begin + 32; i < begin + 2400; i++)
		assert_int_equal(out[i], err[i]);
	/* And closed 70 ms later. */
	assert_true(loudest(begin + 2400 + 560, begin + 2400 + 560 + 1500) <= -65);
}

/* Test 9, and no step that could be heard when the far end starts and stops. */
static void test_background(void **state)
{
	double closed, open;
	struct nlp p;

	(void)state;
	start(&p);
	put_far(0, N, -10);
	memset(far + 3 * RATE, 0, 2 * RATE * sizeof(far[0]));
	make_path(10);
	put_background(RATE, N, -45);
	cancel(0, N);
	process(0, N, &p);
	open = wave_dbm0(wave_mean_square(out + 4 * RATE, RATE));
	closed = wave_dbm0(wave_mean_square(out + 5 * RATE, 3 * RATE));
	assert_true(fabs(open + 45) < 0.5);
	assert_true(fabs(closed - open) < 1);
	for (int i = 4 * RATE; i + 700 <= N; i += 350)
		assert_true(fabs(wave_dbm0(wave_mean_square(out + i, 700)) + 45) < 1.5);
	/* Without comfort noise there is silence. */
	start(&p);
	p.comfort = false;
	process(0, N, &p);
	assert_true(loudest(5 * RATE + 2800, 5 * RATE + 4400) < -80);
}

/* A line without any echo: nobody is cut because the canceller has nothing to find. */
static void test_no_echo(void **state)
{
	struct nlp p;

	(void)state;
	start(&p);
	for (int i = 0; i < N; i++)
		far[i] = wave_alaw(wave_gauss() * wave_rms(-15));
	memset(path, 0, sizeof(path));
	memset(wrong, 0, sizeof(wrong));
	put_near(2 * RATE, N, -30);
	cancel(0, N);
	process(0, N, &p);
	assert_true(gain(out, 3 * RATE, N) > -0.5);
}

static void test_pass(void **state)
{
	struct nlp p;

	(void)state;
	start(&p);
	put_far(0, N, -10);
	make_path(6);
	cancel(0, N);
	nlp_process(&p, out, far, sin_, err, N, true);
	assert_memory_equal(out, err, sizeof(out));
}

static void test_never_louder(void **state)
{
	struct nlp p;

	(void)state;
	start(&p);
	for (int i = 0; i < N; i++) {
		far[i] = wave_random() < 0.5 ? 32767 : -32768;
		sin_[i] = i / 3 % 2 ? 32767 : -32768;
		err[i] = wave_random() < 0.5 ? 32767 : -32768;
	}
	process(0, N, &p);
	put_far(0, N, -10);
	make_path(10);
	cancel(0, N);
	process(0, N, &p);
	/* And it finds back. */
	assert_true(loudest(2 * RATE, N) <= -65);
	for (int i = 0; i < N; i++)
		assert_true(abs(out[i]) <= abs(err[i]) + 400);
}

static void test_any_cut(void **state)
{
	struct nlp whole, cut;

	(void)state;
	start(&whole);
	put_far(0, N, -10);
	make_path(6);
	put_near(2 * RATE, 3 * RATE, -15);
	put_background(0, N, -50);
	cancel(0, N);
	process(0, N, &whole);
	start(&cut);
	for (int i = 0, n; i < N; i += n) {
		int16_t part[300];

		n = 1 + (int)(wave_random() * 299);
		if (n > N - i)
			n = N - i;
		/* In place. */
		memcpy(part, err + i, n * sizeof(part[0]));
		nlp_process(&cut, part, far + i, sin_ + i, part, n, false);
		assert_memory_equal(part, out + i, n * sizeof(part[0]));
	}
	assert_memory_equal(&whole, &cut, sizeof(cut));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_residual_echo), cmocka_unit_test(test_path_change),
		cmocka_unit_test(test_near_alone),    cmocka_unit_test(test_double_talk),
		cmocka_unit_test(test_onset),         cmocka_unit_test(test_background),
		cmocka_unit_test(test_no_echo),       cmocka_unit_test(test_pass),
		cmocka_unit_test(test_never_louder),  cmocka_unit_test(test_any_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
