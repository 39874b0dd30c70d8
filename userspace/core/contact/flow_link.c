/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "core/contact/contact.h"
#include "core/contact/flow.h"
#include "core/contact/spoken.h"
#include "core/contact/vars.h"

/*
 * What can be known about a flow before the first call: every reference leads
 * somewhere, every step is reached, no circle turns without taking time, every
 * variable that is used is set somewhere.
 */

struct linker {
	struct flow *f;
	flow_fault_fn *fault;
	void *ctx;
	int faults, unknown; /* references among them */
};

static void fault(struct linker *l, size_t step, const char *setting, const char *right,
		  const char *fmt, ...) __attribute__((format(printf, 5, 6)));

static void fault(struct linker *l, size_t step, const char *setting, const char *right,
		  const char *fmt, ...)
{
	char wrong[200];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(wrong, sizeof(wrong), fmt, ap);
	va_end(ap);
	l->fault(l->ctx, step, setting, wrong, right);
	l->faults++;
}

/* ---- names and references ------------------------------------------------------------------- */

static void link_names(struct linker *l)
{
	struct flow *f = l->f;
	uint32_t mark = 2166136261u; /* FNV-1a */

	for (size_t i = 0; i < f->n_steps; i++) {
		const struct flow_step *s = &f->steps[i];

		if (flow_find(f, s->name) < (int)i)
			fault(l, i, "name", "another name", "step \"%s\" is there twice", s->name);
		for (const char *p = s->name; *p; p++)
			mark = (mark ^ (uint8_t)*p) * 16777619u;
		mark = (mark ^ (uint8_t)s->op) * 16777619u;
	}
	f->mark = mark;
}

static void link_ref(struct linker *l, size_t step, struct flow_ref *ref, const char *setting)
{
	ref->step = -1;
	if (!ref->name[0])
		return;
	ref->step = (int16_t)flow_find(l->f, ref->name);
	if (ref->step >= 0)
		return;
	l->unknown++;
	fault(l, step, setting, "the name of a step of this flow", "there is no step \"%s\"",
	      ref->name);
}

static bool goes_on(enum flow_op op)
{
	return op != FLOW_MENU && op != FLOW_SWITCH && op != FLOW_HANGUP && op != FLOW_CONNECT &&
	       op != FLOW_MEET;
}

static void link_step(struct linker *l, size_t i)
{
	struct flow_step *s = &l->f->steps[i];
	struct flow_ref *refs[FLOW_REFS_MAX];
	char settings[FLOW_REFS_MAX][32];
	int n = flow_refs(s, refs, settings);

	for (int k = 0; k < n; k++)
		link_ref(l, i, refs[k], settings[k]);
	if (s->next.name[0] || !goes_on(s->op))
		return;
	if (i + 1 < l->f->n_steps)
		s->next.step = (int16_t)(i + 1);
	else
		fault(l, i, "", "give \"next\", or end the flow with a hangup step",
		      "the last step \"%s\" leads nowhere", s->name);
}

/* ---- reachable, and no circle without time -------------------------------------------------- */

static int successors(struct flow_step *s, int16_t *out)
{
	struct flow_ref *refs[FLOW_REFS_MAX];
	int n = flow_refs(s, refs, NULL), k = 0;

	for (int i = 0; i < n; i++)
		if (refs[i]->step >= 0)
			out[k++] = refs[i]->step;
	return k;
}

static void check_reached(struct linker *l)
{
	bool seen[FLOW_STEPS_MAX] = {true};
	int16_t todo[FLOW_STEPS_MAX] = {0}, next[FLOW_REFS_MAX];
	size_t n = 1;

	while (n) {
		int k = successors(&l->f->steps[todo[--n]], next);

		while (k--) {
			if (seen[next[k]])
				continue;
			seen[next[k]] = true;
			todo[n++] = next[k];
		}
	}
	for (size_t i = 0; i < l->f->n_steps; i++)
		if (!seen[i])
			fault(l, i, "name", "a step that leads here, or remove it",
			      "no step leads to \"%s\"", l->f->steps[i].name);
}

