/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Why a call ended or was refused: cause values of ITU-T Q.850, in words.
 */
#ifndef CORE_CALL_CAUSE_H
#define CORE_CALL_CAUSE_H

#include <stdint.h>

/* Q.850 table 1, those that this program sets itself; any value 1..127 may arrive. */
enum cause {
	CAUSE_UNALLOCATED_NUMBER = 1,
	CAUSE_NO_ROUTE = 3,
	CAUSE_CHANNEL_UNACCEPTABLE = 6,
	CAUSE_NORMAL_CLEARING = 16,
	CAUSE_USER_BUSY = 17,
	CAUSE_NO_USER_RESPONDING = 18,
	CAUSE_NO_ANSWER = 19,
	CAUSE_CALL_REJECTED = 21,
	CAUSE_DESTINATION_OUT_OF_ORDER = 27,
	CAUSE_INVALID_NUMBER_FORMAT = 28,
	CAUSE_NORMAL_UNSPECIFIED = 31,
	CAUSE_NO_CIRCUIT = 34,
	CAUSE_NETWORK_OUT_OF_ORDER = 38,
	CAUSE_TEMPORARY_FAILURE = 41,
	CAUSE_SWITCH_CONGESTION = 42,
	CAUSE_CHANNEL_NOT_AVAILABLE = 44,
	CAUSE_RESOURCES_UNAVAILABLE = 47,
	CAUSE_BEARER_NOT_AUTHORISED = 57,
	CAUSE_BEARER_NOT_AVAILABLE = 58,
	CAUSE_BEARER_NOT_IMPLEMENTED = 65,
	CAUSE_RESTRICTED_DIGITAL_ONLY = 70,
	CAUSE_INVALID_CALL_REFERENCE = 81,
	CAUSE_CHANNEL_NONEXISTENT = 82,
	CAUSE_INCOMPATIBLE_DESTINATION = 88,
	CAUSE_MANDATORY_IE_MISSING = 96,
	CAUSE_INVALID_IE = 100,
	CAUSE_WRONG_STATE = 101,
	CAUSE_TIMER_EXPIRY = 102,
	CAUSE_PROTOCOL_ERROR = 111,
	CAUSE_INTERWORKING = 127,
};

/**
 * cause_name() - the short name, "user busy"
 * @cause: any int
 * Return: static text; "no cause" for 0, "unknown cause" for what Q.850 does not define.
 */
const char *cause_name(int cause);

/**
 * cause_explain() - one sentence for a technician: what it means and where to look
 * Return: static text, never NULL.
 */
const char *cause_explain(int cause);

/**
 * cause_class() - name of the class of Q.850 2.2.5, "resource unavailable"
 * Return: static text; "" outside 1..127.
 */
const char *cause_class(int cause);

/**
 * bearer_cause() - can a call with this bearer capability be served?
 * @capability: information transfer capability, Q.931 4.5.5 octet 3 bits 1-5
 * @rate: information transfer rate, octet 4 bits 1-5; 0x10 is one 64 kbit/s channel
 *
 * Speech, 3.1 kHz audio and unrestricted 64 kbit/s are served.
 * Return: 0, or the cause to refuse with: 65 not implemented, 100 reserved codepoint.
 * Source: ITU-T Q.931 4.5.5, 5.1.5.2, 5.2.2, 5.8.6.2.
 */
int bearer_cause(uint8_t capability, uint8_t rate);

#endif
