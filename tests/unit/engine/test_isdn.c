/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Calls between a user and a network side, message by message.
 */
#include "isdn_rig.h"

#include <errno.h>
#include <sys/time.h>

static struct rig *rig;
static struct rig_side *user, *net;

static int setup_euro(void **state)
{
	(void)state;
	rig = rig_new(ISDN_EUROISDN, 0);
	user = &rig->user;
	net = &rig->net;
	return 0;
}

static int setup_qsig(void **state)
{
	(void)state;
	rig = rig_new(ISDN_QSIG, 0);
	user = &rig->user;
	net = &rig->net;
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	rig_nothing(rig);
	rig_free(rig);
	return 0;
}

static void clock_is_the_sample_clock(void **state)
{
	struct timeval a, b;

	(void)state;
	gettimeofday(&a, NULL);
	rig_run(rig, SECOND * 3 + 8);
	gettimeofday(&b, NULL);
	assert_int_equal((b.tv_sec - a.tv_sec) * 1000000LL + b.tv_usec - a.tv_usec, 3001000);
}

/* An offer, answered in full: what the network sends arrives, and the other way round. */
static void en_bloc(struct rig_side *a, struct rig_side *b)
{
	struct isdn_setup s = rig_setup("95550", "13912345678", 7);
	struct isdn_event ev;
	int64_t id;
	uint32_t idb;

	s.party.called.ton = 4;
	s.party.calling.ton = 2;
	s.party.calling.screening = 3;
	id = isdn_setup(a->link, &s);
	assert_true(id > 0);
	rig_run(rig, SECOND / 10);
	ev = rig_expect(b, ISDN_SETUP);
	idb = ev.call;
	assert_int_equal(ev.channel, 7);
	assert_true(ev.exclusive);
	assert_true(ev.complete);
	assert_string_equal(ev.party.called.digits, "95550");
	assert_int_equal(ev.party.called.ton, 4);
	assert_int_equal(ev.party.called.npi, 1);
	assert_string_equal(ev.party.calling.digits, "13912345678");
	assert_int_equal(ev.party.calling.ton, 2);
	assert_int_equal(ev.party.calling.npi, 1);
	assert_int_equal(ev.party.calling.presentation, ISDN_PRES_ALLOWED);
	assert_int_equal(ev.party.calling.screening, 3);
	assert_string_equal(ev.party.name, "");
	assert_string_equal(ev.party.redirecting.from.digits, "");
	assert_int_equal(ev.party.bearer, ISDN_BEARER_3K1_AUDIO);
	assert_int_equal(ev.party.bearer_rate, 0x10);
	assert_int_equal(ev.party.law, 3);

	assert_int_equal(isdn_proceeding(b->link, idb, 0), 0);
	assert_int_equal(isdn_proceeding(b->link, idb, 0), -EPROTO);
	rig_run(rig, SECOND / 10);
	ev = rig_expect(a, ISDN_PROCEEDING);
	assert_int_equal(ev.call, id);
	assert_int_equal(ev.channel, 7);
	assert_int_equal(isdn_alerting(b->link, idb, 7, true), 0);
	assert_int_equal(isdn_need_more(b->link, idb, 7), -EPROTO);
	rig_run(rig, SECOND / 10);
	ev = rig_expect(a, ISDN_ALERTING);
	assert_true(ev.inband);
	assert_int_equal(ev.progress, 8);
	assert_int_equal(isdn_connect(b->link, idb, 0), 0);
	assert_int_equal(isdn_connect(b->link, idb, 0), -EPROTO);
	rig_run(rig, SECOND / 10);
	ev = rig_expect(a, ISDN_CONNECTED);
	assert_int_equal(ev.channel, 7);
	assert_false(ev.inband);
	assert_int_equal(rig_expect(b, ISDN_CONNECT_ACK).call, idb);
	rig_nothing(rig);
	rig_hang_up(rig, a, id, b, idb, CAUSE_NORMAL_CLEARING);
	assert_int_equal(isdn_hangup(a->link, id, 16), -ENOENT);
	assert_int_equal(isdn_connect(b->link, idb, 0), -ENOENT);
}

static void en_bloc_both_ways(void **state)
{
	(void)state;
	en_bloc(net, user);
	en_bloc(user, net);
}

