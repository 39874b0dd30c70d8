/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the tests of sound files share: a folder of their own, files in it, a loop, a
 * waiter that remembers.
 */
#ifndef TESTS_ENGINE_SOUND_RIG_H
#define TESTS_ENGINE_SOUND_RIG_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <sndfile.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/prompt.h"

static char folder[64];

static inline int make_folder(void)
{
	strcpy(folder, "/tmp/strowger-test-XXXXXX");
	return mkdtemp(folder) ? 0 : -1;
}

static inline int remove_folder(void)
{
	char command[128];

	snprintf(command, sizeof(command), "rm -rf '%s'", folder);
	return system(command);
}

/* A name in the folder; good until the fourth call after this one. */
static inline const char *in_folder(const char *name)
{
	static char path[4][256];
	static int i;

	i = (i + 1) % 4;
	snprintf(path[i], sizeof(path[i]), "%s/%s", folder, name);
	return path[i];
}

static inline void write_octets(const char *name, const void *data, size_t n)
{
	FILE *f = fopen(in_folder(name), "wb");

	assert_non_null(f);
	assert_int_equal(fwrite(data, 1, n, f), n);
	fclose(f);
}

static inline size_t read_octets(const char *name, void *data, size_t max)
{
	FILE *f = fopen(in_folder(name), "rb");
	size_t n;

	assert_non_null(f);
	n = fread(data, 1, max, f);
	fclose(f);
	return n;
}

/* @n frames of a sine of 1004 Hz, peak 0.5, in all channels. */
static inline void write_sine(const char *name, int format, int rate, int channels, int n)
{
	SF_INFO info = {.samplerate = rate, .channels = channels, .format = format};
	SNDFILE *f = sf_open(in_folder(name), SFM_WRITE, &info);
	float *frame = calloc((size_t)channels, sizeof(*frame));

	assert_non_null(f);
	for (int i = 0; i < n; i++) {
		for (int c = 0; c < channels; c++)
			frame[c] = (float)(0.5 * sin(2 * M_PI * 1004 * i / rate));
		assert_int_equal(sf_writef_float(f, frame, 1), 1);
	}
	free(frame);
	assert_int_equal(sf_close(f), 0);
}

/* A waiter's memory. */
struct heard {
	int times;
	struct clip *clip;
	char error[512];
};

static inline void on_clip(void *ctx, struct clip *clip, const char *error)
{
	struct heard *h = ctx;

	h->times++;
	h->clip = clip;
	assert_true((clip == NULL) == (error != NULL));
	snprintf(h->error, sizeof(h->error), "%s", error ? error : "");
}

#define WAITER(h) (&(struct clip_waiter){on_clip, h})

static inline void assert_contains(const char *text, const char *part)
{
	if (!strstr(text, part))
		fail_msg("\"%s\" does not say \"%s\"", text, part);
}

#endif
