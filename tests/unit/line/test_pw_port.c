/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Two ports and a cable between them, in lockstep. Timeslots carry the number of their frame, so that
 * delay, loss and slips are seen sample by sample.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/line/impair.h"
#include "core/line/pw_port.h"

#define JITTER 4

struct end {
	struct pw_port port;
	uint32_t frames_sent;
	uint32_t good, fillers;
	int64_t last; /* number of the last good frame, -1 = none yet */
	uint32_t jumps; /* good frames whose number did not follow */
	int64_t delay; /* [frames] of the last good frame */
	uint32_t alarms; /* all that ever were */
};

static struct end a, b;
static struct impair net;
static uint32_t tick;

/* Octets without a FAS at any bit offset: two zeros in a row are nowhere (but for the number's). */
static void make_frame(uint32_t number, uint8_t ts[E1_OCTETS])
{
	memset(ts, 0x55, E1_OCTETS);
	for (unsigned int i = 0; i < 24; i++)
		ts[1 + i / 2] |= (uint8_t)((number >> i & 1) << (i % 2 ? 3 : 7));
}

static uint32_t read_frame(const uint8_t ts[E1_OCTETS])
{
	uint32_t number = 0;

	for (unsigned int i = 0; i < 24; i++)
		number |= (uint32_t)(ts[1 + i / 2] >> (i % 2 ? 3 : 7) & 1) << i;
	return number;
}

static void end_init(struct end *e, enum e1_crc4 crc4, bool cas)
{
	struct pw_port_cfg cfg = {
		.e1 = {.crc4 = crc4, .cas = cas}, .jitter_ms = JITTER, .jitter_max_ms = 64};

	memset(e, 0, sizeof(*e));
	assert_int_equal(pw_port_init(&e->port, &cfg), 0);
	e->last = -1;
}

static void begin(void)
{
	end_init(&a, E1_CRC4_ON, false);
	end_init(&b, E1_CRC4_ON, false);
	impair_init(&net, 1);
	tick = 0;
}

static void end_receive(struct end *e, uint32_t sent_by_peer)
{
	struct e1_frame f[PW_FRAMES];

	pw_port_tick_rx(&e->port, f);
	for (unsigned int i = 0; i < PW_FRAMES; i++) {
		int64_t number = read_frame(f[i].ts);

		if (f[i].flags) {
			e->fillers++;
			assert_int_equal(f[i].ts[20], E1_FILLER);
			continue;
		}
		e->jumps += e->good && number != e->last + 1;
		e->good++;
		e->last = number;
		e->delay = (int64_t)sent_by_peer - PW_FRAMES + i - number;
	}
	e->alarms |= pw_port_alarms(&e->port);
}

static size_t end_send(struct end *e, uint8_t *d)
{
	uint8_t ts[PW_FRAMES][E1_OCTETS];

	for (unsigned int i = 0; i < PW_FRAMES; i++)
		make_frame(e->frames_sent++, ts[i]);
	return pw_port_tick_tx(&e->port, (const uint8_t(*)[E1_OCTETS])ts, d, SATOP_MAX);
}

/* A millisecond: both send, @net lies between a and b only, both receive. */
static void step(void)
{
	uint8_t d[IMPAIR_BYTES];
	size_t n = end_send(&a, d);

	if (n)
		impair_put(&net, d, n);
	while ((n = impair_get(&net, d)) > 0)
		pw_port_receive(&b.port, d, n);
	impair_tick(&net);
	n = end_send(&b, d);
	if (n)
		pw_port_receive(&a.port, d, n);
	end_receive(&a, b.frames_sent);
	end_receive(&b, a.frames_sent);
	tick++;
}

static void run(uint32_t ms)
{
	while (ms--)
		step();
}

/* From here on only what happens now counts. */
static void forget(void)
{
	a.alarms = b.alarms = a.jumps = b.jumps = a.fillers = b.fillers = a.good = b.good = 0;
}

static void assert_clean(const struct end *e, uint32_t ms)
{
	assert_int_equal(e->alarms, 0);
	assert_int_equal(e->jumps, 0);
	assert_int_equal(e->fillers, 0);
	assert_int_equal(e->good, ms * PW_FRAMES);
}

