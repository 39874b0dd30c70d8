/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "engine/isdn_calls.h"

struct isdn_call *isdn_call_by_id(struct isdn_calls *t, uint32_t id)
{
	for (int i = 0; id && i < ISDN_CALLS_MAX; i++) {
		if (t->call[i].state != CALL_FREE && t->call[i].id == id)
			return &t->call[i];
	}
	return NULL;
}

struct isdn_call *isdn_call_by_record(struct isdn_calls *t, const void *record)
{
	for (int i = 0; record && i < ISDN_CALLS_MAX; i++) {
		if (t->call[i].state != CALL_FREE && t->call[i].record == record)
			return &t->call[i];
	}
	return NULL;
}

struct isdn_call *isdn_call_by_reference(struct isdn_calls *t, uint16_t reference, bool outgoing)
{
	for (int i = 0; i < ISDN_CALLS_MAX; i++) {
		struct isdn_call *c = &t->call[i];

		if (c->record && c->reference == reference && c->outgoing == outgoing)
			return c;
	}
	return NULL;
}

struct isdn_call *isdn_call_on_channel(struct isdn_calls *t, int channel,
				       const struct isdn_call *except)
{
	for (int i = 0; channel && i < ISDN_CALLS_MAX; i++) {
		struct isdn_call *c = &t->call[i];

		if (except && c == except)
			continue;
		if (c->record && c->channel == channel)
			return c;
	}
	return NULL;
}

struct isdn_call *isdn_call_new(struct isdn_calls *t, void *record, uint16_t reference,
				bool outgoing)
{
	for (int i = 0; i < ISDN_CALLS_MAX; i++) {
		struct isdn_call *c = &t->call[i];

		if (c->state != CALL_FREE)
			continue;
		do {
			t->last_id++;
		} while (!t->last_id || isdn_call_by_id(t, t->last_id));
		*c = (struct isdn_call){
			.state = outgoing ? CALL_SENT : CALL_OFFERED,
			.id = t->last_id,
			.record = record,
			.reference = reference,
			.outgoing = outgoing,
		};
		return c;
	}
	return NULL;
}

bool isdn_channel_exists(const struct isdn_calls *t, int channel)
{
	return channel >= 1 && channel <= 31 && channel != t->dchannel;
}

int isdn_channel_free(struct isdn_calls *t)
{
	for (int ch = 1; ch <= 31; ch++) {
		if (isdn_channel_exists(t, ch) && !isdn_call_on_channel(t, ch, NULL))
			return ch;
	}
	return 0;
}

void isdn_call_cause(struct isdn_call *c, int cause, int location)
{
	if (c->cause || cause < 1 || cause > 127)
		return;
	c->cause = cause;
	c->location = location;
}

void isdn_call_gone(struct isdn_call *c, int cause, int location)
{
	isdn_call_cause(c, cause, location);
	c->state = CALL_GONE;
	c->record = NULL;
}
