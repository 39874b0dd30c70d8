/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * G.168 tests with data on the line: fax set-up (10), a speech coder in the echo path (13), modems (14).
 * Modems and coder are SpanDSP's.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <spandsp.h>

#include "meter.h"
#include "trial.h"

#define CSS_S 0.7
#define STEP  8 /* samples by which modems at both ends move on */

/* ---- test 13 ------------------------------------------------------------------------------------ */

struct adpcm {
	g726_state_t *coder, *decoder;
};

static int16_t through_adpcm(void *arg, int16_t sample)
{
	struct adpcm *a = arg;
	uint8_t code[2];
	int16_t out = 0;

	if (g726_encode(a->coder, code, &sample, 1) == 1)
		g726_decode(a->decoder, &out, code, 1);
	return out;
}

void test_13(const struct trial *t)
{
	struct adpcm a = {
		g726_init(NULL, 32000, G726_ENCODING_LINEAR, G726_PACKING_NONE),
		g726_init(NULL, 32000, G726_ENCODING_LINEAR, G726_PACKING_NONE),
	};
	struct signal css = signal_css_far(t->level);
	struct scene s;
	size_t start, steady;

	trial_open(t, &s, false);
	trial_path(t, &s);
	s.through = through_adpcm;
	s.through_arg = &a;
	start = s.n;
	scene_run(&s, &css, NULL, NULL, 15 * CSS_S);
	steady = s.n;
	scene_run(&s, &css, NULL, NULL, 15 * CSS_S);
	report(t, "Sout above Sin [dB]", louder(s.sin, s.sout, start, s.n), AT_MOST, 0.5);
	report(t, "steady ERLE [dB]", erle(&s, steady, s.n), NO_BAR, 0);
	scene_close(&s);
	signal_free(&css);
	g726_free(a.coder);
	g726_free(a.decoder);
}

/* ---- test 14 ------------------------------------------------------------------------------------ */

/* One end's bits: x^15 + x^14 + 1, which a receiver checks without being told where it begins. */
struct prbs {
	uint32_t sent, heard;
	long bits, errors;
};

static int prbs_send(void *arg)
{
	struct prbs *p = arg;
	int bit = ((p->sent >> 14) ^ (p->sent >> 13)) & 1;

	p->sent = p->sent << 1 | bit;
	return bit;
}

static void prbs_hear(void *arg, int bit)
{
	struct prbs *p = arg;

	if (bit < 0)
		return; /* the modem's remarks on its state */
	p->errors += ((p->heard >> 14) ^ (p->heard >> 13) ^ bit) & 1;
	p->heard = p->heard << 1 | (bit & 1);
	p->bits++;
}

/* What differs between modems: sound out, sound in. */
struct modem {
	void *arg_tx, *arg_rx;
	int (*tx)(void *arg, int16_t *amp, int n);
	int (*rx)(void *arg, const int16_t *amp, int n);
};

static void from_modem(const struct modem *m, struct signal *s)
{
	int16_t amp[STEP];
	int n = m->tx(m->arg_tx, amp, STEP);

	for (int i = 0; i < STEP; i++)
		s->x[i] = i < n ? amp[i] : 0;
	s->at = 0;
}

static void to_modem(const struct modem *m, const float *x)
{
	int16_t amp[STEP];

	for (int i = 0; i < STEP; i++)
		amp[i] = lrintf(x[i]);
	m->rx(m->arg_rx, amp, STEP);
}

/* Both ends send and listen for @seconds. */
static void converse(struct scene *s, const struct modem *far, const struct modem *near,
		     double seconds)
{
	float out[STEP], back[STEP];
	struct signal a = {.x = out, .n = STEP}, b = {.x = back, .n = STEP};

	for (int i = 0; i < seconds * RATE / STEP; i++) {
		from_modem(far, &a);
		from_modem(near, &b);
		scene_run(s, &a, &b, NULL, (double)STEP / RATE);
		to_modem(far, s->sout + s->n - STEP);
		to_modem(near, s->wire + s->n - STEP);
	}
}

static int fsk_out(void *arg, int16_t *amp, int n)
{
	return fsk_tx(arg, amp, n);
}

static int fsk_in(void *arg, const int16_t *amp, int n)
{
	return fsk_rx(arg, amp, n);
}

