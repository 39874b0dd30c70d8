/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "appliance/dleg.h"

#include <stdlib.h>

static struct dleg **bucket(const struct dlegs *t, uint64_t number)
{
	return (struct dleg **)&t->hash[number % DLEGS_HASH];
}

/* The engine's numbers rise: the place is nearly always the end. */
static void insert(struct dlegs *t, struct dleg *leg)
{
	struct dleg *before = t->last;

	while (before && before->number > leg->number)
		before = before->prev;
	leg->prev = before;
	leg->next = before ? before->next : t->first;
	*(leg->next ? &leg->next->prev : &t->last) = leg;
	*(before ? &before->next : &t->first) = leg;
}

struct dleg *dleg_add(struct dlegs *t, uint64_t number, enum dleg_role role, json_t *about)
{
	struct dleg *leg = calloc(1, sizeof(*leg));

	if (!leg)
		return NULL;
	leg->number = number;
	leg->role = role;
	leg->about = json_incref(about);
	leg->route_at = -1;
	leg->chain = *bucket(t, number);
	*bucket(t, number) = leg;
	insert(t, leg);
	t->n++;
	return leg;
}

struct dleg *dleg_find(const struct dlegs *t, uint64_t number)
{
	struct dleg *leg = *bucket(t, number);

	while (leg && leg->number != number)
		leg = leg->chain;
	return leg;
}

void dleg_remove(struct dlegs *t, struct dleg *leg)
{
	struct dleg **at = bucket(t, leg->number);

	while (*at != leg)
		at = &(*at)->chain;
	*at = leg->chain;
	*(leg->prev ? &leg->prev->next : &t->first) = leg->next;
	*(leg->next ? &leg->next->prev : &t->last) = leg->prev;
	t->n--;
	plan_put(leg->plan);
	json_decref(leg->about);
	free(leg);
}

void dleg_op_add(struct dleg *leg, uint64_t op, uint32_t token)
{
	/* The oldest makes way: what it was awaited for was replaced long ago. */
	leg->ops[leg->next_op] = (struct dleg_op){op, token};
	leg->next_op = (leg->next_op + 1) % DLEG_OPS;
}

bool dleg_op_take(struct dleg *leg, uint64_t op, uint32_t *token)
{
	for (int i = 0; op && i < DLEG_OPS; i++)
		if (leg->ops[i].op == op) {
			leg->ops[i].op = 0;
			*token = leg->ops[i].token;
			return true;
		}
	return false;
}
