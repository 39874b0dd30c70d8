/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One contact: a caller's call on its way through a flow. Events in, actions out.
 *
 *	contact_init(&c, flow, &who);
 *	contact_step(&c, &(struct contact_event){.type = CONTACT_START, ...}, &acts);
 *	... carry out acts; for each later event step again;
 *	at contact_deadline(&c) send CONTACT_TIME
 *
 * The contact decides, its shell carries out: it knows nothing of sockets and of the
 * engine's numbers. Each action with media gets a token that comes back in
 * CONTACT_MEDIA_DONE; the end of an older action is thereby told from the running one's.
 *
 * The caller's own leg may end at any moment (CONTACT_ENDED): the contact then lets go
 * of everything it holds (other party, meeting room) and is over. After that every
 * event is answered with no action.
 *
 * Time is the system sample counter, 8000 a second. No clock, allocation or I/O; the
 * same events give the same actions.
 */
#ifndef CORE_CONTACT_CONTACT_H
#define CORE_CONTACT_CONTACT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/names.h"
#include "core/contact/flow.h"
#include "core/contact/moment.h"
#include "core/contact/vars.h"

#define CONTACT_TRACE_MAX   32 /* visited steps that are remembered (the last ones) */
#define CONTACT_ACTIONS_MAX 12 /* actions of one event */
#define CONTACT_PLAY_MAX    64 /* items of one playing, the engine's limit */
#define CONTACT_TEXT_MAX    384 /* spoken text or file of one item, with its 0 */
#define CONTACT_RATE        8000 /* samples a second */
#define CONTACT_RUSH_MAX    64 /* steps entered without pause before a flow is stopped */

/* What the contact is waiting for. */
enum contact_wait {
	CONTACT_NEW, /* CONTACT_START */
	CONTACT_ANSWERING, /* our answer to be sent */
	CONTACT_PLAYING,
	CONTACT_COLLECTING,
	CONTACT_RECORDING,
	CONTACT_DIALLING, /* the other party to answer */
	CONTACT_JOINING, /* the other party has answered, our own answer is on its way */
	CONTACT_TALKING, /* with the party that we called */
	CONTACT_ENTERING, /* to hear whether somebody is in the room */
	CONTACT_ALONE, /* somebody to come into the room */
	CONTACT_PAIRED, /* with the partner from the room */
	CONTACT_CLEARING, /* the end of our leg, which we asked for */
	CONTACT_OVER,
	CONTACT_WAITS
};

enum contact_event_type {
	CONTACT_START, /* the caller's leg is offered */
	CONTACT_ANSWERED, /* our answer has been sent */
	CONTACT_MEDIA_DONE, /* u.media */
	CONTACT_PARTY_RINGS, /* the called party is alerted */
	CONTACT_PARTY_ANSWERED,
	CONTACT_PARTY_ENDED, /* u.cause; also: could not be called at all */
	CONTACT_NOBODY, /* answer to CONTACT_DO_MEET: wait */
	CONTACT_PARTNER, /* u.partner: somebody is there */
	CONTACT_PARTED, /* the partner's leg has ended */
	CONTACT_TIME, /* the deadline has come */
	CONTACT_RESUME, /* the shell is back after an interruption; u.resume */
	CONTACT_ENDED, /* the caller's leg is gone; u.cause */
};

/* How a playing, collecting or recording ended. */
enum contact_reason {
	CONTACT_R_END, /* played to the end, or all the digits that were wanted */
	CONTACT_R_DIGIT, /* a digit stopped the playing */
	CONTACT_R_MAX, /* most digits, longest recording */
	CONTACT_R_TERMINATOR,
	CONTACT_R_FIRST, /* no digit came */
	CONTACT_R_INTER, /* no further digit came */
	CONTACT_R_SILENCE,
	CONTACT_R_STOPPED, /* by a technician or replaced by something else */
	CONTACT_R_ERROR, /* refused, or a file that cannot be had */
};

struct contact_event {
	enum contact_event_type type;
	int64_t sample; /* when it happened */
	struct moment now; /* the same on the wall */
	union {
		struct {
			uint32_t token;
			enum contact_reason reason;
			const char *digits; /* collect; may be NULL */
		} media;
		int cause; /* Q.850, 1..127 */
		struct {
			uint64_t leg; /* the partner's */
			bool lead; /* we are the one that bridges */
		} partner;
		struct {
			bool media; /* the awaited playing, collecting or recording runs */
			bool party; /* the leg of the party or partner is there */
			bool party_rings, party_answered;
			bool bridged;
			bool answered; /* our leg is */
		} resume;
	} u;
};

