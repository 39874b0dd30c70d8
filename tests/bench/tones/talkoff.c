/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What receivers hear in speech: sound files, or one WAV on the standard input, at -15 dBm0 mean
 * active level through A-law. Prints one line of JSON: hours heard and what each receiver told.
 * With -s PERCENT faster or slower, and higher or lower: other speakers out of the same recordings.
 * With -v each digit and tone of ours with its file and second.
 */
#include <getopt.h>
#include <math.h>
#include <sndfile.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/channel/g711.h"
#include "core/channel/level.h"
#include "core/channel/resample.h"
#include "receivers.h"

#define LEVEL_DBM0 (-15)
#define FRAME      160 /* samples of which the level is taken */
#define ACTIVE_DB  25 /* below the loudest frames is a pause */
#define FRAMES_IN  4096
#define KINDS      (HIT_CHECK + 1)

static const char *const kind_names[KINDS] = {"digits",   "ends", "cng",      "ans",
					      "reversal", "v21",  "progress", "check"};

struct sound {
	int16_t *pcm;
	size_t n, room;
};

static uint64_t told[2][KINDS], heard;
static int verbose, speed = 100; /* percent */

static int16_t *more(struct sound *s, size_t n)
{
	if (s->n + n > s->room) {
		s->room = 2 * (s->n + n);
		s->pcm = realloc(s->pcm, s->room * sizeof(*s->pcm));
		if (!s->pcm)
			exit(1);
	}
	return s->pcm + s->n;
}

/* All of it at 8 kHz. */
static int load(SNDFILE *file, const SF_INFO *info, struct sound *s)
{
	uint32_t rate = (uint32_t)(info->samplerate * speed / 100);
	int32_t size = resample_size(rate);
	float *mem = size < 0 ? NULL : malloc((size_t)size * sizeof(*mem));
	float in[FRAMES_IN];
	struct resample r;
	sf_count_t n;

	s->n = 0;
	if (!mem || info->channels != 1)
		return -1;
	resample_init(&r, rate, mem);
	while ((n = sf_readf_float(file, in, FRAMES_IN)) > 0)
		s->n += resample_feed(&r, in, (size_t)n, more(s, resample_room(&r, (size_t)n)));
	s->n += resample_end(&r, more(s, resample_room(&r, 0)));
	free(mem);
	return 0;
}

static double frame_power(const int16_t *pcm)
{
	double sum = 0;

	for (int i = 0; i < FRAME; i++)
		sum += (double)pcm[i] * pcm[i];
	return sum / FRAME;
}

static void to_line(struct sound *s)
{
	double loudest = 0, sum = 0, gain;
	size_t active = 0;

	for (size_t at = 0; at + FRAME <= s->n; at += FRAME)
		loudest = fmax(loudest, frame_power(s->pcm + at));
	for (size_t at = 0; at + FRAME <= s->n; at += FRAME) {
		double power = frame_power(s->pcm + at);

		if (power > 0 && power >= loudest * pow(10, -ACTIVE_DB / 10.0)) {
			sum += power;
			active++;
		}
	}
	if (active == 0)
		return;
	gain = pow(10, (LEVEL_DBM0 - level_dbm0(sum / (double)active)) / 20);
	for (size_t i = 0; i < s->n; i++) {
		double v = s->pcm[i] * gain;

		v = v > 32767 ? 32767 : v < -32768 ? -32768 : v;
		s->pcm[i] = alaw_decode(alaw_encode((int16_t)lrint(v)));
	}
}

static void show(const char *name, const struct hit *h)
{
	const struct dtmf_event *d = &h->ev.digit;

	fprintf(stderr, "%s %.3f %s", name, (double)h->at / 8000, kind_names[h->kind]);
	if (h->kind == HIT_BEGIN)
		fprintf(stderr, " %c %.1f %.1f dBm0 %+.2f %+.2f %% %.1f dB", h->digit, d->dbm0[0],
			d->dbm0[1], 100 * d->offset[0], 100 * d->offset[1], d->snr_db);
	if (h->kind == HIT_PROGRESS)
		fprintf(stderr, " %s %.0f Hz", tone_name_str((enum tone_name)h->digit),
			h->ev.progress.hz);
	fprintf(stderr, "\n");
}

static void hear(const struct sound *s, const char *name)
{
	static const struct receiver *const both[] = {&receiver_ours, &receiver_spandsp};

	for (int r = 0; r < 2; r++) {
		both[r]->start(LOOK_DIGITS | LOOK_CNG | LOOK_ANSWER | LOOK_PROGRESS, NULL);
		for (size_t at = 0; at < s->n; at += FRAME) {
			static struct hits hits;

			hits.n = 0;
			both[r]->feed(s->pcm + at, s->n - at < FRAME ? s->n - at : FRAME, &hits);
			for (unsigned i = 0; i < hits.n && i < HITS_MAX; i++) {
				told[r][hits.hit[i].kind]++;
				if (verbose && r == 0)
					show(name, &hits.hit[i]);
			}
		}
	}
	heard += s->n;
}

static int one(const char *name, struct sound *s)
{
	SF_INFO info = {0};
	SNDFILE *file = strcmp(name, "-") ? sf_open(name, SFM_READ, &info)
					  : sf_open_fd(0, SFM_READ, &info, 0);

	if (!file || load(file, &info, s) < 0) {
		fprintf(stderr, "talkoff: %s: %s\n", name, sf_strerror(file));
		return -1;
	}
	sf_close(file);
	to_line(s);
	hear(s, name);
	return 0;
}

int main(int argc, char **argv)
{
	struct sound s = {0};
	int opt, rc = 0;

	while ((opt = getopt(argc, argv, "vs:")) != -1) {
		if (opt == 's')
			speed = atoi(optarg);
		else
			verbose |= opt == 'v';
	}
	if (optind == argc)
		rc = one("-", &s);
	for (int i = optind; i < argc; i++)
		rc |= one(argv[i], &s);
	printf("{\"hours\": %.4f", (double)heard / 8000 / 3600);
	for (int r = 0; r < 2; r++) {
		printf(", \"%s\": {", r ? receiver_spandsp.name : receiver_ours.name);
		for (int k = 0; k < KINDS; k++)
			printf("%s\"%s\": %llu", k ? ", " : "", kind_names[k],
			       (unsigned long long)told[r][k]);
		printf("}");
	}
	printf("}\n");
	free(s.pcm);
	return rc ? 1 : 0;
}
