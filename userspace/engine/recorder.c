/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who owns what: the ring's head is the media thread's, its tail the recorder thread's;
 * the flags used, stop, ended and fetched of a slot and the result are under the lock,
 * which the media thread never takes; the rest of a slot is the recorder thread's while
 * used is set and ended is not.
 */
#include "engine/recorder.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sndfile.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/ring.h"
#include "core/channel/g711.h"

#define RATE         8000
#define RING_SIZE    131072 /* a tick of 8 samples is 28 octets: 4.7 s */
#define RECORD_HEAD  8 /* each record begins with its sample time */
#define BATCH_FRAMES 8192 /* written at once */
#define TRACKS       2
#define HEADER_EVERY RATE /* frames between two updates of the header */

struct recording {
	struct ring ring;
	struct recorder *owner;
	_Atomic bool deaf; /* ended by itself: puts are in vain */
	_Atomic int64_t put_end; /* sample after the last put, -1 none */

	bool used, stop, ended, fetched;
	struct recording_result result;

	char path[PATH_MAX_LEN];
	int64_t max, next; /* next: sample time that continues the file, -1 at the beginning */
	int64_t since_header;
	SNDFILE *file;
	int fd;
};

struct recorder {
	struct recording slot[RECORDER_SLOTS];
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t work, flushed;
	uint64_t flush_wanted, flush_done;
	bool quit;
	void (*wake)(void *ctx);
	void *ctx;
	uint8_t batch[BATCH_FRAMES * TRACKS];
	size_t n_batch; /* frames */
};

const char *recording_end_str(enum recording_end end)
{
	static const char *const names[] = {"running", "stopped", "full", "failed"};

	return (unsigned)end < sizeof(names) / sizeof(names[0]) ? names[end] : "?";
}

/* ---- media thread ------------------------------------------------------------------------ */

void recording_put(struct recording *rec, int64_t sample, const uint8_t *from_line,
		   const uint8_t *to_line, uint32_t n)
{
	uint8_t both[RECORDER_BLOCK_MAX * TRACKS];

	if (n == 0 || n > RECORDER_BLOCK_MAX ||
	    atomic_load_explicit(&rec->deaf, memory_order_relaxed))
		return;
	for (uint32_t i = 0; i < n; i++) {
		both[2 * i] = from_line[i];
		both[2 * i + 1] = to_line[i];
	}
	/* A full ring is noticed by the reader as a leap of the sample time. */
	ring_put(&rec->ring, &sample, RECORD_HEAD, both, n * TRACKS);
	atomic_store_explicit(&rec->put_end, sample + n, memory_order_release);
}

/* ---- recorder thread --------------------------------------------------------------------- */

static void part_name(const struct recording *rec, char *part)
{
	snprintf(part, PATH_MAX_LEN, "%.*s.part", PATH_MAX_LEN - 6, rec->path);
}

static int open_file(struct recording *rec)
{
	SF_INFO info = {
		.samplerate = RATE, .channels = TRACKS, .format = SF_FORMAT_WAV | SF_FORMAT_ALAW};
	char part[PATH_MAX_LEN];

	part_name(rec, part);
	rec->fd = open(part, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0640);
	if (rec->fd < 0)
		return errno;
	errno = 0;
	rec->file = sf_open_fd(rec->fd, SFM_WRITE, &info, SF_FALSE);
	return rec->file ? 0 : errno ? errno : EIO;
}

