/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Receivers of tones side by side, after Mitel's tests: limits found in steps, each step many
 * bursts with random digit, phase and offset against the receiver's blocks, through A-law. Prints
 * rows of a table in Markdown; exits 1 when ours misses a bar.
 */
#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "receivers.h"
#include "signal.h"

#define KEYS   "123A456B789C*0#D"
#define MS     8 /* samples */
#define BURSTS 200 /* a step, unless said otherwise */

struct burst {
	double ms, low, high, off[2], snr, dial, gap;
};

static const struct burst usual = {.ms = 50, .low = -10, .high = -10};
static const struct receiver *const receivers[2] = {&receiver_ours, &receiver_spandsp};
static struct signal sig;
static struct hits hits;
static int missed_bars;

/* ---- digits ---- */

/* Return: 1 exactly the digit, 0 nothing, -1 something else. */
static int one_burst(const struct receiver *r, const struct burst *b, int64_t edges[2])
{
	const double level[2] = {b->low, b->high};
	size_t n = (size_t)lrint(b->ms * MS), gap = (size_t)lrint(b->gap * MS);
	size_t from = 800 + signal_below(&sig, 320);
	char key = KEYS[signal_below(&sig, 16)];
	int all = 0, good = 0;

	signal_clear(&sig, from + n + gap + 1000);
	signal_digit(&sig, key, level, b->off, from, n + gap);
	signal_mute(&sig, from + n / 2, gap);
	if (b->dial > 0)
		signal_tone(&sig, b->dial, b->low, 0, sig.n);
	if (b->snr > 0)
		signal_noise(&sig,
			     10 * log10(pow(10, b->low / 10) + pow(10, b->high / 10)) - b->snr);
	signal_line(&sig);
	hits.n = 0;
	r->start(LOOK_DIGITS, NULL);
	r->feed(sig.pcm, sig.n, &hits);
	for (unsigned i = 0; i < hits.n && i < HITS_MAX; i++) {
		const struct dtmf_event *d = &hits.hit[i].ev.digit;

		all += hits.hit[i].kind == HIT_BEGIN;
		good += hits.hit[i].kind == HIT_BEGIN && hits.hit[i].digit == key;
		if (edges && r == &receiver_ours && hits.hit[i].kind == HIT_END) {
			edges[0] = llabs(d->start - (int64_t)from);
			edges[1] = llabs(d->end - (int64_t)(from + n + gap));
		}
	}
	return all == 0 ? 0 : all == 1 && good == 1 ? 1 : -1;
}

static int found(const struct receiver *r, const struct burst *b, int bursts)
{
	int good = 0;

	sig.seed = 1;
	for (int i = 0; i < bursts; i++)
		good += one_burst(r, b, NULL) == 1;
	return good;
}

/*
 * Steps of one setting: the last one with all bursts found before the first that has a miss, and
 * the first from which on none is found.
 */
struct limits {
	double all, none;
};

static struct limits sweep(const struct receiver *r, struct burst b, size_t setting, double step,
			   int steps, int bursts)
{
	double *value = (double *)(void *)((char *)&b + setting);
	struct limits l = {NAN, NAN};
	bool whole = true;

	for (int i = 0; i < steps; i++, *value += step) {
		int n = found(r, &b, bursts);

		whole &= n == bursts;
		if (whole)
			l.all = *value;
		if (n > 0)
			l.none = NAN;
		else if (isnan(l.none))
			l.none = *value;
	}
	return l;
}

#define SETTING(m) offsetof(struct burst, m)

static const char *verdict(bool met)
{
	missed_bars += !met;
	return met ? "met" : "**missed**";
}

/* From the usual burst upwards or downwards; both receivers. */
static void both(struct limits l[2], struct burst b, size_t setting, double step, int steps,
		 int bursts)
{
	for (int k = 0; k < 2; k++)
		l[k] = sweep(receivers[k], b, setting, step, steps, bursts);
}

