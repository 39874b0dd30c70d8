/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/span/e1_rx.h"

#include <string.h>

#include "core/span/e1_tx.h"

/* Where frames go during one e1_rx_feed(). */
struct sink {
	struct e1_frame *out;
	size_t n;
	size_t max;
};

void e1_rx_init(struct e1_rx *rx, const struct e1_cfg *cfg)
{
	memset(rx, 0, sizeof(*rx));
	rx->cfg = *cfg;
	rx->sa = E1_NFAS_SA;
	e1_signal_init(&rx->signal, cfg);
	e1_casmf_init(&rx->cas);
	e1_search_start(&rx->search, E1_FILLER, 0);
}

static void deliver(struct e1_rx *rx, struct sink *sink, uint8_t flags)
{
	struct e1_frame *frame;

	rx->delivered++;
	if (flags & E1_FRAME_UNALIGNED)
		rx->count.unaligned_frames++;
	if (sink->n >= sink->max)
		return;
	frame = &sink->out[sink->n++];
	if (flags & E1_FRAME_UNALIGNED)
		memset(frame->ts, E1_FILLER, sizeof(frame->ts));
	else
		memcpy(frame->ts, rx->ts, sizeof(frame->ts));
	frame->flags = flags;
}

/* Without frame alignment: filler for the line time that has passed. */
static void deliver_filler(struct e1_rx *rx, struct sink *sink)
{
	while (rx->delivered < rx->count.octets / E1_OCTETS)
		deliver(rx, sink, E1_FRAME_UNALIGNED);
}

/* What is known of the far end starts anew with each alignment. */
static void forget_far_end(struct e1_rx *rx)
{
	memset(&rx->fas, 0, sizeof(rx->fas));
	memset(&rx->crc, 0, sizeof(rx->crc));
	e1_casmf_restart(&rx->cas);
	rx->rai = false;
	rx->rai_run = 0;
}

/* The search begins @bits before the end of the last octet fed, behind it if below 0. */
static void lose(struct e1_rx *rx, int bits)
{
	rx->aligned = false;
	rx->rival.on = false;
	rx->no_crc4 = false;
	rx->since = 0;
	rx->count.lfa++;
	forget_far_end(rx);
	e1_search_start(&rx->search, rx->prev, bits);
}

/*
 * Frames from now on begin with the timeslot 0 that ended @shift bits before the end of the
 * last octet.
 */
static void begin_frames(struct e1_rx *rx, unsigned int shift, uint8_t ts0, bool missing,
			 bool fas_frame)
{
	rx->shift = (uint8_t)shift;
	rx->ts[0] = ts0;
	rx->have = 1;
	rx->missing = missing;
	rx->fas_frame = fas_frame;
}

static void watch_rai(struct e1_rx *rx, uint8_t ts0)
{
	bool a = ts0 & E1_NFAS_RAI;

	rx->rai_run = a == rx->rai ? 0 : rx->rai_run + 1;
	if (rx->rai_run == E1_RAI_RUN) {
		rx->rai = a;
		rx->rai_run = 0;
	}
}

/* Return: false when frame alignment is lost. */
static bool take_ts0(struct e1_rx *rx)
{
	int judged = e1_fas_step(&rx->fas, rx->ts[0], rx->fas_frame);

	if (judged & E1_FAS_WRONG) {
		if (rx->fas_frame)
			rx->count.fas_errors++;
		else
			rx->count.nfas_errors++;
	}
	if (judged & E1_FAS_LOST)
		return false;
	if (!rx->fas_frame) {
		rx->sa = rx->ts[0] & E1_NFAS_SA;
		watch_rai(rx, rx->ts[0]);
	}
	return true;
}

/* The timers of the multiframe search: 8 ms, then look elsewhere too; 400 ms, then settle. */
static void wait_for_multiframe(struct e1_rx *rx)
{
	if (rx->since >= E1_CRC4_FRAMES)
		return;
	rx->since++;
	if (rx->since == E1_MFAS_FRAMES)
		e1_rival_start(&rx->rival, rx->prev, rx->shift - 8);
	if (rx->since == E1_CRC4_FRAMES && rx->cfg.crc4 == E1_CRC4_AUTO) {
		rx->no_crc4 = true;
		rx->rival.on = false;
	}
}

