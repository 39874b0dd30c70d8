// SPDX-License-Identifier: GPL-2.0-only
/*
 * tick.c: the interrupt, one a millisecond.
 *
 * Read the cause, leave if it is not ours, acknowledge what was seen, move one half of the buffers
 * to DAHDI and back, look at the framer within its budget. Bounded, waits for nothing; news that need
 * a log line go to watch.c.
 *
 * Milliseconds that nobody served: line time is the system's clock, so DAHDI gets as many chunks as
 * went by, silence for the ones that are lost, at most REPLACE_MAX in one interrupt.
 */
#include <linux/interrupt.h>
#include <linux/ktime.h>

#include "card.h"

#define REPLACE_MAX  8
#define UNALIGNED_MS 8 /* timeslot 0 wrong for so long: the serial ports slipped */
#define POINTER_MASK 255 /* RXCUR is checked once in 256 ms */
#define ALARM_MASK   15 /* persistence is accounted for in steps of 16 ms, and on news */
#define MUTED        (FALC_LOS | FALC_AIS | FALC_LFA | FALC_DEAD)
#define SILENCE_ALAW 0xd5
#define SILENCE_HDLC 0xff

/* What a channel gets when there is nothing worth hearing; a frame under way is aborted. */
static void silence(struct card *card)
{
	for (unsigned int n = 0; n < CARD_CHANNELS; n++) {
		bool hdlc = card->chans[n]->flags & DAHDI_FLAG_HDLC;

		memset(card->rx_rows[n], hdlc ? SILENCE_HDLC : SILENCE_ALAW, DAHDI_CHUNKSIZE);
	}
}

/* DAHDI's half of a millisecond: received in, to be sent out. */
static void exchange(struct card *card)
{
	u8(*sent)[DAHDI_CHUNKSIZE] = card->sent[card->ms & 1];

	for (unsigned int n = 0; n < CARD_CHANNELS; n++)
		if (card->chans[n]->ec_current)
			dahdi_ec_chunk(card->chans[n], card->rx_rows[n], sent[n]);
	dahdi_receive(&card->span);
	dahdi_transmit(&card->span);
	for (unsigned int n = 0; n < CARD_CHANNELS; n++)
		memcpy(sent[n], card->tx_rows[n], DAHDI_CHUNKSIZE);
	card->ms++;
}

static void replace_missed(struct card *card, unsigned int missed)
{
	if (!missed)
		return;
	card->faults.missed_ms += missed;
	card->ddev->irqmisses += missed;
	for (unsigned int n = 0; n < missed && n < REPLACE_MAX; n++) {
		silence(card);
		exchange(card);
		card->faults.replaced_ms++;
	}
}

/*
 * Is timeslot 0 where it should be? Only worth asking while the framer is content. If not, what lies
 * in the other timeslots belongs to somebody else.
 */
static bool in_place(struct card *card, const u8 *half)
{
	if (tiger_rx_aligned(card->board, half)) {
		card->unaligned_ms = 0;
		return true;
	}
	if (READ_ONCE(card->watch_resyncs) > CARD_RESYNCS_MAX) /* given up */
		return true;
	if (++card->unaligned_ms == UNALIGNED_MS) {
		WRITE_ONCE(card->resync, true);
		card_look(card);
	}
	return false;
}

static void move_audio(struct card *card, int half)
{
	u8 *received = tiger_rx_half(&card->bridge, half);

	dma_rmb(); /* what the bridge wrote before its interrupt */
	if (READ_ONCE(card->hold) || card->defects & MUTED) {
		card->unaligned_ms = 0;
		silence(card);
	} else if (in_place(card, received)) {
		tiger_rx(card->board, received, card->rx_rows, CARD_CHANNELS);
	} else {
		silence(card);
	}
	tiger_mark(card->board, received);
	exchange(card);
	tiger_tx(card->board, tiger_tx_half(&card->bridge, half), card->carry, card->tx_rows,
		 CARD_CHANNELS);
	if (!tiger_marked(card->board, received))
		card->faults.late++;
}

int card_dahdi_alarms(u8 declared)
{
	int alarms = 0;

	if (declared & (FALC_LOS | FALC_DEAD))
		alarms |= DAHDI_ALARM_RED | DAHDI_ALARM_LOS;
	if (declared & FALC_LFA)
		alarms |= DAHDI_ALARM_RED | DAHDI_ALARM_LFA;
	if (declared & FALC_LFA16) /* no channel has its bits */
		alarms |= DAHDI_ALARM_RED | DAHDI_ALARM_LMFA;
	if (declared & FALC_AIS)
		alarms |= DAHDI_ALARM_BLUE;
	if (declared & (FALC_RAI | FALC_RAI16))
		alarms |= DAHDI_ALARM_YELLOW;
	if (declared & FALC_LMFA)
		alarms |= DAHDI_ALARM_LMFA;
	return alarms;
}

void card_set_alarms(struct card *card, int alarms)
{
	struct dahdi_span *span = &card->span;
	unsigned long flags;

	spin_lock_irqsave(&span->lock, flags);
	if ((span->alarms & ~DAHDI_ALARM_LOOPBACK) != alarms) {
		span->alarms = alarms | (span->alarms & DAHDI_ALARM_LOOPBACK);
		dahdi_alarm_notify(span);
	}
	/* Also of a line that came up, or changed its clock, without an alarm. */
	span->syncsrc = card->running && card->line_clock && !alarms ? span->spanno : 0;
	spin_unlock_irqrestore(&span->lock, flags);
}

