/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Spoken texts: the program espeak-ng, one process a text, its sound kept in the clip
 * store and, if a directory is given, on disk (texts to about 1900 octets: the text is in
 * the file, so that one whose hash is the same is noticed).
 *
 * The text goes in by standard input, never through a shell or an argument; the sound
 * comes out by standard output. The same text, voice, rate and pitch give the same
 * octets (measured with espeak-ng 1.51). One thread (the loop's) calls everything.
 */
#ifndef ENGINE_SPEECH_H
#define ENGINE_SPEECH_H

#include <stddef.h>
#include <uv.h>

#include "engine/prompt.h"

#define SPEECH_TEXT_MAX  4096 /* octets of UTF-8 in one text */
#define SPEECH_VOICE_MAX 32 /* with its 0 */
#define SPEECH_QUEUE_MAX 1024 /* requests under way */
#define SPEECH_MAX_S     600 /* longest sound [s] */

struct speech_cfg {
	const char *program; /* NULL: "espeak-ng", found by PATH; copied */
	const char *cache_dir; /* NULL: no cache on disk; copied; must exist */
	unsigned timeout_ms; /* a process that takes longer is killed; 0: 10000 */
	unsigned processes; /* at once, 1..16; 0: 2 */
};

struct speech; /* opaque */

/**
 * speech_new() - @store is shared and outlives it
 * From here on the whole process ignores SIGPIPE. Return: NULL without memory or bad @cfg.
 */
struct speech *speech_new(uv_loop_t *loop, struct clip_store *store, const struct speech_cfg *cfg);
/** speech_free() - only when speech_outstanding() is 0 */
void speech_free(struct speech *s);

struct speech_voice {
	const char *name; /* espeak-ng's: "cmn", "en", "de", "en-us+f3"; letters, digits, - + _ */
	int rate; /* words a minute, 80..450; 0: 160 */
	int pitch; /* 0..99; -1: 50 */
};

/**
 * speech_say() - ask for a spoken text
 * @text: UTF-8, 1 .. SPEECH_TEXT_MAX octets; copied
 * @w: called once, on the loop's thread, never from within this call
 * Return: 0, -EAGAIN at SPEECH_QUEUE_MAX, -EINVAL voice or text out of range, -ENOMEM; @w
 * is not called then. Everything later (program missing, killed, no sound) goes to @w.
 */
int speech_say(struct speech *s, const struct speech_voice *voice, const char *text,
	       const struct clip_waiter *w);

/** speech_outstanding() - requests whose waiter was not called yet */
unsigned speech_outstanding(const struct speech *s);

/** speech_runs() - processes started so far: what the caches did not have */
unsigned speech_runs(const struct speech *s);

#endif
