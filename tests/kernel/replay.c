/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Beside the guest: the canceller of this program on what the kernel's has heard, bit for bit.
 *
 *	replay TAIL_MS TRACE...
 *
 * A trace is the file of the module dahdi_echocan_strowger (debugfs, with trace_ms): far end, near end,
 * output in turn, from the first sample on. Prints for each the samples, and how many of them differ with
 * scalar, SSE2 and AVX2. Exit status 1 if any does.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "echocan/echocan.h"

#define CHUNK 8
#define KINDS 3

static struct echocan *canceller(int tail_ms, enum echocan_simd simd)
{
	const struct echocan_config config = {.tail_ms = (uint16_t)tail_ms,
					      .law = ECHOCAN_ALAW,
					      .simd = simd,
					      .nlp = true,
					      .comfort = true,
					      .disabler = true};
	size_t size = (echocan_size(&config) + 63) / 64 * 64;
	void *mem = size ? aligned_alloc(64, size) : NULL;

	if (!mem || echocan_init(mem, size, &config) < 0) {
		fprintf(stderr, "replay: no canceller of %d ms\n", tail_ms);
		exit(2);
	}
	return mem;
}

static int differing(struct echocan *ec, const int16_t (*traced)[3])
{
	int16_t far[CHUNK], io[CHUNK];
	int differ = 0;

	for (int n = 0; n < CHUNK; n++) {
		far[n] = traced[n][0];
		io[n] = traced[n][1];
	}
	echocan_process(ec, io, far, CHUNK);
	for (int n = 0; n < CHUNK; n++)
		differ += io[n] != traced[n][2];
	return differ;
}

static int replay(const char *path, int tail_ms)
{
	FILE *f = fopen(path, "rb");
	int16_t traced[CHUNK][3];
	struct echocan *ec[KINDS];
	int differ[KINDS] = {0};
	long samples = 0;

	if (!f) {
		perror(path);
		exit(2);
	}
	for (int k = 0; k < KINDS; k++)
		ec[k] = canceller(tail_ms, (enum echocan_simd)k);
	for (; fread(traced, sizeof(traced), 1, f) == 1; samples += CHUNK)
		for (int k = 0; k < KINDS; k++)
			differ[k] += differing(ec[k], (const int16_t(*)[3])traced);
	fclose(f);
	printf("%ld %d %d %d\n", samples, differ[0], differ[1], differ[2]);
	for (int k = 0; k < KINDS; k++)
		free(ec[k]);
	return differ[0] || differ[1] || differ[2];
}

int main(int argc, char **argv)
{
	int status = 0;

	if (argc < 3)
		return 2;
	for (int i = 2; i < argc; i++)
		status |= replay(argv[i], atoi(argv[1]));
	return status;
}
