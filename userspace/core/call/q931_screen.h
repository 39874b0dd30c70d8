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
 * An I frame must not vanish: the far end would repeat it until the data link
 * breaks. So a wrong message in a right I frame is emptied, not dropped.
 */
#ifndef CORE_CALL_Q931_SCREEN_H
#define CORE_CALL_Q931_SCREEN_H

#include <stddef.h>
#include <stdint.h>

enum q931_reason {
	Q931_PASS,
	Q931_SHORT, /* fewer octets than address and control take, Q.921 2.3 */
	Q931_LONG, /* more than N201 allows, Q.921 5.9.3 */
	Q931_ADDRESS, /* extension bits, or not SAPI 0 / TEI 0 of a primary rate link, Q.921 3.3 */
	Q931_CONTROL, /* undefined control field, Q.921 table 5 */
	Q931_INFO_FIELD, /* information where none belongs, or none where it does, Q.921 3.6 */
	Q931_DISCRIMINATOR, /* neither call control nor maintenance, Q.931 4.2 */
	Q931_CALL_REFERENCE, /* length other than 1 or 2 (0: dummy), or cut off, Q.931 4.3 */
	Q931_MESSAGE_TYPE, /* missing, or with the extension bit, Q.931 4.4 */
	Q931_ELEMENT_CUT, /* an element ends beyond the frame, Q.931 4.5.1 */
	Q931_ELEMENT_SIZE, /* an element shorter or longer than its meaning needs, Q.931 4.5 */
	Q931_ELEMENT_CONTENT, /* contents the library cannot be trusted with */
	Q931_ELEMENT_COUNT, /* more elements, or more of one kind, than any message has */
	Q931_COMPONENT, /* ASN.1 of a facility element: lengths or nesting, X.690 8.1 */
	Q931_REASONS
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

/** q931_reason_name() - "element cut", for counters and log lines; "?" when out of range */
const char *q931_reason_name(enum q931_reason r);

/** q931_screen_refused() - sum over all reasons */
uint64_t q931_screen_refused(const struct q931_screen *s);

#endif
