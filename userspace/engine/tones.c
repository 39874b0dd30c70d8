/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "engine/tones.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/conf.h"

#define NAME_LEN  24
#define ALL_FREQS ((1u << TONE_FREQS_MAX) - 1)

struct step_cfg {
	uint32_t on, off; /* ms */
	uint8_t freqs[TONE_FREQS_MAX], n_freqs;
	float gain_db;
};

struct tone_cfg {
	char name[NAME_LEN], same_as[NAME_LEN];
	struct tone_freq freqs[TONE_FREQS_MAX];
	struct step_cfg steps[TONE_STEPS_MAX];
	uint8_t n_freqs, n_steps, loop_from;
	uint16_t repeat;
	struct tone_prog prog; /* made by check_tone() unless same_as is given */
};

struct plan_cfg {
	char country[16];
	struct tone_cfg tones[TONE_COUNT];
	size_t n_tones;
	struct dtmf_limits digits;
	struct tone_plan plan; /* made by check_plan() */
};

static const char *check_name(const void *value)
{
	return tone_name_find(value) < 0 ? "no such tone" : NULL;
}

static void step_of(const struct step_cfg *cfg, unsigned n_freqs, struct tone_step *step)
{
	step->on_ms = cfg->on;
	step->off_ms = cfg->off;
	step->gain_db = cfg->gain_db;
	step->freqs = cfg->n_freqs ? 0 : (uint8_t)(ALL_FREQS >> (TONE_FREQS_MAX - n_freqs));
	for (unsigned i = 0; i < cfg->n_freqs; i++)
		step->freqs |= (uint8_t)(1u << cfg->freqs[i]);
}

/* Tells what tone_compile() would refuse without a word. Return: nothing was wrong. */
static bool check_steps(const struct tone_cfg *t, struct conf_place *at)
{
	char setting[48];
	bool good = true;

	for (unsigned s = 0; s < t->n_steps; s++) {
		if (t->steps[s].on + t->steps[s].off == 0) {
			snprintf(setting, sizeof(setting), "steps[%u]", s);
			conf_fail(at, setting, "on and off in milliseconds", "takes no time");
			good = false;
		}
		for (unsigned i = 0; i < t->steps[s].n_freqs; i++) {
			if (t->steps[s].freqs[i] < t->n_freqs)
				continue;
			snprintf(setting, sizeof(setting), "steps[%u].freqs", s);
			conf_fail(at, setting, "counted from 0", "there is no frequency %u",
				  t->steps[s].freqs[i]);
			good = false;
		}
	}
	if (t->loop_from > 0 && t->loop_from >= t->n_steps) {
		conf_fail(at, "loop_from", "counted from 0", "there is no step %u", t->loop_from);
		good = false;
	}
	return good;
}

static void check_tone(void *group, struct conf_place *at)
{
	struct tone_cfg *t = group;
	struct tone_def def = {.n_freqs = t->n_freqs,
			       .n_steps = t->n_steps,
			       .loop_from = t->loop_from,
			       .repeat = t->repeat};

	if (t->same_as[0]) {
		if (t->n_freqs || t->n_steps)
			conf_fail(at, "same_as", "same_as alone, or freqs and steps",
				  "the tone has frequencies or steps of its own");
		return;
	}
	if (t->n_freqs == 0) {
		conf_fail(at, NULL, "freqs = ( { hz = 450; dbm0 = -10; } )", "has no frequencies");
		return;
	}
	if (!check_steps(t, at))
		return;
	memcpy(def.freq, t->freqs, sizeof(def.freq));
	for (unsigned i = 0; i < t->n_steps; i++)
		step_of(&t->steps[i], t->n_freqs, &def.step[i]);
	if (tone_compile(&def, &t->prog) < 0)
		conf_fail(at, NULL, "lower levels", "the levels add up to more than full scale");
}

static const struct tone_cfg *find_tone(const struct plan_cfg *cfg, const char *name)
{
	for (size_t i = 0; i < cfg->n_tones; i++) {
		if (strcmp(cfg->tones[i].name, name) == 0)
			return &cfg->tones[i];
	}
	return NULL;
}

static void check_plan(void *group, struct conf_place *at)
{
	struct plan_cfg *cfg = group;
	char setting[48];

	for (size_t i = 0; i < cfg->n_tones; i++) {
		const struct tone_cfg *t = &cfg->tones[i];

		if (find_tone(cfg, t->name) == t)
			continue;
		snprintf(setting, sizeof(setting), "tones[%zu].name", i);
		conf_fail(at, setting, "each tone once", "\"%s\" is there twice", t->name);
	}
	for (int n = 0; n < TONE_COUNT; n++) {
		const struct tone_cfg *t = find_tone(cfg, tone_name_str(n));
		const struct tone_cfg *from = t;

		if (!t) {
			conf_fail(at, "tones", "same_as = \"...\" if the country has none",
				  "there is no \"%s\"", tone_name_str(n));
			continue;
		}
		if (t->same_as[0])
			from = find_tone(cfg, t->same_as);
		if (!from || from->same_as[0]) {
			snprintf(setting, sizeof(setting), "tones[%zu].same_as",
				 (size_t)(t - cfg->tones));
			conf_fail(at, setting, "a tone with frequencies of its own",
				  "\"%s\" has none", t->same_as);
			continue;
		}
		cfg->plan.tone[n] = from->prog;
	}
	if (dtmf_compile(&cfg->digits, &(struct dtmf_rule){0}) < 0)
		conf_fail(at, "digits", "limits further apart",
			  "what must be taken and what must not are too close");
	cfg->plan.digits = cfg->digits;
	memcpy(cfg->plan.country, cfg->country, sizeof(cfg->plan.country));
}

