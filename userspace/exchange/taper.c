/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "exchange/taper.h"

#include <errno.h>
#include <sndfile.h>
#include <stdlib.h>

#define BUFFER 4096 /* [octets], a quarter of a second */

struct taper {
	SNDFILE *file;
	int err;
	size_t n;
	uint8_t buffer[BUFFER];
};

struct taper *taper_open(const char *path)
{
	SF_INFO info = {
		.samplerate = 8000, .channels = 2, .format = SF_FORMAT_WAV | SF_FORMAT_ALAW};
	struct taper *t = calloc(1, sizeof(*t));

	if (!t)
		return NULL;
	t->file = sf_open(path, SFM_WRITE, &info);
	if (!t->file) {
		free(t);
		return NULL;
	}
	return t;
}

static void flush(struct taper *t)
{
	if (t->n && sf_write_raw(t->file, t->buffer, (sf_count_t)t->n) != (sf_count_t)t->n)
		t->err = -EIO;
	t->n = 0;
}

void taper_write(struct taper *t, const uint8_t *heard, const uint8_t *said, size_t n)
{
	size_t i;

	if (t->n + 2 * n > BUFFER)
		flush(t);
	for (i = 0; i < n; i++) {
		t->buffer[t->n++] = heard[i];
		t->buffer[t->n++] = said[i];
	}
}

int taper_close(struct taper *t)
{
	int err;

	if (!t)
		return 0;
	flush(t);
	err = t->err;
	if (sf_close(t->file))
		err = -EIO;
	free(t);
	return err;
}
