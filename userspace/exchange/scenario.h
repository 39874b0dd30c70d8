/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A scenario: spans, classes of callers and what they do, numbers that answer, faults.
 * The file format is described in docs/exchange.md, with examples in configs/exchange.
 *
 * Shell (reads the file). What it yields is plain data that nobody writes to afterwards,
 * except sounds.c, which fills in the clips and tones that steps refer to.
 */
#ifndef EXCHANGE_SCENARIO_H
#define EXCHANGE_SCENARIO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/conf.h"
#include "base/names.h"
#include "core/call/number.h"
#include "core/channel/hybrid.h"
#include "core/channel/tone.h"
#include "core/span/e1.h"
#include "engine/isdn.h"
#include "exchange/arrivals.h"
#include "exchange/mouth.h"

#define SCENARIO_SPANS   16
#define SCENARIO_CLASSES 32
#define SCENARIO_ANSWERS 32
#define SCENARIO_FAULTS  128
#define SCENARIO_STEPS   64
#define SCENARIO_NAME    32

enum step_do {
	/* doing */
	STEP_WAIT, /* ms: nothing */
	STEP_SPEAK, /* file */
	STEP_TONE, /* tone, ms */
	STEP_DIAL, /* dial, after after_ms */
	STEP_RECORD, /* file: from now to the end of the call, left heard, right said */
	STEP_ALERT, /* answering: ALERTING, inband */
	STEP_PROGRESS, /* answering: PROGRESS, inband */
	STEP_ANSWER, /* answering: CONNECT */
	STEP_HANGUP, /* cause; or_cleared: the far end may have been quicker */
	/* hearing, each within within_ms */
	STEP_CONNECTED, /* or_cause */
	STEP_ALERTING,
	STEP_PROCEEDING,
	STEP_PROGRESSING, /* PROGRESS received */
	STEP_CLEARED, /* cause (0: any): the far end clears */
	STEP_HEAR_PROMPT, /* file octet for octet; ms: only so much of it; differ */
	STEP_HEAR_TONE, /* tone */
	STEP_HEAR_SPEECH, /* ms of sound at level */
	STEP_HEAR_SILENCE, /* ms below level without a break */
	STEP_HEAR_END, /* speech of at least speech_ms, then ms of silence */
	STEP_PARTNER, /* ms of the bridged partner's blocks, octet for octet; differ, max_delay_ms */
};

/** step_name() - "hear_prompt", ... */
const char *step_name(enum step_do what);

struct step {
	int what; /* enum step_do */
	char file[PATH_MAX_LEN];
	int tone; /* enum tone_name */
	struct mouth_digits dial;
	int ms, within_ms, after_ms, speech_ms;
	double level; /* [dBm0] */
	int cause; /* Q.850 */
	bool or_cleared, inband;
	int or_cause; /* STEP_CONNECTED: refused with this cause is right too, and ends the script */
	int differ; /* octets that may differ */
	int max_delay_ms; /* 0: not judged */
	int linger_ms; /* STEP_PARTNER: goes on speaking after it has heard enough itself */
	/* filled in by sounds.c; owned by struct sounds */
	const uint8_t *clip;
	size_t clip_n;
	const struct tone_prog *prog;
};

struct span_def {
	char name[SCENARIO_NAME];
	char local[64], remote[64];
	int crc4; /* enum e1_crc4 */
	bool cas;
	int dchannel; /* timeslot; 0: none */
	int variant, side; /* enum isdn_variant, enum isdn_side */
	int blocked[31]; /* timeslots */
	size_t n_blocked;
	int jitter_ms;
	bool slips; /* the far end has a clock of its own: keep up by slips, shorten delays */
	bool overlap; /* overlap receiving of calls from the far end */
};

