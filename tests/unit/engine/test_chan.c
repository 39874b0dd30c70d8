/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/channel/g711.h"
#include "engine/chan.h"
#include "engine/playlist.h"
#include "engine/recorder.h"

#define EVENTS 64

/* Two channels and what they said. */
struct rig {
	struct chan a, b;
	struct media_event ev[EVENTS];
	unsigned int n;
	struct chan_sink sink;
	int64_t sample;
};

static void collect(void *ctx, const struct media_event *ev)
{
	struct rig *r = ctx;

	assert_true(r->n < EVENTS);
	r->ev[r->n++] = *ev;
}

static void rig_init(struct rig *r, enum span_law a, enum span_law b)
{
	memset(r, 0, sizeof(*r));
	assert_int_equal(chan_init(&r->a, (struct chan_id){0, 1}, a, 0, NULL), 0);
	assert_int_equal(chan_init(&r->b, (struct chan_id){0, 2}, b, 0, NULL), 0);
	r->sink = (struct chan_sink){collect, r};
}

static void rig_free(struct rig *r)
{
	chan_free(&r->a);
	chan_free(&r->b);
}

static void command(struct rig *r, struct chan *c, struct chan *peer, struct media_cmd cmd)
{
	cmd.chan = c->id;
	chan_command(c, peer, &cmd, r->sample, &r->sink);
}

/* One tick: both hear, both speak. */
static void tick(struct rig *r, const uint8_t *in_a, const uint8_t *in_b, uint8_t *out_a,
		 uint8_t *out_b)
{
	chan_rx(&r->a, r->sample, in_a, &r->sink);
	chan_rx(&r->b, r->sample, in_b, &r->sink);
	chan_tx(&r->a, r->sample, out_a, &r->sink);
	chan_tx(&r->b, r->sample, out_b, &r->sink);
	r->sample += TICK_SAMPLES;
}

static void idle_in(uint8_t *in, const struct chan *c)
{
	memset(in, chan_idle_octet(c->law), TICK_SAMPLES);
}

static struct playlist *list_of(const uint8_t *octets, size_t n)
{
	struct playlist *l = calloc(1, sizeof(*l));

	l->n = 1;
	l->rounds = 1;
	l->items[0] = (struct source_item){.kind = SOURCE_CLIP, .octets = octets, .n = n};
	return l;
}

static void prompt_is_bit_exact_and_ends_once(void **state)
{
	struct rig r;
	uint8_t clip[1003], heard[1200], in[8], out_b[8];
	size_t n = 0;

	(void)state;
	rig_init(&r, LAW_A, LAW_A);
	idle_in(in, &r.a);
	for (size_t i = 0; i < sizeof(clip); i++)
		clip[i] = (uint8_t)(i * 37 + (i >> 3));
	command(&r, &r.a, NULL, (struct media_cmd){.type = MCMD_OPEN});
	command(&r, &r.a, NULL,
		(struct media_cmd){
			.type = MCMD_PLAY, .op = 5, .list = list_of(clip, sizeof(clip))});
	for (int i = 0; i < 140; i++, n += 8)
		tick(&r, in, in, heard + n, out_b);
	assert_memory_equal(heard, clip, sizeof(clip));
	for (size_t i = sizeof(clip); i < n; i++)
		assert_int_equal(heard[i], ALAW_IDLE);
	assert_int_equal(r.n, 1);
	assert_int_equal(r.ev[0].type, MEV_PLAY_END);
	assert_int_equal(r.ev[0].op, 5);
	assert_int_equal(r.ev[0].value, sizeof(clip));
	assert_false(r.ev[0].stopped);
	free(r.ev[0].list);
	rig_free(&r);
}

