/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Every state that a contact can get into, found by trying every event in every state of a
 * flow with all kinds of steps. In each of them: the caller hangs up, the tag goes to the
 * engine and comes back, the daemon is interrupted. Then tags that are damaged.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "appliance/flowfile.h"
#include "core/contact/contact_tag.h"

#define STATES_MAX 20000

static const char flow_text[] =
	"name = \"all\"; steps = ("
	"{ name = \"early\"; do = \"connect\"; number = \"1\"; failed = \"answer\"; next = "
	"\"answer\"; },"
	"{ name = \"answer\"; do = \"answer\"; },"
	"{ name = \"play\"; do = \"play\"; items = ({ file = \"a\"; }, { time = \"both\"; });"
	"  failed = \"end\"; },"
	"{ name = \"menu\"; do = \"menu\"; items = ({ file = \"b\"; }); sorry = ({ say = \"no\"; "
	"});"
	"  options = ({ digit = \"1\"; to = \"collect\"; }, { digit = \"2\"; to = \"connect\"; },"
	"  { digit = \"3\"; to = \"meet\"; }); timeout = \"end\"; retries = 1; },"
	"{ name = \"collect\"; do = \"collect\"; into = \"number\"; max = 5; retries = 1;"
	"  timeout = \"end\"; },"
	"{ name = \"set\"; do = \"set\"; variable = \"v\"; value = \"{number}.{calling}\"; },"
	"{ name = \"switch\"; do = \"switch\"; cases = ("
	"  { variable = \"number\"; begins = \"9\"; to = \"goto\"; }); else = \"record\"; },"
	"{ name = \"record\"; do = \"record\"; into = \"file\"; failed = \"end\"; next = \"end\"; "
	"},"
	"{ name = \"goto\"; do = \"goto\"; next = \"end\"; },"
	"{ name = \"connect\"; do = \"connect\"; number = \"2\"; busy = \"end\"; next = \"play\"; "
	"},"
	"{ name = \"meet\"; do = \"meet\"; room = \"r\"; waiting = ({ file = \"m\"; });"
	"  timeout = \"end\"; next = \"meet2\"; },"
	"{ name = \"meet2\"; do = \"meet\"; room = \"s\"; timeout = \"end\"; },"
	"{ name = \"end\"; do = \"hangup\"; });";

static struct flow flow;

static int load(void **state)
{
	static struct conf_errors errs;

	(void)state;
	if (flowfile_load_text(flow_text, "all", &flow, &errs) == 0)
		return 0;
	conf_errors_print(&errs, stderr);
	return -1;
}

static int unload(void **state)
{
	(void)state;
	flowfile_free(&flow);
	return 0;
}

static void begin(struct contact *c)
{
	contact_init(
		c, &flow,
		&(struct contact_who){.called = "200", .calling = "010", .name = "x", .id = "i"});
}

/* ---- finding them --------------------------------------------------------------------------- */

struct states {
	size_t n;
	char (*tags)[TAG_MAX];
	struct contact *list;
};

/* Two contacts are in the same state if their tags agree, times and counters apart. */
static bool known(const struct states *s, const struct contact *c, char *tag)
{
	struct contact plain = *c;

	plain.token = plain.visited = plain.rush = plain.n_trace = plain.recordings = 0;
	plain.entered = plain.deadline = 0;
	contact_tag_write(&plain, 0, tag);
	for (size_t i = 0; i < s->n; i++)
		if (!strcmp(s->tags[i], tag))
			return true;
	return false;
}

static size_t alphabet(struct contact_event *out, const struct contact *c)
{
	static const char *const digits[] = {NULL, "", "1", "2", "3", "9", "95", "12345"};
	size_t n = 0;

	for (int type = CONTACT_START; type <= CONTACT_TIME; type++)
		if (type != CONTACT_MEDIA_DONE && type != CONTACT_PARTNER)
			out[n++] = (struct contact_event){.type = (enum contact_event_type)type,
							  .u.cause = 17};
	out[n++] = (struct contact_event){.type = CONTACT_PARTY_ENDED, .u.cause = 0};
	for (int reason = CONTACT_R_END; reason <= CONTACT_R_ERROR; reason++)
		for (size_t i = 0; i < sizeof(digits) / sizeof(digits[0]); i++)
			out[n++] = (struct contact_event){
				.type = CONTACT_MEDIA_DONE,
				.u.media = {c->token, (enum contact_reason)reason, digits[i]}};
	for (int lead = 0; lead < 2; lead++)
		out[n++] = (struct contact_event){.type = CONTACT_PARTNER,
						  .u.partner = {9, lead != 0}};
	for (unsigned int bits = 0; bits < 64; bits++)
		out[n++] = (struct contact_event){
			.type = CONTACT_RESUME,
			.u.resume = {bits & 1, bits & 2, bits & 4, bits & 8, bits & 16, bits & 32}};
	return n;
}

