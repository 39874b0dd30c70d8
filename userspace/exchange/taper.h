/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A recording of one call: WAV, A-law, left what the caller heard, right what it said.
 * Shell: writes a file. Octets are stored as they were on the line.
 */
#ifndef EXCHANGE_TAPER_H
#define EXCHANGE_TAPER_H

#include <stddef.h>
#include <stdint.h>

struct taper; /* opaque */

/** taper_open() - an existing file is replaced. Return: a recording, or NULL */
struct taper *taper_open(const char *path);
/** taper_write() - @n octets of either side; n up to 8 */
void taper_write(struct taper *t, const uint8_t *heard, const uint8_t *said, size_t n);
/** taper_close() - Return: 0, or -EIO: the file is not complete; NULL is allowed */
int taper_close(struct taper *t);

#endif
