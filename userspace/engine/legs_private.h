/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Shared by legs.c (what a leg does) and setup.c (how legs come into being).
 */
#ifndef ENGINE_LEGS_PRIVATE_H
#define ENGINE_LEGS_PRIVATE_H

#include "engine/engine.h"

/** leg_new() - a leg on a line, without a channel. Return: NULL without room */
struct call_leg *leg_new(struct line *l, const struct isdn_party *party);
/** leg_drop() - forget a leg that has nothing out any more */
void leg_drop(struct call_leg *leg);
/** leg_do() - one event. Return: of leg_step() */
int leg_do(struct call_leg *leg, const struct leg_event *ev);
/** leg_hold() - nobody is there to take it: hold it for a while */
void leg_hold(struct call_leg *leg);

#endif
