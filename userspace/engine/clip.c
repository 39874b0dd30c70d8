/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "engine/clip.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define BUCKETS 1024

struct entry {
	struct clip clip; /* first: clips are handed out by its address */
	uint8_t *octets;
	char *key; /* NULL: replaced, waits for its references */
	struct clip_stamp stamp;
	struct entry *in_bucket; /* next of the same hash */
	struct entry *newer, *older; /* order of use */
};

struct clip_store {
	struct entry *bucket[BUCKETS];
	struct entry *newest, *oldest;
	size_t octets, max_octets;
};

struct clip *clip_get(struct clip *c)
{
	atomic_fetch_add_explicit(&c->refs, 1, memory_order_relaxed);
	return c;
}

void clip_put(struct clip *c)
{
	/* Release: what its holder read of it is over before the store sees 0. */
	if (c)
		atomic_fetch_sub_explicit(&c->refs, 1, memory_order_release);
}

static bool unused(const struct entry *e)
{
	return atomic_load_explicit(&e->clip.refs, memory_order_acquire) == 0;
}

/* FNV-1a, 32 bit */
static struct entry **bucket_of(struct clip_store *s, const char *key)
{
	uint32_t h = 2166136261u;

	for (; *key; key++)
		h = (h ^ (uint8_t)*key) * 16777619u;
	return &s->bucket[(h ^ h >> 16) % BUCKETS];
}

static void link_newest(struct clip_store *s, struct entry *e)
{
	e->newer = NULL;
	e->older = s->newest;
	if (s->newest)
		s->newest->newer = e;
	else
		s->oldest = e;
	s->newest = e;
}

static void unlink_age(struct clip_store *s, struct entry *e)
{
	if (e->newer)
		e->newer->older = e->older;
	else
		s->newest = e->older;
	if (e->older)
		e->older->newer = e->newer;
	else
		s->oldest = e->newer;
}

/* Takes the name away: nobody finds it any more. */
static void forget(struct clip_store *s, struct entry *e)
{
	struct entry **at;

	if (!e->key)
		return;
	at = bucket_of(s, e->key);
	while (*at && *at != e)
		at = &(*at)->in_bucket;
	if (*at)
		*at = e->in_bucket;
	free(e->key);
	e->key = NULL;
}

static void drop(struct clip_store *s, struct entry *e)
{
	forget(s, e);
	unlink_age(s, e);
	s->octets -= e->clip.n;
	free(e->octets);
	free(e);
}

struct clip_store *clip_store_new(size_t max_octets)
{
	struct clip_store *s = calloc(1, sizeof(*s));

	if (s)
		s->max_octets = max_octets;
	return s;
}

void clip_store_free(struct clip_store *s)
{
	if (!s)
		return;
	while (s->oldest)
		drop(s, s->oldest);
	free(s);
}

static struct entry *find(struct clip_store *s, const char *key)
{
	struct entry *e = *bucket_of(s, key);

	while (e && strcmp(e->key, key) != 0)
		e = e->in_bucket;
	return e;
}

struct clip *clip_store_find(struct clip_store *s, const char *key, struct clip_stamp *stamp)
{
	struct entry *e = find(s, key);

	if (!e)
		return NULL;
	unlink_age(s, e);
	link_newest(s, e);
	if (stamp)
		*stamp = e->stamp;
	return clip_get(&e->clip);
}

/* Idle clips make room for @n octets, the longest unused first; replaced ones go anyway. */
static bool make_room(struct clip_store *s, size_t n)
{
	struct entry *e = s->oldest;

	if (n > s->max_octets)
		return false;
	while (e) {
		struct entry *newer = e->newer;
		bool full = s->octets > s->max_octets - n;

		if (unused(e) && (full || !e->key))
			drop(s, e);
		e = newer;
	}
	return s->octets <= s->max_octets - n;
}

struct clip *clip_store_add(struct clip_store *s, const char *key, const struct clip_stamp *stamp,
			    uint8_t *octets, size_t n)
{
	struct entry *e = calloc(1, sizeof(*e));
	struct entry *old = find(s, key), **bucket = bucket_of(s, key);

	if (e)
		e->key = strdup(key);
	if (old)
		forget(s, old);
	if (!e || !e->key || !make_room(s, n)) {
		if (e)
			free(e->key);
		free(e);
		free(octets);
		return NULL;
	}
	e->octets = octets;
	e->clip.octets = octets;
	e->clip.n = n;
	if (stamp)
		e->stamp = *stamp;
	e->in_bucket = *bucket;
	*bucket = e;
	link_newest(s, e);
	s->octets += n;
	return clip_get(&e->clip);
}

size_t clip_store_octets(const struct clip_store *s)
{
	return s->octets;
}
