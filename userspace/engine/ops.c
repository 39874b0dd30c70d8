/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Media operations: life of play, collect and record between controller, media thread and
 * recorder. Items of a playlist become sound in items.c.
 *
 * An operation is told once as done. Its memory goes when everything that was lent out is
 * back: clips under way, the playlist on the media thread, the recording.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "engine/engine.h"
#include "engine/items.h"

#define BEEP_SAMPLES (400 * 8)

/* Nothing of it is on the leg's channel or in the recorder any more. */
static bool off_the_leg(const struct op *op)
{
	return !op->playing && !op->media_has && (!op->recording || (op->result && op->let_go));
}

void ops_reap(struct engine *e)
{
	struct op **at = &e->over;

	while (*at) {
		struct op *op = *at;

		/* A leg does not wait for a clip that nobody will hear. */
		if (op->leg && off_the_leg(op)) {
			op->leg->ops--;
			op->leg = NULL;
		}
		if (op->leg || op->loading) {
			at = &op->next_over;
			continue;
		}
		*at = op->next_over;
		if (op->list)
			playlist_free(op->list);
		idtab_remove(&e->ops, op->id);
		free(op);
	}
}

static void op_over(struct op *op)
{
	op->over = true;
	op->next_over = op->e->over;
	op->e->over = op;
}

static const char *const kind_names[] = {"play", "collect", "record"};

static int command(struct op *op, struct media_cmd cmd)
{
	struct call_leg *leg = op->leg;

	cmd.op = op->id;
	cmd.chan = (struct chan_id){.span = leg->line->index, .ts = (uint8_t)leg->channel};
	return media_command(op->e->media, &cmd, NULL, 0);
}

static void remember_file(struct op *op)
{
	struct call_leg *leg = op->leg;

	if (op->kind == OP_RECORD && leg->n_recordings < LEG_RECORDINGS_MAX)
		snprintf(leg->recordings[leg->n_recordings++], PATH_MAX_LEN, "%s", op->file);
}

static void op_done(struct op *op, const char *reason)
{
	struct engine *e = op->e;
	struct call_leg *leg = op->leg;
	json_t *m;

	if (op->over)
		return;
	op_over(op);
	if (op->kind == OP_COLLECT)
		op->samples = e->now - op->started;
	m = json_pack("{s:I, s:I, s:s, s:s, s:I}", "leg", (json_int_t)leg->id, "op",
		      (json_int_t)op->id, "kind", kind_names[op->kind], "reason", reason, "ms",
		      (json_int_t)(op->samples / 8));
	if (op->kind == OP_COLLECT)
		json_object_set_new(m, "digits", json_string(op->collect.digits));
	if (op->kind == OP_RECORD)
		json_object_set_new(m, "file", json_string(op->file));
	if (op->lost)
		json_object_set_new(m, "lost_ms", json_integer(op->lost / 8));
	if (op->error[0])
		json_object_set_new(m, "error", json_string(op->error));
	engine_event(e, "op.done", m);
	remember_file(op);
	if (leg->play == op)
		leg->play = NULL;
	if (leg->gather == op)
		leg->gather = NULL;
	if (leg->record == op)
		leg->record = NULL;
	if (op->is_private && !(leg->gather && leg->gather->is_private))
		command(op, (struct media_cmd){.type = MCMD_PUBLIC});
	if (leg->announcement == op->id) {
		leg->announcement = 0;
		leg_request(leg, LEG_RQ_HANGUP, false, e->cfg.no_controller.cause);
	}
}

static const char media_behind[] = "the media thread is behind";

static struct op *op_new(struct call_leg *leg, enum op_kind kind, char *why, size_t n)
{
	struct engine *e = leg->line->e;
	struct op *op;

	if (!leg->fsm.open) {
		snprintf(why, n, "leg %u has no open channel: answer it, or alert with inband",
			 leg->id);
		return NULL;
	}
	op = calloc(1, sizeof(*op));
	if (op)
		op->id = idtab_add(&e->ops, op);
	if (!op || !op->id) {
		snprintf(why, n, "too many operations");
		free(op);
		return NULL;
	}
	op->kind = kind;
	op->e = e;
	op->leg = leg;
	op->started = e->now;
	leg->ops++;
	return op;
}

/* ---- playing ---- */

static void begin_late(struct op *op);

/* The prompt of a collect has ended, or there was none. */
static void prompt_ended(struct op *op);

