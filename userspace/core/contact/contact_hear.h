/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From what a flow says to what is heard: templates, times and numbers become texts
 * and files.
 */
#ifndef CORE_CONTACT_CONTACT_HEAR_H
#define CORE_CONTACT_CONTACT_HEAR_H

#include "core/contact/contact.h"

/**
 * contact_hear() - append a list to the items of @acts
 * An item that comes out empty (a variable without value) is left out; so is what
 * exceeds CONTACT_PLAY_MAX.
 */
void contact_hear(const struct contact *c, const struct flow_items *items, const struct moment *now,
		  struct contact_actions *acts);

#endif
