/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "appliance/flowfile.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * The file is read into structs that have a place for each setting (below), and from
 * these the compact table of core/contact/flow.h is built. Building and linking happen
 * in the check of the whole file, where a fault still knows its line.
 */

/* ---- an item: what is given says what it is ------------------------------------------------- */

struct item_in {
	struct flow_item item;
	char file[FLOW_TEXT_MAX], say[FLOW_TEXT_MAX], tone[FLOW_TEXT_MAX];
	char digits[FLOW_TEXT_MAX], number[FLOW_TEXT_MAX];
	uint32_t silence_ms;
	uint8_t has_file, has_say, has_tone, has_digits, has_number, has_silence, has_time;
	uint8_t has_ms, has_lang, has_files;
};

static const struct conf_name time_forms[] = {
	{"clock", FLOW_CLOCK}, {"date", FLOW_DATE}, {"both", FLOW_DATE_CLOCK}, {0}};

#define text_item(m, has, words)                                                                   \
	{                                                                                          \
#m, CONF_STRING, conf_at(item_in, m), .min = 1, .help = words,                     \
						      conf_count(item_in, has)                     \
	}

static const struct conf_field item_fields[] = {
	text_item(file, has_file, "a prompt file"),
	text_item(say, has_say, "a text"),
	text_item(tone, has_tone, "a tone of the country: \"ringback\", \"busy\" ..."),
	text_item(digits, has_digits, "a text such as \"{number}\""),
	text_item(number, has_number, "a text such as \"{count}\""),
	{"silence_ms", CONF_INT, conf_at(item_in, silence_ms), .min = 1, .max = 600000,
	 conf_count(item_in, has_silence), .help = "1 to 600000 milliseconds"},
	{"time", CONF_ENUM, conf_at(item_in, item.form), .names = time_forms,
	 conf_count(item_in, has_time)},
	{"lang", CONF_STRING, conf_at(item_in, item.lang), .min = 2, conf_count(item_in, has_lang),
	 .help = "a language such as \"en\" or \"cmn\""},
	{"ms", CONF_INT, conf_at(item_in, item.ms), .min = 1, .max = 600000,
	 conf_count(item_in, has_ms), .help = "1 to 600000 milliseconds"},
	{"files", CONF_STRING, conf_at(item_in, item.prefix), .min = 1,
	 conf_count(item_in, has_files), .help = "where the recorded digits are: \"digits/\""},
	{0}};

static void set_item(struct item_in *in, enum flow_item_kind kind, const char *text)
{
	in->item.kind = kind;
	memcpy(in->item.text, text, FLOW_TEXT_MAX);
}

static void check_item(void *group, struct conf_place *at)
{
	struct item_in *in = group;
	int kinds = in->has_file + in->has_say + in->has_tone + in->has_digits + in->has_number +
		    in->has_silence + in->has_time;

	if (kinds != 1)
		conf_fail(at, NULL,
			  "one of file, say, tone, silence_ms, time, digits, number in each item",
			  kinds ? "the item is several things at once" : "the item says nothing");
	if (in->has_ms && !in->has_tone)
		conf_fail(at, "ms", "\"silence_ms\" for silence", "only a tone has a length");
	if (in->has_files && !in->has_digits)
		conf_fail(at, "files", "digits = \"...\" beside it", "only digits come from files");
	if (in->has_lang && (in->has_file || in->has_tone || in->has_silence || in->has_files))
		conf_fail(at, "lang", "leave it out", "nothing is spoken here");
	in->item.ms = in->has_silence ? in->silence_ms : in->item.ms;
	in->item.kind = in->has_silence ? FLOW_SILENCE : FLOW_TIME;
	if (in->has_file)
		set_item(in, FLOW_FILE, in->file);
	else if (in->has_say)
		set_item(in, FLOW_SAY, in->say);
	else if (in->has_tone)
		set_item(in, FLOW_TONE, in->tone);
	else if (in->has_digits)
		set_item(in, FLOW_DIGITS, in->digits);
	else if (in->has_number)
		set_item(in, FLOW_NUMBER, in->number);
}

static const struct conf_group item_group = {
	.size = sizeof(struct item_in), .fields = item_fields, .check = check_item};

/* ---- a case of a switch --------------------------------------------------------------------- */

struct case_in {
	struct flow_case c;
	char weekdays[64], hours[16];
	bool holiday, workday;
	uint8_t has_holiday, has_workday, has_is, has_prefix;
};

static const char *check_weekdays(const void *value)
{
	uint8_t mask;

	return flowfile_weekdays(value, &mask) < 0 ? "cannot be read as weekdays" : NULL;
}