static void collect_acts(struct op *op, unsigned int acts)
{
	if ((acts & COLLECT_STOP_PROMPT) && op->playing)
		command(op, (struct media_cmd){.type = MCMD_STOP_PLAY});
	if (acts & COLLECT_DONE) {
		op->collecting = false;
		if (op->playing)
			command(op, (struct media_cmd){.type = MCMD_STOP_PLAY});
		op_done(op, op->reason ? op->reason : collect_reason_str(op->collect.reason));
	}
}

static void prompt_ended(struct op *op)
{
	struct collect_ev ev = {.type = COLLECT_EV_PROMPT_END, .at = op->e->now};

	if (op->kind == OP_COLLECT && op->collecting && op->collect.prompt)
		collect_acts(op, collect_step(&op->collect, &ev));
}

static int start_playing(struct op *op)
{
	int err = command(op, (struct media_cmd){.type = MCMD_PLAY, .list = op->list});

	if (err)
		return err;
	op->playing = true;
	op->list = NULL;
	return 0;
}

/* All clips are there, or one could not be had. */
static void op_loaded(struct op *op)
{
	if (op->over)
		return;
	/* The prompt of a collect that was typed over or replaced meanwhile is not wanted any more. */
	if (op->kind == OP_COLLECT && !op->collect.prompt)
		return;
	if (!op->error[0] && start_playing(op))
		snprintf(op->error, sizeof(op->error), "%s", media_behind);
	if (op->error[0]) {
		op->collecting = false;
		op_done(op, "error");
	}
}

void op_clip_ready(struct op *op)
{
	if (op->loading == 0)
		op_loaded(op);
}

/* What plays on the leg now makes way. */
static void replace_playing(struct call_leg *leg)
{
	struct op *old = leg->play;

	if (!old)
		return;
	leg->play = NULL;
	if (old->kind == OP_PLAY) {
		op_stop(old, "replaced");
		return;
	}
	/* A collection goes on without its prompt, a recording without its beep. */
	if (old->playing)
		command(old, (struct media_cmd){.type = MCMD_STOP_PLAY});
	prompt_ended(old);
}

static int load_items(struct op *op, const json_t *items, bool loop, char *why, size_t n)
{
	op->list = calloc(1, sizeof(*op->list));
	if (!op->list) {
		snprintf(why, n, "no memory");
		return -ENOMEM;
	}
	op->list->rounds = loop ? SOURCE_FOREVER : 1;
	return items_load(op, items, why, n);
}

static int64_t give_up(struct op *op, int err)
{
	op_over(op);
	return err;
}

int64_t op_play(struct call_leg *leg, const json_t *items, bool loop, bool barge, char *why,
		size_t n)
{
	struct op *op = op_new(leg, OP_PLAY, why, n);
	int64_t id;
	int err;

	if (!op)
		return -EPROTO;
	op->barge = barge;
	err = load_items(op, items, loop, why, n);
	if (err)
		return give_up(op, err);
	id = op->id;
	replace_playing(leg);
	leg->play = op;
	op_clip_ready(op);
	return id;
}

static void play_end(struct op *op, const struct media_event *ev)
{
	playlist_free(ev->list);
	op->playing = false;
	op->samples = ev->value;
	if (op->leg->play == op && op->kind != OP_PLAY)
		op->leg->play = NULL;
	if (op->kind == OP_PLAY)
		op_done(op, op->reason ? op->reason : ev->stopped ? "stopped" : "end");
	else if (op->kind == OP_COLLECT && !op->over)
		prompt_ended(op);
	else if (op->kind == OP_RECORD && !op->over && !op->reason)
		begin_late(op);
}

/* ---- collecting ---- */

static bool type_ahead(struct op *op)
{
	struct call_leg *leg = op->leg;
	char digits[DIGITS_MAX];
	size_t i;

	snprintf(digits, sizeof(digits), "%s", leg->ahead);
	leg->ahead[0] = 0;
	for (i = 0; digits[i] && op->collecting; i++) {
		struct collect_ev ev = {
			.type = COLLECT_EV_DIGIT, .digit = digits[i], .at = op->e->now};

		collect_acts(op, collect_step(&op->collect, &ev));
	}
	snprintf(leg->ahead, sizeof(leg->ahead), "%s", digits + i);
	return i > 0;
}

static int start_collect(struct op *op, const struct collect_request *rq, bool prompt, char *why,
			 size_t n)
{
	struct collect_cfg cfg = rq->cfg;
	unsigned int acts;

	cfg.prompt = prompt;
	if (collect_start(&op->collect, &cfg, op->e->now, NULL, &acts)) {
		snprintf(why, n,
			 "min, max, terminators or time-outs are out of range: 0 <= min <= max, "
			 "1 <= max <= %d, at most 16 terminators",
			 DIGITS_MAX - 1);
		return -EINVAL;
	}
	op->collecting = true;
	return 0;
}

