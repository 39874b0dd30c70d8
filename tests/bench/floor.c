/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The floor under the engine's cost: what nobody can save who serves so many E1.
 *
 * Each millisecond of line time one datagram of 260 octets (SAToP's size) comes in and one goes out
 * on every span, and each of its 30 channels is decoded from A-law and fed, 8 samples at a time, to
 * SpanDSP's DTMF and CNG detectors. No framer, no jitter buffer, no calls. A child process mirrors
 * the datagrams; its processor time is not counted.
 *
 * Paced like the engine: by line time against the clock, or in lockstep with the mirror. Prints one
 * JSON object with the processor time of this process, as getrusage() has it.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <spandsp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "core/channel/g711.h"

#define SPANS_MAX  16
#define TIMESLOTS  32
#define FRAMES     8 /* a millisecond */
#define HEADER     4 /* control word */
#define PACKET     (HEADER + TIMESLOTS * FRAMES)
#define PAYLOADS   64 /* milliseconds of it, then again */
#define AHEAD      5 /* packets under way, as in the engine's jitter buffer */
#define PATIENCE_S 10 /* for the mirror, in lockstep */
#define NOISE_PEAK 3000 /* about -24 dBm0 */
#define PRIORITY   40 /* the engine's media thread */

struct options {
	int spans, seconds;
	bool lockstep;
	bool detect; /* else only packets */
	bool ced; /* the answering tone too */
};

struct channel {
	dtmf_rx_state_t *dtmf;
	modem_connect_tones_rx_state_t *cng, *ced;
};

static struct options opt = {.spans = 4, .seconds = 10, .detect = true};
static struct channel channels[SPANS_MAX][TIMESLOTS];
static uint8_t babble[PAYLOADS * TIMESLOTS * FRAMES];
static int ends[SPANS_MAX], mirror_ends[SPANS_MAX];
static uint64_t missing, late, heard;

static int fail(const char *what)
{
	fprintf(stderr, "floor: %s: %s\n", what, strerror(errno));
	return -1;
}

/* ---- making ---- */

static int open_end(struct sockaddr_in *at)
{
	const struct timeval patience = {.tv_sec = PATIENCE_S};
	socklen_t len = sizeof(*at);
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	*at = (struct sockaddr_in){.sin_family = AF_INET,
				   .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	if (fd < 0 || bind(fd, (struct sockaddr *)at, sizeof(*at)) ||
	    getsockname(fd, (struct sockaddr *)at, &len) ||
	    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)))
		return fail("socket");
	return fd;
}

static int open_pair(int span)
{
	struct sockaddr_in here, there;
	int a = open_end(&here), b = open_end(&there);

	if (a < 0 || b < 0)
		return -1;
	if (connect(a, (struct sockaddr *)&there, sizeof(there)) ||
	    connect(b, (struct sockaddr *)&here, sizeof(here)))
		return fail("connect");
	ends[span] = a;
	mirror_ends[span] = b;
	return 0;
}

static void ignore_tone(void *ctx, int code, int level, int delay)
{
	(void)ctx;
	(void)code;
	(void)level;
	(void)delay;
	heard++;
}

static int make_channel(struct channel *c)
{
	c->dtmf = dtmf_rx_init(NULL, NULL, NULL);
	c->cng = modem_connect_tones_rx_init(NULL, MODEM_CONNECT_TONES_FAX_CNG, ignore_tone, NULL);
	c->ced = modem_connect_tones_rx_init(NULL, MODEM_CONNECT_TONES_ANS, ignore_tone, NULL);
	if (!c->dtmf || !c->cng || !c->ced)
		return fail("detectors");
	dtmf_rx_set_realtime_callback(c->dtmf, ignore_tone, NULL);
	return 0;
}

static void make_babble(void)
{
	uint32_t dice = 1;

	for (size_t i = 0; i < sizeof(babble); i++) {
		dice = dice * 1664525 + 1013904223;
		babble[i] = alaw_encode(
			(int16_t)((int)(dice >> 16) % (2 * NOISE_PEAK + 1) - NOISE_PEAK));
	}
}

/* ---- the mirror ---- */

static int mirror(void)
{
	uint8_t d[SPANS_MAX][PACKET];

	for (;;) {
		for (int i = 0; i < opt.spans; i++) {
			while (recv(mirror_ends[i], d[i], PACKET, 0) < 0) {
				if (errno != EAGAIN && errno != EINTR)
					return 1;
			}
		}
		for (int i = 0; i < opt.spans; i++) {
			if (send(mirror_ends[i], d[i], PACKET, 0) < 0)
				return 1; /* the parent has ended */
		}
	}
}

/* ---- a tick ---- */

static void hear(struct channel *c, const uint8_t *payload, int timeslot)
{
	uint8_t octets[FRAMES];
	int16_t pcm[FRAMES];

	for (int f = 0; f < FRAMES; f++)
		octets[f] = payload[f * TIMESLOTS + timeslot];
	alaw_decode_block(pcm, octets, FRAMES);
	dtmf_rx(c->dtmf, pcm, FRAMES);
	modem_connect_tones_rx(c->cng, pcm, FRAMES);
	if (opt.ced)
		modem_connect_tones_rx(c->ced, pcm, FRAMES);
}

