/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Framer plans: every configuration against the values that are known to work, order where it
 * matters, and that maintenance changes nothing but what it should.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "framer/falc56.h"

static const struct board card = {.line = {.pulse = {0x54, 0x02, 0x00}}};

static uint8_t cas[16];
static uint8_t regs[256]; /* what a plan leaves in the chip */
static struct plan plan;

static void play(void)
{
	assert_in_range(plan.n, 1, PLAN_STEPS);
	for (unsigned int i = 0; i < plan.n; i++)
		regs[plan.steps[i].reg] = plan.steps[i].value;
}

static void line(const struct falc_config *c)
{
	memset(regs, 0xee, sizeof(regs));
	memset(&plan, 0, sizeof(plan));
	falc_cas_init(cas);
	falc_plan_line(&plan, c, &card, cas);
	play();
}

static int place(uint8_t reg)
{
	for (unsigned int i = 0; i < plan.n; i++)
		if (plan.steps[i].reg == reg)
			return i;
	return -1;
}

static void test_versions(void **state)
{
	(void)state;
	assert_int_equal(falc_version(0x00), FALC_V12);
	assert_int_equal(falc_version(0x05), FALC_V2X);
	assert_int_equal(falc_version(0x10), FALC_V2X);
	assert_int_equal(falc_version(0xff), -ENODEV);
	assert_int_equal(falc_version(0x20), -ENODEV);
}

static void test_system(void **state)
{
	(void)state;
	for (int v = FALC_V12; v <= FALC_V2X; v++) {
		memset(&plan, 0, sizeof(plan));
		memset(regs, 0xee, sizeof(regs));
		falc_plan_system(&plan, v);
		play();
		for (unsigned int i = 0; i < 6; i++)
			assert_int_equal(regs[FALC_IMR0 + i], 0xff);
		assert_int_equal(regs[FALC_GPC1], 0xe0);
		assert_int_equal(regs[FALC_SIC1], 0x02);
		assert_int_equal(regs[FALC_GCR], 0x40);
		assert_int_equal(regs[FALC_RC0], 0x07);
		assert_int_equal(regs[FALC_RC1], v == FALC_V2X ? 0x05 : 0x04);
		assert_int_equal(regs[0x93], v == FALC_V2X ? 0x18 : 0x58);
		assert_int_equal(regs[0x97], v == FALC_V2X ? 0x0b : 0x10);
		assert_int_equal(regs[0x99], v == FALC_V2X ? 0xdf : 0xee);
		assert_int_equal(regs[0x84], 0x31);
		assert_int_equal(regs[FALC_PC6], 0x03);
	}
}

static void test_line_codes_and_framing(void **state)
{
	(void)state;
	for (unsigned int n = 0; n < 8; n++) {
		struct falc_config c = {
			.hdb3 = n & 1, .crc4 = n & 2, .cas = n & 4, .version = FALC_V2X};

		line(&c);
		assert_int_equal(regs[FALC_FMR0], c.hdb3 ? 0xf0 : 0xa0);
		assert_int_equal(regs[FALC_FMR1], c.crc4 ? 0x4c : 0x44);
		assert_int_equal(regs[FALC_FMR2], c.crc4 ? 0xc3 : 0x03);
		assert_int_equal(regs[FALC_XSP], c.cas ? 0x5c : 0x1c);
		assert_int_equal(regs[FALC_LIM1], 0xf0);
		assert_int_equal(regs[FALC_LIM0], 0x08);
		assert_int_equal(regs[FALC_XSW], 0x9f);
		assert_int_equal(regs[FALC_LCR1], 0x00);
		assert_int_equal(regs[FALC_XPM0], 0x54);
		assert_int_equal(regs[FALC_XPM0 + 1], 0x02);
		assert_int_equal(regs[FALC_CMDR], 0x00);
		/* what is reported, and nothing else */
		assert_int_equal(regs[FALC_IMR0], c.cas ? 0xf7 : 0xff);
		assert_int_equal(regs[FALC_IMR0 + 1], 0xff);
		assert_int_equal(regs[FALC_IMR0 + 2], 0x00);
		assert_int_equal(regs[FALC_IMR0 + 3], c.cas ? 0x84 : 0xbc);
		assert_int_equal(regs[FALC_IMR0 + 4], 0x3f);
		assert_int_equal(regs[FALC_IMR0 + 5], 0xff);
		assert_int_equal(regs[FALC_CAS], c.cas ? 0x0b : 0xee);
	}
}

