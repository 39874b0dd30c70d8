/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The D-channel's HDLC against a second one, written here bit by bit from ISO 3309 and Q.921 2.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "engine/hdlc.h"

#define LINE_MAX   200000 /* bits */
#define FRAMES_MAX 1000

/* ---- the reference ---------------------------------------------------------------------------- */

struct line {
	uint8_t bits[LINE_MAX];
	size_t n;
	int ones;
};

struct frames {
	struct {
		size_t len;
		uint8_t octets[600];
	} frame[FRAMES_MAX];
	size_t n;
};

static uint16_t fcs16(const uint8_t *p, size_t n)
{
	uint16_t r = 0xffff;

	while (n--) {
		r ^= *p++;
		for (int i = 0; i < 8; i++)
			r = r & 1 ? (r >> 1) ^ 0x8408 : r >> 1;
	}
	return r ^ 0xffff;
}

static void put_bit(struct line *l, int bit)
{
	assert_true(l->n < LINE_MAX);
	l->bits[l->n++] = bit;
}

static void put_flag(struct line *l)
{
	for (int i = 0; i < 8; i++)
		put_bit(l, 0x7e >> i & 1);
	l->ones = 0;
}

static void put_stuffed(struct line *l, uint8_t octet)
{
	for (int i = 0; i < 8; i++) {
		int bit = octet >> i & 1; /* low bit first */

		put_bit(l, bit);
		l->ones = bit ? l->ones + 1 : 0;
		if (l->ones == 5) {
			put_bit(l, 0);
			l->ones = 0;
		}
	}
}

/* Without flags. */
static void put_frame(struct line *l, const uint8_t *p, size_t n)
{
	uint16_t fcs = fcs16(p, n);

	l->ones = 0;
	for (size_t i = 0; i < n; i++)
		put_stuffed(l, p[i]);
	put_stuffed(l, fcs & 0xff);
	put_stuffed(l, fcs >> 8);
}

static size_t to_octets(const struct line *l, uint8_t *octets)
{
	size_t n = (l->n + 7) / 8;

	memset(octets, 0, n);
	for (size_t i = 0; i < l->n; i++)
		octets[i / 8] |= l->bits[i] << (7 - i % 8); /* bit 1 of a timeslot is our bit 7 */
	return n;
}

static void from_octets(struct line *l, const uint8_t *octets, size_t n)
{
	l->n = 0;
	for (size_t i = 0; i < 8 * n; i++)
		put_bit(l, octets[i / 8] >> (7 - i % 8) & 1);
}

/* Good frames on a line. Return: number of flags seen. */
static size_t decode(const struct line *l, struct frames *out)
{
	uint8_t acc[8192];
	size_t nbits = 0, flags = 0;
	int ones = 0, in_frame = 0;

	out->n = 0;
	for (size_t i = 0; i < l->n; i++) {
		int bit = l->bits[i];

		if (bit) {
			ones++;
			if (ones > 6)
				in_frame = 0;
		} else if (ones == 6) {
			size_t len = nbits >= 7 ? (nbits - 7) / 8 : 0;
			uint8_t octets[1024] = {0};

			/* the flag's own seven bits before its last were taken for content */
			for (size_t k = 0; k < 8 * len; k++)
				octets[k / 8] |= acc[k] << k % 8;
			if (in_frame && len > 2 && (nbits - 7) % 8 == 0 &&
			    fcs16(octets, len - 2) == (octets[len - 2] | octets[len - 1] << 8)) {
				out->frame[out->n].len = len - 2;
				memcpy(out->frame[out->n++].octets, octets, len - 2);
			}
			in_frame = 1;
			nbits = 0;
			ones = 0;
			flags++;
			continue;
		} else if (ones == 5) {
			ones = 0;
			continue; /* stuffed */
		} else {
			ones = 0;
		}
		if (in_frame && nbits < sizeof(acc))
			acc[nbits++] = bit;
	}
	return flags;
}

/* ---- helpers ---------------------------------------------------------------------------------- */

static uint32_t seed;

static uint32_t rnd(void)
{
	seed = seed * 1664525 + 1013904223;
	return seed >> 8;
}

