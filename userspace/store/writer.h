/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The one thread that writes to the store. It takes what has come together, writes it
 * in one transaction, and acknowledges after the disk has it (design.md, decision 12).
 *
 * When the map or the disk is full nothing is lost and nothing acknowledged: the
 * records wait, the writer tries again each second and after writer_resize().
 */
#ifndef STORE_WRITER_H
#define STORE_WRITER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "store/cdr.h"
#include "store/db.h"

#define WRITER_QUEUE_MAX 8192 /* records that may wait */
#define WRITER_GROUP_MAX 256 /* records of one transaction */

struct writer; /* opaque */

struct writer_cfg {
	struct db *db; /* borrowed until writer_close() */
	uint32_t site;
	/* Called from the writer's thread whenever there is news; must not wait. */
	void (*wake)(void *ctx);
	void *ctx;
};

int writer_open(struct writer **out, const struct writer_cfg *cfg);

/**
 * writer_close() - write what waits, end the thread
 * What cannot be written (full) stays unacknowledged. Return: how many records that are.
 */
size_t writer_close(struct writer *w);

/**
 * writer_put() - hand a record over (copied)
 * Return: 0; -ENOBUFS the queue is full: keep the event unacknowledged and offer it again.
 */
int writer_put(struct writer *w, const struct cdr *c);

struct writer_news {
	uint64_t put; /* records handed over so far */
	uint64_t done; /* of these on disk, always the oldest ones */
	uint64_t duplicates; /* of these were there already */
	uint64_t commits; /* transactions */
	int error; /* why the oldest waiting one is not written: -ENOSPC ..., 0 */
};

/** writer_news() - how things stand; any thread */
void writer_news(struct writer *w, struct writer_news *news);

/** writer_flush() - wait until all is written or an error stands. Return: 0 or that error */
int writer_flush(struct writer *w);

/** writer_resize() - a larger map, then try again. Return: 0 or negative errno */
int writer_resize(struct writer *w, size_t map_bytes);

#endif
