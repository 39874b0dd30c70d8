/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/contact/contact_hear.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/contact/spoken.h"
#include "core/contact/text.h"

static struct contact_item *add(struct contact_actions *acts, enum contact_item_kind kind)
{
	struct contact_item *it;

	if (acts->n_items == CONTACT_PLAY_MAX)
		return NULL;
	it = &acts->items[acts->n_items++];
	*it = (struct contact_item){.kind = kind};
	return it;
}

static void add_said(struct contact_actions *acts, const char *lang, const char *text)
{
	struct contact_item *it;

	if (!text[strspn(text, " ")])
		return; /* nothing to say */
	it = add(acts, CONTACT_SAY);
	if (!it)
		return;
	text_copy(it->lang, sizeof(it->lang), lang);
	text_copy(it->text, sizeof(it->text), text);
}

static void add_time(struct contact_actions *acts, const struct flow_item *in,
		     const struct moment *now)
{
	char clock[SPOKEN_MAX] = "", date[SPOKEN_MAX] = "", both[2 * SPOKEN_MAX + 4];

	if (in->form != FLOW_DATE)
		spoken_clock(in->lang, now, clock, sizeof(clock));
	if (in->form != FLOW_CLOCK)
		spoken_date(in->lang, now, date, sizeof(date));
	snprintf(both, sizeof(both), "%s%s%s", date, *date && *clock ? ", " : "", clock);
	add_said(acts, in->lang, both);
}

/* One file a digit; the two that are no digits have names. */
static void add_digit_files(struct contact_actions *acts, const char *prefix, const char *digits)
{
	struct contact_item *it;

	for (; *digits; digits++) {
		if (!strchr("0123456789*#", *digits))
			continue;
		it = add(acts, CONTACT_FILE);
		if (!it)
			return;
		if (*digits == '*' || *digits == '#')
			snprintf(it->text, sizeof(it->text), "%s%s", prefix,
				 *digits == '*' ? "star" : "pound");
		else
			snprintf(it->text, sizeof(it->text), "%s%c", prefix, *digits);
	}
}

static void add_number(struct contact_actions *acts, const char *lang, const char *value)
{
	char said[SPOKEN_MAX], *end;
	long long n = strtoll(value, &end, 10);

	/* What is no number in range is still said, digit by digit. */
	if (end == value || *end || spoken_number(lang, n, said, sizeof(said)) < 0)
		spoken_digits(lang, value, said, sizeof(said));
	add_said(acts, lang, said);
}

static void add_text(const struct contact *c, const struct flow_item *in,
		     struct contact_actions *acts)
{
	char text[CONTACT_TEXT_MAX], said[SPOKEN_MAX];

	template_expand(in->text, contact_lookup, c, text, sizeof(text));
	if (in->kind == FLOW_SAY) {
		add_said(acts, in->lang, text);
	} else if (in->kind == FLOW_NUMBER) {
		add_number(acts, in->lang, text);
	} else if (in->prefix[0]) {
		add_digit_files(acts, in->prefix, text);
	} else {
		spoken_digits(in->lang, text, said, sizeof(said));
		add_said(acts, in->lang, said);
	}
}

void contact_hear(const struct contact *c, const struct flow_items *items, const struct moment *now,
		  struct contact_actions *acts)
{
	struct contact_item *it;

	for (size_t i = 0; i < items->n; i++) {
		const struct flow_item *in = &items->list[i];

		switch (in->kind) {
		case FLOW_FILE:
		case FLOW_TONE:
		case FLOW_SILENCE:
			it = add(acts, in->kind == FLOW_FILE   ? CONTACT_FILE
				       : in->kind == FLOW_TONE ? CONTACT_TONE
							       : CONTACT_SILENCE);
			if (!it)
				return;
			text_copy(it->text, sizeof(it->text), in->text);
			it->ms = in->ms;
			break;
		case FLOW_TIME: add_time(acts, in, now); break;
		default: add_text(c, in, acts); break;
		}
	}
}
