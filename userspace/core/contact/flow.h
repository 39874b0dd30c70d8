/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A call flow: what is done with a call, as an immutable table of named steps.
 *
 * The shell fills the table from a file (appliance/flowfile.c), flow_link() turns
 * the names of steps into indexes and finds what cannot work; from then on nobody
 * writes to it and any number of contacts run on it. docs/flows.md is the same for
 * people who write flows.
 */
#ifndef CORE_CONTACT_FLOW_H
#define CORE_CONTACT_FLOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FLOW_NAME_MAX    32 /* flow, step, room, group; with its 0 */
#define FLOW_VAR_MAX     16 /* name of a variable, with its 0 */
#define FLOW_LANG_MAX    8 /* "en", "cmn"; with its 0 */
#define FLOW_TEXT_MAX    256 /* one text, octets of UTF-8 with its 0 */
#define FLOW_STEPS_MAX   250 /* steps of a flow */
#define FLOW_ITEMS_MAX   16 /* items of one list */
#define FLOW_CASES_MAX   64 /* cases of a switch */
#define FLOW_OPTIONS_MAX 12 /* digits of a menu: 0-9 * # */

/* Something to hear. */
enum flow_item_kind {
	FLOW_FILE, /* text: prompt file */
	FLOW_SAY, /* text: template, spoken in lang */
	FLOW_TONE, /* text: name of a tone; ms, 0: without end */
	FLOW_SILENCE, /* ms */
	FLOW_TIME, /* form; the wall clock, spoken in lang (en, cmn) */
	FLOW_DIGITS, /* text: template; digit by digit in lang, or files below prefix */
	FLOW_NUMBER, /* text: template; as a whole number in lang (en, cmn) */
};

enum flow_time_form { FLOW_CLOCK, FLOW_DATE, FLOW_DATE_CLOCK };

struct flow_item {
	enum flow_item_kind kind;
	enum flow_time_form form;
	uint32_t ms;
	char lang[FLOW_LANG_MAX];
	char text[FLOW_TEXT_MAX];
	char prefix[64]; /* FLOW_DIGITS: "digits/" makes 5 the file "digits/5"; "" speaks */
};

struct flow_items {
	struct flow_item *list;
	size_t n;
};

/* Where to go on: name as written ("" if not given), and the index after flow_link(). */
struct flow_ref {
	char name[FLOW_NAME_MAX];
	int16_t step; /* -1: not given */
};

enum flow_op {
	FLOW_ANSWER,
	FLOW_PLAY,
	FLOW_MENU,
	FLOW_COLLECT,
	FLOW_RECORD,
	FLOW_SWITCH,
	FLOW_CONNECT,
	FLOW_MEET,
	FLOW_HANGUP,
	FLOW_GOTO,
	FLOW_SET,
	FLOW_OPS
};

struct flow_play {
	struct flow_items items;
	bool barge; /* any digit ends the playing */
	struct flow_ref failed; /* a prompt cannot be had; not given: next */
};

struct flow_option {
	char digit[2];
	struct flow_ref to;
};

/* FLOW_MENU and FLOW_COLLECT: ask, wait for digits, ask again. */
struct flow_ask {
	struct flow_items items; /* the question */
	struct flow_items sorry; /* played before the question when it is repeated */
	struct flow_option *options; /* menu */
	size_t n_options;
	char into[FLOW_VAR_MAX]; /* collect: variable for the digits */
	uint8_t min, max; /* collect: digits */
	char terminators[8]; /* collect: digits that end it, not kept */
	bool is_private; /* collect: the digits go into no recording and no call record */
	uint32_t first_ms, inter_ms;
	uint8_t retries; /* so many times the question is asked again */
	struct flow_ref invalid; /* after the last retry: wrong or too few digits; or timeout */
	struct flow_ref timeout; /* after the last retry: nothing dialled; question not playable */
};

struct flow_record {
	uint32_t max_ms, silence_ms; /* silence_ms 0: no end by silence */
	char terminators[8];
	bool beep;
	bool keep_digits; /* what is typed stays in it */
	char into[FLOW_VAR_MAX]; /* variable for the file's name, or "" */
	struct flow_ref failed;
};

