/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>

#include "media_rig.h"

#include "core/line/lockstep.h"
#include "engine/wire.h"

#define TICKS 200

static char here[ADDRESS_MAX], there[ADDRESS_MAX];

static struct wire *open_wire(const char *local, const char *remote)
{
	struct wire *w;
	char why[200];

	if (wire_open(&w, local, remote, why, sizeof(why)))
		fail_msg("%s", why);
	return w;
}

static int addresses(void **state)
{
	(void)state;
	two_addresses(here, there);
	return 0;
}

/* ---- both ends in lockstep ---- */

struct end {
	pthread_t thread;
	atomic_bool stop;
	const char *local, *remote;
	struct wire *w;
	uint64_t tick; /* whose packets are awaited */
	uint64_t got; /* of them */
	uint64_t wrong;
	int err;
};

/* Packets of a tick: (tick mod 4) of them, each with its tick and number, longer ones too. */
static void packet(uint64_t tick, uint64_t n, uint8_t d[600], size_t *len)
{
	memset(d, 0, 600);
	d[0] = 0x40;
	memcpy(d + 8, &tick, 8);
	memcpy(d + 16, &n, 8);
	*len = 300 + n;
}

static void check_packet(void *ctx, const uint8_t *d, size_t n)
{
	struct end *e = ctx;
	uint8_t want[600];
	size_t len;

	packet(e->tick, e->got++, want, &len);
	e->wrong += n != len || memcmp(d, want, len) != 0;
}

static void *run_end(void *arg)
{
	struct end *e = arg;
	struct wire *w = e->w;
	uint8_t d[600];
	size_t len;

	for (uint64_t tick = 0; tick <= TICKS && !e->err; tick++) {
		for (uint64_t n = 0; tick && n < tick % 4; n++) {
			packet(tick, n, d, &len);
			wire_send(w, d, len);
		}
		wire_lock_send(w, tick);
		e->tick = tick;
		e->got = 0;
		e->err = wire_lock_wait(w, tick, check_packet, e, &e->stop);
		e->wrong += e->got != tick % 4;
	}
	/* The other end may still wait for what we sent last: it is in its socket. */
	wire_close(w);
	return NULL;
}

static void lockstep(bool second_first)
{
	struct end a = {.local = here, .remote = there}, b = {.local = there, .remote = here};
	struct end *first = second_first ? &b : &a, *second = second_first ? &a : &b;

	first->w = open_wire(first->local, first->remote);
	wire_lock_send(first->w, 0); /* finds nobody */
	second->w = open_wire(second->local, second->remote);
	assert_int_equal(pthread_create(&first->thread, NULL, run_end, first), 0);
	assert_int_equal(pthread_create(&second->thread, NULL, run_end, second), 0);
	pthread_join(a.thread, NULL);
	pthread_join(b.thread, NULL);
	assert_int_equal(a.err, 0);
	assert_int_equal(b.err, 0);
	assert_int_equal(a.wrong, 0);
	assert_int_equal(b.wrong, 0);
	assert_int_equal(a.tick, TICKS);
	assert_int_equal(b.tick, TICKS);
}

static void either_end_may_come_first(void **state)
{
	(void)state;
	lockstep(false);
	lockstep(true);
}

/* ---- one end; the other one is what the test sends ---- */

struct heard {
	unsigned int n;
	uint8_t last;
};

static void hear(void *ctx, const uint8_t *d, size_t n)
{
	struct heard *h = ctx;

	assert_int_equal(n, 4);
	h->n++;
	h->last = d[0];
}

static void token(struct wire *w, uint64_t tick, uint16_t packets)
{
	struct lockstep_token t = {.tick = tick, .packets = packets};
	uint8_t d[LOCKSTEP_SIZE];

	lockstep_build(&t, d);
	wire_send(w, d, sizeof(d));
}

static void one_packet(struct wire *w, uint8_t number)
{
	const uint8_t d[4] = {number};

	wire_send(w, d, sizeof(d));
}

static void each_tick_has_its_own_packets(void **state)
{
	struct wire *w = open_wire(here, there), *far = open_wire(there, here);
	struct heard h = {0};
	atomic_bool stop = true; /* what is not there yet will not come */

	(void)state;
	token(far, 0, 0);
	assert_int_equal(wire_lock_wait(w, 0, hear, &h, &stop), 0);
	token(far, 0, 0); /* greeted again: no harm */
	one_packet(far, 1);
	token(far, 1, 2);
	one_packet(far, 2); /* behind the token that announced it */
	one_packet(far, 3);
	token(far, 2, 1);
	assert_int_equal(wire_lock_wait(w, 1, hear, &h, &stop), 0);
	assert_int_equal(h.n, 2);
	assert_int_equal(h.last, 2);
	assert_int_equal(wire_lock_wait(w, 2, hear, &h, &stop), 0);
	assert_int_equal(h.n, 3);
	assert_int_equal(h.last, 3);
	wire_close(w);
	wire_close(far);
}

