/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ISDN links when something goes wrong, and for long.
 */
#include "isdn_rig.h"

#include <errno.h>
#include <malloc.h>

static struct rig *rig;
static struct rig_side *user, *net;
static uint32_t id_net[32], id_user[32];

static void start(enum isdn_variant variant, int t309_s)
{
	rig = rig_new(variant, t309_s);
	user = &rig->user;
	net = &rig->net;
}

static int setup_euro(void **state)
{
	(void)state;
	start(ISDN_EUROISDN, 0);
	return 0;
}

static int setup_qsig(void **state)
{
	(void)state;
	start(ISDN_QSIG, 0);
	return 0;
}

static int setup_t309_20(void **state)
{
	(void)state;
	start(ISDN_EUROISDN, 20);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	rig_nothing(rig);
	rig_free(rig);
	return 0;
}

static void talk_on_all(void)
{
	for (int ch = 1; ch <= 31; ch++) {
		if (ch != 16)
			rig_talk(rig, net, user, ch, &id_net[ch], &id_user[ch]);
	}
}

static void hang_up_all(void)
{
	for (int ch = 1; ch <= 31; ch++) {
		if (ch == 16)
			continue;
		if (ch & 1)
			rig_hang_up(rig, net, id_net[ch], user, id_user[ch], 16);
		else
			rig_hang_up(rig, user, id_user[ch], net, id_net[ch], 16);
	}
}

/* Let the one side's events be these, each so often, in any order; others are a failure. */
static void expect_all(struct rig_side *s, enum isdn_event_type type, int count, int cause)
{
	for (int i = 0; i < count; i++) {
		struct isdn_event ev = rig_expect(s, type);

		if (cause)
			assert_int_equal(ev.cause, cause);
	}
}

static void thirty_calls_at_once(void **state)
{
	(void)state;
	for (int ch = 1; ch <= 31; ch++) {
		struct isdn_setup s = rig_setup("95550", "1", ch);

		if (ch != 16)
			id_net[ch] = isdn_setup(net->link, &s);
	}
	rig_run(rig, SECOND);
	for (int i = 0; i < 30; i++) {
		struct isdn_event ev = rig_expect(user, ISDN_SETUP);

		id_user[ev.channel] = ev.call;
		isdn_alerting(user->link, ev.call, 0, false);
		isdn_connect(user->link, ev.call, 0);
	}
	rig_run(rig, SECOND);
	assert_int_equal(net->n, 90);
	for (int i = 0; i < 30; i++) {
		rig_expect(net, ISDN_PROCEEDING);
		rig_expect(net, ISDN_ALERTING);
		rig_expect(net, ISDN_CONNECTED);
	}
	expect_all(user, ISDN_CONNECT_ACK, 30, 0);
	for (int ch = 1; ch <= 31; ch++) {
		if (ch != 16)
			isdn_hangup(ch & 1 ? net->link : user->link,
				    ch & 1 ? id_net[ch] : id_user[ch], 16);
	}
	rig_run(rig, SECOND);
	while (net->n && net->event[net->first].type == ISDN_DISCONNECT)
		isdn_hangup(net->link, rig_expect(net, ISDN_DISCONNECT).call, 16);
	while (user->n && user->event[user->first].type == ISDN_DISCONNECT)
		isdn_hangup(user->link, rig_expect(user, ISDN_DISCONNECT).call, 16);
	rig_run(rig, SECOND);
	expect_all(net, ISDN_RELEASED, 30, 16);
	expect_all(user, ISDN_RELEASED, 30, 16);
}

/* Shorter than T309: all live, and can still be ended from either side. */
static void interruption_is_survived(void **state)
{
	static const int seconds[] = {2, 5, 16, 60};

	(void)state;
	talk_on_all();
	for (int i = 0; i < 4; i++) {
		rig->cut = true;
		rig_run(rig, seconds[i] * SECOND);
		rig->cut = false;
		rig_run(rig, 10 * SECOND);
		if (net->n) {
			rig_expect(net, ISDN_LINK_DOWN);
			rig_expect(net, ISDN_LINK_UP);
		}
		if (user->n) {
			rig_expect(user, ISDN_LINK_DOWN);
			rig_expect(user, ISDN_LINK_UP);
		}
		rig_nothing(rig);
	}
	rig_run(rig, 300 * SECOND); /* no timer of old comes too late */
	rig_nothing(rig);
	hang_up_all();
}

