/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <string.h>

#include "core/line/elastic.h"

#define FRAME 65536 /* of the fixed-point numbers */

void elastic_init(struct elastic *e)
{
	memset(e, 0, sizeof(*e));
	memset(e->last.ts, E1_FILLER, sizeof(e->last.ts));
	e->last.flags = E1_FRAME_ERASED;
}

void elastic_restart(struct elastic *e)
{
	e->settled = 0;
}

int elastic_push(struct elastic *e, const struct e1_frame *f)
{
	if (e->count == ELASTIC_FRAMES) {
		e->overflow++;
		return -ENOBUFS;
	}
	e->frame[(e->head + e->count++) % ELASTIC_FRAMES] = *f;
	return 0;
}

static bool pop(struct elastic *e, struct e1_frame *out)
{
	if (!e->count)
		return false;
	*out = e->frame[e->head];
	e->head = (e->head + 1) % ELASTIC_FRAMES;
	e->count--;
	return true;
}

/* A plain average until settled, then an exponential one. */
static void smooth(struct elastic *e, int32_t fill)
{
	int32_t most = ELASTIC_CLAMP * FRAME, step = fill - e->mean;

	e->beyond = step > most || step < -most ? e->beyond + 1 : 0;
	if (e->beyond == ELASTIC_JUMP)
		elastic_restart(e);
	if (!e->settled) {
		e->mean = fill;
		e->beyond = 0;
	}
	step = fill - e->mean;
	step = step > most ? most : step < -most ? -most : step;
	if (e->settled < ELASTIC_SETTLE) {
		e->mean += step / (int32_t)++e->settled;
		e->centre = e->mean;
		return;
	}
	e->mean += step / ELASTIC_TAU;
}

/* A slip moves the mean at once: it is known, it need not be learnt. */
enum elastic_slip elastic_decide(struct elastic *e, int waiting)
{
	smooth(e, (waiting + (int32_t)e->count) * FRAME);
	if (e->mean > e->centre + ELASTIC_HYSTERESIS * FRAME) {
		e->mean -= FRAME;
		return ELASTIC_DELETE;
	}
	if (e->mean < e->centre - ELASTIC_HYSTERESIS * FRAME) {
		e->mean += FRAME;
		return ELASTIC_REPEAT;
	}
	return ELASTIC_STEADY;
}

void elastic_read(struct elastic *e, enum elastic_slip slip, const struct e1_frame *filler,
		  struct e1_frame out[ELASTIC_TICK])
{
	unsigned int i = 0;

	if (slip == ELASTIC_DELETE && pop(e, &e->last))
		e->deleted++;
	if (slip == ELASTIC_REPEAT) {
		out[i++] = e->last;
		e->repeated++;
	}
	for (; i < ELASTIC_TICK; i++) {
		if (!pop(e, &out[i])) {
			out[i] = *filler;
			e->starved++;
		}
	}
	e->last = out[ELASTIC_TICK - 1];
}

unsigned int elastic_drop(struct elastic *e, unsigned int n)
{
	unsigned int done = 0;

	while (done < n && pop(e, &e->last))
		done++;
	e->dropped += done;
	e->mean -= (int32_t)done * FRAME;
	e->centre -= (int32_t)done * FRAME;
	return done;
}

int32_t elastic_fill(const struct elastic *e)
{
	return e->mean;
}

int32_t elastic_error(const struct elastic *e)
{
	return e->settled < ELASTIC_SETTLE ? 0 : e->mean - e->centre;
}