static void every_play_ends_exactly_once(void **state)
{
	struct rig r;
	uint8_t clip[4000] = {1}, in[8], o[8];
	unsigned int ends[4] = {0};

	(void)state;
	rig_init(&r, LAW_A, LAW_A);
	idle_in(in, &r.a);
	/* 0: on a closed channel; 1: replaced by 2; 2: stopped; 3: channel closed */
	command(&r, &r.a, NULL,
		(struct media_cmd){.type = MCMD_PLAY, .op = 0, .list = list_of(clip, 4000)});
	command(&r, &r.a, NULL, (struct media_cmd){.type = MCMD_OPEN});
	command(&r, &r.a, NULL,
		(struct media_cmd){.type = MCMD_PLAY, .op = 1, .list = list_of(clip, 4000)});
	tick(&r, in, in, o, o);
	command(&r, &r.a, NULL,
		(struct media_cmd){.type = MCMD_PLAY, .op = 2, .list = list_of(clip, 4000)});
	command(&r, &r.a, NULL, (struct media_cmd){.type = MCMD_STOP_PLAY, .op = 1});
	tick(&r, in, in, o, o);
	command(&r, &r.a, NULL, (struct media_cmd){.type = MCMD_STOP_PLAY, .op = 2});
	command(&r, &r.a, NULL, (struct media_cmd){.type = MCMD_STOP_PLAY, .op = 2});
	command(&r, &r.a, NULL,
		(struct media_cmd){.type = MCMD_PLAY, .op = 3, .list = list_of(clip, 4000)});
	command(&r, &r.a, NULL, (struct media_cmd){.type = MCMD_CLOSE, .op = 77});
	for (unsigned int i = 0; i + 1 < r.n; i++) {
		assert_int_equal(r.ev[i].type, MEV_PLAY_END);
		assert_true(r.ev[i].stopped);
		ends[r.ev[i].op]++;
		free(r.ev[i].list);
	}
	for (int i = 0; i < 4; i++)
		assert_int_equal(ends[i], 1);
	assert_int_equal(r.ev[r.n - 1].type, MEV_CLOSED);
	assert_int_equal(r.ev[r.n - 1].op, 77);
	rig_free(&r);
}

/* What @in_b brings, @out_a must say in the same tick. */
static void bridge_case(enum span_law a, enum span_law b, uint8_t in, uint8_t want)
{
	struct rig r;
	uint8_t in_a[8], in_b[8], out_a[8], out_b[8];

	rig_init(&r, a, b);
	idle_in(in_a, &r.a);
	memset(in_b, in, sizeof(in_b));
	command(&r, &r.a, NULL, (struct media_cmd){.type = MCMD_OPEN});
	command(&r, &r.b, NULL, (struct media_cmd){.type = MCMD_OPEN});
	command(&r, &r.a, &r.b, (struct media_cmd){.type = MCMD_CONNECT});
	tick(&r, in_a, in_b, out_a, out_b);
	for (int i = 0; i < 8; i++)
		assert_int_equal(out_a[i], want);
	command(&r, &r.b, NULL, (struct media_cmd){.type = MCMD_DISCONNECT});
	tick(&r, in_a, in_b, out_a, out_b);
	assert_int_equal(out_a[0], chan_idle_octet(a));
	rig_free(&r);
}

static void bridge_is_transparent_without_delay(void **state)
{
	(void)state;
	for (int i = 0; i < 256; i++) {
		bridge_case(LAW_A, LAW_A, (uint8_t)i, (uint8_t)i);
		bridge_case(LAW_U, LAW_U, (uint8_t)i, (uint8_t)i);
		bridge_case(LAW_A, LAW_U, (uint8_t)i, ulaw_to_a((uint8_t)i));
		bridge_case(LAW_U, LAW_A, (uint8_t)i, alaw_to_u((uint8_t)i));
	}
}

static void bridge_needs_two_open_channels(void **state)
{
	struct rig r;

	(void)state;
	rig_init(&r, LAW_A, LAW_A);
	command(&r, &r.a, NULL, (struct media_cmd){.type = MCMD_OPEN});
	command(&r, &r.a, &r.b, (struct media_cmd){.type = MCMD_CONNECT});
	assert_null(r.a.peer);
	command(&r, &r.a, &r.a, (struct media_cmd){.type = MCMD_CONNECT});
	command(&r, &r.a, NULL, (struct media_cmd){.type = MCMD_CONNECT});
	assert_null(r.a.peer);
	command(&r, &r.b, NULL, (struct media_cmd){.type = MCMD_OPEN});
	command(&r, &r.a, &r.b, (struct media_cmd){.type = MCMD_CONNECT});
	assert_ptr_equal(r.a.peer, &r.b);
	command(&r, &r.b, NULL, (struct media_cmd){.type = MCMD_CLOSE});
	assert_null(r.a.peer);
	rig_free(&r);
}

