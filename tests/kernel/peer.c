/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The far end of the cable for kernel tests: every timeslot carries a pseudo-random sequence of
 * 2^15-1 bits (ITU-T O.150 5.3) both ways, so that a single octet lost, repeated or changed anywhere
 * on the way there and back shows.
 *
 *	peer LOCAL REMOTE [options]
 *
 *	--crc4 off|on|auto  framing
 *	--cas		timeslot 16 is signalling
 *	--count		timeslots count (runs.h) instead: what is not right is told from silence
 *	--seconds N	end by itself
 *	--ppm N		own clock so much faster
 *	--jitter MS	depth of the receive buffer, 20 if not given: the guest may be late
 *	--lockstep	with a card that was told so, too: a tick is when both ends are ready for it, and
 *			never shorter than a millisecond; own clock cannot be slower then
 *
 * On stdin one command a line: "status" (answers with one JSON object), "reset" (counters of the
 * sequences), "ais 0|1", "rai 0|1", "cut 0|1", "ber PPB", "crc PPM", "fas N", "slip 1|-1",
 * "sa BITS", "cas TIMESLOT ABCD", "quit".
 */
#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "../card/lock.h"
#include "core/line/clock.h"
#include "core/line/lockstep.h"
#include "core/line/pw_port.h"
#include "engine/wire.h"
#include "runs.h"

#define MASK15     0x7fffu
#define SYNC_BITS  64 /* right bits in a row: in step */
#define LOST_BITS  256 /* of so many.. */
#define LOST_LIMIT 64 /* ..so many wrong: out of step */
#define GREET_NS   100000000 /* until the card is there */
#define LATE_NS    5000000 /* lockstep: what is later than this is not caught up */

/* x^15 + x^14 + 1; the receiver predicts each bit from the fifteen before it. */
struct sequence {
	uint32_t tx, rx;
	uint32_t run, window, wrong;
	bool locked;
	uint64_t octets, errors, losses;
};

struct peer {
	struct pw_port port;
	struct wire *wire;
	struct clock_tick tick;
	struct sequence seq[E1_OCTETS];
	struct runs runs[E1_OCTETS];
	uint64_t frame;
	struct e1_fault_cfg fault;
	struct lock lock;
	int64_t next_ns; /* lockstep: earliest time of the next millisecond, or greeting */
	bool cas, count, quit, lockstep;
	int32_t ppb;
	int64_t ahead_ppb; /* lockstep: of a millisecond */
	uint64_t ms, ms_limit;
	char line[256];
	size_t have;
};

static uint8_t sequence_next(struct sequence *s)
{
	for (int i = 0; i < 8; i++)
		s->tx = (s->tx << 1 | (((s->tx >> 14) ^ (s->tx >> 13)) & 1)) & MASK15;
	return (uint8_t)s->tx;
}

static void sequence_bit(struct sequence *s, uint32_t bit)
{
	uint32_t predicted = ((s->rx >> 14) ^ (s->rx >> 13)) & 1;
	bool right = bit == predicted && s->rx;

	/* In step the own prediction goes on, so that a wrong bit counts once. */
	s->rx = (s->rx << 1 | (s->locked ? predicted : bit)) & MASK15;
	if (!s->locked) {
		s->run = right ? s->run + 1 : 0;
		s->locked = s->run >= SYNC_BITS;
		s->window = s->wrong = 0;
		return;
	}
	s->errors += !right;
	s->wrong += !right;
	if (++s->window < LOST_BITS)
		return;
	if (s->wrong >= LOST_LIMIT) {
		s->locked = false;
		s->run = 0;
		s->losses++;
	}
	s->window = s->wrong = 0;
}

static void sequence_check(struct sequence *s, uint8_t octet)
{
	if (s->locked)
		s->octets++;
	for (int i = 7; i >= 0; i--)
		sequence_bit(s, octet >> i & 1);
}

static void sequences_reset(struct peer *p)
{
	for (unsigned int ts = 0; ts < E1_OCTETS; ts++) {
		p->seq[ts].octets = p->seq[ts].errors = p->seq[ts].losses = 0;
		runs_reset(&p->runs[ts]);
	}
}

