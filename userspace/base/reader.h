/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Bounded reader and writer for octets: packets, frames, information elements.
 *
 * Neither can run past the end. A reader that is asked for more than is left
 * answers 0, becomes bad and stays bad: a parser may read a whole header and ask
 * rd_bad() once. A writer without room writes nothing more and becomes bad too.
 *
 *	rd_init(&r, packet, len);
 *	type = rd_u8(&r);
 *	n = rd_u8(&r);
 *	if (rd_take(&r, n, &ie) < 0)
 *		return -EBADMSG;	(also when one of the two before had failed)
 *
 * Pure: no allocation, no system call; the octets stay the caller's and must
 * outlive the reader.
 */
#ifndef BASE_READER_H
#define BASE_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct reader {
	const uint8_t *at; /* next octet */
	const uint8_t *end; /* one past the last */
	bool bad; /* something was asked for that is not there */
};

/** rd_init() - read @len octets at @data; @data may be NULL when @len is 0 */
void rd_init(struct reader *r, const void *data, size_t len);

/** rd_left() - octets not yet read; 0 once bad */
size_t rd_left(const struct reader *r);
/** rd_bad() - true once anything was asked for beyond the end */
bool rd_bad(const struct reader *r);

/* Next octet, next two or four with the most significant first; 0 when there are too few. */
uint8_t rd_u8(struct reader *r);
uint16_t rd_be16(struct reader *r);
uint32_t rd_be32(struct reader *r);

/**
 * rd_take() - cut the next @n octets off as a reader of their own
 * @sub: written only on success; may not be @r
 * Return: 0, or -EBADMSG when there are fewer (nothing is consumed, @r becomes bad).
 */
int rd_take(struct reader *r, size_t n, struct reader *sub);

/** rd_copy() - copy the next @n octets to @dst. Return: 0 or -EBADMSG as rd_take() */
int rd_copy(struct reader *r, void *dst, size_t n);

/** rd_skip() - pass over @n octets. Return: 0 or -EBADMSG as rd_take() */
int rd_skip(struct reader *r, size_t n);

struct writer {
	uint8_t *start;
	uint8_t *at; /* next octet */
	uint8_t *end; /* one past the last there is room for */
	bool bad; /* something did not fit */
};

/** wr_init() - write at most @size octets at @buf; @buf may be NULL when @size is 0 */
void wr_init(struct writer *w, void *buf, size_t size);

/* Append; a value that does not fit whole is not written at all and makes @w bad. */
void wr_u8(struct writer *w, uint8_t v);
void wr_be16(struct writer *w, uint16_t v);
void wr_be32(struct writer *w, uint32_t v);
/** wr_copy() - append @n octets of @src */
void wr_copy(struct writer *w, const void *src, size_t n);

/** wr_len() - Return: octets written, or -EMSGSIZE once anything did not fit */
int wr_len(const struct writer *w);

#endif