/* Received CAS bits; DAHDI compares with what it has. Nothing while they cannot be trusted. */
static void report_bits(struct card *card, const struct falc_poll *seen)
{
	if (card->defects & (MUTED | FALC_LFA16))
		return;
	for (unsigned int ch = 1; ch <= CARD_CHANNELS; ch++)
		if (ch != 16 && seen->known & 1u << (ch & 15))
			dahdi_rbsbits(card->chans[ch - 1], falc_cas_get(seen->rs, ch));
}

/* Y bit: tell the far end that we do not have its CAS multiframe, G.732 4.2. */
static void answer_multiframe(struct card *card, u8 before)
{
	if (card->framer.config.cas && (before ^ card->defects) & FALC_LFA16)
		falc_send(&card->framer, FALC_CAS,
			  FALC_XS1_IDLE | (card->defects & FALC_LFA16 ? FALC_XS1_Y : 0));
}

static void take_status(struct card *card, const struct falc_poll *seen)
{
	u8 before = card->defects;

	if (seen->news & FALC_NEW_STATUS) {
		card->defects = falc_defects(&card->framer.config, seen->frs0, seen->frs1);
		card->second_defects |= card->defects;
		answer_multiframe(card, before);
	} else if (card->ms & ALARM_MASK) {
		return;
	}
	if (falc_alarm_step(&card->alarm, card->defects, card->ms))
		card_look(card);
	card_set_alarms(card, card_dahdi_alarms(card->alarm.declared));
}

static void take_second(struct card *card, const struct falc_poll *seen)
{
	struct dahdi_count *count = &card->span.count;
	u32 slips = seen->rx_slips + seen->tx_slips;
	unsigned long flags;

	spin_lock_irqsave(&card->span.lock, flags);
	falc_second(&card->totals, seen->counter, slips - card->slips_before,
		    card->second_defects | card->defects);
	count->fe = count->fas = card->totals.fas;
	count->cv = card->totals.code;
	count->bpv = card->framer.config.hdb3 ? 0 : card->totals.code;
	count->crc4 = card->totals.crc4;
	count->ebit = card->totals.ebit;
	count->be = count->prbs = card->totals.prbs;
	count->timingslips = card->totals.slips;
	count->errsec = card->totals.errored_s;
	spin_unlock_irqrestore(&card->span.lock, flags);
	card->slips_before = slips;
	card->second_defects = 0;
}

static void look_at_framer(struct card *card, unsigned int spent)
{
	struct falc_poll seen;

	if (!falc_tick(&card->framer, spent, &seen))
		return;
	take_status(card, &seen);
	if (seen.news & FALC_NEW_SECOND)
		take_second(card, &seen);
	if (seen.news & FALC_NEW_BITS)
		report_bits(card, &seen);
}

/* The bridge has to be in the other half now. Twice in a row not: start it anew. */
static void check_pointer(struct card *card, u32 offset, int half)
{
	unsigned int size = tiger_half_size(card->board);
	bool wrong = offset / size != 1 - half;

	card->faults.pointer += wrong;
	if (offset >= 2 * size || (wrong && card->late_before)) {
		WRITE_ONCE(card->restart, true);
		card_look(card);
	}
	card->late_before = wrong;
}

static irqreturn_t serve(struct card *card, u8 causes)
{
	bool wants = tiger_wants_pointer(causes) || (card->ms & POINTER_MASK) == POINTER_MASK / 2;
	u32 offset = wants ? tiger_offset(&card->bridge) : 0;
	struct tiger_event event;

	event = tiger_judge(&card->clock, card->board, causes, offset, ktime_to_us(ktime_get()));
	if (event.verdict == TIGER_FAULT) {
		card->faults.aborts++;
		WRITE_ONCE(card->restart, true);
		card_look(card);
		return IRQ_HANDLED;
	}
	replace_missed(card, event.missed);
	move_audio(card, event.half);
	if (wants && !event.missed)
		check_pointer(card, offset, event.half);
	look_at_framer(card, wants ? 3 : 2);
	return IRQ_HANDLED;
}

/*
 * A card that was declared gone answers again and interrupts: it is not taken back, but it must neither
 * keep the interrupt line busy, which others share, nor write to memory.
 */
static irqreturn_t silence_card(struct card *card)
{
	struct plan plan = {};

	tiger_plan_stop(&plan); /* without waits */
	tiger_play(&card->bridge, &plan);
	return IRQ_HANDLED;
}

irqreturn_t card_interrupt(int irq, void *data)
{
	struct card *card = data;
	u8 causes;

	if (READ_ONCE(card->asleep))
		return IRQ_NONE;
	causes = tiger_causes(&card->bridge);
	if (causes == 0xff && tiger_gone(&card->bridge)) {
		card_gone(card);
		return IRQ_NONE;
	}
	if (!(causes & card->board->pins.interrupts))
		return IRQ_NONE;
	if (READ_ONCE(card->gone))
		return silence_card(card);
	tiger_acknowledge(&card->bridge, causes & TIGER_CAUSES);
	if (!READ_ONCE(card->running)) /* was stopped this moment */
		return IRQ_HANDLED;
	return serve(card, causes);
}
