/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How much a driver uses its card: register accesses, in all and a millisecond.
 *
 * On a real card each interrupt is served within its millisecond. Here the guest may be late, so a
 * window lasts from one interrupt message to the next: what one interrupt costs, however long it took.
 * Pure.
 */
#ifndef CARD_ACCESS_H
#define CARD_ACCESS_H

#include <stdint.h>

#define ACCESS_BINS 65 /* windows with 0..63 accesses; the last bin: more */

/**
 * struct access_counters - since access_reset()
 * @reads, @writes: register accesses, BAR only
 * @ms: milliseconds of line time
 * @windows: of these, ended by an interrupt
 * @worst: most accesses in one window; @worst_reads, @worst_writes: what they were
 * @bin: windows by their number of accesses
 */
struct access_counters {
	uint64_t reads, writes, ms, windows;
	uint32_t worst, worst_reads, worst_writes;
	uint64_t bin[ACCESS_BINS];
};

struct access {
	struct access_counters count;
	uint32_t reads, writes; /* in the window that is open */
};

void access_reset(struct access *a);
void access_read(struct access *a);
void access_write(struct access *a);
/* A millisecond has passed. */
void access_ms(struct access *a);
/* An interrupt is sent: one window ends, the next begins. */
void access_interrupt(struct access *a);

#endif
