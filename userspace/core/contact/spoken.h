/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Numbers, digits, times and dates as a person says them, in English and Mandarin,
 * as text for a speaking voice. Pure.
 *
 * Telephone habits: digits one by one ("one" is "yao" in Mandarin telephone numbers,
 * written U+5E7A), hours by the twelve-hour clock in English and by part of the day in Mandarin.
 */
#ifndef CORE_CONTACT_SPOKEN_H
#define CORE_CONTACT_SPOKEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/contact/moment.h"

#define SPOKEN_MAX 256 /* enough for each of these, with the 0 */

/** spoken_lang_ok() - is @lang one that this file can form: "en", "cmn" (also "en-…") */
bool spoken_lang_ok(const char *lang);

/*
 * Each writes at most @size octets of UTF-8 with the 0, cut at a whole character, and
 * returns the octets written without the 0; -EINVAL for a language that it does not
 * know or a value out of range (@out is then "").
 */

/** spoken_number() - -999999999999 .. 999999999999 as a whole number */
int spoken_number(const char *lang, int64_t n, char *out, size_t size);
/** spoken_digits() - 0-9 * # one by one, other characters are left out */
int spoken_digits(const char *lang, const char *digits, char *out, size_t size);
/** spoken_clock() - "four thirty-five p m" */
int spoken_clock(const char *lang, const struct moment *m, char *out, size_t size);
/** spoken_date() - "Sunday, November the twenty-second, twenty twenty-six"; years 1970..2999 */
int spoken_date(const char *lang, const struct moment *m, char *out, size_t size);

#endif
