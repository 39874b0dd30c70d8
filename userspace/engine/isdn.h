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
	uint64_t screened; /* frames that were not given to libpri, all reasons */
	uint32_t calls; /* call references in use */
	bool up;
};

struct isdn_cfg {
	const char *name; /* span name for the log; copied */
	enum isdn_side side;
	enum isdn_variant variant;
	int dchannel; /* timeslot, normally 16; only for messages */
	bool overlap; /* accept overlap receiving (SETUP ACKNOWLEDGE to a SETUP without complete number) */
	int t309_s; /* how long calls survive without data link [s], default 90; 0 is: default */
};

struct isdn_callbacks {
	/* Carry a frame to the far end. Must take it whole (the caller's queue is its own matter). */
	void (*send)(void *ctx, const uint8_t *frame, size_t len);
	void (*event)(void *ctx, const struct isdn_event *ev);
	/* One decoded line of the trace; only called while tracing is on. */
	void (*trace)(void *ctx, const char *text);
	void *ctx;
};

struct isdn_link; /* opaque */

/** isdn_set_now() - tell all links the sample time; never goes back. UTC of sample 0 is fixed at first use */
void isdn_set_now(int64_t sample);

/** isdn_link_new() - Return: a link, or NULL (no memory, more links than libpri can take). @cfg is copied. */
struct isdn_link *isdn_link_new(const struct isdn_cfg *cfg, const struct isdn_callbacks *cb);
void isdn_link_free(struct isdn_link *l);

/**
 * isdn_link_receive() - one frame from the D-channel
 * Frames that libpri cannot be trusted with are dropped before it and counted by reason.
 */
void isdn_link_receive(struct isdn_link *l, const uint8_t *frame, size_t len);

/** isdn_link_run() - run all timers that are due at the time of isdn_set_now() */
void isdn_link_run(struct isdn_link *l);
/** isdn_link_next() - sample at which isdn_link_run() is wanted next, INT64_MAX: none */
int64_t isdn_link_next(const struct isdn_link *l);

/** isdn_link_layer1() - alarm state of the span: down stops the data link attempts, up starts them at once */
void isdn_link_layer1(struct isdn_link *l, bool up);

struct isdn_setup {
	struct isdn_party party;
	int channel; /* timeslot asked for */
	bool exclusive; /* else preferred: the far end may choose another, told in ISDN_PROCEEDING.. */
	bool complete; /* en-bloc; false: overlap sending, more by isdn_digits() */
};

/** isdn_setup() - offer a call. Return: call id > 0, -EAGAIN link down, -ENOMEM, -EINVAL */
int64_t isdn_setup(struct isdn_link *l, const struct isdn_setup *s);
/* All below: 0, -ENOENT no such call, -EPROTO not allowed in the call's state, -EINVAL */
int isdn_digits(struct isdn_link *l, uint32_t call, const char *digits);
/** isdn_need_more() - SETUP ACKNOWLEDGE: keep overlap receiving going, channel settled */
int isdn_need_more(struct isdn_link *l, uint32_t call, int channel);
int isdn_proceeding(struct isdn_link *l, uint32_t call, int channel);
int isdn_alerting(struct isdn_link *l, uint32_t call, int channel, bool inband);
/** isdn_progress() - @cause 0 for none */
int isdn_progress(struct isdn_link *l, uint32_t call, int channel, bool inband, int cause);
int isdn_connect(struct isdn_link *l, uint32_t call, int channel);
/** isdn_hangup() - clear or refuse; goes through DISCONNECT/RELEASE or RELEASE COMPLETE as the state wants */
int isdn_hangup(struct isdn_link *l, uint32_t call, int cause);
/** isdn_restart() - RESTART of one channel (1..31), or of all of the interface's calls (0: each in turn) */
int isdn_restart(struct isdn_link *l, int channel);
/** isdn_service() - SERVICE message; -EOPNOTSUPP where the variant has none */
int isdn_service(struct isdn_link *l, int channel, int service);

/** isdn_link_trace() - decoded trace lines to the trace callback */
void isdn_link_trace(struct isdn_link *l, bool on);
void isdn_link_stats(const struct isdn_link *l, struct isdn_link_stats *st);

#endif
