/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whose turn it is in simulated time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>

#include "../calendar.h"

static uint64_t ask(struct calendar *c, int i, uint32_t op, uint64_t time)
{
	struct um_timetravel_msg m = {.op = op, .seq = 7, .time = time};

	assert_int_equal(calendar_take(c, i, &m, 1000), 1);
	assert_int_equal(m.op, UM_TIMETRAVEL_ACK);
	assert_int_equal(m.seq, 7);
	return m.time;
}

static void wait_until(struct calendar *c, int i, uint64_t time)
{
	ask(c, i, UM_TIMETRAVEL_REQUEST, time);
	ask(c, i, UM_TIMETRAVEL_WAIT, 0);
}

static void test_earliest_runs(void **state)
{
	struct calendar c = {0};
	int card = calendar_join(&c), guest = calendar_join(&c);
	uint64_t until;

	(void)state;
	wait_until(&c, card, 1000);
	assert_int_equal(calendar_next(&c, &until), -1); /* the guest runs */
	wait_until(&c, guest, 300);
	assert_int_equal(calendar_next(&c, &until), guest);
	assert_int_equal(c.now, 300);
	assert_int_equal(until, 1000);
	assert_int_equal(calendar_next(&c, &until), -1);
	wait_until(&c, guest, 1500);
	assert_int_equal(calendar_next(&c, &until), card);
	assert_int_equal(c.now, 1000);
	assert_int_equal(until, 1500);
}

static void test_same_time(void **state)
{
	struct calendar c = {0};
	int guest = calendar_join(&c), first = calendar_join(&c), second = calendar_join(&c);
	uint64_t until;

	(void)state;
	ask(&c, guest, UM_TIMETRAVEL_START, 0);
	wait_until(&c, guest, 1000);
	wait_until(&c, second, 1000);
	assert_int_equal(calendar_next(&c, &until), -1); /* one runs still */
	wait_until(&c, first, 1000);
	/* Cards together, then the guest alone. */
	assert_int_equal(calendar_next(&c, &until), first);
	assert_int_equal(calendar_next(&c, &until), second);
	assert_int_equal(calendar_next(&c, &until), -1);
	wait_until(&c, second, 2000);
	assert_int_equal(calendar_next(&c, &until), -1);
	wait_until(&c, first, 2000);
	assert_int_equal(calendar_next(&c, &until), guest);
	assert_int_equal(until, 2000);
	assert_int_equal(c.now, 1000);
	assert_int_equal(calendar_next(&c, &until), -1);
}

/* A card that is in the middle of its millisecond does not let a later one of another's begin. */
static void test_not_ahead(void **state)
{
	struct calendar c = {0};
	int first = calendar_join(&c), second = calendar_join(&c);
	uint64_t until;

	(void)state;
	wait_until(&c, first, 1000);
	wait_until(&c, second, 1500);
	assert_int_equal(calendar_next(&c, &until), first);
	assert_int_equal(calendar_next(&c, &until), -1);
	wait_until(&c, first, 2000);
	assert_int_equal(calendar_next(&c, &until), second);
	assert_int_equal(c.now, 1500);
}

/* A card interrupts a guest that waits: it wants its turn earlier than it had said. */
static void test_wish_changes_while_waiting(void **state)
{
	struct calendar c = {0};
	int card = calendar_join(&c), guest = calendar_join(&c);
	uint64_t until;

	(void)state;
	ask(&c, guest, UM_TIMETRAVEL_START, 0);
	wait_until(&c, guest, 5000);
	wait_until(&c, card, 1000);
	assert_int_equal(calendar_next(&c, &until), card);
	assert_int_equal(ask(&c, guest, UM_TIMETRAVEL_GET, 0), 1000);
	ask(&c, guest, UM_TIMETRAVEL_REQUEST, 1000);
	assert_int_equal(calendar_next(&c, &until), -1);
	wait_until(&c, card, 2000);
	assert_int_equal(calendar_next(&c, &until), guest);
	assert_int_equal(c.now, 1000);
}

static void test_ran_free(void **state)
{
	struct calendar c = {0};
	int guest = calendar_join(&c);
	uint64_t until;

	(void)state;
	ask(&c, guest, UM_TIMETRAVEL_UPDATE, 700);
	assert_int_equal(ask(&c, guest, UM_TIMETRAVEL_GET, 0), 700);
	assert_int_equal(ask(&c, guest, UM_TIMETRAVEL_GET_TOD, 0), 1700);
	ask(&c, guest, UM_TIMETRAVEL_UPDATE, 600); /* time does not go back */
	wait_until(&c, guest, 650);
	assert_int_equal(calendar_next(&c, &until), guest);
	assert_int_equal(c.now, 700);
	assert_int_equal(until, CALENDAR_NEVER);
	ask(&c, guest, UM_TIMETRAVEL_WAIT, 0);
	assert_int_equal(calendar_next(&c, &until), -1); /* without a wish it waits for ever */
}

static void test_come_and_go(void **state)
{
	struct calendar c = {0};
	struct um_timetravel_msg m = {.op = UM_TIMETRAVEL_RUN};
	uint64_t until;
	int card, guest;

	(void)state;
	assert_int_equal(calendar_next(&c, &until), -1);
	card = calendar_join(&c);
	guest = calendar_join(&c);
	wait_until(&c, card, 1000);
	calendar_leave(&c, guest); /* while it ran */
	assert_int_equal(calendar_next(&c, &until), card);
	assert_int_equal(calendar_join(&c), guest);
	assert_int_equal(calendar_take(&c, guest, &m, 0), -EPROTO);
	m.op = UM_TIMETRAVEL_ACK;
	assert_int_equal(calendar_take(&c, guest, &m, 0), 0);
	for (int i = 2; i < CALENDAR_CLIENTS; i++)
		assert_int_equal(calendar_join(&c), i);
	assert_int_equal(calendar_join(&c), -ENOSPC);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_earliest_runs),
		cmocka_unit_test(test_same_time),
		cmocka_unit_test(test_not_ahead),
		cmocka_unit_test(test_wish_changes_while_waiting),
		cmocka_unit_test(test_ran_free),
		cmocka_unit_test(test_come_and_go),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
