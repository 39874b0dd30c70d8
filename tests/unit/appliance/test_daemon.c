/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The daemon against an engine played by the test: what it asks for, in which order, and
 * what is left of a call when the daemon is killed at any point of it.
 */
#include "daemon_rig.h"

#define FLOW                                                                                       \
	"{ name = \"start\"; do = \"answer\"; },"                                                  \
	"{ name = \"hello\"; do = \"play\"; items = ({ file = \"hello\"; }, { time = \"clock\"; "  \
	"}); },"                                                                                   \
	"{ name = \"menu\"; do = \"menu\"; items = ({ file = \"ask\"; }); options = ("             \
	"  { digit = \"1\"; to = \"rec\"; }, { digit = \"3\"; to = \"room\"; },"                   \
	"  { digit = \"6\"; to = \"person\"; }); timeout = \"bye\"; retries = 1; },"               \
	"{ name = \"rec\"; do = \"record\"; into = \"file\"; },"                                   \
	"{ name = \"num\"; do = \"collect\"; into = \"number\"; max = 4; timeout = \"bye\"; },"    \
	"{ name = \"say\"; do = \"play\"; items = ({ say = \"{number}\"; }); },"                   \
	"{ name = \"bye\"; do = \"hangup\"; cause = 31; },"                                        \
	"{ name = \"room\"; do = \"meet\"; room = \"r\"; waiting = ({ file = \"music\"; });"       \
	"  timeout = \"bye\"; max_wait_s = 60; },"                                                 \
	"{ name = \"person\"; do = \"connect\"; number = \"9\"; busy = \"bye\"; ring_s = 20; }"

static void check_record(struct rig *r, uint64_t leg, const char *outcome, const char *last)
{
	struct cdr c;

	assert_int_equal(rig_record_of(r, "engine-1", leg, &c), 0);
	assert_int_equal(c.id.site, 7);
	assert_int_equal(c.leg, leg);
	assert_string_equal(c.flow, "test");
	assert_string_equal(c.outcome, outcome);
	assert_string_equal(c.steps[c.n_steps - 1], last);
}

/* ---- one call ------------------------------------------------------------------------------- */

static void one_call(void **state)
{
	struct rig r;
	struct cdr c;

	(void)state;
	rig_open(&r, FLOW);
	rig_start(&r);
	rig_offer(&r, 1, "200");
	rig_sync(&r);
	rig_expect(&r,
		   "tag {\"leg\":1}\n"
		   "answer {\"leg\":1}\n"
		   "tag {\"leg\":1}\n"
		   "play {\"barge\":false,\"items\":[{\"file\":\"hello\"},{\"lang\":\"en\",\"say\":"
		   "\"one p m\"}],\"leg\":1,\"loop\":false}\n");
	rig_op_done(&r, 1, "end", "");
	rig_sync(&r);
	rig_expect(&r,
		   "tag {\"leg\":1}\n"
		   "collect {\"first_ms\":5000,\"inter_ms\":3000,\"items\":[{\"file\":\"ask\"}],"
		   "\"leg\":1,\"max\":1,\"min\":1,\"terminators\":\"\",\"total_ms\":8000}\n");
	rig_op_done(&r, 1, "max", "1");
	rig_sync(&r);
	rig_expect(&r,
		   "tag {\"leg\":1}\n"
		   "record {\"beep\":true,\"file\":\"engine-1-1-1\",\"leg\":1,\"max_ms\":120000,"
		   "\"silence_ms\":3000,\"terminators\":\"#\"}\n");
	rig_op_done(&r, 1, "terminator", "");
	rig_sync(&r);
	rig_expect(&r, "tag {\"leg\":1}\n"
		       "collect {\"first_ms\":5000,\"inter_ms\":3000,\"leg\":1,\"max\":4,\"min\":1,"
		       "\"terminators\":\"#\",\"total_ms\":17000}\n");
	rig_op_done(&r, 1, "max", "4711");
	rig_sync(&r);
	rig_expect(&r,
		   "tag {\"leg\":1}\n"
		   "play {\"barge\":false,\"items\":[{\"lang\":\"en\",\"say\":\"4711\"}],\"leg\":1,"
		   "\"loop\":false}\n");
	assert_non_null(strstr(r.legs[1].tag, "6:number4:4711"));
	rig_op_done(&r, 1, "end", "");
	rig_sync(&r);
	rig_expect(&r, "tag {\"leg\":1}\n"
		       "hangup {\"cause\":31,\"leg\":1}\n");
	rig_all_committed(&r);
	assert_int_equal(rig_records(&r), 1);
	check_record(&r, 1, "clearing", "bye");
	rig_record_of(&r, "engine-1", 1, &c);
	assert_string_equal(c.calling, "01000001");
	assert_string_equal(c.by, "us");
	assert_int_equal(c.cause, 31);
	assert_int_equal(c.visited, 7);
	assert_int_equal(c.n_recordings, 1);
	assert_int_equal(c.offered_us, 1795000001000000);
	rig_close(&r);
}

