/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * internal.h: the parts of the canceller, for its own files.
 *
 *	process.c	samples in and out, 8 at a time; a slice of the block's work after each 8
 *	foreground.c	the filter that is heard: FIR over the parts of the tail that hold echo
 *	background.c	the filter that learns, by blocks of 64 in the frequency domain: what is done when
 *	learn.c		its error, and what is learnt from it
 *	constrain.c	what was learnt, back in time and cut to length
 *	decide.c	which of the two is right
 *	noise.c		what of the background's error is the near end's noise
 *	loops.c		their inner loops, once for each kind of processor (*.inc)
 *	fft.c		transform of 128 points
 *
 * Fixed point. Inside the background all samples are x[n] * 2 - x[n-1] less their mean: pre-emphasis, at
 * twice the scale; |sample| <= 6 * 2^15. Spectra of far end and error are sums of these. Filters are Q24.
 */
#ifndef STROWGER_ECHOCAN_INTERNAL_H
#define STROWGER_ECHOCAN_INTERNAL_H

#include "echocan/disabler.h"
#include "echocan/doubt.h"
#include "echocan/echocan.h"
#include "echocan/guard.h"
#include "echocan/nlp.h"

#define CHUNK      8
#define BLOCK      64
#define FFT        128
#define BINS       65
#define STRIDE     72 /* bins as stored: a multiple of 8 */
#define MAX_PARTS  32
#define BATCH      16 /* parts that are learnt in one block; two share a transform */
#define LANE_EXTRA 3 /* bits that the inverse transforms' results have below one */
#define LANES      (BATCH / 2)
#define PIECE      (BLOCK / 4) /* bins or taps that are moved to or from lanes at a time */
#define W_MAX      (1 << 26) /* of a bin of the filter: gain 4 */
#define X_SHIFT    5 /* far spectra are stored times 32: |X| <= 128 * 6 * 2^15 * 32 < 2^30 */
#define HISTORY    512 /* samples that the far end's history moves on before it is moved back */
#define SLICES     (BLOCK / CHUNK)
#define LOUDEST    4 /* blocks that output is held against */
#define ACTIVE                                                                                     \
	((int64_t)30000 * BLOCK * 4) /* power of a block of far end: -38 dBm0 without emphasis */

#define UNROLL _Pragma("GCC unroll 8")

#define NOISE_WINDOWS 4

struct spectrum {
	int32_t re[STRIDE];
	int32_t im[STRIDE];
};

/* A spectrum in 16 bits: real and imaginary parts by turns. */
struct short_spectrum {
	int16_t v[2 * STRIDE];
};

/* The scaled error of one pass, common exponent. */
struct pull {
	struct short_spectrum s; /* below 2^14 */
	int32_t shift; /* exponent: value is s / 2^shift, with the far spectrum's X_SHIFT */
};

/* Signals that are transformed at once: element k of lane l at k * LANES + l. */
struct lanes {
	int32_t re[FFT * LANES], im[FFT * LANES];
};

/* The inner loops for one kind of processor. All give the same bits. */
struct loops {
	/*
	 * y[i] += sum of @taps products h[j] * x[i + j], i < n <= CHUNK, @taps a multiple of 64; no sum
	 * of magnitudes above 2^31. May read 3 samples and write 3 outputs beyond @n.
	 */
	void (*fir)(int32_t *y, const int16_t *h, const int16_t *x, int taps, int n);
	/* of fft.c */
	void (*real_forward)(struct spectrum *s, const int32_t *x);
	void (*real_inverse)(int32_t *x, const struct spectrum *s);
	/* ones where |s| has ones in any bin, and below */
	uint32_t (*bits)(const struct spectrum *s);
	/* power = |x|^2 >> 18, x *= 2^X_SHIFT */
	void (*power)(uint32_t *power, struct spectrum *x);
	/* to = from >> down */
	void (*shorten)(struct short_spectrum *to, const struct spectrum *from, int down);
	/* sum of the magnitudes of BLOCK taps */
	uint64_t (*size)(const int32_t *h);
	/* sum of squares of BLOCK samples below 2^20 */
	int64_t (*energy)(const int32_t *x);
	/* taps and spectrum of a part less by an eighth */
	void (*fade)(int32_t *h, struct spectrum *w);
	/*
	 * y = sum of x * w over @n parts / 2^(24 + X_SHIFT), within 2^28: PIECE bins; the last has one
	 * more. @n is even here and in weigh()
	 */
	void (*predict)(struct spectrum *y, const struct spectrum *const *x,
			const struct spectrum *w, int n, int from);
	/* den = sum of power * gain over @n parts; STRIDE bins */
	void (*weigh)(uint64_t *den, const uint32_t *const *power, const uint16_t *gain, int n);
	/* sum of den * |w|^2 / 2^22 over bins; den < 2^20 */
	uint64_t (*share)(const uint64_t *den, const struct spectrum *w);
	/* w and d += conj(x) * pull * gain * 2^x_down */
	void (*update)(struct spectrum *w, struct spectrum *d, const struct short_spectrum *x,
		       int x_down, const struct pull *pull, int32_t gain);
	/*
	 * Pairs of real signals' spectra as those of complex ones, shifted @down: PIECE bins, and those
	 * that mirror them. @n: of the BATCH in @d; the others are zero
	 */
	void (*pack)(struct lanes *to, const struct spectrum *const *d, int n, int down, int from);
	/* two stages, of @half and 2 * @half points: 1, 4, 16; 64 is one */
	void (*inverse)(struct lanes *lanes, int half);
	/* PIECE taps more by what the lanes hold, times 2^@shift, of each of @n parts */
	void (*taps)(int32_t *const *h, const struct lanes *from, int n, int shift, int at);
	/* forward's first stage, of second halves alone; then two stages each: 32, 8, 2 */
	void (*begin)(struct lanes *lanes);
	void (*forward)(struct lanes *lanes, int half);
	/* PIECE bins less by what the lanes hold, times 2^@shift; the last has one more */
	void (*unpack)(struct spectrum *const *w, const struct lanes *from, int n, int shift,
		       int at);
};