static size_t rnd_frame(uint8_t *p, size_t max)
{
	size_t n = 1 + rnd() % max;
	int style = rnd() % 4;

	for (size_t i = 0; i < n; i++)
		p[i] = style == 0 ? 0xff : style == 1 ? 0x7e : style == 2 ? 0x00 : rnd();
	return n;
}

static void collect(void *ctx, const uint8_t *p, size_t n)
{
	struct frames *f = ctx;

	assert_true(f->n < FRAMES_MAX);
	assert_true(n >= 1 && n <= HDLC_FRAME_LIMIT);
	f->frame[f->n].len = n;
	memcpy(f->frame[f->n++].octets, p, n);
}

static void same(const struct frames *a, size_t i, const struct frames *b, size_t j)
{
	assert_int_equal(a->frame[i].len, b->frame[j].len);
	assert_memory_equal(a->frame[i].octets, b->frame[j].octets, a->frame[i].len);
}

static struct line line;
static struct frames want, got;
static uint8_t octets[LINE_MAX / 8 + 8];

/* A fresh receiver takes the line; counters to @st. */
static void run_receiver(struct hdlc_link_stats *st)
{
	struct hdlc_link *h = hdlc_link_new(collect, &got);

	got.n = 0;
	hdlc_link_receive(h, octets, to_octets(&line, octets), false);
	hdlc_link_stats(h, st);
	hdlc_link_free(h);
}

/* ---- tests ------------------------------------------------------------------------------------ */

static void reference_is_right(void **state)
{
	/* check value of CRC-16/X-25, and SABME of a user: 02 01 7f */
	static const uint8_t digits[] = "123456789";
	static const uint8_t sabme[] = {0x02, 0x01, 0x7f};

	(void)state;
	assert_int_equal(fcs16(digits, 9), 0x906e);
	line.n = 0;
	put_flag(&line);
	put_frame(&line, sabme, 3);
	put_flag(&line);
	assert_int_equal(decode(&line, &want), 2);
	assert_int_equal(want.n, 1);
	assert_memory_equal(want.frame[0].octets, sabme, 3);
}

/* Frames at every bit offset, one flag between them, two flags, or many. */
static void receives(void **state)
{
	struct hdlc_link_stats st;

	(void)state;
	for (int offset = 0; offset < 8; offset++) {
		for (int gap = 1; gap <= 3; gap++) {
			seed = 17 * offset + gap;
			line.n = 0;
			want.n = 0;
			for (int i = 0; i < offset; i++)
				put_bit(&line, 1);
			put_flag(&line);
			for (int f = 0; f < 40; f++) {
				uint8_t p[HDLC_FRAME_LIMIT];
				size_t n = rnd_frame(p, sizeof(p));

				collect(&want, p, n);
				put_frame(&line, p, n);
				for (int g = 0; g < gap; g++)
					put_flag(&line);
			}
			run_receiver(&st);
			assert_int_equal(got.n, want.n);
			for (size_t i = 0; i < want.n; i++)
				same(&got, i, &want, i);
			assert_int_equal(st.rx_frames, want.n);
			assert_int_equal(st.rx_fcs_errors + st.rx_short + st.rx_overlong, 0);
		}
	}
}

static void transmits(void **state)
{
	struct hdlc_link *h = hdlc_link_new(collect, &got);
	struct hdlc_link_stats st;

	(void)state;
	seed = 5;
	want.n = 0;
	for (int round = 0; round < 30; round++) {
		size_t at = 600 * round;
		int burst = rnd() % 5; /* the first round begins with a frame at once */

		for (int f = 0; f < (round ? burst : 3); f++) {
			uint8_t p[100];
			size_t n = rnd_frame(p, sizeof(p));

			collect(&want, p, n);
			assert_int_equal(hdlc_link_send(h, p, n), 0);
		}
		/* in pieces of odd size, as blocks come */
		for (size_t k = 0; k < 600; k += 40)
			hdlc_link_transmit(h, octets + at + k, 40);
	}
	from_octets(&line, octets, 600 * 30);
	decode(&line, &got);
	assert_int_equal(got.n, want.n);
	for (size_t i = 0; i < want.n; i++)
		same(&got, i, &want, i);
	hdlc_link_stats(h, &st);
	assert_int_equal(st.tx_frames, want.n);
	assert_int_equal(st.tx_octets, 18000);
	assert_int_equal(st.tx_queued, 0);
	hdlc_link_free(h);
}

