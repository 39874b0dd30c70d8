/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/span/e1_casmf.h"

#include <string.h>

void e1_casmf_init(struct e1_casmf *c)
{
	memset(c, 0, sizeof(*c));
	memset(c->abcd, 0xf, sizeof(c->abcd));
}

void e1_casmf_restart(struct e1_casmf *c)
{
	uint8_t abcd[E1_OCTETS];

	memcpy(abcd, c->abcd, sizeof(abcd));
	memset(c, 0, sizeof(*c));
	memcpy(c->abcd, abcd, sizeof(abcd));
}

static uint8_t zeros_in(uint8_t octet)
{
	uint8_t n = 0;

	for (octet = (uint8_t)~octet; octet; octet &= (uint8_t)(octet - 1))
		n++;
	return n;
}

static void watch_ais(struct e1_casmf *c, uint8_t ts16, bool arrived)
{
	bool ones;

	c->window_zeros += arrived ? zeros_in(ts16) : 0;
	c->window_gap |= !arrived;
	if (++c->window < E1_MULTIFRAME)
		return;
	ones = c->window_zeros <= E1_TS16_AIS_ZEROS;
	if (!c->window_gap) {
		c->ais_differ = ones == c->ais ? 0 : c->ais_differ + 1;
		if (c->ais_differ == E1_TS16_AIS_WINDOWS) {
			c->ais = ones;
			c->ais_differ = 0;
		}
	}
	c->window = 0;
	c->window_zeros = 0;
	c->window_gap = false;
}

static void watch_rai(struct e1_casmf *c, uint8_t ts16)
{
	bool y = ts16 & E1_CAS_Y;

	c->rai_differ = y == c->rai ? 0 : c->rai_differ + 1;
	if (c->rai_differ == E1_CAS_RAI_RUN) {
		c->rai = y;
		c->rai_differ = 0;
	}
}

static void begin_multiframe(struct e1_casmf *c, bool good)
{
	c->frame = 0;
	c->good = good;
	c->got = 0;
}

static void find(struct e1_casmf *c, uint8_t ts16)
{
	if (!c->ones || (ts16 & E1_CAS_MFAS_MASK))
		return;
	c->aligned = true;
	c->wrong = 0;
	c->rai = false;
	c->rai_differ = 0;
	c->ais = false;
	c->ais_differ = 0;
	begin_multiframe(c, true);
	watch_rai(c, ts16);
}

static void lose(struct e1_casmf *c, struct e1_counters *count)
{
	c->aligned = false;
	c->rai = false;
	count->cas_lmfa++;
}

/* The multiframe between two right alignment signals is confirmed. */
static void confirm(struct e1_casmf *c, struct e1_counters *count)
{
	for (unsigned int ts = 1; ts < E1_OCTETS; ts++) {
		if (c->got >> ts & 1)
			c->abcd[ts] = c->next[ts];
	}
	count->cas_multiframes++;
}

static void take_mfas(struct e1_casmf *c, uint8_t ts16, bool arrived, struct e1_counters *count)
{
	bool good = arrived && !(ts16 & E1_CAS_MFAS_MASK);

	if (arrived && !good) {
		count->cas_errors++;
		if (++c->wrong == E1_CAS_LOSS) {
			lose(c, count);
			return;
		}
	}
	if (good) {
		c->wrong = 0;
		if (c->good)
			confirm(c, count);
		watch_rai(c, ts16);
	}
	begin_multiframe(c, good);
}

/* Frame n carries timeslots n and n + 16, G.704 table 9. */
static void take_bits(struct e1_casmf *c, uint8_t ts16)
{
	c->next[c->frame] = ts16 >> 4;
	c->next[c->frame + 16] = ts16 & 0xf;
	c->got |= 0x10001u << c->frame;
}

static void follow(struct e1_casmf *c, uint8_t ts16, bool arrived, struct e1_counters *count)
{
	c->frame = (c->frame + 1) % E1_MULTIFRAME;
	if (c->frame == 0)
		take_mfas(c, ts16, arrived, count);
	else if (arrived)
		take_bits(c, ts16);
	if (c->aligned && c->zeros >= E1_CAS_ZEROS)
		lose(c, count);
}

void e1_casmf_step(struct e1_casmf *c, uint8_t ts16, bool arrived, struct e1_counters *count)
{
	if (arrived)
		c->zeros = ts16 ? 0 : c->zeros + (c->zeros < E1_CAS_ZEROS);
	watch_ais(c, ts16, arrived);
	if (c->aligned)
		follow(c, ts16, arrived, count);
	else if (arrived)
		find(c, ts16);
	c->ones = arrived && ts16;
}