static void nobody_at_that_number(void **state)
{
	struct rig r;
	struct cdr c;

	(void)state;
	rig_open(&r, FLOW);
	rig_start(&r);
	rig_offer(&r, 1, "300");
	rig_sync(&r);
	rig_expect(&r, "hangup {\"cause\":1,\"leg\":1}\n");
	rig_all_committed(&r);
	assert_int_equal(rig_record_of(&r, "engine-1", 1, &c), 0);
	assert_string_equal(c.flow, "");
	rig_close(&r);
}

/* Brings a leg to the menu and dials there. */
static void to_menu(struct rig *r, uint64_t leg, const char *digit)
{
	rig_offer(r, leg, "200");
	rig_sync(r);
	rig_op_done(r, leg, "end", "");
	rig_sync(r);
	if (digit) {
		rig_op_done(r, leg, "max", digit);
		rig_sync(r);
	}
}

static void two_callers_meet(void **state)
{
	struct rig r;
	struct cdr c;

	(void)state;
	rig_open(&r, FLOW);
	rig_start(&r);
	to_menu(&r, 1, "3");
	assert_string_equal(r.legs[1].kind, "play");
	to_menu(&r, 2, NULL);
	rig_expect(&r, r.trace); /* begin anew */
	rig_op_done(&r, 2, "max", "3");
	rig_sync(&r);
	rig_expect(&r, "tag {\"leg\":2}\n"
		       "tag {\"leg\":1}\n"
		       "stop {\"leg\":1}\n"
		       "tag {\"leg\":2}\n"
		       "bridge {\"legs\":[2,1]}\n");
	assert_int_equal(r.legs[1].peer, 2);
	rig_end(&r, 1, 16, "far");
	rig_sync(&r);
	rig_expect(&r, "tag {\"leg\":2}\n"
		       "hangup {\"cause\":16,\"leg\":2}\n");
	rig_all_committed(&r);
	rig_record_of(&r, "engine-1", 1, &c);
	assert_int_equal(c.partner, 2);
	assert_string_equal(c.outcome, "paired");
	rig_record_of(&r, "engine-1", 2, &c);
	assert_int_equal(c.partner, 1);
	assert_int_equal(rig_records(&r), 2);
	rig_close(&r);
}

static void a_person_is_called(void **state)
{
	struct rig r;
	struct cdr c;

	(void)state;
	rig_open(&r, FLOW);
	rig_start(&r);
	to_menu(&r, 1, NULL);
	rig_expect(&r, r.trace);
	rig_op_done(&r, 1, "max", "6");
	rig_sync(&r);
	rig_expect(&r,
		   "tag {\"leg\":1}\n"
		   "originate {\"called\":\"9\",\"tag\":\"1 party of=1\",\"timeout_ms\":25000}\n");
	rig_far(&r, 2, "leg.alerting");
	rig_sync(&r);
	rig_expect(&r, "tag {\"leg\":1}\n"
		       "play {\"barge\":false,\"items\":[{\"tone\":\"ringback\"}],\"leg\":1,"
		       "\"loop\":true}\n");
	rig_far(&r, 2, "leg.answered");
	rig_sync(&r);
	rig_expect(&r, "tag {\"leg\":1}\n"
		       "stop {\"leg\":1}\n"
		       "bridge {\"legs\":[1,2]}\n");
	rig_sync(&r);
	rig_end(&r, 2, 31, "far");
	rig_sync(&r);
	rig_expect(&r, "tag {\"leg\":1}\n"
		       "hangup {\"cause\":31,\"leg\":1}\n");
	rig_all_committed(&r);
	rig_record_of(&r, "engine-1", 2, &c);
	assert_int_equal(c.outgoing, 1);
	assert_int_equal(c.partner, 1);
	rig_record_of(&r, "engine-1", 1, &c);
	assert_int_equal(c.partner, 2);
	assert_string_equal(c.outcome, "clearing");
	rig_close(&r);
}

