/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Cards and spans as sysfs shows them. What cannot be read is empty: a card may go while we look.
 */
#include "cli/scan.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BDF_LEN 12 /* "0000:03:00.0" */

static void copy(char text[SCAN_TEXT], const char *from)
{
	size_t n = strnlen(from, SCAN_TEXT - 1);

	memcpy(text, from, n);
	text[n] = '\0';
}

/* First line of a file; "" if there is none. */
static void read_text(const char *dir, const char *name, char text[SCAN_TEXT])
{
	char path[PATH_MAX];
	FILE *f;

	text[0] = '\0';
	snprintf(path, sizeof(path), "%s/%s", dir, name);
	f = fopen(path, "re");
	if (!f)
		return;
	if (!fgets(text, SCAN_TEXT, f))
		text[0] = '\0';
	text[strcspn(text, "\n")] = '\0';
	fclose(f);
}

static long read_number(const char *dir, const char *name)
{
	char text[SCAN_TEXT];

	read_text(dir, name, text);
	return strtol(text, NULL, 0);
}

static bool is_there(const char *root, const char *path)
{
	char full[PATH_MAX];

	snprintf(full, sizeof(full), "%s%s", root, path);
	return access(full, F_OK) == 0;
}

/* The last part of where a link leads to. */
static void read_link_name(const char *dir, const char *name, char text[SCAN_TEXT])
{
	char path[PATH_MAX], to[PATH_MAX];
	ssize_t n;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	n = readlink(path, to, sizeof(to) - 1);
	text[0] = '\0';
	if (n <= 0)
		return;
	to[n] = '\0';
	copy(text, strrchr(to, '/') ? strrchr(to, '/') + 1 : to);
}

static bool is_slot(const char *name)
{
	static const char form[] = "xxxx:xx:xx.x";

	if (strlen(name) != BDF_LEN)
		return false;
	for (size_t i = 0; i < BDF_LEN; i++) {
		if (form[i] == 'x' ? !strchr("0123456789abcdef", name[i]) : name[i] != form[i])
			return false;
	}
	return true;
}

/* Calls @found with each entry of a directory, in the order of names. */
static bool each(const char *root, const char *path, struct scan *s,
		 void (*found)(struct scan *s, const char *dir, const char *name))
{
	char dir[PATH_MAX], entry[PATH_MAX + NAME_MAX + 2];
	struct dirent **names;
	int n;

	snprintf(dir, sizeof(dir), "%s%s", root, path);
	n = scandir(dir, &names, NULL, versionsort);
	if (n < 0)
		return false;
	for (int i = 0; i < n; i++) {
		if (names[i]->d_name[0] != '.') {
			snprintf(entry, sizeof(entry), "%s/%s", dir, names[i]->d_name);
			found(s, entry, names[i]->d_name);
		}
		free(names[i]);
	}
	free(names);
	return true;
}

static void add_card(struct scan *s, const char *dir, const char *name)
{
	struct scan_card *c = &s->cards[s->n_cards];
	struct pci_ids ids = {
		.vendor = (uint16_t)read_number(dir, "vendor"),
		.device = (uint16_t)read_number(dir, "device"),
		.subvendor = (uint16_t)read_number(dir, "subsystem_vendor"),
	};

	if (s->n_cards == SCAN_CARDS || !boards_is_bridge(&ids))
		return;
	memset(c, 0, sizeof(*c));
	copy(c->slot, name);
	c->ids = ids;
	c->board = boards_find(&ids);
	read_link_name(dir, "driver", c->driver);
	read_text(dir, "strowger/board", c->kind);
	c->kind[strcspn(c->kind, " ")] = '\0';
	s->n_cards++;
}

/*
 * /sys/devices/pci0000:00/0000:03:00.0/pci:0000:03:00.0/span-1: the device is the directory above a
 * span, the PCI slot the one above that, if it is on a PCI card at all.
 */
static void read_place(const char *dir, unsigned up, char device[SCAN_TEXT], char slot[SCAN_TEXT])
{
	char *path = realpath(dir, NULL), *end;

	device[0] = slot[0] = '\0';
	if (!path)
		return;
	while (up-- && (end = strrchr(path, '/')))
		*end = '\0';
	end = strrchr(path, '/');
	if (end) {
		copy(device, end + 1);
		*end = '\0';
		end = strrchr(path, '/');
		if (end && is_slot(end + 1))
			copy(slot, end + 1);
	}
	free(path);
}

static void add_device(struct scan *s, const char *dir, const char *name)
{
	struct scan_device *d = &s->devices[s->n_devices];

	(void)name;
	if (s->n_devices == SCAN_DEVICES)
		return;
	memset(d, 0, sizeof(*d));
	read_place(dir, 0, d->name, d->slot);
	read_text(dir, "location", d->location);
	read_text(dir, "type", d->type);
	d->spans = (int)read_number(dir, "span_count");
	s->n_devices++;
}

static void read_driver_word(const char *dir, struct scan_span *p)
{
	char card[PATH_MAX];

	snprintf(card, sizeof(card), "%s/../..", dir);
	if (!p->slot[0])
		return;
	read_text(card, "strowger/crc4", p->crc4_state);
	read_text(card, "strowger/clock", p->clock);
}

static void add_span(struct scan *s, const char *dir, const char *name)
{
	struct scan_span *p = &s->spans[s->n_spans];
	char above[PATH_MAX];

	if (s->n_spans == SCAN_SPANS || strncmp(name, "span-", 5) != 0)
		return;
	memset(p, 0, sizeof(*p));
	p->number = (int)strtol(name + 5, NULL, 10);
	read_text(dir, "name", p->name);
	read_text(dir, "spantype", p->type);
	if (!p->type[0])
		read_text(dir, "dahdi_spantype", p->type);
	read_text(dir, "lineconfig", p->line);
	read_place(dir, 1, p->device, p->slot);
	snprintf(above, sizeof(above), "%s/..", dir);
	read_text(above, "location", p->location);
	read_driver_word(dir, p);
	p->port = (int)read_number(dir, "local_spanno");
	p->first = (int)read_number(dir, "basechan");
	p->channels = (int)read_number(dir, "channels");
	p->alarms = (int)read_number(dir, "alarms");
	p->master = read_number(dir, "is_sync_master");
	s->n_spans++;
}

void scan_sysfs(struct scan *s, const char *root)
{
	char ctl[PATH_MAX];
	int fd;

	memset(s, 0, sizeof(*s));
	s->pci = each(root, "/sys/bus/pci/devices", s, add_card);
	s->dahdi = each(root, "/sys/bus/dahdi_devices/devices", s, add_device);
	each(root, "/sys/bus/dahdi_spans/devices", s, add_span);
	s->ours = is_there(root, "/sys/bus/pci/drivers/strowger");
	snprintf(ctl, sizeof(ctl), "%s/dev/dahdi/ctl", root);
	fd = open(ctl, O_RDWR | O_CLOEXEC);
	s->ctl_errno = fd < 0 ? errno : 0;
	if (fd >= 0)
		close(fd);
}
