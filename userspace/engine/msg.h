/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the call thread and the media thread say to each other, through two rings
 * (base/ring.h). Each record is one struct, for *_FRAME followed by the frame's octets.
 *
 * Ownership of what a command points to passes to the media thread and comes back with
 * the event that ends the operation; there is exactly one such event for each command
 * that starts one, also when the channel is closed.
 *
 * A full ring: frames, and commands that begin something on an open channel, are refused
 * while a quarter of the ring is in use, so that those that end it always find room. News that may
 * be lost (frames, digits, fax tones, seconds) leave half of their ring to the ends of what
 * was lent; alarms and signalling bits are told once there is room again.
 */
#ifndef ENGINE_MSG_H
#define ENGINE_MSG_H

#include <stdbool.h>
#include <stdint.h>

struct playlist;
struct recording;

enum media_cmd_type {
	MCMD_DCHAN_FRAME, /* span: send the octets that follow */
	/* channel: reset, idle octets to the line, flags: detectors and OPEN_*; op: the leg */
	MCMD_OPEN,
	MCMD_CLOSE, /* channel: end everything on it; answered by MEV_CLOSED with the same op */
	MCMD_PLAY, /* op, list; ends the present one */
	MCMD_STOP_PLAY, /* op */
	MCMD_RECORD, /* op, recording, silence, max; flags: RECORD_* */
	MCMD_STOP_RECORD, /* op */
	MCMD_DETECT, /* flags: DETECT_* (engine/detect.h) */
	MCMD_PRIVATE, /* channel: what is typed on it goes into no recording */
	MCMD_PUBLIC, /* channel: it does, as at MCMD_OPEN */
	MCMD_CONNECT, /* channel hears peer and peer hears channel */
	MCMD_DISCONNECT,
	MCMD_CAS, /* channel: send the bits abcd in flags */
};

#define OPEN_DATA (1u << 31) /* not a voice: octets are passed as they are */

#define RECORD_NO_DIGITS 1u /* both parties' digits are silence in it */

struct chan_id {
	uint8_t span; /* index */
	uint8_t ts; /* 1..31 */
};

struct media_cmd {
	enum media_cmd_type type;
	struct chan_id chan, peer;
	uint32_t op;
	uint32_t flags;
	int64_t silence; /* MCMD_RECORD: samples of silence from the line that end it, 0: none */
	int64_t max; /* MCMD_RECORD: samples until it ends, 0: none */
	struct playlist *list;
	struct recording *recording;
};

enum media_event_type {
	MEV_DCHAN_FRAME, /* span: the octets that follow were received */
	MEV_ALARMS, /* span: alarms are now @value */
	MEV_SECOND, /* span: two struct g826_second follow, near and far: a second of line time is over */
	MEV_DIGIT, /* channel: digit has begun; at; heard; op: the leg of MCMD_OPEN */
	MEV_DIGIT_END, /* channel: digit that began at at has ended, value; heard; op: the leg */
	MEV_FAX, /* channel: digit 'c' CNG, 'a' ANS, 'm' ANSam, 'r' phase reversal, 'v' V.21; at; heard */
	MEV_TONE, /* channel: value: enum tone_name begins, or stopped; at; heard; op: the leg */
	MEV_PLAY_END, /* op, list; value: samples played; stopped */
	MEV_RECORD_END, /* op, recording; silent, full: why it ended by itself */
	MEV_CLOSED,
	MEV_OVERLOAD, /* value: 1 begins, 0 ends */
	MEV_CAS, /* channel: value: bits abcd received now */
};

/* What a detector measured; a single tone has the first of each pair. */
struct media_heard {
	float dbm0[2]; /* level of the low and of the high frequency */
	float offset[2]; /* of both, part of the nominal frequency */
	float snr_db;
	float hz;
};

struct media_event {
	enum media_event_type type;
	struct chan_id chan;
	int64_t sample; /* of the tick that found it */
	int64_t at;
	int64_t value;
	uint32_t op;
	char digit;
	bool stopped, silent, full;
	struct media_heard heard;
	struct playlist *list;
	struct recording *recording;
};

#endif
