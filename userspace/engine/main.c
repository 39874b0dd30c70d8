/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * strowger-engine: the realtime half of the appliance. Lines, legs, media; no customers.
 */
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "base/log.h"
#include "engine/config.h"
#include "engine/engine.h"

static const char usage[] =
	"usage: strowger-engine [options] CONFIG\n"
	"  -l, --lockstep   advance by line time without timers, together with the far ends\n"
	"                   and the controller\n"
	"  -t, --test       only check the configuration\n"
	"  -v, --verbose    log debug lines too\n"
	"Exit status: 0 ended on request, 1 could not start or go on, 2 wrong usage or "
	"configuration.\n";

static const struct option options[] = {{"lockstep", no_argument, NULL, 'l'},
					{"test", no_argument, NULL, 't'},
					{"verbose", no_argument, NULL, 'v'},
					{"help", no_argument, NULL, 'h'},
					{0}};

static struct engine_cfg cfg;
static struct conf_errors errors;
static struct engine engine;

int main(int argc, char **argv)
{
	bool lockstep = false, test = false;
	int c, err;

	while ((c = getopt_long(argc, argv, "ltvh", options, NULL)) != -1) {
		switch (c) {
		case 'l': lockstep = true; break;
		case 't': test = true; break;
		case 'v': log_set_level(LOG_DEBUG_); break;
		case 'h': fputs(usage, stdout); return 0;
		default: fputs(usage, stderr); return 2;
		}
	}
	if (optind != argc - 1) {
		fputs(usage, stderr);
		return 2;
	}
	if (engine_config_load(argv[optind], &cfg, &errors)) {
		conf_errors_print(&errors, stderr);
		return 2;
	}
	if (test)
		return 0;
	signal(SIGPIPE, SIG_IGN);
	if (engine_open(&engine, &cfg, lockstep))
		return 1;
	/* No page fault on the media thread. Without the right to it, go on as an ordinary process. */
	if (!lockstep && mlockall(MCL_CURRENT | MCL_FUTURE))
		log_info("engine", "memory is not locked (CAP_IPC_LOCK)");
	err = engine_run(&engine);
	engine_close(&engine);
	return err ? 1 : 0;
}