static void interruption_is_too_long(void **state)
{
	struct isdn_setup s = rig_setup("95550", "1", 3);

	(void)state;
	talk_on_all();
	rig->cut = true;
	rig_run(rig, 20 * SECOND);
	rig_expect(net, ISDN_LINK_DOWN);
	rig_expect(user, ISDN_LINK_DOWN);
	rig_nothing(rig);
	assert_int_equal(isdn_setup(net->link, &s), -EBUSY);
	rig_run(rig, 25 * SECOND); /* noticed after at most 18 s, T309 is 20 s here */
	expect_all(net, ISDN_RELEASED, 30, CAUSE_DESTINATION_OUT_OF_ORDER);
	expect_all(user, ISDN_RELEASED, 30, CAUSE_DESTINATION_OUT_OF_ORDER);
	assert_int_equal(isdn_setup(net->link, &s), -EAGAIN);
	rig->cut = false;
	rig_run(rig, 5 * SECOND);
	rig_expect(net, ISDN_LINK_UP);
	rig_expect(user, ISDN_LINK_UP);
	rig_talk(rig, user, net, 3, &id_user[3], &id_net[3]);
	rig_hang_up(rig, user, id_user[3], net, id_net[3], 16);
}

/* The default of T309 is 90 s: a minute is survived, two are not. */
static void t309_default(void **state)
{
	(void)state;
	rig_talk(rig, user, net, 3, &id_user[3], &id_net[3]);
	rig->cut = true;
	rig_run(rig, 89 * SECOND);
	rig_expect(net, ISDN_LINK_DOWN);
	rig_expect(user, ISDN_LINK_DOWN);
	rig_nothing(rig);
	rig_run(rig, 31 * SECOND);
	expect_all(net, ISDN_RELEASED, 1, CAUSE_DESTINATION_OUT_OF_ORDER);
	expect_all(user, ISDN_RELEASED, 1, CAUSE_DESTINATION_OUT_OF_ORDER);
}

/* What is not answered yet does not survive; and nothing is left over on either side. */
static void interruption_in_setup(void **state)
{
	(void)state;
	for (int stage = 0; stage < 4; stage++) {
		struct isdn_setup s = rig_setup("95550", "1", 4);
		int64_t id = isdn_setup(net->link, &s);
		uint32_t at_user;

		rig_run(rig, SECOND / 10);
		at_user = rig_expect(user, ISDN_SETUP).call;
		if (stage == 1)
			isdn_need_more(user->link, at_user, 0);
		if (stage == 2)
			isdn_alerting(user->link, at_user, 0, false);
		rig_run(rig, SECOND / 10);
		net->n = 0;
		rig->cut = true;
		if (stage == 3)
			isdn_connect(user->link, at_user, 0); /* lost with the link */
		rig_run(rig, 30 * SECOND);
		for (int i = 0; i < 2; i++) {
			struct rig_side *side = i ? user : net;
			int released = 0;

			while (side->n) {
				struct isdn_event ev = side->event[side->first];

				rig_expect(side, ev.type);
				if (ev.type != ISDN_RELEASED)
					continue;
				assert_int_equal(ev.call, i ? at_user : (uint32_t)id);
				released++;
			}
			assert_int_equal(released, 1);
		}
		rig->cut = false;
		rig_run(rig, 10 * SECOND);
		rig_expect(net, ISDN_LINK_UP);
		rig_expect(user, ISDN_LINK_UP);
		rig_nothing(rig);
	}
}

/* One side hangs up while the other cannot hear it. */
static void hang_up_during_interruption(void **state)
{
	(void)state;
	rig_talk(rig, net, user, 3, &id_net[3], &id_user[3]);
	rig_talk(rig, net, user, 4, &id_net[4], &id_user[4]);
	rig->cut = true;
	rig_run(rig, 25 * SECOND);
	isdn_hangup(net->link, id_net[3], 16);
	rig_run(rig, 20 * SECOND);
	rig->cut = false;
	rig_run(rig, 60 * SECOND);
	rig_expect(net, ISDN_LINK_DOWN);
	assert_int_equal(rig_expect(net, ISDN_RELEASED).call, id_net[3]);
	rig_expect(net, ISDN_LINK_UP);
	rig_expect(user, ISDN_LINK_DOWN);
	rig_expect(user, ISDN_LINK_UP);
	assert_int_equal(rig_expect(user, ISDN_RELEASED).call, id_user[3]);
	rig_nothing(rig);
	rig_hang_up(rig, user, id_user[4], net, id_net[4], 16);
}