/* 64 kbit/s are to be used fully: exactly one flag stands between frames that wait. */
static void one_flag_between(void **state)
{
	static const uint8_t p[] = {0x00, 0x01, 0x01, 0x02};
	struct hdlc_link *h = hdlc_link_new(collect, &got);

	(void)state;
	for (int i = 0; i < 10; i++)
		assert_int_equal(hdlc_link_send(h, p, sizeof(p)), 0);
	hdlc_link_transmit(h, octets, 2 + 10 * 7 + 3);
	from_octets(&line, octets, 2 + 10 * 7 + 3);
	/* two opening flags, nine between, at least one at the end */
	assert_in_range(decode(&line, &want), 12, 15);
	assert_int_equal(want.n, 10);
	hdlc_link_free(h);
}

static void idles_on_flags(void **state)
{
	struct hdlc_link *h = hdlc_link_new(collect, &got);

	(void)state;
	hdlc_link_transmit(h, octets, 100);
	for (int i = 0; i < 100; i++)
		assert_int_equal(octets[i], 0x7e);
	hdlc_link_free(h);
}

static void queue_is_bounded(void **state)
{
	struct hdlc_link *h = hdlc_link_new(collect, &got);
	uint8_t p[HDLC_FRAME_LIMIT + 1] = {0};
	struct hdlc_link_stats st;

	(void)state;
	assert_int_equal(hdlc_link_send(h, p, 0), -EINVAL);
	assert_int_equal(hdlc_link_send(h, p, HDLC_FRAME_LIMIT + 1), -EINVAL);
	for (int i = 0; i < HDLC_QUEUE_FRAMES; i++) {
		p[0] = i;
		assert_int_equal(hdlc_link_send(h, p, HDLC_FRAME_LIMIT), 0);
	}
	assert_int_equal(hdlc_link_send(h, p, 1), -ENOBUFS);
	hdlc_link_stats(h, &st);
	assert_int_equal(st.tx_refused, 1);
	assert_int_equal(st.tx_queued, HDLC_QUEUE_FRAMES);
	/* those that were taken all go out, in order */
	hdlc_link_transmit(h, octets, 20000);
	from_octets(&line, octets, 20000);
	decode(&line, &got);
	assert_int_equal(got.n, HDLC_QUEUE_FRAMES);
	for (int i = 0; i < HDLC_QUEUE_FRAMES; i++)
		assert_int_equal(got.frame[i].octets[0], i);
	assert_int_equal(hdlc_link_send(h, p, 1), 0);
	hdlc_link_free(h);
}

static void bad_frames_are_counted(void **state)
{
	uint8_t p[600];
	struct hdlc_link_stats st;

	(void)state;
	memset(p, 0x55, sizeof(p));
	line.n = 0;
	put_flag(&line);
	put_frame(&line, p, HDLC_FRAME_LIMIT); /* the longest allowed */
	put_flag(&line);
	put_frame(&line, p, HDLC_FRAME_LIMIT + 1); /* too long, fits SpanDSP */
	put_flag(&line);
	put_frame(&line, p, 500); /* does not even fit there */
	put_flag(&line);
	put_frame(&line, p, 5);
	line.bits[line.n - 20] ^= 1; /* wrong FCS; 0x55 needs no stuffing on either side of it */
	put_flag(&line);
	put_stuffed(&line, 0x01); /* too short for an FCS */
	put_flag(&line);
	put_frame(&line, p, 0); /* FCS of nothing */
	put_flag(&line);
	put_frame(&line, p, 4);
	put_bit(&line, 0); /* not whole octets */
	put_flag(&line);
	put_frame(&line, p, 7);
	put_flag(&line);
	run_receiver(&st);
	assert_int_equal(got.n, 2);
	assert_int_equal(got.frame[0].len, HDLC_FRAME_LIMIT);
	assert_int_equal(got.frame[1].len, 7);
	assert_int_equal(st.rx_overlong, 2);
	assert_int_equal(st.rx_fcs_errors, 1);
	assert_int_equal(st.rx_short, 3);
	assert_int_equal(st.rx_aborts, 0);
}

