/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * decide.c: which filter is right. Powers of what both leave are compared block by block; both are errors
 * of samples that the filter has not learnt from, so a filter that follows the near end gains nothing.
 *
 * Quiet: the foreground leaves no more of the far end than it has been seen to. A background that is a
 * little better takes its place. In doubt (near end speaks, or the path has changed): it must leave
 * 4 dB less over 128 ms and 3 dB less over 32 ms while the near end is not louder than the far end has
 * been, which speech that has nothing to do with the far end does not make it do, and a new path does.
 */
#include "echocan/internal.h"

#define NOISE           (64 * 4) /* per unit of mean square, at the scale of the background */
#define FAR_LEAST       (1000000 * 4)
#define LEAK_GOOD       (1 << 20) /* -24 dB, Q28 */
#define SOME_EVIDENCE   (5 * 256)
#define ENOUGH_EVIDENCE (14 * 256)

static void smooth(struct decide *d, int64_t near, int64_t fore, int64_t back)
{
	d->near += near - (d->near >> 2);
	d->fore += fore - (d->fore >> 2);
	d->back += back - (d->back >> 2);
	d->near_long += near - (d->near_long >> 4);
	d->fore_long += fore - (d->fore_long >> 4);
	d->back_long += back - (d->back_long >> 4);
}

/* Least of what the foreground lets through, of the far end; it forgets, by half in 6 s. */
static void note_leak(struct echocan *ec)
{
	struct decide *d = &ec->decide;
	uint32_t leak = ratio((uint64_t)d->fore, (uint64_t)d->far + FAR_LEAST, 28);

	if (d->active < ec->parts || ec->far_power < FAR_LEAST)
		return;
	if (leak < d->leak || d->leak == 0)
		d->leak = leak + 1;
	else
		d->leak += d->leak >> 10;
}

static bool in_doubt(const struct decide *d)
{
	return d->fore > (((d->far >> 16) * 6 * d->leak) >> 12) + 400 * NOISE;
}

/* The far end's power over the last 64 ms, and for as long as that may come back. */
static void hold_far(struct echocan *ec)
{
	struct decide *d = &ec->decide;
	int64_t far = (d->far >> 4) + (d->far >> 5);

	if (far >= d->loudest) {
		d->loudest = far;
		d->loud_for = ec->parts;
	} else if (d->loud_for) {
		d->loud_for--;
	} else {
		d->loudest -= d->loudest >> 3;
	}
}

/* No hybrid sends back more than it gets. */
static bool near_end_speaks(const struct decide *d)
{
	return d->near >> 2 > d->loudest;
}

/*
 * Is there an echo? Each block of far end says a little for or against it: what the background, which has
 * not learnt from this block, would leave of it. Of what two say at once it leaves more than there was.
 */
static int32_t testimony(int64_t near, int64_t back)
{
	if (back < near / 8)
		return 480;
	if (back < near / 2)
		return 160;
	if (back < near / 4 * 3)
		return 96;
	if (back < near - (near * 26 >> 8))
		return 40;
	if (back < near)
		return 0;
	return back < near / 4 * 5 ? -64 : -160;
}

static void weigh_evidence(struct echocan *ec)
{
	struct decide *d = &ec->decide;
	int32_t sum = d->evidence;

	if (ec->fore.any)
		sum = 0;
	else if (ec->far_power > ACTIVE)
		sum += testimony(ec->near_power, ec->back.error_power);
	d->evidence = sum < 0 ? 0 : sum > 2 * ENOUGH_EVIDENCE ? 2 * ENOUGH_EVIDENCE : sum;
}

/*
 * Nothing is cancelled yet, and that may be right: two who speak at once must not look like an echo. So
 * the first filter has to take away a lot, or a little for long (echo below the near end's noise).
 */
static bool is_echo(const struct decide *d)
{
	return d->evidence >= ENOUGH_EVIDENCE ||
	       (d->evidence >= SOME_EVIDENCE && d->back < d->near / 4 &&
		d->back_long < d->near_long - d->near_long / 4);
}

static bool background_is_better(const struct echocan *ec, bool doubt)
{
	const struct decide *d = &ec->decide;

	if (ec->far_power < ACTIVE || d->back >= d->near)
		return false;
	if (ec->fore.any && !doubt)
		return d->back < d->fore - (d->fore * 13 >> 8) - 10 * NOISE;
	if (near_end_speaks(d))
		return false;
	if (!ec->fore.any)
		return is_echo(d);
	/* nothing good has been seen yet: little can be lost */
	if (d->leak > LEAK_GOOD)
		return d->back < d->fore / 2 - 100 * NOISE;
	return d->back < d->fore / 2 - 100 * NOISE && d->back_long < (d->fore_long * 102 >> 8);
}

static bool foreground_does_harm(const struct echocan *ec)
{
	const struct decide *d = &ec->decide;

	/*
	 * A late echo is not there yet when the far end begins to speak, what is wrong with the first
	 * taps is: so it has to be more than a little of the far end.
	 */
	return ec->fore.any && (d->fore_long > 2 * d->near_long + 4000 * NOISE + (d->far >> 8) ||
				d->raw_fore > 8 * d->raw_near + 4000 * NOISE + (d->far >> 6) ||
				d->fore > 8 * d->near + 4000 * NOISE + (d->far >> 6));
}

/** decide_block() - after the background's error of a block is known; true if it is to be learnt from */
bool decide_block(struct echocan *ec)
{
	struct decide *d = &ec->decide;
	bool doubt;

	d->active = ec->far_power > ACTIVE ? ec->parts + 1 : d->active - (d->active > 0);
	smooth(d, ec->near_power, ec->fore_power, ec->back.error_power);
	d->raw_near += ec->back.raw_power[0] - (d->raw_near >> 2);
	d->raw_fore += ec->raw_fore - (d->raw_fore >> 2);
	d->far += ec->far_power - (d->far >> 4) - (d->far >> 5);
	noise_block(ec);
	if (ec->frozen)
		return false;
	if (foreground_does_harm(ec)) {
		foreground_clear(ec);
		nlp_path_lost(&ec->nlp);
		d->resets++;
		d->fore = d->near;
		d->fore_long = d->near_long;
		d->raw_fore = d->raw_near;
		d->leak = 0;
	}
	hold_far(ec);
	if (ec->hold)
		return false;
	weigh_evidence(ec);
	note_leak(ec);
	if (ec->far_power > ACTIVE) {
		d->stat_near += (ec->near_power - d->stat_near) >> 4;
		d->stat_fore += (ec->fore_power - d->stat_fore) >> 4;
	}
	doubt = in_doubt(d);
	/* in doubt it is done at once; what was decided before that is stale */
	if (doubt)
		ec->back.take = false;
	if (!ec->back.take && background_is_better(ec, doubt)) {
		ec->back.take = true;
		ec->back.hurry |= doubt;
		d->copies++;
		d->fore = d->back;
		d->fore_long = d->back_long;
		if (doubt) {
			d->leak = 0;
			nlp_path_lost(&ec->nlp);
		}
	} else if (d->back > 4 * d->fore + 100 * NOISE) {
		ec->back.restore = true;
		d->back = d->fore;
		d->back_long = d->fore_long;
	}
	return d->active > 0;
}
