/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The backend "dahdi" on a DAHDI in memory: sound, frames and bits go through whole, with the delay
 * that is promised; what cannot is counted; a card that goes and comes back is told.
 */
#include "dahdi_rig.h"

#define BLOCK  5 /* ms */
#define MARGIN 3 /* ms */
#define TS     7
#define CLOCK  31

static const struct dahdi_sys sys = {.open = fake_open,
				     .close = fake_close,
				     .ioctl = fake_ioctl,
				     .read = fake_read,
				     .write = fake_write,
				     .poll = fake_poll,
				     .now_ns = fake_now_ns};

static const struct backend_ops *const ops = &backend_dahdi;
static struct backend *b;
static struct span_cfg cfg;
static uint8_t frame[300];
static size_t frame_len, n_frames;
static uint8_t heard[SENT_MAX];
static int n_heard;
static bool echo; /* what is heard is said */

static void on_frame(void *ctx, const uint8_t *octets, size_t len)
{
	(void)ctx;
	memcpy(frame, octets, len);
	frame_len = len;
	n_frames++;
}

/* Octets that tell their timeslot and when they were on the line. */
static uint8_t numbered(int timeslot, int64_t octet)
{
	uint32_t n = ((uint32_t)octet * 32 + (uint32_t)timeslot) * 2654435761u;

	return (uint8_t)((n ^ n >> 15) * 2246822519u >> 24);
}

static void open_backend(bool by_block, bool reference)
{
	char why[512];

	assert_int_equal(ops->open(&b, &cfg, on_frame, NULL, why, sizeof(why)), 0);
	if (by_block)
		ops->by_block(b);
	assert_true(ops->absent(b));
	if (ops->attach(b, why, sizeof(why)))
		fail_msg("%s", why);
	ops->reference(b, reference);
	assert_false(ops->absent(b));
}

static int setup(void **state)
{
	(void)state;
	fake_init();
	fake.source = numbered;
	cfg = dahdi_settings();
	backend_dahdi_use(&sys);
	n_frames = frame_len = 0;
	n_heard = 0;
	echo = false;
	b = NULL;
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	ops->close(b);
	assert_int_equal(fake.opened, 0);
	backend_dahdi_use(NULL);
	return 0;
}

/* A tick of the media thread. */
static void tick(void)
{
	struct e1_frame rx[E1_FRAMES_PER_MS];
	uint8_t tx[E1_FRAMES_PER_MS][E1_OCTETS];

	ops->tick_rx(b, rx);
	memset(tx, 0xd5, sizeof(tx));
	for (int f = 0; f < E1_FRAMES_PER_MS; f++) {
		uint8_t octet = rx[f].ts[TS];

		assert_true(n_heard < SENT_MAX);
		heard[n_heard++] = octet;
		for (int ts = 1; ts < E1_OCTETS && echo; ts++)
			tx[f][ts] = rx[f].ts[ts];
	}
	ops->tick_tx(b, tx);
}

/* The media thread by blocks: everything that has come, at once. */
static void catch_up(void)
{
	unsigned int waiting, target;

	ops->receive(b);
	ops->waiting(b, &waiting, &target);
	assert_int_equal(target, BLOCK);
	while (waiting--)
		tick();
}

static void by_blocks(int ms)
{
	while (ms--) {
		fake_step();
		catch_up();
	}
}

/* The media thread with ticks of its own. */
static void evenly(int ms)
{
	while (ms--) {
		fake_step();
		ops->receive(b);
		tick();
	}
}

static struct span_line_stats stats(void)
{
	struct span_line_stats st;

	ops->stats(b, &st);
	return st;
}

/*
 * From the first octet of the line that is found on, everything must follow without a gap.
 * Return: octets of delay between the line and @octets, whose first is at line time 0.
 */
static int whole(const uint8_t *octets, int n, int ts, int from)
{
	for (int delay = 0; delay < 1000; delay++) {
		int i = from;

		while (i < n && octets[i] == numbered(ts, i - delay))
			i++;
		if (i == n)
			return delay;
	}
	fail_msg("timeslot %d is not whole", ts);
	return 0;
}