static const char *check_hours(const void *value)
{
	int16_t from, until;

	return flowfile_hours(value, &from, &until) < 0 ? "cannot be read as hours" : NULL;
}

static const struct conf_field case_fields[] = {
	{"called", CONF_STRING, conf_at(case_in, c.called), .help = "beginning of a number"},
	{"calling", CONF_STRING, conf_at(case_in, c.calling), .help = "beginning of a number"},
	{"variable", CONF_STRING, conf_at(case_in, c.variable), .help = "name of a variable"},
	{"is", CONF_STRING, conf_at(case_in, c.is), conf_count(case_in, has_is)},
	{"begins", CONF_STRING, conf_at(case_in, c.prefix), conf_count(case_in, has_prefix)},
	{"weekdays", CONF_STRING, conf_at(case_in, weekdays), .check = check_weekdays,
	 .help = "\"mon-fri\", \"sat,sun\" ..."},
	{"hours", CONF_STRING, conf_at(case_in, hours), .check = check_hours,
	 .help = "\"08:30-17:30\"; may run over midnight"},
	{"holiday", CONF_BOOL, conf_at(case_in, holiday), conf_count(case_in, has_holiday)},
	{"workday", CONF_BOOL, conf_at(case_in, workday), conf_count(case_in, has_workday)},
	{"to", CONF_STRING, conf_at(case_in, c.to.name), .required = true, .min = 1,
	 .refers_to = "steps", .help = "name of a step"},
	{0}};

static enum flow_tristate tristate(uint8_t given, bool value)
{
	if (!given)
		return FLOW_ANY;
	return value ? FLOW_YES : FLOW_NO;
}

static void check_case(void *group, struct conf_place *at)
{
	struct case_in *in = group;

	in->c.has_is = in->has_is;
	in->c.has_prefix = in->has_prefix;
	in->c.holiday = tristate(in->has_holiday, in->holiday);
	in->c.workday = tristate(in->has_workday, in->workday);
	in->c.from = in->c.until = -1;
	if (in->weekdays[0])
		flowfile_weekdays(in->weekdays, &in->c.weekdays);
	if (in->hours[0])
		flowfile_hours(in->hours, &in->c.from, &in->c.until);
	if (!in->c.variable[0] && (in->has_is || in->has_prefix))
		conf_fail(at, NULL, "variable = \"...\" beside it", "whose value is meant?");
	if (in->c.variable[0] && !in->has_is && !in->has_prefix)
		conf_fail(at, "variable", "\"is\" or \"begins\" beside it",
			  "nothing to compare \"%s\" with", in->c.variable);
	if (!in->c.called[0] && !in->c.calling[0] && !in->c.variable[0] && !in->has_is &&
	    !in->has_prefix && !in->weekdays[0] && !in->hours[0] && !in->has_holiday &&
	    !in->has_workday)
		conf_fail(at, NULL, "a condition, or only \"else\"", "the case holds always");
}

static const struct conf_group case_group = {
	.size = sizeof(struct case_in), .fields = case_fields, .check = check_case};

static const char *check_option_digit(const void *value)
{
	const char *s = value;

	return s[0] && strchr("0123456789*#", s[0]) ? NULL : "is no digit of a telephone";
}

static const struct conf_field option_fields[] = {
	{"digit", CONF_STRING, conf_at(flow_option, digit), .required = true, .min = 1, .max = 1,
	 .check = check_option_digit, .help = "one of 0-9 * #"},
	{"to", CONF_STRING, conf_at(flow_option, to.name), .required = true, .min = 1,
	 .refers_to = "steps", .help = "name of a step"},
	{0}};

static const struct conf_group option_group = {.size = sizeof(struct flow_option),
					       .fields = option_fields};

/* ---- a step --------------------------------------------------------------------------------- */

struct step_in {
	struct flow_step s;
	struct item_in *items, *sorry; /* also ringing and waiting: one list in items */
	size_t n_items, n_sorry;
	struct flow_option *options;
	size_t n_options;
	struct case_in *cases;
	size_t n_cases;
};

#define items_field(setting, m, count)                                                             \
	.name = setting, .type = CONF_TREE, conf_tree(step_in, m, count), .group = &item_group,    \
	.max_items = FLOW_ITEMS_MAX
#define ref_field(setting, m)                                                                      \
	setting, CONF_STRING, conf_at(step_in, s.m.name), .min = 1, .refers_to = "steps",          \
							  .help = "name of a step"

