/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * span_rig.h: a sender, a line with faults and a receiver on one bench. Payload octets are
 * numbered so that a frame in the wrong place shows, and hold no frame alignment signal at any
 * bit offset.
 */
#ifndef STROWGER_TESTS_SPAN_RIG_H
#define STROWGER_TESTS_SPAN_RIG_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "core/span/e1_fault.h"
#include "core/span/e1_rx.h"
#include "core/span/e1_tx.h"

struct rig {
	struct e1_tx tx;
	struct e1_fault fault;
	struct e1_rx rx;
	uint32_t sent; /* frames */
	uint32_t received; /* frames of any kind */
	uint32_t good; /* frames without flags */
	struct e1_frame last; /* last frame received */
	void (*on_frame)(struct rig *r, const struct e1_frame *frame);
	void *arg;
};

static inline void rig_init(struct rig *r, enum e1_crc4 crc4, bool cas)
{
	struct e1_cfg cfg = {.crc4 = crc4, .cas = cas};

	memset(r, 0, sizeof(*r));
	e1_tx_init(&r->tx, &cfg);
	e1_rx_init(&r->rx, &cfg);
	e1_fault_init(&r->fault, 1);
}

/* Octets 0x55, 0x5d, 0xd5, 0xdd: two zeros in a row are nowhere, a FAS has them. */
static inline void rig_payload(uint32_t number, uint8_t ts[E1_OCTETS])
{
	for (unsigned int i = 0; i < E1_OCTETS; i++) {
		uint32_t bits = number * 2654435761u >> (i % 16);

		ts[i] = (uint8_t)(0x55 | (bits & 1) << 3 | (bits & 2) << 6);
	}
}

static inline void rig_feed(struct rig *r, enum e1_input in, const uint8_t *octets, size_t n)
{
	struct e1_frame out[E1_RX_FRAMES(E1_FAULT_OCTETS)];
	size_t got = e1_rx_feed(&r->rx, in, octets, n, out, E1_RX_FRAMES(E1_FAULT_OCTETS));

	for (size_t i = 0; i < got; i++) {
		r->received++;
		r->good += out[i].flags == 0;
		r->last = out[i];
		if (r->on_frame)
			r->on_frame(r, &out[i]);
	}
}

/* Send @frames through the line and receive them. */
static inline void rig_run(struct rig *r, uint32_t frames)
{
	uint8_t ts[E1_OCTETS], line[E1_FAULT_OCTETS];
	enum e1_input in;
	size_t n;

	for (; frames; frames--) {
		rig_payload(r->sent++, ts);
		n = e1_fault_apply(&r->fault, &r->tx, ts, line, &in);
		rig_feed(r, in, line, n);
	}
}

/* As rig_run(), but what is sent does not arrive. */
static inline void rig_gap(struct rig *r, enum e1_input gap, uint32_t frames)
{
	uint8_t ts[E1_OCTETS], line[E1_FAULT_OCTETS];
	enum e1_input in;

	for (; frames; frames--) {
		rig_payload(r->sent++, ts);
		rig_feed(r, gap, NULL, e1_fault_apply(&r->fault, &r->tx, ts, line, &in));
	}
}

/*
 * Run frame by frame until one of the alarms @mask changes. Return: frames it took, 0 if not in
 * @max.
 */
static inline uint32_t rig_until_change(struct rig *r, uint32_t mask, uint32_t max)
{
	uint32_t before = e1_rx_alarms(&r->rx) & mask;

	for (uint32_t n = 1; n <= max; n++) {
		rig_run(r, 1);
		if ((e1_rx_alarms(&r->rx) & mask) != before)
			return n;
	}
	return 0;
}

static inline void rig_set(struct rig *r, struct e1_fault_cfg cfg)
{
	assert_int_equal(e1_fault_set(&r->fault, &cfg), 0);
}

static inline const struct e1_counters *rig_count(const struct rig *r)
{
	return e1_rx_counters(&r->rx);
}

static inline uint32_t rig_alarms(const struct rig *r)
{
	return e1_rx_alarms(&r->rx);
}

#endif
