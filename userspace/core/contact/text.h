/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Appending to a bounded text. What does not fit is cut between two UTF-8 characters,
 * and nothing is added after the cut.
 */
#ifndef CORE_CONTACT_TEXT_H
#define CORE_CONTACT_TEXT_H

#include <stdbool.h>
#include <stddef.h>

struct text {
	char *buf; /* always ended by 0 */
	size_t size, len;
	bool cut;
};

/** text_init() - @size at least 1 */
void text_init(struct text *t, char *buf, size_t size);
void text_add(struct text *t, const char *s);
void text_addf(struct text *t, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/** text_copy() - a whole text into @size octets. Return: false if it was cut */
bool text_copy(char *buf, size_t size, const char *s);

#endif
