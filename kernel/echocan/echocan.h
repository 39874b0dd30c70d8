/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * echocan.h: line echo canceller of one channel, one source for the kernel and the desktop.
 *
 * Samples are 16-bit linear, 8000 a second, at the scale that G.711 decodes to: a full-scale square
 * wave is +6.16 dBm0, a sine of 0 dBm0 has RMS 16142, A-law's largest value is 32256, mu-law's 32124.
 *
 *	far end --- Rin ----------+----------------------> to the line --+
 *	                          | adapts and predicts                 hybrid (the echo)
 *	far end <-- Sout -- NLP <-(-)<--------- Sin <--- from the line --+<-- near end
 *
 * A sample in is the same sample out: no delay is added, whatever the block length. Only integers, and
 * no result depends on the length of the blocks or on the processor: scalar code and SIMD agree bit
 * for bit. Nothing is allocated; nothing beyond memset(), memcpy() and memmove() is called.
 *
 * Context of all functions: any; the caller keeps two of them from one channel at the same time.
 */
#ifndef STROWGER_KERNEL_ECHOCAN_H
#define STROWGER_KERNEL_ECHOCAN_H

#include "types.h"

#define ECHOCAN_TAIL_MIN_MS 16
#define ECHOCAN_TAIL_MAX_MS 256
/* A tail picture has one figure for each 8 ms. */
#define ECHOCAN_PICTURE (ECHOCAN_TAIL_MAX_MS / 8)

enum echocan_law {
	ECHOCAN_ALAW,
	ECHOCAN_ULAW,
};

/* What the processor may be asked to do: the best of those it has is taken, up to this one. */
enum echocan_simd {
	ECHOCAN_SCALAR,
	ECHOCAN_SSE2,
	ECHOCAN_AVX2,
};

/**
 * struct echocan_config - what a channel wants
 * @tail_ms: delay and dispersion of the longest echo that is cancelled, 16..256 [ms]; rounded up to a
 *	multiple of 16
 * @law: of the line; the noise that it adds is where cancelling ends
 * @simd: upper bound; always scalar in the kernel
 * @nlp: residual echo is suppressed when the far end speaks alone
 * @comfort: the noise of the near end takes the place of what the NLP suppresses
 * @disabler: 2100 Hz with phase reversals, either way, takes the canceller out (G.168 7)
 */
struct echocan_config {
	uint16_t tail_ms;
	enum echocan_law law;
	enum echocan_simd simd;
	bool nlp;
	bool comfort;
	bool disabler;
};

enum echocan_state {
	ECHOCAN_LISTENING, /* nothing has been learnt: output is input */
	ECHOCAN_CANCELLING,
	ECHOCAN_FROZEN, /* by echocan_freeze() */
	ECHOCAN_DISABLED, /* by the tone of a modem */
};

/**
 * struct echocan_stats - one channel's figures
 * @state: what it does
 * @erl_cdb: loss of the echo path [1/100 dB], -1 if unknown
 * @erle_cdb: cancelled, NLP left out [1/100 dB], smoothed while the far end speaks, -1 if unknown
 * @delay_ms: where the strongest 8 ms of the echo begin [ms], -1 if unknown
 * @picture_cdb: energy of the path in each 8 ms of the tail [1/100 dB], gain 1 is 0; -10000 is nothing
 * @pictures: figures in @picture_cdb
 * @copies: times that a better filter came into use
 * @resets: times that the filter was dropped because it made things worse
 * @beyond_tail: there is echo later than the tail; told after some seconds of speech
 * @wrong_law: Rin or Sin look as if decoded with the other law; told when it is quiet
 */
struct echocan_stats {
	enum echocan_state state;
	int32_t erl_cdb;
	int32_t erle_cdb;
	int32_t delay_ms;
	int32_t picture_cdb[ECHOCAN_PICTURE];
	uint32_t pictures;
	uint32_t copies;
	uint32_t resets;
	bool beyond_tail;
	bool wrong_law;
};

struct echocan;

/** echocan_size() - octets that a canceller takes; 0 if @config is not possible */
size_t echocan_size(const struct echocan_config *config);

/**
 * echocan_init() - a canceller in the caller's memory
 * @mem: @size octets, aligned to 64; the caller's, before and after; nothing has to be undone
 *
 * Return: 0; -EINVAL if @config is not possible, -ENOMEM if @size is below echocan_size() or @mem is
 * not aligned.
 */
int echocan_init(void *mem, size_t size, const struct echocan_config *config);

/**
 * echocan_process() - cancel @n samples
 * @ec: prepared by echocan_init()
 * @io: in: @n samples of Sin; out: Sout
 * @rin: @n samples sent to the line at the same time
 * @n: 1 or more; 8 is cheapest to handle, the work is the same
 *
 * Any contents are allowed. Work is spread evenly over each 8 samples.
 */
void echocan_process(struct echocan *ec, int16_t *io, const int16_t *rin, int n);

/**
 * echocan_process_both() - the same, and what there is before the NLP
 * @linear: out: @n samples, echo removed, nothing suppressed: for detectors of tones; not @io or @rin
 */
void echocan_process_both(struct echocan *ec, int16_t *io, int16_t *linear, const int16_t *rin, int n);

/** echocan_freeze() - stop (and go on) learning; the filter that is in use stays */
void echocan_freeze(struct echocan *ec, bool frozen);

/** echocan_set_nlp() - NLP on and off while it runs; it starts as configured */
void echocan_set_nlp(struct echocan *ec, bool on);

/** echocan_reset() - forget everything, as after echocan_init() */
void echocan_reset(struct echocan *ec);

/** echocan_read_stats() - of what has been processed so far */
void echocan_read_stats(const struct echocan *ec, struct echocan_stats *stats);

#endif