/* Either side hangs up, in each state, with its cause. */
static void hang_up_by_either_side(void **state)
{
	static const int causes[] = {CAUSE_NORMAL_CLEARING, CAUSE_USER_BUSY,
				     CAUSE_DESTINATION_OUT_OF_ORDER, CAUSE_SWITCH_CONGESTION};

	(void)state;
	for (int i = 0; i < 4; i++) {
		struct rig_side *a = i & 1 ? user : net, *b = i & 1 ? net : user;
		uint32_t ida, idb;

		rig_talk(rig, a, b, 3, &ida, &idb);
		rig_hang_up(rig, a, ida, b, idb, causes[i]);
		rig_talk(rig, a, b, 3, &ida, &idb);
		rig_hang_up(rig, b, idb, a, ida, causes[i]);
	}
}

/* Both hang up before they hear of each other. */
static void hang_up_crosses(void **state)
{
	uint32_t ida, idb;

	(void)state;
	rig_talk(rig, net, user, 3, &ida, &idb);
	assert_int_equal(isdn_hangup(net->link, ida, 16), 0);
	assert_int_equal(isdn_hangup(user->link, idb, 17), 0);
	assert_int_equal(isdn_hangup(user->link, idb, 18), 0); /* twice does nothing */
	rig_run(rig, SECOND);
	assert_int_equal(rig_expect(net, ISDN_RELEASED).cause, 16);
	assert_int_equal(rig_expect(user, ISDN_RELEASED).cause, 17);
}

/* The caller gives up: before any answer, after PROCEEDING, after ALERTING. */
static void caller_gives_up(void **state)
{
	(void)state;
	for (int stage = 0; stage < 6; stage++) {
		struct rig_side *a = stage & 1 ? user : net, *b = stage & 1 ? net : user;
		struct isdn_setup s = rig_setup("95550", "1", 9);
		int64_t id = isdn_setup(a->link, &s);
		uint32_t idb;

		rig_run(rig, SECOND / 10);
		idb = rig_expect(b, ISDN_SETUP).call;
		if (stage / 2 >= 1) {
			isdn_proceeding(b->link, idb, 0);
			rig_run(rig, SECOND / 10);
			rig_expect(a, ISDN_PROCEEDING);
		}
		if (stage / 2 >= 2) {
			isdn_alerting(b->link, idb, 0, false);
			rig_run(rig, SECOND / 10);
			rig_expect(a, ISDN_ALERTING);
		}
		assert_int_equal(isdn_hangup(a->link, id, CAUSE_NORMAL_CLEARING), 0);
		rig_run(rig, SECOND / 10);
		if (stage / 2 >= 1) {
			rig_expect(b, ISDN_DISCONNECT);
			isdn_hangup(b->link, idb, CAUSE_NORMAL_CLEARING);
			rig_run(rig, SECOND / 10);
		}
		assert_int_equal(rig_expect(b, ISDN_RELEASED).cause, CAUSE_NORMAL_CLEARING);
		assert_int_equal(rig_expect(a, ISDN_RELEASED).call, id);
	}
}

/* Each cause, as first and only answer to an offer, arrives. */
static void reject_with_cause(void **state)
{
	(void)state;
	for (int cause = 1; cause <= 127; cause++) {
		struct isdn_setup s = rig_setup("95550", "1", 9);
		struct isdn_event ev;
		uint32_t idb;
		int64_t id;

		if (cause == CAUSE_MANDATORY_IE_MISSING)
			continue; /* libpri keeps it for itself */
		id = isdn_setup(net->link, &s);
		rig_run(rig, SECOND / 10);
		idb = rig_expect(user, ISDN_SETUP).call;
		assert_int_equal(isdn_hangup(user->link, idb, cause), 0);
		rig_run(rig, SECOND / 10);
		while (net->n && net->event[net->first].type != ISDN_RELEASED) {
			ev = net->event[net->first];
			if (ev.type == ISDN_DISCONNECT) {
				assert_int_equal(ev.cause, cause);
				isdn_hangup(net->link, id, 16);
			} else {
				assert_int_equal(ev.type, ISDN_PROCEEDING);
			}
			rig_expect(net, ev.type);
			rig_run(rig, SECOND / 10);
		}
		ev = rig_expect(net, ISDN_RELEASED);
		assert_int_equal(ev.cause, cause);
		assert_int_equal(ev.location, 1); /* private network serving the local user */
		assert_int_equal(rig_expect(user, ISDN_RELEASED).cause, cause);
		rig_nothing(rig);
	}
	assert_int_equal(isdn_hangup(net->link, 1, 0), -ENOENT);
}

