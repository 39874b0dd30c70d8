/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Prompts: sound files by name, read off the loop's thread and kept in a clip store.
 *
 * One thread (the loop's) calls everything here. A file is looked at again each time it
 * is asked for, so that a changed prompt is heard by the next caller; reading and
 * conversion happen only when it did change. Several requests for one name share a job.
 */
#ifndef ENGINE_PROMPT_H
#define ENGINE_PROMPT_H

#include <stdbool.h>
#include <stddef.h>
#include <uv.h>

#include "engine/clip.h"

#define PROMPT_DIRS_MAX  16
#define PROMPT_MAX_S     1800 /* longest file: 30 min */
#define PROMPT_QUEUE_MAX 1024 /* requests under way */

struct prompt_cfg {
	const char *dirs[PROMPT_DIRS_MAX]; /* searched in turn; copied */
	size_t n_dirs;
	bool allow_absolute; /* names that begin with '/' are taken as they are */
	unsigned max_s; /* longest file [s], 0: PROMPT_MAX_S */
};

struct prompts; /* opaque */

/**
 * prompts_new() - @store is shared and outlives it
 * Return: NULL without memory or with too many dirs.
 */
struct prompts *prompts_new(uv_loop_t *loop, struct clip_store *store,
			    const struct prompt_cfg *cfg);
/** prompts_free() - only when prompt_outstanding() is 0 */
void prompts_free(struct prompts *p);

/*
 * How a request ends, on the loop's thread, never from within the request.
 * @clip: with a reference for the receiver (clip_put() it), or NULL
 * @error: "file: what is wrong" for a person, NULL with a clip; valid during the call
 */
struct clip_waiter {
	void (*done)(void *ctx, struct clip *clip, const char *error);
	void *ctx;
};

/**
 * prompt_get() - ask for a sound file
 * @name: relative to the prompt directories: no empty component, no "." or ".."; or an
 *        absolute name if the configuration allows it. Looked for as it is, then with
 *        .wav, .flac and .ogg behind it
 * @w: copied; called once
 * Return: 0, -EAGAIN at PROMPT_QUEUE_MAX, -ENOMEM; @w is not called then.
 * A bad name is reported to @w like a missing file.
 */
int prompt_get(struct prompts *p, const char *name, const struct clip_waiter *w);

/** prompt_outstanding() - requests not yet answered; lockstep runs the loop until 0 */
unsigned prompt_outstanding(const struct prompts *p);

#endif
