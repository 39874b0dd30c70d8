/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "engine/items.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/engine.h"

#define MS_MAX (24 * 3600 * 1000)

/* One clip under way: where it goes. */
struct awaited {
	struct op *op;
	unsigned int item;
};

void playlist_free(struct playlist *list)
{
	for (unsigned int i = 0; i < list->n; i++)
		clip_put(list->clips[i]);
	free(list);
}

static void clip_came(void *ctx, struct clip *clip, const char *error)
{
	struct awaited *a = ctx;
	struct op *op = a->op;

	op->loading--;
	if (clip) {
		op->list->clips[a->item] = clip;
		op->list->items[a->item].octets = clip->octets;
		op->list->items[a->item].n = clip->n;
	} else if (!op->error[0]) {
		snprintf(op->error, sizeof(op->error), "%s", error);
	}
	free(a);
	op_clip_ready(op);
}

static const struct lang_cfg *language(const struct engine *e, const char *lang)
{
	for (size_t i = 0; i < e->cfg.n_langs; i++) {
		if (strcmp(e->cfg.langs[i].lang, lang) == 0)
			return &e->cfg.langs[i];
	}
	return NULL;
}

static int ask_speech(struct op *op, const json_t *item, const struct clip_waiter *w, char *why,
		      size_t n)
{
	const char *lang = json_string_value(json_object_get(item, "lang"));
	const struct lang_cfg *cfg = language(op->e, lang ? lang : "en");
	struct speech_voice voice;

	if (*json_string_value(json_object_get(item, "say")) == 0 ||
	    json_string_length(json_object_get(item, "say")) > SPEECH_TEXT_MAX) {
		snprintf(why, n, "a text to say has 1 to %d octets", SPEECH_TEXT_MAX);
		return -EINVAL;
	}
	if (!cfg) {
		snprintf(why, n, "language \"%s\" is not in the configuration (languages)",
			 lang ? lang : "en");
		return -EINVAL;
	}
	voice = (struct speech_voice){.name = cfg->voice, .rate = cfg->rate, .pitch = cfg->pitch};
	return speech_say(op->e->speech, &voice, json_string_value(json_object_get(item, "say")),
			  w);
}

static int add_clip(struct op *op, const json_t *item, unsigned int at, char *why, size_t n)
{
	const char *file = json_string_value(json_object_get(item, "file"));
	struct awaited *a = malloc(sizeof(*a));
	struct clip_waiter w = {.done = clip_came, .ctx = a};
	int err;

	if (!a)
		return -ENOMEM;
	*a = (struct awaited){.op = op, .item = at};
	op->list->items[at] = (struct source_item){.kind = SOURCE_CLIP};
	err = file ? prompt_get(op->e->prompts, file, &w) : ask_speech(op, item, &w, why, n);
	if (err) {
		free(a);
		if (err == -EAGAIN)
			snprintf(why, n, "too many sounds are being fetched");
		return err;
	}
	op->loading++;
	return 0;
}

static int add_tone(struct op *op, const json_t *item, unsigned int at, char *why, size_t n)
{
	const char *name = json_string_value(json_object_get(item, "tone"));
	json_int_t ms = json_integer_value(json_object_get(item, "ms"));
	int tone = name ? tone_name_find(name) : -ENOENT;

	if (tone < 0 || ms < 0 || ms > MS_MAX) {
		snprintf(why, n, "item %u: no such tone, or ms out of range", at);
		return -EINVAL;
	}
	op->list->items[at] = (struct source_item){
		.kind = SOURCE_TONE, .tone = &op->e->tones.tone[tone], .n = (uint64_t)ms * 8};
	return 0;
}

static int add_silence(struct op *op, const json_t *item, unsigned int at, char *why, size_t n)
{
	json_int_t ms = json_integer_value(json_object_get(item, "silence_ms"));

	if (ms <= 0 || ms > MS_MAX) {
		snprintf(why, n, "item %u: silence_ms is out of range", at);
		return -EINVAL;
	}
	op->list->items[at] = (struct source_item){.kind = SOURCE_SILENCE, .n = (uint64_t)ms * 8};
	return 0;
}

/* The kinds of items: by the member that makes it one, which others it may have. */
static const struct {
	const char *member, *others;
	bool text; /* the member is a string, not a number */
	int (*add)(struct op *op, const json_t *item, unsigned int at, char *why, size_t n);
} kinds[] = {
	{"file", "file", true, add_clip},
	{"say", "say,lang", true, add_clip},
	{"tone", "tone,ms", true, add_tone},
	{"silence_ms", "silence_ms", false, add_silence},
};

static int add_item(struct op *op, const json_t *item, unsigned int at, char *why, size_t n)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		const json_t *member = json_object_get(item, kinds[i].member);
		const char *stranger;

		if (kinds[i].text ? !json_is_string(member) : !json_is_integer(member))
			continue;
		stranger = control_unknown_member(item, kinds[i].others);
		if (!stranger)
			return kinds[i].add(op, item, at, why, n);
		snprintf(why, n, "item %u: unknown member \"%.60s\" beside %s", at, stranger,
			 kinds[i].member);
		return -EINVAL;
	}
	snprintf(why, n, "item %u is none of file, say, tone, silence_ms", at);
	return -EINVAL;
}

int items_load(struct op *op, const json_t *items, char *why, size_t n)
{
	size_t count = json_array_size(items);

	if (count < 1 || count > SOURCE_ITEMS_MAX) {
		snprintf(why, n, "items must be a list of 1 to %d", SOURCE_ITEMS_MAX);
		return -EINVAL;
	}
	for (unsigned int i = 0; i < count; i++) {
		int err;

		op->list->n = i + 1;
		err = add_item(op, json_array_get(items, i), i, why, n);
		if (err)
			return err;
	}
	return 0;
}