static void nobody_can_be_called(void **state)
{
	struct rig r;

	(void)state;
	rig_open(&r, FLOW);
	rig_start(&r);
	r.refuse_originate = true;
	to_menu(&r, 1, NULL);
	rig_expect(&r, r.trace);
	rig_op_done(&r, 1, "max", "6");
	rig_sync(&r);
	rig_expect(&r,
		   "tag {\"leg\":1}\n"
		   "originate {\"called\":\"9\",\"tag\":\"1 party of=1\",\"timeout_ms\":25000}\n"
		   "tag {\"leg\":1}\n"
		   "hangup {\"cause\":34,\"leg\":1}\n");
	rig_close(&r);
}

/* The caller goes while the other party rings: it is let go, too. */
static void the_caller_gives_up(void **state)
{
	struct rig r;

	(void)state;
	rig_open(&r, FLOW);
	rig_start(&r);
	to_menu(&r, 1, "6");
	rig_far(&r, 2, "leg.alerting");
	rig_sync(&r);
	rig_expect(&r, r.trace);
	rig_end(&r, 1, 16, "far");
	rig_sync(&r);
	rig_expect(&r, "hangup {\"cause\":16,\"leg\":2}\n");
	rig_sync(&r);
	rig_all_committed(&r);
	assert_int_equal(rig_records(&r), 2);
	check_record(&r, 1, "dialling", "person");
	rig_close(&r);
}

/* Nobody answers: the flow's own time, counted on the sample clock. */
static void no_answer_in_time(void **state)
{
	int64_t due;
	struct rig r;

	(void)state;
	rig_open(&r, FLOW);
	rig_start(&r);
	to_menu(&r, 1, NULL);
	assert_int_equal(r.wake, -1);
	due = r.sample + 20 * 8000;
	rig_op_done(&r, 1, "max", "6");
	rig_sync(&r);
	assert_int_equal(r.wake, due);
	rig_expect(&r, r.trace);
	r.sample = due - 1;
	rig_event(&r, "digit", json_pack("{s:i, s:s}", "leg", 1, "digit", "5"));
	rig_sync(&r);
	rig_expect(&r, "");
	r.sample = due;
	rig_event(&r, "wake", json_object());
	rig_sync(&r);
	rig_expect(&r, "tag {\"leg\":1}\n"
		       "hangup {\"cause\":16,\"leg\":2}\n"
		       "hangup {\"cause\":19,\"leg\":1}\n");
	assert_int_equal(r.wake, -1);
	rig_close(&r);
}

/* ---- killed --------------------------------------------------------------------------------- */

/* What the far end and the engine would do next with a leg; false: nothing is to be done. */
static bool advance(struct rig *r, uint64_t n)
{
	struct fake_leg *leg = &r->legs[n];

	if (!leg->here || !leg->op)
		return false;
	if (!strcmp(leg->kind, "play"))
		rig_op_done(r, n, "end", "");
	else if (!strcmp(leg->kind, "record"))
		rig_op_done(r, n, "terminator", "");
	else
		rig_op_done(r, n, "max", strstr(leg->tag, "s=4:menu") ? "1" : "4711");
	return true;
}

/*
 * One call, and the daemon is killed at its event number @when: after it has done all that
 * follows from it, or (@turns >= 0) after so many turns of the engine's loop, whatever of
 * its requests have come through by then. The call goes on to its end all the same.
 * Return: was the call long enough to be killed there?
 */
static bool killed_at(int when, int turns)
{
	bool killed = false;
	struct rig r;
	int event = 0;

	rig_open(&r, FLOW);
	rig_start(&r);
	rig_offer(&r, 1, "200");
	do {
		if (turns < 0 || event != when)
			rig_sync(&r);
		for (int i = 0; event == when && i < turns; i++)
			uv_run(&r.loop, UV_RUN_NOWAIT);
		if (event++ == when) {
			rig_kill(&r);
			rig_start(&r);
			killed = true;
		}
	} while (advance(&r, 1) || r.legs[1].here);
	rig_sync(&r);
	rig_all_committed(&r);
	assert_int_equal(rig_records(&r), 1);
	check_record(&r, 1, "clearing", "bye");
	assert_string_equal(r.legs[1].kind, "play");
	rig_close(&r);
	return killed;
}

static void killed_after_each_event(void **state)
{
	int when = 0;

	(void)state;
	while (killed_at(when, -1))
		when++;
	assert_true(when >= 6);
}