static void playing_goes_before_the_bridge(void **state)
{
	struct rig r;
	uint8_t clip[12], in_a[8], in_b[8], out_a[8], out_b[8];

	(void)state;
	rig_init(&r, LAW_A, LAW_A);
	memset(clip, 0x11, sizeof(clip));
	memset(in_b, 0x22, sizeof(in_b));
	idle_in(in_a, &r.a);
	command(&r, &r.a, NULL, (struct media_cmd){.type = MCMD_OPEN});
	command(&r, &r.b, NULL, (struct media_cmd){.type = MCMD_OPEN});
	command(&r, &r.a, &r.b, (struct media_cmd){.type = MCMD_CONNECT});
	command(&r, &r.a, NULL,
		(struct media_cmd){
			.type = MCMD_PLAY, .op = 1, .list = list_of(clip, sizeof(clip))});
	tick(&r, in_a, in_b, out_a, out_b);
	assert_int_equal(out_a[7], 0x11);
	tick(&r, in_a, in_b, out_a, out_b);
	assert_int_equal(out_a[3], 0x11);
	assert_int_equal(out_a[4], 0x22); /* the peer from the very next sample */
	free(r.ev[0].list);
	rig_free(&r);
}

static void recording_ends_by_silence_and_by_length(void **state)
{
	struct rig r;
	struct recorder *rec = recorder_new(NULL, NULL);
	struct recording *one;
	uint8_t loud[8], in[8], o[8];
	char path[64];
	int64_t at;

	(void)state;
	assert_non_null(rec);
	rig_init(&r, LAW_A, LAW_A);
	for (int i = 0; i < 8; i++)
		loud[i] = alaw_encode(i & 1 ? 8000 : -8000);
	idle_in(in, &r.a);
	snprintf(path, sizeof(path), "/tmp/test_chan.%d.wav", getpid());
	command(&r, &r.a, NULL, (struct media_cmd){.type = MCMD_OPEN});

	assert_int_equal(recording_start(rec, path, 0, 1, &one), 0);
	command(&r, &r.a, NULL,
		(struct media_cmd){
			.type = MCMD_RECORD, .op = 1, .recording = one, .silence = 1600});
	for (int i = 0; i < 500; i++)
		tick(&r, loud, in, o, o);
	assert_int_equal(r.n, 0);
	at = r.sample;
	while (r.n == 0 && r.sample < at + 8000)
		tick(&r, in, in, o, o);
	assert_int_equal(r.n, 1);
	assert_true(r.ev[0].silent);
	/* The meter's decay of 32 ms comes first. */
	assert_in_range(r.ev[0].sample - at, 1600, 1600 + 3200);
	recording_stop(one);

	assert_int_equal(recording_start(rec, path, 0, 2, &one), 0);
	at = r.sample;
	command(&r, &r.a, NULL,
		(struct media_cmd){.type = MCMD_RECORD, .op = 2, .recording = one, .max = 804});
	while (r.n == 1 && r.sample < at + 8000)
		tick(&r, loud, in, o, o);
	assert_true(r.ev[1].full);
	assert_int_equal(r.sample - at, 808);
	recording_stop(one);
	recorder_free(rec);
	unlink(path);
	rig_free(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(prompt_is_bit_exact_and_ends_once),
		cmocka_unit_test(every_play_ends_exactly_once),
		cmocka_unit_test(bridge_is_transparent_without_delay),
		cmocka_unit_test(bridge_needs_two_open_channels),
		cmocka_unit_test(playing_goes_before_the_bridge),
		cmocka_unit_test(recording_ends_by_silence_and_by_length),
	};

	return cmocka_run_group_tests_name("chan", tests, NULL, NULL);
}
