/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Mostly against small programs that stand in for espeak-ng and show what it was given;
 * at the end against the real one.
 */
#include "sound_rig.h"

#include "core/channel/level.h"
#include "engine/speech.h"

static uv_loop_t loop;
static struct clip_store *store;
static struct speech *speech;
static const struct speech_voice english = {"en", 0, -1};

static void open_speech(const char *program, const char *cache_dir, unsigned timeout_ms,
			unsigned processes)
{
	struct speech_cfg cfg = {program, cache_dir, timeout_ms, processes};

	speech_free(speech);
	speech = speech_new(&loop, store, &cfg);
	assert_non_null(speech);
}

static void new_store(void)
{
	clip_store_free(store);
	store = clip_store_new(4 << 20);
}

static int setup(void **state)
{
	(void)state;
	if (make_folder() < 0 || uv_loop_init(&loop) < 0)
		return -1;
	new_store();
	return store ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	speech_free(speech);
	speech = NULL;
	clip_store_free(store);
	store = NULL;
	assert_int_equal(uv_loop_close(&loop), 0);
	return remove_folder();
}

/* A stand-in: a shell script in the folder. */
static const char *script(const char *body)
{
	char text[1024];
	int n = snprintf(text, sizeof(text), "#!/bin/sh\ncd '%s'\n%s\n", folder, body);

	write_octets("program", text, (size_t)n);
	chmod(in_folder("program"), 0700);
	return in_folder("program");
}

static void run(void)
{
	while (speech_outstanding(speech) > 0)
		uv_run(&loop, UV_RUN_ONCE);
	uv_run(&loop, UV_RUN_DEFAULT);
}

static struct heard say_as(const struct speech_voice *voice, const char *text)
{
	struct heard h = {0};

	assert_int_equal(speech_say(speech, voice, text, WAITER(&h)), 0);
	assert_int_equal(h.times, 0);
	run();
	assert_int_equal(h.times, 1);
	return h;
}

static struct heard say(const char *text)
{
	return say_as(&english, text);
}

static void assert_error(const char *text, const char *part)
{
	struct heard h = say(text);

	assert_null(h.clip);
	assert_contains(h.error, part);
}

static void test_text_goes_in_by_stdin(void **state)
{
	static const char nasty[] = "-v $(touch oops) `x` \"'; rm -rf\n--stdin\n";
	struct speech_voice voice = {"en-us+f3", 200, 0};
	char got[512] = "";
	struct heard h;

	(void)state;
	write_sine("s.wav", SF_FORMAT_WAV | SF_FORMAT_PCM_16, 22050, 1, 22050);
	open_speech(script("cat >text; echo \"$@\" >args; cat s.wav"), NULL, 0, 0);
	h = say_as(&voice, nasty);
	assert_non_null(h.clip);
	assert_int_equal(h.clip->n, 8000);
	clip_put(h.clip);
	got[read_octets("text", got, sizeof(got) - 1)] = 0;
	assert_string_equal(got, nasty);
	memset(got, 0, sizeof(got));
	read_octets("args", got, sizeof(got) - 1);
	assert_string_equal(got, "--stdin --stdout -b 1 -v en-us+f3 -s 200 -p 0\n");
}

static void test_memory_and_shared_job(void **state)
{
	struct speech_voice other = {"de", 0, -1};
	struct heard a = {0}, b = {0}, c;

	(void)state;
	write_sine("s.wav", SF_FORMAT_WAV | SF_FORMAT_PCM_16, 22050, 1, 2205);
	open_speech(script("cat >/dev/null; cat s.wav"), NULL, 0, 0);
	assert_int_equal(speech_say(speech, &english, "one", WAITER(&a)), 0);
	assert_int_equal(speech_say(speech, &english, "one", WAITER(&b)), 0);
	assert_int_equal(speech_outstanding(speech), 2);
	run();
	assert_ptr_equal(a.clip, b.clip);
	assert_int_equal(speech_runs(speech), 1);
	c = say("one");
	assert_ptr_equal(a.clip, c.clip);
	assert_int_equal(speech_runs(speech), 1);
	clip_put(a.clip);
	clip_put(b.clip);
	clip_put(c.clip);
	clip_put(say_as(&other, "one").clip);
	clip_put(say("two").clip);
	assert_int_equal(speech_runs(speech), 3);
}