/* ---- a millisecond ---- */

static bool carries(const struct peer *p, unsigned int ts)
{
	return ts && !(p->cas && ts == 16);
}

static uint8_t timeslot(struct peer *p, unsigned int ts, uint8_t in)
{
	if (p->count) {
		runs_take(&p->runs[ts], in);
		return (uint8_t)(p->frame * p->runs[ts].step);
	}
	sequence_check(&p->seq[ts], in);
	return sequence_next(&p->seq[ts]);
}

static void millisecond(struct peer *p)
{
	struct e1_frame in[PW_FRAMES];
	uint8_t out[PW_FRAMES][E1_OCTETS] = {{0}}, datagram[SATOP_MAX];
	size_t n;

	pw_port_tick_rx(&p->port, in);
	for (unsigned int y = 0; y < PW_FRAMES; y++, p->frame++)
		for (unsigned int ts = 0; ts < E1_OCTETS; ts++)
			if (carries(p, ts))
				out[y][ts] = timeslot(p, ts, in[y].ts[ts]);
	n = pw_port_tick_tx(&p->port, (const uint8_t(*)[E1_OCTETS])out, datagram, sizeof(datagram));
	if (n)
		wire_send(p->wire, datagram, n);
	p->ms++;
}

/* In lockstep a clock that is faster has two milliseconds in a tick, once in a while. */
static void tick(struct peer *p)
{
	millisecond(p);
	if (!p->lockstep)
		return;
	p->ahead_ppb += p->ppb;
	if (p->ahead_ppb >= 1000000000) {
		p->ahead_ppb -= 1000000000;
		millisecond(p);
	}
	wire_lock_send(p->wire, lock_ticked(&p->lock));
}

/* ---- commands ---- */

static void print_sequences(const struct peer *p)
{
	unsigned int locked = 0;
	uint64_t octets = 0, errors = 0, losses = 0;

	for (unsigned int ts = 1; ts < E1_OCTETS; ts++) {
		locked += p->seq[ts].locked;
		octets += p->seq[ts].octets;
		errors += p->seq[ts].errors;
		losses += p->seq[ts].losses;
	}
	printf("\"locked\": %u, \"octets\": %llu, \"errors\": %llu, \"losses\": %llu, \"in_step\": "
	       "[",
	       locked, (unsigned long long)octets, (unsigned long long)errors,
	       (unsigned long long)losses);
	for (unsigned int ts = 0, n = 0; ts < E1_OCTETS; ts++)
		if (p->seq[ts].locked)
			printf("%s%u", n++ ? ", " : "", ts);
	printf("], ");
}

static void print_status(struct peer *p)
{
	struct pw_port_status st;
	const uint8_t *cas = pw_port_get_cas(&p->port);

	pw_port_status(&p->port, &st);
	printf("{\"ms\": %llu, ", (unsigned long long)p->ms);
	print_sequences(p);
	printf("\"runs\": {");
	runs_print(stdout, p->runs + 1, E1_OCTETS - 1);
	printf("}, \"crc_sent\": %llu, ", (unsigned long long)pw_port_fault(&p->port)->crc_errors);
	printf("\"alarms\": [");
	for (unsigned int i = 0, n = 0; i < E1_ALARMS; i++)
		if (st.alarms & 1u << i)
			printf("%s\"%s\"", n++ ? ", " : "", e1_alarm_name(i));
	printf("], \"counters\": {");
	for (unsigned int i = 0; i < E1_COUNTERS; i++)
		printf("%s\"%s\": %llu", i ? ", " : "", e1_counter_name(i),
		       (unsigned long long)e1_counter(&st.e1, i));
	printf("}, \"sa\": %u, \"cas\": [", pw_port_get_sa(&p->port));
	for (unsigned int ts = 0; ts < E1_OCTETS; ts++)
		printf("%s%u", ts ? ", " : "", cas[ts]);
	printf("], \"deleted\": %llu, \"repeated\": %llu, \"starved\": %llu, \"lost\": %llu, "
	       "\"pauses\": %llu}\n",
	       (unsigned long long)st.deleted, (unsigned long long)st.repeated,
	       (unsigned long long)st.starved, (unsigned long long)st.packets.lost,
	       (unsigned long long)st.packets.pauses);
	fflush(stdout);
}