static void clean_line(void **state)
{
	struct pw_port_status st;

	(void)state;
	begin();
	run(500);
	forget();
	run(70000); /* over the wrap of the sequence number */
	assert_clean(&a, 70000);
	assert_clean(&b, 70000);
	pw_port_status(&b.port, &st);
	assert_int_equal(st.packets.received, 70500);
	assert_int_equal(st.packets.lost + st.packets.late + st.packets.none - (JITTER - 1), 0);
	assert_int_equal(st.sent, 70500);
	assert_int_equal(st.depth_seen[JITTER], 70500 - (JITTER - 1));
	assert_int_equal(st.deleted + st.repeated + st.dropped, 0);
	assert_int_equal(st.e1.crc4_errors + st.e1.fas_errors + st.e1.ebits, 0);
	assert_true(st.e1.crc4_blocks > 70000 - 20);
	assert_int_equal(st.alarms, 0);
}

/*
 * Delay: a frame is sent in its tick and received in the same tick at the earliest. The buffer adds
 * JITTER - 1 ms, frames cut by a packet border at most a millisecond; at every bit alignment.
 */
static void delay_is_the_target(void **state)
{
	(void)state;
	for (unsigned int shift = 0; shift < 256; shift++) {
		struct e1_fault_cfg fault = {.shift = (uint8_t)shift};

		begin();
		e1_fault_set(pw_port_fault(&a.port), &fault);
		run(60);
		forget();
		run(40);
		assert_clean(&b, 40);
		assert_in_range(b.delay, (JITTER - 1) * PW_FRAMES, JITTER * PW_FRAMES);
		if (!shift)
			assert_int_equal(b.delay, (JITTER - 1) * PW_FRAMES);
	}
}

static void single_losses_keep_the_alignment(void **state)
{
	struct impair_cfg loss = {.loss_ppm = 10000};
	struct pw_port_status st;

	(void)state;
	begin();
	run(500);
	forget();
	impair_set(&net, &loss);
	run(20000);
	pw_port_status(&b.port, &st);
	assert_int_equal(b.alarms, 0);
	assert_in_range(net.n.lost, 140, 260);
	assert_in_range(net.n.lost, st.packets.lost, st.packets.lost + 1); /* one may be ahead */
	assert_int_equal(b.fillers, st.packets.lost * PW_FRAMES);
	assert_int_equal(st.e1.lfa + st.e1.crc4_errors + st.e1.fas_errors, 0);
	assert_int_equal(b.delay, (JITTER - 1) * PW_FRAMES);
}

/* A burst longer than the buffer: erased as well, and the delay is the same afterwards. */
static void long_burst_keeps_the_alignment(void **state)
{
	struct impair_cfg loss = {.loss_ppm = 1000000}, none = {0};

	(void)state;
	for (unsigned int ms = 1; ms < 60; ms += 7) {
		struct pw_port_status st;

		begin();
		run(500);
		forget();
		impair_set(&net, &loss);
		run(ms);
		impair_set(&net, &none);
		run(500);
		pw_port_status(&b.port, &st);
		assert_int_equal(b.alarms & ~PW_LOPS, 0);
		assert_int_equal(!!(b.alarms & PW_LOPS), ms > JITTER + JITTER_LOPS_IN - 4);
		assert_int_equal(st.packets.lost, ms);
		assert_int_equal(b.fillers, ms * PW_FRAMES);
		/* Multiframes too are where they were: E bits are read from the right frames. */
		assert_int_equal(st.e1.lfa + st.e1.crc4_errors + st.e1.ebits, 0);
		assert_int_equal(b.delay, (JITTER - 1) * PW_FRAMES);
		assert_int_equal(b.good, (500 + ms) * PW_FRAMES - ms * PW_FRAMES);
	}
}