static void test_disk_cache(void **state)
{
	struct heard a, b;
	uint8_t octets[1000];
	char long_text[3000], command[200];

	(void)state;
	write_sine("s.wav", SF_FORMAT_WAV | SF_FORMAT_PCM_16, 22050, 1, 2205);
	mkdir(in_folder("cache"), 0700);
	open_speech(script("cat >/dev/null; cat s.wav"), in_folder("cache"), 0, 0);
	a = say("one");
	assert_int_equal(a.clip->n, 800);
	memcpy(octets, a.clip->octets, 800);
	clip_put(a.clip);
	/* As after a restart: the same octets, no process. */
	new_store();
	open_speech(in_folder("program"), in_folder("cache"), 0, 0);
	b = say("one");
	assert_int_equal(speech_runs(speech), 0);
	assert_memory_equal(b.clip->octets, octets, 800);
	clip_put(b.clip);
	/* A broken file in the cache is made anew. */
	new_store();
	open_speech(in_folder("program"), in_folder("cache"), 0, 0);
	snprintf(command, sizeof(command), "for f in '%s'/cache/*; do echo x >$f; done", folder);
	assert_int_equal(system(command), 0);
	clip_put(say("one").clip);
	assert_int_equal(speech_runs(speech), 1);
	/* Longer texts than a file can carry along are spoken all the same. */
	memset(long_text, 'a', sizeof(long_text));
	long_text[sizeof(long_text) - 1] = 0;
	clip_put(say(long_text).clip);
	assert_int_equal(speech_runs(speech), 2);
}

static void test_failures_are_clear(void **state)
{
	(void)state;
	open_speech("no-such-program-anywhere", NULL, 0, 0);
	assert_error("x", "no-such-program-anywhere: cannot be started: no such file");
	open_speech(
		script("cat >/dev/null; echo 'Error: no such voice.' >&2; echo more >&2; exit 1"),
		NULL, 0, 0);
	assert_error("x", "program: Error: no such voice.");
	open_speech(script("exit 3"), NULL, 0, 0);
	assert_error("x", "failed with status 3");
	open_speech(script("kill -9 $$"), NULL, 0, 0);
	assert_error("x", "killed by signal 9");
	open_speech(script("cat >/dev/null; echo rubbish"), NULL, 0, 0);
	assert_error("x", "not a sound file");
	open_speech(script("cat >/dev/null"), NULL, 0, 0);
	assert_error("x", "not a sound file");
	/* It talks a lot and never reads. */
	open_speech(script("head -c 100000 /dev/zero | tr '\\0' x >&2; exit 1"), NULL, 0, 0);
	assert_error("x", "xxxxx");
}

static void test_hung_program_is_killed(void **state)
{
	(void)state;
	open_speech(script("echo $$ >pid; exec sleep 1000"), NULL, 300, 0);
	assert_error("x", "no result after 300 ms");
	/* Its grandchild holds the pipes; that must not hold us. */
	open_speech(script("sleep 20 & exec sleep 1000"), NULL, 300, 0);
	assert_error("x", "no result after 300 ms");
	/* Endless sound. */
	open_speech(script("cat s.wav; exec cat /dev/zero"), NULL, 60000, 0);
	assert_error("x", "more than 600 s of sound");
}

static void test_processes_are_bounded(void **state)
{
	static struct heard h[12];
	char got[200] = "";
	char text[8];

	(void)state;
	memset(h, 0, sizeof(h));
	write_sine("s.wav", SF_FORMAT_WAV | SF_FORMAT_PCM_16, 8000, 1, 80);
	/* Each leaves how many there are while it runs. */
	open_speech(script("cat >/dev/null; touch run.$$; ls run.* | wc -l >>seen; sleep 0.05; "
			   "rm run.$$; cat s.wav"),
		    NULL, 0, 3);
	for (int i = 0; i < 12; i++) {
		snprintf(text, sizeof(text), "%d", i);
		assert_int_equal(speech_say(speech, &english, text, WAITER(&h[i])), 0);
	}
	run();
	for (int i = 0; i < 12; i++) {
		assert_int_equal(h[i].times, 1);
		assert_non_null(h[i].clip);
		clip_put(h[i].clip);
	}
	assert_int_equal(speech_runs(speech), 12);
	read_octets("seen", got, sizeof(got) - 1);
	for (char *c = got; *c; c++)
		assert_true(*c == '\n' || (*c >= '1' && *c <= '3'));
}

