/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Sizes that every station shares.
 */
#ifndef BASE_NAMES_H
#define BASE_NAMES_H

#define NUMBER_MAX   32 /* digits of a telephone number, with its terminating 0 */
#define NAME_MAX_LEN 64 /* calling name (Q.SIG and ETSI limit it to 50), with its 0 */
#define DIGITS_MAX   64 /* digits collected in one go, with the 0 */
#define TAG_MAX      1024 /* opaque words the daemon keeps at a leg, with the 0 */
#define PATH_MAX_LEN 256 /* file names in configuration and protocol, with the 0 */

#endif