static void digits_noise_and_length(void)
{
	struct burst b = usual;
	struct limits l[2];

	b.snr = 16;
	both(l, b, SETTING(snr), -1, 14, 1000);
	printf("| 1000 bursts of 50 ms all found, down to | %.0f dB SNR | %.0f dB | 8 dB | %s |\n",
	       l[0].all, l[1].all, verdict(l[0].all <= 8));
	b = usual;
	b.ms = 60;
	both(l, b, SETTING(ms), -1, 45, BURSTS);
	printf("| shortest always accepted | %.0f ms | %.0f ms | 40 ms | %s |\n", l[0].all,
	       l[1].all, verdict(l[0].all <= 40));
	printf("| longest always rejected | %.0f ms | %.0f ms | 23 ms | %s |\n", l[0].none,
	       l[1].none, verdict(l[0].none >= 23));
}

static void digits_offset(void)
{
	struct limits up[2], down[2], high_up[2], high_down[2];
	double all[2], none[2];

	both(up, usual, SETTING(off[0]), 0.001, 45, 100);
	both(down, usual, SETTING(off[0]), -0.001, 45, 100);
	both(high_up, usual, SETTING(off[1]), 0.001, 45, 100);
	both(high_down, usual, SETTING(off[1]), -0.001, 45, 100);
	for (int k = 0; k < 2; k++) {
		all[k] = 100 * fmin(fmin(up[k].all, high_up[k].all),
				    -fmax(down[k].all, high_down[k].all));
		none[k] = 100 * fmax(fmax(up[k].none, high_up[k].none),
				     -fmin(down[k].none, high_down[k].none));
	}
	/* 1.5 % and 2 Hz are 1.79 % of 697 Hz */
	printf("| offset of one tone always accepted | %.1f %% | %.1f %% | 1.8 %% | %s |\n", all[0],
	       all[1], verdict(all[0] >= 1.79));
	printf("| offset of one tone always rejected | %.1f %% | %.1f %% | 3.5 %% | %s |\n",
	       none[0], none[1], verdict(none[0] <= 3.501));
}

static void digits_levels(void)
{
	struct limits high[2], low[2];
	struct burst b = usual;

	b.low = b.high = -14;
	both(high, b, SETTING(high), 0.5, 30, BURSTS);
	both(low, b, SETTING(high), -0.5, 40, BURSTS);
	printf("| twist always accepted | +%.1f / %.1f dB | +%.1f / %.1f dB | +4 / -8 dB | %s |\n",
	       high[0].all + 14, low[0].all + 14, high[1].all + 14, low[1].all + 14,
	       verdict(high[0].all >= -10 && low[0].all <= -22));
	for (int k = 0; k < 2; k++) {
		low[k].all = NAN;
		for (b.low = b.high = 0; b.low > -60; b.low = b.high -= 1) {
			if (found(receivers[k], &b, BURSTS) < BURSTS)
				break;
			low[k].all = b.low;
		}
	}
	printf("| level of each tone always accepted, from 0 to | %.0f dBm0 | %.0f dBm0 | -25 | %s "
	       "|\n",
	       low[0].all, low[1].all, verdict(low[0].all <= -25));
}

static void digits_break_and_dial(void)
{
	static const double dials[] = {425, 450};
	struct burst b = usual;
	struct limits l[2];

	b.ms = 100;
	both(l, b, SETTING(gap), 1, 30, BURSTS);
	printf("| break always bridged | %.0f ms | %.0f ms | 10 ms | %s |\n", l[0].all, l[1].all,
	       verdict(l[0].all >= 10));
	b = usual;
	for (int i = 0; i < 2; i++) {
		int n[2];

		b.dial = dials[i];
		for (int k = 0; k < 2; k++)
			n[k] = found(receivers[k], &b, 1000);
		printf("| of 1000 under a dial tone of %.0f Hz at digit level | %d | %d | 1000 | "
		       "%s |\n",
		       dials[i], n[0], n[1], verdict(n[0] == 1000));
	}
}