static void set_cas(struct peer *p, long ts, const char *rest)
{
	if (ts < 1 || ts > 31 ||
	    pw_port_set_cas(&p->port, (unsigned int)ts, (uint8_t)strtol(rest, NULL, 0)))
		fprintf(stderr, "peer: no such timeslot or bits: %ld %s\n", ts, rest);
}

static void command(struct peer *p, char *text)
{
	char *word = strtok(text, " "), *arg = strtok(NULL, " "), *arg2 = strtok(NULL, " ");
	long n = arg ? strtol(arg, NULL, 0) : 0;

	if (!word)
		return;
	if (!strcmp(word, "status"))
		print_status(p);
	else if (!strcmp(word, "reset"))
		sequences_reset(p);
	else if (!strcmp(word, "ais"))
		p->fault.ais = n;
	else if (!strcmp(word, "rai"))
		p->fault.rai = n;
	else if (!strcmp(word, "cut"))
		p->fault.no_signal = n;
	else if (!strcmp(word, "ber"))
		p->fault.ber_ppb = (uint32_t)n;
	else if (!strcmp(word, "crc"))
		p->fault.crc_ppm = (uint32_t)n;
	else if (!strcmp(word, "fas"))
		e1_fault_fas(pw_port_fault(&p->port), (uint32_t)n);
	else if (!strcmp(word, "slip"))
		e1_fault_slip(pw_port_fault(&p->port), n > 0 ? E1_SLIP_REPEAT : E1_SLIP_DROP);
	else if (!strcmp(word, "sa"))
		pw_port_set_sa(&p->port, (uint8_t)n);
	else if (!strcmp(word, "cas"))
		set_cas(p, n, arg2 ? arg2 : "");
	else if (!strcmp(word, "quit"))
		p->quit = true;
	else
		fprintf(stderr, "peer: what is \"%s\"?\n", word);
	e1_fault_set(pw_port_fault(&p->port), &p->fault);
}

static void take_input(struct peer *p)
{
	ssize_t n = read(0, p->line + p->have, sizeof(p->line) - 1 - p->have);
	char *end;

	if (n <= 0) {
		p->quit = true;
		return;
	}
	p->have += (size_t)n;
	p->line[p->have] = 0;
	while ((end = strchr(p->line, '\n'))) {
		*end = 0;
		command(p, p->line);
		p->have -= (size_t)(end + 1 - p->line);
		memmove(p->line, end + 1, p->have + 1);
	}
	if (p->have == sizeof(p->line) - 1)
		p->have = 0; /* no command is so long */
}

/* ---- the loop ---- */

static int64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

/* A greeting of a card that is there already says nothing; what comes before one is of another far end. */
static void take_locked(struct peer *p)
{
	uint8_t buf[WIRE_DATAGRAM_MAX];
	struct lockstep_token t;
	int n;

	while (!lock_due(&p->lock) && (n = wire_receive(p->wire, buf, sizeof(buf))) >= 0) {
		bool greeting = !lockstep_parse(buf, (size_t)n, &t) && t.tick == 0;

		if (greeting == p->lock.on)
			continue;
		switch (lock_take(&p->lock, buf, (size_t)n)) {
		case LOCK_PACKET: pw_port_receive(&p->port, buf, (size_t)n); break;
		case LOCK_GREETING:
			wire_lock_send(p->wire, 0); /* it may not have heard ours */
			p->next_ns = 0;
			break;
		default: break;
		}
	}
}

static void take_datagrams(struct peer *p)
{
	uint8_t buf[WIRE_DATAGRAM_MAX];
	int n;

	if (p->lockstep)
		return take_locked(p);
	while (pw_port_room(&p->port) && (n = wire_receive(p->wire, buf, sizeof(buf))) >= 0)
		pw_port_receive(&p->port, buf, (size_t)n);
}