/* A step that takes time when all is well; what goes wrong at run time is the rush limit's. */
static bool takes_time(enum flow_op op)
{
	return op != FLOW_ANSWER && op != FLOW_SWITCH && op != FLOW_GOTO && op != FLOW_SET;
}

/* From @start along steps that take no time: back at @start? */
static bool circles(struct flow *f, size_t start)
{
	bool seen[FLOW_STEPS_MAX] = {false};
	int16_t todo[FLOW_STEPS_MAX], next[FLOW_REFS_MAX];
	size_t n = 0;

	todo[n++] = (int16_t)start;
	while (n) {
		int k = successors(&f->steps[todo[--n]], next);

		while (k--) {
			if ((size_t)next[k] == start)
				return true;
			if (seen[next[k]] || takes_time(f->steps[next[k]].op))
				continue;
			seen[next[k]] = true;
			todo[n++] = next[k];
		}
	}
	return false;
}

static void check_circles(struct linker *l)
{
	for (size_t i = 0; i < l->f->n_steps; i++)
		if (!takes_time(l->f->steps[i].op) && circles(l->f, i))
			fault(l, i, "", "a step that plays or waits somewhere in the circle",
			      "step \"%s\" is in a circle that takes no time", l->f->steps[i].name);
}

/* ---- what a step says ----------------------------------------------------------------------- */

static bool sets(const struct flow_step *s, const char *name)
{
	switch (s->op) {
	case FLOW_COLLECT: return !strcmp(s->u.ask.into, name);
	case FLOW_RECORD: return !strcmp(s->u.record.into, name);
	case FLOW_SET: return !strcmp(s->u.set.variable, name);
	default: return false;
	}
}

static bool known(const struct flow *f, const char *name)
{
	for (size_t i = 0; i < f->n_steps; i++)
		if (sets(&f->steps[i], name))
			return true;
	return contact_builtin(name);
}

static void check_template(struct linker *l, size_t step, const char *setting, const char *text)
{
	char name[FLOW_VAR_MAX];
	int more;

	while ((more = template_next(&text, name)) == 1)
		if (!known(l->f, name))
			fault(l, step, setting,
			      "called, calling, name, cause, or a variable that a step sets",
			      "nothing sets the variable {%s}", name);
	if (more < 0)
		fault(l, step, setting, "{name} with a..z, 0..9 and _; a brace itself is {{",
		      "the text has a brace that begins no variable");
}

static void check_items(struct linker *l, size_t step, const char *list, struct flow_items *items)
{
	char setting[64];

	for (size_t i = 0; i < items->n; i++) {
		struct flow_item *it = &items->list[i];

		snprintf(setting, sizeof(setting), "%s[%zu]", list, i);
		if (!it->lang[0])
			memcpy(it->lang, l->f->lang, sizeof(it->lang));
		if (it->kind == FLOW_SAY || it->kind == FLOW_DIGITS || it->kind == FLOW_NUMBER)
			check_template(l, step, setting, it->text);
		if ((it->kind == FLOW_TIME || it->kind == FLOW_NUMBER ||
		     (it->kind == FLOW_DIGITS && !it->prefix[0])) &&
		    !spoken_lang_ok(it->lang))
			fault(l, step, setting, "lang \"en\" or \"cmn\"",
			      "times and numbers cannot be said in \"%s\"", it->lang);
		if (it->kind == FLOW_TONE && !it->ms && i + 1 < items->n)
			fault(l, step, setting, "\"ms\", or the tone at the end of the list",
			      "a tone without end hides what follows");
	}
}

static bool endless(const struct flow_items *items)
{
	const struct flow_item *last = items->n ? &items->list[items->n - 1] : NULL;

	return last && last->kind == FLOW_TONE && !last->ms;
}

static void check_variable(struct linker *l, size_t step, const char *setting, const char *name)
{
	if (name[0] && (!var_name_ok(name) || contact_builtin(name)))
		fault(l, step, setting, "a..z, then a..z 0..9 _, and none of the built-in names",
		      "\"%s\" is no name for a variable", name);
}

