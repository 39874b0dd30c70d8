/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sound_rig.h"

#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "core/channel/g711.h"
#include "engine/recorder.h"

static struct recorder *rec;
static _Atomic int woken;

/* hold[0] is told that the recorder thread has come here, which then waits for hold[1]. */
static sem_t hold[2];
static _Atomic bool holding;

static void wake(void *ctx)
{
	(void)ctx;
	atomic_fetch_add(&woken, 1);
	if (atomic_load(&holding)) {
		sem_post(&hold[0]);
		sem_wait(&hold[1]);
	}
}

static int setup(void **state)
{
	(void)state;
	atomic_store(&woken, 0);
	rec = recorder_new(wake, NULL);
	return make_folder() < 0 || !rec ? -1 : 0;
}

static int teardown(void **state)
{
	(void)state;
	recorder_free(rec);
	return remove_folder();
}

static struct recording *start(const char *name, int64_t max, uint64_t tag)
{
	struct recording *r = NULL;

	assert_int_equal(recording_start(rec, in_folder(name), max, tag, &r), 0);
	assert_non_null(r);
	return r;
}

/* What track @right carries at sample @t. */
static uint8_t octet_at(int64_t t, bool right)
{
	return (uint8_t)(right ? (uint64_t)t * 5 + 1 : (uint64_t)t * 3);
}

static void put(struct recording *r, int64_t at, uint32_t n)
{
	uint8_t left[RECORDER_BLOCK_MAX + 1], right[RECORDER_BLOCK_MAX + 1];

	for (uint32_t i = 0; i < n; i++) {
		left[i] = octet_at(at + i, false);
		right[i] = octet_at(at + i, true);
	}
	recording_put(r, at, left, right, n);
}

static void put_run(struct recording *r, int64_t from, int64_t to)
{
	for (int64_t at = from; at < to; at += 8)
		put(r, at, to - at < 8 ? (uint32_t)(to - at) : 8);
}

static struct recording_result result(void)
{
	struct recording_result res;

	recorder_flush(rec);
	assert_int_equal(recorder_result(rec, &res), 1);
	return res;
}

static uint8_t frames[2 * 400000];

/* Octets of a finished file: two tracks, A-law, 8 kHz. Returns frames. */
static int64_t read_frames(const char *name)
{
	SF_INFO info = {0};
	SNDFILE *f = sf_open(in_folder(name), SFM_READ, &info);
	sf_count_t n;

	if (!f)
		fail_msg("%s: %s", name, sf_strerror(NULL));
	assert_int_equal(info.format, SF_FORMAT_WAV | SF_FORMAT_ALAW);
	assert_int_equal(info.channels, 2);
	assert_int_equal(info.samplerate, 8000);
	n = sf_read_raw(f, frames, sizeof(frames));
	assert_int_equal(n, info.frames * 2);
	sf_close(f);
	return n / 2;
}

/* Frames @from..@to of the file are the sound of sample times @t0 + .. */
static void assert_sound(int64_t from, int64_t to, int64_t t0)
{
	for (int64_t i = from; i < to; i++) {
		if (frames[2 * i] != octet_at(t0 + i, false) ||
		    frames[2 * i + 1] != octet_at(t0 + i, true))
			fail_msg("frame %lld is wrong", (long long)i);
	}
}

static void assert_silence(int64_t from, int64_t to)
{
	for (int64_t i = from; i < to; i++) {
		if (frames[2 * i] != ALAW_IDLE || frames[2 * i + 1] != ALAW_IDLE)
			fail_msg("frame %lld is no silence", (long long)i);
	}
}

static bool exists(const char *name)
{
	return access(in_folder(name), F_OK) == 0;
}

static void test_tracks_bit_exact(void **state)
{
	struct recording *r = start("a.wav", 0, 4711);
	struct recording_result res;

	(void)state;
	put_run(r, 1000, 21003);
	assert_false(exists("a.wav"));
	recording_stop(r);
	res = result();
	assert_int_equal(res.end, RECORDING_STOPPED);
	assert_int_equal(res.tag, 4711);
	assert_int_equal(res.samples, 20003);
	assert_int_equal(res.lost, 0);
	assert_int_equal(res.error, 0);
	assert_string_equal(res.path, in_folder("a.wav"));
	assert_int_equal(read_frames("a.wav"), 20003);
	assert_sound(0, 20003, 1000);
	assert_false(exists("a.wav.part"));
	assert_int_equal(recorder_result(rec, &res), 0);
	assert_int_equal(atomic_load(&woken), 1);
}

