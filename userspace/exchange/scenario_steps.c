/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The steps of a script and the faults of a timeline, as tables. */
#include "exchange/scenario_steps.h"

#include <string.h>

#include "exchange/scenario.h"

#define HOUR_MS 3600000

#define WITHIN(ms_text)                                                                            \
	{                                                                                          \
		"within_ms", CONF_INT, conf_at(step, within_ms),                                   \
			.min = 1, .max = HOUR_MS, .def = (ms_text),                                \
			.help = "milliseconds to wait for it",                                     \
	}
#define LEVEL(dbm0_text)                                                                           \
	{                                                                                          \
		"level", CONF_FLOAT, conf_at(step, level),                                         \
			.min = -60, .max = 3, .def = (dbm0_text), .help = "level in dBm0",         \
	}
#define DURATION(def_text)                                                                         \
	{                                                                                          \
		"ms", CONF_INT, conf_at(step, ms), .min = 1, .max = 24.0 * HOUR_MS,                \
						   .def = (def_text), .help = "milliseconds",      \
	}
#define DURATION_REQUIRED                                                                          \
	{                                                                                          \
		"ms", CONF_INT, conf_at(step, ms), .required = true, .min = 1,                     \
						   .max = 24.0 * HOUR_MS, .help = "milliseconds",  \
	}
#define SOUND_FILE                                                                                 \
	{                                                                                          \
		"file", CONF_STRING, conf_at(step, file),                                          \
			.required = true, .min = 1,                                                \
			.help = "a sound file below one of the sounds folders, with its suffix",   \
	}

static const struct conf_name tone_names[] = {{"dial", TONE_DIAL},
					      {"special_dial", TONE_SPECIAL_DIAL},
					      {"ringback", TONE_RINGBACK},
					      {"busy", TONE_BUSY},
					      {"congestion", TONE_CONGESTION},
					      {"call_waiting", TONE_CALL_WAITING},
					      {"sit", TONE_SIT},
					      {"vacant", TONE_VACANT},
					      {"toll_notify", TONE_TOLL_NOTIFY},
					      {"reminder", TONE_REMINDER},
					      {"howler", TONE_HOWLER},
					      {"milliwatt", TONE_MILLIWATT},
					      {0}};

#define TONE_NAME                                                                                  \
	{                                                                                          \
		"tone", CONF_ENUM, conf_at(step, tone), .required = true, .names = tone_names,     \
	}

static const char *digits_check(const void *value)
{
	const char *s = value;

	return strspn(s, "0123456789*#ABCD") == strlen(s) ? NULL
							  : "only 0-9 * # A-D can be dialled";
}

static const char *record_check(const void *value)
{
	return strchr(value, '/') ? "the name has a '/'" : NULL;
}

static const struct conf_field timed_fields[] = {DURATION_REQUIRED, {0}};
static const struct conf_field speak_fields[] = {SOUND_FILE, {0}};
static const struct conf_field tone_fields[] = {TONE_NAME, DURATION_REQUIRED, {0}};
static const struct conf_field record_fields[] = {
	{"file", CONF_STRING, conf_at(step, file), .required = true, .min = 1,
	 .check = record_check,
	 .help = "name without folder and suffix; the call's number is added"},
	{0}};
static const struct conf_field inband_fields[] = {
	{"inband", CONF_BOOL, conf_at(step, inband), .def = "false"}, {0}};
static const struct conf_field hangup_fields[] = {
	{"cause", CONF_INT, conf_at(step, cause), .min = 1, .max = 127, .def = "16",
	 .help = "Q.850 cause value"},
	{"or_cleared", CONF_BOOL, conf_at(step, or_cleared), .def = "false",
	 .help = "true: right too if the far end cleared before"},
	{0}};
static const struct conf_field within_fields[] = {WITHIN("10000"), {0}};
static const struct conf_field connected_fields[] = {
	WITHIN("10000"),
	{"or_cause", CONF_INT, conf_at(step, or_cause), .min = 0, .max = 127, .def = "0",
	 .help = "Q.850 cause value of a refusal that is right too, 0 none"},
	{0}};
static const struct conf_field cleared_fields[] = {WITHIN("10000"),
						   {"cause", CONF_INT, conf_at(step, cause),
						    .min = 0, .max = 127, .def = "0",
						    .help = "Q.850 cause value, 0 any"},
						   {0}};
static const struct conf_field hear_tone_fields[] = {WITHIN("10000"), TONE_NAME, {0}};
static const struct conf_field hear_speech_fields[] = {
	WITHIN("10000"), LEVEL("-40"), DURATION("200"), {0}};