static const char *check_digit_set(const void *value)
{
	const char *s = value;

	return s[strspn(s, "0123456789*#")] ? "has a character that is no digit" : NULL;
}

#define terminators_field(m)                                                                       \
	{                                                                                          \
		"terminators", CONF_STRING, conf_at(step_in, s.m.terminators),                     \
			.check = check_digit_set, .def = "#",                                      \
			.help = "digits of 0-9 * # that end it; \"\" for none"                     \
	}

static const struct conf_field play_fields[] = {
	{items_field("items", items, n_items), .required = true, .min_items = 1},
	{"barge", CONF_BOOL, conf_at(step_in, s.u.play.barge), .def = "false"},
	{ref_field("failed", u.play.failed)},
	{0}};

#define ask_fields                                                                                 \
	{items_field("sorry", sorry, n_sorry)}, {"first_ms",                                       \
						 CONF_INT,                                         \
						 conf_at(step_in, s.u.ask.first_ms),               \
						 .min = 100,                                       \
						 .max = 120000,                                    \
						 .def = "5000",                                    \
						 .help = "milliseconds until the first digit"},    \
		{"inter_ms",   CONF_INT,      conf_at(step_in, s.u.ask.inter_ms),   .min = 100,    \
		 .max = 60000, .def = "3000", .help = "milliseconds between digits"},              \
		{"retries",                                                                        \
		 CONF_INT,                                                                         \
		 conf_at(step_in, s.u.ask.retries),                                                \
		 .min = 0,                                                                         \
		 .max = 20,                                                                        \
		 .def = "2",                                                                       \
		 .help = "how often it is asked again, 0 to 20"},                                  \
		{ref_field("invalid", u.ask.invalid)},                                             \
	{                                                                                          \
		ref_field("timeout", u.ask.timeout), .required = true                              \
	}

static const struct conf_field menu_fields[] = {
	{items_field("items", items, n_items), .required = true, .min_items = 1},
	{"options", CONF_TREE, conf_tree(step_in, options, n_options), .group = &option_group,
	 .required = true, .min_items = 1, .max_items = FLOW_OPTIONS_MAX},
	ask_fields,
	{0}};

static const struct conf_field collect_fields[] = {
	{items_field("items", items, n_items)},
	{"into", CONF_STRING, conf_at(step_in, s.u.ask.into), .required = true, .min = 1,
	 .help = "name of the variable for the digits"},
	{"min", CONF_INT, conf_at(step_in, s.u.ask.min), .min = 0, .max = 63, .def = "1"},
	{"max", CONF_INT, conf_at(step_in, s.u.ask.max), .min = 1, .max = 63, .required = true,
	 .help = "1 to 63 digits"},
	terminators_field(u.ask),
	{"private", CONF_BOOL, conf_at(step_in, s.u.ask.is_private), .def = "false",
	 .help = "true: what is typed goes into no recording and no call record"},
	ask_fields,
	{0}};

static const struct conf_field record_fields[] = {
	{"max_s", CONF_INT, conf_at(step_in, s.u.record.max_ms), .min = 1, .max = 3600,
	 .def = "120", .help = "longest message, 1 to 3600 seconds"},
	{"silence_ms", CONF_INT, conf_at(step_in, s.u.record.silence_ms), .min = 0, .max = 60000,
	 .def = "3000", .help = "silence that ends it, 0: none does"},
	terminators_field(u.record),
	{"beep", CONF_BOOL, conf_at(step_in, s.u.record.beep), .def = "true"},
	{"keep_digits", CONF_BOOL, conf_at(step_in, s.u.record.keep_digits), .def = "true",
	 .help = "false: digits typed meanwhile are silence in the recording"},
	{"into", CONF_STRING, conf_at(step_in, s.u.record.into),
	 .help = "variable for the name of the recording"},
	{ref_field("failed", u.record.failed)},
	{0}};

static const struct conf_field switch_fields[] = {
	{"cases", CONF_TREE, conf_tree(step_in, cases, n_cases), .group = &case_group,
	 .required = true, .min_items = 1, .max_items = FLOW_CASES_MAX},
	{ref_field("else", u.choice.otherwise), .required = true},
	{0}};

