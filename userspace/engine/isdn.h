/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One ISDN primary rate D-channel: Q.921 and Q.931 by libpri, either side.
 *
 * The only file that includes libpri is isdn.c. Used by the engine (one link a
 * span, normally user side) and by the exchange (network side). All functions
 * of all links of a process are called from one thread, the signalling thread.
 *
 * Time is the sample count of the system sample clock: libpri asks
 * gettimeofday(), which isdn.c defines for the whole executable and answers from
 * the sample given to isdn_set_now().
 *
 * Frames are HDLC contents without flags and without FCS.
 */
#ifndef ENGINE_ISDN_H
#define ENGINE_ISDN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/names.h"
#include "core/call/q931_screen.h"

#define ISDN_FRAME_MAX 264 /* address 2 + control 2 + information 260 (Q.921 N201) */

enum isdn_side { ISDN_USER, ISDN_NETWORK };
enum isdn_variant { ISDN_EUROISDN, ISDN_QSIG };

/* Q.931 4.5.10 and 4.5.11 octet 3a, as the standard codes them */
enum isdn_presentation {
	ISDN_PRES_ALLOWED = 0,
	ISDN_PRES_RESTRICTED = 1,
	ISDN_PRES_UNAVAILABLE = 2
};

struct isdn_number {
	char digits[NUMBER_MAX]; /* 0-9 * # and nothing else; "" is: not given */
	uint8_t ton; /* type of number 0..7, Q.931 table 4-9 */
	uint8_t npi; /* numbering plan 0..15 */
	uint8_t presentation; /* enum isdn_presentation */
	uint8_t screening; /* 0..3 */
};

struct isdn_redirecting {
	struct isdn_number from; /* last redirecting number; digits "" is: not redirected */
	uint8_t reason; /* 0 unknown, 1 busy, 2 no reply, 15 unconditional (Q.952) */
	uint8_t count;
};

/* Q.931 4.5.5 information transfer capability */
enum isdn_bearer {
	ISDN_BEARER_SPEECH = 0x00,
	ISDN_BEARER_UNRESTRICTED = 0x08,
	ISDN_BEARER_RESTRICTED = 0x09,
	ISDN_BEARER_3K1_AUDIO = 0x10,
	ISDN_BEARER_TONES = 0x11,
	ISDN_BEARER_VIDEO = 0x18,
};

struct isdn_party {
	struct isdn_number called, calling;
	char name[NAME_MAX_LEN]; /* calling name, UTF-8; "" is: not given or restricted */
	struct isdn_redirecting redirecting;
	uint8_t bearer; /* enum isdn_bearer */
	uint8_t bearer_rate; /* octet 4 bits 1-5; 0x10 is 64 kbit/s */
	uint8_t law; /* octet 5: 2 mu-law, 3 A-law, 0 not given */
};

enum isdn_event_type {
	ISDN_LINK_UP, /* data link established */
	ISDN_LINK_DOWN, /* data link lost; calls live on until T309 */
	ISDN_SETUP, /* new call offered: party, channel, exclusive, complete */
	ISDN_DIGITS, /* overlap receiving: further called digits in party.called.digits, complete */
	ISDN_SETUP_ACK, /* far end wants more digits of our call */
	ISDN_PROCEEDING, /* channel settled */
	ISDN_ALERTING,
	ISDN_PROGRESS, /* inband: tones or announcements in the channel; cause may be given */
	ISDN_CONNECTED, /* our call was answered */
	ISDN_CONNECT_ACK, /* our answer was acknowledged */
	ISDN_DISCONNECT, /* far end wants to clear: cause; answer with isdn_hangup() */
	ISDN_RELEASED, /* call reference is gone: cause; the call id is invalid afterwards */
	ISDN_RESTART, /* far end restarted channel (0: whole interface); its calls were RELEASED first */
	ISDN_RESTART_ACK, /* our restart of channel is done */
	ISDN_SERVICE, /* channel status by SERVICE message where the variant has it: service */
	ISDN_NOTIFY, /* notify: Q.931 4.5.22 code */
};

struct isdn_event {
	enum isdn_event_type type;
	uint32_t call; /* call id, unique in this link for 2^32 calls; 0 when not about a call */
	int channel; /* timeslot 1..31, 0 none or any */
	bool exclusive; /* ISDN_SETUP: only this channel will do */
	bool complete; /* ISDN_SETUP, ISDN_DIGITS: no more digits will come */
	bool inband; /* progress indicator 1 or 8 was there (any of SETUP .. DISCONNECT) */
	int progress; /* progress description, Q.931 4.5.23; 0 none */
	int cause; /* Q.850 cause value 1..127, 0 none */
	int location; /* Q.850 location */
	int service; /* ISDN_SERVICE: 0 in service, 1 maintenance, 2 out of service */
	int notify;
	struct isdn_party party;
};

struct isdn_link_stats {
	uint64_t frames_rx, frames_tx, octets_rx, octets_tx;
	uint64_t
		screened; /* frames that were not given to libpri, all reasons; see isdn_link_screen() */
	uint64_t
		out_of_place; /* messages for unknown calls, repeated SETUPs: not given to libpri */
	uint32_t calls; /* call references in use */
	bool up;
};

struct isdn_cfg {
	const char *name; /* span name for the log; copied */
	enum isdn_side side;
	enum isdn_variant variant;
	int dchannel; /* timeslot, normally 16; all others of 1..31 carry calls */
	bool overlap; /* accept overlap receiving (SETUP ACKNOWLEDGE to a SETUP without complete number) */
	int t309_s; /* how long calls survive without data link [s], default 90; 0 is: default */
};

