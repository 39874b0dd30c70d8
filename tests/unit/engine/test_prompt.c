/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sound_rig.h"

static uv_loop_t loop;
static struct clip_store *store;
static struct prompts *prompts;
static uint8_t sound[3000];

static void open_prompts(bool allow_absolute)
{
	static char second[80];
	struct prompt_cfg cfg = {.n_dirs = 2, .allow_absolute = allow_absolute, .max_s = 2};

	snprintf(second, sizeof(second), "%s/second", folder);
	cfg.dirs[0] = folder;
	cfg.dirs[1] = second;
	prompts = prompts_new(&loop, store, &cfg);
	assert_non_null(prompts);
}

static int setup(void **state)
{
	(void)state;
	if (make_folder() < 0 || uv_loop_init(&loop) < 0)
		return -1;
	mkdir(in_folder("second"), 0700);
	mkdir(in_folder("sub"), 0700);
	store = clip_store_new(10000);
	for (size_t i = 0; i < sizeof(sound); i++)
		sound[i] = (uint8_t)(i * 13);
	open_prompts(false);
	return store ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	prompts_free(prompts);
	clip_store_free(store);
	assert_int_equal(uv_loop_close(&loop), 0);
	return remove_folder();
}

static void run(void)
{
	while (prompt_outstanding(prompts) > 0)
		uv_run(&loop, UV_RUN_ONCE);
	uv_run(&loop, UV_RUN_DEFAULT);
}

static struct heard ask(const char *name)
{
	struct heard h = {0};

	assert_int_equal(prompt_get(prompts, name, WAITER(&h)), 0);
	assert_int_equal(h.times, 0); /* never from within */
	run();
	assert_int_equal(h.times, 1);
	return h;
}

static void test_found_bit_exact(void **state)
{
	struct heard a, b;

	(void)state;
	write_octets("a.alaw", sound, 1000);
	a = ask("a.alaw");
	assert_non_null(a.clip);
	assert_int_equal(a.clip->n, 1000);
	assert_memory_equal(a.clip->octets, sound, 1000);
	assert_int_equal(a.clip->refs, 1);
	b = ask("a.alaw");
	assert_ptr_equal(a.clip, b.clip);
	assert_int_equal(a.clip->refs, 2);
	clip_put(a.clip);
	clip_put(b.clip);
	assert_int_equal(a.clip->refs, 0);
}

static void test_directories_in_turn(void **state)
{
	struct heard h;

	(void)state;
	write_octets("second/b.alaw", sound, 20);
	write_octets("sub/c.alaw", sound, 30);
	h = ask("b.alaw");
	assert_int_equal(h.clip->n, 20);
	clip_put(h.clip);
	write_octets("b.alaw", sound, 10);
	h = ask("b.alaw");
	assert_int_equal(h.clip->n, 10);
	clip_put(h.clip);
	h = ask("sub/c.alaw");
	assert_int_equal(h.clip->n, 30);
	clip_put(h.clip);
}

static void test_suffix_may_be_left_out(void **state)
{
	struct heard h;

	(void)state;
	write_sine("a.flac", SF_FORMAT_FLAC | SF_FORMAT_PCM_16, 8000, 1, 40);
	h = ask("a");
	assert_int_equal(h.clip->n, 40);
	clip_put(h.clip);
	write_sine("a.wav", SF_FORMAT_WAV | SF_FORMAT_PCM_16, 8000, 1, 50);
	h = ask("a");
	assert_int_equal(h.clip->n, 50);
	clip_put(h.clip);
	/* A folder of the same name is passed over. */
	write_sine("sub.wav", SF_FORMAT_WAV | SF_FORMAT_PCM_16, 8000, 1, 60);
	h = ask("sub");
	assert_int_equal(h.clip->n, 60);
	clip_put(h.clip);
}

/* The next caller hears the new file, the one who listens hears the old to its end. */
static void test_changed_file(void **state)
{
	struct heard old, new;

	(void)state;
	write_octets("a.alaw", sound, 1000);
	old = ask("a.alaw");
	write_octets("new.alaw", sound + 500, 1000);
	assert_int_equal(rename(in_folder("new.alaw"), in_folder("a.alaw")), 0);
	new = ask("a.alaw");
	assert_ptr_not_equal(old.clip, new.clip);
	assert_memory_equal(old.clip->octets, sound, 1000);
	assert_memory_equal(new.clip->octets, sound + 500, 1000);
	clip_put(old.clip);
	clip_put(new.clip);
	unlink(in_folder("a.alaw"));
	new = ask("a.alaw");
	assert_null(new.clip);
	assert_contains(new.error, "a.alaw: no such sound file");
}

static void test_shared_job(void **state)
{
	struct heard h[50] = {0};

	(void)state;
	write_octets("a.alaw", sound, 1000);
	for (int i = 0; i < 50; i++)
		assert_int_equal(prompt_get(prompts, "a.alaw", WAITER(&h[i])), 0);
	assert_int_equal(prompt_outstanding(prompts), 50);
	run();
	for (int i = 0; i < 50; i++) {
		assert_int_equal(h[i].times, 1);
		assert_ptr_equal(h[i].clip, h[0].clip);
	}
	assert_int_equal(h[0].clip->refs, 50);
	assert_int_equal(clip_store_octets(store), 1000);
	for (int i = 0; i < 50; i++)
		clip_put(h[i].clip);
}

