/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Test signals of the tone bench: sums of tones and noise in floating point, made into samples
 * over A-law. Everything random comes from one seed.
 */
#ifndef BENCH_SIGNAL_H
#define BENCH_SIGNAL_H

#include <stddef.h>
#include <stdint.h>

#define SIGNAL_MAX 240000 /* samples */

struct signal {
	double x[SIGNAL_MAX];
	int16_t pcm[SIGNAL_MAX];
	size_t n;
	uint64_t seed;
};

/** signal_random() - 0 .. 1 */
double signal_random(struct signal *s);
/** signal_below() - 0 .. n - 1 */
unsigned signal_below(struct signal *s, unsigned n);

/** signal_clear() - silence of @n samples */
void signal_clear(struct signal *s, size_t n);
/** signal_tone() - add a sine of random phase from sample @from for @n samples */
void signal_tone(struct signal *s, double hz, double dbm0, size_t from, size_t n);
/** signal_digit() - add both tones of a digit; @off: part of the frequency, for each */
void signal_digit(struct signal *s, char digit, const double dbm0[2], const double off[2],
		  size_t from, size_t n);
/** signal_mute() - silence from @from for @n samples */
void signal_mute(struct signal *s, size_t from, size_t n);
/** signal_noise() - add white noise, its power from 0 to 4 kHz */
void signal_noise(struct signal *s, double dbm0);
/** signal_answer() - add 2100 Hz with AM of depth @am and a turn of the phase each @turn samples */
void signal_answer(struct signal *s, double dbm0, double am, size_t turn, double degrees,
		   size_t from, size_t n);
/** signal_v21() - add flags of V.21 channel 2 */
void signal_v21(struct signal *s, double dbm0, size_t from, size_t n);
/** signal_line() - make samples, through A-law */
void signal_line(struct signal *s);

#endif
