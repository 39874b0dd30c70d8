/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Sound files and tones that a scenario's steps refer to. Shell: reads files, once, before
 * the run. Files are converted by the same code as the engine's prompts
 * (engine/audio.h), so that what the engine plays is what is expected here.
 */
#ifndef EXCHANGE_SOUNDS_H
#define EXCHANGE_SOUNDS_H

#include <stdio.h>

#include "exchange/scenario.h"

struct sounds; /* opaque */

/**
 * sounds_load() - read all files of @sc and point its steps to them
 * @errors: receives one line for each thing that is wrong, all of them
 * Return: 0 and *@out; -EINVAL (told on @errors); -ENOMEM.
 */
int sounds_load(struct scenario *sc, struct sounds **out, FILE *errors);

/** sounds_free() - the scenario's steps must not be used afterwards; NULL is allowed */
void sounds_free(struct sounds *s);

#endif