/* All channels taken: refusing needs none. */
static void reject_when_full(void **state)
{
	uint32_t a[32], b[32];
	struct isdn_setup s = rig_setup("95550", "1", 31);

	(void)state;
	for (int ch = 1; ch <= 31; ch++) {
		if (ch != 16)
			rig_talk(rig, net, user, ch, &a[ch], &b[ch]);
	}
	assert_int_equal(isdn_setup(net->link, &s), -EBUSY);
	for (int ch = 1; ch <= 31; ch++) {
		if (ch != 16)
			rig_hang_up(rig, net, a[ch], user, b[ch], 16);
	}
}

static void overlap_receiving(void **state)
{
	struct isdn_setup s = rig_setup("", "1", 2);
	struct isdn_event ev;
	uint32_t idb;
	int64_t id;

	(void)state;
	s.complete = false;
	id = isdn_setup(net->link, &s);
	assert_int_equal(isdn_digits(net->link, id, "9"), -EPROTO); /* not before SETUP ACK */
	rig_run(rig, SECOND / 10);
	ev = rig_expect(user, ISDN_SETUP);
	idb = ev.call;
	assert_false(ev.complete);
	assert_string_equal(ev.party.called.digits, "");
	assert_int_equal(isdn_need_more(user->link, idb, 0), 0);
	rig_run(rig, SECOND / 10);
	assert_int_equal(rig_expect(net, ISDN_SETUP_ACK).channel, 2);
	assert_int_equal(isdn_digits(net->link, id, "x"), -EINVAL);
	for (const char *d = "95550*#"; *d; d++) {
		const char digit[2] = {*d, 0};

		assert_int_equal(isdn_digits(net->link, id, digit), 0);
		rig_run(rig, SECOND / 2);
		ev = rig_expect(user, ISDN_DIGITS);
		assert_int_equal(ev.call, idb);
		assert_string_equal(ev.party.called.digits, digit);
	}
	assert_int_equal(isdn_digits(net->link, id, "12"), 0); /* one message a digit */
	rig_run(rig, SECOND / 2);
	assert_string_equal(rig_expect(user, ISDN_DIGITS).party.called.digits, "1");
	assert_string_equal(rig_expect(user, ISDN_DIGITS).party.called.digits, "2");
	assert_int_equal(isdn_alerting(user->link, idb, 0, false), 0);
	assert_int_equal(isdn_connect(user->link, idb, 0), 0);
	rig_run(rig, SECOND / 10);
	rig_expect(net, ISDN_PROCEEDING);
	rig_expect(net, ISDN_ALERTING);
	rig_expect(net, ISDN_CONNECTED);
	rig_expect(user, ISDN_CONNECT_ACK);
	assert_int_equal(isdn_digits(net->link, id, "9"), -EPROTO);
	rig_hang_up(rig, net, id, user, idb, 16);
}

/* A first part in the SETUP, the rest by INFORMATION; the other direction. */
static void overlap_sending(void **state)
{
	struct isdn_setup s = rig_setup("0755", "1", 2);
	uint32_t idb;
	int64_t id;

	(void)state;
	s.complete = false;
	id = isdn_setup(user->link, &s);
	rig_run(rig, SECOND / 10);
	idb = rig_expect(net, ISDN_SETUP).call;
	isdn_need_more(net->link, idb, 0);
	rig_run(rig, SECOND / 10);
	rig_expect(user, ISDN_SETUP_ACK);
	isdn_digits(user->link, id, "26");
	rig_run(rig, SECOND / 10);
	rig_expect(net, ISDN_DIGITS);
	rig_expect(net, ISDN_DIGITS);
	isdn_hangup(net->link, idb, CAUSE_UNALLOCATED_NUMBER); /* SETUP ACK was sent: DISCONNECT */
	rig_run(rig, SECOND / 10);
	assert_int_equal(rig_expect(user, ISDN_DISCONNECT).cause, 1);
	isdn_hangup(user->link, id, 16);
	rig_run(rig, SECOND / 10);
	assert_int_equal(rig_expect(user, ISDN_RELEASED).cause, 1);
	assert_int_equal(rig_expect(net, ISDN_RELEASED).cause, 1);
}

static struct isdn_event offered(struct rig_side *a, struct rig_side *b, const struct isdn_setup *s)
{
	int64_t id = isdn_setup(a->link, s);
	struct isdn_event ev;