/* Layer 1 away for as short as a relay clicks: nobody notices, not even a call being set up. */
static void layer1_glitch(void **state)
{
	struct isdn_setup s = rig_setup("95550", "1", 4);
	int64_t id = isdn_setup(net->link, &s);
	uint32_t at_user;

	(void)state;
	rig_run(rig, SECOND / 10);
	at_user = rig_expect(user, ISDN_SETUP).call;
	isdn_link_layer1(user->link, false);
	isdn_link_layer1(net->link, false);
	assert_int_equal(isdn_setup(net->link, &(struct isdn_setup){.channel = 9}), -EAGAIN);
	isdn_alerting(user->link, at_user, 0, false); /* goes nowhere for now */
	rig_run(rig, SECOND);
	isdn_link_layer1(user->link, true);
	isdn_link_layer1(net->link, true);
	rig_run(rig, 3 * SECOND);
	rig_expect(net, ISDN_PROCEEDING);
	rig_expect(net, ISDN_ALERTING);
	rig_hang_up(rig, net, id, user, at_user, 16);
}

static void layer1_down_and_up(void **state)
{
	unsigned long before;

	(void)state;
	rig_talk(rig, net, user, 3, &id_net[3], &id_user[3]);
	isdn_link_layer1(user->link, false);
	isdn_link_layer1(net->link, false);
	rig_run(rig, 40 * SECOND);
	rig_expect(net, ISDN_LINK_DOWN);
	rig_expect(user, ISDN_LINK_DOWN);
	before = user->sent + net->sent;
	rig_run(rig, 10 * SECOND);
	assert_int_equal(user->sent + net->sent, before); /* no attempts into a dead cable */
	isdn_link_layer1(user->link, true);
	isdn_link_layer1(net->link, true);
	rig_run(rig, SECOND / 10); /* at once */
	rig_expect(net, ISDN_LINK_UP);
	rig_expect(user, ISDN_LINK_UP);
	rig_hang_up(rig, net, id_net[3], user, id_user[3], 16);
}

/* Run until a side has an event, at most a minute. */
static struct isdn_event wait_for(struct rig_side *s, enum isdn_event_type type)
{
	for (int i = 0; i < 600 && !s->n; i++)
		rig_run(rig, SECOND / 10);
	return rig_expect(s, type);
}

static void lost_frames_are_repeated(void **state)
{
	static const unsigned int each[] = {5, 7, 11, 13, 29};

	(void)state;
	for (int k = 0; k < 5; k++) {
		rig->drop_each = each[k];
		for (int i = 0; i < 20; i++) {
			struct isdn_setup s = rig_setup("95550", "1", 1 + i % 15);
			int64_t id = isdn_setup(net->link, &s);
			uint32_t at_user = wait_for(user, ISDN_SETUP).call;

			isdn_connect(user->link, at_user, 0);
			wait_for(net, ISDN_CONNECTED);
			wait_for(user, ISDN_CONNECT_ACK);
			isdn_hangup(user->link, at_user, 17);
			assert_int_equal(wait_for(net, ISDN_DISCONNECT).cause, 17);
			isdn_hangup(net->link, id, 16);
			wait_for(net, ISDN_RELEASED);
			wait_for(user, ISDN_RELEASED);
		}
		rig_nothing(rig);
	}
	rig->drop_each = 0;
	rig_run(rig, 20 * SECOND);
}

static void restart_of_one_channel(void **state)
{
	(void)state;
	talk_on_all();
	assert_int_equal(isdn_restart(user->link, 7), 0);
	rig_run(rig, SECOND);
	assert_int_equal(rig_expect(net, ISDN_RELEASED).call, id_net[7]); /* before the RESTART */
	assert_int_equal(rig_expect(net, ISDN_RESTART).channel, 7);
	assert_int_equal(rig_expect(user, ISDN_RELEASED).call, id_user[7]);
	assert_int_equal(rig_expect(user, ISDN_RESTART_ACK).channel, 7);
	rig_nothing(rig);
	rig_talk(rig, net, user, 7, &id_net[7], &id_user[7]); /* free again */
	hang_up_all();
}