struct class_def {
	char name[SCENARIO_NAME];
	struct arrivals_cfg arrivals;
	int seed;
	char span[SCENARIO_NAME]; /* "": the one with most idle channels */
	char called[64], calling[64]; /* patterns, exchange/arrivals.h */
	int presentation; /* enum isdn_presentation */
	int screening;
	char display[NAME_MAX_LEN]; /* calling name */
	char redirecting[NUMBER_MAX];
	int redirecting_reason;
	int bearer; /* enum isdn_bearer */
	bool overlap; /* digits one by one */
	int overlap_first; /* digits in the SETUP */
	int overlap_gap_ms;
	bool exclusive;
	int channel; /* timeslot, 0: any */
	bool analog; /* behind a hybrid */
	struct hybrid_cfg hybrid;
	bool wait_channel; /* no free channel: wait for one; else the call is lost and failed */
	struct step *steps;
	size_t n_steps;
};

struct answer_def {
	char name[SCENARIO_NAME];
	char called[64]; /* core/call/number.h pattern */
	struct number_pattern pattern;
	int digits; /* overlap: length of the number, 0: as it comes */
	bool analog; /* behind a hybrid */
	struct hybrid_cfg hybrid;
	struct step *steps;
	size_t n_steps;
};

enum fault_kind {
	FAULT_CUT, /* cable pulled: nothing is sent and nothing received for ms */
	FAULT_LOSS, /* percent of the packets */
	FAULT_BURST, /* percent of the packets begin a burst of length lost packets */
	FAULT_REORDER, /* percent of the packets come by_ms late */
	FAULT_DUPLICATE, /* percent of the packets come twice */
	FAULT_DELAY, /* packets are by_ms under way */
	FAULT_AIS,
	FAULT_RAI,
	FAULT_NO_SIGNAL,
	FAULT_CRC, /* rate of wrong sub-multiframes */
	FAULT_BER, /* rate of wrong bits */
	FAULT_SHIFT, /* bits by which the alignment jumps */
	FAULT_SLIP, /* count frames are left out, or repeated if negative */
	FAULT_FAS, /* count frame alignment signals are wrong */
	FAULT_DCHANNEL, /* flags only for ms, frames of both directions are lost */
	FAULT_RESTART, /* the exchange's side of the span starts anew, calls forgotten */
	FAULT_RESTART_MSG, /* RESTART message for channel, 0 all */
	FAULT_FRAMES, /* frames of hexadecimal lines of file on the D-channel */
	FAULT_DATAGRAMS, /* count random datagrams */
};

/** fault_name() - "cut", ... */
const char *fault_name(enum fault_kind kind);

struct fault_def {
	int kind; /* enum fault_kind */
	int at_ms, ms; /* ms 0: to the end, for those that last */
	char span[SCENARIO_NAME]; /* "": all */
	double percent, rate;
	int by_ms, length, count, bits, channel;
	char file[PATH_MAX_LEN];
};

struct scenario {
	char name[64];
	int seed;
	int seconds; /* no new calls after; 0: until all are made */
	int finish_ms; /* callers that are not done so long after the last new call have failed */
	int quiet_ms; /* time before the first and after the last call, for counters to settle */
	double ppm; /* clock offset of the exchange, real time only */
	int patience_ms; /* real time only: how long a stalled far end is waited for */
	char tones[PATH_MAX_LEN];
	char sounds[8][PATH_MAX_LEN];
	size_t n_sounds;
	struct span_def spans[SCENARIO_SPANS];
	size_t n_spans;
	struct class_def classes[SCENARIO_CLASSES];
	size_t n_classes;
	struct answer_def answers[SCENARIO_ANSWERS];
	size_t n_answers;
	struct fault_def faults[SCENARIO_FAULTS];
	size_t n_faults;
};

/**
 * scenario_load() - read and check a file
 * Relative file names in it (tones, sounds, file of a fault) become relative to its folder.
 * @sc: about 200 KB; written only on success, then to be freed with scenario_free()
 * Return: 0, or a negative errno with everything that is wrong in @errs.
 */
int scenario_load(const char *file, struct scenario *sc, struct conf_errors *errs);
/** scenario_load_text() - the same from a string; @name stands for the file */
int scenario_load_text(const char *text, const char *name, struct scenario *sc,
		       struct conf_errors *errs);
void scenario_free(struct scenario *sc);

/** scenario_span() - index of a span by name, -ENOENT */
int scenario_span(const struct scenario *sc, const char *name);

#endif
