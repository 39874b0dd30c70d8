/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The jitter buffer, arrival by arrival and get by get.
 * arrives before its get, and what the get must yield, in two lines below each other.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "core/line/jitter.h"

static struct jitter j; /* 35 KB */
static uint8_t payload[SATOP_PAYLOAD];

static int put(uint16_t seq)
{
	struct satop_packet p = {.seq = seq, .payload = payload};

	memset(payload, seq & 0xff, sizeof(payload));
	return jitter_put(&j, &p);
}

/* Yields '.' for nothing, 'x' for erased, 'd' for the data that belongs there. */
static char get(uint16_t seq)
{
	struct jitter_out out;

	jitter_get(&j, &out);
	if (out.kind == JITTER_NONE)
		return '.';
	if (out.seq != seq)
		return '?';
	if (out.kind == JITTER_ERASED)
		return 'x';
	return out.payload[0] == (seq & 0xff) && out.payload[255] == (seq & 0xff) ? 'd' : '!';
}

/* One packet, one get: n milliseconds of a good line. */
static void run(uint16_t *in, uint16_t *out, unsigned int n)
{
	while (n--) {
		assert_int_equal(put((*in)++), 0);
		assert_int_equal(get((*out)++), 'd');
	}
}

static void fills_then_plays_in_order(void **state)
{
	(void)state;
	assert_int_equal(jitter_init(&j, 3, 10), 0);
	for (unsigned int i = 0; i < 70000; i++) { /* over the wrap, from just before it */
		char got;

		assert_int_equal(put((uint16_t)(0xfff0 + i)), 0);
		got = get((uint16_t)(0xfff0 + i - 2));
		assert_int_equal(got, i < 2 ? '.' : 'd');
		assert_int_equal(jitter_depth(&j), i < 2 ? i + 1 : 2);
	}
	assert_int_equal(j.n.delivered, 70000 - 2);
	assert_int_equal(j.n.lost + j.n.late + j.n.duplicate + j.n.reordered + j.n.stray, 0);
	assert_int_equal(j.depth_seen[3], 70000 - 2);
}

static void bad_depths_are_refused(void **state)
{
	(void)state;
	assert_int_equal(jitter_init(&j, 0, 10), -EINVAL);
	assert_int_equal(jitter_init(&j, 11, 10), -EINVAL);
	assert_int_equal(jitter_init(&j, 4, JITTER_SLOTS + 1), -EINVAL);
	assert_int_equal(jitter_init(&j, JITTER_SLOTS, JITTER_SLOTS), 0);
}

static void orders_and_drops_doubles(void **state)
{
	uint16_t in = 0xfffa, out = 0xfffa;

	(void)state;
	jitter_init(&j, 3, 10);
	put(in++);
	get(0);
	put(in++);
	get(0);
	run(&in, &out, 1); /* fffa played, fffb fffc wait */
	assert_int_equal(put((uint16_t)(in + 1)), 0);
	assert_int_equal(get(out++), 'd');
	assert_int_equal(put(in), 0); /* the one before: in time */
	assert_int_equal(put(in), -EALREADY);
	assert_int_equal(put((uint16_t)(in + 1)), -EALREADY);
	assert_int_equal(put(0xfffa), -EALREADY); /* was played */
	assert_int_equal(get(out++), 'd');
	in += 2;
	assert_int_equal(put(in++), 0);
	run(&in, &out, 20);
	assert_int_equal(j.n.reordered, 1);
	assert_int_equal(j.n.duplicate, 3);
	assert_int_equal(j.n.lost, 0);
}

/* Packets of the first moment in the wrong order: the stream begins with the lowest. */
static void begins_with_the_lowest(void **state)
{
	(void)state;
	jitter_init(&j, 3, 10);
	assert_int_equal(put(101), 0);
	assert_int_equal(put(100), 0);
	assert_int_equal(get(0), '.');
	assert_int_equal(put(102), 0);
	assert_int_equal(get(100), 'd');
	assert_int_equal(get(101), 'd');
	assert_int_equal(get(102), 'd');
	assert_int_equal(j.n.reordered, 1);
	assert_int_equal(j.n.late, 0);
}