static int make_private(struct op *op, char *why, size_t n)
{
	if (command(op, (struct media_cmd){.type = MCMD_PRIVATE})) {
		snprintf(why, n, "%s", media_behind);
		return -EAGAIN;
	}
	op->is_private = true;
	return 0;
}

int64_t op_collect(struct call_leg *leg, const struct collect_request *rq, char *why, size_t n)
{
	struct op *op = op_new(leg, OP_COLLECT, why, n), *replaced = leg->gather;
	bool ahead = rq->typed_ahead && leg->ahead[0] && (rq->cfg.barge_in || !rq->items);
	bool prompt = rq->items && !ahead;
	int64_t id;
	int err;

	if (!op)
		return -EPROTO;
	err = start_collect(op, rq, prompt, why, n);
	if (!err && prompt)
		err = load_items(op, rq->items, false, why, n);
	if (!err && rq->is_private)
		err = make_private(op, why, n);
	if (err)
		return give_up(op, err);
	id = op->id;
	leg->gather = op;
	if (replaced)
		op_stop(replaced, "replaced");
	if (ahead)
		type_ahead(op);
	else
		leg->ahead[0] = 0;
	if (prompt) {
		replace_playing(leg);
		leg->play = op;
		op_clip_ready(op);
	}
	return id;
}

void ops_digit(struct call_leg *leg, char digit, int64_t at)
{
	struct op *op = leg->gather, *record = leg->record;
	size_t n = strlen(leg->ahead);

	if (leg->play && leg->play->kind == OP_PLAY && leg->play->barge)
		op_stop(leg->play, "digit");
	if (record && strchr(record->terminators, digit)) {
		op_stop(record, "terminator");
		if (!op)
			return; /* used up: it was not typed ahead */
	}
	if (op) {
		struct collect_ev ev = {.type = COLLECT_EV_DIGIT, .digit = digit, .at = at};

		collect_acts(op, collect_step(&op->collect, &ev));
	} else if (n + 1 < sizeof(leg->ahead)) {
		leg->ahead[n] = digit;
		leg->ahead[n + 1] = 0;
	}
}

void ops_time(struct call_leg *leg)
{
	struct op *op = leg->gather;
	struct collect_ev ev = {.type = COLLECT_EV_TIME, .at = leg->line->e->now};

	if (op && collect_next(&op->collect) <= ev.at)
		collect_acts(op, collect_step(&op->collect, &ev));
}

int64_t ops_next(const struct call_leg *leg)
{
	return leg->gather ? collect_next(&leg->gather->collect) : INT64_MAX;
}

/* ---- recording ---- */

static int record_path(const struct engine *e, const char *file, char *out)
{
	size_t len = strlen(file);
	bool suffix = len > 4 && strcmp(file + len - 4, ".wav") == 0;
	int n;

	if (!file[0] || file[0] == '.' || strchr(file, '/'))
		return -EINVAL;
	n = snprintf(out, PATH_MAX_LEN, "%s/%s%s", e->cfg.recordings, file, suffix ? "" : ".wav");
	return n < PATH_MAX_LEN - 5 ? 0 : -ENAMETOOLONG;
}

/* The country's tone for "this is being recorded" (E.180: 1400 Hz), once. */
static void beep(struct op *op)
{
	op->list = calloc(1, sizeof(*op->list));
	if (!op->list)
		return;
	op->list->n = 1;
	op->list->rounds = 1;
	op->list->items[0] = (struct source_item){
		.kind = SOURCE_TONE, .tone = &op->e->tones.tone[TONE_REMINDER], .n = BEEP_SAMPLES};
	replace_playing(op->leg);
	if (start_playing(op) == 0)
		op->leg->play = op;
}

static int start_record(struct op *op)
{
	int err = command(op, (struct media_cmd){.type = MCMD_RECORD,
						 .recording = op->recording,
						 .flags = op->no_digits ? RECORD_NO_DIGITS : 0,
						 .silence = op->silence,
						 .max = op->max});

	op->media_has = !err;
	return err;
}

/* The media thread has done with the recording, or never had it: its result comes, if not yet there. */
static void let_go(struct op *op)
{
	op->let_go = true;
	recording_stop(op->recording);
	if (!op->result)
		op->e->files_open++;
}

/* After the beep. */
static void begin_late(struct op *op)
{
	if (start_record(op) == 0)
		return;
	op->reason = "error";
	snprintf(op->error, sizeof(op->error), "%s", media_behind);
	let_go(op);
}

