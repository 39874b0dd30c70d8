/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * strowger-exchange: the far end of E1 lines, and callers. docs/exchange.md.
 *
 * Exit status: 0 every call did what its scenario expects, 1 some did not, 2 could not run.
 */
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "exchange/drive.h"
#include "exchange/live.h"
#include "exchange/office.h"
#include "exchange/results.h"
#include "exchange/sounds.h"

enum { STATUS_GOOD, STATUS_FAULT, STATUS_COULD_NOT };

struct options {
	const char *scenario, *json, *trace, *out, *calls;
	int seconds;
	bool lockstep, live, check;
};

static atomic_bool stop, stop_now;

#define GRACE_S 10 /* for callers to finish after the first signal */

static void on_signal(int sig)
{
	if (atomic_exchange(&stop, true) || sig == SIGALRM)
		atomic_store(&stop_now, true);
	else
		alarm(GRACE_S);
}

static const char usage[] =
	"usage: strowger-exchange SCENARIO.conf [options]\n"
	"       strowger-exchange --join RESULTS.json --calls CALLS.json\n"
	"  -n, --check          read the scenario and its files, say what is wrong, do nothing\n"
	"  -l, --lockstep       no timers: advance together with the far end\n"
	"  -s, --seconds N      no new calls after N seconds of line time\n"
	"  -j, --json FILE      results\n"
	"  -t, --trace FILE     one line an event, with its millisecond of line time\n"
	"  -o, --out DIR        recordings (WAV) and D-channel traces (pcap, text)\n"
	"  -L, --live           live table, also when stdout is no terminal\n"
	"  -J, --join FILE      add to the results of a run what the appliance understood:\n"
	"  -c, --calls FILE     its call records, from: strowger calls --json\n"
	"exit status: 0 all as expected, 1 some calls not, 2 could not run\n";

static int parse(int argc, char **argv, struct options *opt, const char **join)
{
	static const struct option longs[] = {{"check", no_argument, NULL, 'n'},
					      {"lockstep", no_argument, NULL, 'l'},
					      {"seconds", required_argument, NULL, 's'},
					      {"json", required_argument, NULL, 'j'},
					      {"trace", required_argument, NULL, 't'},
					      {"out", required_argument, NULL, 'o'},
					      {"live", no_argument, NULL, 'L'},
					      {"join", required_argument, NULL, 'J'},
					      {"calls", required_argument, NULL, 'c'},
					      {"help", no_argument, NULL, 'h'},
					      {0}};
	char *end;
	int c;

	while ((c = getopt_long(argc, argv, "nls:j:t:o:LJ:c:h", longs, NULL)) >= 0) {
		switch (c) {
		case 'n': opt->check = true; break;
		case 'l': opt->lockstep = true; break;
		case 's':
			opt->seconds = (int)strtol(optarg, &end, 10);
			if (*end || opt->seconds < 1 || opt->seconds > 86400) {
				fprintf(stderr, "--seconds %s: 1 to 86400 would be right\n",
					optarg);
				return -EINVAL;
			}
			break;
		case 'j': opt->json = optarg; break;
		case 't': opt->trace = optarg; break;
		case 'o': opt->out = optarg; break;
		case 'L': opt->live = true; break;
		case 'J': *join = optarg; break;
		case 'c': opt->calls = optarg; break;
		case 'h': fputs(usage, stdout); exit(STATUS_GOOD);
		default: return -EINVAL;
		}
	}
	if (*join)
		return opt->calls && optind == argc ? 0 : -EINVAL;
	opt->scenario = argv[optind];
	return optind + 1 == argc && !opt->calls ? 0 : -EINVAL;
}

static int join(const char *results, const char *calls)
{
	int differ = results_join(results, calls, stdout);

	if (differ < 0)
		return STATUS_COULD_NOT;
	return differ ? STATUS_FAULT : STATUS_GOOD;
}

static struct scenario *load(const char *file)
{
	struct scenario *sc = calloc(1, sizeof(*sc));
	struct conf_errors *errs = malloc(sizeof(*errs));

	if (!sc || !errs || scenario_load(file, sc, errs) < 0) {
		if (sc && errs)
			conf_errors_print(errs, stderr);
		free(sc);
		sc = NULL;
	}
	free(errs);
	return sc;
}

