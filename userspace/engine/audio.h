/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Sound files to A-law: the only reader of sound files, on top of libsndfile.
 *
 * Whatever libsndfile can open, plus headerless files by their ending: .alaw .al,
 * .ulaw .ul .pcm, .sln (16 bit, 8 kHz), .gsm, all 8 kHz mono. Several channels are
 * averaged. A-law at 8 kHz mono is copied octet by octet, mu-law at 8 kHz mono goes
 * through G.711 table 3, all else through core/channel/resample.h and the encoder.
 *
 * A file is refused, with words for a person, when it is no regular file, has no
 * samples, has fewer than its header says, is longer than allowed, has more than
 * AUDIO_CHANNELS_MAX channels or a sampling rate that resample.h refuses. Wave
 * headers written by a pipe (length 0xFFFFFFFF, or 0x7FFFF000 and above) say nothing
 * about the length and are believed to.
 *
 * Context: threads that may wait; no shared state.
 */
#ifndef ENGINE_AUDIO_H
#define ENGINE_AUDIO_H

#include <stddef.h>
#include <stdint.h>

#include "engine/clip.h"

#define AUDIO_CHANNELS_MAX 8
#define AUDIO_ERROR_MAX    320 /* text of an error with its 0 */
#define AUDIO_COMMENT_MAX  2000 /* octets of a comment in a file; libsndfile reads no more */

struct audio {
	uint8_t *octets; /* A-law, malloc()ed, the caller's */
	size_t n; /* at least 1 */
	struct clip_stamp stamp; /* audio_read_file() only */
};

/**
 * audio_read_file() - a sound file
 * @path: never waits for a writer (FIFO), never opens a device
 * @max_s: longest sound [s]
 * @error: receives "file: what is wrong" on failure, AUDIO_ERROR_MAX octets
 * Return: 0; -ENOENT no such file; -EISDIR or -EINVAL not a regular file; -EBADMSG not
 * a sound file, or broken; -EFBIG too long; -ENOMEM; another errno of open().
 */
int audio_read_file(const char *path, unsigned max_s, struct audio *a, char *error);

/**
 * audio_read_memory() - a sound file that is in memory
 * @name: for the error text
 * Return: as audio_read_file().
 */
int audio_read_memory(const char *name, const uint8_t *data, size_t len, unsigned max_s,
		      struct audio *a, char *error);

/** audio_stamp() - what audio_read_file() would put into stamp. Return: 0, negative errno */
int audio_stamp(const char *path, struct clip_stamp *stamp);

/**
 * audio_write_alaw() - a WAV file, A-law 8 kHz mono
 * @comment: stored with it, NULL none; audio_read_comment() gets it back
 * Written beside it as @path.part, then renamed.
 * Return: 0; -EMSGSIZE: a comment of more than AUDIO_COMMENT_MAX octets; negative errno.
 */
int audio_write_alaw(const char *path, const uint8_t *octets, size_t n, const char *comment);

/**
 * audio_read_comment() - what audio_write_alaw() stored
 * Return: 0; -ENOENT no file or no comment; -EMSGSIZE longer than @size - 1.
 */
int audio_read_comment(const char *path, char *comment, size_t size);

#endif