static void test_nothing_put(void **state)
{
	struct recording *r = start("a.wav", 0, 1);

	(void)state;
	recording_stop(r);
	assert_int_equal(result().samples, 0);
	assert_int_equal(read_frames("a.wav"), 0);
}

static void test_block_sizes(void **state)
{
	static const uint32_t sizes[] = {1, 7, 8, 159, 160};
	struct recording *r = start("a.wav", 0, 1);
	int64_t at = -500; /* sample times may be negative */

	(void)state;
	for (int i = 0; i < 5; i++) {
		put(r, at, sizes[i]);
		at += sizes[i];
	}
	put(r, at, 0);
	put(r, at, RECORDER_BLOCK_MAX + 1);
	recording_stop(r);
	assert_int_equal(result().samples, at + 500);
	read_frames("a.wav");
	assert_sound(0, at + 500, -500);
}

/* Samples that never came are silence of the same length, on both tracks. */
static void test_gap_keeps_time(void **state)
{
	struct recording *r = start("a.wav", 0, 1);
	struct recording_result res;

	(void)state;
	put_run(r, 0, 800);
	put_run(r, 1600, 2400);
	put_run(r, 800, 1600); /* too late: time does not go back */
	put_run(r, 2400, 2408);
	recording_stop(r);
	res = result();
	assert_int_equal(res.samples, 2408);
	assert_int_equal(res.lost, 800);
	read_frames("a.wav");
	assert_sound(0, 800, 0);
	assert_silence(800, 1600);
	assert_sound(1600, 2408, 0);
}

/*
 * More than the ring holds while the recorder thread is stuck (here: in our wake()). What
 * was lost is silence up to the end.
 */
static void test_ring_overflow(void **state)
{
	struct recording *first, *r;
	struct recording_result res;
	int64_t held;

	(void)state;
	sem_init(&hold[0], 0, 0);
	sem_init(&hold[1], 0, 0);
	atomic_store(&holding, true);
	first = start("first.wav", 0, 1);
	recording_stop(first);
	sem_wait(&hold[0]);
	atomic_store(&holding, false);
	r = start("a.wav", 0, 2);
	put_run(r, 0, 80000);
	recording_stop(r);
	sem_post(&hold[1]);
	assert_int_equal(result().tag, 1);
	res = result();
	assert_int_equal(res.tag, 2);
	assert_int_equal(res.end, RECORDING_STOPPED);
	assert_int_equal(res.samples, 80000);
	held = res.samples - res.lost;
	assert_in_range(held, RECORDER_RING_S * 8000, 5 * 8000);
	assert_int_equal(read_frames("a.wav"), 80000);
	assert_sound(0, held, 0);
	assert_silence(held, 80000);
}

static void test_longest_length(void **state)
{
	struct recording *r = start("a.wav", 10000, 1);
	struct recording_result res;

	(void)state;
	put_run(r, 0, 20000);
	res = result(); /* ended by itself */
	assert_int_equal(res.end, RECORDING_FULL);
	assert_int_equal(res.samples, 10000);
	assert_int_equal(read_frames("a.wav"), 10000);
	assert_sound(0, 10000, 0);
	/* The media thread does not know yet. */
	put_run(r, 20000, 30000);
	recording_stop(r);
	recorder_flush(rec);
	assert_int_equal(recorder_result(rec, &res), 0);
	assert_int_equal(read_frames("a.wav"), 10000);
}

/* A gap of days does not write days of silence. */
static void test_gap_is_bounded(void **state)
{
	struct recording *r = start("a.wav", 50000, 1);
	struct recording_result res;

	(void)state;
	put_run(r, 0, 80);
	put_run(r, INT64_MAX / 2, INT64_MAX / 2 + 80);
	res = result();
	assert_int_equal(res.end, RECORDING_FULL);
	assert_int_equal(res.lost, 50000 - 80);
	recording_stop(r);
}

