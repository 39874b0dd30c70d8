/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Schema of one step of a script and of one fault; private to scenario.c and scenario_steps.c. */
#ifndef EXCHANGE_SCENARIO_STEPS_H
#define EXCHANGE_SCENARIO_STEPS_H

#include "base/conf.h"

extern const struct conf_group scenario_step_group;
extern const struct conf_group scenario_fault_group;

#endif
