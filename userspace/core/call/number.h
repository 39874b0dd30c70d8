/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Telephone numbers: cleaning, dialled form, and patterns for routing by number.
 *
 * A number is a string of 0-9 * #, at most NUMBER_MAX - 1 of them.
 */
#ifndef CORE_CALL_NUMBER_H
#define CORE_CALL_NUMBER_H

#include <stddef.h>
#include <stdint.h>

#include "base/names.h"

#define NUMBER_PREFIX_MAX 8 /* with its terminating 0 */

/* Type of number, Q.931 table 4-9 */
enum number_ton {
	NUMBER_TON_UNKNOWN = 0,
	NUMBER_TON_INTERNATIONAL = 1,
	NUMBER_TON_NATIONAL = 2,
	NUMBER_TON_NETWORK = 3,
	NUMBER_TON_SUBSCRIBER = 4,
	NUMBER_TON_ABBREVIATED = 6,
};

/* What one dials in front of a number; "" is allowed */
struct number_plan {
	char national[NUMBER_PREFIX_MAX]; /* "0" in China and Germany, "" in Denmark */
	char international[NUMBER_PREFIX_MAX]; /* "00" */
};

/**
 * number_clean() - a number as people write it to digits
 * @out: NUMBER_MAX octets, written on success only
 *
 * Blanks and - . / ( ) are dropped, a leading + becomes plan->international.
 * Return: digits written, 0 for an empty number; -EINVAL: another character;
 * -EMSGSIZE: too long.
 */
int number_clean(const struct number_plan *plan, const char *text, char *out);

/**
 * number_dialled() - a number from signalling as one would dial it
 * @ton: type of number 0..7; national and international numbers get their prefix,
 *       all others stay as they are
 * @out: NUMBER_MAX octets, written on success only
 * Return: digits, 0 for an empty number (which gets no prefix), -EINVAL, -EMSGSIZE as above.
 */
int number_dialled(const struct number_plan *plan, uint8_t ton, const char *digits, char *out);

enum number_kind {
	NUMBER_EXACT, /* 4711 */
	NUMBER_RANGE, /* 02150000-02159999: numbers of this length from .. to */
	NUMBER_PREFIX, /* 021*: these digits and any further ones; * alone is every number */
};

struct number_pattern {
	enum number_kind kind;
	char from[NUMBER_MAX]; /* the digits, the lower end, or the prefix */
	char to[NUMBER_MAX]; /* NUMBER_RANGE: upper end */
	uint8_t len; /* digits in from */
};

/**
 * number_pattern_parse() - read one pattern
 * A * is a wildcard as the last character and a digit before it.
 * Return: 0; -EINVAL: empty, other characters, a range whose ends differ in length,
 * are not all 0-9, or are the wrong way round; -EMSGSIZE.
 */
int number_pattern_parse(const char *text, struct number_pattern *p);

/* With overlap receiving there are three answers. */
enum number_match { NUMBER_NO, NUMBER_PARTIAL /* further digits may match */, NUMBER_FULL };

enum number_match number_match(const struct number_pattern *p, const char *digits);

/**
 * number_route() - the most specific of the patterns that match
 * @partial: set to 1 when a pattern that beats the result may still match with more
 *           digits (overlap receiving waits then), else 0; may be NULL
 *
 * Exact before range, narrow range before wide (by the digits both ends share), any
 * range before a prefix, long prefix before short; the first of equals.
 * Return: index, or -ENOENT when none matches.
 */
int number_route(const struct number_pattern *p, size_t n, const char *digits, int *partial);

#endif