static void restart_of_all(void **state)
{
	(void)state;
	talk_on_all();
	assert_int_equal(isdn_restart(net->link, 0), 0);
	rig_run(rig, SECOND);
	for (int ch = 1; ch <= 31; ch++) {
		struct isdn_event ev;

		if (ch == 16)
			continue;
		ev = rig_expect(user, ISDN_RELEASED);
		assert_int_equal(ev.call, id_user[ch]);
		assert_int_equal(ev.cause, CAUSE_TEMPORARY_FAILURE);
		assert_int_equal(rig_expect(user, ISDN_RESTART).channel, ch);
		assert_int_equal(rig_expect(net, ISDN_RELEASED).call, id_net[ch]);
		assert_int_equal(rig_expect(net, ISDN_RESTART_ACK).channel, ch);
	}
}

/* RESTART in forms that libpri does not send: the interface, a list, a map. */
static void restart_of_many(void **state)
{
	(void)state;
	talk_on_all();
	/* a list: 2 and 5 */
	RIG_FORGE(rig, 0x08, 0x02, 0, 0, 0x46, 0x18, 0x04, 0xa9, 0x83, 0x02, 0x85, 0x79, 0x01,
		  0x80);
	rig_run(rig, 8);
	assert_int_equal(rig_expect(user, ISDN_RELEASED).call, id_user[2]);
	assert_int_equal(rig_expect(user, ISDN_RESTART).channel, 2);
	assert_int_equal(rig_expect(user, ISDN_RELEASED).call, id_user[5]);
	assert_int_equal(rig_expect(user, ISDN_RESTART).channel, 5);
	/* a map: 0, 16, and 31 of which only the last carries calls */
	RIG_FORGE(rig, 0x08, 0x02, 0, 0, 0x46, 0x18, 0x06, 0xa9, 0x93, 0x80, 0x01, 0, 0x01, 0x79,
		  0x01, 0x80);
	rig_run(rig, 8);
	assert_int_equal(rig_expect(user, ISDN_RELEASED).call, id_user[31]);
	assert_int_equal(rig_expect(user, ISDN_RESTART).channel, 31);
	rig_nothing(rig);
	RIG_FORGE(rig, 0x08, 0x02, 0, 0, 0x46, 0x79, 0x01, 0x87);
	expect_all(user, ISDN_RELEASED, 27, CAUSE_TEMPORARY_FAILURE);
	assert_int_equal(rig_expect(user, ISDN_RESTART).channel, 0);
	rig_mend(rig);
}

/* Asked for while the data link is down, it is done when that comes up; unanswered, it ends. */
static void restart_waits_and_gives_up(void **state)
{
	(void)state;
	rig->cut = true;
	rig_run(rig, 30 * SECOND);
	rig_expect(net, ISDN_LINK_DOWN);
	rig_expect(user, ISDN_LINK_DOWN);
	isdn_restart(user->link, 3);
	rig->cut = false;
	rig_run(rig, 10 * SECOND);
	rig_expect(net, ISDN_LINK_UP);
	rig_expect(user, ISDN_LINK_UP);
	assert_int_equal(rig_expect(net, ISDN_RESTART).channel, 3);
	assert_int_equal(rig_expect(user, ISDN_RESTART_ACK).channel, 3);
	isdn_link_layer1(net->link, false); /* hears nothing, and stays so */
	isdn_restart(user->link, 4);
	rig_run(rig, 300 * SECOND);
	rig_expect(user, ISDN_LINK_DOWN);
	rig_expect(net, ISDN_LINK_DOWN);
	isdn_link_layer1(net->link, true);
	rig_run(rig, 300 * SECOND);
	rig_expect(user, ISDN_LINK_UP);
	rig_expect(net, ISDN_LINK_UP);
	isdn_restart(user->link, 5); /* the next one is not held up */
	rig_run(rig, SECOND);
	assert_int_equal(rig_expect(net, ISDN_RESTART).channel, 5);
	assert_int_equal(rig_expect(user, ISDN_RESTART_ACK).channel, 5);
}

/* The far end is switched off and on: it knows no calls, and says so when it hears of them. */
static void far_end_begins_anew(void **state)
{
	(void)state;
	talk_on_all();
	isdn_link_free(net->link);
	net->link = rig_link(net, ISDN_NETWORK, ISDN_EUROISDN, 0);
	rig_run(rig, 30 * SECOND);
	rig_expect(net, ISDN_LINK_UP);
	isdn_restart(net->link, 0);
	rig_run(rig, SECOND);
	for (int i = 0; i < 30; i++) {
		rig_expect(user, ISDN_RELEASED);
		rig_expect(user, ISDN_RESTART);
		rig_expect(net, ISDN_RESTART_ACK);
	}
	rig_nothing(rig);
	rig_talk(rig, net, user, 1, &id_net[1], &id_user[1]);
	rig_hang_up(rig, net, id_net[1], user, id_user[1], 16);
}

