/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/reader.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

/* Stands for an empty buffer, so that no arithmetic is done on NULL. */
static const uint8_t nothing[1];

void rd_init(struct reader *r, const void *data, size_t len)
{
	r->at = len ? data : nothing;
	r->end = r->at + len;
	r->bad = false;
}

size_t rd_left(const struct reader *r)
{
	return r->bad ? 0 : (size_t)(r->end - r->at);
}

bool rd_bad(const struct reader *r)
{
	return r->bad;
}

/* The next n octets, or NULL and bad for good. */
static const uint8_t *advance(struct reader *r, size_t n)
{
	const uint8_t *here = r->at;

	if (r->bad || n > (size_t)(r->end - r->at)) {
		r->bad = true;
		return NULL;
	}
	r->at += n;
	return here;
}

uint8_t rd_u8(struct reader *r)
{
	const uint8_t *p = advance(r, 1);

	return p ? p[0] : 0;
}

uint16_t rd_be16(struct reader *r)
{
	const uint8_t *p = advance(r, 2);

	return p ? (uint16_t)(p[0] << 8 | p[1]) : 0;
}

uint32_t rd_be32(struct reader *r)
{
	const uint8_t *p = advance(r, 4);

	return p ? (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3] : 0;
}

int rd_take(struct reader *r, size_t n, struct reader *sub)
{
	const uint8_t *p = advance(r, n);

	if (!p)
		return -EBADMSG;
	*sub = (struct reader){.at = p, .end = p + n};
	return 0;
}

int rd_copy(struct reader *r, void *dst, size_t n)
{
	const uint8_t *p = advance(r, n);

	if (!p)
		return -EBADMSG;
	if (n)
		memcpy(dst, p, n);
	return 0;
}

int rd_skip(struct reader *r, size_t n)
{
	return advance(r, n) ? 0 : -EBADMSG;
}

void wr_init(struct writer *w, void *buf, size_t size)
{
	w->start = size ? buf : (uint8_t *)nothing; /* never written to, there is no room */
	w->at = w->start;
	w->end = w->start + size;
	w->bad = false;
}

/* Room for the next n octets, or NULL and bad for good. */
static uint8_t *reserve(struct writer *w, size_t n)
{
	uint8_t *here = w->at;

	if (w->bad || n > (size_t)(w->end - w->at)) {
		w->bad = true;
		return NULL;
	}
	w->at += n;
	return here;
}

void wr_u8(struct writer *w, uint8_t v)
{
	uint8_t *p = reserve(w, 1);

	if (p)
		p[0] = v;
}

void wr_be16(struct writer *w, uint16_t v)
{
	uint8_t *p = reserve(w, 2);

	if (!p)
		return;
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

void wr_be32(struct writer *w, uint32_t v)
{
	uint8_t *p = reserve(w, 4);

	if (!p)
		return;
	p[0] = (uint8_t)(v >> 24);
	p[1] = (uint8_t)(v >> 16);
	p[2] = (uint8_t)(v >> 8);
	p[3] = (uint8_t)v;
}

void wr_copy(struct writer *w, const void *src, size_t n)
{
	uint8_t *p = reserve(w, n);

	if (p && n)
		memcpy(p, src, n);
}

int wr_len(const struct writer *w)
{
	size_t n = (size_t)(w->at - w->start);

	return w->bad || n > INT_MAX ? -EMSGSIZE : (int)n;
}
