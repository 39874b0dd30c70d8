/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Call flows from files (docs/flows.md has the language).
 */
#ifndef APPLIANCE_FLOWFILE_H
#define APPLIANCE_FLOWFILE_H

#include "base/conf.h"
#include "core/contact/flow.h"

/**
 * flowfile_load() - read, check and link one flow
 * @out: written on success only; flowfile_free() gives it back
 * @errs: all errors of the file, with line and what would be right. Whether steps fit
 *        together is looked at once every setting is good.
 * Return: 0, or negative errno of conf_load().
 */
int flowfile_load(const char *file, struct flow *out, struct conf_errors *errs);

/** flowfile_load_text() - the same from a string; @name stands for the file in messages */
int flowfile_load_text(const char *text, const char *name, struct flow *out,
		       struct conf_errors *errs);

/** flowfile_free() - also of a flow that is all zeros */
void flowfile_free(struct flow *f);

/* "08:30-17:30" [minutes of the day] and "mon-fri,sun" (bit 0 Sunday). Return: 0, -EINVAL. */
int flowfile_hours(const char *text, int16_t *from, int16_t *until);
int flowfile_weekdays(const char *text, uint8_t *mask);

#endif
