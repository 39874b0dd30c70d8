/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Just enough of the kernel for the echo cancellers of Debian's dahdi-source to build on the desktop,
 * unchanged. Memory that they ask for lies between guard zones: what they write behind it (or before
 * it) hits nobody, and is counted.
 */
#ifndef BENCH_ECHO_RIVAL_H
#define BENCH_ECHO_RIVAL_H

#include <ctype.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define GUARD 65536 /* octets on either side */

typedef uint32_t u32;

/* The first words of each block, before its lower guard. */
struct guarded {
	size_t size;
	struct guarded *next;
};

static struct guarded *guarded_blocks;

static inline void *guarded_alloc(size_t size)
{
	struct guarded *g = malloc(sizeof(*g) + size + 2 * GUARD);
	uint8_t *mem;

	if (!g)
		abort();
	mem = (uint8_t *)(g + 1);
	memset(mem, 0xa5, size + 2 * GUARD);
	memset(mem + GUARD, 0, size);
	*g = (struct guarded){size, guarded_blocks};
	guarded_blocks = g;
	return mem + GUARD;
}

/* Blocks live until the program ends: their guards may still be asked for. */
static inline void guarded_free(const void *mem)
{
	(void)mem;
}

/* Octets of all guards that were written to. */
static inline size_t guarded_overrun(void)
{
	size_t count = 0;

	for (const struct guarded *g = guarded_blocks; g; g = g->next) {
		const uint8_t *zone = (const uint8_t *)(g + 1);

		for (size_t i = 0; i < GUARD; i++)
			count += (zone[i] != 0xa5) + (zone[GUARD + g->size + i] != 0xa5);
	}
	return count;
}

static inline void guarded_release(void)
{
	while (guarded_blocks) {
		struct guarded *g = guarded_blocks;

		guarded_blocks = g->next;
		free(g);
	}
}

#define GFP_KERNEL              0
#define kzalloc(size, flags)    guarded_alloc(size)
#define kcalloc(n, size, flags) guarded_alloc((size_t)(n) * (size))
#define kfree(mem)              guarded_free(mem)

#define KERN_INFO                 ""
#define KERN_NOTICE               ""
#define KERN_WARNING              ""
#define KERN_ERR                  ""
#define printk(...)               fprintf(stderr, __VA_ARGS__)
#define module_printk(level, ...) fprintf(stderr, __VA_ARGS__)

#define THIS_MODULE NULL
#define __init      __attribute__((unused))
#define __exit      __attribute__((unused))
#define S_IRUGO     0
#define S_IWUSR     0
#define module_param(name, type, mode)
#define module_init(fn)
#define module_exit(fn)
#define MODULE_DESCRIPTION(text)
#define MODULE_AUTHOR(text)
#define MODULE_LICENSE(text)
#define MODULE_VERSION(text)
#define EXPORT_SYMBOL_GPL(name)

/* Number of the highest bit, 1-based; 0 of 0. */
static inline int fls(unsigned int x)
{
	return x ? 32 - __builtin_clz(x) : 0;
}

#define container_of(ptr, type, member) ((type *)((char *)(ptr)-offsetof(type, member)))

#endif