static void test_names_stay_below(void **state)
{
	static const char *const bad[] = {"",
					  "..",
					  "../a.alaw",
					  "sub/../a.alaw",
					  "./a.alaw",
					  "/etc/passwd",
					  "sub//a.alaw",
					  "a.alaw/",
					  "sub/..",
					  "."};

	(void)state;
	write_octets("a.alaw", sound, 10);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct heard h = ask(bad[i]);

		assert_null(h.clip);
		assert_contains(h.error, "not a name below the prompt directories");
	}
	/* Dots in a name are no way out. */
	write_octets("..a..alaw", sound, 10);
	write_octets("...alaw", sound, 10);
	for (int i = 0; i < 2; i++) {
		struct heard h = ask(i ? "...alaw" : "..a..alaw");

		assert_non_null(h.clip);
		clip_put(h.clip);
	}
}

static void test_absolute_names(void **state)
{
	struct heard h;

	(void)state;
	write_octets("a.alaw", sound, 10);
	prompts_free(prompts);
	open_prompts(true);
	h = ask(in_folder("a.alaw"));
	assert_non_null(h.clip);
	clip_put(h.clip);
	assert_contains(ask(in_folder("nothing.alaw")).error, "no such sound file");
	assert_contains(ask(in_folder("sub/../a.alaw")).error, "not a name");
	assert_contains(ask("/").error, "not a name");
}

static void test_refused_files(void **state)
{
	(void)state;
	write_octets("text.wav", "hello", 5);
	assert_contains(ask("text.wav").error, "text.wav: not a sound file");
	assert_contains(ask("sub").error, "directory");
	mkfifo(in_folder("fifo"), 0600);
	assert_contains(ask("fifo").error, "not a regular file");
	write_octets("long.sln", sound, 3000); /* 1500 samples */
	clip_put(ask("long.sln").clip);
	write_sine("long.wav", SF_FORMAT_WAV | SF_FORMAT_PCM_16, 8000, 1, 16001);
	assert_contains(ask("long.wav").error, "longer than 2 s");
}

/* When all room is in use the request fails, the others are not disturbed. */
static void test_no_room(void **state)
{
	struct heard h[4];
	char name[16];

	(void)state;
	for (int i = 0; i < 4; i++) {
		snprintf(name, sizeof(name), "%d.alaw", i);
		write_octets(name, sound, 3000);
	}
	for (int i = 0; i < 3; i++) {
		snprintf(name, sizeof(name), "%d.alaw", i);
		h[i] = ask(name);
		assert_non_null(h[i].clip);
	}
	h[3] = ask("3.alaw");
	assert_null(h[3].clip);
	assert_contains(h[3].error, "no room");
	for (int i = 0; i < 3; i++) {
		assert_memory_equal(h[i].clip->octets, sound, 3000);
		clip_put(h[i].clip);
	}
	h[3] = ask("3.alaw");
	assert_non_null(h[3].clip);
	clip_put(h[3].clip);
}

static void test_queue_is_bounded(void **state)
{
	static struct heard h;

	(void)state;
	memset(&h, 0, sizeof(h));
	for (int i = 0; i < PROMPT_QUEUE_MAX; i++)
		assert_int_equal(prompt_get(prompts, i % 2 ? "none" : "nothing", WAITER(&h)), 0);
	assert_int_equal(prompt_get(prompts, "none", WAITER(&h)), -EAGAIN);
	run();
	assert_int_equal(h.times, PROMPT_QUEUE_MAX);
	assert_null(ask("none").clip);
}

/* A waiter asks again from within its call. */
static struct heard second;

static void ask_again(void *ctx, struct clip *clip, const char *error)
{
	on_clip(ctx, clip, error);
	assert_int_equal(prompt_get(prompts, "a.alaw", WAITER(&second)), 0);
	assert_int_equal(second.times, 0);
}

static void test_ask_from_within(void **state)
{
	struct heard first = {0};

	(void)state;
	memset(&second, 0, sizeof(second));
	write_octets("a.alaw", sound, 100);
	assert_int_equal(prompt_get(prompts, "a.alaw", &(struct clip_waiter){ask_again, &first}),
			 0);
	run();
	assert_int_equal(second.times, 1);
	assert_ptr_equal(first.clip, second.clip);
	clip_put(first.clip);
	clip_put(second.clip);
}

static void test_too_many_directories(void **state)
{
	struct prompt_cfg cfg = {.n_dirs = PROMPT_DIRS_MAX + 1};

	(void)state;
	assert_null(prompts_new(&loop, store, &cfg));
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_found_bit_exact),
		TEST(test_directories_in_turn),
		TEST(test_suffix_may_be_left_out),
		TEST(test_changed_file),
		TEST(test_shared_job),
		TEST(test_names_stay_below),
		TEST(test_absolute_names),
		TEST(test_refused_files),
		TEST(test_no_room),
		TEST(test_queue_is_bounded),
		TEST(test_ask_from_within),
		TEST(test_too_many_directories),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