static const struct conf_field connect_fields[] = {
	{"number", CONF_STRING, conf_at(step_in, s.u.connect.number), .required = true, .min = 1,
	 .help = "the number to call, may hold {variables}"},
	{"calling", CONF_STRING, conf_at(step_in, s.u.connect.calling),
	 .help = "number to show, for instance \"{calling}\""},
	{"group", CONF_STRING, conf_at(step_in, s.u.connect.group), .help = "a trunk group"},
	{"span", CONF_STRING, conf_at(step_in, s.u.connect.span), .help = "a span"},
	{"ring_s", CONF_INT, conf_at(step_in, s.u.connect.ring_s), .min = 1, .max = 600,
	 .def = "30", .help = "seconds to wait for an answer"},
	{items_field("ringing", items, n_items)},
	{ref_field("busy", u.connect.busy)},
	{ref_field("no_answer", u.connect.no_answer)},
	{ref_field("failed", u.connect.failed)},
	{0}};

static const struct conf_field meet_fields[] = {
	{"room", CONF_STRING, conf_at(step_in, s.u.meet.room), .required = true, .min = 1,
	 .help = "callers in the same room are joined pairwise"},
	{items_field("waiting", items, n_items)},
	{"max_wait_s", CONF_INT, conf_at(step_in, s.u.meet.max_wait_s), .min = 1, .max = 7200,
	 .def = "300", .help = "seconds alone, 1 to 7200"},
	{ref_field("timeout", u.meet.timeout), .required = true},
	{0}};

static const struct conf_field hangup_fields[] = {
	{"cause", CONF_INT, conf_at(step_in, s.u.cause), .min = 1, .max = 127, .def = "16",
	 .help = "a Q.850 cause, 1 to 127; 16 is normal clearing"},
	{0}};

static const struct conf_field set_fields[] = {
	{"variable", CONF_STRING, conf_at(step_in, s.u.set.variable), .required = true, .min = 1,
	 .help = "name of the variable"},
	{"value", CONF_STRING, conf_at(step_in, s.u.set.value), .required = true,
	 .help = "a text, may hold {variables}"},
	{0}};

static const struct conf_variant ops[] = {{"answer", FLOW_ANSWER, NULL},
					  {"play", FLOW_PLAY, play_fields},
					  {"menu", FLOW_MENU, menu_fields},
					  {"collect", FLOW_COLLECT, collect_fields},
					  {"record", FLOW_RECORD, record_fields},
					  {"switch", FLOW_SWITCH, switch_fields},
					  {"connect", FLOW_CONNECT, connect_fields},
					  {"meet", FLOW_MEET, meet_fields},
					  {"hangup", FLOW_HANGUP, hangup_fields},
					  {"goto", FLOW_GOTO, NULL},
					  {"set", FLOW_SET, set_fields},
					  {0}};

static const struct conf_field step_fields[] = {
	{"name", CONF_STRING, conf_at(step_in, s.name), .required = true, .min = 1,
	 .help = "a name that no other step of the flow has"},
	{ref_field("next", next)},
	{0}};

static void check_step(void *group, struct conf_place *at)
{
	struct step_in *in = group;
	bool has_next = in->s.next.name[0];

	if (in->s.op == FLOW_GOTO && !has_next)
		conf_fail(at, NULL, "next = \"...\"", "a goto without \"next\" goes nowhere");
	if (has_next &&
	    (in->s.op == FLOW_MENU || in->s.op == FLOW_SWITCH || in->s.op == FLOW_HANGUP))
		conf_fail(at, "next", "leave it out", "nothing goes on from a %s step this way",
			  flow_op_name(in->s.op));
	if (in->s.op == FLOW_RECORD)
		in->s.u.record.max_ms *= 1000; /* given in seconds */
}

static const struct conf_group step_group = {.size = sizeof(struct step_in),
					     .fields = step_fields,
					     .selector = "do",
					     conf_selector(step_in, s.op),
					     .variants = ops,
					     .check = check_step};

/* ---- the file ------------------------------------------------------------------------------- */

struct file_in {
	char name[FLOW_NAME_MAX], lang[FLOW_LANG_MAX];
	struct step_in *steps;
	size_t n_steps;
	struct flow flow; /* built by check_file() */
};

static int copy_items(struct flow_items *out, const struct item_in *in, size_t n)
{
	out->list = n ? calloc(n, sizeof(*out->list)) : NULL;
	out->n = out->list ? n : 0;
	for (size_t i = 0; i < out->n; i++)
		out->list[i] = in[i].item;
	return out->n == n ? 0 : -ENOMEM;
}

static int copy_cases(struct flow_switch *out, const struct case_in *in, size_t n)
{
	out->cases = calloc(n, sizeof(*out->cases));
	out->n_cases = out->cases ? n : 0;
	for (size_t i = 0; i < out->n_cases; i++)
		out->cases[i] = in[i].c;
	return out->cases ? 0 : -ENOMEM;
}

