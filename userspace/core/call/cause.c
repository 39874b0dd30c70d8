/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/call/cause.h"

#include <stddef.h>

struct cause_text {
	const char *name;
	const char *explain;
};

/* ITU-T Q.850 2.2.7; what the sentence advises is ours. Values that are not here are not defined. */
static const struct cause_text causes[128] = {
	[1] = {"unallocated number", "The called number is not in use; check the digits and type "
				     "of number that were sent."},
	[2] = {"no route to transit network", "The far end does not know the carrier that was "
					      "asked for; check carrier selection."},
	[3] = {"no route to destination", "The network knows the number but cannot reach it from "
					  "here; check routing and prefix."},
	[4] = {"send special information tone",
	       "The called party cannot be reached for long-term "
	       "reasons; the network plays a tone or announcement."},
	[5] = {"misdialled trunk prefix",
	       "A trunk prefix was sent where none belongs, or none where "
	       "one belongs; check the outgoing number plan."},
	[6] = {"channel unacceptable",
	       "The channel chosen for this call is not acceptable to the "
	       "side that clears; compare the channel tables of both ends."},
	[7] = {"call awarded, being delivered in an established channel",
	       "The call was given to the user over a channel that is already up."},
	[8] = {"preemption", "The channel was taken for a call of higher priority."},
	[9] = {"preemption, circuit reserved for reuse",
	       "The channel was taken for a call of higher priority and stays reserved."},
	[14] = {"query on release, ported number", "The number was ported to another network."},
	[16] = {"normal call clearing", "One of the parties hung up; nothing is wrong."},
	[17] = {"user busy", "The called party is engaged."},
	[18] = {"no user responding",
		"The called terminal did not answer the call offer at all; check "
		"that it is plugged in and that its data link is up."},
	[19] = {"no answer from user", "It rang, and nobody answered in time."},
	[20] = {"subscriber absent", "The called mobile or terminal is not reachable now."},
	[21] = {"call rejected", "The called side could take the call and did not want to."},
	[22] = {"number changed",
		"The called number has a new number; the diagnostic may tell it."},
	[23] = {"redirection to new destination", "The call is sent on to another number."},
	[24] = {"call rejected by feature at destination",
		"A service of the called party (such as rejecting anonymous calls) refused the "
		"call."},
	[25] = {"exchange routing error", "The call went through too many exchanges, probably in a "
					  "circle; check routing tables."},
	[26] = {"non-selected user clearing",
		"Another terminal of the called party took the call."},
	[27] = {"destination out of order",
		"The called interface does not work: its data link or line "
		"is down. Look at alarms and D-channel."},
	[28] = {"invalid number format",
		"The called number is incomplete or not of the announced type; "
		"check digits, type of number and overlap time-outs."},
	[29] = {"facility rejected",
		"The network cannot provide a supplementary service asked for."},
	[30] = {"response to status enquiry", "An answer to a question about the call's state."},
	[31] = {"normal, unspecified", "A normal event without a nearer description."},
	[34] = {"no circuit available",
		"All channels are in use or out of service; look at the channel "
		"list of both sides."},
	[38] = {"network out of order", "The network does not work and will not for a while."},
	[39] = {"permanent frame mode connection out of service", "Frame relay only."},
	[40] = {"permanent frame mode connection operational", "Frame relay only."},
	[41] = {"temporary failure",
		"The network does not work for a moment; trying again may help."},
	[42] = {"switching equipment congestion", "The equipment that clears is overloaded."},
	[43] = {"access information discarded",
		"Part of the call information could not be delivered."},
	[44] = {"requested channel not available",
		"The other side cannot provide the very channel asked "
		"for; usual when both sides seize the same one."},
	[46] = {"precedence call blocked",
		"No channel could be taken for a call of high priority."},
	[47] = {"resource unavailable, unspecified", "The equipment ran out of something."},
	[49] = {"quality of service not available", "The quality asked for cannot be provided."},
	[50] = {"facility not subscribed",
		"A supplementary service was asked for that this line does "
		"not have; ask the operator to enable it."},
	[53] = {"outgoing calls barred within closed user group",
		"Closed user group forbids the call."},
	[55] = {"incoming calls barred within closed user group",
		"Closed user group forbids the call."},
	[57] = {"bearer capability not authorised",
		"This line may not use the kind of call it asked "
		"for; ask the operator."},
	[58] = {"bearer capability not presently available",
		"The kind of call asked for exists but is "
		"not free now."},
	[62] = {"outgoing access information inconsistent with subscriber class",
		"What the call asks for does not fit this subscriber."},
	[63] = {"service or option not available, unspecified",
		"The service asked for is not available."},
	[65] = {"bearer capability not implemented",
		"The equipment that clears does not know the kind "
		"of call asked for (data, video, several channels)."},
	[66] = {"channel type not implemented", "The equipment does not know the type of channel."},
	[69] = {"facility not implemented", "The equipment does not know the service asked for."},
	[70] = {"only restricted digital information available",
		"The path offers 64 kbit/s with a density of ones only."},
	[79] = {"service or option not implemented, unspecified",
		"The equipment does not know what was "
		"asked for."},
	[81] = {"invalid call reference",
		"A message named a call that its receiver does not have: the "
		"two ends disagree, often after one restarted."},
	[82] = {"channel does not exist",
		"A channel was asked for that this interface does not have; "
		"compare the number of channels of both ends."},
	[83] = {"suspended call exists, identity does not", "Resuming a parked call failed."},
	[84] = {"call identity in use", "A parked call of this identity exists already."},
	[85] = {"no call suspended", "There is no parked call to resume."},
	[86] = {"call with this identity was cleared", "The parked call is gone."},
	[87] = {"user not member of closed user group", "Closed user group forbids the call."},
	[88] = {"incompatible destination", "The called equipment cannot take this kind of call."},
	[90] = {"closed user group does not exist", "The call named an unknown closed user group."},
	[91] = {"invalid transit network selection", "The carrier was named in a wrong form."},
	[95] = {"invalid message, unspecified", "A message was not understood."},
	[96] = {"mandatory information element missing",
		"A message lacks a part that it must have; "
		"trace the D-channel and compare variants."},
	[97] = {"message type not implemented",
		"A message was of an unknown type; trace the D-channel "
		"and compare variants."},
	[98] = {"message not compatible with call state, or not implemented",
		"A message came when it was not allowed."},
	[99] = {"information element not implemented",
		"A part of a message is unknown to its receiver."},
	[100] = {"invalid information element contents",
		 "A part of a message makes no sense to its "
		 "receiver; trace the D-channel."},
	[101] = {"message not compatible with call state",
		 "A message came when it was not allowed: the "
		 "two ends disagree about the call's state."},
	[102] = {"recovery on timer expiry", "The other side did not answer in time; look at the "
					     "D-channel's errors."},
	[103] = {"parameter not implemented, passed on",
		 "An unknown part of a message was passed on."},
	[110] = {"message with unrecognised parameter discarded", "A message was not understood."},
	[111] = {"protocol error, unspecified",
		 "The two ends do not speak the same variant; trace the "
		 "D-channel."},
	[127] = {"interworking, unspecified",
		 "A network beyond this one gave no reason that could be "
		 "translated."},
};

