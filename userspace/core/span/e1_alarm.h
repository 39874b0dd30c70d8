/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * e1_alarm.h: from defects to declared alarms: what is reported to people and takes a span out of
 * service must not flicker.
 *
 * First the consequence hides behind its cause: with LOS only LOS is looked at; with AIS no LFA
 * (G.732); with TS16 AIS no CAS LMFA. Then each alarm integrates: it is declared when its defect
 * was there for the raise time in sum, counted from zero again after a gap of the gap time; it is
 * cleared when the defect was gone for the clear time without a break.
 *
 * Context: any; pure: time is an argument.
 */
#ifndef STROWGER_CORE_SPAN_E1_ALARM_H
#define STROWGER_CORE_SPAN_E1_ALARM_H

#include "core/span/e1.h"

/**
 * struct e1_alarm_times - persistence [samples, 8000 a second]
 * @raise: defect time in sum until the alarm is declared
 * @gap: time without the defect after which that sum starts from zero
 * @clear: time without the defect until the alarm is cleared
 */
struct e1_alarm_times {
	int64_t raise;
	int64_t gap;
	int64_t clear;
};

/* Failure for maintenance: 2.5 +- 0.5 s and 10 +- 0.5 s, ITU-T G.806 (fault cause persistency). */
extern const struct e1_alarm_times e1_alarm_maintenance;

/*
 * Span out of service for calls: 100 ms and 500 ms. No standard says a number here; these let a
 * reframe (some ms) pass and keep well below any layer 2 time-out.
 */
extern const struct e1_alarm_times e1_alarm_service;

/**
 * struct e1_alarm - integrators of one span; caller's memory, prepared by e1_alarm_init(), private
 */
struct e1_alarm {
	struct e1_alarm_times times;
	int64_t last; /* time of the last step */
	uint32_t defects; /* as of the last step, causes only */
	uint32_t declared;
	int64_t on[E1_ALARMS]; /* defect time in sum */
	int64_t off[E1_ALARMS]; /* time since the defect went */
};

/**
 * e1_alarm_init() - start with no alarm declared
 * @a: integrators
 * @times: persistence, copied
 * @now: time [samples]
 */
void e1_alarm_init(struct e1_alarm *a, const struct e1_alarm_times *times, int64_t now);

/**
 * e1_alarm_step() - account for the time since the last step and take the present defects
 * @a: integrators
 * @defects: e1_rx_alarms()
 * @now: time [samples], not before the last; the defects of the last step held until now
 *
 * Return: mask of the alarms that were declared or cleared by this step.
 */
uint32_t e1_alarm_step(struct e1_alarm *a, uint32_t defects, int64_t now);

/**
 * e1_alarm_declared() - mask of declared alarms
 */
uint32_t e1_alarm_declared(const struct e1_alarm *a);

/**
 * e1_alarm_causes() - defects without those that follow from another one
 * @defects: mask as from e1_rx_alarms()
 *
 * Return: mask.
 */
uint32_t e1_alarm_causes(uint32_t defects);

#endif
