/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The calls of one ISDN link: our ids, the library's records, channels, causes.
 *
 * Pure: a record is an opaque pointer that is compared and never followed.
 */
#ifndef ENGINE_ISDN_CALLS_H
#define ENGINE_ISDN_CALLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ISDN_CALLS_MAX 128 /* more than the 31 channels: calls being cleared count too */

enum isdn_call_state {
	CALL_FREE,
	CALL_OFFERED, /* SETUP received, nothing sent */
	CALL_OVERLAP_IN, /* SETUP ACKNOWLEDGE sent */
	CALL_PROCEEDING_IN, /* CALL PROCEEDING sent */
	CALL_ALERTING_IN, /* ALERTING sent */
	CALL_CONNECTING, /* CONNECT sent */
	CALL_SENT, /* SETUP sent, nothing received */
	CALL_OVERLAP_OUT, /* SETUP ACKNOWLEDGE received */
	CALL_SETTLED_OUT, /* channel settled by CALL PROCEEDING or later */
	CALL_ACTIVE,
	CALL_DISCONNECTED, /* DISCONNECT received */
	CALL_CLEARING, /* we cleared */
	CALL_GONE, /* the library's record is gone, which the user is still to be told */
};

struct isdn_call {
	enum isdn_call_state state;
	uint32_t id;
	void *record; /* NULL once CALL_GONE */
	uint16_t reference;
	bool outgoing, exclusive;
	bool settled; /* channel may not change any more */
	int channel; /* timeslot; 0 none yet */
	int asked; /* timeslot that our SETUP named */
	int cause, location; /* first clearing cause in either direction; 0 none yet */
};

struct isdn_calls {
	struct isdn_call call[ISDN_CALLS_MAX];
	uint32_t last_id;
	int dchannel; /* timeslot without calls */
};

/** isdn_call_new() - take a slot and an id. Return: the call, NULL when all slots are taken */
struct isdn_call *isdn_call_new(struct isdn_calls *t, void *record, uint16_t reference,
				bool outgoing);

/* Find a call. Return: NULL when there is none. Those that are gone are only found by id. */
struct isdn_call *isdn_call_by_id(struct isdn_calls *t, uint32_t id);
struct isdn_call *isdn_call_by_record(struct isdn_calls *t, const void *record);
struct isdn_call *isdn_call_by_reference(struct isdn_calls *t, uint16_t reference, bool outgoing);
/** isdn_call_on_channel() - @except: a call that does not count, or NULL */
struct isdn_call *isdn_call_on_channel(struct isdn_calls *t, int channel,
				       const struct isdn_call *except);

/** isdn_channel_exists() - true for timeslots that carry calls */
bool isdn_channel_exists(const struct isdn_calls *t, int channel);
/** isdn_channel_free() - lowest timeslot without a call, 0 when there is none */
int isdn_channel_free(struct isdn_calls *t);

/** isdn_call_cause() - note a clearing cause; the first one stays */
void isdn_call_cause(struct isdn_call *c, int cause, int location);
/** isdn_call_gone() - the library has forgotten the call */
void isdn_call_gone(struct isdn_call *c, int cause, int location);

#endif