static void check_ask(struct linker *l, size_t i, struct flow_step *s)
{
	struct flow_ask *ask = &s->u.ask;
	char setting[48];

	check_items(l, i, "items", &ask->items);
	check_items(l, i, "sorry", &ask->sorry);
	check_variable(l, i, "into", ask->into);
	if (endless(&ask->items) || endless(&ask->sorry))
		fault(l, i, "items", "\"ms\" at the tone",
		      "a tone without end lets no time-out begin");
	if (ask->items.n + ask->sorry.n > CONTACT_PLAY_MAX)
		fault(l, i, "items", "fewer", "too many items");
	for (size_t k = 0; k < ask->n_options; k++)
		for (size_t m = 0; m < k; m++)
			if (ask->options[k].digit[0] == ask->options[m].digit[0]) {
				snprintf(setting, sizeof(setting), "options[%zu].digit", k);
				fault(l, i, setting, "each digit once",
				      "digit \"%s\" is there twice", ask->options[k].digit);
				break;
			}
	if (s->op == FLOW_COLLECT && ask->min > ask->max)
		fault(l, i, "min", "at most as many as \"max\"", "%u is more than max %u", ask->min,
		      ask->max);
}

static void check_switch(struct linker *l, size_t i, struct flow_switch *choice)
{
	char setting[48];

	for (size_t k = 0; k < choice->n_cases; k++) {
		const char *name = choice->cases[k].variable;

		snprintf(setting, sizeof(setting), "cases[%zu].variable", k);
		if (name[0] && !known(l->f, name))
			fault(l, i, setting, "a built-in variable or one that a step sets",
			      "nothing sets the variable \"%s\"", name);
	}
}

static void check_connect(struct linker *l, size_t i, struct flow_connect *connect)
{
	check_template(l, i, "number", connect->number);
	check_template(l, i, "calling", connect->calling);
	check_items(l, i, "ringing", &connect->ringing);
	if (connect->group[0] && connect->span[0])
		fault(l, i, "span", "one of the two", "\"group\" and \"span\" are both given");
}

static void check_step(struct linker *l, size_t i)
{
	struct flow_step *s = &l->f->steps[i];

	switch (s->op) {
	case FLOW_PLAY:
		check_items(l, i, "items", &s->u.play.items);
		if (endless(&s->u.play.items) && !s->u.play.barge)
			fault(l, i, "items", "\"ms\" at the tone, or barge = true",
			      "a tone without end keeps the caller in this step");
		break;
	case FLOW_MENU:
	case FLOW_COLLECT: check_ask(l, i, s); break;
	case FLOW_RECORD: check_variable(l, i, "into", s->u.record.into); break;
	case FLOW_SWITCH: check_switch(l, i, &s->u.choice); break;
	case FLOW_CONNECT: check_connect(l, i, &s->u.connect); break;
	case FLOW_MEET: check_items(l, i, "waiting", &s->u.meet.waiting); break;
	case FLOW_SET:
		check_variable(l, i, "variable", s->u.set.variable);
		check_template(l, i, "value", s->u.set.value);
		break;
	default: break;
	}
}

int flow_link(struct flow *f, flow_fault_fn *fn, void *ctx)
{
	struct linker l = {.f = f, .fault = fn, .ctx = ctx};

	if (!f->n_steps || f->n_steps > FLOW_STEPS_MAX) {
		fault(&l, 0, "", "1 to 250 steps", "the flow has %zu steps", f->n_steps);
		return l.faults;
	}
	link_names(&l);
	for (size_t i = 0; i < f->n_steps; i++)
		link_step(&l, i);
	for (size_t i = 0; i < f->n_steps; i++)
		check_step(&l, i);
	if (l.unknown) /* what is reached is not known while names are wrong */
		return l.faults;
	check_reached(&l);
	check_circles(&l);
	return l.faults;
}
