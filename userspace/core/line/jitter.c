/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <string.h>

#include "core/line/jitter.h"

static struct jitter_slot *slot_of(struct jitter *j, uint16_t seq)
{
	return &j->slot[seq % JITTER_SLOTS];
}

unsigned int jitter_depth(const struct jitter *j)
{
	return j->state == JITTER_EMPTY ? 0 : (uint16_t)(j->newest + 1 - j->next);
}

bool jitter_lops(const struct jitter *j)
{
	return j->lops;
}

int jitter_init(struct jitter *j, uint16_t target, uint16_t max)
{
	if (target < 1 || target > max || max > JITTER_SLOTS)
		return -EINVAL;
	memset(j, 0, sizeof(*j));
	j->base = target;
	j->target = target;
	j->max = max;
	return 0;
}

/*
 * The turn of @next is over without having been asked for by a get. What is to be skipped is limited
 * in steps of two packets, which are a multiframe.
 */
static void pass_over(struct jitter *j, unsigned int packets)
{
	for (; packets; packets--, j->next++) {
		struct jitter_slot *s = slot_of(j, j->next);

		if (s->full)
			j->n.discarded++;
		else
			j->n.lost++;
		j->played[j->next % JITTER_SLOTS] = s->full;
		s->full = false;
		j->skipped = j->skipped < JITTER_SLOTS ? j->skipped + 1 : JITTER_SLOTS - 1;
	}
}

/* Whatever is here belongs to a stream that has ended. */
static void flush(struct jitter *j)
{
	for (unsigned int i = 0; i < JITTER_SLOTS; i++) {
		if (j->slot[i].full)
			j->n.discarded++;
		j->slot[i].full = false;
		j->played[i] = false;
	}
	j->state = JITTER_EMPTY;
	j->skipped = 0;
	j->dry = 0;
	j->stray_run = 0;
}

static void start(struct jitter *j, uint16_t seq)
{
	flush(j);
	j->state = JITTER_FILLING;
	j->fresh = true;
	j->next = seq;
	j->newest = seq - 1;
}

/* The first packet after a pause tells what the pause was. */
static void end_pause(struct jitter *j, uint16_t seq)
{
	unsigned int missing = (uint16_t)(seq - j->next);
	unsigned int lost = missing < j->dry ? missing : j->dry;

	j->newest = seq;
	pass_over(j, lost);
	j->state = JITTER_PLAYING;
	if (lost < j->dry) { /* lateness: fill up again */
		j->state = JITTER_FILLING;
		j->n.pauses++;
		j->calm = 0;
		if (j->target < j->max)
			j->target++;
	}
	j->dry = 0;
}

static int place(struct jitter *j, const struct satop_packet *p)
{
	struct jitter_slot *s = slot_of(j, p->seq);
	unsigned int ahead;

	j->stray_run = 0;
	if (j->state == JITTER_DRY)
		end_pause(j, p->seq);
	else if (j->state == JITTER_FILLING)
		j->dry = 0;
	ahead = (uint16_t)(p->seq - j->next);
	if (ahead >= JITTER_SLOTS)
		pass_over(j, ahead - JITTER_SLOTS + 1);
	if (s->full) {
		j->n.duplicate++;
		return -EALREADY;
	}
	if ((int16_t)(p->seq - j->newest) > 0)
		j->newest = p->seq;
	else if (j->newest != p->seq)
		j->n.reordered++;
	s->full = true;
	s->l = p->l;
	s->omitted = !p->payload;
	if (p->payload)
		memcpy(s->payload, p->payload, SATOP_PAYLOAD);
	return 0;
}

/* Before its turn has come nobody knows which packet of a new stream is the first. */
static bool first_after_all(const struct jitter *j, uint16_t seq)
{
	return j->state == JITTER_FILLING && j->fresh && (uint16_t)(j->newest - seq) < j->target;
}

static int put_behind(struct jitter *j, const struct satop_packet *p)
{
	if (first_after_all(j, p->seq)) {
		j->next = p->seq;
		return place(j, p);
	}
	if (j->played[p->seq % JITTER_SLOTS]) {
		j->n.duplicate++;
		return -EALREADY;
	}
	j->n.late++;
	return -ESTALE;
}

/* Numbered far from all that is known: the far end has started anew, or this one packet is wrong. */
static int put_stray(struct jitter *j, const struct satop_packet *p)
{
	j->stray_run = j->stray_run && p->seq == j->stray_next ? j->stray_run + 1 : 1;
	j->stray_next = p->seq + 1;
	if (j->stray_run < JITTER_RESYNC) {
		j->n.stray++;
		return -EPROTO;
	}
	if ((uint16_t)(p->seq - j->next) >= JITTER_SLOTS) {
		start(j, p->seq);
		j->n.resyncs++;
	}
	return place(j, p);
}

int jitter_put(struct jitter *j, const struct satop_packet *p)
{
	int behind, ahead, allowed = JITTER_AHEAD;

	j->n.received++;
	if (j->state == JITTER_EMPTY) {
		start(j, p->seq);
		return place(j, p);
	}
	behind = (int16_t)(j->next - p->seq);
	if (behind > 0 && behind <= JITTER_SLOTS)
		return put_behind(j, p);
	if (j->state == JITTER_DRY)
		allowed += (int)j->dry;
	ahead = (int16_t)(p->seq - j->newest);
	if (behind > 0 || ahead > allowed)
		return put_stray(j, p);
	return place(j, p);
}

/* RFC 4553 6.2.2: loss of packets state. */
static void watch_loss(struct jitter *j, bool there)
{
	j->there_run = there ? j->there_run + 1 : 0;
	j->missing_run = there ? 0 : j->missing_run + 1;
	if (j->missing_run >= JITTER_LOPS_IN)
		j->lops = true;
	else if (j->there_run >= JITTER_LOPS_OUT)
		j->lops = false;
}

/* Is there a stream to take from? Moves from filling to playing, to dry, and to empty. */
static bool playing(struct jitter *j)
{
	unsigned int depth = jitter_depth(j);

	if (j->state == JITTER_FILLING && depth >= j->target)
		j->state = JITTER_PLAYING;
	if (j->state == JITTER_PLAYING && !depth) {
		j->state = JITTER_DRY;
		j->dry = 0;
	}
	if (j->state == JITTER_PLAYING || j->state == JITTER_DRY)
		j->depth_seen[depth]++;
	if (j->state == JITTER_PLAYING)
		return true;
	if (j->state != JITTER_EMPTY && ++j->dry >= JITTER_IDLE)
		flush(j);
	return false;
}

static void settle_down(struct jitter *j)
{
	if (++j->calm < JITTER_CALM)
		return;
	j->calm = 0;
	if (j->target > j->base)
		j->target--;
}

void jitter_get(struct jitter *j, struct jitter_out *out)
{
	struct jitter_slot *s;

	memset(out, 0, sizeof(*out));
	if (!playing(j)) {
		out->kind = JITTER_NONE;
		j->n.none++;
		watch_loss(j, false);
		return;
	}
	settle_down(j);
	s = slot_of(j, j->next);
	out->kind = s->full ? JITTER_DATA : JITTER_ERASED;
	out->seq = j->next;
	out->skipped = j->skipped;
	if (s->full) {
		out->l = s->l;
		out->payload = s->omitted ? NULL : s->payload;
		j->n.delivered++;
	} else {
		j->n.lost++;
	}
	watch_loss(j, s->full);
	j->played[j->next % JITTER_SLOTS] = s->full;
	s->full = false;
	j->skipped = 0;
	j->fresh = false;
	j->next++;
}
