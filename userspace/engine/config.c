/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "engine/config.h"

#include <string.h>

#include "core/line/jitter.h"
#include "echocan/echocan.h"
#include "engine/backend.h"
#include "engine/wire.h"

static const struct conf_name crc4_names[] = {
	{"off", E1_CRC4_OFF}, {"on", E1_CRC4_ON}, {"auto", E1_CRC4_AUTO}, {0}};
static const struct conf_name law_names[] = {{"alaw", LAW_A}, {"ulaw", LAW_U}, {0}};
static const struct conf_name signalling_names[] = {
	{"none", SIG_NONE}, {"pri-user", SIG_PRI_USER}, {"pri-network", SIG_PRI_NETWORK}, {0}};
static const struct conf_name variant_names[] = {{"euroisdn", false}, {"qsig", true}, {0}};

static const struct conf_name clock_names[] = {
	{"auto", SPAN_CLOCK_AUTO}, {"line", SPAN_CLOCK_LINE}, {"own", SPAN_CLOCK_OWN}, {0}};
static const struct conf_name line_code_names[] = {{"hdb3", false}, {"ami", true}, {0}};

static const char *check_backend(const void *value)
{
	return backend_find(value) ? NULL : "no such backend";
}

static const char *check_address(const void *value)
{
	/* "" is: not given */
	return *(const char *)value ? wire_address_check(value) : NULL;
}

static const char *check_tail(const void *value)
{
	int ms = *(const int *)value;

	return ms == 0 || ms >= ECHOCAN_TAIL_MIN_MS ? NULL : "is too short for an echo";
}

static const struct conf_field span_fields[] = {
	{"name", CONF_STRING, conf_at(span_cfg, name), .required = true, .min = 1, .max = 15,
	 .help = "a short name such as \"E1-1\", used in every message"},
	{"backend", CONF_STRING, conf_at(span_cfg, backend), .def = "pseudowire",
	 .check = check_backend, .help = "\"pseudowire\" or \"dahdi\""},
	{"local", CONF_STRING, conf_at(span_cfg, local), .def = "", .check = check_address,
	 .help = "our address:port of the pseudowire, such as \"127.0.0.1:20001\""},
	{"remote", CONF_STRING, conf_at(span_cfg, remote), .def = "", .check = check_address,
	 .help = "the far end's address:port"},
	{"device", CONF_STRING, conf_at(span_cfg, device), .def = "",
	 .help = "a DAHDI span's number or name, or its card's location or hardware id"},
	{"port", CONF_INT, conf_at(span_cfg, port), .min = 1, .max = 16, .def = "1",
	 .help = "which of the spans of that card"},
	{"configure", CONF_BOOL, conf_at(span_cfg, configure), .def = "true",
	 .help = "false: dahdi_cfg has configured the span"},
	{"line_code", CONF_ENUM, conf_at(span_cfg, ami), .names = line_code_names, .def = "hdb3"},
	{"clock", CONF_ENUM, conf_at(span_cfg, clock), .names = clock_names, .def = "auto",
	 .help = "what the card sends by"},
	{"block_ms", CONF_INT, conf_at(span_cfg, block_ms), .min = 2, .max = 60, .def = "5",
	 .help = "milliseconds that are read and written at once"},
	{"margin_ms", CONF_INT, conf_at(span_cfg, margin_ms), .min = 1, .max = 100, .def = "3",
	 .help = "milliseconds by which reading and writing may be late"},
	{"crc4", CONF_ENUM, conf_at(span_cfg, crc4), .names = crc4_names, .def = "auto"},
	{"cas", CONF_BOOL, conf_at(span_cfg, cas), .def = "false",
	 .help = "true: timeslot 16 carries the CAS multiframe"},
	{"law", CONF_ENUM, conf_at(span_cfg, law), .names = law_names, .def = "alaw"},
	{"signalling", CONF_ENUM, conf_at(span_cfg, signalling), .names = signalling_names,
	 .def = "pri-user"},
	{"variant", CONF_ENUM, conf_at(span_cfg, qsig), .names = variant_names, .def = "euroisdn"},
	{"overlap", CONF_BOOL, conf_at(span_cfg, overlap), .def = "true",
	 .help = "true: accept numbers that come digit by digit"},
	{"dchannel", CONF_INT, conf_at(span_cfg, dchannel), .min = 1, .max = 31, .def = "16",
	 .help = "timeslot of the D-channel"},
	{"echo_tail_ms", CONF_INT, conf_at(span_cfg, echo_tail_ms), .max = ECHOCAN_TAIL_MAX_MS,
	 .def = "64", .check = check_tail,
	 .help = "0: no echo cancelling, or 16 to 256 milliseconds"},
	{"t309_s", CONF_INT, conf_at(span_cfg, t309_s), .min = 1, .max = 600, .def = "90",
	 .help = "seconds that calls survive without D-channel"},
	{"clock_priority", CONF_INT, conf_at(span_cfg, clock_priority), .max = 255, .def = "1",
	 .help = "1 is the first choice as clock reference, 0 never"},
	{"jitter_ms", CONF_INT, conf_at(span_cfg, jitter_ms), .min = 2, .max = JITTER_SLOTS / 2,
	 .def = "5", .help = "milliseconds of jitter buffer to begin with"},
	{"jitter_max_ms", CONF_INT, conf_at(span_cfg, jitter_max_ms), .min = 2, .max = JITTER_SLOTS,
	 .def = "100", .help = "milliseconds it may grow to"},
	{"weight", CONF_INT, conf_at(span_cfg, weight), .max = 1000, .def = "1",
	 .help = "share of outgoing calls when hunting \"most-idle\""},
	{"group", CONF_STRING, conf_at(span_cfg, group), .def = "trunks", .min = 1, .max = 15,
	 .help = "name of the trunk group for outgoing calls"},
	{0}};

