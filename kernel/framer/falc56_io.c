// SPDX-License-Identifier: GPL-2.0-only
/*
 * falc56_io.c: plays plans on the chip and reads what the poller asks for. Decides nothing.
 */
#include <linux/bits.h>
#include <linux/bitops.h>
#include <linux/delay.h>
#include <linux/kernel.h>

#include "framer/falc56_io.h"

static u8 get(struct falc *f, u8 reg)
{
	unsigned long flags;
	u8 value;

	spin_lock_irqsave(&f->bus->lock, flags);
	value = f->bus->read(f->bus, reg);
	spin_unlock_irqrestore(&f->bus->lock, flags);
	return value;
}

/* A write at a time under the lock: interrupts are not kept waiting by a whole plan. */
static void play(struct falc *f, const struct plan *plan)
{
	unsigned long flags;

	for (unsigned int i = 0; i < plan->n && !WARN_ON_ONCE(plan->n > PLAN_STEPS); i++) {
		spin_lock_irqsave(&f->bus->lock, flags);
		f->bus->write(f->bus, plan->steps[i].reg, plan->steps[i].value);
		spin_unlock_irqrestore(&f->bus->lock, flags);
	}
}

/* A register that keeps what is written tells a chip from a bus that nobody drives. */
static bool answers(struct falc *f)
{
	static const u8 patterns[] = {0x00, 0x55, 0xaa, 0xff};
	unsigned long flags;
	bool right = true;

	for (unsigned int i = 0; i < ARRAY_SIZE(patterns); i++) {
		spin_lock_irqsave(&f->bus->lock, flags);
		f->bus->write(f->bus, FALC_IMR0, patterns[i]);
		right &= f->bus->read(f->bus, FALC_IMR0) == patterns[i];
		spin_unlock_irqrestore(&f->bus->lock, flags);
	}
	return right;
}

int falc_open(struct falc *f, struct framer_bus *bus)
{
	struct plan plan = {};
	int version;

	f->bus = bus;
	spin_lock_init(&f->send_lock);
	falc_cas_init(f->xs);
	f->vstr = get(f, FALC_VSTR);
	version = falc_version(f->vstr);
	if (version < 0 || !answers(f))
		return -ENODEV;
	f->wid = get(f, FALC_WID);
	f->config.version = version;
	falc_plan_system(&plan, version);
	play(f, &plan);
	return 0;
}

static void poll_from(struct falc *f, bool polled)
{
	unsigned long flags;

	spin_lock_irqsave(&f->bus->lock, flags);
	falc_poll_init(&f->poll, f->config.cas);
	f->polled = polled;
	spin_unlock_irqrestore(&f->bus->lock, flags);
}

void falc_start(struct falc *f, const struct board *board)
{
	struct plan plan = {};
	unsigned long flags;

	poll_from(f, false);
	spin_lock_irqsave(&f->send_lock, flags);
	f->config.loop = FALC_LOOP_NONE;
	f->config.prbs = f->config.simulate = false;
	f->n_send = 0;
	f->xs_due = 0;
	falc_plan_line(&plan, &f->config, board, f->xs);
	spin_unlock_irqrestore(&f->send_lock, flags);
	play(f, &plan);
	poll_from(f, true);
}

void falc_stop(struct falc *f)
{
	struct plan plan = {};

	poll_from(f, false);
	falc_plan_stop(&plan, &f->config);
	play(f, &plan);
}

/* What waits longest and fits; the commands before the bits. */
static bool send_one(struct falc *f)
{
	struct falc_poll *p = &f->poll;
	unsigned int n;

	if (f->n_send) {
		struct plan_step *s = f->send;

		if (!falc_poll_spend(p, s->reg))
			return false;
		f->bus->write(f->bus, s->reg, s->value);
		f->n_send--;
		memmove(s, s + 1, f->n_send * sizeof(*s));
		return true;
	}
	if (!f->config.cas || !f->xs_due)
		return false;
	n = __ffs(f->xs_due);
	if (!falc_poll_spend(p, FALC_CAS + n))
		return false;
	f->bus->write(f->bus, FALC_CAS + n, f->xs[n]);
	f->xs_due &= ~BIT(n);
	return true;
}

