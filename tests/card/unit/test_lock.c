/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whose turn it is on a cable in lockstep. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>

#include "../lock.h"
#include "core/line/lockstep.h"

static const uint8_t packet[260]; /* RTP-less SAToP: the first octet's upper half is zero */

static int token(struct lock *l, uint64_t tick, uint16_t packets)
{
	struct lockstep_token t = {.tick = tick, .packets = packets};
	uint8_t d[LOCKSTEP_SIZE];

	lockstep_build(&t, d);
	return lock_take(l, d, sizeof(d));
}

static void test_nobody_there(void **state)
{
	struct lock l = {0};

	(void)state;
	assert_false(lock_due(&l));
	assert_int_equal(lock_take(&l, packet, sizeof(packet)), LOCK_PACKET);
	assert_int_equal(token(&l, 1, 0), -EPROTO);
	assert_false(l.on);
}

static void test_turns(void **state)
{
	struct lock l = {0};

	(void)state;
	assert_int_equal(token(&l, 0, 0), LOCK_GREETING);
	for (uint64_t tick = 1; tick < 1000; tick++) {
		assert_true(lock_due(&l));
		assert_int_equal(lock_ticked(&l), tick);
		assert_false(lock_due(&l));
		if (tick == 1) /* as long as the far end has not ticked it may greet again */
			assert_int_equal(token(&l, 0, 0), LOCK_GREETING);
		assert_int_equal(lock_take(&l, packet, sizeof(packet)), LOCK_PACKET);
		assert_false(lock_due(&l));
		assert_int_equal(token(&l, tick, 1), LOCK_TOKEN);
	}
	assert_int_equal(l.sessions, 1);
}

static void test_token_overtakes(void **state)
{
	struct lock l = {0};

	(void)state;
	token(&l, 0, 0);
	lock_ticked(&l);
	assert_int_equal(token(&l, 1, 2), LOCK_TOKEN);
	assert_false(lock_due(&l));
	lock_take(&l, packet, sizeof(packet));
	assert_false(lock_due(&l));
	lock_take(&l, packet, sizeof(packet));
	assert_true(lock_due(&l));
}

static void test_another_tick(void **state)
{
	struct lock l = {0};

	(void)state;
	token(&l, 0, 0);
	lock_ticked(&l);
	assert_int_equal(token(&l, 2, 0), -EPROTO);
	assert_false(lock_due(&l));
	assert_int_equal(token(&l, 1, 0), LOCK_TOKEN);
	assert_true(lock_due(&l));
}

static void test_begins_anew(void **state)
{
	struct lock l = {0};

	(void)state;
	token(&l, 0, 0);
	lock_ticked(&l);
	token(&l, 1, 0);
	lock_ticked(&l);
	assert_int_equal(token(&l, 0, 0), LOCK_GREETING);
	assert_int_equal(l.sessions, 2);
	assert_true(lock_due(&l));
	assert_int_equal(lock_ticked(&l), 1);
	lock_gone(&l);
	assert_false(lock_due(&l));
	token(&l, 0, 0);
	assert_int_equal(l.sessions, 3);
	assert_int_equal(lock_ticked(&l), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nobody_there),    cmocka_unit_test(test_turns),
		cmocka_unit_test(test_token_overtakes), cmocka_unit_test(test_another_tick),
		cmocka_unit_test(test_begins_anew),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
