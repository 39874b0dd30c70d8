/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * loops.c: the inner loops, compiled for each kind of processor. The kernel keeps to the plain ones:
 * vector registers are not its own there.
 */
#include "echocan/internal.h"

/* fft_cos[] in Q14, for products of 32 bit. */
static const int32_t lane_cos[FFT] = {
	16384,  16364,  16305,  16206,  16069,  15892,  15678,  15426,  15136,  14810,  14449,
	14053,  13622,  13159,  12665,  12139,  11585,  11002,  10393,  9759,   9102,   8423,
	7723,   7005,   6269,   5519,   4756,   3980,   3196,   2404,   1605,   803,    0,
	-804,   -1606,  -2405,  -3197,  -3981,  -4757,  -5520,  -6270,  -7006,  -7724,  -8424,
	-9103,  -9760,  -10394, -11003, -11586, -12140, -12666, -13160, -13623, -14054, -14450,
	-14811, -15137, -15427, -15679, -15893, -16070, -16207, -16306, -16365, -16384, -16365,
	-16306, -16207, -16070, -15893, -15679, -15427, -15137, -14811, -14450, -14054, -13623,
	-13160, -12666, -12140, -11586, -11003, -10394, -9760,  -9103,  -8424,  -7724,  -7006,
	-6270,  -5520,  -4757,  -3981,  -3197,  -2405,  -1606,  -804,   0,      803,    1605,
	2404,   3196,   3980,   4756,   5519,   6269,   7005,   7723,   8423,   9102,   9759,
	10393,  11002,  11585,  12139,  12665,  13159,  13622,  14053,  14449,  14810,  15136,
	15426,  15678,  15892,  16069,  16206,  16305,  16364,
};

/* Products of 64 bit that are put together from vectors' cost more than they are worth. */
#ifdef __clang__
#define NO_VECTORS
#else
#define NO_VECTORS __attribute__((optimize("no-tree-vectorize")))
#endif

#define WIDTH      BINS
#define LOOP(name) name##_scalar
#define TARGET
#include "echocan/loops.inc"
#include "echocan/plain.inc"
#undef WIDTH

#if !defined(__KERNEL__) && defined(__x86_64__)
#define WIDTH STRIDE
#ifdef __clang__
#define FAST
#else
#define FAST __attribute__((optimize("O3")))
#endif

#define LOOP(name) name##_sse2
#define TARGET     FAST __attribute__((target("sse2")))
#include "echocan/loops.inc"
#include "echocan/plain.inc"

#define LOOP(name) name##_avx2
#define TARGET     FAST __attribute__((target("avx2")))
#include "echocan/loops.inc"
#include "echocan/avx2.inc"
#include "echocan/fft_avx2.inc"
#undef LOOP
#undef TARGET

static const struct loops loops_avx2 = {
	.fir = fir_avx2,
	.real_forward = real_forward_avx2,
	.real_inverse = real_inverse_avx2,
	.bits = bits_avx2,
	.power = power_avx2,
	.shorten = shorten_avx2,
	.size = size_avx2,
	.energy = energy_avx2,
	.fade = fade_avx2,
	.predict = predict_avx2,
	.weigh = weigh_avx2,
	.share = share_avx2,
	.update = update_avx2,
	.pack = pack_avx2,
	.inverse = inverse_avx2,
	.taps = taps_avx2,
	.begin = begin_avx2,
	.forward = forward_avx2,
	.unpack = unpack_avx2,
};

const struct loops *loops_choose(enum echocan_simd simd)
{
	if (simd >= ECHOCAN_AVX2 && __builtin_cpu_supports("avx2"))
		return &loops_avx2;
	return simd >= ECHOCAN_SSE2 ? &loops_sse2 : &loops_scalar;
}
#else
const struct loops *loops_choose(enum echocan_simd simd)
{
	(void)simd;
	return &loops_scalar;
}
#endif
