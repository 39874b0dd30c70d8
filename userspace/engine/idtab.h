/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Numbered objects: numbers rise and are not used again for 2^32 of them; look-up,
 * insertion and removal are O(1). The table owns nothing.
 */
#ifndef ENGINE_IDTAB_H
#define ENGINE_IDTAB_H

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

struct idtab {
	struct {
		uint32_t id;
		void *object;
	} * slot;
	uint32_t mask; /* slots - 1 */
	uint32_t next; /* number to try next */
	uint32_t n;
};

/** idtab_init() - @slots: a power of two, more than objects at once. Return: 0 or -ENOMEM */
static inline int idtab_init(struct idtab *t, uint32_t slots)
{
	t->slot = malloc(slots * sizeof(*t->slot));
	if (t->slot)
		explicit_bzero(t->slot, slots * sizeof(*t->slot)); /* touched: see ring_init() */
	t->mask = slots - 1;
	t->next = 1;
	t->n = 0;
	return t->slot ? 0 : -ENOMEM;
}

static inline void idtab_free(struct idtab *t)
{
	free(t->slot);
}

/** idtab_add() - Return: the object's number (> 0), or 0 when the table is full */
static inline uint32_t idtab_add(struct idtab *t, void *object)
{
	if (t->n > t->mask)
		return 0;
	while (t->next == 0 || t->slot[t->next & t->mask].object)
		t->next++;
	t->slot[t->next & t->mask].id = t->next;
	t->slot[t->next & t->mask].object = object;
	t->n++;
	return t->next++;
}

static inline void *idtab_find(const struct idtab *t, uint64_t id)
{
	if (id == 0 || id > UINT32_MAX || t->slot[id & t->mask].id != id)
		return NULL;
	return t->slot[id & t->mask].object;
}

static inline void idtab_remove(struct idtab *t, uint32_t id)
{
	if (!idtab_find(t, id))
		return;
	t->slot[id & t->mask].object = NULL;
	t->slot[id & t->mask].id = 0;
	t->n--;
}

/** idtab_at() - walk: object of slot @i in 0..mask, NULL: empty */
static inline void *idtab_at(const struct idtab *t, uint32_t i)
{
	return t->slot[i].object;
}

#endif