bool falc_tick(struct falc *f, unsigned int spent, struct falc_poll *seen)
{
	unsigned long flags;
	bool polled;
	int reg;

	spin_lock_irqsave(&f->bus->lock, flags);
	polled = f->polled;
	if (polled) {
		f->poll.news = 0;
		reg = falc_poll_begin(&f->poll, spent, f->bus->group(f->bus));
		while (reg >= 0)
			reg = falc_poll_value(&f->poll, f->bus->read(f->bus, reg));
		spin_lock(&f->send_lock);
		if (f->poll.prbs != f->config.prbs)
			falc_poll_prbs(&f->poll, f->config.prbs);
		while (send_one(f))
			;
		spin_unlock(&f->send_lock);
		*seen = f->poll;
	}
	spin_unlock_irqrestore(&f->bus->lock, flags);
	return polled;
}

void falc_bits(struct falc *f, unsigned int channel, unsigned int bits)
{
	unsigned long flags;

	spin_lock_irqsave(&f->send_lock, flags);
	f->xs_due |= BIT(falc_cas_put(f->xs, channel, bits)) & ~BIT(0);
	spin_unlock_irqrestore(&f->send_lock, flags);
}

int falc_send(struct falc *f, u8 reg, u8 value)
{
	unsigned long flags;
	int rc = -EBUSY;

	spin_lock_irqsave(&f->send_lock, flags);
	if (f->n_send < FALC_SEND_MAX) {
		f->send[f->n_send++] = (struct plan_step){.reg = reg, .value = value};
		rc = 0;
	}
	spin_unlock_irqrestore(&f->send_lock, flags);
	return rc;
}

/* The line's part of the configuration is taken as it is now, not as the caller saw it. */
int falc_maint(struct falc *f, const struct falc_config *want)
{
	struct falc_config config;
	struct plan plan = {};
	unsigned long flags;
	int rc = -EBUSY;

	spin_lock_irqsave(&f->send_lock, flags);
	config = f->config;
	config.loop = want->loop;
	config.prbs = want->prbs;
	config.simulate = want->simulate;
	falc_plan_maint(&plan, &config);
	if (f->n_send + plan.n <= FALC_SEND_MAX) {
		memcpy(f->send + f->n_send, plan.steps, plan.n * sizeof(plan.steps[0]));
		f->n_send += plan.n;
		f->config = config;
		rc = 0;
	}
	spin_unlock_irqrestore(&f->send_lock, flags);
	return rc;
}

/*
 * What we write, and status. Not: what does not read back (FIFO, commands, error insertion), counters
 * that latch, ISRs that clear, registers of functions that are not in use.
 */
static bool readable(const struct falc *f, u8 reg)
{
	static const u8 ranges[][2] = {{FALC_IPC, FALC_IPC},          {FALC_IMR0, FALC_IMR0 + 5},
				       {FALC_FMR0, FALC_XPM0 + 2},    {FALC_LIM0, FALC_LCR1},
				       {FALC_SIC1, FALC_SIC3},        {FALC_CMR1, FALC_GCR},
				       {FALC_RBD, FALC_VSTR},         {FALC_FRS0, FALC_FRS1},
				       {FALC_CAS, FALC_CAS + 15},     {FALC_PC1, FALC_PC6},
				       {FALC_GCM1, FALC_GCM1 + 5},    {FALC_WID, FALC_WID},
				       {FALC_GCM1 + 6, FALC_GCM1 + 7}}; /* the last one V2.x only */
	unsigned int n = ARRAY_SIZE(ranges) - (f->config.version == FALC_V12);

	for (unsigned int i = 0; i < n; i++)
		if (reg >= ranges[i][0] && reg <= ranges[i][1])
			return true;
	return false;
}

#define DUMP_BURST 8 /* registers in a row, so that no millisecond has many */

size_t falc_dump(struct falc *f, char *text, size_t size)
{
	unsigned int read = 0;
	size_t n = 0;

	for (unsigned int reg = 0; reg < 0x100; reg++) {
		if (reg % 16 == 0)
			n += scnprintf(text + n, size - n, "%02x:", reg);
		if (!readable(f, reg)) {
			n += scnprintf(text + n, size - n, " --");
		} else {
			n += scnprintf(text + n, size - n, " %02x", get(f, reg));
			if (++read % DUMP_BURST == 0)
				usleep_range(1000, 2000);
		}
		if (reg % 16 == 15)
			n += scnprintf(text + n, size - n, "\n");
	}
	return n;
}