static void check_actions(const struct contact *before, const struct contact *c,
			  const struct contact_actions *acts)
{
	bool media = false;

	assert_true(acts->n < CONTACT_ACTIONS_MAX);
	assert_true(acts->n_items <= CONTACT_PLAY_MAX);
	for (size_t i = 0; i < acts->n; i++) {
		const struct contact_action *a = &acts->list[i];

		if (a->type == CONTACT_DO_PLAY || a->type == CONTACT_DO_COLLECT) {
			assert_false(media); /* there is one list of items */
			media = true;
			assert_int_equal(a->token, c->token);
		}
		if (a->type == CONTACT_DO_PLAY)
			assert_true(acts->n_items > 0);
		if (a->type == CONTACT_DO_HANGUP || a->type == CONTACT_DO_HANGUP_PARTY)
			assert_in_range(a->u.cause, 1, 127);
		if (a->type == CONTACT_DO_HANGUP_PARTY)
			assert_true(before->party);
	}
	/* Only what has a deadline waits for one, and nothing else is waited for in vain. */
	assert_int_equal(c->deadline >= 0, c->wait == CONTACT_DIALLING || c->wait == CONTACT_ALONE);
}

static void explore(struct states *s)
{
	struct contact_event events[160];
	struct contact_actions acts;

	s->tags = calloc(STATES_MAX, sizeof(*s->tags));
	s->list = calloc(STATES_MAX, sizeof(*s->list));
	begin(&s->list[0]);
	known(s, &s->list[0], s->tags[0]);
	s->n = 1;
	for (size_t i = 0; i < s->n; i++) {
		size_t n = alphabet(events, &s->list[i]);

		assert_true(n <= sizeof(events) / sizeof(events[0]));
		for (size_t k = 0; k < n; k++) {
			struct contact c = s->list[i];

			/* Far apart in time: nothing rushes and every deadline has come. */
			events[k].sample = c.entered + 100000000;
			contact_step(&c, &events[k], &acts);
			check_actions(&s->list[i], &c, &acts);
			assert_true(s->n < STATES_MAX - 1);
			if (!known(s, &c, s->tags[s->n]))
				s->list[s->n++] = c;
		}
	}
}

static void states_free(struct states *s)
{
	free(s->tags);
	free(s->list);
}

/* ---- what must hold in each of them --------------------------------------------------------- */

static size_t count(const struct contact_actions *acts, enum contact_action_type type)
{
	size_t n = 0;

	for (size_t i = 0; i < acts->n; i++)
		n += acts->list[i].type == type;
	return n;
}

/* Every state is left by a hang-up, everything is let go of, and nothing comes after it. */
static void the_caller_hangs_up(void **state)
{
	struct contact_event events[160];
	struct contact_actions acts;
	struct states s = {0};
	bool waits[CONTACT_WAITS] = {false};

	(void)state;
	explore(&s);
	print_message("%zu states\n", s.n);
	for (size_t i = 0; i < s.n; i++) {
		struct contact c = s.list[i];
		bool party = c.party, room = c.wait == CONTACT_ENTERING || c.wait == CONTACT_ALONE;
		size_t n;

		waits[c.wait] = true;
		contact_step(&c, &(struct contact_event){.type = CONTACT_ENDED, .u.cause = 16},
			     &acts);
		assert_int_equal(count(&acts, CONTACT_DO_HANGUP_PARTY), party);
		assert_int_equal(count(&acts, CONTACT_DO_LEAVE), room);
		assert_int_equal(acts.n, party + room);
		assert_int_equal(c.wait, CONTACT_OVER);
		assert_int_equal(contact_deadline(&c), -1);
		n = alphabet(events, &c);
		events[n++] = (struct contact_event){.type = CONTACT_ENDED};
		for (size_t k = 0; k < n; k++) {
			assert_int_equal(contact_step(&c, &events[k], &acts), 0);
			assert_int_equal(c.wait, CONTACT_OVER);
		}
	}
	/* The search has been everywhere. */
	for (int w = 0; w < CONTACT_OVER; w++)
		assert_true(waits[w]);
	for (size_t step = 0; step < flow.n_steps; step++) {
		enum flow_op op = flow.steps[step].op;
		bool seen = op == FLOW_SET || op == FLOW_SWITCH || op == FLOW_GOTO;

		for (size_t i = 0; i < s.n && !seen; i++)
			seen = s.list[i].step == (int16_t)step;
		assert_true(seen);
	}
	states_free(&s);
}

