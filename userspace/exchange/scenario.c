/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "exchange/scenario.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "exchange/scenario_steps.h"

#define HOUR_MS 3600000

static const char *series_field_check(const void *value)
{
	return series_check(value);
}

/* ---- spans ---- */

static const struct conf_name crc4_names[] = {
	{"off", E1_CRC4_OFF}, {"on", E1_CRC4_ON}, {"auto", E1_CRC4_AUTO}, {0}};
static const struct conf_name variant_names[] = {
	{"euroisdn", ISDN_EUROISDN}, {"qsig", ISDN_QSIG}, {0}};
static const struct conf_name side_names[] = {{"network", ISDN_NETWORK}, {"user", ISDN_USER}, {0}};

#define ADDRESS_HELP "address:port, for instance \"127.0.0.1:30001\""

static const struct conf_field span_fields[] = {
	{"name", CONF_STRING, conf_at(span_def, name), .required = true, .min = 1},
	{"local", CONF_STRING, conf_at(span_def, local), .required = true, .min = 3,
	 .help = ADDRESS_HELP},
	{"remote", CONF_STRING, conf_at(span_def, remote), .required = true, .min = 3,
	 .help = ADDRESS_HELP},
	{"crc4", CONF_ENUM, conf_at(span_def, crc4), .names = crc4_names, .def = "on"},
	{"cas", CONF_BOOL, conf_at(span_def, cas), .def = "false"},
	{"dchannel", CONF_INT, conf_at(span_def, dchannel), .min = 0, .max = 31, .def = "16",
	 .help = "timeslot, 0 none"},
	{"variant", CONF_ENUM, conf_at(span_def, variant), .names = variant_names,
	 .def = "euroisdn"},
	{"side", CONF_ENUM, conf_at(span_def, side), .names = side_names, .def = "network"},
	{"blocked", CONF_INTS, conf_items(span_def, blocked, n_blocked), .min = 1, .max = 31,
	 .help = "timeslots that get no calls"},
	{"jitter_ms", CONF_INT, conf_at(span_def, jitter_ms), .min = 2, .max = 100, .def = "4"},
	{"slips", CONF_BOOL, conf_at(span_def, slips), .def = "false",
	 .help = "true: the far end's clock does not follow the exchange's"},
	{"overlap", CONF_BOOL, conf_at(span_def, overlap), .def = "false",
	 .help = "true: digits of calls from the far end may come one by one"},
	{0}};

static void span_check(void *group, struct conf_place *at)
{
	struct span_def *s = group;

	if (s->cas && s->dchannel == 16)
		conf_fail(at, "dchannel", "another timeslot, or cas = false",
			  "timeslot 16 carries the CAS multiframe");
}

static const struct conf_group span_group = {
	.size = sizeof(struct span_def), .fields = span_fields, .check = span_check};

/* ---- callers ---- */

static const struct conf_name arrivals_names[] = {{"fixed", ARRIVALS_FIXED},
						  {"poisson", ARRIVALS_POISSON},
						  {"burst", ARRIVALS_BURST},
						  {"keep", ARRIVALS_KEEP},
						  {0}};
static const struct conf_name presentation_names[] = {{"allowed", ISDN_PRES_ALLOWED},
						      {"restricted", ISDN_PRES_RESTRICTED},
						      {"unavailable", ISDN_PRES_UNAVAILABLE},
						      {0}};
static const struct conf_name reason_names[] = {
	{"unknown", 0}, {"busy", 1}, {"no_reply", 2}, {"unconditional", 15}, {0}};
static const struct conf_name bearer_names[] = {{"speech", ISDN_BEARER_SPEECH},
						{"3k1_audio", ISDN_BEARER_3K1_AUDIO},
						{"64k", ISDN_BEARER_UNRESTRICTED},
						{"restricted", ISDN_BEARER_RESTRICTED},
						{"tones", ISDN_BEARER_TONES},
						{"video", ISDN_BEARER_VIDEO},
						{0}};

/* A subscriber with two wires: the models of G.168 Annex D in the order of hybrid_models. */
static const struct conf_name hybrid_names[] = {{"D.2", 0}, {"D.3", 1}, {"D.4", 2},
						{"D.5", 3}, {"D.6", 4}, {"D.7", 5},
						{"D.8", 6}, {"D.9", 7}, {0}};

