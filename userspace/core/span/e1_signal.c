/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/span/e1_signal.h"

#include <string.h>

void e1_signal_init(struct e1_signal *s, const struct e1_cfg *cfg)
{
	memset(s, 0, sizeof(*s));
	s->los_octets = cfg->los_octets ? cfg->los_octets : E1_LOS_OCTETS;
	s->hold_octets = cfg->hold_octets ? cfg->hold_octets : E1_HOLD_OCTETS;
}

static size_t at_most(size_t a, size_t b)
{
	return a < b ? a : b;
}

size_t e1_signal_room(const struct e1_signal *s, enum e1_input in)
{
	size_t room = E1_AIS_OCTETS - s->filled;

	if (in == E1_IN_DATA)
		return s->los ? at_most(room, s->los_octets - s->data) : room;
	if (s->los)
		return room;
	if (in == E1_IN_NONE)
		room = at_most(room, s->los_octets - s->none);
	return at_most(room, s->hold_octets - s->missing);
}

/* Zeros are counted no further than needed, so a signal in service costs next to nothing here. */
static void count_zeros(struct e1_signal *s, const uint8_t *octets, size_t n)
{
	for (size_t i = 0; i < n && s->zeros <= E1_AIS_ZEROS; i++) {
		for (uint8_t left = (uint8_t)~octets[i]; left; left &= (uint8_t)(left - 1)) {
			if (++s->zeros > E1_AIS_ZEROS)
				return;
		}
	}
}

/* End of a window. Return: true when AIS begins. */
static bool judge_window(struct e1_signal *s)
{
	bool ones = s->zeros <= E1_AIS_ZEROS;
	bool judged = !s->gap;

	s->filled = 0;
	s->zeros = 0;
	s->gap = false;
	if (!judged)
		return false;
	if (ones == s->ais) {
		s->differ = 0;
		return false;
	}
	if (++s->differ < E1_AIS_WINDOWS)
		return false;
	s->differ = 0;
	s->ais = ones;
	return ones;
}

static void begin_los(struct e1_signal *s)
{
	s->los = true;
	s->data = 0;
	s->ais = false;
	s->differ = 0;
}

static void arrived(struct e1_signal *s, const uint8_t *octets, size_t n)
{
	s->none = 0;
	s->missing = 0;
	count_zeros(s, octets, n);
	if (!s->los)
		return;
	s->data += (uint32_t)n;
	if (s->data >= s->los_octets)
		s->los = false;
}

/* Return: true when LOS begins. */
static bool did_not_arrive(struct e1_signal *s, enum e1_input in, size_t n)
{
	s->gap = true;
	s->data = 0;
	if (s->los)
		return false;
	s->none = in == E1_IN_NONE ? s->none + (uint32_t)n : 0;
	s->missing += (uint32_t)n;
	if (s->none < s->los_octets && s->missing < s->hold_octets)
		return false;
	begin_los(s);
	return true;
}

uint32_t e1_signal_step(struct e1_signal *s, enum e1_input in, const uint8_t *octets, size_t n)
{
	uint32_t began = 0;

	if (in == E1_IN_DATA)
		arrived(s, octets, n);
	else if (did_not_arrive(s, in, n))
		began |= E1_LOS;
	s->filled += (uint8_t)n;
	if (s->filled >= E1_AIS_OCTETS && judge_window(s))
		began |= E1_AIS;
	return began;
}

void e1_signal_framed(struct e1_signal *s)
{
	s->ais = false;
	s->differ = 0;
}