/* All that was sent comes through a delay jump, in order, and the framer does not notice it. */
static void delay_jump_loses_nothing(void **state)
{
	struct impair_cfg slow = {.delay_ms = 50}, fast = {0};
	struct pw_port_status st;

	(void)state;
	begin();
	run(5000);
	forget();
	impair_set(&net, &slow);
	run(20000);
	assert_int_equal(b.delay, (50 + JITTER) * PW_FRAMES); /* the target has risen by one */
	pw_port_status(&b.port, &st);
	assert_int_equal(st.deleted + st.repeated + st.dropped, 0);
	impair_set(&net, &fast);
	run(1000);
	pw_port_status(&b.port, &st);
	assert_int_equal(b.alarms & ~PW_LOPS, 0);
	assert_int_equal(b.jumps, 0);
	assert_int_equal(st.packets.lost + st.packets.late + st.packets.discarded, 0);
	assert_int_equal(st.packets.pauses, 1);
	assert_int_equal(st.e1.lfa + st.e1.crc4_errors + st.e1.fas_errors, 0);
	assert_int_equal(b.fillers, 51 * PW_FRAMES);
	/* The way is short again: the delay goes back, a quarter in each window. */
	run(PW_WINDOW_MS);
	assert_in_range(b.delay, 36 * PW_FRAMES, 42 * PW_FRAMES);
	run(15 * PW_WINDOW_MS);
	assert_int_equal(b.delay, (JITTER - 1 + 1) * PW_FRAMES);
	pw_port_status(&b.port, &st);
	assert_int_equal(st.dropped, 50 * PW_FRAMES);
	assert_int_equal(st.target, JITTER);
	assert_int_equal(st.deleted + st.repeated, 0);
	assert_int_equal(st.e1.lfa + st.e1.crc4_errors + st.e1.fas_errors, 0);
}

static void disorder_within_the_buffer_is_free(void **state)
{
	struct impair_cfg bad = {.reorder_ppm = 50000, .reorder_ms = 2, .duplicate_ppm = 50000};
	struct pw_port_status st;

	(void)state;
	begin();
	run(500);
	forget();
	impair_set(&net, &bad);
	run(10000);
	pw_port_status(&b.port, &st);
	assert_clean(&b, 10000);
	assert_true(st.packets.reordered > 400);
	assert_true(st.packets.duplicate > 400);
}

/* Cable pulled on one side: LOS there, RAI at the other end; replugged: all well. */
static void cable_pulled_and_replugged(void **state)
{
	struct e1_fault_cfg pulled = {.no_signal = true}, good = {0};
	uint32_t ms;

	(void)state;
	begin();
	run(500);
	forget();
	e1_fault_set(pw_port_fault(&a.port), &pulled);
	for (ms = 0; !(pw_port_alarms(&b.port) & E1_LOS); ms++)
		step();
	assert_in_range(ms, PW_PAUSE_MS, PW_PAUSE_MS + JITTER + 1);
	run(20);
	assert_int_equal(pw_port_alarms(&a.port) & E1_RAI, E1_RAI);
	assert_int_equal(pw_port_alarms(&a.port) & PW_FAR_LOPS, PW_FAR_LOPS);
	assert_int_equal(pw_port_alarms(&b.port), E1_LOS | E1_LFA | PW_LOPS);
	run(2000);
	e1_fault_set(pw_port_fault(&b.port), &pulled);
	run(PW_PAUSE_MS + 10); /* the R bit was said by somebody who is no longer heard */
	assert_int_equal(pw_port_alarms(&a.port), E1_LOS | E1_LFA | PW_LOPS);
	e1_fault_set(pw_port_fault(&a.port), &good);
	e1_fault_set(pw_port_fault(&b.port), &good);
	run(500);
	assert_int_equal(pw_port_alarms(&a.port) | pw_port_alarms(&b.port), 0);
	forget();
	run(1000);
	assert_clean(&a, 1000);
	assert_clean(&b, 1000);
}

