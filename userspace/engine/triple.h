/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Triple buffer: one thread publishes a whole struct, another reads the newest one,
 * neither waits. The writer fills triple_back() and calls triple_publish(); what the
 * reader got from triple_front() stays unchanged until it asks again.
 */
#ifndef ENGINE_TRIPLE_H
#define ENGINE_TRIPLE_H

#include <errno.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#define TRIPLE_FRESH 4u /* flag in middle: not read yet */

struct triple {
	uint8_t *mem[3];
	_Atomic unsigned int middle;
	unsigned int back, front; /* the writer's, the reader's */
};

/** triple_init() - three zeroed structs of @size octets. Return: 0 or -ENOMEM */
static inline int triple_init(struct triple *t, size_t size)
{
	for (unsigned int i = 0; i < 3; i++) {
		t->mem[i] = calloc(1, size);
		if (!t->mem[i])
			return -ENOMEM;
	}
	t->back = 0;
	t->front = 2;
	atomic_store(&t->middle, 1);
	return 0;
}

static inline void triple_free(struct triple *t)
{
	for (unsigned int i = 0; i < 3; i++)
		free(t->mem[i]);
}

static inline void *triple_back(struct triple *t)
{
	return t->mem[t->back];
}

static inline void triple_publish(struct triple *t)
{
	t->back =
		atomic_exchange_explicit(&t->middle, t->back | TRIPLE_FRESH, memory_order_acq_rel) &
		~TRIPLE_FRESH;
}

static inline void *triple_front(struct triple *t)
{
	if (atomic_load_explicit(&t->middle, memory_order_relaxed) & TRIPLE_FRESH)
		t->front = atomic_exchange_explicit(&t->middle, t->front, memory_order_acq_rel) &
			   ~TRIPLE_FRESH;
	return t->mem[t->front];
}

#endif
