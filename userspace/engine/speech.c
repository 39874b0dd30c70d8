/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A request goes through three steps, each off the loop: look_up (memory, disk), the
 * process, convert (sound to A-law, to disk). Several requests for one text share a job.
 */
#include "engine/speech.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/audio.h"

#define TIMEOUT_MS    10000
#define PROCESSES     2
#define PROCESSES_MAX 16
#define RATE_WPM      160
#define PITCH         50
#define KEY_MAX       (SPEECH_TEXT_MAX + SPEECH_VOICE_MAX + 32)
#define OUTPUT_MAX    (SPEECH_MAX_S * 22050 * 2 + 4096) /* octets of a WAV file */
#define TOLD_MAX      160 /* octets kept of what the program says about errors */
#define PATH_OCTETS   4096
#define HANDLES       5

enum { PIPE_IN, PIPE_OUT, PIPE_ERR, PIPES };

struct waiting {
	struct clip_waiter waiter;
	struct waiting *next;
};

struct job {
	struct speech *owner;
	struct job *next; /* of all jobs */
	struct job *next_ready; /* of those that wait for a process */
	char *key; /* "say:voice rate pitch\ntext" */
	const char *text; /* in key */
	char voice[SPEECH_VOICE_MAX];
	int rate, pitch;
	struct waiting *first, **last;

	uv_work_t work;
	struct clip *clip;
	struct audio audio; /* written by a worker; octets NULL: none yet */
	char error[AUDIO_ERROR_MAX];

	uv_process_t process;
	uv_pipe_t pipe[PIPES];
	uv_timer_t timer;
	uv_write_t write;
	unsigned handles; /* not yet closed */
	bool exited, closing;
	uint8_t *out;
	size_t n_out, room;
	char told[TOLD_MAX + 1];
	size_t n_told;
};

struct speech {
	uv_loop_t *loop;
	struct clip_store *store;
	char *program, *cache_dir;
	unsigned timeout_ms, processes, running, outstanding, runs;
	struct job *jobs;
	struct job *ready, **ready_last;
};

static void run_ready(struct speech *s);

struct speech *speech_new(uv_loop_t *loop, struct clip_store *store, const struct speech_cfg *cfg)
{
	struct speech *s;

	if (cfg->processes > PROCESSES_MAX)
		return NULL;
	s = calloc(1, sizeof(*s));
	if (!s)
		return NULL;
	s->loop = loop;
	s->store = store;
	s->ready_last = &s->ready;
	s->timeout_ms = cfg->timeout_ms ? cfg->timeout_ms : TIMEOUT_MS;
	s->processes = cfg->processes ? cfg->processes : PROCESSES;
	s->program = strdup(cfg->program ? cfg->program : "espeak-ng");
	s->cache_dir = cfg->cache_dir ? strdup(cfg->cache_dir) : NULL;
	if (!s->program || (cfg->cache_dir && !s->cache_dir)) {
		speech_free(s);
		return NULL;
	}
	/* A process that dies before it has read its text must not take us along. */
	signal(SIGPIPE, SIG_IGN);
	return s;
}

void speech_free(struct speech *s)
{
	if (!s)
		return;
	free(s->program);
	free(s->cache_dir);
	free(s);
}

unsigned speech_outstanding(const struct speech *s)
{
	return s->outstanding;
}

unsigned speech_runs(const struct speech *s)
{
	return s->runs;
}

/* ---- the cache on disk ------------------------------------------------------------------- */

/* FNV-1a, 64 bit */
static uint64_t hash(const char *text, uint64_t h)
{
	for (; *text; text++)
		h = (h ^ (uint8_t)*text) * 1099511628211u;
	return h;
}

/* The name is a hash; the key itself is in the file, so that a collision is noticed. */
static bool cache_path(const struct job *j, char *path)
{
	int n;

	if (!j->owner->cache_dir)
		return false;
	n = snprintf(path, PATH_OCTETS, "%s/%016" PRIx64 "%016" PRIx64 ".wav", j->owner->cache_dir,
		     hash(j->key, 14695981039346656037u), hash(j->key, 0x6a09e667f3bcc908u));
	return n > 0 && n < PATH_OCTETS;
}

