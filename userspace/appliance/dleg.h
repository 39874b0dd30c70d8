/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A leg of the engine as the daemon sees it, and the table of all of them.
 */
#ifndef APPLIANCE_DLEG_H
#define APPLIANCE_DLEG_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "appliance/plan.h"
#include "base/names.h"
#include "core/contact/contact.h"

enum dleg_role {
	DLEG_OFFERED, /* a caller whose number is not complete, or who is just found */
	DLEG_CALLER, /* has a contact */
	DLEG_PARTY, /* called for the contact of another leg */
	DLEG_STRANGER, /* not known what it is for */
};

#define DLEG_OPS 6 /* operations whose end is awaited; play, collect, record and replaced ones */

struct dleg_op {
	uint64_t op; /* the engine's number, 0 free */
	uint32_t token; /* the contact's */
};

struct dleg_early { /* the end came before the answer with the number */
	uint64_t op;
	enum contact_reason reason;
	char digits[DIGITS_MAX];
};

struct dleg {
	struct dleg *next, *prev; /* all, in order of the legs' numbers */
	struct dleg *chain; /* of one hash */
	uint64_t number;
	enum dleg_role role;
	json_t *about; /* the offer, or the leg's entry in a snapshot: who, where, when */
	char called[NUMBER_MAX]; /* digits so far */
	int64_t route_at; /* sample at which an incomplete number is taken as it is, -1 */
	struct plan *plan; /* caller: reference */
	struct contact contact; /* caller */
	uint64_t party; /* caller: leg that it called, 0 none or not known yet */
	uint32_t dials; /* caller: calls begun and given up so far */
	uint64_t owner; /* party: the caller's leg, 0 nobody wants it any more */
	uint64_t partner; /* leg it is or was bridged with last, 0 none */
	bool bridged;
	uint64_t seen; /* events up to here are contained in the contact */
	bool touched; /* the contact has moved since the connection was made */
	char tag[TAG_MAX]; /* last one sent, without its event number */
	struct dleg_op ops[DLEG_OPS];
	unsigned int next_op; /* place of the next one */
	struct dleg_early early;
};

#define DLEGS_HASH 1024

struct dlegs {
	struct dleg *hash[DLEGS_HASH];
	struct dleg *first, *last;
	size_t n;
};

/** dleg_add() - a leg that is not there yet. Return: NULL without memory */
struct dleg *dleg_add(struct dlegs *t, uint64_t number, enum dleg_role role, json_t *about);
struct dleg *dleg_find(const struct dlegs *t, uint64_t number);
/** dleg_remove() - forget it; gives plan and about back */
void dleg_remove(struct dlegs *t, struct dleg *leg);

/** dleg_op_add() - the engine's number of the media action with @token */
void dleg_op_add(struct dleg *leg, uint64_t op, uint32_t token);
/** dleg_op_take() - Return: true and the token, once */
bool dleg_op_take(struct dleg *leg, uint64_t op, uint32_t *token);

#endif