/* The directory too: otherwise the new name could be lost with the power. */
static void sync_dir(const char *path)
{
	char dir[PATH_MAX_LEN];
	char *slash;
	int fd;

	snprintf(dir, sizeof(dir), "%s", path);
	slash = strrchr(dir, '/');
	if (slash)
		slash[1] = 0;
	fd = open(slash ? dir : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return;
	fsync(fd);
	close(fd);
}

static int close_file(struct recording *rec, int error)
{
	char part[PATH_MAX_LEN];

	part_name(rec, part);
	if (rec->file) {
		errno = 0;
		if (sf_close(rec->file) != 0 && !error)
			error = errno ? errno : EIO;
		if (!error && fsync(rec->fd) < 0)
			error = errno;
	}
	if (rec->fd >= 0)
		close(rec->fd);
	if (!error && rename(part, rec->path) < 0)
		error = errno;
	if (!error)
		sync_dir(rec->path);
	rec->file = NULL;
	rec->fd = -1;
	return error;
}

static void finish(struct recording *rec, enum recording_end end, int error)
{
	struct recorder *r = rec->owner;

	atomic_store_explicit(&rec->deaf, true, memory_order_relaxed);
	error = close_file(rec, error);
	if (error)
		end = RECORDING_FAILED;
	if (error)
		part_name(rec, rec->result.path);
	else
		memcpy(rec->result.path, rec->path, sizeof(rec->path));
	rec->result.error = error;
	pthread_mutex_lock(&r->lock);
	rec->result.end = end;
	rec->ended = true;
	pthread_mutex_unlock(&r->lock);
	if (r->wake)
		r->wake(r->ctx);
}

static int write_batch(struct recording *rec)
{
	struct recorder *r = rec->owner;
	sf_count_t octets = (sf_count_t)(r->n_batch * TRACKS);

	if (octets == 0)
		return 0;
	errno = 0;
	if (sf_write_raw(rec->file, r->batch, octets) != octets)
		return errno ? errno : EIO;
	rec->result.samples += (int64_t)r->n_batch;
	rec->since_header += (int64_t)r->n_batch;
	r->n_batch = 0;
	if (rec->since_header >= HEADER_EVERY) {
		sf_command(rec->file, SFC_UPDATE_HEADER_NOW, NULL, 0);
		rec->since_header = 0;
	}
	return 0;
}

/* @frames NULL: silence. Up to the longest length. */
static int add_frames(struct recording *rec, const uint8_t *frames, int64_t n)
{
	struct recorder *r = rec->owner;

	while (n > 0) {
		int64_t left = rec->max - rec->result.samples - (int64_t)r->n_batch;
		size_t run = BATCH_FRAMES - r->n_batch;
		int error;

		if (left == 0)
			return 0;
		if ((int64_t)run > left)
			run = (size_t)left;
		if ((int64_t)run > n)
			run = (size_t)n;
		if (frames)
			memcpy(r->batch + r->n_batch * TRACKS, frames, run * TRACKS);
		else
			memset(r->batch + r->n_batch * TRACKS, ALAW_IDLE, run * TRACKS);
		if (frames)
			frames += run * TRACKS;
		else
			rec->result.lost += (int64_t)run;
		r->n_batch += run;
		n -= (int64_t)run;
		if (r->n_batch == BATCH_FRAMES) {
			error = write_batch(rec);
			if (error)
				return error;
		}
	}
	return 0;
}

/* Silence up to sample time @at. */
static int fill_to(struct recording *rec, int64_t at)
{
	int error = 0;

	if (rec->next < 0)
		rec->next = at;
	if (at > rec->next) {
		error = add_frames(rec, NULL, at - rec->next);
		rec->next = at;
	}
	return error;
}

/* What the ring holds into the file. Return: 0 or errno. */
static int drain(struct recording *rec)
{
	uint8_t record[RECORD_HEAD + RECORDER_BLOCK_MAX * TRACKS];
	int error = 0, len;

	while (!error && (len = ring_get(&rec->ring, record, sizeof(record))) > RECORD_HEAD) {
		int64_t at, n = (len - RECORD_HEAD) / TRACKS;

		memcpy(&at, record, sizeof(at));
		error = fill_to(rec, at);
		if (!error && at == rec->next) { /* not: time went back */
			error = add_frames(rec, record + RECORD_HEAD, n);
			rec->next += n;
		}
	}
	return error;
}

static bool is_full(const struct recording *rec)
{
	return rec->result.samples + (int64_t)rec->owner->n_batch >= rec->max;
}

static void serve(struct recording *rec, bool stop)
{
	int64_t end;
	bool full;
	int error = 0;

	rec->owner->n_batch = 0;
	if (!rec->file)
		error = open_file(rec);
	if (!error)
		error = drain(rec);
	end = atomic_load_explicit(&rec->put_end, memory_order_acquire);
	if (!error && stop && end >= 0)
		error = fill_to(rec, end); /* what was lost at the very end */
	full = is_full(rec);
	if (!error)
		error = write_batch(rec);
	if (error)
		finish(rec, RECORDING_FAILED, error);
	else if (full)
		finish(rec, RECORDING_FULL, 0);
	else if (stop)
		finish(rec, RECORDING_STOPPED, 0);
}

static void serve_all(struct recorder *r)
{
	for (int i = 0; i < RECORDER_SLOTS; i++) {
		struct recording *rec = &r->slot[i];
		bool busy, stop;

		pthread_mutex_lock(&r->lock);
		busy = rec->used && !rec->ended;
		stop = rec->stop;
		pthread_mutex_unlock(&r->lock);
		if (busy)
			serve(rec, stop);
	}
}

static void wait_for_work(struct recorder *r)
{
	struct timespec until;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_nsec += RECORDER_POLL_MS * 1000000L;
	if (until.tv_nsec >= 1000000000L) {
		until.tv_nsec -= 1000000000L;
		until.tv_sec++;
	}
	pthread_cond_timedwait(&r->work, &r->lock, &until);
}

static void *run(void *arg)
{
	struct recorder *r = arg;
	bool quit = false;

	while (!quit) {
		uint64_t wanted;

		pthread_mutex_lock(&r->lock);
		if (r->flush_wanted == r->flush_done && !r->quit)
			wait_for_work(r);
		wanted = r->flush_wanted;
		quit = r->quit;
		pthread_mutex_unlock(&r->lock);
		serve_all(r);
		pthread_mutex_lock(&r->lock);
		r->flush_done = wanted;
		pthread_cond_broadcast(&r->flushed);
		pthread_mutex_unlock(&r->lock);
	}
	return NULL;
}

/* ---- call thread ------------------------------------------------------------------------- */

static void free_slots(struct recorder *r)
{
	for (int i = 0; i < RECORDER_SLOTS; i++)
		ring_free(&r->slot[i].ring);
	free(r);
}

static int start_thread(struct recorder *r)
{
	pthread_condattr_t attr;
	int rc;

	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_mutex_init(&r->lock, NULL);
	pthread_cond_init(&r->work, &attr);
	pthread_cond_init(&r->flushed, NULL);
	pthread_condattr_destroy(&attr);
	rc = pthread_create(&r->thread, NULL, run, r);
	return -rc;
}

struct recorder *recorder_new(void (*wake)(void *ctx), void *ctx)
{
	struct recorder *r = aligned_alloc(64, (sizeof(*r) + 63) / 64 * 64);

	if (!r)
		return NULL;
	memset(r, 0, sizeof(*r));
	r->wake = wake;
	r->ctx = ctx;
	for (int i = 0; i < RECORDER_SLOTS; i++) {
		r->slot[i].owner = r;
		r->slot[i].fd = -1;
		if (ring_init(&r->slot[i].ring, RING_SIZE) < 0) {
			free_slots(r);
			return NULL;
		}
	}
	if (start_thread(r) < 0) {
		free_slots(r);
		return NULL;
	}
	return r;
}

void recorder_free(struct recorder *r)
{
	if (!r)
		return;
	pthread_mutex_lock(&r->lock);
	for (int i = 0; i < RECORDER_SLOTS; i++)
		r->slot[i].stop = true;
	r->quit = true;
	pthread_cond_signal(&r->work);
	pthread_mutex_unlock(&r->lock);
	pthread_join(r->thread, NULL);
	pthread_cond_destroy(&r->flushed);
	pthread_cond_destroy(&r->work);
	pthread_mutex_destroy(&r->lock);
	free_slots(r);
}

/* A slot of the last user to a new one. Under the lock; neither thread uses it. */
static void prepare(struct recording *rec, const char *path, int64_t max, uint64_t tag)
{
	uint8_t scrap[1];

	while (ring_get(&rec->ring, scrap, sizeof(scrap)) >= 0) {
	}
	memset(&rec->result, 0, sizeof(rec->result));
	rec->result.tag = tag;
	snprintf(rec->path, sizeof(rec->path), "%s", path);
	rec->max = max ? max : RECORDER_MAX_SAMPLES;
	rec->next = -1;
	rec->since_header = 0;
	atomic_store(&rec->put_end, -1);
	atomic_store(&rec->deaf, false);
	rec->stop = rec->ended = rec->fetched = false;
	rec->used = true;
}

int recording_start(struct recorder *r, const char *path, int64_t max_samples, uint64_t tag,
		    struct recording **out)
{
	int rc = -EAGAIN;

	if (!*path || max_samples < 0 || max_samples > RECORDER_MAX_SAMPLES)
		return -EINVAL;
	if (strnlen(path, PATH_MAX_LEN) >= PATH_MAX_LEN - sizeof(".part"))
		return -ENAMETOOLONG;
	pthread_mutex_lock(&r->lock);
	for (int i = 0; i < RECORDER_SLOTS && rc < 0; i++) {
		if (r->slot[i].used)
			continue;
		prepare(&r->slot[i], path, max_samples, tag);
		*out = &r->slot[i];
		rc = 0;
	}
	pthread_mutex_unlock(&r->lock);
	return rc;
}

/* Under the lock. */
static void maybe_free(struct recording *rec)
{
	if (rec->stop && rec->ended && rec->fetched)
		rec->used = false;
}

void recording_stop(struct recording *rec)
{
	pthread_mutex_lock(&rec->owner->lock);
	rec->stop = true;
	maybe_free(rec);
	pthread_mutex_unlock(&rec->owner->lock);
}

int recorder_result(struct recorder *r, struct recording_result *res)
{
	int found = 0;

	pthread_mutex_lock(&r->lock);
	for (int i = 0; i < RECORDER_SLOTS && !found; i++) {
		struct recording *rec = &r->slot[i];

		if (!rec->used || !rec->ended || rec->fetched)
			continue;
		*res = rec->result;
		rec->fetched = true;
		maybe_free(rec);
		found = 1;
	}
	pthread_mutex_unlock(&r->lock);
	return found;
}

void recorder_flush(struct recorder *r)
{
	uint64_t wanted;

	pthread_mutex_lock(&r->lock);
	wanted = ++r->flush_wanted;
	pthread_cond_signal(&r->work);
	while (r->flush_done < wanted)
		pthread_cond_wait(&r->flushed, &r->lock);
	pthread_mutex_unlock(&r->lock);
}