static void lost_datagrams_are_waited_for(void **state)
{
	struct wire *w = open_wire(here, there), *far = open_wire(there, here);
	struct heard h = {0};
	atomic_bool stop = true;

	(void)state;
	assert_int_equal(wire_lock_wait(w, 0, hear, &h, &stop), -ECANCELED); /* no greeting */
	token(far, 0, 0);
	assert_int_equal(wire_lock_wait(w, 0, hear, &h, &stop), 0);
	one_packet(far, 1);
	assert_int_equal(wire_lock_wait(w, 1, hear, &h, &stop), -ECANCELED); /* no token */
	token(far, 1, 3);
	one_packet(far, 2);
	assert_int_equal(wire_lock_wait(w, 1, hear, &h, &stop), -ECANCELED); /* 2 of 3 */
	assert_int_equal(h.n, 2);
	wire_close(w);
	wire_close(far);
}

static void another_tick_ends_it(void **state)
{
	static const uint64_t wrong[] = {1, 3, UINT64_MAX};
	atomic_bool stop = false;
	struct heard h = {0};

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		struct wire *w = open_wire(here, there), *far = open_wire(there, here);

		token(far, wrong[i], 0);
		assert_int_equal(wire_lock_wait(w, 2, hear, &h, &stop), -EPROTO);
		wire_close(w);
		wire_close(far);
	}
}

/* ---- without lockstep ---- */

static void a_far_end_that_comes_and_goes(void **state)
{
	struct wire *w = open_wire(here, there), *far;
	struct wire_stats st;
	uint8_t d[64];

	(void)state;
	assert_int_equal(wire_receive(w, d, sizeof(d)), -EAGAIN);
	for (int i = 0; i < 5; i++)
		one_packet(w, 1); /* nobody there */
	far = open_wire(there, here);
	one_packet(w, 7);
	assert_int_equal(wire_receive(far, d, sizeof(d)), 4);
	assert_int_equal(d[0], 7);
	assert_int_equal(wire_receive(far, d, sizeof(d)), -EAGAIN);
	one_packet(far, 8);
	assert_int_equal(wire_receive(w, d, 2), 2); /* cut */
	wire_close(far);
	one_packet(w, 9);
	assert_int_equal(wire_receive(w, d, sizeof(d)), -EAGAIN);
	wire_stats(w, &st);
	assert_int_equal(st.received, 1);
	assert_int_equal(st.sent + st.send_errors, 7);
	wire_close(w);
}

static void what_an_address_is(void **state)
{
	static const char *const bad[] = {
		"",
		":",
		"1.2.3.4",
		"1.2.3.4:",
		":1",
		"localhost:1",
		"1.2.3.4:x",
		"1.2.3.4:-1",
		"1.2.3.4:65536",
		"1.2.3.4:0",
		"[::1:5",
		"::1]:5",
		"[]:5",
		"1.2.3.4:http",
		"1.2.3.4: 5",
		"1111111111222222222233333333334444444444555555555566666666667777:1"};
	char why[200] = "";
	struct wire *w = NULL;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		if (!wire_address_check(bad[i]))
			fail_msg("\"%s\" is taken", bad[i]);
	}
	assert_null(wire_address_check("127.0.0.1:20001"));
	assert_null(wire_address_check("[::1]:20001"));
	assert_int_equal(wire_open(&w, here, "far:1", why, sizeof(why)), -EINVAL);
	assert_string_equal(why, "\"far:1\" is no address:port such as 127.0.0.1:20001");
	assert_int_equal(wire_open(&w, "192.0.2.1:9", here, why, sizeof(why)), -EADDRNOTAVAIL);
	assert_non_null(strstr(why, "192.0.2.1:9"));
	assert_null(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(either_end_may_come_first, addresses),
		cmocka_unit_test_setup(each_tick_has_its_own_packets, addresses),
		cmocka_unit_test_setup(lost_datagrams_are_waited_for, addresses),
		cmocka_unit_test_setup(another_tick_ends_it, addresses),
		cmocka_unit_test_setup(a_far_end_that_comes_and_goes, addresses),
		cmocka_unit_test_setup(what_an_address_is, addresses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
