/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * strowger scan, in four pieces:
 *
 *	scan_sysfs.c	what the kernel knows: PCI cards, DAHDI's devices and spans
 *	scan_listen.c	what a line tells when it is tried
 *	scan_write.c	configurations, from both
 *	scan.c		the command: what is shown, what is wrong, what to do
 */
#ifndef CLI_SCAN_H
#define CLI_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "cli/boards.h"

#define SCAN_CARDS      32
#define SCAN_DEVICES    32
#define SCAN_SPANS      64
#define SCAN_TEXT       80
#define SCAN_CHANNELS   31 /* of an E1 */
#define SCAN_LISTEN_S   15 /* one span, at most */
#define SCAN_ADVICE_MAX 320

/* A PCI card with the bridge of one of our boards. */
struct scan_card {
	char slot[SCAN_TEXT]; /* "0000:03:00.0" */
	struct pci_ids ids;
	const struct board *board; /* NULL: none of ours */
	char driver[SCAN_TEXT]; /* that has it; "" none */
	char kind[SCAN_TEXT]; /* board, as our driver runs it; "" if it does not */
};

/* What DAHDI calls a device: a card, of whatever driver. */
struct scan_device {
	char name[SCAN_TEXT]; /* "pci:0000:03:00.0" */
	char location[SCAN_TEXT];
	char type[SCAN_TEXT];
	char slot[SCAN_TEXT]; /* PCI slot, "" if it has none */
	int spans; /* that it has, with a number or without */
};

enum scan_state {
	SCAN_UNKNOWN,
	SCAN_NO,
	SCAN_YES,
};

enum scan_side {
	SCAN_SIDE_UNKNOWN,
	SCAN_WE_ARE_USER,
	SCAN_WE_ARE_NETWORK,
};

/* What a line told. */
struct scan_heard {
	bool tried;
	int busy_errno; /* it could not be tried: errno; 0 it could */
	enum scan_state signal; /* frame alignment was there */
	enum scan_state crc4; /* the far end sends CRC-4 multiframes */
	enum scan_side side;
	int dchannel; /* timeslot with HDLC frames, 0: none heard */
	unsigned frames; /* good ones in it */
	int violations; /* of the line code while listening */
	int alarms; /* at the end, DAHDI_ALARM_* */
};

struct scan_span {
	int number; /* DAHDI's */
	char name[SCAN_TEXT], type[SCAN_TEXT],
		line[SCAN_TEXT]; /* "CCS/HDB3/CRC4", "" not configured */
	char device[SCAN_TEXT], slot[SCAN_TEXT], location[SCAN_TEXT];
	char crc4_state[SCAN_TEXT]; /* as our driver says it, "" */
	char clock[SCAN_TEXT]; /* "line", "board" as our driver says it, "" */
	int port; /* on its card, from 1 */
	int first, channels; /* DAHDI's number of the first one, how many */
	int alarms; /* DAHDI_ALARM_* */
	bool master; /* DAHDI's time comes from it */
	bool counted; /* the counters could be read */
	int fas, crc4, ebit, bpv, irq_misses;
	unsigned errored_s;
	struct scan_heard heard;
};

struct scan {
	struct scan_card cards[SCAN_CARDS];
	struct scan_device devices[SCAN_DEVICES];
	struct scan_span spans[SCAN_SPANS];
	size_t n_cards, n_devices, n_spans;
	bool pci; /* there is a PCI bus */
	bool dahdi; /* DAHDI is loaded */
	bool ours; /* our module is loaded */
	int ctl_errno; /* why /dev/dahdi/ctl cannot be opened, 0 if it can */
};

/**
 * scan_sysfs() - look without touching anything
 * @root: "" or where another /sys and /dev begin
 */
void scan_sysfs(struct scan *s, const char *root);

/* As the system calls, but they return negative errno. */
struct scan_sys {
	int (*open)(const char *path, int flags);
	void (*close)(int fd);
	int (*ioctl)(int fd, unsigned long request, void *arg);
	long (*read)(int fd, void *buf, size_t n);
	void (*wait_ms)(int ms);
	/* our driver's word on CRC-4 for the span, "" if there is none */
	void (*crc4_state)(const struct scan_span *span, char *text, size_t size);
};

extern const struct scan_sys scan_sys_linux;

/**
 * scan_counters() - DAHDI's counters of each span
 * @ctl: of /dev/dahdi/ctl, open
 */
void scan_counters(struct scan *s, const struct scan_sys *sys, int ctl);

/**
 * scan_listen() - try one span: CRC-4 on, then off, and listen for HDLC on each timeslot
 *
 * The span is configured for that (clear channels, clock from the line) and left so, running. A span
 * of which a channel is open is left alone. Takes SCAN_LISTEN_S seconds at most.
 * Return: 0, or negative errno, @span->heard filled either way.
 */
int scan_listen(struct scan_span *span, const struct scan_sys *sys, int ctl);

/**
 * scan_hear_frame() - which side the far end is, from one frame of its D-channel
 * Source: Q.921 3.3.2, table 1: commands of the network have C/R 1, those of the user 0.
 */
enum scan_side scan_hear_frame(const uint8_t *frame, size_t len);

/** scan_engine_conf(), scan_system_conf() - the texts. @country: tone plan's name, such as "CN" */
void scan_engine_conf(const struct scan *s, const char *country, FILE *out);
void scan_system_conf(const struct scan *s, const char *country, FILE *out);

/** scan_write() - both below @dir; Return: exit status, and what was done on stderr */
int scan_write(const struct scan *s, const char *dir, const char *country, bool force);

/**
 * scan_card_advice(), scan_span_advice(), scan_advice() - what is wrong, and what to do about it
 * Return: false if nothing is wrong
 */
bool scan_card_advice(const struct scan *s, const struct scan_card *c, char *text, size_t size);
bool scan_span_advice(const struct scan_span *p, char *text, size_t size);
bool scan_advice(const struct scan *s, char *text, size_t size);

/** scan_alarms() - "LOS,RED", or "-". Return: @buf */
const char *scan_alarms(int alarms, char *buf, size_t size);

#endif