static const struct conf_field hybrid_fields[] = {
	{"model", CONF_ENUM, conf_at(hybrid_cfg, model), .names = hybrid_names, .def = "D.2"},
	{"erl_db", CONF_FLOAT, conf_at(hybrid_cfg, erl_db), .min = 0, .max = 60, .def = "12",
	 .help = "echo return loss in dB"},
	{"delay_ms", CONF_INT, conf_at(hybrid_cfg, delay_ms), .min = 0, .max = HYBRID_DELAY_MAX_MS,
	 .def = "0", .help = "milliseconds there and back"},
	{0}};

static const struct conf_group hybrid_group = {.size = sizeof(struct hybrid_cfg),
					       .fields = hybrid_fields};

#define HYBRID(s)                                                                                  \
	{                                                                                          \
		"hybrid", CONF_GROUP, conf_at(s, hybrid), .group = &hybrid_group,                  \
							  conf_count(s, analog),                   \
	}

#define CLASS_INT(n, m, lo, hi, d)                                                                 \
	{                                                                                          \
		n, CONF_INT, conf_at(class_def, m), .min = (lo), .max = (hi), .def = (d),          \
	}

static const struct conf_field class_fields[] = {
	{"name", CONF_STRING, conf_at(class_def, name), .required = true, .min = 1},
	{"arrivals", CONF_ENUM, conf_at(class_def, arrivals.kind), .names = arrivals_names,
	 .def = "fixed"},
	CLASS_INT("calls", arrivals.calls, 0, 1000000, "1"),
	CLASS_INT("start_ms", arrivals.start_ms, 0, HOUR_MS, "0"),
	CLASS_INT("interval_ms", arrivals.interval_ms, 0, HOUR_MS, "1000"),
	{"rate", CONF_FLOAT, conf_at(class_def, arrivals.rate), .min = 0, .max = 10000, .def = "0",
	 .help = "calls a second"},
	CLASS_INT("burst", arrivals.burst, 0, 10000, "0"),
	CLASS_INT("keep", arrivals.keep, 0, 10000, "0"),
	CLASS_INT("seed", seed, 0, 2147483647, "0"),
	{"span", CONF_STRING, conf_at(class_def, span), .refers_to = "spans",
	 .help = "name of a span, \"\" any"},
	{"called", CONF_STRING, conf_at(class_def, called), .required = true,
	 .check = series_field_check, .help = "digits, X, or a range from-to"},
	{"calling", CONF_STRING, conf_at(class_def, calling), .check = series_field_check,
	 .help = "digits, X, or a range from-to"},
	{"presentation", CONF_ENUM, conf_at(class_def, presentation), .names = presentation_names,
	 .def = "allowed"},
	CLASS_INT("screening", screening, 0, 3, "3"),
	{"display", CONF_STRING, conf_at(class_def, display), .help = "calling name"},
	{"redirecting", CONF_STRING, conf_at(class_def, redirecting)},
	{"redirecting_reason", CONF_ENUM, conf_at(class_def, redirecting_reason),
	 .names = reason_names, .def = "unconditional"},
	{"bearer", CONF_ENUM, conf_at(class_def, bearer), .names = bearer_names,
	 .def = "3k1_audio"},
	{"overlap", CONF_BOOL, conf_at(class_def, overlap), .def = "false"},
	CLASS_INT("overlap_first", overlap_first, 0, 31, "0"),
	CLASS_INT("overlap_gap_ms", overlap_gap_ms, 1, 60000, "300"),
	{"exclusive", CONF_BOOL, conf_at(class_def, exclusive), .def = "true"},
	CLASS_INT("channel", channel, 0, 31, "0"),
	HYBRID(class_def),
	{"wait_channel", CONF_BOOL, conf_at(class_def, wait_channel), .def = "true"},
	{"steps", CONF_TREE, conf_tree(class_def, steps, n_steps), .group = &scenario_step_group,
	 .required = true, .min_items = 1, .max_items = SCENARIO_STEPS},
	{0}};

static bool answering_step(int what)
{
	return what == STEP_ALERT || what == STEP_PROGRESS || what == STEP_ANSWER;
}

