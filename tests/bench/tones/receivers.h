/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The receivers that are compared, behind one face: ours (core/channel/toneset.h) and SpanDSP's
 * (dtmf_rx, modem_connect_tones_rx). Each is fed 8 samples at a time, as a channel is.
 */
#ifndef BENCH_RECEIVERS_H
#define BENCH_RECEIVERS_H

#include <stddef.h>
#include <stdint.h>

#include "core/channel/toneset.h"

enum hit_kind {
	HIT_BEGIN,
	HIT_END,
	HIT_CNG,
	HIT_ANS,
	HIT_REVERSAL,
	HIT_V21,
	HIT_PROGRESS,
	HIT_CHECK
};

struct hit {
	enum hit_kind kind;
	char digit; /* or enum tone_name */
	int64_t at; /* when it was told */
	struct toneset_event ev; /* ours only */
};

#define HITS_MAX 256

struct hits {
	struct hit hit[HITS_MAX];
	unsigned n; /* counts on beyond HITS_MAX */
};

/* What is looked for. */
#define LOOK_DIGITS    TONESET_DIGITS
#define LOOK_CNG       TONESET_CNG
#define LOOK_ANSWER    TONESET_ANSWER
#define LOOK_PROGRESS  (TONESET_PROGRESS | TONESET_CONTINUITY) /* ours only */
#define SPAN_REVERSALS 256u /* SpanDSP: ANS_PR in place of CED and preamble, it has one at a time */

struct receiver {
	const char *name;
	/* A new one; freed by the next. @rule: ours, NULL the usual one. */
	void (*start)(unsigned looks, const struct dtmf_rule *rule);
	void (*feed)(const int16_t *pcm, size_t n, struct hits *hits);
};

extern const struct receiver receiver_ours, receiver_spandsp;

#endif