static void test_cannot_be_opened(void **state)
{
	struct recording *r = start("no/such/dir/a.wav", 0, 9);
	struct recording_result res = result();

	(void)state;
	assert_int_equal(res.end, RECORDING_FAILED);
	assert_int_equal(res.error, ENOENT);
	assert_int_equal(res.tag, 9);
	put_run(r, 0, 80);
	recording_stop(r);
	recorder_flush(rec);
	assert_int_equal(recorder_result(rec, &res), 0);
}

/* A file size limit stands for the full disk; the other recording goes on. */
static void test_disk_full(void **state)
{
	struct rlimit old, limit;
	struct recording *r, *other;
	struct recording_result res;

	(void)state;
	signal(SIGXFSZ, SIG_IGN);
	getrlimit(RLIMIT_FSIZE, &old);
	limit = old;
	limit.rlim_cur = 40000;
	r = start("a.wav", 0, 1);
	other = start("b.wav", 0, 2);
	setrlimit(RLIMIT_FSIZE, &limit);
	put_run(r, 0, 24000); /* 48000 octets */
	put_run(other, 0, 8000);
	recorder_flush(rec);
	assert_int_equal(recorder_result(rec, &res), 1);
	setrlimit(RLIMIT_FSIZE, &old);
	assert_int_equal(res.tag, 1);
	assert_int_equal(res.end, RECORDING_FAILED);
	assert_int_equal(res.error, EFBIG);
	assert_string_equal(res.path, in_folder("a.wav.part"));
	assert_false(exists("a.wav"));
	assert_true(exists("a.wav.part"));
	recording_stop(r);
	put_run(other, 8000, 16000);
	recording_stop(other);
	res = result();
	assert_int_equal(res.tag, 2);
	assert_int_equal(res.end, RECORDING_STOPPED);
	assert_int_equal(read_frames("b.wav"), 16000);
	assert_sound(0, 16000, 0);
}

/* The process dies: what is left can be played up to the last second. */
static void test_crash_leaves_a_file(void **state)
{
	pid_t child = fork();
	int status;
	int64_t n;

	(void)state;
	if (child == 0) {
		struct recording *r;
		struct recorder *own = recorder_new(NULL, NULL);

		if (!own || recording_start(own, in_folder("c.wav"), 0, 1, &r) < 0)
			_exit(1);
		for (int s = 0; s < 3; s++) {
			put_run(r, s * 8000, (s + 1) * 8000);
			recorder_flush(own);
		}
		put_run(r, 24000, 25000);
		kill(getpid(), SIGKILL);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSIGNALED(status));
	assert_false(exists("c.wav"));
	n = read_frames("c.wav.part");
	assert_in_range(n, 24000, 25000);
	assert_sound(0, n, 0);
}

static void test_all_slots(void **state)
{
	struct recording *r[RECORDER_SLOTS], *extra;
	struct recording_result res;
	bool seen[RECORDER_SLOTS] = {false};
	char name[16];

	(void)state;
	for (int round = 0; round < 2; round++) {
		for (int i = 0; i < RECORDER_SLOTS; i++) {
			snprintf(name, sizeof(name), "%d.wav", i);
			r[i] = start(name, 0, (uint64_t)i);
		}
		assert_int_equal(recording_start(rec, in_folder("x.wav"), 0, 1, &extra), -EAGAIN);
		for (int64_t at = 0; at < 8000; at += 8) {
			for (int i = 0; i < RECORDER_SLOTS; i++)
				put(r[i], at + i * 1000 + round, 8);
		}
		for (int i = 0; i < RECORDER_SLOTS; i++)
			recording_stop(r[i]);
		recorder_flush(rec);
		for (int i = 0; i < RECORDER_SLOTS; i++) {
			assert_int_equal(recorder_result(rec, &res), 1);
			assert_int_equal(res.samples, 8000);
			assert_int_equal(res.lost, 0);
			assert_true(seen[res.tag] == (round == 1));
			seen[res.tag] = round == 0;
			snprintf(name, sizeof(name), "%d.wav", (int)res.tag);
			assert_int_equal(read_frames(name), 8000);
			assert_sound(0, 8000, (int64_t)res.tag * 1000 + round);
		}
	}
}

