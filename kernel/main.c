// SPDX-License-Identifier: GPL-2.0-only
/*
 * main.c: cards come and go.
 *
 * Who holds a card: the PCI core (probe to remove), the interrupt (request_irq to free_irq), the
 * watch work, DAHDI (register to unregister). remove() ends them in the reverse order, and only then
 * gives back the memory that the bridge writes to:
 *
 *	dahdi_unregister_device()	shuts the span down (which waits for the interrupt under way)
 *					and detaches open files; nobody calls span_ops afterwards
 *	free_irq()			no interrupt any more, also none of a neighbour on the line
 *	cancel_delayed_work_sync()	only the interrupt and the span's operations queue it
 *	reset, tiger_close()		bus mastering off, then the memory
 *
 * The same holds for a card that was pulled: writes to it go nowhere.
 */
#include <linux/delay.h>
#include <linux/interrupt.h>
#include <linux/module.h>
#include <linux/slab.h>

#include "boards.gen.h"
#include "card.h"

#define BOARD(...) __VA_ARGS__,
static const struct board boards[] = {BOARDS(BOARD)};

#define BOARD_ID(vendor, device, subvendor, board)                                                 \
	{PCI_DEVICE_SUB(vendor, device, subvendor, PCI_ANY_ID), .driver_data = (board)},
static const struct pci_device_id card_ids[] = {BOARD_PCI_IDS(BOARD_ID){}};
MODULE_DEVICE_TABLE(pci, card_ids);

static char *board;
module_param(board, charp, 0444);
MODULE_PARM_DESC(board, "which of the boards that share their PCI ids it is: name of its file");

/* ---- start and stop ----------------------------------------------------------------------- */

static void dma_on(struct card *card)
{
	struct plan plan = {};

	tiger_load(&card->bridge);
	card->clock.last = -1;
	card->late_before = false;
	memset(card->carry, 0xd5, sizeof(card->carry));
	tiger_plan_start(&plan, card->board);
	WRITE_ONCE(card->running, true);
	tiger_play(&card->bridge, &plan);
}

static void dma_off(struct card *card)
{
	struct plan plan = {};

	WRITE_ONCE(card->running, false);
	tiger_plan_stop(&plan);
	tiger_play(&card->bridge, &plan);
	tiger_causes(&card->bridge); /* the writes have arrived */
	synchronize_irq(card->pdev->irq);
}

void card_restart_dma(struct card *card)
{
	lockdep_assert_held(&card->config);
	dma_off(card);
	dma_on(card);
}

void card_start(struct card *card)
{
	struct board_pld const *pld = &card->board->pld;

	lockdep_assert_held(&card->config);
	memset(&card->alarm, 0, sizeof(card->alarm));
	memset(card->sent, 0xd5, sizeof(card->sent));
	card->alarm.last_ms = card->ms;
	card->defects = FALC_LFA; /* until the framer was asked */
	card->second_defects = 0;
	card->slips_before = 0;
	card->unaligned_ms = 0;
	card->watch_resyncs = 0;
	card->moved = jiffies;
	card->told_alarms = 0;
	card->restart = card->resync = false;
	/* The serial ports are held from here on, until watch.c lets them go. */
	card->hold = true;
	card->hold_ms = card->ms;
	tiger_pld_write(&card->bridge, pld->clock,
			tiger_pld_clock(card->board, card->line_clock, true));
	falc_start(&card->framer, card->board);
	dma_on(card);
	card_look(card);
}

/* Loops end where the line does, so DAHDI must not go on saying that there is one. */
static void end_loops(struct card *card)
{
	unsigned long flags;

	spin_lock_irqsave(&card->span.lock, flags);
	card->span.maintstat = 0;
	card->span.mainttimer = 0;
	card->span.alarms &= ~DAHDI_ALARM_LOOPBACK;
	spin_unlock_irqrestore(&card->span.lock, flags);
}

void card_stop(struct card *card)
{
	struct board_pld const *pld = &card->board->pld;

	lockdep_assert_held(&card->config);
	dma_off(card);
	falc_stop(&card->framer);
	tiger_pld_write(&card->bridge, pld->leds, 0);
	card->leds = 0;
	memset(&card->alarm, 0, sizeof(card->alarm));
	end_loops(card);
	if (!card->gone)
		card_set_alarms(card, 0);
}

void card_gone(struct card *card)
{
	if (READ_ONCE(card->gone))
		return;
	WRITE_ONCE(card->gone, true);
	card_set_alarms(card, DAHDI_ALARM_NOTOPEN);
	card_look(card);
}