static void sound_by_blocks(void **state)
{
	(void)state;
	open_backend(true, true);
	echo = true;
	by_blocks(1);
	for (int ts = 1; ts < E1_OCTETS; ts++) {
		if (ts != 16)
			ops->use(b, ts, true);
	}
	by_blocks(2000);
	for (int ts = 1; ts < E1_OCTETS; ts++) {
		const struct fake_chan *c = &fake.chan[ts];

		if (ts != 16)
			assert_int_equal(whole(c->sent, c->n_sent, ts, 400),
					 (BLOCK + MARGIN) * DAHDI_MS);
	}
	assert_int_equal(stats().lost + stats().lost_tx, 0);
	assert_int_equal(stats().slips_deleted + stats().slips_repeated, 0);
}

/* Beside a pseudowire: the ring keeps the margin, the device a block more. */
static void sound_evenly(void **state)
{
	int delay;

	(void)state;
	open_backend(false, true);
	echo = true;
	ops->use(b, TS, true);
	evenly(4000);
	delay = whole(fake.chan[TS].sent, fake.chan[TS].n_sent, TS, 2000);
	assert_in_range(delay, 2 * BLOCK * DAHDI_MS, 2 * (BLOCK + MARGIN + 1) * DAHDI_MS);
	assert_int_equal(stats().lost + stats().lost_tx, 0);
	assert_int_equal(stats().slips_deleted + stats().slips_repeated, 0);
}

/* Channels without a call are left to DAHDI; one that begins later is as good as the first. */
static void only_what_is_used(void **state)
{
	(void)state;
	open_backend(true, true);
	echo = true;
	by_blocks(100);
	assert_int_equal(fake.chan[TS].rx_full, 100 / BLOCK);
	assert_int_equal(fake.chan[TS].tx_full, 0);
	ops->use(b, TS, true);
	by_blocks(500);
	assert_int_equal(whole(fake.chan[TS].sent, fake.chan[TS].n_sent, TS, 1200),
			 (BLOCK + MARGIN) * DAHDI_MS);
	ops->use(b, TS, false);
	by_blocks(100);
	for (int i = fake.chan[TS].n_sent - 100; i < fake.chan[TS].n_sent; i++)
		assert_int_equal(fake.chan[TS].sent[i], FILLER);
	assert_int_equal(stats().lost + stats().lost_tx, 0);
}

/* A channel that could not begin together with the clock channel does so at the next block. */
static void late_start(void **state)
{
	(void)state;
	open_backend(true, true);
	echo = true;
	by_blocks(100);
	ops->use(b, TS, true);
	fake.late = 2;
	by_blocks(500);
	/* All that was said is heard; as late as we were. */
	assert_int_equal(whole(fake.chan[TS].sent, fake.chan[TS].n_sent, TS, 1600),
			 (BLOCK + MARGIN + 2) * DAHDI_MS);
	assert_int_equal(stats().lost + stats().lost_tx, 0);
}

/* The machine stands still for less than the device keeps: nothing received is lost. */
static void stall(void **state)
{
	struct span_line_stats st;

	(void)state;
	open_backend(true, true);
	echo = true;
	ops->use(b, TS, true);
	by_blocks(500);
	for (int i = 0; i < 102; i++)
		fake_step();
	by_blocks(500);
	assert_int_equal(whole(heard, n_heard, TS, 400), whole(heard, 2000, TS, 400));
	st = stats();
	assert_int_equal(st.lost, 0);
	/* What could not be sent meanwhile, and what came too late then. */
	assert_in_range(st.lost_tx, 100 - MARGIN - BLOCK, 2 * 100);
	/* And the delay is as before. */
	assert_int_equal(whole(fake.chan[TS].sent, fake.chan[TS].n_sent, TS, 5200),
			 (BLOCK + MARGIN) * DAHDI_MS);
}

static void too_long_a_stall(void **state)
{
	struct span_line_stats st;

	(void)state;
	open_backend(true, true);
	ops->use(b, TS, true);
	by_blocks(500);
	for (int i = 0; i < 1000; i++)
		fake_step();
	by_blocks(500);
	st = stats();
	/* 32 blocks were kept, on each of two channels; what is lost counts by the clock. */
	assert_in_range(st.lost, 1000 - 32 * BLOCK - BLOCK, 1000 - 32 * BLOCK + 3 * BLOCK);
}

/* Another clock than the system's: slips, one a millisecond of difference, and nothing else. */
static void other_clock(void **state)
{
	(void)state;
	for (int faster = 0; faster < 2; faster++) {
		struct span_line_stats st;

		setup(NULL);
		open_backend(false, false);
		echo = true;
		ops->use(b, TS, true);
		evenly(100);
		for (int i = 0; i < 8000; i++) {
			/* 500 ppm: 4 ms in all */
			if (i % 2000 != 1000 || faster)
				fake_step();
			if (i % 2000 == 1000 && faster)
				fake_step();
			ops->receive(b);
			tick();
		}
		st = stats();
		assert_in_range(faster ? st.slips_deleted : st.slips_repeated, 1, 6);
		assert_int_equal(faster ? st.slips_repeated : st.slips_deleted, 0);
		assert_int_equal(st.lost + st.lost_tx, 0);
		ops->close(b);
	}
	b = NULL;
}

