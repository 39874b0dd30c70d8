/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "store/calls.h"

#include <errno.h>
#include <string.h>

#include "base/reader.h"

/*
 * Keys (docs/store.md), all numbers with the most significant octet first so that
 * LMDB's order is theirs:
 *
 *	calls		site 4, seq 8			-> record
 *	calls-by-leg	leg 8, engine instance		-> site 4, seq 8
 *	calls-by-time	offered_us 8, site 4, seq 8	-> nothing
 *	meta		"seq", site 4			-> last seq 8
 *	meta		"engine"			-> event 8, instance
 */

#define ID_LEN   12
#define TIME_LEN (8 + ID_LEN)
#define LEG_LEN  (8 + CDR_INSTANCE_MAX)

static void be64(struct writer *w, uint64_t v)
{
	wr_be32(w, (uint32_t)(v >> 32));
	wr_be32(w, (uint32_t)v);
}

static uint64_t from_be64(struct reader *r)
{
	uint64_t high = rd_be32(r);

	return high << 32 | rd_be32(r);
}

static struct db_value written(const struct writer *w)
{
	return (struct db_value){w->start, (size_t)wr_len(w)};
}

static struct db_value id_key(struct cdr_id id, uint8_t buf[ID_LEN])
{
	struct writer w;

	wr_init(&w, buf, ID_LEN);
	wr_be32(&w, id.site);
	be64(&w, id.seq);
	return written(&w);
}

static struct db_value leg_key(const char *instance, uint64_t leg, uint8_t buf[LEG_LEN])
{
	struct writer w;

	wr_init(&w, buf, LEG_LEN);
	be64(&w, leg);
	wr_copy(&w, instance, strnlen(instance, CDR_INSTANCE_MAX - 1));
	return written(&w);
}

static struct db_value time_key(int64_t offered_us, struct cdr_id id, uint8_t buf[TIME_LEN])
{
	struct writer w;

	wr_init(&w, buf, TIME_LEN);
	be64(&w, offered_us < 0 ? 0 : (uint64_t)offered_us);
	wr_be32(&w, id.site);
	be64(&w, id.seq);
	return written(&w);
}

static int parse_id(struct db_value val, struct cdr_id *id)
{
	struct reader r;

	rd_init(&r, val.data, val.len);
	id->site = rd_be32(&r);
	id->seq = from_be64(&r);
	return rd_bad(&r) || rd_left(&r) ? -EBADMSG : 0;
}

/* ---- writing -------------------------------------------------------------------------------- */

/* The next number of the site; a number is used up only if the transaction is. */
static int next_seq(struct db_txn *txn, uint32_t site, uint64_t *seq)
{
	uint8_t key[3 + 4], buf[8];
	struct db_value val;
	struct writer w;
	struct reader r;
	int rc;

	wr_init(&w, key, sizeof(key));
	wr_copy(&w, "seq", 3);
	wr_be32(&w, site);
	rc = db_get(txn, DB_META, (struct db_value){key, sizeof(key)}, &val);
	*seq = 1;
	if (rc == 0) {
		rd_init(&r, val.data, val.len);
		*seq = from_be64(&r) + 1;
		if (rd_bad(&r))
			return -EBADMSG;
	} else if (rc != -ENOENT) {
		return rc;
	}
	wr_init(&w, buf, sizeof(buf));
	be64(&w, *seq);
	return db_put(txn, DB_META, (struct db_value){key, sizeof(key)}, written(&w), false);
}

/* The mark only moves forward; another engine instance begins anew. */
static int move_mark(struct db_txn *txn, const struct cdr *c)
{
	uint8_t buf[8 + CDR_INSTANCE_MAX];
	struct calls_mark mark;
	struct writer w;
	int rc;

	if (!c->event)
		return 0;
	rc = calls_mark(txn, &mark);
	if (rc < 0 || (!strcmp(mark.instance, c->instance) && mark.event >= c->event))
		return rc;
	wr_init(&w, buf, sizeof(buf));
	be64(&w, c->event);
	wr_copy(&w, c->instance, strlen(c->instance));
	return db_put(txn, DB_META, (struct db_value){"engine", 6}, written(&w), false);
}