static void check_span(void *group, struct conf_place *at)
{
	const struct span_cfg *s = group;

	bool wire = strcmp(s->backend, "pseudowire") == 0;

	if (wire && (!s->local[0] || !s->remote[0]))
		conf_fail(at, s->local[0] ? "remote" : "local", "an address:port",
			  "a pseudowire needs local and remote");
	if (!wire && !s->device[0])
		conf_fail(at, "device", "a span's number or name, see `strowger scan`",
			  "a DAHDI span needs device");
	if (s->jitter_ms > s->jitter_max_ms)
		conf_fail(at, "jitter_ms", "at most jitter_max_ms",
			  "%d is more than jitter_max_ms = %d", s->jitter_ms, s->jitter_max_ms);
	if (s->cas && s->signalling != SIG_NONE && s->dchannel == 16)
		conf_fail(at, "cas", "cas = false, or another D-channel timeslot",
			  "timeslot 16 cannot be both D-channel and CAS");
}

static const struct conf_group span_group = {
	.size = sizeof(struct span_cfg), .fields = span_fields, .check = check_span};

static const struct conf_field lang_fields[] = {
	{"lang", CONF_STRING, conf_at(lang_cfg, lang), .required = true, .min = 1},
	{"voice", CONF_STRING, conf_at(lang_cfg, voice), .required = true, .min = 1,
	 .help = "a voice of espeak-ng, see `espeak-ng --voices`"},
	{"rate", CONF_INT, conf_at(lang_cfg, rate), .min = 80, .max = 450, .def = "160",
	 .help = "words a minute"},
	{"pitch", CONF_INT, conf_at(lang_cfg, pitch), .max = 99, .def = "50"},
	{0}};
static const struct conf_group lang_group = {.size = sizeof(struct lang_cfg),
					     .fields = lang_fields};

