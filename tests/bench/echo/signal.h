/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Test signals of ITU-T G.168: samples at 8 kHz on the 16-bit scale, not yet rounded. A signal repeats
 * itself for ever. Everything is computed from fixed seeds: twice the same.
 */
#ifndef BENCH_ECHO_SIGNAL_H
#define BENCH_ECHO_SIGNAL_H

#include <stddef.h>
#include <stdint.h>

#define RATE 8000

/**
 * struct signal - samples that repeat
 * @x: @n samples, malloc'd
 * @at: next one
 */
struct signal {
	float *x;
	size_t n;
	size_t at;
};

/** dbm0() - level of an RMS value on the 16-bit scale [dBm0]; -120 at least */
double dbm0(double rms);
/** rms_of() - the RMS value of a level [dBm0] */
double rms_of(double level);

/** xrand() - next of a uniform 32-bit sequence; @state is any value but 0 */
uint32_t xrand(uint32_t *state);
/** gauss() - next normal deviate, mean 0, variance 1 */
double gauss(uint32_t *state);

/**
 * signal_css_far() - composite source signal of the far end, G.168 Annex C.1, period 700 ms
 * @level: of the voiced part and the noise together, pauses left out [dBm0]
 */
struct signal signal_css_far(double level);
/** signal_css_near() - of the near end, G.168 Annex C.3, period 800 ms */
struct signal signal_css_near(double level);
/** signal_white() - white Gaussian noise, 11 s long */
struct signal signal_white(double level, uint32_t seed);
/** signal_hoth() - noise of a room: white through y = 0.625 y + 0.375 x */
struct signal signal_hoth(double level, uint32_t seed);
/** signal_tone() - one tone or (@hz2 > 0) two of equal level, @level together; @phase of the first [rad] */
struct signal signal_tone(double hz1, double hz2, double level, double phase);
/** signal_square() - full-scale square wave */
struct signal signal_square(int period);
/** signal_dc() - @value all the time */
struct signal signal_dc(double value);
/** signal_ans() - 2100 Hz with a phase step of @degrees every 450 ms (0: none) */
struct signal signal_ans(double level, double degrees);
/**
 * signal_speech() - recorded speech, raw 16-bit host order
 * @level: of its active parts (10 ms blocks within 30 dB of the loudest 1 %) [dBm0]
 *
 * Return: .x is NULL if the file cannot be read or is shorter than a second.
 */
struct signal signal_speech(const char *path, double level);

/** signal_next() - next sample; 0 from a signal that is NULL */
double signal_next(struct signal *s);
void signal_free(struct signal *s);

#endif