static const struct conf_field hear_silence_fields[] = {
	WITHIN("10000"), LEVEL("-45"), DURATION("1000"), {0}};
static const struct conf_field hear_end_fields[] = {
	WITHIN("60000"),
	LEVEL("-40"),
	DURATION("1000"),
	{"speech_ms", CONF_INT, conf_at(step, speech_ms), .min = 1, .max = HOUR_MS, .def = "200",
	 .help = "milliseconds of sound that must have been there"},
	{0}};
static const struct conf_field hear_prompt_fields[] = {
	WITHIN("10000"),
	SOUND_FILE,
	{"ms", CONF_INT, conf_at(step, ms), .min = 0, .max = HOUR_MS, .def = "0",
	 .help = "milliseconds of it from the beginning, 0 all"},
	{"differ", CONF_INT, conf_at(step, differ), .min = 0, .max = 1e9, .def = "0",
	 .help = "octets that may differ"},
	{0}};
static const struct conf_field partner_fields[] = {
	WITHIN("30000"),
	DURATION("1000"),
	{"differ", CONF_INT, conf_at(step, differ), .min = 0, .max = 1e9, .def = "0",
	 .help = "octets that may differ"},
	{"max_delay_ms", CONF_INT, conf_at(step, max_delay_ms), .min = 0, .max = 10000, .def = "0",
	 .help = "longest way allowed, 0 any"},
	{"linger_ms", CONF_INT, conf_at(step, linger_ms), .min = 0, .max = HOUR_MS, .def = "1000",
	 .help = "milliseconds to go on speaking, for the partner's sake"},
	{0}};
static const struct conf_field dial_fields[] = {
	{"digits", CONF_STRING, conf_at(step, dial.digits), .required = true, .min = 1,
	 .check = digits_check},
	{"after_ms", CONF_INT, conf_at(step, after_ms), .min = 0, .max = HOUR_MS, .def = "0"},
	{"on_ms", CONF_INT, conf_at(step, dial.on_ms), .min = 1, .max = 10000, .def = "70"},
	{"off_ms", CONF_INT, conf_at(step, dial.off_ms), .min = 1, .max = 10000, .def = "70"},
	{"level", CONF_FLOAT, conf_at(step, dial.level), .min = -60, .max = 0, .def = "-9",
	 .help = "level of the low tone in dBm0"},
	{"twist", CONF_FLOAT, conf_at(step, dial.twist), .min = -20, .max = 20, .def = "2",
	 .help = "high tone above low tone in dB"},
	{0}};

static const struct conf_variant step_variants[] = {
	{"wait", STEP_WAIT, timed_fields},
	{"speak", STEP_SPEAK, speak_fields},
	{"tone", STEP_TONE, tone_fields},
	{"dial", STEP_DIAL, dial_fields},
	{"record", STEP_RECORD, record_fields},
	{"alert", STEP_ALERT, inband_fields},
	{"progress", STEP_PROGRESS, inband_fields},
	{"answer", STEP_ANSWER, NULL},
	{"hangup", STEP_HANGUP, hangup_fields},
	{"connected", STEP_CONNECTED, connected_fields},
	{"alerting", STEP_ALERTING, within_fields},
	{"proceeding", STEP_PROCEEDING, within_fields},
	{"progressing", STEP_PROGRESSING, within_fields},
	{"cleared", STEP_CLEARED, cleared_fields},
	{"hear_prompt", STEP_HEAR_PROMPT, hear_prompt_fields},
	{"hear_tone", STEP_HEAR_TONE, hear_tone_fields},
	{"hear_speech", STEP_HEAR_SPEECH, hear_speech_fields},
	{"hear_silence", STEP_HEAR_SILENCE, hear_silence_fields},
	{"hear_end", STEP_HEAR_END, hear_end_fields},
	{"partner", STEP_PARTNER, partner_fields},
	{0}};

const struct conf_group scenario_step_group = {.size = sizeof(struct step),
					       .selector = "do",
					       conf_selector(step, what),
					       .variants = step_variants};

const char *step_name(enum step_do what)
{
	size_t i;

	for (i = 0; step_variants[i].name; i++)
		if (step_variants[i].value == (int)what)
			return step_variants[i].name;
	return "?";
}

/* ---- faults ---- */

#define FAULT_MS                                                                                   \
	{                                                                                          \
		"ms", CONF_INT, conf_at(fault_def, ms),                                            \
			.min = 0, .max = 24.0 * HOUR_MS, .def = "0",                               \
			.help = "milliseconds that it lasts, 0 to the end",                        \
	}
