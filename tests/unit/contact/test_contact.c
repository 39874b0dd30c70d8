/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The interpreter by golden traces: a flow, the events of a call, the actions that follow.
 * Each event is a line of the scenario; below it stand the actions that it must lead to.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "appliance/flowfile.h"
#include "core/contact/contact.h"
#include "core/contact/text.h"

/* ---- writing down what a contact does ------------------------------------------------------- */

static void write_items(struct text *t, const struct contact_actions *acts)
{
	for (size_t i = 0; i < acts->n_items; i++) {
		const struct contact_item *it = &acts->items[i];

		switch (it->kind) {
		case CONTACT_FILE: text_addf(t, " file=%s", it->text); break;
		case CONTACT_SAY: text_addf(t, " say[%s]=\"%s\"", it->lang, it->text); break;
		case CONTACT_TONE: text_addf(t, " tone=%s/%u", it->text, it->ms); break;
		case CONTACT_SILENCE: text_addf(t, " silence=%u", it->ms); break;
		}
	}
}

static void write_action(struct text *t, const struct contact_action *a,
			 const struct contact_actions *acts)
{
	switch (a->type) {
	case CONTACT_DO_ALERT: text_add(t, "  alert"); break;
	case CONTACT_DO_ANSWER: text_add(t, "  answer"); break;
	case CONTACT_DO_PLAY:
		text_addf(t, "  play%s%s", a->u.play.loop ? " loop" : "",
			  a->u.play.barge ? " barge" : "");
		write_items(t, acts);
		break;
	case CONTACT_DO_COLLECT:
		text_addf(t, "  collect %u..%u \"%s\" %u/%u%s", a->u.collect.min, a->u.collect.max,
			  a->u.collect.terminators, a->u.collect.first_ms, a->u.collect.inter_ms,
			  a->u.collect.is_private ? " private" : "");
		write_items(t, acts);
		break;
	case CONTACT_DO_RECORD:
		text_addf(t, "  record %s %u/%u \"%s\"%s%s", a->u.record.file, a->u.record.max_ms,
			  a->u.record.silence_ms, a->u.record.terminators,
			  a->u.record.beep ? " beep" : "",
			  a->u.record.keep_digits ? "" : " without digits");
		break;
	case CONTACT_DO_STOP: text_add(t, "  stop"); break;
	case CONTACT_DO_ORIGINATE:
		text_addf(t, "  originate %s from \"%s\" %s%s %u", a->u.originate.called,
			  a->u.originate.calling, a->u.originate.group, a->u.originate.span,
			  a->u.originate.timeout_ms);
		break;
	case CONTACT_DO_BRIDGE_PARTY: text_add(t, "  bridge party"); break;
	case CONTACT_DO_BRIDGE: text_addf(t, "  bridge %llu", (unsigned long long)a->u.leg); break;
	case CONTACT_DO_HANGUP_PARTY: text_addf(t, "  hangup party %d", a->u.cause); break;
	case CONTACT_DO_HANGUP: text_addf(t, "  hangup %d", a->u.cause); break;
	case CONTACT_DO_MEET: text_addf(t, "  meet %s", a->u.room); break;
	case CONTACT_DO_LEAVE: text_add(t, "  leave"); break;
	case CONTACT_DO_TYPES: fail();
	}
	text_add(t, "\n");
}

/* ---- reading a scenario --------------------------------------------------------------------- */

struct call {
	struct flow flow;
	struct contact c;
	int64_t sample;
	struct moment now;
};

/* "done <reason> [digits]" and so on; +ms before an event lets time pass */
static void read_media(struct contact_event *ev, const struct contact *c, char *words)
{
	static const struct {
		const char *word;
		enum contact_reason reason;
	} reasons[] = {
		{"end", CONTACT_R_END},         {"digit", CONTACT_R_DIGIT},
		{"max", CONTACT_R_MAX},         {"terminator", CONTACT_R_TERMINATOR},
		{"first", CONTACT_R_FIRST},     {"inter", CONTACT_R_INTER},
		{"silence", CONTACT_R_SILENCE}, {"stopped", CONTACT_R_STOPPED},
		{"error", CONTACT_R_ERROR},
	};
	char *reason = strtok(words, " "), *digits = strtok(NULL, " ");
	size_t i = 0;

	while (strcmp(reasons[i].word, reason) != 0)
		assert_true(++i < sizeof(reasons) / sizeof(reasons[0]));
	ev->type = CONTACT_MEDIA_DONE;
	ev->u.media.token = c->token;
	ev->u.media.reason = reasons[i].reason;
	ev->u.media.digits = digits;
}

