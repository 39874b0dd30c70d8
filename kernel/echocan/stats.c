/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * stats.c: what a technician sees of a canceller.
 */
#include "echocan/internal.h"

/* 10 log10(v) in 1/100 dB; 0 for v <= 1. Straight between powers of two is at most 0.26 dB off. */
static int32_t cdb(uint64_t v)
{
	int bits = bits64(v);
	uint32_t fraction;

	if (v <= 1)
		return 0;
	fraction = (uint32_t)(bits > 11 ? v >> (bits - 11) : v << (11 - bits)) - 1024;
	return (int32_t)(((uint32_t)(bits - 1) * 1024 + fraction) * 301 / 1024);
}

static uint64_t part_energy(const struct echocan *ec, int part)
{
	const int16_t *t = ec->fore.taps + (ec->parts - 1 - part) * BLOCK;
	uint64_t sum = 0;
	int i;

	for (i = 0; i < BLOCK; i++)
		sum += (uint32_t)(t[i] * t[i]);
	return sum << (2 * ec->fore.shift);
}

static enum echocan_state state(const struct echocan *ec)
{
	if (ec->disabled == DISABLER_OFF)
		return ECHOCAN_DISABLED;
	if (ec->frozen)
		return ECHOCAN_FROZEN;
	return ec->fore.any ? ECHOCAN_CANCELLING : ECHOCAN_LISTENING;
}

void echocan_read_stats(const struct echocan *ec, struct echocan_stats *stats)
{
	uint64_t most = 0, sum = 0;
	int p;

	memset(stats, 0, sizeof(*stats));
	stats->state = state(ec);
	stats->pictures = (uint32_t)ec->parts;
	stats->delay_ms = stats->erl_cdb = stats->erle_cdb = -1;
	for (p = 0; p < ec->parts; p++) {
		uint64_t energy = ec->fore.any ? part_energy(ec, p) : 0;

		/* gain 1 is 2^48 */
		stats->picture_cdb[p] = energy ? cdb(energy) - 48 * 301 : -10000;
		sum += energy;
		if (energy > most) {
			most = energy;
			stats->delay_ms = p * 8;
		}
	}
	if (sum)
		stats->erl_cdb = 48 * 301 > cdb(sum) ? 48 * 301 - cdb(sum) : 0;
	if (ec->fore.any && ec->decide.stat_fore)
		stats->erle_cdb =
			cdb((uint64_t)ec->decide.stat_near) > cdb((uint64_t)ec->decide.stat_fore)
				? cdb((uint64_t)ec->decide.stat_near) -
					  cdb((uint64_t)ec->decide.stat_fore)
				: 0;
	stats->copies = ec->decide.copies;
	stats->resets = ec->decide.resets;
	stats->wrong_law = ec->doubt.wrong_law;
	stats->beyond_tail = ec->doubt.beyond_tail;
}
