/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "engine/prompt.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/audio.h"

#define PATH_OCTETS 4096

struct waiting {
	struct clip_waiter waiter;
	struct waiting *next;
};

/* One name being looked at in the thread pool. */
struct job {
	uv_work_t work;
	struct prompts *owner;
	struct job *next;
	char *name;
	struct waiting *first, **last;
	struct clip *known; /* what the store has under this name, and the stamp of its file */
	struct clip_stamp stamp;
	struct audio audio; /* written by the worker */
	int rc;
	bool unchanged;
	char error[AUDIO_ERROR_MAX];
};

struct prompts {
	uv_loop_t *loop;
	struct clip_store *store;
	char *dirs[PROMPT_DIRS_MAX];
	size_t n_dirs;
	bool allow_absolute;
	unsigned max_s, outstanding;
	struct job *jobs;
};

struct prompts *prompts_new(uv_loop_t *loop, struct clip_store *store, const struct prompt_cfg *cfg)
{
	struct prompts *p = calloc(1, sizeof(*p));

	if (!p || cfg->n_dirs > PROMPT_DIRS_MAX)
		goto fail;
	p->loop = loop;
	p->store = store;
	p->allow_absolute = cfg->allow_absolute;
	p->max_s = cfg->max_s && cfg->max_s < PROMPT_MAX_S ? cfg->max_s : PROMPT_MAX_S;
	for (; p->n_dirs < cfg->n_dirs; p->n_dirs++) {
		p->dirs[p->n_dirs] = strdup(cfg->dirs[p->n_dirs]);
		if (!p->dirs[p->n_dirs])
			goto fail;
	}
	return p;
fail:
	prompts_free(p);
	return NULL;
}

void prompts_free(struct prompts *p)
{
	if (!p)
		return;
	for (size_t i = 0; i < p->n_dirs; i++)
		free(p->dirs[i]);
	free(p);
}

unsigned prompt_outstanding(const struct prompts *p)
{
	return p->outstanding;
}

/* Every component is a plain name. */
static bool name_good(const struct prompts *p, const char *name)
{
	if (*name == '/' && p->allow_absolute)
		name++;
	for (;;) {
		size_t len = strcspn(name, "/");

		if (len == 0 || (len == 1 && name[0] == '.') ||
		    (len == 2 && memcmp(name, "..", 2) == 0))
			return false;
		if (name[len] == 0)
			return true;
		name += len + 1;
	}
}

/* One place where the file may be. Return: false to look in the next one. */
static bool look_at(struct job *j, const char *path)
{
	struct clip_stamp stamp;
	int rc = audio_stamp(path, &stamp);

	if (rc == -ENOENT || rc == -ENOTDIR)
		return false;
	if (rc == 0 && j->known && memcmp(&stamp, &j->stamp, sizeof(stamp)) == 0)
		j->unchanged = true;
	else
		j->rc = audio_read_file(path, j->owner->max_s, &j->audio, j->error);
	return j->rc != -EISDIR; /* "digits" may lie beside "digits.wav" */
}

/* As it is called, or with one of the usual suffixes. */
static bool look_with_suffixes(struct job *j, const char *dir)
{
	static const char *const suffixes[] = {"", ".wav", ".flac", ".ogg"};
	char path[PATH_OCTETS];

	for (size_t i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++) {
		int n = snprintf(path, sizeof(path), "%s%s%s", dir, j->name, suffixes[i]);

		if (n > 0 && (size_t)n < sizeof(path) && look_at(j, path))
			return true;
	}
	return false;
}

static void work(uv_work_t *w)
{
	struct job *j = w->data;
	const struct prompts *p = j->owner;
	char dir[PATH_OCTETS];

	if (!name_good(p, j->name)) {
		j->rc = -EINVAL;
		snprintf(j->error, sizeof(j->error),
			 "%.200s: not a name below the prompt directories", j->name);
		return;
	}
	if (j->name[0] == '/' && look_with_suffixes(j, ""))
		return;
	for (size_t i = 0; j->name[0] != '/' && i < p->n_dirs; i++) {
		int n = snprintf(dir, sizeof(dir), "%s/", p->dirs[i]);

		if (n > 0 && (size_t)n < sizeof(dir) && look_with_suffixes(j, dir))
			return;
	}
	if (j->rc == -EISDIR)
		return;
	j->rc = -ENOENT;
	snprintf(j->error, sizeof(j->error), "%.200s: no such sound file%s", j->name,
		 j->name[0] == '/' ? "" : " in the prompt directories");
}

static void unlink_job(struct job *j)
{
	struct job **at = &j->owner->jobs;

	while (*at != j)
		at = &(*at)->next;
	*at = j->next;
}

/* The clip of a finished job with a reference, or NULL and j->error. */
static struct clip *result(struct job *j)
{
	struct clip *clip;

	if (j->rc < 0)
		return NULL;
	if (j->unchanged)
		return clip_get(j->known);
	clip = clip_store_add(j->owner->store, j->name, &j->audio.stamp, j->audio.octets,
			      j->audio.n);
	if (!clip)
		snprintf(j->error, sizeof(j->error), "%.200s: no room for its %zu octets of sound",
			 j->name, j->audio.n);
	return clip;
}

static void done(uv_work_t *w, int status)
{
	struct job *j = w->data;
	struct clip *clip;

	(void)status; /* never cancelled */
	unlink_job(j);
	clip = result(j);
	while (j->first) {
		struct waiting *one = j->first;

		j->first = one->next;
		j->owner->outstanding--;
		one->waiter.done(one->waiter.ctx, clip ? clip_get(clip) : NULL,
				 clip ? NULL : j->error);
		free(one);
	}
	clip_put(clip);
	clip_put(j->known);
	free(j->name);
	free(j);
}

static struct job *find_job(const struct prompts *p, const char *name)
{
	struct job *j = p->jobs;

	while (j && strcmp(j->name, name) != 0)
		j = j->next;
	return j;
}

static struct job *new_job(struct prompts *p, const char *name)
{
	struct job *j = calloc(1, sizeof(*j));

	if (!j)
		return NULL;
	j->owner = p;
	j->work.data = j;
	j->last = &j->first;
	j->name = strdup(name);
	j->known = clip_store_find(p->store, name, &j->stamp);
	if (!j->name || uv_queue_work(p->loop, &j->work, work, done) < 0) {
		clip_put(j->known);
		free(j->name);
		free(j);
		return NULL;
	}
	j->next = p->jobs;
	p->jobs = j;
	return j;
}

int prompt_get(struct prompts *p, const char *name, const struct clip_waiter *w)
{
	struct waiting *one;
	struct job *j;

	if (p->outstanding >= PROMPT_QUEUE_MAX)
		return -EAGAIN;
	one = malloc(sizeof(*one));
	if (!one)
		return -ENOMEM;
	j = find_job(p, name);
	if (!j)
		j = new_job(p, name);
	if (!j) {
		free(one);
		return -ENOMEM;
	}
	*one = (struct waiting){.waiter = *w};
	*j->last = one;
	j->last = &one->next;
	p->outstanding++;
	return 0;
}