static void read_resume(struct contact_event *ev, const char *words)
{
	ev->type = CONTACT_RESUME;
	ev->u.resume.media = strstr(words, "media") != NULL;
	ev->u.resume.party = strstr(words, "party") != NULL;
	ev->u.resume.party_rings = strstr(words, "rings") != NULL;
	ev->u.resume.party_answered = strstr(words, "party-up") != NULL;
	ev->u.resume.bridged = strstr(words, "bridged") != NULL;
	ev->u.resume.answered = strstr(words, "answered") != NULL;
}

static void read_event(struct contact_event *ev, struct call *call, char *line)
{
	static const struct {
		const char *word;
		enum contact_event_type type;
	} plain[] = {
		{"start", CONTACT_START},
		{"answered", CONTACT_ANSWERED},
		{"rings", CONTACT_PARTY_RINGS},
		{"party-answers", CONTACT_PARTY_ANSWERED},
		{"nobody", CONTACT_NOBODY},
		{"parted", CONTACT_PARTED},
		{"time", CONTACT_TIME},
		{"ended", CONTACT_ENDED},
		{"party-ended", CONTACT_PARTY_ENDED},
	};
	char *word = line, *rest;

	if (*line == '+') {
		call->sample += strtol(line + 1, &word, 10) * 8;
		word += *word == ' ';
	}
	*ev = (struct contact_event){.sample = call->sample, .now = call->now};
	rest = strchr(word, ' ');
	if (rest)
		*rest++ = 0;
	for (size_t i = 0; i < sizeof(plain) / sizeof(plain[0]); i++) {
		if (strcmp(word, plain[i].word) != 0)
			continue;
		ev->type = plain[i].type;
		ev->u.cause = rest ? atoi(rest) : 0;
		return;
	}
	if (!strcmp(word, "partner")) {
		ev->type = CONTACT_PARTNER;
		ev->u.partner.leg = strtoull(rest, &rest, 10);
		ev->u.partner.lead = strstr(rest, "lead") != NULL;
	} else if (!strcmp(word, "resume")) {
		read_resume(ev, rest ? rest : "");
	} else {
		assert_string_equal(word, "done");
		read_media(ev, &call->c, rest);
	}
}

static void load(struct call *call, const char *steps)
{
	static struct conf_errors errs;
	char text[8192];
	static const struct contact_who who = {
		.called = "200", .calling = "01062334455", .name = "Li Wei", .id = "t-1"};

	snprintf(text, sizeof(text), "name = \"test\"; steps = (%s);", steps);
	if (flowfile_load_text(text, "test", &call->flow, &errs) < 0) {
		conf_errors_print(&errs, stderr);
		fail();
	}
	contact_init(&call->c, &call->flow, &who);
	/* A Sunday. */
	call->now = (struct moment){.year = 2026, .month = 11, .day = 22, .hour = 13, .minute = 5};
	call->sample = 80000;
}

/*
 * Run a scenario: lines without indent are events. Everything that happens, events
 * included, must be exactly @golden.
 */
