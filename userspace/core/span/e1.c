/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/span/e1.h"

static const char *const alarm_names[E1_ALARMS] = {
	"LOS", "LFA", "LMFA", "AIS", "RAI", "CAS-LMFA", "CAS-RAI", "TS16-AIS",
};

struct counter_row {
	const char *name;
	size_t offset;
};

#define ROW(field)                                                                                 \
	{                                                                                          \
#field, offsetof(struct e1_counters, field)                                        \
	}

static const struct counter_row counter_rows[] = {
	ROW(octets),
	ROW(erased_octets),
	ROW(frames),
	ROW(erased_frames),
	ROW(unaligned_frames),
	ROW(fas_errors),
	ROW(nfas_errors),
	ROW(lfa),
	ROW(los),
	ROW(ais),
	ROW(crc4_blocks),
	ROW(crc4_errors),
	ROW(crc4_reframes),
	ROW(ebits),
	ROW(cas_multiframes),
	ROW(cas_errors),
	ROW(cas_lmfa),
	ROW(code_errors),
};

_Static_assert(sizeof(counter_rows) / sizeof(counter_rows[0]) == E1_COUNTERS,
	       "every counter has its row");

const char *e1_alarm_name(unsigned int bit)
{
	return bit < E1_ALARMS ? alarm_names[bit] : "?";
}

const char *e1_counter_name(unsigned int n)
{
	return n < E1_COUNTERS ? counter_rows[n].name : "?";
}

uint64_t e1_counter(const struct e1_counters *c, unsigned int n)
{
	if (n >= E1_COUNTERS)
		return 0;
	return *(const uint64_t *)((const char *)c + counter_rows[n].offset);
}