	assert_true(id > 0);
	rig_run(rig, SECOND / 10);
	ev = rig_expect(b, ISDN_SETUP);
	isdn_hangup(b->link, ev.call, CAUSE_NO_CIRCUIT);
	rig_run(rig, SECOND / 10);
	rig_expect(a, ISDN_RELEASED);
	rig_expect(b, ISDN_RELEASED);
	return ev;
}

static void presentation(void **state)
{
	(void)state;
	for (int pres = 0; pres <= 2; pres++) {
		for (int screening = 0; screening <= 3; screening++) {
			struct isdn_setup s = rig_setup("95550", "12345", 4);
			struct isdn_number n;

			s.party.calling.presentation = pres;
			s.party.calling.screening = screening;
			n = offered(net, user, &s).party.calling;
			assert_int_equal(n.presentation, pres);
			assert_string_equal(n.digits, "12345");
			assert_int_equal(n.screening, screening);
		}
	}
}

static void no_calling_number(void **state)
{
	struct isdn_setup s = rig_setup("95550", "", 4);
	struct isdn_number n = offered(net, user, &s).party.calling;

	(void)state;
	assert_string_equal(n.digits, "");
	assert_int_equal(n.presentation, ISDN_PRES_UNAVAILABLE);
	s.party.calling.presentation = ISDN_PRES_RESTRICTED; /* restricted, and not even told */
	n = offered(net, user, &s).party.calling;
	assert_string_equal(n.digits, "");
	assert_int_equal(n.presentation, ISDN_PRES_RESTRICTED);
}

static void bearer(void **state)
{
	static const int kinds[] = {ISDN_BEARER_SPEECH, ISDN_BEARER_UNRESTRICTED,
				    ISDN_BEARER_3K1_AUDIO, ISDN_BEARER_VIDEO};

	(void)state;
	for (int i = 0; i < 4; i++) {
		struct isdn_setup s = rig_setup("95550", "1", 4);
		struct isdn_event ev;

		s.party.bearer = kinds[i];
		ev = offered(net, user, &s);
		assert_int_equal(ev.party.bearer, kinds[i]);
		assert_int_equal(ev.party.bearer_rate, 0x10);
	}
}

static void name_arrives(struct rig_side *a, struct rig_side *b, const char *name,
			 const char *there)
{
	struct isdn_setup s = rig_setup("95550", "12345", 4);

	snprintf(s.party.name, sizeof(s.party.name), "%s", name);
	assert_string_equal(offered(a, b, &s).party.name, there);
}

/* Display: from the network side only. 50 characters at most. */
static void name_euroisdn(void **state)
{
	struct isdn_setup s = rig_setup("95550", "12345", 4);

	(void)state;
	name_arrives(net, user, "Ada Lovelace", "Ada Lovelace");
	name_arrives(net, user, "Zoë Größe", "Zoë Größe");
	name_arrives(net, user, "深圳市第一人民医院", "深圳市第一人民医院");
	name_arrives(net, user, "1234567890123456789012345678901234567890123456789012345678901",
		     "12345678901234567890123456789012345678901234567890");
	name_arrives(user, net, "Ada Lovelace", "");
	s.party.calling.presentation = ISDN_PRES_RESTRICTED;
	snprintf(s.party.name, sizeof(s.party.name), "Hidden");
	assert_string_equal(offered(net, user, &s).party.name, "");
}

static void name_qsig(void **state)
{
	struct isdn_setup s = rig_setup("95550", "", 4);

	(void)state;
	name_arrives(net, user, "Ada Lovelace", "Ada Lovelace");
	name_arrives(user, net, "Zoë Größe", "Zoë Größe");
	name_arrives(user, net, "深圳市第一人民医院", "深圳市第一人民医院");
	snprintf(s.party.name, sizeof(s.party.name), "No Number"); /* goes without a number too */
	assert_string_equal(offered(user, net, &s).party.name, "No Number");
	s = rig_setup("95550", "12345", 4);
	s.party.calling.presentation = ISDN_PRES_RESTRICTED;
	snprintf(s.party.name, sizeof(s.party.name), "Hidden");
	assert_string_equal(offered(user, net, &s).party.name, "");
}