static int copy_ask(struct flow_ask *out, const struct step_in *in)
{
	int rc = copy_items(&out->items, in->items, in->n_items);

	if (rc == 0)
		rc = copy_items(&out->sorry, in->sorry, in->n_sorry);
	if (rc < 0 || !in->n_options)
		return rc;
	out->options = calloc(in->n_options, sizeof(*out->options));
	if (!out->options)
		return -ENOMEM;
	out->n_options = in->n_options;
	memcpy(out->options, in->options, in->n_options * sizeof(*out->options));
	return 0;
}

/* @out has its own lists afterwards, or none: freeing it is right at any point. */
static int copy_step(struct flow_step *out, const struct step_in *in)
{
	*out = in->s;
	switch (out->op) {
	case FLOW_PLAY: return copy_items(&out->u.play.items, in->items, in->n_items);
	case FLOW_MENU:
	case FLOW_COLLECT: return copy_ask(&out->u.ask, in);
	case FLOW_SWITCH: return copy_cases(&out->u.choice, in->cases, in->n_cases);
	case FLOW_CONNECT: return copy_items(&out->u.connect.ringing, in->items, in->n_items);
	case FLOW_MEET: return copy_items(&out->u.meet.waiting, in->items, in->n_items);
	default: return 0;
	}
}

static int build(struct flow *f, const struct file_in *in)
{
	*f = (struct flow){0};
	memcpy(f->name, in->name, sizeof(f->name));
	memcpy(f->lang, in->lang, sizeof(f->lang));
	f->steps = calloc(in->n_steps, sizeof(*f->steps));
	if (!f->steps)
		return -ENOMEM;
	for (f->n_steps = 0; f->n_steps < in->n_steps; f->n_steps++)
		if (copy_step(&f->steps[f->n_steps], &in->steps[f->n_steps]) < 0) {
			f->n_steps++;
			return -ENOMEM;
		}
	return 0;
}

static void tell(void *ctx, size_t step, const char *setting, const char *wrong, const char *right)
{
	char path[128];

	snprintf(path, sizeof(path), "steps[%zu]%s%s", step, *setting ? "." : "", setting);
	conf_fail(ctx, path, right, "%s", wrong);
}

static void check_file(void *group, struct conf_place *at)
{
	struct file_in *in = group;

	if (build(&in->flow, in) < 0)
		conf_fail(at, NULL, NULL, "no memory");
	else if (flow_link(&in->flow, tell, at) == 0)
		return;
	flowfile_free(&in->flow);
}

static const struct conf_field file_fields[] = {
	{"name", CONF_STRING, conf_at(file_in, name), .required = true, .min = 1,
	 .help = "the name that routes use"},
	{"lang", CONF_STRING, conf_at(file_in, lang), .def = "en", .min = 2,
	 .help = "language of what is spoken, \"en\" or \"cmn\""},
	{"steps", CONF_TREE, conf_tree(file_in, steps, n_steps), .group = &step_group,
	 .required = true, .min_items = 1, .max_items = FLOW_STEPS_MAX},
	{0}};

static const struct conf_group file_group = {
	.size = sizeof(struct file_in), .fields = file_fields, .check = check_file};

static int finish(int rc, struct file_in *in, struct flow *out)
{
	if (rc < 0)
		return rc;
	*out = in->flow;
	conf_free(&file_group, in);
	return 0;
}

int flowfile_load(const char *file, struct flow *out, struct conf_errors *errs)
{
	struct file_in in;

	return finish(conf_load(file, &file_group, &in, errs), &in, out);
}

int flowfile_load_text(const char *text, const char *name, struct flow *out,
		       struct conf_errors *errs)
{
	struct file_in in;

	return finish(conf_load_text(text, name, &file_group, &in, errs), &in, out);
}

static void free_step(struct flow_step *s)
{
	switch (s->op) {
	case FLOW_PLAY: free(s->u.play.items.list); break;
	case FLOW_MENU:
	case FLOW_COLLECT:
		free(s->u.ask.items.list);
		free(s->u.ask.sorry.list);
		free(s->u.ask.options);
		break;
	case FLOW_SWITCH: free(s->u.choice.cases); break;
	case FLOW_CONNECT: free(s->u.connect.ringing.list); break;
	case FLOW_MEET: free(s->u.meet.waiting.list); break;
	default: break;
	}
}

void flowfile_free(struct flow *f)
{
	for (size_t i = 0; i < f->n_steps; i++)
		free_step(&f->steps[i]);
	free(f->steps);
	*f = (struct flow){0};
}