static void single_loss_is_one_erasure(void **state)
{
	uint16_t in = 0, out = 0;

	(void)state;
	jitter_init(&j, 2, 10);
	put(in++);
	assert_int_equal(get(0), '.');
	run(&in, &out, 5);
	in++; /* lost */
	assert_int_equal(get(out++), 'd');
	assert_int_equal(put(in++), 0);
	assert_int_equal(get(out++), 'x');
	run(&in, &out, 5);
	assert_int_equal(j.n.lost, 1);
	assert_int_equal(j.n.none, 1);
	assert_int_equal(put(6), -ESTALE); /* it does come, much too late */
	assert_int_equal(j.n.late, 1);
	assert_int_equal(j.n.lost, 1);
	assert_int_equal(j.target, 2);
}

/* A burst longer than the buffer: what was lost had its time in the pause, and the delay stays. */
static void long_loss_keeps_the_delay(void **state)
{
	struct jitter_out o;
	uint16_t in = 0, out = 0;
	char got[12] = "";

	(void)state;
	jitter_init(&j, 4, 20);
	for (int i = 0; i < 3; i++, put(in++))
		get(0);
	run(&in, &out, 10);
	for (int i = 0; i < 7; i++, in++) /* seven in a row are lost */
		got[i] = get((uint16_t)(out + i));
	assert_string_equal(got, "ddd....");
	out += 3;
	assert_int_equal(put(in++), 0);
	jitter_get(&j, &o); /* 4 of the 7 passed in the pause; now the fifth */
	assert_int_equal(o.kind, JITTER_ERASED);
	assert_int_equal(o.skipped, 4);
	assert_int_equal(o.seq, (uint16_t)(out + 4));
	out += 5;
	for (int i = 0; i < 2; i++) {
		assert_int_equal(put(in++), 0);
		assert_int_equal(get(out++), 'x');
	}
	run(&in, &out, 10);
	assert_int_equal(jitter_depth(&j), 3); /* as before, after a get */
	assert_int_equal(j.n.lost, 7);
	assert_int_equal(j.n.pauses, 0);
	assert_int_equal(j.target, 4);
}

/* A delay jump: nothing is lost, the pause makes the buffer deeper, the target rises. */
static void lateness_loses_nothing(void **state)
{
	uint16_t in = 0, out = 0;

	(void)state;
	jitter_init(&j, 4, 20);
	for (int i = 0; i < 3; i++, put(in++))
		get(0);
	run(&in, &out, 10);
	for (int i = 0; i < 3; i++)
		assert_int_equal(get(out++), 'd');
	for (int i = 0; i < 50; i++)
		assert_int_equal(get(0), '.');
	for (int i = 0; i < 53; i++) /* a stall: all come at once */
		assert_int_equal(put(in++), 0);
	run(&in, &out, 100);
	assert_int_equal(jitter_depth(&j), 53); /* was 3: deeper by the pause */
	assert_int_equal(j.n.lost, 0);
	assert_int_equal(j.n.late, 0);
	assert_int_equal(j.n.pauses, 1);
	assert_int_equal(j.target, 5);
}

static void target_comes_down_slowly(void **state)
{
	uint16_t in = 0, out = 0;

	(void)state;
	jitter_init(&j, 2, 3);
	put(in++);
	get(0);
	for (int i = 0; i < 3; i++) { /* three pauses, but 3 is the ceiling */
		run(&in, &out, 5);
		while (jitter_depth(&j))
			get(out++);
		assert_int_equal(get(0), '.');
		assert_int_equal(put(in++), 0);
		assert_int_equal(get(0), '.');
		assert_int_equal(put(in++), 0);
	}
	assert_int_equal(j.n.pauses, 3);
	assert_int_equal(j.target, 3);
	run(&in, &out, JITTER_CALM - 1);
	assert_int_equal(j.target, 3);
	run(&in, &out, 1);
	assert_int_equal(j.target, 2);
	run(&in, &out, JITTER_CALM + 1);
	assert_int_equal(j.target, 2); /* the floor */
}

