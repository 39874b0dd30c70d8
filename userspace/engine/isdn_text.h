/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Text that crosses an ISDN line: digits and names, cleaned and converted.
 *
 * Pure. What comes from the line is a stranger's; what leaves here is bounded,
 * terminated, and of the promised alphabet.
 */
#ifndef ENGINE_ISDN_TEXT_H
#define ENGINE_ISDN_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct isdn_event;

/* Character sets of ECMA-164 (QSIG names), as the ISDN library numbers them */
enum isdn_charset {
	ISDN_CHARSET_UNKNOWN = 0, /* a Display element says nothing: UTF-8 if it is, else Latin-1 */
	ISDN_CHARSET_LATIN1 = 1,
	ISDN_CHARSET_UTF8 = 9,
};

/** isdn_digits_clean() - keep 0-9 * # of @src, as many as fit @size with the terminating 0 */
void isdn_digits_clean(char *dst, size_t size, const char *src);

/** isdn_digits_valid() - true if all of @s are 0-9 * # and there are fewer than @size of them */
bool isdn_digits_valid(const char *s, size_t size);

/**
 * isdn_name_in() - a name from the line to UTF-8
 * @charset: enum isdn_charset; of sets that are not known here only ASCII is kept, '?' elsewhere
 *
 * Control characters are left out, the name is cut between characters to fit @size.
 */
void isdn_name_in(char *dst, size_t size, const char *src, int charset);

/**
 * isdn_name_out() - a UTF-8 name to the line
 * Return: ISDN_CHARSET_LATIN1 when all characters are in it (converted), else ISDN_CHARSET_UTF8.
 */
int isdn_name_out(char *dst, size_t size, const char *src);

/**
 * isdn_peek() - what the library keeps to itself of a message, or gives later
 * @frame: a screened frame of @len octets
 * @ev: cause, location, progress, inband and the bearer's three fields are filled in if they are
 *      there
 */
void isdn_peek(const uint8_t *frame, size_t len, struct isdn_event *ev);

/**
 * isdn_peek_display() - the Display element as a name; @dst is left alone if there is none
 * Libpri takes a first octet of 0x80 and more for a character set and drops it. Only 0x80..0xbf
 * can be one (0xb1 is seen in practice); above that a name begins with a letter beyond ASCII.
 */
void isdn_peek_display(const uint8_t *frame, size_t len, char *dst, size_t size);

/** isdn_peek_restart_all() - does the restart indicator mean the interface, not single channels? */
bool isdn_peek_restart_all(const uint8_t *frame, size_t len);

#endif