/* Return: false when the CRC-4 says that this frame alignment is a false one. */
static bool take_crc4(struct e1_rx *rx)
{
	if (rx->cfg.crc4 == E1_CRC4_OFF || rx->no_crc4)
		return true;
	switch (e1_crcmf_step(&rx->crc, rx->ts, rx->missing, rx->fas_frame, rx->rai, &rx->count)) {
	case E1_CRCMF_FOUND:
		rx->since = 0;
		rx->rival.on = false;
		break;
	case E1_CRCMF_FALSE: rx->count.crc4_reframes++; return false;
	case E1_CRCMF_NONE:
		if (!rx->crc.aligned)
			wait_for_multiframe(rx);
		break;
	}
	return true;
}

/* Return: false when the frame ends the frame alignment. */
static bool take_frame(struct e1_rx *rx)
{
	rx->count.frames++;
	rx->count.erased_frames += rx->missing != 0;
	if (!(rx->missing & 1) && !take_ts0(rx))
		return false;
	if (!take_crc4(rx))
		return false;
	if (rx->cfg.cas)
		e1_casmf_step(&rx->cas, rx->ts[16], !(rx->missing >> 16 & 1), &rx->count);
	return true;
}

static void end_frame(struct e1_rx *rx, struct sink *sink)
{
	if (take_frame(rx)) {
		deliver(rx, sink, rx->missing ? E1_FRAME_ERASED : 0);
	} else {
		/* Behind the next timeslot 0 of the old alignment, G.706 4.2 note 1. */
		lose(rx, rx->shift - 8);
		deliver(rx, sink, E1_FRAME_UNALIGNED);
	}
	rx->have = 0;
	rx->missing = 0;
	rx->fas_frame = !rx->fas_frame;
}

/* Aligned: shift @n octets, which fit into the frame, into place. */
static void merge(struct e1_rx *rx, const uint8_t *octets, size_t n)
{
	uint8_t *ts = rx->ts + rx->have;
	unsigned int bits = rx->prev;

	for (size_t i = 0; i < n; i++) {
		bits = bits << 8 | octets[i];
		ts[i] = (uint8_t)(bits >> rx->shift);
	}
	if (rx->prev_missing && rx->shift) {
		ts[0] = E1_FILLER;
		rx->missing |= 1u << rx->have;
	}
	rx->have += (uint8_t)n;
}

static void merge_gap(struct e1_rx *rx, size_t n)
{
	memset(rx->ts + rx->have, E1_FILLER, n);
	for (size_t i = 0; i < n; i++)
		rx->missing |= 1u << (rx->have + i);
	rx->have += (uint8_t)n;
}

/* Move to the rival, whose frame 11 has just begun. */
static void move(struct e1_rx *rx, uint8_t ts0, struct sink *sink)
{
	rx->rival.on = false;
	rx->since = 0;
	forget_far_end(rx);
	e1_crcmf_align(&rx->crc, 10);
	deliver_filler(rx, sink);
	begin_frames(rx, rx->rival.shift, ts0, false, false);
}

/* One octet, or none if @in says so, for the search beside the present alignment. */
static void feed_rival(struct e1_rx *rx, enum e1_input in, const uint8_t *octet, uint8_t prev,
		       bool prev_missing, struct sink *sink)
{
	struct e1_rival *r = &rx->rival;
	bool arrived = !prev_missing || !r->shift;
	int skip = rx->have == 1 ? rx->shift : -1;

	if (in != E1_IN_DATA)
		e1_rival_gap(r);
	else if (e1_rival_octet(r, *octet, prev, arrived, skip))
		move(rx, (uint8_t)((prev << 8 | *octet) >> r->shift), sink);
}

/*
 * @n octets of one kind that end at the end of the frame or before; one octet if a rival is
 * about.
 */
static void feed_aligned(struct e1_rx *rx, enum e1_input in, const uint8_t *octets, size_t n,
			 struct sink *sink)
{
	uint8_t prev = rx->prev;
	bool prev_missing = rx->prev_missing;
	bool rival = rx->rival.on;

	if (in == E1_IN_DATA)
		merge(rx, octets, n);
	else
		merge_gap(rx, n);
	rx->prev = in == E1_IN_DATA ? octets[n - 1] : E1_FILLER;
	rx->prev_missing = in != E1_IN_DATA;
	if (rx->have == E1_OCTETS)
		end_frame(rx, sink);
	if (rival && rx->rival.on)
		feed_rival(rx, in, octets, prev, prev_missing, sink);
}