static void test_queue_is_bounded(void **state)
{
	static struct heard h;

	(void)state;
	memset(&h, 0, sizeof(h));
	open_speech(script("exit 1"), NULL, 0, 0);
	for (int i = 0; i < SPEECH_QUEUE_MAX; i++)
		assert_int_equal(speech_say(speech, &english, "x", WAITER(&h)), 0);
	assert_int_equal(speech_say(speech, &english, "x", WAITER(&h)), -EAGAIN);
	run();
	assert_int_equal(h.times, SPEECH_QUEUE_MAX);
}

static void assert_invalid(const char *name, int rate, int pitch, const char *text)
{
	struct speech_voice voice = {name, rate, pitch};

	assert_int_equal(speech_say(speech, &voice, text, WAITER(NULL)), -EINVAL);
}

static void test_bad_requests(void **state)
{
	static char text[SPEECH_TEXT_MAX + 2];
	struct speech_cfg cfg = {.processes = 17};

	(void)state;
	memset(text, 'a', SPEECH_TEXT_MAX + 1);
	open_speech(script("exit 1"), NULL, 0, 0);
	assert_invalid("", 0, -1, "x");
	assert_invalid("--help", 0, -1, "x");
	assert_invalid("../../x", 0, -1, "x");
	assert_invalid("en fr", 0, -1, "x");
	assert_invalid("a23456789012345678901234567890123", 0, -1, "x");
	assert_invalid("en", 79, -1, "x");
	assert_invalid("en", 451, -1, "x");
	assert_invalid("en", 0, 100, "x");
	assert_invalid("en", 0, -2, "x");
	assert_invalid("en", 0, -1, "");
	assert_invalid("en", 0, -1, text);
	assert_int_equal(speech_outstanding(speech), 0);
	assert_null(speech_new(&loop, store, &cfg));
}

/* The real program: something is heard, and twice the same. */
static void test_espeak_is_deterministic(void **state)
{
	static const struct speech_voice voices[] = {
		{"en", 0, -1}, {"cmn", 0, -1}, {"de", 120, 70}};
	static const char *const texts[] = {"Your order 4711 is under way.", "您的订单正在送货",
					    "Guten Tag."};

	(void)state;
	if (system("command -v espeak-ng >/dev/null") != 0)
		skip();
	for (int i = 0; i < 3; i++) {
		struct heard a, b;
		uint8_t *octets;
		size_t n;

		open_speech(NULL, NULL, 0, 0);
		a = say_as(&voices[i], texts[i]);
		if (!a.clip)
			fail_msg("%s", a.error);
		n = a.clip->n;
		assert_in_range(n, 4000, 80000);
		assert_true(level_block_alaw(a.clip->octets, n) > -40);
		octets = malloc(n);
		memcpy(octets, a.clip->octets, n);
		clip_put(a.clip);
		new_store();
		open_speech(NULL, NULL, 0, 0);
		b = say_as(&voices[i], texts[i]);
		assert_int_equal(b.clip->n, n);
		assert_memory_equal(b.clip->octets, octets, n);
		clip_put(b.clip);
		free(octets);
	}
	open_speech(NULL, NULL, 0, 0);
	assert_null(say_as(&(struct speech_voice){"nosuch", 0, -1}, "x").clip);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_text_goes_in_by_stdin),
		TEST(test_memory_and_shared_job),
		TEST(test_disk_cache),
		TEST(test_failures_are_clear),
		TEST(test_hung_program_is_killed),
		TEST(test_processes_are_bounded),
		TEST(test_queue_is_bounded),
		TEST(test_bad_requests),
		TEST(test_espeak_is_deterministic),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