static void killed_in_the_middle(void **state)
{
	(void)state;
	for (int when = 0; when < 6; when++)
		for (int turns = 0; turns < 4; turns++)
			assert_true(killed_at(when, turns));
}

/* 30 calls talk, the daemon dies, some of them end meanwhile and new ones come. */
static void thirty_calls(void **state)
{
	struct rig r;
	struct cdr c;

	(void)state;
	rig_open(&r, FLOW);
	rig_start(&r);
	for (uint64_t n = 1; n <= 20; n++) /* ten pairs */
		to_menu(&r, n, "3");
	for (uint64_t n = 21; n <= 30; n++)
		to_menu(&r, n, NULL);
	rig_sync(&r);
	for (uint64_t n = 1; n <= 20; n++)
		assert_int_equal(r.legs[n].peer, n % 2 ? n + 1 : n - 1);
	rig_kill(&r);
	for (uint64_t n = 1; n <= 8; n++) /* four pairs: both ends go */
		rig_end(&r, n, 16, "far");
	rig_end(&r, 9, 16, "far"); /* one end of a pair */
	for (uint64_t n = 21; n <= 25; n++)
		rig_end(&r, n, 16, "far");
	rig_op_done(&r, 26, "max", "1"); /* a digit that nobody hears */
	rig_offer(&r, 31, "200"); /* waits to be served */
	rig_offer(&r, 32, "200"); /* gives up */
	rig_end(&r, 32, 16, "far");
	rig_expect(&r, r.trace);
	rig_start(&r);
	rig_sync(&r);
	rig_expect(&r,
		   "tag {\"leg\":10}\n" /* its partner has gone */
		   "hangup {\"cause\":16,\"leg\":10}\n"
		   "tag {\"leg\":26}\n"
		   "record {\"beep\":true,\"file\":\"engine-1-26-1\",\"leg\":26,\"max_ms\":120000,"
		   "\"silence_ms\":3000,\"terminators\":\"#\"}\n"
		   "tag {\"leg\":31}\n"
		   "answer {\"leg\":31}\n"
		   "tag {\"leg\":11}\ntag {\"leg\":12}\ntag {\"leg\":13}\ntag {\"leg\":14}\n"
		   "tag {\"leg\":15}\ntag {\"leg\":16}\ntag {\"leg\":17}\ntag {\"leg\":18}\n"
		   "tag {\"leg\":19}\ntag {\"leg\":20}\ntag {\"leg\":27}\ntag {\"leg\":28}\n"
		   "tag {\"leg\":29}\ntag {\"leg\":30}\n"
		   "tag {\"leg\":31}\n"
		   "play {\"barge\":false,\"items\":[{\"file\":\"hello\"},{\"lang\":\"en\",\"say\":"
		   "\"one p m\"}],\"leg\":31,\"loop\":false}\n");
	/* Those that live are known: they end as they would have. */
	rig_end(&r, 11, 16, "far");
	rig_sync(&r);
	rig_expect(&r, "tag {\"leg\":12}\nhangup {\"cause\":16,\"leg\":12}\n");
	rig_op_done(&r, 27, "max", "1");
	rig_sync(&r);
	assert_string_equal(r.legs[27].kind, "record");
	for (uint64_t n = 13; n <= 31; n++)
		if (r.legs[n].here)
			rig_end(&r, n, 16, "far");
	rig_sync(&r);
	rig_all_committed(&r);
	assert_int_equal(rig_records(&r), 32); /* each once */
	check_record(&r, 1, "paired", "room");
	check_record(&r, 21, "collecting", "menu");
	check_record(&r, 30, "collecting", "menu");
	rig_record_of(&r, "engine-1", 3, &c);
	assert_int_equal(c.partner, 4);
	rig_record_of(&r, "engine-1", 20, &c);
	assert_int_equal(c.partner, 19);
	rig_close(&r);
}

static void a_waiting_call_is_taken_up(void **state)
{
	struct rig r;

	(void)state;
	rig_open(&r, FLOW);
	rig_start(&r);
	to_menu(&r, 1, "6"); /* dialling leg 2 */
	to_menu(&r, 3, "3"); /* alone in the room */
	rig_kill(&r);
	rig_far(&r, 2, "leg.answered");
	rig_expect(&r, r.trace);
	rig_start(&r);
	assert_int_equal(r.legs[1].peer, 2);
	to_menu(&r, 4, "3");
	rig_sync(&r);
	assert_int_equal(r.legs[4].peer, 3);
	rig_close(&r);
}