/* Bit errors that the far modem sees per 10,000 in 20 s of V.21, both ways at once. */
static double v21_errors(const struct trial *t)
{
	struct prbs a = {.sent = 1}, b = {.sent = 77};
	const fsk_spec_t *low = &preset_fsk_specs[FSK_V21CH1],
			 *high = &preset_fsk_specs[FSK_V21CH2];
	struct modem far = {fsk_tx_init(NULL, low, prbs_send, &a),
			    fsk_rx_init(NULL, high, FSK_FRAME_MODE_SYNC, prbs_hear, &a), fsk_out,
			    fsk_in};
	struct modem near = {fsk_tx_init(NULL, high, prbs_send, &b),
			     fsk_rx_init(NULL, low, FSK_FRAME_MODE_SYNC, prbs_hear, &b), fsk_out,
			     fsk_in};
	struct scene s;

	trial_open(t, &s, true);
	trial_path(t, &s);
	converse(&s, &far, &near, 1);
	a.bits = a.errors = 0;
	converse(&s, &far, &near, 20);
	scene_close(&s);
	fsk_tx_free(far.arg_tx);
	fsk_rx_free(far.arg_rx);
	fsk_tx_free(near.arg_tx);
	fsk_rx_free(near.arg_rx);
	return a.bits > 5000 ? 1e4 * a.errors / a.bits : 1e4;
}

static int v22bis_out(void *arg, int16_t *amp, int n)
{
	return v22bis_tx(arg, amp, n);
}

static int v22bis_in(void *arg, const int16_t *amp, int n)
{
	return v22bis_rx(arg, amp, n);
}

/* The same of V.22bis at 2400 bit/s, which trains and then fills the band from both ends. */
static double v22bis_errors(const struct trial *t)
{
	struct prbs a = {.sent = 1}, b = {.sent = 77};
	v22bis_state_t *caller = v22bis_init(NULL, 2400, 0, TRUE, prbs_send, &a, prbs_hear, &a);
	v22bis_state_t *answerer = v22bis_init(NULL, 2400, 0, FALSE, prbs_send, &b, prbs_hear, &b);
	struct modem far = {caller, caller, v22bis_out, v22bis_in};
	struct modem near = {answerer, answerer, v22bis_out, v22bis_in};
	struct scene s;

	trial_open(t, &s, true);
	trial_path(t, &s);
	converse(&s, &far, &near, 5);
	a.bits = a.errors = 0;
	converse(&s, &far, &near, 15);
	scene_close(&s);
	v22bis_free(caller);
	v22bis_free(answerer);
	return a.bits > 30000 ? 1e4 * a.errors / a.bits : 1e4;
}

/* Test 14: a modem makes no more errors with the canceller than without. */
void test_14(const struct trial *t)
{
	struct trial without = *t;

	without.kind = &canceller_none;
	report(t, "V.21 errors in 10^4 bits", v21_errors(t), AT_MOST,
	       fmax(v21_errors(&without), 1));
	report(t, "V.22bis errors in 10^4 bits", v22bis_errors(t), AT_MOST,
	       fmax(v22bis_errors(&without), 1));
}

/* ---- test 10 ------------------------------------------------------------------------------------ */

#define FRAMES       5
#define FRAME_OCTETS 11
#define CALLED       0x13 /* who sent a frame: its second octet */
#define CALLING      0x03

/* Silence at the end of a signal, to be written over. */
static float *extend(struct signal *tape, double seconds)
{
	size_t n = (size_t)(seconds * RATE), was = tape->n;

	tape->x = realloc(tape->x, (was + n) * sizeof(float));
	if (!tape->x)
		abort();
	memset(tape->x + was, 0, n * sizeof(float));
	tape->n += n;
	return tape->x + was;
}

static void add_tone(struct signal *tape, double hz, double level, double seconds)
{
	float *x = extend(tape, seconds);

	for (size_t i = 0; i < (size_t)(seconds * RATE); i++)
		x[i] = sqrt(2) * rms_of(level) * sin(2 * M_PI * hz * i / RATE);
}

static void no_more(void *arg)
{
	(void)arg;
}

static int hdlc_bit(void *arg)
{
	return hdlc_tx_get_bit(arg);
}

