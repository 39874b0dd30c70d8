/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The level meter of ITU-T G.168 6.4.1.2: band-pass 300 to 3400 Hz, RMS over the last 35 ms.
 */
#ifndef BENCH_ECHO_METER_H
#define BENCH_ECHO_METER_H

#include <stddef.h>

#define METER_MS 35

/** band_pass() - @x filtered, centred (no delay), @n samples, malloc'd: the caller's */
float *band_pass(const float *x, size_t n);

/** level() - RMS over samples @from .. @to - 1 behind the band-pass [dBm0] */
double level(const float *x, size_t from, size_t to);

/** peak_level() - the largest 35 ms reading that lies within @from .. @to - 1 [dBm0] */
double peak_level(const float *x, size_t from, size_t to);

/** last_above() - end of the last 35 ms within @from .. @to - 1 that reads above @limit; @from if none */
size_t last_above(const float *x, size_t from, size_t to, double limit);

/**
 * louder() - the most by which 35 ms of @out are above the loudest 35 ms of @in within 175 ms [dB]
 *
 * Without band-pass. A canceller that is learning leaves some of the far end where the echo has not yet
 * come or is just over; that is not what is looked for. Nor are readings of @out below -50 dBm0, where
 * two small steps of the law make a big difference.
 */
double louder(const float *in, const float *out, size_t from, size_t to);

/** gain() - how much of @a is in @b [dB], by correlation; samples @from .. @to - 1, @b @delay later */
double gain(const float *a, const float *b, size_t from, size_t to, int delay);

#endif
