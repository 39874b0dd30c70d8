/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "engine/backend_dahdi.h"

#include <errno.h>
#include <string.h>

#include <dahdi/user.h>

static enum dahdi_moved moved(ssize_t n)
{
	switch (n) {
	case -ELAST: return DAHDI_EVENT;
	case -ENODEV:
	case -ENXIO:
	case -EBADF: return DAHDI_GONE;
	default: return n > 0 ? DAHDI_MOVED : DAHDI_NOTHING;
	}
}

/* ---- receiving ---- */

unsigned int dahdi_chan_waiting(const struct dahdi_chan *c)
{
	return c->head - c->tail;
}

void dahdi_chan_start_rx(struct dahdi_chan *c)
{
	c->rx_on = true;
	c->head = c->tail = 0;
	c->delay_ms = 0;
	c->primed = false;
	c->least = DAHDI_RX_OCTETS;
	c->window_ms = 0;
	c->skip = c->twice = false;
}

static void keep(struct dahdi_chan *c, const struct dahdi_pace *p, const uint8_t *octets,
		 unsigned int n)
{
	if (!c->primed)
		c->delay_ms = p->wait / DAHDI_MS;
	for (unsigned int i = 0; i < n; i++)
		c->rx[(c->head + i) % DAHDI_RX_OCTETS] = octets[i];
	c->head += n;
	c->primed = true;
}

enum dahdi_moved dahdi_chan_read(struct dahdi_chan *c, const struct dahdi_pace *p)
{
	uint8_t octets[DAHDI_BLOCK_MAX];
	enum dahdi_moved what;
	ssize_t n;

	if (DAHDI_RX_OCTETS - dahdi_chan_waiting(c) < p->block)
		return DAHDI_NOTHING;
	n = p->sys->read(c->fd, octets, p->block);
	what = moved(n);
	if (what == DAHDI_MOVED)
		keep(c, p, octets, (unsigned int)n);
	return what;
}

/* Delay beyond the margin that was there all the time. Return: is a millisecond to be thrown away? */
static bool too_late(struct dahdi_chan *c, const struct dahdi_pace *p, bool adapt)
{
	unsigned int waiting = dahdi_chan_waiting(c);
	bool found;

	if (waiting < c->least)
		c->least = waiting;
	if (++c->window_ms < DAHDI_WINDOW_MS)
		return false;
	found = adapt && c->least >= p->wait + 2 * DAHDI_MS;
	c->window_ms = 0;
	c->least = DAHDI_RX_OCTETS;
	return found;
}

int dahdi_chan_take(struct dahdi_chan *c, const struct dahdi_pace *p, bool adapt,
		    uint8_t out[DAHDI_MS])
{
	int slip = 0;

	memset(out, p->idle, DAHDI_MS);
	if (!c->primed || c->delay_ms) {
		c->delay_ms -= c->primed;
		return 0;
	}
	if (dahdi_chan_waiting(c) < DAHDI_MS) {
		c->skip = true;
		c->least = 0;
		return -1;
	}
	if (too_late(c, p, adapt)) {
		c->tail += DAHDI_MS;
		c->twice = true;
		slip = 1;
	}
	for (unsigned int i = 0; i < DAHDI_MS; i++)
		out[i] = c->rx[(c->tail + i) % DAHDI_RX_OCTETS];
	c->tail += DAHDI_MS;
	return slip;
}

/* ---- sending ---- */

/* What the device sends while the first block is being made. */
static enum dahdi_moved write_idle(struct dahdi_chan *c, struct dahdi_pace *p, unsigned int n)
{
	uint8_t idle[DAHDI_BLOCK_MAX];

	memset(idle, p->idle, p->block);
	while (n) {
		unsigned int now = n < p->block ? n : p->block;
		enum dahdi_moved what = moved(p->sys->write(c->fd, idle, now));

		if (what != DAHDI_MOVED)
			return what;
		c->until += now;
		n -= now;
	}
	return DAHDI_MOVED;
}

enum dahdi_moved dahdi_chan_start_tx(struct dahdi_chan *c, struct dahdi_pace *p)
{
	unsigned int kept = c->tx_on ? 0 : c->filled;
	enum dahdi_moved what;

	c->tx_on = true;
	c->filled = 0;
	c->until = p->now;
	c->dry = c->gap = c->skip = c->twice = false;
	what = write_idle(c, p, p->lead > kept ? p->lead - kept : 0);
	if (kept && what == DAHDI_MOVED) {
		what = moved(p->sys->write(c->fd, c->tx, kept));
		c->until += what == DAHDI_MOVED ? kept : 0;
	}
	if (kept && what == DAHDI_EVENT) {
		c->filled = kept;
		c->tx_on = false;
	}
	return what;
}

bool dahdi_chan_keep(struct dahdi_chan *c, const struct dahdi_pace *p, const uint8_t in[DAHDI_MS])
{
	if (c->filled + DAHDI_MS > p->block)
		return false;
	memcpy(c->tx + c->filled, in, DAHDI_MS);
	c->filled += DAHDI_MS;
	return true;
}

/*
 * c->until - p->now octets still wait in the device: margin when all is well. Less than nothing: it
 * has run dry and sent filler, and as it is not known to the millisecond for how long, sending begins
 * anew. Much more: time stood still here and is being caught up, but what the device sent meanwhile
 * cannot be sent again.
 */
static enum dahdi_moved write_block(struct dahdi_chan *c, struct dahdi_pace *p)
{
	enum dahdi_moved what = DAHDI_NOTHING;

	if (c->dry || c->until < p->now)
		c->gap = true;
	if (!c->gap && c->until - p->now < p->most)
		what = moved(p->sys->write(c->fd, c->tx, p->block));
	if (what == DAHDI_EVENT)
		return what;
	if (what == DAHDI_MOVED)
		c->until += p->block;
	else
		p->lost_tx += p->block / DAHDI_MS;
	c->filled = 0;
	return what;
}

static enum dahdi_moved append(struct dahdi_chan *c, struct dahdi_pace *p,
			       const uint8_t in[DAHDI_MS])
{
	memcpy(c->tx + c->filled, in, DAHDI_MS);
	c->filled += DAHDI_MS;
	return c->filled < p->block ? DAHDI_NOTHING : write_block(c, p);
}

enum dahdi_moved dahdi_chan_give(struct dahdi_chan *c, struct dahdi_pace *p,
				 const uint8_t in[DAHDI_MS])
{
	enum dahdi_moved what = DAHDI_NOTHING;
	int times = c->skip ? 0 : c->twice ? 2 : 1;

	/* A block that could not be written because of an event. */
	if (c->filled >= p->block)
		what = write_block(c, p);
	c->skip = c->twice = false;
	if (what == DAHDI_EVENT)
		p->lost_tx += (uint64_t)times;
	for (int i = 0; i < times && what != DAHDI_EVENT && what != DAHDI_GONE; i++)
		what = append(c, p, in);
	return what;
}