/* A slot is free when both have happened, in either order. */
static void test_slot_reuse(void **state)
{
	struct recording_result res;

	(void)state;
	for (int i = 0; i < 3 * RECORDER_SLOTS; i++) {
		struct recording *r = start("a.wav", 8, 1);

		put(r, 0, 8);
		if (i % 2)
			recording_stop(r);
		recorder_flush(rec);
		assert_int_equal(recorder_result(rec, &res), 1);
		if (i % 2 == 0)
			recording_stop(r);
	}
}

static void test_bad_requests(void **state)
{
	struct recording *r = NULL;
	char longest[PATH_MAX_LEN + 1];

	(void)state;
	memset(longest, 'a', sizeof(longest));
	longest[PATH_MAX_LEN] = 0;
	assert_int_equal(recording_start(rec, "", 0, 0, &r), -EINVAL);
	assert_int_equal(recording_start(rec, "x", -1, 0, &r), -EINVAL);
	assert_int_equal(recording_start(rec, "x", RECORDER_MAX_SAMPLES + 1, 0, &r), -EINVAL);
	assert_int_equal(recording_start(rec, longest, 0, 0, &r), -ENAMETOOLONG);
	longest[PATH_MAX_LEN - 6] = 0;
	assert_int_equal(recording_start(rec, longest, 0, 0, &r), -ENAMETOOLONG);
	assert_null(r);
	assert_string_equal(recording_end_str(RECORDING_FULL), "full");
	assert_string_equal(recording_end_str(77), "?");
}

/* Shutdown with recordings going on: their files are complete. */
static void test_free_finishes(void **state)
{
	struct recording *r = start("a.wav", 0, 1);

	(void)state;
	put_run(r, 0, 12000);
	recorder_free(rec);
	rec = NULL;
	assert_int_equal(read_frames("a.wav"), 12000);
	assert_sound(0, 12000, 0);
}

/* Two threads, as in the engine. */
struct writer {
	struct recording *r;
	int64_t n;
};

static void *write_all(void *arg)
{
	struct writer *w = arg;

	/* Faster than real time; what finds no room is lost, and has to be counted. */
	for (int64_t at = 0; at < w->n; at += 8) {
		put(w->r, at, 8);
		if (at % 16000 == 0)
			usleep(1000);
	}
	return NULL;
}

static void test_with_a_media_thread(void **state)
{
	struct writer w = {start("a.wav", 0, 1), 300000};
	struct recording_result res;
	int64_t silent = 0;
	pthread_t t;

	(void)state;
	assert_int_equal(pthread_create(&t, NULL, write_all, &w), 0);
	pthread_join(t, NULL);
	recording_stop(w.r);
	res = result();
	assert_int_equal(res.samples, w.n);
	assert_int_equal(read_frames("a.wav"), w.n);
	/* What was written is right; what was lost is silence and counted. */
	for (int64_t i = 0; i < w.n; i++) {
		if (frames[2 * i] != octet_at(i, false) || frames[2 * i + 1] != octet_at(i, true)) {
			assert_int_equal(frames[2 * i], ALAW_IDLE);
			assert_int_equal(frames[2 * i + 1], ALAW_IDLE);
			silent++;
		}
	}
	/* Sound may happen to be the same as silence: 1 in 256 frames at most. */
	assert_true(silent <= res.lost && res.lost - silent <= res.lost / 50);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_tracks_bit_exact),    TEST(test_nothing_put),
		TEST(test_block_sizes),         TEST(test_gap_keeps_time),
		TEST(test_ring_overflow),       TEST(test_longest_length),
		TEST(test_gap_is_bounded),      TEST(test_cannot_be_opened),
		TEST(test_disk_full),           TEST(test_crash_leaves_a_file),
		TEST(test_all_slots),           TEST(test_slot_reuse),
		TEST(test_bad_requests),        TEST(test_free_finishes),
		TEST(test_with_a_media_thread),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
