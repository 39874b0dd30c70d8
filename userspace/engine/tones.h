/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Tone plans of a country from libconfig files (configs/tones/CN.conf, ETSI.conf, or
 * one's own) into a struct tone_plan.
 *
 *	country = "CN";
 *	tones = (
 *		{ name = "dial"; freqs = ( { hz = 450; dbm0 = -10; } ); },
 *		{ name = "busy"; freqs = ( { hz = 450; dbm0 = -10; } );
 *		  steps = ( { on = 350; off = 350; } ); },
 *		{ name = "vacant"; same_as = "busy"; },
 *		...
 *	);
 *
 * A tone without steps is continuous. A step has on and off [ms], freqs (which of the
 * frequencies, [0, 1], default all) and gain_db (default 0); a tone has loop_from
 * (default 0) and repeat (default 0, no end), as in core/channel/tone.h. Every tone of
 * enum tone_name has to be there once. digits = { ... } says what the country asks of a DTMF
 * receiver, as in core/channel/dtmf.h; what is not given is Bellcore's.
 */
#ifndef ENGINE_TONES_H
#define ENGINE_TONES_H

#include "core/channel/tone.h"

struct conf_errors;

/**
 * tones_load() - read one plan
 * @plan: written whole, on success only
 * @errs: all that is wrong with the file (base/conf.h)
 * Return: 0, or a negative errno as conf_load().
 */
int tones_load(const char *file, struct tone_plan *plan, struct conf_errors *errs);

#endif
