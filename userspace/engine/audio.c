/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "engine/audio.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <sndfile.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/channel/g711.h"
#include "core/channel/resample.h"

#define RATE         8000
#define CHUNK        4096 /* frames read at a time */
#define RIFF_CHUNKS  1000 /* looked at before the sound has to begin */
#define RIFF_UNKNOWN 0x7ffff000u /* lengths from here on: written by a pipe */

/* One file being read. */
struct reading {
	const char *name;
	SNDFILE *file;
	SF_INFO info;
	size_t max; /* octets */
	uint8_t *octets;
	size_t n, room;
	uint64_t frames; /* read from the file */
	char *error;
};

__attribute__((format(printf, 3, 4))) static int fail(struct reading *r, int rc, const char *fmt,
						      ...)
{
	int n = snprintf(r->error, AUDIO_ERROR_MAX, "%.200s: ", r->name);
	va_list ap;

	va_start(ap, fmt);
	if (n > 0 && n < AUDIO_ERROR_MAX)
		vsnprintf(r->error + n, AUDIO_ERROR_MAX - (size_t)n, fmt, ap);
	va_end(ap);
	return rc;
}

/* Room for @n more octets; there is always some, also for none. */
static int make_room(struct reading *r, size_t n)
{
	size_t want = r->n + n + 1;
	uint8_t *bigger;

	if (want <= r->room)
		return 0;
	want += want / 2;
	bigger = realloc(r->octets, want);
	if (!bigger)
		return fail(r, -ENOMEM, "no memory for %zu octets of sound", want);
	r->octets = bigger;
	r->room = want;
	return 0;
}

static int check_length(struct reading *r)
{
	if (r->n > r->max)
		return fail(r, -EFBIG, "longer than %zu s", r->max / RATE);
	return 0;
}

static bool is_8k_mono(const struct reading *r, int subtype)
{
	return r->info.samplerate == RATE && r->info.channels == 1 &&
	       (r->info.format & SF_FORMAT_SUBMASK) == subtype;
}

/* Sound that is G.711 already: octet by octet. */
static int copy_g711(struct reading *r, bool ulaw)
{
	for (;;) {
		int rc = make_room(r, CHUNK);
		sf_count_t got;

		if (rc < 0)
			return rc;
		got = sf_read_raw(r->file, r->octets + r->n, CHUNK);
		if (got <= 0)
			return 0;
		for (sf_count_t i = 0; ulaw && i < got; i++)
			r->octets[r->n + (size_t)i] = ulaw_to_a(r->octets[r->n + (size_t)i]);
		r->n += (size_t)got;
		r->frames += (uint64_t)got;
		rc = check_length(r);
		if (rc < 0)
			return rc;
	}
}

/* Into [-1, 1]; what is no number is silence. */
static float tame(float v)
{
	if (isnan(v))
		return 0;
	return v > 1 ? 1 : v < -1 ? -1 : v;
}

static float mean_of(const float *frame, int channels)
{
	float sum = 0;

	for (int c = 0; c < channels; c++)
		sum += tame(frame[c]);
	return sum / (float)channels;
}

static int16_t to_linear(float v)
{
	long s = lrintf(v * 32768.0f);

	return (int16_t)(s > 32767 ? 32767 : s);
}

/* @filter NULL: the rate is right already. */
static int convert(struct reading *r, struct resample *filter, float *frames, int16_t *linear)
{
	int channels = r->info.channels;
	sf_count_t got;
	size_t n;
	int rc;

	do {
		got = sf_readf_float(r->file, frames, CHUNK);
		if (got < 0)
			got = 0;
		r->frames += (uint64_t)got;
		for (sf_count_t i = 0; i < got; i++)
			frames[i] = mean_of(frames + i * channels, channels);
		if (filter) {
			n = got ? resample_feed(filter, frames, (size_t)got, linear)
				: resample_end(filter, linear);
		} else {
			n = (size_t)got;
			for (size_t i = 0; i < n; i++)
				linear[i] = to_linear(frames[i]);
		}
		rc = make_room(r, n);
		if (rc < 0)
			return rc;
		alaw_encode_block(r->octets + r->n, linear, n);
		r->n += n;
		rc = check_length(r);
	} while (got && rc == 0);
	return rc;
}