/* A state that was written into a tag and read back behaves like the state itself. */
static void tags_come_back(void **state)
{
	char tag[TAG_MAX], again[TAG_MAX];
	struct contact_event events[160];
	struct states s = {0};

	(void)state;
	explore(&s);
	for (size_t i = 1; i < s.n; i++) {
		struct contact_actions a, b;
		struct contact_tag peek;
		struct contact back;
		size_t n = alphabet(events, &s.list[i]);

		contact_tag_write(&s.list[i], 4711 + i, tag);
		assert_int_equal(contact_tag_peek(tag, &peek), 0);
		assert_int_equal(peek.kind, 'c');
		assert_int_equal(peek.event, 4711 + i);
		assert_string_equal(peek.flow, "all");
		begin(&back);
		assert_int_equal(contact_tag_read(&back, tag), 0);
		contact_tag_write(&back, 4711 + i, again);
		assert_string_equal(again, tag);
		for (size_t k = 0; k < n; k++) {
			struct contact x = s.list[i], y = back;

			events[k].sample = x.entered + 100000000;
			contact_step(&x, &events[k], &a);
			contact_step(&y, &events[k], &b);
			assert_int_equal(a.n, b.n);
			assert_memory_equal(a.list, b.list, a.n * sizeof(a.list[0]));
			contact_tag_write(&x, 1, tag);
			contact_tag_write(&y, 1, again);
			assert_string_equal(again, tag);
		}
		contact_tag_write(&s.list[i], 4711 + i, tag);
	}
	states_free(&s);
}

/* The largest state fits; nothing is cut off. */
static void the_largest_tag(void **state)
{
	char tag[TAG_MAX], name[FLOW_VAR_MAX], value[VAR_VALUE_MAX];
	struct contact c, back;
	int n;

	(void)state;
	begin(&c);
	memset(flow.name, 'f', FLOW_NAME_MAX - 1);
	memset(flow.steps[2].name, 's', FLOW_NAME_MAX - 1);
	c.step = 2;
	c.wait = CONTACT_PLAYING;
	c.tries = c.recordings = 255;
	c.token = c.visited = UINT32_MAX;
	c.deadline = c.entered = INT64_MAX;
	c.cause = 127;
	c.partner = INT64_MAX;
	c.answered = c.party = c.lead = c.sounding = c.rushed = true;
	memset(c.trace, 10, sizeof(c.trace));
	c.n_trace = CONTACT_TRACE_MAX;
	memset(value, 'v', sizeof(value));
	value[24] = 0;
	for (int i = 0; i < VARS_MAX; i++) {
		snprintf(name, sizeof(name), "n%05d", i);
		assert_int_equal(vars_set(&c.vars, name, value), 0);
	}
	n = contact_tag_write(&c, INT64_MAX, tag);
	assert_int_equal(n, strlen(tag));
	print_message("%zu octets\n", strlen(tag));
	assert_true(strlen(tag) < TAG_MAX - 50);
	begin(&back);
	assert_int_equal(contact_tag_read(&back, tag), 0);
	assert_int_equal(back.vars.n, VARS_MAX);
	assert_string_equal(vars_get(&back.vars, "n00015"), value);
	assert_int_equal(back.n_trace, CONTACT_TRACE_MAX);
	unload(NULL);
	load(NULL);
}

/* ---- tags that are not what they should be -------------------------------------------------- */