static void look_up(uv_work_t *w)
{
	struct job *j = w->data;
	char path[PATH_OCTETS], key[KEY_MAX];

	if (j->clip || !cache_path(j, path))
		return;
	if (audio_read_comment(path, key, sizeof(key)) < 0 || strcmp(key, j->key) != 0)
		return;
	if (audio_read_file(path, SPEECH_MAX_S, &j->audio, j->error) < 0)
		j->audio.octets = NULL;
}

static void convert(uv_work_t *w)
{
	struct job *j = w->data;
	char path[PATH_OCTETS];

	if (audio_read_memory(j->owner->program, j->out, j->n_out, SPEECH_MAX_S, &j->audio,
			      j->error) < 0) {
		j->audio.octets = NULL;
		return;
	}
	/* Without the file it only takes longer next time. */
	if (cache_path(j, path))
		audio_write_alaw(path, j->audio.octets, j->audio.n, j->key);
}

/* ---- the end of a job -------------------------------------------------------------------- */

static void unlink_job(struct job *j)
{
	struct job **at = &j->owner->jobs;

	while (*at != j)
		at = &(*at)->next;
	*at = j->next;
}

static void finish(struct job *j)
{
	unlink_job(j);
	if (j->audio.octets) {
		j->clip =
			clip_store_add(j->owner->store, j->key, NULL, j->audio.octets, j->audio.n);
		if (!j->clip)
			snprintf(j->error, sizeof(j->error), "%.64s: no room for its %zu octets",
				 j->owner->program, j->audio.n);
	}
	while (j->first) {
		struct waiting *one = j->first;

		j->first = one->next;
		j->owner->outstanding--;
		one->waiter.done(one->waiter.ctx, j->clip ? clip_get(j->clip) : NULL,
				 j->clip ? NULL : j->error);
		free(one);
	}
	clip_put(j->clip);
	free(j->out);
	free(j->key);
	free(j);
}

__attribute__((format(printf, 2, 3))) static void set_error(struct job *j, const char *fmt, ...)
{
	int n = snprintf(j->error, sizeof(j->error), "%.64s: ", j->owner->program);
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(j->error + n, sizeof(j->error) - (size_t)n, fmt, ap);
	va_end(ap);
}

static void after_convert(uv_work_t *w, int status)
{
	(void)status; /* never cancelled */
	finish(w->data);
}

/* ---- the process ------------------------------------------------------------------------- */

static void closed(uv_handle_t *h)
{
	struct job *j = h->data;
	struct speech *s = j->owner;

	if (--j->handles > 0)
		return;
	s->running--;
	if (j->error[0] || uv_queue_work(s->loop, &j->work, convert, after_convert) < 0)
		finish(j);
	run_ready(s);
}

static void close_one(uv_handle_t *h)
{
	if (!uv_is_closing(h))
		uv_close(h, closed);
}

/* Everything of the process away; then closed() goes on. */
static void close_all(struct job *j)
{
	j->closing = true;
	close_one((uv_handle_t *)&j->process);
	close_one((uv_handle_t *)&j->timer);
	for (int i = 0; i < PIPES; i++)
		close_one((uv_handle_t *)&j->pipe[i]);
}

static void give_up(struct job *j)
{
	if (!j->exited)
		uv_process_kill(&j->process, SIGKILL);
	close_all(j);
}

static void maybe_over(struct job *j)
{
	if (j->exited && !uv_is_active((uv_handle_t *)&j->pipe[PIPE_OUT]) &&
	    !uv_is_active((uv_handle_t *)&j->pipe[PIPE_ERR])) {
		/* What it said comes last, so the error is put together only now. */
		if (j->error[0] && j->told[0])
			set_error(j, "%s", j->told);
		close_all(j);
	}
}

static void on_exit_of(uv_process_t *p, int64_t status, int sig)
{
	struct job *j = p->data;

	j->exited = true;
	if (sig && !j->error[0])
		set_error(j, "killed by signal %d", sig);
	else if (status && !j->error[0])
		set_error(j, "failed with status %d", (int)status);
	maybe_over(j);
}

