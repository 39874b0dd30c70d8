/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * crc4.h: the CRC-4 of G.704: remainder of message * x^4 divided by x^4 + x + 1, first bit on the
 * line first, start value 0, no inversion; C1 is the highest bit of the result.
 *
 * Source: ITU-T G.704 2.3.3.5.
 */
#ifndef STROWGER_CORE_SPAN_CRC4_H
#define STROWGER_CORE_SPAN_CRC4_H

#include <stddef.h>
#include <stdint.h>

/**
 * crc4_octets() - continue a CRC-4 over some octets
 * @crc: remainder so far, 0..15, 0 to begin
 * @p: @n octets
 * @n: how many
 *
 * Return: remainder, 0..15: C1 in bit 3 .. C4 in bit 0. One table look-up an octet.
 */
uint8_t crc4_octets(uint8_t crc, const uint8_t *p, size_t n);

#endif
