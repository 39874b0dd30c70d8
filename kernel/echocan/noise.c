/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * noise.c: what of the background's error is the near end's noise, and cannot be learnt.
 *
 * The least that the error was over 32 ms within the last 350 to 450 ms: pauses of speech are in it on both
 * sides, and so is the time between the far end's falling silent and beginning anew, whenever its echo
 * comes. It is believed when the far end has paused in that time: of a far end that goes on, the least
 * may be echo. Then it may only fall.
 *
 * A filter that learns from noise as if it were echo adds as much noise as there is; how far the error is
 * above the noise tells how large its steps may be.
 */
#include "echocan/internal.h"

#define WINDOW      14 /* blocks */
#define PAUSE_LEAST 4 /* blocks: 32 ms */
#define PAUSE_POWER (ACTIVE / 4)
#define LEAST_SHARE (32768 / 12)

static int64_t least_of(const struct noise *n)
{
	int64_t least = n->least[0];
	int i;

	for (i = 1; i < NOISE_WINDOWS; i++)
		least = n->least[i] < least ? n->least[i] : least;
	return least;
}

static void count_pause(struct noise *n, int64_t far_power)
{
	n->pause = far_power < PAUSE_POWER ? n->pause + (n->pause < PAUSE_LEAST) : 0;
	if (n->pause == PAUSE_LEAST)
		n->since_pause = 0;
	else if (n->since_pause < NOISE_WINDOWS * WINDOW)
		n->since_pause++;
}

/*
 * The share of the error that is above the noise. The least of many is 1 dB below their mean. Noise that
 * is 21 dB below what comes from the line is let be: it may be what the law adds.
 */
static uint32_t echo_share(int64_t error, int64_t noise, int64_t near)
{
	int64_t most = (noise * 333 >> 8) - (near >> 7);
	int64_t left = most > 0 ? error - most : error;
	uint32_t share = left > 0 ? ratio((uint64_t)left, (uint64_t)error + 1, 15) : 0;

	return share > LEAST_SHARE ? share : LEAST_SHARE;
}

/** noise_block() - after the background's error of a block is known, and the powers are smoothed */
void noise_block(struct echocan *ec)
{
	int64_t error = ec->decide.back >> 2, least;
	struct noise *n = &ec->noise;

	if (n->blocks == 0 || error < n->least[0])
		n->least[0] = error;
	count_pause(n, ec->far_power);
	least = least_of(n);
	if (least < n->power || n->since_pause < NOISE_WINDOWS * WINDOW)
		n->power = least;
	n->echo = echo_share(error, n->power, ec->decide.near_long >> 4);
	if (++n->blocks < WINDOW)
		return;
	n->blocks = 0;
	memmove(n->least + 1, n->least, sizeof(n->least) - sizeof(n->least[0]));
}