static void redirected(void **state)
{
	static const int reasons[] = {0, 1, 2, 15};

	(void)state;
	for (int i = 0; i < 8; i++) {
		struct rig_side *a = i & 1 ? user : net, *b = i & 1 ? net : user;
		struct isdn_setup s = rig_setup("95550", "12345", 4);
		struct isdn_redirecting r;

		snprintf(s.party.redirecting.from.digits, NUMBER_MAX, "26551234");
		s.party.redirecting.from.ton = 2;
		s.party.redirecting.from.npi = 1;
		s.party.redirecting.reason = reasons[i / 2];
		s.party.redirecting.count = 1;
		r = offered(a, b, &s).party.redirecting;
		assert_string_equal(r.from.digits, "26551234");
		assert_int_equal(r.from.ton, 2);
		assert_int_equal(r.reason, reasons[i / 2]);
		assert_int_equal(r.count, 1);
	}
}

static void qsig_redirection_keeps_its_count(void **state)
{
	struct isdn_setup s = rig_setup("95550", "12345", 4);

	(void)state;
	snprintf(s.party.redirecting.from.digits, NUMBER_MAX, "26551234");
	s.party.redirecting.from.presentation = ISDN_PRES_RESTRICTED;
	s.party.redirecting.reason = 1;
	s.party.redirecting.count = 5;
	assert_int_equal(offered(net, user, &s).party.redirecting.count, 5);
	assert_int_equal(offered(net, user, &s).party.redirecting.from.presentation,
			 ISDN_PRES_RESTRICTED);
}

static void preferred_channel_is_changed(void **state)
{
	struct isdn_setup s = rig_setup("95550", "1", 5);
	struct isdn_event ev;
	uint32_t idb;
	int64_t id;

	(void)state;
	s.exclusive = false;
	id = isdn_setup(net->link, &s);
	rig_run(rig, SECOND / 10);
	ev = rig_expect(user, ISDN_SETUP);
	idb = ev.call;
	assert_false(ev.exclusive);
	assert_int_equal(ev.channel, 5);
	assert_int_equal(isdn_alerting(user->link, idb, 16, false), -EINVAL);
	assert_int_equal(isdn_alerting(user->link, idb, 32, false), -EINVAL);
	assert_int_equal(isdn_alerting(user->link, idb, 6, false), 0);
	assert_int_equal(isdn_connect(user->link, idb, 7), -EINVAL); /* settled now */
	rig_run(rig, SECOND / 10);
	assert_int_equal(rig_expect(net, ISDN_PROCEEDING).channel, 6);
	assert_int_equal(rig_expect(net, ISDN_ALERTING).channel, 6);
	rig_hang_up(rig, net, id, user, idb, 16);
}

static void exclusive_channel_stays(void **state)
{
	struct isdn_setup s = rig_setup("95550", "1", 5);
	uint32_t idb;
	int64_t id;

	(void)state;
	id = isdn_setup(net->link, &s);
	rig_run(rig, SECOND / 10);
	idb = rig_expect(user, ISDN_SETUP).call;
	assert_int_equal(isdn_connect(user->link, idb, 6), -EINVAL);
	assert_int_equal(isdn_connect(user->link, idb, 5), 0);
	rig_run(rig, SECOND / 10);
	assert_int_equal(rig_expect(net, ISDN_CONNECTED).channel, 5);
	rig_expect(user, ISDN_CONNECT_ACK);
	rig_hang_up(rig, net, id, user, idb, 16);
}

static void progress_with_tones(void **state)
{
	struct isdn_setup s = rig_setup("95550", "1", 5);
	struct isdn_event ev;
	uint32_t idb;
	int64_t id;

	(void)state;
	id = isdn_setup(user->link, &s);
	rig_run(rig, SECOND / 10);
	idb = rig_expect(net, ISDN_SETUP).call;
	assert_int_equal(isdn_progress(net->link, idb, 0, false, 0), -EINVAL);
	assert_int_equal(isdn_progress(net->link, idb, 0, true, CAUSE_USER_BUSY), 0);
	rig_run(rig, SECOND / 10);
	rig_expect(user, ISDN_PROCEEDING); /* which carries the channel */
	ev = rig_expect(user, ISDN_PROGRESS);
	assert_true(ev.inband);
	assert_int_equal(ev.progress, 8);
	assert_int_equal(ev.cause, CAUSE_USER_BUSY);
	assert_int_equal(isdn_progress(net->link, idb, 0, true, 0), 0);
	rig_run(rig, SECOND / 10);
	assert_int_equal(rig_expect(user, ISDN_PROGRESS).cause, 0);
	rig_hang_up(rig, user, id, net, idb, 16);
}

