/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "receivers.h"

#include <spandsp.h>
#include <spandsp/expose.h>
#include <stdlib.h>
#include <string.h>

#define BLOCK 8

static struct hits *out;
static int64_t now;

static struct hit *add(enum hit_kind kind)
{
	static struct hit spare;
	struct hit *h = out->n < HITS_MAX ? &out->hit[out->n] : &spare;

	out->n++;
	*h = (struct hit){.kind = kind, .at = now};
	return h;
}

/* ---- ours ---- */

static struct toneset ours;

/* A plan with every cadence of China's (configs/tones/CN.conf). */
static void plan_china(struct tone_plan *plan)
{
	static const struct {
		enum tone_name name;
		struct tone_def def;
	} tones[] = {
		{TONE_DIAL, {.freq = {{450, -10}}, .n_freqs = 1}},
		{TONE_RINGBACK, {{{450, -10}}, {{1000, 4000, 1, 0}}, 1, 1, 0, 0}},
		{TONE_BUSY, {{{450, -10}}, {{350, 350, 1, 0}}, 1, 1, 0, 0}},
		{TONE_CONGESTION, {{{450, -10}}, {{700, 700, 1, 0}}, 1, 1, 0, 0}},
		{TONE_SIT,
		 {{{950, -10}, {1400, -10}, {1800, -10}},
		  {{330, 30, 1, 0}, {330, 30, 2, 0}, {330, 1000, 4, 0}},
		  3,
		  3,
		  0,
		  0}},
		{TONE_VACANT,
		 {{{450, -10}},
		  {{100, 100, 1, 0}, {100, 100, 1, 0}, {100, 100, 1, 0}, {400, 400, 1, 0}},
		  1,
		  4,
		  0,
		  0}},
		{TONE_TOLL_NOTIFY,
		 {{{450, -10}}, {{200, 200, 1, 0}, {200, 600, 1, 0}}, 1, 2, 0, 0}},
		{TONE_MILLIWATT, {.freq = {{1000, 0}}, .n_freqs = 1}},
	};

	for (size_t i = 0; i < sizeof(tones) / sizeof(tones[0]); i++)
		tone_compile(&tones[i].def, &plan->tone[tones[i].name]);
}

static void ours_start(unsigned looks, const struct dtmf_rule *rule)
{
	static struct dtmf_rule usual;
	static struct progress_plan plan;

	if (!rule)
		dtmf_compile(&dtmf_limits_usual, &usual);
	if (plan.tone[TONE_BUSY].n_steps == 0) {
		struct tone_plan china = {0};

		plan_china(&china);
		progress_compile(&china, &plan);
	}
	toneset_init(&ours, rule ? rule : &usual, &plan, 0);
	toneset_set(&ours, looks);
	now = 0;
}

static void ours_event(const struct toneset_event *ev)
{
	static const enum hit_kind fax[] = {[FAXTONE_CNG] = HIT_CNG,
					    [FAXTONE_ANS] = HIT_ANS,
					    [FAXTONE_ANSAM] = HIT_ANS,
					    [FAXTONE_REVERSAL] = HIT_REVERSAL,
					    [FAXTONE_V21] = HIT_V21};
	struct hit *h;

	switch (ev->type) {
	case TONESET_DIGIT:
		h = add(ev->digit.type == DTMF_BEGIN ? HIT_BEGIN : HIT_END);
		h->digit = ev->digit.digit;
		break;
	case TONESET_FAX: h = add(fax[ev->fax.type]); break;
	case TONESET_NETWORK:
		if (ev->progress.over)
			return;
		h = add(HIT_PROGRESS);
		h->digit = (char)ev->progress.tone;
		break;
	default: h = add(HIT_CHECK); break;
	}
	h->at = ev->at;
	h->ev = *ev;
}

static void ours_feed(const int16_t *pcm, size_t n, struct hits *hits)
{
	out = hits;
	for (size_t at = 0; at < n;) {
		struct toneset_event ev[TONESET_EVENTS];
		size_t block = n - at < BLOCK ? n - at : BLOCK;
		unsigned events;

		block = toneset_feed(&ours, now, pcm + at, block, ev, &events);
		for (unsigned i = 0; i < events; i++)
			ours_event(&ev[i]);
		at += block;
		now += (int64_t)block;
	}
}

const struct receiver receiver_ours = {"Strowger", ours_start, ours_feed};

/* ---- SpanDSP's ---- */

static dtmf_rx_state_t dtmf;
static modem_connect_tones_rx_state_t cng, ced;
static unsigned span_looks;
static char sounding;

static void on_digit(void *ctx, int code, int level, int delay)
{
	(void)ctx;
	(void)level;
	(void)delay;
	if (sounding)
		add(HIT_END)->digit = sounding;
	sounding = (char)code;
	if (code)
		add(HIT_BEGIN)->digit = sounding;
}

static void on_tone(void *ctx, int code, int level, int delay)
{
	(void)ctx;
	(void)level;
	(void)delay;
	switch (code) {
	case MODEM_CONNECT_TONES_FAX_CNG: add(HIT_CNG); break;
	case MODEM_CONNECT_TONES_ANS:
	case MODEM_CONNECT_TONES_ANSAM: add(HIT_ANS); break;
	case MODEM_CONNECT_TONES_ANS_PR:
	case MODEM_CONNECT_TONES_ANSAM_PR: add(HIT_REVERSAL); break;
	case MODEM_CONNECT_TONES_FAX_PREAMBLE: add(HIT_V21); break;
	}
}

static void span_start(unsigned looks, const struct dtmf_rule *rule)
{
	(void)rule;
	span_looks = looks;
	sounding = 0;
	now = 0;
	dtmf_rx_init(&dtmf, NULL, NULL);
	dtmf_rx_set_realtime_callback(&dtmf, on_digit, NULL);
	modem_connect_tones_rx_init(&cng, MODEM_CONNECT_TONES_FAX_CNG, on_tone, NULL);
	modem_connect_tones_rx_init(&ced,
				    looks & SPAN_REVERSALS
					    ? MODEM_CONNECT_TONES_ANS_PR
					    : MODEM_CONNECT_TONES_FAX_CED_OR_PREAMBLE,
				    on_tone, NULL);
}

static void span_feed(const int16_t *pcm, size_t n, struct hits *hits)
{
	out = hits;
	for (size_t at = 0; at < n; at += BLOCK) {
		int block = (int)(n - at < BLOCK ? n - at : BLOCK);

		now += block;
		if (span_looks & LOOK_DIGITS)
			dtmf_rx(&dtmf, pcm + at, block);
		if (span_looks & LOOK_CNG)
			modem_connect_tones_rx(&cng, pcm + at, block);
		if (span_looks & LOOK_ANSWER)
			modem_connect_tones_rx(&ced, pcm + at, block);
	}
}

const struct receiver receiver_spandsp = {"SpanDSP", span_start, span_feed};