/* Return: status, once the office has ended */
static int tell(const struct options *opt, const struct office *o, const struct drive *d)
{
	const struct report *r = office_report(o);
	struct office_status st;
	int err = 0;

	office_status(o, &st);
	report_print(r, stdout);
	results_spans(o, stdout);
	printf("line time %.3f s in %.3f s, at most %u calls at once\n",
	       (double)(st.tick + 1) / 1000.0, (double)drive_real_ms(d) / 1000.0, st.most);
	if (opt->json)
		err = results_write(opt->json, o, drive_pace(d), drive_real_ms(d));
	if (err < 0)
		fprintf(stderr, "%s: %s\n", opt->json, strerror(-err));
	if (st.state == OFFICE_DEAD)
		fprintf(stderr, "a D-channel did not come up within %d s: is the far end there?\n",
			OFFICE_LINK_MS / 1000);
	if (err < 0 || st.state == OFFICE_DEAD)
		return STATUS_COULD_NOT;
	return r->failed ? STATUS_FAULT : STATUS_GOOD;
}

static int drive(const struct options *opt, const struct scenario *sc, FILE *events)
{
	struct live live = {.to = stdout, .name = sc->name};
	const struct drive_cfg dcfg = {.scenario = sc,
				       .lockstep = opt->lockstep,
				       .stop = &stop,
				       .now = &stop_now,
				       .live = opt->live ? live_draw : NULL,
				       .ctx = &live};
	struct office_cfg ocfg = {.scenario = sc,
				  .record_dir = opt->out,
				  .trace_dir = opt->out,
				  .events = events,
				  .seconds = opt->seconds,
				  .send = drive_send};
	struct drive *d = NULL;
	struct office *o = NULL;
	char why[512] = "no memory";
	int status = STATUS_COULD_NOT, err;

	if (drive_new(&d, &dcfg, why, sizeof(why)) < 0)
		goto out;
	ocfg.ctx = d;
	if (office_new(&o, &ocfg, why, sizeof(why)) < 0)
		goto out;
	err = drive_run(d, o);
	why[0] = '\0';
	if (err < 0)
		snprintf(why, sizeof(why), "lockstep: %s",
			 err == -EPROTO ? "the far end is at another tick" : strerror(-err));
	else
		status = tell(opt, o, d);
out:
	if (why[0])
		fprintf(stderr, "%s\n", why);
	office_free(o);
	drive_free(d);
	return status;
}

static int run(const struct options *opt)
{
	struct scenario *sc = load(opt->scenario);
	struct sounds *sounds = NULL;
	FILE *events = NULL;
	int status = STATUS_COULD_NOT;

	if (!sc)
		return status;
	if (sounds_load(sc, &sounds, stderr) < 0)
		goto out;
	if (opt->check) {
		status = STATUS_GOOD;
		goto out;
	}
	if (opt->out && mkdir(opt->out, 0777) < 0 && errno != EEXIST) {
		fprintf(stderr, "%s: %s\n", opt->out, strerror(errno));
		goto out;
	}
	if (opt->trace)
		events = fopen(opt->trace, "w");
	if (opt->trace && !events) {
		fprintf(stderr, "%s: %s\n", opt->trace, strerror(errno));
		goto out;
	}
	status = drive(opt, sc, events);
	if (events && fclose(events)) {
		fprintf(stderr, "%s: %s\n", opt->trace, strerror(errno));
		status = STATUS_COULD_NOT;
	}
out:
	sounds_free(sounds);
	scenario_free(sc);
	free(sc);
	return status;
}

int main(int argc, char **argv)
{
	const struct sigaction sa = {.sa_handler = on_signal};
	struct options opt = {.live = isatty(STDOUT_FILENO) == 1};
	const char *results = NULL;

	if (parse(argc, argv, &opt, &results) < 0) {
		fputs(usage, stderr);
		return STATUS_COULD_NOT;
	}
	if (results)
		return join(results, opt.calls);
	sigaction(SIGINT, &sa, NULL);
	sigaction(SIGTERM, &sa, NULL);
	sigaction(SIGALRM, &sa, NULL);
	return run(&opt);
}
