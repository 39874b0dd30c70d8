/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Two media threads on one cable (UDP on loopback), in lockstep: what one side says the other
 * one hears, octet by octet and at a known sample.
 */
#include "media_rig.h"

#include <errno.h>
#include <sndfile.h>

#include "core/channel/g711.h"
#include "core/line/g826.h"
#include "core/line/pw_port.h"
#include "engine/detect.h"
#include "engine/items.h"
#include "engine/playlist.h"
#include "engine/recorder.h"

#define CLIP     4001
#define RECORDED (4 * 8000)
#define TICK     8
#define ALIGNED  (600 * TICK) /* by then both ends are in CRC-4 multiframe alignment */

static struct rig a, b;
static uint8_t clip[CLIP];
static bool deaf; /* nobody reads what b tells */

/* Both run to the tick that begins at @sample and stand still in it. */
static void run_to(int64_t sample)
{
	struct rig *ends[2] = {&a, &b};
	bool there[2] = {false, false};
	int waited = 0;

	for (int i = 0; i < 2; i++)
		media_wake_at(ends[i]->m, sample);
	while (!there[0] || !there[1]) {
		for (int i = 0; i < 2; i++) {
			struct rig *r = ends[i];

			if (there[i] || !rig_waits(r, 1)) {
				waited += !there[i];
				assert_true(waited < PATIENCE_MS);
				continue;
			}
			if (r != &b || !deaf)
				rig_drain(r);
			there[i] = media_sample(r->m) > sample;
			if (!there[i])
				media_lock_done(r->m);
		}
	}
}

static void release(void)
{
	media_lock_done(a.m);
	media_lock_done(b.m);
}

static void go_to(int64_t sample)
{
	release();
	run_to(sample);
}

static int cabled(void **state)
{
	(void)state;
	a = (struct rig){.span = span_settings()};
	b = (struct rig){.span = span_settings()};
	two_addresses(a.span.local, b.span.local);
	strcpy(a.span.remote, b.span.local);
	strcpy(b.span.remote, a.span.local);
	for (size_t i = 0; i < CLIP; i++)
		clip[i] = (uint8_t)(i * 89 + (i >> 5) * 7 + 1);
	return 0;
}

static void open_both(void)
{
	rig_open(&a);
	rig_open(&b);
	run_to(0);
}

static int uncabled(void **state)
{
	(void)state;
	rig_close(&a);
	rig_close(&b);
	return 0;
}

static struct playlist *clip_list(void)
{
	struct playlist *l = calloc(1, sizeof(*l));

	l->n = 1;
	l->rounds = 1;
	l->items[0] = (struct source_item){.kind = SOURCE_CLIP, .octets = clip, .n = CLIP};
	return l;
}

static void d_channel_both_ways(void **state)
{
	uint8_t frame[260];
	struct media_cmd cmd = {.type = MCMD_DCHAN_FRAME};
	const struct told *t;
	unsigned int at = 0;

	(void)state;
	open_both();
	go_to(ALIGNED);
	for (size_t i = 0; i < sizeof(frame); i++)
		frame[i] = (uint8_t)i;
	assert_int_equal(media_command(a.m, &cmd, frame, sizeof(frame)), 0);
	assert_int_equal(media_command(a.m, &cmd, "two", 3), 0);
	assert_int_equal(media_command(b.m, &cmd, "back", 4), 0);
	go_to(ALIGNED + 100 * TICK);
	t = rig_find(&b, MEV_DCHAN_FRAME, &at);
	assert_non_null(t);
	assert_int_equal(t->len, sizeof(frame));
	assert_memory_equal(t->frame, frame, sizeof(frame));
	t = rig_find(&b, MEV_DCHAN_FRAME, &at);
	assert_non_null(t);
	assert_int_equal(t->len, 3);
	assert_memory_equal(t->frame, "two", 3);
	assert_null(rig_find(&b, MEV_DCHAN_FRAME, &at));
	at = 0;
	t = rig_find(&a, MEV_DCHAN_FRAME, &at);
	assert_non_null(t);
	assert_memory_equal(t->frame, "back", 4);
	assert_int_equal(rig_count(&a, MEV_DCHAN_FRAME), 1);
}

/* ---- sound, by recordings that begin at the same tick ---- */

struct tape {
	struct recording *rec;
	char path[64];
	uint8_t line[RECORDED], to[RECORDED]; /* from the line, to the line */
};

static struct recorder *recorder;
static char folder[32];
static struct tape tapes[4];