static void on_timeout(uv_timer_t *t)
{
	struct job *j = t->data;

	set_error(j, "no result after %u ms", j->owner->timeout_ms);
	give_up(j);
}

static void on_alloc(uv_handle_t *h, size_t suggested, uv_buf_t *buf)
{
	struct job *j = h->data;
	uint8_t *bigger;

	if (h == (uv_handle_t *)&j->pipe[PIPE_ERR]) {
		/* One octet more, into nothing, when it talks too much. */
		*buf = uv_buf_init(j->told + j->n_told,
				   (unsigned)(j->n_told < TOLD_MAX ? TOLD_MAX - j->n_told : 1));
		return;
	}
	if (j->room - j->n_out < suggested) {
		bigger = realloc(j->out, j->room * 2 + suggested);
		if (!bigger) {
			*buf = uv_buf_init(NULL, 0); /* on_read() gets UV_ENOBUFS */
			return;
		}
		j->out = bigger;
		j->room = j->room * 2 + suggested;
	}
	*buf = uv_buf_init((char *)j->out + j->n_out, (unsigned)(j->room - j->n_out));
}

static void on_output(struct job *j, size_t n)
{
	j->n_out += n;
	if (j->n_out > OUTPUT_MAX) {
		set_error(j, "more than %d s of sound", SPEECH_MAX_S);
		give_up(j);
	}
}

static void on_told(struct job *j, size_t n)
{
	j->n_told += n;
	if (j->n_told > TOLD_MAX)
		j->n_told = TOLD_MAX;
	j->told[j->n_told] = 0;
	j->told[strcspn(j->told, "\r\n")] = 0; /* its first line says enough */
}

static void on_read(uv_stream_t *st, ssize_t n, const uv_buf_t *buf)
{
	struct job *j = st->data;

	(void)buf;
	if (j->closing)
		return;
	if (n > 0) {
		if (st == (uv_stream_t *)&j->pipe[PIPE_OUT])
			on_output(j, (size_t)n);
		else
			on_told(j, (size_t)n);
	} else if (n == UV_ENOBUFS) {
		set_error(j, "no memory for its sound");
		give_up(j);
	} else if (n < 0) {
		uv_read_stop(st);
		maybe_over(j);
	}
}

static void on_written(uv_write_t *w, int status)
{
	(void)status; /* it may end before it has read all; its exit tells */
	close_one((uv_handle_t *)w->handle); /* the end of the text */
}

static int spawn(struct job *j)
{
	char rate[8], pitch[8];
	char *args[] = {j->owner->program, "--stdin", "--stdout", "-b", "1",   "-v",
			j->voice,          "-s",      rate,       "-p", pitch, NULL};
	uv_stdio_container_t stdio[PIPES];
	uv_process_options_t opt = {.exit_cb = on_exit_of,
				    .file = j->owner->program,
				    .args = args,
				    .flags = UV_PROCESS_WINDOWS_HIDE,
				    .stdio_count = PIPES,
				    .stdio = stdio};

	snprintf(rate, sizeof(rate), "%d", j->rate);
	snprintf(pitch, sizeof(pitch), "%d", j->pitch);
	for (int i = 0; i < PIPES; i++) {
		stdio[i].flags =
			UV_CREATE_PIPE | (i == PIPE_IN ? UV_READABLE_PIPE : UV_WRITABLE_PIPE);
		stdio[i].data.stream = (uv_stream_t *)&j->pipe[i];
	}
	return uv_spawn(j->owner->loop, &j->process, &opt);
}

