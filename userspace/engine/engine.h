/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The call thread's world: lines, legs, media operations, control socket. Everything in
 * here belongs to one thread, on one libuv loop.
 *
 *	media thread --events--> turn.c --> lines.c (D-channels) --> legs.c --> control.c --> daemon
 *	media thread <-commands- legs.c, ops.c <-- requests.c <------------- control.c <-- daemon
 */
#ifndef ENGINE_ENGINE_H
#define ENGINE_ENGINE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

#include "core/call/collect.h"
#include "core/call/hunt.h"
#include "core/call/leg.h"
#include "core/channel/tone.h"
#include "core/line/g826.h"
#include "core/line/history.h"
#include "engine/clip.h"
#include "engine/config.h"
#include "engine/control.h"
#include "engine/dtrace.h"
#include "engine/idtab.h"
#include "engine/isdn.h"
#include "engine/media.h"
#include "engine/playlist.h"
#include "engine/prompt.h"
#include "engine/recorder.h"
#include "engine/speech.h"

#define LEG_DIGITS_MAX     256 /* digits kept of a leg, with the 0 */
#define DEVICE_TEXT_MAX    512
#define LEG_RECORDINGS_MAX 8 /* file names in the record of a leg; later ones are counted only */

struct engine;
struct call_leg;
struct line;

/* ---- media operations (ops.c) ---- */

enum op_kind { OP_PLAY, OP_COLLECT, OP_RECORD };

struct op {
	uint32_t id;
	enum op_kind kind;
	struct engine *e;
	struct call_leg *leg; /* NULL: gone before the last clip came */
	bool over; /* op.done was told; freed when the rest is back */
	const char *reason; /* why it is being ended, NULL: by itself */
	char error[200];
	int64_t started;
	/* playing */
	struct playlist *list; /* with the call thread while loading, with the media thread after */
	unsigned int loading; /* clips still awaited */
	bool playing; /* the media thread has the list */
	bool barge; /* OP_PLAY: a digit stops it */
	/* collecting */
	struct collect collect;
	bool collecting;
	bool is_private; /* its digits are kept nowhere but in op.done */
	/* recording */
	bool no_digits;
	struct recording *recording;
	bool media_has; /* the media thread has the recording */
	bool let_go; /* recording_stop() was called */
	bool result; /* the recorder's result is there */
	char terminators[17];
	char file[PATH_MAX_LEN];
	int64_t max, silence; /* samples, 0: none */
	int64_t samples;
	int64_t lost; /* recording: samples that are silence because the disk was too slow */
	struct op *next_over; /* list of those that are told as done */
};

/* ---- legs (legs.c) ---- */

struct call_leg {
	uint32_t id;
	struct leg fsm;
	struct line *line;
	int channel; /* timeslot, 0: not settled yet */
	uint32_t isdn_call; /* 0: the line has forgotten it */
	struct isdn_party party;
	bool exclusive;
	bool media; /* the media thread has the channel open for us */
	uint32_t detect; /* DETECT_* */
	int64_t hold_until; /* no controller: sample, INT64_MAX: not held */
	uint32_t announcement; /* op of the no-controller announcement, 0: none */
	uint32_t dial_tone; /* op of it, 0: none */
	struct call_leg *peer; /* bridge partner */
	uint32_t bridge;
	struct op *play, *gather, *record; /* present operations */
	unsigned int ops; /* that are not freed yet */
	char digits[LEG_DIGITS_MAX], ahead[DIGITS_MAX];
	char recordings[LEG_RECORDINGS_MAX][PATH_MAX_LEN];
	unsigned int n_recordings;
	double offered_utc, answered_utc, ended_utc;
	bool retried; /* outgoing: another channel was tried after glare */
	char tag[TAG_MAX];
	struct call_leg *older, *newer; /* of all legs */
	struct call_leg *next_ended;
};

/* ---- lines (lines.c): a span as the call thread sees it ---- */

struct line_channel {
	struct call_leg *leg;
	bool blocked; /* by the technician or by SERVICE */
	uint8_t cas_rx, cas_tx; /* abcd, spans with CAS */
	int64_t released; /* sample of the last release */
};

struct line {
	struct engine *e;
	const struct span_cfg *cfg;
	uint8_t index;
	uint32_t alarms;
	bool dchan_up;
	bool blocked; /* whole span, by the technician */
	struct isdn_link *link; /* NULL without signalling */
	struct line_channel channel[E1_OCTETS];
	struct dtrace *trace;
	struct g826 near, far; /* error performance, by seconds of UTC */
	struct history history; /* of alarms */
	uint64_t lost_frames; /* D-channel frames that found no room in the ring */
	char device[DEVICE_TEXT_MAX]; /* what was found, or why there is nothing (attach.c) */
	bool attaching; /* job is under way: it has the next four */
	bool detach_only;
	int attach_result;
	char attach_why[DEVICE_TEXT_MAX];
	uv_work_t job;
};

