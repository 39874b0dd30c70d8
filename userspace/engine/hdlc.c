/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "engine/hdlc.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <spandsp.h>
#include <spandsp/expose.h>

/*
 * SpanDSP takes and gives octets whose bit 7 is first on the line, as we keep timeslots, and puts
 * the first bit of an HDLC octet into bit 0: nothing is to be turned round here.
 *
 * It delivers frames of up to its own buffer; those above our limit are counted here. What does
 * not even fit its buffer it gives up silently, which shows as this length until the next flag.
 */
#define SPANDSP_GAVE_UP (HDLC_MAXFRAME_LEN + 4 + 1)

struct queued_frame {
	uint16_t len;
	uint8_t octets[HDLC_FRAME_LIMIT];
};

struct hdlc_link {
	void (*frame)(void *ctx, const uint8_t *frame, size_t len);
	void *ctx;
	struct hdlc_link_stats st;
	hdlc_rx_state_t rx;
	bool gave_up;
	hdlc_tx_state_t tx;
	struct queued_frame queue[HDLC_QUEUE_FRAMES];
	unsigned int first; /* oldest frame that waits */
};

/* Content without FCS, or with @len negative a status of the receiver. */
static void received(void *user, const uint8_t *octets, int len, int ok)
{
	struct hdlc_link *h = user;

	if (len < 0) {
		h->st.rx_aborts += len == SIG_STATUS_ABORT;
	} else if (!ok) {
		/* A wrong FCS in whole octets; what is shorter or ragged SpanDSP counts apart. */
		h->st.rx_fcs_errors += h->rx.num_bits == 7 && len > 0;
		h->st.rx_short += h->rx.num_bits != 7 || len == 0;
	} else if (len == 0) {
		h->st.rx_short++;
	} else if (len > HDLC_FRAME_LIMIT) {
		h->st.rx_overlong++;
	} else {
		h->st.rx_frames++;
		h->frame(h->ctx, octets, len);
	}
}

/* SpanDSP has sent a frame to its end: load the next, so that one flag stands between them. */
static void next_frame(void *user)
{
	struct hdlc_link *h = user;
	struct queued_frame *f = &h->queue[h->first];

	if (!h->st.tx_queued || hdlc_tx_frame(&h->tx, f->octets, f->len) < 0)
		return;
	h->first = (h->first + 1) % HDLC_QUEUE_FRAMES;
	h->st.tx_queued--;
	h->st.tx_frames++;
}

struct hdlc_link *hdlc_link_new(void (*frame)(void *ctx, const uint8_t *frame, size_t len),
				void *ctx)
{
	struct hdlc_link *h = calloc(1, sizeof(*h));

	if (!h)
		return NULL;
	h->frame = frame;
	h->ctx = ctx;
	hdlc_rx_init(&h->rx, false, true, 1, received, h);
	hdlc_tx_init(&h->tx, false, 1, false, next_frame, h);
	hdlc_tx_flags(&h->tx, 2); /* the first frame needs an opening flag too */
	return h;
}

void hdlc_link_free(struct hdlc_link *h)
{
	if (!h)
		return;
	hdlc_rx_release(&h->rx);
	hdlc_tx_release(&h->tx);
	free(h);
}

static void receive_octet(struct hdlc_link *h, uint8_t octet)
{
	bool gave_up;

	hdlc_rx_put_byte(&h->rx, octet);
	gave_up = h->rx.len == SPANDSP_GAVE_UP;
	h->st.rx_overlong += gave_up && !h->gave_up;
	h->gave_up = gave_up;
}

void hdlc_link_receive(struct hdlc_link *h, const uint8_t *octets, size_t n, bool erased)
{
	h->st.rx_octets += n;
	if (!erased) {
		for (size_t i = 0; i < n; i++)
			receive_octet(h, octets[i]);
		return;
	}
	if (!n)
		return;
	h->st.rx_erased += n;
	h->st.rx_cut += h->rx.len > 0 && !h->gave_up;
	h->gave_up = false;
	hdlc_rx_restart(&h->rx);
}

int hdlc_link_send(struct hdlc_link *h, const uint8_t *frame, size_t len)
{
	struct queued_frame *f;

	if (len < 1 || len > HDLC_FRAME_LIMIT)
		return -EINVAL;
	if (h->st.tx_queued == HDLC_QUEUE_FRAMES) {
		h->st.tx_refused++;
		return -ENOBUFS;
	}
	f = &h->queue[(h->first + h->st.tx_queued) % HDLC_QUEUE_FRAMES];
	memcpy(f->octets, frame, len);
	f->len = len;
	h->st.tx_queued++;
	return 0;
}

void hdlc_link_transmit(struct hdlc_link *h, uint8_t *octets, size_t n)
{
	h->st.tx_octets += n;
	for (size_t i = 0; i < n; i++) {
		if (h->tx.len == 0)
			next_frame(h);
		octets[i] = hdlc_tx_get_byte(&h->tx);
	}
}

void hdlc_link_stats(const struct hdlc_link *h, struct hdlc_link_stats *st)
{
	*st = h->st;
}
