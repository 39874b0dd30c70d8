/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The media thread: owns all spans and channels, ticks each millisecond of line time.
 *
 * A tick: commands of the call thread; 8 frames from each span; each open channel hears;
 * each open channel speaks; 8 frames to each span; news for the call thread. Budget 1 ms,
 * measured. The thread never allocates, locks, logs or touches a file; it waits only for
 * its sockets and its clock, or in lockstep for the far ends and the call thread.
 */
#ifndef ENGINE_MEDIA_H
#define ENGINE_MEDIA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/backend.h"
#include "engine/config.h"
#include "engine/detect.h"
#include "engine/echo.h"
#include "engine/msg.h"

#define MEDIA_LATE_BINS 12 /* lateness of a tick: < 1 ms, < 2, < 4, ... the last is all above */

struct media; /* opaque */

struct media_cfg {
	const struct span_cfg *spans;
	size_t n_spans;
	const struct detect_plan *listen; /* digits and tones of the country; NULL: usual digits */
	int load_percent; /* above it for a second: MEV_OVERLOAD */
	bool lockstep;
};

/* Copied out every 100 ticks. */
struct media_stats {
	int64_t sample;
	uint64_t ticks, held, alone, late[MEDIA_LATE_BINS];
	uint64_t busy_ns; /* processor time in ticks since the start */
	uint32_t worst_us; /* longest tick of the last second */
	uint32_t load_permille; /* of the last second */
	uint64_t events_lost; /* ring to the call thread was full */
	int reference; /* span whose clock is followed, -1: own */
	int32_t ppb; /* correction */
	uint32_t open_channels;
	struct span_line_stats span[SPANS_MAX];
};

/**
 * media_new() - open all spans, allocate everything
 * @wake_fd: eventfd that is written when events wait or a time has come
 * @why: receives a sentence on failure
 * Return: 0 or negative errno.
 */
int media_new(struct media **out, const struct media_cfg *cfg, int wake_fd, char *why, size_t size);

/** media_start() - run the thread. Return: 0 or negative errno */
int media_start(struct media *m);
/**
 * media_stop() - end the thread and wait for it; then, and again at each further call, what it was
 * lent is found in its events or its channels
 */
void media_stop(struct media *m);
void media_free(struct media *m);

/*
 * The rest is for the call thread.
 */

/**
 * media_command() - some are never refused, see engine/msg.h
 * Return: 0, -ENOBUFS when the media thread is too far behind
 */
int media_command(struct media *m, const struct media_cmd *cmd, const void *frame, size_t len);
/**
 * media_event() - next event
 * @frame: receives what follows an MEV_DCHAN_FRAME or MEV_SECOND, ISDN_FRAME_MAX octets at most
 * Return: length of it (0 for other events), -EAGAIN: none
 */
int media_event(struct media *m, struct media_event *ev, uint8_t *frame);
/** media_broken() - lockstep: negative errno when it cannot go on: the far end is at another tick */
int media_broken(const struct media *m);
/**
 * media_absent() - is the device of a span not in service? MEV_ALARMS with LINE_ABSENT tells of it
 * media_attach(), media_detach() - see engine/backend.h; on any thread but the media thread, one
 * at a time for a span, and only while media_absent()
 * @why: receives what was found, or what is wrong
 * Return: 0 or negative errno.
 */
bool media_absent(const struct media *m, size_t span);
int media_attach(struct media *m, size_t span, char *why, size_t size);
void media_detach(struct media *m, size_t span);
/** media_sample() - first sample of the next tick */
int64_t media_sample(const struct media *m);
/** media_wake_at() - write wake_fd at this sample, INT64_MAX never; replaces the last one */
void media_wake_at(struct media *m, int64_t sample);
/** media_stats() - the newest copy */
const struct media_stats *media_stats(struct media *m);
/** media_level() - level from the line of an open channel [dBm0] */
float media_level(const struct media *m, struct chan_id id);

/** media_echo() - figures of an open channel's echo canceller. Return: there is one */
bool media_echo(const struct media *m, struct chan_id id, struct echo_figures *f);

/**
 * media_lock_pending() - lockstep: does a tick wait for us?
 * Return: its number (> 0), or 0.
 */
uint64_t media_lock_pending(const struct media *m);
/** media_lock_done() - lockstep: everything of that tick is done, go on */
void media_lock_done(struct media *m);

#endif