struct engine {
	uv_loop_t loop;
	struct engine_cfg cfg;
	char instance[37];
	bool lockstep;
	int64_t now; /* sample */
	int64_t utc0_us; /* UTC of sample 0 */
	struct media *media;
	struct control *control;
	struct clip_store *clips;
	struct prompts *prompts;
	struct speech *speech;
	struct recorder *recorder;
	struct tone_plan tones;
	struct detect_plan listen; /* to the same */
	int wake_fd;
	uv_poll_t wake;
	uv_async_t recorded;
	uv_signal_t sigterm, sigint;
	uv_check_t check; /* lockstep */
	uv_timer_t retry; /* attach.c, with some device that may come and go */
	uv_poll_t uevents;
	int uevent_fd;
	struct line lines[SPANS_MAX];
	struct idtab legs, ops;
	struct call_leg *oldest, *newest; /* all legs by age */
	struct op *over; /* waiting for ops_reap() */
	struct call_leg *ended; /* waiting for legs_reap() */
	uint32_t n_legs;
	uint32_t files_open; /* recordings let go whose result is awaited */
	uint32_t next_bridge;
	struct hunt_channel hunted; /* last choice */
	bool draining, overloaded;
	bool ending; /* the loop runs only for what is under way */
	bool overload_told; /* event overload on was sent, off was not */
	int64_t overload_until; /* sample: not over before */
	int64_t refusals_since; /* sample: refusals are logged a few a second only */
	unsigned int refusals_logged;
	uint64_t refused_calls, refused_bearer, held, overflowed;
	uint64_t events_since_sync;
	int64_t controller_wake; /* sample of the event "wake", INT64_MAX: none */
	bool syncing; /* lockstep: waiting for the controller's synced */
	uint64_t lock_tick; /* lockstep: tick whose news are taken and that waits, 0 none */
};

/* engine.c */

/** engine_open() - everything from configuration to running threads. Logs what is wrong. Return: 0 or negative */
int engine_open(struct engine *e, const struct engine_cfg *cfg, bool lockstep);
/** engine_run() - until a signal. Return: 0, or negative: it could not begin or go on */
int engine_run(struct engine *e);
void engine_close(struct engine *e);
/** engine_utc() - seconds since 1970, for records */
double engine_utc(const struct engine *e);
/** engine_event() - tell an event at e->now; takes over @members */
void engine_event(struct engine *e, const char *type, json_t *members);

/* turn.c */

/** turn_take() - everything that the media thread has for us, timers included */
void turn_take(struct engine *e);
/**
 * turn_now() - before work that the media thread did not ask for
 * So that e->now is the time and everything before it is known. In lockstep time stands still.
 */
void turn_now(struct engine *e);
/** turn_settle() - after any work: next wake-up; lockstep: has the tick been dealt with? */
void turn_settle(struct engine *e);
void turn_synced(struct engine *e);

/* lines.c */

int lines_open(struct engine *e);
void lines_close(struct engine *e);
void line_frame(struct line *l, const uint8_t *frame, size_t len);
void line_alarms(struct line *l, uint32_t alarms);
/** line_second() - a second is over, @sample is in it; @both: two struct g826_second, near and far */
void line_second(struct line *l, int64_t sample, const uint8_t *both);
/** line_utc_second() - UTC second of a sample by the sample clock */
int64_t line_utc_second(const struct line *l, int64_t sample);
struct line *line_find(struct engine *e, const char *name);
/** line_pick() - an idle channel by rule over the lines of a group (or one line). Return: 0, -EBUSY, -ENETDOWN, -ENOENT */
int line_pick(struct engine *e, const char *group, struct line *only, enum hunt_rule rule,
	      struct line **line, int *channel);
/** line_idle() - is the channel of a span in service and free? */
bool line_idle(const struct line *l, int channel);
bool line_in_service(const struct line *l);
void line_seize(struct line *l, int channel, struct call_leg *leg);
void line_release(struct line *l, int channel, struct call_leg *leg);
int line_block(struct line *l, int channel, bool block);
int line_trace(struct line *l, bool on, const char *file);
void line_cas(struct line *l, int channel, uint8_t abcd);
/** line_send_cas() - Return: 0, -ENOTSUP: a span without CAS, -EINVAL, -ENOBUFS */
int line_send_cas(struct line *l, int channel, uint8_t abcd);
void line_tell_state(struct line *l);

/* attach.c */

