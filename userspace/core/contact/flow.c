/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/contact/flow.h"

#include <stdio.h>
#include <string.h>

#include "core/contact/text.h"

/* The steps of a flow as a graph: their names, where they lead, what they are. */

static const char *const op_names[FLOW_OPS] = {
	"answer",  "play", "menu",   "collect", "record", "switch",
	"connect", "meet", "hangup", "goto",    "set",
};

const char *flow_op_name(enum flow_op op)
{
	return op < FLOW_OPS ? op_names[op] : "?";
}

int flow_find(const struct flow *f, const char *name)
{
	for (size_t i = 0; i < f->n_steps; i++)
		if (!strcmp(f->steps[i].name, name))
			return (int)i;
	return -1;
}

struct refs {
	struct flow_ref **out;
	char (*settings)[32];
	int n;
};

static void add_ref(struct refs *r, struct flow_ref *ref, const char *setting)
{
	if (r->settings)
		text_copy(r->settings[r->n], sizeof(r->settings[0]), setting);
	r->out[r->n++] = ref;
}

static void add_option_refs(struct refs *r, struct flow_ask *ask)
{
	char setting[32];

	for (size_t i = 0; i < ask->n_options; i++) {
		snprintf(setting, sizeof(setting), "options[%zu].to", i);
		add_ref(r, &ask->options[i].to, setting);
	}
	add_ref(r, &ask->invalid, "invalid");
	add_ref(r, &ask->timeout, "timeout");
}

static void add_case_refs(struct refs *r, struct flow_switch *choice)
{
	char setting[32];

	for (size_t i = 0; i < choice->n_cases; i++) {
		snprintf(setting, sizeof(setting), "cases[%zu].to", i);
		add_ref(r, &choice->cases[i].to, setting);
	}
	add_ref(r, &choice->otherwise, "else");
}

int flow_refs(struct flow_step *s, struct flow_ref **out, char (*settings)[32])
{
	struct refs r = {.out = out, .settings = settings};

	add_ref(&r, &s->next, "next");
	switch (s->op) {
	case FLOW_PLAY: add_ref(&r, &s->u.play.failed, "failed"); break;
	case FLOW_MENU:
	case FLOW_COLLECT: add_option_refs(&r, &s->u.ask); break;
	case FLOW_RECORD: add_ref(&r, &s->u.record.failed, "failed"); break;
	case FLOW_SWITCH: add_case_refs(&r, &s->u.choice); break;
	case FLOW_CONNECT:
		add_ref(&r, &s->u.connect.busy, "busy");
		add_ref(&r, &s->u.connect.no_answer, "no_answer");
		add_ref(&r, &s->u.connect.failed, "failed");
		break;
	case FLOW_MEET: add_ref(&r, &s->u.meet.timeout, "timeout"); break;
	default: break;
	}
	return r.n;
}