#define FAULT_PERCENT                                                                              \
	{                                                                                          \
		"percent", CONF_FLOAT, conf_at(fault_def, percent),                                \
			.required = true, .min = 0, .max = 100, .help = "percent of the packets",  \
	}
#define FAULT_BY_MS                                                                                \
	{                                                                                          \
		"by_ms", CONF_INT, conf_at(fault_def, by_ms),                                      \
			.required = true, .min = 0, .max = 200, .help = "milliseconds later",      \
	}
#define FAULT_RATE                                                                                 \
	{                                                                                          \
		"rate", CONF_FLOAT, conf_at(fault_def, rate),                                      \
			.required = true, .min = 0, .max = 1,                                      \
			.help = "probability, for instance 1e-4",                                  \
	}
#define FAULT_COUNT                                                                                \
	{                                                                                          \
		"count", CONF_INT, conf_at(fault_def, count), .min = -1000000, .max = 1000000,     \
							      .def = "1",                          \
	}

static const struct conf_field lasting_fields[] = {FAULT_MS, {0}};
static const struct conf_field once_fields[] = {{0}};
static const struct conf_field percent_fields[] = {FAULT_MS, FAULT_PERCENT, {0}};
static const struct conf_field burst_fields[] = {FAULT_MS,
						 FAULT_PERCENT,
						 {"length", CONF_INT, conf_at(fault_def, length),
						  .required = true, .min = 1, .max = 10000,
						  .help = "packets in a row"},
						 {0}};
static const struct conf_field reorder_fields[] = {FAULT_MS, FAULT_PERCENT, FAULT_BY_MS, {0}};
static const struct conf_field delay_fields[] = {FAULT_MS, FAULT_BY_MS, {0}};
static const struct conf_field rate_fields[] = {FAULT_MS, FAULT_RATE, {0}};
static const struct conf_field shift_fields[] = {
	FAULT_MS,
	{"bits", CONF_INT, conf_at(fault_def, bits), .required = true, .min = 0, .max = 255},
	{0}};
static const struct conf_field count_fields[] = {FAULT_COUNT, {0}};
static const struct conf_field channel_fields[] = {
	{"channel", CONF_INT, conf_at(fault_def, channel), .min = 0, .max = 31, .def = "0",
	 .help = "timeslot, 0 all"},
	{0}};
static const struct conf_field frames_fields[] = {
	{"file", CONF_STRING, conf_at(fault_def, file), .required = true, .min = 1,
	 .help = "a file with one frame of hexadecimal octets a line"},
	{0}};

static const struct conf_variant fault_variants[] = {
	{"cut", FAULT_CUT, lasting_fields},
	{"loss", FAULT_LOSS, percent_fields},
	{"burst", FAULT_BURST, burst_fields},
	{"reorder", FAULT_REORDER, reorder_fields},
	{"duplicate", FAULT_DUPLICATE, percent_fields},
	{"delay", FAULT_DELAY, delay_fields},
	{"ais", FAULT_AIS, lasting_fields},
	{"rai", FAULT_RAI, lasting_fields},
	{"no_signal", FAULT_NO_SIGNAL, lasting_fields},
	{"crc", FAULT_CRC, rate_fields},
	{"ber", FAULT_BER, rate_fields},
	{"shift", FAULT_SHIFT, shift_fields},
	{"slip", FAULT_SLIP, count_fields},
	{"fas", FAULT_FAS, count_fields},
	{"dchannel", FAULT_DCHANNEL, lasting_fields},
	{"restart", FAULT_RESTART, once_fields},
	{"restart_message", FAULT_RESTART_MSG, channel_fields},
	{"frames", FAULT_FRAMES, frames_fields},
	{"datagrams", FAULT_DATAGRAMS, count_fields},
	{0}};

static const struct conf_field fault_fields[] = {
	{"at_ms", CONF_INT, conf_at(fault_def, at_ms), .required = true, .min = 0,
	 .max = 24.0 * HOUR_MS},
	{"span", CONF_STRING, conf_at(fault_def, span), .refers_to = "spans",
	 .help = "name of a span, \"\" all"},
	{0}};

const struct conf_group scenario_fault_group = {.size = sizeof(struct fault_def),
						.fields = fault_fields,
						.selector = "fault",
						conf_selector(fault_def, kind),
						.variants = fault_variants};

const char *fault_name(enum fault_kind kind)
{
	size_t i;

	for (i = 0; fault_variants[i].name; i++)
		if (fault_variants[i].value == (int)kind)
			return fault_variants[i].name;
	return "?";
}
