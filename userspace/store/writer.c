/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "store/writer.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "store/calls.h"

#define RETRY_S 1 /* pause after an error [s] */

/* A record that waits, encoded: a few hundred octets instead of struct cdr's thousands. */
struct waiting {
	uint8_t *data;
	size_t len;
};

struct writer {
	struct writer_cfg cfg;
	pthread_t thread;
	pthread_mutex_t lock; /* all below */
	pthread_cond_t work; /* for the writer: records, kick, stop */
	pthread_cond_t idle; /* for those in writer_flush() */
	struct waiting queue[WRITER_QUEUE_MAX]; /* ring: put % MAX is the next free place */
	struct writer_news news;
	bool kick, stop, busy;
};

/* ---- the writer's thread -------------------------------------------------------------------- */

/* Write @n records in one transaction. Only this thread takes from the front of the queue. */
static int write_group(struct writer *w, uint64_t from, size_t n, uint64_t *duplicates)
{
	struct db_txn *txn;
	struct cdr c;
	int rc = db_begin(w->cfg.db, true, &txn);

	if (rc < 0)
		return rc;
	*duplicates = 0;
	for (size_t i = 0; i < n && rc >= 0; i++) {
		const struct waiting *item = &w->queue[(from + i) % WRITER_QUEUE_MAX];

		rc = cdr_decode(&c, item->data, item->len);
		if (rc == 0)
			rc = calls_put(txn, w->cfg.site, &c);
		*duplicates += rc == 0;
	}
	if (rc < 0) {
		db_abort(txn);
		return rc;
	}
	return db_commit(txn);
}

static void settle(struct writer *w, size_t n, int rc, uint64_t duplicates)
{
	w->news.error = rc;
	if (rc < 0)
		return;
	for (size_t i = 0; i < n; i++)
		free(w->queue[(w->news.done + i) % WRITER_QUEUE_MAX].data);
	w->news.done += n;
	w->news.duplicates += duplicates;
	w->news.commits++;
}

/* Wait for records; after an error for the pause to end, a kick, or the end. */
static void wait_for_work(struct writer *w)
{
	struct timespec until;

	if (!w->news.error) {
		while (!w->stop && w->news.put == w->news.done)
			pthread_cond_wait(&w->work, &w->lock);
		return;
	}
	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += RETRY_S;
	while (!w->stop && !w->kick)
		if (pthread_cond_timedwait(&w->work, &w->lock, &until) == ETIMEDOUT)
			break;
	w->kick = false;
}

static void one_group(struct writer *w)
{
	/* When there is little room a large group may not fit where one record does. */
	size_t most = w->news.error ? 1 : WRITER_GROUP_MAX, n = w->news.put - w->news.done;
	uint64_t duplicates = 0, from = w->news.done;
	int rc;

	n = n < most ? n : most;
	w->busy = true;
	pthread_mutex_unlock(&w->lock);
	rc = write_group(w, from, n, &duplicates);
	pthread_mutex_lock(&w->lock);
	w->busy = false;
	settle(w, n, rc, duplicates);
	pthread_cond_broadcast(&w->idle);
	w->cfg.wake(w->cfg.ctx);
}

static void *run(void *arg)
{
	struct writer *w = arg;

	pthread_mutex_lock(&w->lock);
	for (;;) {
		if (w->news.put == w->news.done || w->news.error)
			wait_for_work(w);
		if (w->news.put > w->news.done)
			one_group(w);
		if (w->stop && (w->news.put == w->news.done || w->news.error))
			break;
	}
	pthread_mutex_unlock(&w->lock);
	return NULL;
}

/* ---- for the others ------------------------------------------------------------------------- */

int writer_open(struct writer **out, const struct writer_cfg *cfg)
{
	struct writer *w = calloc(1, sizeof(*w));
	pthread_condattr_t monotonic;
	int rc;

	if (!w)
		return -ENOMEM;
	w->cfg = *cfg;
	pthread_mutex_init(&w->lock, NULL);
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&w->work, &monotonic);
	pthread_condattr_destroy(&monotonic);
	pthread_cond_init(&w->idle, NULL);
	rc = pthread_create(&w->thread, NULL, run, w);
	if (rc) {
		free(w);
		return -rc;
	}
	*out = w;
	return 0;
}

size_t writer_close(struct writer *w)
{
	size_t left;

	if (!w)
		return 0;
	pthread_mutex_lock(&w->lock);
	w->stop = true;
	pthread_cond_signal(&w->work);
	pthread_mutex_unlock(&w->lock);
	pthread_join(w->thread, NULL);
	left = w->news.put - w->news.done;
	for (uint64_t i = w->news.done; i < w->news.put; i++)
		free(w->queue[i % WRITER_QUEUE_MAX].data);
	pthread_cond_destroy(&w->idle);
	pthread_cond_destroy(&w->work);
	pthread_mutex_destroy(&w->lock);
	free(w);
	return left;
}

int writer_put(struct writer *w, const struct cdr *c)
{
	uint8_t buf[CDR_SIZE_MAX], *data;
	int n = cdr_encode(c, buf, sizeof(buf)), rc = 0;

	if (n < 0)
		return n;
	data = malloc((size_t)n);
	if (!data)
		return -ENOBUFS;
	memcpy(data, buf, (size_t)n);
	pthread_mutex_lock(&w->lock);
	if (w->news.put - w->news.done == WRITER_QUEUE_MAX) {
		free(data);
		rc = -ENOBUFS;
	} else {
		w->queue[w->news.put++ % WRITER_QUEUE_MAX] = (struct waiting){data, (size_t)n};
		pthread_cond_signal(&w->work);
	}
	pthread_mutex_unlock(&w->lock);
	return rc;
}

void writer_news(struct writer *w, struct writer_news *news)
{
	pthread_mutex_lock(&w->lock);
	*news = w->news;
	pthread_mutex_unlock(&w->lock);
}

int writer_flush(struct writer *w)
{
	int rc;

	pthread_mutex_lock(&w->lock);
	while (w->news.done < w->news.put && !w->news.error)
		pthread_cond_wait(&w->idle, &w->lock);
	rc = w->news.error;
	pthread_mutex_unlock(&w->lock);
	return rc;
}

int writer_resize(struct writer *w, size_t map_bytes)
{
	int rc;

	pthread_mutex_lock(&w->lock);
	while (w->busy) /* its transaction must have ended; the lock keeps a new one away */
		pthread_cond_wait(&w->idle, &w->lock);
	rc = db_resize(w->cfg.db, map_bytes);
	w->kick = true;
	pthread_cond_signal(&w->work);
	pthread_mutex_unlock(&w->lock);
	return rc;
}