/* ---- probe -------------------------------------------------------------------------------- */

/* The board that the ids say, or the one of the same ids that the parameter names. */
static const struct board *choose_board(struct pci_dev *pdev, unsigned long found)
{
	const struct board *b = &boards[found];

	if (!board || !strcmp(board, b->name))
		return b;
	for (unsigned int i = 0; i < ARRAY_SIZE(boards); i++)
		if (!strcmp(board, boards[i].name) && boards[i].same_ids_as == (int)found)
			return &boards[i];
	dev_err(&pdev->dev, "board=%s cannot be: the card's ids are those of %s\n", board, b->name);
	return NULL;
}

/* From any state to: framer ready, line silent. */
static int card_setup(struct card *card)
{
	struct board_pld const *pld = &card->board->pld;
	struct device *dev = &card->pdev->dev;
	struct plan plan = {};
	int rc;

	tiger_plan_reset(&plan, card->board);
	tiger_play(&card->bridge, &plan);
	if (!tiger_answers(&card->bridge)) {
		dev_err(dev, "bridge does not answer\n");
		return -ENODEV;
	}
	if (tiger_pld_read(&card->bridge, pld->clock) & pld->jumper_t1) {
		dev_err(dev, "jumper is set to T1 (or the PLD does not answer); set it to E1\n");
		return -ENODEV;
	}
	card->pld_version = tiger_pld_read(&card->bridge, pld->version);
	tiger_pld_write(&card->bridge, pld->leds, 0);
	card->leds = 0;
	tiger_pld_write(&card->bridge, pld->clock, tiger_pld_clock(card->board, false, true));
	rc = falc_open(&card->framer, &card->bridge.bus);
	if (rc)
		dev_err(dev, "no FALC56: version register reads 0x%02x\n", card->framer.vstr);
	return rc;
}

/* All of the board in reset: nothing goes to the line. */
static void card_off(struct card *card)
{
	struct plan plan = {};

	tiger_pld_write(&card->bridge, card->board->pld.leds, 0);
	tiger_pld_write(&card->bridge, card->board->pld.clock, 0);
	tiger_plan_off(&plan);
	tiger_play(&card->bridge, &plan);
}

static int card_register(struct card *card)
{
	struct device *dev = &card->pdev->dev;
	struct dahdi_device *ddev = card->ddev;

	ddev->manufacturer = card->board->maker;
	ddev->devicetype = card->board->title;
	ddev->location = devm_kasprintf(dev, GFP_KERNEL, "PCI %s", pci_name(card->pdev));
	if (!ddev->location)
		return -ENOMEM;
	list_add_tail(&card->span.device_node, &ddev->spans);
	return dahdi_register_device(ddev, dev);
}

static int card_probe(struct pci_dev *pdev, const struct pci_device_id *id)
{
	const struct board *b = choose_board(pdev, id->driver_data);
	struct card *card;
	int rc;

	if (!b)
		return -ENODEV;
	card = kzalloc(sizeof(*card), GFP_KERNEL);
	if (!card)
		return -ENOMEM;
	card->pdev = pdev;
	card->board = b;
	mutex_init(&card->config);
	INIT_DELAYED_WORK(&card->watch, card_watch);
	pci_set_drvdata(pdev, card);

	rc = tiger_open(&card->bridge, pdev, b);
	if (rc)
		goto free;
	rc = card_setup(card);
	if (rc)
		goto close;
	rc = card_span_init(card);
	if (rc)
		goto off;
	card->ddev = dahdi_create_device();
	if (!card->ddev) {
		rc = -ENOMEM;
		goto span_exit;
	}
	rc = request_irq(pdev->irq, card_interrupt, IRQF_SHARED, "strowger", card);
	if (rc) {
		dev_err(&pdev->dev, "no interrupt %u: error %d\n", pdev->irq, rc);
		goto free_device;
	}
	rc = card_register(card);
	if (rc) {
		dev_err(&pdev->dev, "DAHDI does not take the card: error %d\n", rc);
		goto release_irq;
	}
	dev_info(&pdev->dev, "%s: FALC56 %s, PLD 0x%02x, interrupt %u\n", b->title,
		 card->framer.config.version == FALC_V12 ? "V1.2" : "V2.x", card->pld_version,
		 pdev->irq);
	return 0;

release_irq:
	free_irq(pdev->irq, card);
	cancel_delayed_work_sync(&card->watch);
free_device:
	dahdi_free_device(card->ddev);
span_exit:
	card_span_exit(card);
off:
	card_off(card);
close:
	tiger_close(&card->bridge);
free:
	kfree(card);
	return rc;
}

