/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "engine/echo.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "core/channel/g711.h"
#include "echocan/echocan.h"

#define BLOCK   8
#define SECOND  1000 /* blocks */
#define ALIGNED 64
#define LAGS    256 /* blocks that are remembered; a power of two */

struct echo {
	struct echocan *ec; /* NULL only while it is made */
	enum span_law law;
	int16_t sent[LAGS][BLOCK]; /* the newest: [at % LAGS] */
	unsigned int at, lag; /* blocks */
	unsigned int stagger, ticks;
	/* Published once a second, one by one: figures of neighbouring seconds may be mixed. */
	_Atomic int32_t state, erl, erle, delay, warnings;
};

#define WARN_BEYOND 1
#define WARN_LAW    2

struct echo *echo_new(unsigned int tail_ms, enum span_law law, unsigned int stagger)
{
	const struct echocan_config cfg = {
		.tail_ms = (uint16_t)tail_ms,
		.law = law == LAW_A ? ECHOCAN_ALAW : ECHOCAN_ULAW,
		.simd = ECHOCAN_AVX2,
		.nlp = true,
		.comfort = true,
		.disabler = true,
	};
	size_t size = (echocan_size(&cfg) + ALIGNED - 1) / ALIGNED * ALIGNED;
	struct echo *e = calloc(1, sizeof(*e));

	if (!e)
		return NULL;
	e->law = law;
	e->stagger = stagger;
	e->ec = size ? aligned_alloc(ALIGNED, size) : NULL;
	if (!e->ec || echocan_init(e->ec, size, &cfg) < 0) {
		echo_free(e);
		return NULL;
	}
	echo_reset(e, 0);
	return e;
}

void echo_free(struct echo *e)
{
	if (!e)
		return;
	free(e->ec);
	free(e);
}

static void publish(struct echo *e)
{
	struct echocan_stats s;

	echocan_read_stats(e->ec, &s);
	atomic_store_explicit(&e->state, s.state, memory_order_relaxed);
	atomic_store_explicit(&e->erl, s.erl_cdb, memory_order_relaxed);
	atomic_store_explicit(&e->erle, s.erle_cdb, memory_order_relaxed);
	atomic_store_explicit(&e->delay, s.delay_ms < 0 ? s.delay_ms : s.delay_ms + (int32_t)e->lag,
			      memory_order_relaxed);
	atomic_store_explicit(&e->warnings,
			      (s.beyond_tail ? WARN_BEYOND : 0) | (s.wrong_law ? WARN_LAW : 0),
			      memory_order_relaxed);
}

void echo_reset(struct echo *e, unsigned int lag_ms)
{
	echocan_reset(e->ec);
	memset(e->sent, 0, sizeof(e->sent));
	e->at = 0;
	e->lag = lag_ms < LAGS ? lag_ms : LAGS - 1;
	e->ticks = e->stagger % SECOND;
	publish(e);
}

static int16_t decode(const struct echo *e, uint8_t octet)
{
	return e->law == LAW_A ? alaw_decode(octet) : ulaw_decode(octet);
}

void echo_cancel(struct echo *e, uint8_t *octets, int16_t *linear, size_t n)
{
	int16_t in[BLOCK], out[BLOCK];

	for (size_t i = 0; i < n; i++)
		in[i] = out[i] = decode(e, octets[i]);
	echocan_process_both(e->ec, out, linear, e->sent[(e->at - e->lag) % LAGS], (int)n);
	for (size_t i = 0; i < n; i++) {
		if (out[i] != in[i])
			octets[i] = e->law == LAW_A ? alaw_encode(out[i]) : ulaw_encode(out[i]);
	}
	if (++e->ticks < SECOND)
		return;
	e->ticks = 0;
	publish(e);
}

void echo_sent(struct echo *e, const uint8_t *octets, size_t n)
{
	int16_t *sent = e->sent[++e->at % LAGS];

	for (size_t i = 0; i < n; i++)
		sent[i] = decode(e, octets[i]);
}

void echo_figures(const struct echo *e, struct echo_figures *f)
{
	static const char *const states[] = {
		[ECHOCAN_LISTENING] = "listening",
		[ECHOCAN_CANCELLING] = "cancelling",
		[ECHOCAN_FROZEN] = "frozen",
		[ECHOCAN_DISABLED] = "disabled",
	};
	int32_t warnings = atomic_load_explicit(&e->warnings, memory_order_relaxed);

	f->state = states[atomic_load_explicit(&e->state, memory_order_relaxed)];
	f->erl_cdb = atomic_load_explicit(&e->erl, memory_order_relaxed);
	f->erle_cdb = atomic_load_explicit(&e->erle, memory_order_relaxed);
	f->delay_ms = atomic_load_explicit(&e->delay, memory_order_relaxed);
	f->beyond_tail = warnings & WARN_BEYOND;
	f->wrong_law = warnings & WARN_LAW;
}