static bool originating_step(int what)
{
	return what == STEP_CONNECTED || what == STEP_ALERTING || what == STEP_PROCEEDING ||
	       what == STEP_PROGRESSING;
}

static void steps_check(const struct step *steps, size_t n, bool answers, struct conf_place *at)
{
	char path[32];
	size_t i;

	for (i = 0; i < n; i++) {
		if (answers ? !originating_step(steps[i].what) : !answering_step(steps[i].what))
			continue;
		snprintf(path, sizeof(path), "steps[%zu].do", i);
		conf_fail(at, path, NULL, "\"%s\" is only for those who %s",
			  step_name((enum step_do)steps[i].what), answers ? "call" : "are called");
	}
}

static void class_check(void *group, struct conf_place *at)
{
	struct class_def *c = group;

	if (c->arrivals.kind == ARRIVALS_POISSON && c->arrivals.rate <= 0)
		conf_fail(at, "rate", "calls a second above 0", "poisson arrivals need a rate");
	if (c->arrivals.kind == ARRIVALS_BURST && c->arrivals.burst < 1)
		conf_fail(at, "burst", "calls at once, 1 or more", "burst arrivals need a size");
	if (c->arrivals.kind == ARRIVALS_KEEP && c->arrivals.keep < 1)
		conf_fail(at, "keep", "callers, 1 or more", "keep needs how many to keep up");
	if ((c->arrivals.kind == ARRIVALS_FIXED || c->arrivals.kind == ARRIVALS_BURST) &&
	    c->arrivals.calls == 0 && c->arrivals.interval_ms == 0)
		conf_fail(at, "interval_ms", "1 or more, or a number of calls",
			  "endless calls without a pause between");
	steps_check(c->steps, c->n_steps, false, at);
}

static const struct conf_group class_group = {
	.size = sizeof(struct class_def), .fields = class_fields, .check = class_check};

/* ---- numbers that answer ---- */

static const struct conf_field answer_fields[] = {
	{"name", CONF_STRING, conf_at(answer_def, name), .required = true, .min = 1},
	{"called", CONF_STRING, conf_at(answer_def, called), .required = true, .min = 1,
	 .help = "a number, a prefix such as 021*, or a range from-to"},
	{"digits", CONF_INT, conf_at(answer_def, digits), .min = 0, .max = 31, .def = "0",
	 .help = "overlap: digits of a whole number, 0 as it comes"},
	HYBRID(answer_def),
	{"steps", CONF_TREE, conf_tree(answer_def, steps, n_steps), .group = &scenario_step_group,
	 .required = true, .min_items = 1, .max_items = SCENARIO_STEPS},
	{0}};

static void answer_check(void *group, struct conf_place *at)
{
	struct answer_def *a = group;

	if (number_pattern_parse(a->called, &a->pattern) < 0)
		conf_fail(at, "called", "a number, a prefix such as 021*, or a range from-to",
			  "\"%s\" is no pattern", a->called);
	steps_check(a->steps, a->n_steps, true, at);
}

static const struct conf_group answer_group = {
	.size = sizeof(struct answer_def), .fields = answer_fields, .check = answer_check};

/* ---- the file ---- */

#define TOP_INT(m, lo, hi, d)                                                                      \
	{                                                                                          \
#m, CONF_INT, conf_at(scenario, m), .min = (lo), .max = (hi), .def = (d),          \
	}

static const struct conf_field top_fields[] = {
	{"name", CONF_STRING, conf_at(scenario, name), .required = true, .min = 1},
	TOP_INT(seed, 0, 2147483647, "1"),
	TOP_INT(seconds, 0, 86400, "0"),
	TOP_INT(finish_ms, 0, HOUR_MS, "120000"),
	TOP_INT(quiet_ms, 0, HOUR_MS, "1000"),
	{"ppm", CONF_FLOAT, conf_at(scenario, ppm), .min = -1000, .max = 1000, .def = "0",
	 .help = "clock offset of the exchange in millionths"},
	TOP_INT(patience_ms, 0, 60000, "500"),
	{"tones", CONF_STRING, conf_at(scenario, tones), .help = "tone plan of the country"},
	{"sounds", CONF_STRINGS, conf_items(scenario, sounds, n_sounds),
	 .help = "folders of sound files"},
	{"spans", CONF_LIST, conf_items(scenario, spans, n_spans), .group = &span_group,
	 .required = true, .min_items = 1},
	{"classes", CONF_LIST, conf_items(scenario, classes, n_classes), .group = &class_group},
	{"answers", CONF_LIST, conf_items(scenario, answers, n_answers), .group = &answer_group},
	{"faults", CONF_LIST, conf_items(scenario, faults, n_faults),
	 .group = &scenario_fault_group},
	{0}};

