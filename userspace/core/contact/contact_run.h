/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Shared by the files of the interpreter: one event on its way through a contact.
 */
#ifndef CORE_CONTACT_CONTACT_RUN_H
#define CORE_CONTACT_CONTACT_RUN_H

#include "core/contact/contact.h"

struct run {
	struct contact *c;
	const struct contact_event *ev;
	struct contact_actions *acts;
};

/* contact.c: moving */
struct contact_action *contact_act(struct run *r, enum contact_action_type type);
/** contact_go() - enter steps until one waits; -1 does nothing */
void contact_go(struct run *r, int step);
void contact_hangup(struct run *r, int cause);
void contact_cause(struct contact *c, int cause);
/** contact_quiet() - stop ring-back or waiting music */
void contact_quiet(struct run *r);

/* contact_begin.c: what each step does when it is entered, and questions */
/** contact_begin() - do the step. Return: the step to go on with at once, -1 it waits */
int contact_begin(struct run *r);
void contact_ask(struct run *r);
/** contact_digits() - answer to a question. Return: step, or -1: asked again */
int contact_digits(struct run *r);
/** contact_file() - name of the recording made last */
void contact_file(const struct contact *c, char *buf, size_t size);

/* contact_join.c: two parties */
void contact_dial(struct run *r);
void contact_on_dialling(struct run *r);
void contact_on_joining(struct run *r);
void contact_on_talking(struct run *r);
void contact_enter_room(struct run *r);
void contact_alone(struct run *r);
void contact_paired(struct run *r);
/** contact_talked() - the talk is over: next, or the end of the call with @cause */
void contact_talked(struct run *r, int cause);

#endif
