/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "store/cdr.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/reader.h"

/*
 * One octet of version, then members: a tag, two octets of length, the value. What has
 * its ordinary value is left out. Tags are never used for something else; a reader
 * passes over those that it does not know.
 */

enum kind {
	TEXT, /* char[size] */
	NUMBER, /* unsigned of 1, 2, 4, 8 octets; eight octets, ordinary value 0 */
	TIME, /* int64_t; eight octets, ordinary value -1 */
	TEXTS, /* char[max][size] and its count: one member each */
};

struct member {
	uint8_t tag;
	enum kind kind;
	size_t offset, size;
	size_t count_offset, max; /* TEXTS */
};

#define at(m) offsetof(struct cdr, m), sizeof(((struct cdr *)0)->m)
#define list(m, n, most)                                                                           \
	offsetof(struct cdr, m), sizeof(((struct cdr *)0)->m[0]), offsetof(struct cdr, n), most

/* docs/store.md has the same table. */
static const struct member members[] = {
	{1, NUMBER, at(id.site), 0, 0},
	{2, NUMBER, at(id.seq), 0, 0},
	{3, TEXT, at(instance), 0, 0},
	{4, NUMBER, at(leg), 0, 0},
	{5, NUMBER, at(outgoing), 0, 0},
	{6, NUMBER, at(channel), 0, 0},
	{7, TEXT, at(span), 0, 0},
	{8, TEXT, at(called), 0, 0},
	{9, TEXT, at(calling), 0, 0},
	{10, TEXT, at(presentation), 0, 0},
	{11, TEXT, at(name), 0, 0},
	{12, TEXT, at(redirecting), 0, 0},
	{13, NUMBER, at(offered_us), 0, 0},
	{14, NUMBER, at(answered_us), 0, 0},
	{15, NUMBER, at(ended_us), 0, 0},
	{16, TIME, at(offered_sample), 0, 0},
	{17, TIME, at(answered_sample), 0, 0},
	{18, TIME, at(ended_sample), 0, 0},
	{19, NUMBER, at(cause), 0, 0},
	{20, NUMBER, at(location), 0, 0},
	{21, TEXT, at(by), 0, 0},
	{22, TEXT, at(digits), 0, 0},
	{23, TEXT, at(flow), 0, 0},
	{24, TEXT, at(outcome), 0, 0},
	{25, TEXTS, list(steps, n_steps, CDR_STEPS_MAX)},
	{26, NUMBER, at(visited), 0, 0},
	{27, TEXTS, list(recordings, n_recordings, CDR_RECORDINGS)},
	{28, NUMBER, at(partner), 0, 0},
	{29, NUMBER, at(event), 0, 0},
};

#define N_MEMBERS (sizeof(members) / sizeof(members[0]))

/* ---- integers of several sizes -------------------------------------------------------------- */

static uint64_t load(const void *p, size_t size)
{
	uint64_t v = 0;

	/* Little-endian machines only, as LMDB's files are too. */
	memcpy(&v, p, size);
	return v;
}

static void write_be64(struct writer *w, uint64_t v)
{
	wr_be32(w, (uint32_t)(v >> 32));
	wr_be32(w, (uint32_t)v);
}

static uint64_t read_be64(struct reader *r)
{
	uint64_t high = rd_be32(r);

	return high << 32 | rd_be32(r);
}

/* ---- writing -------------------------------------------------------------------------------- */

static void put_number(struct writer *w, uint8_t tag, uint64_t v)
{
	wr_u8(w, tag);
	wr_be16(w, 8);
	write_be64(w, v);
}

static void put_text(struct writer *w, uint8_t tag, const char *s, size_t size)
{
	size_t n = strnlen(s, size - 1);

	wr_u8(w, tag);
	wr_be16(w, (uint16_t)n);
	wr_copy(w, s, n);
}

