/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Any text as a scenario file: refused with reasons, or a scenario that can be freed. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "exchange/scenario.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
const char *__lsan_default_suppressions(void);

/* libconfig 1.5 forgets an unfinished string of a file with a syntax error. */
const char *__lsan_default_suppressions(void)
{
	return "leak:libconfig.so";
}

static struct scenario sc;
static struct conf_errors errs;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);

	if (!text)
		return 0;
	memcpy(text, data, size);
	text[size] = '\0';
	/* Files of any name must not be read: no @include. */
	if (!strstr(text, "@include")) {
		if (scenario_load_text(text, "fuzz/scenario.conf", &sc, &errs) == 0)
			scenario_free(&sc);
		else if (errs.n == 0)
			abort(); /* refused without a reason */
	}
	free(text);
	return 0;
}