static void feed_search(struct e1_rx *rx, enum e1_input in, const uint8_t *octet, struct sink *sink)
{
	uint8_t prev = rx->prev;
	int shift;

	deliver_filler(rx, sink);
	rx->prev = in == E1_IN_DATA ? *octet : E1_FILLER;
	rx->prev_missing = in != E1_IN_DATA;
	if (in != E1_IN_DATA) {
		e1_search_start(&rx->search, E1_FILLER, 0);
		return;
	}
	shift = e1_search_octet(&rx->search, *octet, -1);
	if (shift < 0)
		return;
	rx->aligned = true;
	e1_signal_framed(&rx->signal);
	begin_frames(rx, (unsigned int)shift, (uint8_t)((prev << 8 | *octet) >> shift), false,
		     true);
}

/* Octets of one kind that can be taken in one go. */
static size_t stretch(const struct e1_rx *rx, enum e1_input in, size_t n)
{
	size_t room = e1_signal_room(&rx->signal, in);

	if (!rx->aligned || rx->rival.on)
		return 1;
	if (room > (size_t)(E1_OCTETS - rx->have))
		room = E1_OCTETS - rx->have;
	return n < room ? n : room;
}

size_t e1_rx_feed(struct e1_rx *rx, enum e1_input in, const uint8_t *octets, size_t n,
		  struct e1_frame *out, size_t max)
{
	struct sink sink = {.out = out, .max = max};
	uint32_t began;

	for (size_t piece; n; n -= piece) {
		piece = stretch(rx, in, n);
		rx->count.octets += piece;
		rx->count.erased_octets += in == E1_IN_DATA ? 0 : piece;
		began = e1_signal_step(&rx->signal, in, octets, piece);
		rx->count.los += !!(began & E1_LOS);
		rx->count.ais += !!(began & E1_AIS);
		if (rx->aligned)
			feed_aligned(rx, in, octets, piece, &sink);
		else
			feed_search(rx, in, octets, &sink);
		if (rx->signal.los && rx->aligned)
			lose(rx, 0);
		octets = in == E1_IN_DATA ? octets + piece : octets;
	}
	return sink.n;
}

uint32_t e1_rx_alarms(const struct e1_rx *rx)
{
	uint32_t alarms = (rx->signal.los ? E1_LOS : 0) | (rx->signal.ais ? E1_AIS : 0);

	if (!rx->aligned)
		return alarms | E1_LFA;
	if (rx->cfg.crc4 != E1_CRC4_OFF && !rx->no_crc4 && !rx->crc.aligned)
		alarms |= E1_LMFA;
	if (rx->cfg.cas && !rx->cas.aligned)
		alarms |= E1_CAS_LMFA;
	return alarms | (rx->rai ? E1_RAI : 0) | (rx->cas.rai ? E1_CAS_RAI : 0) |
	       (rx->cas.ais ? E1_TS16_AIS : 0);
}

const struct e1_counters *e1_rx_counters(const struct e1_rx *rx)
{
	return &rx->count;
}

const uint8_t *e1_rx_cas(const struct e1_rx *rx)
{
	return rx->cas.abcd;
}

uint8_t e1_rx_sa(const struct e1_rx *rx)
{
	return rx->sa;
}

bool e1_rx_crc4_aligned(const struct e1_rx *rx)
{
	return rx->crc.aligned;
}

bool e1_rx_no_crc4(const struct e1_rx *rx)
{
	return rx->no_crc4;
}

void e1_rx_code_errors(struct e1_rx *rx, uint32_t n)
{
	rx->count.code_errors += n;
}

void e1_rx_drive_tx(struct e1_rx *rx, struct e1_tx *tx)
{
	uint32_t alarms = e1_rx_alarms(rx);
	bool no_multiframe = (alarms & E1_LMFA) && rx->since >= E1_CRC4_FRAMES;

	e1_tx_rai(tx, (alarms & (E1_LOS | E1_LFA | E1_AIS)) || no_multiframe);
	e1_tx_cas_rai(tx, rx->cfg.cas && !rx->cas.aligned);
	e1_tx_ebits(tx, rx->crc.aligned, (uint32_t)(rx->count.crc4_errors - rx->crc4_told));
	rx->crc4_told = rx->count.crc4_errors;
}