static int convert_linear(struct reading *r)
{
	bool same_rate = r->info.samplerate == RATE;
	int32_t size = same_rate ? 0 : resample_size((uint32_t)r->info.samplerate);
	struct resample filter;
	float *mem, *frames;
	int16_t *linear = NULL;
	size_t room = CHUNK;
	int rc;

	if (size < 0)
		return fail(r, -EBADMSG, "a sampling rate of %d Hz is not supported",
			    r->info.samplerate);
	frames = malloc(sizeof(*frames) * CHUNK * (size_t)r->info.channels);
	mem = malloc(sizeof(*mem) * (size_t)size + 1);
	if (mem && size) {
		resample_init(&filter, (uint32_t)r->info.samplerate, mem);
		room = resample_room(&filter, CHUNK);
	}
	linear = malloc(sizeof(*linear) * room);
	if (frames && mem && linear)
		rc = convert(r, same_rate ? NULL : &filter, frames, linear);
	else
		rc = fail(r, -ENOMEM, "no memory to read it");
	free(linear);
	free(mem);
	free(frames);
	return rc;
}

/* An open sound file to octets; closes it. */
static int read_sound(struct reading *r, unsigned max_s, struct audio *a)
{
	int rc;

	r->max = (size_t)max_s * RATE;
	if (r->info.channels < 1 || r->info.channels > AUDIO_CHANNELS_MAX)
		rc = fail(r, -EBADMSG, "%d channels, at most %d are supported", r->info.channels,
			  AUDIO_CHANNELS_MAX);
	else if (is_8k_mono(r, SF_FORMAT_ALAW) || is_8k_mono(r, SF_FORMAT_ULAW))
		rc = copy_g711(r, is_8k_mono(r, SF_FORMAT_ULAW));
	else
		rc = convert_linear(r);
	if (rc == 0 && r->n == 0)
		rc = fail(r, -EBADMSG, "there is no sound in it");
	if (rc == 0 && r->info.frames != SF_COUNT_MAX && r->frames < (uint64_t)r->info.frames)
		rc = fail(r, -EBADMSG, "broken off: %llu of %lld samples are there",
			  (unsigned long long)r->frames, (long long)r->info.frames);
	sf_close(r->file);
	if (rc < 0) {
		free(r->octets);
		return rc;
	}
	a->octets = r->octets;
	a->n = r->n;
	return 0;
}

/* Headerless files: format by ending. Return: 0 where the file speaks for itself. */
static int format_of_name(const char *path)
{
	static const struct {
		const char *ending;
		int format;
	} raw[] = {
		{".alaw", SF_FORMAT_ALAW},  {".al", SF_FORMAT_ALAW},  {".ulaw", SF_FORMAT_ULAW},
		{".ul", SF_FORMAT_ULAW},    {".pcm", SF_FORMAT_ULAW}, {".sln", SF_FORMAT_PCM_16},
		{".gsm", SF_FORMAT_GSM610},
	};
	const char *dot = strrchr(path, '.');

	for (size_t i = 0; dot && i < sizeof(raw) / sizeof(raw[0]); i++) {
		if (strcasecmp(dot, raw[i].ending) == 0)
			return SF_FORMAT_RAW | SF_ENDIAN_LITTLE | raw[i].format;
	}
	return 0;
}

static uint32_t get_le32(const uint8_t *p)
{
	return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

/* libsndfile shortens a RIFF file in silence that is shorter than it says; we do not. */
static int check_riff(struct reading *r, int fd, uint64_t size)
{
	uint8_t h[12];
	uint64_t at = 12;

	if (pread(fd, h, 12, 0) != 12 || memcmp(h, "RIFF", 4) != 0 || memcmp(h + 8, "WAVE", 4) != 0)
		return 0;
	for (int i = 0; i < RIFF_CHUNKS && pread(fd, h, 8, (off_t)at) == 8; i++) {
		uint32_t len = get_le32(h + 4);

		at += 8;
		if (memcmp(h, "data", 4) == 0) {
			if (len < RIFF_UNKNOWN && len > size - at)
				return fail(
					r, -EBADMSG,
					"its header says %u octets of sound, the file holds %llu",
					len, (unsigned long long)(size - at));
			return 0;
		}
		at += (uint64_t)len + (len & 1);
	}
	return 0;
}

static void stamp_of(const struct stat *st, struct clip_stamp *stamp)
{
	stamp->device = st->st_dev;
	stamp->inode = st->st_ino;
	stamp->size = (uint64_t)st->st_size;
	stamp->mtime_s = st->st_mtim.tv_sec;
	stamp->mtime_ns = st->st_mtim.tv_nsec;
}

int audio_stamp(const char *path, struct clip_stamp *stamp)
{
	struct stat st;

	if (stat(path, &st) < 0)
		return -errno;
	stamp_of(&st, stamp);
	return 0;
}

static int read_fd(struct reading *r, int fd, const struct stat *st, unsigned max_s,
		   struct audio *a)
{
	int rc;

	if (S_ISDIR(st->st_mode))
		return fail(r, -EISDIR, "is a directory");
	if (!S_ISREG(st->st_mode))
		return fail(r, -EINVAL, "is not a regular file");
	rc = check_riff(r, fd, (uint64_t)st->st_size);
	if (rc < 0)
		return rc;
	r->info.format = format_of_name(r->name);
	if (r->info.format) {
		r->info.samplerate = RATE;
		r->info.channels = 1;
	}
	r->file = sf_open_fd(fd, SFM_READ, &r->info, SF_FALSE);
	if (!r->file)
		return fail(r, -EBADMSG, "not a sound file: %s", sf_strerror(NULL));
	return read_sound(r, max_s, a);
}

int audio_read_file(const char *path, unsigned max_s, struct audio *a, char *error)
{
	struct reading r = {.name = path, .error = error};
	struct audio got = {0};
	struct stat st;
	int fd, rc;

	/* Not blocking: a FIFO without a writer must not hold us up before it is refused. */
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd < 0)
		return fail(&r, -errno, "%s", strerror(errno));
	if (fstat(fd, &st) < 0) {
		rc = fail(&r, -errno, "%s", strerror(errno));
	} else {
		rc = read_fd(&r, fd, &st, max_s, &got);
		stamp_of(&st, &got.stamp);
	}
	close(fd);
	if (rc == 0)
		*a = got;
	return rc;
}