static void abort_in_a_frame(void **state)
{
	static const uint8_t a[] = {1, 2, 3, 4, 5, 6}, b[] = {9, 8, 7};
	struct hdlc_link_stats st;

	(void)state;
	for (size_t cut = 8; cut < 60; cut++) {
		line.n = 0;
		put_flag(&line);
		put_frame(&line, a, sizeof(a));
		line.n = cut;
		for (int i = 0; i < 9; i++)
			put_bit(&line, 1);
		put_bit(&line, 0);
		put_flag(&line);
		put_frame(&line, b, sizeof(b));
		put_flag(&line);
		run_receiver(&st);
		assert_int_equal(got.n, 1);
		assert_int_equal(got.frame[0].len, sizeof(b));
		assert_int_equal(st.rx_aborts, 1);
	}
}

/* A lost packet takes 8 octets of the timeslot; only frames that it touches may be missing. */
static void erasure_at_every_position(void **state)
{
	static size_t end_bit[100];
	size_t n;

	(void)state;
	seed = 99;
	line.n = 0;
	want.n = 0;
	put_flag(&line);
	for (int f = 0; f < 25; f++) {
		uint8_t p[30];
		size_t len = rnd_frame(p, sizeof(p));

		collect(&want, p, len);
		put_frame(&line, p, len);
		put_flag(&line);
		end_bit[f] = line.n;
	}
	n = to_octets(&line, octets);
	for (size_t at = 0; at + 8 <= n; at++) {
		struct hdlc_link *h = hdlc_link_new(collect, &got);
		struct hdlc_link_stats st;
		size_t g = 0;

		got.n = 0;
		hdlc_link_receive(h, octets, at, false);
		hdlc_link_receive(h, NULL, 8, true);
		hdlc_link_receive(h, octets + at + 8, n - at - 8, false);
		for (size_t f = 0; f < want.n; f++) {
			size_t begin = f ? end_bit[f - 1] - 8 : 0; /* its opening flag */
			int touched = begin < 8 * (at + 8) && end_bit[f] > 8 * at;

			if (g < got.n && got.frame[g].len == want.frame[f].len &&
			    !memcmp(got.frame[g].octets, want.frame[f].octets, want.frame[f].len))
				g++;
			else
				assert_true(touched);
		}
		assert_int_equal(g, got.n); /* and nothing that was never sent */
		hdlc_link_stats(h, &st);
		assert_int_equal(st.rx_erased, 8);
		assert_int_equal(st.rx_octets, n);
		assert_true(st.rx_cut <= 1);
		hdlc_link_free(h);
	}
}

/* Ours against ours, with a long life and random erasures: order kept, nothing invented. */
static void end_to_end(void **state)
{
	struct hdlc_link *a = hdlc_link_new(collect, &got), *b = hdlc_link_new(collect, &got);
	unsigned int next = 0;

	(void)state;
	seed = 3;
	got.n = 0;
	for (int block = 0; block < 5000; block++) {
		uint8_t p[40] = {0}, ts[8];
		struct hdlc_link_stats st;

		hdlc_link_stats(a, &st);
		if (st.tx_queued < 2 && next < 900) {
			memcpy(p, &next, sizeof(next));
			assert_int_equal(hdlc_link_send(a, p, 4 + rnd() % 30), 0);
			next++;
		}
		hdlc_link_transmit(a, ts, 8);
		hdlc_link_receive(b, ts, 8, rnd() % 50 == 0);
	}
	assert_in_range(got.n, 700, 899);
	for (size_t i = 1; i < got.n; i++) {
		unsigned int before, now;

		memcpy(&before, got.frame[i - 1].octets, 4);
		memcpy(&now, got.frame[i].octets, 4);
		assert_true(before < now && now < next);
	}
	hdlc_link_free(a);
	hdlc_link_free(b);
	hdlc_link_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reference_is_right),
		cmocka_unit_test(receives),
		cmocka_unit_test(transmits),
		cmocka_unit_test(one_flag_between),
		cmocka_unit_test(idles_on_flags),
		cmocka_unit_test(queue_is_bounded),
		cmocka_unit_test(bad_frames_are_counted),
		cmocka_unit_test(abort_in_a_frame),
		cmocka_unit_test(erasure_at_every_position),
		cmocka_unit_test(end_to_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