static void test_order(void **state)
{
	struct falc_config c = {.hdb3 = true, .cas = true, .version = FALC_V2X};

	(void)state;
	line(&c);
	assert_true(place(FALC_LIM1) < place(FALC_LIM0));
	assert_true(place(FALC_FMR0) < place(FALC_CMDR));
	assert_true(place(FALC_CMDR) < place(FALC_COND_A));
	assert_true(place(FALC_CAS + 15) < place(FALC_XSP)); /* bits before they go out */
	assert_true(place(FALC_XSP) < place(FALC_IMR0)); /* reports last */
	c.version = FALC_V12;
	line(&c);
	assert_int_equal(place(FALC_COND_A), -1);
}

static void test_maintenance(void **state)
{
	struct falc_config c = {.hdb3 = true, .crc4 = true, .version = FALC_V2X};
	uint8_t before[256];

	(void)state;
	line(&c);
	memcpy(before, regs, sizeof(regs));
	for (unsigned int n = 0; n < 16; n++) {
		c.loop = n & 3;
		c.prbs = n & 4;
		c.simulate = n & 8;
		memset(&plan, 0, sizeof(plan));
		falc_plan_maint(&plan, &c);
		play();
		assert_int_equal(regs[FALC_LIM0], c.loop == FALC_LOOP_LOCAL ? 0x0a : 0x08);
		assert_int_equal(regs[FALC_LIM1], c.loop == FALC_LOOP_LINE ? 0xf6 : 0xf0);
		assert_int_equal(regs[FALC_FMR2], c.loop == FALC_LOOP_PAYLOAD ? 0xc7 : 0xc3);
		assert_int_equal(regs[FALC_FMR0], c.simulate ? 0xf1 : 0xf0);
		assert_int_equal(regs[FALC_LCR1], c.prbs ? 0xc0 : 0x00);
	}
	c.loop = FALC_LOOP_NONE;
	c.prbs = c.simulate = false;
	memset(&plan, 0, sizeof(plan));
	falc_plan_maint(&plan, &c);
	play();
	assert_memory_equal(regs, before, sizeof(regs));
}

static void test_stop(void **state)
{
	struct falc_config c = {.hdb3 = true, .crc4 = true, .version = FALC_V2X};

	(void)state;
	line(&c);
	memset(&plan, 0, sizeof(plan));
	falc_plan_stop(&plan, &c);
	play();
	assert_int_equal(regs[FALC_FMR1], 0x4d); /* AIS, in the framing that was */
	for (unsigned int i = 0; i < 6; i++)
		assert_int_equal(regs[FALC_IMR0 + i], 0xff);
}

static void test_cas_octets(void **state)
{
	uint8_t xs[16];

	(void)state;
	falc_cas_init(xs);
	assert_int_equal(xs[0], 0x0b);
	for (unsigned int ch = 1; ch < 32; ch++)
		if (ch != 16)
			assert_int_equal(falc_cas_get(xs, ch), 0x0d);
	for (unsigned int ch = 1; ch < 32; ch++) {
		unsigned int other = ch < 16 ? ch + 16 : ch - 16;

		if (ch == 16)
			continue;
		falc_cas_init(xs);
		assert_int_equal(falc_cas_put(xs, ch, 0x0d), 0);
		assert_int_equal(falc_cas_put(xs, ch, 0x05), ch & 15);
		assert_int_equal(falc_cas_get(xs, ch), 0x05);
		assert_int_equal(falc_cas_get(xs, other), 0x0d);
		assert_int_equal(xs[ch & 15], ch < 16 ? 0x5d : 0xd5);
	}
	/* bits above the four, and channels that have none */
	assert_int_equal(falc_cas_put(xs, 1, 0xf3), 1);
	assert_int_equal(falc_cas_get(xs, 1), 0x03);
	/* 0000 would look like the multiframe alignment signal on the first fifteen, G.704 5.1.3.2.2 */
	assert_int_equal(falc_cas_put(xs, 1, 0), 1);
	assert_int_equal(falc_cas_get(xs, 1), 1);
	assert_int_equal(falc_cas_put(xs, 17, 0), 1);
	assert_int_equal(falc_cas_get(xs, 17), 0);
	assert_int_equal(falc_cas_put(xs, 0, 1), 0);
	assert_int_equal(falc_cas_put(xs, 16, 1), 0);
	assert_int_equal(falc_cas_put(xs, 33, 1), 0);
	assert_int_equal(xs[0], 0x0b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_versions),
		cmocka_unit_test(test_system),
		cmocka_unit_test(test_line_codes_and_framing),
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_maintenance),
		cmocka_unit_test(test_stop),
		cmocka_unit_test(test_cas_octets),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