/* libsndfile's view of a run of octets. */
struct memory {
	const uint8_t *data;
	sf_count_t len, at;
};

static sf_count_t mem_len(void *user)
{
	return ((struct memory *)user)->len;
}

static sf_count_t mem_seek(sf_count_t offset, int whence, void *user)
{
	struct memory *m = user;
	sf_count_t to = offset;

	if (whence == SEEK_CUR)
		to += m->at;
	else if (whence == SEEK_END)
		to += m->len;
	if (to < 0 || to > m->len)
		return -1;
	m->at = to;
	return to;
}

static sf_count_t mem_read(void *to, sf_count_t n, void *user)
{
	struct memory *m = user;

	if (n > m->len - m->at)
		n = m->len - m->at;
	if (n > 0)
		memcpy(to, m->data + m->at, (size_t)n);
	m->at += n;
	return n;
}

static sf_count_t mem_write(const void *from, sf_count_t n, void *user)
{
	(void)from;
	(void)n;
	(void)user;
	return 0;
}

static sf_count_t mem_tell(void *user)
{
	return ((struct memory *)user)->at;
}

int audio_read_memory(const char *name, const uint8_t *data, size_t len, unsigned max_s,
		      struct audio *a, char *error)
{
	static SF_VIRTUAL_IO io = {mem_len, mem_seek, mem_read, mem_write, mem_tell};
	struct memory m = {data, (sf_count_t)len, 0};
	struct reading r = {.name = name, .error = error};
	struct audio got = {0};
	int rc;

	r.file = sf_open_virtual(&io, SFM_READ, &r.info, &m);
	if (!r.file)
		return fail(&r, -EBADMSG, "not a sound file: %s", sf_strerror(NULL));
	rc = read_sound(&r, max_s, &got);
	if (rc == 0)
		*a = got;
	return rc;
}

int audio_write_alaw(const char *path, const uint8_t *octets, size_t n, const char *comment)
{
	SF_INFO info = {
		.samplerate = RATE, .channels = 1, .format = SF_FORMAT_WAV | SF_FORMAT_ALAW};
	char part[4096];
	SNDFILE *f;
	int len = snprintf(part, sizeof(part), "%s.part", path);
	int rc = 0;

	if (len < 0 || (size_t)len >= sizeof(part))
		return -ENAMETOOLONG;
	if (comment && strlen(comment) > AUDIO_COMMENT_MAX)
		return -EMSGSIZE;
	errno = 0;
	f = sf_open(part, SFM_WRITE, &info);
	if (!f)
		return errno ? -errno : -EIO;
	if (comment)
		sf_set_string(f, SF_STR_COMMENT, comment);
	if (sf_write_raw(f, octets, (sf_count_t)n) != (sf_count_t)n)
		rc = errno ? -errno : -EIO;
	if (sf_close(f) != 0 && rc == 0)
		rc = -EIO;
	if (rc == 0 && rename(part, path) < 0)
		rc = -errno;
	if (rc < 0)
		unlink(part);
	return rc;
}

int audio_read_comment(const char *path, char *comment, size_t size)
{
	SF_INFO info = {0};
	SNDFILE *f = sf_open(path, SFM_READ, &info);
	const char *text;
	int rc = -ENOENT;

	if (!f)
		return rc;
	text = sf_get_string(f, SF_STR_COMMENT);
	if (text) {
		rc = strlen(text) < size ? 0 : -EMSGSIZE;
		if (rc == 0)
			strcpy(comment, text);
	}
	sf_close(f);
	return rc;
}