static void broken_tags(void **state)
{
	char tag[TAG_MAX], bad[TAG_MAX];
	struct contact_actions acts;
	struct contact c, before;
	struct contact_tag peek;

	(void)state;
	begin(&c);
	contact_step(&c, &(struct contact_event){.type = CONTACT_START, .sample = 8000}, &acts);
	vars_set(&c.vars, "number", "47:11 ");
	contact_tag_write(&c, 4711, tag);
	before = c;
	for (size_t n = 0; n < strlen(tag); n++) { /* every beginning of it */
		memcpy(bad, tag, n);
		bad[n] = 0;
		if (strstr(bad, " v=") == bad + n - 3)
			continue; /* no variables: whole */
		assert_int_equal(contact_tag_read(&c, bad), -EBADMSG);
		assert_int_equal(contact_tag_peek(bad, &peek), -EBADMSG);
	}
	for (size_t n = 0; n < strlen(tag); n++) /* every octet another one: no crash */
		for (int ch = 1; ch < 256; ch++) {
			memcpy(bad, tag, sizeof(bad));
			bad[n] = (char)ch;
			contact_tag_peek(bad, &peek);
			before = c;
			if (contact_tag_read(&before, bad) == 0)
				contact_step(&before,
					     &(struct contact_event){.type = CONTACT_RESUME},
					     &acts);
		}
	assert_int_equal(contact_tag_peek("", &peek), -EBADMSG);
	assert_int_equal(contact_tag_peek("somebody else's words", &peek), -EBADMSG);
}

static void party_tags(void **state)
{
	struct contact_tag peek;
	char tag[TAG_MAX];
	int n;

	(void)state;
	n = contact_tag_party(4711, tag);
	assert_int_equal(n, strlen(tag));
	assert_int_equal(contact_tag_peek(tag, &peek), 0);
	assert_int_equal(peek.kind, 'p');
	assert_int_equal(peek.owner, 4711);
	assert_int_equal(contact_tag_peek("1 party of=5 x", &peek), -EBADMSG);
	assert_int_equal(contact_tag_peek("1 party of=", &peek), -EBADMSG);
	assert_int_equal(contact_tag_peek("1 party of=-5", &peek), -EBADMSG);
}

/* The flow was changed while the call was in it. */
static void tags_of_another_table(void **state)
{
	static const char other[] =
		"name = \"all\"; steps = ({ name = \"new\"; do = \"answer\"; },"
		"{ name = \"menu\"; do = \"play\"; items = ({ file = \"x\"; }); },"
		"{ name = \"collect\"; do = \"collect\"; into = \"number\"; max = 5;"
		"  timeout = \"end\"; }, { name = \"end\"; do = \"hangup\"; });";
	static struct conf_errors errs;
	struct flow changed;
	struct contact c, back;
	char tag[TAG_MAX];

	(void)state;
	assert_int_equal(flowfile_load_text(other, "other", &changed, &errs), 0);
	begin(&c);
	c.step = (int16_t)flow_find(&flow, "collect");
	c.wait = CONTACT_COLLECTING;
	c.trace[0] = (uint8_t)c.step;
	c.n_trace = 1;
	contact_tag_write(&c, 1, tag);
	contact_init(&back, &changed, &(struct contact_who){0});
	assert_int_equal(contact_tag_read(&back, tag), 0); /* the step is there by name */
	assert_int_equal(back.step, 2);
	assert_int_equal(back.n_trace, 0);
	c.step = (int16_t)flow_find(&flow, "menu"); /* another kind of step by now */
	contact_tag_write(&c, 1, tag);
	assert_int_equal(contact_tag_read(&back, tag), -ENOENT);
	c.step = (int16_t)flow_find(&flow, "record");
	c.wait = CONTACT_RECORDING;
	contact_tag_write(&c, 1, tag);
	assert_int_equal(contact_tag_read(&back, tag), -ENOENT);
	flowfile_free(&changed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_caller_hangs_up), cmocka_unit_test(tags_come_back),
		cmocka_unit_test(the_largest_tag),     cmocka_unit_test(broken_tags),
		cmocka_unit_test(party_tags),          cmocka_unit_test(tags_of_another_table),
	};

	return cmocka_run_group_tests(tests, load, unload);
}