enum contact_action_type {
	CONTACT_DO_ALERT, /* tell the caller that it rings */
	CONTACT_DO_ANSWER,
	CONTACT_DO_PLAY, /* acts->items; u.play */
	CONTACT_DO_COLLECT, /* acts->items; u.collect */
	CONTACT_DO_RECORD, /* u.record */
	CONTACT_DO_STOP, /* end what plays */
	CONTACT_DO_ORIGINATE, /* call the other party; u.originate */
	CONTACT_DO_BRIDGE_PARTY, /* join with the party that we called */
	CONTACT_DO_BRIDGE, /* join with u.leg */
	CONTACT_DO_HANGUP_PARTY, /* u.cause; nothing more is told about it */
	CONTACT_DO_HANGUP, /* u.cause */
	CONTACT_DO_MEET, /* enter u.room: CONTACT_NOBODY or CONTACT_PARTNER comes back */
	CONTACT_DO_LEAVE, /* leave the room that was entered */
	CONTACT_DO_TYPES
};

struct contact_action {
	enum contact_action_type type;
	uint32_t token; /* of play, collect, record */
	union {
		struct {
			bool loop, barge;
		} play;
		struct {
			uint8_t min, max;
			uint32_t first_ms, inter_ms;
			char terminators[8];
			bool is_private;
		} collect;
		struct {
			char file[64];
			uint32_t max_ms, silence_ms;
			char terminators[8];
			bool beep, keep_digits;
		} record;
		struct {
			char called[NUMBER_MAX], calling[NUMBER_MAX];
			char group[FLOW_NAME_MAX], span[FLOW_NAME_MAX]; /* at most one given */
			uint32_t timeout_ms;
		} originate;
		uint64_t leg;
		int cause;
		char room[FLOW_NAME_MAX];
	} u;
};

enum contact_item_kind { CONTACT_FILE, CONTACT_SAY, CONTACT_TONE, CONTACT_SILENCE };

struct contact_item {
	enum contact_item_kind kind;
	uint32_t ms; /* tone (0: without end), silence */
	char lang[FLOW_LANG_MAX]; /* say */
	char text[CONTACT_TEXT_MAX];
};

/* What one event leads to, to be carried out in this order. */
struct contact_actions {
	size_t n, n_items;
	struct contact_action list[CONTACT_ACTIONS_MAX];
	struct contact_item items[CONTACT_PLAY_MAX]; /* of the one play or collect in list */
};

/* Who calls, copied by contact_init(). */
struct contact_who {
	const char *called, *calling, *name; /* NULL: not known */
	const char *id; /* of the call, begins the names of its recordings; [A-Za-z0-9-] */
	bool answered; /* the leg has been answered already */
};

struct contact {
	const struct flow *flow; /* borrowed for the contact's whole life */
	enum contact_wait wait;
	int16_t step; /* that it is at; -1 before the start */
	uint8_t tries; /* how often the question was repeated */
	uint8_t rush; /* steps entered since the last pause */
	uint8_t recordings; /* made so far */
	bool answered; /* our leg */
	bool party; /* a leg that we called is ours to clear */
	bool lead; /* we make the bridge with the partner */
	bool sounding; /* ring-back or waiting music plays */
	bool rushed; /* stopped because it entered too many steps without pause */
	uint32_t token; /* of the last media action */
	int64_t deadline; /* sample, -1 none */
	int64_t entered; /* sample at which it came to this step */
	uint8_t cause; /* last one from the party or the hang-up, 0 none */
	char cause_text[4]; /* the same for templates */
	uint64_t partner; /* leg, while CONTACT_PAIRED */
	struct vars vars;
	uint8_t trace[CONTACT_TRACE_MAX]; /* steps, oldest first */
	uint8_t n_trace;
	uint32_t visited; /* steps entered in all */
	char called[NUMBER_MAX], calling[NUMBER_MAX], name[NAME_MAX_LEN], id[32];
};

/** contact_init() - before the first event; @flow is linked and stays until the end */
void contact_init(struct contact *c, const struct flow *flow, const struct contact_who *who);

/**
 * contact_step() - one event
 * @acts: filled anew
 * Return: number of actions.
 */
int contact_step(struct contact *c, const struct contact_event *ev, struct contact_actions *acts);

/** contact_deadline() - sample at which CONTACT_TIME is wanted, or -1: only an event */
int64_t contact_deadline(const struct contact *c);

/** contact_wait_name() - "playing" ... */
const char *contact_wait_name(enum contact_wait w);
/** contact_step_name() - name of the step that it is at, "" before the start */
const char *contact_step_name(const struct contact *c);
/** contact_lookup() - a variable of the call or of the flow; a var_lookup_fn on a contact */
const char *contact_lookup(const void *contact, const char *name);
/** contact_builtin() - is @name a variable that each call has (called, calling, name, cause)? */
bool contact_builtin(const char *name);

#endif
