/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Anything on the cable: datagrams into the SAToP parser, the lockstep parser and a whole port with
 * jitter buffer, deframer and elastic store.
 *
 * The input is a script of what happens, one octet each with what it needs behind it. Beside raw
 * datagrams it has packets of an own sender, so that the states behind alignment are reached; and it
 * must come out right: frames always eight a tick, each packet accounted for once.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/reader.h"
#include "core/line/lockstep.h"
#include "core/line/pw_port.h"

#define ROUNDS 3000 /* most events of one input */

enum event { RAW, TICK, REPEAT_TICK, OWN, OWN_SPOILT, OWN_NUMBERED, PATTERN, FAULT, EVENTS };

static struct pw_port port, far_end;
static uint16_t number;

static void demand(int truth)
{
	if (!truth)
		abort();
}

static void check_accounts(void)
{
	const struct jitter *j = &port.jitter;
	uint64_t kept = j->n.delivered + j->n.late + j->n.duplicate + j->n.stray + j->n.discarded;

	for (unsigned int i = 0; i < JITTER_SLOTS; i++)
		kept += j->slot[i].full;
	demand(j->n.received == kept);
	demand(jitter_depth(j) <= JITTER_SLOTS);
	demand(port.elastic.count <= ELASTIC_FRAMES);
	demand(port.elastic.overflow == 0);
}

static void tick(void)
{
	struct e1_frame f[PW_FRAMES];

	memset(f, 0xee, sizeof(f));
	pw_port_tick_rx(&port, f);
	for (unsigned int i = 0; i < PW_FRAMES; i++)
		demand(f[i].flags <= (E1_FRAME_ERASED | E1_FRAME_UNALIGNED));
	check_accounts();
}

/* A datagram at the end of its allocation. */
static void receive(const uint8_t *d, size_t n)
{
	uint8_t *copy = malloc(n + !n);
	struct lockstep_token t;
	int token, err;

	memcpy(copy, d, n);
	token = lockstep_parse(copy, n, &t);
	err = pw_port_receive(&port, copy, n);
	demand(err < 0 || token < 0); /* never both */
	free(copy);
}

static size_t own_packet(uint8_t d[SATOP_MAX])
{
	uint8_t frames[PW_FRAMES][E1_OCTETS];

	memset(frames, 0x5d, sizeof(frames));
	return pw_port_tick_tx(&far_end, (const uint8_t(*)[E1_OCTETS])frames, d, SATOP_MAX);
}

static void raw(struct reader *r)
{
	size_t n = rd_be16(r) % 300;
	struct reader sub;

	if (n > rd_left(r))
		n = rd_left(r);
	if (!rd_take(r, n, &sub))
		receive(sub.at, n);
}

static void pattern(struct reader *r)
{
	uint8_t d[SATOP_MAX] = {rd_u8(r), rd_u8(r)};
	uint8_t fill = rd_u8(r), step = rd_u8(r);

	number++;
	d[2] = (uint8_t)(number >> 8);
	d[3] = (uint8_t)number;
	for (unsigned int i = SATOP_CONTROL; i < SATOP_MAX; i++, fill += step)
		d[i] = fill;
	receive(d, sizeof(d));
}

static void fault(struct reader *r)
{
	struct e1_fault_cfg cfg = {.shift = rd_u8(r)};
	uint8_t bits = rd_u8(r);

	cfg.ber_ppb = (bits & 3) * 1000000u;
	cfg.crc_every = bits >> 2 & 3;
	cfg.ais = bits & 0x10;
	cfg.no_signal = bits & 0x20;
	e1_fault_set(pw_port_fault(&far_end), &cfg);
	e1_fault_slip(pw_port_fault(&far_end), (enum e1_slip)((bits >> 6) % 3));
}

static void happen(enum event what, struct reader *r)
{
	uint8_t d[SATOP_MAX], n;
	size_t len;

	switch (what) {
	case RAW: raw(r); break;
	case TICK: tick(); break;
	case REPEAT_TICK:
		for (n = rd_u8(r); n; n--)
			tick();
		break;
	case OWN:
	case OWN_SPOILT:
	case OWN_NUMBERED:
		len = own_packet(d);
		if (what == OWN_SPOILT)
			d[rd_u8(r)] ^= rd_u8(r);
		else if (what == OWN_NUMBERED)
			d[3] += rd_u8(r);
		if (len)
			receive(d, len);
		tick();
		break;
	case PATTERN: pattern(r); break;
	case FAULT: fault(r); break;
	case EVENTS: break;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pw_port_cfg cfg = {
		.e1 = {.crc4 = E1_CRC4_AUTO}, .jitter_ms = 2, .jitter_max_ms = 32};
	struct pw_port_status st;
	struct reader r;
	uint8_t first;

	rd_init(&r, data, size);
	first = rd_u8(&r);
	cfg.e1.cas = first & 1;
	cfg.clock_reference = first & 2;
	cfg.jitter_ms += first >> 4;
	demand(pw_port_init(&port, &cfg) == 0 && pw_port_init(&far_end, &cfg) == 0);
	number = 0;
	for (unsigned int i = 0; i < ROUNDS && rd_left(&r); i++)
		happen((enum event)(rd_u8(&r) % EVENTS), &r);
	pw_port_status(&port, &st);
	return 0;
}