static void ais_carries_the_l_bit(void **state)
{
	struct pw_port_status st;
	uint8_t d[SATOP_MAX];

	(void)state;
	begin();
	run(500);
	pw_port_set_ais(&a.port, true);
	run(100);
	pw_port_status(&b.port, &st);
	assert_int_equal(st.l_packets, 100);
	assert_int_equal(st.alarms & E1_AIS, E1_AIS);
	assert_int_equal(st.alarms & E1_LOS, 0);
	assert_int_equal(pw_port_alarms(&a.port) & E1_RAI, E1_RAI);
	/* Another maker's end may omit the payload. */
	for (unsigned int i = 0; i < 100; i++) {
		struct satop_packet p = {.seq = a.port.seq, .l = true};

		end_send(&a, d);
		assert_int_equal(satop_build(&p, d), SATOP_CONTROL);
		assert_int_equal(pw_port_receive(&b.port, d, SATOP_CONTROL), 0);
		end_receive(&b, a.frames_sent);
		assert_int_equal(pw_port_alarms(&b.port) & E1_AIS, E1_AIS);
	}
	pw_port_set_ais(&a.port, false);
	run(500);
	assert_int_equal(pw_port_alarms(&a.port) | pw_port_alarms(&b.port), 0);
}

/* A slip made on the line costs frame alignment once, the packets know nothing of it. */
static void slip_of_the_far_end(void **state)
{
	struct pw_port_status st;

	(void)state;
	for (int kind = E1_SLIP_DROP; kind <= E1_SLIP_REPEAT; kind++) {
		begin();
		run(500);
		e1_fault_slip(pw_port_fault(&a.port), (enum e1_slip)kind);
		run(500);
		pw_port_status(&b.port, &st);
		assert_int_equal(st.e1.lfa, 1);
		assert_int_equal(st.packets.lost, 0);
		assert_int_equal(st.alarms, 0);
		forget();
		run(500);
		assert_clean(&b, 500);
	}
}

static void far_end_restarts(void **state)
{
	struct e1_fault_cfg elsewhere = {.shift = 99};
	struct pw_port_status st;

	(void)state;
	begin();
	run(5000);
	end_init(&a, E1_CRC4_ON, false); /* at once, another numbering, another framing position */
	e1_fault_set(pw_port_fault(&a.port), &elsewhere);
	run(1000);
	pw_port_status(&b.port, &st);
	assert_int_equal(st.packets.resyncs, 1);
	assert_int_equal(st.e1.lfa, 1);
	assert_int_equal(st.alarms | pw_port_alarms(&a.port), 0);
	forget();
	run(500);
	assert_clean(&a, 500);
	assert_clean(&b, 500);
}

/* The far end's clock is 50 ppm off: slips of one frame each, counted, framer undisturbed. */
static void offset_makes_counted_slips(void **state)
{
	struct pw_port_status st;
	int expect = 400 * 50 * 8 / 1000; /* 400 s */

	(void)state;
	for (int fast = 0; fast <= 1; fast++) {
		begin();
		run(500);
		forget();
		for (uint32_t ms = 0; ms < 400000; ms++) {
			uint8_t d[SATOP_MAX];

			/* A packet more, or less, in 20 s. */
			if (ms % 20000 == 10000 && !fast)
				end_receive(&b, a.frames_sent);
			else if (ms % 20000 == 10000)
				pw_port_receive(&b.port, d, end_send(&a, d));
			pw_port_receive(&b.port, d, end_send(&a, d));
			end_receive(&b, a.frames_sent);
		}
		pw_port_status(&b.port, &st);
		assert_in_range((int)(fast ? st.deleted : st.repeated), expect - 14, expect + 8);
		assert_int_equal(fast ? st.repeated : st.deleted, 0);
		assert_int_equal(b.jumps, st.deleted + st.repeated);
		assert_int_equal(b.fillers + b.alarms, 0);
		assert_int_equal(st.packets.pauses + st.dropped + st.e1.lfa, 0);
	}
}