static void tape_start(struct rig *r, int ts, struct tape *t, uint64_t tag)
{
	snprintf(t->path, sizeof(t->path), "%s/%d.wav", folder, (int)tag);
	assert_int_equal(recording_start(recorder, t->path, 0, tag, &t->rec), 0);
	rig_command(r, ts,
		    (struct media_cmd){.type = MCMD_RECORD,
				       .op = (uint32_t)tag,
				       .recording = t->rec,
				       .max = RECORDED});
}

static void tape_read(struct tape *t)
{
	uint8_t both[2 * RECORDED];
	SF_INFO info = {0};
	SNDFILE *f = sf_open(t->path, SFM_READ, &info);

	assert_non_null(f);
	assert_int_equal(info.channels, 2);
	assert_int_equal(info.frames, RECORDED);
	assert_int_equal(sf_read_raw(f, both, sizeof(both)), sizeof(both));
	sf_close(f);
	unlink(t->path);
	for (int i = 0; i < RECORDED; i++) {
		t->line[i] = both[2 * i];
		t->to[i] = both[2 * i + 1];
	}
}

/* Where the clip begins in it, octet by octet, with nothing but idle around it. */
static int clip_begins(const uint8_t *heard, bool over_the_line)
{
	bool converted = over_the_line && a.span.law == LAW_U;
	int at = 0;

	while (at < RECORDED && heard[at] == ALAW_IDLE)
		at++;
	assert_true(at + CLIP <= RECORDED);
	for (int i = 0; i < CLIP; i++)
		assert_int_equal(heard[at + i],
				 converted ? ulaw_to_a(alaw_to_u(clip[i])) : clip[i]);
	for (int i = at + CLIP; i < RECORDED; i++)
		assert_int_equal(heard[i], ALAW_IDLE);
	return at;
}

static void let_go(struct rig *r)
{
	const struct told *t;
	unsigned int at = 0;

	while ((t = rig_find(r, MEV_RECORD_END, &at)) != NULL) {
		assert_true(t->ev.full);
		recording_stop(t->ev.recording);
	}
}

/*
 * a:1 plays; b bridges 1 with 2; a:2 hears it. The bridge adds nothing at all, each way over the
 * cable what its jitter buffer is set to.
 */
static void through_a_bridge(enum span_law law)
{
	int there, through, back;
	unsigned int at = 0;
	const struct told *t;

	a.span.law = b.span.law = law;
	strcpy(folder, "/tmp/media-test-XXXXXX");
	assert_non_null(mkdtemp(folder));
	recorder = recorder_new(NULL, NULL);
	open_both();
	go_to(ALIGNED);
	for (int ts = 1; ts <= 2; ts++) {
		rig_command(&a, ts, (struct media_cmd){.type = MCMD_OPEN, .op = 7});
		rig_command(&b, ts, (struct media_cmd){.type = MCMD_OPEN, .op = 8});
		tape_start(&a, ts, &tapes[ts - 1], (uint64_t)ts);
		tape_start(&b, ts, &tapes[ts + 1], (uint64_t)ts + 2);
	}
	rig_command(&b, 1, (struct media_cmd){.type = MCMD_CONNECT, .peer = {.ts = 2}});
	go_to(ALIGNED + 200 * TICK);
	rig_command(&a, 1, (struct media_cmd){.type = MCMD_PLAY, .op = 70, .list = clip_list()});
	go_to(ALIGNED + RECORDED + 100 * TICK);
	t = rig_find(&a, MEV_PLAY_END, &at);
	assert_non_null(t);
	assert_int_equal(t->ev.value, CLIP);
	playlist_free(t->ev.list);
	let_go(&a);
	let_go(&b);
	recorder_flush(recorder);
	for (int i = 0; i < 4; i++)
		tape_read(&tapes[i]);
	recorder_free(recorder);
	rmdir(folder);
	there = clip_begins(tapes[2].line, true) - clip_begins(tapes[0].to, false);
	through = clip_begins(tapes[3].to, true) - clip_begins(tapes[2].line, true);
	back = clip_begins(tapes[1].line, true) - clip_begins(tapes[3].to, true);
	assert_int_equal(through, 0);
	assert_int_equal(there, back);
	assert_in_range(there, 1, (a.span.jitter_ms + 1) * TICK);
}

static void bridge_is_transparent_and_costs_no_sample(void **state)
{
	(void)state;
	through_a_bridge(LAW_A);
}

/* A prompt is converted once, by G.711 tables 3 and 4; between lines of the same law nothing is. */
static void mu_law_lines(void **state)
{
	(void)state;
	through_a_bridge(LAW_U);
}

