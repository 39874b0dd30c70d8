/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The state of a contact as the few words that the engine keeps at its leg, so that a
 * daemon that was killed goes on where it stopped.
 *
 *	1 f=4:demo k=9c0f1a2b s=4:menu w=3 t=1 r=0 o=7 d=-1 b=801 c=0 p=0 g=a e=4711 i=0.1.4 n=12 v=6:number4:4711
 *
 * The number at the front is the version. Members are in this order, texts carry their
 * length in octets. docs/strowgerd-protocol.md describes each member.
 */
#ifndef CORE_CONTACT_CONTACT_TAG_H
#define CORE_CONTACT_CONTACT_TAG_H

#include "core/contact/contact.h"

/* What a tag says before its flow is known. */
struct contact_tag {
	char kind; /* 'c' a caller with a flow, 'p' the party that leg @owner called */
	uint64_t owner; /* kind 'p': leg of the caller */
	uint64_t event; /* number of the last event that is contained */
	char flow[FLOW_NAME_MAX];
	uint32_t mark; /* of the flow's table */
};

/**
 * contact_tag_write() - the tag of a caller's leg
 * @event: number of the last event that @c has seen
 * @buf: TAG_MAX octets
 * Return: octets without the 0; it always fits.
 */
int contact_tag_write(const struct contact *c, uint64_t event, char *buf);

/** contact_tag_party() - the tag of a party's leg. Return: octets without the 0. */
int contact_tag_party(uint64_t owner, char *buf);

/**
 * contact_tag_peek() - whose tag is it, and which flow does it need?
 * Return: 0; -EBADMSG not a tag of ours.
 */
int contact_tag_peek(const char *tag, struct contact_tag *out);

/**
 * contact_tag_read() - the state back
 * @c: prepared by contact_init() with the flow that the tag names
 *
 * If the flow's table is another one by now (mark differs) the step is found by its
 * name and the trace of visited steps is given up.
 *
 * Return: 0; -EBADMSG not a tag of ours (@c unchanged); -ENOENT there is no such step
 * any more (@c unchanged).
 */
int contact_tag_read(struct contact *c, const char *tag);

#endif