/* The same fill, but the system clock follows this port: nothing is slipped. */
static void reference_does_not_slip(void **state)
{
	struct pw_port_status st;

	(void)state;
	begin();
	pw_port_set_reference(&b.port, true);
	run(5000);
	forget();
	for (unsigned int i = 0; i < 3; i++) {
		uint8_t d[SATOP_MAX];

		pw_port_receive(&b.port, d, end_send(&a, d));
	}
	run(60000);
	pw_port_status(&b.port, &st);
	assert_clean(&b, 60000);
	assert_int_equal(st.depth, JITTER - 1 + 3);
	assert_int_equal(pw_port_waiting(&b.port), st.depth);
	assert_int_equal(pw_port_room(&b.port), JITTER_SLOTS - st.depth);
	assert_int_equal(pw_port_target(&b.port), JITTER);
}

static void malformed_is_counted_and_harmless(void **state)
{
	uint8_t d[SATOP_MAX] = {0x10};
	struct pw_port_status st;

	(void)state;
	begin();
	run(500);
	forget();
	for (unsigned int ms = 0; ms < 500; ms++) {
		step();
		assert_int_equal(pw_port_receive(&b.port, d, sizeof(d)), -EBADMSG);
		assert_int_equal(pw_port_receive(&b.port, d + 1, 3), -EBADMSG);
		assert_int_equal(pw_port_receive(&b.port, d + 1, 200), -EBADMSG);
	}
	assert_clean(&b, 500);
	pw_port_status(&b.port, &st);
	assert_int_equal(st.refused[SATOP_VERSION], 500);
	assert_int_equal(st.refused[SATOP_SHORT], 500);
	assert_int_equal(st.refused[SATOP_SIZE], 500);
	assert_int_equal(st.packets.received, 1000);
}

static void cas_and_sa_bits_cross(void **state)
{
	(void)state;
	begin();
	end_init(&a, E1_CRC4_ON, true);
	end_init(&b, E1_CRC4_ON, true);
	run(500);
	assert_int_equal(pw_port_set_cas(&a.port, 5, 0x9), 0);
	assert_int_equal(pw_port_set_cas(&a.port, 16, 0x9), -EINVAL);
	pw_port_set_sa(&a.port, 0x15);
	run(JITTER + 6);
	assert_int_equal(pw_port_get_cas(&b.port)[5], 0x9);
	assert_int_equal(pw_port_get_cas(&b.port)[6], E1_CAS_IDLE);
	assert_int_equal(pw_port_get_sa(&b.port), 0x15);
	assert_int_equal(pw_port_get_sa(&a.port), 0x1f);
}

static void bad_configuration_is_refused(void **state)
{
	struct pw_port_cfg cfg = {.jitter_ms = 1, .jitter_max_ms = 10};
	uint8_t ts[PW_FRAMES][E1_OCTETS] = {0}, d[SATOP_MAX];

	(void)state;
	assert_int_equal(pw_port_init(&a.port, &cfg), -EINVAL);
	cfg.jitter_ms = 11;
	assert_int_equal(pw_port_init(&a.port, &cfg), -EINVAL);
	cfg.jitter_ms = 4;
	cfg.jitter_max_ms = 129;
	assert_int_equal(pw_port_init(&a.port, &cfg), -EINVAL);
	cfg.jitter_max_ms = 128;
	assert_int_equal(pw_port_init(&a.port, &cfg), 0);
	assert_int_equal(
		pw_port_tick_tx(&a.port, (const uint8_t(*)[E1_OCTETS])ts, d, SATOP_MAX - 1), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(clean_line),
		cmocka_unit_test(delay_is_the_target),
		cmocka_unit_test(single_losses_keep_the_alignment),
		cmocka_unit_test(long_burst_keeps_the_alignment),
		cmocka_unit_test(delay_jump_loses_nothing),
		cmocka_unit_test(disorder_within_the_buffer_is_free),
		cmocka_unit_test(cable_pulled_and_replugged),
		cmocka_unit_test(ais_carries_the_l_bit),
		cmocka_unit_test(slip_of_the_far_end),
		cmocka_unit_test(far_end_restarts),
		cmocka_unit_test(offset_makes_counted_slips),
		cmocka_unit_test(reference_does_not_slip),
		cmocka_unit_test(malformed_is_counted_and_harmless),
		cmocka_unit_test(cas_and_sa_bits_cross),
		cmocka_unit_test(bad_configuration_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