static const struct conf_field capacity_fields[] = {
	{"legs", CONF_INT, conf_at(capacity_cfg, legs), .min = 1, .max = 4096, .def = "512",
	 .help = "calls at once, both directions"},
	{"load_percent", CONF_INT, conf_at(capacity_cfg, load_percent), .min = 10, .max = 100,
	 .def = "85", .help = "load of the media thread above which calls are refused"},
	{"prompt_cache_mb", CONF_INT, conf_at(capacity_cfg, prompt_cache_mb), .min = 1,
	 .max = 65536, .def = "256"},
	{0}};
static const struct conf_field no_controller_fields[] = {
	{"hold_ms", CONF_INT, conf_at(no_controller_cfg, hold_ms), .max = 30000, .def = "5000"},
	{"announcement", CONF_STRING, conf_at(no_controller_cfg, announcement), .def = "",
	 .help = "a prompt's name, or \"\" for none"},
	{"cause", CONF_INT, conf_at(no_controller_cfg, cause), .min = 1, .max = 127, .def = "41",
	 .help = "Q.850 cause"},
	{0}};
static const struct conf_group capacity_group = {.size = sizeof(struct capacity_cfg),
						 .fields = capacity_fields};
static const struct conf_group no_controller_group = {.size = sizeof(struct no_controller_cfg),
						      .fields = no_controller_fields};

static const struct conf_field engine_fields[] = {
	{"socket", CONF_STRING, conf_at(engine_cfg, socket), .def = "/run/strowger/engine.sock",
	 .min = 1, .help = "path of the control socket"},
	{"tones", CONF_STRING, conf_at(engine_cfg, tones), .required = true, .min = 1,
	 .help = "the country's tone plan, such as \"configs/tones/CN.conf\""},
	{"prompts", CONF_STRINGS, conf_items(engine_cfg, prompt_dirs, n_prompt_dirs),
	 .required = true, .min_items = 1, .help = "directories with sound files"},
	{"speech_cache", CONF_STRING, conf_at(engine_cfg, speech_cache), .def = "",
	 .help = "directory for spoken texts, or \"\" for none"},
	{"recordings", CONF_STRING, conf_at(engine_cfg, recordings), .required = true, .min = 1,
	 .help = "directory for recordings"},
	{"traces", CONF_STRING, conf_at(engine_cfg, traces), .def = "/tmp", .min = 1,
	 .help = "directory for D-channel traces"},
	{"languages", CONF_LIST, conf_items(engine_cfg, langs, n_langs), .group = &lang_group},
	{"capacity", CONF_GROUP, conf_at(engine_cfg, capacity), .group = &capacity_group},
	{"no_controller", CONF_GROUP, conf_at(engine_cfg, no_controller),
	 .group = &no_controller_group},
	{"spans", CONF_LIST, conf_items(engine_cfg, spans, n_spans), .group = &span_group,
	 .required = true, .min_items = 1},
	{0}};

static void check_engine(void *group, struct conf_place *at)
{
	const struct engine_cfg *cfg = group;
	char path[48];

	for (size_t i = 0; i < cfg->n_spans; i++) {
		for (size_t k = 0; k < i; k++) {
			snprintf(path, sizeof(path), "spans[%zu].name", i);
			if (strcmp(cfg->spans[i].name, cfg->spans[k].name) == 0)
				conf_fail(at, path, "a name of its own for each span",
					  "spans[%zu] is already called \"%s\"", k,
					  cfg->spans[k].name);
			snprintf(path, sizeof(path), "spans[%zu].local", i);
			if (cfg->spans[i].local[0] &&
			    strcmp(cfg->spans[i].local, cfg->spans[k].local) == 0)
				conf_fail(at, path, "another port", "spans[%zu] uses %s already", k,
					  cfg->spans[k].local);
		}
	}
}

static const struct conf_group engine_group = {
	.size = sizeof(struct engine_cfg), .fields = engine_fields, .check = check_engine};

int engine_config_load(const char *file, struct engine_cfg *cfg, struct conf_errors *errs)
{
	return conf_load(file, &engine_group, cfg, errs);
}
