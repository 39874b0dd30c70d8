// SPDX-License-Identifier: GPL-2.0-only
/*
 * span.c: the E1 as DAHDI sees it: its operations and its channels.
 */
#include <linux/mm.h>
#include <linux/module.h>

#include "card.h"

#define BITS_SIGNALLING                                                                            \
	(DAHDI_SIG_EM | DAHDI_SIG_EM_E1 | DAHDI_SIG_FXSLS | DAHDI_SIG_FXSGS | DAHDI_SIG_FXSKS |    \
	 DAHDI_SIG_FXOLS | DAHDI_SIG_FXOGS | DAHDI_SIG_FXOKS | DAHDI_SIG_CAS | DAHDI_SIG_DACS_RBS)

static struct card *card_of(struct dahdi_span *span)
{
	return container_of(span, struct card, span);
}

static bool wants_bits(int sigtype)
{
	return sigtype != DAHDI_SIG_NONE && sigtype != DAHDI_SIG_SLAVE && sigtype != DAHDI_SIG_SF &&
	       (sigtype == DAHDI_SIG_DACS_RBS || !(sigtype & (DAHDI_SIG_CLEAR | __DAHDI_SIG_DACS)));
}

/* NULL, or why the board cannot do that. */
static const char *refuse(const struct dahdi_lineconfig *lc)
{
	int code = lc->lineconfig & (DAHDI_CONFIG_HDB3 | DAHDI_CONFIG_AMI);

	if (code != DAHDI_CONFIG_HDB3 && code != DAHDI_CONFIG_AMI)
		return "line code must be one of HDB3 and AMI";
	if (lc->sync < 0)
		return "timing priority must not be negative";
	return NULL;
}

static int unavailable(const struct card *card)
{
	if (card->gone)
		return -ENODEV;
	return card->asleep ? -EAGAIN : 0;
}

/* Stored whether the line runs or not; a running line starts over with it. */
static int span_config(struct file *file, struct dahdi_span *span, struct dahdi_lineconfig *lc)
{
	struct card *card = card_of(span);
	struct falc_config *c = &card->framer.config;
	const char *wrong = refuse(lc);
	int rc;

	if (wrong) {
		span->lineconfig = card->lineconfig; /* DAHDI has stored the new one already */
		dev_err(&card->pdev->dev, "configuration 0x%x, timing %d refused: %s\n",
			lc->lineconfig, lc->sync, wrong);
		return -EINVAL;
	}
	mutex_lock(&card->config);
	rc = unavailable(card);
	if (rc)
		goto unlock;
	if (card->running)
		card_stop(card);
	c->hdb3 = lc->lineconfig & DAHDI_CONFIG_HDB3;
	c->crc4 = lc->lineconfig & DAHDI_CONFIG_CRC4;
	c->cas = !(lc->lineconfig & DAHDI_CONFIG_CCS);
	card->line_clock = lc->sync > 0;
	card->span_config = true;
	card->lineconfig = lc->lineconfig;
	if (span->flags & DAHDI_FLAG_RUNNING)
		card_start(card);
unlock:
	mutex_unlock(&card->config);
	return rc;
}

static int span_startup(struct file *file, struct dahdi_span *span)
{
	struct card *card = card_of(span);
	int rc;

	mutex_lock(&card->config);
	rc = unavailable(card);
	if (!rc && !card->span_config) {
		dev_err(&card->pdev->dev, "span %d is not configured\n", span->spanno);
		rc = -EINVAL;
	} else if (!rc && !card->running) {
		card_start(card);
	}
	mutex_unlock(&card->config);
	return rc;
}

static int span_shutdown(struct dahdi_span *span)
{
	struct card *card = card_of(span);

	mutex_lock(&card->config);
	if (card->running)
		card_stop(card);
	mutex_unlock(&card->config);
	return 0;
}

static int span_chanconfig(struct file *file, struct dahdi_chan *chan, int sigtype)
{
	struct card *card = card_of(chan->span);
	bool cas = card->framer.config.cas;

	if (cas && chan->chanpos == 16 && sigtype != DAHDI_SIG_NONE) {
		dev_err(&card->pdev->dev, "channel 16 carries the signalling bits with CAS\n");
		return -EINVAL;
	}
	if (!cas && wants_bits(sigtype)) {
		dev_err(&card->pdev->dev, "channel %d: there are no signalling bits with CCS\n",
			chan->chanpos);
		return -EINVAL;
	}
	return 0;
}

/* chan->lock is held. Out at one of the next ticks. */
static int span_rbsbits(struct dahdi_chan *chan, int bits)
{
	if (chan->chanpos != 16)
		falc_bits(&card_of(chan->span)->framer, chan->chanpos, bits & 0x0f);
	return 0;
}

