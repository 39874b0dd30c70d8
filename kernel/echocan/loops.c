/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * loops.c: the inner loops, compiled for each kind of processor. The kernel keeps to the plain ones:
 * vector registers are not its own there.
 */
#include "echocan/internal.h"

#define LOOP(name) name##_scalar
#define TARGET
#include "echocan/loops.inc"

#if !defined(__KERNEL__) && defined(__x86_64__)
#ifdef __clang__
#define FAST
#else
#define FAST __attribute__((optimize("O3")))
#endif

#define LOOP(name) name##_sse2
#define TARGET     FAST __attribute__((target("sse2")))
#include "echocan/loops.inc"

#define LOOP(name) name##_avx2
#define TARGET     FAST __attribute__((target("avx2")))
#include "echocan/loops.inc"

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
