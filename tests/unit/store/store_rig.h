/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A folder for a store that goes away again, and records to put into it.
 */
#ifndef TESTS_STORE_RIG_H
#define TESTS_STORE_RIG_H

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "store/cdr.h"

static inline void rig_folder(char *dir)
{
	strcpy(dir, "/tmp/strowger-store-XXXXXX");
	assert_non_null(mkdtemp(dir));
}

static inline void rig_remove(const char *dir)
{
	static const char *const files[] = {"data.mdb", "lock.mdb", "owner"};
	char path[128];

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", dir, files[i]);
		unlink(path);
	}
	assert_int_equal(rmdir(dir), 0);
}

/* The record of leg @n of an engine; all members that vary follow from @n. */
static inline struct cdr rig_record(const char *instance, uint64_t n)
{
	struct cdr c = {.leg = n, .event = n * 10};

	snprintf(c.instance, sizeof(c.instance), "%s", instance);
	snprintf(c.span, sizeof(c.span), "E1-%u", (unsigned int)(n % 4 + 1));
	snprintf(c.calling, sizeof(c.calling), "010%08u", (unsigned int)n);
	strcpy(c.called, "200");
	strcpy(c.flow, "demo");
	c.channel = (uint16_t)(n % 30 + 1);
	c.offered_us = 1795000000000000 + (int64_t)n * 1000;
	c.ended_us = c.offered_us + 5000000;
	c.offered_sample = (int64_t)n * 8;
	c.answered_sample = -1;
	c.ended_sample = c.offered_sample + 40000;
	c.cause = 16;
	strcpy(c.by, "far");
	return c;
}

#endif