static void frames(void **state)
{
	static const uint8_t sabme[] = {0x02, 0x01, 0x7f};
	struct fake_chan *d;

	(void)state;
	open_backend(true, true);
	d = &fake.chan[16];
	by_blocks(20);
	d->in[0] = d->in[1] = (struct fake_frame){.octets = {1, 2, 3, 4, 5, 0xfc, 0x5c}, .len = 7};
	d->n_in = 2;
	by_blocks(BLOCK);
	assert_int_equal(n_frames, 2);
	assert_int_equal(frame_len, 5);
	assert_memory_equal(frame, d->in[0].octets, 5);
	/* Events stand before frames and after them. */
	fake_event(16, DAHDI_EVENT_ABORT);
	fake_event(16, DAHDI_EVENT_BADFCS);
	d->n_in = 1;
	by_blocks(BLOCK);
	assert_int_equal(n_frames, 3);
	assert_int_equal(stats().hdlc_aborts, 1);
	assert_int_equal(stats().hdlc_fcs_errors, 1);
	assert_int_equal(ops->dchan_send(b, sabme, sizeof(sabme)), 0);
	fake_event(16, DAHDI_EVENT_ABORT);
	by_blocks(BLOCK);
	assert_int_equal(d->n_out, 1);
	assert_int_equal(d->out[0].len, 5); /* DAHDI writes its FCS over the last two */
	assert_memory_equal(d->out[0].octets, sabme, 3);
	assert_int_equal(ops->dchan_send(b, frame, 0), -EINVAL);
	assert_int_equal(ops->dchan_send(b, heard, 265), -EINVAL);
	assert_int_equal(stats().hdlc_rx_frames, 3);
	assert_int_equal(stats().hdlc_tx_frames, 1);
	assert_int_equal(stats().hdlc_tx_refused, 0);
	assert_int_equal(ops->cas_get(b, TS), -ENOTSUP);
}

/* Whoever hangs up when something has been played waits for so long. */
static void sound_leaves(void **state)
{
	int said;

	(void)state;
	open_backend(true, true);
	ops->use(b, TS, true);
	echo = true;
	by_blocks(50);
	said = n_heard;
	by_blocks((int)ops->lag(b));
	assert_true(fake.ms * DAHDI_MS >= said + (BLOCK + MARGIN) * DAHDI_MS);
}

static void signalling_bits(void **state)
{
	(void)state;
	cfg.cas = true;
	cfg.signalling = SIG_NONE;
	for (int ts = 1; ts < E1_OCTETS; ts++)
		fake.chan[ts].rxbits = ts & 15;
	open_backend(true, true);
	by_blocks(BLOCK);
	for (int ts = 1; ts < E1_OCTETS; ts++)
		assert_int_equal(ops->cas_get(b, ts), ts == 16 ? 0 : ts & 15);
	fake.chan[9].rxbits = 6;
	fake_event(9, DAHDI_EVENT_BITSCHANGED);
	by_blocks(BLOCK);
	assert_int_equal(ops->cas_get(b, 9), 6);
	assert_int_equal(ops->cas_set(b, 9, 11), 0);
	assert_int_equal(fake.chan[9].txbits, 11);
	assert_int_equal(ops->cas_set(b, 16, 11), -ENODEV);
}

