/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is read when: a small chip (status, latching ISRs, counters) under the poller for many
 * seconds; each access is counted as the bus would: averages, the worst millisecond, how soon news
 * are seen, and that nothing is lost.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "framer/falc56.h"

#define BRIDGE 2 /* accesses of the bridge a millisecond: cause, acknowledge */

struct chip {
	uint8_t regs[256];
	uint8_t isr[6];
	int group;
	unsigned int ms, accesses, worst, total;
	unsigned int isr_reads, gis_reads;
};

static uint8_t chip_read(struct chip *c, int reg)
{
	uint8_t value = c->regs[reg];

	c->accesses += reg >> 4 == c->group ? 1 : 2;
	c->group = reg >> 4;
	if (reg == FALC_GIS) {
		value = 0;
		for (unsigned int n = 0; n < 6; n++)
			value |= !!c->isr[n] << n;
		c->gis_reads++;
	} else if (reg >= FALC_ISR0 && reg < FALC_GIS) {
		value = c->isr[reg - FALC_ISR0];
		c->isr[reg - FALC_ISR0] = 0;
		c->isr_reads++;
	}
	return value;
}

static void chip_tick(struct chip *c, struct falc_poll *p)
{
	int reg = falc_poll_begin(p, BRIDGE, c->group);

	c->accesses = BRIDGE;
	if (c->ms % 1000 == 999)
		c->isr[3] |= FALC_ISR3_SEC;
	while (reg >= 0)
		reg = falc_poll_value(p, chip_read(c, reg));
	c->ms++;
	c->total += c->accesses;
	if (c->accesses > c->worst)
		c->worst = c->accesses;
	assert_in_range(c->accesses, BRIDGE, FALC_TICK_BUDGET);
}

static void run(struct chip *c, struct falc_poll *p, unsigned int ms)
{
	while (ms--)
		chip_tick(c, p);
}

static void begin(struct chip *c, struct falc_poll *p, bool cas)
{
	memset(c, 0, sizeof(*c));
	c->group = -1;
	falc_poll_init(p, cas);
	run(c, p, 100);
	p->news = 0;
	c->total = c->worst = 0;
}

static void test_idle_rate(void **state)
{
	struct falc_poll p;
	struct chip c;

	(void)state;
	for (int cas = 0; cas < 2; cas++) {
		begin(&c, &p, cas);
		run(&c, &p, 60000);
		print_message("%s: %.3f accesses/ms, worst %u\n", cas ? "CAS" : "CCS",
			      c.total / 60000.0, c.worst);
		/* the 2.3 and 2.8, less what the checks of the DMA take */
		assert_in_range(c.total, 2 * 60000, cas ? 2790 * 60 : 2290 * 60);
		assert_in_range(c.worst, 3, 12);
	}
}

static void test_alarm_is_seen(void **state)
{
	struct falc_poll p;
	struct chip c;

	(void)state;
	for (unsigned int phase = 0; phase < 20; phase++) {
		unsigned int ms = 0;

		begin(&c, &p, false);
		run(&c, &p, phase);
		c.regs[FALC_FRS0] = FALC_FRS0_LOS;
		c.isr[2] = 0x04;
		while (p.frs0 != FALC_FRS0_LOS && ms < 100) {
			chip_tick(&c, &p);
			ms++;
		}
		assert_in_range(ms, 1, FALC_GIS_CCS_MS);
		assert_true(p.news & FALC_NEW_STATUS);
	}
}

/* The chip forgets to tell: the status is read all the same. */
static void test_alarm_without_interrupt(void **state)
{
	struct falc_poll p;
	struct chip c;

	(void)state;
	begin(&c, &p, false);
	c.regs[FALC_FRS0] = FALC_FRS0_AIS;
	run(&c, &p, FALC_STATUS_MS);
	assert_int_equal(p.frs0, FALC_FRS0_AIS);
}

static void test_bits_within_4_ms(void **state)
{
	struct falc_poll p;
	struct chip c;

	(void)state;
	for (unsigned int phase = 0; phase < 300; phase++)
		for (unsigned int n = 1; n < 16; n++) {
			unsigned int ms = 0;

			begin(&c, &p, true);
			run(&c, &p, phase);
			c.regs[FALC_CAS + n] = 0x5a;
			c.isr[0] = FALC_ISR0_CASC;
			while (p.rs[n] != 0x5a && ms < 100) {
				chip_tick(&c, &p);
				ms++;
			}
			assert_in_range(ms, 1, 4);
			assert_true(p.news & FALC_NEW_BITS);
		}
}

/* All at once: slips, alarms, a second, changing bits in every multiframe: within the budget. */
static void test_storm(void **state)
{
	struct falc_poll p;
	struct chip c;
	unsigned int seconds = 0;

	(void)state;
	begin(&c, &p, true);
	for (unsigned int ms = 0; ms < 10000; ms++) {
		if (ms % 2 == 0)
			memset(c.isr, 0xff & ~(ms % 1000 ? FALC_ISR3_SEC : 0), sizeof(c.isr));
		c.regs[FALC_CAS + 1 + ms % 15] = ms;
		chip_tick(&c, &p);
		while (falc_poll_spend(&p, FALC_CAS + ms % 16)) {
			c.accesses += FALC_CAS >> 4 == c.group ? 1 : 2;
			c.group = FALC_CAS >> 4;
		}
		assert_in_range(c.accesses, BRIDGE, FALC_TICK_BUDGET);
		seconds += !!(p.news & FALC_NEW_SECOND);
		p.news = 0;
	}
	assert_true(seconds >= 9);
	assert_in_range(p.rx_slips, 1000, 5000);
	assert_in_range(p.tx_slips, 1000, 5000);
}

