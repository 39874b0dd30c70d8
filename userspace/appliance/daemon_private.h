/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Shared by the files of the daemon.
 */
#ifndef APPLIANCE_DAEMON_PRIVATE_H
#define APPLIANCE_DAEMON_PRIVATE_H

#include "appliance/daemon.h"
#include "appliance/dleg.h"
#include "appliance/engine_client.h"
#include "core/contact/meeting.h"
#include "store/calls.h"
#include "store/writer.h"

struct server;

/* Events whose records are not on disk yet, in the order in which they were handed over. */
struct acks {
	uint64_t waiting[WRITER_QUEUE_MAX]; /* ring: the engine's numbers, 0: not its event */
	uint64_t put, done;
	uint64_t missed; /* first record that found no room in the queue, 0 none */
	uint64_t told; /* last number the engine was told */
	bool full; /* an error stands and was logged */
};

struct daemon {
	uv_loop_t *loop;
	const char *file;
	struct wall_clock clock;
	struct plan *plan;
	struct db *db;
	struct writer *writer;
	struct engine_client *client;
	struct server *server;
	uv_timer_t *deadline; /* real time only */
	int64_t wake; /* lockstep: sample we asked the engine to wake us at, -1 none */
	uv_async_t *stored; /* the writer has news */

	char instance[CDR_INSTANCE_MAX]; /* of the engine, "" before the first hello */
	bool lockstep;
	bool live; /* snapshot taken: the engine's word is up to date */
	bool holding; /* nothing is known of its legs before the snapshot: events are kept in held */
	json_t *held; /* array of events */
	int64_t sample; /* of the last word from the engine */
	uint64_t sample_ns; /* uv_hrtime() of that */
	uint64_t event; /* number of the last event that was taken in */
	uint64_t syncing; /* lockstep: sync to be answered, 0 none */
	uint64_t outstanding; /* requests without answer */
	struct acks acks;

	struct dlegs legs;
	struct meeting rooms;
	uint64_t hellos, refused_requests, failed_flows;
	uint64_t started_ns;
};

/* daemon.c */
int64_t daemon_sample(const struct daemon *d);
/** daemon_call_engine() - connect anew; the events that are not committed come again */
int daemon_call_engine(struct daemon *d);
/** daemon_arm() - see to it that daemon_time() is called when something is due next */
void daemon_arm(struct daemon *d);
/** daemon_settled() - lockstep: answer the sync if nothing is outstanding */
void daemon_settled(struct daemon *d);

/* daemon_events.c */
/** daemon_event() - one event of the engine, for legs that are known or begin with it */
void daemon_event(struct daemon *d, uint64_t number, const char *type, json_t *ev);
/** daemon_start() - a caller's number is known well enough, or not: flow, more digits, refusal */
void daemon_start(struct daemon *d, struct dleg *leg, bool complete);
/** daemon_step() - one event of a contact, and what follows; @ev without sample and now */
void daemon_step(struct daemon *d, struct dleg *leg, struct contact_event *ev);
/** daemon_time() - what is due at or before @sample */
void daemon_time(struct daemon *d, int64_t sample);
/** daemon_next() - sample at which daemon_time() is wanted, -1 never */
int64_t daemon_next(const struct daemon *d);

/* daemon_act.c */
/** daemon_act() - carry actions out, in their order */
void daemon_act(struct daemon *d, struct dleg *leg, const struct contact_actions *acts);
/** daemon_tag() - let the engine keep the contact's state, if it is another one */
void daemon_tag(struct daemon *d, struct dleg *leg);
void daemon_hangup(struct daemon *d, uint64_t leg, int cause);

/* daemon_adopt.c */
void daemon_snapshot(struct daemon *d, json_t *snapshot);

/* daemon_records.c */
/** daemon_record() - the record of an ended leg; @leg NULL if it is not known */
void daemon_record(struct daemon *d, const struct dleg *leg, uint64_t number, json_t *ended,
		   enum contact_wait outcome);
/** daemon_engine_died() - records of all legs of an engine that is no more, and forget them */
void daemon_engine_died(struct daemon *d);
/** daemon_acknowledge() - tell the engine what is on disk */
void daemon_acknowledge(struct daemon *d);
/** daemon_safe() - number of the last event that is safe here */
uint64_t daemon_safe(const struct daemon *d);

/* server.c */
int server_open(struct server **out, struct daemon *d, const char *path);
void server_close(struct server *s);

/* server_answers.c: the object of an answer (new reference), or NULL with code and error set */
struct server_answer {
	bool may_change; /* rights of the peer */
	const char *code; /* of a refusal */
	char error[256];
	json_t *members; /* of a refusal: further ones, or NULL */
};
json_t *server_answer(struct daemon *d, const char *what, json_t *request, struct server_answer *a);

#endif
