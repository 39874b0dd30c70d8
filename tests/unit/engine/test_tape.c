/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Digits on tape: what was typed is not in the file, for our detector, for SpanDSP's, and to the
 * sample; all else is.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <stdio.h>
#include <unistd.h>

#include <spandsp.h>

#include "../channel/tone_rig.h"
#include "engine/tape.h"

#define TICK 8
#define HEAD 4096 /* a header of a file is shorter */
#define NEAR (DIGITMUTE_MARGIN + 24) /* a margin, and 3 ms that an edge may be off */

static uint8_t in[TAPE_TRACKS][RIG_MAX], file[TAPE_TRACKS * RIG_MAX + HEAD];
static const uint8_t *kept; /* frames in the file */
static size_t n_kept;
static struct recorder *recorder;
static struct recording *recording;
static struct toneset set[TAPE_TRACKS];
static struct tape tape;
static char path[64];
static struct {
	size_t from, to;
} digit[RIG_MAX / 400];
static unsigned n_digits;

static int setup(void **state)
{
	(void)state;
	rig.seed = 11;
	n_digits = 0;
	snprintf(path, sizeof(path), "/tmp/test_tape.%d.wav", getpid());
	recorder = recorder_new(NULL, NULL);
	return !recorder || dtmf_compile(&dtmf_limits_usual, &rig.rule);
}

static int teardown(void **state)
{
	(void)state;
	recorder_free(recorder);
	unlink(path);
	return 0;
}

/* ---- signals ---- */

/* rig.x is what comes on a track. */
static void heard_on(int track)
{
	for (size_t i = 0; i < rig.n; i++)
		in[track][i] = alaw_encode((int16_t)lrint(fmax(-32768, fmin(32767, rig.x[i]))));
}

static void press(size_t from, size_t n, double low, double high)
{
	double off[2] = {(rig_random(2001) - 1000.0) * 1.5e-5,
			 (rig_random(2001) - 1000.0) * 1.5e-5};

	rig_key(RIG_KEYS[rig_random(16)], low, high, off, from, n);
	digit[n_digits].from = from;
	digit[n_digits++].to = from + n;
}

/* Digits of @least .. @most samples with pauses, at levels and twists that must be understood. */
static void type(size_t from, size_t to, size_t least, size_t most)
{
	while (from + most < to) {
		size_t n = least + rig_random((unsigned)(most - least + 1));
		double low = -5 - (double)rig_random(160) / 10;

		press(from, n, low, low + (double)rig_random(81) / 10 - 5);
		from += n + 320 + rig_random(2000);
	}
}

/* Something like a voice: glides and bursts that no detector takes for digits. */
static void talk(size_t from, size_t n)
{
	double phase = 0;

	for (size_t i = from; i < from + n; i++) {
		double t = (double)i / 8000;
		double hz = 140 + 30 * sin(2 * M_PI * 2.3 * t), sum = 0;

		phase += 2 * M_PI * hz / 8000;
		for (int k = 1; k < 20; k++)
			sum += sin(k * phase) / k;
		rig.x[i] += 3000 * sum * (1 + sin(2 * M_PI * 3.1 * t)) / 2;
	}
}

/* ---- tapes ---- */

static void begin(bool no_digits)
{
	assert_int_equal(recording_start(recorder, path, 0, 1, &recording), 0);
	for (int i = 0; i < TAPE_TRACKS; i++) {
		toneset_init(&set[i], &rig.rule, NULL, (unsigned)i * 8);
		toneset_set(&set[i], TONESET_DIGITS);
	}
	tape_start(&tape, recording, no_digits);
}

/* Ticks @from .. @to of both tracks, times ahead by @ahead. */
static void run(size_t from, size_t to, int64_t ahead, bool private_line, bool private_peer)
{
	for (size_t at = from; at < to; at += TICK) {
		const uint8_t *octets[TAPE_TRACKS] = {in[0] + at, in[1] + at};
		struct tape_voice voice[TAPE_TRACKS] = {{&set[0].dtmf, private_line},
							{&set[1].dtmf, private_peer}};

		for (int i = 0; i < TAPE_TRACKS; i++) {
			struct toneset_event ev[TONESET_EVENTS];
			int16_t pcm[TICK];
			unsigned n;

			alaw_decode_block(pcm, octets[i], TICK);
			for (size_t k = 0; k < TICK;)
				k += toneset_feed(&set[i], ahead + (int64_t)(at + k), pcm + k,
						  TICK - k, ev, &n);
		}
		tape_put(&tape, ahead + (int64_t)at, octets, voice, TICK);
		if (at % 8000 == 0)
			recorder_flush(recorder);
	}
}

