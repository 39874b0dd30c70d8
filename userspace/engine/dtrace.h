/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * D-channel trace of one span: a pcap file that Wireshark decodes as LAPD and
 * Q.931 with both directions told apart, and a text file for reading.
 *
 * Time stamps come from the sample clock. Files are written through stdio by the
 * signalling thread, which may wait; never by the media thread.
 */
#ifndef ENGINE_DTRACE_H
#define ENGINE_DTRACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct dtrace; /* opaque */

enum dtrace_direction { DTRACE_RECEIVED, DTRACE_SENT };

struct dtrace_cfg {
	const char *name; /* span name for the log; copied */
	const char *pcap_path; /* NULL: none; an existing file is replaced */
	const char *text_path; /* NULL: none */
	bool network; /* we are the network side of the line */
	int64_t utc0_us; /* UTC of sample 0 [us since 1970], for the pcap */
	uint64_t max_octets; /* limit of each file; what would go beyond is dropped; 0: 100 MB */
};

struct dtrace_stats {
	uint64_t frames, lines; /* written */
	uint64_t dropped; /* frames and lines beyond the limit or after a write error */
	uint64_t pcap_octets, text_octets;
};

/**
 * dtrace_open() - create the files
 * Return: 0 and *@out, -EINVAL, -ENOMEM or the errno of fopen(); on error no file stays open.
 */
int dtrace_open(struct dtrace **out, const struct dtrace_cfg *cfg);

/** dtrace_frame() - one frame without flags and FCS at @sample */
void dtrace_frame(struct dtrace *d, int64_t sample, enum dtrace_direction dir, const uint8_t *frame,
		  size_t len);

/** dtrace_line() - one decoded line at @sample [s.us]; ends at its first newline */
void dtrace_line(struct dtrace *d, int64_t sample, const char *text);

/** dtrace_flush() - bring what is buffered to the files, for a reader who looks now */
void dtrace_flush(struct dtrace *d);

void dtrace_stats(const struct dtrace *d, struct dtrace_stats *st);

/** dtrace_close() - write out and close; @d may be NULL */
void dtrace_close(struct dtrace *d);

#endif