/* Q.931 5.7: the network's call has the channel, the user's is told 44. */
static void glare_exclusive(void **state)
{
	struct isdn_setup s = rig_setup("95550", "1", 5);
	int64_t from_net = isdn_setup(net->link, &s), from_user = isdn_setup(user->link, &s);
	uint32_t at_user;

	(void)state;
	rig_run(rig, SECOND / 10);
	at_user = rig_expect(user, ISDN_SETUP).call;
	assert_int_equal(rig_expect(user, ISDN_RELEASED).call, from_user);
	rig_nothing(rig); /* the network's user never heard of it */
	isdn_connect(user->link, at_user, 0);
	rig_run(rig, SECOND / 10);
	assert_int_equal(rig_expect(net, ISDN_CONNECTED).channel, 5);
	rig_expect(user, ISDN_CONNECT_ACK);
	rig_hang_up(rig, net, from_net, user, at_user, 16);
}

static void glare_cause_is_44(void **state)
{
	struct isdn_setup s = rig_setup("95550", "1", 5);
	int64_t from_net = isdn_setup(net->link, &s), from_user = isdn_setup(user->link, &s);
	struct isdn_event ev;

	(void)state;
	rig_run(rig, SECOND / 10);
	rig_expect(user, ISDN_SETUP);
	ev = rig_expect(user, ISDN_RELEASED);
	assert_int_equal(ev.call, from_user);
	assert_int_equal(ev.cause, CAUSE_CHANNEL_NOT_AVAILABLE);
	isdn_hangup(net->link, from_net, 16);
	rig_run(rig, SECOND / 10);
	rig_expect(user, ISDN_RELEASED);
	rig_expect(net, ISDN_RELEASED);
}

/* A preferred channel that is lost to the other call is exchanged for another. */
static void glare_preferred(void **state)
{
	struct isdn_setup s = rig_setup("95550", "1", 5);
	int64_t from_net, from_user;
	uint32_t at_user, at_net;
	struct isdn_event ev;

	(void)state;
	from_net = isdn_setup(net->link, &s);
	s.exclusive = false;
	from_user = isdn_setup(user->link, &s);
	rig_run(rig, SECOND / 10);
	at_user = rig_expect(user, ISDN_SETUP).call;
	ev = rig_expect(net, ISDN_SETUP);
	at_net = ev.call;
	assert_int_equal(ev.channel, 0); /* choose one */
	assert_int_equal(isdn_proceeding(net->link, at_net, 0), -EINVAL);
	assert_int_equal(isdn_proceeding(net->link, at_net, 5), -EINVAL); /* that one is taken */
	assert_int_equal(isdn_proceeding(net->link, at_net, 8), 0);
	isdn_connect(user->link, at_user, 0);
	rig_run(rig, SECOND / 10);
	assert_int_equal(rig_expect(user, ISDN_PROCEEDING).channel, 8);
	rig_expect(net, ISDN_CONNECTED);
	rig_expect(user, ISDN_CONNECT_ACK);
	rig_hang_up(rig, net, from_net, user, at_user, 16);
	rig_hang_up(rig, user, from_user, net, at_net, 16);
}

/* Two calls of ours; the network gives the first the channel that the second has asked for. */
static void channels_are_swapped(void **state)
{
	struct isdn_setup s = rig_setup("95550", "1", 5);
	int64_t a, b;

	(void)state;
	s.exclusive = false;
	a = isdn_setup(user->link, &s);
	s.channel = 6;
	b = isdn_setup(user->link, &s);
	rig_run(rig, SECOND / 10);
	assert_int_equal(isdn_proceeding(net->link, rig_expect(net, ISDN_SETUP).call, 8), 0);
	assert_int_equal(isdn_proceeding(net->link, rig_expect(net, ISDN_SETUP).call, 5), 0);
	rig_run(rig, SECOND / 10);
	assert_int_equal(rig_expect(user, ISDN_PROCEEDING).channel, 8);
	assert_int_equal(rig_expect(user, ISDN_PROCEEDING).channel, 5);
	isdn_restart(user->link, 8);
	isdn_restart(user->link, 5);
	rig_run(rig, SECOND);
	assert_int_equal(rig_expect(user, ISDN_RELEASED).call, a);
	assert_int_equal(rig_expect(user, ISDN_RESTART_ACK).channel, 8);
	assert_int_equal(rig_expect(user, ISDN_RELEASED).call, b);
	assert_int_equal(rig_expect(user, ISDN_RESTART_ACK).channel, 5);
	for (int i = 0; i < 2; i++) {
		rig_expect(net, ISDN_RELEASED);
		rig_expect(net, ISDN_RESTART);
	}
}

