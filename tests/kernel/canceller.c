/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * In the guest: the engine on a card whose channels have one of DAHDI's echo cancellers, from when the
 * engine takes them.
 *
 *	canceller TAPS CANCELLER[,CANCELLER...] [--lockstep] CONFIG
 *
 * SIGUSR1: all channels get the next canceller of the list, in turn, calls or not; "-" is none.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <dahdi/user.h>

#include "engine/backend_dahdi.h"
#include "engine/config.h"
#include "engine/engine.h"

#define FDS     1024
#define KINDS   8
#define B_LIMIT 64 /* channels */

static struct {
	int fd, number;
} channel[B_LIMIT];
static _Atomic unsigned int channels;
static int number_of[FDS];
static char *kinds[KINDS];
static unsigned int n_kinds, taps;
static _Atomic unsigned int kind;

static struct engine_cfg cfg;
static struct conf_errors errors;
static struct engine engine;

static void fail(const char *what, int number)
{
	fprintf(stderr, "canceller: %s of channel %d: %s\n", what, number, strerror(errno));
	exit(1);
}

/* DAHDI frees the one that there was. */
static void equip(int fd, int number, const char *name)
{
	struct dahdi_echocanparams params = {.tap_length = name[0] == '-' ? 0 : taps};
	struct dahdi_attach_echocan attach = {.chan = number};
	int ctl = open("/dev/dahdi/ctl", O_RDWR | O_CLOEXEC);

	if (params.tap_length)
		snprintf(attach.echocan, sizeof(attach.echocan), "%s", name);
	if (dahdi_sys_linux.ioctl(ctl, DAHDI_ATTACH_ECHOCAN, &attach) < 0)
		fail("attaching", number);
	if (dahdi_sys_linux.ioctl(fd, DAHDI_ECHOCANCEL_PARAMS, &params) < 0)
		fail("canceller", number);
	close(ctl);
}

/* Only in audio mode, which a B-channel leaves when the engine opens it, has a channel a canceller. */
static void hear(int fd, int number)
{
	int on = 1, law = DAHDI_LAW_ALAW;

	if (dahdi_sys_linux.ioctl(fd, DAHDI_AUDIOMODE, &on) < 0 ||
	    dahdi_sys_linux.ioctl(fd, DAHDI_SETLAW, &law) < 0)
		fail("audio mode", number);
	equip(fd, number, kinds[kind]);
}

static int with_canceller(int fd, unsigned long request, void *arg)
{
	int err = dahdi_sys_linux.ioctl(fd, request, arg);
	unsigned int n = channels;

	if (err < 0 || fd >= FDS)
		return err;
	if (request == DAHDI_SPECIFY)
		number_of[fd] = *(int *)arg;
	if (request == DAHDI_AUDIOMODE && n < B_LIMIT) {
		hear(fd, number_of[fd]);
		channel[n].fd = fd;
		channel[n].number = number_of[fd];
		channels = n + 1;
	}
	return err;
}

static void *change(void *arg)
{
	sigset_t *set = arg;
	int sig;

	while (sigwait(set, &sig) == 0) {
		unsigned int next = (kind + 1) % n_kinds;

		for (unsigned int i = 0; i < channels; i++)
			equip(channel[i].fd, channel[i].number, kinds[next]);
		kind = next;
	}
	return NULL;
}

int main(int argc, char **argv)
{
	bool lockstep = argc == 5 && strcmp(argv[3], "--lockstep") == 0;
	struct dahdi_sys sys = dahdi_sys_linux;
	pthread_t thread;
	sigset_t set;
	int err;

	if (argc != 4 + lockstep)
		return 2;
	taps = (unsigned int)atoi(argv[1]);
	for (char *word = strtok(argv[2], ","); word && n_kinds < KINDS; word = strtok(NULL, ","))
		kinds[n_kinds++] = word;
	if (!n_kinds || engine_config_load(argv[3 + lockstep], &cfg, &errors)) {
		conf_errors_print(&errors, stderr);
		return 2;
	}
	sys.ioctl = with_canceller;
	backend_dahdi_use(&sys);
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	signal(SIGPIPE, SIG_IGN);
	if (pthread_create(&thread, NULL, change, &set) || engine_open(&engine, &cfg, lockstep))
		return 1;
	err = engine_run(&engine);
	engine_close(&engine);
	return err ? 1 : 0;
}