static void test_unmasked_in_ccs_only(void **state)
{
	struct falc_poll p;
	struct chip c;

	(void)state;
	begin(&c, &p, false);
	memset(&c.regs[FALC_CAS], 0x77, 16);
	c.isr[0] = 0xff;
	run(&c, &p, 1000);
	for (unsigned int n = 0; n < 16; n++)
		assert_int_equal(p.rs[n], 0); /* timeslot 16 is a channel: nothing is read */
}

static void test_counters(void **state)
{
	struct falc_poll p;
	struct chip c;

	(void)state;
	for (int prbs = 0; prbs < 2; prbs++) {
		begin(&c, &p, false);
		falc_poll_prbs(&p, prbs);
		for (unsigned int n = 0; n < 5; n++) {
			c.regs[FALC_FEC + 2 * n] = 0x10 + n;
			c.regs[FALC_FEC + 2 * n + 1] = n;
		}
		for (unsigned int second = 0; second < 5; second++) {
			unsigned int seen = 0;

			for (unsigned int ms = 0; ms < 1000; ms++) {
				chip_tick(&c, &p);
				seen += !!(p.news & FALC_NEW_SECOND);
				p.news = 0;
			}
			assert_int_equal(seen, 1);
		}
		for (unsigned int n = 0; n < 4; n++)
			assert_int_equal(p.counter[n], n * 256 + 0x10 + n);
		assert_int_equal(p.counter[4], prbs ? 4 * 256 + 0x14 : 0);
	}
}

static void test_slips_are_counted(void **state)
{
	struct falc_poll p;
	struct chip c;

	(void)state;
	begin(&c, &p, false);
	for (unsigned int n = 0; n < 50; n++) {
		c.isr[3] |= n & 1 ? 0x01 : 0x02;
		c.isr[4] |= n % 5 ? 0 : 0x40;
		run(&c, &p, 20);
	}
	assert_int_equal(p.rx_slips, 50);
	assert_int_equal(p.tx_slips, 10);
}

/* Bits that changed while the multiframe was lost are read when it is found again. */
static void test_multiframe_found_reads_all(void **state)
{
	struct falc_poll p;
	struct chip c;

	(void)state;
	begin(&c, &p, true);
	c.regs[FALC_FRS1] = FALC_FRS1_LFA16;
	c.isr[3] = 0x20;
	run(&c, &p, 4);
	assert_true(p.frs1 & FALC_FRS1_LFA16);
	memset(&c.regs[FALC_CAS], 0x33, 16);
	c.regs[FALC_FRS1] = 0;
	c.isr[3] = 0x20;
	run(&c, &p, 5);
	for (unsigned int n = 1; n < 16; n++)
		assert_int_equal(p.rs[n], 0x33);
}

/* Lost changes are found by the slow scan; a chip that is all ones keeps to the budget. */
static void test_scan_and_ones(void **state)
{
	struct falc_poll p;
	struct chip c;

	(void)state;
	begin(&c, &p, true);
	memset(&c.regs[FALC_CAS], 0x44, 16);
	run(&c, &p, 15 * FALC_SCAN_MS);
	for (unsigned int n = 1; n < 16; n++)
		assert_int_equal(p.rs[n], 0x44);
	for (unsigned int ms = 0; ms < 1000; ms++) {
		int reg = falc_poll_begin(&p, BRIDGE, 6);
		unsigned int reads = 0;

		while (reg >= 0 && reads < 100) {
			reg = falc_poll_value(&p, 0xff);
			reads++;
		}
		assert_in_range(reads, 0, FALC_TICK_BUDGET);
	}
	assert_int_equal(p.frs0, 0xff);
}

static void test_budget_spent(void **state)
{
	struct falc_poll p;

	(void)state;
	falc_poll_init(&p, true);
	assert_int_equal(falc_poll_begin(&p, FALC_TICK_BUDGET, 6), -1);
	assert_false(falc_poll_spend(&p, FALC_CAS));
	assert_int_equal(falc_poll_begin(&p, 1000, 6), -1);
	assert_int_equal(falc_poll_value(&p, 0), -1); /* nothing was asked for */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_idle_rate),
		cmocka_unit_test(test_alarm_is_seen),
		cmocka_unit_test(test_alarm_without_interrupt),
		cmocka_unit_test(test_bits_within_4_ms),
		cmocka_unit_test(test_storm),
		cmocka_unit_test(test_unmasked_in_ccs_only),
		cmocka_unit_test(test_counters),
		cmocka_unit_test(test_slips_are_counted),
		cmocka_unit_test(test_multiframe_found_reads_all),
		cmocka_unit_test(test_scan_and_ones),
		cmocka_unit_test(test_budget_spent),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