/** attach_open() - take the devices into service that are there; the others when they come */
void attach_open(struct engine *e);
/** attach_lost() - the device of a line has gone */
void attach_lost(struct line *l);
/** attach_busy() - is a thread at work that the media thread must outlive? */
bool attach_busy(const struct engine *e);
void attach_close(struct engine *e);

/* legs.c */

void legs_incoming(struct line *l, const struct isdn_event *ev);
void legs_isdn(struct line *l, const struct isdn_event *ev);
/** legs_originate() - Return: leg id, or negative: -EBUSY, -ENETDOWN, -ENOENT, -EAGAIN (overload), -ENOMEM */
struct originate;
int64_t legs_originate(struct engine *e, const struct originate *o);
/** leg_dial_tone() - until a digit or the next answer. Return: number of its operation, or negative with @why */
int64_t leg_dial_tone(struct call_leg *leg, char *why, size_t n);
/** leg_request() - a controller's request. Return: 0, -EPROTO, -EINVAL */
int leg_request(struct call_leg *leg, enum leg_event_type type, bool inband, int cause);
struct call_leg *leg_find(struct engine *e, int64_t id);
/** legs_line_gone() - the device of a line is gone: its calls end */
void legs_line_gone(struct line *l);
void legs_media(struct engine *e, const struct media_event *ev);
void legs_time(struct engine *e);
int64_t legs_next(struct engine *e);
void legs_controller(struct engine *e, bool present);
/** leg_detect() - tell the media thread about leg->detect. Return: 0, -ENOBUFS */
int leg_detect(struct call_leg *leg);
/** leg_bridge() - Return: 0, -EINVAL, -EPROTO, -ENOBUFS: the media thread is behind */
int leg_bridge(struct call_leg *a, struct call_leg *b);
void leg_unbridge(struct call_leg *leg);
/** legs_reap() - tell the end of legs of which nothing is out any more, and free them */
void legs_reap(struct engine *e);

struct originate {
	struct isdn_party party;
	struct line *line; /* NULL: any of group */
	const char *group;
	int channel; /* 0: by hunt */
	bool exclusive, complete;
	enum hunt_rule hunt;
	int64_t timeout; /* samples */
	const char *tag;
};

/** setup_full() - Return: why no new call can be taken now (static text), or NULL */
const char *setup_full(struct engine *e);
/** setup_overload() - tell that overload begins (@why) or is over (NULL), once each */
void setup_overload(struct engine *e, const char *why);

/* ops.c */

/** op_play(), op_collect(), op_record() - start an operation. Return: its number, or negative with @why */
int64_t op_play(struct call_leg *leg, const json_t *items, bool loop, bool barge, char *why,
		size_t n);
struct collect_request {
	struct collect_cfg cfg;
	const json_t *items; /* NULL: no prompt */
	bool typed_ahead;
	bool is_private; /* the digits go into no recording and no record of the leg */
};
int64_t op_collect(struct call_leg *leg, const struct collect_request *rq, char *why, size_t n);
struct record_request {
	const char *file;
	int64_t max, silence; /* samples, 0: none */
	const char *terminators;
	bool beep; /* tone before it starts */
	bool no_digits; /* those typed by either party are not in it */
};
int64_t op_record(struct call_leg *leg, const struct record_request *rq, char *why, size_t n);
/** op_stop() - end an operation for @reason (static text) */
void op_stop(struct op *op, const char *reason);
void ops_stop_leg(struct call_leg *leg, const char *reason);
void ops_digit(struct call_leg *leg, char digit, int64_t at);
void ops_media(struct engine *e, const struct media_event *ev);
void ops_time(struct call_leg *leg);
int64_t ops_next(const struct call_leg *leg);
/** ops_reap() - free the operations that are over and of which everything is back */
void ops_reap(struct engine *e);
/** ops_recorded() - fetch the recorder's results */
void ops_recorded(struct engine *e);
/** ops_outstanding() - clips and results that are awaited; lockstep waits until 0 */
unsigned int ops_outstanding(struct engine *e);

/* describe.c: JSON of what is, new references */

json_t *describe_leg(const struct call_leg *leg);
json_t *describe_record(const struct call_leg *leg);
json_t *describe_offer(const struct call_leg *leg);
json_t *describe_line(const struct line *l);
/** describe_line_fully() - with error performance and alarm history */
json_t *describe_line_fully(const struct line *l);
json_t *describe_channels(const struct engine *e, const struct line *only);
json_t *describe_legs(struct engine *e);
json_t *describe_snapshot(struct engine *e);
json_t *describe_stats(struct engine *e);
json_t *describe_alarms(uint32_t alarms);

/* requests.c: control_callbacks.request */

void requests_handle(void *ctx, uint64_t client, bool controller, int64_t id, const char *what,
		     json_t *request);

#endif