static void not_ours(void **state)
{
	struct rig r;

	(void)state;
	rig_open(&r, FLOW);
	for (uint64_t n = 1; n <= 4; n++) {
		r.legs[n] = (struct fake_leg){.here = true, .answered = true};
		r.last_leg = n;
	}
	strcpy(r.legs[1].tag, "another program's words");
	strcpy(r.legs[2].tag, "1 party of=99"); /* its caller has gone */
	strcpy(r.legs[3].tag,
	       "1 f=4:gone k=00000000 s=1:x w=2 t=0 r=0 o=1 d=-1 b=0 c=0 p=0 g=a e=1 i=0 "
	       "n=1 v=");
	rig_start(&r);
	rig_expect(&r, "hangup {\"cause\":16,\"leg\":2}\n"
		       "hangup {\"cause\":41,\"leg\":3}\n");
	assert_true(r.legs[1].here);
	assert_true(r.legs[4].here); /* answered by somebody else */
	rig_close(&r);
}

/* ---- the engine dies, or cuts us off -------------------------------------------------------- */

static void the_engine_dies(void **state)
{
	struct rig r;
	struct cdr c;

	(void)state;
	rig_open(&r, FLOW);
	rig_start(&r);
	to_menu(&r, 1, NULL);
	to_menu(&r, 2, "6");
	control_close(r.control);
	r.present = false;
	memset(r.legs, 0, LEGS * sizeof(*r.legs));
	rig_engine(&r, "engine-2");
	rig_sync(&r);
	rig_expect(&r, r.trace);
	to_menu(&r, 1, NULL); /* its numbers begin anew */
	rig_end(&r, 1, 16, "far");
	rig_sync(&r);
	rig_all_committed(&r);
	assert_int_equal(rig_records(&r), 4);
	assert_int_equal(rig_record_of(&r, "engine-1", 1, &c), 0);
	assert_string_equal(c.by, "engine");
	assert_int_equal(c.cause, 41);
	assert_string_equal(c.outcome, "collecting");
	assert_int_equal(rig_record_of(&r, "engine-1", 2, &c), 0);
	assert_string_equal(c.outcome, "dialling");
	assert_int_equal(rig_record_of(&r, "engine-1", 3, &c), 0);
	assert_int_equal(rig_record_of(&r, "engine-2", 1, &c), 0);
	assert_string_equal(c.by, "far");
	rig_close(&r);
}

/* It slept too long and was cut off: the same events come again and lead to nothing twice. */
static void cut_off_and_back(void **state)
{
	char *long_text = malloc(60001);
	struct rig r;

	(void)state;
	memset(long_text, 'x', 60000);
	long_text[60000] = 0;
	rig_open(&r, FLOW);
	rig_start(&r);
	to_menu(&r, 1, NULL);
	to_menu(&r, 2, NULL);
	kill(r.pid, SIGSTOP);
	rig_end(&r, 1, 16, "far");
	rig_op_done(&r, 2, "max", "1");
	for (int i = 0; r.present && i < 1000; i++) {
		rig_event(&r, "fax", json_pack("{s:i, s:s}", "leg", 2, "tone", long_text));
		uv_run(&r.loop, UV_RUN_NOWAIT);
	}
	assert_false(r.present);
	rig_expect(&r, r.trace);
	kill(r.pid, SIGCONT);
	rig_sync(&r);
	/* Its first request went into the closed connection: the recording begins again. */
	rig_expect(&r,
		   "tag {\"leg\":2}\n"
		   "record {\"beep\":true,\"file\":\"engine-1-2-2\",\"leg\":2,\"max_ms\":120000,"
		   "\"silence_ms\":3000,\"terminators\":\"#\"}\n");
	rig_end(&r, 2, 16, "far");
	rig_sync(&r);
	rig_all_committed(&r);
	assert_int_equal(rig_records(&r), 2);
	rig_close(&r);
	free(long_text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_call),
		cmocka_unit_test(nobody_at_that_number),
		cmocka_unit_test(two_callers_meet),
		cmocka_unit_test(a_person_is_called),
		cmocka_unit_test(nobody_can_be_called),
		cmocka_unit_test(the_caller_gives_up),
		cmocka_unit_test(no_answer_in_time),
		cmocka_unit_test(killed_after_each_event),
		cmocka_unit_test(killed_in_the_middle),
		cmocka_unit_test(thirty_calls),
		cmocka_unit_test(a_waiting_call_is_taken_up),
		cmocka_unit_test(not_ours),
		cmocka_unit_test(the_engine_dies),
		cmocka_unit_test(cut_off_and_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