/* Is the next millisecond due? If not, when to ask again. */
static bool due(struct peer *p, int64_t now, int64_t *until)
{
	if (!p->lockstep)
		return clock_tick_decide(&p->tick, CLOCK_OWN, now, 0, 0, p->ppb, until) !=
		       CLOCK_WAIT;
	if (p->lock.on && !lock_due(&p->lock)) {
		*until = now + GREET_NS;
		return false;
	}
	*until = p->next_ns;
	if (now < p->next_ns)
		return false;
	if (!p->lock.on) {
		wire_lock_send(p->wire, 0);
		*until = p->next_ns = now + GREET_NS;
		return false;
	}
	p->next_ns = (now - p->next_ns > LATE_NS ? now : p->next_ns) + CLOCK_PERIOD_NS;
	return true;
}

static void loop(struct peer *p)
{
	struct pollfd fds[2] = {{.fd = 0, .events = POLLIN},
				{.fd = wire_fd(p->wire), .events = POLLIN}};
	int64_t until;

	clock_tick_init(&p->tick, now_ns(), CLOCK_HOLDOVER_MS);
	while (!p->quit && (!p->ms_limit || p->ms < p->ms_limit)) {
		int64_t now = now_ns();
		struct timespec wait = {0};

		take_datagrams(p);
		if (due(p, now, &until))
			tick(p);
		else
			wait.tv_nsec = until > now ? until - now : 0;
		fds[1].fd = lock_due(&p->lock) ? -1 : wire_fd(p->wire);
		if (ppoll(fds, 2, &wait, NULL) > 0 && fds[0].revents)
			take_input(p);
	}
}

static int parse(struct peer *p, int argc, char **argv, struct pw_port_cfg *cfg)
{
	for (int i = 3; i < argc; i++) {
		const char *arg = i + 1 < argc ? argv[i + 1] : "";

		if (!strcmp(argv[i], "--cas")) {
			p->cas = cfg->e1.cas = true;
			continue;
		}
		if (!strcmp(argv[i], "--count")) {
			p->count = true;
			continue;
		}
		if (!strcmp(argv[i], "--lockstep")) {
			p->lockstep = true;
			continue;
		}
		if (!strcmp(argv[i], "--crc4"))
			cfg->e1.crc4 = !strcmp(arg, "on")     ? E1_CRC4_ON
				       : !strcmp(arg, "auto") ? E1_CRC4_AUTO
							      : E1_CRC4_OFF;
		else if (!strcmp(argv[i], "--seconds"))
			p->ms_limit = strtoul(arg, NULL, 10) * 1000;
		else if (!strcmp(argv[i], "--jitter"))
			cfg->jitter_ms = (uint16_t)strtoul(arg, NULL, 10);
		else if (!strcmp(argv[i], "--ppm"))
			p->ppb = (int32_t)(strtod(arg, NULL) * 1000);
		else
			return -EINVAL;
		i++;
	}
	return 0;
}

int main(int argc, char **argv)
{
	struct pw_port_cfg cfg = {.jitter_ms = 20, .jitter_max_ms = 100, .e1.crc4 = E1_CRC4_ON};
	static const struct sched_param realtime = {.sched_priority = 1};
	struct peer *p = calloc(1, sizeof(*p));
	char why[200];
	int status = 2;

	if (!p || argc < 3 || parse(p, argc, argv, &cfg)) {
		fputs("usage: peer LOCAL REMOTE [--crc4 off|on|auto] [--cas] [--count] [--seconds "
		      "N] "
		      "[--ppm N]\n",
		      stderr);
		goto out;
	}
	/* Without the right to it the far end is late now and then, like any exchange on a busy machine. */
	sched_setscheduler(0, SCHED_FIFO, &realtime);
	for (unsigned int ts = 0; ts < E1_OCTETS; ts++)
		p->seq[ts].tx = 1 + ts * 97; /* another place in the sequence for each */
	for (unsigned int ts = 0; ts < E1_OCTETS; ts++)
		p->runs[ts].step = runs_step(ts);
	if (pw_port_init(&p->port, &cfg))
		goto out;
	if (wire_open(&p->wire, argv[1], argv[2], why, sizeof(why))) {
		fprintf(stderr, "peer: %s\n", why);
		goto out;
	}
	loop(p);
	print_status(p);
	wire_close(p->wire);
	status = 0;
out:
	free(p);
	return status;
}
