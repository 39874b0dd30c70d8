/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "exchange/sounds.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "engine/audio.h"
#include "engine/tones.h"

#define LONGEST_S 1800

struct sound {
	char name[PATH_MAX_LEN];
	struct audio audio;
};

struct sounds {
	struct tone_plan plan;
	struct sound *list;
	size_t n, errors;
};

static struct sound *find_sound(struct sounds *s, const char *name)
{
	size_t i;

	for (i = 0; i < s->n; i++)
		if (strcmp(s->list[i].name, name) == 0)
			return &s->list[i];
	return NULL;
}

/* Looks in the folders in turn; a file that is there but bad ends the search. */
static int read_sound(const struct scenario *sc, const char *name, struct audio *a, char *why)
{
	char path[2 * PATH_MAX_LEN];
	int err = -ENOENT;
	size_t i;

	snprintf(why, AUDIO_ERROR_MAX, "%.200s: no such file in the sounds folders", name);
	if (name[0] == '/')
		return audio_read_file(name, LONGEST_S, a, why);
	for (i = 0; i < sc->n_sounds && err == -ENOENT; i++) {
		snprintf(path, sizeof(path), "%s/%s", sc->sounds[i], name);
		err = audio_read_file(path, LONGEST_S, a, why);
	}
	return err;
}

static int add_sound(struct sounds *s, const struct scenario *sc, const char *name, FILE *errors)
{
	struct sound *list = realloc(s->list, (s->n + 1) * sizeof(*list));
	struct sound *new;
	char why[AUDIO_ERROR_MAX];

	if (!list)
		return -ENOMEM;
	s->list = list;
	new = &list[s->n++];
	memset(new, 0, sizeof(*new));
	snprintf(new->name, sizeof(new->name), "%s", name);
	if (read_sound(sc, name, &new->audio, why) < 0) {
		fprintf(errors, "%s\n", why);
		s->errors++;
	}
	return 0;
}

static int load_steps(struct sounds *s, const struct scenario *sc, struct step *steps, size_t n,
		      FILE *errors)
{
	size_t i;
	int err;

	for (i = 0; i < n; i++) {
		if (steps[i].what != STEP_SPEAK && steps[i].what != STEP_HEAR_PROMPT)
			continue;
		if (find_sound(s, steps[i].file))
			continue;
		err = add_sound(s, sc, steps[i].file, errors);
		if (err)
			return err;
	}
	return 0;
}

static void point_steps(struct sounds *s, struct step *steps, size_t n)
{
	const struct sound *sound;
	size_t i;

	for (i = 0; i < n; i++) {
		steps[i].prog = &s->plan.tone[steps[i].tone];
		sound = find_sound(s, steps[i].file);
		if (!sound)
			continue;
		steps[i].clip = sound->audio.octets;
		steps[i].clip_n = sound->audio.n;
	}
}

static int load_tones(struct sounds *s, const struct scenario *sc, FILE *errors)
{
	struct conf_errors *errs;

	if (!sc->tones[0])
		return 0;
	errs = malloc(sizeof(*errs));
	if (!errs)
		return -ENOMEM;
	if (tones_load(sc->tones, &s->plan, errs) < 0) {
		conf_errors_print(errs, errors);
		s->errors++;
	}
	free(errs);
	return 0;
}

int sounds_load(struct scenario *sc, struct sounds **out, FILE *errors)
{
	struct sounds *s = calloc(1, sizeof(*s));
	size_t i;
	int err;

	if (!s)
		return -ENOMEM;
	err = load_tones(s, sc, errors);
	for (i = 0; i < sc->n_classes && !err; i++)
		err = load_steps(s, sc, sc->classes[i].steps, sc->classes[i].n_steps, errors);
	for (i = 0; i < sc->n_answers && !err; i++)
		err = load_steps(s, sc, sc->answers[i].steps, sc->answers[i].n_steps, errors);
	if (!err && s->errors)
		err = -EINVAL;
	if (err) {
		sounds_free(s);
		return err;
	}
	for (i = 0; i < sc->n_classes; i++)
		point_steps(s, sc->classes[i].steps, sc->classes[i].n_steps);
	for (i = 0; i < sc->n_answers; i++)
		point_steps(s, sc->answers[i].steps, sc->answers[i].n_steps);
	*out = s;
	return 0;
}

void sounds_free(struct sounds *s)
{
	size_t i;

	if (!s)
		return;
	for (i = 0; i < s->n; i++)
		free(s->list[i].audio.octets);
	free(s->list);
	free(s);
}
