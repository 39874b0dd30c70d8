/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/span/e1_alarm.h"

#include <string.h>

#define MS(n) ((int64_t)(n)*8) /* samples */

const struct e1_alarm_times e1_alarm_maintenance = {
	.raise = MS(2500),
	.gap = MS(1000),
	.clear = MS(10000),
};

const struct e1_alarm_times e1_alarm_service = {
	.raise = MS(100),
	.gap = MS(100),
	.clear = MS(500),
};

uint32_t e1_alarm_causes(uint32_t defects)
{
	if (defects & E1_LOS)
		return E1_LOS;
	if (defects & E1_AIS)
		return E1_AIS;
	if (defects & E1_LFA)
		return E1_LFA;
	if (defects & E1_TS16_AIS)
		defects &= ~(E1_CAS_LMFA | E1_CAS_RAI);
	return defects;
}

void e1_alarm_init(struct e1_alarm *a, const struct e1_alarm_times *times, int64_t now)
{
	memset(a, 0, sizeof(*a));
	a->times = *times;
	a->last = now;
}

/* One alarm whose defect held, or was away, for @time. Return: declared? */
static bool integrate(struct e1_alarm *a, unsigned int i, bool defect, bool declared, int64_t time)
{
	if (defect) {
		a->off[i] = 0;
		a->on[i] += time;
		return declared || a->on[i] >= a->times.raise;
	}
	a->off[i] += time;
	if (a->off[i] >= a->times.gap)
		a->on[i] = 0;
	return declared && a->off[i] < a->times.clear;
}

uint32_t e1_alarm_step(struct e1_alarm *a, uint32_t defects, int64_t now)
{
	uint32_t before = a->declared;

	for (unsigned int i = 0; i < E1_ALARMS; i++) {
		uint32_t bit = 1u << i;

		if (integrate(a, i, a->defects & bit, a->declared & bit, now - a->last))
			a->declared |= bit;
		else
			a->declared &= ~bit;
	}
	a->last = now;
	a->defects = e1_alarm_causes(defects);
	return a->declared ^ before;
}

uint32_t e1_alarm_declared(const struct e1_alarm *a)
{
	return a->declared;
}
