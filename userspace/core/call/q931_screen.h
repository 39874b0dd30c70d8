/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A bounded look at a received D-channel frame before the ISDN library sees it.
 *
 * The library trusts more of a frame than a stranger on the line deserves. A
 * frame that passes here has the shape of Q.921 and Q.931, every information
 * element ends inside it, and no element is of a size that is known to lead the
 * library astray. Whether the message makes sense in the call's state is the
 * library's business.
 *
 * The library still reads up to two octets behind a frame (a bearer capability at its
 * end); give it the frame in a larger buffer, filled with octets of 0x80.
 *
 * An I frame must not vanish: the far end would repeat it until the data link
 * breaks. So a wrong message in a right I frame is emptied, not dropped.
 *
 * Meant for a primary rate link: SAPI 0 and TEI 0, EuroISDN and QSIG. Refused as
 * well, because neither variant needs them there: unnumbered information outside
 * of TEI management, the dummy call reference, the maintenance discriminators of
 * North America (the library would send them back changed, for ever between two).
 */
#ifndef CORE_CALL_Q931_SCREEN_H
#define CORE_CALL_Q931_SCREEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/reader.h"

enum q931_reason {
	Q931_PASS,
	Q931_SHORT, /* fewer octets than address and control take, Q.921 2.3 */
	Q931_LONG, /* more than N201 allows, Q.921 5.9.3 */
	Q931_ADDRESS, /* extension bits, or another SAPI or TEI, Q.921 3.2, 3.3 */
	Q931_CONTROL, /* undefined control field, or of no use here, Q.921 table 5 */
	Q931_INFO_FIELD, /* information where none belongs, or none where it does, Q.921 3.6 */
	Q931_DISCRIMINATOR, /* not call control, Q.931 4.2 */
	Q931_CALL_REFERENCE, /* length not 1 or 2, or wrong kind for the message, Q.931 4.3, 5.8.3.2 */
	Q931_MESSAGE_TYPE, /* missing, or with the extension bit, Q.931 4.4 */
	Q931_ELEMENT_CUT, /* an element ends beyond the frame, Q.931 4.5.1 */
	Q931_ELEMENT_SIZE, /* an element shorter or longer than its meaning needs, Q.931 4.5 */
	Q931_ELEMENT_CONTENT, /* an octet group without its end inside the element, Q.931 4.5.1 */
	Q931_ELEMENT_COUNT, /* more elements, or more of one kind, than any message has */
	Q931_COMPONENT, /* ASN.1 of a facility element: lengths or nesting, X.690 8.1 */
	Q931_REASONS
};

/* Q.931 4.4, those that somebody here asks for by name */
enum q931_type {
	Q931_TYPE_SETUP = 0x05,
	Q931_TYPE_HOLD = 0x24,
	Q931_TYPE_HOLD_ACK = 0x28,
	Q931_TYPE_HOLD_REJECT = 0x30,
	Q931_TYPE_RETRIEVE = 0x31,
	Q931_TYPE_RETRIEVE_ACK = 0x33,
	Q931_TYPE_RETRIEVE_REJECT = 0x37,
	Q931_TYPE_DISCONNECT = 0x45,
	Q931_TYPE_RESTART = 0x46,
	Q931_TYPE_RESTART_ACK = 0x4e,
	Q931_TYPE_FACILITY = 0x62,
	Q931_TYPE_NOTIFY = 0x6e,
	Q931_TYPE_STATUS = 0x7d,
};

/* Q.931 4.5.1, codeset 0, those that somebody here asks for by name */
enum q931_element_id {
	Q931_ELEMENT_BEARER = 0x04,
	Q931_ELEMENT_CAUSE = 0x08,
	Q931_ELEMENT_PROGRESS = 0x1e,
	Q931_ELEMENT_DISPLAY = 0x28,
	Q931_ELEMENT_RESTART_INDICATOR = 0x79,
};

/** struct q931_message - head of the message in an I frame */
struct q931_message {
	uint16_t reference; /* call reference value, 0 is the global one */
	bool flag; /* call reference flag: sent to the side that chose the reference */
	uint8_t type;
	struct reader elements; /* all octets after the message type */
};

/** struct q931_screen - counters of one D-channel; zero to begin with */
struct q931_screen {
	uint64_t passed;
	uint64_t refused[Q931_REASONS]; /* by reason; [Q931_PASS] stays 0 */
};

/**
 * q931_screen_frame() - look at a frame
 * @s: counts; may be NULL
 * @frame: HDLC contents without FCS, @len octets
 * @keep: receives how many octets of the frame may be given to the library: @len when it
 *        passes, 4 (address and control) for an I frame with a bad message, else 0
 * Return: Q931_PASS or the first reason found.
 */
enum q931_reason q931_screen_frame(struct q931_screen *s, const uint8_t *frame, size_t len,
				   size_t *keep);

/** q931_screen_refused() - sum over all reasons */
uint64_t q931_screen_refused(const struct q931_screen *s);

/** q931_reason_name() - "element cut", for counters and log lines; "?" when out of range */
const char *q931_reason_name(enum q931_reason r);

/**
 * q931_message() - find the message in a frame
 * Return: 0, -ENOENT (not an I frame with a call control message), -EBADMSG (head is cut off or
 * of a form that q931_screen_frame() refuses). @m is written only on success.
 */
int q931_message(const uint8_t *frame, size_t len, struct q931_message *m);

/**
 * q931_element() - first element of this kind in codeset 0
 * @contents: receives the octets after the length octet
 * Return: 0 or -ENOENT. A broken element ends the search.
 */
int q931_element(const struct q931_message *m, uint8_t id, struct reader *contents);

#endif