static void play(struct call *call, const char *golden)
{
	char script[8192], *line, *save;
	static char got[16384];
	struct contact_actions acts;
	struct contact_event ev;
	struct text t;

	text_init(&t, got, sizeof(got));
	text_copy(script, sizeof(script), golden);
	for (line = strtok_r(script, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		char event[128];

		if (*line == ' ')
			continue;
		text_addf(&t, "%s\n", line);
		text_copy(event, sizeof(event), line);
		read_event(&ev, call, event);
		contact_step(&call->c, &ev, &acts);
		for (size_t i = 0; i < acts.n; i++)
			write_action(&t, &acts.list[i], &acts);
		assert_false(t.cut);
	}
	assert_string_equal(got, golden);
}

static void check(const char *steps, const char *golden)
{
	struct call call;

	load(&call, steps);
	play(&call, golden);
	flowfile_free(&call.flow);
}

/* ---- the scenarios -------------------------------------------------------------------------- */

#define END    "{ name = \"end\"; do = \"hangup\"; }"
#define BYE    "{ name = \"bye\"; do = \"hangup\"; cause = 31; }"
#define ANSWER "{ name = \"start\"; do = \"answer\"; },"

static void answer_and_play(void **state)
{
	(void)state;
	check(ANSWER "{ name = \"p\"; do = \"play\"; items = ({ file = \"hello\"; },"
		     " { say = \"you are {calling}, {name}\"; }, { silence_ms = 500; },"
		     " { tone = \"busy\"; ms = 100; }, { time = \"clock\"; },"
		     " { time = \"both\"; lang = \"cmn\"; }, { digits = \"{called}\"; },"
		     " { digits = \"1*#\"; files = \"digits/\"; },"
		     " { number = \"{called}\"; }); }," END,
	      "start\n"
	      "  answer\n"
	      "answered\n"
	      "  play file=hello say[en]=\"you are 01062334455, Li Wei\" silence=500 tone=busy/100"
	      " say[en]=\"one oh five p m\" say[cmn]=\"二零二六年十一月二十二日，星期日, "
	      "下午一点零五分\""
	      " say[en]=\"two zero zero\" file=digits/1 file=digits/star file=digits/pound"
	      " say[en]=\"two hundred\"\n"
	      "done end\n"
	      "  hangup 16\n"
	      "done end\n"
	      "ended 16\n"
	      "start\n");
}

static void answered_once(void **state)
{
	(void)state;
	check(ANSWER "{ name = \"again\"; do = \"answer\"; }," END, "start\n"
								    "  answer\n"
								    "answered\n"
								    "  hangup 16\n");
}

static void empty_items_are_left_out(void **state)
{
	(void)state;
	check("{ name = \"s\"; do = \"set\"; variable = \"v\"; value = \"\"; },"
	      "{ name = \"p\"; do = \"play\"; items = ({ say = \"{v}\"; }, { digits = \"{v}\"; },"
	      " { number = \"{v}\"; }); },"
	      "{ name = \"q\"; do = \"play\"; items = ({ say = \" {v} \"; }, { file = \"a\"; }); "
	      "}," END,
	      "start\n"
	      "  play file=a\n"
	      "done end\n"
	      "  hangup 16\n");
}

static void a_prompt_that_fails(void **state)
{
	(void)state;
	check("{ name = \"p\"; do = \"play\"; items = ({ file = \"nix\"; }); failed = \"bye\"; "
	      "}," END "," BYE,
	      "start\n"
	      "  play file=nix\n"
	      "done error\n"
	      "  hangup 31\n");
	check("{ name = \"p\"; do = \"play\"; items = ({ file = \"nix\"; }); }," END,
	      "start\n"
	      "  play file=nix\n"
	      "done error\n"
	      "  hangup 16\n");
}

#define MENU                                                                                       \
	"{ name = \"m\"; do = \"menu\"; items = ({ file = \"ask\"; });"                            \
	" sorry = ({ file = \"sorry\"; }); options = ({ digit = \"1\"; to = \"one\"; },"           \
	" { digit = \"#\"; to = \"end\"; }); first_ms = 4000; retries = 1;"                        \
	" invalid = \"bad\"; timeout = \"late\"; },"                                               \
	"{ name = \"one\"; do = \"hangup\"; cause = 1; },"                                         \
	"{ name = \"bad\"; do = \"hangup\"; cause = 2; },"                                         \
	"{ name = \"late\"; do = \"hangup\"; cause = 3; }," END

static void menus(void **state)
{
	(void)state;
	check(MENU, "start\n"
		    "  collect 1..1 \"\" 4000/3000 file=ask\n"
		    "done max 1\n"
		    "  hangup 1\n");
	check(MENU, "start\n"
		    "  collect 1..1 \"\" 4000/3000 file=ask\n"
		    "done max #\n"
		    "  hangup 16\n");
	check(MENU, "start\n"
		    "  collect 1..1 \"\" 4000/3000 file=ask\n"
		    "done max 5\n"
		    "  collect 1..1 \"\" 4000/3000 file=sorry file=ask\n"
		    "done max 6\n"
		    "  hangup 2\n");
	check(MENU, "start\n"
		    "  collect 1..1 \"\" 4000/3000 file=ask\n"
		    "done max 5\n"
		    "  collect 1..1 \"\" 4000/3000 file=sorry file=ask\n"
		    "done first\n"
		    "  hangup 3\n");
	check(MENU, "start\n"
		    "  collect 1..1 \"\" 4000/3000 file=ask\n"
		    "done error\n"
		    "  hangup 3\n");
}

#define COLLECT                                                                                    \
	"{ name = \"c\"; do = \"collect\"; into = \"n\"; min = 2; max = 4; first_ms = 5000;"       \
	" inter_ms = 2000; retries = 1; timeout = \"late\"; },"                                    \
	"{ name = \"ok\"; do = \"play\"; items = ({ digits = \"{n}\"; }); next = \"end\"; },"      \
	"{ name = \"late\"; do = \"hangup\"; cause = 3; }," END

static void collecting(void **state)
{
	(void)state;
	check(COLLECT, "start\n"
		       "  collect 2..4 \"#\" 5000/2000\n"
		       "done max 1234\n"
		       "  play say[en]=\"one two three four\"\n");
	check(COLLECT, "start\n"
		       "  collect 2..4 \"#\" 5000/2000\n"
		       "done terminator 12\n"
		       "  play say[en]=\"one two\"\n");
	check(COLLECT, "start\n"
		       "  collect 2..4 \"#\" 5000/2000\n"
		       "done inter 12\n"
		       "  play say[en]=\"one two\"\n");
	check(COLLECT, "start\n"
		       "  collect 2..4 \"#\" 5000/2000\n"
		       "done terminator 1\n"
		       "  collect 2..4 \"#\" 5000/2000\n"
		       "done first\n"
		       "  hangup 3\n");
	check(COLLECT, "start\n"
		       "  collect 2..4 \"#\" 5000/2000\n"
		       "done stopped 123\n"
		       "  collect 2..4 \"#\" 5000/2000\n"
		       "done inter 1\n"
		       "  hangup 3\n"); /* no "invalid": the time-out's branch */
}

static void collecting_nothing_is_allowed(void **state)
{
	static const char steps[] =
		"{ name = \"c\"; do = \"collect\"; into = \"n\"; min = 0; max = 4; retries = 0;"
		" timeout = \"late\"; }," END ",{ name = \"late\"; do = \"hangup\"; cause = 3; }";

	(void)state;
	check(steps, "start\n"
		     "  collect 0..4 \"#\" 5000/3000\n"
		     "done terminator\n"
		     "  hangup 16\n");
	check(steps, "start\n"
		     "  collect 0..4 \"#\" 5000/3000\n"
		     "done first\n"
		     "  hangup 3\n");
}

static void private_digits(void **state)
{
	static const char steps[] =
		"{ name = \"c\"; do = \"collect\"; into = \"card\"; max = 16; private = true;"
		" timeout = \"bye\"; },"
		"{ name = \"r\"; do = \"record\"; keep_digits = false; beep = false; }," END
		"," BYE;

	(void)state;
	check(steps, "start\n"
		     "  collect 1..16 \"#\" 5000/3000 private\n"
		     "done terminator 4711\n"
		     "  record t-1-1 120000/3000 \"#\" without digits\n");
}

static void recording(void **state)
{
	static const char steps[] =
		"{ name = \"r\"; do = \"record\"; max_s = 10; silence_ms = 0; terminators = \"*#\";"
		" into = \"file\"; failed = \"bye\"; },"
		"{ name = \"r2\"; do = \"record\"; beep = false; },"
		"{ name = \"p\"; do = \"play\"; items = ({ say = \"{file}\"; }); }," END "," BYE;

	(void)state;
	check(steps, "start\n"
		     "  record t-1-1 10000/0 \"*#\" beep\n"
		     "done terminator\n"
		     "  record t-1-2 120000/3000 \"#\"\n"
		     "done silence\n"
		     "  play say[en]=\"t-1-1\"\n");
	check(steps, "start\n"
		     "  record t-1-1 10000/0 \"*#\" beep\n"
		     "done error\n"
		     "  hangup 31\n");
}

#define SWITCH(conditions)                                                                         \
	"{ name = \"s\"; do = \"switch\"; cases = ({ " conditions                                  \
	" to = \"yes\"; }); else = \"no\"; },"                                                     \
	"{ name = \"yes\"; do = \"hangup\"; cause = 1; },"                                         \
	"{ name = \"no\"; do = \"hangup\"; cause = 2; }"

static void decide(const char *steps, const struct moment *now, bool yes)
{
	struct call call;

	load(&call, steps);
	if (now)
		call.now = *now;
	play(&call, yes ? "start\n  hangup 1\n" : "start\n  hangup 2\n");
	flowfile_free(&call.flow);
}

static void switches(void **state)
{
	struct moment m = {
		.year = 2026, .month = 10, .day = 1, .hour = 8, .minute = 30, .weekday = 4};

	(void)state;
	decide(SWITCH("called = \"20\";"), NULL, true);
	decide(SWITCH("called = \"2001\";"), NULL, false);
	decide(SWITCH("calling = \"010\"; called = \"3\";"), NULL, false); /* all must hold */
	decide(SWITCH("variable = \"name\"; is = \"Li Wei\";"), NULL, true);
	decide(SWITCH("variable = \"name\"; is = \"Li\";"), NULL, false);
	decide(SWITCH("variable = \"name\"; begins = \"Li\";"), NULL, true);
	decide(SWITCH("variable = \"cause\"; is = \"\";"), NULL, true);
	decide(SWITCH("weekdays = \"mon-fri\";"), &m, true);
	decide(SWITCH("weekdays = \"fri-mon,wed\";"), &m, false);
	decide(SWITCH("hours = \"08:30-17:30\";"), &m, true);
	decide(SWITCH("hours = \"08:00-08:30\";"), &m, false);
	decide(SWITCH("hours = \"22:00-06:00\";"), &m, false);
	m.hour = 23;
	decide(SWITCH("hours = \"22:00-06:00\";"), &m, true);
	m.hour = 5;
	m.minute = 59;
	decide(SWITCH("hours = \"22:00-06:00\";"), &m, true);
	decide(SWITCH("holiday = true;"), &m, false);
	decide(SWITCH("workday = false;"), &m, true);
	m.holiday = m.workday = true;
	decide(SWITCH("holiday = true;"), &m, true);
	decide(SWITCH("workday = false;"), &m, false);
}

#define CONNECT                                                                                    \
	"{ name = \"c\"; do = \"connect\"; number = \"9{calling}\"; calling = \"{called}\";"       \
	" group = \"trunks\"; ring_s = 20; busy = \"b\"; no_answer = \"n\"; failed = \"f\"; },"    \
	"{ name = \"b\"; do = \"hangup\"; cause = 17; },"                                          \
	"{ name = \"n\"; do = \"hangup\"; cause = 19; },"                                          \
	"{ name = \"f\"; do = \"play\"; items = ({ say = \"cause {cause}\"; }); }," END

static void connecting(void **state)
{
	(void)state;
	check(ANSWER CONNECT, "start\n"
			      "  answer\n"
			      "answered\n"
			      "  originate 901062334455 from \"200\" trunks 25000\n"
			      "rings\n"
			      "  play loop tone=ringback/0\n"
			      "rings\n"
			      "party-answers\n"
			      "  stop\n"
			      "  bridge party\n"
			      "party-ended 31\n"
			      "  hangup 31\n");
	check(ANSWER CONNECT, "start\n"
			      "  answer\n"
			      "answered\n"
			      "  originate 901062334455 from \"200\" trunks 25000\n"
			      "party-ended 17\n"
			      "  hangup 17\n");
	check(ANSWER CONNECT, "start\n"
			      "  answer\n"
			      "answered\n"
			      "  originate 901062334455 from \"200\" trunks 25000\n"
			      "rings\n"
			      "  play loop tone=ringback/0\n"
			      "+19999 time\n"
			      "+1 time\n"
			      "  hangup party 16\n"
			      "  stop\n"
			      "  hangup 19\n"
			      "party-ended 16\n");
	check(ANSWER CONNECT, "start\n"
			      "  answer\n"
			      "answered\n"
			      "  originate 901062334455 from \"200\" trunks 25000\n"
			      "party-ended 38\n"
			      "  play say[en]=\"cause 38\"\n");
	check(ANSWER CONNECT, "start\n"
			      "  answer\n"
			      "answered\n"
			      "  originate 901062334455 from \"200\" trunks 25000\n"
			      "party-answers\n"
			      "  bridge party\n"
			      "ended 16\n"
			      "  hangup party 16\n");
}

static void connecting_before_the_answer(void **state)
{
	(void)state;
	check(CONNECT, "start\n"
		       "  originate 901062334455 from \"200\" trunks 25000\n"
		       "rings\n"
		       "  alert\n"
		       "party-answers\n"
		       "  answer\n"
		       "+30000 time\n"
		       "answered\n"
		       "  bridge party\n"
		       "ended 16\n"
		       "  hangup party 16\n");
	check(CONNECT, "start\n"
		       "  originate 901062334455 from \"200\" trunks 25000\n"
		       "party-answers\n"
		       "  answer\n"
		       "party-ended 16\n"
		       "  play say[en]=\"cause 16\"\n"
		       "answered\n");
}

static void a_number_that_cannot_be_dialled(void **state)
{
	(void)state;
	check("{ name = \"c\"; do = \"connect\"; number = \"{name}\"; failed = \"f\"; },"
	      "{ name = \"f\"; do = \"hangup\"; cause = 28; }",
	      "start\n"
	      "  hangup 28\n");
	check("{ name = \"c\"; do = \"connect\"; number = \"{name}\"; }", "start\n"
									  "  hangup 28\n");
}

#define MEET                                                                                       \
	"{ name = \"m\"; do = \"meet\"; room = \"r\"; waiting = ({ file = \"music\"; });"          \
	" max_wait_s = 60; timeout = \"late\"; },"                                                 \
	"{ name = \"late\"; do = \"hangup\"; cause = 3; }"

static void meeting(void **state)
{
	(void)state;
	check(MEET, "start\n"
		    "  meet r\n"
		    "nobody\n"
		    "  play loop file=music\n"
		    "+59999 time\n"
		    "partner 7\n"
		    "  stop\n"
		    "+10000 time\n"
		    "parted\n"
		    "  hangup 16\n");
	check(MEET, "start\n"
		    "  meet r\n"
		    "partner 7 lead\n"
		    "  bridge 7\n"
		    "ended 16\n");
	check(MEET, "start\n"
		    "  meet r\n"
		    "nobody\n"
		    "  play loop file=music\n"
		    "+60000 time\n"
		    "  stop\n"
		    "  leave\n"
		    "  hangup 3\n");
	check(MEET, "start\n"
		    "  meet r\n"
		    "nobody\n"
		    "  play loop file=music\n"
		    "ended 16\n"
		    "  leave\n");
}

static void resuming(void **state)
{
	(void)state;
	check(ANSWER MENU, "start\n"
			   "  answer\n"
			   "resume\n"
			   "  answer\n"
			   "resume answered\n"
			   "  collect 1..1 \"\" 4000/3000 file=ask\n"
			   "resume media\n"
			   "resume\n"
			   "  collect 1..1 \"\" 4000/3000 file=ask\n"
			   "done max 1\n"
			   "  hangup 1\n"
			   "resume\n"
			   "  hangup 1\n");
	check(ANSWER CONNECT, "start\n"
			      "  answer\n"
			      "answered\n"
			      "  originate 901062334455 from \"200\" trunks 25000\n"
			      "resume\n"
			      "  originate 901062334455 from \"200\" trunks 25000\n"
			      "resume party rings\n"
			      "  play loop tone=ringback/0\n"
			      "resume party rings media\n"
			      "resume party-up media\n"
			      "  stop\n"
			      "  bridge party\n"
			      "resume party bridged\n"
			      "resume party\n"
			      "  bridge party\n"
			      "resume\n"
			      "  hangup 16\n");
	check(MEET, "start\n"
		    "  meet r\n"
		    "nobody\n"
		    "  play loop file=music\n"
		    "+50000 resume media\n"
		    "  meet r\n"
		    "nobody\n"
		    "  play loop file=music\n"
		    "+9999 time\n"
		    "+1 time\n" /* the wait counts from the beginning */
		    "  stop\n"
		    "  leave\n"
		    "  hangup 3\n");
	check(MEET, "start\n"
		    "  meet r\n"
		    "partner 7 lead\n"
		    "  bridge 7\n"
		    "resume party bridged\n"
		    "resume party\n"
		    "  bridge 7\n"
		    "resume\n"
		    "  hangup 16\n");
}

/* The end of what was replaced is not the end of what plays now. */
static void old_tokens_are_ignored(void **state)
{
	struct contact_event old = {.type = CONTACT_MEDIA_DONE};
	struct contact_actions acts;
	struct call call;

	(void)state;
	load(&call, "{ name = \"p\"; do = \"play\"; items = ({ file = \"a\"; }); },"
		    "{ name = \"q\"; do = \"play\"; items = ({ file = \"b\"; }); next = \"p\"; }");
	play(&call, "start\n  play file=a\n");
	old.u.media.token = call.c.token;
	play(&call, "done end\n  play file=b\n");
	assert_int_equal(contact_step(&call.c, &old, &acts), 0);
	assert_string_equal(contact_step_name(&call.c), "q");
	flowfile_free(&call.flow);
}

/* A circle whose prompts all fail must not run for ever. */
static void a_flow_that_rushes_is_stopped(void **state)
{
	struct contact_actions acts;
	struct call call;
	int rounds = 0;

	(void)state;
	load(&call, "{ name = \"p\"; do = \"play\"; items = ({ file = \"a\"; }); next = \"q\"; },"
		    "{ name = \"q\"; do = \"play\"; items = ({ file = \"b\"; }); next = \"p\"; }");
	play(&call, "start\n  play file=a\n");
	while (call.c.wait == CONTACT_PLAYING && rounds++ < 1000) {
		struct contact_event ev = {.type = CONTACT_MEDIA_DONE,
					   .sample = call.sample += 799,
					   .u.media = {call.c.token, CONTACT_R_ERROR, NULL}};

		contact_step(&call.c, &ev, &acts);
	}
	assert_int_equal(rounds, CONTACT_RUSH_MAX);
	assert_int_equal(acts.n, 1);
	assert_int_equal(acts.list[0].type, CONTACT_DO_HANGUP);
	assert_int_equal(acts.list[0].u.cause, 41);
	assert_true(call.c.rushed);
	flowfile_free(&call.flow);
	/* With a pause in each round it goes on for ever. */
	load(&call, "{ name = \"p\"; do = \"play\"; items = ({ file = \"a\"; }); next = \"p\"; }");
	play(&call, "start\n  play file=a\n");
	for (rounds = 0; rounds < 1000; rounds++)
		play(&call, "+100 done end\n  play file=a\n");
	assert_int_equal(call.c.visited, 1001);
	assert_int_equal(call.c.n_trace, CONTACT_TRACE_MAX);
	flowfile_free(&call.flow);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(answer_and_play),
		cmocka_unit_test(answered_once),
		cmocka_unit_test(empty_items_are_left_out),
		cmocka_unit_test(a_prompt_that_fails),
		cmocka_unit_test(menus),
		cmocka_unit_test(collecting),
		cmocka_unit_test(collecting_nothing_is_allowed),
		cmocka_unit_test(recording),
		cmocka_unit_test(private_digits),
		cmocka_unit_test(switches),
		cmocka_unit_test(connecting),
		cmocka_unit_test(connecting_before_the_answer),
		cmocka_unit_test(a_number_that_cannot_be_dialled),
		cmocka_unit_test(meeting),
		cmocka_unit_test(resuming),
		cmocka_unit_test(old_tokens_are_ignored),
		cmocka_unit_test(a_flow_that_rushes_is_stopped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
