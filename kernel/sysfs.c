// SPDX-License-Identifier: GPL-2.0-only
/*
 * sysfs.c: /sys/bus/pci/devices/SLOT/strowger/: what support asks for. docs/driver.md has the list.
 *
 * The files are there from the end of probe to the begin of remove; a card that is gone answers
 * -ENODEV where registers would have to be read.
 */
#include <linux/sysfs.h>

#include "card.h"

static struct card *card_of(struct device *dev)
{
	return dev_get_drvdata(dev);
}

static ssize_t board_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	const struct board *b = card_of(dev)->board;

	return sysfs_emit(buf, "%s (%s, %s)\n", b->name, b->title, b->maker);
}
static DEVICE_ATTR_RO(board);

static ssize_t framer_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	const struct falc *f = &card_of(dev)->framer;

	return sysfs_emit(buf, "FALC56 %s (VSTR 0x%02x, WID 0x%02x)\n",
			  f->config.version == FALC_V12 ? "V1.2" : "V2.x", f->vstr, f->wid);
}
static DEVICE_ATTR_RO(framer);

static ssize_t pld_version_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "0x%02x\n", card_of(dev)->pld_version);
}
static DEVICE_ATTR_RO(pld_version);

static ssize_t clock_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%s\n", card_of(dev)->line_clock ? "line" : "board");
}
static DEVICE_ATTR_RO(clock);

static ssize_t state_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	const struct card *card = card_of(dev);
	const char *state = READ_ONCE(card->gone)    ? "gone"
			    : READ_ONCE(card->asleep)  ? "asleep"
			    : READ_ONCE(card->running) ? "running"
						       : "stopped";

	return sysfs_emit(buf, "%s\n", state);
}
static DEVICE_ATTR_RO(state);

static ssize_t alarms_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	u8 declared = READ_ONCE(card_of(dev)->alarm.declared);
	int n = 0;

	for (unsigned int bit = 0; bit < FALC_ALARMS; bit++)
		if (declared & 1u << bit)
			n += sysfs_emit_at(buf, n, "%s\n", falc_alarm_name(bit));
	return n;
}
static DEVICE_ATTR_RO(alarms);

static ssize_t crc4_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	struct card *card = card_of(dev);
	const char *text = "on\n";

	if (!card->framer.config.crc4)
		text = "off\n";
	else if (READ_ONCE(card->framer.poll.frs0) & FALC_FRS0_NMF)
		text = "on, far end without\n";
	return sysfs_emit(buf, "%s", text);
}
static DEVICE_ATTR_RO(crc4);

static ssize_t faults_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	struct card_faults f = card_of(dev)->faults;

	return sysfs_emit(
		buf,
		"missed_ms %u\nreplaced_ms %u\nlate %u\npointer %u\naborts %u\nstalls %u\n"
		"resyncs %u\n",
		f.missed_ms, f.replaced_ms, f.late, f.pointer, f.aborts, f.stalls, f.resyncs);
}
static DEVICE_ATTR_RO(faults);

static ssize_t registers_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	struct card *card = card_of(dev);
	ssize_t n;

	mutex_lock(&card->config);
	if (card->gone || card->asleep) {
		n = -ENODEV;
	} else {
		n = sysfs_emit(buf, "bridge\n");
		n += tiger_dump(&card->bridge, buf + n, PAGE_SIZE - n);
		n += sysfs_emit_at(buf, n, "framer\n");
		n += falc_dump(&card->framer, buf + n, PAGE_SIZE - n);
	}
	mutex_unlock(&card->config);
	return n;
}
static DEVICE_ATTR_ADMIN_RO(registers);

static struct attribute *attributes[] = {&dev_attr_board.attr,       &dev_attr_framer.attr,
					 &dev_attr_pld_version.attr, &dev_attr_clock.attr,
					 &dev_attr_state.attr,       &dev_attr_alarms.attr,
					 &dev_attr_crc4.attr,        &dev_attr_faults.attr,
					 &dev_attr_registers.attr,   NULL};

static const struct attribute_group group = {.name = "strowger", .attrs = attributes};

const struct attribute_group *card_groups[] = {&group, NULL};