int64_t op_record(struct call_leg *leg, const struct record_request *rq, char *why, size_t n)
{
	struct op *op = op_new(leg, OP_RECORD, why, n);
	int64_t id;
	int err;

	if (!op)
		return -EPROTO;
	err = record_path(op->e, rq->file, op->file);
	if (!err)
		err = recording_start(op->e->recorder, op->file, 0, op->id, &op->recording);
	if (err) {
		snprintf(why, n, "recording \"%s\": %s", rq->file,
			 err == -EAGAIN   ? "as many recordings as there can be are running"
			 : err == -EINVAL ? "a plain file name is wanted, without / and leading ."
					  : strerror(-err));
		op->recording = NULL;
		return give_up(op, err);
	}
	snprintf(op->terminators, sizeof(op->terminators), "%s", rq->terminators);
	op->no_digits = rq->no_digits;
	op->silence = rq->silence;
	op->max = rq->max;
	id = op->id;
	if (rq->beep)
		beep(op);
	if (!op->playing && start_record(op)) {
		snprintf(why, n, "%s", media_behind);
		let_go(op);
		return give_up(op, -EAGAIN);
	}
	if (leg->record)
		op_stop(leg->record, "replaced");
	leg->record = op;
	return id;
}

/* Before the recording has begun: there is still the beep. */
static void stop_before_record(struct op *op)
{
	command(op, (struct media_cmd){.type = MCMD_STOP_PLAY});
	let_go(op);
}

static const char *record_reason(const struct op *op, const struct recording_result *res)
{
	if (res->end == RECORDING_FAILED)
		return "error";
	if (op->reason)
		return op->reason;
	return res->end == RECORDING_FULL ? "max" : "stopped";
}

static void recorded(struct op *op, const struct recording_result *res)
{
	op->result = true;
	if (op->let_go)
		op->e->files_open--;
	op->samples = res->samples;
	op->lost = res->lost;
	snprintf(op->file, sizeof(op->file), "%s", res->path);
	if (res->end == RECORDING_FAILED)
		snprintf(op->error, sizeof(op->error), "%.150s: %s", res->path,
			 strerror(res->error));
	/* Ended by itself: the media thread still has it, or was to get it after the beep. */
	if (op->media_has)
		command(op, (struct media_cmd){.type = MCMD_STOP_RECORD});
	else if (!op->let_go)
		stop_before_record(op);
	op_done(op, record_reason(op, res));
}

void ops_recorded(struct engine *e)
{
	struct recording_result res;

	while (recorder_result(e->recorder, &res)) {
		struct op *op = idtab_find(&e->ops, res.tag);

		if (op)
			recorded(op, &res);
	}
}

static void record_end(struct op *op, const struct media_event *ev)
{
	op->media_has = false;
	if (!op->reason)
		op->reason = ev->silent ? "silence" : ev->full ? "max" : NULL;
	let_go(op);
}

/* ---- all of them ---- */

void op_stop(struct op *op, const char *reason)
{
	if (op->over || op->reason)
		return;
	op->reason = reason;
	switch (op->kind) {
	case OP_PLAY:
		if (op->playing)
			command(op, (struct media_cmd){.type = MCMD_STOP_PLAY});
		else
			op_done(op, op->reason);
		break;
	case OP_COLLECT:
		op->collecting = false;
		if (op->playing)
			command(op, (struct media_cmd){.type = MCMD_STOP_PLAY});
		op_done(op, op->reason);
		break;
	case OP_RECORD:
		if (op->playing && !op->media_has)
			stop_before_record(op);
		else
			command(op, (struct media_cmd){.type = MCMD_STOP_RECORD});
		break;
	}
}

void ops_stop_leg(struct call_leg *leg, const char *reason)
{
	/* The leg lives at least until its channel is closed: no operation takes it along. */
	if (leg->play && leg->play->kind == OP_PLAY)
		op_stop(leg->play, reason);
	if (leg->gather)
		op_stop(leg->gather, reason);
	if (leg->record)
		op_stop(leg->record, reason);
}

void ops_media(struct engine *e, const struct media_event *ev)
{
	struct op *op = idtab_find(&e->ops, ev->op);

	if (!op)
		return;
	if (ev->type == MEV_PLAY_END)
		play_end(op, ev);
	else if (ev->type == MEV_RECORD_END)
		record_end(op, ev);
}

unsigned int ops_outstanding(struct engine *e)
{
	return prompt_outstanding(e->prompts) + speech_outstanding(e->speech);
}
