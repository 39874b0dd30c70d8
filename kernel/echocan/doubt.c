/* SPDX-License-Identifier: GPL-2.0-only */
#include "echocan/doubt.h"

#include "echocan/internal.h"

/* Chords 0 and 1 of one law are chords 2 and 3 of the other: 396..1884 for mu-law, 528..2016 for A-law. */
#define ODD_LEAST 390
#define ODD_MOST  2020
/* The codes next to zero: A-law's by mu-law 652, 716, 748; mu-law's by A-law 784, 848, 880. */
#define SILENT_LEAST 640
#define SILENT_MOST  890
#define QUIET_MOST   130
#define QUIET_MANY   56 /* of 64 */
#define ODD_ENOUGH   25 /* blocks: a fifth of a second */
#define MEMORY	     9 /* 2^n blocks: 4 s */
#define LOOK_EVERY   64 /* blocks */
#define AGREE_SAID   4 /* looks: 2 s */
#define SWING_LEAST  64 /* variance of a level: 3 dB, in units of 1/8 of 3 dB, squared */

void doubt_sample(struct doubt *d, int16_t sin)
{
	int32_t size = sin < 0 ? -sin : sin;

	d->quiet += size <= QUIET_MOST;
	d->silent += size >= SILENT_LEAST && size <= SILENT_MOST;
	if (size < ODD_LEAST || size > ODD_MOST)
		return;
	d->odd++;
	d->below |= sin < 0;
	d->above |= sin > 0;
}

/* Without branches, 16 bits wide: compilers make vectors of it. */
void doubt_few(struct doubt *d, const int16_t *sin)
{
	uint16_t quiet = 0, odd = 0, silent = 0, below = 0;

	for (int n = 0; n < DOUBT_FEW; n++) {
		uint16_t size = (uint16_t)(sin[n] < 0 ? -sin[n] : sin[n]);
		uint16_t is_odd = (uint16_t)(size - ODD_LEAST) <= ODD_MOST - ODD_LEAST;

		quiet += size <= QUIET_MOST;
		odd += is_odd;
		silent += (uint16_t)(size - SILENT_LEAST) <= SILENT_MOST - SILENT_LEAST;
		below += is_odd & (sin[n] < 0);
	}
	d->quiet += quiet;
	d->odd += odd;
	d->silent += silent;
	d->below |= below > 0;
	d->above |= odd > below;
}

static void judge_law(struct doubt *d)
{
	bool both = d->below && d->above;

	if (d->quiet >= QUIET_MANY)
		d->odd_blocks = 0;
	else if (d->odd == BLOCK && (both || d->silent == BLOCK) && d->odd_blocks < ODD_ENOUGH)
		d->odd_blocks++;
	d->wrong_law = d->odd_blocks == ODD_ENOUGH || (d->wrong_law && d->odd_blocks);
	d->quiet = d->odd = d->silent = 0;
	d->below = d->above = false;
}

/* In eighths of 3 dB. */
static int32_t level(uint64_t power, uint64_t least)
{
	int bits;

	power = power > least ? power : least;
	bits = bits64(power);
	return 8 * bits + (int32_t)((bits > 4 ? power >> (bits - 4) : power << (4 - bits)) & 7);
}

static int64_t follow(int64_t mean, int64_t value)
{
	return mean + value - (mean >> MEMORY);
}

static void correlate(struct doubt *d, int32_t left)
{
	int32_t far = d->far[d->far_at] - (d->far_mean >> MEMORY), l = left - (d->left_mean >> MEMORY);
	unsigned int n, at = d->far_at;
	int32_t mean;

	d->far_mean = (int32_t)follow(d->far_mean, d->far[d->far_at]);
	d->left_mean = (int32_t)follow(d->left_mean, left);
	d->far_var = follow(d->far_var, (int64_t)far * far);
	d->left_var = follow(d->left_var, (int64_t)l * l);
	mean = d->far_mean >> MEMORY;
	for (n = 0; n < DOUBT_LAGS; n++)
		d->both[n] = follow(d->both[n],
				    (int64_t)(d->far[(at - n) % DOUBT_LAGS] - mean) * l);
}

/* The correlation beyond the tail is above 0.8, and a tenth above that within. */
static bool is_beyond(const struct doubt *d, int parts)
{
	int64_t within = 0, beyond = 0;
	int n;

	for (n = 0; n < DOUBT_LAGS; n++) {
		int64_t *most = n < parts ? &within : &beyond;

		*most = d->both[n] > *most ? d->both[n] : *most;
	}
	if (d->far_var < SWING_LEAST << MEMORY || d->left_var < SWING_LEAST << MEMORY)
		return false;
	return 10 * beyond > 11 * within && beyond * beyond / 16 > d->far_var * d->left_var / 25;
}

static void look(struct doubt *d, int parts)
{
	d->blocks = 0;
	if (!is_beyond(d, parts))
		d->agree -= d->agree > 0;
	else if (d->agree < AGREE_SAID)
		d->agree++;
	d->beyond_tail = d->agree == AGREE_SAID || (d->beyond_tail && d->agree);
}

void doubt_block(struct doubt *d, uint64_t far, uint64_t left, uint64_t least, int parts)
{
	judge_law(d);
	d->far_at = (d->far_at + 1) % DOUBT_LAGS;
	d->far[d->far_at] = level(far, least);
	if (far > 4 * least)
		d->active = DOUBT_LAGS;
	if (!d->active)
		return;
	d->active--;
	correlate(d, level(left, least));
	if (++d->blocks == LOOK_EVERY)
		look(d, parts);
}