/* The network answers with a channel that it may not take: refused with 6, and not told. */
static void answer_on_wrong_channel(void **state)
{
	struct isdn_setup s = rig_setup("95550", "1", 5);
	int64_t id = isdn_setup(user->link, &s);

	(void)state;
	RIG_FORGE(rig, 0x08, 0x02, 0x80 | rig_answer(rig)[2], rig_answer(rig)[3], 0x02, 0x18, 0x03,
		  0xa9, 0x83, 0x86);
	assert_int_equal(user->n, 0);
	assert_int_equal(rig_answer(rig)[4], 0x4d); /* RELEASE */
	assert_int_equal(rig_answer(rig)[8], 0x86);
	rig_run(rig, 30 * SECOND);
	while (user->n && user->event[user->first].type != ISDN_RELEASED)
		rig_expect(user, user->event[user->first].type);
	assert_int_equal(rig_expect(user, ISDN_RELEASED).call, id);
	rig_mend(rig);
}

#define OFFER(n, ...)                                                                              \
	RIG_FORGE(rig, 0x08, 0x02, 0x00, n, 0x05, 0x04, 0x03, 0x80, 0x90, 0xa3, __VA_ARGS__, 0x70, \
		  0x02, 0x81, '1')

/* Each way to name a channel, Q.931 4.5.13. */
static void odd_channels(void **state)
{
	struct isdn_event ev;

	(void)state;
	OFFER(1, 0x18, 0x01, 0xa3); /* any */
	ev = rig_expect(user, ISDN_SETUP);
	assert_int_equal(ev.channel, 0);
	assert_false(ev.exclusive);
	assert_int_equal(isdn_alerting(user->link, ev.call, 0, false), -EINVAL);
	assert_int_equal(isdn_alerting(user->link, ev.call, 9, false), 0);
	OFFER(2, 0x18, 0x01, 0xa0); /* none */
	assert_int_equal(rig_answer(rig)[4], 0x5a);
	assert_int_equal(rig_answer(rig)[8], 0x80 | CAUSE_NO_CIRCUIT);
	OFFER(3, 0x18, 0x03, 0xa9, 0x83, 0x90); /* the D-channel, exclusive */
	assert_int_equal(rig_answer(rig)[8], 0x80 | CAUSE_CHANNEL_NONEXISTENT);
	OFFER(4, 0x18, 0x03, 0xa9, 0x83, 0xa0); /* 32 */
	assert_int_equal(rig_answer(rig)[8], 0x80 | CAUSE_CHANNEL_NONEXISTENT);
	OFFER(5, 0x18, 0x06, 0xa9, 0x93, 0x00, 0x00, 0x00, 0x08); /* a map */
	assert_int_equal(rig_answer(rig)[8], 0x80 | CAUSE_CHANNEL_NONEXISTENT);
	OFFER(6, 0x18, 0x03, 0xa9, 0x83, 0x89); /* taken */
	assert_int_equal(rig_answer(rig)[8], 0x80 | CAUSE_CHANNEL_NOT_AVAILABLE);
	assert_int_equal(user->n, 0);
	OFFER(7, 0x18, 0x03, 0xa1, 0x83,
	      0x90); /* the D-channel, preferred: another is to be chosen */
	ev = rig_expect(user, ISDN_SETUP);
	assert_int_equal(ev.channel, 0);
	assert_int_equal(isdn_hangup(user->link, ev.call, CAUSE_USER_BUSY), 0);
	assert_int_equal(rig_answer(rig)[4], 0x45); /* PROCEEDING with a free channel went before */
	rig_mend(rig);
}

/* DISCONNECT with tones, and where the cause comes from. */
static void disconnect_with_tones(void **state)
{
	struct isdn_event ev;
	uint32_t id;

	(void)state;
	OFFER(1, 0x18, 0x03, 0xa9, 0x83, 0x81);
	id = rig_expect(user, ISDN_SETUP).call;
	isdn_connect(user->link, id, 0);
	RIG_FORGE(rig, 0x08, 0x02, 0x00, 0x01, 0x45, 0x08, 0x02, 0x82, 0x91, 0x1e, 0x02, 0x82,
		  0x88);
	ev = rig_expect(user, ISDN_DISCONNECT);
	assert_int_equal(ev.cause, CAUSE_USER_BUSY);
	assert_int_equal(ev.location, 2);
	assert_true(ev.inband);
	isdn_hangup(user->link, id, 16);
	RIG_FORGE(rig, 0x08, 0x02, 0x00, 0x01, 0x5a);
	ev = rig_expect(user, ISDN_RELEASED);
	assert_int_equal(ev.cause, CAUSE_USER_BUSY);
	assert_int_equal(ev.location, 2);
	rig_mend(rig);
}