static void hear_span(int span, const uint8_t *payload)
{
	for (int ts = 1; ts < TIMESLOTS; ts++) {
		if (ts != 16)
			hear(&channels[span][ts], payload, ts);
	}
}

static int send_all(uint64_t tick)
{
	for (int i = 0; i < opt.spans; i++) {
		uint8_t d[PACKET] = {[2] = (uint8_t)(tick >> 8), [3] = (uint8_t)tick};

		memcpy(d + HEADER, babble + (tick + 5 * (uint64_t)i) % PAYLOADS * (PACKET - HEADER),
		       PACKET - HEADER);
		if (send(ends[i], d, PACKET, 0) < 0)
			return fail("send");
	}
	return 0;
}

static int receive_all(void)
{
	uint8_t d[SPANS_MAX][PACKET];
	int flags = opt.lockstep ? 0 : MSG_DONTWAIT;

	for (int i = 0; i < opt.spans; i++) {
		if (recv(ends[i], d[i], PACKET, flags) == PACKET)
			continue;
		if (opt.lockstep || errno != EAGAIN)
			return fail("receive");
		missing++;
		memset(d[i], ALAW_IDLE, PACKET);
	}
	for (int i = 0; i < opt.spans && opt.detect; i++)
		hear_span(i, d[i] + HEADER);
	return 0;
}

static void pace(struct timespec *due)
{
	struct timespec now;

	due->tv_nsec += 1000000;
	if (due->tv_nsec >= 1000000000) {
		due->tv_nsec -= 1000000000;
		due->tv_sec++;
	}
	clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, due, NULL);
	clock_gettime(CLOCK_MONOTONIC, &now);
	late += (now.tv_sec - due->tv_sec) * 1000000000L + now.tv_nsec - due->tv_nsec > 1000000;
}

static int run(void)
{
	uint64_t ticks = (uint64_t)opt.seconds * 1000, ahead = opt.lockstep ? 1 : AHEAD;
	struct timespec due;

	for (uint64_t i = 0; i < ahead; i++) {
		if (send_all(i))
			return -1;
	}
	clock_gettime(CLOCK_MONOTONIC, &due);
	for (uint64_t i = 0; i < ticks; i++) {
		if (!opt.lockstep)
			pace(&due);
		if (receive_all() || send_all(i + ahead))
			return -1;
	}
	return 0;
}

/* Without the right to it, as the engine, go on as an ordinary process. */
static void set_priority(void)
{
	const struct sched_param rt = {.sched_priority = PRIORITY};

	if (!opt.lockstep)
		(void)sched_setscheduler(0, SCHED_FIFO, &rt);
}

/* ---- the figures ---- */

static double seconds_of(struct timeval t)
{
	return (double)t.tv_sec + (double)t.tv_usec / 1e6;
}

static void report(const struct rusage *a, const struct rusage *b)
{
	double user = seconds_of(b->ru_utime) - seconds_of(a->ru_utime);
	double sys = seconds_of(b->ru_stime) - seconds_of(a->ru_stime);

	printf("{\"spans\":%d,\"channels\":%d,\"ticks\":%d,\"missing\":%" PRIu64
	       ",\"late\":%" PRIu64 ",\"heard\":%" PRIu64
	       ",\"user_s\":%.6f,\"system_s\":%.6f,\"cpu_s\":%.6f}\n",
	       opt.spans, opt.spans * 30, opt.seconds * 1000, missing, late, heard, user, sys,
	       user + sys);
}

static int measure(void)
{
	struct rusage begin, end;
	int err;

	make_babble();
	for (int i = 0; i < opt.spans; i++) {
		for (int ts = 1; ts < TIMESLOTS; ts++) {
			if (make_channel(&channels[i][ts]))
				return -1;
		}
	}
	getrusage(RUSAGE_SELF, &begin);
	err = run();
	getrusage(RUSAGE_SELF, &end);
	if (!err)
		report(&begin, &end);
	return err;
}

static const char usage[] = "usage: floor [-l] [-p] [-a] [-n SPANS] [-s SECONDS]\n"
			    "  -l  in lockstep with the mirror, no timers\n"
			    "  -p  packets only, no detectors\n"
			    "  -a  the answering tone detector too\n";

int main(int argc, char **argv)
{
	pid_t child;
	int c, err = 0;

	while ((c = getopt(argc, argv, "lpan:s:")) != -1) {
		switch (c) {
		case 'l': opt.lockstep = true; break;
		case 'p': opt.detect = false; break;
		case 'a': opt.ced = true; break;
		case 'n': opt.spans = atoi(optarg); break;
		case 's': opt.seconds = atoi(optarg); break;
		default: opt.spans = 0;
		}
	}
	if (opt.spans < 1 || opt.spans > SPANS_MAX || opt.seconds < 1 || optind != argc) {
		fputs(usage, stderr);
		return 2;
	}
	for (int i = 0; i < opt.spans; i++) {
		if (open_pair(i))
			return 1;
	}
	set_priority();
	child = fork();
	if (child == 0)
		_exit(mirror());
	if (child < 0)
		return 1;
	err = measure();
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	return err ? 1 : 0;
}
