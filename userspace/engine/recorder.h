/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Recording calls: WAV files, A-law, 8 kHz, left what comes from the line, right what
 * goes to it.
 *
 * Three threads: the media thread puts octets into a ring (recording_put()), one
 * recorder thread looks at all rings every RECORDER_POLL_MS and writes the files, the
 * call thread starts and stops. The media thread makes no system call for it.
 *
 * Each put carries its sample time. Samples that never came (ring full because the
 * disk is slow, or not put) become silence in the file and are counted, so that both
 * tracks and the call stay in time.
 *
 * A file is NAME.part while it grows, its header right at least every second of sound,
 * and becomes NAME when it is complete and on the disk. What a crash leaves can be played.
 * A file that could not be written keeps its .part name.
 */
#ifndef ENGINE_RECORDER_H
#define ENGINE_RECORDER_H

#include <stdint.h>

#include "base/names.h"

#define RECORDER_SLOTS       64 /* recordings at once */
#define RECORDER_RING_S      4 /* at least: what a stalled disk may cost nothing [s] */
#define RECORDER_POLL_MS     50
#define RECORDER_BLOCK_MAX   160 /* samples a put */
#define RECORDER_MAX_SAMPLES (24 * 3600 * 8000LL) /* longest recording: a day */

enum recording_end {
	RECORDING_RUNNING,
	RECORDING_STOPPED, /* by recording_stop() */
	RECORDING_FULL, /* longest length reached */
	RECORDING_FAILED, /* could not be written; error says why */
};

/** recording_end_str() - "stopped", "full", "failed", "running" */
const char *recording_end_str(enum recording_end end);

struct recording_result {
	uint64_t tag; /* as given to recording_start() */
	enum recording_end end;
	int64_t samples; /* in the file, a track */
	int64_t lost; /* of them silence in place of lost samples */
	int error; /* RECORDING_FAILED: errno, positive */
	char path[PATH_MAX_LEN]; /* where the sound is now: NAME, or NAME.part after a failure */
};

struct recorder; /* opaque */
struct recording; /* opaque, one slot */

/**
 * recorder_new() - allocate all slots (about 9 MB) and start the thread
 * @wake: called by the recorder thread when a result waits; may be NULL. For instance
 *        a function that calls uv_async_send().
 * Return: NULL without memory or thread.
 */
struct recorder *recorder_new(void (*wake)(void *ctx), void *ctx);

/** recorder_free() - stop all recordings, finish their files, end the thread */
void recorder_free(struct recorder *r);

/**
 * recording_start() - take a slot; the recorder thread opens the file
 * @path: final name, shorter than PATH_MAX_LEN - 5; the directory exists
 * @max_samples: longest length, 0: RECORDER_MAX_SAMPLES
 *
 * Context: call thread.
 * Return: 0; -EAGAIN all slots are taken; -EINVAL; -ENAMETOOLONG.
 */
int recording_start(struct recorder *r, const char *path, int64_t max_samples, uint64_t tag,
		    struct recording **out);

/**
 * recording_put() - one block of both directions
 * @sample: time of its first sample; the first put decides where the file begins
 * @from_line, @to_line: @n A-law octets each, n 1..RECORDER_BLOCK_MAX
 *
 * Context: media thread only; no lock, no system call, no allocation. After the
 * recording has ended by itself it does nothing.
 */
void recording_put(struct recording *rec, int64_t sample, const uint8_t *from_line,
		   const uint8_t *to_line, uint32_t n);

/**
 * recording_stop() - no further puts will come; the slot is free once the result is fetched
 *
 * The media thread must have let go of @rec before. Context: call thread, once for each
 * recording_start(), also when its result came already.
 */
void recording_stop(struct recording *rec);

/**
 * recorder_result() - fetch a result; there is exactly one for each recording
 * Context: call thread. Return: 1 if there was one, 0 if not.
 */
int recorder_result(struct recorder *r, struct recording_result *res);

/**
 * recorder_flush() - wait until all that was put and stopped before is in the files
 * For lockstep and shutdown. Context: call thread; the media thread does not put meanwhile.
 */
void recorder_flush(struct recorder *r);

#endif