static void put(struct writer *w, const struct member *m, const struct cdr *c)
{
	const char *p = (const char *)c + m->offset;
	uint64_t v = m->kind == NUMBER || m->kind == TIME ? load(p, m->size) : 0;

	if (m->kind == TEXT && *p)
		put_text(w, m->tag, p, m->size);
	else if ((m->kind == NUMBER && v) || (m->kind == TIME && (int64_t)v != -1))
		put_number(w, m->tag, v);
	else if (m->kind == TEXTS)
		for (uint8_t i = 0; i < *((const uint8_t *)c + m->count_offset); i++)
			put_text(w, m->tag, p + i * m->size, m->size);
}

int cdr_encode(const struct cdr *c, void *buf, size_t size)
{
	struct writer w;

	wr_init(&w, buf, size);
	wr_u8(&w, CDR_VERSION);
	for (size_t i = 0; i < N_MEMBERS; i++)
		put(&w, &members[i], c);
	return wr_len(&w);
}

/* ---- reading -------------------------------------------------------------------------------- */

static const struct member *member(uint8_t tag)
{
	for (size_t i = 0; i < N_MEMBERS; i++)
		if (members[i].tag == tag)
			return &members[i];
	return NULL;
}

static int get_text(struct reader *r, char *out, size_t size)
{
	size_t n = rd_left(r);

	if (n >= size || rd_copy(r, out, n) < 0 || memchr(out, 0, n))
		return -EBADMSG;
	out[n] = 0;
	return 0;
}

static int get_number(struct reader *r, void *out, size_t size)
{
	uint64_t v = rd_left(r) == 8 ? read_be64(r) : 0;

	if (rd_left(r) || rd_bad(r) || (size < 8 && v >> (8 * size)))
		return -EBADMSG;
	memcpy(out, &v, size);
	return 0;
}

static int get(struct reader *r, const struct member *m, struct cdr *c)
{
	char *p = (char *)c + m->offset;
	uint8_t *count;

	if (m->kind == TEXT)
		return get_text(r, p, m->size);
	if (m->kind != TEXTS)
		return get_number(r, p, m->size);
	count = (uint8_t *)c + m->count_offset;
	if (*count == m->max)
		return -EBADMSG;
	return get_text(r, p + (*count)++ * m->size, m->size);
}

int cdr_decode(struct cdr *c, const void *buf, size_t len)
{
	struct reader r, value;
	const struct member *m;
	uint8_t tag;
	int rc = 0;

	*c = (struct cdr){.offered_sample = -1, .answered_sample = -1, .ended_sample = -1};
	rd_init(&r, buf, len);
	if (rd_u8(&r) == 0)
		return -EBADMSG;
	while (rd_left(&r) && rc == 0) {
		tag = rd_u8(&r);
		if (rd_take(&r, rd_be16(&r), &value) < 0)
			return -EBADMSG;
		m = member(tag);
		rc = m ? get(&value, m, c) : 0;
	}
	return rd_bad(&r) ? -EBADMSG : rc;
}

/* ---- identifiers ---------------------------------------------------------------------------- */

void cdr_id_text(struct cdr_id id, char *buf, size_t size)
{
	snprintf(buf, size, "%" PRIu32 "-%" PRIu64, id.site, id.seq);
}

static bool digits_to(const char *s, char end, uint64_t max, uint64_t *out)
{
	uint64_t v = 0;

	if (*s < '1' || *s > '9')
		return false;
	for (; *s >= '0' && *s <= '9'; s++) {
		if (v > (max - (uint64_t)(*s - '0')) / 10)
			return false;
		v = v * 10 + (uint64_t)(*s - '0');
	}
	*out = v;
	return *s == end;
}

int cdr_id_parse(const char *text, struct cdr_id *id)
{
	const char *dash = strchr(text, '-');
	uint64_t site, seq;

	if (!dash || !digits_to(text, '-', UINT32_MAX, &site) ||
	    !digits_to(dash + 1, 0, INT64_MAX, &seq))
		return -EINVAL;
	*id = (struct cdr_id){(uint32_t)site, seq};
	return 0;
}