static int put_record(struct db_txn *txn, const struct cdr *c)
{
	uint8_t id[ID_LEN], leg[LEG_LEN], time[TIME_LEN], record[CDR_SIZE_MAX];
	struct db_value key = id_key(c->id, id);
	int rc = cdr_encode(c, record, sizeof(record));

	if (rc < 0)
		return rc;
	rc = db_put(txn, DB_CALLS, key, (struct db_value){record, (size_t)rc}, true);
	if (rc == 0)
		rc = db_put(txn, DB_CALLS_BY_LEG, leg_key(c->instance, c->leg, leg), key, true);
	if (rc == 0)
		rc = db_put(txn, DB_CALLS_BY_TIME, time_key(c->offered_us, c->id, time),
			    (struct db_value){"", 0}, true);
	return rc;
}

int calls_put(struct db_txn *txn, uint32_t site, struct cdr *c)
{
	uint8_t leg[LEG_LEN];
	struct db_value val;
	int rc = db_get(txn, DB_CALLS_BY_LEG, leg_key(c->instance, c->leg, leg), &val);

	if (rc == 0)
		return parse_id(val, &c->id);
	if (rc != -ENOENT)
		return rc;
	c->id.site = site;
	rc = next_seq(txn, site, &c->id.seq);
	if (rc == 0)
		rc = put_record(txn, c);
	if (rc == 0)
		rc = move_mark(txn, c);
	return rc < 0 ? rc : 1;
}

/* ---- reading -------------------------------------------------------------------------------- */

int calls_mark(struct db_txn *txn, struct calls_mark *mark)
{
	struct db_value val;
	struct reader r;
	size_t n;
	int rc;

	*mark = (struct calls_mark){0};
	rc = db_get(txn, DB_META, (struct db_value){"engine", 6}, &val);
	if (rc < 0)
		return rc == -ENOENT ? 0 : rc;
	rd_init(&r, val.data, val.len);
	mark->event = from_be64(&r);
	n = rd_left(&r);
	if (rd_bad(&r) || n >= sizeof(mark->instance))
		return -EBADMSG;
	return rd_copy(&r, mark->instance, n);
}

int calls_get(struct db_txn *txn, struct cdr_id id, struct cdr *c)
{
	uint8_t key[ID_LEN];
	struct db_value val;
	int rc = db_get(txn, DB_CALLS, id_key(id, key), &val);

	return rc < 0 ? rc : cdr_decode(c, val.data, val.len);
}

int calls_get_leg(struct db_txn *txn, const char *instance, uint64_t leg, struct cdr *c)
{
	uint8_t key[LEG_LEN];
	struct db_value val;
	struct cdr_id id = {0};
	int rc = db_get(txn, DB_CALLS_BY_LEG, leg_key(instance, leg, key), &val);

	if (rc == 0)
		rc = parse_id(val, &id);
	return rc < 0 ? rc : calls_get(txn, id, c);
}

struct walk {
	struct db_txn *txn;
	const struct calls_query *query;
	calls_each_fn *fn;
	void *ctx;
	bool ended; /* older than asked for */
};

static int one(void *ctx, struct db_value key, struct db_value val)
{
	struct walk *walk = ctx;
	struct cdr_id id;
	struct reader r;
	struct cdr c;
	int rc;

	(void)val;
	rd_init(&r, key.data, key.len);
	if ((int64_t)from_be64(&r) < walk->query->since_us) {
		walk->ended = true;
		return 1;
	}
	id.site = rd_be32(&r);
	id.seq = from_be64(&r);
	if (rd_bad(&r))
		return -EBADMSG;
	if (id.site == walk->query->before.site && id.seq == walk->query->before.seq)
		return 0;
	rc = calls_get(walk->txn, id, &c);
	return rc < 0 ? rc : walk->fn(walk->ctx, &c);
}

int calls_each(struct db_txn *txn, const struct calls_query *q, calls_each_fn *fn, void *ctx)
{
	struct walk walk = {.txn = txn, .query = q, .fn = fn, .ctx = ctx};
	struct db_value from, none = {"", 0};
	uint8_t key[TIME_LEN];
	struct cdr before;
	int rc;

	if (q->before.site) {
		rc = calls_get(txn, q->before, &before);
		if (rc < 0)
			return rc;
		from = time_key(before.offered_us, before.id, key);
	}
	rc = db_each(txn, DB_CALLS_BY_TIME, none, q->before.site ? &from : NULL, true, one, &walk);
	return walk.ended ? 0 : rc;
}
