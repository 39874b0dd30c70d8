/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * strowgerd: policy of the appliance. Command line and signals; daemon.c does the work.
 */
#include <errno.h>
#include <getopt.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "appliance/daemon.h"
#include "appliance/plan.h"
#include "base/log.h"
#include "store/writer.h"

#define CONFIG_FILE  "/etc/strowger/strowgerd.conf"
#define HEAP_RESERVE (WRITER_QUEUE_MAX * 512) /* octets: all records that may wait for the disk */

/* Exit status, as of all our commands: 0 good, 1 fault found, 2 could not look. */
enum { GOOD, FAULT, TROUBLE };

static struct conf_errors errors; /* too large for a stack */

struct program {
	uv_loop_t loop;
	struct daemon *daemon;
	uv_signal_t signals[3];
	int status;
};

static void help(FILE *to)
{
	fputs("usage: strowgerd [-c FILE] [-t] [--clock UTC] [-v]\n"
	      "  -c, --config FILE  configuration (default " CONFIG_FILE ")\n"
	      "  -t, --check        read configuration and flows, tell all errors, end\n"
	      "      --clock UTC    simulated wall clock: UTC of the engine's sample 0, such as\n"
	      "                     2026-11-22T13:00:00Z; it advances with the samples only\n"
	      "  -v, --verbose      log more\n"
	      "  -h, --help         this text\n"
	      "Signals: SIGHUP reads configuration and flows again, SIGTERM and SIGINT end it\n"
	      "(calls go on in the engine).\n",
	      to);
}

static void stop(struct program *p)
{
	for (size_t i = 0; i < sizeof(p->signals) / sizeof(p->signals[0]); i++)
		uv_close((uv_handle_t *)&p->signals[i], NULL);
	daemon_close(p->daemon);
	p->daemon = NULL;
}

static void on_signal(uv_signal_t *handle, int signum)
{
	struct program *p = handle->data;

	if (signum != SIGHUP) {
		log_info("strowgerd", "ends on signal %d, calls go on in the engine", signum);
		stop(p);
		return;
	}
	if (daemon_reload(p->daemon, &errors) < 0) {
		conf_errors_print(&errors, stderr);
		log_error("config", "not reloaded, everything goes on as before");
	}
}

static int check(const char *file)
{
	struct plan *plan = plan_load(file, &errors);

	conf_errors_print(&errors, stderr);
	if (!plan)
		return FAULT;
	printf("%s: good, %zu flows, %zu routes\n", file, plan->n_flows, plan->n_routes);
	plan_put(plan);
	return GOOD;
}

static int run(const struct daemon_cfg *cfg)
{
	static const int signums[] = {SIGTERM, SIGINT, SIGHUP};
	static struct program p;
	int rc;

	uv_loop_init(&p.loop);
	rc = daemon_open(&p.daemon, &p.loop, cfg, &errors);
	if (rc < 0) {
		conf_errors_print(&errors, stderr);
		if (!errors.n)
			log_error("strowgerd", "cannot start: %s", strerror(-rc));
		uv_run(&p.loop, UV_RUN_DEFAULT);
		uv_loop_close(&p.loop);
		return errors.n ? FAULT : TROUBLE;
	}
	for (size_t i = 0; i < sizeof(signums) / sizeof(signums[0]); i++) {
		uv_signal_init(&p.loop, &p.signals[i]);
		p.signals[i].data = &p;
		uv_signal_start(&p.signals[i], on_signal, signums[i]);
	}
	uv_run(&p.loop, UV_RUN_DEFAULT);
	uv_loop_close(&p.loop);
	return GOOD;
}

/*
 * What waits for the disk comes and goes. It does so in memory that was taken at the start and is
 * kept, so that a busy hour does not leave the process larger than a quiet one.
 */
static void reserve_heap(void)
{
	void *heap;

	mallopt(M_ARENA_MAX, 1); /* the store's writer shares it */
	mallopt(M_MMAP_THRESHOLD, 2 * HEAP_RESERVE);
	mallopt(M_TRIM_THRESHOLD, 1 << 30);
	heap = malloc(HEAP_RESERVE);
	if (heap)
		explicit_bzero(heap, HEAP_RESERVE);
	free(heap);
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{"config", required_argument, NULL, 'c'}, {"check", no_argument, NULL, 't'},
		{"clock", required_argument, NULL, 'C'},  {"verbose", no_argument, NULL, 'v'},
		{"help", no_argument, NULL, 'h'},         {0}};
	struct daemon_cfg cfg = {.file = CONFIG_FILE};
	bool only_check = false;
	int opt;

	clock_real(&cfg.clock);
	while ((opt = getopt_long(argc, argv, "c:tvh", options, NULL)) != -1) {
		switch (opt) {
		case 'c': cfg.file = optarg; break;
		case 't': only_check = true; break;
		case 'v': log_set_level(LOG_DEBUG_); break;
		case 'h': help(stdout); return GOOD;
		case 'C':
			if (clock_simulated(&cfg.clock, optarg) == 0)
				break;
			fprintf(stderr,
				"strowgerd: --clock: \"%s\" is no UTC such as "
				"2026-11-22T13:00:00Z\n",
				optarg);
			return TROUBLE;
		default: help(stderr); return TROUBLE;
		}
	}
	if (optind < argc) {
		help(stderr);
		return TROUBLE;
	}
	if (only_check)
		return check(cfg.file);
	reserve_heap();
	return run(&cfg);
}
