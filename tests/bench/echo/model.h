/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Numbers of ITU-T G.168 that the echo bench is made of.
 */
#ifndef BENCH_ECHO_MODEL_H
#define BENCH_ECHO_MODEL_H

#include <stdint.h>

#define VOICED_FAR  134 /* samples of a period at 44.1 kHz, table C.1 */
#define VOICED_NEAR 229 /* table C.3 */
#define METER_HALF  51 /* of 101 taps */

extern const int16_t voiced_far[VOICED_FAR];
extern const int16_t voiced_near[VOICED_NEAR];
extern const float meter_taps[METER_HALF];

#endif