static void bad_requests(void **state)
{
	struct isdn_setup s = rig_setup("95550", "1", 16);
	uint32_t a, b;

	(void)state;
	assert_int_equal(isdn_setup(net->link, &s), -EINVAL);
	s.channel = 0;
	assert_int_equal(isdn_setup(net->link, &s), -EINVAL);
	s.channel = 32;
	assert_int_equal(isdn_setup(net->link, &s), -EINVAL);
	s.channel = 1;
	snprintf(s.party.called.digits, NUMBER_MAX, "95a50");
	assert_int_equal(isdn_setup(net->link, &s), -EINVAL);
	memset(s.party.called.digits, '1', NUMBER_MAX - 1);
	s.party.called.digits[NUMBER_MAX - 1] = 0;
	assert_string_equal(offered(net, user, &s).party.called.digits, s.party.called.digits);
	assert_int_equal(isdn_restart(net->link, 16), -EINVAL);
	assert_int_equal(isdn_restart(net->link, -1), -EINVAL);
	assert_int_equal(isdn_service(net->link, 1, 2), -EOPNOTSUPP);
	rig_talk(rig, net, user, 1, &a, &b);
	assert_int_equal(isdn_progress(net->link, a, 0, true, 0), -EPROTO);
	assert_int_equal(isdn_alerting(user->link, b, 0, false), -EPROTO);
	assert_int_equal(isdn_hangup(user->link, b, 0), -EINVAL);
	assert_int_equal(isdn_hangup(user->link, b, 128), -EINVAL);
	assert_int_equal(isdn_hangup(user->link, 0, 16), -ENOENT);
	rig_hang_up(rig, net, a, user, b, 16);
}

static void trace_tells_messages(void **state)
{
	uint32_t a, b;

	(void)state;
	isdn_link_trace(user->link, true);
	rig_talk(rig, net, user, 1, &a, &b);
	isdn_link_trace(user->link, false);
	assert_non_null(strstr(user->trace, "< Message Type: SETUP"));
	assert_non_null(strstr(user->trace, "> Message Type: CONNECT"));
	assert_non_null(strstr(user->trace, "'95550'"));
	user->trace[0] = 0;
	rig_hang_up(rig, net, a, user, b, 16);
	assert_string_equal(user->trace, "");
}

#define EURO(f) cmocka_unit_test_setup_teardown(f, setup_euro, teardown)
#define QSIG(f)                                                                                    \
	{                                                                                          \
#f "_on_qsig", f, setup_qsig, teardown, NULL                                       \
	}

int main(void)
{
	const struct CMUnitTest tests[] = {
		EURO(clock_is_the_sample_clock),
		EURO(en_bloc_both_ways),
		QSIG(en_bloc_both_ways),
		EURO(hang_up_by_either_side),
		QSIG(hang_up_by_either_side),
		EURO(hang_up_crosses),
		EURO(caller_gives_up),
		QSIG(caller_gives_up),
		EURO(reject_with_cause),
		QSIG(reject_with_cause),
		EURO(reject_when_full),
		EURO(overlap_receiving),
		QSIG(overlap_receiving),
		EURO(overlap_sending),
		EURO(presentation),
		QSIG(presentation),
		EURO(no_calling_number),
		EURO(bearer),
		EURO(name_euroisdn),
		QSIG(name_qsig),
		EURO(redirected),
		QSIG(redirected),
		QSIG(qsig_redirection_keeps_its_count),
		EURO(preferred_channel_is_changed),
		EURO(exclusive_channel_stays),
		EURO(progress_with_tones),
		EURO(glare_exclusive),
		EURO(glare_cause_is_44),
		QSIG(glare_cause_is_44),
		EURO(glare_preferred),
		EURO(channels_are_swapped),
		EURO(answer_on_wrong_channel),
		EURO(odd_channels),
		EURO(disconnect_with_tones),
		EURO(bad_requests),
		EURO(trace_tells_messages),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
