/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * plan.h: a list of register writes. A pure function makes it from a configuration, an I/O file
 * plays it; so what is written to a chip can be tested without one.
 */
#ifndef STROWGER_KERNEL_PLAN_H
#define STROWGER_KERNEL_PLAN_H

#include "types.h"

#define PLAN_STEPS 80

/**
 * struct plan_step - one write
 * @wait_us: pause after it [µs]; 0 in any plan that is played where nothing may wait
 * @reg: register
 * @value: what is written
 */
struct plan_step {
	uint16_t wait_us;
	uint8_t reg;
	uint8_t value;
};

/**
 * struct plan - writes in their order
 * @n: steps in use; more than PLAN_STEPS are not kept, and @n says how many there would be
 */
struct plan {
	unsigned int n;
	struct plan_step steps[PLAN_STEPS];
};

static inline void plan_wait(struct plan *p, uint8_t reg, uint8_t value, uint16_t wait_us)
{
	if (p->n < PLAN_STEPS)
		p->steps[p->n] = (struct plan_step){.reg = reg, .value = value, .wait_us = wait_us};
	p->n++;
}

static inline void plan_write(struct plan *p, uint8_t reg, uint8_t value)
{
	plan_wait(p, reg, value, 0);
}

#endif
