/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The board's logic (PLD): clock source and TDM resynchronisation, LEDs, version, E1/T1 jumper.
 *
 * Until a resynchronisation has been held for its 100 ms the channels are not where they belong.
 * Pure. Source: the fact sheet of the board, all of it observed behaviour.
 */
#ifndef CARD_PLD_H
#define CARD_PLD_H

#include <stdbool.h>
#include <stdint.h>

#include "check.h"

#define PLD_CLOCK   0
#define PLD_LED     1
#define PLD_VERSION 2
#define PLD_DUMMY   3 /* a write here before each read: without it some reads do not reach the bus */

#define PLD_CLOCK_LINE   0x01 /* recovered from the line, else own oscillator */
#define PLD_CLOCK_RESYNC 0x02
#define PLD_CLOCK_ON     0x04
#define PLD_CLOCK_T1     0x20 /* reading: the jumper says T1 */

#define PLD_LED_RED   0x01
#define PLD_LED_GREEN 0x02
#define PLD_LED_TEST  0x04

#define PLD_RESYNC_MS  100 /* prescribed; a driver's counting may be off by a few */
#define PLD_RESYNC_MIN 95

struct pld {
	struct checks *checks;
	uint8_t clock, led;
	uint8_t bus; /* last value on the bus */
	bool primed; /* last cycle was a write to the PLD */
	bool t1; /* jumper */
	bool aligned;
	uint32_t resync_ms;
	uint64_t resyncs, led_changes;
};

void pld_init(struct pld *p, struct checks *checks, bool t1);
/* External reset. */
void pld_reset(struct pld *p);
uint8_t pld_read(struct pld *p, uint8_t n);
void pld_write(struct pld *p, uint8_t n, uint8_t v);
/* The bus was used for another chip. */
void pld_other(struct pld *p);
/* A millisecond has passed. */
void pld_ms(struct pld *p);

bool pld_clocked(const struct pld *p);
bool pld_line_clock(const struct pld *p);
/* Do the channels lie where the driver expects them? */
bool pld_aligned(const struct pld *p);

#endif
