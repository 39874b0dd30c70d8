/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * strowgerd without its command line: the contacts of all calls between the engine's
 * events and requests, call records on their way to the store.
 *
 *	engine --events--> daemon_events.c --> core/contact --> daemon_act.c --requests--> engine
 *	                        |                                  (a tag before each)
 *	                        +-- leg.ended --> daemon_records.c --> store --on disk--> "committed"
 *
 * Everything here belongs to one libuv loop.
 */
#ifndef APPLIANCE_DAEMON_H
#define APPLIANCE_DAEMON_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

#include "appliance/clock.h"
#include "base/conf.h"

struct daemon; /* opaque */

struct daemon_cfg {
	const char *file; /* strowgerd.conf; kept, must outlive the daemon */
	struct wall_clock clock;
};

/**
 * daemon_open() - read the configuration, open the store, call the engine, listen
 * @errs: errors of the configuration, if that is what is wrong
 * Return: 0; -EINVAL @errs is filled; another negative errno with a message logged.
 */
int daemon_open(struct daemon **out, uv_loop_t *loop, const struct daemon_cfg *cfg,
		struct conf_errors *errs);

/**
 * daemon_close() - leave the calls to the engine, write all records, say so, go
 * The memory goes here; the loop must run once more for the handles.
 */
void daemon_close(struct daemon *d);

/**
 * daemon_reload() - read the configuration and flows again
 * Calls that are running keep what they began with. On errors nothing is changed.
 * Return: number of flows; -EINVAL @errs is filled.
 */
int daemon_reload(struct daemon *d, struct conf_errors *errs);

#endif
