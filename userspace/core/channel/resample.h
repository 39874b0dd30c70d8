/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Any sampling rate to 8 kHz: polyphase, sinc windowed by Kaiser.
 *
 * 8000/rate is reduced to L/M; each of the L phases is an own FIR filter, computed
 * exactly (no interpolation between phases). Pass band to 3400 Hz (ripple below
 * 0.01 dB), stop band from 4000 Hz at -80 dB, that is 40 dB below what A-law can
 * tell; a source below 8 kHz has the edges in proportion to its rate. Output sample
 * k lies at input time k/8000 s exactly: the filter's delay is taken out.
 */
#ifndef CORE_CHANNEL_RESAMPLE_H
#define CORE_CHANNEL_RESAMPLE_H

#include <stddef.h>
#include <stdint.h>

#define RESAMPLE_RATE_MIN 4000
#define RESAMPLE_RATE_MAX 384000

struct resample {
	const float *bank; /* L filters of taps coefficients */
	float *line; /* last taps input samples, stored twice in a row */
	uint32_t l, m; /* 8000 / rate = l / m, reduced */
	uint32_t taps, half; /* taps = 2 * half */
	uint32_t fill; /* where the next input goes in line */
	int64_t due; /* time of the next output in 1/l input samples, from now */
	uint64_t in, out; /* samples taken and given */
};

/**
 * resample_size() - floats of memory that a rate needs
 * Return: floats (at most 2^20 + 2^18), -EINVAL: rate outside RESAMPLE_RATE_MIN ..
 * RESAMPLE_RATE_MAX, or so odd (44101 Hz) that the filters would not fit.
 */
int32_t resample_size(uint32_t rate);

/**
 * resample_init() - compute the filters
 * @mem: resample_size(rate) floats, the caller's, in use as long as @r
 * Return: 0, -EINVAL as resample_size().
 */
int resample_init(struct resample *r, uint32_t rate, float *mem);

/** resample_room() - most output samples that @n more input samples and the end can give */
size_t resample_room(const struct resample *r, size_t n);

/**
 * resample_feed() - @n samples in [-1, 1], full scale 32768
 * @out: room for resample_room(r, n) samples
 * Return: samples written; out of range values are clipped.
 */
size_t resample_feed(struct resample *r, const float *in, size_t n, int16_t *out);

/**
 * resample_end() - the samples that still wait for input
 * In all exactly ceil(in * 8000 / rate) samples have come out then.
 * @out: room for resample_room(r, 0) samples
 */
size_t resample_end(struct resample *r, int16_t *out);

#endif
