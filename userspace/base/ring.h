/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Ring of records between two threads: one writes, one reads, nobody waits.
 *
 * A record is a run of octets of up to ring_max_record() octets; it is seen
 * whole or not at all. When the ring is full the record is refused and counted,
 * what is already in it stays.
 */
#ifndef BASE_RING_H
#define BASE_RING_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

struct ring {
	uint8_t *mem;
	uint32_t mask; /* size - 1 [octets], size is a power of two */
	_Alignas(64) _Atomic uint32_t head; /* written by the writer: next octet to write */
	_Atomic uint64_t refused; /* records that found no room */
	_Alignas(64) _Atomic uint32_t tail; /* written by the reader: next octet to read */
};

/**
 * ring_init() - allocate a ring
 * @size: octets, a power of two from 64 to 2^30
 * Return: 0, -EINVAL, -ENOMEM. Context: before either thread uses it.
 */
int ring_init(struct ring *r, uint32_t size);
void ring_free(struct ring *r);

/** ring_max_record() - longest record that can ever fit [octets] */
uint32_t ring_max_record(const struct ring *r);

/**
 * ring_put() - writer: append one record made of two runs (the second may be empty)
 * Return: 0, or -ENOBUFS when there is no room (counted in ring_refused()),
 * or -EMSGSIZE when it can never fit. Never waits, no system call.
 */
int ring_put(struct ring *r, const void *a, uint32_t na, const void *b, uint32_t nb);

/**
 * ring_get() - reader: take the oldest record
 * @buf: receives up to @max octets; the rest of a longer record is lost
 * Return: the record's length, or -EAGAIN when the ring is empty.
 */
int ring_get(struct ring *r, void *buf, uint32_t max);

/** ring_used() - octets in the ring, length words included; any thread, a snapshot */
uint32_t ring_used(const struct ring *r);
uint64_t ring_refused(const struct ring *r);

#endif