static void digits_edges(void)
{
	struct burst b = usual;
	int64_t worst = 0;

	sig.seed = 1;
	b.snr = 20;
	for (int i = 0; i < 1000; i++) {
		int64_t edges[2] = {INT32_MAX, INT32_MAX};

		one_burst(&receiver_ours, &b, edges);
		for (int e = 0; e < 2; e++)
			worst = edges[e] > worst ? edges[e] : worst;
	}
	printf("| edges at 20 dB SNR, worst of 2000 | %.1f ms | - | 2 ms | %s |\n",
	       (double)worst / MS, verdict(worst <= 2 * MS));
}

/* ---- fax tones ---- */

struct fax {
	const char *name;
	enum hit_kind kind;
	unsigned looks;
	int within_ms;
};

static void make_fax(enum hit_kind kind, double am, size_t from)
{
	signal_clear(&sig, from + 16000);
	switch (kind) {
	case HIT_CNG:
		signal_tone(&sig, 1062 + 76 * signal_random(&sig), -12, from,
			    3400 + signal_below(&sig, 1200));
		break;
	case HIT_ANS: signal_answer(&sig, -12, am, 0, 0, from, 16000); break;
	case HIT_REVERSAL:
		signal_answer(&sig, -12, am, 3400 + signal_below(&sig, 400), 180, from, 16000);
		break;
	default: signal_v21(&sig, -12, from, 8000); break;
	}
}

/* Of BURSTS: how many were found, and the slowest. */
static int fax_found(const struct receiver *r, const struct fax *f, double snr, int *worst_ms)
{
	int good = 0;

	*worst_ms = 0;
	sig.seed = 2;
	for (int i = 0; i < BURSTS; i++) {
		size_t from = 1600 + signal_below(&sig, 320);

		make_fax(f->kind, i % 2 ? 0.2 : 0, from);
		if (snr > 0)
			signal_noise(&sig, -12 - snr);
		signal_line(&sig);
		hits.n = 0;
		r->start(f->looks, NULL);
		r->feed(sig.pcm, sig.n, &hits);
		for (unsigned h = 0; h < hits.n && h < HITS_MAX; h++) {
			int ms = (int)(hits.hit[h].at - (int64_t)from) / MS;

			if (hits.hit[h].kind != f->kind)
				continue;
			good++;
			*worst_ms = ms > *worst_ms ? ms : *worst_ms;
			break;
		}
	}
	return good;
}

static void fax_tones(void)
{
	static const struct fax tones[] = {
		{"CNG", HIT_CNG, LOOK_CNG, 250},
		{"CED and ANSam", HIT_ANS, LOOK_ANSWER, 300},
		{"phase reversals", HIT_REVERSAL, LOOK_ANSWER | SPAN_REVERSALS, 700},
		{"V.21 flags", HIT_V21, LOOK_ANSWER, 300},
	};

	for (int t = 0; t < 4; t++) {
		for (int noisy = 0; noisy < 2; noisy++) {
			int n[2], ms[2];

			for (int k = 0; k < 2; k++)
				n[k] = fax_found(receivers[k], &tones[t], noisy ? 10 : 0, &ms[k]);
			printf("| %s%s | %d %%, %d ms | %d %%, %d ms | %d ms | %s |\n",
			       tones[t].name, noisy ? ", 10 dB SNR" : "", 100 * n[0] / BURSTS,
			       ms[0], 100 * n[1] / BURSTS, ms[1], tones[t].within_ms,
			       verdict(n[0] == BURSTS && ms[0] <= tones[t].within_ms));
		}
	}
}

int main(void)
{
	printf("| | Strowger | SpanDSP | bar | |\n|---|---|---|---|---|\n");
	digits_noise_and_length();
	digits_offset();
	digits_levels();
	digits_break_and_dial();
	digits_edges();
	fax_tones();
	return missed_bars ? 1 : 0;
}