static void digits_name_their_leg(void **state)
{
	const struct tone_freq f[2] = {{.hz = 852}, {.hz = 1336}};
	static int16_t pcm[800];
	struct playlist *l = clip_list();
	static uint8_t octets[800];
	const struct told *t;
	unsigned int at = 0;

	(void)state;
	for (int i = 0; i < 800; i++) {
		double x = 6.283185307179586 * i / 8000;

		pcm[i] =
			(int16_t)(8000 * (__builtin_sin(f[0].hz * x) + __builtin_sin(f[1].hz * x)));
	}
	alaw_encode_block(octets, pcm, 800);
	l->items[0] = (struct source_item){.kind = SOURCE_CLIP, .octets = octets, .n = 800};
	open_both();
	go_to(ALIGNED);
	rig_command(&a, 5, (struct media_cmd){.type = MCMD_OPEN, .op = 50});
	rig_command(&b, 5, (struct media_cmd){.type = MCMD_OPEN, .op = 51, .flags = DETECT_DTMF});
	rig_command(&a, 5, (struct media_cmd){.type = MCMD_PLAY, .op = 1, .list = l});
	go_to(ALIGNED + 600 * TICK);
	playlist_free(rig_find(&a, MEV_PLAY_END, &at)->ev.list);
	at = 0;
	t = rig_find(&b, MEV_DIGIT, &at);
	assert_non_null(t);
	assert_int_equal(t->ev.digit, '8');
	assert_int_equal(t->ev.op, 51);
	assert_int_equal(t->ev.chan.ts, 5);
	assert_in_range(t->ev.at, ALIGNED, ALIGNED + 250);
	assert_null(rig_find(&b, MEV_DIGIT, &at));
	assert_true(media_level(b.m, t->ev.chan) < -40);
}

/* ---- alarms, seconds, signalling bits ---- */

static void far_end_without_multiframe(void **state)
{
	const struct told *t;
	unsigned int at = 0;

	(void)state;
	a.span.crc4 = E1_CRC4_ON;
	b.span.crc4 = E1_CRC4_OFF;
	open_both();
	go_to(2 * 8000);
	t = rig_find(&a, MEV_ALARMS, &at);
	assert_non_null(t);
	assert_int_equal(t->ev.value, E1_LMFA);
	assert_null(rig_find(&a, MEV_ALARMS, &at));
	at = 0;
	t = rig_find(&b, MEV_ALARMS, &at); /* a says so, G.706 4.2 */
	assert_non_null(t);
	assert_int_equal(t->ev.value, E1_RAI);
}

static void each_second_is_judged(void **state)
{
	struct g826_second s[2];
	const struct told *t;
	unsigned int at = 0;

	(void)state;
	open_both();
	go_to(3 * 8000);
	assert_int_equal(rig_count(&a, MEV_SECOND), 3);
	for (int i = 0; i < 3; i++) {
		t = rig_find(&a, MEV_SECOND, &at);
		assert_int_equal(t->ev.sample, (i + 1) * 8000 - TICK);
		assert_int_equal(t->len, sizeof(s));
		memcpy(s, t->frame, sizeof(s));
		assert_true(s[0].crc && s[1].crc);
		assert_int_equal(s[0].defect, i == 0); /* the search for alignment */
		assert_int_equal(s[0].errors, 0);
		assert_int_equal(s[1].errors, 0);
	}
}

static void signalling_bits(void **state)
{
	const struct told *t;
	unsigned int at = 0;

	(void)state;
	a.span.cas = b.span.cas = true;
	a.span.signalling = b.span.signalling = SIG_NONE;
	open_both();
	go_to(ALIGNED);
	a.n = b.n = 0;
	rig_command(&a, 3, (struct media_cmd){.type = MCMD_CAS, .flags = 5});
	rig_command(&a, 31, (struct media_cmd){.type = MCMD_CAS, .flags = 14});
	go_to(ALIGNED + 50 * TICK);
	while ((t = rig_find(&b, MEV_CAS, &at)) != NULL) {
		assert_true(t->ev.chan.ts == 3 || t->ev.chan.ts == 31);
		assert_int_equal(t->ev.value, t->ev.chan.ts == 3 ? 5 : 14);
	}
	assert_int_equal(rig_count(&b, MEV_CAS), 2);
	assert_int_equal(rig_count(&a, MEV_CAS), 0);
}

/* ---- full rings ---- */

