/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the bench needs of an echo canceller, ours and others'.
 */
#ifndef BENCH_ECHO_CANCELLER_H
#define BENCH_ECHO_CANCELLER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum law { LAW_A, LAW_MU };

/**
 * struct canceller - one kind of echo canceller
 * @name: as on the command line and in the tables
 * @delay: samples that it adds between Sin and Sout
 * @nlp_delay: and so many more with the NLP on
 * @create: @tail_ms 16..128; NLP on, adapting; NULL if there is none of that size
 * @process: in @io Sin, out Sout; @n samples, @rin as long; linear at G.711's 16-bit scale
 * @freeze: stop or go on learning
 * @nlp: non-linear processor on or off; NULL if there is none
 * @overrun: octets that were written outside its own memory so far; NULL if not watched
 * @says: bits of enum canceller_says; NULL if it does not tell
 */
struct canceller {
	const char *name;
	int delay, nlp_delay;
	void *(*create)(int tail_ms, enum law law);
	void (*process)(void *state, int16_t *io, const int16_t *rin, int n);
	void (*freeze)(void *state, bool frozen);
	void (*nlp)(void *state, bool on);
	size_t (*overrun)(const void *state);
	int (*says)(const void *state);
	void (*free)(void *state);
};

enum canceller_says {
	SAYS_WRONG_LAW = 1,
	SAYS_BEYOND_TAIL = 2,
	SAYS_DISABLED = 4,
};

/* Those that this program was linked with; the last one is NULL. */
extern const struct canceller *const cancellers[];

extern const struct canceller canceller_ours, canceller_oslec, canceller_mg2, canceller_kb1,
	canceller_speex, canceller_spandsp, canceller_none;

#endif