static void alarms(void **state)
{
	static const struct {
		int dahdi;
		uint32_t alarms;
	} c[] = {
		{DAHDI_ALARM_RED | DAHDI_ALARM_LOS, E1_LOS},
		{DAHDI_ALARM_RED | DAHDI_ALARM_LFA, E1_LFA},
		{DAHDI_ALARM_RED | DAHDI_ALARM_LMFA, E1_LMFA},
		{DAHDI_ALARM_RED, E1_LFA},
		{DAHDI_ALARM_BLUE, E1_AIS},
		{DAHDI_ALARM_RECOVER, E1_AIS},
		{DAHDI_ALARM_YELLOW, E1_RAI},
		{DAHDI_ALARM_NOTOPEN, E1_LOS},
		{DAHDI_ALARM_LOOPBACK, 0},
		{0, 0},
	};

	(void)state;
	open_backend(true, true);
	assert_int_equal(ops->alarms(b), E1_LOS | LINE_ABSENT);
	by_blocks(BLOCK);
	assert_int_equal(ops->alarms(b), 0);
	for (size_t i = 0; i < sizeof(c) / sizeof(c[0]); i++) {
		fake.span.alarms = c[i].dahdi;
		/* At once with the event, in 50 ms without. */
		if (i & 1)
			fake_event(TS, DAHDI_EVENT_ALARM);
		by_blocks(i & 1 ? 2 * BLOCK : 50 + BLOCK);
		assert_int_equal(ops->alarms(b), c[i].alarms);
	}
	assert_int_equal(stats().e1.los, 2);
	assert_int_equal(stats().e1.ais, 1);
}

static void no_blocks(void **state)
{
	(void)state;
	open_backend(true, true);
	by_blocks(BLOCK);
	for (int i = 0; i < 1100; i++)
		tick(); /* alone: the line brings nothing */
	assert_int_equal(ops->alarms(b), E1_LOS);
	by_blocks(60);
	assert_int_equal(ops->alarms(b), 0);
}

static void counters(void **state)
{
	(void)state;
	fake.span.crc4count = 1000; /* of a time before us */
	open_backend(true, true);
	by_blocks(60);
	assert_int_equal(stats().e1.crc4_errors, 0);
	assert_true(stats().crc4);
	fake.span.crc4count = 1007;
	fake.span.ebitcount = 3;
	fake.span.fascount = 4;
	fake.span.cvcount = 5;
	fake.span.bpvcount = 5;
	by_blocks(60);
	fake.span.crc4count = 2; /* reset by a technician, then two */
	by_blocks(60);
	assert_int_equal(stats().e1.crc4_errors, 9);
	assert_int_equal(stats().e1.ebits, 3);
	assert_int_equal(stats().e1.fas_errors, 4);
	assert_int_equal(stats().e1.code_errors, 5);
}

/* Pulled out, announced by an event or only by refusals; plugged in again. */
static void removal(void **state)
{
	char why[512];

	(void)state;
	open_backend(true, true);
	for (int i = 0; i < 4; i++) {
		ops->use(b, TS, true);
		echo = true;
		by_blocks(100);
		assert_false(ops->absent(b));
		assert_int_equal(ops->alarms(b), 0);
		if (i & 1)
			fake_event(3, DAHDI_EVENT_REMOVED);
		else
			fake.gone = true;
		by_blocks(2 * BLOCK);
		assert_true(ops->absent(b));
		assert_int_equal(ops->alarms(b), E1_LOS | LINE_ABSENT);
		assert_int_equal(ops->fd(b), -1);
		assert_int_equal(ops->dchan_send(b, (const uint8_t *)"x", 1), -ENOBUFS);
		tick();
		ops->use(b, TS, false);
		ops->detach(b);
		assert_int_equal(fake.opened, 0);
		fake.gone = false;
		fake.span.spanno = 0;
		assert_int_equal(ops->attach(b, why, sizeof(why)), -ENODEV);
		assert_true(ops->absent(b));
		fake.span.spanno = 3;
		assert_int_equal(ops->attach(b, why, sizeof(why)), 0);
	}
	by_blocks(100);
	n_heard = 0;
	ops->use(b, TS, true);
	by_blocks(100);
	assert_int_equal(ops->alarms(b), 0);
}

/* In lockstep the line is the clock: as many ticks as milliseconds have come. */
static void lockstep(void **state)
{
	atomic_bool stop = true;

	(void)state;
	open_backend(true, true);
	assert_int_equal(ops->lock_wait(b, 1, &stop), -ECANCELED);
	for (int i = 0; i < BLOCK; i++)
		fake_step();
	ops->receive(b);
	for (int i = 0; i < BLOCK; i++) {
		assert_int_equal(ops->lock_wait(b, 1, &stop), 0);
		tick();
	}
	assert_int_equal(ops->lock_wait(b, 1, &stop), -ECANCELED);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(sound_by_blocks), TEST(sound_evenly), TEST(only_what_is_used),
		TEST(late_start),      TEST(stall),        TEST(too_long_a_stall),
		TEST(other_clock),     TEST(frames),       TEST(sound_leaves),
		TEST(signalling_bits), TEST(alarms),       TEST(no_blocks),
		TEST(counters),        TEST(removal),      TEST(lockstep),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