/* One error in what is sent; -EINVAL for a part of the signal that is not there. */
static int insert_error(struct falc *f, int mode)
{
	static const struct {
		int mode;
		u8 ierr;
	} errors[] = {
		{DAHDI_MAINT_FAS_DEFECT, FALC_IERR_FAS},
		{DAHDI_MAINT_MULTI_DEFECT, FALC_IERR_MF},
		{DAHDI_MAINT_CRC_DEFECT, FALC_IERR_CRC},
		{DAHDI_MAINT_CAS_DEFECT, FALC_IERR_CAS},
		{DAHDI_MAINT_PRBS_DEFECT, FALC_IERR_PRBS},
		{DAHDI_MAINT_BIPOLAR_DEFECT, FALC_IERR_BPV},
	};
	u8 there = FALC_IERR_FAS | FALC_IERR_BPV;

	if (f->config.crc4)
		there |= FALC_IERR_CRC | FALC_IERR_MF;
	if (f->config.cas)
		there |= FALC_IERR_CAS;
	if (f->config.prbs)
		there |= FALC_IERR_PRBS;
	for (unsigned int i = 0; i < ARRAY_SIZE(errors); i++)
		if (errors[i].mode == mode)
			return errors[i].ierr & there ? falc_send(f, FALC_IERR, errors[i].ierr)
						      : -EINVAL;
	return -ENOSYS;
}

/*
 * span->lock is held, interrupts are off: nothing is written here, the next tick does. DAHDI does not
 * pass on "none" after the pattern or the simulation: each ends when it is asked for again.
 */
static int span_maint(struct dahdi_span *span, int mode)
{
	struct card *card = card_of(span);
	struct falc_config want = card->framer.config;

	/* T1's loop codes, which DAHDI has set its timer for already: it would call the span looped for 20 s. */
	if (mode == DAHDI_MAINT_LOOPUP || mode == DAHDI_MAINT_LOOPDOWN) {
		span->mainttimer = 0;
		return -ENOSYS;
	}
	if (READ_ONCE(card->gone))
		return -ENODEV;
	if (!READ_ONCE(card->running)) /* and what is stopped has no loop */
		return mode == DAHDI_MAINT_NONE ? 0 : -ENETDOWN;
	switch (mode) {
	case DAHDI_MAINT_NONE:
		want.loop = FALC_LOOP_NONE;
		want.prbs = want.simulate = false;
		break;
	case DAHDI_MAINT_LOCALLOOP: want.loop = FALC_LOOP_LOCAL; break;
	case DAHDI_MAINT_NETWORKLINELOOP: want.loop = FALC_LOOP_LINE; break;
	case DAHDI_MAINT_NETWORKPAYLOADLOOP: want.loop = FALC_LOOP_PAYLOAD; break;
	case DAHDI_MAINT_PRBS: want.prbs = !want.prbs; break;
	case DAHDI_MAINT_ALARM_SIM: want.simulate = !want.simulate; break;
	case DAHDI_RESET_COUNTERS:
		memset(&card->totals, 0, sizeof(card->totals));
		memset(&span->count, 0, sizeof(span->count));
		return 0;
	default: return insert_error(&card->framer, mode);
	}
	return falc_maint(&card->framer, &want);
}

/* The span got its number: say how it is. */
static void span_assigned(struct dahdi_span *span)
{
	unsigned long flags;

	spin_lock_irqsave(&span->lock, flags);
	dahdi_alarm_notify(span);
	spin_unlock_irqrestore(&span->lock, flags);
}

static const struct dahdi_span_ops span_ops = {
	.owner = THIS_MODULE,
	.spanconfig = span_config,
	.startup = span_startup,
	.shutdown = span_shutdown,
	.chanconfig = span_chanconfig,
	.rbsbits = span_rbsbits,
	.maint = span_maint,
	.assigned = span_assigned,
};

static void fill_channel(struct card *card, unsigned int n)
{
	struct dahdi_chan *chan = &card->chan_memory[n];

	snprintf(chan->name, sizeof(chan->name), "%s/%u", card->span.name, n + 1);
	chan->chanpos = n + 1;
	chan->pvt = card;
	chan->sigcap = BITS_SIGNALLING | DAHDI_SIG_CLEAR | DAHDI_SIG_SF;
	chan->readchunk = chan->sreadchunk;
	chan->writechunk = chan->swritechunk;
	card->chans[n] = chan;
	card->rx_rows[n] = chan->readchunk;
	card->tx_rows[n] = chan->writechunk;
}

int card_span_init(struct card *card)
{
	struct dahdi_span *span = &card->span;

	card->chan_memory = kvcalloc(CARD_CHANNELS, sizeof(*card->chan_memory), GFP_KERNEL);
	if (!card->chan_memory)
		return -ENOMEM;
	snprintf(span->name, sizeof(span->name), "E1/%s", pci_name(card->pdev));
	snprintf(span->desc, sizeof(span->desc), "%s", card->board->title);
	span->spantype = SPANTYPE_DIGITAL_E1;
	span->deflaw = DAHDI_LAW_ALAW;
	span->linecompat =
		DAHDI_CONFIG_HDB3 | DAHDI_CONFIG_AMI | DAHDI_CONFIG_CCS | DAHDI_CONFIG_CRC4;
	span->flags = DAHDI_FLAG_RBS;
	span->channels = CARD_CHANNELS;
	span->chans = card->chans;
	span->ops = &span_ops;
	for (unsigned int n = 0; n < CARD_CHANNELS; n++)
		fill_channel(card, n);
	return 0;
}

void card_span_exit(struct card *card)
{
	kvfree(card->chan_memory);
}