/* Nobody at the other end: offers die after twice T303 without harm. */
static void offer_without_answer(void **state)
{
	struct isdn_setup s = rig_setup("95550", "1", 4);
	int64_t id = isdn_setup(net->link, &s);
	uint32_t at_user;

	(void)state;
	rig_run(rig, 9 * SECOND);
	at_user = rig_expect(user, ISDN_SETUP).call; /* once, though it is sent twice */
	assert_int_equal(rig_expect(net, ISDN_RELEASED).cause, CAUSE_NO_USER_RESPONDING);
	(void)id;
	isdn_alerting(user->link, at_user, 0, false); /* too late: the network does not know it */
	rig_run(rig, SECOND);
	assert_int_equal(rig_expect(user, ISDN_RELEASED).cause, CAUSE_INVALID_CALL_REFERENCE);
}

/* A far end that offers more calls than there can be takes no more than our table. */
static void flood_of_offers(void **state)
{
	uint8_t setup[] = {0x02, 0x01, 0x00, 0x00, 0x08, 0x02, 0x00, 0x00, 0x05, 0x04, 0x03,
			   0x80, 0x90, 0xa3, 0x18, 0x01, 0xa3, 0x70, 0x02, 0x80, '1'};
	struct isdn_link_stats st;
	uint32_t ids[200];
	int offered;

	(void)state;
	rig->cut = true; /* what the user side answers is not carried */
	for (int i = 1; i <= 200; i++) {
		setup[2] = (i - 1) % 128 << 1;
		setup[6] = i >> 8;
		setup[7] = i & 0xff;
		isdn_link_receive(user->link, setup, sizeof(setup));
		user->out.n = 0;
	}
	isdn_link_stats(user->link, &st);
	assert_int_equal(st.calls, 128);
	assert_int_equal(st.screened, 0);
	offered = user->n;
	assert_int_equal(offered, 128);
	for (int i = 0; i < offered; i++)
		ids[i] = rig_expect(user, ISDN_SETUP).call;
	for (int i = 0; i < offered; i++)
		assert_int_equal(isdn_hangup(user->link, ids[i], CAUSE_NO_CIRCUIT), 0);
	rig_run(rig, SECOND);
	expect_all(user, ISDN_RELEASED, offered, CAUSE_NO_CIRCUIT);
	rig_run(rig, 30 * SECOND);
	rig->cut = false;
	rig_run(rig, 30 * SECOND);
	user->n = 0; /* data link events: the forged frames have upset its sequence */
	net->n = 0;
}

/* Messages for calls that do not exist must not leave records behind. */
static void stray_messages(void **state)
{
	static const uint8_t types[] = {0x6e, 0x62, 0x24, 0x28, 0x30, 0x31, 0x33, 0x37, 0x01,
					0x07, 0x45, 0x4d, 0x5a, 0x7b, 0x7d, 0x75, 0x0f, 0x64};
	struct isdn_link_stats st;
	size_t before = 0;

	(void)state;
	rig->cut = true;
	for (int i = 0; i < 18 * 200; i++) {
		uint8_t m[] = {0x02, 0x01,           i % 128 << 1, 0x00,          0x08,
			       0x02, 0x11 + i / 180, i % 180,      types[i % 18], 0x27,
			       0x01, 0xf9,           0x08,         0x02,          0x80,
			       0x90, 0x14,           0x01,         0x0a};

		if (i == 18 * 20)
			before = mallinfo2().uordblks;
		isdn_link_receive(user->link, m, sizeof(m));
		user->out.n = 0;
	}
	/* its answers wait in Q.921 for ever, so the allowance is theirs; records take 4 kB each */
	assert_in_range(mallinfo2().uordblks - before, 0, 18 * 180 * 120);
	isdn_link_stats(user->link, &st);
	assert_int_equal(st.calls, 0);
	assert_true(st.out_of_place >= 8 * 200);
	rig_run(rig, 40 * SECOND);
	rig->cut = false;
	rig_run(rig, 30 * SECOND);
	user->n = 0;
	net->n = 0;
}

