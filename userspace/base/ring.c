/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/ring.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define LEN_OCTETS 4u /* each record is preceded by its length, host order */

int ring_init(struct ring *r, uint32_t size)
{
	if (size < 64 || size > (1u << 30) || (size & (size - 1)))
		return -EINVAL;
	memset(r, 0, sizeof(*r));
	r->mem = malloc(size);
	if (!r->mem)
		return -ENOMEM;
	/* Touched now, so that no page fault comes later; gcc leaves out a memset() after calloc(). */
	explicit_bzero(r->mem, size);
	r->mask = size - 1;
	return 0;
}

void ring_free(struct ring *r)
{
	free(r->mem);
	r->mem = NULL;
}

uint32_t ring_max_record(const struct ring *r)
{
	return r->mask + 1 - LEN_OCTETS;
}

static void copy_in(struct ring *r, uint32_t at, const void *src, uint32_t n)
{
	uint32_t from = at & r->mask;
	uint32_t first = r->mask + 1 - from;

	if (n == 0)
		return;
	if (first > n)
		first = n;
	memcpy(r->mem + from, src, first);
	memcpy(r->mem, (const uint8_t *)src + first, n - first);
}

static void copy_out(const struct ring *r, uint32_t at, void *dst, uint32_t n)
{
	uint32_t from = at & r->mask;
	uint32_t first = r->mask + 1 - from;

	if (n == 0)
		return;
	if (first > n)
		first = n;
	memcpy(dst, r->mem + from, first);
	memcpy((uint8_t *)dst + first, r->mem, n - first);
}

int ring_put(struct ring *r, const void *a, uint32_t na, const void *b, uint32_t nb)
{
	uint32_t head = atomic_load_explicit(&r->head, memory_order_relaxed);
	uint32_t tail = atomic_load_explicit(&r->tail, memory_order_acquire);
	uint32_t max = ring_max_record(r);
	uint32_t len;

	if (na > max || nb > max - na)
		return -EMSGSIZE;
	len = na + nb;
	if (r->mask + 1 - (head - tail) < LEN_OCTETS + len) {
		atomic_fetch_add_explicit(&r->refused, 1, memory_order_relaxed);
		return -ENOBUFS;
	}
	copy_in(r, head, &len, LEN_OCTETS);
	copy_in(r, head + LEN_OCTETS, a, na);
	copy_in(r, head + LEN_OCTETS + na, b, nb);
	atomic_store_explicit(&r->head, head + LEN_OCTETS + len, memory_order_release);
	return 0;
}

int ring_get(struct ring *r, void *buf, uint32_t max)
{
	uint32_t tail = atomic_load_explicit(&r->tail, memory_order_relaxed);
	uint32_t head = atomic_load_explicit(&r->head, memory_order_acquire);
	uint32_t len;

	if (head == tail)
		return -EAGAIN;
	copy_out(r, tail, &len, LEN_OCTETS);
	copy_out(r, tail + LEN_OCTETS, buf, len < max ? len : max);
	atomic_store_explicit(&r->tail, tail + LEN_OCTETS + len, memory_order_release);
	return (int)len;
}

uint32_t ring_used(const struct ring *r)
{
	return atomic_load_explicit(&r->head, memory_order_acquire) -
	       atomic_load_explicit(&r->tail, memory_order_acquire);
}

uint64_t ring_refused(const struct ring *r)
{
	return atomic_load_explicit(&r->refused, memory_order_relaxed);
}
