/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The inside of an ISDN link: isdn.c (time, frames, steps), isdn_event.c (what comes from libpri),
 * isdn_request.c (what the user asks for). The only place that includes libpri.h (1.6.0).
 *
 * Habits of libpri that shape what is here:
 *
 * - One event at a time, in memory of its own: what is needed of it is taken before the next call.
 * - Call records vanish without an event when a call that we had not answered yet, or had
 *   already cleared, is cleared by the far end or by loss of the data link. So after each step
 *   every record we know is asked for (link_reap()), and a call that is gone is told as RELEASED.
 * - A call that was offered and not yet answered in any way can only be refused with causes 1,
 *   34, 44, 81, 82 and 88. With any other cause nothing at all is sent and the record stays for
 *   ever. So CALL PROCEEDING goes before those, and the cause in the DISCONNECT that follows.
 * - DISCONNECT of a call that was not yet answered leaves a record that waits for ever.
 * - A second pri_hangup() while one is running spoils the record's state.
 * - The channel is never checked: neither against other calls nor against the interface.
 * - PROGRESS as first answer lacks the channel that the user side insists on.
 * - RESTART leaves the calls on the channel as they are; its repetition reports nothing.
 * - Records for unknown references are kept for some messages: memory for a stranger to take.
 * - There is no destructor: a controller is parked and used again.
 * - T301, T302, T304 and T310 do not exist: who holds the calls must watch.
 */
#ifndef ENGINE_ISDN_PRIVATE_H
#define ENGINE_ISDN_PRIVATE_H

#include <libpri.h>

#include "engine/isdn.h"
#include "engine/isdn_calls.h"

#define SAMPLES_PER_S 8000

struct restart {
	uint32_t wanted; /* bit per timeslot */
	int channel; /* RESTART sent and not acknowledged; 0 none */
	int sent;
	int64_t deadline;
};

/* The signalling thread owns all of it. */
struct isdn_link {
	struct pri *pri;
	char name[NAME_MAX_LEN];
	enum isdn_side side;
	enum isdn_variant variant;
	bool overlap;
	struct isdn_callbacks cb;
	bool up, layer1, tracing;
	bool kick; /* the data link is to be set up at the next isdn_link_run() */
	bool gone; /* there are calls in CALL_GONE */
	bool same_side; /* the far end is on our side of the line; logged */
	struct isdn_calls calls;
	struct restart restart;
	const uint8_t *frame; /* being received; NULL while a timer runs */
	size_t frame_len;
	struct q931_screen screen;
	struct isdn_link_stats st;
	int64_t log_since;
	int log_lines;
};

/** isdn_now() - sample of isdn_set_now() */
int64_t isdn_now(void);

/** link_trace() - one line of ours into the trace, if it is on */
void link_trace(struct isdn_link *l, const char *text);
/** link_may_log() - false when a stranger has already caused too many warnings this minute */
bool link_may_log(struct isdn_link *l);

/** link_reference() - Return: call reference value, or -1 when libpri has no such record (any more) */
int link_reference(struct isdn_link *l, q931_call *q);
/** link_reap() - mark the calls that libpri has forgotten */
void link_reap(struct isdn_link *l);
/** link_tell_gone() - ISDN_RELEASED for the calls that are marked so */
void link_tell_gone(struct isdn_link *l);

/** link_clear_call() - hang up or refuse as the call's state wants; @cause 1..127 */
void link_clear_call(struct isdn_link *l, struct isdn_call *c, int cause);
/** link_clear_channel() - forget the calls on a channel (0: all) without a message */
void link_clear_channel(struct isdn_link *l, int channel);

/** link_handle() - turn libpri's event into ours */
void link_handle(struct isdn_link *l, const pri_event *e);

/** link_after_message() - what libpri forgets to do after the frame that it was just given */
void link_after_message(struct isdn_link *l);

/** link_restart_next() - begin the next RESTART that is wanted, if none is under way */
void link_restart_next(struct isdn_link *l);
/** link_restart_run() - repeat or give up a RESTART when T316 has expired */
void link_restart_run(struct isdn_link *l);

#endif
