/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "core/line/clock.h"

/* ---- which span ---- */

static bool better(const struct clock_candidate *a, const struct clock_candidate *b)
{
	return a->priority < b->priority;
}

static bool usable(const struct clock_candidate *c, uint32_t healthy_ms)
{
	return c->priority && c->healthy_ms >= healthy_ms;
}

static int best(const struct clock_candidate *c, int n, uint32_t healthy_ms)
{
	int found = -1;

	for (int i = 0; i < n; i++)
		if (usable(&c[i], healthy_ms) && (found < 0 || better(&c[i], &c[found])))
			found = i;
	return found;
}

int clock_select(const struct clock_candidate *c, int n, int current)
{
	int restored;

	if (current < 0 || current >= n || !usable(&c[current], 1))
		return best(c, n, CLOCK_ACQUIRE_MS);
	restored = best(c, n, CLOCK_RESTORE_MS);
	return restored >= 0 && better(&c[restored], &c[current]) ? restored : current;
}

/* ---- how fast ---- */

/*
 * The fill is the integral of the difference of the rates, so proportional and integral correction
 * make a second-order loop: KP = 2 zeta omega, KI = omega^2 with zeta = 1 and omega = 0.15 /s. A
 * rate that jumps by 100 ppm takes the fill 100e-6 / (e omega) = 0.25 ms away, and the correction
 * is within 1 ppm 7.4 / omega = 50 s later. White jitter of s ms rms per arrival leaves
 * s / sqrt(2 SMOOTH) in the mean and KP times that in the correction: 0.7 ppm for 0.1 ms.
 */
#define OMEGA     0.15 /* [1/s] */
#define PPB_OF_MS 1e6 /* a millisecond a second */
#define KP        (2 * OMEGA * PPB_OF_MS) /* [ppb / packet] */
#define KI        (OMEGA * OMEGA * PPB_OF_MS / 1000) /* [ppb / packet and tick] */
#define SMOOTH    1024.0 /* [packets] time constant of the fill's mean */
#define CLAMP     2.0 /* [packets] */

static double limit(double v, double most)
{
	return v > most ? most : v < -most ? -most : v;
}

void clock_loop_init(struct clock_loop *l)
{
	memset(l, 0, sizeof(*l));
}

void clock_loop_arrival(struct clock_loop *l, unsigned int waiting, unsigned int target,
			int64_t since_tick_ns)
{
	double error;

	if (since_tick_ns < 0 || since_tick_ns > CLOCK_PERIOD_NS * 3 / 2)
		return;
	error = (double)waiting - (double)since_tick_ns / CLOCK_PERIOD_NS - ((double)target - 0.5);
	if (!l->primed)
		l->error = limit(error, CLAMP);
	l->primed = true;
	l->error += limit(error - l->error, CLAMP) / SMOOTH;
}

int32_t clock_loop_step(struct clock_loop *l, bool locked)
{
	double correction;

	if (!locked) {
		l->primed = false;
		l->ppb = (int32_t)l->integral;
		return l->ppb;
	}
	if (!l->primed)
		return l->ppb;
	correction = limit(l->integral + KP * l->error, CLOCK_LIMIT_PPB);
	/* At the limit the integral would only learn how long it lasted. */
	if (correction < CLOCK_LIMIT_PPB && correction > -CLOCK_LIMIT_PPB)
		l->integral = limit(l->integral + KI * l->error, CLOCK_LIMIT_PPB);
	l->ppb = (int32_t)correction;
	return l->ppb;
}

/* ---- now? ---- */

void clock_tick_init(struct clock_tick *t, int64_t now_ns, uint32_t holdover_ms)
{
	memset(t, 0, sizeof(*t));
	t->deadline_ns = now_ns;
	t->held_since = -1;
	t->holdover_ns = (int64_t)holdover_ms * 1000000;
}

int64_t clock_tick_phase(const struct clock_tick *t, int64_t now)
{
	return now - (t->deadline_ns - CLOCK_PERIOD_NS);
}

/* A tick is run: the next is due a period later. ppb of 1 ms is 1/1000 ns each. */
static enum clock_action take(struct clock_tick *t, int64_t now, int32_t ppb,
			      enum clock_action action)
{
	int32_t fine = t->rest - ppb, whole = fine / 1000;

	if (now - t->deadline_ns >= CLOCK_PERIOD_NS)
		t->late++;
	if (fine < whole * 1000)
		whole--;
	t->rest = fine - whole * 1000;
	t->deadline_ns += CLOCK_PERIOD_NS + whole;
	t->ticks++;
	return action;
}

static enum clock_action wait_until(int64_t *until, int64_t when)
{
	*until = when;
	return CLOCK_WAIT;
}

/* Time stood still: the tick that was held is due now. */
static void end_hold(struct clock_tick *t, int64_t now)
{
	if (t->held_since < 0)
		return;
	t->held_ns += (uint64_t)(now - t->held_since);
	t->held_since = -1;
	t->deadline_ns = now;
}

/* A tick is due and the reference has nothing for it. */
static enum clock_action hold(struct clock_tick *t, int64_t now, int32_t ppb, int64_t *until)
{
	if (!t->alone && t->held_since < 0) {
		t->held_since = now;
		t->held++;
	}
	if (!t->alone && now - t->held_since < t->holdover_ns)
		return wait_until(until, t->held_since + t->holdover_ns);
	end_hold(t, now);
	t->alone = true;
	t->alone_ticks++;
	return take(t, now, ppb, CLOCK_FREE_RUN);
}

/* Everything that waits is due; the deadline only says since when nothing does. */
static enum clock_action decide_blocks(struct clock_tick *t, int64_t now, unsigned int waiting,
				       int64_t *until)
{
	if (waiting) {
		t->alone = false;
		t->held_since = -1;
		t->deadline_ns = now;
		t->ticks++;
		return CLOCK_TICK;
	}
	if (!t->alone && now - t->deadline_ns < t->holdover_ns)
		return wait_until(until, t->deadline_ns + t->holdover_ns);
	if (!t->alone) {
		t->alone = true;
		t->held++;
		t->held_ns += (uint64_t)(now - t->deadline_ns);
		t->deadline_ns = now;
	}
	if (now < t->deadline_ns)
		return wait_until(until, t->deadline_ns);
	t->alone_ticks++;
	return take(t, now, 0, CLOCK_FREE_RUN);
}

enum clock_action clock_tick_decide(struct clock_tick *t, enum clock_mode mode, int64_t now,
				    unsigned int waiting, unsigned int target, int32_t ppb,
				    int64_t *until)
{
	bool recovered = mode == CLOCK_RECOVERED;
	bool ahead = recovered && waiting > target + 1;
	bool dry = waiting < (t->held_since < 0 ? 1 : CLOCK_REFILL);

	if (mode == CLOCK_BLOCKS)
		return decide_blocks(t, now, waiting, until);
	if (!recovered || !dry) {
		end_hold(t, now);
		t->alone = false;
	}
	if (now < t->deadline_ns && !ahead)
		return wait_until(until, t->deadline_ns);
	if (recovered && dry)
		return hold(t, now, ppb, until);
	if (now < t->deadline_ns)
		t->deadline_ns = now;
	return take(t, now, ppb, CLOCK_TICK);
}