static void end(void)
{
	struct recording_result res;
	size_t n;
	FILE *f;

	tape_end(&tape);
	assert_null(tape.recording);
	recording_stop(recording);
	recorder_flush(recorder);
	assert_int_equal(recorder_result(recorder, &res), 1);
	assert_int_equal(res.lost, 0);
	f = fopen(path, "rb");
	assert_non_null(f);
	n = fread(file, 1, sizeof(file), f);
	fclose(f);
	kept = memmem(file, HEAD, "data", 4);
	assert_non_null(kept);
	kept += 8;
	n_kept = (size_t)(file + n - kept) / TAPE_TRACKS;
	assert_int_equal(n_kept, res.samples);
}

static uint8_t on_file(int track, size_t i)
{
	return kept[TAPE_TRACKS * i + (size_t)track];
}

/* The digit that sample @i is in, or within @near samples of: its number, or -1. */
static int in_digit(size_t i, size_t near)
{
	for (unsigned k = 0; k < n_digits; k++) {
		if (i + near >= digit[k].from && i < digit[k].to + near)
			return (int)k;
	}
	return -1;
}

/* Silence from begin to end of each digit; beside them, and but for the end, the same as it came. */
static void check(int track, size_t n)
{
	size_t touched = 0, unseen = tape.no_digits ? DIGITMUTE_OPEN : 0;

	assert_int_equal(n_kept, n);
	for (size_t i = 0; i < n; i++) {
		bool same = on_file(track, i) == in[track][i];
		int k = in_digit(i, 0);

		touched += !same;
		if (k >= 0 && on_file(track, i) != ALAW_IDLE)
			fail_msg("digit %d of %zu samples: %zu of it remains", k,
				 digit[k].to - digit[k].from, i - digit[k].from);
		if (!same && in_digit(i, NEAR) < 0 && i < n - unseen)
			fail_msg("sample %zu, beside any digit, is not as it was", i);
	}
	assert_true(n_digits == 0 || touched > 0);
}

/* ---- what others hear in it ---- */

static void count_digits(void *user, const char *digits, int n)
{
	(void)digits;
	*(int *)user += n;
}

static int heard_by_spandsp(const int16_t *pcm, size_t n)
{
	int found = 0;
	dtmf_rx_state_t *rx = dtmf_rx_init(NULL, count_digits, &found);

	assert_non_null(rx);
	for (size_t i = 0; i + 160 <= n; i += 160)
		dtmf_rx(rx, pcm + i, 160);
	dtmf_rx_free(rx);
	return found;
}

static int heard_by_us(const int16_t *pcm, size_t n)
{
	static struct toneset ours;
	struct toneset_event ev[TONESET_EVENTS];
	unsigned events;
	int found = 0;

	toneset_init(&ours, &rig.rule, NULL, 5);
	toneset_set(&ours, TONESET_DIGITS);
	for (size_t i = 0; i < n;) {
		i += toneset_feed(&ours, (int64_t)i, pcm + i, n - i, ev, &events);
		found += (int)events;
	}
	return found;
}

/* Return: digits that either finds in a track of the file. */
static int heard_in_file(int track, int *spandsp)
{
	static int16_t pcm[RIG_MAX];

	for (size_t i = 0; i < n_kept; i++)
		pcm[i] = alaw_decode(on_file(track, i));
	*spandsp = heard_by_spandsp(pcm, n_kept);
	return heard_by_us(pcm, n_kept);
}

static void nobody_hears(int track)
{
	int spandsp, ours = heard_in_file(track, &spandsp);

	assert_int_equal(ours, 0);
	assert_int_equal(spandsp, 0);
}

/* ---- tests ---- */

/* Any lengths, levels, twists, at the edge of the window of looks or not, noise beside them. */
static void digits_are_gone(void **state)
{
	int spandsp;

	(void)state;
	rig_clear(RIG_MAX);
	rig_noise(-50);
	type(4000, RIG_MAX, 320, 2400);
	heard_on(TAPE_FROM_LINE);
	rig_clear(RIG_MAX);
	talk(0, RIG_MAX);
	heard_on(TAPE_TO_LINE);
	begin(false);
	run(0, RIG_MAX, 0, false, false);
	end();
	assert_true(heard_in_file(TAPE_FROM_LINE, &spandsp) >= (int)n_digits);
	assert_true(spandsp > (int)n_digits / 2);
	assert_true(n_digits > 200);

	begin(true);
	run(0, RIG_MAX, 77777 * (int64_t)8, false, false);
	end();
	check(TAPE_FROM_LINE, RIG_MAX);
	nobody_hears(TAPE_FROM_LINE);
	n_digits = 0; /* on the other track: nothing is touched */
	check(TAPE_TO_LINE, RIG_MAX);
}

/* Shorter than a digit, which we do not take for one but a receiver that is less strict may. */
static void short_ones_too(void **state)
{
	(void)state;
	rig_clear(RIG_MAX);
	rig_noise(-50);
	for (size_t at = 4000; at + 2000 < RIG_MAX; at += 640 + rig_random(64))
		press(at, 160 + rig_random(160), -8, -7);
	heard_on(TAPE_FROM_LINE);
	memset(in[TAPE_TO_LINE], ALAW_IDLE, RIG_MAX);
	begin(true);
	run(0, RIG_MAX, 0, false, false);
	end();
	nobody_hears(TAPE_FROM_LINE);
}