static const struct conf_field freq_fields[] = {
	{"hz", CONF_FLOAT, conf_at(tone_freq, hz), .required = true, .min = 20, .max = 3980,
	 .help = "20 to 3980 Hz"},
	{"dbm0", CONF_FLOAT, conf_at(tone_freq, dbm0), .required = true, .min = -60, .max = 3.14,
	 .help = "-60 to 3.14 dBm0"},
	{0}};
static const struct conf_group freq_group = {.size = sizeof(struct tone_freq),
					     .fields = freq_fields};

static const struct conf_field step_fields[] = {
	{"on", CONF_INT, conf_at(step_cfg, on), .min = 0, .max = TONE_MS_MAX,
	 .help = "milliseconds"},
	{"off", CONF_INT, conf_at(step_cfg, off), .min = 0, .max = TONE_MS_MAX,
	 .help = "milliseconds"},
	{"freqs", CONF_INTS, conf_items(step_cfg, freqs, n_freqs), .min = 0,
	 .max = TONE_FREQS_MAX - 1, .help = "numbers of the tone's frequencies from 0"},
	{"gain_db", CONF_FLOAT, conf_at(step_cfg, gain_db), .min = -60, .max = 20, .def = "0",
	 .help = "-60 to 20 dB"},
	{0}};
static const struct conf_group step_group = {.size = sizeof(struct step_cfg),
					     .fields = step_fields};

static const struct conf_field tone_fields[] = {
	{"name", CONF_STRING, conf_at(tone_cfg, name), .required = true, .check = check_name,
	 .help = "dial, special_dial, ringback, busy, congestion, call_waiting, sit, vacant, "
		 "toll_notify, reminder, howler or milliwatt"},
	{"same_as", CONF_STRING, conf_at(tone_cfg, same_as), .check = check_name,
	 .help = "the name of another tone"},
	{"freqs", CONF_LIST, conf_items(tone_cfg, freqs, n_freqs), .group = &freq_group},
	{"steps", CONF_LIST, conf_items(tone_cfg, steps, n_steps), .group = &step_group},
	{"loop_from", CONF_INT, conf_at(tone_cfg, loop_from), .min = 0, .max = TONE_STEPS_MAX - 1,
	 .help = "number of a step from 0"},
	{"repeat", CONF_INT, conf_at(tone_cfg, repeat), .min = 0, .max = 32767,
	 .help = "how often, 0 without end"},
	{0}};
static const struct conf_group tone_group = {
	.size = sizeof(struct tone_cfg), .fields = tone_fields, .check = check_tone};

static const struct conf_field digits_fields[] = {
	{"accept_percent", CONF_FLOAT, conf_at(dtmf_limits, accept_percent), .min = 0, .max = 3,
	 .def = "1.5", .help = "0 to 3 %"},
	{"accept_hz", CONF_FLOAT, conf_at(dtmf_limits, accept_hz), .min = 0, .max = 6, .def = "2",
	 .help = "0 to 6 Hz, added to accept_percent"},
	{"reject_percent", CONF_FLOAT, conf_at(dtmf_limits, reject_percent), .min = 1, .max = 8,
	 .def = "3.5", .help = "1 to 8 %"},
	{"accept_dbm0", CONF_FLOAT, conf_at(dtmf_limits, accept_dbm0), .min = -45, .max = -10,
	 .def = "-25", .help = "-45 to -10 dBm0"},
	{"reject_dbm0", CONF_FLOAT, conf_at(dtmf_limits, reject_dbm0), .min = -70, .max = -12,
	 .def = "-55", .help = "-70 to -12 dBm0"},
	{"twist_high_db", CONF_FLOAT, conf_at(dtmf_limits, twist_high_db), .min = 0, .max = 15,
	 .def = "4", .help = "0 to 15 dB"},
	{"twist_low_db", CONF_FLOAT, conf_at(dtmf_limits, twist_low_db), .min = 0, .max = 15,
	 .def = "8", .help = "0 to 15 dB"},
	{"accept_ms", CONF_INT, conf_at(dtmf_limits, accept_ms), .min = 30, .max = 100, .def = "40",
	 .help = "30 to 100 ms"},
	{"reject_ms", CONF_INT, conf_at(dtmf_limits, reject_ms), .min = 10, .max = 90, .def = "23",
	 .help = "10 to 90 ms"},
	{"pause_ms", CONF_INT, conf_at(dtmf_limits, pause_ms), .min = 10, .max = 100, .def = "40",
	 .help = "10 to 100 ms"},
	{"break_ms", CONF_INT, conf_at(dtmf_limits, break_ms), .min = 1, .max = 90, .def = "10",
	 .help = "1 to 90 ms"},
	{0}};
static const struct conf_group digits_group = {.size = sizeof(struct dtmf_limits),
					       .fields = digits_fields};

static const struct conf_field plan_fields[] = {
	{"country", CONF_STRING, conf_at(plan_cfg, country), .required = true, .min = 1, .max = 15,
	 .help = "a short name, for instance \"CN\""},
	{"tones", CONF_LIST, conf_items(plan_cfg, tones, n_tones), .group = &tone_group,
	 .required = true},
	{"digits", CONF_GROUP, conf_at(plan_cfg, digits), .group = &digits_group},
	{0}};
static const struct conf_group plan_group = {
	.size = sizeof(struct plan_cfg), .fields = plan_fields, .check = check_plan};

int tones_load(const char *file, struct tone_plan *plan, struct conf_errors *errs)
{
	struct plan_cfg *cfg = calloc(1, sizeof(*cfg));
	int rc;

	if (!cfg)
		return -ENOMEM;
	rc = conf_load(file, &plan_group, cfg, errs);
	if (rc == 0)
		*plan = cfg->plan;
	free(cfg);
	return rc;
}