static void card_remove(struct pci_dev *pdev)
{
	struct card *card = pci_get_drvdata(pdev);

	if (!pci_device_is_present(pdev) || tiger_gone(&card->bridge))
		card_gone(card);
	dahdi_unregister_device(card->ddev);
	free_irq(pdev->irq, card);
	cancel_delayed_work_sync(&card->watch);
	card_off(card);
	dahdi_free_device(card->ddev);
	card_span_exit(card);
	tiger_close(&card->bridge);
	kfree(card);
}

/* ---- sleep, and errors of the bus --------------------------------------------------------- */

/* The line stops; who waits for it hears silence until it is back. */
static void card_sleep(struct card *card, bool reachable)
{
	mutex_lock(&card->config);
	if (card->running && reachable)
		card_stop(card);
	WRITE_ONCE(card->running, false);
	if (reachable && !card->gone)
		card_off(card);
	WRITE_ONCE(card->asleep, true);
	mutex_unlock(&card->config);
	synchronize_irq(card->pdev->irq);
}

/* Reboot or kexec: the bridge must not write to memory that belongs to the next kernel. */
static void card_shutdown(struct pci_dev *pdev)
{
	card_sleep(pci_get_drvdata(pdev), true);
	pci_clear_master(pdev);
}

static int card_wake(struct card *card)
{
	int rc;

	mutex_lock(&card->config);
	rc = tiger_enable(&card->bridge);
	WRITE_ONCE(card->asleep, false); /* the interrupt may look at the bridge again */
	if (!rc)
		rc = card_setup(card);
	if (!rc && card->span.flags & DAHDI_FLAG_RUNNING)
		card_start(card);
	if (rc)
		card_gone(card);
	mutex_unlock(&card->config);
	return rc;
}

static int card_suspend(struct device *dev)
{
	struct card *card = dev_get_drvdata(dev);

	card_sleep(card, true);
	pci_disable_device(card->pdev);
	return 0;
}

static int card_resume(struct device *dev)
{
	return card_wake(dev_get_drvdata(dev));
}

static DEFINE_SIMPLE_DEV_PM_OPS(card_pm, card_suspend, card_resume);

static pci_ers_result_t error_detected(struct pci_dev *pdev, pci_channel_state_t state)
{
	struct card *card = pci_get_drvdata(pdev);

	if (state == pci_channel_io_perm_failure) {
		card_gone(card);
		return PCI_ERS_RESULT_DISCONNECT;
	}
	dev_warn(&pdev->dev, "error of the PCI bus, the line stops until the slot is reset\n");
	card_sleep(card, false);
	/* Reads may have given ones already: that did not mean that the card is gone. */
	mutex_lock(&card->config);
	WRITE_ONCE(card->gone, false);
	card->told_gone = false;
	mutex_unlock(&card->config);
	end_loops(card);
	card_set_alarms(card, DAHDI_ALARM_RED | DAHDI_ALARM_LOS);
	pci_disable_device(pdev);
	return PCI_ERS_RESULT_NEED_RESET;
}

static pci_ers_result_t slot_reset(struct pci_dev *pdev)
{
	pci_restore_state(pdev);
	if (card_wake(pci_get_drvdata(pdev)))
		return PCI_ERS_RESULT_DISCONNECT;
	dev_info(&pdev->dev, "slot was reset, card set up anew\n");
	return PCI_ERS_RESULT_RECOVERED;
}

static const struct pci_error_handlers card_errors = {
	.error_detected = error_detected,
	.slot_reset = slot_reset,
};

static struct pci_driver card_driver = {
	.name = "strowger",
	.id_table = card_ids,
	.probe = card_probe,
	.remove = card_remove,
	.shutdown = card_shutdown,
	.err_handler = &card_errors,
	.dev_groups = card_groups,
	.driver.pm = pm_sleep_ptr(&card_pm),
};

static int __init strowger_init(void)
{
	unsigned int i = 0;

	while (board && i < ARRAY_SIZE(boards) && strcmp(board, boards[i].name))
		i++;
	if (i == ARRAY_SIZE(boards)) {
		pr_err("strowger: board=%s is not known\n", board);
		return -EINVAL;
	}
	return pci_register_driver(&card_driver);
}
module_init(strowger_init);

static void __exit strowger_exit(void)
{
	pci_unregister_driver(&card_driver);
}
module_exit(strowger_exit);

MODULE_DESCRIPTION("Strowger E1 cards: Tiger320 bridge, FALC56 framer");
MODULE_LICENSE("GPL v2");
