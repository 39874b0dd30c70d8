/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * card.h: one card with one E1: what belongs to it and who may touch it when.
 *
 *	main.c		PCI: found, set up, asleep, gone; start and stop of the line
 *	tick.c		the interrupt: one millisecond of audio, a bit of the framer
 *	watch.c		ten times a second: what needs time or a log line
 *	span.c		what DAHDI asks of us
 *	sysfs.c		what a technician asks
 *
 * Locks, outermost first:
 *	config		mutex: start, stop, line configuration, sleep. Never taken in an interrupt.
 *	span.lock, chan->lock	DAHDI's; DAHDI calls maint() and rbsbits() with them held
 *	bridge.bus.lock	registers behind the peripheral bus
 *	framer.send_lock	what waits to be sent to the framer
 * The interrupt calls DAHDI with none of ours held. What it alone writes is marked (tick) below; it
 * is also written by others while the line is stopped and synchronize_irq() was done.
 */
#ifndef STROWGER_KERNEL_CARD_H
#define STROWGER_KERNEL_CARD_H

#include <linux/mutex.h>
#include <linux/pci.h>
#include <linux/workqueue.h>

#include "bridge/tiger320_io.h"
#include "compat.h"
#include "framer/falc56_io.h"

#define CARD_CHANNELS 31

/**
 * struct card_faults - what went wrong, for technicians; (tick) unless stated
 * @missed_ms: milliseconds that passed without their interrupt being served
 * @replaced_ms: of these, the ones for which DAHDI got silence: time went on
 * @late: halves that were filled too late: part of them was sent with old audio
 * @pointer: times that the bridge's pointer was not in the half it had to be in
 * @aborts: bus aborts and pointers outside of the buffer: DMA started anew
 * @stalls: times that interrupts stopped; watch.c
 * @resyncs: times that the serial ports were aligned anew; watch.c
 */
struct card_faults {
	u32 missed_ms, replaced_ms, late, pointer, aborts, stalls, resyncs;
};

/**
 * struct card - see above
 * @running: line started: the interrupt moves audio
 * @gone: reads return ones; for good, as what comes back is another card, unless it was an error of the bus
 * @asleep: between suspend and resume; start and stop wait for that
 * @hold: PLD holds the serial ports: silence goes to DAHDI
 * @line_clock: board clock recovered from the line
 * @span_config: DAHDI gave a configuration: @lineconfig
 * @ms: milliseconds of line time since the start (tick)
 * @defects: of the framer at this moment (tick)
 * @second_defects, @slips_before: for the second under way (tick)
 * @unaligned_ms: since when timeslot 0 is not where it should be (tick)
 * @late_before: pointer was wrong at the check before (tick)
 * @restart, @resync: asked of watch.c by the interrupt
 * @rx_rows, @tx_rows: DAHDI's chunk buffers
 * @sent: the last two chunks sent: echo comes back two chunks later (tick)
 * @carry: tiger_tx() (tick)
 * @totals: error counters; span.lock
 * The rest belongs to watch.c.
 */
struct card {
	struct pci_dev *pdev;
	const struct board *board;
	struct tiger bridge;
	struct falc framer;
	struct dahdi_device *ddev;
	struct dahdi_span span;
	struct dahdi_chan *chans[CARD_CHANNELS];
	struct dahdi_chan *chan_memory;
	u8 pld_version;

	struct mutex config;
	bool running, gone, asleep, hold, line_clock, span_config;
	int lineconfig;

	struct tiger_clock clock;
	u32 ms;
	u8 defects, second_defects;
	u32 slips_before;
	u32 unaligned_ms;
	bool late_before;
	bool restart, resync;
	struct falc_alarm alarm;
	u8 *rx_rows[CARD_CHANNELS];
	const u8 *tx_rows[CARD_CHANNELS];
	u8 sent[2][CARD_CHANNELS][DAHDI_CHUNKSIZE];
	u8 carry[TIGER_SKEW_MAX];
	struct card_faults faults;
	struct falc_totals totals;

	struct delayed_work watch;
	u32 watch_ms;
	unsigned int watch_resyncs;
	u32 hold_ms; /* line time at which the serial ports were held, or let go */
	unsigned long moved, tell_next;
	struct card_faults told;
	u8 told_alarms;
	bool told_gone, told_no_crc4;
	int leds;
};

#define CARD_RESYNCS_MAX 3 /* in vain, then timeslot 0 is not judged any more */

/* main.c: start and stop with card->config held; stop returns when the interrupt is through. */
void card_start(struct card *card);
void card_stop(struct card *card);
/* DMA alone, start anew at the first half */
void card_restart_dma(struct card *card);
/* Reads return ones: from any context, once. */
void card_gone(struct card *card);

/* tick.c */
irqreturn_t card_interrupt(int irq, void *data);
/* DAHDI's alarm word for FALC_* */
int card_dahdi_alarms(u8 declared);
/* Tell DAHDI; context any without span.lock */
void card_set_alarms(struct card *card, int alarms);

/* watch.c: card->watch; ends by itself while nothing runs and nothing is to be told */
void card_watch(struct work_struct *work);
/* Look soon; context any. */
void card_look(struct card *card);

/* span.c: fill and empty card->span, card->chans. */
int card_span_init(struct card *card);
void card_span_exit(struct card *card);

/* sysfs.c */
extern const struct attribute_group *card_groups[];

#endif
