/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * speech OUT SECONDS IN [IN ...]: sound files one after another as 8 kHz raw 16-bit samples, until there
 * are enough; pauses longer than 300 ms are cut short.
 */
#include <math.h>
#include <sndfile.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/channel/resample.h"

#define RATE  8000
#define BLOCK 80
#define QUIET 60.0 /* RMS of a pause */
#define PAUSE (300 * RATE / 1000)

static int pause_length;

static void die(const char *what, const char *why)
{
	fprintf(stderr, "speech: %s: %s\n", what, why);
	exit(2);
}

/* Writes @n samples of a block unless the pause has been long enough; how many were written. */
static int put_block(FILE *out, const int16_t *x, int n)
{
	double sum = 0;

	for (int i = 0; i < n; i++)
		sum += (double)x[i] * x[i];
	pause_length = sqrt(sum / n) < QUIET ? pause_length + n : 0;
	if (pause_length > PAUSE)
		return 0;
	if (fwrite(x, 2, n, out) != (size_t)n)
		die("output", "cannot be written");
	return n;
}

/* All of a file as 8 kHz, malloc'd; its length in @n. */
static int16_t *load(const char *path, size_t *n)
{
	SF_INFO info = {0};
	SNDFILE *f = sf_open(path, SFM_READ, &info);
	struct resample r;
	int16_t *out;
	float *in, *mem;

	if (!f || info.channels != 1)
		die(path, f ? "not mono" : sf_strerror(NULL));
	in = calloc(info.frames + 1, sizeof(*in));
	mem = resample_size(info.samplerate) > 0
		      ? calloc(resample_size(info.samplerate), sizeof(*mem))
		      : NULL;
	if (!in || !mem || resample_init(&r, info.samplerate, mem) < 0)
		die(path, "rate not possible");
	info.frames = sf_read_float(f, in, info.frames);
	sf_close(f);
	out = calloc(resample_room(&r, info.frames) + 1, sizeof(*out));
	if (!out)
		die(path, "too long");
	*n = resample_feed(&r, in, info.frames, out);
	*n += resample_end(&r, out + *n);
	free(in);
	free(mem);
	return out;
}

int main(int argc, char **argv)
{
	size_t wanted, done = 0, n;
	FILE *out;

	if (argc < 4)
		die("usage", "speech OUT SECONDS IN [IN ...]");
	wanted = (size_t)(atof(argv[2]) * RATE);
	out = fopen(argv[1], "wb");
	if (!out)
		die(argv[1], "cannot be written");
	for (int i = 3; i < argc && done < wanted; i++) {
		int16_t *x = load(argv[i], &n);

		for (size_t at = 0; at + BLOCK <= n && done < wanted; at += BLOCK)
			done += put_block(out, x + at, BLOCK);
		free(x);
	}
	if (fclose(out) != 0)
		die(argv[1], "cannot be written");
	return 0;
}
