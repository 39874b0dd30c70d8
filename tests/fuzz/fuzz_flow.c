/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Three texts from anybody: a call flow (a file's text; if it is good, a call runs through
 * it with events drawn from the same octets), the tag of a leg, a call record.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "appliance/flowfile.h"
#include "core/contact/contact_tag.h"
#include "store/cdr.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
const char *__lsan_default_suppressions(void);
const char *__lsan_default_options(void);

/* libconfig's scanner loses the text of a string that is never closed. */
const char *__lsan_default_suppressions(void)
{
	return "leak:libconfig.so";
}

const char *__lsan_default_options(void)
{
	return "print_suppressions=0";
}

static void must(bool truth)
{
	if (!truth)
		abort();
}

/* One event, its kind and its details from three octets. */
static void draw(struct contact_event *ev, const struct contact *c, const uint8_t *octets)
{
	static const char *const digits[] = {NULL, "", "1", "2", "#", "4711", "123456789"};

	*ev = (struct contact_event){
		.type = (enum contact_event_type)(octets[0] % (CONTACT_ENDED + 1)),
		.sample = c->entered + octets[1] * 10000,
		.now = {.year = 2026, .month = 1, .day = 1, .hour = octets[1] % 24},
	};
	switch (ev->type) {
	case CONTACT_MEDIA_DONE:
		ev->u.media.token = c->token - (octets[2] & 1);
		ev->u.media.reason = (enum contact_reason)(octets[2] % (CONTACT_R_ERROR + 1));
		ev->u.media.digits = digits[octets[1] % 7];
		break;
	case CONTACT_PARTNER:
		ev->u.partner.leg = octets[1];
		ev->u.partner.lead = octets[2] & 1;
		break;
	case CONTACT_RESUME:
		ev->u.resume.media = octets[2] & 1;
		ev->u.resume.party = octets[2] & 2;
		ev->u.resume.party_rings = octets[2] & 4;
		ev->u.resume.party_answered = octets[2] & 8;
		ev->u.resume.bridged = octets[2] & 16;
		ev->u.resume.answered = octets[2] & 32;
		break;
	default: ev->u.cause = octets[2]; break;
	}
}

static void run(const struct flow *f, const uint8_t *data, size_t size)
{
	static struct contact_actions acts;
	struct contact_who who = {.called = "200", .calling = "010", .name = "x", .id = "f"};
	struct contact_event ev = {.type = CONTACT_START};
	struct contact c, back;
	char tag[TAG_MAX];

	contact_init(&c, f, &who);
	contact_step(&c, &ev, &acts);
	for (; size >= 3; size -= 3, data += 3) {
		draw(&ev, &c, data);
		contact_step(&c, &ev, &acts);
		must(acts.n < CONTACT_ACTIONS_MAX && acts.n_items <= CONTACT_PLAY_MAX);
		must((size_t)contact_tag_write(&c, 1, tag) < TAG_MAX - 1);
		contact_init(&back, f, &who);
		must(c.step < 0 || contact_tag_read(&back, tag) == 0);
	}
}

static void fuzz_flow(const char *text, const uint8_t *data, size_t size)
{
	static struct conf_errors errs;
	struct flow f;

	if (flowfile_load_text(text, "fuzz", &f, &errs) < 0) {
		must(errs.n > 0);
		return;
	}
	run(&f, data, size);
	flowfile_free(&f);
}

static void fuzz_tag(char *text)
{
	static struct flow_step steps[2] = {{.name = "a", .op = FLOW_PLAY},
					    {.name = "b", .op = FLOW_MEET}};
	static struct contact_actions acts;
	struct flow f = {.name = "f", .steps = steps, .n_steps = 2};
	struct contact_event ev = {.type = CONTACT_ENDED};
	struct contact_tag tag;
	struct contact c;

	text[strcspn(text, "\n")] = 0; /* the seed is a file with a last line */
	contact_tag_peek(text, &tag);
	contact_init(&c, &f, &(struct contact_who){0});
	if (contact_tag_read(&c, text) < 0)
		return;
	must(c.step < 2 && c.n_trace <= CONTACT_TRACE_MAX && c.vars.n <= VARS_MAX);
	contact_step(&c, &ev, &acts);
	must(c.wait == CONTACT_OVER);
}

static void fuzz_record(const uint8_t *data, size_t size)
{
	static uint8_t again[CDR_SIZE_MAX];
	static struct cdr c, back;
	int n;

	if (cdr_decode(&c, data, size) < 0)
		return;
	n = cdr_encode(&c, again, sizeof(again));
	must(n > 0 && cdr_decode(&back, again, (size_t)n) == 0);
	must(memcmp(&c, &back, sizeof(c)) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);

	if (text && size) {
		memcpy(text, data, size);
		text[size] = 0;
		if (data[0] == 'n' || data[0] == '#')
			fuzz_flow(text, data, size);
		else if (data[0] == '1')
			fuzz_tag(text);
		else
			fuzz_record(data, size);
	}
	free(text);
	return 0;
}