static void what_was_lent_comes_back_from_a_full_ring(void **state)
{
	struct media_cmd play = {.type = MCMD_PLAY, .chan = {.ts = 9}};
	const struct told *t;
	unsigned int lent = 0, at = 0, back = 0;

	(void)state;
	open_both();
	rig_command(&a, 9, (struct media_cmd){.type = MCMD_OPEN, .op = 1});
	for (;;) {
		play.op = 100 + lent;
		play.list = clip_list();
		if (media_command(a.m, &play, NULL, 0)) {
			free(play.list);
			break;
		}
		lent++;
	}
	assert_true(lent > 1000);
	/* Refused: what begins something. Not refused: the end of each of them, and of the channel. */
	for (unsigned int i = 0; i < lent; i++)
		rig_command(&a, 9, (struct media_cmd){.type = MCMD_STOP_PLAY, .op = 100 + i});
	rig_command(&a, 9, (struct media_cmd){.type = MCMD_CLOSE, .op = 1});
	go_to(10 * TICK);
	while ((t = rig_find(&a, MEV_PLAY_END, &at)) != NULL) {
		assert_int_equal(t->ev.op, 100 + back++);
		playlist_free(t->ev.list);
	}
	assert_int_equal(back, lent);
	assert_int_equal(rig_count(&a, MEV_CLOSED), 1);
}

/* A call thread that does not read: signalling bits are told late, but the last ones in the end. */
static void news_that_found_no_room(void **state)
{
	const struct told *t;
	unsigned int at = 0;
	int last = -1;

	(void)state;
	a.span.cas = b.span.cas = true;
	a.span.signalling = b.span.signalling = SIG_NONE;
	open_both();
	go_to(ALIGNED);
	rig_command(&b, 2, (struct media_cmd){.type = MCMD_OPEN, .op = 1});
	rig_command(&b, 2, (struct media_cmd){.type = MCMD_PLAY, .op = 2, .list = clip_list()});
	deaf = true;
	for (int round = 0; round < 1300; round++) {
		int64_t now = media_sample(a.m) - TICK;
		uint32_t bits = round & 1 ? 6 : 9;

		for (int ts = 1; ts < 32; ts++) {
			if (ts != 16)
				rig_command(&a, ts,
					    (struct media_cmd){.type = MCMD_CAS, .flags = bits});
		}
		go_to(now + 5 * TICK);
	}
	deaf = false;
	rig_command(&b, 2, (struct media_cmd){.type = MCMD_CLOSE, .op = 1});
	go_to(media_sample(a.m) + 20 * TICK);
	assert_true(media_stats(b.m)->events_lost > 0);
	go_to(media_sample(a.m) + 20 * TICK);
	while ((t = rig_find(&b, MEV_CAS, &at)) != NULL) {
		if (t->ev.chan.ts == 31)
			last = (int)t->ev.value;
	}
	assert_int_equal(last, 6);
	at = 0;
	t = rig_find(&b, MEV_PLAY_END, &at);
	assert_non_null(t);
	playlist_free(t->ev.list);
	assert_int_equal(rig_count(&b, MEV_CLOSED), 1);
}

/* The end of the program finds commands that the media thread never saw. */
static void stopped_with_commands_on_the_way(void **state)
{
	unsigned int at = 0;
	const struct told *t;

	(void)state;
	open_both();
	rig_command(&a, 1, (struct media_cmd){.type = MCMD_OPEN, .op = 1});
	rig_command(&a, 1, (struct media_cmd){.type = MCMD_PLAY, .op = 2, .list = clip_list()});
	rig_command(&a, 1, (struct media_cmd){.type = MCMD_PLAY, .op = 3, .list = clip_list()});
	rig_command(&a, 2, (struct media_cmd){.type = MCMD_PLAY, .op = 4, .list = clip_list()});
	media_stop(a.m);
	rig_drain(&a);
	t = rig_find(&a, MEV_PLAY_END, &at);
	assert_int_equal(t->ev.op, 2);
	playlist_free(t->ev.list);
	t = rig_find(&a, MEV_PLAY_END, &at); /* the channel was not open */
	assert_int_equal(t->ev.op, 4);
	playlist_free(t->ev.list);
	assert_null(rig_find(&a, MEV_PLAY_END, &at)); /* the third goes with the channel */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(d_channel_both_ways, cabled, uncabled),
		cmocka_unit_test_setup_teardown(bridge_is_transparent_and_costs_no_sample, cabled,
						uncabled),
		cmocka_unit_test_setup_teardown(mu_law_lines, cabled, uncabled),
		cmocka_unit_test_setup_teardown(digits_name_their_leg, cabled, uncabled),
		cmocka_unit_test_setup_teardown(far_end_without_multiframe, cabled, uncabled),
		cmocka_unit_test_setup_teardown(each_second_is_judged, cabled, uncabled),
		cmocka_unit_test_setup_teardown(signalling_bits, cabled, uncabled),
		cmocka_unit_test_setup_teardown(what_was_lent_comes_back_from_a_full_ring, cabled,
						uncabled),
		cmocka_unit_test_setup_teardown(news_that_found_no_room, cabled, uncabled),
		cmocka_unit_test_setup_teardown(stopped_with_commands_on_the_way, cabled, uncabled),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