/*
 * Called from isdn_link_receive() and isdn_link_run(), @send from all functions that send. An
 * event callback may call any function of the same link but isdn_link_receive(), _run() and
 * _free(); @send may call none.
 */
struct isdn_callbacks {
	/* Carry a frame to the far end. Must take it whole (the caller's queue is its own matter). */
	void (*send)(void *ctx, const uint8_t *frame, size_t len);
	void (*event)(void *ctx, const struct isdn_event *ev);
	/* One decoded line of the trace; only called while tracing is on. May be NULL. */
	void (*trace)(void *ctx, const char *text);
	void *ctx;
};

struct isdn_link; /* opaque */

/** isdn_set_now() - tell all links the sample time; never goes back. UTC of sample 0 is fixed at first use */
void isdn_set_now(int64_t sample);

/**
 * isdn_link_new() - a link that begins to establish its data link at the first isdn_link_run()
 * Layer 1 counts as up until isdn_link_layer1() says otherwise. isdn_set_now() comes first.
 * Return: a link, or NULL (no memory). @cfg and @cb are copied.
 */
struct isdn_link *isdn_link_new(const struct isdn_cfg *cfg, const struct isdn_callbacks *cb);

/** isdn_link_free() - forget link and calls without a word to the far end; no event. @l may be NULL */
void isdn_link_free(struct isdn_link *l);

/**
 * isdn_link_receive() - one frame from the D-channel
 * Frames that libpri cannot be trusted with are dropped before it and counted by reason.
 */
void isdn_link_receive(struct isdn_link *l, const uint8_t *frame, size_t len);

/** isdn_link_run() - run all timers that are due at the time of isdn_set_now() */
void isdn_link_run(struct isdn_link *l);
/** isdn_link_next() - sample at which isdn_link_run() is wanted next, INT64_MAX: none. Ask again
 *  after each call of any function of the link. */
int64_t isdn_link_next(const struct isdn_link *l);

/**
 * isdn_link_layer1() - alarm state of the span
 * While it is down no frame passes in either direction and isdn_setup() refuses. The data link
 * and its calls, also those being set up, survive if it comes back before Q.921 notices, which
 * takes 4 s after an unanswered frame and 14 s on an idle link. When it comes up, a data link
 * that had gone down is established at once.
 */
void isdn_link_layer1(struct isdn_link *l, bool up);

struct isdn_setup {
	struct isdn_party party;
	int channel; /* timeslot asked for */
	bool exclusive; /* else preferred: the far end may choose another, told in ISDN_PROCEEDING.. */
	bool complete; /* en-bloc; false: overlap sending, more by isdn_digits() */
};

/**
 * isdn_setup() - offer a call
 * The name goes out where the variant has it: QSIG, and EuroISDN from the network side (Display).
 * Redirection goes as DivertingLegInformation2 on QSIG, as Redirecting number on EuroISDN.
 * Return: call id > 0, -EAGAIN link down, -EBUSY the channel has a call, -ENOMEM, -EINVAL
 */
int64_t isdn_setup(struct isdn_link *l, const struct isdn_setup *s);

/*
 * All below: 0, -ENOENT no such call, -EPROTO not allowed in the call's state, -EINVAL.
 *
 * @channel of those that answer an offered call: 0 is the one that was offered; another one only
 * in the first answer, and only if the offer was not exclusive or named none (event channel 0).
 */

/** isdn_digits() - further called digits of our call, after ISDN_SETUP_ACK; one message each */
int isdn_digits(struct isdn_link *l, uint32_t call, const char *digits);
/** isdn_need_more() - SETUP ACKNOWLEDGE: keep overlap receiving going, channel settled */
int isdn_need_more(struct isdn_link *l, uint32_t call, int channel);
int isdn_proceeding(struct isdn_link *l, uint32_t call, int channel);
int isdn_alerting(struct isdn_link *l, uint32_t call, int channel, bool inband);
/** isdn_progress() - @inband must be true: libpri knows no other; @cause 0 for none */
int isdn_progress(struct isdn_link *l, uint32_t call, int channel, bool inband, int cause);
int isdn_connect(struct isdn_link *l, uint32_t call, int channel);

/**
 * isdn_hangup() - clear or refuse, cause 1..127
 * ISDN_RELEASED follows, never from within this call. A call that was offered and not answered in
 * any way is refused by RELEASE COMPLETE for causes 1, 34, 44, 81, 82, 88, else by CALL PROCEEDING
 * and DISCONNECT, which is all that libpri can. A second hang-up of the same call does nothing.
 */
int isdn_hangup(struct isdn_link *l, uint32_t call, int cause);

/**
 * isdn_restart() - RESTART of one channel (1..31), or of all (0: each in turn)
 * Our own calls there are ISDN_RELEASED with cause 41. Waits for the data link; repeated once
 * after T316; ISDN_RESTART_ACK for each channel that the far end confirms.
 */
int isdn_restart(struct isdn_link *l, int channel);
/** isdn_service() - SERVICE message; -EOPNOTSUPP: neither EuroISDN nor QSIG has one */
int isdn_service(struct isdn_link *l, int channel, int service);

/** isdn_link_trace() - decoded trace lines to the trace callback */
void isdn_link_trace(struct isdn_link *l, bool on);
void isdn_link_stats(const struct isdn_link *l, struct isdn_link_stats *st);
/** isdn_link_screen() - frames refused, by reason */
const struct q931_screen *isdn_link_screen(const struct isdn_link *l);

#endif