/* Both configured as the same side: no link, no harm. */
static void both_are_the_user(void **state)
{
	struct rig_side a = {0}, b = {0};

	(void)state;
	a.link = rig_link(&a, ISDN_USER, ISDN_EUROISDN, 0);
	b.link = rig_link(&b, ISDN_USER, ISDN_EUROISDN, 0);
	for (int i = 0; i < 100; i++) {
		rig_now += SECOND / 10;
		isdn_set_now(rig_now);
		isdn_link_run(a.link);
		isdn_link_run(b.link);
		for (; a.out.n; a.out.n--, a.out.first++)
			isdn_link_receive(b.link, a.out.frame[a.out.first % RIG_FRAMES].octets,
					  a.out.frame[a.out.first % RIG_FRAMES].len);
		b.out.n = 0;
	}
	assert_int_equal(a.total + b.total, 0);
	isdn_link_free(a.link);
	isdn_link_free(b.link);
	isdn_link_free(NULL);
	rig_run(rig, SECOND);
}

/* ---- many calls, handled where the events come ------------------------------------------------ */

static unsigned long connected, released;

static void answering(struct rig_side *s, const struct isdn_event *ev)
{
	if (ev->type == ISDN_SETUP)
		assert_int_equal(isdn_connect(s->link, ev->call, 0), 0);
	if (ev->type == ISDN_DISCONNECT)
		assert_int_equal(isdn_hangup(s->link, ev->call, CAUSE_NORMAL_CLEARING), 0);
}

static void calling(struct rig_side *s, const struct isdn_event *ev)
{
	if (ev->type == ISDN_CONNECTED) {
		connected++;
		assert_int_equal(isdn_hangup(s->link, ev->call, CAUSE_NORMAL_CLEARING), 0);
	}
	if (ev->type == ISDN_RELEASED) {
		struct isdn_setup next = rig_setup("95550", "075512345678", ev->channel);

		released++;
		if (released < 10000 - 29)
			assert_true(isdn_setup(s->link, &next) > 0);
	}
}

static void ten_thousand_calls(void **state)
{
	size_t at_1000 = 0, at_end;

	(void)state;
	connected = 0;
	released = 0;
	user->hook = answering;
	net->hook = calling;
	for (int ch = 1; ch <= 31; ch++) {
		struct isdn_setup s = rig_setup("95550", "075512345678", ch);

		if (ch != 16)
			assert_true(isdn_setup(net->link, &s) > 0);
	}
	while (released < 10000) {
		unsigned long before = released;

		rig_run(rig, SECOND / 100);
		assert_true(released > before);
		if (!at_1000 && released >= 1000)
			at_1000 = mallinfo2().uordblks;
	}
	rig_run(rig, 60 * SECOND);
	at_end = mallinfo2().uordblks;
	assert_int_equal(connected, 10000);
	assert_int_equal(released, 10000);
	assert_true(at_end <= at_1000);
	user->hook = NULL;
	net->hook = NULL;
}

#define EURO(f)    cmocka_unit_test_setup_teardown(f, setup_euro, teardown)
#define T309_20(f) cmocka_unit_test_setup_teardown(f, setup_t309_20, teardown)
#define QSIG(f)                                                                                    \
	{                                                                                          \
#f "_on_qsig", f, setup_qsig, teardown, NULL                                       \
	}

int main(void)
{
	const struct CMUnitTest tests[] = {
		EURO(thirty_calls_at_once),
		QSIG(thirty_calls_at_once),
		EURO(interruption_is_survived),
		QSIG(interruption_is_survived),
		T309_20(interruption_is_too_long),
		EURO(t309_default),
		EURO(interruption_in_setup),
		EURO(hang_up_during_interruption),
		EURO(layer1_glitch),
		EURO(layer1_down_and_up),
		EURO(lost_frames_are_repeated),
		QSIG(lost_frames_are_repeated),
		EURO(restart_of_one_channel),
		EURO(restart_of_all),
		QSIG(restart_of_all),
		EURO(restart_of_many),
		EURO(restart_waits_and_gives_up),
		EURO(far_end_begins_anew),
		EURO(offer_without_answer),
		EURO(flood_of_offers),
		EURO(stray_messages),
		EURO(both_are_the_user),
		EURO(ten_thousand_calls),
		QSIG(ten_thousand_calls),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