const struct loops *loops_choose(enum echocan_simd simd);

#define LOOKS_MAX    5
#define SLOTS(parts) ((parts) + LOOKS_MAX - 1) /* spectra of the far end that are kept */

struct background {
	struct spectrum *x; /* SLOTS(parts), circular; newest at x_at */
	struct short_spectrum *x_short; /* the same, 14 bits of it */
	uint32_t (*power)[STRIDE]; /* |X|^2 >> 18 of each slot */
	struct spectrum *w, *d; /* filter; what was added since the last constraint */
	int32_t *h; /* its taps, Q24 */
	uint16_t gain[MAX_PARTS]; /* share of the update, sum <= 2^15 */
	int64_t far_powers[MAX_PARTS + 1]; /* of blocks, the latest first */
	uint32_t open[MAX_PARTS]; /* echo to far end at most: what no block has ruled out, Q15 */
	uint8_t x_down[MAX_PARTS + LOOKS_MAX - 1]; /* of each slot: shift that leaves 14 bits */
	int x_at;
	uint8_t set[BATCH]; /* parts that are learnt in this block */
	int set_size, turn;
	int refresh, since_refresh; /* part that is computed anew next; blocks */
	int step, cut; /* what is done next of learning, of cutting to length */
	int since_cut; /* blocks */
	int age; /* the work is on the block under work, 0, or one before it */
	int looks; /* blocks that are learnt from in this one: 1 or more */
	int looks_most; /* of that for this tail */
	int eager; /* blocks of far end until they are two, unless most of the echo is gone before */
	int narrow; /* blocks of far end until @found, unless most of the echo is gone before */
	bool found; /* where the echo is: no part is ruled out any more */
	bool unsettled; /* there is a lot to be learnt yet */
	bool hurry; /* all is done in this block */
	bool uncut; /* something has been learnt since */
	bool weighed; /* it is known which parts are worth being taken */
	uint64_t den[STRIDE];
	struct pull pull;
	struct lanes lanes;
	int lane_shift;
	bool restore, take; /* this block: learn from the foreground; into it */
	int32_t x_block[FFT]; /* of the block under work */
	int32_t d_block[LOOKS_MAX * BLOCK]; /* the latest at the end */
	int32_t error[FFT]; /* first half zero */
	struct spectrum spectrum; /* of the echo */
	int64_t error_power;
	int64_t raw_power[LOOKS_MAX]; /* of Sin, no emphasis: of block, those before */
};

struct foreground {
	int16_t *taps; /* reversed, as the history runs */
	int16_t *history; /* tail + HISTORY samples */
	int at; /* of the next sample in history */
	struct {
		uint8_t first, parts;
	} runs[MAX_PARTS]; /* of parts in use */
	int in_use; /* runs */
	uint32_t heard; /* a bit for each part in use */
	uint64_t share[MAX_PARTS]; /* of the parts in the echo */
	uint64_t far[STRIDE]; /* power in the tail */
	int far_down; /* what the far end's power was scaled by for that */
	int shift; /* taps are Q(24 - shift) */
	bool any;
};

/* What the background leaves when nobody speaks: the near end's noise. */
struct noise {
	int64_t least[NOISE_WINDOWS]; /* of its error's power over 32 ms; the latest first */
	int64_t power; /* of a block; 0 is unknown, or none */
	int32_t blocks; /* in the latest window */
	int32_t pause; /* blocks that the far end has been quiet */
	int32_t since_pause; /* blocks since it had been quiet for long enough */
	uint32_t echo; /* of the background's error: what can be learnt, Q15 */
};