/* A job gets one of the processes. Failures end it by way of closed() as well. */
static void start(struct job *j)
{
	uv_buf_t text = uv_buf_init((char *)j->text, (unsigned)strlen(j->text));
	int rc;

	j->owner->running++;
	j->handles = HANDLES;
	for (int i = 0; i < PIPES; i++) {
		uv_pipe_init(j->owner->loop, &j->pipe[i], 0);
		j->pipe[i].data = j;
	}
	uv_timer_init(j->owner->loop, &j->timer);
	j->timer.data = j->process.data = j;
	rc = spawn(j);
	if (rc < 0) {
		set_error(j, "cannot be started: %s", uv_strerror(rc));
		close_all(j);
		return;
	}
	j->owner->runs++;
	uv_timer_start(&j->timer, on_timeout, j->owner->timeout_ms, 0);
	uv_read_start((uv_stream_t *)&j->pipe[PIPE_OUT], on_alloc, on_read);
	uv_read_start((uv_stream_t *)&j->pipe[PIPE_ERR], on_alloc, on_read);
	if (uv_write(&j->write, (uv_stream_t *)&j->pipe[PIPE_IN], &text, 1, on_written) < 0)
		close_one((uv_handle_t *)&j->pipe[PIPE_IN]);
}

static void run_ready(struct speech *s)
{
	while (s->ready && s->running < s->processes) {
		struct job *j = s->ready;

		s->ready = j->next_ready;
		if (!s->ready)
			s->ready_last = &s->ready;
		start(j);
	}
}

/* ---- requests ---------------------------------------------------------------------------- */

static void after_look_up(uv_work_t *w, int status)
{
	struct job *j = w->data;
	struct speech *s = j->owner;

	(void)status; /* never cancelled */
	if (j->clip || j->audio.octets) {
		finish(j);
		return;
	}
	j->error[0] = 0;
	*s->ready_last = j;
	s->ready_last = &j->next_ready;
	run_ready(s);
}

/* A voice is an argument of the program: it must not look like an option or a path. */
static bool voice_good(const struct speech_voice *v)
{
	size_t len = strlen(v->name);

	if (len == 0 || len >= SPEECH_VOICE_MAX || v->name[0] == '-')
		return false;
	if (strspn(v->name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-+_") !=
	    len)
		return false;
	return (v->rate == 0 || (v->rate >= 80 && v->rate <= 450)) && v->pitch >= -1 &&
	       v->pitch <= 99;
}

static struct job *find_job(const struct speech *s, const char *key)
{
	struct job *j = s->jobs;

	while (j && strcmp(j->key, key) != 0)
		j = j->next;
	return j;
}

static struct job *new_job(struct speech *s, const struct speech_voice *voice, const char *key)
{
	struct job *j = calloc(1, sizeof(*j));

	if (!j)
		return NULL;
	j->owner = s;
	j->work.data = j;
	j->last = &j->first;
	j->rate = voice->rate ? voice->rate : RATE_WPM;
	j->pitch = voice->pitch >= 0 ? voice->pitch : PITCH;
	snprintf(j->voice, sizeof(j->voice), "%s", voice->name);
	j->key = strdup(key);
	j->clip = clip_store_find(s->store, key, NULL);
	if (!j->key || uv_queue_work(s->loop, &j->work, look_up, after_look_up) < 0) {
		clip_put(j->clip);
		free(j->key);
		free(j);
		return NULL;
	}
	j->text = strchr(j->key, '\n') + 1;
	j->next = s->jobs;
	s->jobs = j;
	return j;
}

int speech_say(struct speech *s, const struct speech_voice *voice, const char *text,
	       const struct clip_waiter *w)
{
	size_t len = strnlen(text, SPEECH_TEXT_MAX + 1);
	char key[KEY_MAX];
	struct waiting *one;
	struct job *j;

	if (!voice_good(voice) || len == 0 || len > SPEECH_TEXT_MAX)
		return -EINVAL;
	if (s->outstanding >= SPEECH_QUEUE_MAX)
		return -EAGAIN;
	snprintf(key, sizeof(key), "say:%s %d %d\n%s", voice->name,
		 voice->rate ? voice->rate : RATE_WPM, voice->pitch >= 0 ? voice->pitch : PITCH,
		 text);
	one = malloc(sizeof(*one));
	if (!one)
		return -ENOMEM;
	j = find_job(s, key);
	if (!j)
		j = new_job(s, voice, key);
	if (!j) {
		free(one);
		return -ENOMEM;
	}
	*one = (struct waiting){.waiter = *w};
	*j->last = one;
	j->last = &one->next;
	s->outstanding++;
	return 0;
}