enum flow_tristate { FLOW_ANY, FLOW_NO, FLOW_YES };

/* One case of a switch: all conditions that are given must hold. */
struct flow_case {
	char called[FLOW_NAME_MAX]; /* number begins with this; "" any */
	char calling[FLOW_NAME_MAX];
	char variable[FLOW_VAR_MAX]; /* "" none; otherwise is or prefix below */
	char is[64]; /* whole value */
	char prefix[64]; /* beginning of the value */
	bool has_is, has_prefix;
	uint8_t weekdays; /* bit 0 Sunday ... bit 6 Saturday; 0 any */
	int16_t from, until; /* minutes of the day, until exclusive; from > until runs over
			      * midnight; both -1: any */
	enum flow_tristate holiday, workday;
	struct flow_ref to;
};

struct flow_switch {
	struct flow_case *cases;
	size_t n_cases;
	struct flow_ref otherwise;
};

struct flow_connect {
	char number[FLOW_TEXT_MAX]; /* template */
	char group[FLOW_NAME_MAX]; /* of channels; or */
	char span[FLOW_NAME_MAX];
	char calling[64]; /* template; "" none */
	uint32_t ring_s; /* [s] to wait for the answer */
	struct flow_items ringing; /* heard while the other party rings; none: ring-back tone */
	struct flow_ref busy, no_answer, failed; /* next: the talk is over */
};

struct flow_meet {
	char room[FLOW_NAME_MAX];
	struct flow_items waiting; /* repeated while alone */
	uint32_t max_wait_s;
	struct flow_ref timeout; /* next: the talk is over */
};

struct flow_set {
	char variable[FLOW_VAR_MAX];
	char value[FLOW_TEXT_MAX]; /* template */
};

struct flow_step {
	char name[FLOW_NAME_MAX];
	enum flow_op op;
	/*
	 * Not given: the step below; but after a talk (connect, meet) the call ends then,
	 * and menu, switch and hangup have none.
	 */
	struct flow_ref next;
	union {
		struct flow_play play;
		struct flow_ask ask;
		struct flow_record record;
		struct flow_switch choice;
		struct flow_connect connect;
		struct flow_meet meet;
		struct flow_set set;
		uint8_t cause; /* FLOW_HANGUP: Q.850 */
	} u;
};

struct flow {
	char name[FLOW_NAME_MAX];
	char lang[FLOW_LANG_MAX]; /* of items that do not say */
	struct flow_step *steps; /* the first one begins */
	size_t n_steps;
	uint32_t mark; /* of names and kinds of all steps: the same table or another one */
};

/*
 * Receives one fault: @step its index, @setting the member below it ("timeout",
 * "options[2].to"; "" the step itself), what is wrong, what would be right. Texts
 * are valid during the call.
 */
typedef void flow_fault_fn(void *ctx, size_t step, const char *setting, const char *wrong,
			   const char *right);

/**
 * flow_link() - resolve the names of steps and check that the flow can work
 * @f: filled table; the step indexes and mark are written
 * @fault: told about each fault, all of them
 *
 * Faults: a name used twice, an unknown step, a last step that leads nowhere, a step
 * that cannot be reached, a circle without a step that takes time (the machine would
 * never come out of it), a template with an unknown variable or a brace that is not
 * closed, a variable with a bad name, a speaking item in a language that we cannot form
 * numbers in, a digit given twice.
 *
 * Return: number of faults; 0: the flow may be run.
 */
int flow_link(struct flow *f, flow_fault_fn *fault, void *ctx);

/** flow_op_name() - "play" ...; "?" outside the table */
const char *flow_op_name(enum flow_op op);

/** flow_find() - index of the step called @name, or -1 */
int flow_find(const struct flow *f, const char *name);

/**
 * flow_refs() - all places of a step that name another step
 * @out: room for FLOW_REFS_MAX pointers into @s
 * @settings: NULL, or room for as many names of settings, each char[32]
 * Return: how many there are, given or not; s->next is the first.
 */
#define FLOW_REFS_MAX (FLOW_CASES_MAX + 6)
int flow_refs(struct flow_step *s, struct flow_ref **out, char (*settings)[32]);

#endif