static void far_end_restarts(void **state)
{
	uint16_t in = 5, out = 5;

	(void)state;
	jitter_init(&j, 2, 10);
	put(in++);
	get(0);
	run(&in, &out, 50);
	in = 30000;
	for (int i = 1; i < JITTER_RESYNC; i++) {
		assert_int_equal(put(in++), -EPROTO);
		get(0);
	}
	out = in;
	assert_int_equal(put(in++), 0); /* believed now */
	assert_int_equal(get(0), '.');
	run(&in, &out, 50);
	assert_int_equal(j.n.resyncs, 1);
	assert_int_equal(j.n.stray, JITTER_RESYNC - 1);
	assert_int_equal(j.n.lost, 0); /* nobody knows how many there were */
}

/* Single packets numbered from nowhere do not disturb, however many. */
static void rubbish_does_not_resynchronise(void **state)
{
	uint16_t in = 0, out = 0;

	(void)state;
	jitter_init(&j, 2, 10);
	put(in++);
	get(0);
	for (int i = 0; i < 1000; i++) {
		run(&in, &out, 1);
		assert_int_equal(put((uint16_t)(in + 20000 + 3 * i)), -EPROTO);
		assert_int_equal(put((uint16_t)(in + 20001 + 3 * i)), -EPROTO);
		assert_int_equal(put((uint16_t)(in + 20002 + 3 * i)), -EPROTO);
	}
	assert_int_equal(j.n.resyncs, 0);
	assert_int_equal(j.n.delivered, 1000);
	assert_int_equal(put((uint16_t)(in + JITTER_AHEAD + 5)), -EPROTO); /* near, but why? */
	run(&in, &out, 100);
	assert_int_equal(j.n.lost, 0);
}

/* After a long silence the first packet is believed at once, and numbers of the past are nothing. */
static void silence_ends_the_stream(void **state)
{
	uint16_t in = 0, out = 0;

	(void)state;
	jitter_init(&j, 2, 10);
	put(in++);
	get(0);
	run(&in, &out, 10);
	assert_int_equal(get(out++), 'd');
	for (int i = 0; i < JITTER_IDLE; i++)
		assert_int_equal(get(0), '.');
	assert_int_equal(jitter_depth(&j), 0);
	in = 3; /* was played before */
	out = 3;
	assert_int_equal(put(in++), 0);
	assert_int_equal(get(0), '.');
	run(&in, &out, 10);
	assert_int_equal(j.n.lost, 0);
	assert_int_equal(j.n.resyncs, 0);
}

static void loss_of_packets_state(void **state)
{
	uint16_t in = 0, out = 0;

	(void)state;
	jitter_init(&j, 2, 10);
	put(in++);
	get(0);
	run(&in, &out, 10);
	assert_false(jitter_lops(&j));
	assert_int_equal(get(out++), 'd');
	for (int i = 0; i < JITTER_LOPS_IN; i++) {
		assert_false(jitter_lops(&j));
		get(0);
	}
	assert_true(jitter_lops(&j));
	in += JITTER_LOPS_IN + 1; /* they were lost */
	out = in - 1;
	assert_int_equal(put(in++), 0);
	assert_int_equal(get(out++), 'x');
	assert_int_equal(put(in++), 0);
	assert_int_equal(get(out++), 'd');
	assert_true(jitter_lops(&j)); /* one is not enough */
	run(&in, &out, 1);
	assert_false(jitter_lops(&j));
	assert_int_equal(j.n.lost, JITTER_LOPS_IN + 1);
}

