/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Sound in memory, shared between calls: A-law octets at 8 kHz with a reference count.
 *
 * The store belongs to the call thread. A clip it hands out carries a reference for
 * the receiver; clip_put() gives it back from any thread, the media thread too: it
 * frees nothing. Clips without references stay until the room is wanted, the longest
 * unused one goes first.
 */
#ifndef ENGINE_CLIP_H
#define ENGINE_CLIP_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

struct clip {
	const uint8_t *octets; /* A-law */
	size_t n; /* octets = samples, at least 1 */
	_Atomic uint32_t refs; /* besides the store's own */
};

/** clip_get() - one more reference; the caller already holds one */
struct clip *clip_get(struct clip *c);
/** clip_put() - give a reference back; NULL is allowed. Context: any thread, no system call */
void clip_put(struct clip *c);

struct clip_store; /* opaque */

/* Tells whether the file behind a clip is still the same; all 0 where there is none. */
struct clip_stamp {
	uint64_t device, inode, size;
	int64_t mtime_s, mtime_ns;
};

/** clip_store_new() - @max_octets of sound at most. Return: NULL without memory */
struct clip_store *clip_store_new(size_t max_octets);
/** clip_store_free() - and all clips; nobody may hold a reference */
void clip_store_free(struct clip_store *s);

/**
 * clip_store_find() - look up by name
 * @stamp: receives the stamp it was added with, may be NULL
 * Return: the clip with a reference for the caller, or NULL.
 */
struct clip *clip_store_find(struct clip_store *s, const char *key, struct clip_stamp *stamp);

/**
 * clip_store_add() - put a clip in, in place of one of the same name
 * @octets: malloc()ed, the store's from here on, also when the call fails
 *
 * A replaced clip lives on until its references are back.
 *
 * Return: the clip with a reference for the caller, or NULL: no memory, or no room
 * beside the clips in use.
 */
struct clip *clip_store_add(struct clip_store *s, const char *key, const struct clip_stamp *stamp,
			    uint8_t *octets, size_t n);

/** clip_store_octets() - sound in memory now, clips in use and idle ones */
size_t clip_store_octets(const struct clip_store *s);

#endif