/* Under noise edges are found less well; that nobody hears them stays true. */
static void in_noise(void **state)
{
	int spandsp;

	(void)state;
	rig_clear(RIG_MAX);
	rig_noise(-22); /* 2 to 22 dB below them */
	type(4000, RIG_MAX, 400, 2400);
	heard_on(TAPE_FROM_LINE);
	memset(in[TAPE_TO_LINE], ALAW_IDLE, RIG_MAX);
	begin(false);
	run(0, RIG_MAX, 0, false, false);
	end();
	assert_true(heard_in_file(TAPE_FROM_LINE, &spandsp) > (int)n_digits / 2);
	begin(true);
	run(0, RIG_MAX, 0, false, false);
	end();
	nobody_hears(TAPE_FROM_LINE);
}

/* Both parties type and talk; only what is private goes, to the end of the last digit. */
static void only_what_is_private(void **state)
{
	size_t half = 160000, n = 320000;

	(void)state;
	rig_clear(n);
	press(20000, 800, -8, -6); /* public */
	press(159840, 800, -8, -6); /* its collection begins and ends within it */
	heard_on(TAPE_FROM_LINE);
	rig_clear(n);
	press(40000, 800, -8, -6);
	heard_on(TAPE_TO_LINE);

	begin(false);
	run(0, 100000, 0, false, false);
	run(100000, half + 200, 0, true, false);
	run(half + 200, n, 0, false, false);
	end();
	digit[0] = digit[1];
	n_digits = 1;
	check(TAPE_FROM_LINE, n);
	n_digits = 0;
	check(TAPE_TO_LINE, n);

	begin(false);
	run(0, n, 0, false, true);
	end();
	n_digits = 0;
	check(TAPE_FROM_LINE, n);
	digit[0].from = 40000;
	digit[0].to = 40800;
	n_digits = 1;
	check(TAPE_TO_LINE, n);
}

/* A recording that ends, or whose peer goes, at any moment of a digit. */
static void cut_off_in_a_digit(void **state)
{
	(void)state;
	for (size_t more = 0; more <= 1000; more += 8) {
		size_t n = 16000 + more;

		n_digits = 0;
		rig_clear(32000);
		press(16000, 800, -8, -6);
		heard_on(TAPE_FROM_LINE);
		heard_on(TAPE_TO_LINE);
		begin(true);
		run(0, n, 0, false, false);
		if (more % 16) {
			/* He is gone from here on; it goes on without him. */
			const uint8_t idle[TICK] = {ALAW_IDLE, ALAW_IDLE, ALAW_IDLE, ALAW_IDLE,
						    ALAW_IDLE, ALAW_IDLE, ALAW_IDLE, ALAW_IDLE};
			const uint8_t *octets[TAPE_TRACKS] = {idle, idle};
			struct tape_voice nobody[TAPE_TRACKS] = {{0}, {0}};

			for (size_t at = n; at < n + 8000; at += TICK)
				tape_put(&tape, (int64_t)at, octets, nobody, TICK);
			n += 8000;
		}
		end();
		assert_int_equal(n_kept, n);
		for (int track = 0; track < TAPE_TRACKS; track++) {
			for (size_t i = 16000; i < n; i++) {
				if (in_digit(i, 0) >= 0 && i < 16000 + more)
					assert_int_equal(on_file(track, i), ALAW_IDLE);
			}
			for (size_t i = 0; i + DIGITMUTE_OPEN < 16000; i++)
				assert_int_equal(on_file(track, i), in[track][i]);
		}
	}
}

/* What is shorter than the delay is kept whole, and nothing is. */
static void short_recordings(void **state)
{
	(void)state;
	rig_clear(2000);
	rig_noise(-20);
	heard_on(TAPE_FROM_LINE);
	heard_on(TAPE_TO_LINE);
	for (size_t n = 8; n < 2000; n += 8) {
		begin(false);
		run(0, n, 4096, false, false);
		end();
		n_digits = 0;
		check(TAPE_FROM_LINE, n);
		check(TAPE_TO_LINE, n);
	}
	begin(true);
	end();
	assert_int_equal(n_kept, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(digits_are_gone, setup, teardown),
		cmocka_unit_test_setup_teardown(short_ones_too, setup, teardown),
		cmocka_unit_test_setup_teardown(in_noise, setup, teardown),
		cmocka_unit_test_setup_teardown(only_what_is_private, setup, teardown),
		cmocka_unit_test_setup_teardown(cut_off_in_a_digit, setup, teardown),
		cmocka_unit_test_setup_teardown(short_recordings, setup, teardown),
	};

	return cmocka_run_group_tests_name("tape", tests, NULL, NULL);
}
