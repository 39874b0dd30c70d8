/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A call record as JSON (docs/strowgerd-protocol.md, CALL).
 */
#ifndef APPLIANCE_CDR_JSON_H
#define APPLIANCE_CDR_JSON_H

#include <jansson.h>

#include "store/cdr.h"

/** cdr_json() - Return: new object; members without a value are left out */
json_t *cdr_json(const struct cdr *c);

#endif