/* Nobody gets for a long time: the newest JITTER_SLOTS stay, the rest is skipped and counted. */
static void full_buffer_throws_the_oldest_away(void **state)
{
	struct jitter_out o;

	(void)state;
	jitter_init(&j, 2, 10);
	for (unsigned int i = 0; i < JITTER_SLOTS + 70; i++)
		assert_int_equal(put((uint16_t)i), 0);
	assert_int_equal(jitter_depth(&j), JITTER_SLOTS);
	jitter_get(&j, &o);
	assert_int_equal(o.kind, JITTER_DATA);
	assert_int_equal(o.seq, 70);
	assert_int_equal(o.skipped, 70);
	assert_int_equal(j.n.discarded, 70);
	assert_int_equal(j.n.lost, 0);
	for (unsigned int i = JITTER_SLOTS + 70; i < 2000; i++)
		assert_int_equal(put((uint16_t)i), 0);
	jitter_get(&j, &o);
	assert_in_range(o.skipped, JITTER_SLOTS - 1, JITTER_SLOTS); /* bounded */
	assert_int_equal((o.seq - 71 - o.skipped) & 1, 0); /* by whole multiframes */
}

static void invalid_payload_is_told(void **state)
{
	struct satop_packet p = {.seq = 9, .l = true};
	struct jitter_out o;

	(void)state;
	jitter_init(&j, 1, 10);
	assert_int_equal(jitter_put(&j, &p), 0);
	jitter_get(&j, &o);
	assert_int_equal(o.kind, JITTER_DATA);
	assert_true(o.l);
	assert_null(o.payload);
}

static uint32_t random_state;

static unsigned int draw(unsigned int below)
{
	random_state = random_state * 1664525 + 1013904223;
	return (unsigned int)((uint64_t)random_state * below >> 32);
}

static unsigned int waiting_packets(void)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < JITTER_SLOTS; i++)
		n += j.slot[i].full;
	return n;
}

/*
 * Any mixture of loss, disorder, doubles, stalls and restarts: every packet received is accounted for
 * once, and between resynchronisations the numbers played and skipped follow each other without a gap.
 */
static void everything_at_once(void **state)
{
	(void)state;
	for (unsigned int round = 0; round < 40; round++) {
		uint16_t seq, next = 0;
		bool known = false;
		uint64_t resyncs = 0, accounted, skipped = 0, erased = 0;

		random_state = round;
		seq = (uint16_t)draw(65536);
		jitter_init(&j, 1 + draw(20), 40);
		for (unsigned int ms = 0; ms < 5000; ms++) {
			unsigned int n = draw(50) ? 1 : draw(300);
			struct jitter_out o;

			if (!draw(2000))
				seq = (uint16_t)draw(65536);
			for (; n; n--, seq++) {
				if (!draw(20))
					continue;
				put(draw(30) ? seq : (uint16_t)(seq + draw(9) - 6));
				if (!draw(500))
					put((uint16_t)draw(65536));
			}
			if (!draw(200))
				ms += draw(160);
			jitter_get(&j, &o);
			if (j.n.resyncs != resyncs || j.state == JITTER_EMPTY)
				known = false;
			resyncs = j.n.resyncs;
			erased += o.kind == JITTER_ERASED;
			if (o.kind == JITTER_NONE)
				continue;
			skipped += o.skipped;
			if (known && o.skipped < JITTER_SLOTS - 1)
				assert_int_equal(o.seq, (uint16_t)(next + o.skipped));
			next = o.seq + 1;
			known = true;
		}
		accounted = j.n.delivered + j.n.late + j.n.duplicate + j.n.stray + j.n.discarded;
		assert_true(j.n.received == accounted + waiting_packets());
		assert_true(j.n.lost >= erased);
		assert_true(j.n.delivered > 2500);
		assert_true(skipped > 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fills_then_plays_in_order),
		cmocka_unit_test(bad_depths_are_refused),
		cmocka_unit_test(orders_and_drops_doubles),
		cmocka_unit_test(begins_with_the_lowest),
		cmocka_unit_test(single_loss_is_one_erasure),
		cmocka_unit_test(long_loss_keeps_the_delay),
		cmocka_unit_test(lateness_loses_nothing),
		cmocka_unit_test(target_comes_down_slowly),
		cmocka_unit_test(far_end_restarts),
		cmocka_unit_test(rubbish_does_not_resynchronise),
		cmocka_unit_test(silence_ends_the_stream),
		cmocka_unit_test(loss_of_packets_state),
		cmocka_unit_test(full_buffer_throws_the_oldest_away),
		cmocka_unit_test(invalid_payload_is_told),
		cmocka_unit_test(everything_at_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