/* Powers of blocks, smoothed: short over 32 ms, long over 128 ms. */
struct decide {
	int64_t near, fore, back; /* short */
	int64_t near_long, fore_long, back_long;
	int64_t far; /* over 64 ms */
	int64_t raw_near, raw_fore; /* short, no emphasis */
	uint32_t leak; /* least ratio of fore to far seen lately, Q28; 0 is unknown */
	uint32_t copies, resets;
	int32_t evidence; /* that there is an echo, Q8; while there is no foreground */
	int64_t loudest; /* of the far end, a block's; held over the tail */
	int32_t loud_for; /* blocks that it is still held */
	int32_t active; /* blocks until the far end has left the tail */
	int64_t stat_near, stat_fore; /* over an eighth of a second of far end */
};

/* Of the emphasis. */
struct past {
	int16_t last;
	int32_t mean; /* Q7 */
};

struct echocan {
	struct echocan_config config;
	const struct loops *loops;
	int parts;
	int phase; /* samples of the block under way, 0..63 */
	bool frozen, nlp_on, hold;
	bool pass; /* the filter adds what it cannot learn not to: Sin is heard */
	struct background back;
	struct foreground fore;
	struct decide decide;
	struct noise noise;
	struct guard guard;
	struct disabler disabler;
	struct nlp nlp;
	struct doubt doubt;
	unsigned int tones; /* what the guard says */
	enum disabler_state disabled;
	/* the block under way: emphasized */
	int32_t x_new[BLOCK], d_new[BLOCK], e_new[BLOCK];
	int64_t sin_power, err_power; /* no emphasis */
	int64_t sin_powers[LOUDEST]; /* of whole blocks, the latest first */
	struct past x_past, d_past, e_past;
	int heard; /* blocks of far end that were no tone */
	int searched; /* blocks of far end of which no echo has been found */
	/* of the last whole block */
	int64_t near_power, fore_power, far_power;
	int64_t raw_fore; /* no emphasis */
};

/* fft.c: forward: order in, bit-reversed out, not scaled; inverse: back, divided by the points */
extern const int32_t fft_cos[FFT]; /* Q30; sine is a quarter turn on */
extern const uint8_t fft_reversed[FFT];
void fft_real_forward(struct spectrum *s, const int32_t *x);
void fft_real_inverse(int32_t *x, const struct spectrum *s);

/** background_init() - of memory that is zero */
void background_init(struct background *b, int parts);
void background_slice(struct echocan *ec, int slice);

/* learn.c: in this order; @quarter of the parts, or of those that are learnt */
void learn_predict(struct echocan *ec, int quarter);
void learn_error(struct echocan *ec);
void learn_weigh(struct echocan *ec);
void learn_pull(struct echocan *ec);
void learn_update(struct echocan *ec, int quarter);

/* constrain.c: in this order; @quarter of the bins, taps or stages */
void constrain_pack(struct echocan *ec, int quarter);
void constrain_inverse(struct echocan *ec, int quarter);
void constrain_taps(struct echocan *ec, int quarter);
void constrain_forward(struct echocan *ec, int quarter);
void constrain_unpack(struct echocan *ec, int quarter);
void constrain_fade(struct echocan *ec, int quarter);
/* the spectrum of a part from its taps; its taps from the spectrum, and both exact */
void constrain_part(struct echocan *ec, int part);
void constrain_refresh(struct echocan *ec);

/** background_slot() - where the far end's spectrum of @n blocks ago is */
static inline int background_slot(const struct echocan *ec, int n)
{
	int at = ec->back.x_at + n;

	return at < SLOTS(ec->parts) ? at : at - SLOTS(ec->parts);
}
void foreground_weigh(struct echocan *ec, int quarter);
void foreground_take(struct echocan *ec);
void foreground_clear(struct echocan *ec);
void foreground_run(struct echocan *ec, int16_t *out, const int16_t *sin, const int16_t *rin,
		    int n);
bool decide_block(struct echocan *ec);
void noise_block(struct echocan *ec);

static inline int32_t clamp32(int64_t v, int32_t limit)
{
	return v > limit ? limit : v < -limit ? -limit : (int32_t)v;
}

/** bits64() - position of the highest one, 1..64; 0 for 0 */
static inline int bits64(uint64_t v)
{
	return v ? 64 - __builtin_clzll(v) : 0;
}

/** ratio() - (a << bits) / b without dividing 64 bits; a, b >= 0; at most 2^32 - 1 */
static inline uint32_t ratio(uint64_t a, uint64_t b, int bits)
{
	uint64_t quotient = 0;
	int i;

	if (b == 0 || (a >> (31 - (bits > 31 ? 31 : bits))) >= b)
		return ~0u;
	/* a long division: the whole part first */
	while (b >> 62) {
		a >>= 1;
		b >>= 1;
	}
	for (i = bits64(a) - bits64(b); i >= 0; i--)
		if (a >= b << i) {
			a -= b << i;
			quotient |= 1ull << (i + bits);
		}
	for (i = bits - 1; i >= 0; i--) {
		a <<= 1;
		if (a >= b) {
			a -= b;
			quotient |= 1ull << i;
		}
	}
	return quotient > ~0u ? ~0u : (uint32_t)quotient;
}

#endif