/* V.21 channel 2: a second of flags, then @FRAMES frames; all takes 4 s. */
static void add_frames(struct signal *tape, double level, int from)
{
	hdlc_tx_state_t *hdlc = hdlc_tx_init(NULL, FALSE, 2, FALSE, no_more, NULL);
	fsk_tx_state_t *fsk = fsk_tx_init(NULL, &preset_fsk_specs[FSK_V21CH2], hdlc_bit, hdlc);
	size_t n = 4 * RATE;
	float *x = extend(tape, 4);
	double factor = rms_of(level);
	int16_t amp[STEP];
	int sent = 0;

	hdlc_tx_flags(hdlc, 37);
	for (size_t i = 0; i < n; i += STEP) {
		uint8_t frame[FRAME_OCTETS] = {0xff, from, 0x80, sent, 0xee, 0x0f, 0xc4, 0x55};

		if (sent < FRAMES && hdlc_tx_frame(hdlc, frame, sizeof(frame)) == 0)
			sent++;
		fsk_tx(fsk, amp, STEP);
		for (int k = 0; k < STEP; k++)
			x[i + k] = amp[k] * factor / rms_of(-14);
	}
	hdlc_tx_free(hdlc);
	fsk_tx_free(fsk);
}

/* Frames are told apart by who sent them: an echo is none. */
struct frames {
	int from, good;
};

static void count_frame(void *arg, const uint8_t *frame, int length, int good)
{
	struct frames *f = arg;

	f->good += good && length >= FRAME_OCTETS && frame[1] == f->from;
}

static void hdlc_hear(void *arg, int bit)
{
	hdlc_rx_put_bit(arg, bit);
}

static int frames_in(const float *x, size_t n, int from)
{
	struct frames count = {.from = from};
	hdlc_rx_state_t *hdlc = hdlc_rx_init(NULL, FALSE, FALSE, 1, count_frame, &count);
	fsk_rx_state_t *fsk = fsk_rx_init(NULL, &preset_fsk_specs[FSK_V21CH2], FSK_FRAME_MODE_SYNC,
					  hdlc_hear, hdlc);

	for (size_t i = 0; i < n; i++) {
		int16_t sample = lrintf(x[i]);

		fsk_rx(fsk, &sample, 1);
	}
	hdlc_rx_free(hdlc);
	fsk_rx_free(fsk);
	return count.good;
}

/* The near end is called (CED, DIS, ... first) or calls (CNG, answers afterwards). */
static void fax(const struct trial *t, bool near_is_called)
{
	struct signal called = {0}, calling = {0};
	struct signal *near = near_is_called ? &called : &calling;
	struct signal *far = near_is_called ? &calling : &called;
	const char *lost = near_is_called ? "called: frames lost" : "calling: frames lost";
	const char *tone = near_is_called ? "called: CED off by [dB]" : "calling: CNG off by [dB]";
	struct scene s;
	size_t from, to;

	/* 0 s: silence or CNG; 2 s: CED; 4.6 s: pause; 4.7 s: DIS; 8.7 s: the answer; 13 s: DIS again */
	extend(&called, 2);
	add_tone(&called, 2100, -12, 2.6);
	extend(&called, 0.1);
	add_frames(&called, -13, CALLED);
	extend(&called, 4.3);
	add_frames(&called, -13, CALLED);
	extend(&calling, 0.5);
	add_tone(&calling, 1100, -13, 0.5);
	extend(&calling, 3);
	add_tone(&calling, 1100, -13, 0.5);
	extend(&calling, 4.3);
	add_frames(&calling, -13, CALLING);
	extend(&calling, 4.2);
	trial_open(t, &s, true);
	trial_path(t, &s);
	from = s.n;
	scene_run(&s, far, near, NULL, 17);
	to = from + (near_is_called ? 46 : 10) * RATE / 10;
	from += (near_is_called ? 21 : 5) * RATE / 10;
	report(t, lost,
	       (near_is_called ? 2 : 1) * FRAMES -
		       frames_in(s.sout, s.n, near_is_called ? CALLED : CALLING),
	       AT_MOST, 0);
	report(t, tone, fabs(level(s.sout + s.kind->delay, from, to) - level(s.near, from, to)),
	       AT_MOST, 0.5);
	scene_close(&s);
	signal_free(near);
	signal_free(far);
}

/* Test 10: fax set-up passes, whichever side calls. */
void test_10(const struct trial *t)
{
	fax(t, true);
	fax(t, false);
}
