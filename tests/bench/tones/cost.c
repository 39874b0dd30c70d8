/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One receiver (0 ours, 1 SpanDSP's) hears a sound file of 8 kHz so many times; run by callgrind, the
 * difference of two runs is what the samples cost: bench.sh. Ours looks for its whole set, SpanDSP's
 * for digits, CNG and CED or V.21. Prints the samples heard.
 */
#include <sndfile.h>
#include <stdio.h>
#include <stdlib.h>

#include "receivers.h"

#define SAMPLES_MAX 240000

static int16_t pcm[SAMPLES_MAX];
static struct hits hits;

int main(int argc, char **argv)
{
	const struct receiver *r;
	SF_INFO info = {0};
	SNDFILE *file;
	sf_count_t n;
	int times;

	if (argc != 4)
		return 2;
	r = atoi(argv[1]) ? &receiver_spandsp : &receiver_ours;
	file = sf_open(argv[2], SFM_READ, &info);
	n = file && info.channels == 1 ? sf_read_short(file, pcm, SAMPLES_MAX) : 0;
	times = atoi(argv[3]);
	r->start(LOOK_DIGITS | LOOK_CNG | LOOK_ANSWER | (r == &receiver_ours ? LOOK_PROGRESS : 0),
		 NULL);
	for (int i = 0; i < times; i++) {
		hits.n = 0;
		r->feed(pcm, (size_t)n, &hits);
	}
	printf("%lld\n", (long long)(n * times));
	return n > 0 ? 0 : 1;
}
