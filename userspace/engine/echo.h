/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The line echo canceller of a channel: kernel/echocan on what this channel sends and receives.
 *
 * The far end's hybrid sends back part of what we send. It is removed before anybody hears it,
 * records it or looks for digits in it. Each octet that the canceller leaves alone stays as it came,
 * so a far end without echo is heard bit for bit.
 *
 * Memory is allocated before the media thread runs. All functions but echo_figures() belong to the
 * media thread.
 */
#ifndef ENGINE_ECHO_H
#define ENGINE_ECHO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/config.h"

struct echo;

/* What the technician sees; unknown levels and delays are negative. */
struct echo_figures {
	const char *state; /* "listening", "cancelling", "disabled" */
	int32_t erl_cdb, erle_cdb; /* [1/100 dB] */
	int32_t delay_ms;
	bool beyond_tail, wrong_law;
};

/**
 * echo_new() - a canceller for tails of @tail_ms
 * @stagger: any number; figures are taken once a second, at different ticks for different numbers
 *
 * Return: it, or NULL without memory; @tail_ms is within the limits of the configuration.
 */
struct echo *echo_new(unsigned int tail_ms, enum span_law law, unsigned int stagger);
void echo_free(struct echo *e);

/**
 * echo_reset() - another far end: everything learnt is forgotten
 * @lag_ms: nothing of what is sent can come back sooner; the tail begins there. Up to 255
 */
void echo_reset(struct echo *e, unsigned int lag_ms);

/**
 * echo_cancel() - @n octets from the line, of its law, and in their place what is left of them
 * @linear: receives @n samples for the detectors of tones: without echo, but nothing is suppressed
 */
void echo_cancel(struct echo *e, uint8_t *octets, int16_t *linear, size_t n);

/** echo_sent() - @n octets that go to the line; what comes back for them is given to echo_cancel()
 * next. @n is the same everywhere, at most 8 */
void echo_sent(struct echo *e, const uint8_t *octets, size_t n);

/** echo_figures() - as of the last second; any thread */
void echo_figures(const struct echo *e, struct echo_figures *f);

#endif
