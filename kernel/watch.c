// SPDX-License-Identifier: GPL-2.0-only
/*
 * watch.c: ten times a second, in process context: what needs time (serial ports held, DMA started
 * anew), what no interrupt can notice (that there are none), lamps, and the log.
 *
 * A fault that goes on is told once a second at most, with how often it happened.
 */
#include "card.h"

#define WATCH_MS 100
#define TELL_MS  1000
#define STALL_MS 250 /* without a millisecond of line time */
#define USEFUL_MS 1000 /* in place for so long after a resync: it was of use */

void card_look(struct card *card)
{
	mod_delayed_work(system_wq, &card->watch, 0);
}

static void tell_alarms(struct card *card)
{
	u8 declared = READ_ONCE(card->alarm.declared);
	u8 changed = declared ^ card->told_alarms;

	for (unsigned int n = 0; n < FALC_ALARMS; n++)
		if (changed & 1u << n)
			dev_info(&card->pdev->dev, "%s %s\n", falc_alarm_name(n),
				 declared & 1u << n ? "declared" : "cleared");
	card->told_alarms = declared;
}

/* Interworking, G.706 Annex B: not an alarm, but an installer wants to know. */
static void tell_crc4(struct card *card)
{
	bool without = card->framer.config.crc4 && !card->defects &&
		       READ_ONCE(card->framer.poll.frs0) & FALC_FRS0_NMF;

	if (without && !card->told_no_crc4)
		dev_notice(&card->pdev->dev, "far end sends no CRC-4; going on without\n");
	card->told_no_crc4 = without;
}

static void tell_faults(struct card *card)
{
	struct card_faults now = card->faults, *old = &card->told;
	struct device *dev = &card->pdev->dev;

	if (!memcmp(&now, old, sizeof(now)) || time_before(jiffies, card->tell_next))
		return;
	dev_warn(dev,
		 "%u ms without interrupt, %u sent late, %u pointer faults, %u bus aborts, "
		 "%u stalls, %u resyncs\n",
		 now.missed_ms - old->missed_ms, now.late - old->late, now.pointer - old->pointer,
		 now.aborts - old->aborts, now.stalls - old->stalls, now.resyncs - old->resyncs);
	*old = now;
	card->tell_next = jiffies + msecs_to_jiffies(TELL_MS);
}

static void set_leds(struct card *card)
{
	struct falc_config *c = &card->framer.config;
	u8 leds = tiger_pld_leds(card->board, card->running,
				 card->span.alarms & ~DAHDI_ALARM_LOOPBACK,
				 c->loop != FALC_LOOP_NONE || c->prbs || c->simulate);

	if (leds == card->leds)
		return;
	tiger_pld_write(&card->bridge, card->board->pld.leds, leds);
	card->leds = leds;
}

static void hold_ports(struct card *card, bool hold)
{
	tiger_pld_write(&card->bridge, card->board->pld.clock,
			tiger_pld_clock(card->board, card->line_clock, hold));
	card->hold_ms = READ_ONCE(card->ms);
	WRITE_ONCE(card->hold, hold);
}

/*
 * Serial ports of framer and bridge slipped against each other: held for a while they align. The while
 * is line time: it is the line's clocks that settle.
 */
static void align_ports(struct card *card)
{
	u32 passed = READ_ONCE(card->ms) - card->hold_ms;

	if (card->hold && passed > card->board->pld.settle_ms) {
		hold_ports(card, false);
		WRITE_ONCE(card->resync, false);
	} else if (!card->hold && READ_ONCE(card->resync)) {
		WRITE_ONCE(card->resync, false);
		if (card->watch_resyncs == CARD_RESYNCS_MAX) {
			dev_warn(&card->pdev->dev, "timeslot 0 is not found, %u resyncs in vain\n",
				 card->watch_resyncs);
			card->watch_resyncs++;
		} else if (card->watch_resyncs < CARD_RESYNCS_MAX) {
			card->watch_resyncs++;
			card->faults.resyncs++;
			hold_ports(card, true);
		}
	}
	/* One that was of use is not counted against the next. */
	if (!card->hold && !card->unaligned_ms && passed > USEFUL_MS)
		card->watch_resyncs = 0;
}

/* No interrupt comes from a card that was pulled, or whose DMA stands still. */
static void check_time(struct card *card)
{
	u32 ms = READ_ONCE(card->ms);

	if (ms != card->watch_ms) {
		card->watch_ms = ms;
		card->moved = jiffies;
	} else if (time_after(jiffies, card->moved + msecs_to_jiffies(STALL_MS))) {
		card->moved = jiffies;
		if (tiger_gone(&card->bridge)) {
			card_gone(card);
			return;
		}
		card->faults.stalls++;
		WRITE_ONCE(card->restart, true);
		/* The alarm goes when time does: the tick sets the framer's own then. */
		card_set_alarms(card, DAHDI_ALARM_RED | DAHDI_ALARM_LOS);
	}
}

static void look_at_running(struct card *card)
{
	check_time(card);
	if (card->gone)
		return;
	if (READ_ONCE(card->restart)) {
		WRITE_ONCE(card->restart, false);
		card_restart_dma(card);
	}
	align_ports(card);
	set_leds(card);
}

void card_watch(struct work_struct *work)
{
	struct card *card = container_of(to_delayed_work(work), struct card, watch);

	mutex_lock(&card->config);
	if (card->running && !card->gone)
		look_at_running(card);
	if (card->gone && !card->told_gone) {
		dev_err(&card->pdev->dev, "card does not answer any more, taken out of service\n");
		card->told_gone = true;
	}
	tell_alarms(card);
	tell_crc4(card);
	tell_faults(card);
	if (card->running && !card->gone)
		queue_delayed_work(system_wq, &card->watch, msecs_to_jiffies(WATCH_MS));
	mutex_unlock(&card->config);
}