/* Q.850 2.2.5: the upper three bits */
static const char *const classes[8] = {
	"normal",
	"normal",
	"resource unavailable",
	"service not available",
	"service not implemented",
	"invalid message",
	"protocol error",
	"interworking",
};

static const struct cause_text *cause_find(int cause)
{
	return cause > 0 && cause < 128 && causes[cause].name ? &causes[cause] : NULL;
}

const char *cause_name(int cause)
{
	const struct cause_text *t = cause_find(cause);

	if (t)
		return t->name;
	return cause ? "unknown cause" : "no cause";
}

const char *cause_explain(int cause)
{
	const struct cause_text *t = cause_find(cause);

	if (t)
		return t->explain;
	return cause ? "Q.850 does not define this value; treat it as the unspecified one of its "
		       "class."
		     : "No reason was given.";
}

const char *cause_class(int cause)
{
	return cause > 0 && cause < 128 ? classes[cause >> 4] : "";
}

/*
 * Q.931 5.1.5.2 and 5.2.2 name three refusals of a bearer capability. 65: the equipment does not
 * have it, which is the case for everything but one 64 kbit/s channel of speech, audio or data
 * here. 57 (known, but not subscribed) and 58 (known, but not free now) would need a service that
 * exists here and is denied to somebody; there is none. A reserved codepoint is an error in the
 * contents of a mandatory element: 100 (Q.931 5.8.6.2).
 */
int bearer_cause(uint8_t capability, uint8_t rate)
{
	switch (rate) {
	case 0x10: /* 64 kbit/s, circuit mode */ break;
	case 0x00: /* packet mode */
	case 0x11: /* 2 x 64 kbit/s */
	case 0x13: /* 384 kbit/s */
	case 0x15: /* 1536 kbit/s */
	case 0x17: /* 1920 kbit/s */
	case 0x18: /* multirate */ return CAUSE_BEARER_NOT_IMPLEMENTED;
	default: return CAUSE_INVALID_IE;
	}
	switch (capability) {
	case 0x00: /* speech */
	case 0x08: /* unrestricted digital information */
	case 0x10: /* 3.1 kHz audio */ return 0;
	case 0x09: /* restricted digital information */
	case 0x11: /* unrestricted digital information with tones */
	case 0x18: /* video */ return CAUSE_BEARER_NOT_IMPLEMENTED;
	default: return CAUSE_INVALID_IE;
	}
}