static bool span_known(const struct scenario *sc, const char *name)
{
	return !name[0] || scenario_span(sc, name) >= 0;
}

static bool needs_tones(const struct step *steps, size_t n)
{
	while (n-- > 0)
		if (steps[n].what == STEP_TONE || steps[n].what == STEP_HEAR_TONE)
			return true;
	return false;
}

static void names_check(const struct scenario *sc, struct conf_place *at)
{
	char path[32];
	size_t i;

	for (i = 0; i < sc->n_spans; i++) {
		snprintf(path, sizeof(path), "spans[%zu].name", i);
		if (scenario_span(sc, sc->spans[i].name) != (int)i)
			conf_fail(at, path, "another name", "\"%s\" is there already",
				  sc->spans[i].name);
	}
	for (i = 0; i < sc->n_classes; i++) {
		snprintf(path, sizeof(path), "classes[%zu].span", i);
		if (!span_known(sc, sc->classes[i].span))
			conf_fail(at, path, "the name of a span of this file",
				  "there is no span \"%s\"", sc->classes[i].span);
	}
	for (i = 0; i < sc->n_faults; i++) {
		snprintf(path, sizeof(path), "faults[%zu].span", i);
		if (!span_known(sc, sc->faults[i].span))
			conf_fail(at, path, "the name of a span of this file",
				  "there is no span \"%s\"", sc->faults[i].span);
	}
}

static void top_check(void *group, struct conf_place *at)
{
	struct scenario *sc = group;
	bool tones = false;
	size_t i;

	names_check(sc, at);
	for (i = 0; i < sc->n_classes; i++)
		tones |= needs_tones(sc->classes[i].steps, sc->classes[i].n_steps);
	for (i = 0; i < sc->n_answers; i++)
		tones |= needs_tones(sc->answers[i].steps, sc->answers[i].n_steps);
	if (tones && !sc->tones[0])
		conf_fail(at, "tones", "a tone plan such as ../tones/CN.conf",
			  "steps use tones, but there is no tone plan");
}

static const struct conf_group top_group = {
	.size = sizeof(struct scenario), .fields = top_fields, .check = top_check};

/* A relative name becomes one in the scenario's folder. What would be too long stays as it is: the
 * file is then not found, and the message names it.
 */
static void in_folder(const char *scenario, char path[PATH_MAX_LEN])
{
	const char *slash = strrchr(scenario, '/');
	size_t folder, len = strlen(path);

	if (!slash || !len || path[0] == '/')
		return;
	folder = (size_t)(slash - scenario) + 1;
	if (folder + len >= PATH_MAX_LEN)
		return;
	memmove(path + folder, path, len + 1);
	memcpy(path, scenario, folder);
}

static void place_files(struct scenario *sc, const char *file)
{
	size_t i;

	in_folder(file, sc->tones);
	for (i = 0; i < sc->n_sounds; i++)
		in_folder(file, sc->sounds[i]);
	for (i = 0; i < sc->n_faults; i++)
		in_folder(file, sc->faults[i].file);
}

int scenario_load(const char *file, struct scenario *sc, struct conf_errors *errs)
{
	int err = conf_load(file, &top_group, sc, errs);

	if (!err)
		place_files(sc, file);
	return err;
}

int scenario_load_text(const char *text, const char *name, struct scenario *sc,
		       struct conf_errors *errs)
{
	int err = conf_load_text(text, name, &top_group, sc, errs);

	if (!err)
		place_files(sc, name);
	return err;
}

void scenario_free(struct scenario *sc)
{
	conf_free(&top_group, sc);
}

int scenario_span(const struct scenario *sc, const char *name)
{
	size_t i;

	for (i = 0; i < sc->n_spans; i++)
		if (strcmp(sc->spans[i].name, name) == 0)
			return (int)i;
	return -ENOENT;
}
