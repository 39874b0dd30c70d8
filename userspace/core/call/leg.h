/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A leg: one party's signalling, seen from the engine. Pure.
 *
 * The step function takes what the line (ISDN, later R2, handset, analog) or the
 * controller says and answers with actions for the shell: messages to the line,
 * channel to open or close, events to tell. The bridge and the media operations
 * are not here; a leg knows only whether media may flow.
 *
 * States and the events each accepts are a table in leg.c; what a state does not
 * accept is refused with -EPROTO and changes nothing.
 *
 * Time: samples of the system clock, an argument.
 */
#ifndef CORE_CALL_LEG_H
#define CORE_CALL_LEG_H

#include <stdbool.h>
#include <stdint.h>

enum leg_state {
	LEG_IDLE, /* before the first event */
	LEG_OFFERED, /* incoming, number complete or not yet judged */
	LEG_OVERLAP, /* incoming, more digits are awaited */
	LEG_PROCEEDING, /* incoming: number accepted; outgoing: far end has it */
	LEG_ALERTING,
	LEG_DIALLING, /* outgoing, no answer from the network yet */
	LEG_ANSWERED,
	LEG_CLEARING, /* we or they hung up, the reference is not free yet */
	LEG_ENDED,
	LEG_STATES
};

enum leg_event_type {
	/* from the line */
	LEG_EV_SETUP, /* incoming call; complete */
	LEG_EV_DIGITS, /* overlap receiving went on; complete */
	LEG_EV_MORE, /* outgoing: SETUP ACKNOWLEDGE */
	LEG_EV_PROCEEDING,
	LEG_EV_ALERTING, /* inband */
	LEG_EV_PROGRESS, /* inband, cause */
	LEG_EV_CONNECTED,
	LEG_EV_DISCONNECT, /* cause, location */
	LEG_EV_RELEASED, /* cause, location: the line has forgotten the call */
	/* from the controller */
	LEG_RQ_ORIGINATE, /* timeout */
	LEG_RQ_PROCEED,
	LEG_RQ_MORE,
	LEG_RQ_ALERT, /* inband */
	LEG_RQ_PROGRESS, /* inband, cause */
	LEG_RQ_ANSWER,
	LEG_RQ_DIGITS,
	LEG_RQ_HANGUP, /* cause */
	/* from the shell */
	LEG_EV_TIME, /* leg_next() has come */
	LEG_EV_FAILED, /* the line end is gone for good (span removed, T309 over): cause */
	LEG_EVENTS
};

struct leg_event {
	enum leg_event_type type;
	int64_t sample;
	bool complete; /* SETUP, DIGITS: no more digits will come */
	bool inband;
	int cause; /* Q.850, 0 none */
	int location; /* Q.850 */
	int64_t timeout; /* LEG_RQ_ORIGINATE: samples until we give up; 0: never */
};

enum leg_action_type {
	LEG_DO_PROCEEDING, /* messages to the line */
	LEG_DO_MORE,
	LEG_DO_ALERTING,
	LEG_DO_PROGRESS,
	LEG_DO_CONNECT,
	LEG_DO_HANGUP, /* cause */
	LEG_DO_OPEN, /* media may flow: open the channel */
	LEG_DO_CLOSE, /* media ends now */
	LEG_TELL_OFFERED, /* events for the controller */
	LEG_TELL_DIGITS,
	LEG_TELL_PROCEEDING,
	LEG_TELL_ALERTING,
	LEG_TELL_PROGRESS,
	LEG_TELL_ANSWERED,
	LEG_TELL_ENDED, /* last action of a leg: the record */
};

struct leg_action {
	enum leg_action_type type;
	bool inband;
	int cause;
};

#define LEG_ACTIONS_MAX 8

struct leg_actions {
	int n;
	struct leg_action a[LEG_ACTIONS_MAX];
};

/* Who ended the leg */
enum leg_by { LEG_BY_NOBODY, LEG_BY_FAR, LEG_BY_US, LEG_BY_LINE, LEG_BY_TIMEOUT };

struct leg {
	enum leg_state state;
	bool outgoing;
	bool open; /* channel is open */
	bool progressed; /* PROCEEDING or more was sent */
	bool complete; /* number is complete */
	enum leg_by by;
	int cause, location; /* of the end */
	int64_t started, answered, ended; /* samples; answered -1: never */
	int64_t deadline; /* LEG_EV_TIME is wanted then; INT64_MAX: not */
};

/* Numbers of the state machine [samples] */
#define LEG_AUTO_PROCEED                                                                           \
	(1 * 8000) /* after the last digit, so that the network's T303 (4 s, Q.931 9.1) is met */
#define LEG_CLEAR_WATCH                                                                            \
	(40 * 8000) /* T305 30 s + T308 4 s twice: then the reference is taken as dead */

void leg_init(struct leg *l);

/**
 * leg_step() - one event
 * @acts: what the shell has to do, in this order; emptied first
 * Return: 0; -EPROTO when the state does not accept the event (nothing changed);
 * -EINVAL for a cause outside 0..127.
 */
int leg_step(struct leg *l, const struct leg_event *ev, struct leg_actions *acts);

/** leg_next() - sample at which LEG_EV_TIME is wanted, INT64_MAX: never */
int64_t leg_next(const struct leg *l);

const char *leg_state_name(enum leg_state s);
const char *leg_by_name(enum leg_by by);
const char *leg_event_name(enum leg_event_type t);

#endif
